"""Pseudonyms, and the only place that links them to a NIP and a name.

``identities.parquet`` and the salt are readable by their owner alone; every reading goes through `read_identities`,
which writes who asked and why to ``identities.log``.
"""

from __future__ import annotations

import base64
import getpass
import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd

from workbench.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["load_salt", "pseudonym", "pseudonyms", "read_identities", "write_identities"]

SALT_FILE = "identities.salt"
SALT_BYTES = 32
IDENTITIES_FILE = "identities.parquet"
LOG_FILE = "identities.log"


def pseudonym(nip: str, salt: bytes) -> str:
    """Return the pseudonym of a NIP: P and twelve letters or digits of a keyed hash (HMAC-SHA256)."""
    digest = hmac.new(salt, nip.encode("utf-8"), hashlib.sha256).digest()
    return "P" + base64.b32encode(digest)[:12].decode("ascii")


def pseudonyms(nips: pd.Series, salt: bytes) -> pd.Series:
    """Return the pseudonym of each NIP."""
    return pd.Series([pseudonym(str(nip), salt) for nip in nips], index=nips.index, dtype="str", name="participant_id")


def load_salt(folder: Path) -> bytes:
    """Return the salt of a workspace, drawn on first use.

    Raises
    ------
    ValueError
        When the file is damaged: another salt would give everybody another pseudonym.
    """
    path = folder / SALT_FILE
    if not path.exists():
        _write_private(path, lambda temporary: temporary.write_bytes(secrets.token_bytes(SALT_BYTES)))
    salt = path.read_bytes()
    if len(salt) < SALT_BYTES:
        raise ValueError(_("{file} rusak; pulihkan berkas itu dari cadangan.").format(file=SALT_FILE))
    return salt


def write_identities(folder: Path, identities: pd.DataFrame) -> None:
    """Write pseudonym, NIP and name, readable by the owner alone."""
    _write_private(folder / IDENTITIES_FILE, lambda temporary: identities.to_parquet(temporary, index=False))


def read_identities(folder: Path, *, purpose: str, actor: str = "") -> pd.DataFrame:
    """Read participant_id, nip and name, and write down who asked and why.

    Parameters
    ----------
    folder : Path
        The workspace.
    purpose : str
        Why the names are needed.
    actor : str
        Who asks; the account of the operating system where it is not given.

    Raises
    ------
    ValueError
        When no purpose is given or no identities were stored.
    """
    if not purpose.strip():
        raise ValueError(_("Sebutkan tujuan membaca identitas; pembacaan tanpa tujuan ditolak."))
    path = folder / IDENTITIES_FILE
    if not path.is_file():
        raise ValueError(_("Identitas peserta belum ada; jalankan 'workbench run' dahulu."))
    entry = {
        "at_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "account": getpass.getuser(),
        "actor": actor or getpass.getuser(),
        "purpose": purpose,
    }
    log = folder / LOG_FILE
    log.touch(mode=0o600)
    with log.open("a", encoding="utf-8") as handle:
        handle.write(json.dumps(entry, ensure_ascii=False) + "\n")
    return pd.read_parquet(path)


def _write_private(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file that only its owner reads under a temporary name, then rename it."""
    temporary = path.with_name(f".{path.name}.part")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600)
    write(temporary)
    temporary.replace(path)
