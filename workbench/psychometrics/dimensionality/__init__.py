"""Dimensionality and local dependence of a set of items."""

from workbench.psychometrics.dimensionality.correlations import polychoric
from workbench.psychometrics.dimensionality.dependence import TestletReliability, q3, testlet_reliability
from workbench.psychometrics.dimensionality.factors import Bifactor, Factors, efa, parallel_analysis, schmid_leiman

__all__ = [
    "Bifactor",
    "Factors",
    "TestletReliability",
    "efa",
    "parallel_analysis",
    "polychoric",
    "q3",
    "schmid_leiman",
    "testlet_reliability",
]
