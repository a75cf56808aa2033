"""Linking forms and rounds: IRT scales through common items, and observed-score equating."""

from workbench.psychometrics.linking.anchor_test import equate_neat
from workbench.psychometrics.linking.observed import equate
from workbench.psychometrics.linking.scales import Link, drift, link, purified_link

__all__ = ["Link", "drift", "equate", "equate_neat", "link", "purified_link"]
