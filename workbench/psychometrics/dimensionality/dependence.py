"""Local dependence: Yen's Q3 with a critical value from the model itself, and what testlets do to reliability.

Sources: Yen (1984, Applied Psychological Measurement 8, 125-145); Christensen, Makransky and Horton (2017, Applied
Psychological Measurement 41, 178-194); Sireci, Thissen and Wainer (1991, Journal of Educational Measurement 28,
237-247); Raju (1977, Psychometrika 42, 549-565) for parts of unequal length.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.psychometrics.irt.curves import draw_answers, expected_by_item
from workbench.psychometrics.irt.inspection import group_index, select
from workbench.psychometrics.irt.scoring import score
from workbench.psychometrics.matrix import as_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.psychometrics.irt.calibration import Calibration

__all__ = ["TestletReliability", "q3", "testlet_reliability"]

FEWEST = 30  # people who answered both items, for a residual correlation to be stated


@dataclass(frozen=True)
class TestletReliability:
    """Reliability of a sum score with and without the belief that all items are independent.

    Attributes
    ----------
    n : int
        People with complete answers.
    parts : int
        Testlets, and items that stand alone.
    alpha_items : float
        Coefficient alpha over items.
    alpha_testlets : float
        The same over testlets as parts of unequal length (Raju 1977).
    inflation : float
        The first minus the second: by how much local dependence inflates alpha.
    sem_ratio : float
        By what factor the standard error of measurement is really larger.
    """

    n: int
    parts: int
    alpha_items: float
    alpha_testlets: float
    inflation: float
    sem_ratio: float

    def to_frame(self) -> pd.DataFrame:
        """Return one row."""
        return pd.DataFrame([asdict(self)])


def q3(
    calibration: Calibration,
    responses: object,
    *,
    groups: object | None = None,
    simulations: int = 100,
    quantile: float = 0.95,
    people: int = 10_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Correlate residuals of all pairs of items after taking out theta (EAP).

    Under the model Q3 is not zero but about -1 / (items - 1), so each value is also given minus the mean of all
    (Q3*). The critical value is a quantile of the largest Q3* in data simulated from the calibration, with the same
    people, groups and missing cells: it holds the chance of any false alarm in the whole scale.

    Parameters
    ----------
    calibration : Calibration
    responses : array or frame, persons x items
        Categories, NaN or -1 where missing. A frame is matched by column names.
    groups : sequence, optional
        Group of each person; needed when the calibration has several groups.
    simulations : int
        Zero leaves out the critical value.
    quantile : float
    people : int
        At most so many are used, drawn at random: with more, dependence that matters to nobody would be found.
    seed : int

    Returns
    -------
    pandas.DataFrame
        first, second, n, q3, q3_star, critical, flagged; a row a pair. No number for fewer than 30 common people.

    Raises
    ------
    ValueError
        On responses that do not go with the calibration, fewer than three items, or impossible settings.
    """
    if simulations < 0 or not 0 < quantile < 1 or people < FEWEST:
        raise ValueError(
            _("Q3 memerlukan simulasi >= 0, kuantil antara 0 dan 1, dan sedikitnya {n} orang.").format(n=FEWEST)
        )
    categories, chosen = select(calibration, responses)
    group = group_index(chosen, groups, categories.shape[0])
    if categories.shape[1] < 3:
        raise ValueError(_("Q3 memerlukan sedikitnya 3 butir; ada {k}.").format(k=categories.shape[1]))
    rng = np.random.default_rng(seed)
    rows = np.flatnonzero((categories >= 0).sum(1) > 1)
    if rows.size > people:
        rows = np.sort(rng.choice(rows, people, replace=False))
    if rows.size < FEWEST:
        raise ValueError(_("Q3 memerlukan sedikitnya {n} orang berjawaban; ada {k}.").format(n=FEWEST, k=rows.size))
    categories, group = categories[rows], group[rows]
    values, n = _residual_correlations(chosen, categories, group)
    pairs = np.triu_indices(values.shape[0], 1)
    stated = values[pairs]
    highest = [_highest(chosen, categories, group, rng) for _simulation in range(simulations)]
    critical = float(np.quantile(highest, quantile)) if highest else float("nan")
    star = stated - np.nanmean(stated) if np.isfinite(stated).any() else stated
    names = np.array(chosen.item_ids, dtype=object)
    return pd.DataFrame(
        {
            "first": names[pairs[0]],
            "second": names[pairs[1]],
            "n": n[pairs],
            "q3": stated,
            "q3_star": star,
            "critical": critical,
            "flagged": star > critical,
        }
    )


