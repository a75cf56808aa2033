"""A placed round opened for questions: the answers of each instrument, read once, and people scored without items."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.analysis.responses import InstrumentResponses, read_instrument
from workbench.i18n import _
from workbench.psychometrics import irt
from workbench.talent.what_if import Placing, with_scale

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from workbench.analysis.boxes import TalentBoxes
    from workbench.talent.posterior import Posterior
    from workbench.workspace import Workspace

    Scored = tuple[NDArray[np.object_], irt.Calibration, pd.DataFrame]

__all__ = ["OpenedRound", "open_round", "rescored", "without_items"]


@dataclass
class OpenedRound:
    """A placed round whose items can be asked about; answers of an instrument are read when they are first needed.

    Attributes
    ----------
    workspace : Workspace
    result : TalentBoxes
    placing : Placing
    items : pandas.DataFrame
        The table ``items``, by item_id.
    """

    workspace: Workspace
    result: TalentBoxes
    placing: Placing
    items: pd.DataFrame
    read: dict[str, InstrumentResponses] = field(default_factory=dict, repr=False)
    scored: dict[str, Scored] = field(default_factory=dict, repr=False)

    @property
    def without_answers(self) -> str:
        """Why nothing can be asked about single items; empty where people's answers are here."""
        if self.workspace.has_answers:
            return ""
        return _("tidak dapat dihitung, karena putaran ini memuat level yang diterima dan bukan jawaban butir.")

    def responses(self, instrument: str) -> InstrumentResponses:
        """Return the answers to an instrument."""
        if instrument not in self.read:
            self.read[instrument] = read_instrument(self.workspace, instrument)
        return self.read[instrument]

    def matrix(self, scale: str) -> Scored:
        """Return people, calibration and answers of a scale as it was scored, for those who answered any of it.

        Every question about the scale gets the same answers: a copy is changed, never they.
        """
        if scale not in self.scored:
            self.scored[scale] = self._matrix(scale)
        return self.scored[scale]

    def _matrix(self, scale: str) -> Scored:
        instrument = str(self.items.loc[self.items["scale"] == scale, "instrument"].iloc[0])
        responses = self.responses(instrument)
        known = self.result.bank.items(scale)
        calibration = irt.Calibration.from_items(known[known["item_id"].isin(responses.items_of(scale))])
        answers = pd.DataFrame(responses.matrix(scale, "people"), columns=list(responses.items_of(scale)))
        answers = answers[list(calibration.item_ids)]
        answered = (answers.to_numpy() >= 0).any(axis=1)
        return responses.participant_id[answered], calibration, answers[answered].reset_index(drop=True)


def open_round(workspace: Workspace, result: TalentBoxes) -> OpenedRound:
    """Return a round whose items can be asked about.

    Parameters
    ----------
    workspace : Workspace
    result : TalentBoxes
        From `analysis.boxes.place_cohort`.
    """
    placing = Placing(
        result.posterior,
        result.people,
        result.policy,
        result.bank,
        result.boxes,
        *result.posterior.joint(),
        workspace.settings.draws,
        workspace.settings.seed,
        held=result.doubtful,
    )
    items = workspace.read("items") if workspace.has_answers else pd.DataFrame(columns=["item_id", "scale"])
    return OpenedRound(workspace, result, placing, items.set_index("item_id"))


def rescored(
    posterior: Posterior,
    scale: str,
    people: NDArray[np.object_],
    calibration: irt.Calibration,
    answers: pd.DataFrame,
) -> Posterior:
    """Return the posterior with people scored afresh on one scale, from these answers.

    Whoever has no answer left loses the scale.
    """
    left = (answers.to_numpy() >= 0).any(axis=1)
    eap, error = np.zeros(people.size), np.ones(people.size)
    if left.any():
        scores = irt.score(calibration, answers[left], "EAP")
        eap[left], error[left] = scores["theta"].to_numpy(), scores["se"].to_numpy()
    return with_scale(posterior, scale, people, eap, error)


def without_items(asked: OpenedRound, items: Collection[str]) -> Posterior:
    """Return the posterior of everybody with these items left out, parameters as they are.

    Parameters
    ----------
    asked : OpenedRound
    items : collection of str
        Items that were not scored leave everything as it is.
    """
    after = asked.placing.posterior
    for scale in sorted(set(asked.items.loc[sorted(items), "scale"])):
        people, calibration, answers = asked.matrix(str(scale))
        here = [item for item in calibration.item_ids if item in items]
        if here:
            after = rescored(after, str(scale), people, calibration, answers.assign(**dict.fromkeys(here, np.int8(-1))))
    return after
