"""Marginal maximum likelihood by EM on a grid.

Bock and Aitkin (1981), accelerated by SQUAREM (Varadhan and Roland 2008). The EM cycles run in single precision; the
last step is a Newton step with the observed information in double precision, so that neither rounding nor the slow end
of EM stays in the estimates.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _, format_number
from workbench.psychometrics.irt.blocks import as_categories, make_blocks
from workbench.psychometrics.irt.calibration import Calibration, in_order
from workbench.psychometrics.irt.checks import (
    check_connected,
    check_controls,
    check_grid,
    check_group_ranges,
    check_identified,
    check_models,
    check_prior,
    check_weights,
    fixed_parameters,
    group_labels,
    usable_items,
)
from workbench.psychometrics.irt.expectation import State
from workbench.psychometrics.irt.grid import Grid
from workbench.psychometrics.irt.item_set import ItemSet
from workbench.psychometrics.irt.parameter_table import row_of
from workbench.psychometrics.irt.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from workbench.psychometrics.irt.errors import Information
    from workbench.psychometrics.irt.expectation import Expected

__all__ = ["calibrate"]

DEFAULT_GRID = Grid()
NEWTON_STEPS = 5
ROUNDING = 1e-6  # of the log-likelihood in single precision
# With equally spaced nodes the error of a normal posterior falls with exp(-2 pi^2 (sd / distance)^2): below 1e-5 where
# its standard deviation is at least this share of the distance between nodes.
NARROWEST = 0.8
MOST_NODES = 481


def calibrate(
    responses: object,
    model: str | Sequence[str] = "2PL",
    *,
    groups: Sequence[object] | NDArray[np.object_] | None = None,
    weights: Sequence[float] | NDArray[np.float64] | None = None,
    grid: Grid | None = DEFAULT_GRID,
    reference: object | None = None,
    priors: Mapping[str, tuple[float, float] | None] | None = None,
    fixed: pd.DataFrame | None = None,
    standard_errors: bool = True,
    tolerance: float = 1e-4,
    max_cycles: int = 500,
    executor: Executor | None = None,
    progress: Callable[[int, float], None] | None = None,
) -> Calibration:
    """Calibrate items by marginal maximum likelihood.

    The latent distribution is normal: mean 0 and variance 1 in the reference group, free in the others; the variance
    of the reference group is free when every slope is one (Rasch, PCM), and its mean and variance are free when anchors
    are fixed.
    Slopes keep a free sign, so that a mis-keyed item shows a negative slope; the sum of slopes is made positive.

    Parameters
    ----------
    responses : array or frame, persons x items
        Categories 0..k-1; NaN or -1 = not administered. Missing answers are ignored (full information).
    model : str or sequence of str
        One name for all items or one each, mixed as needed: ``Rasch`` (slope one), ``1PL`` (one slope for all its
        items), ``2PL``, ``3PL``; ``GRM``, ``PCM`` (slope one), ``GPCM``, ``NRM``.
    groups : sequence, optional
        Group of each person; the first of the sorted labels is the reference group unless `reference` names another.
    weights : sequence of float, optional
        Weight of each person, not negative: w counts as w people with the same answers, so sampling weights should sum
        to the number of people for standard errors to keep their size.
    grid : Grid, optional
        None lets the data decide: 61 nodes on -6..6, more where the test information demands it.
    reference : object, optional
        Label of the reference group.
    priors : mapping, optional
        ``{"c": (alpha, beta)}``: Beta prior of the lower asymptote of 3PL items, (5, 17) by default; ``{"c": None}``
        for none.
    fixed : pandas.DataFrame, optional
        Items whose parameters are known (item_id, model, a, and b or d or b1.. or d1..).
    standard_errors : bool
        From the observed information (Louis 1982; Oakes 1999) in closed form; it also makes the last steps.
    tolerance : float
        Largest change of a parameter in one EM cycle at convergence.
    max_cycles : int
    executor : concurrent.futures.Executor, optional
        Runs the blocks of an E-step, a few thousand people each.
    progress : callable, optional
        Called with cycle and log-likelihood; an exception raised in it cancels the calibration.

    Returns
    -------
    Calibration

    Raises
    ------
    ValueError
        On input that cannot be calibrated, groups that share no item with the others, fewer than three items with free
        slopes (two for Rasch, 1PL, PCM); items without variation are reported in `Calibration.problems` instead.
    """
    categories, names = as_categories(responses, fewest=2)
    models = check_models(model, len(names))
    check_controls(tolerance, max_cycles)
    prior = check_prior(priors)
    share = check_weights(weights, categories.shape[0])
    if share is not None:
        categories = np.where((share > 0)[:, None], categories, np.int8(-1))
    group_index, labels = group_labels(groups, reference, categories.shape[0])
    problems: list[str] = []
    kept, counts = usable_items(categories, names, models, problems)
    blocks = make_blocks(categories if len(kept) == len(names) else categories[:, kept], group_index)
    items = ItemSet.of([models[j] for j in kept], [seen.size for seen in counts])
    known = fixed_parameters(fixed, [names[j] for j in kept], items)
    check_identified(items, len(known))
    check_connected(blocks, labels, [names[j] for j in kept], known)
    start, free = _start(counts, items, known)
    free_mean = np.ones(len(labels), dtype=bool)
    free_sd = np.ones(len(labels), dtype=bool)
    free_mean[0] = bool(known)
    free_sd[0] = bool(known) or all(model.slope == "one" for model in items.models)
    problem = Problem(
        blocks,
        [names[j] for j in kept],
        items,
        free,
        free_mean,
        free_sd,
        grid or DEFAULT_GRID,
        share,
        prior if any(model.name == "3PL" for model in items.models) else None,
        executor,
    )
    state = State(tuple(start), np.zeros(len(labels)), np.ones(len(labels)))
    state, cycles, converged = _cycle(problem, state, tolerance, max_cycles, progress)
    finer = _finer_grid(problem, state) if grid is None else None
    if finer is not None:
        problem = replace(problem, grid=finer)
        state, more, converged = _cycle(problem, state, tolerance, max_cycles, progress)
        cycles += more
    if not converged:
        problems.append(
            _("Kalibrasi berhenti setelah {n} putaran sebelum konvergen; tambah max_cycles atau periksa butir.").format(
                n=max_cycles
            )
        )
    state = _positive_slopes(problem, state)
    state, final, information = _polish(problem, state, problems, standard_errors=standard_errors)
    # Every sentence from here on says that the estimates are not to be used as they are.
    sound = not _at_bounds(problem, state, problems)
    if information is not None and information.covariance is not None and not information.at_maximum:
        information = replace(information, covariance=None)  # a curvature elsewhere says nothing about errors
        if sound:
            problems.append(_("Kalibrasi belum sampai ke puncak likelihood; tambah max_cycles atau periksa butir."))
    sound &= information is None or information.covariance is not None
    sound &= check_group_ranges(labels, state.mean, state.sd, problem.grid, problems)
    check_grid(blocks, items, state.parameters, problem.grid, problems)
    for name, model_used, values in zip(problem.names, items.models, state.parameters, strict=True):
        slope = model_used.family.direction(values)
        if slope < 0:
            problems.append(
                _("Butir {item}: daya beda negatif ({a}); periksa kunci atau arah skornya.").format(
                    item=name, a=format_number(slope, 2)
                )
            )
    people = sum(block.persons.size for block in blocks)
    common = items.common_slope
    shared = max(common.size - 1, 0) if all(free[j][0] for j in common) else 0
    taking_part = np.concatenate([block.persons for block in blocks])
    return Calibration(
        items=_items_frame(names, models, kept, items, state, information),
        groups=_groups_frame(labels, state, information),
        log_likelihood=final.log_likelihood,
        n=people if share is None else round(float(share[taking_part].sum())),
        free_parameters=int(sum(f.sum() for f in free) + free_mean.sum() + free_sd.sum()) - shared,
        converged=converged and sound,
        cycles=cycles,
        nodes=problem.grid.nodes,
        problems=tuple(problems),
    )


def _cycle(
    problem: Problem,
    state: State,
    tolerance: float,
    max_cycles: int,
    progress: Callable[[int, float], None] | None,
) -> tuple[State, int, bool]:
    """Run EM cycles, two plain ones and an accelerated one in turn, until an EM step no longer moves anything."""
    cycles = 0
    best = -np.inf
    safe = state
    while cycles < max_cycles:
        expected = problem.expect(state)
        cycles += 1
        reached = problem.value(state, expected)
        if reached < best - 1e-6 * abs(reached) - 1e-3:
            state = safe
            expected = problem.expect(state)
            reached = problem.value(state, expected)
            cycles += 1
        best = reached
        if progress is not None:
            progress(cycles, expected.log_likelihood)
        first = problem.improve(state, expected)
        step = problem.pack(first) - problem.pack(state)
        if np.abs(step).max() < tolerance:
            return first, cycles, True
        second = problem.improve(first, problem.expect(first))
        cycles += 1
        change = problem.pack(second) - problem.pack(first)
        if np.abs(change).max() < tolerance / 2:
            return second, cycles, True
        bend = change - step
        length = min(-1.0, max(-float(np.sqrt((step @ step) / max(float(bend @ bend), 1e-300))), -64.0))
        safe = second
        jump = problem.unpack(problem.pack(state) - 2 * length * step + length**2 * bend, state)
        state = second if jump is None or length == -1.0 else jump
    return safe, cycles, False


def _polish(
    problem: Problem, state: State, problems: list[str], *, standard_errors: bool
) -> tuple[State, Expected, Information | None]:
    """Finish in double precision, so that neither rounding nor the slow end of EM stays in the estimates.

    With standard errors by Newton steps, whose information is needed anyway; without by one more cycle.
    """
    if not standard_errors:
        state = problem.improve(state, problem.expect(state, np.float64))
        return state, problem.expect(state, np.float64), None
    for _step in range(NEWTON_STEPS):
        information = problem.information(state)
        if information.covariance is None:
            problems.append(
                _("Galat baku tidak dapat dihitung: informasi singular; model terlalu kaya untuk data ini.")
            )
            break
        further = information.newton()
        if further is None or not problem.permits(further):
            break
        moved = problem.expect(further, np.float64)
        if problem.value(further, moved) < information.log_likelihood - ROUNDING * abs(information.log_likelihood):
            break
        if information.at_maximum:
            return further, moved, information
        state = further
    return state, problem.expect(state, np.float64), information


def _positive_slopes(problem: Problem, state: State) -> State:
    """Turn theta around when most discrimination is negative and nothing fixes the direction."""
    pairs = list(zip(problem.items.models, state.parameters, strict=True))
    if sum(m.family.direction(v) for m, v in pairs) >= 0 or not all(f[0] for f in problem.free):
        return state
    return State(tuple(m.family.turned(v) for m, v in pairs), -state.mean, state.sd)


def _finer_grid(problem: Problem, state: State) -> Grid | None:
    """Return a grid with nodes enough for the narrowest posterior that many people can have, or None."""
    grid, theta = problem.grid, np.linspace(-3.0, 3.0, 121)
    _scores, information, _bias = problem.items.theta_terms(state.parameters, theta)
    most = max(float(information[block.items].sum(axis=0).max()) for block in problem.blocks)
    narrowest = 1 / np.sqrt(most + 1 / float(state.sd.max()) ** 2)
    wanted = int(np.ceil((grid.high - grid.low) * NARROWEST / narrowest)) + 1
    return Grid(min(wanted, MOST_NODES), grid.low, grid.high) if wanted > grid.nodes else None


def _start(
    counts: list[NDArray[np.int64]], items: ItemSet, known: dict[int, NDArray[np.float64]]
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.bool_]]]:
    """Return starting values from the shares of people in each category, and which parameters are free."""
    parameters, free = [], []
    for j, (seen, model) in enumerate(zip(counts, items.models, strict=True)):
        if j in known:
            parameters.append(known[j])
            free.append(np.zeros(known[j].size, dtype=bool))
            continue
        start = model.family.start((seen + 0.5).astype(np.float64) / float(seen.sum() + 0.5 * seen.size))
        movable = np.ones(start.size, dtype=bool)
        if model.slope == "one":
            start[0], movable[0] = 1.0, False
        parameters.append(start)
        free.append(movable)
    return parameters, free


def _at_bounds(problem: Problem, state: State, problems: list[str]) -> bool:
    hit = False
    for name, edge in zip(problem.names, problem.at_bounds(state), strict=True):
        if edge.any():
            hit = True
            problems.append(
                _("Butir {item}: parameter berada di batas; jawaban terlalu sedikit ragamnya.").format(item=name)
            )
    return hit


def _items_frame(
    names: tuple[str, ...],
    models: list[str],
    kept: list[int],
    items: ItemSet,
    state: State,
    information: Information | None,
) -> pd.DataFrame:
    covariances = [None] * len(kept) if information is None else information.of_items()
    rows: list[dict[str, object]] = [
        {"item_id": name, "model": model, "categories": 2} for name, model in zip(names, models, strict=True)
    ]
    for j, k, values, covariance in zip(kept, items.categories, state.parameters, covariances, strict=True):
        rows[j] = row_of(names[j], models[j], k, values, covariance)
    return in_order(pd.DataFrame(rows))


def _groups_frame(labels: list[str], state: State, information: Information | None) -> pd.DataFrame:
    frame = pd.DataFrame({"group": labels, "mean": state.mean, "sd": state.sd})
    if information is not None:
        frame["mean_se"], frame["sd_se"] = information.of_groups()
    return frame
