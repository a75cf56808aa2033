"""Cohorts with known truth: invented people who sit invented tests, and real responses that anybody may use.

Only tests, benchmarks and the command that makes a workspace use this package. What is true about a simulated person
lies in ``truth/`` of the workspace, which no stage of the chain may read.
"""

from workbench.simulation.cohort import Cohort, simulate, write
from workbench.simulation.create import new_workspace
from workbench.simulation.designs import Defects, cohort_names, load_cohort, load_defects
from workbench.simulation.items import item_bank, reference_form
from workbench.simulation.real import REAL_NAMES, RealRound, read_iqitems

__all__ = [
    "REAL_NAMES",
    "Cohort",
    "Defects",
    "RealRound",
    "cohort_names",
    "item_bank",
    "load_cohort",
    "load_defects",
    "new_workspace",
    "read_iqitems",
    "reference_form",
    "simulate",
    "write",
]
