"""Copies of the review log: a backup while votes arrive, and its way back.

Nothing here ever replaces a file, and no copy is made of, or from, a log whose chain does not hold.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.i18n import _
from workbench.review import log

if TYPE_CHECKING:
    from workbench.review.log import Verification

__all__ = ["back_up", "require_absent", "require_sound", "restore"]

_BESIDE = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a database that is open


def back_up(url: str, file: Path) -> Verification:
    """Copy the log as it is at one moment; whoever votes meanwhile neither waits nor is in the way.

    Parameters
    ----------
    url : str
        Of the log.
    file : Path
        The copy; must not exist.

    Returns
    -------
    Verification
        Of the copy.

    Raises
    ------
    ValueError
        When there is no log, its chain is broken, the copy exists, or the database is not a file.
    """
    source = _file_of(url)
    if not source.is_file():
        raise ValueError(_("Catatan telaah belum ada; tidak ada yang dapat dicadangkan."))
    require_absent(file)
    log.open_engine(url).dispose()
    return _copied(source, file)


def restore(file: Path, url: str) -> Verification:
    """Bring a log back from its backup.

    Parameters
    ----------
    file : Path
        The backup; it stays as it is.
    url : str
        Of the log; must not exist.

    Returns
    -------
    Verification
        Of the restored log.

    Raises
    ------
    ValueError
        When the backup is no review log or its chain is broken, or a log is there already.
    """
    target = _file_of(url)
    if not file.is_file():
        raise ValueError(_("Cadangan {file} tidak ada; periksa namanya.").format(file=file))
    # A journal without its database belongs to a log that was there a moment ago; SQLite might play it back.
    for suffix in ("", *_BESIDE):
        require_absent(target.with_name(target.name + suffix))
    return _copied(file, target)


def require_absent(path: Path) -> None:
    """Refuse to write over a file.

    Raises
    ------
    ValueError
        When there is something of that name.
    """
    if path.exists() or path.is_symlink():
        raise ValueError(
            _("{path} sudah ada dan tidak ditimpa; pilih nama lain atau pindahkan dahulu.").format(path=path)
        )


def require_sound(check: Verification) -> Verification:
    """Return what was found about a log whose chain holds.

    Raises
    ------
    ValueError
        When it does not hold.
    """
    if not check.sound:
        raise ValueError(check.sentence)
    return check


def _file_of(url: str) -> Path:
    path = log.file_of(url)
    if path is None:
        raise ValueError(
            _("Catatan telaah ini ada pada server basis data; cadangkan dan pulihkan dengan alat server itu.")
        )
    return path


def _copied(source: Path, target: Path) -> Verification:
    """Copy a database by SQLite's own means, check the copy, and only then give it its name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        _copy(source, temporary)
        engine = log.open_engine(f"sqlite:///{temporary}")
        try:
            check = require_sound(log.verify(engine))
        finally:
            engine.dispose()
        _leave_one_file(temporary)
        # The name is taken first, so that nobody's file is replaced, also on media without links.
        try:
            target.open("x").close()
        except FileExistsError:
            require_absent(target)
        temporary.replace(target)
    except sqlite3.DatabaseError as problem:
        raise ValueError(
            _("{file} bukan catatan telaah yang utuh ({problem}); pakai cadangan lain.").format(
                file=source, problem=problem
            )
        ) from None
    finally:
        for suffix in ("", *_BESIDE):
            temporary.with_name(temporary.name + suffix).unlink(missing_ok=True)
    return check


def _copy(source: Path, target: Path) -> None:
    """Copy page by page within one reading transaction; refuse what is a database of something else."""
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=10)) as read,
        closing(sqlite3.connect(target)) as written,
    ):
        if not read.execute("SELECT 1 FROM sqlite_master WHERE name = 'events'").fetchone():
            raise sqlite3.DatabaseError(_("tidak memuat peristiwa"))
        read.backup(written)


def _leave_one_file(path: Path) -> None:
    """Put what was written ahead into the database itself, so that one file can be carried away."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
