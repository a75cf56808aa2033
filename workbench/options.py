"""Options and output that all verbs of the command line share."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.i18n import set_locale

__all__ = ["Debug", "Folder", "Json", "in_its_language", "say", "say_json"]


def in_its_language(folder: Path) -> Path:
    """Speak the language of the workspace, where there is one; what is wrong with it the command itself will say."""
    from workbench.workspace import SETTINGS_FILE, Workspace

    if (folder / SETTINGS_FILE).is_file():
        with suppress(ValueError):
            set_locale(Workspace(folder).settings.locale)
    return folder


Folder = Annotated[Path, typer.Argument(help="Folder ruang kerja.", show_default=False, callback=in_its_language)]
Debug = Annotated[bool, typer.Option("--debug", help="Tampilkan jejak lengkap bila gagal.")]
Json = Annotated[bool, typer.Option("--json", help="Cetak satu objek JSON saja.")]


def say(text: str) -> None:
    """Print a line for people."""
    typer.echo(text)


def say_json(content: dict[str, Any]) -> None:
    """Print the one object that a program reads."""
    typer.echo(json.dumps(content, ensure_ascii=False))
