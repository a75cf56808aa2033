"""The page of one item as a fragment of HTML, the same in notebook 01, in JupyterLab and on the review page.

A fragment has no script, asks for nothing from outside and carries only short class names, so that hundreds of them
stay under the size of a page; `card_style` gives the few lines of style that all of them share.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.analysis.item_pages import CHECK_KEY, DROP, KEEP, REVISE, ItemPage
from workbench.i18n import _, current_locale, format_number, format_percent
from workbench.policy import scale_titles
from workbench.reports.item_drawings import (
    categories_drawing,
    curve_drawing,
    options_drawing,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["SIGNS", "anchor", "card", "card_style", "card_table", "raised", "recommendation_titles"]

SIGNS = {CHECK_KEY: "\N{WARNING SIGN}", DROP: "\N{MULTIPLICATION X}", REVISE: "\N{WHITE UP-POINTING TRIANGLE}"}
SIGNS[KEEP] = "\N{WHITE CIRCLE}"
_NONE = "\N{EN DASH}"
_NEGLIGIBLE = ("A", "AA")  # classes of DIF that need nobody's attention
_FEWEST_FOR_GROUPS = 100  # people: twenty in each fifth; shares of fewer have no use without their intervals
_FEWEST_COMPARISONS = 3  # shown of a page whose comparisons are all negligible
_STYLE = (
    "<style>.ip{color:#1f2933;background:#fff;max-width:62rem;line-height:1.4;font-size:.92rem;padding:.2rem 0}"
    ".ip h3{font-size:1.15rem;margin:.6rem 0 .2rem}.ip p,.ip ul{margin:.25rem 0;max-width:46rem}"
    ".ip ul{padding-left:1.2rem}.ip-v{border-left:4px solid #5b6673;background:#f3f6f9;padding:.3rem .7rem}"
    ".ip-check_key,.ip-drop{border-color:#9b1c1c}.ip-revise{border-color:#8a4b00}.ip-keep{border-color:#0b6b3a}"
    ".ip-f{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem}.ip figure{margin:.5rem 0;flex:0 1 324px;min-width:0}"
    ".ip svg{display:block;width:324px;max-width:100%;height:auto;font:11px sans-serif;fill:#1f2933}"
    ".ip figcaption{font-size:.86rem}"
    ".ip-t{overflow-x:auto}.ip table{border-collapse:collapse;margin:.4rem 0;font-size:.86rem;background:#fff}"
    ".ip caption{text-align:left;font-weight:600;padding:.2rem 0;color:#1f2933;caption-side:top}"
    ".ip th,.ip td{padding:.2rem .5rem;border-bottom:1px solid #d5dae1;text-align:left;vertical-align:top;"
    "white-space:normal;background:#fff;color:#1f2933}.ip thead th{border-bottom:2px solid #5b6673}"
    ".ip tbody th{font-weight:500}.ip-n td,.ip-n th+th{text-align:right!important;white-space:nowrap!important}"
    ".ip .lineage{font-size:.72rem;color:#55606d}</style>"
)


def recommendation_titles() -> dict[str, str]:
    """Return what is advised, most urgent first, in the locale in force."""
    return {
        CHECK_KEY: _("Periksa kunci"),
        DROP: _("Keluarkan"),
        REVISE: _("Perbaiki"),
        KEEP: _("Pertahankan"),
    }


def anchor(page: ItemPage) -> str:
    """Return the id of the page of an item inside a document: letters, digits, hyphens and underscores."""
    names = (page.instrument, page.item_id)
    parts = [re.sub(r"[^A-Za-z0-9]", lambda found: f"_{ord(found.group()):x}_", name) for name in names]
    return "-".join(["butir", *parts])


def card_style() -> str:
    """Return the style that all cards of a document share."""
    return _STYLE


def raised(page: ItemPage) -> str:
    """Return the strongest flag of an item: ``raised``, ``watch``, or empty."""
    found = set(page.flags["status"]) if len(page.flags) else set()
    return next((status for status in ("raised", "watch") if status in found), "")


def card_table(pages: Sequence[ItemPage], cards: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the cards as a table, for the review page.

    Parameters
    ----------
    pages : sequence of ItemPage
    cards : sequence of str, optional
        What `card` made of each page, where it was made already.

    Returns
    -------
    pandas.DataFrame
        instrument, item_id, scale, form (the forms, comma-joined), position (likewise), recommendation, reason, flag,
        html (the card with the style it needs).
    """
    if cards is None:
        cards = [card(page, scale_titles()) for page in pages]
    columns = ["instrument", "item_id", "scale", "form", "position", "recommendation", "reason", "flag", "html"]
    rows = [
        (
            page.instrument,
            page.item_id,
            page.scale,
            ",".join(page.statistics["form"].astype(str)),
            ",".join(_number(v, 0) for v in page.statistics["position"]),
            page.recommendation,
            " ".join(page.reasons),
            raised(page),
            card_style() + html,
        )
        for page, html in zip(pages, cards, strict=True)
    ]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns, object))


