"""What a reviewer reads about the items of an instrument in two minutes: findings, worklist, rule sets side by side."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.analysis.gates import HOLD, gate_titles
from workbench.analysis.item_pages import KEEP, ItemPage
from workbench.i18n import _, format_number, format_range
from workbench.reports.item_cards import SIGNS, anchor, card_style, recommendation_titles
from workbench.reports.lineage import stamp
from workbench.reports.tables import Html, empty, html_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["by_urgency", "findings", "item_pages", "rule_set_tables", "summary", "worklist"]

OPEN_AT_FIRST = 8  # pages of items that stand open; a reviewer opens the next from the worklist
LONGEST_LIST = 60  # rows of a list that somebody works through
_LARGE_DIF = ("C", "CC")


def by_urgency(pages: Sequence[ItemPage]) -> list[ItemPage]:
    """Return the pages with what needs a person first: by recommendation, then the weakest discrimination."""
    order = list(recommendation_titles())
    return sorted(pages, key=lambda page: (order.index(page.recommendation), _weakest(page)))


def _weakest(page: ItemPage) -> float:
    values = page.statistics["item_rest"].to_numpy(float)
    return float(np.nanmin(values)) if np.isfinite(values).any() else float("inf")


def summary(pages: Sequence[ItemPage], gates: pd.DataFrame, not_computed: Sequence[str], mark: str = "") -> Html:
    """Return the findings as a list: a sentence each, with its figures.

    Parameters
    ----------
    pages : sequence of ItemPage
    gates : pandas.DataFrame
        gate, scope, status, sentence.
    not_computed : sequence of str
        What was left out for the instrument as a whole.
    mark : str
        What every page of this round must say of itself, or empty.
    """
    said = [*([mark] if mark else []), *findings(pages, gates, not_computed)]
    lines = "".join(f"<li>{escape(line)}</li>" for line in said)
    return Html(f'<ol class="ip-s">{lines}</ol>')


def findings(pages: Sequence[ItemPage], gates: pd.DataFrame, not_computed: Sequence[str]) -> list[str]:
    """Return what was found, a sentence each: how many items, what is advised, what first, gates, what is missing."""
    if not pages:
        return [_("Tidak ada butir yang dapat diperiksa.")]
    ordered = by_urgency(pages)
    return [
        _size(pages),
        _advised(pages),
        *_first(ordered),
        _discrimination(pages),
        *_unequal(pages),
        *_gates(gates),
        _left_out(pages, not_computed),
    ]


def _size(pages: Sequence[ItemPage]) -> str:
    statistics = pd.concat([page.statistics for page in pages], ignore_index=True)
    if statistics.empty:
        return _("{items} butir; statistiknya tidak dapat dihitung.").format(items=format_number(len(pages)))
    return _("{items} butir diperiksa pada {forms} paket, tiap butir dijawab {people} orang per paket.").format(
        items=format_number(len(pages)),
        forms=statistics["form"].nunique(),
        people=format_range(float(statistics["n"].min()), float(statistics["n"].max())),
    )


def _advised(pages: Sequence[ItemPage]) -> str:
    number = Counter(page.recommendation for page in pages)
    counts = "; ".join(
        _("{advice} {n}").format(advice=title.lower(), n=format_number(number[code]))
        for code, title in recommendation_titles().items()
    )
    return _("Saran: {counts}. Yang memutuskan tetap penelaah.").format(counts=counts)


def _first(ordered: Sequence[ItemPage]) -> list[str]:
    first = ordered[0]
    if first.recommendation == KEEP:
        return [_("Tidak ada butir yang perlu ditindaklanjuti.")]
    return [
        _("Mulai dari {item} ({advice}): {reason}").format(
            item=first.item_id, advice=recommendation_titles()[first.recommendation].lower(), reason=first.reasons[0]
        )
    ]


def _discrimination(pages: Sequence[ItemPage]) -> str:
    statistics = pd.concat([page.statistics for page in pages], ignore_index=True)
    values = statistics["item_rest"].dropna()
    if values.empty:
        return _("Daya beda tidak dapat dihitung.")
    against = int(statistics.loc[statistics["item_rest_high"] < 0, "item_id"].nunique())
    return _(
        "Korelasi butir-sisa: separuhnya di atas {median}, terendah {low}; {against} butir pasti bekerja terbalik."
    ).format(
        median=format_number(float(values.median()), 2),
        low=format_number(float(values.min()), 2),
        against=format_number(against),
    )


def _unequal(pages: Sequence[ItemPage]) -> list[str]:
    tested = [page for page in pages if len(page.dif) and page.dif["effect"].notna().any()]
    if not tested:
        return []
    large = [page.item_id for page in tested if page.dif["ets"].isin(_LARGE_DIF).any()]
    said = _("DIF diperiksa pada {tested} butir; {n} berkelas C").format(
        tested=format_number(len(tested)), n=format_number(len(large))
    )
    return [f"{said}{': ' + _some(large) if large else ''}."]


def _gates(gates: pd.DataFrame) -> list[str]:
    if gates.empty:
        return []
    held = gates[gates["status"] == HOLD]
    passed = _("Gerbang rilis: {n} PASS, {held} HOLD").format(n=len(gates) - len(held), held=len(held))
    names = held["gate"].replace(gate_titles()) + " " + held["scope"].astype(str)
    return [f"{passed}{' (' + _some(names.tolist()) + ')' if len(held) else ''}."]


def _left_out(pages: Sequence[ItemPage], not_computed: Sequence[str]) -> str:
    whole = format_number(len(not_computed))
    partly = format_number(sum(bool(page.not_computed) for page in pages))
    return _(
        "Tidak dihitung: {whole} hal untuk instrumen, dan sebagian untuk {items} butir; alasannya tertulis."
    ).format(whole=whole, items=partly)


def _some(names: Sequence[str], most: int = 6) -> str:
    """Return the first names, and how many more there are."""
    shown = ", ".join(names[:most])
    rest = len(names) - most
    return shown if rest <= 0 else _("{shown}, dan {n} lagi").format(shown=shown, n=rest)


def worklist(pages: Sequence[ItemPage], titles: Mapping[str, str]) -> Html:
    """Return the items that somebody has to look at, most urgent first, each with a link to its page."""
    names = recommendation_titles()
    rows = [
        {
            "item": f'<a href="#{anchor(page)}">{escape(page.item_id)}</a>',
            "scale": titles.get(page.scale, page.scale),
            "advice": f"{SIGNS[page.recommendation]} {names[page.recommendation]}",
            "key": page.proposed_key or "\N{EN DASH}",
            "why": " ".join(page.reasons),
        }
        for page in by_urgency(pages)
        if page.recommendation != KEEP
    ]
    caption = _("Daftar kerja, paling mendesak di atas")
    if not rows:
        return empty(caption)
    return html_table(
        pd.DataFrame(rows),
        caption,
        titles={
            "item": _("Butir"),
            "scale": _("Skala"),
            "advice": _("Saran"),
            "key": _("Usulan kunci"),
            "why": _("Alasan"),
        },
        formats={"item": str},
        limit=LONGEST_LIST,
        more=_("Ditampilkan {shown} dari {total} butir; semuanya ada di results/items/item_cards.parquet."),
    )


def rule_set_tables(counts: pd.DataFrame, differing: pd.DataFrame) -> Html:
    """Return the rule sets side by side, and the items of which they do not say the same.

    Parameters
    ----------
    counts : pandas.DataFrame
        rule_set, title, raised, watch, none, as `rule_sets.counts` gives it.
    differing : pandas.DataFrame
        item_id, scale and a column a rule set, as `rule_sets.compare` gives it.
    """
    names = {"raised": _("ditandai"), "watch": _("diamati"), "": "\N{EN DASH}"}
    sets = {str(row["rule_set"]): str(row["title"]) for row in counts.to_dict("records")}
    side = html_table(
        counts,
        _("Kumpulan aturan berdampingan: banyaknya butir"),
        titles={"title": _("Aturan"), "raised": _("Ditandai"), "watch": _("Diamati"), "none": _("Tanpa tanda")},
        note=_("Ditandai: seluruh rentang 95 % melewati batas. Diamati: hanya nilai titiknya."),
    )
    caption = _("Butir yang dinilai berbeda oleh kumpulan aturan")
    if differing.empty:
        apart = empty(caption)
    else:
        apart = html_table(
            differing.assign(**{name: differing[name].map(names) for name in sets}),
            caption,
            titles={"item_id": _("Butir"), **sets},
            limit=12,
        )
    return Html(side.text + apart.text)


def item_pages(
    pages: Sequence[ItemPage],
    cards: Sequence[str],
    titles: Mapping[str, str],
    *,
    open_at_first: int = OPEN_AT_FIRST,
) -> Html:
    """Return the pages of all items, most urgent first; those that need nobody are folded away.

    Parameters
    ----------
    pages : sequence of ItemPage
    cards : sequence of str
        What `item_cards.card` made of each page.
    titles : mapping of str to str
        Title of each scale.
    open_at_first : int
        At most this many stand open: those that need a person, or the first where none does.
    """
    if not pages:
        return empty(_("Halaman butir"))
    names = recommendation_titles()
    made = dict(zip(map(anchor, pages), cards, strict=True))
    parts = [card_style(), _FOLDED]
    for place, page in enumerate(by_urgency(pages)):
        shown = place < open_at_first and (page.recommendation != KEEP or place == 0)
        words = f"{page.item_id} · {titles.get(page.scale, page.scale)} · {names[page.recommendation]}"
        attributes, footer = stamp()
        parts.append(
            f'<details class="ip-d"{" open" if shown else ""} {attributes}><summary><span aria-hidden="true">'
            f"{SIGNS[page.recommendation]}</span> {escape(words)}</summary>{made[anchor(page)]}"
            f'<p class="lineage">{escape(footer)}</p></details>'
        )
    return Html("".join(parts))


_FOLDED = (
    "<style>.ip-d{border-top:1px solid #d5dae1;margin:0;padding:.25rem 0;font-size:1rem}"
    ".ip-d>summary{cursor:pointer;padding:.2rem 0}@media print{details.ip-d{display:block}}</style>"
)
