"""All flag rule sets side by side: what each says of each item, and where they differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.policy import list_item_rules, load_item_rules
from workbench.psychometrics import classical

__all__ = ["COLUMNS", "compare", "counts", "flag_by_every_set"]

COLUMNS = ["instrument", "item_id", "form", "scale", "rule_set", "rule", "status", "reason"]
STATUSES = ("", "watch", "raised")


@dataclass(frozen=True)
class _Limits:
    """Part of a rule set, so that each rule speaks for itself."""

    difficulty_low: float = float("nan")
    difficulty_high: float = float("nan")
    item_rest_low: float = float("nan")


def flag_by_every_set(statistics: pd.DataFrame) -> pd.DataFrame:
    """Return what every shipped rule set says of every item and form.

    Parameters
    ----------
    statistics : pandas.DataFrame
        Rows of `classical.item_statistics` with instrument, form and scale.

    Returns
    -------
    pandas.DataFrame
        instrument, item_id, form, scale, rule_set, rule (``difficulty`` or ``item_rest``), status (``raised`` or
        ``watch``), reason; only rows of rules that speak.
    """
    tables = [pd.DataFrame(columns=COLUMNS, dtype=object)]
    # An item without variation is watched once, by the rule on its correlation.
    varying = statistics.assign(item_rest=statistics["item_rest"].fillna(0.0))
    for name in list_item_rules():
        rules = load_item_rules(name)
        parts = {
            "difficulty": (varying, _Limits(rules.difficulty_low, rules.difficulty_high)),
            "item_rest": (statistics, _Limits(item_rest_low=rules.item_rest_low)),
        }
        for rule, (table, limits) in parts.items():
            found = classical.flag(table, limits)
            spoken = found[found["flag"] != ""]
            tables.append(spoken.assign(rule_set=name, rule=rule, status=spoken["flag"])[COLUMNS])
    return pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)


def compare(flags: pd.DataFrame, statistics: pd.DataFrame) -> pd.DataFrame:
    """Return the items of which the rule sets do not say the same.

    Parameters
    ----------
    flags : pandas.DataFrame
        From `flag_by_every_set`.
    statistics : pandas.DataFrame
        The rows it was made from.

    Returns
    -------
    pandas.DataFrame
        item_id, scale, then one column a rule set with the worst status over forms and rules (empty, ``watch``,
        ``raised``); only items on which two sets differ.
    """
    table = _worst(flags, statistics)
    sets = list(list_item_rules())
    differs = table[sets].nunique(axis=1) > 1
    return table[differs].reset_index(drop=True)


def counts(flags: pd.DataFrame, statistics: pd.DataFrame) -> pd.DataFrame:
    """Return how many items each rule set raises, watches and leaves alone: rule_set, title, raised, watch, none."""
    table = _worst(flags, statistics)
    rows = []
    for name in list_item_rules():
        number = table[name].value_counts()
        rows.append(
            {
                "rule_set": name,
                "title": load_item_rules(name).title,
                "raised": int(number.get("raised", 0)),
                "watch": int(number.get("watch", 0)),
                "none": int(number.get("", 0)),
            }
        )
    return pd.DataFrame(rows)


def _worst(flags: pd.DataFrame, statistics: pd.DataFrame) -> pd.DataFrame:
    items = statistics[["item_id", "scale"]].drop_duplicates().reset_index(drop=True)
    rank = flags["status"].map(dict(zip(STATUSES, range(3), strict=True))).astype(np.int64)
    worst = flags.assign(rank=rank).groupby(["rule_set", "item_id"])["rank"].max()
    for name in list_item_rules():
        of_set = worst[worst.index.get_level_values("rule_set") == name].droplevel("rule_set")
        places = items["item_id"].map(of_set).fillna(0).astype(int)
        items[name] = [STATUSES[place] for place in places]
    return items
