"""Two versions of an item bank side by side: items, cuts, population, and in words what has changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.i18n import _, format_number
from workbench.psychometrics import linking

if TYPE_CHECKING:
    from workbench.psychometrics.linking import Link
    from workbench.records.bank import Bank

__all__ = ["BankComparison", "compare_banks"]

ITEMS = (
    *("scale", "item_id", "difficulty", "difficulty_se", "slope", "slope_se", "z", "drifted", "same"),
    *("n_first", "n_second"),
)
CUTS = ("scale", "level", "first", "second", "difference", "difference_se", "method_first", "method_second")
POPULATION = ("scale", "mean_first", "mean_second", "sd_first", "sd_second")
IDENTITY = linking.Link(1.0, 0.0, 0.0, 0.0, "same metric", 0, 0.0)


@dataclass(frozen=True)
class BankComparison:
    """What differs between two versions, second less first, on the metric of the first.

    Attributes
    ----------
    only_first, only_second : pandas.DataFrame
        scale, item_id.
    items : pandas.DataFrame
        A row an item that both know: difference of difficulty (of ordered items the mean over boundaries) and of slope
        with standard errors, z, whether it drifted, whether both hold the same numbers (then there is no error to
        state), and the answers behind it.
    cuts, population : pandas.DataFrame
    correlation : dict
        The pair of scales whose correlation changed most: ``scales``, ``first``, ``second``; empty for one scale.
    same_metric : bool
        Whether the second was made on the metric of the first; otherwise it was moved there by the common items.
    sentences : tuple of str
    """

    only_first: pd.DataFrame
    only_second: pd.DataFrame
    items: pd.DataFrame
    cuts: pd.DataFrame
    population: pd.DataFrame
    correlation: dict[str, Any]
    same_metric: bool
    sentences: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return everything as one value of JSON; what has no number is null."""
        frames = ("only_first", "only_second", "items", "cuts", "population")
        tables = {
            name: getattr(self, name).astype(object).where(getattr(self, name).notna(), None).to_dict("records")
            for name in frames
        }
        return {
            **tables,
            "correlation": self.correlation,
            "same_metric": self.same_metric,
            "sentences": list(self.sentences),
        }


def compare_banks(first: Bank, second: Bank) -> BankComparison:
    """Compare two versions.

    Where they were not made on one metric, the items of the second are moved to that of the first through the common
    items that did not drift, scale by scale; scales that share too few are left out and named. Standard errors take
    both calibrations as independent, which they are where each comes from a round of its own.

    Returns
    -------
    BankComparison
    """
    same = first.metric == second.metric
    left_out: list[str] = []
    tables = []
    for scale in first.scales:
        rows = _scale(first, second, scale, same=same, left_out=left_out)
        if rows is not None:
            tables.append(rows)
    items = pd.concat(tables, ignore_index=True)[list(ITEMS)] if tables else pd.DataFrame(columns=list(ITEMS))
    found = BankComparison(
        _only(first, second),
        _only(second, first),
        items,
        _cuts(first, second),
        _population(first, second),
        _correlation(first, second),
        same,
        (),
    )
    return replace(found, sentences=_words(first, second, found, left_out))


def _only(one: Bank, other: Bank) -> pd.DataFrame:
    mask = ~one.item_parameters["item_id"].isin(other.item_parameters["item_id"])
    return one.item_parameters.loc[mask, ["scale", "item_id"]].reset_index(drop=True)


def _scale(first: Bank, second: Bank, scale: str, *, same: bool, left_out: list[str]) -> pd.DataFrame | None:
    """Return the differences of the items of one scale, or None and the reason."""
    there, here = first.items(scale), second.items(scale)
    common = here["item_id"].isin(there["item_id"])
    if not common.any():
        return None
    try:
        if same:
            table, link = linking.drift(here, there, IDENTITY), IDENTITY
        else:
            link, table = linking.purified_link(here, there)
    except ValueError as reason:
        left_out.append(_("Skala {scale}: butir tidak dibandingkan. {reason}").format(scale=scale, reason=reason))
        return None
    rows = table.assign(scale=scale, difficulty=-table["difference"], difficulty_se=table["se"], z=-table["z"])
    old, new = (frame.set_index("item_id").loc[rows["item_id"]] for frame in (there, here))
    slopes = _slopes(old, new, link)
    equal = _equal(old, new)
    return rows.assign(
        slope=slopes[0],
        slope_se=np.where(equal, np.nan, slopes[1]),
        difficulty_se=np.where(equal, np.nan, rows["difficulty_se"]),
        z=np.where(equal, np.nan, rows["z"]),
        drifted=rows["drifted"].to_numpy(bool) & ~equal,
        same=equal,
        n_first=_numbers(old, "n"),
        n_second=_numbers(new, "n"),
    )


