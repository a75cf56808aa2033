"""Differences between groups net of measurement error, from a model of their own.

Individual scores rest on one prior for everybody, which pulls the members of every group toward the common mean:
counted over their draws, a group difference comes out too small. Here each group has its own mean, estimated from the
same summaries, and the draws that are counted have a prior conditioned on the group. They serve statements about groups
and nothing else: no score, level or box of a person comes from here (Mislevy 1991, conditioning of plausible values).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.psychometrics.intervals import Z
from workbench.talent.draws import normal_draws, person_shifts
from workbench.talent.posterior import Posterior

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.talent.axes import Rule

__all__ = ["FEWEST_IN_GROUP", "GroupPriors", "group_priors", "group_rates"]

FEWEST_IN_GROUP = 20  # below this a mean on every scale is not estimated
FEWEST_FOR_SPREAD = 500  # below this the spread of the population of the bank is kept
SPREAD_SAMPLE = 1_500
CYCLES = 15
DRAWS = 64
CHUNK = 512
COLUMNS = (
    *("group", "n", "stated", "expected_common", "rate_common", "rate", "rate_low", "rate_high"),
    *("expected", "expected_low", "expected_high", "potensial", "potensial_low", "potensial_high", "not_computed"),
)


@dataclass(frozen=True)
class GroupPriors:
    """A prior for each group.

    Attributes
    ----------
    groups : tuple of str
    n : ndarray of int, shape (groups,)
    mean : ndarray, shape (groups, scales)
    error : ndarray, shape (groups, scales, scales)
        Sampling covariance of each mean.
    covariance : ndarray, shape (scales, scales)
        Within groups.
    """

    groups: tuple[str, ...]
    n: NDArray[np.int64]
    mean: NDArray[np.float64]
    error: NDArray[np.float64]
    covariance: NDArray[np.float64]


def _only(posterior: Posterior, scales: tuple[str, ...]) -> Posterior:
    columns = [posterior.scales.index(s) for s in scales]
    return Posterior(
        posterior.participant_id,
        scales,
        posterior.location[:, columns],
        posterior.precision[:, columns],
        posterior.mean[columns],
        posterior.covariance[np.ix_(columns, columns)],
    )


def _spread(posterior: Posterior) -> NDArray[np.float64]:
    """Return the covariance over all people of the round, by EM; that of the bank among few people."""
    n = posterior.participant_id.size
    if n < FEWEST_FOR_SPREAD:
        return posterior.covariance
    chosen = np.unique(np.linspace(0, n - 1, min(n, SPREAD_SAMPLE)).round().astype(np.int64))
    mean, covariance = posterior.mean, posterior.covariance
    for _cycle in range(CYCLES):
        sample = Posterior(
            posterior.participant_id[chosen],
            posterior.scales,
            posterior.location[chosen],
            posterior.precision[chosen],
            mean,
            covariance,
        )
        m, v = sample.moments(slice(None))
        mean = m.mean(0)
        covariance = v.mean(0) + (m - mean).T @ (m - mean) / chosen.size
        covariance = (covariance + covariance.T) / 2
    return covariance


def group_priors(
    posterior: Posterior, scales: tuple[str, ...], groupings: Mapping[str, NDArray[np.object_]]
) -> dict[str, GroupPriors]:
    """Estimate the mean of each group by generalised least squares, and the spread within groups.

    With summaries y_i, precision D_i and covariance S of the round, the weight of a person is
    ``W_i = (S + D_i^-1)^-1 = D_i - D_i V_i D_i`` and the mean of a group ``(sum W_i)^-1 sum W_i y_i``, which is
    unbiased whatever S is. The covariance within groups is S less that of the means, corrected for their errors.

    Parameters
    ----------
    posterior : Posterior
        Of the people who are counted.
    scales : tuple of str
        Scales that the rule uses.
    groupings : mapping of str to ndarray of str, shape (n,)
        Group of each person by variable; None or empty where it is not known.

    Returns
    -------
    dict of str to GroupPriors
        By variable; only groups of at least twenty people.

    Raises
    ------
    ValueError
        When a scale is not in the posterior or a grouping speaks of other people.
    """
    lacking = [s for s in scales if s not in posterior.scales]
    if lacking:
        raise ValueError(_("Skala '{scale}' tidak ada pada posterior; periksa bank butir.").format(scale=lacking[0]))
    source = _only(posterior, scales)
    names, codes = {}, {}
    for variable, labels in groupings.items():
        if len(labels) != source.participant_id.size:
            raise ValueError(_("Kelompok '{name}' tidak sepanjang daftar peserta.").format(name=variable))
        text = pd.Series(labels, dtype=object).map(lambda one: "" if pd.isna(one) else str(one))
        sizes = text[text != ""].value_counts()
        names[variable] = tuple(sorted(sizes.index[sizes >= FEWEST_IN_GROUP]))
        codes[variable] = pd.Index(list(names[variable]), dtype=object).get_indexer(pd.Index(text, dtype=object))
    total = _spread(source)
    weights, sums = _weighted_sums(source, total, {v: (codes[v], len(names[v])) for v in names})
    return {v: _priors(names[v], codes[v], weights[v], sums[v], total) for v in names}


def _weighted_sums(
    source: Posterior, covariance: NDArray[np.float64], coded: Mapping[str, tuple[NDArray[np.integer], int]]
) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]]]:
    """Return sums of weights and of weighted locations by variable and group, in one pass over everybody."""
    size = len(source.scales)
    weights = {v: np.zeros((groups, size, size)) for v, (_c, groups) in coded.items()}
    sums = {v: np.zeros((groups, size)) for v, (_c, groups) in coded.items()}
    inverse = np.linalg.inv(covariance)
    for part in source.chunks():
        precision = source.precision[part]
        v_i = np.linalg.inv(inverse[None] + precision[:, :, None] * np.eye(size))
        weight = -precision[:, :, None] * v_i * precision[:, None, :]
        weight[:, np.arange(size), np.arange(size)] += precision
        value = np.einsum("nij,nj->ni", weight, source.location[part])
        for variable, (code, groups) in coded.items():
            for g in range(groups):
                mine = code[part] == g
                weights[variable][g] += weight[mine].sum(0)
                sums[variable][g] += value[mine].sum(0)
    return weights, sums


def _priors(
    names: tuple[str, ...],
    code: NDArray[np.integer],
    weights: NDArray[np.float64],
    sums: NDArray[np.float64],
    total: NDArray[np.float64],
) -> GroupPriors:
    n = np.array([(code == g).sum() for g in range(len(names))], dtype=np.int64)
    size = total.shape[0]
    # A scale that nobody of a group took has no weight; a trace of the common spread keeps the inverse.
    trace = 1e-9 * np.linalg.inv(total)
    error = np.linalg.inv(weights + trace) if len(names) else np.empty((0, size, size))
    mean = np.einsum("gij,gj->gi", error, sums)
    if len(names) < 2:
        return GroupPriors(names, n, mean, error, total)
    share = n / n.sum()
    away = mean - share @ mean
    between = np.einsum("g,gi,gj->ij", share, away, away) - np.einsum("g,gij->ij", share * (1 - share), error)
    values, vectors = np.linalg.eigh((between + between.T) / 2)
    between = (vectors * np.maximum(values, 0)) @ vectors.T
    within = total - between
    values, vectors = np.linalg.eigh((within + within.T) / 2)
    return GroupPriors(names, n, mean, error, (vectors * np.maximum(values, 0.02 * values.max())) @ vectors.T)


def group_rates(
    rule: Rule,
    posterior: Posterior,
    priors: GroupPriors,
    labels: NDArray[np.object_],
    boxes: pd.DataFrame,
    *,
    seed: int = 0,
    most: int = 1_500,
) -> pd.DataFrame:
    """Return the share of each group in the pool, net of measurement error.

    Parameters
    ----------
    rule : Rule
        Of the people of `boxes`, in their order.
    posterior : Posterior
        Of the same people.
    priors : GroupPriors
    labels : ndarray of str, shape (n,)
    boxes : pandas.DataFrame
        Rows of `standing.place` for the same people, none withheld.
    seed : int
    most : int
        People of a group of whom draws are taken. The share is that of everybody under the common prior, plus the mean
        difference among those drawn, so that taking fewer costs little.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`: stated and expected_common are numbers of people under the common prior, rate and expected those of
        this model with 95 % intervals (error of the group mean and of the people); potensial is the mean of the axis.
    """
    source = _only(posterior, rule.scales)
    text = np.array(["" if pd.isna(one) else str(one) for one in labels], dtype=object)
    if not len(text) == source.participant_id.size == len(boxes) or (boxes["withheld_reason"] != "").any():
        raise ValueError(_("Kelompok, posterior, dan kotak harus tentang orang yang sama, semuanya dengan kotak."))
    pool = rule.policy.boxes.pool
    p_common = boxes["p_pool"].to_numpy(float)
    stated = boxes["box"].isin(pool).to_numpy(bool)
    known = {name: g for g, name in enumerate(priors.groups)}
    rows = []
    for name in sorted(set(text) - {""}):
        mine = np.flatnonzero(text == name)
        row: dict[str, object] = dict.fromkeys(COLUMNS, np.nan)
        row |= {"group": name, "n": mine.size, "stated": int(stated[mine].sum()), "not_computed": ""}
        row |= {"expected_common": p_common[mine].sum(), "rate_common": p_common[mine].mean()}
        if name not in known:
            words = _("tidak dihitung: {n} orang, sedikitnya {fewest}").format(n=mine.size, fewest=FEWEST_IN_GROUP)
            rows.append(row | {"not_computed": words})
            continue
        chosen = mine[np.unique(np.linspace(0, mine.size - 1, min(most, mine.size)).round().astype(np.int64))]
        hits, points = _drawn(rule, source, priors, known[name], chosen, pool, seed)
        rows.append(row | _estimated(hits, points, p_common, mine, chosen))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _estimated(
    hits: NDArray[np.bool_],
    points: NDArray[np.float64],
    p_common: NDArray[np.float64],
    mine: NDArray[np.int64],
    chosen: NDArray[np.int64],
) -> dict[str, float]:
    """Return the rate of a group with its interval from draws (people, draws) of some of its members."""
    p = hits.mean(1)
    rate = float(np.clip(p_common[mine].mean() + (p - p_common[chosen]).mean(), 0, 1))
    own = float((p * (1 - p)).mean())
    # What varies from draw to draw beyond the people themselves is the error of the group's mean.
    of_mean = max(float(hits.mean(0).var(ddof=1)) - own / chosen.size, 0.0)
    half = Z * np.sqrt(of_mean + own / mine.size)
    low, high = max(0.0, rate - half), min(1.0, rate + half)
    middle, spread = float(points.mean()), Z * float(points.std(ddof=1))
    n = mine.size
    return {
        "rate": rate,
        "rate_low": low,
        "rate_high": high,
        "expected": n * rate,
        "expected_low": n * low,
        "expected_high": n * high,
        "potensial": middle,
        "potensial_low": middle - spread,
        "potensial_high": middle + spread,
    }


def _drawn(
    rule: Rule,
    source: Posterior,
    priors: GroupPriors,
    group: int,
    chosen: NDArray[np.int64],
    pool: tuple[int, ...],
    seed: int,
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return who is in the pool in each draw, (people, draws), and the mean of the potensial axis by draw."""
    own = Posterior(
        source.participant_id,
        source.scales,
        source.location,
        source.precision,
        priors.mean[group],
        priors.covariance,
    )
    size = len(source.scales)
    rng = np.random.default_rng([seed, 38])
    z = rng.standard_normal((size, DRAWS))
    shift = np.linalg.cholesky(priors.error[group] + 1e-12 * np.eye(size)) @ (z - z.mean(1, keepdims=True))
    pull = np.linalg.inv(priors.covariance) @ shift
    hits = np.empty((chosen.size, DRAWS), dtype=bool)
    total = np.zeros(DRAWS)
    for start in range(0, chosen.size, CHUNK):
        rows = chosen[start : start + CHUNK]
        mean, covariance = own.moments(rows)
        factor = np.linalg.cholesky(covariance)
        base = normal_draws(person_shifts(own.participant_id[rows], seed + 1, size), DRAWS)
        drawn = (factor @ base + mean[:, :, None] + covariance @ pull).astype(np.float32)
        theta = {scale: drawn[:, j] for j, scale in enumerate(rule.scales)}
        box, potensial, _kinerja = rule.place(theta, rule.levels(theta), rows)
        hits[start : start + rows.size] = np.isin(box, pool)
        total += potensial.sum(0)
    return hits, total / chosen.size
