"""A review database of a few made-up cases: the log does not ask where they come from."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.review.store import Case, Store


def _made_up_case(number: int, *, run: str = "run-1", **changed: Any) -> Case:
    content = {"box": 5, "risk": round(0.5 - number / 1000, 4), "jenjang": "Pengawas", "random": False, **changed}
    return Case(f"K{number:04d}", run, number, f"P{number:04d}", "Instansi A", "pengawas", content)


def _vote(store: Store, number: int = 1, actor: str = "ani", **changed: Any) -> tuple[int, bool]:
    submission = {
        "action": "box",
        "box": 8,
        "reason_code": "evidence",
        "reason": "level konsisten",
        "confidence": 2,
        "idempotency_key": secrets.token_hex(16),
        **changed,
    }
    return store.submit(actor=actor, case_id=f"K{number:04d}", **submission)


@pytest.fixture
def made_up_case() -> Callable[..., Case]:
    return _made_up_case


@pytest.fixture
def vote() -> Callable[..., tuple[int, bool]]:
    return _vote


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'review.sqlite'}"


@pytest.fixture
def open_store(address: str) -> Iterator[Callable[..., Store]]:
    """Open the same database as often as a test likes, as several reviewers' processes do."""
    stores: list[Store] = []

    def start(**settings: Any) -> Store:
        stores.append(Store(address, **settings))
        return stores[-1]

    yield start
    for store in stores:
        store.close()


@pytest.fixture
def store(open_store: Callable[..., Store]) -> Store:
    first = open_store()
    first.replace_cases([_made_up_case(n) for n in range(1, 9)], run="run-1")
    return first
