"""Cases made by a run: everything the screen shows, prepared as plain JSON, so that the page computes nothing."""

from __future__ import annotations

import hashlib
import math
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.i18n import _
from workbench.review import log
from workbench.review.case_content import level, person_of, placement, year
from workbench.review.cases import case_id_of
from workbench.review.known import choose, interleave, known_people, order_of
from workbench.review.store import Case, Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.policy import Policy
    from workbench.workspace import Workspace

__all__ = [
    "HIDDEN_SHARE",
    "NEAR",
    "RANDOM_SHARE",
    "RISK_LINE",
    "check_permission",
    "make_cases",
    "permit_new_boxes",
    "prepare_cases",
]

RISK_LINE = 0.05  # people whose decision is wrong with at least this probability come to the queue
# Where no risk is known, people whose axes lie within so many points of the pool line come to the queue instead.
NEAR = 5.0
RANDOM_SHARE = 0.05  # and this share of all people, at random: only there can agreement be estimated
HIDDEN_SHARE = 0.10  # cases that hide the stated box until the reviewer's own first vote, to measure anchoring

_reason: ContextVar[str] = ContextVar("workbench_reopen", default="")
_lists: ContextVar[dict[str, list[str]] | None] = ContextVar("workbench_reopened", default=None)


@contextmanager
def permit_new_boxes(reason: str) -> Iterator[dict[str, list[str]]]:
    """Let a run replace boxes on which people have voted, with a reason; yields the lists that the run fills.

    Parameters
    ----------
    reason : str
        Empty: not permitted.

    Yields
    ------
    dict of str to list of str
        ``reopened`` and ``kept``: cases with votes, once a run has replaced their boxes.
    """
    lists: dict[str, list[str]] = {}
    tokens = _reason.set(reason.strip()), _lists.set(lists)
    try:
        yield lists
    finally:
        _reason.reset(tokens[0])
        _lists.reset(tokens[1])


def check_permission(workspace: Workspace) -> None:
    """Refuse to replace boxes with votes on them, and settings of known cases that name no twin.

    Raises
    ------
    ValueError
        When there are votes and no reason was given, or the known cases have nowhere to come from.
    """
    known_people(workspace)
    if _reason.get() or not log.exists(workspace.database_url):
        return
    with closing(Store.of(workspace)) as store:
        ledger = store.ledger()
    if ledger.has_votes or ledger.minutes:
        raise ValueError(
            _("Sudah ada suara pada kotak yang sekarang; ulangi dengan --reopen ALASAN untuk menggantinya.")
        )


def prepare_cases(workspace: Workspace, run_id: str) -> None:
    """Make the cases of a run and put them into the review database; reopen those whose ground has moved.

    Raises
    ------
    ValueError
        When there are votes and no reason was given.
    """
    policy = workspace.policy
    tables = _tables_of_cases(workspace)
    with closing(Store.of(workspace)) as store:
        people = store.participants()
        voted = {people[case_id] for case_id, state in store.states().items() if state.grounds and case_id in people}
        mark = workspace.provisional_mark
        cases = make_cases(tables, policy, run_id, seed=workspace.settings.seed, always=voted, mark=mark)
        cases = _with_known_cases(workspace, cases, tables["boxes"], run_id)
        reopened, kept = store.replace_cases(cases, run=run_id, reason=_reason.get())
    lists = _lists.get()
    if lists is not None and (reopened or kept):
        lists.update(reopened=reopened, kept=kept)


def _with_known_cases(workspace: Workspace, cases: list[Case], boxes: pd.DataFrame, run_id: str) -> list[Case]:
    """Return the queue with the known cases in it that the settings want."""
    known = known_people(workspace)
    if known is None:
        return cases
    tables, seed = _tables_of_cases(known.twin), workspace.settings.seed
    chosen = choose([case.participant_id for case in cases], boxes, known, tables["boxes"], seed=seed)
    mark = workspace.provisional_mark
    made = make_cases(tables, workspace.policy, run_id, seed=seed, only=set(chosen), mark=mark)
    return interleave(
        cases, order_of(boxes) | chosen, [replace(case, truth=known.truth_of(case.participant_id)) for case in made]
    )


