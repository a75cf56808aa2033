"""Lists of people: the pool, and results that may not be valid. Lists, not verdicts: a person decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _, format_number, format_percent

if TYPE_CHECKING:
    from workbench.policy import Policy, TalentRules

__all__ = ["doubtful_results", "pool_list"]


def pool_list(
    boxes: pd.DataFrame, participants: pd.DataFrame, policy: Policy, rules: TalentRules, as_of: pd.Timestamp
) -> pd.DataFrame:
    """Return everybody whose stated box belongs to the pool, by tier: a box ranks people only within one tier.

    Parameters
    ----------
    boxes : pandas.DataFrame
        Rows of `standing.place`.
    participants : pandas.DataFrame
        participant_id, unit, jabatan.
    policy : Policy
    rules : TalentRules
    as_of : pandas.Timestamp
        Day of the test, from which the result is valid.

    Returns
    -------
    pandas.DataFrame
        participant_id, instansi, unit, jenjang, jabatan, box, p_pool, p_box, follow_up, valid_until; by tier in the
        order of the standard, then by box and its probability, falling.

    Raises
    ------
    ValueError
        When somebody with a box is not among the participants.
    """
    inside = boxes[(boxes["withheld_reason"] == "") & boxes["box"].isin(policy.boxes.pool)]
    people = participants.set_index("participant_id")
    unknown = ~inside["participant_id"].isin(people.index)
    if unknown.any():
        raise ValueError(
            _("Peserta {person} berkotak tetapi tidak ada pada tabel participants; jalankan ulang rangkaian.").format(
                person=inside.loc[unknown, "participant_id"].iloc[0]
            )
        )
    box = inside["box"].to_numpy(np.int64)
    stated = inside[[f"p_box_{b}" for b in range(1, 10)]].to_numpy(float)[np.arange(len(inside)), box - 1]
    order = {tier.key: place for place, tier in enumerate(policy.competencies.jenjang)}
    frame = pd.DataFrame(
        {
            "participant_id": inside["participant_id"],
            "instansi": inside["instansi"],
            "unit": inside["participant_id"].map(people["unit"]),
            "jenjang": inside["jenjang"],
            "jabatan": inside["participant_id"].map(people["jabatan"]),
            "box": box,
            "p_pool": inside["p_pool"],
            "p_box": stated,
            "follow_up": [policy.boxes.follow_up[b] for b in box],
            "valid_until": (as_of + pd.DateOffset(years=int(rules.validity.years))).date().isoformat(),
        }
    )
    ranked = frame.assign(place=frame["jenjang"].map(order)).sort_values(
        ["place", "box", "p_box"], ascending=[True, False, False], kind="stable"
    )
    return ranked.drop(columns="place").reset_index(drop=True)


def doubtful_results(
    times: pd.DataFrame | None, fit: pd.DataFrame | None, flags: pd.DataFrame | None, rules: TalentRules
) -> pd.DataFrame:
    """Return sittings that may not have been taken seriously, for a person to confirm as "hasil tidak sah".

    Nothing is changed by this list: whoever stands on it keeps score and box until somebody decides.

    Parameters
    ----------
    times : pandas.DataFrame or None
        participant_id, instrument, rapid_share.
    fit : pandas.DataFrame or None
        participant_id, instrument, person_fit: the second lowest standardised person fit among the scales.
    flags : pandas.DataFrame or None
        participant_id, instrument, flag, detail of other quality checks.
    rules : TalentRules

    Returns
    -------
    pandas.DataFrame
        participant_id, instrument, reason, rapid_share, person_fit, status (always "perlu dikonfirmasi"); the most
        rapid first.
    """
    limit = rules.invalid_result
    found: dict[tuple[str, str], list[str]] = {}
    rapid: dict[tuple[str, str], float] = {}
    misfit: dict[tuple[str, str], float] = {}
    for frame, column, values in ((times, "rapid_share", rapid), (fit, "person_fit", misfit)):
        if frame is not None:
            known = frame[frame[column].notna()]
            keys = zip(known["participant_id"], known["instrument"], strict=True)
            values.update(zip(keys, known[column].astype(float), strict=True))
    for key, share in rapid.items():
        if share >= limit.rapid_share:
            words = _("{share} butir dijawab kurang dari tiga detik").format(share=format_percent(share))
            found.setdefault(key, []).append(words)
    for key, value in misfit.items():
        if value <= limit.person_fit:
            words = _("jawaban tidak cocok dengan pola mana pun (kecocokan {value})").format(
                value=format_number(value, 1)
            )
            found.setdefault(key, []).append(words)
    if flags is not None:
        for row in flags.to_dict("records"):
            found.setdefault((row["participant_id"], row["instrument"]), []).append(str(row["flag"]))
    rows = [
        {
            "participant_id": key[0],
            "instrument": key[1],
            "reason": "; ".join(words),
            "rapid_share": rapid.get(key, np.nan),
            "person_fit": misfit.get(key, np.nan),
            "status": _("perlu dikonfirmasi"),
        }
        for key, words in found.items()
    ]
    columns = ["participant_id", "instrument", "reason", "rapid_share", "person_fit", "status"]
    frame = pd.DataFrame(rows, columns=columns).astype({"rapid_share": float, "person_fit": float})
    return frame.sort_values(
        ["rapid_share", "participant_id", "instrument"],
        ascending=[False, True, True],
        na_position="last",
        ignore_index=True,
    )
