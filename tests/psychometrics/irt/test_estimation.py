"""EM against direct maximisation of the likelihood; standard errors against its numerical second derivative."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from workbench.psychometrics import irt
from workbench.psychometrics.irt.parameter_table import parameter_names

INTERCEPTS = [np.array([d]) for d in (1.0, 0.2, -0.6, 0.5, -0.2)]
# True values of each kind of round: a, d.. ; a, d, logit of c for 3PL; a1.., d1.. for NRM.
DICHOTOMOUS = [[1.0, 1.0], [1.6, 0.2], [1.3, -0.6], [0.8, 0.5], [1.5, -0.2]]
ORDERED = [[1.2, 1.2, 0.9, -0.4], [0.8, 0.5, -0.6], [1.5, 1.1, 1.0, 0.2], [0.9, 0.4]]
ROUNDS: dict[str, tuple[list[str], list[list[float]]]] = {
    "2PL": (["2PL"] * 5, DICHOTOMOUS),
    "Rasch": (["Rasch"] * 5, [[1.0, d] for _a, d in DICHOTOMOUS]),
    "1PL": (["1PL"] * 5, [[1.4, d] for _a, d in DICHOTOMOUS]),
    "3PL": (["3PL"] * 5, [[a + 0.3, d, -1.4] for a, d in DICHOTOMOUS]),
    "GRM": (["GRM", "GRM", "GRM", "2PL"], [[1.2, 1.6, 0.1, -1.4], [1.8, 1.0, -0.2], [0.9, 2.0, 0.4, -1.0], [1.4, 0.5]]),
    "PCM": (["PCM"] * 4, [[1.0, *d] for _a, *d in ORDERED]),
    "GPCM": (["GPCM"] * 4, ORDERED),
    "NRM": (["NRM"] * 3, [[0.9, 1.6, 0.6, 0.1], [0.5, 1.5, 0.8, 0.9, 0.6, -0.3], [1.3, -0.2]]),
    "mixed": (
        ["1PL", "1PL", "GPCM", "GRM", "NRM", "2PL"],
        [[1.2, 0.4], [1.2, -0.5], ORDERED[0], [1.5, 1.0, -0.7], [0.8, 1.4, 0.4, 0.1], [1.1, 0.0]],
    ),
}
ROUNDS["missing"] = ROUNDS["groups"] = ROUNDS["2PL"]


def case(kind: str, seed: int, draw_models, n: int = 700) -> tuple[np.ndarray, np.ndarray, list[int], list[str]]:
    """Answers, groups, numbers of categories and models of one small round."""
    rng = np.random.default_rng(seed)
    models, values = ROUNDS[kind]
    groups = np.zeros(n, dtype=int)
    if kind == "groups":
        groups[n // 2 :] = 1
    theta = rng.standard_normal(n) * np.where(groups == 1, 0.8, 1.0) + 0.5 * groups
    answers = draw_models(rng, theta * (1.3 if kind in {"Rasch", "PCM"} else 1), models, list(map(np.array, values)))
    if kind in {"missing", "groups"}:
        answers = np.where(rng.random(answers.shape) < 0.2, -1, answers)
    sizes = [
        len(v) // 2 + 1 if model == "NRM" else 2 if model == "3PL" else len(v)
        for model, v in zip(models, values, strict=True)
    ]
    return answers, groups, sizes, models


def vector_of(calibration: irt.Calibration, models: list[str]) -> np.ndarray:
    """Free parameters in the order of the direct likelihood."""
    parameters = [p for p in calibration.parameters() if p is not None]
    parts = [np.array([calibration.items["a"][models.index("1PL")]])] if "1PL" in models else []
    parts += [p[1:] if m in {"Rasch", "PCM", "1PL"} else p for m, p in zip(models, parameters, strict=True)]
    for row in calibration.groups.to_dict("records")[1:]:
        parts.append(np.array([row["mean"], np.log(row["sd"])]))
    if set(models) <= {"Rasch", "PCM"}:
        parts.append(np.array([np.log(calibration.groups["sd"][0])]))
    return np.concatenate(parts)


def errors_of(calibration: irt.Calibration, models: list[str]) -> np.ndarray:
    """Standard errors in the same order, of logarithms and logits by the delta method."""
    rows = calibration.items.to_dict("records")
    found = [rows[models.index("1PL")]["a_se"]] if "1PL" in models else []
    for row in rows:
        names = parameter_names(row["model"], row["categories"])[int(row["model"] in {"Rasch", "PCM", "1PL"}) :]
        found += [row["c_se"] / (row["c"] * (1 - row["c"])) if name == "c" else row[f"{name}_se"] for name in names]
    for row in calibration.groups.to_dict("records")[1:]:
        found += [row["mean_se"], row["sd_se"] / row["sd"]]
    if set(models) <= {"Rasch", "PCM"}:
        found.append(calibration.groups["sd_se"][0] / calibration.groups["sd"][0])
    return np.array(found)


@pytest.mark.parametrize("kind", ROUNDS)
def test_estimates_and_errors_against_the_likelihood_itself(kind: str, likelihood, draw_models, seed: int) -> None:
    answers, groups, sizes, models = case(kind, seed, draw_models)
    direct = likelihood(answers, models, sizes, groups)
    ours = irt.calibrate(answers, models, groups=groups)
    assert ours.converged, (seed, ours.problems)
    found = vector_of(ours, models)
    assert ours.free_parameters == found.size
    assert ours.log_likelihood == pytest.approx(direct.value(found, prior=False), abs=1e-6), seed
    best = direct.maximum(found + np.random.default_rng(seed).uniform(-0.2, 0.2, found.size))
    assert direct.value(found) >= direct.value(best) - 1e-4, seed
    # The estimate is a maximum to a small part of a standard error, and the errors are those of its curvature.
    errors = np.sqrt(np.diag(np.linalg.inv(-direct.hessian(best))))
    assert (np.abs(found - best) < 0.02 * errors).all(), (seed, np.abs((found - best) / errors).max())
    np.testing.assert_allclose(errors_of(ours, models), errors, rtol=0.01, err_msg=str(seed))
    assert np.isnan(ours.groups["mean_se"][0]), seed


def test_the_error_of_a_difficulty_is_that_of_the_ratio(likelihood, draw_models, seed: int) -> None:
    """Difficulty is -d/a; its variance by the delta method from the covariance of the whole likelihood."""
    answers, groups, sizes, models = case("2PL", seed, draw_models)
    ours = irt.calibrate(answers, models)
    covariance = np.linalg.inv(-likelihood(answers, models, sizes, groups).hessian(vector_of(ours, models)))
    for j, row in enumerate(ours.items.to_dict("records")):
        gradient = np.array([row["d"] / row["a"] ** 2, -1 / row["a"]])
        block = covariance[2 * j : 2 * j + 2, 2 * j : 2 * j + 2]
        assert row["b"] == pytest.approx(-row["d"] / row["a"], rel=1e-12), seed
        assert row["b_se"] == pytest.approx(np.sqrt(gradient @ block @ gradient), rel=0.01), seed


def test_weights_equal_repeated_rows(draw_models, seed: int) -> None:
    for kind in ROUNDS:
        answers, groups, _sizes, model = case(kind, seed, draw_models)
        weights = np.random.default_rng(seed).integers(0, 4, len(answers))
        repeated = np.repeat(np.arange(len(answers)), weights)
        weighted = irt.calibrate(answers, model, groups=groups, weights=weights)
        long = irt.calibrate(answers[repeated], model, groups=groups[repeated])
        assert weighted.n == long.n, (kind, seed)
        # With a prior it is the posterior that is highest, so that the likelihood moves with the last digits.
        close = 1e-4 if kind == "3PL" else 1e-6
        assert weighted.log_likelihood == pytest.approx(long.log_likelihood, abs=close), (kind, seed)
        assert weighted.bic == pytest.approx(long.bic, abs=2 * close), (kind, seed)
        for column in long.items.columns.drop(["item_id", "model"]):
            # Errors belong to the state one Newton step before the end, which depends on where EM stopped.
            rtol = 0.01 if column.endswith("_se") else 1e-3
            np.testing.assert_allclose(
                weighted.items[column], long.items[column], rtol=rtol, atol=5e-4, err_msg=f"{kind} {column} {seed}"
            )
        np.testing.assert_allclose(
            weighted.groups[["mean", "sd"]], long.groups[["mean", "sd"]], atol=2e-4, err_msg=f"{kind} {seed}"
        )


def test_the_order_of_people_does_not_matter(draw_models, seed: int) -> None:
    answers, groups, _sizes, model = case("groups", seed, draw_models)
    turn = np.random.default_rng(seed).permutation(len(answers))
    one, other = (irt.calibrate(answers[i], model, groups=groups[i]) for i in (slice(None), turn))
    numbers = one.items.columns.drop(["item_id", "model"])
    np.testing.assert_allclose(one.items[numbers], other.items[numbers], rtol=1e-3, atol=1e-4, err_msg=str(seed))
    assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-6), seed


def test_an_executor_changes_nothing(draw_answers, seed: int) -> None:
    """Enough people for several blocks; the sums are added in the order of the blocks, whoever finishes first."""
    rng = np.random.default_rng(seed)
    answers = draw_answers(rng, rng.standard_normal(40_000), np.full(5, 1.2), INTERCEPTS)
    alone = irt.calibrate(answers)
    with ThreadPoolExecutor(3) as pool:
        together = irt.calibrate(answers, executor=pool)
    assert together.log_likelihood == alone.log_likelihood, seed
    pd.testing.assert_frame_equal(together.items, alone.items)


def test_another_reference_group_is_another_metric_of_the_same_fit(draw_models, seed: int) -> None:
    answers, groups, _sizes, model = case("groups", seed, draw_models)
    labels = np.where(groups == 1, "Z", "A")
    first = irt.calibrate(answers, model, groups=labels)
    other = irt.calibrate(answers, model, groups=labels, reference="Z")
    assert list(first.groups["group"]) == ["A", "Z"], seed
    assert list(other.groups["group"]) == ["Z", "A"], seed
    assert (other.groups["mean"][0], other.groups["sd"][0]) == (0, 1), seed
    # The other group is now the wider one, and a grid of six units holds a little less of it.
    assert other.log_likelihood == pytest.approx(first.log_likelihood, abs=0.1), seed
    mean, sd = first.groups.loc[1, ["mean", "sd"]]
    assert (np.abs(other.items["a"] - first.items["a"] * sd) < 0.2 * other.items["a_se"]).all(), seed
    assert (np.abs(other.items["b"] - (first.items["b"] - mean) / sd) < 0.2 * other.items["b_se"]).all(), seed


def test_anchors_keep_their_parameters_and_set_the_metric(draw_answers, seed: int) -> None:
    """Three anchors of a harder world: people turn out lower, the free items stay where they are."""
    rng = np.random.default_rng(seed)
    slope = np.array([1.0, 1.5, 1.2, 0.9, 1.4, 1.1])
    answers = draw_answers(rng, rng.normal(-0.5, 1.3, 6000), slope, [*INTERCEPTS, np.array([0.3])])
    frame = pd.DataFrame(answers, columns=[f"b{j}" for j in range(6)])
    anchors = pd.DataFrame(
        {"item_id": ["b0", "b2", "b4"], "model": "2PL", "a": slope[[0, 2, 4]], "d": [1.0, -0.6, -0.2]}
    )
    ours = irt.calibrate(frame, fixed=anchors)
    assert ours.converged, (seed, ours.problems)
    kept = ours.items.set_index("item_id").loc[anchors["item_id"]]
    np.testing.assert_array_equal(kept["a"], anchors["a"])
    np.testing.assert_array_equal(kept["d"], anchors["d"])
    assert kept[["a_se", "b_se", "d_se"]].isna().all(axis=None)
    group = ours.groups.iloc[0]
    assert abs(group["mean"] + 0.5) < 4 * group["mean_se"], seed
    assert abs(group["sd"] - 1.3) < 4 * group["sd_se"], seed
    free = ours.items.set_index("item_id").loc["b1"]
    assert abs(free["a"] - 1.5) < 4 * free["a_se"], seed
    assert ours.free_parameters == 3 * 2 + 2


def test_a_mis_keyed_item_shows_a_negative_slope_and_a_sentence(draw_models, seed: int) -> None:
    answers, _groups, _sizes, model = case("2PL", seed, draw_models)
    answers[:, 1] = 1 - answers[:, 1]
    ours = irt.calibrate(answers, model)
    assert ours.converged, seed
    assert ours.items["a"][1] < 0, seed
    assert (ours.items["a"].drop(1) > 0).all(), seed
    assert [s for s in ours.problems if "item2" in s and "negatif" in s], (seed, ours.problems)


def test_all_items_turned_is_the_same_test_upside_down(draw_models, seed: int) -> None:
    """The sum of slopes is made positive, whichever way the answers are coded."""
    answers, groups, _sizes, model = case("groups", seed, draw_models)
    turned = np.where(answers >= 0, 1 - answers, -1)
    one, other = irt.calibrate(answers, model, groups=groups), irt.calibrate(turned, model, groups=groups)
    np.testing.assert_allclose(other.items["a"], one.items["a"], atol=1e-3, err_msg=str(seed))
    np.testing.assert_allclose(other.items["d"], -one.items["d"], atol=1e-3, err_msg=str(seed))
    assert other.groups["mean"][1] == pytest.approx(-one.groups["mean"][1], abs=1e-3), seed


def test_a_parameter_at_a_bound_is_never_called_converged() -> None:
    """Items that split people perfectly in order: the likelihood rises without end."""
    theta = np.random.default_rng(3).standard_normal(400)
    answers = (theta[:, None] > np.linspace(-1, 1, 6)).astype(int)
    for standard_errors in (True, False):
        ours = irt.calibrate(answers, standard_errors=standard_errors)
        assert not ours.converged
        assert any("di batas" in sentence for sentence in ours.problems), ours.problems


def test_too_few_cycles_are_not_called_converged(draw_models) -> None:
    answers, _groups, _sizes, model = case("2PL", 1, draw_models)
    ours = irt.calibrate(answers, model, max_cycles=2, standard_errors=False)
    assert not ours.converged
    assert any("max_cycles" in sentence for sentence in ours.problems)


def test_a_group_that_the_grid_does_not_hold_is_not_called_converged(draw_answers) -> None:
    rng = np.random.default_rng(8)
    groups = np.repeat([0, 1], 1500)
    borders = [np.array([d]) for d in np.linspace(1, -7, 14)]
    answers = draw_answers(rng, rng.standard_normal(3000) + 4.0 * groups, np.full(14, 1.5), borders)
    ours = irt.calibrate(answers, groups=groups)
    assert not ours.converged
    assert any("Kelompok 1" in sentence for sentence in ours.problems), ours.problems
    wider = irt.calibrate(answers, groups=groups, grid=irt.Grid(91, -6, 12))
    assert wider.converged, wider.problems
    assert abs(wider.groups["mean"][1] - 4) < 4 * wider.groups["mean_se"][1]


def test_a_grid_too_coarse_for_the_test_is_reported(draw_answers) -> None:
    """Two hundred steep items: the sentence says how many nodes are enough, and with those it falls silent."""
    rng = np.random.default_rng(9)
    borders = [np.array([d]) for d in rng.normal(0, 2, 200)]
    answers = draw_answers(rng, rng.standard_normal(800), np.full(200, 2.0), borders)
    said = [s for s in irt.calibrate(answers, standard_errors=False).problems if "terlalu kasar" in s]
    assert len(said) == 1
    nodes = int(said[0].split("sedikitnya ")[1].split()[0])
    assert nodes > 61
    finer = irt.calibrate(answers, standard_errors=False, grid=irt.Grid(nodes + 5))
    assert not any("terlalu kasar" in s for s in finer.problems)
    finest = irt.calibrate(answers, standard_errors=False, grid=irt.Grid(481))
    assert finer.log_likelihood == pytest.approx(finest.log_likelihood, abs=0.5)


def test_number_labels_are_in_order_of_numbers(draw_models) -> None:
    answers, groups, _sizes, model = case("groups", 10, draw_models)
    ours = irt.calibrate(answers, model, groups=np.where(groups == 1, 10, 9), standard_errors=False)
    assert list(ours.groups["group"]) == ["9", "10"]
    assert ours.groups["mean"][0] == 0


def test_items_without_variation_are_reported_and_left_out(draw_models) -> None:
    answers, _groups, _sizes, _model = case("2PL", 2, draw_models)
    frame = pd.DataFrame(answers.astype(float), columns=list("ABCDE")).assign(F=1.0, G=np.nan)
    ours = irt.calibrate(frame)
    assert ours.converged
    assert ours.items.set_index("item_id").loc[["F", "G"], ["a", "b", "d", "a_se"]].isna().all(axis=None)
    assert [s for s in ours.problems if "Butir F" in s and "sama" in s]
    assert [s for s in ours.problems if "Butir G" in s and "tidak ada jawaban" in s]
    np.testing.assert_allclose(ours.items["a"][:5], irt.calibrate(answers).items["a"], atol=1e-9)
    scored = irt.score(ours, frame)
    np.testing.assert_allclose(scored, irt.score(irt.calibrate(answers), answers), atol=1e-6)


def test_progress_is_told_and_can_cancel(draw_models) -> None:
    answers, _groups, _sizes, model = case("2PL", 4, draw_models)
    told: list[tuple[int, float]] = []
    ours = irt.calibrate(answers, model, progress=lambda cycle, value: told.append((cycle, value)))
    assert [cycle for cycle, _value in told] == sorted({cycle for cycle, _value in told})
    assert told[-1][1] == pytest.approx(ours.log_likelihood, abs=0.1)
    assert told[-1][1] > told[0][1]

    class StopError(Exception):
        pass

    def stop(_cycle: int, _value: float) -> None:
        raise StopError

    with pytest.raises(StopError):
        irt.calibrate(answers, model, progress=stop)


@pytest.mark.parametrize("kind", ROUNDS)
def test_json_keeps_everything(kind: str, draw_models) -> None:
    answers, groups, _sizes, model = case(kind, 5, draw_models)
    frame = pd.DataFrame(answers.astype(float)).assign(kosong=np.nan)
    ours = irt.calibrate(frame, [*model, "2PL"], groups=groups)
    again = irt.Calibration.from_json(ours.to_json())
    pd.testing.assert_frame_equal(again.items, ours.items)
    pd.testing.assert_frame_equal(again.groups, ours.groups)
    for name in ("log_likelihood", "n", "free_parameters", "converged", "cycles", "problems", "aic", "bic"):
        assert getattr(again, name) == getattr(ours, name), name
    pd.testing.assert_frame_equal(irt.score(again, frame), irt.score(ours, frame))


def test_unknown_models_priors_and_methods_are_refused_with_a_sentence(draw_models) -> None:
    answers, _groups, _sizes, _model = case("2PL", 6, draw_models)
    for model in ("4PL", "2pl", ""):
        with pytest.raises(ValueError, match=r"tidak tersedia; pilih salah satu: Rasch, 1PL, 2PL, 3PL, GRM, PCM"):
            irt.calibrate(answers, model)
    for priors in ({"a": (1, 2)}, {"c": 1}, {"c": (0, 1)}, {"c": ("x", 2)}, {"c": (np.inf, 2)}, 5):
        with pytest.raises(ValueError, match="Prior"):
            irt.calibrate(answers, "3PL", priors=priors)
    with pytest.raises(ValueError, match=r"tidak tersedia; pilih salah satu: EAP, MAP, WLE, EAPsum\."):
        irt.score(irt.calibrate(answers), answers, "ML")


def test_groups_without_a_common_item_are_refused(draw_models) -> None:
    answers, groups, _sizes, _model = case("groups", 7, draw_models)
    wide = np.full((len(answers), 10), -1)
    wide[groups == 0, :5] = answers[groups == 0]
    wide[groups == 1, 5:] = answers[groups == 1]
    with pytest.raises(ValueError, match="Kelompok 1 tidak berbagi satu butir pun"):
        irt.calibrate(wide, groups=groups)
    wide[groups == 1, 4] = answers[groups == 1, 0]
    assert irt.calibrate(wide, groups=groups).groups["mean"].notna().all()


@pytest.mark.parametrize("kind", [k for k in ROUNDS if k not in {"missing", "groups"}])
def test_groups_anchors_and_forms_with_every_model(kind: str, draw_models, seed: int) -> None:
    """Two groups, each without one item of the other's; then the same items as anchors for a group of its own."""
    rng = np.random.default_rng(seed)
    models, values = ROUNDS[kind]
    models, truth = models * 2, [np.array(v) for v in values * 2]
    groups = np.repeat([0, 1], 2500)
    answers = draw_models(rng, rng.normal(np.where(groups, 0.6, 0.0), np.where(groups, 1.2, 1.0)), models, truth)
    answers[groups == 0, 0] = -1
    answers[groups == 1, 1] = -1
    ours = irt.calibrate(answers, models, groups=groups)
    assert ours.converged, (seed, ours.problems)
    other = ours.groups.iloc[1]
    assert abs(other["mean"] - 0.6) < 4.5 * other["mean_se"] + 0.02, (seed, kind)
    assert abs(other["sd"] - 1.2) < 4.5 * other["sd_se"] + 0.02, (seed, kind)
    for j, (row, known) in enumerate(zip(ours.items.to_dict("records"), truth, strict=True)):
        for name, value in zip(parameter_names(row["model"], row["categories"]), known, strict=True):
            if name != "c" and not np.isnan(row[f"{name}_se"]):  # the prior pulls c, and c pulls a and d
                room = 0.5 if row["model"] == "3PL" else 0.0
                assert abs(row[name] - value) < 5 * row[f"{name}_se"] + room, (seed, kind, j, name)
    frame = pd.DataFrame(answers[groups == 1], columns=list(ours.item_ids))
    fixed = ours.items.iloc[[0, 2, 3]]
    anchored = irt.calibrate(frame, models, fixed=fixed)
    assert anchored.converged, (seed, anchored.problems)
    numbers = [c for c in fixed if c not in ("item_id", "model", "categories") and not c.endswith("_se")]
    kept = anchored.items.set_index("item_id").loc[fixed["item_id"]]
    np.testing.assert_allclose(kept[numbers], fixed[numbers], rtol=1e-12)
    assert kept[[c for c in kept if c.endswith("_se")]].isna().all(axis=None)
    alone = anchored.groups.iloc[0]
    assert abs(alone["mean"] - other["mean"]) < 5 * alone["mean_se"] + 0.02, (seed, kind)
    assert abs(alone["sd"] - other["sd"]) < 5 * alone["sd_se"] + 0.02, (seed, kind)


