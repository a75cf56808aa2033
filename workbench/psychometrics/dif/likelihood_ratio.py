"""DIF by likelihood ratio between models with equal and free parameters (Thissen, Steinberg and Wainer 1993)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from workbench.i18n import _
from workbench.psychometrics import irt
from workbench.psychometrics.dif.matching import adjusted
from workbench.psychometrics.irt.blocks import as_categories
from workbench.psychometrics.irt.checks import check_models, group_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["likelihood_ratio"]

SEPARATOR = "\x1f"  # between the name of an item and the group whose own item it is


def likelihood_ratio(
    responses: object,
    groups: Sequence[object],
    model: str | Sequence[str] = "2PL",
    anchors: Sequence[str] | None = None,
    *,
    tolerance: float = 1e-4,
) -> pd.DataFrame:
    """Test each item for different parameters in different groups.

    Without anchors every item is compared with all others held equal. With anchors these are held equal and each other
    item is tested one at a time with the remaining ones left out of the link (free in both models).

    Parameters
    ----------
    responses : array or frame, persons x items
    groups : sequence
        Label of each person; the first of the sorted labels is the reference group.
    model : str or sequence of str
    anchors : sequence of str, optional
        Item names free of DIF.
    tolerance : float
        Of the calibrations.

    Returns
    -------
    pandas.DataFrame
        item_id, chi2, df, p, p_holm and p_bh (p adjusted for the number of items), effect: the mean difference of the
        item's expected score (others minus reference group) over the distribution of the other groups, in score points;
        and reason: why a row has no number. Anchors are not tested.

    Raises
    ------
    ValueError
        On fewer than two groups, unknown anchors, or responses that cannot be calibrated.
    """
    categories, names = as_categories(responses, fewest=2)
    index, labels = group_labels(groups, None, categories.shape[0])
    if len(labels) < 2:
        raise ValueError(_("Uji rasio kemungkinan memerlukan satu kelompok per orang dan sedikitnya dua kelompok."))
    known = set(names) if anchors is None else _named(anchors, names)
    models = dict(zip(names, check_models(model, len(names)), strict=True))
    testable = {name: _same_categories(categories[:, j], index) for j, name in enumerate(names)}
    left_out = [name for name in names if name not in known and not testable[name]]
    frame = pd.DataFrame(categories, columns=list(names)).drop(columns=left_out)
    member = np.asarray(labels, dtype=object)[index]
    free_always = [name for name in frame if name not in known]
    # The model that all tests share: every item equal, or with anchors every other item free.
    common = _fit(frame, member, models, free_always, tolerance)
    rows: list[dict[str, object]] = []
    for name in names if anchors is None else [name for name in names if name not in known]:
        if not testable[name]:
            reason = _("tidak dihitung: sebagian kategori tidak muncul pada salah satu kelompok")
            rows.append({"item_id": name, "reason": reason})
            continue
        others = [other for other in free_always if other != name]
        equal = common if anchors is None else _fit(frame, member, models, others, tolerance)
        free = _fit(frame, member, models, [name], tolerance) if anchors is None else common
        rows.append({"item_id": name, **_compared(equal, free, name)})
    result = pd.DataFrame(rows, columns=["item_id", "chi2", "df", "p", "effect", "reason"])
    result = result.astype({"chi2": float, "df": float, "p": float, "effect": float})
    at = result.columns.get_loc("effect")
    for offset, (column, values) in enumerate(adjusted(result["p"]).items()):
        result.insert(int(at) + offset, str(column), values)
    return result


def _named(anchors: Sequence[str], names: tuple[str, ...]) -> set[str]:
    if isinstance(anchors, str) or not hasattr(anchors, "__iter__") or not len(anchors):
        raise ValueError(_("Butir jangkar harus berupa daftar nama butir; sebut sedikitnya satu."))
    known = {str(anchor) for anchor in anchors}
    unknown = sorted(known - set(names))
    if unknown:
        raise ValueError(_("Butir jangkar '{item}' tidak ada pada data.").format(item=unknown[0]))
    if known == set(names):
        raise ValueError(_("Semua butir menjadi jangkar; tidak ada butir yang dapat diuji."))
    return known


def _same_categories(answers: NDArray[np.int8], index: NDArray[np.int64]) -> bool:
    """Whether each group that took the item shows all its categories, so that it can have parameters of its own."""
    seen = [np.unique(answers[(index == g) & (answers >= 0)]) for g in np.unique(index)]
    taken = [kinds for kinds in seen if kinds.size]
    return len(taken) > 1 and len({kinds.tobytes() for kinds in taken}) == 1 and taken[0].size > 1


def _fit(
    frame: pd.DataFrame, member: NDArray[np.object_], models: dict[str, str], free: list[str], tolerance: float
) -> irt.Calibration:
    """Calibrate with some items as different items in each group."""
    columns, kinds = {}, []
    for name in frame:
        answers = frame[name].to_numpy()
        if name not in free:
            columns[str(name)] = answers
            kinds.append(models[str(name)])
            continue
        for label in np.unique(member):
            own = np.where(member == label, answers, -1)
            if (own >= 0).any():
                columns[f"{name}{SEPARATOR}{label}"] = own
                kinds.append(models[str(name)])
    return irt.calibrate(pd.DataFrame(columns), kinds, groups=member, standard_errors=False, tolerance=tolerance)


def _compared(equal: irt.Calibration, free: irt.Calibration, name: str) -> dict[str, object]:
    if not (equal.converged and free.converged):
        return {"reason": _("tidak dihitung: kalibrasi tidak konvergen")}
    chi2 = max(2 * (free.log_likelihood - equal.log_likelihood), 0.0)
    df = free.free_parameters - equal.free_parameters
    return {"chi2": chi2, "df": df, "p": float(chdtrc(df, chi2)), "effect": _effect(free, name), "reason": ""}


def _effect(free: irt.Calibration, name: str) -> float:
    """Expected-score difference between the other groups' and the reference group's curves, over the others' theta."""
    theta = np.linspace(-6, 6, 121)
    curves: dict[str, NDArray[np.float64]] = {}
    for item in free.items["item_id"]:
        own, _separator, label = str(item).rpartition(SEPARATOR)
        if own == name:
            one = irt.Calibration.from_items(free.items[free.items["item_id"] == item])
            curves[label] = irt.expected_score(one, theta)
    reference = curves.get(str(free.groups["group"].iloc[0]))
    gaps = []
    for group in free.groups.iloc[1:].to_dict("records"):
        curve = curves.get(str(group["group"]))
        if curve is not None and reference is not None:
            weight = np.exp(-0.5 * ((theta - group["mean"]) / group["sd"]) ** 2)
            gaps.append(float(((curve - reference) * weight).sum() / weight.sum()))
    return float(np.mean(gaps)) if gaps else float("nan")
