"""The result of a calibration: item parameters with standard errors, groups, fit, problems."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.psychometrics.irt.families import MODELS, model_of
from workbench.psychometrics.irt.item_set import ItemSet
from workbench.psychometrics.irt.parameter_table import row_of, values_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Calibration", "in_order"]


@dataclass(frozen=True)
class Calibration:
    """Item parameters on the logistic metric (D = 1), with the reference group at mean 0 and variance 1.

    Attributes
    ----------
    items : pandas.DataFrame
        item_id, model, categories, a, b or b1.., c, d or d1.., and the standard error of each (``a_se``, ``d_se`` ..);
        NRM has a1.., d1.. instead (`irt.parameter_table`).
        Items that could not be fitted have no numbers.
    groups : pandas.DataFrame
        group, mean, sd, mean_se, sd_se (empty where fixed), the reference group first.
    log_likelihood : float
    n : int
        People with at least one answer; with weights, the sum of their weights.
    free_parameters : int
    converged : bool
    cycles : int
    nodes : int
        Nodes of the grid on which theta was integrated.
    problems : tuple of str
        Sentences.
    """

    items: pd.DataFrame
    groups: pd.DataFrame
    log_likelihood: float = float("nan")
    n: int = 0
    free_parameters: int = 0
    converged: bool = True
    cycles: int = 0
    nodes: int = 0
    problems: tuple[str, ...] = field(default=())

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return -2 * self.log_likelihood + 2 * self.free_parameters

    @property
    def bic(self) -> float:
        """Schwarz's criterion."""
        return float(-2 * self.log_likelihood + np.log(max(self.n, 1)) * self.free_parameters)

    @property
    def item_ids(self) -> tuple[str, ...]:
        """Items, in order."""
        return tuple(self.items["item_id"])

    def parameters(self) -> list[NDArray[np.float64] | None]:
        """Return the parameters of each item in the order of its family; None for an item that could not be fitted."""
        columns = [c for c in self.items if c not in ("item_id", "model", "categories") and not c.endswith("_se")]
        table = self.items[columns].to_numpy(float)
        found = [
            values_of(str(model), {c: float(v) for c, v in zip(columns, row, strict=True) if np.isfinite(v)})
            for model, row in zip(self.items["model"], table, strict=True)
        ]
        return [None if f is None else f[1] for f in found]

    def fitted(self) -> tuple[NDArray[np.int64], ItemSet, list[NDArray[np.float64]]]:
        """Return places, models and parameters of the items that have numbers."""
        places, items, values = self._fitted
        return places, items, list(values)

    @cached_property
    def _fitted(self) -> tuple[NDArray[np.int64], ItemSet, list[NDArray[np.float64]]]:
        """What `fitted` returns, read from the table once: simulations ask for it hundreds of times."""
        values = self.parameters()
        places = np.array([j for j, v in enumerate(values) if v is not None], dtype=np.int64)
        rows = self.items.iloc[places]
        items = ItemSet.of([str(m) for m in rows["model"]], [int(k) for k in rows["categories"]])
        return places, items, [v for v in values if v is not None]

    def moved(self, slope: float, intercept: float) -> Calibration:
        """Return the calibration on the metric ``slope * theta + intercept``.

        Standard errors of intercepts and of the groups' moments are left out: they would need covariances that the
        table does not hold.
        """
        errors = {c: slope if c[0] == "b" else 1 / slope for c in self.items if c.endswith("_se") and c[0] in "ab"}
        rows = []
        for row, values in zip(self.items.to_dict("records"), self.parameters(), strict=True):
            if values is None:
                rows.append({name: row[name] for name in ("item_id", "model", "categories")})
                continue
            model, categories = str(row["model"]), int(row["categories"])
            there = model_of(model).family.moved(values, slope, intercept)
            extra = {name: row[name] * factor for name, factor in errors.items()}
            kept = {"c_se": row["c_se"]} if "c_se" in row else {}
            rows.append({**row_of(str(row["item_id"]), model, categories, there, None), **extra, **kept})
        items = in_order(pd.DataFrame(rows))
        groups = self.groups.assign(mean=slope * self.groups["mean"] + intercept, sd=slope * self.groups["sd"])
        return replace(self, items=items, groups=groups.drop(columns=["mean_se", "sd_se"], errors="ignore"))

    def to_json(self) -> str:
        """Return the calibration as JSON text."""
        content = {
            "items": self.items.astype(object).where(self.items.notna(), None).to_dict("records"),
            "groups": self.groups.astype(object).where(self.groups.notna(), None).to_dict("records"),
            "log_likelihood": self.log_likelihood if np.isfinite(self.log_likelihood) else None,
            "n": self.n,
            "free_parameters": self.free_parameters,
            "converged": self.converged,
            "cycles": self.cycles,
            "nodes": self.nodes,
            "problems": list(self.problems),
        }
        return json.dumps(content, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        """Read a calibration written by `to_json`.

        Raises
        ------
        ValueError
            When the text is not one.
        """
        try:
            content = json.loads(text)
            items, groups = pd.DataFrame(content["items"]), pd.DataFrame(content["groups"])
            value = content["log_likelihood"]
            calibration = cls(
                in_order(items),
                groups.astype({"mean": float, "sd": float} | dict.fromkeys(groups.columns.drop("group"), float)),
                float("nan") if value is None else float(value),
                int(content["n"]),
                int(content["free_parameters"]),
                bool(content["converged"]),
                int(content["cycles"]),
                int(content["nodes"]),
                tuple(content["problems"]),
            )
            calibration.fitted()
        except (KeyError, TypeError, ValueError):
            raise ValueError(_("Teks ini bukan kalibrasi; baca berkas yang ditulis oleh to_json.")) from None
        return calibration

    @classmethod
    def from_items(cls, items: pd.DataFrame) -> Calibration:
        """Make a calibration from item parameters that are known, for instance those of an item bank.

        Parameters
        ----------
        items : pandas.DataFrame
            item_id, model, and a with b or d (two categories; c too for 3PL), or b1.. or d1.. (ordered categories), or
            a1.. and d1.. (NRM).

        Returns
        -------
        Calibration
            One standard normal group.

        Raises
        ------
        ValueError
            When a parameter is missing.
        """
        columns = set(items.columns) if isinstance(items, pd.DataFrame) else set()
        if "item_id" not in columns or not columns & {"a", "a1"} or items.empty:
            raise ValueError(_("Parameter butir harus berupa tabel dengan kolom item_id, a, dan b atau d."))
        if items["item_id"].duplicated().any():
            twice = items.loc[items["item_id"].duplicated(), "item_id"].iloc[0]
            raise ValueError(_("Parameter butir {item} ada dua kali; sisakan satu baris.").format(item=twice))
        rows = [_known_item(row) for row in items.to_dict("records")]
        groups = pd.DataFrame({"group": [_("semua")], "mean": [0.0], "sd": [1.0]})
        return cls(in_order(pd.DataFrame(rows)), groups)


def _known_item(row: dict[str, object]) -> dict[str, object]:
    """Return one row of `Calibration.items` from known parameters."""
    item, name = str(row["item_id"]), str(row.get("model", "2PL"))
    if name not in MODELS:
        raise ValueError(
            _("Butir {item}: model '{model}' tidak tersedia; pilih salah satu: {models}.").format(
                item=item, model=name, models=", ".join(MODELS)
            )
        )
    model = model_of(name)
    numbers = {
        column: float(value) for column, value in row.items() if isinstance(value, Real) and np.isfinite(float(value))
    }
    found = values_of(name, numbers)
    if found is None:
        raise ValueError(
            _(
                "Parameter butir {item} tidak lengkap; perlu a dan b (atau d) untuk setiap batas kategori, dan c "
                "untuk 3PL."
            ).format(item=item)
        )
    categories, values = found
    if (numbers.get("c") and name != "3PL") or (model.dichotomous and categories > 2):
        raise ValueError(
            _(
                "Butir {item}: model {model} tidak memuat tebakan c atau batas lebih dari satu; periksa modelnya."
            ).format(item=item, model=name)
        )
    if model.family.crossed(values[None])[0]:
        raise ValueError(
            _("Butir {item}: batas kategori tidak naik; urutkan b dari rendah ke tinggi.").format(item=item)
        )
    return row_of(item, name, categories, values, None)


def in_order(items: pd.DataFrame) -> pd.DataFrame:
    """Return the columns in order: a, the difficulties, the intercepts, then their standard errors."""
    first = ["item_id", "model", "categories", "a"]
    if "a" not in items:
        items = items.assign(a=np.nan)
    rest = [c for c in items.columns if c not in first]
    rest.sort(key=lambda c: (c.endswith("_se"), c.removesuffix("_se")[0], int(c.removesuffix("_se")[1:] or 0)))
    numbers = dict.fromkeys(("a", *rest), float)
    return items[first + rest].astype(numbers)
