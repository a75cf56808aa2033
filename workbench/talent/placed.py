"""From counts to the table of boxes: what is stated, what is printed, why somebody has no box, how far a side is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.talent.axes import ON_THE_CUT, columns_of
from workbench.talent.levels import category_of, printed_levels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.policy import Policy
    from workbench.talent.axes import Rule
    from workbench.talent.counting import Counts
    from workbench.talent.posterior import Posterior

__all__ = [
    "BOXES",
    "Printed",
    "boxes_frame",
    "flip_distance",
    "official_boxes",
    "printed_rule",
    "stated_box",
    "withheld",
]

BOXES = tuple(range(1, 10))


def stated_box(probabilities: NDArray[np.float64], pool: tuple[int, ...]) -> NDArray[np.int64]:
    """Return the box that is stated: the more probable side of the pool line and, within it, the most probable box.

    Parameters
    ----------
    probabilities : ndarray, shape (n, 9)
        Of boxes 1 to 9.
    pool : tuple of int

    Returns
    -------
    ndarray of int, shape (n,)
    """
    member = np.isin(BOXES, pool)
    inside = probabilities[:, member].sum(1) >= 0.5
    masked = np.where(member[None, :] == inside[:, None], probabilities, -1.0)
    stated: NDArray[np.int64] = 1 + masked.argmax(1)
    return stated


def boxes_frame(
    rule: Rule, everyone: Posterior, people: pd.DataFrame, counts: Counts, reasons: NDArray[np.object_]
) -> pd.DataFrame:
    """Return the columns of ``results/boxes/boxes.parquet`` from the counts of everybody.

    Where counts are empty nothing is known of probabilities, and the box at printed levels is stated.

    Parameters
    ----------
    rule : Rule
    everyone : Posterior
        Of the people of the rule, in their order.
    people : pandas.DataFrame
    counts : Counts
    reasons : ndarray of str
        Why somebody has no box; empty for the others.
    """
    policy = rule.policy
    printed = printed_rule(rule, everyone)
    official = official_boxes(people)
    has_official = official > 0
    held = reasons != ""
    unknown = np.isnan(counts.boxes).any(axis=1)
    likely = np.where(unknown, printed.box, stated_box(np.nan_to_num(counts.boxes), policy.boxes.pool))
    stated = np.where(has_official, official, likely)
    in_pool = np.isin(stated, policy.boxes.pool)
    p_pool = np.minimum(counts.boxes[:, [b - 1 for b in policy.boxes.pool]].sum(axis=1), 1.0)
    potensial, kinerja = counts.potensial[:, 0], counts.kinerja[:, 0]
    row = rule.row if rule.row is not None else columns_of(kinerja, policy.cuts.kinerja)
    # A kinerja that is read directly has no points to move along.
    distance = flip_distance(potensial, kinerja, row, in_pool, policy, kinerja_movable=rule.row is None)
    keys = [category.key for category in policy.categories.categories]
    category = np.array([keys[c] if c >= 0 else None for c in printed.category], dtype=object)
    known = np.where(held, np.nan, 1.0)
    return pd.DataFrame(
        {
            "participant_id": pd.array(people["participant_id"], dtype="str"),
            "instansi": pd.array(people["instansi"], dtype="str"),
            "jenjang": pd.array(people["jenjang"], dtype="str"),
            "jpm": printed.jpm,
            "jpm_category": pd.array(category, dtype="str"),
            "potensial": potensial * known,
            "potensial_sd": counts.potensial[:, 1] * known,
            "kinerja": kinerja * known,
            "kinerja_sd": counts.kinerja[:, 1] * known,
            "box": _whole(stated, held),
            "box_source": pd.array(_sources(rule, has_official, held), dtype="str"),
            **{f"p_box_{b}": counts.boxes[:, b - 1] * known for b in BOXES},
            "p_pool": p_pool * known,
            **{
                f"p_category_{key}": np.where(printed.category >= 0, counts.categories[:, c], np.nan) * known
                for c, key in enumerate(keys)
            },
            "risk": policy.risk.pool * np.where(in_pool, 1 - p_pool, p_pool) * known,
            "box_printed": _whole(printed.box, held),
            "withheld_reason": pd.array(reasons, dtype="str"),
            # Of plain random draws; quasi-random ones err less. The normal path draws nothing.
            "monte_carlo_error": np.where(
                counts.draws > 0, np.sqrt(p_pool * (1 - p_pool) / np.maximum(counts.draws, 1)), np.nan
            )
            * known,
            "flip_item": pd.array([""] * len(people), dtype="str"),
            "flip_distance": distance * known,
            "policy": policy.key,
            "bank_version": rule.bank.version,
        }
    )


def _whole(values: NDArray[np.integer], held: NDArray[np.bool_]) -> pd.api.extensions.ExtensionArray:
    result = pd.array(values, dtype="Int64")
    result[held] = pd.NA
    return result


def official_boxes(people: pd.DataFrame) -> NDArray[np.int64]:
    """Return the official box of each person; 0 where there is none."""
    if "official_box" not in people.columns:
        return np.zeros(len(people), dtype=np.int64)
    given = people["official_box"]
    boxes = pd.to_numeric(given, errors="coerce").to_numpy(float, na_value=np.nan)
    wrong = given.notna().to_numpy(bool) & ~np.isin(boxes, BOXES)
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            _(
                "Peserta {person}: kotak resmi '{box}' bukan bilangan 1 sampai 9; perbaiki tabel official_results."
            ).format(person=people["participant_id"].iloc[at], box=given.iloc[at])
        )
    whole: NDArray[np.int64] = np.nan_to_num(boxes).astype(np.int64)
    return whole


def withheld(
    rule: Rule, everyone: Posterior, official: NDArray[np.int64], doubts: Mapping[str, str]
) -> NDArray[np.object_]:
    """Return in words why each person has no box: data that lack, or a held scale; empty where one is stated."""
    tested = any(part.scales for part in (*rule.policy.potensial, *rule.policy.kinerja))
    untested = ~np.any([everyone.taken[:, everyone.scales.index(s)] for s in rule.scales], axis=0) & tested
    if rule.policy.missing.value == "reweight":
        held = untested | rule.potensial.empty | rule.kinerja.empty
    else:
        held = rule.potensial.incomplete | rule.kinerja.incomplete
    reasons = np.array([""] * held.size, dtype=object)
    parts = [*rule.potensial.lacking.items(), *rule.kinerja.lacking.items()]
    for i in np.flatnonzero(held):
        reasons[i] = _("belum ada data: {what}").format(what="; ".join(title for title, who in parts if who[i]))
        if official[i]:
            reasons[i] += _("; hasil resmi kotak {box} tidak dapat diperiksa").format(box=official[i])
    on_axes = {s for part in (*rule.policy.potensial, *rule.policy.kinerja) for s in rule.policy.scales_of_part(part)}
    found = [doubts[scale] for scale in rule.scales if scale in doubts and scale in on_axes]
    if found:
        reasons[~held] = _("ditahan: {what}").format(what="; ".join(found))
    return reasons


def _sources(rule: Rule, official: NDArray[np.bool_], held: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Return where each stated box comes from: official, computed, or computed without the parts that are named."""
    sources = np.where(held, "", np.where(official, "official", "computed")).astype(object)
    parts = [*rule.potensial.lacking.items(), *rule.kinerja.lacking.items()]
    for i in np.flatnonzero((rule.potensial.incomplete | rule.kinerja.incomplete) & ~held & ~official):
        sources[i] = "reweighted: " + "; ".join(title for title, who in parts if who[i])
    return sources


