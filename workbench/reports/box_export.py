"""Final boxes for other systems: a workbook and a CSV per instansi, only when they equal minutes in force."""

from __future__ import annotations

import csv
import shutil
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from workbench.i18n import _, format_number, use_locale
from workbench.records.identities import read_identities
from workbench.reports.publish import folder_names
from workbench.reports.signed import signed_state
from workbench.reports.workbook import harmless, write_workbook
from workbench.review import Store
from workbench.workspace import replaced_on_success

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from workbench.review.log import Event
    from workbench.workspace import Workspace

__all__ = ["COLUMNS", "FOLDER", "Exported", "export_boxes"]

FOLDER, FILE = "export", "kotak-final"
COLUMNS = (
    *("nip", "name", "participant_id", "instansi", "jenjang", "box_stated", "box", "changed", "decided"),
    *("state", "minutes_event", "minutes_hash"),
)


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes
    ----------
    folder : Path
    people : int
    instansi : tuple of str
    minutes_event : int
    minutes_hash : str
        Hash of the minuting event, which commits to boxes and papers.
    """

    folder: Path
    people: int
    instansi: tuple[str, ...]
    minutes_event: int
    minutes_hash: str


def export_boxes(workspace: Workspace, *, actor: str) -> Exported:
    """Write the final boxes of each instansi to ``export/<instansi>/``, in the place of an earlier export.

    Parameters
    ----------
    workspace : Workspace
    actor : str
        Who exports: the files hold NIP and name, and the log of identities says who read them.

    Returns
    -------
    Exported

    Raises
    ------
    ValueError
        Before minutes, when boxes or log differ from them, or when the person may not read identities.
    """
    final, words = signed_state(workspace)
    if not final:
        raise ValueError(_("Kotak final belum dapat diekspor: {why}.").format(why=words))
    with closing(Store.of(workspace)) as store:
        store.permissions.require(actor, "identity")
        minutes = store.ledger().minutes
    assert minutes is not None, "what is signed has minutes"
    with use_locale(workspace.settings.locale):
        people = _people(workspace, minutes, actor)
        folders = folder_names(sorted(people["instansi"].unique()))
        target = workspace.path / FOLDER
        for name, folder in folders.items():
            here = people[people["instansi"] == name].reset_index(drop=True)
            _write_csv(target / folder / f"{FILE}.csv", here[list(COLUMNS)].to_dict("records"))
            write_workbook(target / folder / f"{FILE}.xlsx", here, _titles(), _notes(workspace, here, minutes, words))
        for old in target.iterdir():
            if old.is_dir() and old.name not in folders.values():
                shutil.rmtree(old)
    return Exported(target, len(people), tuple(folders), minutes.seq, minutes.hash)


def _people(workspace: Workspace, minutes: Event, actor: str) -> pd.DataFrame:
    """Return one row a person with a box; NIP and name are empty where the identity was erased."""
    boxes = pd.read_parquet(workspace.table_path("final_boxes", "final"))
    known = read_identities(workspace.path, purpose=_("mengekspor kotak final"), actor=actor)
    tiers = workspace.read("boxes", ["participant_id", "jenjang"])
    people = boxes.merge(tiers, on="participant_id").merge(known, how="left", on="participant_id")
    named = people.sort_values(["instansi", "name", "participant_id"], ignore_index=True)
    return named.assign(state="FINAL", minutes_event=minutes.seq, minutes_hash=minutes.hash)


def _titles() -> dict[str, str]:
    return {
        "nip": "NIP",
        "name": _("Nama"),
        "participant_id": _("Peserta"),
        "instansi": _("Instansi"),
        "jenjang": _("Jenjang"),
        "box_stated": _("Kotak dinyatakan"),
        "box": _("Kotak final"),
        "changed": _("Berubah oleh telaah"),
        "decided": _("Diputuskan dalam telaah"),
        "state": _("Status"),
        "minutes_event": _("Peristiwa berita acara"),
        "minutes_hash": _("Sidik berita acara"),
    }


def _notes(workspace: Workspace, here: pd.DataFrame, minutes: Event, words: str) -> list[tuple[str, str]]:
    mark = workspace.provisional_mark
    payload = minutes.payload or {}
    return [
        (_("Putaran"), workspace.settings.title),
        *([(_("Sementara") if workspace.has_answers else _("Dasar peluang"), mark)] if mark else []),
        (_("Status"), f"FINAL: {words}"),
        (_("Edisi"), _("internal, terbatas: memuat NIP dan nama")),
        (_("Instansi"), str(here["instansi"].iloc[0])),
        (_("Peserta berkotak"), format_number(len(here))),
        (_("Peristiwa berita acara"), str(minutes.seq)),
        (_("Sidik berita acara"), minutes.hash),
        (_("Sidik kotak final"), str(payload.get("final", ""))),
    ]


def _write_csv(path: Path, rows: Iterable[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replaced_on_success(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS)
        writer.writeheader()
        for row in rows:
            writer.writerow({name: _cell(value) for name, value in row.items()})


def _cell(value: object) -> object:
    if isinstance(value, str):
        return harmless(value)
    return "" if pd.isna(value) else value
