"""Rectangles of two normal axes: against SciPy's integral, against draws, and no gap or overlap whatever the policy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from workbench.policy import list_policies, load_policy
from workbench.policy.models import Cuts
from workbench.talent.axes import boxes_of, columns_of
from workbench.talent.rectangles import bivariate_normal, box_probabilities

SOURCED = {"source": "uji", "verified": "no"}


@pytest.mark.parametrize("correlation", [-0.99, -0.5, 0.0, 0.3, 0.9, 0.999])
@pytest.mark.parametrize(("h", "k"), [(0, 0), (0, 1), (1, 0), (-1, -1), (1, -2), (0.5, 0.4), (-3, 2), (9, -9)])
def test_the_bivariate_normal_is_that_of_scipy(h, k, correlation):
    exact = multivariate_normal([0, 0], [[1, correlation], [correlation, 1]]).cdf([h, k])
    found = bivariate_normal(np.array([float(h)]), np.array([float(k)]), np.array([correlation]))
    assert found[0] == pytest.approx(exact, abs=1e-6)


def test_at_the_origin_it_is_sheppards_formula():
    r = np.linspace(-0.999, 0.999, 41)
    assert bivariate_normal(np.zeros(41), np.zeros(41), r) == pytest.approx(
        0.25 + np.arcsin(r) / (2 * np.pi), abs=1e-12
    )


@pytest.mark.parametrize("key", list_policies())
def test_boxes_are_the_shares_of_linear_axes_drawn(key, seed):
    # Two axes that are linear in three normal scores: a million draws through the rule of the plane.
    policy, rng = load_policy(key), np.random.default_rng(seed)
    loadings = np.array([[6.0, 3.0, 1.0], [1.0, 4.0, 5.0]])
    centre = np.array([70.0, 72.0])
    covariance = loadings @ loadings.T
    axes = centre + rng.standard_normal((1_000_000, 3)) @ loadings.T
    box = boxes_of(columns_of(axes[:, 0], policy.cuts.potensial), columns_of(axes[:, 1], policy.cuts.kinerja), policy)
    shares = np.bincount(box, minlength=10)[1:] / box.size
    sd = np.sqrt(np.diag(covariance))
    found = box_probabilities(centre[None], sd[None], np.array([covariance[0, 1] / sd.prod()]), policy)[0]
    assert found == pytest.approx(shares, abs=5 * np.sqrt(0.25 / box.size)), seed


cut_pairs = st.tuples(st.floats(1, 99), st.floats(1, 99)).filter(lambda pair: pair[0] < pair[1])


@settings(deadline=None)
@given(
    mean=st.tuples(st.floats(0, 100), st.floats(0, 100)),
    sd=st.tuples(st.one_of(st.just(0.0), st.floats(1e-3, 40)), st.one_of(st.just(0.0), st.floats(1e-3, 40))),
    correlation=st.floats(-0.999, 0.999),
    cuts=st.tuples(cut_pairs, cut_pairs),
    grid=st.permutations(range(1, 10)),
    row=st.one_of(st.none(), st.integers(0, 2)),
    on_cut=st.booleans(),
)
def test_no_policy_leaves_a_gap_or_an_overlap(mean, sd, correlation, cuts, grid, row, on_cut):
    own = Cuts(potensial=cuts[0], kinerja=cuts[1], **SOURCED)
    shipped = load_policy(list_policies()[0])
    rows = tuple(tuple(grid[3 * i : 3 * i + 3]) for i in range(3))
    policy = shipped.model_copy(update={"cuts": own, "boxes": shipped.boxes.model_copy(update={"grid": rows})})
    if on_cut:
        mean = (own.potensial[1], own.kinerja[0])
    direct = None if row is None else np.array([row])
    found = box_probabilities(np.array([mean]), np.array([sd]), np.array([correlation]), policy, direct)[0]
    assert found.sum() == pytest.approx(1, abs=1e-6)
    assert (found >= 0).all()
    if sd == (0.0, 0.0):
        # Without any spread it is the rule at a point, on a cut too.
        column = columns_of(np.array([mean[0]]), own.potensial)
        place = columns_of(np.array([mean[1]]), own.kinerja) if row is None else np.array([row], dtype=np.int8)
        assert found[int(boxes_of(column, place, policy)[0]) - 1] == 1
    if row is not None:
        assert found[[b - 1 for b in rows[2 - row]]].sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("mean", "sd", "correlation"),
    [
        ([[np.nan, 70]], [[1, 1]], [0.0]),
        ([[70, np.inf]], [[1, 1]], [0.0]),
        ([[70, 70]], [[-1, 1]], [0.0]),
        ([[70, 70]], [[1, 1]], [1.0]),
        ([[70, 70]], [[1, 1]], [np.nan]),
    ],
)
def test_what_is_no_distribution_is_refused(mean, sd, correlation):
    with pytest.raises(ValueError, match="Rerata sumbu harus berhingga"):
        box_probabilities(np.array(mean), np.array(sd), np.array(correlation), load_policy(list_policies()[0]))
    with pytest.raises(ValueError, match="tidak sama panjang"):
        box_probabilities(np.zeros((2, 2)), np.zeros((1, 2)), np.zeros(2), load_policy(list_policies()[0]))
