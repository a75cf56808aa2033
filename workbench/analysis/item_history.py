"""What was known of the items before: bank versions, on the metric of this round, and which items have drifted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.psychometrics import linking
from workbench.records.bank import list_banks, load_bank

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workbench.analysis.responses import InstrumentResponses
    from workbench.psychometrics import irt

__all__ = ["COLUMNS", "item_history"]

NUMBERS = ["n", "a", "a_se", "b", "b_se", "difference", "difference_se", "z"]
COLUMNS = ["instrument", "item_id", "scale", "source", "metric", *NUMBERS, "drifted"]
BANK, ROUND = "bank", "round"


def item_history(
    bank: str,
    responses: InstrumentResponses,
    calibrations: Mapping[str, irt.Calibration],
    left_out: list[str],
    source: str | Path = "",
) -> pd.DataFrame:
    """Return the items of this instrument as earlier bank versions know them.

    Each version is put on the metric of this round through the items both know (Stocking and Lord 1983). Which of them
    have moved is judged on the metric of the version, as `linking_check` does, so that both name the same items; they
    do not carry the link.

    Parameters
    ----------
    bank : str
        Version that the workspace names; empty where it names none.
    responses : InstrumentResponses
    calibrations : dict of str to irt.Calibration
    left_out : list of str
        Takes one sentence for each thing that was not computed.
    source : str or Path
        Where that version is read from (`workspace.Workspace.bank_source`); by default the versions that ship.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, a row an item and version: source (version), metric (``round``, or ``bank`` where nothing links
        them), a and b with their errors (b of ordered items: mean over boundaries), difference (this round's b less
        the version's, on the metric of the round) with its error and z, drifted. n is empty where the bank does not
        say it.
    """
    if not bank:
        left_out.append(_("Riwayat butir: tidak ada, ruang kerja ini tidak menyebut bank butir."))
        return _typed(pd.DataFrame(columns=COLUMNS))
    tables = [_typed(pd.DataFrame(columns=COLUMNS))]
    for version in dict.fromkeys([bank, *list_banks()]):
        known = load_bank(source or version) if version == bank else load_bank(version)
        for scale in responses.scales:
            rows = known.items(scale)
            rows = rows[rows["item_id"].isin(responses.items_of(scale))].reset_index(drop=True)
            if len(rows):
                table = _of_scale(rows, calibrations.get(scale), scale, version, left_out)
                tables.append(_typed(table.assign(instrument=responses.instrument, scale=scale, source=version)))
            elif version == bank:
                left_out.append(
                    _("Skala {scale}: tidak ada riwayat, bank {bank} tidak memuat butirnya.").format(
                        scale=scale, bank=version
                    )
                )
    return pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    table = table.reindex(columns=COLUMNS).astype(dict.fromkeys(NUMBERS, float))
    return table.assign(drifted=[value is True or value == 1 for value in table["drifted"]])


def _of_scale(
    rows: pd.DataFrame, calibration: irt.Calibration | None, scale: str, version: str, left_out: list[str]
) -> pd.DataFrame:
    if calibration is None:
        left_out.append(
            _("Skala {scale}: pergeseran terhadap bank {bank} tidak dihitung, putaran ini tidak dikalibrasi.").format(
                scale=scale, bank=version
            )
        )
        return _summary(rows).assign(metric=BANK)
    own = calibration.items
    try:
        link, moved = linking.purified_link(own, rows)
        on_round = link.inverse().items(rows)
    except ValueError as reason:
        left_out.append(
            _("Skala {scale}: pergeseran terhadap bank {bank} tidak dihitung. {reason}").format(
                scale=scale, bank=version, reason=reason
            )
        )
        return _summary(rows).assign(metric=BANK)
    # `moved` is the version less the round, on the metric of the version.
    moved = moved.rename(columns={"se": "difference_se"}).assign(
        difference=-moved["difference"] / link.slope, difference_se=moved["se"] / link.slope, z=-moved["z"]
    )
    if "n" in rows:
        on_round = on_round.assign(n=on_round["item_id"].map(rows.set_index("item_id")["n"]))
    return _summary(on_round).merge(moved, on="item_id", how="left").assign(metric=ROUND)


def _summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Slope and difficulty with their errors; of ordered items means over boundaries, whose errors are near common."""
    boundaries = [c for c in rows if c == "b" or (c[0] == "b" and c[1:].isdigit())]
    errors = [f"{c}_se" for c in boundaries if f"{c}_se" in rows]
    squares = rows[errors].astype(float) ** 2
    return pd.DataFrame(
        {
            "item_id": rows["item_id"],
            "n": rows["n"].astype(float) if "n" in rows else np.nan,
            "a": rows["a"].astype(float),
            "a_se": rows["a_se"].astype(float) if "a_se" in rows else np.nan,
            "b": rows[boundaries].astype(float).mean(axis=1),
            "b_se": np.sqrt(squares.mean(axis=1)),
        }
    )
