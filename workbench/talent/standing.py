"""Standing: the rule of a policy applied to draws from one joint posterior, and the answers counted.

A regulation speaks of a person's true competencies; a test gives a distribution over them. The rule is applied to each
draw, and the share of draws in a box is the probability of that box.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.talent.axes import ON_THE_CUT, Rule, columns_of
from workbench.talent.counting import Counts, Tally, count
from workbench.talent.expectation import expected_counts, expected_people, people_by_draw
from workbench.talent.levels import category_of, printed_levels
from workbench.talent.posterior import Posterior, estimate_population, posterior

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.policy import Policy
    from workbench.talent.bank import BankLike

__all__ = [
    "Placement",
    "Posterior",
    "estimate_population",
    "expected_counts",
    "expected_people",
    "people_by_draw",
    "place",
    "place_and_tally",
    "posterior",
    "stated_box",
]

BOXES = tuple(range(1, 10))


@dataclass(frozen=True)
class Placement:
    """Everybody in the nine boxes, and how many of each group stand in each box draw by draw.

    Attributes
    ----------
    boxes : pandas.DataFrame
        As `place` returns it.
    draw_counts : pandas.DataFrame
        instansi, jenjang, draw, box_1 .. box_9: people with a box only. Draw k of everybody carries the same shared
        error, so that the spread over draws is that of the count. No rows where nothing is shared.
    """

    boxes: pd.DataFrame
    draw_counts: pd.DataFrame


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


def place(
    posterior: Posterior,
    people: pd.DataFrame,
    policy: Policy,
    bank: BankLike,
    *,
    draws: int = 200,
    seed: int = 0,
    shared_errors: bool = True,
    only_open: bool = False,
    held: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Place people in the nine boxes with their probabilities.

    Parameters
    ----------
    posterior : Posterior
    people : pandas.DataFrame
        A row a participant, as `talent.people.assemble` makes it: participant_id, instansi, jenjang, required_<scale>,
        the recorded components of the policy (NaN: belum ada data), and official_box where results are official.
        People without any score are withheld.
    policy : Policy
    bank : BankLike
    draws : int
        Draws per person; four times as many near the pool line.
    seed : int
    shared_errors : bool
        Let each draw carry one error of the level cuts and of the item parameters, common to everybody, from the
        bank's standard errors. Such error does not average out over people.
    only_open : bool
        Draw only people whose side of the pool line is open; the others keep the probabilities of the normal path, and
        have no Monte Carlo error. For rounds of a nation.
    held : mapping of str to str, optional
        Reasons, by scale, why probabilities that rest on it are withheld; nobody is placed by an axis that uses it.

    Returns
    -------
    pandas.DataFrame
        Columns of ``results/boxes/boxes.parquet``, sorted by participant_id. Where ``withheld_reason`` is filled, box,
        p_* and risk are empty.

    Raises
    ------
    ValueError
        When a participant is listed twice, a column, a record or a required level is absent or impossible, or a scale
        of the policy is not in the bank.
    """
    _check(posterior, people, policy, bank, draws)
    people, everyone, rule, reasons = _ready(posterior, people, policy, bank, held)
    counts = count(rule, everyone, draws, seed, shared_errors=shared_errors, only_open=only_open)
    return _boxes_frame(rule, everyone, people, counts, reasons)


def _ready(
    posterior: Posterior, people: pd.DataFrame, policy: Policy, bank: BankLike, held: Mapping[str, str] | None
) -> tuple[pd.DataFrame, Posterior, Rule, NDArray[np.object_]]:
    """Return people in order, their posterior, the rule made ready for them, and why some of them get no box."""
    people = people.sort_values("participant_id", ignore_index=True)
    everyone = posterior.of(people["participant_id"].to_numpy(object))
    rule = Rule(policy, bank, people, {scale: everyone.taken[:, j] for j, scale in enumerate(everyone.scales)})
    return people, everyone, rule, _withheld(rule, everyone, _official_boxes(people), held or {})


