"""DIF of ordered items: Mantel's test and the standardised mean difference."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.special import chdtrc

from workbench.psychometrics.dif.matching import adjusted, checked

__all__ = ["mantel", "ordered_class"]

# ETS for polytomous items (Zwick, Thayer and Mazzeo 1997): standardised mean difference over the item's SD.
MODERATE, LARGE = 0.17, 0.25


def mantel(scored: object, focal: object) -> pd.DataFrame:
    """Compare two groups on each ordered item at equal total score (Mantel 1963; Dorans and Schmitt 1991).

    Parameters
    ----------
    scored : frame or array, persons x items
        Complete scores; the matching score is the total including the studied item.
    focal : array of bool, shape (persons,)

    Returns
    -------
    pandas.DataFrame
        item_id, chi2, p, smd (focal minus reference mean at equal total, weighted by the focal group, in score points;
        negative: harder for the focal group; of 0/1 items Dorans and Kulick's standardised P-DIF), smd_se (Zwick and
        Thayer 1996, hypergeometric), smd_sd (over the item's standard deviation), ets (AA, BB, CC), p_holm and
        p_bh (p adjusted for the number of items), n_reference, n_focal.

    Raises
    ------
    ValueError
        When scores are missing or text, a group is empty, or shapes differ.
    """
    x, group, names = checked(scored, focal)
    _levels, place = np.unique(x.sum(1), return_inverse=True)
    size = int(place.max()) + 1
    n_focal = np.bincount(place, weights=group, minlength=size)
    n_all = np.bincount(place, minlength=size).astype(float)
    n_reference = n_all - n_focal
    both = (n_focal > 0) & (n_reference > 0) & (n_all > 1)
    rows = []
    # Sums of all items at each level in one product.
    level = csr_array((np.ones(place.size), (place, np.arange(place.size))), shape=(size, place.size))
    sums, squares, focal_sums = level @ x, level @ x**2, level @ (x * group[:, None])
    for j in range(x.shape[1]):
        item, first, second, of_focal = x[:, j], sums[:, j], squares[:, j], focal_sums[:, j]
        f, r, n = n_focal[both], n_reference[both], n_all[both]
        expected = f * first[both] / n
        variance = f * r * (n * second[both] - first[both] ** 2) / (n**2 * (n - 1))
        spread = float(item.std())
        if not both.any() or variance.sum() <= 0 or spread == 0:
            rows.append((np.nan, np.nan, np.nan, np.nan, np.nan, ""))
            continue
        gap = of_focal[both].sum() - expected.sum()
        chi2 = float(gap**2 / variance.sum())
        means = of_focal[both] / f - (first[both] - of_focal[both]) / r
        smd = float((f * means).sum() / f.sum())
        # With the margins of a level given, the focal sum decides both means: each moves by 1/f + 1/r of it.
        se = float(np.sqrt(((f / f.sum() * (1 / f + 1 / r)) ** 2 * variance).sum()))
        p = float(chdtrc(1, chi2))
        effect = smd / spread
        rows.append((chi2, p, smd, se, effect, ordered_class(effect, p)))
    frame = pd.DataFrame(rows, columns=["chi2", "p", "smd", "smd_se", "smd_sd", "ets"])
    frame.insert(0, "item_id", names)
    return frame.join(adjusted(frame["p"])).assign(n_reference=int((~group).sum()), n_focal=int(group.sum()))


def ordered_class(effect: float, p: float) -> str:
    """Return the class of ETS for ordered items: AA negligible, BB moderate, CC large.

    Parameters
    ----------
    effect : float
        Standardised mean difference over the item's standard deviation.
    p : float
    """
    if p > 0.05 or abs(effect) <= MODERATE:
        return "AA"
    return "BB" if abs(effect) <= LARGE else "CC"
