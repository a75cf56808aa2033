"""How a person's two axes add up, and which single change would have led to another box.

A letter of objection asks two things: where does my number come from, and what would have had to be different. Both are
answered at the printed levels, the ones that the person has on paper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.talent.axes import ON_THE_CUT, ROWS, Axis, Rule, recorded_points
from workbench.talent.policies_compared import component_points

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.policy import Component
    from workbench.talent.axes import Theta

    Levels = Mapping[str, NDArray[np.int8]]

__all__ = ["COMPONENTS", "axis_components", "single_changes"]

COMPONENTS = ("axis", "key", "title", "recorded", "value", "weight", "points", "lacking", "source", "verified")
CHANGES = ("axis", "key", "title", "recorded", "instead", "axis_points", "box", "in_pool")
ONE = slice(0, 1)


def axis_components(rule: Rule, person: pd.DataFrame, theta: Theta, levels: Levels) -> pd.DataFrame:
    """Return every part of both axes of one person: what is recorded, its value, its weight, and what it adds.

    Parameters
    ----------
    rule : Rule
        Of this person alone.
    person : pandas.DataFrame
        One row of `talent.people.assemble`.
    theta : mapping of str to ndarray, shape (1,)
        On which percentages rest.
    levels : mapping of str to ndarray, shape (1,)
        On which JPM rests.

    Returns
    -------
    pandas.DataFrame
        `COMPONENTS`, a row a part: recorded (text of the record, empty for measured parts), value (0 to 100, missing
        where there is no data), weight (percent of the axis, after reweighting where the policy reweights), points
        (value x weight / 100), lacking, and the source of the weight with its mark.
    """
    rows = []
    for name, parts, axis in (
        ("potensial", rule.policy.potensial, rule.potensial),
        ("kinerja", rule.policy.kinerja, rule.kinerja),
    ):
        points = component_points(rule, parts, person, theta, levels)
        for part in parts:
            lacking = bool(axis.lacking[part.title][0])
            value = float("nan") if lacking else float(points[part.key].iloc[0])
            recorded = "" if part.scales or lacking else str(person[part.measured_by].iloc[0])
            weight = _weight(axis, part)
            rows.append(
                (
                    *(name, part.key, part.title, recorded, value, weight, value * weight / 100),
                    *(lacking, part.source, part.verified),
                )
            )
    return pd.DataFrame(rows, columns=list(COMPONENTS))


def _weight(axis: Axis, part: Component) -> float:
    """Return the weight of a part in percent, after what the policy does about parts without data."""
    return 100 * float(axis.weights[part.key][0])


def single_changes(rule: Rule, person: pd.DataFrame, theta: Theta, levels: Levels) -> pd.DataFrame:
    """Return the least change of each record that leads, alone, to the other side of the pool line.

    Parameters
    ----------
    rule, person, theta, levels
        As `axis_components`.

    Returns
    -------
    pandas.DataFrame
        axis, key, title, recorded, instead (what the record would have had to be), axis_points (change of the axis),
        box, in_pool; the smallest change of the axis first, at most one row a record; empty where no single change of a
        record does it.
    """
    box, potensial, kinerja = rule.place(theta, levels, ONE)
    inside = bool(np.isin(box[0], rule.policy.boxes.pool))
    rows = []
    for name, parts, axis, total in (
        ("potensial", rule.policy.potensial, rule.potensial, float(potensial[0])),
        ("kinerja", rule.policy.kinerja, rule.kinerja, float(kinerja[0])),
    ):
        for part in parts:
            if part.scales:
                continue
            now = float(recorded_points(part, person)[0])
            if np.isnan(now):
                continue
            found = []
            for instead, points in _other_records(part, now):
                change = _weight(axis, part) / 100 * (points - now)
                after = _box_after(rule, name, total + change, (float(potensial[0]), float(kinerja[0])), instead)
                if bool(np.isin(after, rule.policy.boxes.pool)) != inside:
                    found.append((abs(change), instead, change, after))
            if found:
                _size, instead, change, after = min(found)
                recorded = str(person[part.measured_by].iloc[0])
                rows.append((name, part.key, part.title, recorded, instead, change, after, not inside))
    frame = pd.DataFrame(rows, columns=list(CHANGES))
    order = frame["axis_points"].abs().sort_values(kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def _other_records(part: Component, now: float) -> list[tuple[str, float]]:
    """Return other records that a part could have, and their points; of numbers, every whole point."""
    if part.points:
        return [(name, points) for name, points in part.points.items() if points != now]
    if part.steps:
        return [(f"{low:g}", points) for low, points in part.steps if points != now]
    return [(str(points), float(points)) for points in range(101) if points != now]


def _box_after(rule: Rule, axis: str, points: float, now: tuple[float, float], record: str) -> int:
    """Return the box when one axis has other points; a row that is read directly follows its record."""
    potensial, kinerja = (points, now[1]) if axis == "potensial" else (now[0], points)
    column = int(sum(potensial >= cut - ON_THE_CUT for cut in rule.policy.cuts.potensial))
    row = int(sum(kinerja >= cut - ON_THE_CUT for cut in rule.policy.cuts.kinerja))
    if rule.row is not None:
        row = ROWS.index(record) if axis == "kinerja" else int(rule.row[0])
    return rule.policy.boxes.box(column, row)