def place_and_tally(
    posterior: Posterior,
    people: pd.DataFrame,
    policy: Policy,
    bank: BankLike,
    *,
    draws: int = 200,
    seed: int = 0,
    shared_errors: bool = True,
    only_open: bool = False,
    held: Mapping[str, str] | None = None,
) -> Placement:
    """Place people as `place` does, and count the people of each instansi and tier in each box draw by draw.

    Parameters
    ----------
    posterior, people, policy, bank, draws, seed, shared_errors, only_open, held
        As for `place`.

    Returns
    -------
    Placement

    Raises
    ------
    ValueError
        As `place`.
    """
    _check(posterior, people, policy, bank, draws)
    people, everyone, rule, reasons = _ready(posterior, people, policy, bank, held)
    tally, names = None, pd.DataFrame()
    if shared_errors:
        groups = people[["instansi", "jenjang"]].astype(str).groupby(["instansi", "jenjang"])
        names = groups.size().reset_index()
        tally = Tally(np.where(reasons == "", groups.ngroup(), -1), np.zeros((draws, len(names), 9)))
    counts = count(rule, everyone, draws, seed, shared_errors=shared_errors, tally=tally, only_open=only_open)
    return Placement(_boxes_frame(rule, everyone, people, counts, reasons), _tally_frame(tally, names))


def _tally_frame(tally: Tally | None, names: pd.DataFrame) -> pd.DataFrame:
    """Return the tally as a table; no rows without one."""
    columns = [f"box_{b}" for b in BOXES]
    if tally is None:
        return pd.DataFrame(columns=["instansi", "jenjang", "draw", *columns])
    draws, groups, _boxes = tally.people.shape
    frame = pd.DataFrame(tally.people.transpose(1, 0, 2).reshape(draws * groups, 9), columns=columns)
    frame.insert(0, "instansi", pd.array(np.repeat(names["instansi"].to_numpy(object), draws), dtype="str"))
    frame.insert(1, "jenjang", pd.array(np.repeat(names["jenjang"].to_numpy(object), draws), dtype="str"))
    frame.insert(2, "draw", np.tile(np.arange(draws), groups))
    return frame


def _check(posterior: Posterior, people: pd.DataFrame, policy: Policy, bank: BankLike, draws: int) -> None:
    absent = [c for c in ("participant_id", "instansi", "jenjang") if c not in people.columns]
    if absent:
        raise ValueError(_("Data peserta tanpa kolom {column}; lengkapi tabel participants.").format(column=absent[0]))
    if people["participant_id"].isna().any() or people["participant_id"].duplicated().any():
        raise ValueError(_("Ada peserta tanpa nama samaran atau tercantum dua kali; periksa tabel participants."))
    lacking = [s for s in policy.used_scales if s not in posterior.scales]
    if lacking:
        raise ValueError(
            _("Skala '{scale}' dipakai kebijakan {policy} tetapi tidak ada pada bank {bank}.").format(
                scale=lacking[0], policy=policy.key, bank=bank.version
            )
        )
    if draws < 1:
        raise ValueError(_("Jumlah penarikan {draws} tidak mungkin; tulis bilangan 1 atau lebih.").format(draws=draws))


def _boxes_frame(
    rule: Rule, everyone: Posterior, people: pd.DataFrame, counts: Counts, reasons: NDArray[np.object_]
) -> pd.DataFrame:
    policy = rule.policy
    printed = _printed(rule, everyone)
    official = _official_boxes(people)
    has_official = official > 0
    held = reasons != ""
    stated = np.where(has_official, official, stated_box(counts.boxes, policy.boxes.pool))
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


def _official_boxes(people: pd.DataFrame) -> NDArray[np.int64]:
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


def _withheld(
    rule: Rule, everyone: Posterior, official: NDArray[np.int64], doubts: Mapping[str, str]
) -> NDArray[np.object_]:
    """Return in words why each person has no box: data that lack, or a held scale; empty where one is stated."""
    untested = ~np.any([everyone.taken[:, everyone.scales.index(s)] for s in rule.scales], axis=0)
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
class _Printed:
    """The rule at printed levels: JPM (NaN without all competencies), place of its category (-1), and box."""

    jpm: NDArray[np.float64]
    category: NDArray[np.int64]
    box: NDArray[np.int64]


def _printed(rule: Rule, everyone: Posterior) -> _Printed:
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
    box, _potensial, _kinerja = rule.place(theta, levels, everybody)
    return _Printed(
        np.where(complete, jpm, np.nan),
        np.where(complete, category_of(jpm, rule.policy.categories), -1),
        box.astype(np.int64),
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
