"""How many people cross the pool line as a cut of the policy slides, and which cuts sit on heaps of equal scores.

A person's stated side is the more probable one. With kinerja as recorded, the pool line is one cut of potensial for
each row of the grid, and the side is decided by the median of potensial: a cut that slides past it takes the person
across. So one position a person answers every shift, without placing anybody again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from workbench.i18n import _, format_number
from workbench.talent.axes import ON_THE_CUT, columns_of
from workbench.talent.standing import expected_people

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.policy import Policy

__all__ = ["COLUMNS", "SHIFTS", "cliff_map", "heap_warnings", "heaps", "pool_lines", "positions"]

SHIFTS = tuple(range(-5, 6))
# Probabilities beyond these say nothing about where the median lies.
OPEN = (0.02, 0.98)
# A heap is this share of the people, and at least this many, with one and the same score this close to a cut.
HEAP_SHARE, HEAP_LEAST, HEAP_NEAR = 0.01, 5, 1.0
FEWEST_IN_GROUP = 10
COLUMNS = ("axis", "cut", "shift", "kind", "group", "n", "pool", "into", "out", "expected", "low", "high")


def positions(boxes: pd.DataFrame, policy: Policy, row: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the median of potensial of each person, where the stated probability tells it; elsewhere the mean.

    Parameters
    ----------
    boxes : pandas.DataFrame
        Rows of `standing.place`, n of them.
    policy : Policy
    row : ndarray of int, shape (n,)
        Row of the grid: 0 below, 1 as, 2 above expectation.

    Returns
    -------
    ndarray, shape (n,)
        NaN where withheld.
    """
    mean, sd = boxes["potensial"].to_numpy(float), boxes["potensial_sd"].to_numpy(float)
    p = boxes["p_pool"].to_numpy(float)
    line = pool_lines(policy, policy.cuts.potensial)[row]
    tells = np.isfinite(line) & (p > OPEN[0]) & (p < OPEN[1]) & (sd > 0)
    safe = np.where(tells, p, 0.5)
    result: NDArray[np.float64] = np.where(
        tells, np.where(tells, line, 0.0) + np.where(tells, sd, 0) * ndtri(safe), mean
    )
    return result


def pool_lines(policy: Policy, cuts: tuple[float, float]) -> NDArray[np.float64]:
    """Return the cut of potensial from which on each row of the grid is in the pool; -inf always, inf never.

    Parameters
    ----------
    policy : Policy
    cuts : tuple of float
        Of potensial: the policy's own, or slid.

    Returns
    -------
    ndarray, shape (3,)
        By row: below, as, above expectation.

    Raises
    ------
    ValueError
        When the pool of a row is not an upper part of it: then a cut is no single line.
    """
    edges = (-np.inf, *cuts)
    result = np.full(3, np.inf)
    for k in range(3):
        inside = [policy.boxes.box(p, k) in policy.boxes.pool for p in range(3)]
        if inside != sorted(inside):
            raise ValueError(
                _("Peta tebing tidak dihitung: kumpulan talenta kebijakan {policy} terputus pada satu baris.").format(
                    policy=policy.key
                )
            )
        if any(inside):
            result[k] = edges[inside.index(True)]
    return result


