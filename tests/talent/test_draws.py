"""Draws: even, independent between people and scales, and fixed by pseudonym and seed alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest, norm

from workbench.talent.draws import normal_draws, person_shifts

NAMES = np.array([f"P{k:04d}" for k in range(400)], dtype=object)


@pytest.fixture(scope="module")
def seed(draw_seed) -> int:
    return draw_seed("draws")


@pytest.mark.parametrize("draws", [200, 800, 64])
def test_each_person_and_scale_has_one_draw_in_every_slice_of_probability(draws, seed):
    z = normal_draws(person_shifts(NAMES[:20], seed, 9), draws)
    assert z.shape == (20, 9, draws)
    place = norm.cdf(np.sort(z.astype(float), axis=2)) * draws
    # Sorted, the k-th draw lies one slice above the one before it, but for the 16 bits of the points.
    steps = np.diff(place, axis=2)
    assert np.abs(steps - 1).max() < 0.02
    assert z.mean(axis=2) == pytest.approx(np.zeros((20, 9)), abs=6 / draws)  # the outermost draw may lie far out
    assert z.std(axis=2) == pytest.approx(np.ones((20, 9)), abs=12 / draws)


def test_over_people_each_draw_is_standard_normal_and_scales_are_uncorrelated(seed):
    z = normal_draws(person_shifts(NAMES, seed, 33), 200).astype(float)
    for draw in (0, 57, 199):
        assert kstest(z[:, :, draw].ravel(), norm.cdf).pvalue > 1e-4, seed
    flat = z.transpose(1, 0, 2).reshape(33, -1)
    correlation = np.corrcoef(flat)
    np.fill_diagonal(correlation, 0)
    assert np.abs(correlation).max() < 0.05, seed
    people = np.corrcoef(z[:, 0, :])
    np.fill_diagonal(people, 0)
    assert np.abs(people.mean()) < 0.02, seed


def test_a_persons_shift_depends_on_the_name_and_the_seed(seed):
    shifts = person_shifts(NAMES, seed, 33)
    assert (person_shifts(NAMES[::-1], seed, 33)[::-1] == shifts).all()
    assert (person_shifts(NAMES[5:6], seed, 33)[0] == shifts[5]).all()
    # More scales leave the first ones as they were.
    assert (person_shifts(NAMES, seed, 17) == shifts[:, :17]).all()
    assert (person_shifts(NAMES, seed + 1, 33) != shifts).mean() > 0.99
    assert len(np.unique(shifts, axis=0)) == len(NAMES)
    # Every value of a shift is as likely as any other.
    assert kstest(shifts.ravel() / 65536, "uniform").pvalue > 1e-4, seed


def test_the_answer_to_an_integral_comes_closer_with_more_draws(seed):
    # E max(x1, x2, 0) over two standard normal scales is (1 + sqrt 2) / (2 sqrt pi) = .68096; the error falls with the
    # number of draws faster than that of random numbers does.
    exact = (1 + np.sqrt(2)) / (2 * np.sqrt(np.pi))
    errors = []
    for draws in (50, 200, 800):
        z = normal_draws(person_shifts(NAMES, seed, 2), draws).astype(float)
        answer = np.maximum(np.maximum(z[:, 0], z[:, 1]), 0).mean(axis=1)
        errors.append(float(np.sqrt(((answer - exact) ** 2).mean())))
    plain = np.std(np.maximum(np.random.default_rng(seed).standard_normal((2, 100_000)).max(axis=0), 0))
    for error, draws in zip(errors, (50, 200, 800), strict=True):
        assert error < 0.5 * plain / np.sqrt(draws), (seed, errors)
    assert errors[0] > 2 * errors[1] > 4 * errors[2], (seed, errors)
