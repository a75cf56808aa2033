"""Are stated chances true? People simulated from the fitted model are scored like everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr

from workbench.analysis.model_sample import largest_form
from workbench.psychometrics import irt
from workbench.talent.honesty import expected_calibration_error, noise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.analysis.responses import InstrumentResponses

__all__ = ["form_calibration", "twin_check", "twin_honesty"]

NOISE_ROUNDS = 100


def form_calibration(responses: InstrumentResponses, scale: str, calibration: irt.Calibration) -> irt.Calibration:
    """Return the calibration of the items of the largest form: a person answers one form, not all of them."""
    form, columns = largest_form(responses, scale)
    here = calibration.items[calibration.items["item_id"].isin([form.item_ids[j] for j in columns])]
    return irt.Calibration.from_items(here) if len(here) else calibration


def twin_check(
    calibration: irt.Calibration, cut: float, *, people: int = 4000, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Simulate people from the fitted model, score them, and return stated probability and truth of reaching a cut.

    Returns
    -------
    stated : ndarray of float, shape (people,)
    truth : ndarray of bool, shape (people,)
    """
    theta, mean, sd = _twins(calibration, people, seed)
    return ndtr((mean - cut) / sd), theta >= cut


def _twins(
    calibration: irt.Calibration, people: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Truth, posterior mean and posterior deviation of simulated people of a standard normal population."""
    rng = np.random.default_rng([seed, 2014])
    theta = rng.standard_normal(people)
    places, _items, _parameters = calibration.fitted()
    names = [calibration.item_ids[j] for j in places]
    answers = pd.DataFrame(irt.draw_answers(calibration, theta, rng), columns=names)
    scored = irt.score(calibration, answers, "EAP")
    return theta, scored["theta"].to_numpy(float), scored["se"].to_numpy(float)


def twin_honesty(
    responses: InstrumentResponses,
    calibrations: Mapping[str, irt.Calibration],
    cuts: Mapping[str, NDArray[np.float64]],
    *,
    people: int = 4000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return how far stated chances of reaching each cut are from the truth of simulated people, and by chance.

    Returns
    -------
    pandas.DataFrame
        scale, level, theta, n, ece (expected calibration error), noise (its 95th percentile when the stated chances are
        true) and honest (ece at most the noise).
    """
    rows = []
    for scale, calibration in calibrations.items():
        theta, mean, sd = _twins(form_calibration(responses, scale, calibration), people, seed)
        for level, cut in enumerate(cuts[scale], start=2):
            stated, truth = ndtr((mean - cut) / sd), theta >= cut
            ece = expected_calibration_error(stated, truth)
            limit = noise(stated, seed=seed, rounds=NOISE_ROUNDS)
            rows.append(
                {"scale": scale, "level": level, "theta": cut, "n": people, "ece": ece, "noise": limit}
                | {"honest": ece <= limit}
            )
    return pd.DataFrame(rows, columns=["scale", "level", "theta", "n", "ece", "noise", "honest"])