def _highest(
    calibration: Calibration, categories: NDArray[np.int8], group: NDArray[np.int64], rng: np.random.Generator
) -> float:
    """Largest Q3* of one data set in which the model holds."""
    moments = calibration.groups[["mean", "sd"]].to_numpy(float)[group]
    theta = rng.normal(moments[:, 0], moments[:, 1])
    drawn = draw_answers(calibration, theta, rng)
    drawn[categories < 0] = -1
    values = _residual_correlations(calibration, drawn, group)[0][np.triu_indices(categories.shape[1], 1)]
    return float(np.nanmax(values) - np.nanmean(values))


def _residual_correlations(
    calibration: Calibration, categories: NDArray[np.int8], group: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Correlations of residuals over people who answered both items, and their number."""
    theta = np.empty(categories.shape[0])
    for g, (mean, sd) in enumerate(calibration.groups[["mean", "sd"]].to_numpy(float)):
        members = group == g
        if members.any():
            theta[members] = score(calibration, categories[members], "EAP", mean=mean, sd=sd)["theta"]
    mask = (categories >= 0).astype(float)
    residual = (categories - expected_by_item(calibration, theta).T) * mask
    n = mask.T @ mask
    sums, squares = residual.T @ mask, (residual**2).T @ mask
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = residual.T @ residual - sums * sums.T / n
        variance = squares - sums**2 / n
        values = covariance / np.sqrt(variance * variance.T)
    values[n < FEWEST] = np.nan
    return np.clip(values, -1.0, 1.0), n.astype(np.int64)


def testlet_reliability(scored: object, testlets: Sequence[object]) -> TestletReliability:
    """Say by how much items that hang together inflate reliability.

    Alpha over testlets takes each testlet as one part, so that what its items share beyond the trait counts as error.
    Parts of unequal length are weighted as Raju (1977) does: with items independent given the trait and equally related
    to it, both coefficients agree whatever the lengths.

    Parameters
    ----------
    scored : frame or array, persons x items
        Item scores; rows with a missing cell are left out.
    testlets : sequence, one an item
        Label of the testlet; empty or missing for an item that stands alone.

    Returns
    -------
    TestletReliability

    Raises
    ------
    ValueError
        On text or infinite values, fewer than three complete rows, one label too few, fewer than two parts, or a
        sum score without variation.
    """
    values = as_numbers(scored).astype(float)
    if values.ndim != 2 or np.isinf(values).any():
        raise ValueError(_("Tabel skor harus orang x butir tanpa nilai tak hingga."))
    values = values[~np.isnan(values).any(1)]
    labels = [f"\0{j}" if pd.isna(one) or one == "" else str(one) for j, one in enumerate(testlets)]
    if len(labels) != values.shape[1] or values.shape[0] < 3:
        raise ValueError(
            _("Perlu satu label testlet untuk tiap butir ({k}) dan sedikitnya 3 orang lengkap ({n}).").format(
                k=values.shape[1], n=values.shape[0]
            )
        )
    kinds, place = np.unique(labels, return_inverse=True)
    covariance = np.cov(values, rowvar=False)
    if kinds.size < 2 or covariance.sum() <= 0:
        raise ValueError(_("Perlu sedikitnya dua testlet atau butir lepas, dan skor total yang bervariasi."))
    by_item = _raju(covariance, np.arange(values.shape[1]))
    by_testlet = _raju(covariance, place)
    return TestletReliability(
        n=values.shape[0],
        parts=int(kinds.size),
        alpha_items=by_item,
        alpha_testlets=by_testlet,
        inflation=by_item - by_testlet,
        sem_ratio=float(np.sqrt(max(1 - by_testlet, 0.0) / max(1 - by_item, 1e-12))),
    )


def _raju(covariance: NDArray[np.float64], part: NDArray[np.int64]) -> float:
    """Reliability from parts: the covariance between parts, stepped up by the share of pairs of items between parts."""
    total = float(covariance.sum())
    between = float(covariance[part[:, None] != part].sum())
    share = np.bincount(part) / part.size
    return between / total / (1 - float((share**2).sum()))
