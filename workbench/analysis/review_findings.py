"""What the review says about itself: agreement, anchoring, known cases, severity, influence, and what it is worth.

Imports NumPy and pandas: screens import this module only when they show it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.analysis.finding import Finding
from workbench.analysis.review_agreement import agreement_findings, error_rate_finding
from workbench.analysis.review_anchoring import anchoring_finding
from workbench.analysis.review_data import review_data
from workbench.analysis.review_influence import fatigue_findings, influence_finding
from workbench.analysis.review_known import known_findings
from workbench.analysis.review_mirror import mirror
from workbench.analysis.review_severity import severity_findings
from workbench.analysis.review_value import ValueOfReview, value, value_finding

if TYPE_CHECKING:
    from workbench.review.store import Store

__all__ = ["Finding", "ValueOfReview", "findings_and_value", "private_mirror", "review_findings", "value_of_review"]


def review_findings(store: Store) -> tuple[Finding, ...]:
    """Return every finding about the review of one workspace, the most needed first.

    Parameters
    ----------
    store : Store

    Returns
    -------
    tuple of Finding
        Keys: value, error_rate, agreement_random, agreement_all, known, anchoring, severity, drift, influence,
        fatigue_hour, fatigue_place, known_people.
    """
    return findings_and_value(store)[0]


def findings_and_value(store: Store) -> tuple[tuple[Finding, ...], ValueOfReview]:
    """Return `review_findings` and `value_of_review` from one reading of the log, for who shows both.

    Parameters
    ----------
    store : Store

    Returns
    -------
    tuple of Finding
    ValueOfReview
    """
    data = review_data(store)
    worth = value(data)
    known, known_people = known_findings(data)
    found = (
        value_finding(worth),
        error_rate_finding(data),
        *agreement_findings(data),
        known,
        anchoring_finding(data),
        *severity_findings(data),
        influence_finding(data),
        *fatigue_findings(data),
        known_people,
    )
    return found, worth


def value_of_review(store: Store) -> ValueOfReview:
    """Return what review of the queue in its order is worth.

    Parameters
    ----------
    store : Store

    Returns
    -------
    ValueOfReview
    """
    return value(review_data(store))


def private_mirror(store: Store, actor: str) -> tuple[Finding, ...]:
    """Return what one assessor may know of the own votes; it names nobody else.

    Parameters
    ----------
    store : Store
    actor : str

    Returns
    -------
    tuple of Finding
        Keys: pace, moves, agreement, anchoring, known; before the first vote only pace.
    """
    return mirror(review_data(store), actor)
