"""Tables of the questions asked of a finished round: policies side by side, single items, cuts, retests, rule sets.

Each function turns a frame of `analysis` into a table for readers; the notebook and the command's page use the same.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from workbench.i18n import _, current_locale, format_number, format_range
from workbench.policy import load_competencies, scale_titles
from workbench.reports.lineage import begin
from workbench.reports.tables import Html, empty, html_table, notebook_style, probability, sentence_list

if TYPE_CHECKING:
    from workbench.analysis.policy_comparison import PolicyComparison

__all__ = [
    "advice_in_words",
    "advice_table",
    "answers_table",
    "axes_in_words",
    "changed_table",
    "cliffs_by_group",
    "comparison_page",
    "comparison_parts",
    "comparison_tables",
    "decisive_table",
    "rule_set_table",
]

PEOPLE = 15


def axes_in_words() -> dict[str, str]:
    """Return what policies can differ on, in the locale in force."""
    return {
        "kinerja": _("kinerja"),
        "potensial": _("potensial"),
        "kinerja+potensial": _("kinerja dan potensial"),
        "kisi": _("nomor kisi"),
        "ditahan": _("ditahan oleh satu kebijakan"),
    }


def advice_in_words() -> dict[str, str]:
    """Return the kinds of advice in the locale in force."""
    return {
        "cukup": _("cukup"),
        "tes ulang": _("tes ulang"),
        "telaah": _("telaah"),
        "kinerja menentukan": _("kinerja menentukan"),
    }


def comparison_parts(comparison: PolicyComparison) -> list[Html]:
    """Return the whole comparison of policies: sentences, counts, cross tables, reasons, and some of the people."""
    parts = [sentence_list(comparison.sentences() or [_("Tidak ada kebijakan lain untuk dibandingkan.")])]
    parts.append(_counts(comparison))
    for number, other in enumerate(comparison.rounds[1:], start=1):
        parts.append(_cross(comparison, number, other.policy.key))
    if len(comparison.rounds) > 1:
        parts += [_pools(comparison), _reasons(comparison), _people(comparison.differences)]
    return parts


def comparison_tables(comparison: PolicyComparison) -> Html:
    """Return the whole comparison of policies as one piece of HTML."""
    return Html("\n".join(part._repr_html_() for part in comparison_parts(comparison)))


def comparison_page(comparison: PolicyComparison, title: str) -> str:
    """Return the comparison as one page of HTML without script."""
    begin("", "policy_compare")
    heading = _("Orang yang sama menurut beberapa kebijakan: {title}").format(title=title)
    body = comparison_tables(comparison)._repr_html_()
    style = (
        "<style>body{font:16px/1.5 'Segoe UI','Noto Sans','DejaVu Sans',sans-serif;max-width:70rem;margin:2rem auto;"
        "padding:0 1rem;color:#1F2933}table{border-collapse:collapse;margin:1.2rem 0 .3rem}"
        "th,td{padding:.25rem .6rem;border-bottom:1px solid #D5DAE1}thead th{border-bottom:2px solid #5B6673}</style>"
    )
    return (
        f'<!doctype html>\n<html lang="{current_locale()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(heading)}</title>{style}{notebook_style()._repr_html_()}</head>"
        f"<body><main><h1>{escape(heading)}</h1>\n{body}\n</main></body></html>\n"
    )


def _counts(comparison: PolicyComparison) -> Html:
    rows = []
    for box, group in comparison.counts.groupby("box", sort=False):
        row: dict[str, object] = {"box": _("kumpulan talenta") if box == "pool" else str(box)}
        for one in group.to_dict("records"):
            row[f"{one['policy']}/stated"] = int(one["stated"])
            row[f"{one['policy']}/expected"] = format_range(float(one["low"]), float(one["high"]))
        rows.append(row)
    keys = [one.policy.key for one in comparison.rounds]
    titles = {"box": _("Kotak")}
    for key in keys:
        titles[f"{key}/stated"] = _("{policy}: dinyatakan").format(policy=key)
        titles[f"{key}/expected"] = _("harapan, rentang 95 %")
    withheld = comparison.counts.drop_duplicates("policy")
    note = "; ".join(
        _("{policy}: {placed} ditempatkan, {withheld} ditahan").format(
            policy=row["policy"], placed=format_number(row["placed"]), withheld=format_number(row["withheld"])
        )
        for row in withheld.to_dict("records")
    )
    ranges = [f"{key}/expected" for key in keys]
    caption = _("Isi kotak menurut tiap kebijakan")
    return html_table(pd.DataFrame(rows), caption, titles=titles, numbers=ranges, note=note)


def _cross(comparison: PolicyComparison, number: int, other: str) -> Html:
    table = comparison.boxes(number)
    words = _("ditahan")
    table["box"] = [words if box == 0 else str(box) for box in table["box"]]
    table = table[(table.drop(columns="box").sum(axis=1) > 0) | (table["box"] != words)]
    titles = {"box": _("Kotak menurut {policy}").format(policy=comparison.rounds[0].policy.key)}
    titles |= {str(b): str(b) for b in range(1, 10)} | {"withheld": words}
    caption = _("Orang per pasangan kotak; kolom: kotak menurut {policy}").format(policy=other)
    return html_table(table, caption, titles=titles)


def _pools(comparison: PolicyComparison) -> Html:
    titles = {
        "first_policy": _("Kebijakan pertama"),
        "second_policy": _("Kebijakan kedua"),
        "both": _("Di kumpulan menurut keduanya"),
        "only_first": _("Hanya yang pertama"),
        "only_second": _("Hanya yang kedua"),
        "neither": _("Tidak menurut keduanya"),
        "placed": _("Ditempatkan keduanya"),
    }
    return html_table(comparison.pools, _("Keanggotaan kumpulan talenta"), titles=titles)


def _reasons(comparison: PolicyComparison) -> Html:
    titles = {
        "second_policy": _("Kebijakan kedua"),
        "axes": _("Beda pada"),
        "people": _("Orang"),
        "crosses": _("Di sisi lain garis kumpulan"),
    }
    rows = comparison.reasons().replace({"axes": axes_in_words()})
    return html_table(rows, _("Sumbu yang membedakan"), titles=titles)


def _people(differences: pd.DataFrame) -> Html:
    # Those whose side of the line differs most surely come first.
    certain = (differences["first_p_pool"] - differences["second_p_pool"]).abs().fillna(-1.0)
    rows = differences.assign(certain=certain).sort_values(
        ["crosses", "certain"], ascending=False, kind="stable", ignore_index=True
    )
    titles = {
        "participant_id": _("Peserta"),
        "jenjang": _("Jenjang"),
        **({"second_policy": _("Kebijakan kedua")} if rows["second_policy"].nunique() > 1 else {}),
        "first_box": _("Kotak pertama"),
        "second_box": _("Kotak kedua"),
        "first_p_pool": _("Peluang di kumpulan, pertama"),
        "second_p_pool": _("kedua"),
        "reason": _("Sebab"),
    }
    formats = {
        "jenjang": load_competencies().title_of,
        "first_p_pool": probability,
        "second_p_pool": probability,
    }
    caption = _("Orang yang kotaknya berbeda, yang paling pasti berganti sisi dahulu")
    return html_table(rows, caption, titles=titles, formats=formats, limit=PEOPLE)  # type: ignore[arg-type]


def decisive_table(items: pd.DataFrame, sentence: str, without: str = "") -> Html:
    """Return the items on which most people hang; `without` says why this cannot be known, if so."""
    if without:
        return empty(_("Butir yang menentukan"), without)
    titles = {
        "item_id": _("Butir"),
        "scale": _("Skala"),
        "people": _("Orang yang berganti sisi tanpa butir itu"),
        "into": _("masuk"),
        "out": _("keluar"),
    }
    shown = items.assign(scale=items["scale"].map(scale_titles()).fillna(items["scale"]))
    return html_table(shown, _("Butir yang menentukan"), titles=titles, limit=12, note=sentence)


def changed_table(changed: pd.DataFrame, sentence: str) -> Html:
    """Return a list of people who get another box."""
    rows = changed.sort_values(["crosses", "participant_id"], ascending=[False, True], kind="stable")
    titles = {
        "participant_id": _("Peserta"),
        "instansi": _("Instansi"),
        "from_box": _("Kotak sekarang"),
        "to_box": _("menjadi"),
        "p_pool_before": _("Peluang di kumpulan sekarang"),
        "p_pool_after": _("menjadi"),
        "crosses": _("Berganti sisi garis kumpulan"),
    }
    formats = {"p_pool_before": probability, "p_pool_after": probability}
    return html_table(rows, sentence, titles=titles, formats=formats, limit=15)


def answers_table(summary: pd.DataFrame, without: str = "") -> Html:
    """Return what questions about items came to, a row a question; `without` says why none could be asked, if so."""
    if without:
        return empty(_("Butir yang diragukan atau menentukan"), without)
    words = {"drop": _("dihapus"), "key": _("kunci {option}"), "also": _("{option} juga benar")}
    rows = summary.assign(
        scale=summary["scale"].map(scale_titles()).fillna(summary["scale"]),
        question=[words[a].format(option=o) for a, o in zip(summary["action"], summary["option"], strict=True)],
    )
    titles = {
        "item_id": _("Butir"),
        "scale": _("Skala"),
        "question": _("Bagaimana jika"),
        "changed": _("Pindah kotak"),
        "into": _("Masuk kumpulan"),
        "out": _("Keluar"),
        "notes": _("Catatan"),
    }
    note = _("Butir lain: workbench what-if RUANG BUTIR --drop, --key OPSI, atau --also OPSI.")
    return html_table(rows, _("Butir yang diragukan atau menentukan"), titles=titles, note=note)


def cliffs_by_group(table: pd.DataFrame, kind: str, caption: str) -> Html:
    """Return for each group how many cross the line as each cut slides by one and by five points."""
    rows = table[(table["kind"] == kind) & table["shift"].isin((-5, -1, 1, 5))]
    if rows.empty:
        return html_table(rows, caption)
    words = [f"+{into}/\N{MINUS SIGN}{out}" for into, out in zip(rows["into"], rows["out"], strict=True)]
    shown = rows.assign(
        what=words,
        place=[f"{a} {c:g} {s:+d}" for a, c, s in zip(rows["axis"], rows["cut"], rows["shift"], strict=True)],
    )
    moves = shown.groupby("place")[["into", "out"]].sum().sum(axis=1)
    places = [place for place in dict.fromkeys(shown["place"]) if moves[place] > 0]
    wide = shown.pivot(index="group", columns="place", values="what").reset_index()
    base = rows[rows["shift"] == rows["shift"].iloc[0]].drop_duplicates("group").set_index("group")["n"]
    wide["n"] = wide["group"].map(base)
    if kind == "jenjang":
        wide["group"] = wide["group"].map(load_competencies().title_of)
    titles = {"group": _("Kelompok"), "n": _("Ditempatkan")} | {
        place: place.replace("-", "\N{MINUS SIGN}") for place in places
    }
    wide = wide.sort_values("n", ascending=False, ignore_index=True)
    note = _(
        "Tiap sel: orang yang masuk dan keluar kumpulan bila batas itu digeser sekian poin; kelompok di bawah 10 "
        "orang tidak dihitung."
    )
    return html_table(wide, caption, titles=titles, numbers=places, limit=15, note=note)


def advice_table(counts: pd.DataFrame, sentence: str, without: str = "") -> Html:
    """Return how many people each advice is given to, with the sentence that sums it up, or why there is none."""
    if without:
        return empty(_("Telaah, tes ulang, atau cukup"), without)
    titles = {
        "advice": _("Saran"),
        "meaning": _("Arti"),
        "people": _("Orang"),
        "now": _("Keputusan benar sekarang"),
        "after": _("setelah 60 butir lagi"),
    }
    caption = _("Telaah, tes ulang, atau cukup")
    formats = {"now": probability, "after": probability}
    rows = counts.replace({"advice": advice_in_words()})
    return html_table(rows, caption, titles=titles, formats=formats, note=sentence)


def rule_set_table(summary: pd.DataFrame, without: str = "") -> Html:
    """Return what each rule set for items would do to people, or why that cannot be known."""
    if without:
        return empty(_("Bila semua butir yang ditandai aturan itu dihapus"), without)
    titles = {
        "title": _("Aturan butir"),
        "items": _("Butir yang ditandai"),
        "placed": _("Orang yang dibandingkan"),
        "changed": _("Pindah kotak"),
        "into": _("Masuk kumpulan"),
        "out": _("Keluar"),
    }
    note = ""
    if summary["share_low"].notna().any():
        titles |= {"share_low": _("Bagian pindah, rendah"), "share_high": _("tinggi")}
        note = _("Orang yang dibandingkan adalah contoh; rentang 95 % menurut Wilson.")
    caption = _("Bila semua butir yang ditandai aturan itu dihapus")
    return html_table(summary, caption, titles=titles, decimals={"share_low": 4, "share_high": 4}, note=note)
