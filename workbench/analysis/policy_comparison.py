"""The people of a round under every policy at hand: counts, cross tables, and who differs and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench.analysis.boxes import TalentBoxes
from workbench.i18n import _, format_number
from workbench.policy import Policy, list_policies, load_policy
from workbench.talent import policies_compared as compared
from workbench.talent import standing
from workbench.talent.axes import Rule
from workbench.talent.people import SOURCES, assemble

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from workbench.workspace import Workspace

__all__ = ["PolicyComparison", "compare_policies", "policies_at_hand"]

OWN_FOLDER = "policies"


@dataclass(frozen=True)
class PolicyComparison:
    """One round under several policies; the first is the policy of the round.

    Attributes
    ----------
    rounds : tuple of UnderPolicy
    counts : pandas.DataFrame
        As `talent.policies_compared.counts_side_by_side`.
    differences : pandas.DataFrame
        As `talent.policies_compared.differences`, the first policy against each other one.
    pools : pandas.DataFrame
        As `talent.policies_compared.cross_pool`, with first_policy and second_policy.
    refused : tuple of str
        Why a policy was not compared, a sentence each.
    """

    rounds: tuple[compared.UnderPolicy, ...]
    counts: pd.DataFrame
    differences: pd.DataFrame
    pools: pd.DataFrame
    refused: tuple[str, ...]

    def boxes(self, number: int = 1) -> pd.DataFrame:
        """Return the cross table of boxes, the first policy against another."""
        return compared.cross_boxes(self.rounds[0], self.rounds[number])

    def reasons(self) -> pd.DataFrame:
        """Return how many people differ on which axis: second_policy, axes, people, crosses."""
        rows = self.differences.assign(people=1, crosses=self.differences["crosses"].astype(int))
        table = rows.groupby(["second_policy", "axes"], sort=True)[["people", "crosses"]].sum().reset_index()
        return table.sort_values(["second_policy", "people"], ascending=[True, False], ignore_index=True)

    def sentences(self) -> list[str]:
        """Return what a reader should know first."""
        lines = []
        for row in self.pools.to_dict("records"):
            differing = self.differences[self.differences["second_policy"] == row["second_policy"]]
            lines.append(
                _(
                    "{first} lawan {second}: {n} dari {placed} orang yang ditempatkan keduanya berada di kotak lain; "
                    "di kumpulan talenta menurut keduanya {both}, hanya menurut yang pertama {one}, hanya menurut yang "
                    "kedua {other}."
                ).format(
                    first=row["first_policy"],
                    second=row["second_policy"],
                    n=format_number(int((differing["first_box"].notna() & differing["second_box"].notna()).sum())),
                    placed=format_number(row["placed"]),
                    both=format_number(row["both"]),
                    one=format_number(row["only_first"]),
                    other=format_number(row["only_second"]),
                )
            )
        return [*lines, *self.refused]


def policies_at_hand(workspace: Workspace) -> tuple[str, ...]:
    """Return the policies that a round is compared under: its own, the shipped ones, files of its folder policies."""
    own = sorted(str(path) for path in (workspace.path / OWN_FOLDER).glob("*.toml"))
    return tuple(dict.fromkeys([workspace.settings.policy, *list_policies(), *own]))


def compare_policies(
    workspace: Workspace, result: TalentBoxes, keys: Sequence[str | Path] = (), *, strict: bool = False
) -> PolicyComparison:
    """Place the people of a round under other policies too, and say who differs and why.

    Parameters
    ----------
    workspace : Workspace
    result : TalentBoxes
        The round under its own policy.
    keys : sequence of str or Path
        Policies by key or file; by default `policies_at_hand`.
    strict : bool
        Refuse a file with a mistake, a policy that this round cannot be placed by, or one that has the key of another;
        otherwise its sentence stands in ``refused`` and the others are compared.

    Raises
    ------
    ValueError
        If strict: when two policies have one key, or as `load_policy` and `standing.place`.
    """
    if not workspace.has_probabilities or workspace.settings.entry == "component_sheet":
        raise ValueError(
            _(
                "Kebijakan tidak dapat dibandingkan pada putaran tanpa skor berpeluang; sertakan jawaban, atau level "
                "beserta galat yang dinyatakan."
            )
        )
    # Participants are the same, and in one order, under every policy.
    everyone = result.posterior.of(result.people["participant_id"].to_numpy(object))
    mean, _sd = everyone.joint()
    rounds = [_under(workspace, result, result.policy, everyone, mean)]
    refused = []
    for key in keys or policies_at_hand(workspace):
        try:
            policy = load_policy(key)
            if policy == result.policy:
                continue
            if policy.key in {one.policy.key for one in rounds}:
                raise ValueError(
                    _("Dua kebijakan berkunci '{key}'; beri kebijakan sendiri kunci (key) yang lain.").format(
                        key=policy.key
                    )
                )
            rounds.append(_under(workspace, result, policy, everyone, mean))
        except ValueError as problem:
            if strict:
                raise
            refused.append(_("Tidak dibandingkan: {problem}").format(problem=problem))
    others = rounds[1:]
    differences = [compared.differences(rounds[0], other) for other in others]
    pools = [
        compared.cross_pool(rounds[0], other).assign(first_policy=rounds[0].policy.key, second_policy=other.policy.key)
        for other in others
    ]
    nobody = compared.differences(rounds[0], rounds[0])
    return PolicyComparison(
        tuple(rounds),
        compared.counts_side_by_side(rounds),
        pd.concat(differences, ignore_index=True) if differences else nobody,
        pd.concat(pools, ignore_index=True) if pools else pd.DataFrame(),
        tuple(refused),
    )


def _under(
    workspace: Workspace,
    result: TalentBoxes,
    policy: Policy,
    everyone: standing.Posterior,
    mean: NDArray[np.float64],
) -> compared.UnderPolicy:
    if policy is result.policy:
        people, boxes = result.people, result.boxes
    else:
        tables = {name: workspace.read(name) for name in SOURCES if workspace.table_path(name).is_file()}
        people = assemble(tables, policy)
        boxes = standing.place(
            result.posterior,
            people,
            policy,
            result.bank,
            draws=workspace.settings.draws,
            seed=workspace.settings.seed,
            held=result.doubtful,
        )
    taken = {scale: everyone.taken[:, j] for j, scale in enumerate(everyone.scales)}
    return compared.under_policy(Rule(policy, result.bank, people, taken), people, everyone, boxes, mean)
