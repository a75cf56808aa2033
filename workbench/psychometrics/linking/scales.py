"""Linking IRT scales through items calibrated on both sides (Kolen and Brennan 2014, chapter 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.psychometrics.irt.calibration import Calibration, in_order
from workbench.psychometrics.irt.curves import expected_by_item
from workbench.psychometrics.irt.families import MODELS, model_of
from workbench.psychometrics.matrix import as_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.psychometrics.irt.item_set import ItemSet

__all__ = ["Link", "drift", "link", "purified_link"]

METHODS = ("mean-mean", "mean-sigma", "haebara", "stocking-lord")
FEWEST_ANCHORS = 2
FEWEST_FOR_ERRORS = 3
DRIFT_LIMIT = 0.3  # logits: a smaller shift of an anchor's difficulty changes nobody's level
CONFIDENT = 1.959964
THETA = np.linspace(-4.0, 4.0, 41)  # where curves are compared


@dataclass(frozen=True)
class Link:
    """A linear link of two metrics: ``theta_Y = slope * theta_X + intercept``.

    Attributes
    ----------
    slope, intercept : float
    slope_se, intercept_se : float
        Jackknife over anchor items: the part of linking error that comes from which anchors were chosen. It is common
        to everybody who took the form, so it does not average out over people. No number for fewer than three anchors.
    method : str
    anchors : int
    covariance : float
        Of slope and intercept, from the same jackknife.
    """

    slope: float
    intercept: float
    slope_se: float
    intercept_se: float
    method: str
    anchors: int
    covariance: float = float("nan")

    def theta(self, theta_x: object) -> NDArray[np.float64]:
        """Return theta on the metric of Y; missing values stay missing.

        Raises
        ------
        ValueError
            On text.
        """
        return self.slope * as_numbers(theta_x).astype(float) + self.intercept

    def inverse(self) -> Link:
        """Return the line the other way, ``theta_X = (theta_Y - intercept) / slope``; errors by the delta method."""
        a, b = self.slope, self.intercept
        gradient = np.array([[-1 / a**2, 0.0], [b / a**2, -1 / a]])
        spread = np.array([[self.slope_se**2, self.covariance], [self.covariance, self.intercept_se**2]])
        moved = gradient @ spread @ gradient.T
        errors = np.sqrt(np.diag(moved))
        return Link(1 / a, -b / a, float(errors[0]), float(errors[1]), self.method, self.anchors, float(moved[0, 1]))

    def items(self, items_x: pd.DataFrame) -> pd.DataFrame:
        """Return item parameters of X on the metric of Y (`Calibration.moved`); items without numbers stay without.

        Raises
        ------
        ValueError
            When the table is not one of item parameters.
        """
        table = _table(items_x)
        known = _has_parameters(table)
        if not known.any():
            raise ValueError(_("Tabel butir tidak memuat satu pun parameter; pakai Calibration.items."))
        moved = Calibration.from_items(table[known]).moved(self.slope, self.intercept).items
        for name in (c for c in table if c.endswith("_se") and c[0] in "abc" and c.removesuffix("_se") in moved):
            scale = {"a": 1 / self.slope, "b": self.slope, "c": 1.0}[name[0]]
            moved[name] = scale * table.loc[known, name].to_numpy(float)
        left_out = table.loc[~known, [c for c in ("item_id", "model", "categories") if c in table]]
        both = pd.concat([moved.set_axis(table.index[known]), left_out]).loc[table.index]
        return in_order(both.reset_index(drop=True))

    def shift_error(self, theta_x: object) -> NDArray[np.float64]:
        """Return the standard deviation of the error that everybody at a theta of X shares after linking.

        Returns
        -------
        ndarray of float, shape of `theta_x`
            In units of theta on Y; no number for fewer than three anchors.
        """
        theta = as_numbers(theta_x).astype(float)
        variance = self.intercept_se**2 + 2 * theta * self.covariance + (theta * self.slope_se) ** 2
        error: NDArray[np.float64] = np.sqrt(np.maximum(variance, 0.0))
        return error

    def draw(self, draws: int, seed: int = 0) -> NDArray[np.float64]:
        """Draw links that differ as other choices of anchors would, one for everybody in each draw.

        Parameters
        ----------
        draws : int
        seed : int

        Returns
        -------
        ndarray of float, shape (draws, 2)
            Slope and intercept; draw k of everybody uses row k.

        Raises
        ------
        ValueError
            When the linking error is not known (fewer than three anchors).
        """
        covariance = np.array([[self.slope_se**2, self.covariance], [self.covariance, self.intercept_se**2]])
        if not np.isfinite(covariance).all():
            raise ValueError(
                _("Galat penyetaraan tidak diketahui: hanya {n} butir jangkar; perlu sedikitnya {fewest}.").format(
                    n=self.anchors, fewest=FEWEST_FOR_ERRORS
                )
            )
        if draws < 1:
            raise ValueError(_("Jumlah tarikan harus sedikitnya 1."))
        roots, axes = np.linalg.eigh(covariance)
        z = np.random.default_rng(seed).standard_normal((draws, 2))
        drawn: NDArray[np.float64] = [self.slope, self.intercept] + z * np.sqrt(np.maximum(roots, 0.0)) @ axes.T
        return drawn


def link(items_x: pd.DataFrame, items_y: pd.DataFrame, method: str = "stocking-lord") -> Link:
    """Find the line that takes the metric of X to that of Y through their common items.

    Where every anchor has slope one on both sides (Rasch, PCM) the unit is common already and the slope of the link is
    one: only the origin is found.

    Parameters
    ----------
    items_x, items_y : pandas.DataFrame
        As `Calibration.items`; items are matched by item_id. Nominal items (NRM) are no anchors.
    method : str
        ``mean-mean`` (Loyd and Hoover 1980), ``mean-sigma`` (Marco 1977), ``haebara`` (1980), ``stocking-lord`` (1983);
        the last two compare expected scores over a standard normal theta on the metric of Y.

    Returns
    -------
    Link

    Raises
    ------
    ValueError
        On an unknown method, or without at least two common items that fit together.
    """
    if method not in METHODS:
        raise ValueError(
            _("Metode penyetaraan '{name}' tidak dikenal; pilih: {known}.").format(
                name=method, known=", ".join(METHODS)
            )
        )
    x, y = _anchors(items_x, items_y)
    curves = None if method in {"mean-mean", "mean-sigma"} else _Curves.of(x, y)
    slope, intercept = _line(x, y, method, curves)
    n = len(x)
    if n < FEWEST_FOR_ERRORS:
        return Link(slope, intercept, float("nan"), float("nan"), method, n)
    left = np.array([_line(x.drop(index=j), y.drop(index=j), method, curves and curves.without(j)) for j in range(n)])
    deviation = left - left.mean(0)
    spread = (n - 1) / n * deviation.T @ deviation
    errors = np.sqrt(np.diag(spread))
    return Link(slope, intercept, float(errors[0]), float(errors[1]), method, n, float(spread[0, 1]))


def drift(items_x: pd.DataFrame, items_y: pd.DataFrame, link: Link) -> pd.DataFrame:
    """Say which anchors have moved: difference of difficulty after linking against its error, and beyond .3 logit.

    Parameters
    ----------
    items_x, items_y : pandas.DataFrame
        As `Calibration.items`.
    link : Link

    Returns
    -------
    pandas.DataFrame
        item_id, difference (Y minus linked X, mean over boundaries), se (empty without standard errors), z, drifted
        (beyond .3 logit, and beyond chance where that is known).

    Raises
    ------
    ValueError
        As `link`.
    """
    x, y = _anchors(items_x, items_y)
    if not isinstance(link, Link):
        raise ValueError(_("Pergeseran jangkar memerlukan hasil linking.link."))
    names = _boundaries(x)
    difference = _row_means(y[names].to_numpy(float) - (link.slope * x[names].to_numpy(float) + link.intercept))
    errors = [f"{c}_se" for c in names]
    squares = y[errors].to_numpy(float) ** 2 + (link.slope * x[errors].to_numpy(float)) ** 2
    # Boundaries of one item share its slope, so their errors are close to common: the mean, not the mean over n.
    se = np.sqrt(_row_means(squares))
    z = np.where(se > 0, difference / np.where(se > 0, se, 1.0), np.nan)
    large, sure = np.abs(difference) > DRIFT_LIMIT, ~(np.abs(z) <= CONFIDENT)
    return pd.DataFrame({"item_id": x["item_id"], "difference": difference, "se": se, "z": z, "drifted": large & sure})


def purified_link(
    items_x: pd.DataFrame, items_y: pd.DataFrame, method: str = "stocking-lord"
) -> tuple[Link, pd.DataFrame]:
    """Find the line through the anchors that have not moved, and say what every anchor did against it.

    A line through all anchors lies between those that moved and those that did not, and hides what it should show. The
    one that moved most is left out until none of the rest moved; at least half of the anchors stay (Candell and Drasgow
    1988, of items with DIF).

    Parameters
    ----------
    items_x, items_y : pandas.DataFrame
        As `link`.
    method : str
        As `link`.

    Returns
    -------
    Link
    pandas.DataFrame
        As `drift`, of all anchors.

    Raises
    ------
    ValueError
        As `link`.
    """
    line = link(items_x, items_y, method)
    table = drift(items_x, items_y, line)
    kept = table["item_id"]
    fewest = -(-len(table) // 2)
    while len(kept) > fewest:
        moved = table[table["drifted"] & table["item_id"].isin(kept)]
        if moved.empty:
            break
        kept = kept[kept != moved.loc[moved["difference"].abs().idxmax(), "item_id"]]
        line = link(items_x[items_x["item_id"].isin(kept)], items_y, method)
        table = drift(items_x, items_y, line)
    return line, table


def _anchors(items_x: pd.DataFrame, items_y: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the common items of both sides in the same order, with a, b.. and the errors of b.. as columns."""
    x, y = (frame[_has_parameters(frame)] for frame in (_table(items_x), _table(items_y)))
    there = set(y["item_id"])
    common = [item for item in x["item_id"] if item in there]
    if len(common) < FEWEST_ANCHORS:
        raise ValueError(
            _(
                "Hanya {n} butir jangkar; tanpa sedikitnya dua butir yang sama kedua skala tidak dapat disetarakan."
            ).format(n=len(common))
        )
    sides = []
    for frame in (x, y):
        chosen = frame.set_index("item_id").loc[common].reset_index()
        known = Calibration.from_items(chosen).items
        for name in _boundaries(known):
            known[f"{name}_se"] = chosen[f"{name}_se"].astype(float) if f"{name}_se" in chosen else np.nan
        sides.append(known)
    for item, a, b in zip(common, sides[0].to_dict("records"), sides[1].to_dict("records"), strict=True):
        if a["categories"] != b["categories"]:
            raise ValueError(_("Butir jangkar {item} berbeda jumlah kategorinya pada kedua sisi.").format(item=item))
        if model_of(a["model"]).family is not model_of(b["model"]).family:
            raise ValueError(
                _("Butir jangkar {item} memakai model {model} di satu sisi dan {other} di sisi lain; samakan.").format(
                    item=item, model=a["model"], other=b["model"]
                )
            )
    return sides[0], sides[1]


