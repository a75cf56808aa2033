"""Item analysis of one instrument: statistics, options, flags, calibration, DIF, and what was not computed and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.analysis.differential import MINIMUM_DIF_GROUP, differential
from workbench.analysis.gates import Gate, gate_frame
from workbench.analysis.item_fit import fit_items
from workbench.analysis.item_history import item_history
from workbench.analysis.item_recommendation import Evidence, recommend
from workbench.analysis.rule_sets import flag_by_every_set
from workbench.i18n import _, format_number
from workbench.policy import load_item_rules
from workbench.psychometrics import classical, irt
from workbench.psychometrics.reliability import alpha_of
from workbench.psychometrics.scored import pairwise_moments, scored_table
from workbench.records.scoring import right_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.analysis.responses import InstrumentResponses
    from workbench.workspace import Workspace

__all__ = [
    "MINIMUM_CALIBRATION",
    "MINIMUM_DIF_GROUP",
    "ItemAnalysis",
    "analyse",
    "calibrate_scale",
    "calibrate_scales",
    "on_round_metric",
]

# Below this number of answers an item's own calibration says more about chance than about the item.
MINIMUM_CALIBRATION = 200


@dataclass(frozen=True)
class ItemAnalysis:
    """Everything that notebook 01 shows about one instrument.

    Attributes
    ----------
    statistics : pandas.DataFrame
        A row an item and form, as in ``results/items/item_statistics.parquet``.
    options : pandas.DataFrame
        A row an item, form and option; empty where no item is multiple choice with raw options.
    proposals : pandas.DataFrame
        Items whose key looks wrong: item_id, form, key, proposed, reason.
    calibrations : dict of str to irt.Calibration
        By scale; a scale that was not calibrated is absent.
    parameters : pandas.DataFrame
        Item parameters of this round's own calibration, in the metric of the round.
    dif : pandas.DataFrame
        DIF by item, form and pair of protected groups, and over forms (`differential.differential`).
    gates : pandas.DataFrame
    flags : pandas.DataFrame
        What every rule set says of each item and form (`rule_sets.flag_by_every_set`).
    fit : pandas.DataFrame
        A row a calibrated item (`item_fit.fit_items`).
    history : pandas.DataFrame
        A row an item and bank version (`item_history.item_history`).
    recommendations : pandas.DataFrame
        A row an item (`item_recommendation.recommend`).
    alphas : dict of (form, scale) to float
        Coefficient alpha of the items of a scale on a form.
    not_computed : tuple of str
        One sentence for each thing left out, with the reason.
    """

    statistics: pd.DataFrame
    options: pd.DataFrame
    proposals: pd.DataFrame
    calibrations: Mapping[str, irt.Calibration]
    parameters: pd.DataFrame
    dif: pd.DataFrame
    gates: pd.DataFrame
    flags: pd.DataFrame
    fit: pd.DataFrame
    history: pd.DataFrame
    recommendations: pd.DataFrame
    alphas: Mapping[tuple[str, str], float]
    not_computed: tuple[str, ...] = field(default=())


def analyse(workspace: Workspace, responses: InstrumentResponses) -> ItemAnalysis:
    """Analyse the items of one instrument.

    Returns
    -------
    ItemAnalysis
    """
    left_out: list[str] = []
    settings = workspace.settings
    statistics, options, proposals, alphas = _classical(settings.item_rules, responses, left_out)
    calibrations = calibrate_scales(responses, left_out)
    parameters = _parameters(calibrations)
    found = differential(workspace, responses, left_out)
    flags = flag_by_every_set(statistics)
    fitted = fit_items(responses, calibrations, settings.seed, left_out)
    history = item_history(settings.bank, responses, calibrations, left_out, workspace.bank_source)
    known = responses.items
    evidence = Evidence(
        rules=settings.item_rules,
        kinds=dict(zip(known.index, known["format"], strict=True)),
        scales=dict(zip(known.index, known["scale"], strict=True)),
        statistics=statistics,
        flags=flags,
        proposals=proposals,
        parameters=parameters,
        fit=fitted,
        dif=found,
        history=history,
        alphas=alphas,
    )
    return ItemAnalysis(
        statistics=statistics,
        options=options,
        proposals=proposals,
        calibrations=calibrations,
        parameters=parameters,
        dif=found,
        gates=gate_frame(_gates(responses, calibrations, options, proposals)),
        flags=flags,
        fit=fitted,
        history=history,
        recommendations=recommend(responses.instrument, evidence),
        alphas=alphas,
        not_computed=tuple(left_out),
    )


def _classical(
    rules_name: str, responses: InstrumentResponses, left_out: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, dict[tuple[str, str], float]]:
    """Classical statistics by scale and form: the rest score of an item is that of its own scale."""
    alphas: dict[tuple[str, str], float] = {}
    rules = load_item_rules(rules_name)
    # Tables without rows, so that an instrument for which nothing can be computed has the same columns as any other.
    statistics = [_statistics(rules, pd.DataFrame({"A": [0, 1, 1], "B": [1, 0, 1]})).head(0)]
    dummy = pd.DataFrame({"A": ["1", "2", "2"], "B": ["1", "2", "1"]})
    options = [classical.options(dummy, {"A": "1", "B": "1"}).head(0).assign(form="", scale="")]
    for scale in responses.scales:
        for form, columns in responses.by_form(scale):
            where = _("Skala {scale}, paket {form}").format(scale=scale, form=form.form)
            names = [form.item_ids[j] for j in columns]
            scored = pd.DataFrame(form.people[:, columns].astype(float), columns=names).where(lambda x: x >= 0)
            raw = pd.DataFrame({name: form.options[name] for name in names if name in form.options})
            try:
                table = _statistics(rules, scored)
                statistics.append(
                    table.assign(
                        instrument=responses.instrument,
                        form=form.form,
                        scale=scale,
                        omitted=form.omitted[columns],
                        not_reached=form.not_reached[columns],
                    )
                )
                alphas[form.form, scale] = alpha_of(pairwise_moments(scored_table(scored))[0])
                if not raw.columns.empty:
                    chosen = classical.options(raw, {name: right_options(responses.keys[name]) for name in raw})
                    options.append(chosen.assign(form=form.form, scale=scale))
            except ValueError as reason:
                left_out.append(
                    _("{where}: statistik butir tidak dihitung. {reason}").format(where=where, reason=reason)
                )
                continue
            if not raw.columns.empty and len(raw) < classical.FEWEST_FOR_MISKEY:
                left_out.append(
                    _("{where}: kunci tidak dinilai, {n} orang < {minimum}.").format(
                        where=where, n=len(raw), minimum=classical.FEWEST_FOR_MISKEY
                    )
                )
    first = ["instrument", "form", "scale"]
    all_statistics = pd.concat(statistics, ignore_index=True)
    all_options = pd.concat(options, ignore_index=True)
    return (
        all_statistics[[*first, *all_statistics.columns.drop(first)]],
        all_options[[*first[1:], *all_options.columns.drop(first[1:])]],
        classical.miskey(all_options),
        alphas,
    )


def _statistics(rules: classical.FlagRules, scored: pd.DataFrame) -> pd.DataFrame:
    table = classical.flag(classical.item_statistics(scored), rules)
    return table.assign(instrument="", form="", scale="", omitted=0.0, not_reached=0.0)


def calibrate_scales(responses: InstrumentResponses, left_out: list[str]) -> dict[str, irt.Calibration]:
    """Calibrate each scale on this round alone."""
    calibrations = {}
    for scale in responses.scales:
        answers = pd.DataFrame(responses.matrix(scale, "calibration"), columns=list(responses.items_of(scale)))
        calibration = calibrate_scale(responses, scale, answers, left_out)
        if calibration is not None:
            calibrations[scale] = calibration
    return calibrations


def calibrate_scale(
    responses: InstrumentResponses, scale: str, answers: pd.DataFrame, left_out: list[str]
) -> irt.Calibration | None:
    """Calibrate one scale on this round alone; several klaster are groups with their own mean and variance.

    Parameters
    ----------
    responses : InstrumentResponses
    scale : str
    answers : pandas.DataFrame, all people x items of the scale
        Categories as for a calibration, -1 where not administered; not necessarily all items, nor by the present key.
    left_out : list of str
        Gets the sentence of what was not computed.

    Returns
    -------
    irt.Calibration or None
        None where the scale cannot be calibrated.
    """
    several = np.unique(responses.groups).size > 1 and len(responses.forms) > 1
    matrix, items = answers.to_numpy(np.int8), list(answers.columns)
    n = int((matrix >= 0).any(axis=1).sum())
    if n < MINIMUM_CALIBRATION:
        left_out.append(
            _("Skala {scale}: kalibrasi putaran ini tidak dihitung, {n} orang < {minimum}.").format(
                scale=scale, n=format_number(n), minimum=MINIMUM_CALIBRATION
            )
        )
        return None
    models = dict(zip(responses.items_of(scale), responses.model_of(scale), strict=True))
    complete = _every_category_chosen(scale, items, matrix, left_out)
    try:
        calibration = irt.calibrate(
            answers.iloc[:, complete],
            [models[items[j]] for j in complete],
            groups=responses.groups if several else None,
        )
    except ValueError as reason:
        left_out.append(
            _("Skala {scale}: kalibrasi putaran ini tidak dihitung. {reason}").format(scale=scale, reason=reason)
        )
        return None
    return on_round_metric(calibration, responses.groups) if several else calibration


def _every_category_chosen(scale: str, items: list[str], matrix: NDArray[np.int8], left_out: list[str]) -> list[int]:
    """Return the items whose categories up to the highest seen were all chosen; the others cannot be fitted."""
    complete = []
    for j, item in enumerate(items):
        seen = np.unique(matrix[:, j][matrix[:, j] >= 0])
        if seen.size and seen.size <= seen[-1] and seen.size > 1:
            gap = next(k for k in range(int(seen[-1])) if k not in seen)
            left_out.append(
                _("Skala {scale}: butir {item} tidak dikalibrasi, kategori {k} tidak pernah dipilih.").format(
                    scale=scale, item=item, k=gap
                )
            )
        else:
            complete.append(j)
    return complete


def on_round_metric(calibration: irt.Calibration, groups: NDArray[np.object_]) -> irt.Calibration:
    """Return a calibration of several groups on the metric of the whole round: mean 0, variance 1 over everybody.

    A calibration puts its reference group at mean 0 and variance 1. Level cuts and banks speak of the whole round, so
    theta is moved and stretched: ``theta' = (theta - m) / s`` with m and s those of the mixture of groups.

    Parameters
    ----------
    calibration : irt.Calibration
    groups : ndarray of str
        Group of each person.

    Returns
    -------
    irt.Calibration
    """
    table = calibration.groups.set_index("group")
    share = pd.Series(groups.astype(str)).value_counts(normalize=True).reindex(table.index)
    mean = float((share * table["mean"]).sum())
    sd = float(np.sqrt((share * (table["sd"] ** 2 + (table["mean"] - mean) ** 2)).sum()))
    return calibration.moved(1 / sd, -mean / sd)


def _parameters(calibrations: Mapping[str, irt.Calibration]) -> pd.DataFrame:
    frames = []
    for scale, calibration in calibrations.items():
        frame = calibration.items.copy()
        frame.insert(0, "scale", scale)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["scale", "item_id", "model"])


def _gates(
    responses: InstrumentResponses,
    calibrations: Mapping[str, irt.Calibration],
    options: pd.DataFrame,
    proposals: pd.DataFrame,
) -> list[Gate]:
    gates = []
    for scale, calibration in calibrations.items():
        table = calibration.items
        turned = table.loc[table["a"] + 2 * table["a_se"] < 0, "item_id"].tolist()
        found = (
            _("Kalibrasi konvergen dalam {n} putaran.").format(n=calibration.cycles)
            if calibration.converged
            else _("Kalibrasi tidak konvergen; periksa butir skala ini.")
        )
        gates.append(
            Gate(
                "kalibrasi",
                scale,
                calibration.converged and not turned,
                " ".join([found, *calibration.problems]),
            )
        )
    suspect = sorted(set(proposals["item_id"]))
    judged = int((options["n"] >= classical.FEWEST_FOR_MISKEY).sum())
    if suspect:
        found = _("Kunci {items} diragukan; periksa sebelum nilai dipakai.").format(items=", ".join(suspect))
    elif judged:
        found = _("Tidak ada kunci yang diragukan.")
    else:
        found = _("Kunci tidak dinilai: tidak ada opsi mentah dari sedikitnya {minimum} orang.").format(
            minimum=classical.FEWEST_FOR_MISKEY
        )
    gates.append(Gate("kunci", responses.instrument, not suspect, found))
    return gates
