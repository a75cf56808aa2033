"""How firmly each decision stands: single items, sliding cuts, further items, and the rule sets for items."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.analysis.opened_round import without_items
from workbench.i18n import _, format_number
from workbench.policy import list_item_rules, load_item_rules
from workbench.psychometrics import irt
from workbench.psychometrics.intervals import wilson
from workbench.talent import cliffs, flips, retest
from workbench.talent.axes import Rule, columns_of
from workbench.talent.what_if import changed_list

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis.boxes import TalentBoxes
    from workbench.analysis.opened_round import OpenedRound

__all__ = [
    "CliffMap",
    "advice_counts",
    "advice_sentence",
    "cliff_map",
    "decisive_items",
    "flip_table",
    "retest_advice",
    "rule_sets_in_persons",
    "with_flip_items",
]

# Decisions with at least this risk are reviewed, as in the review queue.
QUEUE_RISK = 0.05
# Beyond this many people every so many-th is placed again under each rule set, and the counts are projected.
SAMPLE = 5000
TOP = 3
LOO_CHUNK = 8192


def flip_table(asked: OpenedRound) -> pd.DataFrame:
    """Return every single item whose dropping would change the stated side of somebody near the pool line.

    Parameters
    ----------
    asked : OpenedRound

    Returns
    -------
    pandas.DataFrame
        As `talent.flips.flip_items`.
    """
    placing = asked.placing
    near = flips.near_the_line(placing.boxes)
    people = placing.boxes["participant_id"].to_numpy(object)[near]
    measured = {
        scale
        for part in (*placing.policy.potensial, *placing.policy.kinerja)
        if part.scales
        for scale in placing.policy.scales_of(part.scales)
    }
    without = {}
    if people.size and not asked.without_answers:
        for scale in [s for s in placing.policy.used_scales if s in measured]:
            without[scale] = _without_each_item(asked, scale, people)
    return flips.flip_items(placing, people, without)


def _without_each_item(asked: OpenedRound, scale: str, people: NDArray[np.object_]) -> flips.ScaleWithout:
    names, calibration, answers = asked.matrix(scale)
    row = np.minimum(np.searchsorted(names, people), names.size - 1)
    found = names[row] == people
    shape = (people.size, len(calibration.item_ids))
    theta, variance, answered = np.zeros(shape), np.ones(shape), np.zeros(shape, dtype=bool)
    places = np.flatnonzero(found)
    for low in range(0, places.size, LOO_CHUNK):
        part = places[low : low + LOO_CHUNK]
        here = answers.iloc[row[part]]
        theta[part], variance[part] = irt.leave_one_out(calibration, here)
        answered[part] = here.to_numpy() >= 0
    return flips.ScaleWithout(calibration.item_ids, theta, variance, answered)


def with_flip_items(result: TalentBoxes, table: pd.DataFrame) -> tuple[TalentBoxes, pd.DataFrame]:
    """Return the boxes with the item that changes each side most, and how far every decision is from turning.

    Parameters
    ----------
    result : TalentBoxes
    table : pandas.DataFrame
        From `flip_table`.

    Returns
    -------
    TalentBoxes
        With ``flip_item`` of the boxes filled in; empty where no single item changes the side.
    pandas.DataFrame
        `talent.flips.flip_paths` of everybody, with ``items``: the three items that change the side most.
    """
    first = table.drop_duplicates("participant_id").set_index("participant_id")["item_id"]
    names = result.boxes["participant_id"]
    item = names.map(first).fillna("").astype("str")
    top = table.groupby("participant_id", sort=False).head(TOP)
    words = top["item_id"] + " (" + [format_number(change, 2) for change in top["change"]] + ")"
    joined = words.groupby(top["participant_id"]).agg(", ".join)
    everyone = result.posterior.of(result.people["participant_id"].to_numpy(object))
    taken = {scale: everyone.taken[:, j] for j, scale in enumerate(everyone.scales)}
    rule = Rule(result.policy, result.bank, result.people, taken)
    paths = flips.flip_paths(result.boxes, rule).assign(items=names.map(joined).fillna("").astype("str"))
    return replace(result, boxes=result.boxes.assign(flip_item=item)), paths


def decisive_items(table: pd.DataFrame, boxes: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return the items on which most people hang, and a sentence.

    Returns
    -------
    pandas.DataFrame
        item_id, scale, people (whose side changes without the item), into, out.
    str
    """
    placed = int((boxes["withheld_reason"] == "").sum())
    people = table["participant_id"].nunique()
    into = table["p_pool_without"].to_numpy(float) >= 0.5
    counted = table.assign(people=1, into=into.astype(int), out=(~into).astype(int))
    items = counted.groupby(["item_id", "scale"], sort=True)[["people", "into", "out"]].sum().reset_index()
    items = items.sort_values(["people", "item_id"], ascending=[False, True], ignore_index=True)
    sentence = _(
        "{people} dari {placed} orang yang ditempatkan berganti sisi garis kumpulan bila satu butir tertentu dihapus."
    ).format(people=format_number(people), placed=format_number(placed))
    return items, sentence


