"""The first page of notebook 02: what a head of an assessment centre reads in two minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.analysis.gates import HOLD
from workbench.analysis.subscores import ADDS
from workbench.i18n import _, format_number, format_percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.analysis.score_checks import ScoreChecks
    from workbench.analysis.scores import ScoreValidation

__all__ = ["most_different", "titled", "verdict", "weakest_in_instansi"]

# Up to here dependent items are named together: a twentieth of an error changes no reading of it.
NEGLIGIBLE_SEM_RATIO = 1.05


def verdict(validation: ScoreValidation, checks: ScoreChecks, titles: Mapping[str, str]) -> list[str]:
    """Return the sentences of the summary, most important first.

    Parameters
    ----------
    validation : ScoreValidation
    checks : ScoreChecks
    titles : mapping of str to str
        Title of each scale.
    """
    held = checks.gates[checks.gates["status"] == HOLD]
    people, scales = validation.scores["participant_id"].nunique(), len(validation.calibrations)
    if held.empty:
        first = _("LOLOS: {n} orang diskor pada {k} skala, dan {g} gerbang terpenuhi semuanya.")
    else:
        first = _("TAHAN: {n} orang diskor pada {k} skala, tetapi {h} dari {g} gerbang menahan rilis.")
    sentences = [
        first.format(n=format_number(people), k=scales, g=len(checks.gates), h=len(held)),
        *(f"{titles.get(row['scope'], row['scope'])}: {row['sentence']}" for row in held.to_dict("records")),
        *_reliability(validation.reliability, titles),
        *_cuts(validation.cuts, checks.methods, titles),
        *_model(checks, titles),
        checks.linking.sentence,
        *_moved(checks),
    ]
    if len(checks.subscores):
        adds = int((checks.subscores["verdict"] == ADDS).sum())
        sentences.append(
            _("{k} dari {n} skala pasti menambah sesuatu di luar skor total instrumen.").format(
                k=adds, n=len(checks.subscores)
            )
        )
    if len(checks.honesty):
        sentences.append(
            _(
                "Peluang mencapai batas jujur pada {k} dari {n} uji dengan orang simulasi; selisih terbesar {gap}."
            ).format(
                k=int(checks.honesty["honest"].sum()),
                n=len(checks.honesty),
                gap=format_number(float(checks.honesty["ece"].max()), 3),
            )
        )
    if checks.not_computed:
        sentences.append(_("{n} hal tidak dihitung; alasannya di bagian terakhir.").format(n=len(checks.not_computed)))
    return sentences


def _reliability(table: pd.DataFrame, titles: Mapping[str, str]) -> list[str]:
    known = table.dropna(subset=["reliability"])
    if known.empty:
        return [_("Reliabilitas tidak dihitung: orangnya terlalu sedikit.")]
    low, high = known.loc[known["reliability"].idxmin()], known.loc[known["reliability"].idxmax()]
    return [
        _(
            "Reliabilitas skor dari {low} ({first}, rentang 95 % {a} sampai {b}) sampai {high} ({last}, {c} sampai "
            "{d})."
        ).format(
            low=format_number(low["reliability"], 2),
            first=titles.get(low["scale"], low["scale"]),
            a=format_number(low["reliability_low"], 2),
            b=format_number(low["reliability_high"], 2),
            high=format_number(high["reliability"], 2),
            last=titles.get(high["scale"], high["scale"]),
            c=format_number(high["reliability_low"], 2),
            d=format_number(high["reliability_high"], 2),
        )
    ]


def _cuts(cuts: pd.DataFrame, methods: pd.DataFrame, titles: Mapping[str, str]) -> list[str]:
    weak = cuts.loc[cuts["accuracy"].idxmin()]
    sentences = [
        _(
            "Keputusan paling lemah di batas level {level} skala {scale}: {right} orang ditempatkan benar{interval}; "
            "{up} dinyatakan mencapai padahal belum{up_interval}, {down} sebaliknya{down_interval}."
        ).format(
            level=int(weak["level"]),
            scale=titles.get(weak["scale"], weak["scale"]),
            right=format_percent(weak["accuracy"]),
            interval=_interval(weak["accuracy_low"], weak["accuracy_high"]),
            up=format_percent(weak["false_positive"]),
            up_interval=_interval(weak["false_positive_low"], weak["false_positive_high"]),
            down=format_percent(weak["false_negative"]),
            down_interval=_interval(weak["false_negative_low"], weak["false_negative_high"]),
        )
    ]
    spread = methods.groupby(["scale", "level"])["accuracy"].agg(["min", "max", "count"])
    spread = spread[spread["count"] > 1]
    if len(spread):
        gap = (spread["max"] - spread["min"]).max()
        sentences.append(
            _("Lima metode menilai keputusan yang sama; akurasinya berbeda paling banyak {gap} poin persen.").format(
                gap=format_number(100 * float(gap), 1)
            )
        )
    return sentences


def _interval(low: float, high: float) -> str:
    if np.isnan(low) or np.isnan(high):
        return _(" (rentang tidak dihitung)")
    return _(" (rentang 95 % {low} sampai {high})").format(low=format_percent(low), high=format_percent(high))


def _model(checks: ScoreChecks, titles: Mapping[str, str]) -> list[str]:
    sentences = []
    model = checks.model
    if len(model.fit):
        worst = model.fit.loc[model.fit["rmsea"].idxmax()]
        sentences.append(
            _("Model cocok paling longgar pada {scale}: RMSEA {value} (rentang 90 % {low} sampai {high}).").format(
                scale=titles.get(worst["scale"], worst["scale"]),
                value=format_number(worst["rmsea"], 3),
                low=format_number(worst["rmsea_low"], 3),
                high=format_number(worst["rmsea_high"], 3),
            )
        )
    if len(model.dimensionality):
        several = model.dimensionality[model.dimensionality["factors"] > 1]["scale"]
        sentences.append(
            _("Lebih dari satu dimensi pada: {names}.").format(names=", ".join(titles.get(s, s) for s in several))
            if len(several)
            else _("Setiap skala yang diperiksa berdimensi satu.")
        )
    if len(model.dependence):
        found = model.dependence[model.dependence["testlets"] != ""]
        if found.empty:
            sentences.append(_("Tidak ada butir yang saling bergantung."))
        small = found["sem_ratio_high"] < NEGLIGIBLE_SEM_RATIO
        if small.any():
            sentences.append(
                _(
                    "Pasangan butir yang saling bergantung pada {k} skala hampir tidak berpengaruh: galat skor paling "
                    "banyak {share} lebih besar daripada yang dinyatakan (ujung atas rentang 95 %)."
                ).format(k=int(small.sum()), share=format_percent(float(found.loc[small, "sem_ratio_high"].max()) - 1))
            )
        for row in found[~small].to_dict("records"):
            sentences.append(
                _(
                    "Butir saling bergantung pada {scale} ({items}): alfa {inflated} sebenarnya {real}, dan galat skor "
                    "{share} lebih besar daripada yang dinyatakan{interval}."
                ).format(
                    scale=titles.get(row["scale"], row["scale"]),
                    items=row["testlets"],
                    inflated=format_number(row["alpha_items"], 2),
                    real=format_number(row["alpha_testlets"], 2),
                    share=format_percent(row["sem_ratio"] - 1) if np.isfinite(row["sem_ratio"]) else "-",
                    interval=_interval(row["sem_ratio_low"] - 1, row["sem_ratio_high"] - 1),
                )
            )
    return sentences


def _moved(checks: ScoreChecks) -> list[str]:
    if checks.linking.drift.empty:
        return []
    moved = checks.linking.drift[checks.linking.drift["drifted"]]
    return [
        _("{k} dari {n} butir jangkar bergeser{names}.").format(
            k=len(moved),
            n=format_number(len(checks.linking.drift)),
            names=f": {', '.join(moved['item_id'].head(8))}" if len(moved) else "",
        )
    ]


def weakest_in_instansi(instansi: pd.DataFrame) -> pd.DataFrame:
    """Return the cut of each instansi at which decisions are least accurate; small instansi together come last."""
    weakest: pd.DataFrame = instansi.loc[instansi.groupby("instansi")["accuracy"].idxmin()]
    small = weakest["instansi"] == ""
    named = weakest.assign(instansi=weakest["instansi"].where(~small, _("instansi kecil bersama-sama")))
    return pd.concat([named[~small].sort_values("accuracy"), named[small]], ignore_index=True)


def titled(sentences: tuple[str, ...], titles: Mapping[str, str]) -> pd.DataFrame:
    """Return sentences with the titles of scales instead of their codes, a row each."""
    rows = []
    for sentence in sentences:
        for scale in sorted(titles, key=len, reverse=True):
            sentence = sentence.replace(scale, titles[scale]) if "_" in scale else sentence
        rows.append(sentence)
    return pd.DataFrame({"what": rows})


def most_different(methods: pd.DataFrame, number: int) -> list[tuple[str, pd.DataFrame]]:
    """Return the scales whose methods differ most in accuracy at some cut, each with its rows."""
    spread = methods.groupby(["scale", "level"], sort=False)["accuracy"].agg(lambda a: a.max() - a.min())
    worst = spread.groupby("scale", sort=False).max().sort_values(ascending=False, kind="stable").index[:number]
    return [(str(scale), methods[methods["scale"] == scale]) for scale in worst]
