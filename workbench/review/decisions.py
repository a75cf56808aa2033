"""From votes to final boxes and minutes."""

from __future__ import annotations

import hashlib
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.i18n import _
from workbench.review import log

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.review.outcomes import PlenoDecision
    from workbench.review.store import Store, Vote

__all__ = [
    "Decision",
    "Minutes",
    "Reviewer",
    "boxes_hash",
    "collect_minutes",
    "final_boxes",
    "record_minutes",
    "replay",
    "reviews_of",
]


@dataclass(frozen=True)
class Decision:
    """One case of the minutes.

    Attributes
    ----------
    position : int
        Number of the case.
    case_id, participant_id, instansi, jenjang : str
    before : int
        Stated box.
    after : int or None
        Decided box; None where none was decided.
    status : str
        agreed, conflict, voting, postponed, pleno, decided, retest, withdrawn, minuted.
    votes : tuple of Vote
    pleno : PlenoDecision or None
    withdrawn : (str, str) or None
        Who took the case out of the review, and why.
    """

    position: int
    case_id: str
    participant_id: str
    instansi: str
    jenjang: str
    before: int
    after: int | None
    status: str
    votes: tuple[Vote, ...]
    pleno: PlenoDecision | None = None
    withdrawn: tuple[str, str] | None = None

    @property
    def is_retest(self) -> bool:
        """Whether the votes agree on testing the person again."""
        return self.after is None and self.status in {"retest", "minuted"}

    @property
    def is_settled(self) -> bool:
        """Whether the case is closed by the minutes."""
        return self.after is not None or self.is_retest


@dataclass(frozen=True)
class Reviewer:
    """Who took part.

    Attributes
    ----------
    name : str
    roles : tuple of str
        As the log has them: assessor, chair, secretary, and member where somebody took part in the pleno.
    votes : int
        Votes in force.
    """

    name: str
    roles: tuple[str, ...]
    votes: int


@dataclass(frozen=True)
class Minutes:
    """Berita acara, ready to render.

    Attributes
    ----------
    title, run : str
        Name of the round, and the run that made its boxes.
    rules : tuple of (str, str)
        Versions of the rules: what, and which.
    at_utc, made_by, account : str
        When, by whom, and under which account of the operating system.
    votes_required : int
        Votes that decide a case.
    votes_by_tier : tuple of (str, int)
        The same for single tiers.
    people : tuple of Reviewer
        Everybody who ever voted on these cases or took part in the pleno on them, and who makes the minutes.
    decisions : tuple of Decision
        Cases with at least one vote, or before the pleno, or withdrawn.
    queue, placed : int
        Cases in the queue, people with a box.
    counts : tuple of (int, int, int)
        Box, people stated, people after the decisions.
    instansi : tuple of (str, int, int, int)
        Name, people with a box, reviewed, moved to another box.
    head_seq : int
    head : str
        Chain head before the minuting event.
    inputs : dict of str to str
        Hashes of the input files.
    boxes_hash, final_hash : str
        Who stands in which box before and after.
    """

    title: str
    run: str
    rules: tuple[tuple[str, str], ...]
    at_utc: str
    made_by: str
    account: str
    votes_required: int
    votes_by_tier: tuple[tuple[str, int], ...]
    people: tuple[Reviewer, ...]
    decisions: tuple[Decision, ...]
    queue: int
    placed: int
    counts: tuple[tuple[int, int, int], ...]
    instansi: tuple[tuple[str, int, int, int], ...]
    head_seq: int
    head: str
    inputs: dict[str, str]
    boxes_hash: str
    final_hash: str

    @property
    def agreement(self) -> tuple[int, int]:
        """Cases whose votes in force are all the same, of those with two or more on the outcome."""
        chosen = [[(v.action, v.box) for v in d.votes if v.action != "postpone"] for d in self.decisions]
        compared = [choices for choices in chosen if len(choices) > 1]
        return sum(len(set(choices)) == 1 for choices in compared), len(compared)


