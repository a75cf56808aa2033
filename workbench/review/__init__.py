"""Telaah hasil: cases, blind votes and decisions in an append-only, hash-chained log."""

from workbench.review.store import Store

__all__ = ["Store"]