def _tables_of_cases(workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Return what `make_cases` reads of a round."""
    tables = {name: workspace.read(name) for name in ("boxes", "levels", "participants", "flags")}
    for name in ("performance", "flips"):
        tables[name] = workspace.read(name) if workspace.has(name) else pd.DataFrame()
    return tables


def make_cases(
    tables: dict[str, pd.DataFrame],
    policy: Policy,
    run_id: str,
    *,
    seed: int = 0,
    always: set[str] | None = None,
    only: set[str] | None = None,
    mark: str = "",
) -> list[Case]:
    """Return the cases of a run, the riskiest first.

    Parameters
    ----------
    tables : dict of pandas.DataFrame
        boxes, levels, participants, flags, performance, flips.
    policy : Policy
    run_id : str
    seed : int
        Of the random share.
    always : set of str
        People who must stay in the queue, because they were voted on.
    only : set of str, optional
        Exactly these people, whatever their risk, instead of those whom the rule and chance choose.
    mark : str
        What every case of this round must say of itself, or empty.

    Returns
    -------
    list of Case
    """
    boxes = tables["boxes"]
    placed = boxes[boxes["withheld_reason"] == ""]
    at_random = _at_random(placed["participant_id"], seed)
    if only is None:
        near = placed["risk"].isna() & (placed["flip_distance"] <= NEAR)
        wanted = placed["participant_id"].isin(at_random | (always or set()))
        chosen = placed[(placed["risk"] >= RISK_LINE) | near | wanted]
    else:
        chosen = placed[placed["participant_id"].isin(only)]
    chosen = chosen.sort_values(["risk", "flip_distance", "participant_id"], ascending=[False, True, True])
    competencies = policy.competencies.competencies
    levels = tables["levels"]
    known = set(chosen["participant_id"])
    people = _by_person(tables["participants"], known)
    measured = _by_person(levels[levels["competency"].isin(competencies)], known)
    flags = _by_person(tables["flags"], known)
    performance = _by_person(tables["performance"], known)
    flips = _by_person(tables["flips"], known)
    titles = {s.key: s.title for instrument in policy.instruments.values() for s in instrument.scales}
    cases = []
    for position, row in enumerate(chosen.to_dict("records"), start=1):
        person = str(row["participant_id"])
        content = {
            **placement(row, policy, "".join(str(f["items"]) for f in flips.get(person, []))),
            **person_of(row, people[person][0], policy),
            "levels": [
                level(r, titles)
                for r in sorted(measured.get(person, []), key=lambda r: competencies.index(r["competency"]))
            ],
            "flags": [{"flag": str(f["flag"]), "detail": str(f["detail"])} for f in flags.get(person, [])],
            "performance": [year(r) for r in sorted(performance.get(person, []), key=lambda r: r["year"])],
            "random": only is None and person in at_random,
            "hidden": _drawn("hidden", seed, person) < HIDDEN_SHARE * 2**64,
            **({"mark": mark} if mark else {}),
        }
        cases.append(
            Case(case_id_of(person), run_id, position, person, str(row["instansi"]), str(row["jenjang"]), content)
        )
    return cases


def _at_random(people: pd.Series, seed: int) -> set[str]:
    """Return the random share: who is in it depends on the seed and the people alone, not on any result."""
    drawn = sorted(people, key=lambda person: _drawn("random", seed, person))
    return set(drawn[: math.ceil(RANDOM_SHARE * len(people))])


def _drawn(what: str, seed: int, person: str) -> int:
    """Return a number from 0 to 2^64 - 1 that follows from the seed and the person: one draw a purpose."""
    return int.from_bytes(hashlib.blake2b(f"{what}/{seed}/{person}".encode(), digest_size=8).digest())


def _by_person(table: pd.DataFrame, known: set[str]) -> dict[str, list[dict[str, Any]]]:
    result: dict[str, list[dict[str, Any]]] = {}
    if len(table):
        for row in table[table["participant_id"].isin(known)].to_dict("records"):
            result.setdefault(str(row["participant_id"]), []).append({str(name): value for name, value in row.items()})
    return result
