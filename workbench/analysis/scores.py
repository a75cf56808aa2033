"""Score validation of one instrument: scores with their errors, reliability where decisions are made, gates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.analysis.cut_decisions import at_cuts
from workbench.analysis.gates import Gate, gate_frame
from workbench.analysis.score_reliability import reliability_gate, scale_reliability
from workbench.i18n import _
from workbench.psychometrics import irt
from workbench.records.bank import Bank, assumed_level_cuts, load_bank
from workbench.talent import grid_posterior, standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.analysis.responses import InstrumentResponses
    from workbench.workspace import Workspace

__all__ = [
    "SCALE_SCORE",
    "ScaleScore",
    "ScoreValidation",
    "add_joint_posterior",
    "bank_of",
    "round_bank",
    "validate",
]


@dataclass(frozen=True)
class ScaleScore:
    """Declared transformation of theta to the printed scale score.

    Attributes
    ----------
    mean, sd : float
        Printed score at theta 0, and printed points for one theta unit.
    low, high : float
        Ends of the printed scale.
    """

    mean: float = 500.0
    sd: float = 100.0
    low: float = 200.0
    high: float = 800.0

    def of(self, theta: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the printed score of each theta, rounded to whole points."""
        score: NDArray[np.float64] = np.clip(self.mean + self.sd * theta, self.low, self.high)
        return score.round()


SCALE_SCORE = ScaleScore()


@dataclass(frozen=True)
class ScoreValidation:
    """Everything that notebook 02 shows about one instrument.

    Attributes
    ----------
    scores : pandas.DataFrame
        participant_id, scale, wle, wle_se, eap, eap_se, scale_score; EAP under a standard normal prior.
    reliability : pandas.DataFrame
        A row a scale: n, items; alpha, lambda-2, lambda-6, omega and the reliability of the EAP with 95 % intervals.
    cuts : pandas.DataFrame
        A row a scale and level cut, as `cut_decisions.at_cuts`.
    calibrations : dict of str to irt.Calibration
        The calibration that scored each scale.
    provisional : bool
        True when the round was scored on its own calibration ("sementara").
    gates : pandas.DataFrame
    grid_likelihoods : pandas.DataFrame
        participant_id, scale, l_0 .. l_32: likelihoods of those whom EAP and its error do not describe.
    not_computed : tuple of str
    """

    scores: pd.DataFrame
    reliability: pd.DataFrame
    cuts: pd.DataFrame
    calibrations: Mapping[str, irt.Calibration]
    provisional: bool
    gates: pd.DataFrame
    grid_likelihoods: pd.DataFrame
    not_computed: tuple[str, ...] = ()


def bank_of(workspace: Workspace) -> Bank:
    """Return the bank that scores this round: the one its settings name, or one made from its own calibration.

    Raises
    ------
    ValueError
        When the round has no bank and its items have not been calibrated.
    """
    if not workspace.settings.bank:
        return round_bank(workspace)
    bank = load_bank(workspace.bank_source)
    if workspace.has_answers:
        return bank
    # Levels were not made with these items, so that errors of their parameters are not in them.
    errors = [name for name in bank.item_parameters.columns if str(name).endswith("_se")]
    return replace(bank, item_parameters=bank.item_parameters.drop(columns=errors))


def round_bank(workspace: Workspace) -> Bank:
    """Return a provisional bank from the round's own calibration ("sementara").

    The population is estimated from the scores where they exist already, and is standard normal and independent before.
    """
    parameters = workspace.read("item_parameters")
    parameters = parameters[parameters["a"].notna()]
    scales = tuple(dict.fromkeys(parameters["scale"]))
    version = f"sementara-{workspace.settings.name}"
    cuts = assumed_level_cuts(scales, version)
    population = (
        workspace.read("population")
        if workspace.has("population")
        else pd.concat(
            [pd.DataFrame({"scale": scales, "mean": 0.0}), pd.DataFrame(np.eye(len(scales)), columns=list(scales))],
            axis=1,
        )
    )
    return Bank(version, True, parameters, cuts, _first_form(workspace, parameters), population)


def _first_form(workspace: Workspace, parameters: pd.DataFrame) -> pd.DataFrame:
    """Return the items of the first form of each instrument: the reference of percentages."""
    forms = workspace.read("forms")
    first = forms.groupby("instrument")["form"].transform("min") == forms["form"]
    chosen = parameters[parameters["item_id"].isin(forms.loc[first, "item_id"])]
    return chosen[["scale", "item_id"]].reset_index(drop=True)


