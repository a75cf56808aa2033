"""Content addresses: what a run depends on, as one hash."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["ROOT", "code_version", "digest", "file_hash", "input_hashes", "values_hash"]

ROOT = Path(__file__).resolve().parents[2]
_CODE = ("workbench", "notebooks", "templates")
_ENDINGS = {".py", ".ipynb", ".toml", ".csv", ".json", ".j2", ".js", ".css", ".html", ".po", ".lock", ".typ"}


@cache
def _hash_of(path: str, size: int, modified: int) -> str:
    """Hash of one file; size and time of change stand in the key, so that a changed file is read again."""
    with Path(path).open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    status = path.stat()
    return _hash_of(str(path), status.st_size, status.st_mtime_ns)


def digest(content: Mapping[str, Any]) -> str:
    """Return a short hash of a JSON value."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]


@cache
def code_version(root: Path = ROOT) -> str:
    """Return the hash of the code, the notebooks, the templates and the lock file.

    Of a notebook its cells count and not its outputs: opening and running one by hand must not make every round old.
    """
    return digest({str(path.relative_to(root)): _code_hash(path) for path in sorted(_code_files(root))})


def _code_files(root: Path) -> Iterator[Path]:
    if (root / "requirements.lock").is_file():
        yield root / "requirements.lock"
    for folder in _CODE:
        for path in (root / folder).rglob("*"):
            hidden = any(part == "__pycache__" or part.startswith(".") for part in path.relative_to(root).parts)
            if path.suffix in _ENDINGS and path.is_file() and not hidden:
                yield path


def _code_hash(path: Path) -> str:
    if path.suffix != ".ipynb":
        return file_hash(path)
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return digest({"cells": [(c["cell_type"], "".join(c["source"]), c["metadata"].get("tags", [])) for c in cells]})


def input_hashes(folder: Path, patterns: Iterable[str]) -> dict[str, str]:
    """Return the hash of every file that matches, by its path inside the folder."""
    found = {path for pattern in patterns for path in folder.glob(pattern) if path.is_file()}
    return {str(path.relative_to(folder)): file_hash(path) for path in sorted(found)}


def values_hash(path: Path) -> str:
    """Return a hash of the values of a Parquet table, whatever its encoding on disk."""
    import pandas as pd

    frame = pd.read_parquet(path)
    for column in frame.columns:
        if isinstance(frame[column].dtype, pd.CategoricalDtype):
            frame[column] = frame[column].astype("str")
    content = hashlib.sha256("|".join(map(str, frame.columns)).encode())
    content.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return content.hexdigest()
