"""DIF by logistic regression on cells of score and group (Swaminathan and Rogers 1990; Zumbo 1999)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import chdtrc, expit

from workbench.psychometrics.dif.matching import adjusted, checked, dichotomous

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["logistic"]

# Jodoin and Gierl (2001): change of Nagelkerke's R squared.
NEGLIGIBLE, LARGE = 0.035, 0.070
STEPS = 50


def logistic(scored: object, focal: object) -> pd.DataFrame:
    """Compare two groups on each dichotomous item by logistic regression on the total score.

    People with the same total and group are one cell, so that the cost does not grow with their number and the
    likelihood ratio is the same as by person.

    Parameters
    ----------
    scored : frame or array, persons x items
        Complete 0/1 scores; the matching score is the total including the studied item.
    focal : array of bool, shape (persons,)

    Returns
    -------
    pandas.DataFrame
        item_id; chi2_uniform, df_uniform, p_uniform (total against total + group); chi2_nonuniform .. (the product
        added); chi2_both .. ; beta_group (log odds of the focal group in the uniform model);
        nagelkerke_delta_r2; ets (A negligible, B moderate, C large by Jodoin and Gierl 2001, A where chi2_both is not
        significant at .05); p_holm and p_bh (p_both adjusted for the number of items); n_reference, n_focal. No number
        where a model cannot be fitted (perfect separation).

    Raises
    ------
    ValueError
        When scores are not complete 0/1, a group is empty, or shapes differ.
    """
    x, group, names = checked(scored, focal)
    dichotomous(x)
    total = x.sum(1).astype(np.int64)
    cell = total * 2 + group
    used, where = np.unique(cell, return_inverse=True)
    n = np.bincount(where).astype(float)
    right = np.stack([np.bincount(where, weights=x[:, j]) for j in range(x.shape[1])]).astype(float)
    score = (used // 2).astype(float)
    score = (score - score.mean()) / max(score.std(), 1e-12)
    member = (used % 2).astype(float)
    design = np.stack([np.ones_like(score), score, member, score * member], axis=1)
    fits = [_fit(design[:, :k], n, right) for k in (1, 2, 3, 4)]
    likelihood = [fit[1] for fit in fits]
    uniform, nonuniform = 2 * (likelihood[2] - likelihood[1]), 2 * (likelihood[3] - likelihood[2])
    both = 2 * (likelihood[3] - likelihood[1])
    people = n.sum()
    r2 = [
        (1 - np.exp(2 / people * (likelihood[0] - value))) / (1 - np.exp(2 / people * likelihood[0]))
        for value in (likelihood[1], likelihood[3])
    ]
    change = r2[1] - r2[0]
    p_both = chdtrc(2, np.maximum(both, 0))
    ets = np.where((p_both > 0.05) | (change < NEGLIGIBLE), "A", np.where(change < LARGE, "B", "C"))
    known = np.isfinite(both)
    frame = pd.DataFrame(
        {
            "item_id": names,
            "chi2_uniform": uniform,
            "df_uniform": 1,
            "p_uniform": chdtrc(1, np.maximum(uniform, 0)),
            "chi2_nonuniform": nonuniform,
            "df_nonuniform": 1,
            "p_nonuniform": chdtrc(1, np.maximum(nonuniform, 0)),
            "chi2_both": both,
            "df_both": 2,
            "p_both": p_both,
            "beta_group": fits[2][0][:, 2],
            "nagelkerke_delta_r2": change,
            "ets": np.where(known, ets, ""),
        }
    )
    return frame.join(adjusted(p_both)).assign(n_reference=int((~group).sum()), n_focal=int(group.sum()))


def _fit(
    design: NDArray[np.float64], n: NDArray[np.float64], right: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Logistic regressions of all items at once: coefficients and log-likelihoods, NaN where they do not converge."""
    items = right.shape[0]
    beta = np.zeros((items, design.shape[1]))
    share = (right.sum(1) + 0.5) / (n.sum() + 1)
    beta[:, 0] = np.log(share / (1 - share))
    fine = np.zeros(items, dtype=bool)
    for _step in range(STEPS):
        mu = expit(beta @ design.T)
        gradient = (right - n * mu) @ design
        information = np.einsum("ic,cp,cq->ipq", n * mu * (1 - mu), design, design, optimize=True)
        information += 1e-9 * np.eye(design.shape[1])
        step = np.linalg.solve(information, gradient[..., None])[..., 0]
        step *= np.minimum(1.0, 3.0 / np.maximum(np.abs(step).max(1, keepdims=True), 1e-300))
        beta = beta + step
        fine = np.abs(step).max(1) < 1e-9
        if fine.all():
            break
    eta = beta @ design.T
    value = (right * eta - n * np.logaddexp(0, eta)).sum(1)
    fine &= np.abs(beta).max(1) < 25
    return np.where(fine[:, None], beta, np.nan), np.where(fine, value, np.nan)
