"""Differential item functioning by Mantel and Haenszel (1959; Holland and Thayer 1988)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import chdtrc, ndtri

from workbench.psychometrics.dif.matching import adjusted, checked, dichotomous

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DELTA", "ets_class", "mantel_haenszel"]

# Zieky (1993): class A below one delta unit or not significant, class C from 1.5 on and significantly above one.
NEGLIGIBLE, LARGE = 1.0, 1.5
SIGNIFICANT = 0.05
_Z_ONE_SIDED = float(ndtri(1 - SIGNIFICANT))
_Z_TWO_SIDED = float(ndtri(1 - SIGNIFICANT / 2))
# Holland and Thayer (1988): the odds ratio on the delta scale of ETS.
DELTA = -2.35


def mantel_haenszel(scored: object, focal: object, *, purify: bool = False) -> pd.DataFrame:
    """Compare two groups on each dichotomous item at equal total score.

    The continuity correction is left out where the summed difference is below half a person, as R does: it would turn
    the sign of the difference.

    Parameters
    ----------
    scored : frame or array, persons x items
        0/1 without missing cells; the matching score is the total including the studied item.
    focal : array of bool (or 0 and 1), shape (persons,)
        True for the focal group.
    purify : bool
        Leave items of class C in a first pass out of the matching score of the second, but for the studied item itself
        (Holland and Thayer 1988).

    Returns
    -------
    pandas.DataFrame
        item_id, chi2, p, odds_ratio (above 1: harder for the focal group) with 95 % interval odds_ratio_low and
        odds_ratio_high, delta (-2.35 ln odds ratio; negative: harder for the focal group), delta_se (Phillips and
        Holland 1987), p_dif (standardised difference of the shares right, focal minus reference, at the scores of the
        focal group; negative: harder for the focal group; Dorans and Kulick 1986), ets (A, B or C: Zieky 1993), p_holm
        and p_bh (p adjusted for the number of items), n_reference, n_focal. No number and no class where no score level
        holds both groups and both answers; p_dif needs only both groups.

    Raises
    ------
    ValueError
        When scores are not 0/1, fewer than two items are given, a group is empty, or shapes differ.
    """
    x, inside, names = checked(scored, focal)
    dichotomous(x)
    rows = [_one(x[:, j], x.sum(axis=1), inside) for j in range(x.shape[1])]
    clean = np.array([row["ets"] != "C" for row in rows])
    if purify and not clean.all():
        anchor = x[:, clean].sum(axis=1)
        rows = [_one(x[:, j], anchor + (0 if clean[j] else x[:, j]), inside) for j in range(x.shape[1])]
    result = pd.DataFrame(rows)
    result.insert(0, "item_id", names)
    return result.join(adjusted(result["p"])).assign(n_reference=int((~inside).sum()), n_focal=int(inside.sum()))


def _one(item: NDArray[np.float64], score: NDArray[np.float64], focal: NDArray[np.bool_]) -> dict[str, object]:
    """Return the statistics of one item from its tables of group by answer, one a score level."""
    levels, place = np.unique(score, return_inverse=True)
    # Reference right and wrong, focal right and wrong, at each level (Holland and Thayer's A, B, C, D).
    a, b, c, d = (
        np.bincount(place, weights=answer * member, minlength=levels.size)
        for member in (~focal, focal)
        for answer in (item, 1 - item)
    )
    both = (a + b > 0) & (c + d > 0)
    use = both & (a + c > 0) & (b + d > 0)
    gaps = c[both] / (c + d)[both] - a[both] / (a + b)[both]
    p_dif = float((gaps * (c + d)[both]).sum() / (c + d)[both].sum()) if both.any() else float("nan")
    a, b, c, d = a[use], b[use], c[use], d[use]
    n = a + b + c + d
    result: dict[str, object] = dict.fromkeys(
        ("chi2", "p", "odds_ratio", "odds_ratio_low", "odds_ratio_high", "delta", "delta_se"), float("nan")
    )
    result.update(p_dif=p_dif, ets="")
    if not n.size:
        return result
    variance = (a + b) * (c + d) * (a + c) * (b + d) / (n**2 * (n - 1))
    gap = abs(float((a - (a + b) * (a + c) / n).sum()))
    chi2 = (gap - (0.5 if gap >= 0.5 else 0.0)) ** 2 / float(variance.sum())
    p = float(chdtrc(1, chi2))
    result.update(chi2=chi2, p=p)
    right, wrong = float((a * d / n).sum()), float((b * c / n).sum())
    if right == 0 or wrong == 0:
        return result
    odds = right / wrong
    weight = (a * d + odds * b * c) * (a + d + odds * (b + c)) / n**2
    log_error = float(np.sqrt(weight.sum() / 2)) / right
    delta, error = DELTA * float(np.log(odds)), abs(DELTA) * log_error
    result.update(
        odds_ratio=odds,
        odds_ratio_low=odds * float(np.exp(-_Z_TWO_SIDED * log_error)),
        odds_ratio_high=odds * float(np.exp(_Z_TWO_SIDED * log_error)),
        delta=delta,
        delta_se=error,
        ets=ets_class(delta, error, p),
    )
    return result


def ets_class(delta: float, error: float, p: float) -> str:
    """Return the class of ETS: A negligible, B moderate, C large (Zieky 1993)."""
    if abs(delta) < NEGLIGIBLE or p > SIGNIFICANT:
        return "A"
    return "C" if abs(delta) >= LARGE and abs(delta) - NEGLIGIBLE > _Z_ONE_SIDED * error else "B"
