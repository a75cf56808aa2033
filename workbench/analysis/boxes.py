"""Talent boxes of one cohort: levels, boxes with probabilities, and what a reader should know about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.analysis.gates import Gate, gate_frame
from workbench.analysis.received import hide_probabilities, place_sheet, with_received_levels
from workbench.analysis.scale_findings import scale_findings, scale_notes, subscale_gate
from workbench.analysis.scores import bank_of
from workbench.i18n import _, format_number, format_percent
from workbench.policy import Policy, load_policy
from workbench.talent import levels, standing
from workbench.talent.axes import ROWS, Rule, columns_of, recorded_points
from workbench.talent.counting import draw
from workbench.talent.honesty import reliability_table
from workbench.talent.people import SOURCES, assemble

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.records.bank import Bank
    from workbench.talent.bank import BankLike
    from workbench.workspace import Workspace

__all__ = [
    "TalentBoxes",
    "good_but_below",
    "joint_posterior",
    "jpm_does_not_discriminate",
    "kinerja_axes_compared",
    "mean_levels",
    "other_rules",
    "person_cloud",
    "place_cohort",
    "summary_sentence",
    "twin_reliability",
]


# So few people leave a column that holds 5 % of people empty by chance in more than one round of twenty (.95^59 = .05).
FEWEST_FOR_COLUMNS = 59
# Whose points of the predicate are shown where the policy in use reads kinerja otherwise.
PREDICATE_POLICY = "kepka-bkn-411-2025"
# In rounds of more people, those whose side of the pool line leaves no doubt are placed without draws.
ALL_BY_DRAWS = 200_000


@dataclass(frozen=True)
class TalentBoxes:
    """Everything that notebook 03 shows.

    Attributes
    ----------
    policy : Policy
    bank : BankLike
    people : pandas.DataFrame
    posterior : standing.Posterior
    boxes, levels, counts, gates : pandas.DataFrame
    draw_counts : pandas.DataFrame
        People in each box draw by draw, by instansi and tier.
    doubtful : dict of str to str
        Why no probability rests on a scale, by scale.
    notes : tuple of str
        What a reader should know about the scales: items that hang together, scales that are held, skewed posteriors.
    """

    policy: Policy
    bank: BankLike
    people: pd.DataFrame
    posterior: standing.Posterior
    boxes: pd.DataFrame
    levels: pd.DataFrame
    counts: pd.DataFrame
    gates: pd.DataFrame
    draw_counts: pd.DataFrame
    doubtful: Mapping[str, str]
    notes: tuple[str, ...]


def joint_posterior(
    workspace: Workspace, bank: Bank, variance_ratios: Mapping[str, float], who: str = ""
) -> standing.Posterior:
    """Return the joint posterior that places a round, of everybody or of one participant.

    Parameters
    ----------
    workspace : Workspace
    bank : Bank
    variance_ratios : mapping of str to float
        By scale, as `scale_findings` reads them.
    who : str
        Pseudonym; empty is everybody. Somebody without a score has no evidence.
    """
    tables = [workspace.read("scores", ["participant_id", "scale", "eap", "eap_se"])]
    if workspace.has("grid_likelihoods"):
        tables.append(workspace.read("grid_likelihoods"))
    mine = [table[table["participant_id"] == who] if who else table for table in tables]
    population = bank.population if workspace.settings.bank else workspace.read("population")
    known = mine if len(mine[0]) else tables
    result = standing.posterior(known[0], population, known[1] if len(known) > 1 else None)
    result = with_received_levels(workspace, result.less_precise(variance_ratios))
    return result.of(np.array([who], dtype=object)) if who else result


def place_cohort(workspace: Workspace) -> TalentBoxes:
    """Place everybody of a round.

    Raises
    ------
    ValueError
        When the workspace names no policy.
    """
    policy = workspace.policy
    findings = scale_findings(workspace)
    tables = {name: workspace.read(name) for name in SOURCES if workspace.table_path(name).is_file()}
    people = assemble(tables, policy)
    draw_counts = standing.no_draw_counts()
    bank: BankLike
    if workspace.settings.entry == "component_sheet":
        people = people.merge(workspace.received.frame, how="left", on="participant_id")
        posterior, bank, boxes = place_sheet(workspace, people, policy)
    else:
        bank = bank_of(workspace)
        posterior = joint_posterior(workspace, bank, findings.variance_ratios)
        if workspace.has_probabilities:
            placement = standing.place_and_tally(
                posterior,
                people,
                policy,
                bank,
                draws=workspace.settings.draws,
                seed=workspace.settings.seed,
                only_open=len(people) > ALL_BY_DRAWS,
                held=findings.doubtful,
            )
            boxes, draw_counts = placement.boxes, placement.draw_counts
        else:
            boxes = standing.place_as_printed(posterior, people, policy, bank)
    scales = tuple(s for s in posterior.scales if posterior.taken[:, posterior.scales.index(s)].any())
    table = hide_probabilities(workspace, levels.place_levels(posterior, people, bank, scales))
    held = [findings.total_better.get(str(scale), "") for scale in table["competency"]]
    table["held"] = pd.array(held, dtype="str")
    return TalentBoxes(
        policy,
        bank,
        people,
        posterior,
        boxes,
        table,
        standing.expected_counts(boxes, draw_counts),
        gate_frame([*_gates(workspace, policy, boxes), subscale_gate(workspace.settings.name, table)]),
        draw_counts,
        findings.doubtful,
        scale_notes(policy, findings, posterior),
    )


def _gates(workspace: Workspace, policy: Policy, boxes: pd.DataFrame) -> list[Gate]:
    placed = boxes["withheld_reason"] == ""
    tested = boxes["jpm"].notna() if workspace.settings.entry != "component_sheet" else placed | True
    share = float(placed[tested].mean()) if tested.any() else 0.0
    known = boxes[placed]
    # Without probabilities everybody counts for the box that is stated.
    inside = {b: known[f"p_box_{b}"].fillna((known["box"] == b).astype(float)) for b in range(1, 10)}
    columns = [sum(float(inside[policy.boxes.grid[r][c]].sum()) for r in range(3)) for c in range(3)]
    empty = [name for name, total in zip(("rendah", "menengah", "tinggi"), columns, strict=True) if total < 0.5]
    found = _("Ketiga kolom potensial terisi.")
    if empty and len(known) < FEWEST_FOR_COLUMNS:
        found = _("Kolom potensial {names} kosong, wajar bagi {n} orang.").format(names=", ".join(empty), n=len(known))
    elif empty:
        found = _("Kolom potensial {names} kosong; periksa batas kebijakan.").format(names=", ".join(empty))
    name = workspace.settings.name
    return [
        Gate(
            "kelengkapan",
            name,
            share >= 0.9,
            _("{share} peserta yang diuji mendapat kotak.").format(share=format_percent(share, 1)),
        ),
        Gate(
            "kolom kisi",
            name,
            not empty or len(known) < FEWEST_FOR_COLUMNS,
            found,
        ),
    ]


def person_cloud(result: TalentBoxes, participant: str = "", *, draws: int = 400, seed: int = 0) -> pd.DataFrame:
    """Return where the draws of one participant fall on the plane of both axes.

    Parameters
    ----------
    result : TalentBoxes
    participant : str
        By default the one whose decision is the most doubtful.
    draws, seed : int

    Returns
    -------
    pandas.DataFrame
        potensial, kinerja (points), box, weight (summing to one); a row a draw, without the errors that everybody
        shares. No rows where nobody was placed.
    """
    if not participant:
        known = result.boxes[result.boxes["risk"].notna()]
        if known.empty:
            return pd.DataFrame(columns=["potensial", "kinerja", "box", "weight"])
        participant = str(known.loc[known["risk"].idxmax(), "participant_id"])
    one = result.people[result.people["participant_id"] == participant].reset_index(drop=True)
    mine = result.posterior.of(one["participant_id"].to_numpy(object))
    rule = Rule(result.policy, result.bank, one, {s: mine.taken[:, j] for j, s in enumerate(mine.scales)})
    part = next(iter(draw(rule, mine, np.array([0]), draws, seed, shared=None)))
    return pd.DataFrame(
        {
            "potensial": part.potensial[0],
            "kinerja": np.broadcast_to(part.kinerja[0], draws),
            "box": part.box[0].astype(int),
            "weight": 1 / draws if part.weights is None else part.weights[0],
        }
    )


def kinerja_axes_compared(result: TalentBoxes) -> pd.DataFrame:
    """Return how many people stand in each row of the grid under each reading of kinerja.

    The predicate alone by its points, the work results read directly, and the policy's own axis place the same person
    in different rows.

    Returns
    -------
    pandas.DataFrame
        reading, above, as, below, none, and moved: how many of those whom the policy places stand in another row.
    """
    by_policy = _policy_rows(result)
    readings = {
        _("predikat saja"): _predicate_rows(result),
        _("hasil kerja"): np.array([ROWS.index(v) if v in ROWS else -1 for v in result.people["hasil_kerja"]]),
        _("sumbu kebijakan"): by_policy,
    }
    rows = [
        {
            "reading": name,
            "above": int((v == 2).sum()),
            "as": int((v == 1).sum()),
            "below": int((v == 0).sum()),
            "none": int((v == -1).sum()),
            "moved": int(((v != by_policy) & (v >= 0) & (by_policy >= 0)).sum()),
        }
        for name, v in readings.items()
    ]
    return pd.DataFrame(rows)


def good_but_below(result: TalentBoxes) -> str:
    """Return how many people have a good predicate, no data missing, and yet stand below by the policy's axis.

    Under a policy that adds awards and team tasks to the predicate, Baik without either falls below.
    """
    good = result.people["predicate"].isin(["sangat_baik", "baik"]).to_numpy(bool)
    known = (result.boxes["withheld_reason"] == "").to_numpy(bool)
    n = int((good & known & (_policy_rows(result) == 0)).sum())
    if not n:
        return ""
    return _(
        "{n} orang berpredikat baik atau sangat baik dan datanya lengkap, tetapi kinerjanya di bawah ekspektasi "
        "menurut sumbu kebijakan."
    ).format(n=format_number(n))


def _policy_rows(result: TalentBoxes) -> NDArray[np.int64]:
    """Return the row of each person by the policy's axis: 0 below, 1 as, 2 above expectation, -1 where withheld."""
    kinerja = result.boxes["kinerja"].to_numpy(float)
    return np.where(np.isnan(kinerja), -1, columns_of(kinerja, result.policy.cuts.kinerja))


