"""Fairness of one round: decisions by group, group differences net of measurement error, and what DIF items move.

Protected groups are read here and in the DIF of items, and nowhere else; nothing of this enters a score, level or box.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.analysis.dif_people import DifPeople, without_dif_items
from workbench.analysis.differential import Comparison, comparisons
from workbench.i18n import _, format_number
from workbench.psychometrics.intervals import Z
from workbench.talent.axes import Rule
from workbench.talent.fairness import (
    COLUMNS,
    FEWEST,
    STRATIFIED,
    adverse_impact,
    common_ratio,
    impact_sentence,
    tier_sentence,
)
from workbench.talent.group_model import FEWEST_IN_GROUP, group_priors, group_rates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from workbench.analysis.boxes import TalentBoxes
    from workbench.analysis.opened_round import OpenedRound
    from workbench.workspace import Workspace

__all__ = ["Fairness", "decisions_by_group", "fairness_of", "group_title", "impact_of", "small_sentence"]

GROUP_DRAWS = 12_000  # people of whom draws are taken for one variable
SMALL = 1_000  # people up to whom the page says what their number cannot say


@dataclass(frozen=True)
class Fairness:
    """Everything that the section on fairness shows.

    Attributes
    ----------
    impact : pandas.DataFrame
        As `decisions_by_group`, of the stated decisions.
    gaps : pandas.DataFrame
        variable, the columns of `talent.group_model.group_rates`, reference, ratio_stated, ratio_common, ratio with its
        interval: of the share in the pool, net of measurement error.
    instansi : pandas.DataFrame
        Expected people in the pool of each instansi by the same model.
    dif : DifPeople
    not_computed : tuple of str
    """

    impact: pd.DataFrame
    gaps: pd.DataFrame
    instansi: pd.DataFrame
    dif: DifPeople
    not_computed: tuple[str, ...]


def fairness_of(asked: OpenedRound) -> Fairness:
    """Count stated decisions by group, estimate group differences, and re-place people without the items with DIF."""
    workspace, result = asked.workspace, asked.result
    left_out: list[str] = []
    placed = result.boxes[result.boxes["withheld_reason"] == ""].reset_index(drop=True)
    groups = _groups(workspace, placed, left_out)
    impact = impact_of("stated", placed, groups, result.policy.boxes.pool)
    gaps, instansi = _net_of_error(workspace, result, placed, groups, left_out)
    dif = without_dif_items(asked, groups)
    return Fairness(impact, gaps, instansi, dif, (*left_out, *dif.not_computed))


def decisions_by_group(
    workspace: Workspace, boxes: pd.DataFrame, pool: tuple[int, ...], final: pd.DataFrame | None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Count stated decisions, and beside them the final ones where minutes hold.

    Parameters
    ----------
    workspace : Workspace
    boxes : pandas.DataFrame
        The result table ``boxes``.
    pool : tuple of int
    final : pandas.DataFrame or None
        participant_id, box after the review; None before the minutes, when votes are blind.

    Returns
    -------
    impact : pandas.DataFrame
        As `impact_of`.
    not_computed : tuple of str
    """
    left_out: list[str] = []
    placed = boxes[boxes["withheld_reason"] == ""].reset_index(drop=True)
    groups = _groups(workspace, placed, left_out)
    impact = [impact_of("stated", placed, groups, pool)]
    if final is not None:
        decided = placed.drop(columns="box").merge(final[["participant_id", "box"]], on="participant_id")
        impact.append(impact_of("final", decided, groups, pool))
    return pd.concat(impact, ignore_index=True), tuple(left_out)


def _groups(workspace: Workspace, placed: pd.DataFrame, left_out: list[str]) -> pd.DataFrame:
    """Return the protected groups of the placed people as text, indexed by participant_id; empty where unknown."""
    index = pd.Index(placed["participant_id"], name="participant_id")
    if not workspace.table_path("protected_groups").is_file():
        left_out.append(_("Keadilan menurut kelompok: tidak dihitung, tabel protected_groups tidak ada."))
        return pd.DataFrame(index=index)
    frame = workspace.read("protected_groups").set_index("participant_id").reindex(index)
    text = frame.astype(object).where(frame.notna(), None)
    return text.map(lambda one: None if one is None else str(one))


