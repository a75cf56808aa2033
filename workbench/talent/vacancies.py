"""Vacant posts and the people who fit them, both ways; every criterion is shown, none decides alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.talent.standards import Standard, standards_met

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.policy import Policy, TalentRules
    from workbench.talent.bank import BankLike
    from workbench.talent.posterior import Posterior

__all__ = ["EDUCATION_ORDER", "MET", "NO_DATA", "UNMET", "candidates_of", "match", "posts_of", "standard_of"]

MET, UNMET, NO_DATA = "terpenuhi", "tidak", "belum_ada_data"
CRITERIA = ("competency", "field", "education", "tenure")
# Levels of education from the lowest; D4 and S1 count as equal.
EDUCATION_ORDER = {
    name: place
    for place, names in enumerate(
        (("SD",), ("SMP",), ("SMA",), ("D1",), ("D2",), ("D3",), ("D4", "S1"), ("S2",), ("S3",))
    )
    for name in names
}


def standard_of(vacancy: Mapping[str, object], positions: pd.DataFrame | None, policy: Policy) -> NDArray[np.int64]:
    """Return the required level of each competency: the position's own standard, or that of the tier.

    Raises
    ------
    ValueError
        When the standard does not know the tier.
    """
    tier = policy.competencies.required(str(vacancy["jenjang"]))
    own: dict[str, int] = {}
    code = vacancy.get("position")
    if positions is not None and code is not None and not pd.isna(code):
        rows = positions[positions["position"] == code]
        own = dict(zip(rows["competency"], rows["required_level"].astype(int), strict=True))
    return np.array([own.get(c, tier) for c in policy.competencies.competencies], dtype=np.int64)


def match(
    vacancies: pd.DataFrame,
    people: pd.DataFrame,
    boxes: pd.DataFrame,
    posterior: Posterior,
    policy: Policy,
    rules: TalentRules,
    bank: BankLike,
    *,
    positions: pd.DataFrame | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Match vacant posts with people of the pool in the same tier or the one below.

    Parameters
    ----------
    vacancies : pandas.DataFrame
        vacancy, instansi, jabatan, jenjang, position, openings, and of the post: field (accepted fields, joined by
        ``|``), education_level (lowest), years_in_tier (least, of whoever comes from the tier below); any may be empty.
    people : pandas.DataFrame
        participant_id, jenjang, field, education, years_in_tier.
    boxes : pandas.DataFrame
        Rows of `standing.place`.
    posterior : Posterior
    policy, rules, bank
    positions : pandas.DataFrame, optional
        position, competency, required_level.
    seed : int

    Returns
    -------
    pandas.DataFrame
        A row a vacancy and person: vacancy, participant_id, jenjang, own (serves in the instansi of the vacancy), box,
        p_pool, jpm, p_standard (probability that the JPM against the post reaches the highest category, joint over
        competencies), p_all (that every competency reaches its level), competency, field, education, tenure (terpenuhi,
        tidak, belum_ada_data), met, unmet, no_data; best first within a vacancy.

    Raises
    ------
    ValueError
        When a vacancy is listed twice, its tier or level of education is unknown, or a column is absent.
    """
    _check(vacancies, policy)
    pool = boxes[(boxes["withheld_reason"] == "") & boxes["box"].isin(policy.boxes.pool)]
    known = people.set_index("participant_id").reindex(pool["participant_id"])
    source = posterior.of(pool["participant_id"].to_numpy(object))
    below: dict[str, list[str]] = {}
    for low, high in rules.tier_above.next.items():
        below.setdefault(high, []).append(low)
    tiers = pool["jenjang"].to_numpy(object)
    places = pool["instansi"].to_numpy(object)
    rows = {
        str(v["vacancy"]): np.flatnonzero(np.isin(tiers, [v["jenjang"], *below.get(str(v["jenjang"]), [])]))
        for v in vacancies.to_dict("records")
    }
    standards = {
        str(v["vacancy"]): Standard(standard_of(v, positions, policy), rows[str(v["vacancy"])])
        for v in vacancies.to_dict("records")
    }
    names = policy.competencies.competencies
    met = standards_met(source, bank, names, standards, rules.filling, capping=policy.jpm.capping, seed=seed)
    parts = []
    for v in vacancies.to_dict("records"):
        code = str(v["vacancy"])
        here, reached = rows[code], met[code]
        person = known.iloc[here]
        parts.append(
            pd.DataFrame(
                {
                    "vacancy": code,
                    "participant_id": pool["participant_id"].to_numpy(object)[here],
                    "jenjang": tiers[here],
                    "own": places[here] == v["instansi"],
                    "box": pool["box"].to_numpy(np.int64)[here],
                    "p_pool": pool["p_pool"].to_numpy(float)[here],
                    "jpm": reached.jpm,
                    "p_standard": reached.p_category[:, 0],
                    "p_all": reached.p_all,
                    "competency": _status(reached.category == 0, reached.category >= 0),
                    "field": _field(v, person),
                    "education": _education(v, person),
                    "tenure": _tenure(v, person, tiers[here]),
                }
            )
        )
    return _ranked(pd.concat(parts, ignore_index=True) if parts else _nothing())


