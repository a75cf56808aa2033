"""The M-step never lowers what it maximises, not even where a parameter stands at its bound."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.psychometrics.irt.item_set import ItemSet
from workbench.psychometrics.irt.maximisation import improve_all

THETA = np.linspace(-6, 6, 61)


def value(items: ItemSet, parameters: list[np.ndarray], counts: list[np.ndarray]) -> np.ndarray:
    """Expected complete-data log-likelihood of each item, one item at a time."""
    return np.array(
        [
            float((n * np.log(model.family.probabilities(values[None], THETA)[0])).sum())
            for model, values, n in zip(items.models, parameters, counts, strict=True)
        ]
    )


@pytest.mark.parametrize("name", ["2PL", "3PL", "GRM", "GPCM"])
def test_no_step_loses(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    number, categories = 60, 4 if name in {"GRM", "GPCM"} else 2
    items = ItemSet.of([name] * number, [categories] * number)
    family, density = items.models[0].family, np.exp(-(THETA**2) / 2)
    parameters, counts = [], []
    for _item in range(number):
        start = family.start(rng.dirichlet(np.full(categories, 2.0)))
        start[0] = rng.choice([-0.5, 0.3, 1.5, 6.0, 15.0])
        if name == "3PL":
            start[2] = rng.choice([-12.0, -8.0, -2.0, 2.0])
        parameters.append(start)
        # Answers that no curve of the family describes, of few people or of many.
        shares = rng.dirichlet(np.full(categories, 0.7), THETA.size).T
        counts.append(shares * density * 10 ** rng.uniform(0, 3))
    before = value(items, parameters, counts)
    free = [np.ones(p.size, dtype=bool) for p in parameters]
    improved = improve_all(items, parameters, free, counts, THETA, None)
    after = value(items, improved, counts)
    assert (after >= before - 1e-9 * np.abs(before)).all(), seed
    assert (after > before + 1e-6 * np.abs(before)).mean() > 0.9, seed
    assert all((np.abs(p) <= family.bounds(categories)).all() for p in improved)
