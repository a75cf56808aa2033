"""Fit of the items of each scale to this round's calibration, judged by the size of the misfit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _, format_number
from workbench.psychometrics import fit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.analysis.responses import FormResponses, InstrumentResponses
    from workbench.psychometrics import irt

__all__ = ["COLUMNS", "LARGE_RMSD", "LARGE_RMSEA", "MINIMUM_COMPLETE", "MOST_PEOPLE", "fit_items"]

# S-X2 compares shares at each sum score; with fewer people most of its cells hold one or two.
MINIMUM_COMPLETE = 200
# So many people show an RMSEA of .02 and an RMSD of .03, far below what is called large: more only cost time.
MOST_PEOPLE = 5_000
# Beyond these the curve of an item is not the model's: PISA 2015 (OECD 2017, chapter 9) for RMSD, MacCallum, Browne
# and Sugawara (1996) for mediocre fit by RMSEA.
LARGE_RMSD, LARGE_RMSEA = 0.12, 0.08
SX2 = ["sx2", "df", "p", "rmsea", "rmsea_low", "rmsea_high"]
CURVE = ["infit", "infit_low", "infit_high", "outfit", "outfit_low", "outfit_high", "rmsd", "rmsd_low", "rmsd_high"]
COLUMNS = ["instrument", "item_id", "scale", "form", "n", "n_complete", *SX2, *CURVE, "status"]


def fit_items(
    responses: InstrumentResponses, calibrations: Mapping[str, irt.Calibration], seed: int, left_out: list[str]
) -> pd.DataFrame:
    """Compare every calibrated item with its own curve.

    Infit, outfit and RMSD are over all forms; S-X2 needs people with every answer and is that of the form with most
    people that holds the item. From more than `MOST_PEOPLE` people that many are drawn.

    Parameters
    ----------
    responses : InstrumentResponses
    calibrations : dict of str to irt.Calibration
    seed : int
        Of the draw of people.
    left_out : list of str
        Takes one sentence for each thing that was not computed, or was computed from a part of the people.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`; ``form`` is that of S-X2, ``n`` counts the people in RMSD; status is ``raised`` where a whole
        interval of RMSD or RMSEA lies above .12 or .08, ``watch`` where only the point does, empty otherwise.
    """
    tables = [_typed(pd.DataFrame(columns=COLUMNS))]
    for scale, calibration in calibrations.items():
        try:
            tables.append(_fit_scale(responses, calibration, scale, seed, left_out))
        except ValueError as reason:
            left_out.append(
                _("Skala {scale}: kecocokan butir tidak dihitung. {reason}").format(scale=scale, reason=reason)
            )
    return pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype(dict.fromkeys([*SX2, *CURVE], float))


def _fit_scale(
    responses: InstrumentResponses, calibration: irt.Calibration, scale: str, seed: int, left_out: list[str]
) -> pd.DataFrame:
    matrix = pd.DataFrame(responses.matrix(scale, "calibration"), columns=list(responses.items_of(scale)))
    matrix = matrix[[item for item in calibration.item_ids if item in matrix]]
    answered = np.flatnonzero((matrix.to_numpy() >= 0).any(axis=1))
    groups = responses.groups if len(calibration.groups) > 1 else None
    people = _drawn(answered, seed)
    if people.size < answered.size:
        left_out.append(
            _("Skala {scale}: kecocokan butir dari {n} orang yang diundi dari {total}.").format(
                scale=scale, n=format_number(people.size), total=format_number(answered.size)
            )
        )
    table = _item_fit(calibration, matrix, people, groups)
    forms = sorted(responses.by_form(scale), key=lambda pair: -pair[0].persons.size)
    table["form"] = ""
    if len(forms) == 1:
        table["form"] = forms[0][0].form
    else:
        table = _sx2_by_form(table, forms, calibration, matrix, groups, seed)
    few = (table["n_complete"] < MINIMUM_COMPLETE).to_numpy()
    table.loc[few, SX2] = np.nan
    if few.any():
        left_out.append(
            _("Skala {scale}: S-X2 tidak dihitung pada {k} butir, orang berjawaban lengkap {n} < {minimum}.").format(
                scale=scale, k=int(few.sum()), n=int(table.loc[few, "n_complete"].max()), minimum=MINIMUM_COMPLETE
            )
        )
    without = table.loc[~few & table["sx2"].isna(), "item_id"].tolist()
    if without:
        left_out.append(
            _("Skala {scale}: S-X2 butir {items} tidak dihitung, tidak tersisa derajat bebas.").format(
                scale=scale, items=", ".join(without)
            )
        )
    return _typed(table.assign(instrument=responses.instrument, scale=scale, status=_status(table))[COLUMNS])


def _item_fit(
    calibration: irt.Calibration, matrix: pd.DataFrame, people: NDArray[np.int64], groups: NDArray[np.object_] | None
) -> pd.DataFrame:
    return fit.item_fit(calibration, matrix.iloc[people], groups=None if groups is None else groups[people])


def _sx2_by_form(
    table: pd.DataFrame,
    forms: list[tuple[FormResponses, list[int]]],
    calibration: irt.Calibration,
    matrix: pd.DataFrame,
    groups: NDArray[np.object_] | None,
    seed: int,
) -> pd.DataFrame:
    """Take S-X2 of each item from the form with most people among those that hold it."""
    result = table.set_index("item_id")
    waiting = set(result.index)
    for form, columns in forms:
        names = [form.item_ids[j] for j in columns if form.item_ids[j] in result.index]
        wanted = [name for name in names if name in waiting]
        here = matrix[names]
        complete = form.persons[(here.iloc[form.persons].to_numpy() >= 0).all(axis=1)]
        if not wanted:
            continue
        waiting -= set(wanted)
        result.loc[wanted, "form"] = form.form
        result.loc[wanted, "n_complete"] = complete.size
        if complete.size >= MINIMUM_COMPLETE:
            found = _item_fit(calibration, here, _drawn(complete, seed), groups).set_index("item_id")
            result.loc[wanted, ["n_complete", *SX2]] = found.loc[wanted, ["n_complete", *SX2]]
    return result.reset_index()


def _drawn(people: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    if people.size <= MOST_PEOPLE:
        return people
    return np.sort(np.random.default_rng([seed, 2000]).choice(people, MOST_PEOPLE, replace=False))


def _status(table: pd.DataFrame) -> list[str]:
    raised = (table["rmsd_low"] > LARGE_RMSD) | (table["rmsea_low"] > LARGE_RMSEA)
    watch = (table["rmsd"] > LARGE_RMSD) | (table["rmsea"] > LARGE_RMSEA)
    return ["raised" if r else "watch" if w else "" for r, w in zip(raised, watch, strict=True)]
