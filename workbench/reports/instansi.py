"""What the report of one instansi rests on: its own rows of every table, read once, and what is counted from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.policy import Policy, scale_titles
from workbench.records.bank import load_bank
from workbench.review.prepare import RISK_LINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.workspace import Workspace

__all__ = ["DOUBT_LINE", "EDITIONS", "InstansiReport", "check_edition", "read_instansi"]

EDITIONS = ("internal", "publishable")
DOUBT_LINE = 0.25  # a decision that is wrong with at least this probability is called doubtful


def check_edition(edition: str) -> None:
    """Refuse what cannot be made.

    Raises
    ------
    ValueError
        When the edition is unknown, or is the publishable one: small cells are not suppressed yet.
    """
    if edition not in EDITIONS:
        raise ValueError(
            _("Edisi '{edition}' tidak dikenal; pilih: {known}.").format(edition=edition, known=", ".join(EDITIONS))
        )
    if edition != "internal":
        raise ValueError(
            _(
                "Edisi publishable ditolak: penekanan sel kecil belum tersedia; pakai edisi internal untuk "
                "kalangan terbatas."
            )
        )


def read_instansi(workspace: Workspace, instansi: str, *, edition: str = "internal") -> InstansiReport:
    """Read everything that the report of one instansi shows.

    Raises
    ------
    ValueError
        When there are no boxes yet, no such instansi, or the publishable edition is asked for.
    """
    check_edition(edition)
    units = workspace.read("participants", ["participant_id", "unit"])
    boxes = workspace.read("boxes").merge(units, on="participant_id", how="left")
    here = boxes[boxes["instansi"] == instansi].reset_index(drop=True)
    if here.empty:
        raise ValueError(_("Instansi '{name}' tidak punya peserta pada putaran ini.").format(name=instansi))
    ids = set(here["participant_id"])

    def of(name: str, stage: str = "") -> pd.DataFrame:
        frame = _table(workspace, name, stage)
        return frame[frame["participant_id"].isin(ids)].reset_index(drop=True) if len(frame) else frame

    counts = workspace.read("attendance_counts")
    gates = [_table(workspace, "gates", stage).assign(stage=stage) for stage in ("items", "scores", "boxes")]
    return InstansiReport(
        instansi=instansi,
        policy=workspace.policy,
        boxes=here,
        levels=of("levels", "boxes"),
        participants=of("participants"),
        quarantine=of("quarantine"),
        attendance=counts[counts["instansi"] == instansi],
        instruments=workspace.read("instruments"),
        reliability=_table(workspace, "reliability", "scores"),
        gates=pd.concat([g for g in gates if len(g)] or gates[:1], ignore_index=True),
        final=of("final_boxes", "final") if _is_final(workspace) else pd.DataFrame(),
        mark=workspace.provisional_mark,
        level_cuts=load_bank(workspace.bank_source).level_cuts if workspace.settings.bank else pd.DataFrame(),
        simulated=bool(workspace.settings.simulated),
        draws=workspace.settings.draws,
        draw_counts=_draw_counts(workspace, instansi),
        entry=workspace.settings.entry,
        findings=of("sheet_findings", "boxes"),
    )


def _table(workspace: Workspace, name: str, stage: str) -> pd.DataFrame:
    path = workspace.table_path(name, stage)
    return pd.read_parquet(path) if path.is_file() else pd.DataFrame()


def _draw_counts(workspace: Workspace, instansi: str) -> pd.DataFrame:
    """Return the people of this instansi in each box draw by draw, without reading those of the others."""
    path = workspace.table_path("draw_counts", "boxes")
    return pd.read_parquet(path, filters=[("instansi", "==", instansi)]) if path.is_file() else pd.DataFrame()


def _is_final(workspace: Workspace) -> bool:
    """Return whether the minutes hold for the boxes as they are now; only then do decided boxes enter a report."""
    if not workspace.table_path("final_boxes", "final").is_file():
        return False
    from workbench.reports.signed import signed_state

    return signed_state(workspace)[0]


@dataclass(frozen=True)
class InstansiReport:
    """The rows of one instansi, and what every section counts from them.

    Attributes
    ----------
    instansi : str
    policy : Policy
    boxes, levels, participants, quarantine, attendance : pandas.DataFrame
        Rows of this instansi.
    instruments, reliability, gates : pandas.DataFrame
        Of the whole round.
    final : pandas.DataFrame
        The boxes of the minutes; empty while the report is a draft.
    mark : str
        What a round that was scored on its own calibration must say; empty for all others.
    level_cuts : pandas.DataFrame
        Of the bank; empty where the round has none and every cut is assumed.
    simulated : bool
    draws : int
        Draws a person behind the probabilities.
    draw_counts : pandas.DataFrame
        People of this instansi in each box draw by draw, by tier: instansi, jenjang, draw, box_1 .. box_9.
    entry : str
        ``responses``, or ``levels`` or ``component_sheet`` in place of answers.
    findings : pandas.DataFrame
        Where the component sheet contradicts the policy: participant_id, row, column, stated, computed.
    """

    instansi: str
    policy: Policy
    boxes: pd.DataFrame
    levels: pd.DataFrame
    participants: pd.DataFrame
    quarantine: pd.DataFrame
    attendance: pd.DataFrame
    instruments: pd.DataFrame
    reliability: pd.DataFrame
    gates: pd.DataFrame
    final: pd.DataFrame
    mark: str
    level_cuts: pd.DataFrame
    simulated: bool
    draws: int
    draw_counts: pd.DataFrame
    entry: str = "responses"
    findings: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def held_scales(self) -> tuple[str, ...]:
        """Scales that are not reported on their own, because the total of their instrument tells as much."""
        if "held" not in self.levels:
            return ()
        return tuple(sorted(set(self.levels.loc[self.levels["held"] != "", "competency"].astype(str))))

    @property
    def signed(self) -> bool:
        """Whether minutes hold for these boxes."""
        return len(self.final) > 0

    @property
    def tested(self) -> int:
        """Number of people with at least one score, or with points that came in place of one."""
        if self.entry == "component_sheet":
            return int(self.attendance["with_responses"].sum())
        return int(self.levels["participant_id"].nunique()) if len(self.levels) else 0

    @property
    def has_probabilities(self) -> bool:
        """Whether anybody's box has a probability: without a declared error of what was received none has."""
        return bool(self.boxes["p_pool"].notna().any()) or self.entry == "responses"

    @property
    def placed(self) -> pd.DataFrame:
        """People with a box, after the minutes the decided one.

        Adds in_pool, decided and wrong: the probability that the pool decision is wrong, 0 where people have decided
        and empty where none is known.
        """
        known = self.boxes[self.boxes["withheld_reason"] == ""].copy()
        known["decided"] = False
        if self.signed:
            final = self.final.set_index("participant_id")
            known["box"] = known["participant_id"].map(final["box"]).fillna(known["box"]).astype("Int64")
            known["decided"] = known["participant_id"].map(final["decided"]).fillna(value=False).astype(bool)
        known["in_pool"] = known["box"].isin(self.policy.boxes.pool).astype(bool)
        other = np.where(known["in_pool"], 1 - known["p_pool"], known["p_pool"])
        known["wrong"] = np.where(known["decided"], 0.0, other)
        return known.reset_index(drop=True)

    @property
    def withheld(self) -> pd.DataFrame:
        """People without a box."""
        return self.boxes[self.boxes["withheld_reason"] != ""]

    def instrument_title(self, key: str) -> str:
        """Return the name of an instrument as the round calls it."""
        titles = dict(zip(self.instruments["instrument"], self.instruments["title"], strict=True))
        return str(titles.get(key, key))

    def tier_title(self, key: object) -> str:
        """Return the name of a tier."""
        return self.policy.competencies.title_of(str(key))

    def tiers(self, present: Sequence[object]) -> list[str]:
        """Return the tiers that are present, in the order of the standard."""
        known = {str(key) for key in present}
        return [tier.key for tier in self.policy.competencies.jenjang if tier.key in known]

    def standards(self) -> pd.DataFrame:
        """Return one row a person and competency of the standard, of those whose post requires more than level 1.

        Nobody can be below level 1; counting those people would only hide the gaps of the others. Adds below (at the
        printed level), p_below (from the level probabilities), jenjang and unit.
        """
        names = list(self.policy.competencies.competencies)
        rows = self.levels[self.levels["competency"].isin(names)] if len(self.levels) else self.levels
        rows = rows[rows["required"].astype("int64") > 1] if len(rows) else rows
        if rows.empty:
            return pd.DataFrame(columns=["participant_id", "competency", "below", "p_below", "jenjang", "unit"])
        required = rows["required"].astype("int64").to_numpy()
        probability = rows[[f"p_level_{k}" for k in range(1, 6)]].to_numpy(float)
        under = np.arange(1, 6)[None, :] < required[:, None]
        people = self.boxes.set_index("participant_id")
        return rows.assign(
            below=rows["level"].to_numpy() < required,
            p_below=(probability * under).sum(1),
            jenjang=rows["participant_id"].map(people["jenjang"]),
            unit=rows["participant_id"].map(people["unit"]),
        )

    def gaps(self) -> pd.DataFrame:
        """Return the share of people below the standard by competency: competency, label, share, expected, n."""
        rows = self.standards()
        table = rows.groupby("competency").agg(
            share=("below", "mean"), expected=("p_below", "mean"), n=("below", "size")
        )
        order = [c for c in self.policy.competencies.competencies if c in table.index]
        titles = scale_titles()
        return (
            table.loc[order]
            .astype({"share": float, "expected": float})
            .rename_axis("competency")
            .reset_index()
            .assign(label=lambda t: [titles[c] for c in t["competency"]])
        )

    def certainty(self) -> pd.DataFrame:
        """Return how many pool decisions are how sure: key, n, share."""
        placed = self.placed
        open_ones = ~placed["decided"]
        wrong = placed["wrong"]
        masks = {
            "decided": placed["decided"],
            "sure": open_ones & (wrong < RISK_LINE),
            "fairly": open_ones & (wrong >= RISK_LINE) & (wrong < DOUBT_LINE),
            "doubtful": open_ones & (wrong >= DOUBT_LINE),
        }
        if not self.has_probabilities:
            masks = {"decided": placed["decided"], "unknown": open_ones}
        rows = [(key, int(mask.sum()), float(mask.mean()) if len(placed) else 0.0) for key, mask in masks.items()]
        return pd.DataFrame(rows if self.signed else rows[1:], columns=["key", "n", "share"])