def cliff_map(
    boxes: pd.DataFrame,
    policy: Policy,
    groups: Mapping[str, NDArray[np.object_]],
    *,
    row: NDArray[np.integer] | None = None,
) -> pd.DataFrame:
    """Return how many people cross the pool line as each cut slides by -5 to +5 points, by group.

    Parameters
    ----------
    boxes : pandas.DataFrame
        Rows of `standing.place`, n of them.
    policy : Policy
    groups : mapping of str to ndarray, shape (n,)
        By name of the kind of group: the group of each person. Protected groups have no place here.
    row : ndarray of int, shape (n,), optional
        Row of the grid where it is read directly; the cuts of kinerja then move nobody and are left out.

    Returns
    -------
    pandas.DataFrame
        axis, cut, shift, kind (empty for everybody), group, n, pool (stated in the pool after the shift), into, out,
        expected, low, high (of the pool after the shift, 95 %). Groups of fewer than 10 people are left out.

    Raises
    ------
    ValueError
        When kinerja is measured with error, or the pool of a row is not an upper part of it.
    """
    placed = (boxes["withheld_reason"] == "").to_numpy(bool)
    known = boxes[placed]
    if (known["kinerja_sd"] > 0).any():
        raise ValueError(_("Peta tebing tidak dihitung: kinerja diukur dengan galat."))
    kinerja = known["kinerja"].to_numpy(float)
    now = columns_of(kinerja, policy.cuts.kinerja) if row is None else row[placed]
    where = positions(known, policy, now)
    sd = np.maximum(known["potensial_sd"].to_numpy(float), 1e-9)
    official = (known["box_source"] == "official").to_numpy(bool)
    stated = np.isin(known["box"].to_numpy(int), policy.boxes.pool)
    split = {"": np.full(placed.sum(), "", dtype=object)} | {k: np.asarray(v)[placed] for k, v in groups.items()}
    members = [
        (kind, str(name), np.flatnonzero(values == name))
        for kind, values in split.items()
        for name in sorted(set(values))
    ]
    rows = []
    for axis, number, cut in _cuts(policy, direct=row is not None):
        for shift in SHIFTS:
            cuts = _slid(policy, axis, number, shift)
            if cuts is None:
                continue
            here = now if row is not None else columns_of(kinerja, cuts["kinerja"])
            line = pool_lines(policy, cuts["potensial"])[here]
            p = ndtr((where - line) / sd)
            inside = np.where(official, stated, where >= line - ON_THE_CUT) if shift else stated
            for kind, name, who in members:
                if kind and who.size < FEWEST_IN_GROUP:
                    continue
                expected, low, high = expected_people(np.where(official[who], stated[who], p[who]))
                rows.append(
                    {
                        "axis": axis,
                        "cut": cut,
                        "shift": shift,
                        "kind": kind,
                        "group": name,
                        "n": who.size,
                        "pool": int(inside[who].sum()),
                        "into": int((inside & ~stated)[who].sum()),
                        "out": int((~inside & stated)[who].sum()),
                        "expected": expected,
                        "low": low,
                        "high": high,
                    }
                )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _cuts(policy: Policy, *, direct: bool) -> list[tuple[str, int, float]]:
    result = [("potensial", i, cut) for i, cut in enumerate(policy.cuts.potensial)]
    return result if direct else result + [("kinerja", i, cut) for i, cut in enumerate(policy.cuts.kinerja)]


def _slid(policy: Policy, axis: str, number: int, shift: float) -> dict[str, tuple[float, float]] | None:
    """Return the cuts with one of them moved; None where they would cross or leave the scale."""
    cuts = {"potensial": policy.cuts.potensial, "kinerja": policy.cuts.kinerja}
    pair = list(cuts[axis])
    pair[number] += shift
    if not 0 < pair[0] < pair[1] <= 100:
        return None
    cuts[axis] = (pair[0], pair[1])
    return cuts


def heaps(boxes: pd.DataFrame, policy: Policy, *, direct: bool) -> pd.DataFrame:
    """Return scores that many people share and that lie within a point of a cut.

    Parameters
    ----------
    boxes : pandas.DataFrame
    policy : Policy
    direct : bool
        Whether the row of the grid is read directly, so that kinerja has no cuts.

    Returns
    -------
    pandas.DataFrame
        axis, cut, score, people, share; scores are compared to a thousandth of a point. Potensial has a measured part
        and no two people share it exactly; where a policy measures nothing, it is counted like kinerja.
    """
    known = boxes[boxes["withheld_reason"] == ""]
    rows = []
    for axis, _number, cut in _cuts(policy, direct=direct):
        measured = known[f"{axis}_sd"].to_numpy(float) > 0
        scores = np.round(known[axis].to_numpy(float)[~measured], 3)
        values, counts = np.unique(scores[np.abs(scores - cut) <= HEAP_NEAR], return_counts=True)
        for value, people in zip(values, counts, strict=True):
            if people >= max(HEAP_LEAST, HEAP_SHARE * len(known)):
                share = people / len(known)
                rows.append({"axis": axis, "cut": cut, "score": value, "people": int(people), "share": share})
    return pd.DataFrame(rows, columns=["axis", "cut", "score", "people", "share"])


def heap_warnings(table: pd.DataFrame) -> list[str]:
    """Return a sentence for each heap of equal scores at a cut."""
    sentences = []
    for heap in table.to_dict("records"):
        side = (
            _("persis pada")
            if abs(heap["score"] - heap["cut"]) < 1e-6
            else (_("tepat di atas") if heap["score"] > heap["cut"] else _("tepat di bawah"))
        )
        sentences.append(
            _(
                "Batas {axis} {cut} terletak pada tumpukan: {people} orang bernilai sama, {score}, {side} batas; "
                "geseran kecil memindahkan mereka sekaligus."
            ).format(
                axis=heap["axis"],
                cut=format_number(heap["cut"]),
                people=format_number(heap["people"]),
                score=format_number(heap["score"], 1),
                side=side,
            )
        )
    return sentences
