"""From the option that was chosen to a category: by key for multiple choice, by option score for ordered items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.records.tables import NOT_REACHED, OMITTED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["Scored", "right_options", "score", "score_text", "scores_of"]

PURPOSES = ("calibration", "people")


@dataclass(frozen=True)
class Scored:
    """Categories of one form.

    Attributes
    ----------
    participant_id : ndarray of str, shape (n,)
    item_ids : tuple of str
    categories : ndarray of int8, shape (n, items)
        0..k-1 by rank of the option score; 1 is right for multiple choice; -1 where missing or not administered.
    """

    participant_id: NDArray[np.object_]
    item_ids: tuple[str, ...]
    categories: NDArray[np.int8]


def right_options(key: str) -> tuple[str, ...]:
    """Return the options that a key says are right: one as a rule, several as ``A|C``."""
    return tuple(key.split("|")) if key else ()


def scores_of(item: Mapping[str, object]) -> list[float]:
    """Return the score of each option of an ordered item, in the order of its options."""
    return [float(text) for text in str(item["option_scores"]).split("|")]


def score_text(value: float) -> str:
    """Return a score as the stored responses of a ``scored`` instrument write it: 2, 0.5."""
    return f"{value:.12g}"


def score(
    responses: pd.DataFrame, items: pd.DataFrame, keys: Mapping[str, str], *, purpose: str, kind: str = "raw"
) -> Scored:
    """Score the stored responses of one form.

    An omitted multiple-choice item is wrong. One that was not reached is not administered in a calibration and wrong
    when people are scored. On ordered items both are missing: no option was chosen, and none is wrong.

    Parameters
    ----------
    responses : pandas.DataFrame
        participant_id, then one categorical column an item.
    items : pandas.DataFrame
        Rows of the table ``items``.
    keys : mapping of str to str
        The right option of each multiple-choice item; ``A|C`` where either is right.
    purpose : str
        ``calibration`` or ``people``.
    kind : str
        ``raw`` (options) or ``scored``.

    Returns
    -------
    Scored

    Raises
    ------
    ValueError
        On an unknown purpose, or an item without a key.
    """
    if purpose not in PURPOSES:
        raise ValueError(
            _("Tujuan penskoran '{purpose}' tidak dikenal; pilih calibration atau people.").format(purpose=purpose)
        )
    described = items.set_index("item_id")
    names = tuple(str(c) for c in responses.columns if c != "participant_id")
    result = np.empty((len(responses), len(names)), dtype=np.int8)
    for j, name in enumerate(names):
        column = responses[name]
        if not isinstance(column.dtype, pd.CategoricalDtype):
            column = column.astype("category")
        table = _table(name, described.loc[name], keys, [str(c) for c in column.cat.categories], purpose, kind)
        # The last entry serves code -1, an empty cell.
        result[:, j] = np.append(table, -1).astype(np.int8)[column.cat.codes.to_numpy()]
    return Scored(responses["participant_id"].to_numpy(object), names, result)


def _table(
    name: str, item: pd.Series, keys: Mapping[str, str], categories: list[str], purpose: str, kind: str
) -> list[int]:
    """Return the category of each stored code of one item."""
    multiple_choice = item["format"] == "mc"
    blank = {OMITTED: 0 if multiple_choice else -1, NOT_REACHED: -1}
    if multiple_choice and purpose == "people":
        blank[NOT_REACHED] = 0
    if multiple_choice:
        if kind == "scored":
            values = {"0": 0, "1": 1}
        else:
            if name not in keys:
                raise ValueError(_("Butir {item} tidak punya kunci; lengkapi tabel keys.").format(item=name))
            right = right_options(keys[name])
            values = {option: int(option in right) for option in str(item["options"]).split("|")}
    else:
        scores = scores_of(item)
        rank = {value: k for k, value in enumerate(sorted(set(scores)))}
        if kind == "scored":
            values = {score_text(value): k for value, k in rank.items()}
        else:
            values = {o: rank[s] for o, s in zip(str(item["options"]).split("|"), scores, strict=True)}
    return [blank.get(code, values.get(code, -1)) for code in categories]
