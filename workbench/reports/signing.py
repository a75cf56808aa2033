"""Minutes: from the log to a paper that can be signed, and the proof that reports equal it."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd

from workbench.i18n import _, use_locale
from workbench.policy import load_policy
from workbench.records.bank import bank_folder, bank_hash
from workbench.reports.minutes import render_minutes
from workbench.review import Store, log
from workbench.review.decisions import boxes_hash, collect_minutes, final_boxes, record_minutes, replay
from workbench.review.people import identify
from workbench.workspace import Workspace, write_text

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.review.log import Event

__all__ = ["make_minutes", "signed_state", "verify_workspace"]

DOCUMENT = "berita-acara.html"


def make_minutes(folder: Path, declared_name: str = "") -> Path:
    """Write the minutes of a workspace and the event that commits to them.

    Parameters
    ----------
    folder : Path
    declared_name : str
        Who makes them, from the workspace's list of people; empty: the account of the operating system.

    Returns
    -------
    Path
        The HTML document.

    Raises
    ------
    ValueError
        When the name is unknown, nothing was decided, the log is broken, or somebody votes at the same moment.
    """
    workspace = Workspace(folder)
    made_by, account = identify(workspace.settings, declared_name)
    _require_log(workspace)
    boxes = workspace.read("boxes")
    with use_locale(workspace.settings.locale), closing(Store(workspace.database_url)) as store:
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
        document = render_minutes(minutes)
        # The event first: papers without it would pass for signed, it without papers is missed by `verify`.
        record_minutes(store, minutes, document)
        workspace.write("final_boxes", final_boxes(store, boxes), "final")
    path = workspace.path / "reports" / DOCUMENT
    write_text(path, document)
    return path


def signed_state(workspace: Workspace) -> tuple[bool, str]:
    """Return whether reports may say FINAL, with the words that stand beside the state."""
    before = _("usulan sebelum telaah ditandatangani; belum boleh menjadi dasar keputusan")
    if not log.exists(workspace.database_url):
        return False, before
    with closing(Store(workspace.database_url)) as store:
        if not store.ledger().had_minutes:
            return False, before
        check = store.verify()
        same, sentence = _equal(workspace, store) if check.sound else (False, check.sentence)
        event = store.ledger().minutes
    if not same or event is None:
        return False, sentence.rstrip(".")
    return True, _("sesuai berita acara, peristiwa {seq}, rantai {head}").format(seq=event.seq, head=event.hash[:16])


def verify_workspace(folder: Path) -> dict[str, object]:
    """Return whether the log is whole and gives the boxes of the minutes.

    Returns
    -------
    dict
        sound, signed, events, head, sentence.

    Raises
    ------
    ValueError
        When there is no log yet.
    """
    workspace = Workspace(folder)
    _require_log(workspace)
    with closing(Store(workspace.database_url)) as store:
        check = store.verify()
        sound, signed, sentence = check.sound, False, check.sentence
        # A round that ends before boxes has decisions on items only; there is nothing to sign.
        if check.sound and (workspace.has("boxes") or store.ledger().had_minutes):
            signed, words = _equal(workspace, store)
            sound = signed or store.ledger().minutes is None
            sentence = f"{sentence} {words}"
    return {"sound": sound, "signed": signed, "events": check.events, "head": check.head, "sentence": sentence}


def _equal(workspace: Workspace, store: Store) -> tuple[bool, str]:
    """Return whether boxes, decisions and papers equal the minutes, with a sentence."""
    same, sentence = replay(store, workspace.read("boxes"))
    event = store.ledger().minutes
    if same and event is not None:
        problem = _papers(workspace, event)
        if problem:
            return False, problem
    return same, sentence


def _papers(workspace: Workspace, event: Event) -> str:
    """Return what is wrong with the files that the minutes left, or an empty text."""
    payload = event.payload or {}
    document = workspace.path / "reports" / DOCUMENT
    table = workspace.table_path("final_boxes", "final")
    for path in (document, table):
        if not path.is_file():
            return _("{path} tidak ada; buat lagi dengan 'workbench minutes'.").format(
                path=path.relative_to(workspace.path)
            )
    if hashlib.sha256(document.read_bytes()).hexdigest() != payload.get("document"):
        return _("{path} berbeda dari yang dicatat pada rantai.").format(path=document.relative_to(workspace.path))
    if boxes_hash(pd.read_parquet(table)) != payload.get("final"):
        return _("{path} berbeda dari berita acara.").format(path=table.relative_to(workspace.path))
    return ""


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