def _predicate_rows(result: TalentBoxes) -> NDArray[np.int64]:
    """Return the row of each person by the points of the predicate alone, of the policy or of the shipped one."""
    parts = [part for policy in (result.policy, load_policy(PREDICATE_POLICY)) for part in policy.kinerja]
    component = next(part for part in parts if part.measured_by == "predicate")
    points = recorded_points(component, result.people)
    return np.where(np.isnan(points), -1, columns_of(points, result.policy.cuts.kinerja))


def other_rules(result: TalentBoxes, scores: pd.DataFrame) -> pd.DataFrame:
    """Return how many people other ways of applying the rule would move from the box that is stated.

    Parameters
    ----------
    result : TalentBoxes
    scores : pandas.DataFrame
        participant_id, scale, wle.

    Returns
    -------
    pandas.DataFrame
        rule, boxes (people in another box), pool (of them, on the other side of the pool line): at the printed levels,
        at the mean of the joint posterior, and at the WLE.
    """
    everyone = result.posterior.of(result.people["participant_id"].to_numpy(object))
    taken = {scale: everyone.taken[:, j] for j, scale in enumerate(everyone.scales)}
    rule = Rule(result.policy, result.bank, result.people, taken)
    mean, _sd = everyone.joint()
    wle = scores.pivot(index="participant_id", columns="scale", values="wle").reindex(everyone.participant_id)
    placed = (result.boxes["withheld_reason"] == "").to_numpy(bool)
    stated = result.boxes["box"].to_numpy(float, na_value=np.nan)
    at = {s: wle[s].to_numpy(float) for s in rule.scales if s in wle}
    boxes = {
        _("level yang dicetak"): result.boxes["box_printed"].to_numpy(float, na_value=np.nan),
        _("rerata posterior bersama"): _box_at(rule, {s: mean[:, everyone.scales.index(s)] for s in rule.scales}),
    }
    if any(np.isfinite(values).any() for values in at.values()):
        boxes[_("WLE")] = _box_at(rule, {s: np.nan_to_num(values) for s, values in at.items()})
    pool = result.policy.boxes.pool
    rows = [
        {
            "rule": name,
            "boxes": int((box != stated)[placed].sum()),
            "pool": int((np.isin(box, pool) != np.isin(stated, pool))[placed].sum()),
        }
        for name, box in boxes.items()
    ]
    return pd.DataFrame(rows)


