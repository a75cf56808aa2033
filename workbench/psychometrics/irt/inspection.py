"""What fit, dimensionality and decisions need to know of a calibration besides its curves.

Derivatives of the curves, which parameters were free, the latent distribution, and answers matched to items.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.psychometrics.irt.blocks import as_categories
from workbench.psychometrics.irt.curves import category_probabilities
from workbench.psychometrics.irt.grid import Grid
from workbench.psychometrics.irt.parameter_table import parameter_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.psychometrics.irt.calibration import Calibration
    from workbench.psychometrics.irt.item_set import ItemSet

__all__ = [
    "DEFAULT_GRID",
    "category_probabilities",
    "free_columns",
    "free_moments",
    "gradients",
    "group_index",
    "log_priors",
    "matched",
    "one_hot",
    "posterior",
    "select",
    "theta_terms",
    "usable",
]

DEFAULT_GRID = Grid()


def gradients(calibration: Calibration, theta: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return derivatives of category probabilities by the free parameters, (free, categories, nodes) an item."""
    items, parameters = _all_fitted(calibration)
    scores, tables = items.scores(parameters, theta), items.probabilities(parameters, theta)
    return [(score * table)[free] for score, table, free in zip(scores, tables, _free(calibration, items), strict=True)]


def theta_terms(
    calibration: Calibration, theta: NDArray[np.float64]
) -> list[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]:
    """Return for each item the score P'/P (categories, nodes), the information (nodes) and Warm's term (nodes)."""
    items, parameters = _all_fitted(calibration)
    return list(zip(*items.theta_terms(parameters, theta), strict=True))


def free_columns(calibration: Calibration) -> list[NDArray[np.int64]]:
    """Return for each item the numbers of its estimated parameters among all estimated item parameters.

    A parameter that several items share has one number; items of a bank, whose parameters are known, have none.
    """
    items, _parameters = _all_fitted(calibration)
    columns, start, shared = [], 0, -1
    for model, free in zip(items.models, _free(calibration, items), strict=True):
        numbers = []
        for place in np.flatnonzero(free):
            if place == 0 and model.slope == "common" and shared >= 0:
                numbers.append(shared)
                continue
            if place == 0 and model.slope == "common":
                shared = start
            numbers.append(start)
            start += 1
        columns.append(np.array(numbers, dtype=np.int64))
    return columns


def _free(calibration: Calibration, items: ItemSet) -> list[NDArray[np.bool_]]:
    """Which parameters of each item were estimated: those with a standard error, or what the model frees."""
    table = calibration.items
    if calibration.free_parameters == 0:
        return [np.zeros(size, dtype=bool) for size in items.sizes]
    errors = [name for name in table.columns if name.endswith("_se")]
    with_errors = bool(errors) and bool(table[errors].notna().to_numpy().any())
    result = []
    for row, model, categories, size in zip(
        table.to_dict("records"), items.models, items.categories, items.sizes, strict=True
    ):
        if with_errors:
            names = parameter_names(model.name, categories)
            free = np.array([bool(np.isfinite(row.get(f"{name}_se", np.nan))) for name in names])
        else:
            free = np.ones(size, dtype=bool)
            free[0] = model.slope != "one"
        result.append(free)
    return result


def _all_fitted(calibration: Calibration) -> tuple[ItemSet, list[NDArray[np.float64]]]:
    """Return models and parameters of a calibration all of whose items have parameters."""
    places, items, parameters = calibration.fitted()
    if places.size != len(calibration.items):
        raise ValueError(_("Kalibrasi berisi butir tanpa parameter; saring dahulu butir itu."))
    return items, parameters


