"""A whole review while kernels, servers, connections and messages are lost: nobody's vote is lost or counted twice.

The code is that of ``python -m benchmarks.chaos``, which takes ten minutes and twelve assessors.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.assessors import Habits
from benchmarks.chaos import FIRST_PORT, differences, prepare, review_under_failure


def reviewed(folder: Path, people: int, cases: int, seconds: float, every: float, habits: Habits, seed: int) -> None:
    names = [f"Asesor {number}" for number in range(1, people + 1)]
    assert prepare(folder, names, cases) == cases
    outcome = review_under_failure(
        folder, names, seconds=seconds, habits=habits, seed=seed, every=every, port=FIRST_PORT + 4000
    )
    assert differences(folder, outcome) == []
    assert len(outcome.waited) >= 2 * cases
    assert sum(outcome.struck.values()) > 0


def test_nothing_is_lost_or_counted_twice(pekalongan: Path, tmp_path: Path, copied_round, seed: int) -> None:
    habits = Habits(pace=0.2, silence=1.0, patience=1.0, lost=0.1, undone=0.1, postponed=0.1)
    reviewed(copied_round(pekalongan, tmp_path / "putaran"), 2, 10, 4.0, 1.0, habits, seed)


@pytest.mark.slow
def test_nor_in_a_minute_of_six_people(
    pekalongan: Path, tmp_path: Path, copied_round: Callable[..., Path], seed: int
) -> None:
    habits = Habits(pace=1.5, silence=3.0, patience=2.0)
    reviewed(copied_round(pekalongan, tmp_path / "putaran"), 6, 60, 60.0, 3.0, habits, seed)
