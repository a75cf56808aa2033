"""Quasi-random draws for each person, the same whatever the order, the chunk or the worker.

One scrambled Sobol set serves everybody; each person shifts it modulo one by an amount hashed from the pseudonym and
the seed (Cranley and Patterson 1976), so that a person's draws depend on nothing but the person. Points are kept as
16-bit integers: the shift is then an overflow, and the normal quantile a look-up.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["normal_draws", "person_shifts"]

_STEPS = 1 << 16


@cache
def _quantiles() -> NDArray[np.float32]:
    """Mean of the normal distribution within each of 65,536 equal slices of probability."""
    edges = ndtri(np.arange(1, _STEPS) / _STEPS)
    density = np.concatenate([[0.0], np.exp(-0.5 * edges**2) / np.sqrt(2 * np.pi), [0.0]])
    means = -np.diff(density) * _STEPS
    scaled: NDArray[np.float32] = (means / np.sqrt((means**2).mean())).astype(np.float32)
    return scaled


@cache
def _base(draws: int, dimensions: int) -> NDArray[np.uint16]:
    """Scrambled Sobol points as 16-bit integers, shape (draws, dimensions)."""
    from scipy.stats import qmc

    size = 1 << (draws - 1).bit_length()
    points = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(20_240_411)).random(size)
    # A few points of a larger set, evenly taken, keep each dimension balanced.
    chosen = points[np.linspace(0, size - 1, draws).round().astype(int)] if draws < size else points
    # Spread each dimension exactly evenly (Latin hypercube), whatever the number of draws.
    rank = np.argsort(np.argsort(chosen, axis=0, kind="stable"), axis=0, kind="stable")
    return ((rank + 0.5) / draws * _STEPS).astype(np.uint16)


def person_shifts(participant_id: NDArray[np.object_], seed: int, dimensions: int) -> NDArray[np.uint16]:
    """Return each person's shift, shape (n, dimensions), from a hash of pseudonym and seed."""
    key = seed.to_bytes(8, "little", signed=True)
    blocks = -(-2 * dimensions // 64)
    text = b"".join(
        hashlib.blake2b(str(one).encode() + bytes([block]), digest_size=64, key=key).digest()
        for one in participant_id
        for block in range(blocks)
    )
    return np.frombuffer(text, dtype="<u2").reshape(len(participant_id), blocks * 32)[:, :dimensions]


def normal_draws(shifts: NDArray[np.uint16], draws: int) -> NDArray[np.float32]:
    """Return standard normal draws, shape (n, dimensions, draws)."""
    base = _base(draws, shifts.shape[1])
    result: NDArray[np.float32] = _quantiles()[base.T[None, :, :] + shifts[:, :, None]]
    return result
