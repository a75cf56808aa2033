"""Who has been long in one post, and how people stand against the tier above their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.talent.standards import Standard, standards_met

if TYPE_CHECKING:
    from workbench.policy import Policy, TalentRules
    from workbench.talent.bank import BankLike
    from workbench.talent.posterior import Posterior

__all__ = ["rotation_list", "tier_above"]

DAYS_PER_YEAR = 365.25


def rotation_list(
    participants: pd.DataFrame, boxes: pd.DataFrame, policy: Policy, rules: TalentRules, as_of: pd.Timestamp
) -> pd.DataFrame:
    """Return who has been in the present post for as long as a move of tier takes in one unit, the longest first.

    Parameters
    ----------
    participants : pandas.DataFrame
        participant_id, instansi, unit, jenjang, jabatan, and date_in_post where it is known.
    boxes : pandas.DataFrame
        Rows of `standing.place`; whoever has no box is listed without one.
    policy, rules
    as_of : pandas.Timestamp

    Returns
    -------
    pandas.DataFrame
        participant_id, instansi, unit, jenjang, jabatan, years_in_post, box, p_pool, named: whether the follow-up of
        the box speaks of rotation.

    Raises
    ------
    ValueError
        When a post was entered after the day of the test.
    """
    dates = (
        pd.to_datetime(participants["date_in_post"])
        if "date_in_post" in participants
        else pd.Series(pd.NaT, index=participants.index)
    )
    years = ((as_of - dates).dt.days / DAYS_PER_YEAR).to_numpy(float)
    early = np.flatnonzero(years < 0)
    if early.size:
        raise ValueError(
            _("Peserta {person}: tanggal menduduki jabatan sesudah hari uji; perbaiki date_in_post.").format(
                person=participants["participant_id"].iloc[int(early[0])]
            )
        )
    standing = boxes.set_index("participant_id").reindex(participants["participant_id"])
    box = standing["box"].to_numpy(float, na_value=np.nan)
    moving = [b for b, words in policy.boxes.follow_up.items() if "rotasi" in words]
    frame = participants[["participant_id", "instansi", "unit", "jenjang", "jabatan"]].assign(
        years_in_post=years,
        box=pd.array(np.where(np.isnan(box), 0, box).astype(np.int64), dtype="Int64"),
        p_pool=standing["p_pool"].to_numpy(float),
        named=np.isin(box, moving),
    )
    frame.loc[np.isnan(box), "box"] = pd.NA
    listed = frame[years >= rules.rotation.years]
    return listed.sort_values(["years_in_post", "participant_id"], ascending=[False, True], ignore_index=True)


def tier_above(
    posterior: Posterior, people: pd.DataFrame, policy: Policy, rules: TalentRules, bank: BankLike, *, seed: int = 0
) -> pd.DataFrame:
    """Return JPM against the standard of the tier one above, on the scale of filling posts, with probabilities.

    Parameters
    ----------
    posterior : Posterior
    people : pandas.DataFrame
        participant_id, instansi, jenjang.
    policy, rules, bank
    seed : int

    Returns
    -------
    pandas.DataFrame
        participant_id, instansi, jenjang, tier, required, jpm, category, p_<category>, p_all; without those whose tier
        has none above it, or who lack a competency.
    """
    source = posterior.of(people["participant_id"].to_numpy(object))
    above = people["jenjang"].map(rules.tier_above.next)
    names = policy.competencies.competencies
    standards = {
        str(tier): Standard(
            np.full(len(names), policy.competencies.required(str(tier)), dtype=np.int64),
            np.flatnonzero((above == tier).to_numpy(bool)),
        )
        for tier in sorted(above.dropna().unique())
    }
    met = standards_met(source, bank, names, standards, rules.filling, capping=policy.jpm.capping, seed=seed)
    keys = [category.key for category in rules.filling.categories]
    parts = []
    for tier, standard in standards.items():
        reached = met[tier]
        known = reached.category >= 0
        rows = standard.rows[known]
        parts.append(
            people.iloc[rows][["participant_id", "instansi", "jenjang"]].assign(
                tier=tier,
                required=int(standard.required[0]),
                jpm=reached.jpm[known],
                category=[keys[c] for c in reached.category[known]],
                **{f"p_{key}": reached.p_category[known, c] for c, key in enumerate(keys)},
                p_all=reached.p_all[known],
            )
        )
    columns = ["participant_id", "instansi", "jenjang", "tier", "required", "jpm", "category"]
    empty = pd.DataFrame(columns=[*columns, *(f"p_{key}" for key in keys), "p_all"])
    return pd.concat(parts, ignore_index=True).sort_values("participant_id", ignore_index=True) if parts else empty
