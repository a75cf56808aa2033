"""Scores of persons with their errors, for fixed item parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.psychometrics.irt.blocks import (
    CHUNK,
    Block,
    indicator_columns,
    make_blocks,
    posterior_columns,
)
from workbench.psychometrics.irt.expectation import node_tables
from workbench.psychometrics.irt.grid import Grid
from workbench.psychometrics.irt.inspection import matched
from workbench.psychometrics.irt.sumscore import sum_score_distribution
from workbench.psychometrics.matrix import as_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.psychometrics.irt.calibration import Calibration
    from workbench.psychometrics.irt.item_set import ItemSet

__all__ = ["prior_grid", "prior_moments", "score"]

METHODS = ("EAP", "MAP", "WLE", "EAPsum")
TINY = 1e-300
FARTHEST, NARROWEST, WIDEST = 50.0, 1e-3, 20.0  # of the mean and standard deviation of a prior
# EAP is taken on the range of a calibration, wider where the prior is: this many of its standard deviations.
EAP_RANGE, EAP_WIDTH, EAP_STEP = 6.0, 4.0, 0.1
# MAP and WLE are searched on the first grid, and on the wider ones where the mode lies outside.
MODE_GRIDS = (Grid(281, -7.0, 7.0), Grid(281, -14.0, 14.0), Grid(281, -28.0, 28.0))


def score(
    calibration: Calibration,
    responses: object,
    method: str = "EAP",
    *,
    mean: float | None = None,
    sd: float | None = None,
) -> pd.DataFrame:
    """Score persons with fixed item parameters.

    Parameters
    ----------
    calibration : Calibration
    responses : array or frame, persons x items
        Categories, NaN or -1 where missing. A frame is matched by column names, an array by position.
    method : str
        ``EAP``: mean and standard deviation of the posterior (Bock and Mislevy 1982) under a normal prior.
        ``MAP``: mode of that posterior, its error from the curvature there.
        ``WLE``: weighted likelihood estimate (Warm 1989), its error from 1 / sqrt(information).
        ``EAPsum``: EAP given the sum of categories (Thissen, Pommerich, Billeaud and Williams 1995).
    mean, sd : float, optional
        Prior of EAP, MAP and EAPsum; by default the distribution of the reference group (Rasch: its variance
        is estimated).

    Returns
    -------
    pandas.DataFrame
        theta, se; a row a person. Without any answer: the prior for EAP and MAP, no number for WLE. EAPsum has no
        number for a person with a missing answer.

    Raises
    ------
    ValueError
        On an unknown method, a category that the calibration does not know, no common item, no answer at all, or a
        prior that is none.
    """
    if method not in METHODS:
        raise ValueError(
            _("Metode skor '{method}' tidak tersedia; pilih salah satu: {methods}.").format(
                method=method, methods=", ".join(METHODS)
            )
        )
    centre, spread = prior_moments(calibration, mean, sd)
    categories, _places, items, parameters = matched(calibration, responses)
    persons = categories.shape[0]
    index = responses.index if isinstance(responses, pd.DataFrame) else None
    if method == "EAPsum":
        values = _by_sum(categories, items, parameters, centre, spread)
        return pd.DataFrame({"theta": values[0], "se": values[1]}, index=index)
    theta = np.full(persons, np.nan if method == "WLE" else centre)
    error = np.full(persons, np.nan if method == "WLE" else spread)
    for block in make_blocks(categories, np.zeros(persons, dtype=np.int64)):
        here, known = items.part(block.items), [parameters[j] for j in block.items]
        if method == "EAP":
            values = _eap(block, here, known, centre, spread)
        else:
            values = _mode(block, here, known, None if method == "WLE" else (centre, spread))
        theta[block.persons], error[block.persons] = values
    return pd.DataFrame({"theta": theta, "se": error}, index=index)


def log_likelihood(calibration: Calibration, responses: object, theta: object) -> NDArray[np.float32]:
    """Return the logarithm of each person's likelihood at some thetas, up to a constant for each person.

    Parameters
    ----------
    calibration : Calibration
    responses : array or frame, persons x items
        As for `score`.
    theta : array of float, shape (points,)

    Returns
    -------
    ndarray of float32, shape (persons, points)
        The largest is 0; zero everywhere without any answer.

    Raises
    ------
    ValueError
        When a theta is not a finite number; on answers as `score`.
    """
    points = np.atleast_1d(as_numbers(theta)).astype(float)
    if points.ndim != 1 or not points.size or not np.isfinite(points).all():
        raise ValueError(_("Theta harus berupa daftar bilangan terhingga."))
    categories, _places, items, parameters = matched(calibration, responses)
    result = np.zeros((categories.shape[0], points.size), dtype=np.float32)
    for block in make_blocks(categories, np.zeros(categories.shape[0], dtype=np.int64)):
        here = items.part(block.items)
        relative, lowest = node_tables(here, [parameters[j] for j in block.items], points, np.float32)
        for part in block.chunks():
            values = block.categories[part]
            columns = relative.T @ indicator_columns(values, here.counts).T + lowest.sum(axis=0)[:, None]
            if part.start >= block.complete:
                columns -= lowest.T @ (values < 0).astype(np.float32).T
            result[block.persons[part]] = (columns - columns.max(axis=0)).T
    return result


def prior_moments(calibration: Calibration, mean: float | None, sd: float | None) -> tuple[float, float]:
    """Return mean and standard deviation of the prior: as told, or those of the reference group.

    Raises
    ------
    ValueError
        When they describe no distribution, or one that no grid holds.
    """
    first = calibration.groups.iloc[0]
    values = as_numbers([first["mean"] if mean is None else mean, first["sd"] if sd is None else sd]).astype(float)
    if values.shape != (2,):
        values = np.full(2, np.nan)
    centre, spread = values
    if not (abs(centre) < FARTHEST and NARROWEST <= spread <= WIDEST):
        raise ValueError(_("Sebaran awal memerlukan rata-rata terhingga dan simpangan baku positif."))
    return float(centre), float(spread)


def _eap(
    block: Block, items: ItemSet, parameters: list[NDArray[np.float64]], mean: float, sd: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    grid = prior_grid(mean, sd)
    relative, lowest = node_tables(items, parameters, grid.theta, np.float32)
    base = (lowest.sum(axis=0) + grid.log_prior(mean, sd)).astype(np.float32)
    # Moments in units of the prior, about its mean, so that single precision is enough.
    z = (grid.theta - mean) / sd
    powers = np.stack([z, z**2]).astype(np.float32)
    result = np.empty((2, block.persons.size))
    for part in block.chunks():
        values = block.categories[part]
        posterior = relative.T @ indicator_columns(values, items.counts).T
        if part.start >= block.complete:
            posterior -= lowest.T @ (values < 0).astype(np.float32).T
        posterior_columns(posterior, base)
        result[:, part] = powers @ posterior
    first, second = result
    return mean + sd * first, sd * np.sqrt(np.maximum(second - first**2, 1e-10))


def prior_grid(mean: float, sd: float) -> Grid:
    """Return a grid wide and fine enough for a normal prior."""
    low, high = min(-EAP_RANGE, mean - EAP_WIDTH * sd), max(EAP_RANGE, mean + EAP_WIDTH * sd)
    if sd < 1:  # a narrow prior needs nodes close together, and nothing far from it matters
        low, high = max(low, mean - EAP_RANGE * sd), min(high, mean + EAP_RANGE * sd)
    return Grid(1 + round((high - low) / min(EAP_STEP, EAP_STEP * sd)), low, high)


def _mode(
    block: Block, items: ItemSet, parameters: list[NDArray[np.float64]], prior: tuple[float, float] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mode of the posterior (with a prior) or of Warm's weighted likelihood (without), and its standard error."""
    result = np.full((2, block.persons.size), np.nan)
    left = np.arange(block.persons.size)
    for grid in MODE_GRIDS:
        scores, information, bias = items.theta_terms(parameters, grid.theta)
        relative = np.concatenate([score[1:] - score[:1] for score in scores])
        lowest = np.stack([score[0] for score in scores])
        for low in range(0, left.size, CHUNK):
            rows = left[low : low + CHUNK]
            values = block.categories[rows]
            taken = (values >= 0).astype(float)
            gradient = indicator_columns(values, items.counts, np.float64) @ relative + taken @ lowest
            if prior is not None:
                gradient -= (grid.theta - prior[0]) / prior[1] ** 2
                result[:, rows] = _root(gradient, None, grid)
                continue
            info = taken @ information
            gradient += (taken @ bias) / (2 * np.maximum(info, TINY))
            result[:, rows] = _root(gradient, info, grid)
        left = left[np.isnan(result[0, left])]
        if not left.size:
            break
    return result[0], result[1]