def free_moments(calibration: Calibration) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return for each group whether its mean and its standard deviation were estimated.

    A moment that fixes the metric is exactly 0 or 1, an estimated one never is.
    """
    estimated = calibration.free_parameters > 0
    mean = calibration.groups["mean"].to_numpy(float) != 0.0
    sd = calibration.groups["sd"].to_numpy(float) != 1.0
    return mean & estimated, sd & estimated


def log_priors(calibration: Calibration, grid: Grid = DEFAULT_GRID) -> NDArray[np.float64]:
    """Return the log of the latent distribution of each group on the nodes, shape (groups, nodes)."""
    rows = zip(calibration.groups["mean"].astype(float), calibration.groups["sd"].astype(float), strict=True)
    return np.stack([grid.log_prior(mean, sd) for mean, sd in rows])


def group_index(calibration: Calibration, groups: object | None, persons: int) -> NDArray[np.int64]:
    """Return the place of each person's group in `Calibration.groups`.

    Raises
    ------
    ValueError
        When the calibration has several groups and none is named for a person, or a label is unknown.
    """
    known = [str(label) for label in calibration.groups["group"]]
    if groups is None:
        if len(known) > 1:
            raise ValueError(
                _("Kalibrasi berisi {n} kelompok; sebutkan kelompok setiap orang (groups).").format(n=len(known))
            )
        return np.zeros(persons, dtype=np.int64)
    labels = np.asarray(groups, dtype=object)
    if labels.shape != (persons,) or pd.isna(labels).any():
        raise ValueError(_("Kelompok harus disebut untuk setiap orang ({n} orang).").format(n=persons))
    place = {label: index for index, label in enumerate(known)}
    unknown = sorted({str(label) for label in labels} - set(known))
    if unknown:
        raise ValueError(_("Kelompok '{label}' tidak ada pada kalibrasi.").format(label=unknown[0]))
    return np.array([place[str(label)] for label in labels], dtype=np.int64)


def usable(calibration: Calibration) -> Calibration:
    """Return the calibration without the items that could not be fitted.

    Raises
    ------
    ValueError
        When no item is left.
    """
    places, _items, _parameters = calibration.fitted()
    if not places.size:
        raise ValueError(_("Kalibrasi tidak berisi satu pun butir dengan parameter."))
    return _only(calibration, places)


def _only(calibration: Calibration, places: NDArray[np.int64]) -> Calibration:
    return replace(calibration, items=calibration.items.iloc[places].reset_index(drop=True))


def matched(
    calibration: Calibration, responses: object, fewest: int = 1
) -> tuple[NDArray[np.int8], NDArray[np.int64], ItemSet, list[NDArray[np.float64]]]:
    """Return the answers to the items that have parameters, and what the calibration knows of these items.

    Parameters
    ----------
    calibration : Calibration
    responses : array or frame, persons x items
        Categories, NaN or -1 where missing. A frame is matched by column names, an array by position.
    fewest : int
        Persons that there must be.

    Returns
    -------
    answers : ndarray of int8, shape (persons, items)
    places : ndarray of int, shape (items,)
        Rows of `Calibration.items`.
    items : ItemSet
    parameters : list of ndarray, one an item

    Raises
    ------
    ValueError
        When no item is common, an array has another number of items, or a category is unknown to the calibration.
    """
    categories, names = as_categories(responses, fewest)
    places, items, parameters = calibration.fitted()
    item_ids = calibration.item_ids
    if isinstance(responses, pd.DataFrame):
        column = {name: j for j, name in enumerate(names)}
        chosen = [i for i, place in enumerate(places) if item_ids[place] in column]
        columns = [column[item_ids[places[i]]] for i in chosen]
    elif len(names) == len(item_ids):
        chosen, columns = list(range(places.size)), places.tolist()
    else:
        raise ValueError(
            _("Jawaban berisi {n} butir, kalibrasi {k}; samakan, atau beri nama kolom.").format(
                n=len(names), k=len(item_ids)
            )
        )
    if not chosen:
        raise ValueError(_("Tidak satu pun butir pada jawaban dikenal oleh kalibrasi; periksa kode butir."))
    places, items = places[chosen], items.part(chosen)
    answers = np.ascontiguousarray(categories[:, columns])
    beyond = np.flatnonzero(answers.max(0) >= items.counts)
    if beyond.size:
        j = int(beyond[0])
        raise ValueError(
            _("Butir {item}: kategori {k} tidak dikenal kalibrasi (hanya 0 sampai {top}).").format(
                item=item_ids[places[j]], k=int(answers[:, j].max()), top=items.categories[j] - 1
            )
        )
    return answers, places, items, [parameters[i] for i in chosen]


def select(calibration: Calibration, responses: object, fewest: int = 1) -> tuple[NDArray[np.int8], Calibration]:
    """Return the answers to the items that have parameters, and the calibration of just these items.

    Parameters, and errors raised, are those of `matched`.
    """
    answers, places, _items, _parameters = matched(calibration, responses, fewest)
    return answers, _only(calibration, places)


def one_hot(categories: NDArray[np.int8], sizes: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return one column a category of each item, 1 where it was answered; missing answers have only zeros."""
    item = np.repeat(np.arange(sizes.size), sizes)
    category = np.concatenate([np.arange(size) for size in sizes]).astype(np.int8)
    return np.asarray(categories[:, item] == category, dtype=np.float32)


def posterior(
    indicators: NDArray[np.float32], logs: NDArray[np.float32], log_prior: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return posterior weights on the nodes, shape (persons, nodes).

    Parameters
    ----------
    indicators : ndarray, shape (persons, categories of all items)
        From `one_hot`.
    logs : ndarray, shape (categories of all items, nodes)
        Log probabilities.
    log_prior : ndarray, shape (nodes,) or (persons, nodes)
    """
    weights = np.asarray(indicators @ logs, dtype=np.float32)
    weights += log_prior.astype(np.float32)
    weights -= weights.max(1, keepdims=True)
    np.exp(weights, out=weights)
    weights /= weights.sum(1, keepdims=True)
    return weights
