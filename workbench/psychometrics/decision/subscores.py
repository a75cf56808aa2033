"""Whether a subscore says something that the total does not.

Source: Haberman (2008, Journal of Educational and Behavioral Statistics 33, 204-229).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.psychometrics.matrix import as_numbers, column_names

__all__ = ["haberman_prmse"]


def haberman_prmse(subscores: object, reliability: object) -> pd.DataFrame:
    """Return how well the true subscore is predicted by the subscore, by the total, and by both.

    PRMSE is the proportional reduction of the mean squared error: of the subscore itself it is its reliability; of the
    total it is the squared correlation of the total with the true subscore. A subscore is worth reporting when its own
    PRMSE exceeds that of the total; the weighted average of both predicts best.

    Parameters
    ----------
    subscores : frame or array, persons x subscores
        Sum scores of parts that do not share items; their sum is the total. Rows with a missing cell are left out.
    reliability : array of float, shape (subscores,)
        Of each subscore, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        subscore, n, reliability, prmse_subscore, prmse_total, prmse_both, added_value (prmse_subscore > prmse_total),
        weight_subscore and weight_total (of the best prediction, for deviations from the means).

    Raises
    ------
    ValueError
        On text, infinite values, fewer than ten complete rows or two subscores, a subscore without variation, or a
        reliability that is none.
    """
    values, rho = (as_numbers(table).astype(float) for table in (subscores, reliability))
    if values.ndim != 2 or values.shape[1] < 2 or np.isinf(values).any():
        raise ValueError(_("Subskor harus berupa tabel orang x subskor (sedikitnya dua) tanpa nilai tak hingga."))
    values = values[~np.isnan(values).any(1)]
    if values.shape[0] < 10 or (values.std(0) == 0).any():
        raise ValueError(_("Perlu sedikitnya 10 orang lengkap dan subskor yang bervariasi."))
    if rho.shape != (values.shape[1],) or not ((rho > 0) & (rho < 1)).all():
        raise ValueError(_("Perlu satu reliabilitas antara 0 dan 1 untuk tiap subskor."))
    names = column_names(subscores, rho.size)
    covariance = np.cov(values, rowvar=False)
    variance = np.diag(covariance)
    total = float(covariance.sum())
    with_total = covariance.sum(1)
    # Errors of different parts are independent: the true subscore covaries with the other parts as the subscore does.
    true_variance = rho * variance
    true_with_total = with_total - (1 - rho) * variance
    rows = []
    for j, name in enumerate(names):
        predictors = np.array([[variance[j], with_total[j]], [with_total[j], total]])
        target = np.array([true_variance[j], true_with_total[j]])
        weights = np.linalg.solve(predictors, target)
        by_total = float(true_with_total[j] ** 2 / (true_variance[j] * total))
        rows.append(
            {
                "subscore": name,
                "n": values.shape[0],
                "reliability": rho[j],
                "prmse_subscore": rho[j],
                "prmse_total": min(by_total, 1.0),
                "prmse_both": min(float(weights @ target / true_variance[j]), 1.0),
                "added_value": bool(rho[j] > by_total),
                "weight_subscore": weights[0],
                "weight_total": weights[1],
            }
        )
    return pd.DataFrame(rows)
