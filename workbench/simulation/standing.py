"""The true standing of simulated people: the rule of the policy applied to their true theta."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.records.bank import assumed_level_cuts
from workbench.simulation.items import item_bank, reference_form
from workbench.talent.axes import Rule
from workbench.talent.people import assemble

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.policy import Policy
    from workbench.talent.bank import BankLike

__all__ = ["true_standing"]

CHUNK = 20_000


@dataclass(frozen=True)
class _TrueBank:
    """The true item parameters in the shape of a bank."""

    version: str
    level_cuts: pd.DataFrame
    population: pd.DataFrame
    parameters: pd.DataFrame

    def cuts(self, scale: str) -> NDArray[np.float64]:
        cuts: NDArray[np.float64] = self.level_cuts.loc[self.level_cuts["scale"] == scale, "theta"].to_numpy(float)
        return cuts

    def items(self, scale: str, *, reference: bool = False) -> pd.DataFrame:
        rows = self.parameters[self.parameters["scale"] == scale]
        return rows[rows["item_id"].isin(reference_form()["item_id"])] if reference else rows


def true_standing(
    theta: pd.DataFrame, tables: Mapping[str, pd.DataFrame], policy: Policy, bank: BankLike | None = None
) -> pd.DataFrame:
    """Return where each person truly stands, with kinerja as recorded.

    Parameters
    ----------
    theta : pandas.DataFrame
        participant_id and one column a scale: the truth.
    tables : mapping of str to pandas.DataFrame
        Records keyed by ``participant_id``.
    policy : Policy
    bank : BankLike, optional
        Whose cuts and reference form the truth speaks of; by default the true items and the assumed cuts.

    Returns
    -------
    pandas.DataFrame
        participant_id, box, in_pool, potensial, kinerja; box and pool empty where a record is missing.
    """
    people = assemble(tables, policy)
    truth = theta.set_index("participant_id").reindex(people["participant_id"])
    scales = policy.used_scales
    known = bank or _TrueBank("truth", assumed_level_cuts(scales, "truth"), pd.DataFrame(), item_bank())
    rule = Rule(policy, known, people, {scale: np.ones(len(people), dtype=bool) for scale in scales})
    boxes = np.empty(len(people), dtype=np.int64)
    potensial, kinerja = np.empty(len(people)), np.empty(len(people))
    for start in range(0, len(people), CHUNK):
        rows = slice(start, min(start + CHUNK, len(people)))
        values = {scale: truth[scale].to_numpy(float)[rows] for scale in scales}
        boxes[rows], potensial[rows], kinerja[rows] = rule.place(values, rule.levels(values), rows)
    complete = ~(rule.potensial.incomplete | rule.kinerja.incomplete)
    box = pd.array(boxes, dtype="Int64")
    box[~complete] = pd.NA
    pool = pd.array(np.isin(boxes, policy.boxes.pool), dtype="boolean")
    pool[~complete] = pd.NA
    return pd.DataFrame(
        {
            "participant_id": people["participant_id"],
            "box": box,
            "in_pool": pool,
            "potensial": np.where(complete, potensial, np.nan),
            "kinerja": np.where(complete, kinerja, np.nan),
        }
    )
