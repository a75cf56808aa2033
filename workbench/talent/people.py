"""One row a participant: what the policy needs besides the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.policy import Policy

__all__ = ["SOURCES", "assemble"]

_COLUMNS = {
    "education": {"level": "education", "field_match": "field_match"},
    "training": {"certificates": "certificates"},
    "awards": {"level": "award"},
    "assignments": {"role": "assignment"},
    "discipline": {"record": "discipline"},
    "official_results": {"box": "official_box"},
}
# The tables that say what a policy needs to know about a person; protected groups are not among them.
SOURCES = ("participants", "positions", "performance", *_COLUMNS)
_PERFORMANCE = ("predicate", "hasil_kerja", "rating", "feedback_360")


def assemble(tables: Mapping[str, pd.DataFrame], policy: Policy) -> pd.DataFrame:
    """Put together what is on record about each participant.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        Validated tables by name; one that is absent leaves its columns empty ("belum ada data", never zero).
    policy : Policy

    Returns
    -------
    pandas.DataFrame
        participant_id, instansi, unit, jenjang, jabatan, years_in_tier, required_<scale> for every scale with a
        required level or standard, and the recorded components; performance is that of the latest year.
    """
    people = tables["participants"].sort_values("participant_id", ignore_index=True)
    keep = ["participant_id", "instansi", "unit", "klaster", "jenjang", "jabatan", "position", "years_in_tier"]
    result = people[[c for c in keep if c in people.columns]].copy()
    if "years_in_tier" not in result:
        result["years_in_tier"] = float("nan")
    performance = tables.get("performance")
    if performance is not None:
        latest = performance.sort_values("year").drop_duplicates("participant_id", keep="last")
        result = result.merge(
            latest[["participant_id", "year", *[c for c in _PERFORMANCE if c in latest]]],
            how="left",
            on="participant_id",
        )
    for name, columns in _COLUMNS.items():
        table = tables.get(name)
        if table is not None:
            part = table[["participant_id", *[c for c in columns if c in table]]].rename(columns=columns)
            result = result.merge(part, how="left", on="participant_id")
    for column in (*_PERFORMANCE, *(c for names in _COLUMNS.values() for c in names.values())):
        if column not in result:
            result[column] = None
    return pd.concat([result, _required(result, tables.get("positions"), policy)], axis=1)


def _required(people: pd.DataFrame, positions: pd.DataFrame | None, policy: Policy) -> pd.DataFrame:
    """Return required levels by scale: the tier's, or the position's own standard; for aspects their standard."""
    tier = {jenjang: policy.competencies.required(jenjang) for jenjang in people["jenjang"].unique()}
    own = (
        {}
        if positions is None or "position" not in people
        else {
            (p, c): int(level)
            for p, c, level in zip(
                positions["position"], positions["competency"], positions["required_level"], strict=True
            )
        }
    )
    columns: dict[str, list[int]] = {}
    for competency in policy.competencies.competencies:
        if own:
            columns[f"required_{competency}"] = [
                own.get((p, competency), tier[j]) for p, j in zip(people["position"], people["jenjang"], strict=True)
            ]
        else:
            columns[f"required_{competency}"] = [tier[j] for j in people["jenjang"]]
    for instrument in policy.instruments.values():
        for scale in instrument.scales:
            if scale.standard is not None:
                columns[f"required_{scale.key}"] = [scale.standard] * len(people)
    return pd.DataFrame(columns, index=people.index)