def card(page: ItemPage, titles: Mapping[str, str]) -> str:
    """Return the page of one item: the same for the same page, whichever run shows it.

    Parameters
    ----------
    page : ItemPage
    titles : mapping of str to str
        Title of each scale.

    Returns
    -------
    str
        An ``article`` with a heading of level 3; put `card_style` before the first of a document.
    """
    name = anchor(page)
    tables = [
        _statistics(page),
        _options(page),
        _flags(page),
        _parameters(page),
        _fit(page),
        _dif(page),
        _history(page),
    ]
    about = escape(_("Tabel butir {item}").format(item=page.item_id))
    parts = [
        _head(page, titles, name),
        _drawings(page),
        # One region that scrolls sideways on a narrow screen; without tabindex the keyboard could not reach it.
        f'<div class="ip-t" tabindex="0" role="group" aria-label="{about}">{"".join(tables)}</div>',
        _list(_("Tidak dihitung untuk butir ini"), [*page.not_computed, *_ungrouped(page)]),
    ]
    return (
        f'<article class="ip" id="{name}" lang="{current_locale()}" aria-labelledby="{name}-h">'
        f"{''.join(parts)}</article>"
    )


def _head(page: ItemPage, titles: Mapping[str, str], name: str) -> str:
    forms = ", ".join(
        _("{form} nomor {position}").format(form=form, position=_number(position, 0))
        for form, position in zip(page.statistics["form"], page.statistics["position"], strict=True)
    )
    kind = _("pilihan ganda") if page.kind == "mc" else _("berskor bertingkat")
    about = " · ".join(part for part in (titles.get(page.scale, page.scale), kind, page.instrument, forms) if part)
    proposed = (
        " " + _("Opsi yang tampak benar: {option}.").format(option=page.proposed_key) if page.proposed_key else ""
    )
    advice = recommendation_titles()[page.recommendation]
    return (
        f'<h3 id="{name}-h">{escape(page.item_id)}</h3><p>{escape(about)}</p>'
        f'<div class="ip-v ip-{page.recommendation}"><strong><span aria-hidden="true">{SIGNS[page.recommendation]}'
        f"</span> {escape(advice)}.</strong>{escape(proposed)}{_items(page.reasons)}</div>"
    )


def _statistics(page: ItemPage) -> str:
    table = page.statistics
    columns = {
        _("Paket"): _texts(table, "form"),
        _("Nomor"): _numbers(table, "position", 0),
        _("Orang"): _numbers(table, "n", 0),
        _("Kemudahan [95 %]"): _intervals(table, "difficulty"),
        _("Butir-sisa [95 %]"): _intervals(table, "item_rest"),
        _("Biserial"): _numbers(table, "biserial"),
        "D27": _numbers(table, "d27"),
        _("Alfa tanpa butir"): _numbers(table, "alpha_if_deleted"),
        _("Dilewati"): _percents(table, "omitted"),
        _("Tidak dicapai"): _percents(table, "not_reached"),
    }
    return _table(_("Statistik menurut paket"), columns, numeric=True)


