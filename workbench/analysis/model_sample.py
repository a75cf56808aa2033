"""The people on whom questions about the model are answered: a sample of one form, with the model that scored them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.analysis.items import MINIMUM_CALIBRATION
from workbench.i18n import _, format_number
from workbench.psychometrics import irt

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis.responses import FormResponses, InstrumentResponses
    from workbench.records.bank import Bank

__all__ = ["FEWEST_FOR_MODEL", "MOST_PEOPLE", "ModelSample", "largest_form", "model_sample"]

# With fewer people residual correlations and eigenvalues are mostly chance (error of a correlation: .10 at 100).
FEWEST_FOR_MODEL = 100
# Whether the model holds is a question about items: 2,000 people give a residual correlation an error of .022, and with
# many more, misfit that matters to nobody would be found.
MOST_PEOPLE = 2_000


@dataclass(frozen=True)
class ModelSample:
    """A sample of the people who took one form of a scale.

    Attributes
    ----------
    scale, form : str
    people : int
        Everybody who took the form.
    answers : pandas.DataFrame
        Categories of the sample, -1 where not administered; items not reached were not administered.
    scored : ndarray of float, shape (people, items)
        Scores of everybody as in the sum score (not reached is wrong), NaN where missing.
    calibration : irt.Calibration
        Of the items of the form: with the parameters of the bank and the mean and variance of these people, or, in a
        round that is scored on its own calibration, calibrated on the sample.
    """

    scale: str
    form: str
    people: int
    answers: pd.DataFrame
    scored: NDArray[np.float64]
    calibration: irt.Calibration


def largest_form(responses: InstrumentResponses, scale: str) -> tuple[FormResponses, list[int]]:
    """Return the form of a scale that most people took, with the columns of the scale's items."""
    return max(responses.by_form(scale), key=lambda found: found[0].persons.size)


def model_sample(responses: InstrumentResponses, bank: Bank, scale: str, seed: int) -> ModelSample:
    """Draw at most 2,000 people of the largest form of a scale and fit the model that scores them.

    Parameters
    ----------
    responses : InstrumentResponses
    bank : Bank
    scale : str
    seed : int

    Returns
    -------
    ModelSample

    Raises
    ------
    ValueError
        When there are too few people, or the model cannot be fitted to them.
    """
    form, columns = largest_form(responses, scale)
    rows_of_bank = bank.items(scale).set_index("item_id")
    columns = [j for j in columns if form.item_ids[j] in rows_of_bank.index]
    names = [form.item_ids[j] for j in columns]
    taken = form.calibration[:, columns]
    # By their answers: what simulations and blocks of people find must not depend on anybody's pseudonym, which is
    # drawn anew in each workspace.
    order = np.lexsort(taken.T)
    answered = order[(taken[order] >= 0).any(axis=1)]
    fewest = MINIMUM_CALIBRATION if bank.provisional else FEWEST_FOR_MODEL
    if answered.size < fewest:
        raise ValueError(
            _("Paket {form} dijawab {n} orang < {minimum}.").format(
                form=form.form, n=format_number(int(answered.size)), minimum=fewest
            )
        )
    if len(names) < 3:
        raise ValueError(_("Skala hanya {k} butir.").format(k=len(names)))
    if answered.size > MOST_PEOPLE:
        drawn = np.random.default_rng([seed, 2000]).choice(answered.size, MOST_PEOPLE, replace=False)
        answered = answered[np.sort(drawn)]
    answers = pd.DataFrame(taken[answered], columns=names)
    known = rows_of_bank.loc[names].reset_index()
    models = [str(model) for model in known["model"]]
    if bank.provisional:
        calibration = irt.calibrate(answers, models)
        fitted = calibration.items.loc[calibration.items["a"].notna(), "item_id"]
        if len(fitted) < len(names):
            raise ValueError(_("Ada butir tanpa variasi dalam cuplikan; periksa butir skala ini."))
    else:
        calibration = irt.calibrate(answers, models, fixed=known)
    scored = form.people[:, columns].astype(float)
    scored = scored[np.lexsort(scored.T)]
    scored[scored < 0] = np.nan
    return ModelSample(scale, form.form, int(form.persons.size), answers, scored, calibration)