def _table(items: object) -> pd.DataFrame:
    """Return a table of items with item_id, a and model, one row an item."""
    if not isinstance(items, pd.DataFrame) or not {"item_id", "a"} <= set(items.columns):
        raise ValueError(_("Tabel butir harus memuat kolom item_id dan a; pakai Calibration.items."))
    if items["item_id"].duplicated().any():
        raise ValueError(_("Ada butir yang tercantum dua kali; setiap butir jangkar harus unik."))
    as_numbers(items["a"])
    table = items.reset_index(drop=True)
    unknown = set(table["model"].astype(str)) - set(MODELS) if "model" in table else set()
    if unknown:
        raise ValueError(
            _("Model '{model}' tidak tersedia; pilih salah satu: {models}.").format(
                model=min(unknown), models=", ".join(MODELS)
            )
        )
    return table


def _has_parameters(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Items with a slope; those that could not be fitted and nominal ones have none."""
    known: NDArray[np.bool_] = table["a"].notna().to_numpy(bool)
    return known


def _boundaries(items: pd.DataFrame) -> list[str]:
    return [c for c in items.columns if c == "b" or (c.startswith("b") and c[1:].isdigit())]


def _row_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of each row over what is there; NaN where nothing is."""
    seen = np.isfinite(values)
    count = seen.sum(1)
    result: NDArray[np.float64] = np.where(count > 0, np.where(seen, values, 0.0).sum(1) / np.maximum(count, 1), np.nan)
    return result


@dataclass(frozen=True)
class _Curves:
    """Curves of the anchors: parameters of X, expected scores of Y; the tables are read once for all of them.

    Attributes
    ----------
    items : ItemSet
    parameters : list of ndarray
    target : ndarray, shape (items, thetas)
    """

    items: ItemSet
    parameters: list[NDArray[np.float64]]
    target: NDArray[np.float64]

    @classmethod
    def of(cls, x: pd.DataFrame, y: pd.DataFrame) -> _Curves:
        """Read anchors in the same order."""
        _places, items, parameters = Calibration.from_items(x).fitted()
        return cls(items, parameters, expected_by_item(Calibration.from_items(y), THETA))

    def without(self, j: int) -> _Curves:
        """Return the curves of all anchors but one."""
        kept = [k for k in range(len(self.items)) if k != j]
        return _Curves(self.items.part(kept), [self.parameters[k] for k in kept], self.target[kept])

    def expected(self, theta: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return expected scores of X, shape (items, thetas)."""
        return np.stack(
            [np.arange(curve.shape[0]) @ curve for curve in self.items.probabilities(self.parameters, theta)]
        )


def _line(x: pd.DataFrame, y: pd.DataFrame, method: str, curves: _Curves | None) -> tuple[float, float]:
    """Slope and intercept from anchors in the same order; `curves` for the methods that compare them."""
    names = _boundaries(x)
    bx, by = (frame[names].to_numpy(float).ravel() for frame in (x, y))
    known = np.isfinite(bx) & np.isfinite(by)
    bx, by = bx[known], by[known]
    one_unit = all(model_of(name).slope == "one" for name in [*x["model"], *y["model"]])
    if not bx.size:
        raise ValueError(_("Butir jangkar tanpa tingkat kesukaran; daya bedanya nol."))
    slope = 1.0
    if not one_unit:
        of_x, of_y = float(x["a"].mean()), float(y["a"].mean())
        slope = of_x / of_y if of_x * of_y > 0 else 0.0
        if method != "mean-mean" and bx.size > 1 and np.ptp(bx) > 0:
            slope = float(by.std() / bx.std())
        elif method == "mean-sigma":
            slope = 0.0  # equal difficulties do not tell a unit
    if not slope > 0:
        raise ValueError(_("Butir jangkar tidak menentukan kemiringan yang positif; periksa parameternya."))
    intercept = float(by.mean() - slope * bx.mean())
    if curves is None:
        return slope, intercept
    return _characteristic_curve(curves, slope, intercept, by_item=method == "haebara", free_slope=not one_unit)


def _characteristic_curve(
    curves: _Curves, slope: float, intercept: float, *, by_item: bool, free_slope: bool
) -> tuple[float, float]:
    """Least squares between expected scores of both sides, item by item or of the whole anchor test."""
    from scipy.optimize import least_squares

    weight = np.sqrt(np.exp(-0.5 * THETA**2) / np.exp(-0.5 * THETA**2).sum())

    def residual(line: NDArray[np.float64]) -> NDArray[np.float64]:
        unit = np.exp(line[1]) if free_slope else 1.0
        gap = curves.expected((THETA - line[0]) / unit) - curves.target
        result: NDArray[np.float64] = ((gap if by_item else gap.sum(0)) * weight).ravel()
        return result

    start = [intercept, np.log(slope)] if free_slope else [intercept]
    found = least_squares(residual, start, xtol=1e-12, ftol=1e-12, gtol=1e-12)
    return (float(np.exp(found.x[1])) if free_slope else 1.0), float(found.x[0])
