"""Fit of items and persons to a calibrated model.

Sources: Orlando and Thissen (2000, Applied Psychological Measurement 24, 50-64) and Kang and Chen (2008, Journal of
Educational Measurement 45, 391-406) for S-X2; Wright and Masters (1982) for infit and outfit; OECD (2017, PISA 2015
technical report, chapter 9) for RMSD; Snijders (2001, Psychometrika 66, 331-342) and Sinharay (2016) for lz*; van der
Flier (1982, Journal of Cross-Cultural Psychology 13, 267-298) for U3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import chdtrc, chndtrinc

from workbench.i18n import _
from workbench.psychometrics.intervals import Z
from workbench.psychometrics.irt.inspection import (
    DEFAULT_GRID,
    category_probabilities,
    free_columns,
    group_index,
    log_priors,
    one_hot,
    posterior,
    select,
    theta_terms,
)
from workbench.psychometrics.irt.scoring import score
from workbench.psychometrics.irt.sumscore import rest_score_distributions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from workbench.psychometrics.irt.calibration import Calibration

__all__ = ["item_fit", "person_fit"]

CHUNK = 8192
SMALLEST_EXPECTED = 1.0  # of a cell of S-X2
BLOCKS = 10  # of people, each left out once for the error of RMSD
TAIL = 0.025  # beyond each end of a 95 % interval


def item_fit(calibration: Calibration, responses: object, *, groups: object | None = None) -> pd.DataFrame:
    """Compare what each item does with what the model expects of it.

    S-X2 compares observed with expected shares of each category at each sum score; scores and categories are joined
    until every cell expects at least one person. It counts only people who answered every item, the other statistics
    whatever is there. Infit and outfit are taken at the WLE of each person. RMSD is the root of the squared distance
    between the pseudo-observed and the model curve, integrated over the latent distribution of the people who answered
    the item; of ordered items it compares the expected score divided by its maximum.

    Parameters
    ----------
    calibration : Calibration
    responses : array or frame, persons x items
        Categories, NaN or -1 where missing. A frame is matched by column names.
    groups : sequence, optional
        Group of each person; needed when the calibration has several groups.

    Returns
    -------
    pandas.DataFrame
        item_id, n, n_complete (people in S-X2), sx2, df, p, rmsea, infit, outfit, rmsd, and with several groups
        ``rmsd_<group>``. S-X2 is empty where no degree of freedom is left or nobody answered every item. 95 %
        intervals ``_low`` and ``_high`` of rmsea (non-central chi-square: Browne and Cudeck 1993), infit and outfit
        (ratio of sums over people, theta taken as given) and rmsd (jackknife over ten blocks of people).

    Raises
    ------
    ValueError
        On responses that do not go with the calibration, or without a single answer.
    """
    categories, chosen = select(calibration, responses, fewest=2)
    group = group_index(chosen, groups, categories.shape[0])
    complete = (categories >= 0).all(1)
    frame = pd.DataFrame({"item_id": chosen.item_ids, "n": (categories >= 0).sum(0), "n_complete": int(complete.sum())})
    tested = pd.DataFrame(_sx2(chosen, categories[complete], group[complete]))
    theta = np.nan_to_num(score(chosen, categories, "WLE")["theta"].to_numpy(float))
    residuals = pd.DataFrame(mean_squares(chosen, categories, theta))
    return pd.concat([frame, tested, residuals, _rmsd(chosen, categories, group)], axis=1)


def _sx2(
    calibration: Calibration, categories: NDArray[np.int8], group: NDArray[np.int64]
) -> dict[str, NDArray[np.float64]]:
    """S-X2, degrees of freedom, p and RMSEA of each item from people with complete answers."""
    persons, items = categories.shape
    result = {name: np.full(items, np.nan) for name in ("sx2", "df", "p", "rmsea", "rmsea_low", "rmsea_high")}
    if persons < 2 or items < 2:
        return result
    probabilities = category_probabilities(calibration, DEFAULT_GRID.theta)
    share = np.bincount(group, minlength=len(calibration.groups)) / persons
    density = share @ np.exp(log_priors(calibration))
    rest = rest_score_distributions(probabilities)
    total = categories.sum(1, dtype=np.int64)
    # A parameter that all items share is not charged to each of them.
    columns = free_columns(calibration)
    used = np.bincount(np.concatenate([*columns, np.zeros(0, dtype=np.int64)]))
    for j, curve in enumerate(probabilities):
        observed = np.zeros((rest.shape[1], curve.shape[0]))
        np.add.at(observed, (total, categories[:, j]), 1.0)
        joint = np.zeros_like(observed)
        by_rest = rest[j] @ (curve * density).T
        for k in range(curve.shape[0]):
            joint[k:, k] = by_rest[: joint.shape[0] - k, k]
        with np.errstate(divide="ignore", invalid="ignore"):
            expected = joint / joint.sum(1, keepdims=True) * observed.sum(1, keepdims=True)
        cells = _collapsed(observed[1:-1], expected[1:-1])
        df = sum(row.shape[1] - 1 for row in cells) - int((used[columns[j]] == 1).sum())
        if df > 0:
            x2 = float(sum((((row[0] - row[1]) ** 2) / row[1]).sum() for row in cells))
            result["sx2"][j], result["df"][j], result["p"][j] = x2, df, float(chdtrc(df, x2))
            result["rmsea"][j] = np.sqrt(max(x2 / df - 1, 0.0) / (persons - 1))
            for end, tail in (("rmsea_low", 1 - TAIL), ("rmsea_high", TAIL)):
                result[end][j] = np.sqrt(_noncentrality(x2, df, tail) / df / (persons - 1))
    return result


def _noncentrality(x2: float, df: int, share: float) -> float:
    """Return the non-centrality under which `share` of all values lie below `x2`, zero where even that is too much."""
    return float(chndtrinc(x2, df, share)) if 1 - chdtrc(df, x2) > share else 0.0


def _collapsed(observed: NDArray[np.float64], expected: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Join categories within scores, then scores, until every cell expects enough.

    Returns
    -------
    list of ndarray, one a row, shape (2, cells)
        Observed and expected counts.
    """
    size = observed.shape[1]
    # At the lowest and highest scores some categories cannot occur: these scores join the nearest where all can.
    low, high = min(size - 2, observed.shape[0] - 1), max(observed.shape[0] - size + 1, 0)
    if low < high:
        expected = np.nan_to_num(expected)
        observed, expected = (
            np.concatenate([t[: low + 1].sum(0)[None], t[low + 1 : high], t[high:].sum(0)[None]])
            for t in (observed, expected)
        )
    taken = observed.sum(1) > 0
    rows = [_join_categories(np.stack(pair)) for pair in zip(observed[taken], expected[taken], strict=True)]
    while len(rows) > 1:
        short = next((i for i, row in enumerate(rows) if row[1].min() < SMALLEST_EXPECTED), None)
        if short is None:
            break
        if short == 0:
            neighbour = 1
        elif short == len(rows) - 1:
            neighbour = short - 1
        else:
            before, after = rows[short - 1][0].sum(), rows[short + 1][0].sum()
            neighbour = short - 1 if before <= after else short + 1
        rows[neighbour] = _join_scores(rows[short], rows[neighbour])
        del rows[short]
    return rows


