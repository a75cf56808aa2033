"""Where a report says its level cuts come from."""

from __future__ import annotations

import pandas as pd

from workbench.records.bank import load_bank
from workbench.reports.method import _cuts

DEMO = "nasional-2023-demo"


def test_assumed_cuts_are_called_an_assumption():
    wanted = ["ASUMSI: batas level kompetensi ditetapkan sementara sampai ada penetapan standar oleh panel."]
    assert _cuts(load_bank(DEMO).level_cuts) == wanted
    assert _cuts(pd.DataFrame()) == wanted  # a round without a bank


def test_a_panel_is_named_with_its_error_and_the_rest_stays_an_assumption():
    cuts = load_bank(DEMO).level_cuts.astype({"standard_error": float})
    here = cuts["scale"].isin(["integritas", "kerjasama"])
    cuts.loc[here, ["method", "panel", "date"]] = ["angoff", "Panel A", "2026-11-20"]
    cuts.loc[here, "standard_error"] = [0.05, 0.06, 0.07, 0.08] * 2
    panel, rest = _cuts(cuts)
    assert panel.startswith(
        "Batas level 2 skala ditetapkan Panel A (angoff, 2026-11-20), dengan galat baku 0,05 sampai 0,08"
    )
    assert rest == "ASUMSI: batas level 31 skala lainnya belum ditetapkan oleh panel."
    cuts["method"] = "bookmark"
    assert not any(sentence.startswith("ASUMSI") for sentence in _cuts(cuts))
