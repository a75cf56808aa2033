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
from workbench.talent.axes import Rule
from workbench.talent.counting import Counts, Tally, count
from workbench.talent.expectation import expected_counts, expected_people, people_by_draw
from workbench.talent.placed import (
    BOXES,
    Printed,
    boxes_frame,
    flip_distance,
    official_boxes,
    printed_rule,
    stated_box,
    withheld,
)
from workbench.talent.posterior import Posterior, estimate_population, posterior

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from workbench.policy import Policy
    from workbench.talent.bank import BankLike

__all__ = [
    "Placement",
    "Posterior",
    "estimate_population",
    "expected_counts",
    "expected_people",
    "flip_distance",
    "no_draw_counts",
    "people_by_draw",
    "place",
    "place_and_tally",
    "place_as_printed",
    "place_by_counts",
    "posterior",
    "stated_box",
]


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
    return boxes_frame(rule, everyone, people, counts, reasons)


def place_as_printed(
    posterior: Posterior, people: pd.DataFrame, policy: Policy, bank: BankLike, held: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Place people by the rule at their printed levels, without any probability: nothing is known of their error.

    Parameters
    ----------
    posterior, people, policy, bank, held
        As for `place`.

    Returns
    -------
    pandas.DataFrame
        As `place`; p_*, risk and the standard deviations are empty.

    Raises
    ------
    ValueError
        As `place`.
    """
    return place_by_counts(posterior, people, policy, bank, None, held)


def place_by_counts(
    posterior: Posterior,
    people: pd.DataFrame,
    policy: Policy,
    bank: BankLike,
    counted: Callable[[Rule, pd.DataFrame], Counts] | None,
    held: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Place people by probabilities that come from elsewhere than draws of their posterior.

    Parameters
    ----------
    posterior, people, policy, bank, held
        As for `place`.
    counted : callable, optional
        From the rule made ready, and people in its order, to the probabilities; without it there are none.

    Returns
    -------
    pandas.DataFrame
        As `place`.
    """
    _check(posterior, people, policy, bank, 1)
    people, everyone, rule, reasons = _ready(posterior, people, policy, bank, held)
    counts = _no_counts(rule, printed_rule(rule, everyone)) if counted is None else counted(rule, people)
    return boxes_frame(rule, everyone, people, counts, reasons)


def _no_counts(rule: Rule, printed: Printed) -> Counts:
    """Return where the rule at printed levels puts people on both axes, and no probability."""
    n = printed.box.size
    unknown = np.full(n, np.nan)
    return Counts(
        np.full((n, 9), np.nan),
        np.full((n, len(rule.policy.categories.categories)), np.nan),
        np.stack([printed.potensial, unknown], axis=1),
        np.stack([printed.kinerja, unknown if rule.record_error is not None else np.zeros(n)], axis=1),
        np.zeros(n),
    )


def _ready(
    posterior: Posterior, people: pd.DataFrame, policy: Policy, bank: BankLike, held: Mapping[str, str] | None
) -> tuple[pd.DataFrame, Posterior, Rule, NDArray[np.object_]]:
    """Return people in order, their posterior, the rule made ready for them, and why some of them get no box."""
    people = people.sort_values("participant_id", ignore_index=True)
    everyone = posterior.of(people["participant_id"].to_numpy(object))
    rule = Rule(policy, bank, people, {scale: everyone.taken[:, j] for j, scale in enumerate(everyone.scales)})
    return people, everyone, rule, withheld(rule, everyone, official_boxes(people), held or {})


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
    return Placement(boxes_frame(rule, everyone, people, counts, reasons), _tally_frame(tally, names))


def no_draw_counts() -> pd.DataFrame:
    """Return the table of people in each box by draw, where nothing was drawn."""
    return pd.DataFrame(columns=["instansi", "jenjang", "draw", *(f"box_{b}" for b in BOXES)])


def _tally_frame(tally: Tally | None, names: pd.DataFrame) -> pd.DataFrame:
    """Return the tally as a table; no rows without one."""
    columns = [f"box_{b}" for b in BOXES]
    if tally is None:
        return no_draw_counts()
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