def _join_scores(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Join two scores cell by cell from the lowest; the longer one keeps the cells that the other has not."""
    shorter, longer = sorted((first, second), key=lambda row: row.shape[1])
    joined = longer.copy()
    joined[:, : shorter.shape[1]] += shorter
    return joined


def _join_categories(row: NDArray[np.float64]) -> NDArray[np.float64]:
    """Join the smallest category with its smaller neighbour until all expect enough or two are left."""
    cells = row
    while cells.shape[1] > 2 and cells[1].min() < SMALLEST_EXPECTED:
        expected = cells[1]
        smallest = int(np.flatnonzero(expected == expected.min())[-1])
        if smallest == 0:
            neighbour = 1
        elif smallest == expected.size - 1 or expected[smallest - 1] <= expected[smallest + 1]:
            neighbour = smallest - 1
        else:
            neighbour = smallest + 1
        cells = cells.copy()
        cells[:, neighbour] += cells[:, smallest]
        cells = np.delete(cells, smallest, axis=1)
    return cells


def _moments(curves: Sequence[NDArray[np.float64]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return expected score and variance of each item at each node, two arrays (items, nodes)."""
    mean = np.stack([np.arange(curve.shape[0]) @ curve for curve in curves])
    square = np.stack([np.arange(curve.shape[0]) ** 2 @ curve for curve in curves])
    return mean, np.maximum(square - mean**2, 1e-12)


def _person_chunks(persons: int) -> Iterator[slice]:
    for start in range(0, persons, CHUNK):
        yield slice(start, min(start + CHUNK, persons))


def mean_squares(
    calibration: Calibration, categories: NDArray[np.int8], theta: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Mean squares of residuals at each person's theta: weighted by information (infit) and not (outfit).

    Both are ratios of sums over people, so that the large-sample error follows from each person's own part in them.
    """
    squares, variances, standardised, fourth, crossed, weights, standardised_squares = np.zeros(
        (7, categories.shape[1])
    )
    for part in _person_chunks(categories.shape[0]):
        values = categories[part].T
        mean, variance = _moments(category_probabilities(calibration, theta[part]))
        answered = values >= 0
        squared = np.where(answered, values - mean, 0.0) ** 2
        weight = np.where(answered, variance, 0.0)
        squares += squared.sum(1)
        variances += weight.sum(1)
        standardised += (squared / variance).sum(1)
        fourth += (squared**2).sum(1)
        crossed += (squared * weight).sum(1)
        weights += (weight**2).sum(1)
        standardised_squares += ((squared / variance) ** 2).sum(1)
    n = (categories >= 0).sum(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        infit, outfit = squares / variances, standardised / n
        infit_se = np.sqrt(np.maximum(fourth - 2 * infit * crossed + infit**2 * weights, 0.0)) / variances
        outfit_se = np.sqrt(np.maximum(standardised_squares / n - outfit**2, 0.0) / n)
    table = {"infit": infit, "outfit": outfit}
    for name, value, se in (("infit", infit, infit_se), ("outfit", outfit, outfit_se)):
        table |= {f"{name}_low": np.maximum(value - Z * se, 0.0), f"{name}_high": value + Z * se}
    return table


def _rmsd(calibration: Calibration, categories: NDArray[np.int8], group: NDArray[np.int64]) -> pd.DataFrame:
    """Root of the mean squared distance between pseudo-observed and model curve, overall and by group."""
    theta = DEFAULT_GRID.theta
    probabilities = category_probabilities(calibration, theta)
    sizes = np.array([curve.shape[0] for curve in probabilities])
    logs = np.log(np.concatenate(probabilities)).astype(np.float32)
    priors = log_priors(calibration)
    labels = [str(label) for label in calibration.groups["group"]]
    counts = np.zeros((len(labels), BLOCKS, int(sizes.sum()), theta.size))
    for g in range(len(labels)):
        everybody = np.flatnonzero(group == g)
        for block in range(BLOCKS):
            members = everybody[block::BLOCKS]
            for part in _person_chunks(members.size):
                indicators = one_hot(categories[members[part]], sizes)
                counts[g, block] += indicators.T @ posterior(indicators, logs, priors[g])
    starts = np.concatenate([[0], np.cumsum(sizes)])

    def distance(table: NDArray[np.float64]) -> NDArray[np.float64]:
        result = np.full(sizes.size, np.nan)
        for j, curve in enumerate(probabilities):
            answers = table[starts[j] : starts[j + 1]]
            people = answers.sum(0)
            if people.sum() > 0:
                points = np.arange(sizes[j]) / (sizes[j] - 1)
                gap = np.where(people > 0, points @ answers / np.maximum(people, 1e-300) - points @ curve, 0.0)
                result[j] = np.sqrt((gap**2 @ people) / people.sum())
        return result

    by_block = counts.sum(0)
    everyone = by_block.sum(0)
    left_out = np.stack([distance(everyone - table) for table in by_block])
    se = np.sqrt((BLOCKS - 1) * left_out.var(0))
    rmsd = distance(everyone)
    columns = {"rmsd": rmsd, "rmsd_low": np.maximum(rmsd - Z * se, 0.0), "rmsd_high": rmsd + Z * se}
    if len(labels) > 1:
        columns |= {f"rmsd_{label}": distance(counts[g].sum(0)) for g, label in enumerate(labels)}
    return pd.DataFrame(columns)


def person_fit(calibration: Calibration, responses: object) -> pd.DataFrame:
    """Say whose pattern of answers does not go with the person's own score.

    lz* is the standardised log-likelihood of the pattern, corrected for theta being estimated (here by WLE): near a
    standard normal under the model, strongly negative for aberrant patterns. U3 is 0 for a perfect Guttman pattern and
    1 for the reverse; the order of the items is that of their expected difficulty in the latent distribution of the
    calibration, so that it does not depend on who else is scored.

    Parameters
    ----------
    calibration : Calibration
    responses : array or frame, persons x items
        Categories, NaN or -1 where missing. A frame is matched by column names.

    Returns
    -------
    pandas.DataFrame
        A row a person: answered, theta (WLE), lz_star, u3, reason. Where a statistic is empty, reason says why; both
        are for items of two categories only.

    Raises
    ------
    ValueError
        On responses that do not go with the calibration.
    """
    categories, chosen = select(calibration, responses)
    answered = (categories >= 0).sum(1)
    theta = score(chosen, categories, "WLE")["theta"].to_numpy(float)
    index = responses.index if isinstance(responses, pd.DataFrame) else None
    persons = categories.shape[0]
    frame = pd.DataFrame({"answered": answered, "theta": theta, "lz_star": np.nan, "u3": np.nan}, index=index)
    if (chosen.items["categories"] != 2).any():
        return frame.assign(reason=_("tidak dihitung: skala berisi butir bertingkat"))
    lz_star = np.full(persons, np.nan)
    for part in _person_chunks(persons):
        lz_star[part] = _lz_star(chosen, categories[part], np.nan_to_num(theta[part]))
    frame["lz_star"] = np.where(answered > 1, lz_star, np.nan)
    frame["u3"] = _u3(chosen, categories)
    reason = np.full(persons, "", dtype=object)
    reason[frame["u3"].isna()] = _("u3 tidak dihitung: semua jawaban benar, semua salah, atau sama sukarnya")
    reason[frame["lz_star"].isna()] = _("lz_star tidak dihitung: pola jawaban tidak membawa informasi")
    reason[answered < 2] = _("tidak dihitung: kurang dari dua jawaban")
    return frame.assign(reason=reason)


def _lz_star(calibration: Calibration, categories: NDArray[np.int8], theta: NDArray[np.float64]) -> NDArray[np.float64]:
    """Snijders' (2001) statistic for the WLE, each person at the person's own theta.

    With W = sum (x - P) ln(P / Q), the estimating function sum (x - P) r + r0 = 0 of the WLE has r = P' / PQ and
    r0 = J / 2I; W is made orthogonal to it: lz* = (W + c r0) / sqrt(sum (w - c r)^2 PQ), c = sum P'w / sum P'r.
    """
    answered = (categories >= 0).T
    p = np.stack([curve[1] for curve in category_probabilities(calibration, theta)])
    terms = theta_terms(calibration, theta)
    r = np.stack([s[1] - s[0] for s, _information, _bias in terms])
    information = np.where(answered, np.stack([i for _score, i, _bias in terms]), 0.0)
    bias = np.where(answered, np.stack([b for _score, _information, b in terms]), 0.0).sum(0)
    w = np.log(p) - np.log1p(-p)
    variance = np.where(answered, p * (1 - p), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        c = (variance * r * w).sum(0) / information.sum(0)
        r0 = bias / (2 * information.sum(0))
        deviation = np.where(answered, (categories.T - p) * w, 0.0).sum(0)
        spread = (variance * (w - c * r) ** 2).sum(0)
        return np.where(spread > 1e-10, (deviation + c * r0) / np.sqrt(spread), np.nan)


def _u3(calibration: Calibration, categories: NDArray[np.int8]) -> NDArray[np.float64]:
    """Distance from the Guttman pattern of the same sum score, as a share of the largest possible distance."""
    density = np.exp(log_priors(calibration)).mean(0)
    p = np.array([curve[1] @ density for curve in category_probabilities(calibration, DEFAULT_GRID.theta)])
    order = np.argsort(-p, kind="stable")
    logit = np.log(p[order] / (1 - p[order]))
    values = categories[:, order]
    answered = values >= 0
    right = (values == 1).sum(1, keepdims=True)
    rank = answered.cumsum(1)
    from_bottom = answered.sum(1, keepdims=True) - rank
    observed = np.where(values == 1, logit, 0.0).sum(1)
    best = np.where(answered & (rank <= right), logit, 0.0).sum(1)
    worst = np.where(answered & (from_bottom < right), logit, 0.0).sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(best - worst > 1e-10, (best - observed) / (best - worst), np.nan)
