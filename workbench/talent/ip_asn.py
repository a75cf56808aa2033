"""Indeks Profesionalitas ASN of people under a version of the rule; what is not on record is never counted as zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.policy import IpAsn
    from workbench.policy.ip_asn import IpPart

__all__ = ["compare_versions", "ip_asn"]

ON_THE_BOUND = 1e-9


def _points(part: IpPart, people: pd.DataFrame) -> NDArray[np.float64]:
    """Return the points of a part; NaN where nothing is on record, or what is does not tell.

    Raises
    ------
    ValueError
        When a recorded value has no points in the version, or is no number where one is asked for.
    """
    if part.recorded not in people.columns:
        return np.full(len(people), np.nan)
    values = people[part.recorded]
    present = values.notna().to_numpy(bool)
    if part.steps:
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(float, na_value=np.nan)
        points = np.full(len(people), np.nan)
        for low, value in reversed(part.steps):
            points[numbers >= low - ON_THE_BOUND] = value
        wrong = present & np.isnan(points)
    else:
        text = values.map(_text, na_action="ignore")
        points = pd.to_numeric(text.map(part.points)).to_numpy(float, na_value=np.nan)
        wrong = present & np.isnan(points) & ~text.isin(part.unknown).to_numpy(bool)
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            _("Peserta {person}, IP ASN, '{key}': isi '{value}' tidak dikenal versi ini; perbaiki catatannya.").format(
                person=people["participant_id"].iloc[at], key=part.key, value=values.iloc[at]
            )
        )
    return points


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, (bool, np.bool_)) else str(value)


def ip_asn(people: pd.DataFrame, version: IpAsn) -> pd.DataFrame:
    """Return the index of each person.

    Parameters
    ----------
    people : pandas.DataFrame
        participant_id, jenjang, and the records that the version names; a column that is absent is "belum ada data".
    version : IpAsn

    Returns
    -------
    pandas.DataFrame
        version, participant_id, one column a dimension (NaN where a part is not on record), ip_asn and category (empty
        where any dimension is), low and high: what the index can be when what is missing gets its least and its most
        points; missing: the parts without data, in words.

    Raises
    ------
    ValueError
        When a column is absent, a tier belongs to no group, or a recorded value is unknown.
    """
    absent = [c for c in ("participant_id", "jenjang") if c not in people.columns]
    if absent:
        raise ValueError(_("Data peserta tanpa kolom {column}; lengkapi tabel participants.").format(column=absent[0]))
    groups = people["jenjang"].map(lambda tier: version.group_of(str(tier))).to_numpy(object)
    if (groups == "").any():
        tier = people["jenjang"].to_numpy(object)[groups == ""][0]
        raise ValueError(
            _("Jenjang '{jenjang}' tidak masuk golongan mana pun pada {key}; lengkapi [groups].").format(
                jenjang=tier, key=version.key
            )
        )
    n = len(people)
    result: dict[str, object] = {"version": version.key, "participant_id": people["participant_id"].to_numpy(object)}
    low, high = np.zeros(n), np.zeros(n)
    missing = np.full(n, "", dtype=object)
    for dimension in version.dimensions:
        total = np.zeros(n)
        for part in dimension.parts:
            asked = np.isin(groups, part.groups) if part.groups else np.ones(n, dtype=bool)
            points = _points(part, people)
            silent = asked & np.isnan(points)
            least, most = _extremes(part)
            total += np.where(asked, points, 0.0)
            low += np.where(asked, np.where(silent, least, np.nan_to_num(points)), 0.0)
            high += np.where(asked, np.where(silent, most, np.nan_to_num(points)), 0.0)
            missing[silent] = [f"{words}; {part.title}" if words else part.title for words in missing[silent]]
        result[dimension.key] = total
    index = np.where(missing == "", low, np.nan)
    return pd.DataFrame(
        result
        | {
            "ip_asn": index,
            "category": pd.array(_categories(index, version), dtype="str"),
            "low": low,
            "high": high,
            "missing": pd.array(missing, dtype="str"),
        }
    )


def _extremes(part: IpPart) -> tuple[float, float]:
    values = [*part.points.values(), *(points for _low, points in part.steps)]
    return min(values), max(values)


def _categories(index: NDArray[np.float64], version: IpAsn) -> NDArray[np.object_]:
    result = np.full(index.shape, None, dtype=object)
    for category in reversed(version.categories.categories):
        result[index >= category.from_ - ON_THE_BOUND] = category.title
    return result


def compare_versions(people: pd.DataFrame, versions: Sequence[IpAsn]) -> pd.DataFrame:
    """Return every version on the same people, one below the other, as `ip_asn`.

    Raises
    ------
    ValueError
        When no version is given, or one is given twice.
    """
    keys = [version.key for version in versions]
    if not keys or len(set(keys)) != len(keys):
        raise ValueError(_("Sebut sedikitnya satu versi IP ASN, masing-masing satu kali."))
    return pd.concat([ip_asn(people, version) for version in versions], ignore_index=True)