def final_boxes(store: Store, boxes: pd.DataFrame) -> pd.DataFrame:
    """Return the boxes after the decisions: participant_id, instansi, box_stated, box, changed, decided.

    Only cases whose votes agree on a box change anything; open ones keep the stated box.
    """
    people = store.participants()
    decided = {
        people[case_id]: state.box
        for case_id, state in store.states().items()
        if case_id in people and state.box is not None and state.status in {"agreed", "decided", "minuted"}
    }
    known = boxes[boxes["withheld_reason"] == ""].sort_values("participant_id", ignore_index=True)
    stated = known["box"].astype("int64")
    final = pd.Series([decided.get(p, b) for p, b in zip(known["participant_id"], stated, strict=True)], dtype="int64")
    return pd.DataFrame(
        {
            "participant_id": known["participant_id"],
            "instansi": known["instansi"],
            "box_stated": stated,
            "box": final,
            "changed": final != stated,
            "decided": known["participant_id"].isin(list(decided)),
        }
    )


def boxes_hash(frame: pd.DataFrame, column: str = "box") -> str:
    """Return a hash of who stands in which box."""
    pairs = sorted(zip(frame["participant_id"].astype(str), frame[column].astype("Int64").astype(str), strict=True))
    return hashlib.sha256("\n".join(f"{p} {b}" for p, b in pairs).encode("utf-8")).hexdigest()


def collect_minutes(
    store: Store,
    boxes: pd.DataFrame,
    *,
    title: str,
    rules: tuple[tuple[str, str], ...],
    made_by: str,
    account: str,
    at_utc: str,
    inputs: dict[str, str],
) -> Minutes:
    """Put the minutes together from the log.

    Raises
    ------
    ValueError
        When the chain is broken, the cases are not those of these boxes, or nothing was decided yet.
    """
    check = store.verify()
    if not check.sound:
        raise ValueError(check.sentence)
    if store.run() not in set(boxes["run_id"]):
        raise ValueError(_("Kasus telaah bukan dari kotak yang sekarang; jalankan 'workbench run' dahulu."))
    misled = _misled(store)
    if misled:
        raise ValueError(misled)
    ledger = store.ledger()
    states = ledger.states()
    cases = store.cases()
    titles = {case.jenjang: str(case.content["jenjang"]) for case in cases}
    decisions = tuple(
        Decision(
            case.position,
            case.case_id,
            case.participant_id,
            case.instansi,
            str(case.content["jenjang"]),
            int(case.content["box"]),
            states[case.case_id].box,
            states[case.case_id].status,
            states[case.case_id].votes,
            states[case.case_id].pleno,
            states[case.case_id].withdrawn,
        )
        for case in cases
        if case.case_id in states
    )
    if not any(decision.is_settled for decision in decisions):
        raise ValueError(
            _("Belum ada kasus yang diputuskan; telaah dahulu dengan 'workbench review' sebelum membuat berita acara.")
        )
    final = final_boxes(store, boxes)
    before, after = Counter(final["box_stated"]), Counter(final["box"])
    return Minutes(
        title=title,
        run=store.run(),
        rules=rules,
        at_utc=at_utc,
        made_by=made_by,
        account=account,
        votes_required=store.votes_required,
        votes_by_tier=tuple((titles.get(tier, tier), votes) for tier, votes in store.votes_by_tier.items()),
        people=_reviewers(store, decisions, made_by),
        decisions=decisions,
        queue=store.count_cases(),
        placed=len(final),
        counts=tuple((box, before[box], after[box]) for box in range(1, 10)),
        instansi=_by_instansi(final, decisions),
        head_seq=ledger.seq,
        head=ledger.head,
        inputs=inputs,
        boxes_hash=boxes_hash(boxes[boxes["withheld_reason"] == ""]),
        final_hash=boxes_hash(final),
    )


def _misled(store: Store) -> str:
    """Return what is wrong where a case stands for somebody else than when it was voted on, or an empty text.

    The table of cases is no event, so whoever writes the file could let a decision fall on another person.
    """
    people = store.participants()
    for event in store.events():
        judged = (event.payload or {}).get("participant")
        if judged is not None and people.get(event.case_id, judged) != judged:
            return _(
                "Kasus '{case}' menunjuk peserta lain daripada saat peristiwa {seq} dicatat; "
                "tabel kasus diubah; pulihkan catatan dari cadangan."
            ).format(case=event.case_id, seq=event.seq)
    return ""