def impact_of(decision: str, boxes: pd.DataFrame, groups: pd.DataFrame, pool: tuple[int, ...]) -> pd.DataFrame:
    """Return adverse impact by protected group over the whole round, and within each instansi where there are several.

    Parameters
    ----------
    decision : str
        ``stated`` or ``final``.
    boxes : pandas.DataFrame
        participant_id, instansi, jenjang, box.
    groups : pandas.DataFrame
        One column a variable, indexed by participant_id.
    pool : tuple of int

    Returns
    -------
    pandas.DataFrame
        decision, instansi (empty for the whole round), variable, title, the columns of `adverse_impact`, sentence,
        those of `common_ratio` over tiers, tier_sentence.
    """
    selected = boxes["box"].isin(pool).to_numpy(bool)
    known = groups.reindex(boxes["participant_id"])
    frames = []
    places, tiers = boxes["instansi"].to_numpy(object), boxes["jenjang"].to_numpy(object)
    scopes = [("", np.ones(len(boxes), dtype=bool))]
    if len(set(places)) > 1:
        scopes += [(name, places == name) for name in sorted(set(places))]
    titled = {(c.variable, c.focal): c for c in comparisons(known)}
    for instansi, mine in scopes:
        for variable, reference in _references(titled).items():
            labels = known[variable].to_numpy(object)[mine]
            if not (labels == reference).any():
                continue
            table = adverse_impact(selected[mine], labels, reference)
            table["sentence"] = [impact_sentence(row) for _i, row in table.iterrows()]
            table = _within_tiers(table, selected[mine], labels, tiers[mine])
            names = [titled[(variable, group)].title for group in table["group"]]
            frames.append(table.assign(decision=decision, instansi=instansi, variable=variable, title=names))
    columns = ["decision", "instansi", "variable", "title", *COLUMNS, "sentence", *STRATIFIED, "tier_sentence"]
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)


def _within_tiers(
    table: pd.DataFrame, selected: NDArray[np.bool_], labels: NDArray[np.object_], tiers: NDArray[np.object_]
) -> pd.DataFrame:
    """Add the ratio among people of the same tier: a group with more people in lower tiers is not treated otherwise."""
    rows = []
    for row in table.to_dict("records"):
        mine, others = labels == row["group"], labels == row["reference"]
        if row["not_computed"]:
            rows.append(dict.fromkeys(STRATIFIED, np.nan) | {"tiers": pd.NA, "tier_not_computed": row["not_computed"]})
            continue
        here = mine | others
        rows.append(common_ratio(selected[here], mine[here], tiers[here]))
    found = pd.DataFrame(rows, columns=list(STRATIFIED), index=table.index).astype(
        {"tiers": "Int64", **dict.fromkeys([c for c in STRATIFIED if c.startswith("ratio")], float)}
    )
    table = pd.concat([table, found], axis=1)
    table["tier_sentence"] = [tier_sentence(row) for _i, row in table.iterrows()]
    return table


def _references(titled: Mapping[tuple[str, str], Comparison]) -> dict[str, str]:
    return {variable: one.reference for (variable, _focal), one in titled.items()}


