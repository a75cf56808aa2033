"""Whether the minutes hold for the boxes as they are now: only then may anything say FINAL.

Pages ask this too, and their kernels must be usable in a few seconds: nothing here may import pandas before there are
minutes to compare with.
"""

from __future__ import annotations

import hashlib
from contextlib import closing
from typing import TYPE_CHECKING

from workbench.i18n import _
from workbench.review import Store, log

if TYPE_CHECKING:
    from workbench.review.log import Event
    from workbench.workspace import Workspace

__all__ = ["DOCUMENT", "EDITABLE", "SIGNED", "equal_to_minutes", "signed_state"]

DOCUMENT = "berita-acara.html"
SIGNED = "berita-acara.pdf"
EDITABLE = "berita-acara.docx"  # an office may put it into its letter paper, so `verify` does not ask for its bytes


def signed_state(workspace: Workspace) -> tuple[bool, str]:
    """Return whether reports may say FINAL, with the words that stand beside the state."""
    before = _("usulan sebelum telaah ditandatangani; belum boleh menjadi dasar keputusan")
    if not log.exists(workspace.database_url):
        return False, before
    with closing(Store.of(workspace)) as store:
        if not store.ledger().had_minutes:
            return False, before
        check = store.verify()
        same, sentence = equal_to_minutes(workspace, store) if check.sound else (False, check.sentence)
        event = store.ledger().minutes
    if not same or event is None:
        return False, sentence.rstrip(".")
    return True, _("sesuai berita acara, peristiwa {seq}, rantai {head}").format(seq=event.seq, head=event.hash[:16])


def equal_to_minutes(workspace: Workspace, store: Store) -> tuple[bool, str]:
    """Return whether boxes, decisions and papers equal the minutes, with a sentence."""
    from workbench.review.decisions import replay

    same, sentence = replay(store, workspace.read("boxes"))
    event = store.ledger().minutes
    if same and event is not None:
        problem = _papers(workspace, event)
        if problem:
            return False, problem
    return same, sentence


def _papers(workspace: Workspace, event: Event) -> str:
    """Return what is wrong with the files that the minutes left, or an empty text."""
    import pandas as pd

    from workbench.review.decisions import boxes_hash

    payload = event.payload or {}
    # Minutes of before there was a PDF commit to the page alone.
    expected = {DOCUMENT: payload.get("document")}
    expected |= {name: found for name, found in payload.get("papers", {}).items() if name != EDITABLE}
    documents = {workspace.path / "reports" / name: found for name, found in expected.items()}
    table = workspace.table_path("final_boxes", "final")
    for path in (*documents, table):
        if not path.is_file():
            return _("{path} tidak ada; buat lagi dengan 'workbench minutes'.").format(
                path=path.relative_to(workspace.path)
            )
    for path, found in documents.items():
        if hashlib.sha256(path.read_bytes()).hexdigest() != found:
            return _("{path} berbeda dari yang dicatat pada rantai.").format(path=path.relative_to(workspace.path))
    page = workspace.path / "reports" / DOCUMENT
    if event.prev_hash not in page.read_text(encoding="utf-8"):
        return _("{path} mencetak kepala rantai lain: catatan ditulis ulang setelah ditandatangani.").format(
            path=page.relative_to(workspace.path)
        )
    if boxes_hash(pd.read_parquet(table)) != payload.get("final"):
        return _("{path} berbeda dari berita acara.").format(path=table.relative_to(workspace.path))
    return ""
