"""Reliability of the scores: of everybody scale by scale, and of groups of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.analysis.gates import Gate
from workbench.i18n import _, format_number
from workbench.psychometrics import classical
from workbench.psychometrics.intervals import feldt
from workbench.psychometrics.jackknife import T, block_jackknife
from workbench.psychometrics.reliability import alpha_of, empirical_reliability

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.analysis.responses import InstrumentResponses
    from workbench.workspace import Workspace

__all__ = [
    "FEWEST_IN_GROUP",
    "RELIABILITY_FLOOR",
    "attribute_titles",
    "group_reliability",
    "reliability_gate",
    "scale_reliability",
]

# A scale below this reliability says too little about one person to enter a decision at all
# (.60 is the usual floor for research on groups; the nine boxes use composites of many scales).
RELIABILITY_FLOOR = 0.60
# With fewer people the interval of a reliability of .70 is wider than .50 to .82: it would rank groups by chance.
FEWEST_IN_GROUP = 100
JACKKNIFE_PEOPLE = 2_000
COEFFICIENTS = ("lambda2", "lambda6", "omega")


def scale_reliability(
    responses: InstrumentResponses, scale: str, table: pd.DataFrame, left_out: list[str], seed: int
) -> dict[str, Any]:
    """Return reliability of the EAP with its 95 % interval, and classical coefficients averaged over forms by people.

    The interval is that of a variance, here of the EAP, on the log scale (standard error ``sqrt(2 / (n - 1))``); the
    mean error is known far better. Limits of alpha over several forms are averaged like alpha itself, which makes the
    interval a little too wide. The errors of lambda-2, lambda-6 and omega come from the jackknife, of at most 2,000
    people of the largest form and rescaled to everybody.

    Parameters
    ----------
    responses : InstrumentResponses
    scale : str
    table : pandas.DataFrame
        Scores of the scale: eap, eap_se.
    left_out : list of str
        Sentences on what was not computed are appended.
    seed : int
        Of the blocks.
    """
    parts = []
    errors, largest = np.full(len(COEFFICIENTS), np.nan), 0
    for form, columns in responses.by_form(scale):
        scored = form.people[:, columns].astype(float)
        scored[scored < 0] = np.nan
        try:
            parts.append(classical.reliability(scored))
        except ValueError as reason:
            left_out.append(
                _("Skala {scale}, paket {form}: alfa dan omega tidak dihitung. {reason}").format(
                    scale=scale, form=form.form, reason=reason
                )
            )
            continue
        if form.persons.size > largest:
            errors, largest = _errors(scored, seed), int(form.persons.size)
    row: dict[str, Any] = {"scale": scale, "n": len(table), "items": max((p.items for p in parts), default=0)}
    weight = np.array([p.n for p in parts], dtype=float)
    for name in ("alpha", "alpha_low", "alpha_high", *COEFFICIENTS):
        values = np.array([getattr(p, name) for p in parts])
        there = np.isfinite(values)
        row[name] = float(np.average(values[there], weights=weight[there])) if there.any() else float("nan")
    half = T * errors * np.sqrt(largest / max(len(table), 1))
    for name, width in zip(COEFFICIENTS, half, strict=True):
        row |= {f"{name}_low": row[name] - width, f"{name}_high": min(row[name] + width, 1.0)}
    if len(parts) and np.isnan(half).any():
        left_out.append(
            _("Skala {scale}: rentang lambda dan omega tidak dihitung, {n} orang terlalu sedikit.").format(
                scale=scale, n=format_number(int(weight.sum()))
            )
        )
    point, low, high = empirical_reliability(table["eap"], table["eap_se"])
    row |= {"reliability": point, "reliability_low": low, "reliability_high": high}
    return row


def _errors(scored: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Jackknife errors of the coefficients that have no formula; NaN where a block leaves too little."""

    def coefficients(rows: NDArray[np.int64]) -> NDArray[np.float64]:
        try:
            found = classical.reliability(scored[rows])
        except ValueError:
            return np.full(len(COEFFICIENTS), np.nan)
        return np.array([getattr(found, name) for name in COEFFICIENTS])

    return block_jackknife(coefficients, scored.shape[0], most=JACKKNIFE_PEOPLE, seed=seed)


