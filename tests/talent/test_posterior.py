"""The joint posterior against brute force: integrals on a grid, conditional normal formulas, and plain sums."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal, norm

from workbench.psychometrics import irt
from workbench.talent import standing
from workbench.talent.levels import level_probabilities, place_levels

SCALES = ("alpha", "beta")
MEAN, COVARIANCE = np.array([0.3, -0.2]), np.array([[1.2, 0.7], [0.7, 0.9]])


def population(mean=MEAN, covariance=COVARIANCE, scales=SCALES) -> pd.DataFrame:
    return pd.concat(
        [pd.DataFrame({"scale": scales, "mean": mean}), pd.DataFrame(covariance, columns=list(scales))], axis=1
    )


def summaries(rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["participant_id", "scale", "eap", "eap_se"])


PEOPLE = summaries(
    [("b", "alpha", 1.1, 0.5), ("b", "beta", -0.4, 0.6), ("a", "alpha", -0.8, 0.4), ("c", "beta", 2.0, 0.55)]
)


def test_two_scales_agree_with_integration_on_a_grid():
    joint = standing.posterior(PEOPLE, population())
    assert list(joint.participant_id) == ["a", "b", "c"]
    mean, covariance = joint.moments(slice(0, 3))
    grid = np.linspace(-7, 7, 1401)
    x, y = np.meshgrid(grid, grid, indexing="ij")
    prior = multivariate_normal(MEAN, COVARIANCE).pdf(np.stack([x, y], axis=-1))
    for row, person in enumerate(joint.participant_id):
        weight = prior.copy()
        for scale, e, se in PEOPLE.loc[PEOPLE["participant_id"] == person, ["scale", "eap", "eap_se"]].to_numpy():
            # The likelihood that turns N(0, 1) into N(e, se^2): their ratio.
            at = x if scale == "alpha" else y
            weight *= norm.pdf(at, e, se) / norm.pdf(at)
        weight /= weight.sum()
        expected = np.array([(weight * x).sum(), (weight * y).sum()])
        assert mean[row] == pytest.approx(expected, abs=1e-6)
        spread = np.array(
            [
                [(weight * (p - expected[i]) * (q - expected[j])).sum() for j, q in enumerate((x, y))]
                for i, p in enumerate((x, y))
            ]
        )
        assert covariance[row] == pytest.approx(spread, abs=1e-6)


def test_a_scale_that_was_not_taken_follows_from_the_others():
    joint = standing.posterior(PEOPLE, population())
    mean, covariance = joint.moments(slice(0, 1))  # person a took alpha only
    slope = COVARIANCE[0, 1] / COVARIANCE[0, 0]
    assert mean[0, 1] == pytest.approx(MEAN[1] + slope * (mean[0, 0] - MEAN[0]))
    left = COVARIANCE[1, 1] - slope * COVARIANCE[0, 1]
    assert covariance[0, 1, 1] == pytest.approx(left + slope**2 * covariance[0, 0, 0])
    assert joint.taken.tolist() == [[True, False], [True, True], [False, True]]


def test_own_evidence_does_not_borrow():
    mean, sd = standing.posterior(PEOPLE, population()).own()
    # Normal prior times normal likelihood, one scale at a time.
    precision = 1 / 0.5**2 - 1
    location = 1.1 / (0.5**2 * precision)
    variance = 1 / (1 / COVARIANCE[0, 0] + precision)
    assert sd[1, 0] == pytest.approx(np.sqrt(variance))
    assert mean[1, 0] == pytest.approx(variance * (precision * location + MEAN[0] / COVARIANCE[0, 0]))
    changed = PEOPLE.assign(eap=np.where(PEOPLE["scale"] == "beta", PEOPLE["eap"] + 1, PEOPLE["eap"]))
    other, _sd = standing.posterior(changed, population()).own()
    assert other[:, 0] == pytest.approx(mean[:, 0])
    assert (
        standing.posterior(changed, population()).joint()[0][1, 0]
        > standing.posterior(PEOPLE, population()).joint()[0][1, 0]
    )


def test_scale_by_scale_is_the_own_evidence():
    joint = standing.posterior(PEOPLE, population())
    apart = joint.scale_by_scale().joint()
    assert apart[0] == pytest.approx(joint.own()[0])
    assert apart[1] == pytest.approx(joint.own()[1])


def test_with_a_standard_normal_population_the_summary_is_the_posterior():
    joint = standing.posterior(PEOPLE, population(np.zeros(2), np.eye(2)))
    mean, sd = joint.joint()
    assert (mean[1], sd[1]) == (pytest.approx([1.1, -0.4]), pytest.approx([0.5, 0.6]))
    assert (mean[0, 1], sd[0, 1]) == (pytest.approx(0.0), pytest.approx(1.0))


def test_row_order_and_chunks_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    people = [f"P{i:05d}" for i in range(5000)]  # more than one chunk
    frame = summaries([(p, s, rng.normal(), rng.uniform(0.3, 0.8)) for p in people for s in SCALES])
    whole = standing.posterior(frame, population())
    mixed = standing.posterior(frame.sample(frac=1, random_state=1), population())
    assert (whole.participant_id == mixed.participant_id).all()
    for left, right in zip(whole.joint(), mixed.joint(), strict=True):
        assert (left == right).all()
    few = standing.posterior(frame[frame["participant_id"].isin(people[2500:2510])], population())
    assert few.joint()[0] == pytest.approx(whole.joint()[0][2500:2510], abs=1e-12)


def test_people_are_found_by_name_and_strangers_have_no_evidence():
    joint = standing.posterior(PEOPLE, population())
    chosen = joint.of(np.array(["c", "x", "a"], dtype=object))
    assert chosen.taken.tolist() == [[False, True], [False, False], [True, False]]
    mean, sd = chosen.joint()
    assert mean[1] == pytest.approx(MEAN)
    assert sd[1] == pytest.approx(np.sqrt(np.diag(COVARIANCE)))


def test_the_population_is_found_again(seed):
    # Summaries of known people: the EM estimate agrees with the population they came from within its sampling error.
    rng = np.random.default_rng(seed)
    n, error = 6000, np.array([0.6, 0.7])
    theta = rng.multivariate_normal(MEAN, COVARIANCE, n)
    seen = theta + rng.standard_normal((n, 2)) * error
    variance = 1 / (1 + 1 / error**2)  # posterior under N(0, 1)
    frame = summaries(
        [
            (f"P{i:05d}", scale, seen[i, j] / error[j] ** 2 * variance[j], np.sqrt(variance[j]))
            for i in range(n)
            for j, scale in enumerate(SCALES)
        ]
    )
    found = standing.estimate_population(frame, cycles=200)
    total = COVARIANCE + np.diag(error**2)
    bound = 4.5 * np.sqrt(np.diag(total) / n)
    assert (np.abs(found["mean"].to_numpy() - MEAN) < bound).all(), seed
    spread = 4.5 * np.sqrt((np.outer(np.diag(total), np.diag(total)) + total**2) / n)
    assert (np.abs(found[list(SCALES)].to_numpy() - COVARIANCE) < spread).all(), seed


def test_levels_of_a_real_scale_agree_with_its_likelihood_on_the_grid(seed):
    # Twelve graded items: the normal summary gives nearly the level probabilities of the exact posterior.
    rng = np.random.default_rng(seed)
    items = pd.DataFrame({"item_id": [f"i{k}" for k in range(12)], "model": "GRM", "a": rng.uniform(0.6, 1.2, 12)})
    middle = rng.normal(0, 0.5, 12)
    items = items.assign(b1=middle - 1.3, b2=middle, b3=middle + 1.3)
    theta = rng.standard_normal(4000)
    reach = 1 / (
        1 + np.exp(-items["a"].to_numpy()[:, None] * (theta[:, None, None] - items[["b1", "b2", "b3"]].to_numpy()))
    )
    answers = (rng.random((4000, 12, 1)) < reach).sum(axis=2)
    scored = irt.score(irt.Calibration.from_items(items), pd.DataFrame(answers, columns=items["item_id"]), "EAP")
    grid = np.linspace(-6, 6, 601)
    curve = 1 / (
        1 + np.exp(-items["a"].to_numpy()[:, None, None] * (grid - items[["b1", "b2", "b3"]].to_numpy()[..., None]))
    )
    edges = np.concatenate([np.ones((12, 1, 601)), curve, np.zeros((12, 1, 601))], axis=1)
    log = np.log(edges[:, :-1] - edges[:, 1:])
    weight = np.exp(log[np.arange(12), answers].sum(axis=1)) * norm.pdf(grid)
    weight /= weight.sum(axis=1, keepdims=True)
    cuts = np.array([-0.4, 0.7, 1.6, 2.4])
    level = (grid[:, None] >= cuts).sum(axis=1)
    exact = np.stack([weight[:, level == k].sum(axis=1) for k in range(5)], axis=1)
    stated = level_probabilities(scored["theta"].to_numpy(), scored["se"].to_numpy(), cuts)
    assert np.abs(stated.sum(axis=1) - 1).max() < 1e-12
    assert np.abs(stated - exact).mean() < 0.006, seed
    assert np.abs(stated - exact).max() < 0.08, seed
    assert (stated.argmax(axis=1) == exact.argmax(axis=1)).mean() > 0.97, seed


def test_levels_are_listed_for_scales_that_were_taken():
    class Cuts:
        def cuts(self, scale):
            return np.array([-0.4, 0.7, 1.6, 2.4])

    joint = standing.posterior(PEOPLE, population(np.zeros(2), np.eye(2)))
    people = pd.DataFrame({"participant_id": ["a", "b", "c"], "required_alpha": [2, 3, 4]})
    frame = place_levels(joint, people, Cuts(), SCALES)
    assert list(frame.columns) == [
        "participant_id", "competency", "level", "required",
        "p_level_1", "p_level_2", "p_level_3", "p_level_4", "p_level_5",
    ]  # fmt: skip
    assert frame[["participant_id", "competency"]].to_numpy().tolist() == [
        ["a", "alpha"],
        ["b", "alpha"],
        ["b", "beta"],
        ["c", "beta"],
    ]
    # b, alpha: N(1.1, .5): P(below .7) = Phi(-.8) = .2119, P(.7 to 1.6) = Phi(1) - Phi(-.8) = .6295
    b = frame.iloc[1]
    assert (b["p_level_1"] + b["p_level_2"], b["p_level_3"]) == pytest.approx((0.2119, 0.6295), abs=1e-4)
    assert (b["level"], b["required"]) == (3, 3)
    assert frame["required"].isna().tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda f: f.drop(columns="eap_se"), "Ringkasan skor tanpa kolom eap_se"),
        (lambda f: f.assign(eap=np.nan), "Ringkasan skor memuat nilai kosong atau galat nol"),
        (lambda f: f.assign(eap_se=0.0), "Ringkasan skor memuat nilai kosong atau galat nol"),
        (lambda f: f.assign(eap_se=-0.5), "Ringkasan skor memuat nilai kosong atau galat nol"),
        (lambda f: f.assign(eap_se=np.inf), "Ringkasan skor memuat nilai kosong atau galat nol"),
        (lambda f: f.assign(participant_id=None), "Ringkasan skor memuat nilai kosong"),
        (lambda f: pd.concat([f, f.iloc[:1]]), "orang dan skala yang sama dua kali"),
        (lambda f: f.assign(scale="gamma"), "Tidak ada skor untuk satu pun skala bank ini"),
    ],
)
def test_bad_summaries_are_refused(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        standing.posterior(change(PEOPLE), population())


@pytest.mark.parametrize(
    "covariance", [[[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.5], [0.4, 1.0]], [[1.0, np.nan], [np.nan, 1.0]]]
)
def test_a_covariance_that_is_none_is_refused(covariance):
    with pytest.raises(ValueError, match="Kovarians populasi harus simetris dan definit positif"):
        standing.posterior(PEOPLE, population(covariance=np.array(covariance)))


def test_too_few_people_estimate_no_population():
    with pytest.raises(
        ValueError, match=r"3 orang terlalu sedikit untuk menduga populasi atas 2 skala; pakai bank butir"
    ):
        standing.estimate_population(PEOPLE)
