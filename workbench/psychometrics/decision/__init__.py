"""Reliability where decisions are made: accuracy and consistency of classifications, errors at cuts, subscores, norms.

Accuracy is the share of people put in their true category, consistency the share put in the same category by two
administrations.
"""

from workbench.psychometrics.decision.classification import Classification
from workbench.psychometrics.decision.cut_errors import conditional_sem
from workbench.psychometrics.decision.draws import from_draws
from workbench.psychometrics.decision.normal import of_posterior, rudner
from workbench.psychometrics.decision.norms import norms
from workbench.psychometrics.decision.subscores import haberman_prmse
from workbench.psychometrics.decision.sum_scores import lee, livingston_lewis

__all__ = [
    "Classification",
    "conditional_sem",
    "from_draws",
    "haberman_prmse",
    "lee",
    "livingston_lewis",
    "norms",
    "of_posterior",
    "rudner",
]
