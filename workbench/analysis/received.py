"""Rounds without answers: levels as received become scores, points become boxes, and what is missing is said.

The same rule, posterior and reports serve them; only what stands before the boxes is another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _, format_number, format_shortest
from workbench.records.bank import Bank, load_bank
from workbench.records.received_tables import COMPONENT_SHEET, received_scales
from workbench.talent import standing
from workbench.talent.component_sheet import NoBank, contradictions, counts_of_sheet, no_evidence
from workbench.talent.received_levels import level_summaries, same_level, score_levels

if TYPE_CHECKING:
    from workbench.policy import Policy
    from workbench.records.declared import Received
    from workbench.records.problems import Problem, Source
    from workbench.talent.posterior import Posterior
    from workbench.workspace import Workspace

__all__ = [
    "ReceivedScores",
    "hide_probabilities",
    "not_computed",
    "place_sheet",
    "score_received",
    "sheet_findings",
    "sheet_problems",
    "with_received_levels",
]


@dataclass(frozen=True)
class ReceivedScores:
    """Everything that the notebook of received levels shows.

    Attributes
    ----------
    scores, grid_likelihoods : pandas.DataFrame
        As the notebook of scores leaves them.
    reliability : pandas.DataFrame
        A row a scale: scale, n, reliability (declared, or what the declared error means), standard_error, declared,
        declared_by, reference; empty figures where nothing is declared.
    levels : pandas.DataFrame
        scale, level, people, mean, sd (of theta given that level, standard normal prior), p_same (that the true level
        is the one received).
    sentences : tuple of str
    """

    scores: pd.DataFrame
    grid_likelihoods: pd.DataFrame
    reliability: pd.DataFrame
    levels: pd.DataFrame
    sentences: tuple[str, ...]


def score_received(workspace: Workspace) -> ReceivedScores:
    """Turn levels as received into the scores that boxes rest on."""
    bank, received = load_bank(workspace.bank_source), workspace.received
    declared = received.errors
    scales = [scale for scale in received_scales() if received.frame[scale].notna().any()]
    scores, grid = score_levels(
        received.frame[["participant_id", *scales]],
        {scale: declared[scale].error for scale in scales if scale in declared},
        bank,
    )
    rows, levels = [], []
    for scale in scales:
        one = declared.get(scale)
        values = received.frame[scale].dropna().astype(int)
        rows.append(
            {
                "scale": scale,
                "n": len(values),
                "reliability": np.nan if one is None else 1 / (1 + one.error**2),
                "standard_error": np.nan if one is None else one.error,
                "declared": "" if one is None else one.figure,
                "declared_by": "" if one is None else one.by,
                "reference": "" if one is None else one.reference,
            }
        )
        mean, sd = level_summaries(bank.cuts(scale), 0.0 if one is None else one.error)
        same = None if one is None else same_level(bank.cuts(scale), one.error)
        for level in range(1, 6):
            levels.append(
                {
                    "scale": scale,
                    "level": level,
                    "people": int((values == level).sum()),
                    "mean": float(mean[level - 1]),
                    "sd": float(sd[level - 1]),
                    "p_same": np.nan if same is None else float(same[level - 1]),
                }
            )
    return ReceivedScores(
        scores, grid, pd.DataFrame(rows), pd.DataFrame(levels), _score_sentences(received, bank, scores)
    )


def _score_sentences(received: Received, bank: Bank, scores: pd.DataFrame) -> tuple[str, ...]:
    people, scales = scores["participant_id"].nunique(), scores["scale"].nunique()
    return (
        received.sentence,
        _("{n} orang punya level yang diterima, pada {k} skala.").format(n=format_number(people), k=scales),
        _(
            "Level dibaca dengan batas level bank {bank}; bila pemilik instrumen memakai batas lain, peluangnya lain "
            "pula."
        ).format(bank=bank.version),
        _("Analisis butir, kecocokan model, dan kebergantungan butir tidak dihitung: tidak ada jawaban butir."),
    )


def with_received_levels(workspace: Workspace, posterior: Posterior) -> Posterior:
    """Return the posterior with the levels that were received: they are printed as they are."""
    if workspace.settings.entry != "levels":
        return posterior
    frame = workspace.received.frame.set_index("participant_id").reindex(posterior.participant_id)
    found = {
        scale: frame[scale].astype("Int64").fillna(0).to_numpy(np.int8)
        for scale in posterior.scales
        if scale in frame.columns
    }
    return replace(posterior, received=found)


def hide_probabilities(workspace: Workspace, levels: pd.DataFrame) -> pd.DataFrame:
    """Return the levels without probabilities on the scales whose error nobody declared."""
    if workspace.settings.entry != "levels":
        return levels
    known = levels["competency"].isin(list(workspace.received.errors))
    names = [f"p_level_{k}" for k in range(1, 6)]
    return levels.assign(**{name: levels[name].where(known) for name in names})


def place_sheet(workspace: Workspace, people: pd.DataFrame, policy: Policy) -> tuple[Posterior, NoBank, pd.DataFrame]:
    """Place the people of a component sheet.

    Parameters
    ----------
    workspace : Workspace
    people : pandas.DataFrame
        As `talent.people.assemble` makes it, with the points by heading.
    policy : Policy
        With components as points received.

    Returns
    -------
    Posterior
        Without evidence.
    NoBank
    pandas.DataFrame
        As `standing.place`; ``box_source`` says where the sheet has another box.
    """
    posterior, bank = no_evidence(np.sort(people["participant_id"].to_numpy(object)), policy.used_scales), NoBank()
    received = workspace.received
    errors = {heading: one.error for heading, one in received.errors.items() if heading in received.in_use}
    counted = partial(counts_of_sheet, errors=errors) if workspace.has_probabilities else None
    boxes = standing.place_by_counts(posterior, people, policy, bank, counted)
    stated = received.frame.set_index("participant_id")["Box"].reindex(boxes["participant_id"]).astype(float)
    pairs = zip(boxes["box_source"], boxes["box"].astype(float), stated, strict=True)
    # Neither a missing box of the sheet nor a withheld one is another box, and an official one is not computed here.
    sources = [
        f"{source}; sheet: {other:.0f}" if abs(own - other) > 0 and source != "official" else source
        for source, own, other in pairs
    ]
    return posterior, bank, boxes.assign(box_source=pd.array(sources, dtype="str"))


def sheet_findings(workspace: Workspace) -> pd.DataFrame:
    """Return where the sheet contradicts the policy: participant_id, row (of the file), column, stated, computed."""
    columns = ["participant_id", "row", "column", "stated", "computed"]
    if workspace.settings.entry != "component_sheet":
        return pd.DataFrame(columns=columns)
    received = workspace.received
    found = contradictions(received.frame, received.policy)
    rows = workspace.read(f"{COMPONENT_SHEET}_rows").set_index("participant_id")["row"]
    who = received.frame["participant_id"].to_numpy(object)[found["line"].to_numpy(int)]
    found = found.assign(participant_id=pd.array(who, dtype="str"), row=rows.reindex(who).to_numpy(int))
    return found[columns].sort_values(["column", "row"], ignore_index=True)


def sheet_problems(sheet: pd.DataFrame, policy: Policy, source: Source) -> list[Problem]:
    """Return the same before there is a workspace, as warnings with file, row and column."""
    found = contradictions(sheet, policy)
    warnings: list[Problem] = []
    for column, rows in found.groupby("column", sort=False):
        values = {int(r["line"]): (r["stated"], r["computed"]) for r in rows.to_dict("records")}
        words = {
            line: _("tertulis {stated}, menurut kebijakan {computed}; yang dipakai hitungan kebijakan, periksa").format(
                stated=format_shortest(stated), computed=format_shortest(round(computed, 2))
            )
            for line, (stated, computed) in values.items()
        }
        warnings += source.problems(sorted(words), str(column), words.__getitem__)
    return warnings


def not_computed(workspace: Workspace) -> list[str]:
    """Return what needs answers, or probabilities, and so is not in a round without them: a sentence each."""
    if workspace.has_answers:
        return []
    sentences = [
        _("Bagaimana jika suatu butir dihapus atau kuncinya lain: tidak dihitung, tidak ada jawaban butir."),
        _("DIF pada orang: tidak dihitung, tidak ada jawaban butir."),
        _("Kebergantungan butir dan kecocokan orang: tidak dihitung, tidak ada jawaban butir."),
    ]
    if not workspace.has_probabilities:
        sentences.append(
            _("Risiko, jumlah harapan, dan keputusan yang paling diragukan: tidak dihitung, galat tidak dinyatakan.")
        )
    return sentences
