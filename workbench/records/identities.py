"""Pseudonyms, and the only place that links them to a NIP and a name.

``identities.parquet`` and the salt are readable by their owner alone; every reading goes through `read_identities` or
`read_identity`, which write who asked, for whom and why to ``identities.log`` before anything is read.

Imported by the kernel of the pleno's page, which must be usable in a few seconds: nothing here may import pandas before
it is needed.
"""

from __future__ import annotations

import base64
import getpass
import hashlib
import hmac
import json
import os
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from workbench.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

__all__ = [
    "erase_identity",
    "has_identities",
    "has_identity",
    "load_salt",
    "pseudonym",
    "pseudonyms",
    "read_identities",
    "read_identity",
    "write_identities",
]

SALT_FILE = "identities.salt"
SALT_BYTES = 32
IDENTITIES_FILE = "identities.parquet"
LOG_FILE = "identities.log"
ERASED_FILE = "identities.erased"  # pseudonyms whose identity must not come back when the inputs are read again


def pseudonym(nip: str, salt: bytes) -> str:
    """Return the pseudonym of a NIP: P and twelve letters or digits of a keyed hash (HMAC-SHA256)."""
    digest = hmac.new(salt, nip.encode("utf-8"), hashlib.sha256).digest()
    return "P" + base64.b32encode(digest)[:12].decode("ascii")


def pseudonyms(nips: pd.Series, salt: bytes) -> pd.Series:
    """Return the pseudonym of each NIP."""
    import pandas as pd

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
    """Write pseudonym, NIP and name, readable by the owner alone; without those whose identity was erased."""
    identities = identities[~identities["participant_id"].isin(_erased(folder))]
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
    import pandas as pd

    return pd.read_parquet(_logged(folder, purpose, actor))


def read_identity(
    folder: Path, participant: str, *, purpose: str, actor: str, account: str = "", case_id: str = ""
) -> tuple[str, str]:
    """Read NIP and name of one person, after writing down who asked, about whom and why.

    Parameters
    ----------
    folder : Path
        The workspace.
    participant : str
        Pseudonym.
    purpose, actor : str
        Why, and who asks.
    account : str
        Account of the operating system; by default the one this runs under.
    case_id : str
        The case that is looked at, or empty.

    Returns
    -------
    nip, name : str

    Raises
    ------
    ValueError
        When no purpose is given, no identities were stored, this person is not among them, or the reading cannot be
        written down: then nothing is read.
    """
    path = _logged(folder, purpose, actor, account=account, participant_id=participant, case_id=case_id)
    from pyarrow import parquet

    columns = ["participant_id", "nip", "name"]
    found = parquet.read_table(path, columns=columns, filters=[("participant_id", "=", participant)]).to_pylist()
    if not found:
        raise ValueError(
            _("Peserta '{name}' tidak ada pada berkas identitas ruang kerja ini.").format(name=participant[:40])
        )
    return str(found[0]["nip"]), str(found[0]["name"])


def has_identities(folder: Path) -> bool:
    """Return whether a workspace holds names at all; nothing is read."""
    return (folder / IDENTITIES_FILE).is_file()


def has_identity(folder: Path, participant: str) -> bool:
    """Return whether an identity is stored under a pseudonym; tells neither NIP nor name."""
    from pyarrow import parquet

    path = folder / IDENTITIES_FILE
    columns, mine = ["participant_id"], [("participant_id", "=", participant)]
    return path.is_file() and parquet.read_table(path, columns=columns, filters=mine).num_rows > 0


def erase_identity(folder: Path, participant: str, *, purpose: str, actor: str = "") -> bool:
    """Remove the line that links a pseudonym to NIP and name, for good; return whether there was one.

    Parameters
    ----------
    folder : Path
        The workspace.
    participant : str
        Pseudonym.
    purpose : str
        Why; it stands in the log of identities and must not repeat what is erased.
    actor : str
        Who erases; the account of the operating system where it is not given.
    """
    if not has_identity(folder, participant):
        return False
    import pandas as pd

    path = _logged(folder, purpose, actor, participant_id=participant)
    # The list first: without it the next reading of the inputs would bring the identity back.
    lines = "".join(f"{line}\n" for line in sorted({*_erased(folder), participant}))
    _write_private(folder / ERASED_FILE, lambda temporary: temporary.write_text(lines, encoding="utf-8"))
    write_identities(folder, pd.read_parquet(path))
    return True


def _erased(folder: Path) -> list[str]:
    path = folder / ERASED_FILE
    return path.read_text(encoding="utf-8").split() if path.is_file() else []


def _logged(folder: Path, purpose: str, actor: str, *, account: str = "", **about: str) -> Path:
    """Return the path of the identities once the reading is on the disk; no entry, no name."""
    if not purpose.strip():
        raise ValueError(_("Sebutkan tujuan membaca identitas; pembacaan tanpa tujuan ditolak."))
    path = folder / IDENTITIES_FILE
    if not path.is_file():
        raise ValueError(_("Identitas peserta belum ada; jalankan 'workbench run' dahulu."))
    entry = {
        "at_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "account": account or getpass.getuser(),
        "actor": actor or getpass.getuser(),
        "purpose": purpose,
        **about,
    }
    log = folder / LOG_FILE
    try:
        log.touch(mode=0o600)
        with log.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(entry, ensure_ascii=False) + "\n")
            handle.flush()
            os.fsync(handle.fileno())
    except OSError as problem:
        raise ValueError(
            _("Pembacaan identitas tidak dapat dicatat ({problem}); nama tidak dibuka.").format(
                problem=problem.strerror
            )
        ) from None
    return path


def _write_private(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file that only its owner reads under a temporary name, then rename it."""
    temporary = path.with_name(f".{path.name}.part")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600)
    write(temporary)
    temporary.replace(path)