def reliability_gate(scale: str, row: Mapping[str, Any]) -> Gate:
    """Hold only when the whole interval lies below the floor: in a small round the point alone says little."""
    values = {name: format_number(row[f"reliability{name}"], 2) for name in ("", "_low", "_high")}
    found = _("Reliabilitas {value}, rentang 95 % {low} sampai {high} (paling sedikit {floor}).").format(
        value=values[""], low=values["_low"], high=values["_high"], floor=format_number(RELIABILITY_FLOOR, 2)
    )
    if np.isnan(row["reliability"]):
        found = _("Reliabilitas tidak dihitung: {n} orang.").format(n=row["n"])
    elif row["reliability"] < RELIABILITY_FLOOR <= row["reliability_high"]:
        found += " " + _("Titiknya di bawah batas, tetapi jumlah orang terlalu sedikit untuk memastikannya.")
    return Gate("reliabilitas", scale, not row["reliability_high"] < RELIABILITY_FLOOR, found)


def group_reliability(
    workspace: Workspace, responses: InstrumentResponses, scores: pd.DataFrame, left_out: list[str]
) -> pd.DataFrame:
    """Return reliability of the EAP and alpha of groups of people: by sex, jenjang and klaster where they are known.

    Returns
    -------
    pandas.DataFrame
        scale, attribute (sex, jenjang, klaster), group, n, reliability and alpha with their 95 % intervals. A group of
        fewer than 100 people has no row; a sentence says so.
    """
    attributes = _attributes(workspace, responses, left_out)
    rows: list[dict[str, Any]] = []
    small: dict[str, list[str]] = {}
    place = pd.Index(responses.participant_id).get_indexer(scores["participant_id"])
    tables = [
        (str(scale), place[where], scores["eap"].to_numpy(float)[where], scores["eap_se"].to_numpy(float)[where])
        for scale, where in scores.groupby("scale", sort=False).indices.items()
    ]
    for attribute, labels in attributes.items():
        sizes = pd.Series(labels).value_counts().sort_index()
        small[attribute] = [f"{name} ({format_number(n)})" for name, n in sizes.items() if n < FEWEST_IN_GROUP]
        for group in sizes.index[sizes >= FEWEST_IN_GROUP]:
            members = labels == group
            for scale, people, eap, error in tables:
                here = members[people]
                point, low, high = empirical_reliability(eap[here], error[here])
                alpha = _alpha(responses, scale, members)
                rows.append(
                    {
                        **{"scale": scale, "attribute": attribute, "group": group, "n": int(here.sum())},
                        **{"reliability": point, "reliability_low": low, "reliability_high": high},
                        **dict(zip(("alpha", "alpha_low", "alpha_high"), alpha, strict=True)),
                    }
                )
    for attribute, names in small.items():
        if names:
            left_out.append(
                _("Reliabilitas menurut {attribute}: kelompok di bawah {least} orang tidak dihitung: {names}.").format(
                    attribute=attribute_titles()[attribute], least=FEWEST_IN_GROUP, names=", ".join(names)
                )
            )
    numbers = [f"{name}{end}" for name in ("reliability", "alpha") for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=["scale", "attribute", "group", "n", *numbers])


def attribute_titles() -> dict[str, str]:
    """Return what groups are made by, in the locale in force."""
    return {"sex": _("jenis kelamin"), "jenjang": _("jenjang"), "klaster": _("klaster")}


def _attributes(
    workspace: Workspace, responses: InstrumentResponses, left_out: list[str]
) -> dict[str, NDArray[np.object_]]:
    """Return the group of each person by attribute, empty where it is not known; only where there are two groups."""
    sources = {"sex": "protected_groups", "jenjang": "participants", "klaster": "participants"}
    found = {}
    for attribute, name in sources.items():
        if not workspace.has(name):
            left_out.append(
                _("Reliabilitas menurut {attribute}: tidak dihitung, tabel {table} tidak ada.").format(
                    attribute=attribute_titles()[attribute], table=name
                )
            )
            continue
        column = workspace.read(name, ["participant_id", attribute]).set_index("participant_id")[attribute]
        labels = column.astype(object).reindex(responses.participant_id)
        if labels.nunique() > 1:
            found[attribute] = labels.where(labels.notna(), None).to_numpy(object)
    return found


def _alpha(responses: InstrumentResponses, scale: str, members: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Alpha of some people with Feldt's interval, averaged over forms by people; NaN where it cannot be had."""
    parts = []
    for form, columns in responses.by_form(scale):
        answers = form.people[members[form.persons]][:, columns].astype(float)
        answers = answers[(answers >= 0).all(axis=1)]
        if answers.shape[0] > 2 and answers.shape[1] > 1:
            value = alpha_of(np.cov(answers, rowvar=False))
            if np.isfinite(value):
                parts.append((answers.shape[0], value, *feldt(value, *answers.shape)))
    if not parts:
        return float("nan"), float("nan"), float("nan")
    table = np.array(parts)
    alpha, low, high = np.average(table[:, 1:], axis=0, weights=table[:, 0])
    return float(alpha), float(low), float(high)