def _drawings(page: ItemPage) -> str:
    drawn = []
    rows = _drawn_form(page)
    if len(rows):
        draw = options_drawing if page.kind == "mc" else categories_drawing
        several = page.options["form"].nunique() > 1
        where = _(", paket {form}").format(form=rows["form"].iloc[0]) if several else ""
        name = _("Opsi") if page.kind == "mc" else _("Kategori")
        drawn.append(_figure(name + where, draw(rows)))
    if page.theta.size and page.fitted.size:
        drawn.append(_figure(_("Kurva"), curve_drawing(page.theta, page.fitted, page.observed, page.information)))
    return f'<div class="ip-f">{"".join(drawn)}</div>' if drawn else ""


def _figure(name: str, drawn: tuple[str, str]) -> str:
    svg, sentence = drawn
    return f"<figure>{svg}<figcaption><b>{escape(name)}.</b> {escape(sentence)}</figcaption></figure>"


def _drawn_form(page: ItemPage) -> pd.DataFrame:
    """Return the options on the form that most people took: one drawing says what five would."""
    if not _grouped(page):
        return page.options.head(0)
    people = page.options.groupby("form", sort=False)["n"].max()
    return page.options[page.options["form"] == people.idxmax()]


def _grouped(page: ItemPage) -> bool:
    """Return whether there are people enough to say who chose what by score group."""
    known = len(page.options) and any(str(c).startswith("share_") for c in page.options.columns)
    return bool(known) and float(page.options["n"].max()) >= _FEWEST_FOR_GROUPS


def _ungrouped(page: ItemPage) -> list[str]:
    if page.options.empty or _grouped(page):
        return []
    sentence = _("Pilihan menurut kelompok skor: tidak ditampilkan, {n} orang < {minimum}.")
    return [sentence.format(n=_number(page.options["n"].max(), 0), minimum=_FEWEST_FOR_GROUPS)]


def _options(page: ItemPage) -> str:
    if page.options.empty:
        return ""
    here = _drawn_form(page)
    here = here if len(here) else page.options[page.options["form"] == page.options["form"].iloc[0]]
    form = here["form"].iloc[0]
    several = page.options["form"].nunique() > 1
    title = _("Opsi") if page.kind == "mc" else _("Kategori")
    groups = [c for c in here.columns if str(c).startswith("share_")] if _grouped(page) else []
    columns = {
        title: _option_names(here),
        _("Memilih"): _percents(here, "share"),
        _("Korelasi [95 %]"): _intervals(here, "option_rest"),
        **{str(c).removeprefix("share_"): _percents(here, c) for c in groups},
    }
    caption = _("{title} pada paket {form}").format(title=title, form=form) if several else title
    if groups:
        caption = _("{title}: seluruhnya, dan di kelompok skor 1 (rendah) sampai 5").format(title=caption)
    shown = _table(caption, columns, numeric=True)
    return shown + (_other_forms(page, str(form), title) if several else "")


def _other_forms(page: ItemPage, form: str, title: str) -> str:
    others = page.options[page.options["form"] != form]
    names, forms = _option_names(others), _texts(others, "form")
    pairs = zip(_percents(others, "share"), _numbers(others, "option_rest"), strict=True)
    cells = dict(zip(zip(names, forms, strict=True), (f"{share} · {r}" for share, r in pairs), strict=True))
    rows = list(dict.fromkeys(names))
    columns = {
        title: rows,
        **{there: [cells.get((name, there), _NONE) for name in rows] for there in dict.fromkeys(forms)},
    }
    return _table(_("Paket lain: memilih · korelasi"), columns, numeric=True)


