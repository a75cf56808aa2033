"""Fit of a whole model by its first and second moments: M2, M2* or C2, RMSEA, SRMSR.

Sources: Maydeu-Olivares and Joe (2006, Psychometrika 71, 713-732) for M2; Cai and Hansen (2013, British Journal of
Mathematical and Statistical Psychology 66, 245-276) for M2*, which takes the mean of an ordered item instead of the
share of each category; Cai and Monro (2014, CRESST report 839) for C2, which keeps the shares and takes means only of
pairs; Maydeu-Olivares (2013, Measurement 11, 71-101) for RMSEA and SRMSR.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.linalg import LinAlgError, cholesky, solve_triangular
from scipy.special import chdtrc, chndtr, chndtrinc

from workbench.i18n import _
from workbench.psychometrics.irt.inspection import (
    DEFAULT_GRID,
    category_probabilities,
    free_columns,
    free_moments,
    gradients,
    group_index,
    log_priors,
    select,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.psychometrics.irt.calibration import Calibration

__all__ = ["ModelFit", "model_fit"]

MOST_MOMENTS = 8_000  # about 125 items; the covariance of the moments then takes 512 MB
CONFIDENCE = 0.90


@dataclass(frozen=True)
class ModelFit:
    """Fit of a model.

    Attributes
    ----------
    m2 : float
        The statistic, chi-square distributed when the model holds.
    df : int
    p : float
    rmsea, rmsea_low, rmsea_high : float
        With its 90 % interval.
    srmsr : float
        Root mean square of the residual correlations.
    n : int
        People with complete answers, on whom all this rests.
    statistic : str
        ``M2`` (two categories), ``M2*`` or ``C2`` (ordered categories; C2 where M2* leaves no degree of freedom).
    """

    m2: float
    df: int
    p: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    srmsr: float
    n: int
    statistic: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row."""
        return pd.DataFrame([asdict(self)])


@dataclass(frozen=True)
class _Margins:
    """Moments under the model in one group.

    Attributes
    ----------
    expected : ndarray, shape (moments,)
    covariance : ndarray, shape (moments, moments)
        Of the moments of one person.
    slope : ndarray, shape (moments, free parameters)
        Derivative of the expected moments.
    correlation : ndarray, shape (items, items)
    """

    expected: NDArray[np.float64]
    covariance: NDArray[np.float64]
    slope: NDArray[np.float64]
    correlation: NDArray[np.float64]


def model_fit(calibration: Calibration, responses: object, *, groups: object | None = None) -> ModelFit:
    """Test the model against the shares of single items and of pairs of items.

    Parameters
    ----------
    calibration : Calibration
    responses : array or frame, persons x items
        Categories, NaN or -1 where missing; only people with complete answers count. A frame is matched by names.
    groups : sequence, optional
        Group of each person; needed when the calibration has several groups.

    Returns
    -------
    ModelFit

    Raises
    ------
    ValueError
        On responses that do not go with the calibration, when nobody answered every item, when no degree of freedom is
        left, or when there are too many items (about 125).
    """
    categories, chosen = select(calibration, responses)
    group = group_index(chosen, groups, categories.shape[0])
    complete = (categories >= 0).all(1)
    categories, group = categories[complete], group[complete]
    persons, items = categories.shape
    if persons < 3 or items < 2:
        raise ValueError(
            _("Kecocokan model memerlukan sedikitnya 3 orang berjawaban lengkap dan 2 butir; ada {n} dan {k}.").format(
                n=persons, k=items
            )
        )
    parameters = _count(chosen)
    names = ("M2",) if (chosen.items["categories"] == 2).all() else ("M2*", "C2")
    present = np.unique(group)
    for statistic in names:
        single = items if statistic != "C2" else int((chosen.items["categories"] - 1).sum())
        moments = single + items * (items - 1) // 2
        df = moments * present.size - parameters
        if moments > MOST_MOMENTS:
            raise ValueError(
                _("M2 untuk {k} butir memerlukan {n} momen, melebihi {most}; uji per skala.").format(
                    k=items, n=moments, most=MOST_MOMENTS
                )
            )
        if df > 0:
            break
    else:
        raise ValueError(
            _("M2 tidak dapat dihitung: {k} butir terlalu sedikit untuk {n} parameter.").format(k=items, n=parameters)
        )
    m2, srmsr = _statistic(chosen, categories, group, present, statistic, parameters)
    p = float(chdtrc(df, m2))
    scale = df * (persons - 1)
    rmsea = float(np.sqrt(max(m2 - df, 0.0) / scale))
    low, high = (float(np.sqrt(_noncentrality(m2, df, tail) / scale)) for tail in (1 + CONFIDENCE, 1 - CONFIDENCE))
    return ModelFit(m2, df, p, rmsea, low, high, srmsr, persons, statistic)


