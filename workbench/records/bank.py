"""The item bank: parameters, level cuts, reference form and population of one version, as plain text files.

A version never changes: what is made anew gets a new name. ``bank.json`` says where its numbers come from and carries a
hash of them, so that a file that somebody edits is noticed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = [
    "ASSUMED",
    "ASSUMED_CUTS",
    "SHIPPED",
    "Bank",
    "assumed_level_cuts",
    "bank_folder",
    "bank_hash",
    "check_version_name",
    "copy_bank",
    "list_banks",
    "load_bank",
    "save_bank",
]

# Level 2, 3, 4 and 5 are reached at these thetas; assumed until a standard setting replaces them.
ASSUMED_CUTS = (-0.4, 0.7, 1.6, 2.4)
ASSUMED = "assumed"
HEAD = "bank.json"
_VERSION = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
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
    origin : mapping
        Where the numbers come from: ``round``, ``runs``, ``date``, ``people``, ``metric`` (the version whose metric
        this is), ``parent`` and ``parent_hash`` (the version before, if any), ``simulated``. Empty where nobody wrote
        it down. ``item_parameters`` then has a column ``n``: how many answers stand behind each item.
    """

    version: str
    provisional: bool
    item_parameters: pd.DataFrame
    level_cuts: pd.DataFrame
    reference_form: pd.DataFrame
    population: pd.DataFrame
    origin: Mapping[str, Any] = field(default_factory=dict)

    @property
    def metric(self) -> str:
        """Version whose metric this bank is on; its own where it was not linked to another."""
        return str(self.origin.get("metric") or self.version)

    @property
    def scales(self) -> tuple[str, ...]:
        """Scales of the population model, in its order."""
        return tuple(self.population["scale"])

    def cuts(self, scale: str) -> NDArray[np.float64]:
        """Return the rising level cuts of a scale on theta."""
        known = self._cuts.get(scale)
        return np.empty(0) if known is None else known.copy()

    @cached_property
    def _cuts(self) -> dict[str, NDArray[np.float64]]:
        """Read from the table once: every chunk of people that is placed asks for the cuts of every scale."""
        table = self.level_cuts.sort_values("level", kind="stable")
        return {str(scale): rows["theta"].to_numpy(float) for scale, rows in table.groupby("scale", sort=False)}

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
            "method": ASSUMED,
            "panel": "",
            "date": "",
        }
        for scale in scales
        for level, theta in enumerate(ASSUMED_CUTS, start=2)
    ]
    return pd.DataFrame(rows)


def check_version_name(version: str) -> str:
    """Return the name of a version, which is also that of its folder.

    Raises
    ------
    ValueError
        When it is not made of small letters, digits, points and hyphens.
    """
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise ValueError(
            _(
                "Nama versi bank '{version}' tidak sah; pakai huruf kecil, angka, titik, dan tanda hubung, paling "
                "banyak 64, misalnya nasional-2024."
            ).format(version=version)
        )
    return version


def list_banks(folder: Path = SHIPPED) -> tuple[str, ...]:
    """Return the versions that come with the package, or those that lie in a folder."""
    return tuple(sorted(path.name for path in folder.iterdir() if (path / HEAD).is_file())) if folder.is_dir() else ()


def bank_folder(version: str | Path) -> Path:
    """Return the folder of a version that comes with the package, or the folder itself."""
    return version if isinstance(version, Path) else SHIPPED / version


def bank_hash(folder: Path) -> str:
    """Return the SHA-256 over the tables of a bank: equal where every number is."""
    content = hashlib.sha256()
    for name in _FRAMES:
        content.update(f"{name}\n".encode())
        content.update((folder / f"{name}.csv").read_bytes())
    return content.hexdigest()


def save_bank(bank: Bank, folder: Path) -> None:
    """Write a bank as CSV files and ``bank.json``: whole, or not at all.

    The parts are written to a folder of a temporary name, which is renamed at the end. What lies at `folder` goes.
    """
    temporary = _temporary(folder)
    try:
        temporary.mkdir(parents=True)
        for name in _FRAMES:
            frame: pd.DataFrame = getattr(bank, name)
            frame.to_csv(temporary / f"{name}.csv", index=False, float_format="%.7g", lineterminator="\n")
        head: dict[str, Any] = {"version": bank.version, "provisional": bank.provisional}
        if bank.origin:
            head |= {"origin": dict(bank.origin)}
        head |= {"hash": bank_hash(temporary)}
        (temporary / HEAD).write_text(json.dumps(head, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        _into_place(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def copy_bank(source: Path, folder: Path) -> None:
    """Copy the files of a bank as they are: whole, or not at all."""
    temporary = _temporary(folder)
    try:
        temporary.mkdir(parents=True)
        for name in (*(f"{frame}.csv" for frame in _FRAMES), HEAD):
            shutil.copyfile(source / name, temporary / name)
        _into_place(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _temporary(folder: Path) -> Path:
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    shutil.rmtree(temporary, ignore_errors=True)
    return temporary


def _into_place(temporary: Path, folder: Path) -> None:
    """Rename a finished folder; one that stands there already goes aside first, so that none is ever half."""
    aside = temporary.with_suffix(".old")
    if folder.exists():
        folder.replace(aside)
    temporary.replace(folder)
    shutil.rmtree(aside, ignore_errors=True)


def load_bank(version: str | Path) -> Bank:
    """Read a bank by version (one that comes with the package) or from a folder.

    Raises
    ------
    ValueError
        When there is none of that name, its files are damaged or do not fit together, or somebody changed a number
        after the bank was made.
    """
    folder = bank_folder(version)
    if not (folder / HEAD).is_file():
        raise ValueError(
            _("Bank butir '{version}' tidak ada; yang tersedia: {known}.").format(
                version=version, known=", ".join(list_banks()) or "-"
            )
        )
    try:
        head = json.loads((folder / HEAD).read_text(encoding="utf-8"))
        frames = {name: pd.read_csv(folder / f"{name}.csv", dtype=dict.fromkeys(_TEXTS, str)) for name in _FRAMES}
        origin = dict(head.get("origin") or {})
        bank = Bank(str(head["version"]), bool(head["provisional"]), **frames, origin=origin)
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as problem:
        raise ValueError(
            _("Bank butir di {folder} rusak ({problem}).").format(folder=folder.name, problem=problem)
        ) from None
    bank = _sound(bank)
    if "hash" in head and head["hash"] != bank_hash(folder):
        raise ValueError(
            _(
                "Bank {version}: isinya berubah sejak dibuat; pakai salinan yang utuh, atau buat versi baru untuk "
                "angka yang lain."
            ).format(version=bank.version)
        )
    return bank


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
