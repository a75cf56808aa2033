"""How fast votes come, and what is said about when they will be there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from workbench.review.pace import FEWEST, PAUSE, forecast, median_seconds, pace_of

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def moments(gaps: Sequence[float]) -> list[datetime]:
    times = [START]
    for gap in gaps:
        times.append(times[-1] + timedelta(seconds=gap))
    return times


def test_a_steady_pace_is_told_exactly_and_its_range_has_no_width() -> None:
    pace = pace_of(moments([60.0] * 40))
    assert pace is not None
    assert pace.per_hour == pytest.approx(60)
    told = forecast(pace, 15, 30)
    assert (told.hours, told.low, told.high) == (pytest.approx(0.5), pytest.approx(0.5), pytest.approx(0.5))


def test_pauses_do_not_count_and_few_votes_say_nothing() -> None:
    day = [60.0] * 20
    pace = pace_of(moments([*day, 16 * 3600.0, *day]))
    assert pace is not None
    assert pace.seconds == pytest.approx(60)
    assert pace_of(moments([60.0] * (FEWEST - 1))) is None
    assert pace_of(moments([PAUSE + 1] * 100)) is None
    assert pace_of([]) is None
    assert pace_of([START] * 50) is None  # all at one moment: no pace
    told = forecast(None, 3, 6)
    assert (told.cases, told.votes, told.hours, told.low, told.high) == (3, 6, None, None, None)
    assert forecast(pace, 0, 0).hours == 0


def test_the_present_pace_is_that_of_the_latest_votes() -> None:
    pace = pace_of(moments([*[600.0] * 200, *[30.0] * 120]))
    assert pace is not None
    assert pace.per_hour == pytest.approx(120)


def test_the_range_holds_about_nine_times_out_of_ten(seed: int) -> None:
    rng = Random(seed)
    held = []
    for _office in range(400):
        gaps = [rng.gammavariate(1.5, 40) for _vote in range(120 + 200)]
        told = forecast(pace_of(moments(gaps[:120])), 100, 200)
        assert told.low is not None
        assert told.high is not None
        held.append(told.low <= sum(gaps[120:]) / 3600 <= told.high)
    assert 0.82 <= sum(held) / len(held) <= 0.97


def test_the_median_time_of_a_person_leaves_pauses_out() -> None:
    assert median_seconds(moments([30, 50, 5000, 70])) == 50
    assert median_seconds(moments([30, 50])) is None
