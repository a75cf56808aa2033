"""Item cards made by a run, put where the item page finds them without reading a table."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.policy import scale_titles
from workbench.review.items import Item, ItemStore

if TYPE_CHECKING:
    from workbench.workspace import Workspace

__all__ = ["make_items", "prepare_items"]

# What needs a person first stands first.
_URGENCY = ("check_key", "drop", "revise", "keep")


def prepare_items(workspace: Workspace) -> None:
    """Put the item cards of the last run into the review database; without cards there is nothing to review."""
    if not workspace.has("item_cards"):
        return
    names = ("items", "keys", "instruments", "key_proposals")
    tables = {name: workspace.read(name) if workspace.has(name) else pd.DataFrame() for name in names}
    with closing(ItemStore(workspace.database_url)) as store:
        store.replace(make_items(workspace.read("item_cards"), tables))


def make_items(cards: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> list[Item]:
    """Return the items of a run, those that need a decision first.

    Parameters
    ----------
    cards : pandas.DataFrame
        A row an item and form: instrument, item_id, scale, form, position, recommendation, reason, flag, html, run_id.
    tables : dict of pandas.DataFrame
        items, keys, instruments, key_proposals; each may be empty.

    Returns
    -------
    list of Item
        One an item: the cards of an item that stands on several forms follow one another.
    """
    titles = scale_titles()
    instruments = _column(tables["instruments"], "instrument", "title")
    keys, options, proposed = _keys(tables), _options(tables["items"]), _proposals(tables["key_proposals"])
    together: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in cards.to_dict("records"):
        card = {str(name): _text(value) for name, value in row.items()}
        together.setdefault((card["instrument"], card["item_id"]), []).append(card)
    made = []
    for name, rows in together.items():
        worst = min(rows, key=lambda card: _urgency(card["recommendation"]))
        known = options.get(name, [])
        content = {
            "instrument_title": instruments.get(name[0], name[0]),
            "scale": worst["scale"],
            "scale_title": titles.get(worst["scale"], worst["scale"]),
            "forms": [[card["form"], card["position"]] for card in rows],
            **{field: worst[field] for field in ("recommendation", "reason", "flag")},
            "options": known,
            "key": keys.get(name, "") if known else "",
            "proposed": proposed.get(name[1], ""),
        }
        html = "\n".join(dict.fromkeys(card["html"] for card in rows))
        made.append(Item(*name, worst.get("run_id", ""), 0, content, html))
    made.sort(key=lambda item: _urgency(item.content["recommendation"]))
    return [
        Item(item.instrument, item.item_id, item.run, position, item.content, item.html)
        for position, item in enumerate(made, start=1)
    ]


def _urgency(recommendation: str) -> int:
    return _URGENCY.index(recommendation) if recommendation in _URGENCY else 0


def _text(value: Any) -> str:
    """Return a cell as text: nothing where there is nothing, whole numbers without a decimal."""
    if value is None or pd.isna(value):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _column(table: pd.DataFrame, index: str, value: str) -> dict[str, str]:
    return dict(zip(table[index].astype(str), table[value].astype(str), strict=True)) if len(table) else {}


def _options(items: pd.DataFrame) -> dict[tuple[str, str], list[str]]:
    """Return the options of the items that have one right answer; the others have no key."""
    rows = items.to_dict("records")
    return {
        (str(row["instrument"]), str(row["item_id"])): _text(row["options"]).split("|")
        for row in rows
        if row["format"] == "mc" and _text(row["options"])
    }


def _keys(tables: dict[str, pd.DataFrame]) -> dict[tuple[str, str], str]:
    """Return the key in force of every item: that of the version which its instrument names."""
    versions = _column(tables["instruments"], "instrument", "key_version")
    known = {
        (str(row["item_id"]), _text(row["key_version"])): _text(row["key"]) for row in tables["keys"].to_dict("records")
    }
    return {
        (str(row["instrument"]), str(row["item_id"])): known.get(
            (str(row["item_id"]), versions.get(str(row["instrument"]), "")), ""
        )
        for row in tables["items"].to_dict("records")
    }


def _proposals(proposals: pd.DataFrame) -> dict[str, str]:
    return _column(proposals, "item_id", "proposed")
