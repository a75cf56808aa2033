"""The same people under several policies: who differs, on which axis, and which component makes the difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _, format_number
from workbench.talent.axes import Rule, recorded_points
from workbench.talent.placed import BOXES
from workbench.talent.standing import expected_counts, expected_people

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.policy import Component, Policy
    from workbench.talent.axes import Theta
    from workbench.talent.posterior import Posterior

__all__ = [
    "UnderPolicy",
    "component_points",
    "counts_side_by_side",
    "cross_boxes",
    "cross_pool",
    "differences",
    "under_policy",
]

# Points of an axis that a component must cost before it is named as the reason, and how many are named.
WORTH_NAMING, NAMED = 3.0, 2


@dataclass(frozen=True)
class UnderPolicy:
    """One round under one policy.

    Attributes
    ----------
    policy : Policy
    boxes : pandas.DataFrame
        Rows of `standing.place`.
    components : dict of str to pandas.DataFrame
        By axis: points of each component, a column each, from `component_points`; rows as in ``boxes``.
    hasil_kerja : ndarray of str or None
        The record that gives the row of the grid directly, where the policy reads it so.
    """

    policy: Policy
    boxes: pd.DataFrame
    components: dict[str, pd.DataFrame]
    hasil_kerja: NDArray[np.object_] | None

    def cuts_of(self, axis: str) -> tuple[float, float] | None:
        """Return the cut points of an axis; None where its row is read directly."""
        if axis == "potensial":
            return self.policy.cuts.potensial
        return None if self.hasil_kerja is not None else self.policy.cuts.kinerja


def under_policy(
    rule: Rule,
    people: pd.DataFrame,
    posterior: Posterior,
    boxes: pd.DataFrame,
    mean: NDArray[np.float64] | None = None,
) -> UnderPolicy:
    """Return a round under one policy, with what each component of its axes gives each person.

    Parameters
    ----------
    rule : Rule
    people : pandas.DataFrame
        Of the rule, in its order.
    posterior : Posterior
        Of these people.
    boxes : pandas.DataFrame
        What `standing.place` made of them.
    mean : ndarray, shape (people, scales), optional
        Of the joint posterior, where it is known already.
    """
    if mean is None:
        mean, _sd = posterior.joint()
    theta = {scale: mean[:, posterior.scales.index(scale)] for scale in rule.scales}
    direct = people["hasil_kerja"].to_numpy(object) if rule.row is not None else None
    axes = {"potensial": rule.policy.potensial, "kinerja": rule.policy.kinerja}
    return UnderPolicy(
        rule.policy,
        boxes,
        {axis: component_points(rule, parts, people, theta) for axis, parts in axes.items()},
        direct,
    )


def component_points(
    rule: Rule,
    parts: Sequence[Component],
    people: pd.DataFrame,
    theta: Theta,
    levels: Mapping[str, NDArray[np.int8]] | None = None,
) -> pd.DataFrame:
    """Return the points of each component, 0 to 100: recorded ones as they are, measured ones at the given theta.

    Parameters
    ----------
    rule : Rule
    parts : sequence of Component
    people : pandas.DataFrame
        Of the rule, in its order.
    theta : mapping of str to ndarray, shape (people,)
    levels : mapping of str to ndarray, shape (people,), optional
        On which JPM rests; by default those of theta.

    Returns
    -------
    pandas.DataFrame
        One column a component, by key; NaN where there is no data.
    """
    reached = rule.levels(theta) if levels is None else levels
    everybody = slice(0, len(people))
    columns: dict[str, NDArray[np.float64]] = {}
    for part in parts:
        if part.measured_by == "jpm":
            columns[part.key] = rule.jpm_of(part.scales, reached, everybody, printed=False)
        elif part.measured_by == "percentage":
            names = rule.policy.scales_of(part.scales)
            columns[part.key] = np.mean([rule.percentage(s, theta[s]) for s in names], axis=0)
        else:
            columns[part.key] = recorded_points(part, people)
    return pd.DataFrame(columns)


def cross_boxes(first: UnderPolicy, second: UnderPolicy) -> pd.DataFrame:
    """Return how many people stand in each pair of boxes: box, one column ``1`` .. ``9``, and ``withheld``.

    Rows are boxes of the first policy, and a last row of those it withholds (box 0).
    """
    a = first.boxes["box"].fillna(0).to_numpy(int)
    b = second.boxes["box"].fillna(0).to_numpy(int)
    table = np.zeros((10, 10), dtype=np.int64)
    np.add.at(table, (a, b), 1)
    order = [*BOXES, 0]
    names = [*map(str, BOXES), "withheld"]
    frame = pd.DataFrame(table[np.ix_(order, order)], columns=names)
    frame.insert(0, "box", order)
    return frame


def cross_pool(first: UnderPolicy, second: UnderPolicy) -> pd.DataFrame:
    """Return how many people are in the pool under both policies, under one, under none, as stated.

    Only people whom both policies place; expected counts with their intervals are in `counts_side_by_side`.

    Returns
    -------
    pandas.DataFrame
        both, only_first, only_second, neither, placed.
    """
    a, b = (one.boxes["box"].fillna(0).to_numpy(int) for one in (first, second))
    placed = (a > 0) & (b > 0)
    inside_a, inside_b = np.isin(a, first.policy.boxes.pool), np.isin(b, second.policy.boxes.pool)
    row = {
        "both": int((placed & inside_a & inside_b).sum()),
        "only_first": int((placed & inside_a & ~inside_b).sum()),
        "only_second": int((placed & ~inside_a & inside_b).sum()),
        "neither": int((placed & ~inside_a & ~inside_b).sum()),
        "placed": int(placed.sum()),
    }
    return pd.DataFrame([row])


def counts_side_by_side(rounds: Sequence[UnderPolicy]) -> pd.DataFrame:
    """Return stated and expected people in each box and in the pool, policy by policy.

    Returns
    -------
    pandas.DataFrame
        policy, box (``1`` .. ``9`` or ``pool``), stated, expected, low, high (95 %), placed, withheld.
    """
    frames = []
    for one in rounds:
        placed = one.boxes[one.boxes["withheld_reason"] == ""]
        counts = expected_counts(one.boxes)
        counts["box"] = counts["box"].astype(str)
        expected, low, high = expected_people(placed["p_pool"].to_numpy(float))
        pool = {
            "box": "pool",
            "stated": int(placed["box"].isin(one.policy.boxes.pool).sum()),
            "expected": expected,
            "low": low,
            "high": high,
        }
        table = pd.concat([counts, pd.DataFrame([pool])], ignore_index=True)
        frames.append(
            table.assign(policy=one.policy.key, placed=len(placed), withheld=len(one.boxes) - len(placed))[
                ["policy", "box", "stated", "expected", "low", "high", "placed", "withheld"]
            ]
        )
    return pd.concat(frames, ignore_index=True)


def differences(first: UnderPolicy, second: UnderPolicy) -> pd.DataFrame:
    """Return everybody whose stated box differs between two policies, with the reason in a phrase.

    Parameters
    ----------
    first, second : UnderPolicy
        Of the same people.

    Returns
    -------
    pandas.DataFrame
        participant_id, instansi, jenjang, first_policy, second_policy, first_box, second_box, first_p_pool,
        second_p_pool, crosses (the side of the pool line differs), axes (``kinerja``, ``potensial``, both with ``+``,
        ``kisi`` where only the numbering of the grid differs, ``ditahan`` where one policy withholds), reason.

    Raises
    ------
    ValueError
        When the policies were applied to different people.
    """
    if not np.array_equal(
        first.boxes["participant_id"].to_numpy(object), second.boxes["participant_id"].to_numpy(object)
    ):
        raise ValueError(_("Kebijakan dibandingkan atas orang yang berbeda; tempatkan orang yang sama."))
    a, b = (one.boxes["box"].fillna(0).to_numpy(int) for one in (first, second))
    rows = np.flatnonzero(a != b)
    column_a, row_a = _cells(first.policy, a)
    column_b, row_b = _cells(second.policy, b)
    both = (a > 0) & (b > 0)
    by_kinerja, by_potensial = both & (row_a != row_b), both & (column_a != column_b)
    axes = np.where(
        by_kinerja & by_potensial,
        "kinerja+potensial",
        np.where(by_kinerja, "kinerja", np.where(by_potensial, "potensial", np.where(both, "kisi", "ditahan"))),
    )
    pairs = ((first, second), (second, first))
    # Where both policies cut at the same points, saying so of every person would only hide what differs.
    phrases = {
        axis: tuple(_Phrases(one, axis, cuts=_differ(one.cuts_of(axis), other.cuts_of(axis))) for one, other in pairs)
        for axis in ("kinerja", "potensial")
    }
    places = (("kinerja", by_kinerja, (row_a, row_b)), ("potensial", by_potensial, (column_a, column_b)))
    reasons = []
    for i in map(int, rows):
        parts = []
        for axis, here, line in places:
            if here[i]:
                one, other = phrases[axis]
                parts.append(
                    _("{axis}: {first} lawan {second}").format(
                        axis=axis,
                        first=one.of(i, lower=line[0][i] < line[1][i]),
                        second=other.of(i, lower=line[1][i] < line[0][i]),
                    )
                )
        reasons.append("; ".join(parts) or _by_rule(first, second, i))
    pool_a, pool_b = np.isin(a, first.policy.boxes.pool), np.isin(b, second.policy.boxes.pool)
    return pd.DataFrame(
        {
            "participant_id": first.boxes["participant_id"].to_numpy(object)[rows],
            "instansi": first.boxes["instansi"].to_numpy(object)[rows],
            "jenjang": first.boxes["jenjang"].to_numpy(object)[rows],
            "first_policy": first.policy.key,
            "second_policy": second.policy.key,
            "first_box": first.boxes["box"].iloc[rows].array,
            "second_box": second.boxes["box"].iloc[rows].array,
            "first_p_pool": first.boxes["p_pool"].to_numpy(float)[rows],
            "second_p_pool": second.boxes["p_pool"].to_numpy(float)[rows],
            "crosses": (pool_a != pool_b)[rows],
            "axes": axes[rows],
            "reason": pd.array(reasons, dtype="str"),
        }
    )


def _cells(policy: Policy, box: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return column and row (0 low, 1 middle, 2 top) of each box; -1 for none."""
    column, row = np.full(10, -1), np.full(10, -1)
    for p in range(3):
        for k in range(3):
            column[policy.boxes.box(p, k)], row[policy.boxes.box(p, k)] = p, k
    return column[box], row[box]