def _reviewers(store: Store, decisions: tuple[Decision, ...], made_by: str) -> tuple[Reviewer, ...]:
    known = {decision.case_id for decision in decisions}
    roles: dict[str, set[str]] = {made_by: {store.permissions.role_for(made_by, "minutes", "secretary")}}
    for event in store.events():
        if event.kind in ("vote", "pleno", "decision", "withdraw") and event.case_id in known:
            roles.setdefault(event.actor, set()).add(event.role)
    for decision in decisions:
        for name in () if decision.pleno is None else decision.pleno.present:
            roles.setdefault(name, set()).add("member")
    votes = Counter(vote.actor for decision in decisions for vote in decision.votes)
    return tuple(Reviewer(name, tuple(sorted(roles[name])), votes[name]) for name in sorted(roles))


def _by_instansi(final: pd.DataFrame, decisions: tuple[Decision, ...]) -> tuple[tuple[str, int, int, int], ...]:
    placed, moved = Counter(final["instansi"]), Counter(final.loc[final["changed"], "instansi"])
    reviewed = Counter(decision.instansi for decision in decisions)
    return tuple((name, placed[name], reviewed[name], moved[name]) for name in sorted({*placed, *reviewed}))


def record_minutes(store: Store, minutes: Minutes, document: bytes, papers: Mapping[str, bytes]) -> int:
    """Append the minuting event; it commits to the document, the boxes and the decisions.

    Parameters
    ----------
    store : Store
    minutes : Minutes
    document : bytes
        The minutes as a page.
    papers : mapping of str to bytes
        The same as files for printing, by name.

    Raises
    ------
    ValueError
        When somebody voted since the minutes were put together.
    """
    payload: dict[str, Any] = {
        "document": hashlib.sha256(document).hexdigest(),
        "papers": {name: hashlib.sha256(content).hexdigest() for name, content in papers.items()},
        "head_before": minutes.head,
        "boxes": minutes.boxes_hash,
        "final": minutes.final_hash,
        "run": minutes.run,
        "cases": {d.case_id: d.after for d in minutes.decisions if d.is_settled},
        "open": [d.case_id for d in minutes.decisions if not d.is_settled],
        "account": minutes.account,
    }
    return store.record_minutes(actor=minutes.made_by, payload=payload, head=minutes.head)


def replay(store: Store, boxes: pd.DataFrame) -> tuple[bool, str]:
    """Return whether the log, replayed, still gives the boxes of the minutes, with a sentence."""
    ledger = store.ledger()
    event = ledger.minutes
    if event is None:
        if ledger.had_minutes:
            return False, _("Kotak dibuat ulang setelah berita acara; telaah, lalu buat berita acara baru.")
        return False, _("Belum ada berita acara.")
    payload = event.payload or {}
    if ledger.about_cases != event.seq:
        return False, _("Ada peristiwa setelah berita acara; laporan kembali menjadi DRAF sampai ada yang baru.")
    if payload.get("head_before") != event.prev_hash:
        return False, _("Berita acara menyebut kepala rantai lain daripada yang ada pada catatan.")
    if payload.get("boxes") != boxes_hash(boxes[boxes["withheld_reason"] == ""]):
        return False, _(
            "Kotak pada hasil berbeda dari yang ditandatangani; jalankan 'workbench run', lalu telaah lagi."
        )
    misled = _misled(store)
    if misled:
        return False, misled
    if payload.get("final") != boxes_hash(final_boxes(store, boxes)):
        return False, _("Keputusan pada catatan berbeda dari berita acara.")
    return True, _("Kotak sama dengan berita acara, sidik {hash}.").format(hash=payload["final"][:16])


def reviews_of(url: str, participant: str, *, signed: bool) -> tuple[str, list[tuple[str, str, str]]]:
    """Return the run that made the cases, and what was decided about one participant.

    Parameters
    ----------
    url : str
        Of the review log.
    participant : str
        Pseudonym.
    signed : bool
        Whether minutes hold; before that votes are blind and nothing of them is told.

    Returns
    -------
    str
        Empty where there are no cases.
    list of (str, str, str)
        When, what, and why, without who.
    """
    if not log.exists(url):
        return "", []
    from workbench.review.store import Store, reason_titles

    with closing(Store(url)) as store:
        run, people, states = store.run(), store.participants(), store.states()
    if not signed:
        return run, []
    choice = {"retest": _("uji ulang"), "postpone": _("tunda")}
    return run, [
        (
            vote.at_utc,
            choice.get(vote.action, _("kotak {box}").format(box=vote.box)),
            f"{reason_titles().get(vote.reason_code, vote.reason_code)}: {vote.reason}",
        )
        for case_id, state in states.items()
        if people.get(case_id) == participant
        for vote in state.votes
    ]