@dataclass(frozen=True)
class Printed:
    """The rule at printed levels: JPM (NaN without all competencies), place of its category (-1), box and axes."""

    jpm: NDArray[np.float64]
    category: NDArray[np.int64]
    box: NDArray[np.int64]
    potensial: NDArray[np.float64]
    kinerja: NDArray[np.float64]


def printed_rule(rule: Rule, everyone: Posterior) -> Printed:
    """Apply the rule to the printed levels, with percentages at each scale's own mean."""
    table = printed_levels(everyone, rule.bank, rule.scales)
    taken = {scale: table[:, j] > 0 for j, scale in enumerate(rule.scales)}
    levels = {scale: np.maximum(table[:, j], 1) for j, scale in enumerate(rule.scales)}
    everybody = slice(0, len(table))
    competencies = rule.policy.competency_instrument
    complete = np.all([taken[s] for s in rule.policy.scales_of(competencies)], axis=0)
    jpm = rule.jpm_of(competencies, levels, everybody, printed=True)
    mean, _sd = everyone.own()
    theta = {scale: mean[:, everyone.scales.index(scale)] for scale in rule.scales}
    box, potensial, kinerja = rule.place(theta, levels, everybody)
    return Printed(
        np.where(complete, jpm, np.nan),
        np.where(complete, category_of(jpm, rule.policy.categories), -1),
        box.astype(np.int64),
        potensial,
        kinerja,
    )


def flip_distance(
    potensial: NDArray[np.float64],
    kinerja: NDArray[np.float64],
    row: NDArray[np.integer],
    in_pool: NDArray[np.bool_],
    policy: Policy,
    *,
    kinerja_movable: bool,
) -> NDArray[np.float64]:
    """Return the least change of one axis, in points, that takes the mean position to the other side of the pool line.

    NaN where no change of one axis does.
    """
    pool = np.array([[policy.boxes.box(p, k) in policy.boxes.pool for k in range(3)] for p in range(3)])
    column = columns_of(potensial, policy.cuts.potensial)
    best = np.full(potensial.shape, np.inf)
    for target in range(3):
        other = pool[target, row] != in_pool
        best = np.where(other, np.minimum(best, _to_cell(potensial, target, policy.cuts.potensial)), best)
        if kinerja_movable:
            other = pool[column, target] != in_pool
            best = np.where(other, np.minimum(best, _to_cell(kinerja, target, policy.cuts.kinerja)), best)
    return np.where(np.isfinite(best), best, np.nan)


def _to_cell(points: NDArray[np.float64], target: int, cuts: tuple[float, float]) -> NDArray[np.float64]:
    """Distance from points to the nearest edge of a cell (0 low, 1 middle, 2 top)."""
    low = (-np.inf, *cuts)[target]
    high = (*cuts, np.inf)[target]
    return np.maximum(np.maximum(low - points, points - high), 0.0) + np.where(
        points >= high - ON_THE_CUT, ON_THE_CUT, 0.0
    )