def _nothing() -> pd.DataFrame:
    names = ("vacancy", "participant_id", "jenjang", "own", "box", "p_pool", "jpm", "p_standard", "p_all", *CRITERIA)
    return pd.DataFrame(columns=list(names))


def _check(vacancies: pd.DataFrame, policy: Policy) -> None:
    for column in ("vacancy", "instansi", "jenjang", "field", "education_level", "years_in_tier"):
        if column not in vacancies.columns:
            raise ValueError(_("Tabel vacancies tanpa kolom {column}; lengkapi.").format(column=column))
    if vacancies["vacancy"].duplicated().any() or vacancies["vacancy"].isna().any():
        raise ValueError(_("Kode lowongan kosong atau tercantum dua kali; perbaiki tabel vacancies."))
    for row in vacancies.to_dict("records"):
        policy.competencies.required(str(row["jenjang"]))
        level = row["education_level"]
        if not pd.isna(level) and level not in EDUCATION_ORDER:
            raise ValueError(
                _("Lowongan {vacancy}: jenjang pendidikan '{level}' tidak dikenal; perbaiki tabel posts.").format(
                    vacancy=row["vacancy"], level=level
                )
            )


def _status(met: NDArray[np.bool_], known: NDArray[np.bool_]) -> NDArray[np.object_]:
    return np.where(known, np.where(met, MET, UNMET), NO_DATA).astype(object)


def _field(vacancy: Mapping[str, object], person: pd.DataFrame) -> NDArray[np.object_]:
    asked = vacancy["field"]
    if pd.isna(asked):
        return np.full(len(person), NO_DATA, dtype=object)
    accepted = {one.strip() for one in str(asked).split("|")}
    return _status(person["field"].isin(accepted).to_numpy(bool), person["field"].notna().to_numpy(bool))


def _education(vacancy: Mapping[str, object], person: pd.DataFrame) -> NDArray[np.object_]:
    asked = vacancy["education_level"]
    if pd.isna(asked):
        return np.full(len(person), NO_DATA, dtype=object)
    place = person["education"].map(EDUCATION_ORDER).to_numpy(float)
    return _status(place >= EDUCATION_ORDER[str(asked)], ~np.isnan(place))


def _tenure(vacancy: Mapping[str, object], person: pd.DataFrame, tiers: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return whether years in the tier suffice; whoever holds the tier of the post already needs none."""
    asked = vacancy["years_in_tier"]
    if pd.isna(asked):
        return np.full(len(person), NO_DATA, dtype=object)
    years = person["years_in_tier"].to_numpy(float)
    same = tiers == vacancy["jenjang"]
    return _status(same | (years >= float(str(asked))), same | ~np.isnan(years))


def _ranked(frame: pd.DataFrame) -> pd.DataFrame:
    criteria = frame[list(CRITERIA)]
    counted = frame.assign(
        met=(criteria == MET).sum(axis=1),
        unmet=(criteria == UNMET).sum(axis=1),
        no_data=(criteria == NO_DATA).sum(axis=1),
    )
    return counted.sort_values(
        ["vacancy", "unmet", "no_data", "own", "p_standard", "participant_id"],
        ascending=[True, True, True, False, False, True],
        kind="stable",
        ignore_index=True,
    )


def candidates_of(matches: pd.DataFrame, limit: int = 10) -> pd.DataFrame:
    """Return the best people of each vacancy: post to persons, with their place."""
    place = matches.groupby("vacancy").cumcount() + 1
    return matches.assign(place=place)[place <= limit].reset_index(drop=True)


def posts_of(matches: pd.DataFrame, limit: int = 3) -> pd.DataFrame:
    """Return the best posts of each person: person to posts, with their place."""
    ordered = matches.sort_values(
        ["participant_id", "unmet", "no_data", "own", "p_standard", "vacancy"],
        ascending=[True, True, True, False, False, True],
        kind="stable",
    )
    place = ordered.groupby("participant_id").cumcount() + 1
    return ordered.assign(place=place)[place <= limit].reset_index(drop=True)
