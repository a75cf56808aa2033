"""Rounds that several tests look at; nobody changes them."""

from __future__ import annotations

import pytest

from workbench.simulation import Cohort, simulate


@pytest.fixture(scope="session")
def plain_cirebon() -> Cohort:
    return simulate("cirebon-2024", seed=3)


@pytest.fixture(scope="session")
def defective_cirebon() -> Cohort:
    return simulate("cirebon-2024", seed=3, defects="ordinary")


@pytest.fixture(scope="session")
def national_sample() -> Cohort:
    return simulate("national-2023", size=12_000, seed=5)


@pytest.fixture(scope="session")
def national() -> Cohort:
    """All 60,000 people of the national round."""
    return simulate("national-2023", seed=2)
