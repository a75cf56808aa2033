"""The true item bank: items, their parameters and the forms, drawn from the seeds of the instruments alone.

The seed of a round has no part in it, so the same bank serves every round and a bank estimated on one round can score
another. Multiple-choice items follow the nested logit model: the key by a two-parameter logistic curve, the distractors
by a nominal model given a wrong answer (Suh and Bolt, 2010, Psychometrika 75, 454-473). Ordered items follow the graded
response model (Samejima, 1969); each of their options carries a score, and the options are shown in a shuffled order.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.simulation.designs import INSTRUMENTS, InstrumentDesign, ScaleDesign, load_instrument
from workbench.simulation.streams import stream

__all__ = ["KLASTER", "REFERENCE_FORM", "form_items", "item_bank", "reference_form"]

KLASTER = ("K1", "K2", "K3", "K4", "K5")
REFERENCE_FORM = "K1"


@cache
def _bank() -> pd.DataFrame:
    scales = [(load_instrument(name), scale) for name in INSTRUMENTS for scale in load_instrument(name).scales]
    items = pd.concat([_scale_items(design, scale) for design, scale in scales], ignore_index=True)
    return items.astype({"key": "str", "option_scores": "str"})


def item_bank() -> pd.DataFrame:
    """Return every item with its true parameters.

    Returns
    -------
    pandas.DataFrame
        One row an item: ``item_id``, ``instrument``, ``scale``, ``format``, ``klaster`` (empty: common to all forms),
        ``options``, ``option_scores`` (ordered items), ``key`` (multiple choice), ``model`` (2PL or GRM),
        ``categories``, ``a``, ``b`` (2PL), ``b1`` .. (GRM), and for the distractors ``attraction_1`` .. and
        ``tilt_1`` .., by place among the options: log-odds of choosing it given a wrong answer at ability zero, and
        its slope on ability.
    """
    return _bank().copy()


@cache
def _form(form: str) -> pd.DataFrame:
    bank = _bank()
    parts = []
    for name in INSTRUMENTS:
        design = load_instrument(name)
        chosen = bank[(bank["instrument"] == name) & bank["klaster"].isin(["", form])]
        shuffle = stream(design.item_seed, "order", form).random(len(chosen))
        part = chosen["scale"].map({scale.key: place for place, scale in enumerate(design.scales)}).to_numpy()
        order = np.lexsort((shuffle, part)) if design.order == "parts" else np.argsort(shuffle)
        parts.append(
            pd.DataFrame(
                {
                    "instrument": name,
                    "form": form,
                    "item_id": chosen["item_id"].to_numpy()[order],
                    "position": np.arange(1, len(chosen) + 1),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def form_items(form: str) -> pd.DataFrame:
    """Return the items of one form, all instruments, by position.

    Two thirds of the items of a scale are common to the forms of all klaster, the others belong to this one. The order
    differs from form to form; an instrument in parts keeps its parts in place.

    Parameters
    ----------
    form : str
        One of `KLASTER`.

    Returns
    -------
    pandas.DataFrame
        ``instrument``, ``form``, ``item_id``, ``position``.

    Raises
    ------
    ValueError
        When there is no such form.
    """
    if form not in KLASTER:
        raise ValueError(
            _("Paket '{form}' tidak ada; pilih salah satu: {forms}.").format(form=form, forms=", ".join(KLASTER))
        )
    return _form(form).copy()


def reference_form() -> pd.DataFrame:
    """Return the items on which percentages are expressed: ``scale``, ``item_id`` of the form of the first klaster."""
    bank = _bank()
    return bank.loc[bank["klaster"].isin(["", REFERENCE_FORM]), ["scale", "item_id"]].reset_index(drop=True)


def _scale_items(design: InstrumentDesign, scale: ScaleDesign) -> pd.DataFrame:
    """Draw the items of one scale: first the common ones, then those of each klaster."""
    klaster = [""] * scale.common + [name for name in KLASTER for _ in range(scale.items - scale.common)]
    frame = pd.DataFrame(
        {
            "item_id": [f"{scale.code}{number:02d}" for number in range(1, len(klaster) + 1)],
            "instrument": design.instrument,
            "scale": scale.key,
            "format": scale.format,
            "klaster": klaster,
        }
    )
    draw = _draw_ordered if scale.format == "ordered" else _draw_multiple_choice
    return pd.concat([frame, draw(design, scale.key, len(frame))], axis="columns")


def _draw_ordered(design: InstrumentDesign, key: str, n: int) -> pd.DataFrame:
    assumed = design.ordered
    if assumed is None:  # a design is shipped data: this is a mistake in the TOML file
        raise ValueError(f"{design.instrument}.toml: [ordered] is missing")
    random = stream(design.item_seed, "items", key)
    slope = random.uniform(*assumed.slope, n)
    middle = random.normal(*assumed.location, n)
    thresholds = assumed.options - 1
    steps = assumed.step * (np.arange(thresholds) - (thresholds - 1) / 2)
    scores = random.permuted(np.tile(np.arange(1, assumed.options + 1), (n, 1)), axis=1)
    return pd.DataFrame(
        {
            "options": _letters(assumed.options),
            "option_scores": ["|".join(map(str, row)) for row in scores],
            "key": None,
            "model": "GRM",
            "categories": assumed.options,
            "a": slope,
            **{f"b{k + 1}": middle + steps[k] for k in range(thresholds)},
        }
    )


def _draw_multiple_choice(design: InstrumentDesign, key: str, n: int) -> pd.DataFrame:
    assumed = design.multiple_choice
    if assumed is None:  # a design is shipped data: this is a mistake in the TOML file
        raise ValueError(f"{design.instrument}.toml: [multiple_choice] is missing")
    random = stream(design.item_seed, "items", key)
    slope = random.uniform(*assumed.slope, n)
    difficulty = random.normal(*assumed.location, n)
    keyed = random.integers(0, assumed.options, n)
    attraction = random.normal(0.0, assumed.distractor_intercept, (n, assumed.options))
    tilt = random.normal(0.0, assumed.distractor_slope, (n, assumed.options))
    attraction[np.arange(n), keyed] = np.nan
    tilt[np.arange(n), keyed] = np.nan
    return pd.DataFrame(
        {
            "options": _letters(assumed.options),
            "option_scores": None,
            "key": [chr(ord("A") + place) for place in keyed],
            "model": "2PL",
            "categories": 2,
            "a": slope,
            "b": difficulty,
            **{f"attraction_{k + 1}": attraction[:, k] for k in range(assumed.options)},
            **{f"tilt_{k + 1}": tilt[:, k] for k in range(assumed.options)},
        }
    )


def _letters(count: int) -> str:
    return "|".join(chr(ord("A") + place) for place in range(count))