def _option_names(rows: pd.DataFrame) -> list[str]:
    return [
        _("{option} kunci").format(option=option) if is_key else str(option)
        for option, is_key in zip(rows["option"], rows["is_key"], strict=True)
    ]


def _parameters(page: ItemPage) -> str:
    if page.parameters.empty:
        return ""
    row = page.parameters.iloc[0]
    names = [
        c for c in page.parameters.columns if re.fullmatch(r"a\d*|b\d*|c", str(c)) and pd.notna(row[c])
    ]  # thresholds b say the same as intercepts d
    shown = []
    for name in names:
        error = row.get(f"{name}_se", np.nan)
        known = _("(SE {error})").format(error=_number(error)) if pd.notna(error) else _("(ditetapkan)")
        shown.append(f"{name} = {_number(row[name])} {known}")
    words = _("Parameter {model}: {values}.").format(model=row["model"], values="; ".join(shown))
    return f"<p>{escape(words)}</p>"


def _fit(page: ItemPage) -> str:
    table = page.fit
    if table.empty:
        return ""
    columns = {
        "S-X2": _numbers(table, "sx2", 1),
        "df": _numbers(table, "df", 0),
        "p": _p_values(table),
        "RMSEA [90 %]": _intervals(table, "rmsea", 3),
        "Infit": _numbers(table, "infit"),
        "Outfit": _numbers(table, "outfit"),
        "RMSD": _numbers(table, "rmsd", 3),
    }
    return _table(_("Kecocokan dengan model"), columns, numeric=True)


def _dif(page: ItemPage) -> str:
    """Return the comparisons that stand out, or else the largest, and in one sentence what the others come to."""
    table = page.dif[page.dif["effect"].notna()] if len(page.dif) else page.dif
    if table.empty:
        return ""
    harmless = table["ets"].isin(_NEGLIGIBLE)
    size = table["difference"].abs().fillna(0.0)
    table = table.loc[pd.DataFrame({"harmless": harmless, "size": -size}).sort_values(["harmless", "size"]).index]
    number = max(int((~harmless).sum()), _FEWEST_COMPARISONS)
    shown, others = table.head(number), table.iloc[number:]
    columns = {
        _("Perbandingan"): _texts(shown, "comparison"),
        _("n acuan"): _numbers(shown, "n_reference", 0),
        _("n fokal"): _numbers(shown, "n_focal", 0),
        _("Besar DIF [95 %]"): _intervals(shown, "effect"),
        _("Kelas"): _texts(shown, "ets"),
        _("p (disesuaikan)"): _p_values(shown),
        _("Selisih skor harapan [95 %]"): _intervals(shown, "difference"),
    }
    words = _table(_("DIF: kelompok fokal dibanding acuan pada kemampuan setara"), columns, numeric=True)
    if len(others):
        first = others.iloc[[0]]
        rest = _("{n} perbandingan lain berkelas A; selisih terbesar {difference} ({comparison}).").format(
            n=len(others), difference=_intervals(first, "difference")[0], comparison=first["comparison"].iloc[0]
        )
        words += f"<p>{escape(rest)}</p>"
    return words


def _flags(page: ItemPage) -> str:
    if page.flags.empty:
        if page.statistics.empty:
            return ""
        return f"<p>{escape(_('Tidak ada kumpulan aturan yang menandai butir ini.'))}</p>"
    names = {"raised": _("ditandai"), "watch": _("diamati")}
    several = len(page.statistics) > 1 and "form" in page.flags.columns
    spoken = page.flags.groupby(["rule_set", "status"], sort=False)
    said = pd.DataFrame(
        [(str(rules), str(status), _reasons(part, several=several)) for (rules, status), part in spoken],
        columns=["rules", "status", "reason"],
    )
    rows = [
        (", ".join(part["rules"]), names.get(status, status), reason)
        for (status, reason), part in said.groupby(["status", "reason"], sort=False)
    ]
    sets, statuses, reasons = zip(*rows, strict=True)
    columns = {_("Aturan"): sets, _("Status"): statuses, _("Alasan"): reasons}
    return _table(_("Tanda menurut kumpulan aturan"), columns)


