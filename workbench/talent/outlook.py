"""Development needs now, and which fields run out of candidates as people retire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _, format_number
from workbench.psychometrics.intervals import Z
from workbench.talent.standing import expected_people

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.policy import TalentRules

__all__ = ["Outlook", "development_needs", "field_outlook", "outlook_assumptions"]

LEVELS = 5


def development_needs(
    levels: pd.DataFrame, people: pd.DataFrame, competencies: Sequence[str], by: Sequence[str]
) -> pd.DataFrame:
    """Return how many people are below the required level of each competency.

    Parameters
    ----------
    levels : pandas.DataFrame
        Rows of `levels.place_levels`.
    people : pandas.DataFrame
        participant_id and the columns of `by`.
    competencies : sequence of str
    by : sequence of str
        Columns to group by beside the competency; empty for the whole round.

    Returns
    -------
    pandas.DataFrame
        competency, the columns of `by`, n, below (at the printed level), expected, low, high (from the level
        probabilities, 95 %), gap (mean required less printed level). Of whom level 1 is required cannot be below it and
        does not count.

    Raises
    ------
    ValueError
        When a column to group by is absent.
    """
    absent = [c for c in by if c not in people.columns]
    if absent:
        raise ValueError(_("Data peserta tanpa kolom {column}; lengkapi tabel participants.").format(column=absent[0]))
    rows = levels[levels["competency"].isin(list(competencies)) & levels["required"].notna()]
    required = rows["required"].to_numpy(float, na_value=np.nan)
    rows, required = rows[required > 1], required[required > 1]
    probability = rows[[f"p_level_{k}" for k in range(1, LEVELS + 1)]].to_numpy(float)
    under = np.arange(1, LEVELS + 1)[None, :] < required[:, None]
    p = (probability * under).sum(axis=1)
    printed = rows["level"].to_numpy(float)
    groups = people.set_index("participant_id")
    frame = pd.DataFrame(
        {
            "competency": rows["competency"].to_numpy(object),
            **{c: rows["participant_id"].map(groups[c]).to_numpy(object) for c in by},
            "below": printed < required,
            "p": p,
            "spread": p * (1 - p),
            "gap": required - printed,
        }
    )
    table = frame.groupby(["competency", *by], sort=False).agg(
        n=("below", "size"),
        below=("below", "sum"),
        expected=("p", "sum"),
        spread=("spread", "sum"),
        gap=("gap", "mean"),
    )
    half = Z * np.sqrt(table.pop("spread").to_numpy(float))
    table["low"] = np.maximum(table["expected"] - half, 0.0)
    table["high"] = np.minimum(table["expected"] + half, table["n"])
    names = ["competency", *by, "n", "below", "expected", "low", "high", "gap"]
    return table.reset_index()[names].sort_values("expected", ascending=False, kind="stable", ignore_index=True)


@dataclass(frozen=True)
class Outlook:
    """Posts and candidates of technical fields in the years to come.

    Attributes
    ----------
    years : pandas.DataFrame
        field, year (0 is now), posts, retired, candidates, candidates_low, candidates_high, balance.
    fields : pandas.DataFrame
        field, posts, retired (within the horizon), candidates (now), candidates_low, candidates_high, runs_out,
        runs_out_early, runs_out_late: the first year in which posts left by retirement outnumber the candidates still
        in service, at the expected number and at the ends of its interval; empty where that does not happen.
    without_date, without_field : int
        People whose retirement date, or whose field of study, is not on record.
    """

    years: pd.DataFrame
    fields: pd.DataFrame
    without_date: int
    without_field: int


def field_outlook(people: pd.DataFrame, posts: pd.DataFrame, rules: TalentRules, as_of: pd.Timestamp) -> Outlook:
    """Compare the posts that retirement leaves open with the candidates who are still in service.

    Parameters
    ----------
    people : pandas.DataFrame
        participant_id, jabatan, field, retirement_date, p_pool (probability of being in the pool; NaN counts as no
        candidate).
    posts : pandas.DataFrame
        jabatan, field (accepted fields, joined by ``|``). A post counts for the first of its fields, the technical one.
    rules : TalentRules
    as_of : pandas.Timestamp

    Returns
    -------
    Outlook

    Raises
    ------
    ValueError
        When a column is absent or a post is listed twice.
    """
    for name, frame, needed in (
        ("participants", people, ("participant_id", "jabatan", "field", "retirement_date", "p_pool")),
        ("posts", posts, ("jabatan", "field")),
    ):
        absent = [c for c in needed if c not in frame.columns]
        if absent:
            raise ValueError(_("Tabel {table} tanpa kolom {column}; lengkapi.").format(table=name, column=absent[0]))
    if posts["jabatan"].duplicated().any():
        raise ValueError(_("Ada jabatan yang tercantum dua kali; perbaiki tabel posts."))
    named = posts[posts["field"].notna()]
    accepted = {
        j: [f.strip() for f in str(fs).split("|")] for j, fs in zip(named["jabatan"], named["field"], strict=True)
    }
    held = people["jabatan"].map({j: fs[0] for j, fs in accepted.items()})
    dates = pd.to_datetime(people["retirement_date"])
    left = np.ceil((dates - as_of).dt.days.to_numpy(float) / 365.25)
    # Year 1 ends one year from now; whoever has no date on record is taken to stay, and is counted.
    leaves = np.where(np.isnan(left), np.inf, np.maximum(left, 0))
    p = np.nan_to_num(people["p_pool"].to_numpy(float))
    own = people["field"].to_numpy(object)
    years, fields = [], []
    for field in sorted(held.dropna().unique()):
        holders = (held == field).to_numpy(bool)
        if holders.sum() < rules.outlook.smallest_posts:
            continue
        alike = {f for fs in accepted.values() if fs[0] == field for f in fs}
        candidates = np.isin(own, list(alike)) & ~holders
        part = _years(field, leaves, holders, candidates, p, rules.outlook.years)
        years.append(part)
        fields.append(_summary(field, part))
    columns = ["field", "year", "posts", "retired", "candidates", "candidates_low", "candidates_high", "balance"]
    return Outlook(
        pd.concat(years, ignore_index=True) if years else pd.DataFrame(columns=columns),
        pd.DataFrame(fields, columns=["field", *_SUMMARY]),
        int(dates.isna().sum()),
        int(people["field"].isna().sum()),
    )


_SUMMARY = (
    *("posts", "retired", "candidates", "candidates_low", "candidates_high"),
    *("runs_out", "runs_out_early", "runs_out_late"),
)


def _years(
    field: str,
    leaves: NDArray[np.float64],
    holders: NDArray[np.bool_],
    candidates: NDArray[np.bool_],
    p: NDArray[np.float64],
    horizon: int,
) -> pd.DataFrame:
    rows = []
    for year in range(horizon + 1):
        retired = int((holders & (leaves <= year)).sum())
        expected, low, high = expected_people(p[candidates & (leaves > year)])
        rows.append(
            {
                "field": field,
                "year": year,
                "posts": int(holders.sum()),
                "retired": retired,
                "candidates": expected,
                "candidates_low": low,
                "candidates_high": high,
                "balance": expected - retired,
            }
        )
    return pd.DataFrame(rows)


def _summary(field: str, part: pd.DataFrame) -> dict[str, object]:
    def first(column: str) -> float:
        short = part[part["retired"] > part[column]]
        return float(short["year"].iloc[0]) if len(short) else np.nan

    now, end = part.iloc[0], part.iloc[-1]
    return {
        "field": field,
        "posts": int(now["posts"]),
        "retired": int(end["retired"]),
        **{name: float(now[name]) for name in ("candidates", "candidates_low", "candidates_high")},
        "runs_out": first("candidates"),
        "runs_out_early": first("candidates_low"),
        "runs_out_late": first("candidates_high"),
    }


def outlook_assumptions(outlook: Outlook, rules: TalentRules) -> list[str]:
    """Return in words what the outlook assumes and what it cannot know."""
    return [
        _(
            "Dihitung {years} tahun ke depan. Orang hanya keluar karena pensiun pada tanggal yang tercatat; tidak ada "
            "penerimaan baru, mutasi keluar, atau berhenti."
        ).format(years=rules.outlook.years),
        _(
            "Calon: bidang ilmunya diterima jabatan itu, tidak menduduki jabatan bidang itu, dan berada di kumpulan "
            "talenta; tiap orang dihitung sebesar peluangnya, dan dapat menjadi calon beberapa bidang. Rentang 95 % "
            "hanya memuat galat pengukuran."
        ),
        _("Satu jabatan yang ditinggalkan memerlukan satu calon yang masih bekerja. Jenjang tidak dibedakan."),
        _(
            "{dates} orang tanpa tanggal pensiun dianggap tetap bekerja; {fields} orang tanpa bidang ilmu bukan calon."
        ).format(dates=format_number(outlook.without_date), fields=format_number(outlook.without_field)),
    ]