def _noncentrality(x2: float, df: int, twice_tail: float) -> float:
    """Noncentrality under which the statistic has the given probability of being smaller; 0 where none has."""
    tail = twice_tail / 2
    return float(chndtrinc(x2, df, tail)) if chndtr(x2, df, 0.0) > tail else 0.0


def _count(calibration: Calibration) -> int:
    """Count free parameters: of items, then means and standard deviations of groups."""
    columns = free_columns(calibration)
    mean, sd = free_moments(calibration)
    return int(np.unique(np.concatenate([*columns, np.zeros(0, dtype=np.int64)])).size + mean.sum() + sd.sum())


def _statistic(
    calibration: Calibration,
    categories: NDArray[np.int8],
    group: NDArray[np.int64],
    present: NDArray[np.int64],
    statistic: str,
    parameters: int,
) -> tuple[float, float]:
    """M2 summed over groups and SRMSR.

    With the Cholesky factor L of the covariance, N e' C e is the squared length of L^-1 e outside the space of L^-1 D;
    groups are stacked, since item parameters are common to them.
    """
    residuals, slopes, squares = [], [], 0.0
    for g in present:
        values = categories[group == g]
        n = values.shape[0]
        margins = _margins(calibration, int(g), statistic, parameters)
        observed, correlation = _observed(values, calibration, statistic)
        try:
            factor = cholesky(margins.covariance, lower=True, overwrite_a=True, check_finite=False)
        except LinAlgError:
            raise ValueError(
                _("M2 tidak dapat dihitung: ada butir yang saling menentukan; buang salah satunya.")
            ) from None
        both = np.column_stack([observed - margins.expected, margins.slope]) * np.sqrt(n)
        both = solve_triangular(factor, both, lower=True, overwrite_b=True, check_finite=False)
        residuals.append(both[:, 0])
        slopes.append(both[:, 1:])
        upper = np.triu_indices(values.shape[1], 1)
        squares += n / categories.shape[0] * float(np.nanmean((correlation - margins.correlation)[upper] ** 2))
    residual, slope = np.concatenate(residuals), np.concatenate(slopes)
    if parameters:
        basis, _triangle = np.linalg.qr(slope)
        residual = residual - basis @ (basis.T @ residual)
    return float(residual @ residual), float(np.sqrt(squares))