def _numbers(frame: pd.DataFrame, column: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    return frame[column].to_numpy(float) if column in frame else np.full(len(frame), np.nan)


def _slopes(old: pd.DataFrame, new: pd.DataFrame, link: Link) -> tuple[Any, Any]:
    difference = new["a"].to_numpy(float) / link.slope - old["a"].to_numpy(float)
    error = np.sqrt((_numbers(new, "a_se") / link.slope) ** 2 + _numbers(old, "a_se") ** 2)
    return difference, error


def _equal(old: pd.DataFrame, new: pd.DataFrame) -> Any:
    """Items that both versions hold with the same numbers: one was taken over from the other."""
    names = [c for c in old.columns if c == "a" or (c[0] == "b" and (c == "b" or c[1:].isdigit()))]
    left, right = old[names].to_numpy(float), new.reindex(columns=names).to_numpy(float)
    return np.all(np.isclose(left, right, rtol=1e-6, atol=1e-9, equal_nan=True), axis=1)


def _cuts(first: Bank, second: Bank) -> pd.DataFrame:
    columns = ["scale", "level", "theta", "standard_error", "method"]
    both = first.level_cuts[columns].merge(second.level_cuts[columns], on=["scale", "level"], suffixes=("_1", "_2"))
    return pd.DataFrame(
        {
            "scale": both["scale"],
            "level": both["level"].astype("int64"),
            "first": both["theta_1"].astype(float),
            "second": both["theta_2"].astype(float),
            "difference": (both["theta_2"] - both["theta_1"]).astype(float),
            "difference_se": np.sqrt(both["standard_error_1"].astype(float) ** 2 + both["standard_error_2"] ** 2),
            "method_first": both["method_1"],
            "method_second": both["method_2"],
        },
        columns=list(CUTS),
    )


def _population(first: Bank, second: Bank) -> pd.DataFrame:
    common = [scale for scale in first.scales if scale in second.scales]
    one, two = (bank.population.set_index("scale") for bank in (first, second))
    return pd.DataFrame(
        {
            "scale": common,
            "mean_first": [float(one.loc[s, "mean"]) for s in common],
            "mean_second": [float(two.loc[s, "mean"]) for s in common],
            "sd_first": [float(one.loc[s, s]) ** 0.5 for s in common],
            "sd_second": [float(two.loc[s, s]) ** 0.5 for s in common],
        },
        columns=list(POPULATION),
    )


def _correlation(first: Bank, second: Bank) -> dict[str, Any]:
    common = [scale for scale in first.scales if scale in second.scales]
    if len(common) < 2:
        return {}
    both = []
    for bank in (first, second):
        covariance = bank.population.set_index("scale").loc[common, common].to_numpy(float)
        sd = np.sqrt(np.diag(covariance))
        both.append(covariance / np.outer(sd, sd))
    change = np.triu(np.abs(both[1] - both[0]), 1)
    i, j = np.unravel_index(int(change.argmax()), change.shape)
    return {"scales": [common[i], common[j]], "first": float(both[0][i, j]), "second": float(both[1][i, j])}


def _words(first: Bank, second: Bank, found: BankComparison, left_out: list[str]) -> tuple[str, ...]:
    names = {"first": first.version, "second": second.version}
    sentences = [
        _("{second} dibuat pada metrik yang sama dengan {first}: selisihnya dapat dibaca langsung.").format(**names)
        if found.same_metric
        else _(
            "{first} dan {second} tidak berbagi metrik: butir {second} dipindahkan dahulu melalui butir yang sama. "
            "Batas level dan populasi di bawah masih pada metrik masing-masing dan tidak dapat dibandingkan langsung."
        ).format(**names),
        _("{both} butir ada di keduanya, {a} hanya di {first}, {b} hanya di {second}.").format(
            both=format_number(len(found.items)),
            a=format_number(len(found.only_first)),
            b=format_number(len(found.only_second)),
            **names,
        ),
    ]
    moved = found.items[found.items["drifted"].astype(bool)] if len(found.items) else found.items
    if len(moved):
        parts = [
            f"{row['item_id']} ({format_number(row['difficulty'], 2)} ± {format_number(row['difficulty_se'], 2)})"
            for row in moved.to_dict("records")
        ]
        sentences.append(_("{n} butir bergeser: {items}.").format(n=len(moved), items=", ".join(parts)))
    elif len(found.items):
        sentences.append(_("Tidak ada butir yang bergeser melebihi 0,3 logit dan kebetulan."))
    same = int(found.items["same"].astype(bool).sum()) if len(found.items) else 0
    if same:
        sentences.append(
            _("{n} butir diambil alih dengan angka yang sama, sehingga selisihnya nol tanpa galat.").format(
                n=format_number(same)
            )
        )
    sentences += [*_cut_words(found), *_population_words(found), *left_out]
    return tuple(sentences)


def _cut_words(found: BankComparison) -> list[str]:
    if found.cuts.empty:
        return []
    changed = found.cuts[found.cuts["difference"].abs() > 1e-9]
    if changed.empty:
        return [_("Batas level sama.")]
    largest = changed.loc[changed["difference"].abs().idxmax()]
    return [
        _("{n} batas level berbeda; terbesar skala {scale} level {level}: {a} menjadi {b}.").format(
            n=len(changed),
            scale=largest["scale"],
            level=int(largest["level"]),
            a=format_number(float(largest["first"]), 2),
            b=format_number(float(largest["second"]), 2),
        )
    ]


def _population_words(found: BankComparison) -> list[str]:
    table = found.population
    if table.empty:
        return [_("Tidak ada skala yang sama; populasi tidak dibandingkan.")]
    shift = (table["mean_second"] - table["mean_first"]).abs()
    row = table.loc[shift.idxmax()]
    sentences = [
        _("Perubahan rata-rata populasi terbesar: skala {scale}, {a} menjadi {b} (simpangan baku {c} dan {d}).").format(
            scale=row["scale"],
            a=format_number(float(row["mean_first"]), 2),
            b=format_number(float(row["mean_second"]), 2),
            c=format_number(float(row["sd_first"]), 2),
            d=format_number(float(row["sd_second"]), 2),
        )
    ]
    if found.correlation:
        one, two = found.correlation["scales"]
        sentences.append(
            _("Perubahan korelasi terbesar: {one} dengan {two}, {a} menjadi {b}.").format(
                one=one,
                two=two,
                a=format_number(found.correlation["first"], 2),
                b=format_number(found.correlation["second"], 2),
            )
        )
    return sentences
