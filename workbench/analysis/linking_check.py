"""How a round's own calibration links to the bank that scored it, and which items have moved since.

Where a workspace names a bank, people are scored with the bank's parameters: no line is applied to anybody, and the
only error that they share is that of the bank's items and cuts (`talent.shared`). The line estimated here is a check
of whether those parameters still describe the items.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.analysis.gates import Gate
from workbench.i18n import _, format_number
from workbench.psychometrics import irt, linking
from workbench.psychometrics.intervals import Z

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.analysis.responses import InstrumentResponses
    from workbench.records.bank import Bank
    from workbench.workspace import Workspace

__all__ = ["SHIFT_CEILING", "LinkingCheck", "check_linking", "drift_gate"]

# A tenth of theta is ten points of the printed scale: about a quarter of the standard error of a good scale.
SHIFT_CEILING = 0.10
LINE = (
    *("scale", "common", "anchors", "method", "slope", "slope_low", "slope_high"),
    *("intercept", "intercept_low", "intercept_high", "drifted", "shift", "shift_low", "shift_high"),
)
MOVED = ("scale", "item_id", "difference", "difference_low", "difference_high", "se", "z", "drifted")


@dataclass(frozen=True)
class LinkingCheck:
    """What linking says about one instrument.

    Attributes
    ----------
    lines : pandas.DataFrame
        A row a scale: anchors that carry the line, its slope and intercept with 95 % intervals (jackknife over anchors,
        t distribution), number of drifted anchors among all, and the shift of theta at the mean of the population that
        the drifted ones cause.
    drift : pandas.DataFrame
        A row an anchor: difference of difficulty on the metric of the bank with its 95 % interval.
    sentence : str
        What is comparable and what error is shared.
    """

    lines: pd.DataFrame
    drift: pd.DataFrame
    sentence: str


def check_linking(
    workspace: Workspace, responses: InstrumentResponses, bank: Bank, left_out: list[str]
) -> LinkingCheck:
    """Link the calibration of stage items to the bank, scale by scale.

    Returns
    -------
    LinkingCheck
        Without rows in a round that has no bank, or was not calibrated; the sentence says which.
    """
    nothing = pd.DataFrame(columns=list(LINE)), pd.DataFrame(columns=list(MOVED))
    if bank.provisional:
        return LinkingCheck(
            *nothing,
            _(
                "Sementara: putaran ini tidak menyebut bank butir, sehingga dinilai dengan kalibrasinya sendiri dan "
                "tidak berbagi butir jangkar dengan putaran lain. Theta 0 adalah rata-rata putaran ini; skor, level, "
                "dan kotak tidak dapat dibandingkan dengan putaran lain."
            ),
        )
    sentence = _(
        "Semua orang diskor langsung dengan parameter bank {bank}, tanpa langkah penyetaraan: tidak ada galat garis "
        "yang menimpa skor, hanya galat parameter dan batas bank, dan itu sudah ikut sebagai pergeseran bersama dalam "
        "peluang kotak. Garis di bawah memeriksa apakah parameter itu masih berlaku."
    ).format(bank=bank.version)
    own = workspace.read("item_parameters") if workspace.has("item_parameters") else pd.DataFrame({"scale": []})
    lines, moved, uncalibrated = [], [], []
    for scale in responses.scales:
        here = own[own["scale"] == scale]
        if here.empty:
            uncalibrated.append(scale)
            continue
        try:
            row, table = _line(bank, scale, here[here["item_id"].isin(responses.items_of(scale))])
        except ValueError as reason:
            left_out.append(
                _("Skala {scale}: penyetaraan tidak diperiksa. {reason}").format(scale=scale, reason=reason)
            )
            continue
        lines.append(row)
        moved.append(table)
    if uncalibrated:
        left_out.append(
            _("Penyetaraan tidak diperiksa, putaran ini tidak punya kalibrasi sendiri: skala {scales}.").format(
                scales=", ".join(uncalibrated)
            )
        )
    return LinkingCheck(
        pd.DataFrame(lines, columns=list(LINE)),
        pd.concat(moved, ignore_index=True)[list(MOVED)] if moved else nothing[1],
        sentence,
    )


def _line(bank: Bank, scale: str, own: pd.DataFrame) -> tuple[dict[str, Any], pd.DataFrame]:
    """Line of one scale, and what each anchor did."""
    from scipy.special import stdtrit

    known = bank.items(scale)
    line, table = linking.purified_link(own, known)
    half = Z * table["se"]
    table = table.assign(
        scale=scale, difference_low=table["difference"] - half, difference_high=table["difference"] + half
    )
    t = float(stdtrit(max(line.anchors - 1, 1), 0.975))
    row: dict[str, Any] = {"scale": scale, "common": len(table), "anchors": line.anchors, "method": line.method}
    for name in ("slope", "intercept"):
        value, error = getattr(line, name), getattr(line, f"{name}_se")
        row |= {name: value, f"{name}_low": value - t * error, f"{name}_high": value + t * error}
    shift, error = _shift(bank, scale, known, table)
    row |= {"drifted": int(table["drifted"].sum())}
    return row | {"shift": shift, "shift_low": shift - Z * error, "shift_high": shift + Z * error}, table


def _shift(bank: Bank, scale: str, known: pd.DataFrame, table: pd.DataFrame) -> tuple[float, float]:
    """By how much drifted items move theta at the mean of the population, and its standard error; NaN without any.

    Scored with a difficulty that is too high by d (bank minus round), people look more able by d times the item's share
    of the test information.
    """
    moved = table[table["drifted"]]
    if moved.empty:
        return float("nan"), float("nan")
    anchors = known[known["item_id"].isin(table["item_id"])]
    mean = float(bank.population.loc[bank.population["scale"] == scale, "mean"].iloc[0])
    information = irt.information(irt.Calibration.from_items(anchors), [mean])
    share = information[list(moved["item_id"])].to_numpy(float)[0] / float(information["total"].iloc[0])
    return float(share @ moved["difference"]), float(np.sqrt((share**2) @ (moved["se"] ** 2)))


def drift_gate(row: Mapping[str, Any]) -> Gate:
    """Hold when items that moved since the bank shift theta surely by more than a tenth."""
    beyond = row["shift_low"] > SHIFT_CEILING or row["shift_high"] < -SHIFT_CEILING
    if not row["drifted"]:
        found = _("Tidak satu pun dari {n} butir jangkar bergeser.").format(n=row["common"])
    else:
        found = _(
            "{k} dari {n} butir jangkar bergeser; theta bergeser {value}, rentang 95 % {low} sampai {high} (paling "
            "banyak {line})."
        ).format(
            k=row["drifted"],
            n=row["common"],
            value=format_number(row["shift"], 2),
            low=format_number(row["shift_low"], 2),
            high=format_number(row["shift_high"], 2),
            line=format_number(SHIFT_CEILING, 2),
        )
    return Gate("pergeseran", row["scale"], not beyond, found)