@dataclass(frozen=True)
class CliffMap:
    """What happens as the cuts slide.

    Attributes
    ----------
    table : pandas.DataFrame
        As `talent.cliffs.cliff_map`.
    warnings : tuple of str
        Cuts on heaps of equal scores, and what was not computed.
    """

    table: pd.DataFrame
    warnings: tuple[str, ...]


def cliff_map(result: TalentBoxes) -> CliffMap:
    """Return how many people cross the pool line as each cut of the policy slides, by instansi and tier."""
    boxes = result.boxes
    everyone = result.posterior.of(result.people["participant_id"].to_numpy(object))
    taken = {scale: everyone.taken[:, j] for j, scale in enumerate(everyone.scales)}
    row = Rule(result.policy, result.bank, result.people, taken).row
    direct = row is not None
    warnings = cliffs.heap_warnings(cliffs.heaps(boxes, result.policy, direct=direct))
    if direct:
        warnings.append(_("Batas kinerja tidak digeser: baris kisi dibaca langsung dari hasil kerja."))
    groups = {name: boxes[name].to_numpy(object) for name in ("instansi", "jenjang")}
    try:
        table = cliffs.cliff_map(boxes, result.policy, groups, row=row)
    except ValueError as problem:
        return CliffMap(pd.DataFrame(columns=list(cliffs.COLUMNS)), (*warnings, str(problem)))
    return CliffMap(table, tuple(warnings))


def retest_advice(asked: OpenedRound) -> pd.DataFrame:
    """Return the advice for everybody in the review queue: `talent.retest.advise` with instansi and jenjang."""
    boxes = asked.placing.boxes
    queue = boxes[(boxes["risk"] >= QUEUE_RISK).fillna(False)]
    if asked.without_answers:
        # The items of whoever made the levels are not those of the bank, and what one more would tell is not known.
        queue = queue.iloc[:0]
    table = retest.advise(asked.placing, queue["participant_id"].to_numpy(object))
    return table.merge(queue[["participant_id", "instansi", "jenjang"]], on="participant_id", validate="one_to_one")


def advice_counts(advice: pd.DataFrame, result: TalentBoxes) -> pd.DataFrame:
    """Return how many people each advice is given to, with those outside the queue.

    Parameters
    ----------
    advice : pandas.DataFrame
        From `retest_advice`.
    result : TalentBoxes

    Returns
    -------
    pandas.DataFrame
        advice, meaning, people, now, after: mean chance that the decision is right, now and after 60 items; empty for
        those of whom nobody asks for more items.
    """
    words = retest.Advice()
    placed = result.boxes[result.boxes["withheld_reason"] == ""]
    everyone = result.posterior.of(result.people["participant_id"].to_numpy(object))
    taken = {scale: everyone.taken[:, j] for j, scale in enumerate(everyone.scales)}
    direct = Rule(result.policy, result.bank, result.people, taken).row
    row = (
        direct[(result.boxes["withheld_reason"] == "").to_numpy(bool)]
        if direct is not None
        else columns_of(placed["kinerja"].to_numpy(float), result.policy.cuts.kinerja)
    )
    by_records = ~np.isfinite(cliffs.pool_lines(result.policy, result.policy.cuts.potensial)[row])
    queued = placed["participant_id"].isin(advice["participant_id"]).to_numpy(bool)
    right = 1 - placed["risk"].to_numpy(float) / result.policy.risk.pool
    meanings = {
        words.retest: _("paling banyak {n} butir tambahan membuat keputusan 95 % benar").format(n=retest.MOST_ITEMS),
        words.review: _("tidak dapat diputuskan dengan tes tambahan; orang yang memutuskan"),
        words.leave: _("keputusan sudah sekurangnya 95 % benar; tidak perlu butir tambahan"),
        words.records: _("kinerja tercatat, tanpa galat, menentukan sisinya; tes ulang tidak mengubah apa pun"),
    }
    outside = {words.leave: ~queued & ~by_records, words.records: ~queued & by_records}
    rows = []
    for key, meaning in meanings.items():
        here = advice[advice["advice"] == key]
        more = right[outside.get(key, np.zeros(len(placed), dtype=bool))]
        people = len(here) + more.size
        now = (float(here["correct_now"].sum()) + float(more.sum())) / people if people else np.nan
        after = float(here["correct_60"].mean()) if len(here) and not more.size else np.nan
        rows.append({"advice": key, "meaning": meaning, "people": people, "now": now, "after": after})
    return pd.DataFrame(rows)


