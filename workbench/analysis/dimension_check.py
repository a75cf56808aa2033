"""Whether one dimension carries a scale, and whether the model reproduces what people answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis.gates import Gate
from workbench.i18n import _, format_number
from workbench.psychometrics import dimensionality
from workbench.psychometrics.fit import model_fit
from workbench.psychometrics.jackknife import T, block_jackknife

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.analysis.model_sample import ModelSample

__all__ = [
    "ECV_FLOOR",
    "FEWEST_FOR_DIMENSIONS",
    "RMSEA_CEILING",
    "dimension_gate",
    "dimension_row",
    "fit_gate",
    "fit_row",
]

# Maydeu-Olivares and Joe (2014, Multivariate Behavioral Research 49, 305-328): beyond it the fit is no longer adequate.
RMSEA_CEILING = 0.089
# Below it less than half of what the items share is the trait that the score is named after.
ECV_FLOOR = 0.50
PERMUTATIONS = 20
# Eigenvalues of tetrachoric correlations wander far among fewer people, and a factor of chance looks like one (Weng and
# Cheng 2005, Educational and Psychological Measurement 65, 697-716).
FEWEST_FOR_DIMENSIONS = 400
MOST_GROUPS = 5


def fit_row(sample: ModelSample, left_out: list[str]) -> dict[str, Any] | None:
    """Return M2, RMSEA with its 90 % interval and SRMSR of the model that scores a scale; None where it has none."""
    try:
        found = model_fit(sample.calibration, sample.answers)
    except ValueError as reason:
        left_out.append(
            _("Skala {scale}: kecocokan model tidak dihitung. {reason}").format(scale=sample.scale, reason=reason)
        )
        return None
    row = {"scale": sample.scale, "form": sample.form, "items": sample.answers.shape[1]}
    return row | {
        name: getattr(found, name)
        for name in ("n", "statistic", "m2", "df", "p", "rmsea", "rmsea_low", "rmsea_high", "srmsr")
    }


def fit_gate(row: Mapping[str, Any]) -> Gate:
    """Hold when the whole interval of RMSEA lies beyond what still counts as adequate."""
    found = _("RMSEA {value}, rentang 90 % {low} sampai {high} (paling banyak {line}); {n} orang.").format(
        value=format_number(row["rmsea"], 3),
        low=format_number(row["rmsea_low"], 3),
        high=format_number(row["rmsea_high"], 3),
        line=format_number(RMSEA_CEILING, 3),
        n=format_number(row["n"]),
    )
    return Gate("kecocokan model", row["scale"], not row["rmsea_low"] > RMSEA_CEILING, found)


def dimension_row(sample: ModelSample, seed: int, left_out: list[str]) -> dict[str, Any] | None:
    """Return what parallel analysis finds and, where it finds more than one factor, the share of the general one.

    The general factor is split from group factors only where there are any: of a scale with one factor the split would
    follow chance, and its share would be anything.

    Parameters
    ----------
    sample : ModelSample
    seed : int
    left_out : list of str
        Sentences on what was not computed are appended.

    Returns
    -------
    dict or None
        scale, form, n, items, eigenvalue_1, limit_1, eigenvalue_2, limit_2, factors; ecv and omega_hierarchical with
        their 95 % intervals (jackknife).
    """
    scored = sample.answers.where(sample.answers >= 0).to_numpy(float)
    try:
        table = dimensionality.parallel_analysis(scored, simulations=PERMUTATIONS, seed=seed)
    except ValueError as reason:
        left_out.append(_("Skala {scale}: dimensi tidak dihitung. {reason}").format(scale=sample.scale, reason=reason))
        return None
    factors = int(table["retained"].sum())
    row: dict[str, Any] = {
        **{"scale": sample.scale, "form": sample.form, "n": scored.shape[0], "items": scored.shape[1]},
        **{f"eigenvalue_{k}": float(table["eigenvalue"].iloc[k - 1]) for k in (1, 2)},
        **{f"limit_{k}": float(table["quantile"].iloc[k - 1]) for k in (1, 2)},
        "factors": factors,
    }
    names = [f"{name}{end}" for name in ("ecv", "omega_hierarchical") for end in ("", "_low", "_high")]
    row |= dict.fromkeys(names, float("nan"))
    if factors < 2:
        return row
    groups = min(factors, MOST_GROUPS)
    point = _general(scored, groups)
    if np.isnan(point).any():
        left_out.append(
            _("Skala {scale}: bagian faktor umum tidak dihitung, {n} faktor tidak berbagi satu faktor umum.").format(
                scale=sample.scale, n=groups
            )
        )
        return row
    half = T * block_jackknife(lambda rows: _general(scored[rows], groups), scored.shape[0], seed=seed)
    for name, value, width in zip(("ecv", "omega_hierarchical"), point, half, strict=True):
        row |= {name: value, f"{name}_low": max(value - width, 0.0), f"{name}_high": min(value + width, 1.0)}
    return row


def _general(scored: NDArray[np.float64], groups: int) -> NDArray[np.float64]:
    """ECV and omega hierarchical of some people; NaN where no general factor can be split off."""
    try:
        found = dimensionality.schmid_leiman(dimensionality.polychoric(scored), groups)
    except ValueError:
        return np.full(2, np.nan)
    return np.array([found.ecv, found.omega_hierarchical])


def dimension_gate(row: Mapping[str, Any]) -> Gate:
    """Hold when there is a second factor and the whole interval of ECV lies below one half."""
    if row["factors"] < 2:
        found = _("Satu dimensi: akar ciri kedua {second} di bawah batas kebetulan {limit}.").format(
            second=format_number(row["eigenvalue_2"], 2), limit=format_number(row["limit_2"], 2)
        )
    elif np.isnan(row["ecv"]):
        found = _("{n} faktor; bagian faktor umum tidak dapat dihitung.").format(n=row["factors"])
    else:
        found = _(
            "{n} faktor; faktor umum memuat {value} dari ragam bersama, rentang 95 % {low} sampai {high} (paling "
            "sedikit {line})."
        ).format(
            n=row["factors"],
            value=format_number(row["ecv"], 2),
            low=format_number(row["ecv_low"], 2),
            high=format_number(row["ecv_high"], 2),
            line=format_number(ECV_FLOOR, 2),
        )
    return Gate("dimensi", row["scale"], not row["ecv_high"] < ECV_FLOOR, found)
