"""What people have decided about a case, and what is true of a known one: values without behaviour."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PlenoDecision", "State", "Truth", "Vote"]


@dataclass(frozen=True)
class Truth:
    """What is true of a known case.

    Attributes
    ----------
    box : int
    in_pool : bool
    """

    box: int
    in_pool: bool


@dataclass(frozen=True)
class Vote:
    """One vote in force.

    Attributes
    ----------
    seq : int
        Number of its event.
    case_id, actor, at_utc : str
    action : str
        ``box``, ``retest`` or ``postpone``.
    box : int or None
    reason_code, reason : str
    confidence : int
        1 unsure to 3 sure.
    stated : int
        The stated box when the vote was given.
    risk : float or None
        The risk when the vote was given; None where none was known.
    hidden : bool
        Whether the stated box was kept from the person when the vote was given.
    """

    seq: int
    case_id: str
    actor: str
    at_utc: str
    action: str
    box: int | None
    reason_code: str
    reason: str
    confidence: int
    stated: int
    risk: float | None
    hidden: bool = False


@dataclass(frozen=True)
class PlenoDecision:
    """What the pleno decided about one case.

    Attributes
    ----------
    seq : int
        Number of its event.
    case_id, actor, at_utc : str
        The case, who led the pleno, and when.
    action : str
        ``box``, ``retest`` or ``withdraw``.
    box : int or None
    reason : str
    present : tuple of str
        Who took part.
    quorum : int
        How many had to.
    dissent : tuple of (str, str)
        Who differed, and why.
    stated : int
        The stated box when it was decided.
    risk : float or None
        The risk when it was decided; None where none was known.
    """

    seq: int
    case_id: str
    actor: str
    at_utc: str
    action: str
    box: int | None
    reason: str
    present: tuple[str, ...]
    quorum: int
    dissent: tuple[tuple[str, str], ...]
    stated: int
    risk: float | None


@dataclass(frozen=True)
class State:
    """State of one case.

    Attributes
    ----------
    status : str
        new, voting, agreed, conflict, pleno, decided, postponed, retest, withdrawn, minuted.
    votes : tuple of Vote
        In force, by time.
    box : int or None
        The decided box, where the pleno or the votes decide on one.
    pleno : PlenoDecision or None
        What the pleno decided; it stands above the votes.
    withdrawn : (str, str) or None
        Who took the case out of the review, and why; the reason is empty where it was erased.
    """

    status: str
    votes: tuple[Vote, ...]
    box: int | None
    pleno: PlenoDecision | None = None
    withdrawn: tuple[str, str] | None = None

    @property
    def grounds(self) -> tuple[Vote | PlenoDecision, ...]:
        """What people have decided, each with the stated box and the risk that it rested on."""
        return self.votes if self.pleno is None else (*self.votes, self.pleno)