def advice_sentence(advice: pd.DataFrame) -> str:
    """Return what a retest could do for the queue, in words."""
    words = retest.Advice()
    some = advice[advice["advice"] == words.retest]
    if advice.empty:
        return _("Tidak ada keputusan dengan risiko 5 % atau lebih.")
    gained = float((advice["correct_60"] - advice["correct_now"]).sum())
    return _(
        "Dari {n} keputusan yang ditelaah, {retest} dapat diputuskan dengan tes ulang paling banyak {most} butir; "
        "{review} tidak dapat diputuskan dengan tes tambahan. Enam puluh butir lagi bagi semuanya memperbaiki "
        "kira-kira {gained} keputusan."
    ).format(
        n=format_number(len(advice)),
        retest=format_number(len(some)),
        most=format_number(retest.MOST_ITEMS),
        review=format_number(int((advice["advice"] == words.review).sum())),
        gained=format_number(gained, 0 if gained >= 10 else 1),
    )


def rule_sets_in_persons(asked: OpenedRound) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what each rule set for items would do to people, were the items that it raises dropped.

    Parameters
    ----------
    asked : OpenedRound
        Its workspace holds the result table ``item_flags``; without it no rule set flags anything.

    Returns
    -------
    summary : pandas.DataFrame
        rule_set, title, items (raised, on scales of the policy), placed (people compared), changed, into, out, and
        share_low, share_high: the 95 % interval (Wilson) of the share that changes box where people are a sample,
        empty where everybody was placed again.
    changed : pandas.DataFrame
        The rows of `talent.what_if.changed_list`, with rule_set.
    """
    placing = asked.placing
    known = asked.items.index[asked.items["scale"].isin(placing.policy.used_scales)]
    flags = pd.DataFrame({"rule_set": [], "item_id": [], "status": []})
    if asked.workspace.has("item_flags"):
        flags = asked.workspace.read("item_flags", ["rule_set", "item_id", "status"])
    n = len(placing.boxes)
    sampled = np.zeros(n, dtype=bool)
    sampled[:: max(1, -(-n // SAMPLE))] = True
    before = placing.boxes[sampled].reset_index(drop=True)
    placed = int((before["withheld_reason"] == "").sum())
    rows, lists = [], []
    done: dict[frozenset[str], pd.DataFrame] = {}
    for name in list_item_rules():
        raised = flags[(flags["rule_set"] == name) & (flags["status"] == "raised")]["item_id"]
        items = frozenset(raised) & frozenset(known)
        if items not in done:
            after = without_items(asked, items)
            done[items] = (
                changed_list(before, placing.again(after, sampled), placing.policy)
                if items
                else (changed_list(before.iloc[:0], before.iloc[:0], placing.policy))
            )
        changed = done[items]
        into = int((changed["crosses"] & (changed["p_pool_after"] >= 0.5)).sum())
        low, high = np.nan, np.nan
        if not sampled.all() and placed:
            low, high = map(float, wilson(np.array(len(changed) / placed), np.array(float(placed))))
        rows.append(
            {
                "rule_set": name,
                "title": load_item_rules(name).title,
                "items": len(items),
                "placed": placed,
                "changed": len(changed),
                "into": into,
                "out": int(changed["crosses"].sum()) - into,
                "share_low": low,
                "share_high": high,
            }
        )
        lists.append(changed.assign(rule_set=name))
    return pd.DataFrame(rows), pd.concat(lists, ignore_index=True)
