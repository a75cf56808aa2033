"""What the review says about itself: agreement, anchoring, known cases, severity, influence, and what it is worth.

Imports NumPy and pandas: screens import this module only when they show it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.analysis.finding import Finding
from workbench.analysis.review_value import ValueOfReview

if TYPE_CHECKING:
    from workbench.review.store import Store

__all__ = ["Finding", "ValueOfReview", "private_mirror", "review_findings", "value_of_review"]


def review_findings(store: Store) -> tuple[Finding, ...]:
    """Return every finding about the review of one workspace, the most needed first."""
    return ()


def value_of_review(store: Store) -> ValueOfReview:
    """Return what review of the queue in its order is worth."""
    return ValueOfReview((), (), (), (), None, None, None, (), "")


def private_mirror(store: Store, actor: str) -> tuple[Finding, ...]:
    """Return what one assessor may know of the own votes; it names nobody else."""
    return ()
