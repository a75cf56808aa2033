"""Response quality, person by person; everything here sends a case to a human and is never an automatic sanction."""

from workbench.psychometrics.quality.copying import identical_answers
from workbench.psychometrics.quality.forms import rapid_guessing, shifted_rows, wrong_form
from workbench.psychometrics.quality.marks import FormCurves, option_curves

__all__ = ["FormCurves", "identical_answers", "option_curves", "rapid_guessing", "shifted_rows", "wrong_form"]
