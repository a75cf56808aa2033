"""DIF of every item between the groups of the table ``protected_groups``, by form and over forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _, format_number
from workbench.psychometrics import dif
from workbench.psychometrics.dif.matching import adjusted
from workbench.psychometrics.intervals import Z

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from workbench.analysis.responses import FormResponses, InstrumentResponses
    from workbench.workspace import Workspace

__all__ = ["COLUMNS", "MINIMUM_DIF_GROUP", "Comparison", "comparisons", "differential", "final_rows"]

# Mantel-Haenszel needs this many people in each group before a classification A/B/C means anything
# (Zwick 2012, ETS RR-12-08: 200 in the smaller group).
MINIMUM_DIF_GROUP = 200
MANTEL_HAENSZEL, MANTEL = "mantel_haenszel", "mantel"
NUMBERS = [
    *("chi2", "p", "odds_ratio", "odds_ratio_low", "odds_ratio_high", "delta", "delta_se"),
    *("effect", "effect_low", "effect_high", "difference", "difference_low", "difference_high"),
    *("p_holm", "p_bh", "chi2_uniform", "p_uniform", "chi2_nonuniform", "p_nonuniform", "delta_r2", "p_heterogeneity"),
]
TEXTS = ["group", "variable", "reference", "focal", "form", "scale", "item_id", "method"]
COLUMNS = [*TEXTS, *NUMBERS, "ets", "ets_logistic", "n_reference", "n_focal", "forms"]


@dataclass(frozen=True)
class Comparison:
    """One focal group against the reference group of a variable.

    Attributes
    ----------
    variable, reference, focal : str
        Column of ``protected_groups`` and two of its values.
    title : str
        For readers.
    """

    variable: str
    reference: str
    focal: str
    title: str


def comparisons(groups: pd.DataFrame) -> list[Comparison]:
    """Return what is compared: men with women, and each other group of a variable with its largest group.

    Parameters
    ----------
    groups : pandas.DataFrame
        One column a variable, one row a person of the instrument; missing where not known.
    """
    found = []
    for variable in groups.columns:
        sizes = groups[variable].dropna().map(str).value_counts().sort_index().sort_values(kind="stable")[::-1]
        fixed = {"sex": "L", "disability": "False"}.get(str(variable), "")
        if not len(sizes):
            continue
        reference = fixed if fixed in sizes.index else str(sizes.index[0])
        for focal in sorted(set(sizes.index) - {reference}):
            found.append(Comparison(str(variable), reference, focal, _title(str(variable), focal, reference)))
    return found


def _title(variable: str, focal: str, reference: str) -> str:
    titles = {
        "sex": _("perempuan dibanding laki-laki"),
        "disability": _("penyandang disabilitas dibanding bukan penyandang"),
        "age_band": _("usia {focal} dibanding {reference}"),
        "region": _("asal {focal} dibanding {reference}"),
    }
    return titles.get(variable, _("{variable}: {focal} dibanding {reference}")).format(
        variable=variable, focal=focal, reference=reference
    )


def differential(workspace: Workspace, responses: InstrumentResponses, left_out: list[str]) -> pd.DataFrame:
    """Compare every item between groups: Mantel-Haenszel and logistic regression, or Mantel for ordered items.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, a row an item, comparison and form, and where an item stands in several forms one over them (``form``
        empty, ``forms`` their number; inverse-variance weights). effect is delta for right-or-wrong items and the
        standardised mean difference in standard deviations for ordered ones; difference is the mean score of the focal
        group less that of the reference group at equal total, as a share of the item's maximum.
    """
    nothing = _typed(pd.DataFrame(columns=COLUMNS))
    if not workspace.has("protected_groups"):
        left_out.append(_("DIF: tidak dihitung, tabel protected_groups tidak ada."))
        return nothing
    people = workspace.read("protected_groups").set_index("participant_id").reindex(responses.participant_id)
    tables = []
    for one in comparisons(people):
        values = people[one.variable].astype(object).map(str).to_numpy(object)
        tables += list(_by_form(responses, one, values, left_out))
    if not tables:
        return nothing
    by_form = _adjusted(pd.concat(tables, ignore_index=True))
    pooled = _pooled(by_form)
    return pd.concat([by_form, _adjusted(pooled)], ignore_index=True) if len(pooled) else by_form


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    whole = dict.fromkeys(("n_reference", "n_focal", "forms"), np.int64)
    return table.reindex(columns=COLUMNS).astype({**dict.fromkeys(NUMBERS, float), **whole})


def _adjusted(table: pd.DataFrame) -> pd.DataFrame:
    """Adjust p for the number of items of the instrument that are compared between two groups in a form."""
    result = table.copy()
    for _key, rows in table.groupby(["group", "form"], sort=False):
        result.loc[rows.index, ["p_holm", "p_bh"]] = adjusted(rows["p"]).to_numpy()
    return result


def _by_form(
    responses: InstrumentResponses, one: Comparison, values: NDArray[np.object_], left_out: list[str]
) -> Iterator[pd.DataFrame]:
    few: dict[str, int] = {}
    for form in responses.forms:
        own = values[form.persons]
        smaller = int(min((own == one.focal).sum(), (own == one.reference).sum()))
        if smaller < MINIMUM_DIF_GROUP:
            few[form.form] = smaller
            continue
        for scale in responses.scales:
            own_items = set(responses.items_of(scale))
            columns = [j for j, item in enumerate(form.item_ids) if item in own_items]
            if not columns:
                continue
            try:
                yield _compared(responses, form, scale, columns, one, own)
            except ValueError as reason:
                left_out.append(
                    _("Skala {scale}, paket {form}, {group}: DIF tidak dihitung. {reason}").format(
                        scale=scale, form=form.form, group=one.title, reason=reason
                    )
                )
    if few:
        left_out.append(
            _("DIF {group}: tidak dihitung pada paket {forms}, kelompok terkecil {n} < {minimum}.").format(
                group=one.title,
                forms=", ".join(few),
                n=format_number(max(few.values())),
                minimum=MINIMUM_DIF_GROUP,
            )
        )


def _compared(
    responses: InstrumentResponses,
    form: FormResponses,
    scale: str,
    columns: list[int],
    one: Comparison,
    own: NDArray[np.object_],
) -> pd.DataFrame:
    names = [form.item_ids[j] for j in columns]
    answers = form.people[:, columns]
    known = np.isin(own, [one.reference, one.focal]) & (answers >= 0).all(axis=1)
    scored = pd.DataFrame(answers[known], columns=names)
    focal = own[known] == one.focal
    smaller = int(min(focal.sum(), (~focal).sum()))
    if smaller < MINIMUM_DIF_GROUP:
        raise ValueError(
            _("Kelompok terkecil dengan jawaban lengkap {n} < {minimum}.").format(n=smaller, minimum=MINIMUM_DIF_GROUP)
        )
    right_or_wrong = (responses.items.loc[names, "format"] == "mc").all()
    maximum = np.maximum(scored.max().to_numpy(float), 1.0)
    table = _right_or_wrong(scored, focal) if right_or_wrong else _ordered(scored, focal)
    se = table.pop("smd_se").to_numpy(float) / maximum
    difference = table.pop("smd").to_numpy(float) / maximum
    return _typed(
        table.assign(
            **{"difference": difference, "difference_low": difference - Z * se, "difference_high": difference + Z * se},
            group=one.title,
            variable=one.variable,
            reference=one.reference,
            focal=one.focal,
            form=form.form,
            scale=scale,
            n_reference=int((~focal).sum()),
            n_focal=int(focal.sum()),
            forms=1,
        )
    )


def _right_or_wrong(scored: pd.DataFrame, focal: NDArray[np.bool_]) -> pd.DataFrame:
    table = dif.mantel_haenszel(scored, focal, purify=True)
    clean = (table["ets"] != "C").to_numpy()
    logistic = _purified(dif.logistic, scored, focal, clean)
    means = _purified(dif.mantel, scored, focal, clean)
    return table.assign(
        method=MANTEL_HAENSZEL,
        effect=table["delta"],
        effect_low=table["delta"] - Z * table["delta_se"],
        effect_high=table["delta"] + Z * table["delta_se"],
        smd=means["smd"],
        smd_se=means["smd_se"],
        **logistic[["chi2_uniform", "p_uniform", "chi2_nonuniform", "p_nonuniform"]],
        delta_r2=logistic["nagelkerke_delta_r2"],
        ets_logistic=logistic["ets"],
    )


def _ordered(scored: pd.DataFrame, focal: NDArray[np.bool_]) -> pd.DataFrame:
    first = dif.mantel(scored, focal)
    clean = (first["ets"] != "CC").to_numpy()
    table = first if clean.all() else _purified(dif.mantel, scored, focal, clean)
    se = table["smd_se"] / scored.std(ddof=0).to_numpy()
    return table.assign(
        method=MANTEL,
        effect=table["smd_sd"],
        effect_low=table["smd_sd"] - Z * se,
        effect_high=table["smd_sd"] + Z * se,
        ets_logistic="",
    )


def _purified(
    method: Callable[[pd.DataFrame, NDArray[np.bool_]], pd.DataFrame],
    scored: pd.DataFrame,
    focal: NDArray[np.bool_],
    clean: NDArray[np.bool_],
) -> pd.DataFrame:
    """Match on the items without DIF, and on the studied item itself, as Mantel-Haenszel with purification does."""
    if clean.all() or clean.sum() < 2:
        return method(scored, focal)
    kept = list(scored.columns[clean])
    tables = [method(scored[kept], focal)]
    tables += [method(scored[[*kept, item]], focal).tail(1) for item in scored.columns[~clean]]
    return pd.concat(tables).set_index("item_id").loc[list(scored.columns)].reset_index()


def _pooled(table: pd.DataFrame) -> pd.DataFrame:
    """Weigh the forms of an item by the precision of each: one row an item and comparison."""
    rows = []
    for _key, part in table.groupby(["group", "scale", "item_id"], sort=False):
        known = part[part["effect"].notna() & (part["effect_high"] > part["effect_low"])]
        if len(part) > 1 and len(known):
            rows.append(_over_forms(known))
    return _typed(pd.DataFrame(rows, columns=COLUMNS))


def _over_forms(part: pd.DataFrame) -> dict[str, object]:
    from scipy.special import chdtrc

    effect, se = _weighted(part, "effect")
    difference, difference_se = _weighted(part, "difference")
    chi2 = (effect / se) ** 2
    p = float(chdtrc(1, chi2))
    first = part.iloc[0]
    errors = (part["effect_high"] - part["effect_low"]) / (2 * Z)
    spread = float((((part["effect"] - effect) / errors) ** 2).sum())
    n = part["n_reference"] + part["n_focal"]
    row = {
        **first[TEXTS].to_dict(),
        "form": "",
        "chi2": chi2,
        "p": p,
        "effect": effect,
        "effect_low": effect - Z * se,
        "effect_high": effect + Z * se,
        "difference": difference,
        "difference_low": difference - Z * difference_se,
        "difference_high": difference + Z * difference_se,
        "p_heterogeneity": float(chdtrc(len(part) - 1, spread)) if len(part) > 1 else float("nan"),
        "ets": dif.ordered_class(effect, p),
        "ets_logistic": "",
        "n_reference": int(part["n_reference"].sum()),
        "n_focal": int(part["n_focal"].sum()),
        "forms": len(part),
    }
    if first["method"] == MANTEL_HAENSZEL:
        for name in ("uniform", "nonuniform"):
            # Sums over forms: each holds other people.
            statistic = float(part[f"chi2_{name}"].sum(min_count=1))
            row[f"chi2_{name}"] = statistic
            row[f"p_{name}"] = float(chdtrc(int(part[f"chi2_{name}"].notna().sum()), statistic))
        fitted = part["delta_r2"].notna()
        change = float(np.average(part.loc[fitted, "delta_r2"], weights=n[fitted])) if fitted.any() else float("nan")
        row |= {
            "odds_ratio": float(np.exp(effect / dif.DELTA)),
            "odds_ratio_low": float(np.exp((effect + Z * se) / dif.DELTA)),
            "odds_ratio_high": float(np.exp((effect - Z * se) / dif.DELTA)),
            "delta": effect,
            "delta_se": se,
            "delta_r2": change,
            "ets": dif.ets_class(effect, se, p),
        }
    return row


def _weighted(part: pd.DataFrame, name: str) -> tuple[float, float]:
    """Return the mean of an estimate over forms by inverse variance, and its standard error."""
    errors = ((part[f"{name}_high"] - part[f"{name}_low"]) / (2 * Z)).to_numpy(float)
    values = part[name].to_numpy(float)
    known = np.isfinite(values) & (errors > 0)
    if not known.any():
        return float("nan"), float("nan")
    weight = errors[known] ** -2.0
    return float((weight * values[known]).sum() / weight.sum()), float(weight.sum() ** -0.5)


def final_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row an item and comparison: the one over forms where there is one, else that of its form."""
    ranked = table.assign(n=table["n_reference"] + table["n_focal"]).sort_values(
        ["forms", "n"], ascending=False, kind="stable"
    )
    return ranked.drop_duplicates(["group", "item_id"]).drop(columns="n").sort_index().reset_index(drop=True)