def _reasons(flags: pd.DataFrame, *, several: bool) -> str:
    """Return the reasons of one rule set, with the forms that each holds for where there are several."""
    if not several:
        return "; ".join(dict.fromkeys(map(_said, flags["reason"])))
    return "; ".join(
        f"{', '.join(part['form'].astype(str))}: {reason}" for reason, part in flags.groupby("reason", sort=False)
    )


def _history(page: ItemPage) -> str:
    table = page.history
    if table.empty:
        return ""
    drifted = [_NONE if pd.isna(v) else _("ya") if v else _("tidak") for v in _column(table, "drifted")]
    columns = {
        _("Sumber"): _texts(table, "source"),
        _("Orang"): _numbers(table, "n", 0),
        "a (SE)": _with_error(table, "a"),
        "b (SE)": _with_error(table, "b"),
        _("Bergeser"): drifted,
    }
    return _table(_("Riwayat"), columns, numeric=True)


def _table(caption: str, columns: Mapping[str, Sequence[str]], *, numeric: bool = False) -> str:
    """Return a table of text; the first column is the heading of each row, a column that is empty throughout goes."""
    if not next(iter(columns.values())):
        return ""
    kept = {
        name: list(values)
        for place, (name, values) in enumerate(columns.items())
        if place == 0 or any(v != _NONE for v in values)
    }
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in kept)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(v)}</td>" for v in rest)}</tr>'
        for first, *rest in zip(*kept.values(), strict=True)
    )
    kind = ' class="ip-n"' if numeric else ""
    return (
        f"<table{kind}><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _list(heading: str, sentences: Sequence[str]) -> str:
    return f"<p><strong>{escape(heading)}:</strong></p>{_items(sentences)}" if sentences else ""


def _items(sentences: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in sentences)}</ul>"


def _said(value: Any) -> str:
    return str(value) if pd.notna(value) and str(value) else _NONE


def _number(value: Any, decimals: int = 2) -> str:
    return format_number(float(value), decimals) if pd.notna(value) else _NONE


# Lists, not Series: a page has a dozen small tables, and a notebook hundreds of pages.
def _column(table: pd.DataFrame, name: str) -> list[Any]:
    return table[name].tolist() if name in table.columns else [None] * len(table)


def _texts(table: pd.DataFrame, name: str) -> list[str]:
    return [_said(value) for value in _column(table, name)]


def _numbers(table: pd.DataFrame, name: str, decimals: int = 2) -> list[str]:
    return [_number(value, decimals) for value in _column(table, name)]


def _percents(table: pd.DataFrame, name: str) -> list[str]:
    return [_NONE if pd.isna(value) else format_percent(float(value)) for value in _column(table, name)]


def _intervals(table: pd.DataFrame, name: str, decimals: int = 2) -> list[str]:
    """Return value and interval in one cell."""
    ends = (_numbers(table, f"{name}{end}", decimals) for end in ("", "_low", "_high"))
    return [
        value if _NONE in {low, high} else f"{value} [{low}; {high}]" for value, low, high in zip(*ends, strict=True)
    ]


def _with_error(table: pd.DataFrame, name: str) -> list[str]:
    both = zip(_numbers(table, name), _numbers(table, f"{name}_se"), strict=True)
    return [value if error == _NONE else f"{value} ({error})" for value, error in both]


def _p_values(table: pd.DataFrame) -> list[str]:
    values = _column(table, "p_bh" if "p_bh" in table.columns else "p")
    small = "< " + format_number(0.001, 3)
    return [_NONE if pd.isna(v) else small if v < 0.001 else format_number(float(v), 3) for v in values]
