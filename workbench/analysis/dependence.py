"""Items that hang together beyond the trait: which ones, and by how much they inflate reliability."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from workbench.analysis.gates import Gate
from workbench.i18n import _, format_number, format_percent
from workbench.psychometrics import dimensionality
from workbench.psychometrics.intervals import fisher
from workbench.psychometrics.jackknife import T, block_jackknife

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.analysis.model_sample import ModelSample

__all__ = [
    "SEM_RATIO_CEILING",
    "dependence_gate",
    "dependence_row",
    "dependent_pairs",
    "testlets_of",
    "variance_ratios",
]

# The error variance may really be half as large again; a stated 95 % interval then holds the truth in 89 %.
VARIANCE_RATIO_CEILING = 1.5
SEM_RATIO_CEILING = math.sqrt(VARIANCE_RATIO_CEILING)
# Residual correlations below it change no reliability that anybody would notice, however sure they are.
SMALLEST_Q3 = 0.10
SIMULATIONS = 20
FEWEST_COMPLETE = 40


def dependent_pairs(sample: ModelSample, seed: int, left_out: list[str]) -> pd.DataFrame | None:
    """Return the pairs of items that hang together: beyond the simulated critical value, and at least .10.

    Where no pair reaches .10 there is nothing to compare, and nothing is simulated.

    Returns
    -------
    pandas.DataFrame or None
        scale, form, first, second, n, q3 with its 95 % interval (Fisher), q3_star, critical; strongest first.
    """
    try:
        table = _q3(sample, 0, seed)
        if (table["q3_star"] >= SMALLEST_Q3).any():
            table = _q3(sample, SIMULATIONS, seed)
    except ValueError as reason:
        left_out.append(
            _("Skala {scale}: kebergantungan butir tidak dihitung. {reason}").format(scale=sample.scale, reason=reason)
        )
        return None
    found = table[table["flagged"] & (table["q3_star"] >= SMALLEST_Q3)].sort_values("q3_star", ascending=False)
    low, high = fisher(found["q3"].to_numpy(float), found["n"].to_numpy(float))
    found = found.assign(scale=sample.scale, form=sample.form, q3_low=low, q3_high=high)
    columns = ["scale", "form", "first", "second", "n", "q3", "q3_low", "q3_high", "q3_star", "critical"]
    result: pd.DataFrame = found[columns].reset_index(drop=True)
    result.attrs["largest"] = float(table["q3_star"].max())
    return result


def _q3(sample: ModelSample, simulations: int, seed: int) -> pd.DataFrame:
    return dimensionality.q3(
        sample.calibration, sample.answers, simulations=simulations, people=len(sample.answers), seed=seed
    )


def testlets_of(item_ids: Sequence[str], pairs: pd.DataFrame) -> list[str]:
    """Return the testlet of each item: items connected through dependent pairs, empty for an item that stands alone."""
    place = {item: j for j, item in enumerate(item_ids)}
    first, second = (pairs[side].map(place).to_numpy(int) for side in ("first", "second"))
    graph = coo_array((np.ones(first.size), (first, second)), shape=(len(place), len(place)))
    _count, label = connected_components(graph, directed=False)
    size = np.bincount(label, minlength=len(place))
    return [f"testlet {k + 1}" if size[k] > 1 else "" for k in label]


def dependence_row(sample: ModelSample, pairs: pd.DataFrame, seed: int, left_out: list[str]) -> dict[str, Any]:
    """Return reliability with and without the belief that items are independent, with 95 % intervals (jackknife).

    The testlets come from the sample, their effect is that on everybody who took the form. What a small round finds in
    the very people in whom it was sought is a little too large.

    Returns
    -------
    dict
        scale, form, n, items, pairs, testlets (names of their items), alpha_items, alpha_testlets, inflation and
        sem_ratio, each with an interval; no numbers where no testlet was found.
    """
    names = list(sample.answers.columns)
    labels = testlets_of(names, pairs)
    kinds = dict.fromkeys(label for label in labels if label)
    groups = ["+".join(n for n, one in zip(names, labels, strict=True) if one == label) for label in kinds]
    row: dict[str, Any] = {
        **{"scale": sample.scale, "form": sample.form, "n": sample.people, "items": len(names)},
        **{"pairs": len(pairs), "largest_q3": pairs.attrs.get("largest", float("nan")), "testlets": "; ".join(groups)},
    }
    figures = ("alpha_items", "alpha_testlets", "inflation", "sem_ratio")
    row |= {f"{name}{end}": float("nan") for name in figures for end in ("", "_low", "_high")}
    if not groups:
        return row
    scored = sample.scored[~np.isnan(sample.scored).any(axis=1)]
    if scored.shape[0] < FEWEST_COMPLETE:
        left_out.append(
            _("Skala {scale}: pengaruh testlet tidak dihitung, hanya {n} orang berjawaban lengkap.").format(
                scale=sample.scale, n=scored.shape[0]
            )
        )
        return row

    def effect(rows: NDArray[np.int64]) -> NDArray[np.float64]:
        try:
            found = dimensionality.testlet_reliability(scored[rows], labels)
        except ValueError:
            return np.full(len(figures), np.nan)
        return np.array([getattr(found, name) for name in figures])

    point = effect(np.arange(scored.shape[0]))
    half = T * block_jackknife(effect, scored.shape[0], seed=seed)
    for name, value, width in zip(figures, point, half, strict=True):
        row |= {name: value, f"{name}_low": value - width, f"{name}_high": value + width}
    return row


def dependence_gate(row: Mapping[str, Any]) -> Gate:
    """Hold when the standard error is surely more than a quarter larger than independent items make believe."""
    if not row["testlets"]:
        found = _("Tidak ada pasangan butir yang saling bergantung; Q3 terpusat terbesar {largest}.").format(
            largest=format_number(row["largest_q3"], 2)
        )
    elif np.isnan(row["sem_ratio"]):
        found = _("{n} pasangan butir saling bergantung; pengaruhnya tidak dapat dihitung.").format(n=row["pairs"])
    else:
        found = _(
            "{n} pasangan butir saling bergantung; SEM sebenarnya {share} lebih besar, rentang 95 % {low} sampai "
            "{high} (paling banyak {line})."
        ).format(
            n=row["pairs"],
            share=format_percent(row["sem_ratio"] - 1),
            low=format_percent(row["sem_ratio_low"] - 1),
            high=format_percent(row["sem_ratio_high"] - 1),
            line=format_percent(SEM_RATIO_CEILING - 1),
        )
    return Gate("kebergantungan", row["scale"], not row["sem_ratio_low"] > SEM_RATIO_CEILING, found)


def variance_ratios(table: pd.DataFrame) -> dict[str, float]:
    """Return by how much the error variance of each scale with testlets is really larger.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of `dependence_row`; scales without testlets, or whose effect was not computed, are left out.

    Returns
    -------
    dict of str to float
        (1 - alpha over testlets) / (1 - alpha over items); what chance puts below one is one.
    """
    if "sem_ratio" not in table:
        return {}
    found = table[table["testlets"].astype(str).ne("") & table["sem_ratio"].notna()]
    return {str(s): max(1.0, float(r) ** 2) for s, r in zip(found["scale"], found["sem_ratio"], strict=True)}
