"""Errors that everybody shares: of the level cuts and of the item parameters.

A cut that a panel has set too high is too high for everybody. Such an error does not average out over persons, so it is
drawn once per draw and not once per person: draw k of every person carries the same one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from workbench.i18n import _
from workbench.psychometrics import irt
from workbench.talent.bank import remembered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.talent.bank import BankLike

__all__ = ["SharedErrors", "draw_shared_errors", "item_error", "linking_error"]


@dataclass(frozen=True)
class SharedErrors:
    """One error for everybody in each draw.

    Attributes
    ----------
    cuts : dict of str to ndarray, shape (draws, cuts)
        Level cuts of each scale.
    theta : dict of str to ndarray, shape (draws,)
        What is added to theta on each scale.
    """

    cuts: dict[str, NDArray[np.float64]]
    theta: dict[str, NDArray[np.float64]]

    def repeated(self, draws: int) -> SharedErrors:
        """Return the same errors for a multiple of the draws: whoever has more draws meets each error more often."""
        size = next(iter(self.theta.values())).size
        if draws % size:
            raise ValueError(
                _("{draws} penarikan bukan kelipatan {size} galat bersama; pakai kelipatannya.").format(
                    draws=draws, size=size
                )
            )
        times = draws // size
        return SharedErrors(
            {scale: np.tile(cuts, (times, 1)) for scale, cuts in self.cuts.items()},
            {scale: np.tile(shift, times) for scale, shift in self.theta.items()},
        )

    def covariance(self, scales: tuple[str, ...], cuts: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return by how much the shared errors spread theta against its level cuts, shape (scales, scales).

        Parameters
        ----------
        scales : tuple of str
        cuts : mapping of str to ndarray, shape (cuts,)
            Without error. The errors of the cuts of one scale enter by their mean.
        """
        moved = [self.theta[s] - (self.cuts[s] - cuts[s]).mean(axis=1) for s in scales]
        result: NDArray[np.float64] = (
            np.atleast_2d(np.cov(np.stack(moved))) if moved[0].size > 1 else np.zeros((len(scales),) * 2)
        )
        return result


def draw_shared_errors(bank: BankLike, scales: tuple[str, ...], draws: int, seed: int) -> SharedErrors | None:
    """Draw the shared errors of the level cuts, of the item parameters and of the link of a bank.

    The cuts that one panel has set move together, each by its own standard error: the severity of a panel is common to
    its levels and scales. Errors of different panels, and of the items of different scales, are independent.

    Parameters
    ----------
    bank : BankLike
    scales : tuple of str
    draws : int
    seed : int

    Returns
    -------
    SharedErrors or None
        None where the bank states no error.
    """
    rng = np.random.default_rng([seed, 411])
    table = bank.level_cuts[bank.level_cuts["scale"].isin(scales)]
    panel = table["panel"].fillna("").astype(str) if "panel" in table else table["scale"].map(lambda _scale: "")
    severity = {name: _normal(draws, rng) for name in sorted(set(panel))}
    cuts = {}
    for scale in scales:
        here = (table["scale"] == scale).to_numpy(bool)
        rows = table[here].assign(panel=panel[here]).sort_values("level")
        error = rows["standard_error"].to_numpy(float)
        z = np.stack([severity[name] for name in rows["panel"]], axis=1)
        cuts[scale] = rows["theta"].to_numpy(float) + error * z
    spread = {s: remembered(bank, ("shared error", s), partial(_common_error, bank, s)) for s in scales}
    if not any(spread.values()) and not table["standard_error"].astype(float).any():
        return None
    return SharedErrors(cuts, {scale: sd * _normal(draws, rng) for scale, sd in spread.items()})


def _common_error(bank: BankLike, scale: str) -> float:
    """Return the standard deviation of what item parameters and the link add to everybody's theta."""
    return float(np.hypot(item_error(bank, scale), linking_error(bank, scale)))


def item_error(bank: BankLike, scale: str) -> float:
    """Return the standard deviation of theta that the errors of the item parameters leave in everybody's score.

    By the delta method at the mean of the population, over the items of the reference form: an error of the difficulty
    of item j moves theta by its share in the test information. Errors of the thresholds of one item are taken as equal,
    which is the largest that they can be together; errors of slopes cancel where an item informs most.

    Returns
    -------
    float
        Zero where the bank states no standard errors.
    """
    items = bank.items(scale, reference=True)
    columns = [c for c in items.columns if re.fullmatch(r"b\d*_se", str(c))]
    if items.empty or not columns:
        return 0.0
    error = items[columns].to_numpy(float)
    stated = np.isfinite(error)
    variance = (np.where(stated, error, 0.0) ** 2).sum(axis=1) / np.maximum(stated.sum(axis=1), 1)
    mean = float(bank.population.loc[bank.population["scale"] == scale, "mean"].iloc[0])
    information = irt.information(irt.Calibration.from_items(items), [mean])
    share = information[list(items["item_id"])].to_numpy(float)[0] / float(information["total"].iloc[0])
    return float(np.sqrt((share**2 * variance).sum()))


def linking_error(bank: BankLike, scale: str) -> float:
    """Return the standard error of the link that put a scale of this version on the metric of the bank.

    A bank states it in a table ``linking_errors`` (scale, standard_error), which most have no need of; the error is
    that of the whole version, the same for all its forms (docs/decisions/0023-one-shift-a-bank-version.md).

    Raises
    ------
    ValueError
        When an error is negative or no number, or a scale stands there twice.
    """
    table = getattr(bank, "linking_errors", None)
    if table is None or not len(table):
        return 0.0
    found = table.loc[table["scale"] == scale, "standard_error"].to_numpy(float)
    if found.size > 1 or not np.isfinite(found).all() or (found < 0).any():
        raise ValueError(
            _("Bank {version}: galat penyetaraan skala {scale} harus satu bilangan 0 atau lebih.").format(
                version=bank.version, scale=scale
            )
        )
    return float(found.sum())


def _normal(draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return standard normal draws, one in each of equal slices of probability, in random order."""
    result: NDArray[np.float64] = ndtri((rng.permutation(draws) + 0.5) / draws)
    return result