def _net_of_error(
    workspace: Workspace, result: TalentBoxes, placed: pd.DataFrame, groups: pd.DataFrame, left_out: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    ids = placed["participant_id"].to_numpy(object)
    everyone = result.posterior.of(ids)
    people = result.people.set_index("participant_id").loc[ids].reset_index()
    taken = {scale: everyone.taken[:, j] for j, scale in enumerate(everyone.scales)}
    rule = Rule(result.policy, result.bank, people, taken)
    labels = {str(v): groups[v].to_numpy(object) for v in groups.columns}
    priors = group_priors(everyone, rule.scales, {**labels, "instansi": placed["instansi"].to_numpy(object)})
    seed = workspace.settings.seed

    def rates(variable: str, of: np.ndarray) -> pd.DataFrame:
        most = max(100, GROUP_DRAWS // max(len(priors[variable].groups), 1))
        return group_rates(rule, everyone, priors[variable], of, placed, seed=seed, most=min(most, 1_500))

    tables = [_with_ratio(rates(v, of), _reference_of(groups, v), v) for v, of in labels.items()]
    gaps = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["variable", "group", "n"])
    told = ["stated", "expected_common", "rate_common", "ratio_stated", "ratio_common"]
    if len(gaps):
        # As in the counts of decisions: of fewer than five people nothing is told.
        gaps[told] = gaps[told].astype(float).mask(gaps["n"] < FEWEST)
    few = [group_title(row["variable"], row["group"]) for row in gaps.to_dict("records") if row.get("not_computed")]
    if few:
        left_out.append(
            _("Beda kelompok tanpa galat pengukuran: tidak dihitung untuk {groups}, kurang dari {n} orang.").format(
                groups="; ".join(few), n=FEWEST_IN_GROUP
            )
        )
    return gaps, rates("instansi", placed["instansi"].to_numpy(object))


def _reference_of(groups: pd.DataFrame, variable: str) -> str:
    return next((c.reference for c in comparisons(groups[[variable]])), "")


def _with_ratio(table: pd.DataFrame, reference: str, variable: str) -> pd.DataFrame:
    """Add the ratio of each group's share in the pool to that of the reference group."""
    table = table.assign(variable=variable, reference=reference)
    for name in ("ratio_stated", "ratio_common", "ratio", "ratio_low", "ratio_high"):
        table[name] = np.nan
    base = table[table["group"] == reference]
    if base.empty:
        return table
    one = base.iloc[0]
    others = table["group"] != reference
    with np.errstate(divide="ignore", invalid="ignore"):
        table.loc[others, "ratio_stated"] = (table["stated"] / table["n"] / (one["stated"] / one["n"]))[others]
        table.loc[others, "ratio_common"] = (table["rate_common"] / one["rate_common"])[others]
        ratio = table["rate"] / one["rate"]
        # Delta method on the logarithm; the two groups are estimated from different people.
        spread = np.hypot(
            (table["rate_high"] - table["rate_low"]) / (2 * Z * table["rate"]),
            (one["rate_high"] - one["rate_low"]) / (2 * Z * one["rate"]),
        )
        enough = others & (table["expected"] >= 1) & (one["expected"] >= 1)
        table.loc[enough, "ratio"] = ratio[enough]
        table.loc[enough, "ratio_low"] = (ratio * np.exp(-Z * spread))[enough]
        table.loc[enough, "ratio_high"] = (ratio * np.exp(Z * spread))[enough]
    return table


def group_title(variable: object, group: object) -> str:
    """Return a group for readers: the variable and its value."""
    variables = {
        "sex": _("Jenis kelamin"),
        "age_band": _("Kelompok usia"),
        "region": _("Daerah asal"),
        "disability": _("Penyandang disabilitas"),
    }
    words = {
        ("sex", "L"): _("laki-laki"),
        ("sex", "P"): _("perempuan"),
        ("disability", "True"): _("ya"),
        ("disability", "False"): _("tidak"),
    }
    return f"{variables.get(str(variable), str(variable))}: {words.get((str(variable), str(group)), str(group))}"


def small_sentence(impact: pd.DataFrame, n: int) -> str:
    """Return what so few people cannot say; empty where there are many."""
    return " ".join(_small(impact, n))


def _small(impact: pd.DataFrame, n: int) -> Iterator[str]:
    if n >= SMALL or impact.empty:
        return
    whole = impact[(impact["instansi"] == "") & (impact["decision"] == "stated")]
    counted = whole[whole["not_computed"] == ""]
    few = whole[whole["not_computed"] != ""]
    if len(counted):
        worst = counted.loc[(counted["ratio_high"] / counted["ratio_low"].clip(lower=1e-9)).idxmin()]
        yield _(
            "{n} orang ditempatkan. Perbandingan yang paling tajam di sini, {title}, masih dapat bernilai {low} sampai "
            "{high}; beda kecil antara kelompok tidak dapat ditemukan dan tidak dapat disangkal."
        ).format(
            n=format_number(n),
            title=worst["title"],
            low=format_number(float(worst["ratio_low"]), 2),
            high=format_number(float(worst["ratio_high"]), 2),
        )
    if len(few):
        yield _("Tidak dibandingkan karena kurang dari {fewest} orang: {titles}.").format(
            fewest=FEWEST, titles="; ".join(few["title"])
        )