def _root(
    values: NDArray[np.float64], info: NDArray[np.float64] | None, grid: Grid
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where the antiderivative of a function on a grid is highest, and 1 / sqrt(information) there.

    Without an information the curvature of the antiderivative takes its place. No number where that is an end of the
    grid: the maximum may lie outside.
    """
    theta, step = grid.theta, grid.step
    rows = np.arange(values.shape[0])
    rise = np.cumsum((values[:, 1:] + values[:, :-1]) / 2, axis=1)
    place = np.concatenate([np.zeros((rows.size, 1)), rise], axis=1).argmax(axis=1)
    inside = (place > 0) & (place < theta.size - 1)
    left = np.clip(np.where(values[rows, place] > 0, place, place - 1), 1, theta.size - 3)
    # Cubic through four nodes in t = 0..1 between the two middle ones, and its root by Newton steps.
    points = np.stack([values[rows, left + k] for k in (-1, 0, 1, 2)])
    c1 = -points[0] / 3 - points[1] / 2 + points[2] - points[3] / 6
    c2 = points[0] / 2 - points[1] + points[2] / 2
    c3 = -points[0] / 6 + points[1] / 2 - points[2] / 2 + points[3] / 6
    fall = points[1] - points[2]
    inside &= (points[1] > 0) & (fall > 0)
    t = np.clip(points[1] / np.where(inside, fall, 1.0), 0, 1)
    for _newton in range(4):
        slope = c1 + t * (2 * c2 + 3 * c3 * t)
        t = np.clip(t - (points[1] + t * (c1 + t * (c2 + t * c3))) / np.where(slope < 0, slope, -1.0), 0, 1)
    if info is None:
        slope = (c1 + t * (2 * c2 + 3 * c3 * t)) / step
        error = 1 / np.sqrt(np.maximum(-slope, TINY))
    else:
        ends = np.log(np.maximum(np.stack([info[rows, left], info[rows, left + 1]]), TINY))
        error = np.exp(-0.5 * (ends[0] + t * (ends[1] - ends[0])))
    return np.where(inside, theta[left] + t * step, np.nan), np.where(inside, error, np.nan)


def _by_sum(
    categories: NDArray[np.int8], items: ItemSet, parameters: list[NDArray[np.float64]], mean: float, sd: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    grid = prior_grid(mean, sd)
    z = (grid.theta - mean) / sd
    joint = sum_score_distribution(items.probabilities(parameters, grid.theta)) * np.exp(grid.log_prior(mean, sd))
    total = joint.sum(axis=1)
    first, second = joint @ z / total, joint @ z**2 / total
    complete = (categories >= 0).all(axis=1)
    sums = np.where(complete, categories.astype(np.int64).sum(axis=1), 0)
    eap = mean + sd * first[sums]
    error = sd * np.sqrt(np.maximum(second - first**2, 1e-12))[sums]
    return np.where(complete, eap, np.nan), np.where(complete, error, np.nan)
