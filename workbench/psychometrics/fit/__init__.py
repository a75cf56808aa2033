"""Fit of items, persons and whole models to a calibration."""

from workbench.psychometrics.fit.items import item_fit, person_fit
from workbench.psychometrics.fit.model import ModelFit, model_fit

__all__ = ["ModelFit", "item_fit", "model_fit", "person_fit"]
