"""What benchmarks that go on where they were stopped keep and are asked for."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["kept_seed", "numbers"]


def kept_seed(path: Path) -> int:
    """Return the seed that a file keeps; the first time it is drawn from the system."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{secrets.randbelow(2**30)}\n", encoding="utf-8")
    return int(path.read_text(encoding="utf-8"))


def numbers(given: Iterable[str]) -> dict[str, int]:
    """Return how often each name is wanted, from words like ``cirebon-2024=20``."""
    return {name: int(number) for name, _equals, number in (one.partition("=") for one in given)}