def _by_rule(first: UnderPolicy, second: UnderPolicy, i: int) -> str:
    """Say why the box differs where no axis does: withheld, official, or another numbering of the grid."""
    for one in (first, second):
        reason = str(one.boxes["withheld_reason"].iloc[i])
        if reason:
            return _("ditahan menurut {policy}: {reason}").format(policy=one.policy.key, reason=reason)
    return _("kisi kotak kedua kebijakan bernomor lain")


class _Phrases:
    """How one policy comes to a place on one axis, in words; what does not depend on the person is made once."""

    def __init__(self, one: UnderPolicy, axis: str, *, cuts: bool) -> None:
        self.axis = axis
        self.points = one.boxes[axis].to_numpy(float)
        self.direct = one.hasil_kerja if axis == "kinerja" else None
        self.cuts = one.cuts_of(axis) if cuts else None
        parts = one.policy.kinerja if axis == "kinerja" else one.policy.potensial
        self.titles = [_lower(part.title) for part in parts]
        values = one.components[axis].to_numpy(float)
        weights = np.array([part.weight for part in parts])
        self.values = values
        self.cost = np.nan_to_num(weights * (100 - values) / 100)
        self.order = np.argsort(-self.cost, axis=1, kind="stable")

    def of(self, i: int, *, lower: bool) -> str:
        """Return how person i stands; with the components that cost most where this is the lower of two."""
        if self.direct is not None:
            words = {"di_atas": _("di atas"), "sesuai": _("sesuai"), "di_bawah": _("di bawah")}
            return _("hasil kerja '{what}'").format(what=words.get(str(self.direct[i]), str(self.direct[i])))
        points = format_number(self.points[i], 1)
        text = _("{points} poin").format(points=points)
        if self.cuts is not None:
            text = _("{points} poin (batas {low} dan {high})").format(
                points=points, low=_short(self.cuts[0]), high=_short(self.cuts[1])
            )
        if not lower:
            return text
        named = [c for c in self.order[i, :NAMED] if self.cost[i, c] >= WORTH_NAMING]
        if not named:
            return text
        causes = [
            _("tanpa {component}").format(component=self.titles[c])
            if self.values[i, c] == 0
            else _("{component} {points}").format(component=self.titles[c], points=format_number(self.values[i, c]))
            for c in named
        ]
        return _("{text} karena {causes}").format(text=text, causes=_(" dan ").join(causes))


def _differ(one: tuple[float, float] | None, other: tuple[float, float] | None) -> bool:
    return one is not None and other is not None and one != other


def _short(value: float) -> str:
    return format_number(value) if value == round(value) else format_number(value, 1)


def _lower(title: str) -> str:
    """Return a title as it stands within a sentence; abbreviations keep their capitals."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]
