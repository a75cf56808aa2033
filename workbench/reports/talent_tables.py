"""Tables and the figure of the section on talent: from the frames of `analysis.talent` to what a page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.analysis.talent import ip_asn_summary
from workbench.i18n import _, format_number, format_percent, format_range
from workbench.policy import explain_talent_rules, load_competencies, load_ip_asn, scale_titles
from workbench.reports.canvas import BLUE, INK, ORANGE, Figure, axes, finish
from workbench.reports.tables import (
    Html,
    empty,
    html_table,
    person,
    probability,
    sentence_list,
    yes_no,
)
from workbench.talent.outlook import outlook_assumptions
from workbench.talent.standing import expected_people
from workbench.talent.vacancies import MET, NO_DATA, UNMET, candidates_of, posts_of

if TYPE_CHECKING:
    from workbench.analysis.talent import TalentLists

__all__ = [
    "above_table",
    "candidate_table",
    "doubtful_table",
    "ip_asn_table",
    "needs_table",
    "outlook_figure",
    "outlook_table",
    "pool_table",
    "post_table",
    "rotation_table",
    "rules_table",
    "summary",
]


def _tier(key: object) -> str:
    return load_competencies().title_of(str(key))


def _criterion(value: object) -> str:
    return {MET: _("ya"), UNMET: _("tidak"), NO_DATA: _("belum ada data")}[str(value)]


def summary(lists: TalentLists) -> Html:
    """Return in sentences what the lists rest on and what was left out."""
    first = _(
        "Daftar, bukan keputusan: {pool} orang di kumpulan talenta, {vacancies} lowongan, {rotation} orang menduduki "
        "jabatan "
        "yang sama {years} tahun atau lebih. Tahun dihitung sampai hari uji terakhir, {day}."
    ).format(
        pool=format_number(len(lists.pool)),
        vacancies=format_number(len(lists.vacancies)),
        rotation=format_number(len(lists.rotation)),
        years=format_number(lists.rules.rotation.years),
        day=lists.as_of.date().isoformat(),
    )
    return sentence_list([first, *lists.not_computed])


def pool_table(lists: TalentLists, limit: int = 12) -> Html:
    """Return the first people of the pool of each tier."""
    rows = lists.pool
    per_tier = rows.groupby("jenjang", sort=False).cumcount()
    first = rows[per_tier < max(2, limit // max(rows["jenjang"].nunique(), 1))] if len(rows) else rows
    actions = rows.drop_duplicates("box").sort_values("box", ascending=False)
    notes = [
        _("Kotak hanya mengurutkan orang di dalam satu jenjang. Daftar lengkap: tabel talent_pool, {n} orang.").format(
            n=format_number(len(rows))
        ),
        *(
            _("Tindak lanjut kotak {box}: {what}.").format(box=box, what=what)
            for box, what in zip(actions["box"], actions["follow_up"], strict=True)
        ),
        *([_("Hasil berlaku sampai {day}.").format(day=rows["valid_until"].iloc[0])] if len(rows) else []),
    ]
    return html_table(
        first,
        _("Kumpulan talenta menurut jenjang"),
        titles={
            "participant_id": _("Peserta"),
            "jenjang": _("Jenjang"),
            "jabatan": _("Jabatan"),
            "box": _("Kotak"),
            "p_box": _("Peluang kotak"),
            "p_pool": _("Peluang di kumpulan"),
        },
        formats={"participant_id": person, "jenjang": _tier, "p_pool": probability, "p_box": probability},
        note=" ".join(notes),
    )


_MATCH = (
    *("participant_id", "own", "box", "p_pool", "jpm", "p_standard", "p_all"),
    *("competency", "field", "education", "tenure"),
)


def _match_titles() -> dict[str, str]:
    return {
        "participant_id": _("Peserta"),
        "own": _("Instansi sendiri"),
        "box": _("Kotak"),
        "p_pool": _("Peluang di kumpulan"),
        "jpm": _("JPM terhadap jabatan"),
        "p_standard": _("Peluang memenuhi syarat"),
        "p_all": _("Peluang semua kompetensi"),
        "competency": _("Kompetensi"),
        "field": _("Bidang ilmu"),
        "education": _("Pendidikan"),
        "tenure": _("Lama pada jenjang"),
    }


def _match_table(rows: pd.DataFrame, caption: str, order: tuple[str, ...], limit: int, note: str = "") -> Html:
    titles = {"vacancy": _("Lowongan"), "jabatan": _("Jabatan"), **_match_titles()}
    return html_table(
        rows,
        caption,
        titles={name: titles[name] for name in order},
        formats={
            "participant_id": person,
            "own": yes_no,
            "p_pool": probability,
            "p_standard": probability,
            "p_all": probability,
            **dict.fromkeys(("competency", "field", "education", "tenure"), _criterion),
        },
        decimals={"jpm": 1},
        limit=limit,
        note=note,
    )


def candidate_table(lists: TalentLists, each: int = 2, limit: int = 16) -> Html:
    """Return the best people of each vacancy."""
    caption = _("Dari lowongan ke orang")
    if lists.matches.empty:
        return empty(caption)
    names = lists.vacancies.set_index("vacancy")["jabatan"]
    rows = candidates_of(lists.matches, each)
    rows = rows.assign(jabatan=rows["vacancy"].map(names))
    without = sorted(set(lists.vacancies["vacancy"]) - set(lists.matches["vacancy"]))
    note = _(
        "Calon: anggota kumpulan talenta pada jenjang lowongan atau satu di bawahnya. Peluang memenuhi syarat: JPM "
        "terhadap "
        "jabatan itu {low} atau lebih, dihitung bersama atas semua kompetensi dari satu posterior."
    ).format(low=format_number(lists.rules.filling.categories[0].from_))
    if without:
        note += " " + _("Tanpa calon: {codes}.").format(codes=", ".join(without))
    return _match_table(rows, caption, ("vacancy", "jabatan", *_MATCH), limit, note)


def post_table(lists: TalentLists, people: int = 4, each: int = 2) -> Html:
    """Return the best posts of the people who are surest in the pool."""
    caption = _("Dari orang ke lowongan")
    if lists.matches.empty:
        return empty(caption)
    best = lists.matches.sort_values(["unmet", "no_data", "p_pool"], ascending=[True, True, False], kind="stable")
    first = best["participant_id"].drop_duplicates().head(people)
    rows = posts_of(lists.matches[lists.matches["participant_id"].isin(first)], each)
    rows = rows.assign(jabatan=rows["vacancy"].map(lists.vacancies.set_index("vacancy")["jabatan"]))
    order = ("participant_id", "vacancy", "jabatan", *_MATCH[1:])
    note = _("Semua pasangan: tabel vacancy_matches.")
    return _match_table(rows, caption, order, people * each, note)


def above_table(lists: TalentLists) -> Html:
    """Return how many people stand where against the tier one above their own."""
    caption = _("Terhadap standar satu jenjang di atas")
    if lists.above.empty:
        return empty(caption)
    keys = {category.key: category.title for category in lists.rules.filling.categories}
    first = next(iter(keys))
    rows = []
    for (jenjang, tier), part in lists.above.groupby(["jenjang", "tier"], sort=False):
        expected, low, high = expected_people(part[f"p_{first}"].to_numpy(float))
        rows.append(
            {
                "jenjang": _tier(jenjang),
                "tier": _tier(tier),
                "n": len(part),
                **{key: int((part["category"] == key).sum()) for key in keys},
                "expected": expected,
                "between": format_range(low, high),
            }
        )
    titles = {"jenjang": _("Jenjang"), "tier": _("Jenjang di atas"), "n": _("Orang"), **keys}
    return html_table(
        pd.DataFrame(rows).sort_values("n", ascending=False),
        caption,
        titles={**titles, "expected": _("Harapan {title}").format(title=keys[first]), "between": _("95 %")},
        decimals=1,
        numbers=("between",),
        note=_("Kategori pengisian jabatan pada JPM tercetak; harapan dari peluang bersama atas semua kompetensi."),
    )


def rotation_table(lists: TalentLists, limit: int = 8) -> Html:
    """Return who has been in one post the longest."""
    return html_table(
        lists.rotation,
        _("Lama pada satu jabatan: bahan rotasi"),
        titles={
            "participant_id": _("Peserta"),
            "jenjang": _("Jenjang"),
            "jabatan": _("Jabatan"),
            "unit": _("Unit kerja"),
            "years_in_post": _("Tahun"),
            "box": _("Kotak"),
            "named": _("Tindak lanjut menyebut rotasi"),
        },
        formats={"participant_id": person, "jenjang": _tier, "named": yes_no},
        decimals=1,
        limit=limit,
    )


def ip_asn_table(lists: TalentLists) -> Html:
    """Return the categories of the professionalism index under every version, side by side."""
    caption = _("IP ASN menurut versi aturan, orang yang sama")
    if lists.ip_asn.empty:
        return empty(caption)
    table = ip_asn_summary(lists.ip_asn)
    versions = list(dict.fromkeys(table["version"]))
    wide = table.pivot(index="category", columns="version", values="n")
    wide = wide.loc[list(dict.fromkeys(table["category"]))].reset_index()
    category = lists.ip_asn.pivot(index="participant_id", columns="version", values="category")
    both = category.dropna()
    moved = int((both.nunique(axis=1) > 1).sum()) if len(both) else 0
    known = lists.ip_asn[lists.ip_asn["version"] == versions[0]]
    open_ones = known[known["ip_asn"].isna()]
    note = _(
        "{moved} dari {n} orang yang nilainya dinyatakan menurut semua versi masuk tingkat lain pada versi lain. Yang "
        "datanya belum lengkap tidak dihitung nol: nilai mereka disebut sebagai rentang, paling lebar {width} angka."
    ).format(
        moved=format_number(moved),
        n=format_number(len(both)),
        width=format_number(float((open_ones["high"] - open_ones["low"]).max()) if len(open_ones) else 0.0),
    )
    return html_table(
        wide,
        caption,
        titles={"category": _("Tingkat"), **{key: load_ip_asn(key).title for key in versions}},
        note=note,
    )


def needs_table(lists: TalentLists, limit: int = 12) -> Html:
    """Return the largest development needs by competency and tier."""
    rows = lists.needs["jenjang"]
    rows = rows[rows["n"] >= lists.rules.development.smallest_group]
    caption = _("Kebutuhan pengembangan menurut kompetensi dan jenjang")
    if rows.empty:
        return empty(
            caption,
            _("tidak ada kelompok sedikitnya {n} orang.").format(n=lists.rules.development.smallest_group),
        )
    names = scale_titles()
    shown = rows.assign(
        competency=[names.get(one, one) for one in rows["competency"]],
        jenjang=rows["jenjang"].map(_tier),
        share=[format_percent(e / n) for e, n in zip(rows["expected"], rows["n"], strict=True)],
        between=[format_range(a, b) for a, b in zip(rows["low"], rows["high"], strict=True)],
    )
    return html_table(
        shown,
        caption,
        titles={
            "competency": _("Kompetensi"),
            "jenjang": _("Jenjang"),
            "n": _("Orang"),
            "below": _("Di bawah standar, tercetak"),
            "expected": _("Harapan"),
            "between": _("95 %"),
            "share": _("Bagian"),
            "gap": _("Selisih level, rata-rata"),
        },
        decimals={"expected": 1},
        numbers=("between", "share"),
        limit=limit,
        note=_(
            "Kelompok di bawah {n} orang dan jenjang yang standarnya level 1 tidak ditampilkan. Menurut unit kerja: "
            "tabel "
            "development_needs."
        ).format(n=lists.rules.development.smallest_group),
    )


def outlook_figure(lists: TalentLists, most: int = 6) -> Figure | Html:
    """Draw candidates still in service and posts left by retirement, for the fields that run out first."""
    title = _("Bidang yang kehabisan calon")
    if lists.outlook is None or lists.outlook.fields.empty:
        return empty(title)
    fields = lists.outlook.fields.sort_values(["runs_out", "posts"], ascending=[True, False]).head(most)
    columns = 3
    rows = -(-len(fields) // columns)
    canvas, first = axes(6.6, 1.75 * rows + 0.6)
    first.remove()
    panels = canvas.subplots(rows, columns, squeeze=False, sharex=True)
    for place, panel in enumerate(panels.ravel()):
        if place >= len(fields):
            panel.set_visible(False)
            continue
        _panel(panel, lists.outlook.years[lists.outlook.years["field"] == fields["field"].iloc[place]])
        if place == 0:
            panel.legend(frameon=False, fontsize=7, loc="upper left")
    canvas.supxlabel(_("Tahun dari hari uji"), fontsize=9)
    out = fields[fields["runs_out"].notna()]
    sentence = _(
        "Garis biru: calon yang masih bekerja, dengan rentang 95 %; garis jingga putus-putus: jabatan yang "
        "ditinggalkan "
        "pensiun. {n} dari {total} bidang kehabisan calon dalam {years} tahun; paling dahulu {first}."
    ).format(
        n=format_number(int(lists.outlook.fields["runs_out"].notna().sum())),
        total=format_number(len(lists.outlook.fields)),
        years=lists.rules.outlook.years,
        first=_("{field}, tahun ke-{year}").format(
            field=out["field"].iloc[0], year=format_number(float(out["runs_out"].iloc[0]))
        )
        if len(out)
        else _("tidak ada"),
    )
    chosen = lists.outlook.years[lists.outlook.years["field"].isin(fields["field"])]
    titles = {
        "field": _("Bidang"),
        "year": _("Tahun"),
        "retired": _("Jabatan ditinggalkan"),
        "candidates": _("Calon"),
        "candidates_low": _("Rendah"),
        "candidates_high": _("Tinggi"),
    }
    return finish(canvas, title, sentence, chosen[list(titles)], titles, decimals=1)


def _panel(panel: object, part: pd.DataFrame) -> None:
    from matplotlib.axes import Axes

    assert isinstance(panel, Axes)
    year = part["year"].to_numpy(float)
    panel.fill_between(year, part["candidates_low"], part["candidates_high"], color="#CFE3F1", lw=0)
    panel.plot(year, part["candidates"], color=BLUE, lw=1.8, label=_("calon"))
    panel.plot(year, part["retired"], color=ORANGE, lw=1.8, ls="--", label=_("ditinggalkan"))
    panel.set_title(str(part["field"].iloc[0]), fontsize=8.5, color=INK)
    panel.set_xlim(0, year.max())
    panel.set_ylim(0, float(np.max([part["candidates_high"].max(), part["retired"].max(), 1.0])) * 1.25)
    panel.spines[["top", "right"]].set_visible(False)
    panel.tick_params(labelsize=7.5)


def outlook_table(lists: TalentLists) -> Html:
    """Return when each field runs out of candidates, with what that assumes."""
    caption = _("Calon dan jabatan yang ditinggalkan menurut bidang")
    if lists.outlook is None or lists.outlook.fields.empty:
        return empty(caption)
    rows = lists.outlook.fields.sort_values(["runs_out", "posts"], ascending=[True, False])
    shown = rows.assign(
        between=[format_range(a, b) for a, b in zip(rows["candidates_low"], rows["candidates_high"], strict=True)],
        when=rows["runs_out"].map(_year),
        early=rows["runs_out_early"].map(_year),
        late=rows["runs_out_late"].map(_year),
    )
    return html_table(
        shown,
        caption,
        titles={
            "field": _("Bidang"),
            "posts": _("Jabatan"),
            "retired": _("Ditinggalkan"),
            "candidates": _("Calon kini"),
            "between": _("95 %"),
            "when": _("Habis pada tahun ke-"),
            "early": _("paling awal"),
            "late": _("paling akhir"),
        },
        decimals=1,
        numbers=("between", "when", "early", "late"),
        note=" ".join(outlook_assumptions(lists.outlook, lists.rules)),
    )


def _year(value: float) -> str:
    return format_number(float(value)) if pd.notna(value) else _("tidak dalam jangka ini")


def doubtful_table(lists: TalentLists, limit: int = 12) -> Html:
    """Return sittings that a person has to confirm as "hasil tidak sah"."""
    return html_table(
        lists.doubtful,
        _("Hasil yang mungkin tidak sah: perlu dikonfirmasi"),
        titles={
            "participant_id": _("Peserta"),
            "instrument": _("Instrumen"),
            "reason": _("Alasan"),
            "status": _("Status"),
        },
        formats={"participant_id": person},
        limit=limit,
        note=_(
            "Tes yang tidak dikerjakan sungguh-sungguh bukan level rendah. Nilai dan kotak tidak diubah oleh daftar "
            "ini; orang "
            "yang berwenang menetapkannya."
        ),
    )


def rules_table(lists: TalentLists) -> Html:
    """Return the numbers that the lists rest on, with source and mark."""
    return html_table(
        pd.DataFrame(explain_talent_rules(lists.rules), columns=["rule", "value", "source", "mark"]),
        _("Angka yang dipakai daftar talenta"),
        titles={"rule": _("Aturan"), "value": _("Nilai"), "source": _("Sumber"), "mark": _("Tanda")},
    )
