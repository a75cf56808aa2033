"""Item review: the card of an item and the decision on it, in a notebook and as a page from the same code."""

from workbench.apps.items.view import ItemReview

__all__ = ["ItemReview"]