def test_one_slope_for_all_lies_between_rasch_and_two_parameters(draw_models, seed: int) -> None:
    """1PL is Rasch on the metric of a standard normal group: slope times sd, the same likelihood and difficulties."""
    answers, _groups, _sizes, _models = case("1PL", seed, draw_models)
    rasch, one, two = (irt.calibrate(answers, model) for model in ("Rasch", "1PL", "2PL"))
    assert one.items["a"].nunique() == 1
    assert one.items["a"][0] == pytest.approx(rasch.groups["sd"][0], abs=5e-4), seed
    assert one.items["a_se"][0] == pytest.approx(rasch.groups["sd_se"][0], rel=0.01), seed
    # The grid of one is the other's times the slope, hence the small room.
    assert one.log_likelihood == pytest.approx(rasch.log_likelihood, abs=0.02), seed
    np.testing.assert_allclose(one.items["d"], rasch.items["d"], atol=2e-3, err_msg=str(seed))
    assert one.free_parameters == rasch.free_parameters == 6
    assert rasch.log_likelihood < two.log_likelihood + 0.02, seed


def test_two_categories_are_the_same_in_every_family(draw_models, seed: int) -> None:
    answers, _groups, _sizes, _models = case("2PL", seed, draw_models)
    first = irt.calibrate(answers, "2PL")
    for model in ("GRM", "GPCM", "NRM"):
        other = irt.calibrate(answers, model)
        slope, intercept = ("a1", "d1") if model == "NRM" else ("a", "d")
        assert other.log_likelihood == pytest.approx(first.log_likelihood, abs=1e-6), (seed, model)
        np.testing.assert_allclose(other.items[slope], first.items["a"], atol=1e-3, err_msg=str(seed))
        np.testing.assert_allclose(other.items[f"{intercept}_se"], first.items["d_se"], rtol=0.01, err_msg=str(seed))
    rasch, partial = irt.calibrate(answers, "Rasch"), irt.calibrate(answers, "PCM")
    assert partial.log_likelihood == pytest.approx(rasch.log_likelihood, abs=1e-6), seed
    # Without guessing the 3PL is the 2PL.
    none = irt.calibrate(answers, "3PL", priors={"c": (1.0, 1e6)})
    assert none.items["c"].max() < 1e-3, seed
    np.testing.assert_allclose(none.items["a"], first.items["a"], atol=0.01, err_msg=str(seed))


