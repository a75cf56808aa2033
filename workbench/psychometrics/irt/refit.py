"""One item of a calibration fitted again, with everything else as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.psychometrics.irt.calibration import in_order
from workbench.psychometrics.irt.inspection import matched, one_hot, posterior
from workbench.psychometrics.irt.maximisation import improve_all
from workbench.psychometrics.irt.parameter_table import row_of
from workbench.psychometrics.irt.scoring import prior_grid, prior_moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.psychometrics.irt.calibration import Calibration

__all__ = ["refit_item"]

# Slope and difficulty of one item on fewer answers are not worth the name of parameters.
FEWEST = 100
CYCLES, CLOSE = 200, 1e-4
CHUNK = 4096


def refit_item(calibration: Calibration, responses: pd.DataFrame, item_id: str, answers: object) -> Calibration:
    """Fit the parameters of one item to new answers, against the posterior that the other items leave.

    The marginal likelihood of the answers to this one item is maximised by EM. The posterior of each person from the
    other items, whose parameters are fixed, takes the place of the prior; so nobody is scored by the item in question,
    and the metric cannot move.

    Parameters
    ----------
    calibration : Calibration
    responses : pandas.DataFrame, persons x items
        Categories, NaN or -1 where missing; the column of the item itself is not read.
    item_id : str
    answers : array, shape (persons,)
        New categories of the item, -1 where missing.

    Returns
    -------
    Calibration
        With new parameters of that item, without standard errors: the fixed posterior understates them.

    Raises
    ------
    ValueError
        When the item has no parameters, fewer than 100 people answered it, a category is unknown, or nobody or
        everybody is in one category.
    """
    if item_id not in calibration.item_ids:
        raise ValueError(_("Butir {item} tidak ada pada kalibrasi; periksa kode butir.").format(item=item_id))
    row = calibration.item_ids.index(item_id)
    places, every, values = calibration.fitted()
    if row not in places:
        raise ValueError(_("Butir {item} tidak punya parameter pada kalibrasi.").format(item=item_id))
    at = int(np.flatnonzero(places == row)[0])
    item, start = every.part([at]), [values[at]]
    given = np.asarray(answers)
    categories = item.categories[0]
    if given.shape != (len(responses),) or not np.isin(given, np.arange(-1, categories)).all():
        raise ValueError(
            _("Butir {item}: jawaban baru harus satu kategori 0 sampai {top} tiap orang (-1 = kosong).").format(
                item=item_id, top=categories - 1
            )
        )
    counts = np.bincount(given[given >= 0].astype(np.int64), minlength=categories)
    if counts.sum() < FEWEST or (counts == 0).any():
        raise ValueError(
            _(
                "Butir {item}: tidak dihitung: {n} jawaban, tersebar {counts}; diperlukan {fewest} jawaban dan tiap "
                "kategori terisi."
            ).format(item=item_id, n=int(counts.sum()), counts="/".join(map(str, counts)), fewest=FEWEST)
        )
    nodes, weights = _posterior_of_the_others(calibration, responses.drop(columns=[item_id], errors="ignore"))
    known = [weights[given == k] for k in range(categories)]
    free = [np.ones(start[0].shape, dtype=bool)]
    if every.models[at].slope != "free":
        free[0][0] = False
    for _cycle in range(CYCLES):
        curve = item.probabilities(start, nodes)[0]
        expected = np.stack([p * (w.T @ (1 / (w @ p.astype(np.float32)))) for p, w in zip(curve, known, strict=True)])
        # Three scoring steps an M-step, as in a calibration.
        improved = improve_all(item, start, free, [np.maximum(expected, 1e-12)], nodes, None)
        moved = float(np.abs(improved[0] - start[0]).max())
        start = improved
        if moved < CLOSE:
            break
    model = str(calibration.items["model"].iloc[row])
    rows = calibration.items.to_dict("records")
    rows[row] = {str(k): v for k, v in row_of(item_id, model, categories, start[0], None).items()}
    return replace(calibration, items=in_order(pd.DataFrame(rows)))


def _posterior_of_the_others(
    calibration: Calibration, responses: pd.DataFrame
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Return nodes and each person's weights on them, shape (persons, nodes)."""
    centre, spread = prior_moments(calibration, None, None)
    grid = prior_grid(centre, spread)
    categories, _places, items, parameters = matched(calibration, responses)
    logs = np.log(np.concatenate(items.probabilities(parameters, grid.theta))).astype(np.float32)
    prior = grid.log_prior(centre, spread)
    parts = [
        posterior(one_hot(categories[low : low + CHUNK], items.counts), logs, prior)
        for low in range(0, categories.shape[0], CHUNK)
    ]
    return grid.theta, np.concatenate(parts)
