"""Responses arranged for matrix products: blocks of people of one group who took one set of items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.i18n import _
from workbench.psychometrics.matrix import as_numbers, column_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["Block", "as_categories", "indicator_columns", "make_blocks", "posterior_columns"]

CHUNK = 2048
LARGEST_BLOCK = 8 * CHUNK
MISSING = -1
HIGHEST_CATEGORY = 126
# A pattern of administered items held by fewer people than this gets no block of its own.
SMALLEST_BLOCK = 64


@dataclass(frozen=True)
class Block:
    """People of one group who took one set of items.

    Attributes
    ----------
    group : int
        Index of the group.
    items : ndarray of int, shape (j,)
        Columns of the items taken.
    persons : ndarray of int, shape (n,)
        Rows of the people; those who answered every item of the set come first.
    complete : int
        Number of people without a missing answer.
    categories : ndarray of int8, shape (n, j)
        Answers, -1 where missing.
    """

    group: int
    items: NDArray[np.int64]
    persons: NDArray[np.int64]
    complete: int
    categories: NDArray[np.int8]

    def chunks(self) -> Iterator[slice]:
        """Yield slices of people that are either all complete or all incomplete."""
        for start, stop in ((0, self.complete), (self.complete, self.persons.size)):
            for low in range(start, stop, CHUNK):
                yield slice(low, min(low + CHUNK, stop))


def as_categories(responses: object, fewest: int = 1) -> tuple[NDArray[np.int8], tuple[str, ...]]:
    """Return responses as int8 categories with -1 for missing, and the names of the items.

    Raises
    ------
    ValueError
        When the responses are not a table of at least `fewest` persons by items with whole categories from 0 to 126.
    """
    values = as_numbers(responses)
    if values.ndim != 2:
        raise ValueError(_("Jawaban harus berupa tabel orang x butir, bukan {n} dimensi.").format(n=values.ndim))
    if values.shape[0] < fewest or values.shape[1] < 1:
        raise ValueError(
            _("Jawaban berisi {n} orang dan {items} butir; diperlukan sedikitnya {fewest} orang dan 1 butir.").format(
                n=values.shape[0], items=values.shape[1], fewest=fewest
            )
        )
    if values.dtype.kind == "f":
        numbers = values.astype(float)
        values = np.where(np.isnan(numbers), -1.0, numbers)
        if not np.isfinite(values).all() or (values != np.round(values)).any():
            raise ValueError(_("Jawaban memuat pecahan atau nilai tak hingga; beri kategori bulat 0, 1, 2, ..."))
    low, high = int(values.min()), int(values.max())
    if low < MISSING or high > HIGHEST_CATEGORY:
        raise ValueError(
            _("Kategori jawaban harus 0 sampai 126 (-1 = tidak disajikan); ditemukan {low} sampai {high}.").format(
                low=low, high=high
            )
        )
    if high == MISSING:
        raise ValueError(_("Jawaban tidak memuat satu pun jawaban; semua sel kosong."))
    return values.astype(np.int8, copy=False), column_names(responses, values.shape[1])


def make_blocks(categories: NDArray[np.int8], groups: NDArray[np.int64]) -> list[Block]:
    """Arrange people by group and by the items that they were given.

    Common patterns of administered items become blocks; a person with a rarer pattern joins the smallest block that
    holds all of the person's items, or a last block with every item of the group. People without any answer are left
    out.

    Parameters
    ----------
    categories : ndarray of int8, shape (persons, items)
    groups : ndarray of int, shape (persons,)

    Returns
    -------
    list of Block
    """
    blocks: list[Block] = []
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        taken = categories[members] >= 0
        members, taken = members[taken.any(1)], taken[taken.any(1)]
        if not members.size:
            continue
        packed = np.packbits(taken, axis=1)
        keys = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1]))).ravel()
        _keys, first, where, count = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
        common = np.flatnonzero(count >= max(SMALLEST_BLOCK, members.size // 50))
        common = common[np.argsort(taken[first[common]].sum(1), kind="stable")]
        bases = [taken[first[k]] for k in common]
        home = np.full(members.size, len(bases))
        rare = np.ones(members.size, dtype=bool)
        for index, k in enumerate(common):
            home[where == k] = index
            rare[where == k] = False
        for index in reversed(range(len(bases))):
            fits = rare & ~(taken & ~bases[index]).any(1)
            home[fits] = index
        bases.append(taken.any(0))
        for index, base in enumerate(bases):
            here = np.flatnonzero(home == index)
            if here.size:
                blocks.extend(_pieces(int(group), np.flatnonzero(base), members[here], categories))
    return blocks


def _pieces(
    group: int, items: NDArray[np.int64], persons: NDArray[np.int64], categories: NDArray[np.int8]
) -> Iterator[Block]:
    """Yield blocks of a limited number of people, complete rows first, so that several workers find work."""
    values = categories[persons]
    if items.size < categories.shape[1]:
        values = values[:, items]
    full = (values >= 0).all(axis=1)
    if not full.all():
        order = np.concatenate([np.flatnonzero(full), np.flatnonzero(~full)])
        persons, values = persons[order], values[order]
    complete = int(full.sum())
    for low in range(0, persons.size, LARGEST_BLOCK):
        rows = slice(low, min(low + LARGEST_BLOCK, persons.size))
        held = rows.stop - low
        yield Block(group, items, persons[rows], min(max(complete - low, 0), held), values[rows])


def indicator_columns(
    values: NDArray[np.int8], sizes: NDArray[np.int64], dtype: type = np.float32
) -> NDArray[np.floating]:
    """Return one column for each category above the lowest of each item: 1 where it was answered.

    Parameters
    ----------
    values : ndarray of int8, shape (n, j)
    sizes : ndarray of int, shape (j,)
        Number of categories of each item.

    Returns
    -------
    ndarray, shape (n, sum(sizes - 1))
        Columns ordered by item, then by category.
    """
    if (sizes == 2).all():
        chosen = values == 1
    else:
        item = np.repeat(np.arange(sizes.size), sizes - 1)
        category = np.concatenate([np.arange(1, size) for size in sizes]).astype(np.int8)
        chosen = values[:, item] == category
    columns: NDArray[np.floating] = chosen.astype(dtype)
    return columns


def posterior_columns(log_likelihood: NDArray[np.floating], log_prior: NDArray[np.floating]) -> NDArray[np.floating]:
    """Turn log-likelihoods into posterior weights in place and return the log of each person's marginal likelihood.

    Parameters
    ----------
    log_likelihood : ndarray, shape (nodes, n)
        Overwritten by the posterior weights, which sum to one in each column. People are columns because sums over the
        few nodes then run along whole rows of memory.
    log_prior : ndarray, shape (nodes,)

    Returns
    -------
    ndarray, shape (n,)
    """
    log_likelihood += log_prior[:, None]
    peak = log_likelihood.max(axis=0)
    log_likelihood -= peak
    np.exp(log_likelihood, out=log_likelihood)
    total = log_likelihood.sum(axis=0)
    log_likelihood /= total
    marginal: NDArray[np.floating] = np.log(total) + peak
    return marginal
