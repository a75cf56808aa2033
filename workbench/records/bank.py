"""The item bank: parameters, level cuts, reference form and population of one version, as plain text files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ASSUMED_CUTS", "Bank", "assumed_level_cuts", "list_banks", "load_bank", "save_bank"]

# Level 2, 3, 4 and 5 are reached at these thetas; assumed until a standard setting replaces them.
ASSUMED_CUTS = (-0.4, 0.7, 1.6, 2.4)
SHIPPED = Path(__file__).parent / "data" / "banks"
_FRAMES = {
    "item_parameters": ("scale", "item_id", "model", "categories", "a"),
    "level_cuts": ("scale", "bank_version", "level", "theta", "standard_error", "method", "panel", "date"),
    "reference_form": ("scale", "item_id"),
    "population": ("scale", "mean"),
}
_TEXTS = ("scale", "item_id", "model", "bank_version", "method", "panel", "date")


@dataclass(frozen=True)
class Bank:
    """One version of the item bank.

    Attributes
    ----------
    version : str
    provisional : bool
        True for a round scored on its own calibration ("sementara").
    item_parameters : pandas.DataFrame
        scale, item_id, model, categories, a, b or b1.., d or d1.., and their standard errors.
    level_cuts : pandas.DataFrame
        scale, bank_version, level (2..5: reached at and above theta), theta, standard_error, method, panel, date.
    reference_form : pandas.DataFrame
        scale, item_id: the form on which percentages are expressed.
    population : pandas.DataFrame
        scale, mean, then one covariance column a scale, in the order of the rows.
    """

    version: str
    provisional: bool
    item_parameters: pd.DataFrame
    level_cuts: pd.DataFrame
    reference_form: pd.DataFrame
    population: pd.DataFrame

    @property
    def scales(self) -> tuple[str, ...]:
        """Scales of the population model, in its order."""
        return tuple(self.population["scale"])

    def cuts(self, scale: str) -> NDArray[np.float64]:
        """Return the rising level cuts of a scale on theta."""
        rows = self.level_cuts[self.level_cuts["scale"] == scale].sort_values("level")
        theta: NDArray[np.float64] = rows["theta"].to_numpy(float)
        return theta

    def items(self, scale: str, *, reference: bool = False) -> pd.DataFrame:
        """Return the parameters of a scale's items: all, or those of the reference form."""
        rows = self.item_parameters[self.item_parameters["scale"] == scale]
        if reference:
            rows = rows[rows["item_id"].isin(self.reference_form["item_id"])]
        return rows.reset_index(drop=True)


def assumed_level_cuts(scales: tuple[str, ...], version: str) -> pd.DataFrame:
    """Return the demo level cuts as a table of the bank: ``method`` assumed, no standard error."""
    rows = [
        {
            "scale": scale,
            "bank_version": version,
            "level": level,
            "theta": theta,
            "standard_error": 0.0,
            "method": "assumed",
            "panel": "",
            "date": "",
        }
        for scale in scales
        for level, theta in enumerate(ASSUMED_CUTS, start=2)
    ]
    return pd.DataFrame(rows)


def list_banks() -> tuple[str, ...]:
    """Return the versions that come with the package."""
    return (
        tuple(sorted(path.name for path in SHIPPED.iterdir() if (path / "bank.json").is_file()))
        if SHIPPED.is_dir()
        else ()
    )


def save_bank(bank: Bank, folder: Path) -> None:
    """Write a bank as CSV files and ``bank.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bank.json").write_text(
        json.dumps({"version": bank.version, "provisional": bank.provisional}, indent=1) + "\n", encoding="utf-8"
    )
    for name in _FRAMES:
        frame: pd.DataFrame = getattr(bank, name)
        frame.to_csv(folder / f"{name}.csv", index=False, float_format="%.7g", lineterminator="\n")


def load_bank(version: str | Path) -> Bank:
    """Read a bank by version (one that comes with the package) or from a folder.

    Raises
    ------
    ValueError
        When there is none of that name, or its files are damaged or do not fit together.
    """
    folder = version if isinstance(version, Path) else SHIPPED / version
    if not (folder / "bank.json").is_file():
        raise ValueError(
            _("Bank butir '{version}' tidak ada; yang tersedia: {known}.").format(
                version=version, known=", ".join(list_banks()) or "-"
            )
        )
    try:
        head = json.loads((folder / "bank.json").read_text(encoding="utf-8"))
        frames = {name: pd.read_csv(folder / f"{name}.csv", dtype=dict.fromkeys(_TEXTS, str)) for name in _FRAMES}
        bank = Bank(str(head["version"]), bool(head["provisional"]), **frames)
    except (OSError, KeyError, ValueError) as problem:
        raise ValueError(
            _("Bank butir di {folder} rusak ({problem}).").format(folder=folder.name, problem=problem)
        ) from None
    return _sound(bank)


def _sound(bank: Bank) -> Bank:
    for name, columns in _FRAMES.items():
        lacking = [c for c in columns if c not in getattr(bank, name).columns]
        if lacking:
            raise ValueError(
                _("Bank {version}: tabel {name} tanpa kolom {column}.").format(
                    version=bank.version, name=name, column=lacking[0]
                )
            )
        for column in columns:
            cells = getattr(bank, name)[column]
            if column not in _TEXTS and pd.to_numeric(cells, errors="coerce").isna().any():
                raise ValueError(
                    _("Bank {version}: tabel {name}, kolom {column} memuat isi yang bukan bilangan.").format(
                        version=bank.version, name=name, column=column
                    )
                )
    covariance = (
        bank.population.reindex(columns=list(bank.scales)).apply(pd.to_numeric, errors="coerce").to_numpy(float)
    )
    symmetric = np.isfinite(covariance).all() and np.allclose(covariance, covariance.T, atol=1e-6)
    if not symmetric or np.linalg.eigvalsh(covariance).min() <= 0:
        raise ValueError(_("Bank {version}: kovarians populasi tidak sah.").format(version=bank.version))
    for scale in bank.scales:
        cuts = bank.cuts(scale)
        if (np.diff(cuts) <= 0).any():
            raise ValueError(
                _("Bank {version}: batas level skala {scale} tidak naik.").format(version=bank.version, scale=scale)
            )
    return bank
