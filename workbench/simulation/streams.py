"""One independent random stream per concern.

A stream is named, not numbered: adding, removing or reordering concerns leaves every other stream as it was, and so do
defects, because they draw from streams of their own.
"""

from __future__ import annotations

import zlib

import numpy as np

__all__ = ["stream"]


def stream(seed: int, *names: str) -> np.random.Generator:
    """Return the generator of one concern.

    Parameters
    ----------
    seed : int
        Seed of the round, or of the item bank.
    *names : str
        What is drawn, from the general to the particular, for instance ``"answers", "potensi", "K1"``.

    Returns
    -------
    numpy.random.Generator
        Always the same for the same seed and names.
    """
    return np.random.Generator(
        np.random.PCG64(np.random.SeedSequence([seed, *(zlib.crc32(n.encode()) for n in names)]))
    )
