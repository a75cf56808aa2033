"""Decisions at the level cuts: conditional SEM, accuracy and consistency by five methods, everybody and by instansi."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.analysis.model_sample import largest_form
from workbench.i18n import _, format_number
from workbench.psychometrics import decision, irt
from workbench.psychometrics.intervals import normal
from workbench.psychometrics.irt.inspection import DEFAULT_GRID, category_probabilities, one_hot, posterior, select
from workbench.psychometrics.jackknife import block_jackknife
from workbench.psychometrics.reliability import alpha_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from workbench.analysis.responses import InstrumentResponses
    from workbench.workspace import Workspace

__all__ = ["FEWEST_IN_INSTANSI", "METHODS", "at_cuts", "by_instansi", "by_methods", "method_titles"]

METHODS = ("posterior", "rudner", "draws", "lee", "livingston_lewis")
MEASURES = ("accuracy", "consistency", "false_positive", "false_negative")
# With fewer people the share of right decisions of an instansi is known to .10 at best.
FEWEST_IN_INSTANSI = 30
DRAWN_PEOPLE, DRAWS = 2_000, 5
JACKKNIFE_PEOPLE = 2_000
STEP = 0.05  # of the numerical derivative by mean and standard deviation of the population


def method_titles() -> dict[str, str]:
    """Return the names of the methods in the locale in force."""
    return {
        "posterior": _("Posterior (EAP)"),
        "rudner": _("Rudner (WLE)"),
        "draws": _("Tarikan posterior"),
        "lee": _("Lee (skor jumlah, model)"),
        "livingston_lewis": _("Livingston-Lewis (skor jumlah)"),
    }


def at_cuts(
    responses: InstrumentResponses, scale: str, table: pd.DataFrame, known: pd.DataFrame, cuts: NDArray[np.float64]
) -> pd.DataFrame:
    """Return conditional SEM and accuracy of the decision at each level cut (Standards 2014, 2.14 and 2.16).

    The SEM is that of the items of a form at the cut, averaged over forms by their people; as a function of the item
    parameters it has no interval over people.

    Returns
    -------
    pandas.DataFrame
        scale, level, theta, sem, n; accuracy, consistency, false_positive and false_negative of decisions by EAP with
        their 95 % intervals.
    """
    frame = _rows(decision.of_posterior(table["eap"], table["eap_se"], cuts), len(table))
    variance, people = np.zeros(cuts.size), 0
    for form, columns in responses.by_form(scale):
        items = known[known["item_id"].isin([form.item_ids[j] for j in columns])]
        if len(items):
            sem = decision.conditional_sem(irt.Calibration.from_items(items), cuts)["sem"]
            variance += form.persons.size * sem.to_numpy() ** 2
            people += form.persons.size
    frame.insert(2, "sem", np.sqrt(variance / people))
    frame.insert(0, "scale", scale)
    return frame


def _rows(found: decision.Classification, n: int, errors: NDArray[np.float64] | None = None) -> pd.DataFrame:
    """Return a row a cut with the four measures and their intervals, from the method or from errors (cuts, measures).

    A measure without any spread (nobody stated above a cut) has no interval: no spread is not certainty.
    """
    return pd.DataFrame(_columns(found, n, errors))


def _columns(
    found: decision.Classification, n: int, errors: NDArray[np.float64] | None = None
) -> dict[str, NDArray[np.generic]]:
    """Columns of `_rows`."""
    table = {name: column.to_numpy(float) for name, column in found.by_cut.items()}
    nothing = np.full(table["cut"].size, np.nan)
    columns = {
        "level": np.arange(2, table["cut"].size + 2),
        "theta": table["cut"],
        "n": np.full(table["cut"].size, n),
    }
    for k, name in enumerate(MEASURES):
        se = table.get(f"{name}_se", nothing) if errors is None else errors[:, k]
        low, high = normal(table[name], np.where(se > 0, se, np.nan))
        columns |= {name: table[name], f"{name}_low": low, f"{name}_high": high}
    return columns


def by_instansi(workspace: Workspace, scores: pd.DataFrame, cuts: pd.DataFrame, left_out: list[str]) -> pd.DataFrame:
    """Return the decisions at each cut by instansi; those with few people are joined in one row without a name.

    Parameters
    ----------
    workspace : Workspace
    scores : pandas.DataFrame
        participant_id, scale, eap, eap_se.
    cuts : pandas.DataFrame
        Of `at_cuts`: scale, level, theta.
    left_out : list of str
        A sentence names the instansi that are too small.

    Returns
    -------
    pandas.DataFrame
        scale, instansi (empty for the small ones together), and the columns of `at_cuts` without sem.
    """
    people = workspace.read("participants", ["participant_id", "instansi"]).set_index("participant_id")["instansi"]
    sizes = people.reindex(scores["participant_id"].unique()).value_counts()
    small = sizes[sizes < FEWEST_IN_INSTANSI]
    if len(small):
        left_out.append(
            _(
                "Keputusan menurut instansi: di bawah {least} orang tidak dihitung sendiri, hanya bersama: {names}."
            ).format(
                least=FEWEST_IN_INSTANSI,
                names=", ".join(f"{name} ({format_number(int(n))})" for name, n in small.sort_index().items()),
            )
        )
    thetas = {scale: rows.sort_values("level")["theta"].to_numpy(float) for scale, rows in cuts.groupby("scale")}
    where = people.reindex(scores["participant_id"]).astype(object).to_numpy()
    where = np.where(np.isin(where, small.index), "", where)
    eap, error = scores["eap"].to_numpy(float), scores["eap_se"].to_numpy(float)
    parts: list[dict[str, Any]] = []
    for (scale, instansi), rows in scores.groupby([scores["scale"], where], sort=True).indices.items():
        found = decision.of_posterior(eap[rows], error[rows], thetas[scale])
        columns = _columns(found, rows.size)
        parts.append({"scale": [scale] * len(columns["n"]), "instansi": [instansi] * len(columns["n"]), **columns})
    return pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def by_methods(
    responses: InstrumentResponses,
    scale: str,
    table: pd.DataFrame,
    calibration: irt.Calibration,
    cuts: NDArray[np.float64],
    seed: int,
    left_out: list[str],
) -> pd.DataFrame:
    """Return the same decisions by five methods, each with its 95 % interval.

    Two judge decisions by theta of everybody (posterior, Rudner), one those of a sample without any assumption on the
    shape of errors (draws), and two decisions by the sum score of the largest form at the expected score of the cut
    (Lee, Livingston and Lewis). Intervals: over people for the first three; for Lee by the delta method from
    mean and standard deviation of the population; for Livingston and Lewis by the jackknife.

    Returns
    -------
    pandas.DataFrame
        scale, method, and the columns of `at_cuts` without sem; a method that is refused has no rows, and says why.
    """

    def sums() -> _SumScores:
        return _SumScores.of(responses, scale, calibration, cuts)

    methods: dict[str, Callable[[], pd.DataFrame]] = {
        "posterior": lambda: _rows(decision.of_posterior(table["eap"], table["eap_se"], cuts), len(table)),
        "rudner": lambda: _rows(decision.rudner(table["wle"], table["wle_se"], cuts), len(table)),
        "draws": lambda: _from_draws(responses, scale, table, calibration, cuts, seed),
        "lee": lambda: _lee(sums(), table.set_index("participant_id")),
        "livingston_lewis": lambda: _livingston_lewis(sums(), seed),
    }
    frames = []
    for name, method in methods.items():
        try:
            frames.append(method().assign(scale=scale, method=name, theta=cuts))
        except ValueError as reason:
            left_out.append(
                _("Skala {scale}: keputusan menurut {method} tidak dihitung. {reason}").format(
                    scale=scale, method=method_titles()[name], reason=reason
                )
            )
    result = pd.concat(frames, ignore_index=True)
    return result[["scale", "method", *result.columns.drop(["scale", "method"])]]


def _from_draws(
    responses: InstrumentResponses,
    scale: str,
    table: pd.DataFrame,
    calibration: irt.Calibration,
    cuts: NDArray[np.float64],
    seed: int,
) -> pd.DataFrame:
    """Draw theta from the posterior of a sample of people, and for each draw answers to the same items."""
    rng = np.random.default_rng([seed, 2016])
    chosen = np.arange(len(table))
    if chosen.size > DRAWN_PEOPLE:
        chosen = np.sort(rng.choice(chosen, DRAWN_PEOPLE, replace=False))
    places = np.searchsorted(responses.participant_id, table["participant_id"].to_numpy(object)[chosen])
    matrix = pd.DataFrame(responses.matrix(scale, "people")[places], columns=list(responses.items_of(scale)))
    answers, fitted = select(calibration, matrix[list(calibration.item_ids)])
    grid = DEFAULT_GRID
    curves = category_probabilities(fitted, grid.theta)
    logs = np.log(np.maximum(np.concatenate(curves), 1e-30)).astype(np.float32)
    sizes = np.array([curve.shape[0] for curve in curves])
    weights = posterior(one_hot(answers, sizes), logs, grid.log_prior(0.0, 1.0))
    below = weights.cumsum(1)[:, :-1]
    nodes = np.stack([(rng.random((len(weights), 1)) > below).sum(1) for _draw in range(DRAWS)], 1)
    width = float(grid.theta[1] - grid.theta[0])
    theta = grid.theta[nodes] + width * (rng.random(nodes.shape) - 0.5)
    again = irt.draw_answers(fitted, theta.ravel(), rng)
    again[np.repeat(answers, DRAWS, axis=0) < 0] = -1
    estimate = irt.score(fitted, again, "EAP")["theta"].to_numpy(float).reshape(theta.shape)
    stated = np.searchsorted(cuts, table["eap"].to_numpy(float)[chosen], side="right")
    return _rows(decision.from_draws(theta, estimate, cuts, stated=stated), chosen.size)


@dataclass(frozen=True)
class _SumScores:
    """The largest form of a scale as a test of sum scores.

    Attributes
    ----------
    calibration : irt.Calibration
    people : ndarray of str, shape (n,)
    answers : ndarray of int8, shape (n, items)
    cuts : ndarray of float
        Expected score at each cut.
    """

    calibration: irt.Calibration
    people: NDArray[np.object_]
    answers: NDArray[np.int8]
    cuts: NDArray[np.float64]

    @classmethod
    def of(
        cls, responses: InstrumentResponses, scale: str, calibration: irt.Calibration, cuts: NDArray[np.float64]
    ) -> _SumScores:
        """Collect the items of the form that the calibration knows."""
        form, columns = largest_form(responses, scale)
        known = calibration.items.set_index("item_id")
        columns = [j for j in columns if form.item_ids[j] in known.index]
        if not columns:
            raise ValueError(_("Paket {form} tidak memuat butir yang berparameter.").format(form=form.form))
        own = irt.Calibration.from_items(known.loc[[form.item_ids[j] for j in columns]].reset_index())
        raw = decision.conditional_sem(own, cuts)["expected_score"].to_numpy(float)
        return cls(own, responses.participant_id[form.persons], form.people[:, columns], raw)


def _measures(found: decision.Classification) -> NDArray[np.float64]:
    table: NDArray[np.float64] = found.by_cut[list(MEASURES)].to_numpy(float)
    return table


def _lee(sums: _SumScores, table: pd.DataFrame) -> pd.DataFrame:
    """Lee over the normal population that the people of a form come from; errors by the delta method."""
    here = table.reindex(sums.people).dropna(subset=["eap"])
    n = len(here)
    mean = float(here["eap"].mean())
    sd = float(np.sqrt(here["eap"].var(ddof=0) + (here["eap_se"] ** 2).mean()))
    own = sums.calibration

    def at(centre: float, spread: float) -> decision.Classification:
        return decision.lee(replace(own, groups=own.groups.assign(mean=centre, sd=spread)), sums.cuts)

    by_mean = (_measures(at(mean + STEP, sd)) - _measures(at(mean - STEP, sd))) / (2 * STEP)
    by_sd = (_measures(at(mean, sd + STEP)) - _measures(at(mean, sd - STEP))) / (2 * STEP)
    errors = np.sqrt((by_mean * sd) ** 2 / n + (by_sd * sd) ** 2 / (2 * n))
    return _rows(at(mean, sd), n, errors)


def _livingston_lewis(sums: _SumScores, seed: int) -> pd.DataFrame:
    """Livingston and Lewis with alpha as reliability, on people with complete answers; errors by the jackknife."""
    scored = sums.answers[(sums.answers >= 0).all(axis=1)].astype(float)
    top = (0.0, float(irt.maximum_score(sums.calibration)))

    def of(rows: NDArray[np.int64]) -> decision.Classification:
        here = scored[rows]
        if here.shape[0] < 3:
            raise ValueError(_("Hanya {n} orang berjawaban lengkap.").format(n=here.shape[0]))
        return decision.livingston_lewis(here.sum(axis=1), alpha_of(np.cov(here, rowvar=False)), top, sums.cuts)

    def measures(rows: NDArray[np.int64]) -> NDArray[np.float64]:
        try:
            return _measures(of(rows))
        except ValueError:
            return np.full((sums.cuts.size, len(MEASURES)), np.nan)

    found = of(np.arange(scored.shape[0]))
    errors = block_jackknife(measures, scored.shape[0], most=JACKKNIFE_PEOPLE, seed=seed)
    return _rows(found, scored.shape[0], errors)
