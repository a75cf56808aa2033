"""A simulated round as the chain holds it after intake, without writing a file.

For tests and benchmarks that need many rounds: records keyed by pseudonym, answers with blanks coded as omitted or not
reached, and everybody scored with an item bank. The same functions of `workbench.records` code and score as in a
workspace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.psychometrics import irt
from workbench.records.answers import mark_blanks
from workbench.records.scoring import score
from workbench.records.tables import NOT_REACHED, OMITTED
from workbench.simulation.standing import true_standing
from workbench.talent import standing
from workbench.talent.honesty import Honesty, measure
from workbench.talent.people import assemble

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.policy import Policy
    from workbench.simulation.cohort import Cohort
    from workbench.talent.bank import BankLike

__all__ = ["honesty", "keyed_by_pseudonym", "stored_records", "stored_responses", "summaries"]


def keyed_by_pseudonym(tables: Mapping[str, pd.DataFrame], names: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """Return the tables with ``participant_id`` in the place of ``nip``; those without persons as they are.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
    names : mapping of str to str
        Pseudonym of each NIP.
    """
    return {
        name: frame.assign(nip=frame["nip"].map(names)).rename(columns={"nip": "participant_id"})
        if "nip" in frame.columns
        else frame
        for name, frame in tables.items()
    }


def _pseudonyms(cohort: Cohort) -> dict[str, str]:
    return dict(zip(cohort.inputs["participants"]["nip"], cohort.truth["theta"]["participant_id"], strict=True))


def stored_records(cohort: Cohort) -> dict[str, pd.DataFrame]:
    """Return the input tables of a round keyed by pseudonym."""
    return keyed_by_pseudonym(cohort.inputs, _pseudonyms(cohort))


def stored_responses(cohort: Cohort) -> dict[tuple[str, str], pd.DataFrame]:
    """Return the answers of a round by instrument and form, blanks coded by administered position."""
    names = _pseudonyms(cohort)
    return {place: _coded(frame, names) for place, frame in cohort.responses.items()}


def _coded(frame: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    items = [str(column) for column in frame.columns if column != "nip"]
    allowed = [[str(option) for option in frame[item].cat.categories] for item in items]
    sizes = np.array([len(options) for options in allowed])
    codes = np.stack([frame[item].cat.codes.to_numpy() for item in items], axis=1)
    codes = np.where(codes < 0, sizes, codes).astype(np.int8)
    mark_blanks(codes, sizes)
    columns: dict[str, object] = {"participant_id": frame["nip"].map(names).astype("str")}
    for j, item in enumerate(items):
        columns[item] = pd.Categorical.from_codes(codes[:, j], [*allowed[j], OMITTED, NOT_REACHED])
    return pd.DataFrame(columns)


def summaries(cohort: Cohort, bank: BankLike) -> pd.DataFrame:
    """Score everybody on every scale with a bank.

    Returns
    -------
    pandas.DataFrame
        participant_id, scale, eap, eap_se: what `talent.standing.posterior` asks for.
    """
    items = cohort.inputs["items"]
    keys = dict(zip(cohort.inputs["keys"]["item_id"], cohort.inputs["keys"]["key"], strict=True))
    parts = []
    for (instrument, _form), stored in stored_responses(cohort).items():
        here = items[items["instrument"] == instrument]
        scored = score(stored, here, keys, purpose="people")
        matrix = pd.DataFrame(scored.categories, columns=list(scored.item_ids))
        for scale in here["scale"].unique():
            known = bank.items(str(scale))
            known = known[known["item_id"].isin(scored.item_ids)]
            eap = irt.score(irt.Calibration.from_items(known), matrix[list(known["item_id"])], "EAP")
            parts.append(
                pd.DataFrame(
                    {
                        "participant_id": scored.participant_id,
                        "scale": str(scale),
                        "eap": eap["theta"].to_numpy(),
                        "eap_se": eap["se"].to_numpy(),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def honesty(
    cohort: Cohort,
    policy: Policy,
    bank: BankLike,
    scores: pd.DataFrame,
    *,
    separate: bool = False,
    shared_errors: bool = False,
    draws: int = 200,
) -> tuple[Honesty, pd.DataFrame]:
    """Place a round and compare what was stated about the pool with what is true.

    Parameters
    ----------
    cohort : Cohort
    policy : Policy
    bank : BankLike
    scores : pandas.DataFrame
        From `summaries`.
    separate : bool
        Score scale by scale, as if scales were independent: what the joint posterior is compared with.
    shared_errors, draws
        As for `talent.standing.place`.

    Returns
    -------
    Honesty
    pandas.DataFrame
        Rows of `talent.standing.place` of those who were placed, with ``truly_in_pool``.
    """
    records = stored_records(cohort)
    posterior = standing.posterior(scores, bank.population)
    if separate:
        posterior = posterior.scale_by_scale()
    people = assemble(records, policy)
    boxes = standing.place(posterior, people, policy, bank, draws=draws, seed=cohort.seed, shared_errors=shared_errors)
    truth = true_standing(cohort.truth["theta"], records, policy).set_index("participant_id")["in_pool"]
    placed = boxes[boxes["withheld_reason"] == ""].reset_index(drop=True)
    placed["truly_in_pool"] = truth.reindex(placed["participant_id"]).to_numpy(bool)
    stated = placed["box"].isin(policy.boxes.pool).to_numpy(bool)
    return measure(placed["p_pool"].to_numpy(float), stated, placed["truly_in_pool"].to_numpy(bool)), placed
