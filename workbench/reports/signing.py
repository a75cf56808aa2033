"""Minutes: from the log to a paper that can be signed, and the proof that reports equal it."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from workbench.i18n import _, use_locale
from workbench.policy import load_policy
from workbench.records.bank import bank_folder, bank_hash
from workbench.reports.minutes import render_page
from workbench.reports.minutes_content import describe
from workbench.reports.minutes_docx import render_docx
from workbench.reports.minutes_pdf import render_pdf
from workbench.reports.signed import DOCUMENT, EDITABLE, SIGNED, equal_to_minutes
from workbench.review import Store, log
from workbench.review.decisions import collect_minutes, final_boxes, record_minutes
from workbench.review.people import identify
from workbench.workspace import Workspace, replaced_on_success, write_frame

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

__all__ = ["make_minutes", "verify_workspace"]

LEAST_OF_HEAD = 12  # letters of a chain head that nobody meets by chance


def make_minutes(folder: Path, declared_name: str = "") -> Path:
    """Write the minutes of a workspace, as page, PDF and DOCX, and the event that commits to them.

    Parameters
    ----------
    folder : Path
    declared_name : str
        Who makes them, from the workspace's list of people; empty: the account of the operating system.

    Returns
    -------
    Path
        The PDF, which is what people sign.

    Raises
    ------
    ValueError
        When the name is unknown or may not make them, nothing was decided, the log is broken, somebody votes at the
        same moment, or a document cannot be written.
    """
    workspace = Workspace(folder)
    made_by, account = identify(workspace.settings, declared_name)
    _require_log(workspace)
    boxes = workspace.read("boxes")
    with use_locale(workspace.settings.locale), closing(Store.of(workspace)) as store:
        store.permissions.require(made_by, "minutes")
        minutes = collect_minutes(
            store,
            boxes,
            title=workspace.settings.title,
            rules=_rules(workspace, boxes),
            made_by=made_by,
            account=account,
            at_utc=datetime.now(UTC).isoformat(timespec="seconds"),
            inputs=json.loads((workspace.path / "tables" / "manifest.json").read_text(encoding="utf-8"))["inputs"],
        )
        content = describe(minutes)
        page = render_page(content).encode("utf-8")
        papers = {SIGNED: render_pdf(content), EDITABLE: render_docx(content)}
        # All files lie complete under temporary names, then comes the event, then they get their names: a disk that is
        # full leaves neither a paper nor an event. Papers without the event would pass for signed.
        with ExitStack() as ready:
            for name, document in {DOCUMENT: page, **papers}.items():
                paper = _prepared(ready, workspace.path / "reports" / name)
                paper.write_bytes(document)
                _flush(paper)
            table = _prepared(ready, workspace.table_path("final_boxes", "final"))
            write_frame(table, final_boxes(store, boxes))
            _flush(table)
            record_minutes(store, minutes, page, papers)
    return workspace.path / "reports" / SIGNED


def _prepared(ready: ExitStack, path: Path) -> Path:
    """Return the temporary name of a file that will get its own when everything has succeeded.

    Raises
    ------
    ValueError
        When something stands in its place that a file cannot replace.
    """
    if path.is_dir():
        raise ValueError(_("{path} adalah folder; pindahkan, lalu ulangi 'workbench minutes'.").format(path=path.name))
    return ready.enter_context(replaced_on_success(path))


def _flush(path: Path) -> None:
    """Bring a file to the disk: the event that names it will be there at once."""
    with path.open("rb+") as handle:
        os.fsync(handle.fileno())


def verify_workspace(folder: Path, printed: str = "") -> dict[str, object]:
    """Return whether the log is whole and gives the boxes of the minutes.

    Parameters
    ----------
    folder : Path
    printed : str
        The chain head as a signed paper has it, or its beginning: a log that was rewritten from its first event on,
        with its papers, fits itself and still cannot match a paper in somebody's hands.

    Returns
    -------
    dict
        sound, signed, events, head, sentence.

    Raises
    ------
    ValueError
        When there is no log yet, or what is said to be printed is no chain head.
    """
    workspace = Workspace(folder)
    _require_log(workspace)
    wanted = _printed_head(printed)
    with closing(Store.of(workspace)) as store:
        check = store.verify()
        sound, signed, sentence = check.sound, False, check.sentence
        # A round that ends before boxes has decisions on items only; there is nothing to sign.
        if check.sound and (workspace.has("boxes") or store.ledger().had_minutes):
            signed, words = equal_to_minutes(workspace, store)
            sound = signed or store.ledger().minutes is None
            sentence = f"{sentence} {words}"
        if check.sound and wanted:
            found = [e.seq for e in store.events() if e.kind == "minutes" and e.prev_hash.startswith(wanted)]
            sound = sound and bool(found)
            sentence = f"{sentence} {_on_paper(found)}"
    return {"sound": sound, "signed": signed, "events": check.events, "head": check.head, "sentence": sentence}


def _printed_head(printed: str) -> str:
    """Return what somebody read from a paper as the log has it.

    Raises
    ------
    ValueError
        When it cannot be the beginning of a chain head.
    """
    head = "".join(printed.split()).lower()
    if printed and not (LEAST_OF_HEAD <= len(head) <= len(log.GENESIS) and set(head) <= set("0123456789abcdef")):
        raise ValueError(
            _(
                "'{text}' bukan kepala rantai; ketik sedikitnya {n} huruf pertama seperti tercetak pada berita acara."
            ).format(text=printed[:80], n=LEAST_OF_HEAD)
        )
    return head


def _on_paper(found: list[int]) -> str:
    if found:
        return _("Kepala rantai pada kertas adalah milik berita acara, peristiwa {seq}.").format(seq=found[-1])
    return _(
        "Kepala rantai pada kertas tidak dimiliki berita acara mana pun pada catatan: "
        "catatan ditulis ulang, atau kertas itu dari putaran lain."
    )


def _rules(workspace: Workspace, boxes: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    policy = load_policy(workspace.settings.policy)
    bank = ", ".join(sorted(set(boxes["bank_version"].dropna())))
    if workspace.settings.bank:
        bank = _("{bank}, sidik {hash}").format(bank=bank, hash=bank_hash(bank_folder(workspace.bank_source)))
    # Of everything that was read, also the standards and the box grid that policies share.
    version = hashlib.sha256(policy.model_dump_json().encode("utf-8")).hexdigest()
    return (
        (_("Kebijakan"), f"{policy.title} ({policy.key})"),
        (_("Dasar"), policy.source),
        (_("Berlaku"), policy.in_force),
        (_("Versi aturan"), version),
        (_("Bank butir"), bank),
        *([(_("Sementara"), mark)] if (mark := workspace.provisional_mark) else []),
    )


def _require_log(workspace: Workspace) -> None:
    if not log.exists(workspace.database_url):
        raise ValueError(
            _("Catatan telaah belum ada; jalankan 'workbench run {path}' dahulu.").format(path=workspace.path)
        )
