"""Verbs that keep the review log safe: back up, restore, export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.i18n import _
from workbench.options import Debug, Folder, Json, say, say_json

if TYPE_CHECKING:
    from workbench.review.log import Verification

__all__ = ["VERBS"]


def backup(
    folder: Folder,
    file: Annotated[Path, typer.Argument(help="Berkas cadangan yang dibuat.", show_default=False)],
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Salin catatan telaah ke satu berkas cadangan; suara boleh terus masuk."""
    from workbench.review.safekeeping import back_up
    from workbench.workspace import Workspace

    done = _("Cadangan ada di {file}. {sentence}")
    _answer(back_up(Workspace(folder).database_url, file), done, file, as_json=as_json)


def restore(
    file: Annotated[Path, typer.Argument(help="Berkas cadangan.", show_default=False)],
    folder: Folder,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Pulihkan catatan telaah dari cadangan ke ruang kerja yang tidak punya catatan."""
    from workbench.review.safekeeping import restore as bring_back
    from workbench.workspace import Workspace

    done = _("Catatan telaah dipulihkan dari {file}. {sentence}")
    _answer(bring_back(file, Workspace(folder).database_url), done, file, as_json=as_json)


def export_log(
    folder: Folder,
    file: Annotated[Path, typer.Argument(help="Berkas .csv atau .jsonl yang dibuat.", show_default=False)],
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Tulis semua peristiwa catatan telaah ke CSV atau JSON per baris; muatan yang dihapus tidak ikut."""
    from workbench.reports.log_export import export_log as write_events
    from workbench.workspace import Workspace

    done = _("Catatan telaah ditulis ke {file}. {sentence}")
    _answer(write_events(Workspace(folder), file), done, file, as_json=as_json)


VERBS = {"backup": backup, "restore": restore, "export-log": export_log}


def _answer(check: Verification, done: str, file: Path, *, as_json: bool) -> None:
    if as_json:
        say_json({"exit_status": 0, "file": str(file), "events": check.events, "head": check.head})
    else:
        say(done.format(file=file, sentence=check.sentence))
