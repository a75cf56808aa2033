"""What follows from findings about scales: wider errors, held probabilities, scales not reported on their own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.analysis.dependence import SEM_RATIO_CEILING, dependence_gate, variance_ratios
from workbench.analysis.scale_findings import scale_findings, scale_notes, subscale_gate
from workbench.policy import load_policy
from workbench.talent.posterior import Posterior
from workbench.workspace import Settings, Workspace

DEPENDENCE = pd.DataFrame(
    {
        "scale": ["integritas", "kerjasama", "komunikasi", "perekat_bangsa"],
        "testlets": ["A+B", "", "C+D", "E+F"],
        "sem_ratio": [1.1, np.nan, 0.99, np.nan],
    }
)
GATES = pd.DataFrame(
    {
        "gate": ["kebergantungan", "kecocokan model", "kecocokan model", "reliabilitas", "kebergantungan"],
        "scope": ["integritas", "integritas", "kerjasama", "komunikasi", "komunikasi"],
        "status": ["HOLD", "HOLD", "PASS", "HOLD", "PASS"],
        "sentence": "",
    }
)
VALUE = pd.DataFrame(
    {
        "scale": ["integritas", "kerjasama", "komunikasi", "perekat_bangsa"],
        "gain": [0.1, 0.02, -0.01, -0.2],
        "verdict": ["adds", "open", "open", "total_better"],
    }
)


@pytest.fixture
def examined(tmp_path) -> Workspace:
    workspace = Workspace.create(tmp_path / "ruang", Settings(name="uji", title="Uji"))
    for name, table in (("local_dependence", DEPENDENCE), ("gates", GATES), ("subscore_value", VALUE)):
        workspace.write(name, table, "scores")
    return workspace


def test_each_finding_has_its_consequence(examined):
    found = scale_findings(examined)
    # 1.1 squared; what chance puts below one is one; without testlets, or without a figure, nothing.
    assert found.variance_ratios == pytest.approx({"integritas": 1.21, "komunikasi": 1.0})
    assert list(found.doubtful) == ["integritas"]
    assert found.doubtful["integritas"] == (
        "butir skala Integritas terlalu saling bergantung; model skala Integritas tidak cocok"
    )
    # Reported alone only where the own items tell more than the total.
    assert sorted(found.total_better) == ["komunikasi", "perekat_bangsa"]


def test_a_round_that_was_not_examined_has_no_findings(tmp_path):
    found = scale_findings(Workspace.create(tmp_path / "ruang", Settings(name="uji", title="Uji")))
    assert (found.variance_ratios, found.doubtful, found.total_better) == ({}, {}, {})
    assert variance_ratios(pd.DataFrame(columns=["scale"])) == {}


def test_a_held_scale_does_not_hold_the_round(examined):
    levels = pd.DataFrame({"competency": ["komunikasi", "integritas", "komunikasi"], "held": ["ditahan: x", "", "y"]})
    gate = subscale_gate("uji", levels)
    assert gate.passed
    assert gate.sentence.startswith("1 skala ditahan")
    assert gate.sentence.endswith("Komunikasi.")
    assert subscale_gate("uji", levels.iloc[[1]]).sentence.startswith("Tiap skala memberi tahu lebih banyak")


def test_the_gate_of_dependence_is_the_line_beyond_which_probabilities_are_withheld():
    assert pytest.approx(1.5) == SEM_RATIO_CEILING**2
    row = {"scale": "x", "testlets": "A+B", "pairs": 1, "sem_ratio": 1.4, "sem_ratio_high": 1.6}
    assert not dependence_gate({**row, "sem_ratio_low": 1.23}).passed
    assert dependence_gate({**row, "sem_ratio_low": 1.22}).passed


def test_notes_say_what_was_done(examined):
    policy = load_policy("kepka-bkn-411-2025")
    one = Posterior(np.array(["a"], dtype=object), ("x",), np.zeros((1, 1)), np.ones((1, 1)), np.zeros(1), np.eye(1))
    notes = scale_notes(policy, scale_findings(examined), one)
    assert len(notes) == 2
    assert "dengan kinerja sebagaimana tercatat" in notes[0]
    assert notes[1] == "Ragam galat skala yang butirnya saling bergantung diperbesar: Integritas × 1,21."