def _observed(
    categories: NDArray[np.int8], calibration: Calibration, statistic: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Observed moments and correlations of one group."""
    x = categories.astype(float)
    cross = x.T @ x / x.shape[0]
    upper = np.triu_indices(x.shape[1], 1)
    single = x.mean(0)
    if statistic == "C2":
        sizes = calibration.items["categories"]
        single = np.concatenate([[(x[:, j] == k).mean() for k in range(1, size)] for j, size in enumerate(sizes)])
    mean = x.mean(0)
    return np.concatenate([single, cross[upper]]), _correlation(cross - np.outer(mean, mean))


def _correlation(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    sd = np.sqrt(np.diag(covariance))
    with np.errstate(divide="ignore", invalid="ignore"):
        result: NDArray[np.float64] = covariance / np.outer(sd, sd)
    return result


def _margins(calibration: Calibration, g: int, statistic: str, parameters: int) -> _Margins:
    """Return expected moments of one group, their covariance and their derivatives.

    A single moment r belongs to item o(r) and has the conditional mean U_r(theta): the item's expected score, or the
    probability of a category. A pair (i, j) has the conditional mean E_i(theta) E_j(theta). Covariances first take all
    items as different and are then corrected where two moments share an item.
    """
    theta = DEFAULT_GRID.theta
    weight = np.exp(log_priors(calibration)[g])
    curves = category_probabilities(calibration, theta)
    points = [np.arange(curve.shape[0]) for curve in curves]
    mean = np.stack([c @ curve for c, curve in zip(points, curves, strict=True)])
    square = np.stack([c**2 @ curve for c, curve in zip(points, curves, strict=True)])
    items = mean.shape[0]
    first, second = np.triu_indices(items, 1)
    place = np.zeros((items, items), dtype=np.int64)
    place[first, second] = place[second, first] = np.arange(first.size)
    if statistic == "C2":
        owner = np.concatenate([np.full(c.size - 1, j) for j, c in enumerate(points)])
        single = np.concatenate([curve[1:] for curve in curves])
        times_item = np.concatenate([curve[1:] * c[1:, None] for c, curve in zip(points, curves, strict=True)])
        within = single
    else:
        owner, single, times_item, within = np.arange(items), mean, square, square
    pair = mean[first] * mean[second]
    n_single, n_pair = single.shape[0], pair.shape[0]
    expected = np.concatenate([single @ weight, pair @ weight])
    joint = np.empty((n_single + n_pair, n_single + n_pair))
    joint[:n_single, :n_single] = (single * weight) @ single.T
    same = owner[:, None] == owner
    diagonal = np.eye(n_single, dtype=bool)
    joint[:n_single, :n_single][same] = 0.0
    joint[:n_single, :n_single][diagonal] = within @ weight
    mixed = (single * weight) @ pair.T
    shared = (times_item * weight) @ mean.T
    for r, i in enumerate(owner):
        others = np.flatnonzero(np.arange(items) != i)
        mixed[r, place[i, others]] = shared[r, others]
    joint[:n_single, n_single:] = mixed
    joint[n_single:, :n_single] = mixed.T
    pairs = joint[n_single:, n_single:]
    np.matmul(pair * weight, pair.T, out=pairs)
    for i in range(items):
        others = np.flatnonzero(np.arange(items) != i)
        rows = place[i, others]
        pairs[np.ix_(rows, rows)] = (mean[others] * (square[i] * weight)) @ mean[others].T
    pairs[np.arange(n_pair), np.arange(n_pair)] = (square[first] * square[second]) @ weight
    joint -= np.outer(expected, expected)
    product = (mean * weight) @ mean.T
    product[np.arange(items), np.arange(items)] = square @ weight
    correlation = _correlation(product - np.outer(mean @ weight, mean @ weight))
    slope = _slope(calibration, g, statistic, parameters, mean, np.concatenate([single, pair]), weight, place)
    return _Margins(expected, joint, slope, correlation)


def _slope(
    calibration: Calibration,
    g: int,
    statistic: str,
    parameters: int,
    mean: NDArray[np.float64],
    conditional: NDArray[np.float64],
    weight: NDArray[np.float64],
    place: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the derivative of the expected moments by every free parameter, shape (moments, parameters)."""
    theta = DEFAULT_GRID.theta
    items = mean.shape[0]
    n_single = conditional.shape[0] - items * (items - 1) // 2
    slope = np.zeros((conditional.shape[0], parameters))
    start = 0
    for i, (gradient, columns) in enumerate(zip(gradients(calibration, theta), free_columns(calibration), strict=True)):
        of_mean = np.arange(gradient.shape[1]) @ gradient
        others = np.flatnonzero(np.arange(items) != i)
        if statistic == "C2":
            rows = np.arange(start, start + gradient.shape[1] - 1)
            change = gradient[:, 1:] @ weight
        else:
            rows, change = np.array([start]), (of_mean @ weight)[:, None]
        start += rows.size
        slope[np.ix_(rows, columns)] += change.T
        slope[np.ix_(n_single + place[i, others], columns)] += mean[others] @ (of_mean * weight).T
    free_mean, free_sd = free_moments(calibration)
    column = parameters - int(free_mean.sum() + free_sd.sum())
    location, sd = calibration.groups[["mean", "sd"]].to_numpy(float)[g]
    z = theta - location
    for free, change in ((free_mean, z / sd**2), (free_sd, z**2 / sd**3)):
        if free[g]:
            slope[:, column + int(free[:g].sum())] = conditional @ (weight * (change - change @ weight))
        column += int(free.sum())
    return slope
