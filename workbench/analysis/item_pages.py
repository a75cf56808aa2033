"""What the page of one item says: everything that is known about it in this round, gathered from the tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.analysis.curves import CURVE, THETA, fitted_curves, observed_curves
from workbench.analysis.differential import MINIMUM_DIF_GROUP, final_rows
from workbench.analysis.item_fit import MINIMUM_COMPLETE
from workbench.analysis.item_recommendation import CHECK_KEY, DROP, KEEP, REVISE
from workbench.i18n import _
from workbench.psychometrics import irt
from workbench.psychometrics.distractors import FEWEST_FOR_MISKEY, category_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from workbench.analysis.items import ItemAnalysis
    from workbench.analysis.responses import InstrumentResponses

__all__ = ["CHECK_KEY", "DROP", "KEEP", "REVISE", "ItemPage", "pages"]


@dataclass(frozen=True)
class ItemPage:
    """All that notebook 01 and the review page show of one item.

    Attributes
    ----------
    instrument, item_id, scale : str
    kind : str
        ``mc`` (one right answer) or ``ordered`` (every category scores).
    statistics : pandas.DataFrame
        A row a form: form, position (from 1), n, difficulty, difficulty_low, difficulty_high, item_rest,
        item_rest_low, item_rest_high, biserial, d27, alpha_if_deleted, omitted, not_reached.
    options : pandas.DataFrame
        A row a form and option: form, option, is_key, n, share, option_rest and the share by score group as
        `classical.options` gives it; of ordered items the categories. Empty where nothing is known of options.
    parameters : pandas.DataFrame
        One row, as in `irt.Calibration.items`; empty where the item was not calibrated.
    theta : ndarray of float, shape (points,)
    fitted, information : ndarray of float, shape (points,)
        Expected score as a share of the maximum, and item information; empty where the item was not calibrated.
    observed : pandas.DataFrame
        theta, observed, low, high, n: mean score in groups of people by EAP on the other items, 95 % interval.
    fit : pandas.DataFrame
        One row: sx2, df, p, rmsea, rmsea_low, rmsea_high, infit, outfit, rmsd; empty where not computed.
    dif : pandas.DataFrame
        A row a group variable: comparison (a sentence), n_reference, n_focal, effect with its interval, ets, p after
        adjustment, difference (expected score, focal minus reference, at equal theta) with its interval.
    flags : pandas.DataFrame
        A row a rule set and rule that speaks: rule_set, status (``raised`` or ``watch``), reason.
    history : pandas.DataFrame
        A row a former round or bank version: source, n, a, a_se, b, b_se, drifted; empty where there is none.
    recommendation : str
        One of `KEEP`, `REVISE`, `CHECK_KEY`, `DROP`.
    reasons : tuple of str
        Why, one sentence each; never empty.
    proposed_key : str
        The option that looks like the right key; empty where the key is not in doubt.
    not_computed : tuple of str
        What was left out for this item, one sentence each with its reason.
    """

    instrument: str
    item_id: str
    scale: str
    kind: str
    statistics: pd.DataFrame
    options: pd.DataFrame
    parameters: pd.DataFrame
    theta: NDArray[np.float64]
    fitted: NDArray[np.float64]
    information: NDArray[np.float64]
    observed: pd.DataFrame
    fit: pd.DataFrame
    dif: pd.DataFrame
    flags: pd.DataFrame
    history: pd.DataFrame
    recommendation: str
    reasons: tuple[str, ...]
    proposed_key: str
    not_computed: tuple[str, ...]


def pages(result: ItemAnalysis, responses: InstrumentResponses) -> Iterator[ItemPage]:
    """Yield the page of every item of an instrument, in the order of its scales and items.

    Parameters
    ----------
    result : ItemAnalysis
        From `items.analyse`.
    responses : InstrumentResponses
        What it was made from.
    """
    tables = {
        name: dict(tuple(table.groupby("item_id")))
        for name, table in (
            ("statistics", result.statistics),
            ("options", result.options),
            ("parameters", result.parameters),
            ("fit", result.fit),
            ("dif", final_rows(result.dif)),
            ("flags", result.flags),
            ("history", result.history),
            ("recommendations", result.recommendations),
        )
    }
    empty = {
        "statistics": result.statistics.head(0),
        "options": result.options.head(0),
        "parameters": result.parameters.head(0),
        "fit": result.fit.head(0),
        "dif": result.dif.head(0),
        "flags": result.flags.head(0),
        "history": result.history.head(0),
    }
    positions = [
        (form.form, item, place) for form in responses.forms for place, item in enumerate(form.item_ids, start=1)
    ]
    position = {(form, item): place for form, item, place in positions}
    for scale in responses.scales:
        calibration = result.calibrations.get(scale)
        observed, model, information = _curves(responses, calibration, scale)
        by_category = _categories(responses, scale)
        for item in responses.items_of(scale):
            own = {name: groups[item] if item in groups else empty[name] for name, groups in tables.items()}
            advice = own["recommendations"].iloc[0]
            own["options"] = own["options"] if len(own["options"]) else by_category.get(item, own["options"])
            fitted = item in model
            own["dif"] = own["dif"].assign(comparison=own["dif"]["group"])
            yield ItemPage(
                instrument=responses.instrument,
                item_id=item,
                scale=scale,
                kind=str(responses.items.loc[item, "format"]),
                statistics=own["statistics"].assign(
                    position=[position[form, item] for form in own["statistics"]["form"]]
                ),
                options=own["options"],
                parameters=own["parameters"] if fitted else empty["parameters"],
                theta=THETA,
                fitted=model.get(item, np.zeros(0)),
                information=information.get(item, np.zeros(0)),
                observed=observed.get(item, pd.DataFrame(columns=CURVE, dtype=float)),
                fit=own["fit"],
                dif=own["dif"],
                flags=own["flags"],
                history=own["history"],
                recommendation=str(advice["recommendation"]),
                reasons=tuple(str(advice["reason"]).split("\n")),
                proposed_key=str(advice["proposed_key"]),
                not_computed=tuple(_missing(own, fitted=fitted, kind=str(responses.items.loc[item, "format"]))),
            )


def _curves(
    responses: InstrumentResponses, calibration: irt.Calibration | None, scale: str
) -> tuple[dict[str, pd.DataFrame], dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]]]:
    """Observed and fitted curves and information of the items of a scale; empty where it was not calibrated."""
    if calibration is None:
        return {}, {}, {}
    model = fitted_curves(calibration)
    table = irt.information(calibration, THETA)
    return observed_curves(responses, calibration, scale), model, {item: table[item].to_numpy() for item in model}


def _categories(responses: InstrumentResponses, scale: str) -> dict[str, pd.DataFrame]:
    """Of the ordered items of a scale: how often each category was chosen, by form and score group."""
    ordered = responses.items.index[(responses.items["scale"] == scale) & (responses.items["format"] == "ordered")]
    tables: dict[str, list[pd.DataFrame]] = {item: [] for item in ordered}
    for form, columns in responses.by_form(scale) if len(ordered) else ():
        names = [form.item_ids[j] for j in columns]
        try:
            chosen = category_table(pd.DataFrame(form.people[:, columns], columns=names))
        except ValueError:  # said already: the statistics of this form were not computed either
            continue
        for item, rows in chosen.groupby("item_id"):
            if item in tables:
                tables[str(item)].append(rows.assign(form=form.form, scale=scale))
    return {item: pd.concat(rows, ignore_index=True) for item, rows in tables.items() if rows}


def _missing(own: dict[str, pd.DataFrame], *, fitted: bool, kind: str) -> Iterator[str]:
    """Say what this page lacks; the reasons that hold for a whole scale or form stand in the list of the instrument."""
    if not len(own["statistics"]):
        yield _("Statistik butir: tidak dihitung, lihat alasannya pada daftar instrumen.")
    if kind == "mc" and not len(own["options"]):
        yield _("Opsi dan kunci: tidak dinilai, tidak ada jawaban mentah.")
    elif kind == "mc" and own["options"]["n"].max() < FEWEST_FOR_MISKEY:
        yield _("Kunci: tidak dinilai, {n} orang < {minimum}.").format(
            n=int(own["options"]["n"].max()), minimum=FEWEST_FOR_MISKEY
        )
    if not fitted:
        yield _("Kurva, informasi, dan kecocokan: tidak dihitung, butir ini tidak dikalibrasi pada putaran ini.")
    elif not len(own["fit"]):
        yield _("Kecocokan: tidak dihitung, lihat alasannya pada daftar instrumen.")
    elif np.isnan(own["fit"]["sx2"].iloc[0]):
        n = int(own["fit"]["n_complete"].iloc[0])
        if n < MINIMUM_COMPLETE:
            yield _("S-X2: tidak dihitung, {n} orang berjawaban lengkap < {minimum}.").format(
                n=n, minimum=MINIMUM_COMPLETE
            )
        else:
            yield _("S-X2: tidak dihitung, tidak tersisa derajat bebas.")
    if not len(own["dif"]):
        yield _("DIF: tidak dihitung, tidak ada dua kelompok dengan sedikitnya {minimum} orang.").format(
            minimum=MINIMUM_DIF_GROUP
        )
    for group in own["dif"].loc[own["dif"]["effect"].isna(), "group"]:
        yield _("DIF {group}: tidak dihitung, tidak ada skor tempat kedua kelompok dan kedua jawaban bertemu.").format(
            group=group
        )
    if not len(own["history"]):
        yield _("Riwayat: tidak ada bank butir atau putaran sebelumnya yang memuat butir ini.")
    elif own["history"]["difference"].isna().all():
        yield _("Pergeseran sejak bank: tidak dihitung, putaran ini tidak tersambung dengan bank.")
