"""What review is worth: errors contained in the first cases of the queue, and what review makes of them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ValueOfReview"]


@dataclass(frozen=True)
class ValueOfReview:
    """The value of review for the queue in its order.

    Attributes
    ----------
    cases : tuple of int
        1 to the number of cases whose risk is known.
    contained, contained_low, contained_high : tuple of float
        Expected errors of the pool decision among so many first cases, and 95 % of the numbers that may be there.
    net, net_low, net_high : tuple of float or None
        Expected errors corrected less right placements spoiled; None before both shares can be estimated.
    random_order : tuple of float
        What as many cases drawn at random from all placed people would contain; empty where no random share is there.
    rests_on : str
        What the numbers rest on, in one or two sentences.
    """

    cases: tuple[int, ...]
    contained: tuple[float, ...]
    contained_low: tuple[float, ...]
    contained_high: tuple[float, ...]
    net: tuple[float, ...] | None
    net_low: tuple[float, ...] | None
    net_high: tuple[float, ...] | None
    random_order: tuple[float, ...]
    rests_on: str