def test_the_prior_of_guessing_is_the_one_that_was_named(draw_models, seed: int) -> None:
    answers, _groups, _sizes, _models = case("3PL", seed, draw_models, 400)
    tight = irt.calibrate(answers, "3PL", priors={"c": (3000.0, 7000.0)})
    np.testing.assert_allclose(tight.items["c"], 2999 / 9998, atol=0.005, err_msg=str(seed))
    default, told = irt.calibrate(answers, "3PL"), irt.calibrate(answers, "3PL", priors={"c": (5, 17)})
    pd.testing.assert_frame_equal(default.items, told.items)
    free = irt.calibrate(answers, "3PL", priors={"c": None}, max_cycles=2000)
    assert free.log_likelihood > default.log_likelihood - 0.05, seed
    assert free.log_likelihood > tight.log_likelihood, seed


def test_the_data_decide_on_the_grid(draw_answers, draw_models) -> None:
    """A short test needs no more than 61 nodes; two hundred steep items get what makes the sum an integral."""
    answers, _groups, _sizes, _models = case("2PL", 1, draw_models)
    short = irt.calibrate(answers, grid=None)
    assert short.nodes == 61
    pd.testing.assert_frame_equal(short.items, irt.calibrate(answers).items)
    rng = np.random.default_rng(9)
    borders = [np.array([d]) for d in rng.normal(0, 2, 120)]
    long = draw_answers(rng, rng.standard_normal(400), np.full(120, 2.5), borders)
    ours = irt.calibrate(long, standard_errors=False, grid=None)
    assert ours.nodes > 61
    assert not any("terlalu kasar" in sentence for sentence in ours.problems)
    finest = irt.calibrate(long, standard_errors=False, grid=irt.Grid(481))
    assert ours.log_likelihood == pytest.approx(finest.log_likelihood, abs=0.05)
