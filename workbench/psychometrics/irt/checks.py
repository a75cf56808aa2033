"""What a calibration refuses, and what it leaves out with a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.psychometrics.irt.calibration import Calibration
from workbench.psychometrics.irt.families import MODELS, BetaPrior, model_of
from workbench.psychometrics.matrix import as_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.psychometrics.irt.blocks import Block
    from workbench.psychometrics.irt.grid import Grid
    from workbench.psychometrics.irt.item_set import ItemSet

__all__ = [
    "check_connected",
    "check_controls",
    "check_grid",
    "check_group_ranges",
    "check_identified",
    "check_models",
    "check_prior",
    "check_weights",
    "fixed_parameters",
    "group_labels",
    "usable_items",
]

# A group whose distribution is narrower than this, or whose mean lies nearer than this many of its standard deviations
# to an end of the grid, is not described by the grid.
NARROWEST_GROUP = 0.05
ROOM_ON_GRID = 2.5
# Information times squared distance of nodes from which on sums over nodes part visibly from integrals: at 3 the
# log-likelihood of 1,500 people is off by .1, at 5 by more than 1.
COARSE = 3.0


def check_models(model: str | Sequence[str], items: int) -> list[str]:
    """Return one model an item."""
    models = [model] * items if isinstance(model, str) else [str(m) for m in model]
    unknown = sorted(set(models) - set(MODELS))
    if unknown:
        raise ValueError(
            _("Model '{model}' tidak tersedia; pilih salah satu: {models}.").format(
                model=unknown[0], models=", ".join(MODELS)
            )
        )
    if len(models) != items:
        raise ValueError(
            _("Disebut {n} model untuk {items} butir; beri satu model, atau satu untuk tiap butir.").format(
                n=len(models), items=items
            )
        )
    return models


def check_controls(tolerance: float, max_cycles: int) -> None:
    """Refuse controls that make no sense."""
    if not 0 < tolerance < 1 or max_cycles < 1:
        raise ValueError(_("Toleransi harus antara 0 dan 1, dan max_cycles sedikitnya 1."))


def check_prior(priors: Mapping[str, tuple[float, float] | None] | None) -> BetaPrior | None:
    """Return the prior of the lower asymptote: Beta(5, 17) unless the caller names another, or None."""
    chosen = {} if priors is None else dict(priors) if hasattr(priors, "keys") else {"": None}
    unknown = sorted(set(chosen) - {"c"})
    if unknown:
        raise ValueError(_("Prior harus berupa {'c': (alfa, beta)} untuk tebakan 3PL, atau {'c': None}."))
    wanted = chosen.get("c", (5.0, 17.0))
    if wanted is None:
        return None
    try:
        alpha, beta = (float(value) for value in wanted)
    except (TypeError, ValueError):
        alpha = beta = float("nan")
    if not (np.isfinite([alpha, beta]).all() and alpha >= 1 and beta >= 1):
        raise ValueError(_("Prior 'c' memerlukan dua bilangan Beta(alfa, beta), masing-masing sedikitnya 1."))
    return BetaPrior(alpha, beta)


def check_weights(weights: Sequence[float] | NDArray[np.float64] | None, persons: int) -> NDArray[np.float64] | None:
    """Return one weight a person, or None."""
    if weights is None:
        return None
    values = as_numbers(weights).astype(float)
    if values.shape != (persons,) or not np.isfinite(values).all() or (values < 0).any() or values.sum() <= 0:
        raise ValueError(
            _("Bobot harus satu bilangan tak negatif per orang ({n} orang) dan tidak semuanya nol.").format(n=persons)
        )
    return values


def group_labels(
    groups: Sequence[object] | NDArray[np.object_] | None, reference: object | None, persons: int
) -> tuple[NDArray[np.int64], list[str]]:
    """Return the group of each person and the labels, the reference group first and the others sorted."""
    if groups is None:
        if reference is not None:
            raise ValueError(_("Kelompok acuan disebut tanpa kelompok; beri argumen groups."))
        return np.zeros(persons, dtype=np.int64), [_("semua")]
    values = np.asarray(groups, dtype=object)
    if values.shape != (persons,) or pd.isna(values).any():
        raise ValueError(_("Kelompok harus disebut untuk setiap orang ({n} orang).").format(n=persons))
    try:
        ordered = sorted(set(values.tolist()))
    except TypeError:
        ordered = sorted(set(values.tolist()), key=str)
    labels = list(dict.fromkeys(str(label) for label in ordered))
    if reference is not None:
        if str(reference) not in labels:
            raise ValueError(_("Kelompok acuan '{label}' tidak ada pada data.").format(label=reference))
        labels.remove(str(reference))
        labels.insert(0, str(reference))
    place = {label: index for index, label in enumerate(labels)}
    return np.array([place[str(value)] for value in values], dtype=np.int64), labels


def usable_items(
    categories: NDArray[np.int8], names: tuple[str, ...], models: list[str], problems: list[str]
) -> tuple[list[int], list[NDArray[np.int64]]]:
    """Return the items with variation and how often each of their categories was chosen."""
    kept, counts = [], []
    chosen = np.stack([(categories == k).sum(axis=0) for k in range(int(categories.max()) + 1)])
    for j, name in enumerate(names):
        seen = np.trim_zeros(chosen[:, j], "b")
        if not seen.size:
            problems.append(_("Butir {item}: tidak ada jawaban; tidak dikalibrasi.").format(item=name))
            continue
        if (seen > 0).sum() < 2:
            problems.append(_("Butir {item}: semua jawaban sama; tidak dikalibrasi.").format(item=name))
            continue
        if (seen == 0).any():
            raise ValueError(
                _(
                    "Butir {item}: kategori {k} tidak pernah muncul; gabungkan kategori sehingga urut tanpa lompatan."
                ).format(item=name, k=int(np.flatnonzero(seen == 0)[0]))
            )
        if model_of(models[j]).dichotomous and seen.size > 2:
            raise ValueError(
                _(
                    "Butir {item}: model {model} hanya untuk jawaban 0/1; pakai GRM atau GPCM untuk {k} kategori."
                ).format(item=name, model=models[j], k=seen.size)
            )
        kept.append(j)
        counts.append(seen)
    if not kept:
        raise ValueError(_("Tidak ada butir yang dapat dikalibrasi; setiap butir kosong atau dijawab seragam."))
    return kept, counts


def fixed_parameters(fixed: pd.DataFrame | None, names: list[str], items: ItemSet) -> dict[int, NDArray[np.float64]]:
    """Return the parameters of the anchors among the items."""
    if fixed is None:
        return {}
    known = Calibration.from_items(fixed)
    _places, kinds, parameters = known.fitted()
    rows = {item: place for place, item in enumerate(known.item_ids)}
    result = {}
    for j, name in enumerate(names):
        place = rows.get(name)
        if place is None:
            continue
        if kinds.categories[place] != items.categories[j]:
            raise ValueError(
                _("Butir jangkar {item}: bank berisi {k} kategori, data berisi {n}.").format(
                    item=name, k=kinds.categories[place], n=items.categories[j]
                )
            )
        if kinds.models[place].family is not items.models[j].family:
            raise ValueError(
                _("Butir jangkar {item}: bank memakai model {model}, kalibrasi ini {other}; samakan.").format(
                    item=name, model=kinds.models[place].name, other=items.models[j].name
                )
            )
        result[j] = parameters[place]
    if not result:
        raise ValueError(_("Tidak satu pun butir jangkar ada pada data; periksa kode butir."))
    return result


def check_identified(items: ItemSet, anchors: int) -> None:
    """Refuse fewer items than the data can tell apart: two where slopes are one or shared, else three."""
    fewest = 3 if any(model.slope == "free" for model in items.models) else 2
    if not anchors and len(items) < fewest:
        raise ValueError(
            _("Hanya {n} butir bervariasi; kalibrasi memerlukan sedikitnya {fewest} butir.").format(
                n=len(items), fewest=fewest
            )
        )


def check_connected(
    blocks: Sequence[Block], labels: list[str], names: list[str], known: dict[int, NDArray[np.float64]]
) -> None:
    """Refuse groups without an answer, and groups that no common item or anchor ties to the reference group."""
    taken = np.zeros((len(labels), len(names)), dtype=bool)
    for block in blocks:
        taken[block.group, block.items] |= (block.categories >= 0).any(axis=0)
    if not taken.any(axis=1).all():
        label = labels[int(np.flatnonzero(~taken.any(axis=1))[0])]
        raise ValueError(
            _("Kelompok {group} tidak memuat satu jawaban pun; keluarkan kelompok itu dari kalibrasi.").format(
                group=label
            )
        )
    reached = taken[:, list(known)].any(axis=1) if known else np.arange(len(labels)) == 0
    while True:
        wider = reached | (taken & taken[reached].any(axis=0)).any(axis=1)
        if (wider == reached).all():
            break
        reached = wider
    if not reached.all():
        label = labels[int(np.flatnonzero(~reached)[0])]
        raise ValueError(
            _("Kelompok {group} tidak berbagi satu butir pun dengan kelompok lain; beri butir bersama.").format(
                group=label
            )
        )


def check_group_ranges(
    labels: list[str], mean: NDArray[np.float64], sd: NDArray[np.float64], grid: Grid, problems: list[str]
) -> bool:
    """Report groups whose distribution the grid does not hold; return whether all are held."""
    narrow = np.maximum(NARROWEST_GROUP, grid.step / 2)
    inside = (sd > narrow) & (mean - ROOM_ON_GRID * sd > grid.low) & (mean + ROOM_ON_GRID * sd < grid.high)
    for label in np.asarray(labels, dtype=object)[~inside]:
        problems.append(
            _(
                "Kelompok {group}: sebaran kemampuannya tidak tertampung kisi theta; periksa data atau lebarkan kisi."
            ).format(group=label)
        )
    return bool(inside.all())


def check_grid(
    blocks: Sequence[Block],
    items: ItemSet,
    parameters: Sequence[NDArray[np.float64]],
    grid: Grid,
    problems: list[str],
) -> None:
    """Report a grid too coarse for the test: posteriors would fall between its nodes."""
    theta = np.linspace(max(grid.low, -3.0), min(grid.high, 3.0), 61)
    _scores, information, _bias = items.theta_terms(parameters, theta)
    kinds = {block.items.tobytes(): block.items for block in blocks}
    most = max(float(information[taken].sum(axis=0).max()) for taken in kinds.values())
    if most * grid.step**2 > COARSE:
        problems.append(
            _("Kisi theta terlalu kasar bagi tes seinformatif ini; pakai kisi dengan sedikitnya {nodes} titik.").format(
                nodes=1 + int(np.ceil((grid.high - grid.low) * np.sqrt(most / COARSE)))
            )
        )