def _box_at(rule: Rule, theta: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    everybody = slice(0, next(iter(theta.values())).size)
    box, _potensial, _kinerja = rule.place(theta, rule.levels(theta), everybody)
    return box.astype(np.float64)


def jpm_does_not_discriminate(result: TalentBoxes) -> str:
    """Return a sentence when nearly everybody of a tier reaches a JPM of 100, or an empty text."""
    affected = [result.policy.competencies.title_of(tier) for tier in levels.undiscriminated_tiers(result.boxes)]
    if not affected:
        return ""
    return _("JPM tidak membedakan pada {tiers}: hampir semua orang mencapai 100, karena standarnya level 1.").format(
        tiers=", ".join(affected)
    )


def mean_levels(result: TalentBoxes) -> pd.DataFrame:
    """Return mean level reached and required of each competency of the standard: competency, level, required."""
    order = result.policy.competencies.competencies
    rows = result.levels[result.levels["competency"].isin(order)]
    means = rows.groupby("competency")[["level", "required"]].mean().astype(float)
    return means.loc[[c for c in order if c in means.index]].rename_axis("competency").reset_index()


def twin_reliability(result: TalentBoxes, *, seed: int = 0, people: int = 8000) -> pd.DataFrame:
    """Simulate new people with the same test errors and records, place them, and compare with what is true of them.

    True scales are drawn from the population; each person's scores get the error that the tests of that person have.
    In a small round everybody has several twins: the check is about the method and not about the size of the round.
    No truth of a simulated cohort is read: the check is possible on real rounds too, and holds if the model does.

    Returns
    -------
    pandas.DataFrame
        Rows of `honesty.reliability_table` for the pool.
    """
    rng = np.random.default_rng([seed, 2023])
    source = result.posterior
    # A set, because NumPy compares texts pair by pair.
    placed = set(result.boxes.loc[result.boxes["withheld_reason"] == "", "participant_id"])
    keep = np.flatnonzero([person in placed for person in source.participant_id])[:people]
    copies = max(1, people // max(keep.size, 1))
    keep = np.tile(keep, copies)
    names = np.array(
        [f"{source.participant_id[i]}~{n // (keep.size // copies)}" for n, i in enumerate(keep)], dtype=object
    )
    order = np.argsort(names)
    keep, names = keep[order], names[order]
    factor = np.linalg.cholesky(source.covariance)
    truth = source.mean + rng.standard_normal((keep.size, source.mean.size)) @ factor.T
    precision = source.precision[keep]
    with np.errstate(divide="ignore"):
        noise = np.where(precision > 0, rng.standard_normal(truth.shape) / np.sqrt(precision), 0.0)
    twin = standing.Posterior(
        names,
        source.scales,
        np.where(precision > 0, truth + noise, 0.0),
        precision,
        source.mean,
        source.covariance,
    )
    records = result.people.set_index("participant_id").loc[source.participant_id[keep]]
    twins = records.reset_index(drop=True).assign(participant_id=names, official_box=None)
    boxes = standing.place(twin, twins, result.policy, result.bank, draws=200, seed=seed, shared_errors=False)
    rule = Rule(result.policy, result.bank, twins, {s: twin.taken[:, j] for j, s in enumerate(twin.scales)})
    theta = {s: truth[:, twin.scales.index(s)] for s in rule.scales}
    return reliability_table(boxes["p_pool"].to_numpy(float), np.isin(_box_at(rule, theta), result.policy.boxes.pool))


def summary_sentence(result: TalentBoxes) -> str:
    """Return how many were placed, how many are in the pool, and how many of these decisions may be wrong."""
    placed = result.boxes[result.boxes["withheld_reason"] == ""]
    inside = placed["box"].isin(result.policy.boxes.pool)
    sentence = _("{placed} dari {n} peserta ditempatkan; {pool} di kumpulan talenta.").format(
        placed=format_number(len(placed)),
        n=format_number(len(result.boxes)),
        pool=format_number(int(inside.sum())),
    )
    if placed["risk"].isna().all():
        return sentence
    return sentence + _(" Dari keputusan masuk atau tidaknya, kira-kira {wrong} diperkirakan keliru.").format(
        wrong=format_number(float(placed["risk"].sum()))
    )
