"""What a participant who objects may see: how the numbers came about, how sure they are, what would have changed them.

Content of items stays out: the same items serve other rounds. Names of assessors stay out too; what they decided and
why does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.analysis.boxes import joint_posterior
from workbench.analysis.scale_findings import scale_findings
from workbench.analysis.scores import bank_of
from workbench.i18n import _
from workbench.policy import Policy, explain, scale_titles
from workbench.records.tables import NOT_REACHED, OMITTED
from workbench.talent.axes import Rule
from workbench.talent.build_up import axis_components, single_changes
from workbench.talent.component_sheet import NoBank, no_evidence
from workbench.talent.levels import printed_levels
from workbench.talent.people import SOURCES, assemble

if TYPE_CHECKING:
    from workbench.talent import standing
    from workbench.talent.bank import BankLike
    from workbench.workspace import Workspace

    Sheets = list[tuple[str, pd.Series]]  # instrument, answers by item

__all__ = ["Appeal", "collect_appeal", "find_participant"]


@dataclass(frozen=True)
class Appeal:
    """Everything about one participant that an objection may rest on.

    Attributes
    ----------
    participant_id : str
    policy : Policy
    placement : dict
        The person's row of ``boxes``.
    person : dict
        The person's row of ``participants``.
    scales : pandas.DataFrame
        A row a scale taken: scale, title, items, answered, eap, eap_se, level (0 where the scale has no levels),
        required, p_level, joint, joint_sd, borrowed (joint less own mean, in theta).
    components : pandas.DataFrame
        As `build_up.axis_components`.
    changes : pandas.DataFrame
        As `build_up.single_changes`.
    flags : pandas.DataFrame
        flag, detail.
    omitted : pandas.DataFrame
        instrument, omitted, not_reached: blanks of this person.
    rules : list of tuple
        Rule, value, source, mark.
    bank, provisional : str, bool
    gates : pandas.DataFrame
        Gates of the round that hold.
    declared : str
        Whose figures the probabilities rest on, where they do not rest on answers; empty for all others.
    """

    participant_id: str
    policy: Policy
    placement: dict[str, Any]
    person: dict[str, Any]
    scales: pd.DataFrame
    components: pd.DataFrame
    changes: pd.DataFrame
    flags: pd.DataFrame
    omitted: pd.DataFrame
    rules: list[tuple[str, str, str, str]]
    bank: str
    provisional: bool
    gates: pd.DataFrame
    declared: str = ""


def find_participant(workspace: Workspace, wanted: str) -> str:
    """Return the pseudonym of a participant.

    Raises
    ------
    ValueError
        When nobody of that pseudonym took part.
    """
    known = workspace.read("participants", ["participant_id"])["participant_id"]
    name = wanted.strip()
    if name in set(known):
        return name
    raise ValueError(
        _("Peserta '{name}' tidak ada pada putaran ini; tulis nama samarannya (P diikuti 12 huruf atau angka).").format(
            name=name
        )
    )


def collect_appeal(workspace: Workspace, participant: str) -> Appeal:
    """Collect what the objection of one participant may rest on.

    Raises
    ------
    ValueError
        When there are no boxes yet, or nobody of that pseudonym.
    """
    name = find_participant(workspace, participant)
    policy = workspace.policy
    by_points = workspace.settings.entry == "component_sheet"
    bank: BankLike = NoBank() if by_points else bank_of(workspace)
    boxes = workspace.read("boxes")
    placement = boxes[boxes["participant_id"] == name].to_dict("records")[0]
    tables = {table: workspace.read(table) for table in SOURCES if workspace.table_path(table).is_file()}
    one = assemble({table: _of(frame, name) for table, frame in tables.items()}, policy)
    if by_points:
        one = one.merge(_of(workspace.received.frame, name), how="left", on="participant_id")
        everyone, mine = no_evidence(np.array([name], dtype=object), policy.used_scales), pd.DataFrame()
    else:
        everyone = joint_posterior(workspace, bank_of(workspace), scale_findings(workspace).variance_ratios, name)
        mine = _of(workspace.read("scores", ["participant_id", "scale", "eap", "eap_se"]), name)
    rule = Rule(policy, bank, one, {scale: everyone.taken[:, j] for j, scale in enumerate(everyone.scales)})
    mean, _sd = everyone.own()
    theta = {scale: mean[:, everyone.scales.index(scale)] for scale in rule.scales}
    table = printed_levels(everyone, bank, rule.scales)
    levels = {scale: np.maximum(table[:, j], 1) for j, scale in enumerate(rule.scales)}
    placed = placement["withheld_reason"] == ""
    sheets = _sheets(workspace, name)
    return Appeal(
        name,
        policy,
        placement,
        _of(tables["participants"], name).to_dict("records")[0],
        _scales(workspace, name, everyone, mine, sheets),
        axis_components(rule, one, theta, levels),
        single_changes(rule, one, theta, levels) if placed else pd.DataFrame(columns=["title"]),
        _of(workspace.read("flags"), name)[["flag", "detail"]].reset_index(drop=True),
        _blanks(sheets),
        explain(policy),
        bank.version,
        workspace.has_answers and not workspace.settings.bank,
        _held(workspace),
        "" if workspace.has_answers else workspace.provisional_mark,
    )


def _of(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the rows of one person; tables about no person as they are."""
    return frame[frame["participant_id"] == name].reset_index(drop=True) if "participant_id" in frame else frame