def validate(workspace: Workspace, responses: InstrumentResponses) -> ScoreValidation:
    """Score everybody on every scale of an instrument and say how reliable that is.

    Returns
    -------
    ScoreValidation
    """
    bank = bank_of(workspace)
    scores, reliabilities, cut_rows, gates, grids = [], [], [], [], []
    left_out: list[str] = []
    calibrations = {}
    for scale in responses.scales:
        rows = bank.items(scale)
        known = rows[rows["item_id"].isin(responses.items_of(scale))]
        if known.empty:
            left_out.append(
                _("Skala {scale}: tidak diskor, bank {bank} tidak memuat butirnya.").format(
                    scale=scale, bank=bank.version
                )
            )
            continue
        unknown = sorted(set(responses.items_of(scale)) - set(known["item_id"]))
        if unknown:
            left_out.append(
                _("Skala {scale}: butir {items} tidak ikut skor, bank {bank} tidak memuatnya.").format(
                    scale=scale, items=", ".join(unknown), bank=bank.version
                )
            )
        calibration = irt.Calibration.from_items(known)
        matrix = pd.DataFrame(responses.matrix(scale, "people"), columns=list(responses.items_of(scale)))
        matrix = matrix[list(calibration.item_ids)]
        if not (matrix.to_numpy() >= 0).any():
            left_out.append(_("Skala {scale}: tidak diskor, tidak ada jawaban.").format(scale=scale))
            continue
        calibrations[scale] = calibration
        table = _scores_of(calibration, matrix, scale, responses.participant_id)
        scores.append(table)
        grids.append(_skewed(calibration, matrix, scale, responses.participant_id, table))
        reliabilities.append(scale_reliability(responses, scale, table, left_out, workspace.settings.seed))
        cut_rows.append(at_cuts(responses, scale, table, known, bank.cuts(scale)))
        gates.append(reliability_gate(scale, reliabilities[-1]))
    if not scores:
        raise ValueError(
            _("Instrumen {instrument}: tidak satu pun skala dapat diskor; periksa bank butir {bank}.").format(
                instrument=responses.instrument, bank=bank.version
            )
        )
    gates.append(_attendance_gate(workspace, responses.instrument))
    return ScoreValidation(
        pd.concat(scores, ignore_index=True),
        pd.DataFrame(reliabilities),
        pd.concat(cut_rows, ignore_index=True),
        calibrations,
        bank.provisional,
        gate_frame(gates),
        pd.concat(grids, ignore_index=True),
        tuple(left_out),
    )


def _scores_of(
    calibration: irt.Calibration, matrix: pd.DataFrame, scale: str, participants: NDArray[np.object_]
) -> pd.DataFrame:
    answered = (matrix.to_numpy() >= 0).any(axis=1)
    known = matrix[answered]
    eap = irt.score(calibration, known, "EAP")
    wle = irt.score(calibration, known, "WLE")
    return pd.DataFrame(
        {
            "participant_id": participants[answered],
            "scale": scale,
            "wle": wle["theta"].to_numpy(),
            "wle_se": wle["se"].to_numpy(),
            "eap": eap["theta"].to_numpy(),
            "eap_se": eap["se"].to_numpy(),
            "scale_score": SCALE_SCORE.of(wle["theta"].to_numpy()),
        }
    )


def _skewed(
    calibration: irt.Calibration,
    matrix: pd.DataFrame,
    scale: str,
    participants: NDArray[np.object_],
    scores: pd.DataFrame,
) -> pd.DataFrame:
    """Return the likelihoods on the grid of those whom the normal summary does not describe; most rounds have few."""
    answered = (matrix.to_numpy() >= 0).any(axis=1)
    values = irt.log_likelihood(calibration, matrix[answered], grid_posterior.NODES)
    away = grid_posterior.departures(values, scores["eap"].to_numpy(float), scores["eap_se"].to_numpy(float))
    far = away > grid_posterior.FAR
    table = pd.DataFrame(values[far], columns=list(grid_posterior.COLUMNS))
    table.insert(0, "participant_id", pd.array(participants[answered][far], dtype="str"))
    table.insert(1, "scale", pd.array([scale] * int(far.sum()), dtype="str"))
    return table


def _attendance_gate(workspace: Workspace, instrument: str) -> Gate:
    counts = workspace.read("attendance_counts")
    here = counts[counts["instrument"] == instrument]
    wrong = here.loc[~here["reconciled"].astype(bool), "instansi"].tolist()
    return Gate(
        "rekonsiliasi",
        instrument,
        not wrong,
        _("Diundang = hadir + tidak hadir + batal di semua instansi.")
        if not wrong
        else _("Jumlah hadir tidak cocok dengan undangan di {instansi}; periksa daftar hadir.").format(
            instansi=", ".join(wrong)
        ),
    )


def add_joint_posterior(workspace: Workspace, scores: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the scores with mean and standard deviation of the joint posterior over all scales, and the population.

    Raises
    ------
    ValueError
        When a round without a bank has too few people to estimate a population.
    """
    summaries = scores[["participant_id", "scale", "eap", "eap_se"]]
    if workspace.settings.bank:
        population = load_bank(workspace.bank_source).population
    elif summaries["scale"].nunique() == 1:
        scale = str(summaries["scale"].iloc[0])
        population = pd.DataFrame({"scale": [scale], "mean": [0.0], scale: [1.0]})
    else:
        population = standing.estimate_population(summaries)
    joint = standing.posterior(summaries, population)
    mean, sd = joint.joint()
    row = np.searchsorted(joint.participant_id, scores["participant_id"].to_numpy(object))
    place = {scale: j for j, scale in enumerate(joint.scales)}
    column = scores["scale"].map(place).to_numpy(int)
    return scores.assign(posterior_mean=mean[row, column], posterior_sd=sd[row, column]), population
