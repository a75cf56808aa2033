"""What a reviewer is advised to do with each item, and why: documented rules over everything that was found.

The rules stand in ``docs/methods/flags.md``. They advise; nothing is changed by them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.analysis.differential import final_rows
from workbench.i18n import _, format_number
from workbench.policy import list_item_rules, load_item_rules
from workbench.psychometrics.distractors import FEWEST_FOR_MISKEY

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CHECK_KEY", "COLUMNS", "DROP", "KEEP", "REVISE", "Evidence", "recommend"]

# What a reviewer is advised to do with an item; codes, their names in the language in force come with the page.
KEEP, REVISE, CHECK_KEY, DROP = "keep", "revise", "check_key", "drop"
COLUMNS = ["instrument", "item_id", "scale", "recommendation", "reason", "proposed_key"]
# A DIF class counts only where the item stands out among all that were tested (Benjamini and Hochberg 1995).
SIGNIFICANT = 0.05
# Of hundreds of sound items one or two fall below a line by chance in a small round; they are revised, not dropped.
FEWEST_FOR_DROP = 200
# The interval of a correlation of .25 among 100 people runs from .06 to .43.
FEWEST_FOR_KEEP = 100


@dataclass(frozen=True)
class Evidence:
    """What the recommendation rests on, as `items.analyse` makes it.

    Attributes
    ----------
    rules : str
        Rule set of the workspace.
    kinds : dict of str to str
        ``mc`` or ``ordered`` by item.
    scales : dict of str to str
        Scale by item.
    statistics, flags, proposals, parameters, fit, dif, history : pandas.DataFrame
    alphas : dict of (form, scale) to float
    """

    rules: str
    kinds: Mapping[str, str]
    scales: Mapping[str, str]
    statistics: pd.DataFrame
    flags: pd.DataFrame
    proposals: pd.DataFrame
    parameters: pd.DataFrame
    fit: pd.DataFrame
    dif: pd.DataFrame
    history: pd.DataFrame
    alphas: Mapping[tuple[str, str], float]


def recommend(instrument: str, evidence: Evidence) -> pd.DataFrame:
    """Return one row an item: what to do with it and why.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`; reason holds one sentence a line.
    """
    tables = {
        name: dict(tuple(getattr(evidence, name).groupby("item_id")))
        for name in ("statistics", "flags", "proposals", "parameters", "fit", "history")
    }
    tables["dif"] = dict(tuple(final_rows(evidence.dif).groupby("item_id")))
    rows = []
    for item, scale in evidence.scales.items():
        own = {name: groups.get(item) for name, groups in tables.items()}
        code, reasons, key = _judge(evidence, evidence.kinds[item], own)
        rows.append((instrument, item, scale, code, "\n".join(reasons), key))
    return pd.DataFrame(rows, columns=COLUMNS)


def _judge(evidence: Evidence, kind: str, own: Mapping[str, pd.DataFrame | None]) -> tuple[str, list[str], str]:
    statistics = own["statistics"]
    if statistics is None:
        return KEEP, [_("Belum dapat dinilai: statistik butir ini tidak dihitung.")], ""
    loss = _loss(evidence.alphas, statistics)
    doubts, key = _key_doubts(kind, own)
    useless = _useless(own["flags"], statistics)
    faults = [
        *_flagged(own["flags"], evidence.rules, "raised"),
        *_misfit(own["fit"]),
        *_unequal(own["dif"]),
        *_drifted(own["history"]),
    ]
    if doubts:
        return CHECK_KEY, [*doubts, *loss], key
    if useless and _costs_nothing(evidence.alphas, statistics):
        return DROP, [*useless, *faults, *loss], ""
    if faults:
        return REVISE, [*faults, *loss], ""
    watched = _flagged(own["flags"], evidence.rules, "watch")
    few = int(statistics["n"].max())
    if few < FEWEST_FOR_KEEP:
        # Nothing found among so few says little: the reader is told, so that silence is not taken for soundness.
        unsure = _("Belum cukup bukti: {n} orang < {minimum}, cacat yang nyata pun dapat luput.")
        return KEEP, [unsure.format(n=few, minimum=FEWEST_FOR_KEEP), *watched], ""
    return KEEP, watched or [_("Tidak ada tanda yang perlu ditindaklanjuti.")], ""


def _key_doubts(kind: str, own: Mapping[str, pd.DataFrame | None]) -> tuple[list[str], str]:
    """Another option that behaves like the key, or answers that surely go against the scale."""
    sentences, key = [], ""
    proposals, parameters, statistics = own["proposals"], own["parameters"], own["statistics"]
    if proposals is not None:
        best = proposals.sort_values("p").iloc[0]
        key = str(best["proposed"])
        sentences.append(
            _(
                "Kunci {key} diragukan: opsi {proposed} lebih sejalan dengan skor sisa ({r}) daripada kuncinya ({own})."
            ).format(
                key=best["key"],
                proposed=key,
                r=format_number(best["option_rest_proposed"], 2),
                own=format_number(best["option_rest_key"], 2),
            )
        )
    what = _("periksa kuncinya") if kind == "mc" else _("periksa arah skornya")
    if parameters is not None and (parameters["a"] + 2 * parameters["a_se"] < 0).any():
        sentences.append(
            _("Daya beda negatif (a {value}): {what}.").format(
                value=format_number(float(parameters["a"].iloc[0]), 2), what=what
            )
        )
    elif statistics is not None and (against := _against(statistics)).any():
        worst = float(statistics.loc[against, "item_rest"].min())
        sentences.append(
            _("Korelasi butir-sisa negatif ({value}): {what}.").format(value=format_number(worst, 2), what=what)
        )
    return sentences, key


def _against(statistics: pd.DataFrame) -> pd.Series:
    """Forms on which the item surely goes against the rest; fewer people say too little, as of keys."""
    return (statistics["item_rest_high"] < 0) & (statistics["n_complete"] >= FEWEST_FOR_MISKEY)


def _useless(flags: pd.DataFrame | None, statistics: pd.DataFrame) -> list[str]:
    """Discrimination surely below every limit in every form."""
    if flags is None or statistics["n_complete"].min() < FEWEST_FOR_DROP:
        return []
    raised = flags[(flags["rule"] == "item_rest") & (flags["status"] == "raised")]
    sets = [name for name in list_item_rules() if load_item_rules(name).item_rest_low > 0]
    by_form = raised.groupby("form")["rule_set"].agg(set)
    if not all(set(sets) <= by_form.get(form, set()) for form in statistics["form"]):
        return []
    return [_("Daya bedanya pasti di bawah batas semua aturan, pada semua paket.")]


def _costs_nothing(alphas: Mapping[tuple[str, str], float], statistics: pd.DataFrame) -> bool:
    return all(
        row["alpha_if_deleted"] >= alphas.get((row["form"], row["scale"]), float("inf"))
        for row in statistics.to_dict("records")
    )


def _loss(alphas: Mapping[tuple[str, str], float], statistics: pd.DataFrame) -> list[str]:
    """Say what reliability becomes without the item, in the form with most people."""
    row = statistics.sort_values("n", ascending=False).iloc[0]
    alpha, without = alphas.get((row["form"], row["scale"]), float("nan")), float(row["alpha_if_deleted"])
    if np.isnan(alpha) or np.isnan(without):
        return [_("Pengaruh terhadap reliabilitas tidak dihitung: tidak ada dua butir lain yang bervariasi.")]
    text = _("Tanpa butir ini alfa paket {form} menjadi {without}, sekarang {alpha}.")
    return [
        text.format(form=row["form"], without=format_number(without, 3), alpha=format_number(alpha, 3)),
    ]


def _flagged(flags: pd.DataFrame | None, rules: str, status: str) -> list[str]:
    if flags is None:
        return []
    rows = flags[(flags["rule_set"] == rules) & (flags["status"] == status)]
    sentence = _("Aturan {rules}: {reason} pada paket {forms}.")
    if status == "watch":
        sentence = _("Diamati, belum pasti, aturan {rules}: {reason} pada paket {forms}.")
    return [
        sentence.format(rules=rules, reason=part["reason"].iloc[0], forms=", ".join(part["form"]))
        for _rule, part in rows.groupby("rule", sort=False)
    ]


def _misfit(fit: pd.DataFrame | None) -> list[str]:
    if fit is None or fit["status"].iloc[0] != "raised":
        return []
    row = fit.iloc[0]
    values = [f"RMSD {format_number(row['rmsd'], 2)}"]
    if not np.isnan(row["rmsea"]):
        values.append(f"RMSEA {format_number(row['rmsea'], 2)}")
    return [_("Kurvanya menyimpang jauh dari model ({values}).").format(values=", ".join(values))]


def _unequal(dif: pd.DataFrame | None) -> list[str]:
    if dif is None:
        return []
    large = dif[dif["ets"].isin(["C", "CC"]) & (dif["p_bh"] < SIGNIFICANT)]
    harder, easier = _("lebih rendah"), _("lebih tinggi")
    return [
        _(
            "DIF kelas {ets}, {group}: nilai {direction} pada skor setara, selisih {difference} dari nilai tertinggi."
        ).format(
            ets=row["ets"],
            group=row["group"],
            direction=harder if row["effect"] < 0 else easier,
            difference=format_number(row["difference"], 2),
        )
        for row in large.to_dict("records")
    ]


def _drifted(history: pd.DataFrame | None) -> list[str]:
    if history is None:
        return []
    moved = history[history["drifted"]]
    return [
        _("Bergeser {difference} logit sejak bank {source}.").format(
            difference=format_number(row["difference"], 2), source=row["source"]
        )
        for row in moved.to_dict("records")
    ]
