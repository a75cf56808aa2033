"""Lists about talent of one round: pool, vacancies, rotation, tier above, IP ASN, development, outlook, doubtful.

Lists, not verdicts: a person decides on every one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _, format_number
from workbench.policy import TalentRules, list_ip_asn, load_ip_asn, load_talent_rules
from workbench.psychometrics import fit
from workbench.talent import ip_asn, outlook, pool, rotation, vacancies

if TYPE_CHECKING:
    from workbench.analysis.boxes import TalentBoxes
    from workbench.analysis.opened_round import OpenedRound
    from workbench.workspace import Workspace

__all__ = ["TalentLists", "day_of_test", "ip_asn_summary", "talent_lists"]

FIT_LIMIT = 5_000  # people up to whom person fit is computed for everybody
DEVELOPMENT_COLUMNS = ("leadership_training", "functional_training", "technical_training", "seminar")


@dataclass(frozen=True)
class TalentLists:
    """Everything that the section on talent shows.

    Attributes
    ----------
    as_of : pandas.Timestamp
        Day from which years are counted.
    rules : TalentRules
    pool, vacancies, matches, rotation, above, ip_asn, doubtful : pandas.DataFrame
        As the functions of `workbench.talent` return them; vacancies with what their posts ask for.
    needs : dict of str to pandas.DataFrame
        Development needs: ``all``, ``jenjang``, ``unit``.
    outlook : outlook.Outlook or None
    not_computed : tuple of str
    """

    as_of: pd.Timestamp
    rules: TalentRules
    pool: pd.DataFrame
    vacancies: pd.DataFrame
    matches: pd.DataFrame
    rotation: pd.DataFrame
    above: pd.DataFrame
    ip_asn: pd.DataFrame
    needs: dict[str, pd.DataFrame]
    outlook: outlook.Outlook | None
    doubtful: pd.DataFrame
    not_computed: tuple[str, ...]

    @property
    def development(self) -> pd.DataFrame:
        """Every development need in one table: by is ``all``, ``jenjang`` or ``unit``."""
        parts = [table.assign(by=name) for name, table in self.needs.items()]
        columns = ["by", "instansi", "unit", "jenjang", "competency", "n", "below", "expected", "low", "high", "gap"]
        return pd.concat(parts, ignore_index=True).reindex(columns=columns)

    @property
    def outlook_years(self) -> pd.DataFrame:
        """Posts and candidates by field and year; empty where there is no outlook."""
        return pd.DataFrame(columns=["field", "year"]) if self.outlook is None else self.outlook.years


def day_of_test(workspace: Workspace) -> pd.Timestamp:
    """Return the last day of the test, or the end of the last year of performance: the clock does not enter a result.

    Raises
    ------
    ValueError
        When neither is on record.
    """
    if workspace.table_path("sittings").is_file():
        dates = workspace.read("sittings", ["date"])["date"].dropna()
        if len(dates):
            return pd.Timestamp(dates.max()).normalize()
    if workspace.table_path("performance").is_file():
        return pd.Timestamp(int(workspace.read("performance", ["year"])["year"].max()) + 1, 1, 1)
    raise ValueError(_("Hari uji tidak diketahui; lengkapi tabel sittings atau performance."))


def talent_lists(asked: OpenedRound) -> TalentLists:
    """Make every list of a round; what lacks its data is left out and named."""
    workspace, result = asked.workspace, asked.result
    left_out: list[str] = []
    rules, as_of = load_talent_rules(), day_of_test(workspace)
    participants = workspace.read("participants")
    people = _people(workspace, participants, result)
    seed = workspace.settings.seed
    open_posts, matches = _matched(workspace, result, people, rules, left_out)
    if "date_in_post" not in participants or participants["date_in_post"].isna().all():
        left_out.append(_("Daftar rotasi: tidak dihitung, date_in_post belum ada data."))
    names = result.policy.competencies.competencies
    needs = {
        name: outlook.development_needs(result.levels, participants, names, by)
        for name, by in (("all", ()), ("jenjang", ("jenjang",)), ("unit", ("instansi", "unit")))
    }
    return TalentLists(
        as_of=as_of,
        rules=rules,
        pool=pool.pool_list(result.boxes, participants, result.policy, rules, as_of),
        vacancies=open_posts,
        matches=matches,
        rotation=rotation.rotation_list(participants, result.boxes, result.policy, rules, as_of),
        above=rotation.tier_above(result.posterior, participants, result.policy, rules, result.bank, seed=seed),
        ip_asn=ip_asn.compare_versions(people, [load_ip_asn(key) for key in list_ip_asn()]),
        needs=needs,
        outlook=_outlook(workspace, people, rules, as_of, left_out),
        doubtful=_doubtful(asked, rules, left_out),
        not_computed=tuple(left_out),
    )


def _optional(workspace: Workspace, name: str) -> pd.DataFrame | None:
    return workspace.read(name) if workspace.table_path(name).is_file() else None


def _people(workspace: Workspace, participants: pd.DataFrame, result: TalentBoxes) -> pd.DataFrame:
    """Return one row a participant with everything that a list may ask for; empty where nothing is on record."""
    records = result.people.set_index("participant_id")
    education = _optional(workspace, "education")
    development = _optional(workspace, "competency_development")
    people = participants[["participant_id", "instansi", "unit", "jenjang", "jabatan"]].copy()
    ids = people["participant_id"]
    for column in ("education", "rating", "predicate", "discipline", "years_in_tier"):
        people[column] = ids.map(records[column])
    people["years_in_tier"] = people["years_in_tier"].astype(float)
    people["field"] = _of(education, "field", ids)
    people["retirement_date"] = participants.get("retirement_date", pd.NaT)
    people["p_pool"] = ids.map(result.boxes.set_index("participant_id")["p_pool"]).astype(float)
    for column in DEVELOPMENT_COLUMNS:
        people[column] = _of(development, column, ids)
    return people


def _of(table: pd.DataFrame | None, column: str, ids: pd.Series) -> pd.Series | None:
    """Return a column of a record by person; None where the table or the column is absent."""
    if table is None or column not in table:
        return None
    return ids.map(table.set_index("participant_id")[column].astype(object))


def _matched(
    workspace: Workspace, result: TalentBoxes, people: pd.DataFrame, rules: TalentRules, left_out: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    open_posts, posts = _optional(workspace, "vacancies"), _optional(workspace, "posts")
    if open_posts is None:
        left_out.append(_("Lowongan: tidak dicocokkan, tabel vacancies tidak ada."))
        return pd.DataFrame(columns=["vacancy"]), pd.DataFrame(columns=["vacancy", "participant_id"])
    asked = pd.DataFrame(columns=["jabatan", "field", "education_level", "years_in_tier"]) if posts is None else posts
    described = open_posts.merge(asked, how="left", on="jabatan")
    for column in ("position", "field", "education_level", "years_in_tier"):
        if column not in described:
            described[column] = None
    if posts is None:
        left_out.append(_("Syarat bidang, pendidikan, dan lama jabatan: belum ada data, tabel posts tidak ada."))
    matches = vacancies.match(
        described,
        people,
        result.boxes,
        result.posterior,
        result.policy,
        rules,
        result.bank,
        positions=_optional(workspace, "positions"),
        seed=workspace.settings.seed,
    )
    return described, matches


def _outlook(
    workspace: Workspace, people: pd.DataFrame, rules: TalentRules, as_of: pd.Timestamp, left_out: list[str]
) -> outlook.Outlook | None:
    posts = _optional(workspace, "posts")
    lacking = {
        "posts": posts is None,
        "retirement_date": bool(people["retirement_date"].isna().all()),
        "education.field": bool(people["field"].isna().all()),
    }
    absent = [name for name, is_absent in lacking.items() if is_absent]
    if posts is None or absent:
        left_out.append(
            _("Pandangan sepuluh tahun: tidak dihitung, {what} belum ada data.").format(what=", ".join(absent))
        )
        return None
    return outlook.field_outlook(people, posts, rules, as_of)


def _doubtful(asked: OpenedRound, rules: TalentRules, left_out: list[str]) -> pd.DataFrame:
    times = _optional(asked.workspace, "response_times")
    if times is not None and "rapid_share" not in times:
        times = None
    if times is None:
        left_out.append(_("Jawaban terlalu cepat: tidak diperiksa, waktu pengerjaan belum ada data."))
    return pool.doubtful_results(times, _person_fit(asked, times, rules, left_out), None, rules)


def _person_fit(
    asked: OpenedRound, times: pd.DataFrame | None, rules: TalentRules, left_out: list[str]
) -> pd.DataFrame | None:
    """Return the second lowest person fit among the scales of each sitting: one alone is low by chance too often.

    In a large round only of those who answered too fast.
    """
    only = None
    if not asked.workspace.has_answers:
        left_out.append(_("Kecocokan orang: tidak dapat dihitung, putaran ini tidak memuat jawaban butir."))
        return None
    if asked.result.posterior.participant_id.size > FIT_LIMIT:
        rapid = times[times["rapid_share"] >= rules.invalid_result.rapid_share] if times is not None else None
        only = set() if rapid is None else set(rapid["participant_id"])
        left_out.append(
            _("Kecocokan orang: dihitung hanya bagi {n} orang yang menjawab terlalu cepat.").format(
                n=format_number(len(only))
            )
        )
        if not only:
            return None
    parts = []
    for instrument in asked.workspace.read("instruments", ["instrument"])["instrument"]:
        if not asked.workspace.response_forms(instrument):
            continue
        responses = asked.responses(instrument)
        for scale in responses.scales:
            known = asked.result.bank.items(scale)
            known = known[known["item_id"].isin(responses.items_of(scale))]
            # Person fit is defined for items of two categories.
            if known.empty or (known["categories"] != 2).any():
                continue
            people, calibration, answers = asked.matrix(scale)
            mine = pd.Series(people).isin(only).to_numpy(bool) if only is not None else np.ones(people.size, dtype=bool)
            parts.append(
                pd.DataFrame(
                    {
                        "participant_id": people[mine],
                        "instrument": instrument,
                        "person_fit": fit.person_fit(calibration, answers[mine])["lz_star"].to_numpy(float),
                    }
                )
            )
    if not parts:
        return None
    known = pd.concat(parts).dropna().sort_values("person_fit", kind="stable")
    sittings = ["participant_id", "instrument"]
    second = known[known.groupby(sittings).cumcount() == 1]
    return second.sort_values(sittings, ignore_index=True)


def ip_asn_summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return how many people stand in each category under each version, and how many another version moves.

    Returns
    -------
    pandas.DataFrame
        version, category, n, share: people of whom the index is stated; the last row of a version counts those without.
    """
    rows = []
    for key in dict.fromkeys(table["version"]):
        version, mine = load_ip_asn(key), table[table["version"] == key]
        stated = mine["category"].value_counts()
        for category in version.categories.categories:
            n = int(stated.get(category.title, 0))
            rows.append({"version": key, "category": category.title, "n": n, "share": n / max(len(mine), 1)})
        n = int(mine["ip_asn"].isna().sum())
        rows.append({"version": key, "category": _("belum ada data"), "n": n, "share": n / max(len(mine), 1)})
    return pd.DataFrame(rows, columns=["version", "category", "n", "share"])
