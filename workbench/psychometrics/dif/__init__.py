"""Differential item functioning: items that favour a group at equal ability."""

from workbench.psychometrics.dif.likelihood_ratio import likelihood_ratio
from workbench.psychometrics.dif.logistic import logistic
from workbench.psychometrics.dif.mantel import mantel, ordered_class
from workbench.psychometrics.dif.mantel_haenszel import DELTA, ets_class, mantel_haenszel

__all__ = ["DELTA", "ets_class", "likelihood_ratio", "logistic", "mantel", "mantel_haenszel", "ordered_class"]
