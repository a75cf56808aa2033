"""Everything that is asked of the scores of one instrument beside the scores: by subject, each in its own module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.analysis import dependence, dimension_check, linking_check
from workbench.analysis.cut_decisions import by_instansi, by_methods
from workbench.analysis.gates import Gate, gate_frame
from workbench.analysis.model_sample import ModelSample, model_sample
from workbench.analysis.norm_tables import norm_group_sentence, norm_tables
from workbench.analysis.score_reliability import group_reliability
from workbench.analysis.scores import bank_of
from workbench.analysis.subscores import subscore_value
from workbench.analysis.twin import twin_honesty
from workbench.i18n import _

if TYPE_CHECKING:
    from workbench.analysis.linking_check import LinkingCheck
    from workbench.analysis.responses import InstrumentResponses
    from workbench.analysis.scores import ScoreValidation
    from workbench.records.bank import Bank
    from workbench.workspace import Workspace

__all__ = ["ScoreChecks", "check_model", "check_scores"]


@dataclass(frozen=True)
class ModelChecks:
    """Whether the model that scores people holds in this round.

    Attributes
    ----------
    fit, dimensionality, dependence : pandas.DataFrame
        A row a scale.
    pairs : pandas.DataFrame
        Items that hang together.
    gates : tuple of Gate
    """

    fit: pd.DataFrame
    dimensionality: pd.DataFrame
    dependence: pd.DataFrame
    pairs: pd.DataFrame
    gates: tuple[Gate, ...]


@dataclass(frozen=True)
class ScoreChecks:
    """What notebook 02 shows beside the scores.

    Attributes
    ----------
    groups : pandas.DataFrame
        Reliability by group of people.
    methods, instansi : pandas.DataFrame
        Decisions at the cuts by five methods, and by instansi.
    model : ModelChecks
    linking : LinkingCheck
    subscores, norms, honesty : pandas.DataFrame
    norm_group : str
    gates : pandas.DataFrame
        Those of the scores and those of the checks.
    not_computed : tuple of str
    """

    groups: pd.DataFrame
    methods: pd.DataFrame
    instansi: pd.DataFrame
    model: ModelChecks
    linking: LinkingCheck
    subscores: pd.DataFrame
    norms: pd.DataFrame
    honesty: pd.DataFrame
    norm_group: str
    gates: pd.DataFrame
    not_computed: tuple[str, ...]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the result tables by the name under which a run writes them."""
        return {
            "reliability_groups": self.groups,
            "cut_methods": self.methods,
            "cut_instansi": self.instansi,
            "model_fit": self.model.fit,
            "dimensionality": self.model.dimensionality,
            "local_dependence": self.model.dependence,
            "dependent_pairs": self.model.pairs,
            "linking": self.linking.lines,
            "anchor_drift": self.linking.drift,
            "subscore_value": self.subscores,
            "norms": self.norms,
            "twin_honesty": self.honesty,
            "gates": self.gates,
        }


def check_scores(workspace: Workspace, responses: InstrumentResponses, validation: ScoreValidation) -> ScoreChecks:
    """Examine the scores of an instrument.

    Returns
    -------
    ScoreChecks
    """
    bank, seed = bank_of(workspace), workspace.settings.seed
    left_out = list(validation.not_computed)
    scores = validation.scores
    cuts = {scale: bank.cuts(scale) for scale in validation.calibrations}
    methods = [
        by_methods(responses, scale, scores[scores["scale"] == scale], calibration, cuts[scale], seed, left_out)
        for scale, calibration in validation.calibrations.items()
    ]
    model = check_model(responses, bank, tuple(validation.calibrations), seed, left_out)
    linking = linking_check.check_linking(workspace, responses, bank, left_out)
    drift = tuple(linking_check.drift_gate(row) for row in linking.lines.to_dict("records"))
    gates = [validation.gates, gate_frame([*model.gates, *drift])]
    return ScoreChecks(
        groups=group_reliability(workspace, responses, scores, left_out),
        methods=pd.concat(methods, ignore_index=True),
        instansi=by_instansi(workspace, scores, validation.cuts, left_out),
        model=model,
        linking=linking,
        subscores=subscore_value(responses, seed, left_out),
        norms=norm_tables(scores, left_out),
        honesty=twin_honesty(responses, validation.calibrations, cuts, seed=seed),
        norm_group=norm_group_sentence(workspace, responses.instrument, scores),
        gates=pd.concat([g for g in gates if len(g)], ignore_index=True),
        not_computed=tuple(left_out),
    )


def check_model(
    responses: InstrumentResponses, bank: Bank, scales: tuple[str, ...], seed: int, left_out: list[str]
) -> ModelChecks:
    """Check fit, dimensions and local dependence of each scale on a sample of its largest form.

    Returns
    -------
    ModelChecks
    """
    fits: list[dict[str, Any]] = []
    dimensions: list[dict[str, Any]] = []
    effects: list[dict[str, Any]] = []
    pairs: list[pd.DataFrame] = []
    refused: dict[str, list[str]] = {}
    few: dict[str, int] = {}
    for scale in scales:
        try:
            sample = model_sample(responses, bank, scale, seed)
        except ValueError as reason:
            refused.setdefault(str(reason), []).append(scale)
            continue
        fits += [row for row in [dimension_check.fit_row(sample, left_out)] if row]
        if len(sample.answers) < dimension_check.FEWEST_FOR_DIMENSIONS:
            few[scale] = len(sample.answers)
        else:
            dimensions += [row for row in [dimension_check.dimension_row(sample, seed, left_out)] if row]
        _examine_pairs(sample, seed, left_out, pairs, effects)
    for reason_words, names in refused.items():
        left_out.append(
            _(
                "Kecocokan model, dimensi, dan kebergantungan butir tidak dihitung untuk skala {scales}. {reason}"
            ).format(scales=", ".join(names), reason=reason_words)
        )
    if few:
        left_out.append(
            _("Dimensi tidak dihitung untuk skala {scales}: {n} orang < {minimum}.").format(
                scales=", ".join(few), n=max(few.values()), minimum=dimension_check.FEWEST_FOR_DIMENSIONS
            )
        )
    single = [row["scale"] for row in dimensions if row["factors"] < 2]
    if single:
        left_out.append(
            _(
                "Bagian faktor umum (ECV) tidak dihitung untuk skala {scales}: analisis paralel tidak menemukan faktor "
                "kedua yang dapat dipisahkan, dan pemisahan menurut kebetulan akan menyesatkan."
            ).format(scales=", ".join(single))
        )
    gates = (
        *(dimension_check.fit_gate(row) for row in fits),
        *(dimension_check.dimension_gate(row) for row in dimensions),
        *(dependence.dependence_gate(row) for row in effects),
    )
    return ModelChecks(
        pd.DataFrame(fits, columns=None if fits else ["scale"]),
        pd.DataFrame(dimensions, columns=None if dimensions else ["scale"]),
        pd.DataFrame(effects, columns=None if effects else ["scale"]),
        pd.concat(pairs, ignore_index=True) if pairs else pd.DataFrame(columns=["scale"]),
        gates,
    )


def _examine_pairs(
    sample: ModelSample, seed: int, left_out: list[str], pairs: list[pd.DataFrame], effects: list[dict[str, Any]]
) -> None:
    """Add the dependent pairs of a scale, and what they do to its reliability."""
    found = dependence.dependent_pairs(sample, seed, left_out)
    if found is not None:
        pairs.append(found)
        effects.append(dependence.dependence_row(sample, found, seed, left_out))
