"""Families of response models, and which model belongs to which."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.psychometrics.irt.families.divide_by_total import Nominal, PartialCredit
from workbench.psychometrics.irt.families.family import SMALLEST, Curves, Family, ThetaTerms
from workbench.psychometrics.irt.families.graded import Graded
from workbench.psychometrics.irt.families.guessing import BetaPrior, Guessing

__all__ = ["MODELS", "SMALLEST", "BetaPrior", "Curves", "Family", "Model", "ThetaTerms", "model_of"]


@dataclass(frozen=True)
class Model:
    """A named model.

    Attributes
    ----------
    name : str
    family : Family
    dichotomous : bool
        Only for 0/1 answers.
    slope : str
        ``free``, ``one`` (fixed at 1) or ``common`` (the same for all items of the model).
    """

    name: str
    family: Family
    dichotomous: bool
    slope: str


_GRADED, _PARTIAL, _NOMINAL, _GUESSING = Graded(), PartialCredit(), Nominal(), Guessing()
_ALL = (
    Model("Rasch", _GRADED, dichotomous=True, slope="one"),
    Model("1PL", _GRADED, dichotomous=True, slope="common"),
    Model("2PL", _GRADED, dichotomous=True, slope="free"),
    Model("3PL", _GUESSING, dichotomous=True, slope="free"),
    Model("GRM", _GRADED, dichotomous=False, slope="free"),
    Model("PCM", _PARTIAL, dichotomous=False, slope="one"),
    Model("GPCM", _PARTIAL, dichotomous=False, slope="free"),
    Model("NRM", _NOMINAL, dichotomous=False, slope="free"),
)
_BY_NAME = {model.name: model for model in _ALL}
MODELS = tuple(_BY_NAME)


def model_of(name: str) -> Model:
    """Return a model by name; `MODELS` lists the names."""
    return _BY_NAME[name]