def _scales(
    workspace: Workspace, name: str, everyone: standing.Posterior, mine: pd.DataFrame, sheets: Sheets
) -> pd.DataFrame:
    titles = scale_titles()
    joint, joint_sd = everyone.joint()
    own, _own_sd = everyone.own()
    measured = _of(workspace.read("levels"), name).set_index("competency")
    counts = _answered(workspace, sheets)
    rows = []
    for row in mine.to_dict("records"):
        scale = str(row["scale"])
        j = everyone.scales.index(scale)
        level = measured.loc[scale] if scale in measured.index else None
        items, answered = counts.get(scale, (0, 0))
        rows.append(
            {
                "scale": scale,
                "title": titles.get(scale, scale),
                "items": items,
                "answered": answered,
                "eap": float(own[0, j]),
                "eap_se": float(_own_sd[0, j]),
                "level": 0 if level is None else int(level["level"]),
                "required": pd.NA if level is None else level["required"],
                "p_level": float("nan") if level is None else float(level[f"p_level_{int(level['level'])}"]),
                "joint": float(joint[0, j]),
                "joint_sd": float(joint_sd[0, j]),
                "borrowed": float(joint[0, j] - own[0, j]),
            }
        )
    return pd.DataFrame(rows)


def _answered(workspace: Workspace, sheets: Sheets) -> dict[str, tuple[int, int]]:
    """Return how many items of each scale the person was given and answered; nothing without answers."""
    if not sheets:
        return {}
    scale_of = workspace.read("items").set_index("item_id")["scale"]
    result: dict[str, tuple[int, int]] = {}
    for _instrument, sheet in sheets:
        for scale, cells in sheet.groupby(scale_of.reindex(sheet.index).to_numpy()):
            blank = int(cells.isin((OMITTED, NOT_REACHED)).sum())
            items, answered = result.get(str(scale), (0, 0))
            result[str(scale)] = (items + len(cells), answered + len(cells) - blank)
    return result


def _blanks(sheets: Sheets) -> pd.DataFrame:
    rows = [
        {
            "instrument": instrument,
            "items": len(sheet),
            "omitted": int((sheet == OMITTED).sum()),
            "not_reached": int((sheet == NOT_REACHED).sum()),
        }
        for instrument, sheet in sheets
    ]
    return pd.DataFrame(rows, columns=["instrument", "items", "omitted", "not_reached"])


def _sheets(workspace: Workspace, name: str) -> Sheets:
    """Return the answers of a person, one series of items an instrument."""
    found = []
    for row in workspace.read("instruments").to_dict("records"):
        instrument = str(row["instrument"])
        for form in workspace.response_forms(instrument):
            answers = _of(workspace.read_responses(instrument, form), name)
            if len(answers):
                found.append((instrument, answers.drop(columns="participant_id").iloc[0].astype("str")))
    return found


def _held(workspace: Workspace) -> pd.DataFrame:
    parts = []
    for stage in ("items", "scores", "boxes"):
        path = workspace.table_path("gates", stage)
        if path.is_file():
            parts.append(pd.read_parquet(path))
    gates = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["gate", "scope", "status"])
    return gates[gates["status"] == "HOLD"].reset_index(drop=True)
