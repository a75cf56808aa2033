"""Benchmarks run, go on where they were stopped, and put their sections into the page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from benchmarks import page
from benchmarks.recovery import compared, summary, truth, wanted
from workbench.psychometrics import irt

ROOT = Path(__file__).resolve().parent.parent


def run(module: str, *arguments: str | Path) -> str:
    finished = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=300,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def rows_of(printed: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in printed.splitlines() if line[:1] == "|"]


def test_recovery_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    arguments = ("--folder", tmp_path, "--large-sets", "0", "--models", "2PL", "--sets")
    run("recovery", *arguments, "1")
    first = pd.read_csv(tmp_path / "recovery.csv")
    seed = (tmp_path / "recovery.seed").read_text(encoding="utf-8")
    printed = run("recovery", *arguments, "2")
    both = pd.read_csv(tmp_path / "recovery.csv")
    pd.testing.assert_frame_equal(both.head(len(first)), first)
    assert set(both[["people", "set"]].itertuples(index=False, name=None)) == {(500, 0), (500, 1), (5000, 0), (5000, 1)}
    assert (tmp_path / "recovery.seed").read_text(encoding="utf-8") == seed
    assert f"seed {seed}" in printed
    assert run("recovery", *arguments, "2") == printed
    assert len(pd.read_csv(tmp_path / "recovery.csv")) == len(both)


@pytest.mark.parametrize("model", irt.MODELS)
def test_every_model_has_a_truth_that_its_bank_understands(model: str, small_random) -> None:
    items = truth(model, small_random)
    assert len(irt.Calibration.from_items(items).fitted()[1]) == len(items) == 20


@pytest.fixture
def small_random():
    import numpy as np

    return np.random.default_rng(4)


def test_coverage_is_pooled_over_parameters() -> None:
    rows = [
        {"model": "2PL", "people": 500, "set": k, "quantity": "a"} | compared(*map(pd.Series.to_numpy, three))
        for k, three in enumerate(
            [
                (pd.Series([1.0, 2.0]), pd.Series([1.1, 5.0]), pd.Series([0.1, 0.1])),
                (pd.Series([0.0, 0.0]), pd.Series([0.1, float("nan")]), pd.Series([0.1, 0.1])),
            ]
        )
    ]
    pooled = summary(pd.DataFrame(rows)).set_index("quantity").loc["all"]
    assert pooled["parameters"] == 3
    assert pooled["coverage"] == pytest.approx(2 / 3)
    assert pooled["rmse"] == pytest.approx(((0.01 + 9 + 0.01) / 3) ** 0.5)


def test_small_sets_come_first() -> None:
    jobs = wanted(["2PL", "GRM"], 2, 1)
    assert [people for _model, people, _k in jobs] == [500] * 4 + [5000] * 4 + [60_000] * 2


def test_everybody_from_parquet(tmp_path: Path) -> None:
    tenth, whole = rows_of(run("national", "--people", "30000", "--folder", tmp_path))[2:]
    assert (tenth[0], whole[0]) == ("3,000", "30,000")
    assert float(whole[4]) < 1.5  # GB, with everything that is imported
    assert float(whole[6]) < 6  # standard errors away from the truth, the furthest of a hundred
    assert not list(tmp_path.iterdir())


def test_a_section_replaces_the_one_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "page.md"
    path.write_text("# Page\n\n## Results\n\n### One\n\nold\n\n### Two\n\nkept\n", encoding="utf-8")
    monkeypatch.setattr(page, "PAGE", path)
    page.save_section("One", "new one")
    page.save_section("Three", "more")
    text = path.read_text(encoding="utf-8")
    assert "old" not in text
    assert [line for line in text.splitlines() if line[:1] == "#"] == [
        "# Page",
        "## Results",
        "### One",
        "### Two",
        "### Three",
    ]
    assert text.index("new one") < text.index("### Two") < text.index("kept") < text.index("### Three")
