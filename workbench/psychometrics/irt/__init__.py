"""Item response theory: calibration by EM on a grid, scores, information."""

from workbench.psychometrics.irt.calibration import Calibration
from workbench.psychometrics.irt.curves import (
    category_probabilities,
    draw_answers,
    expected_by_item,
    expected_score,
    information,
    maximum_score,
)
from workbench.psychometrics.irt.estimation import calibrate
from workbench.psychometrics.irt.families import MODELS
from workbench.psychometrics.irt.grid import Grid
from workbench.psychometrics.irt.leave_one_out import leave_one_out
from workbench.psychometrics.irt.scoring import log_likelihood, score

__all__ = [
    "MODELS",
    "Calibration",
    "Grid",
    "calibrate",
    "category_probabilities",
    "draw_answers",
    "expected_by_item",
    "expected_score",
    "information",
    "leave_one_out",
    "log_likelihood",
    "maximum_score",
    "score",
]
