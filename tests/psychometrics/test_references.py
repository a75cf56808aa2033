"""Results of R on public data, within fixed tolerances: every figure of the files that we compute is compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from benchmarks import reference_data
from benchmarks.reference_data import DATA, DATA_SETS, Comparison, calibration, load, model_cases, results

GROUPED = ("math_exam", "verbal_aggression")
CASES = model_cases()
CONVERGED = [(name, model) for name, model in CASES if results(name)["irt"][model]["converged"]]
# Computed by R and not by us: infit and outfit at R's own scores, lz of Drasgow, and what goes with them.
SCORES = {"log-likelihood", "slopes and intercepts", "latent variance", "standard errors", "EAP and its SE"} | {
    "MAP and its SE",
    "WLE",
    "test information",
    "reliability of EAP",
}


def hold(found: Iterator[Comparison]) -> dict[str, Comparison]:
    """Hold every comparison to its tolerance; return them by quantity."""
    kept = list(found)
    beyond = [one for one in kept if not one.fine]
    assert not beyond, beyond
    return {one.quantity: one for one in kept}


def test_every_file_is_compared() -> None:
    assert {path.stem for path in DATA.glob("*.json")} == {*DATA_SETS, "equating_act_math", "agreement"}
    assert {name for name in DATA_SETS if "dif" in results(name)} == set(GROUPED)
    assert {load(name).model(model) for name, model in CASES} == {"Rasch", "2PL", "3PL", "GRM", "PCM", "GPCM", "NRM"}
    assert len(CASES) == 17
    assert set(CASES) - set(CONVERGED) == {("lsat7", "3PL"), ("sat12", "3PL"), ("bfi_agreeableness", "gpcm")}


@pytest.mark.parametrize("name", DATA_SETS)
def test_classical_and_polychoric(name: str) -> None:
    found = hold(reference_data.of_data_set(name))
    items = load(name).scored.shape[1]
    assert found["item means, SD, item-total and item-rest correlations"].figures == 4 * items
    assert found["eigenvalues of polychoric correlations"].figures == items
    assert ("lambda-2, lambda-6" in found) == (name != "icar_ability_missing")


@pytest.mark.parametrize(("name", "theirs"), CASES)
def test_models(name: str, theirs: str) -> None:
    found = hold(reference_data.of_model(name, theirs))
    if (name, theirs) not in CONVERGED:
        assert list(found) == ["log-likelihood where R did not converge: how much lower"]
        return
    assert set(found) >= SCORES
    ours = calibration(name, theirs)
    assert ours.converged
    assert all("daya beda negatif" in sentence for sentence in ours.problems)
    assert list(ours.item_ids) == results(name)["irt"][theirs]["items"]
    # Whatever has a difficulty that is not far out, every free parameter, all 25 patterns.
    model, intercepts = load(name).model(theirs), int((ours.items["categories"] - 1).sum())
    slopes = {"Rasch": 0, "PCM": 0, "NRM": len(ours.items)}.get(model, len(ours.items))
    assert found["standard errors"].figures == slopes + intercepts
    assert found["EAP and its SE"].figures == found["MAP and its SE"].figures == 50
    assert found["WLE"].figures >= 15
    assert model == "NRM" or found["difficulties"].figures >= intercepts / 2
    assert ("S-X2" in found) == (name != "icar_ability_missing")
    information = results(name)["irt"][theirs]
    assert ours.aic == pytest.approx(information["AIC"], abs=0.02)
    assert ours.bic == pytest.approx(information["BIC"], abs=0.02)


@pytest.mark.parametrize("name", GROUPED)
def test_groups(name: str) -> None:
    found = hold(reference_data.of_dif(name))
    items = load(name).scored.shape[1]
    assert found["Mantel-Haenszel: chi-square, p, odds ratio, delta"].figures == 4 * items
    assert found["logistic DIF: likelihood ratios, change of R2"].figures == 5 * items
    assert found["DIF by likelihood ratio of IRT models: chi-square"].figures == items
    assert found["means and variances of two groups"].figures == 4


@pytest.mark.parametrize(
    ("compared", "figures"), [(reference_data.of_equating, 164), (reference_data.of_agreement, 44)]
)
def test_equating_and_agreement(compared: Callable[[], Iterator[Comparison]], figures: int) -> None:
    assert sum(one.figures for one in hold(compared()).values()) == figures


def test_a_difference_is_noticed() -> None:
    """The comparison itself: a figure beyond its tolerance, a number that we lack, nothing compared at all."""
    compare = reference_data.compare
    assert compare("x", "", "WLE", [([1.0, 2.0], [1.001, float("nan")])]).fine
    assert not compare("x", "", "WLE", [([1.0, 2.0], [1.003, 2.0])]).fine
    assert not compare("x", "", "WLE", [([1.0, float("nan")], [1.0, 2.0])]).fine
    assert not compare("x", "", "WLE", [([1.0], [float("nan")])]).fine
    assert not compare("x", "", "WLE", [([1.0], [1.0, 2.0])]).fine
    assert not compare("x", "", "S-X2", [([1.0, 200.0], [1.0, 203.0])]).fine
