"""What the command line and the notebook of standard setting do with files: templates, ratings, banks with new cuts."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench.analysis.standard_setting import PanelCuts, bank_with_cuts, impact, set_cuts
from workbench.i18n import _, format_number
from workbench.pipeline.banks import find_bank, new_bank_folder, say
from workbench.psychometrics.standard_setting import RESPONSE_PROBABILITY
from workbench.records.bank import Bank, bank_hash, load_bank, save_bank
from workbench.records.ratings import ANGOFF, read_ratings, write_ratings_template
from workbench.workspace import SETTINGS_FILE, Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PanelOfWorkspace", "cuts_command", "panel_of", "ratings_command", "write_version"]

FOLDER = "standard_setting"
RATINGS = ("ratings.xlsx", "ratings.csv")


def ratings_command(
    name: str,
    to: Path | None = None,
    *,
    scales: Sequence[str] = (),
    method: str = ANGOFF,
    raters: int = 10,
    response_probability: float = RESPONSE_PROBABILITY,
    as_json: bool = False,
) -> int:
    """Write the template of a standard setting; return the exit status.

    Parameters
    ----------
    name : str
        A workspace, whose bank is rated, or a bank by version or folder.
    to : Path, optional
        Folder; by default ``standard_setting/`` of the workspace.

    Raises
    ------
    ValueError
        When there is no bank, or as `records.ratings.write_ratings_template`.
    """
    workspace = Workspace(name) if (Path(name) / SETTINGS_FILE).is_file() else None
    if to is None and workspace is None:
        raise ValueError(_("Sebut folder tujuan dengan --to, atau sebut ruang kerja."))
    folder = to if to is not None or workspace is None else workspace.path / FOLDER
    bank = _bank_of(workspace) if workspace is not None else load_bank(find_bank(name))
    paths = write_ratings_template(
        bank,
        Path(folder or "."),
        scales=scales,
        method=method,
        raters=raters,
        response_probability=response_probability,
    )
    sentences = [_("Templat penilaian: {path}").format(path=path) for path in paths]
    return say({"files": [str(path) for path in paths]}, sentences, as_json=as_json)


def _bank_of(workspace: Workspace) -> Bank:
    if not workspace.settings.bank:
        raise ValueError(
            _("Ruang kerja {name} tidak punya bank butir; batas level ditetapkan pada bank.").format(
                name=workspace.settings.name
            )
        )
    return load_bank(workspace.bank_source)


def cuts_command(
    name: str,
    ratings: Path,
    to: Path | None = None,
    *,
    response_probability: float = RESPONSE_PROBABILITY,
    rule: str = "midpoint",
    as_json: bool = False,
) -> int:
    """Write a bank version with the cuts of a panel; return the exit status.

    Raises
    ------
    ValueError
        When the bank is not there, the ratings are wrong, or the name of the new version is taken.
    """
    source = find_bank(name)
    bank = load_bank(source)
    found = set_cuts(read_ratings(ratings, bank, response_probability), bank, response_probability, rule)
    day = str(found.cuts["date"].max())
    folder = to if to is not None else Path(f"{bank.version}-{found.cuts['method'].iloc[0]}-{day}")
    _write(source, bank, found, folder, ratings, response_probability, rule)
    lines = [
        _("  {scale} level {level}: {before} menjadi {theta} ± {se} ({low} sampai {high})").format(
            scale=row["scale"],
            level=int(row["level"]),
            **{name: format_number(float(row[name]), 2) for name in ("before", "theta", "low", "high")},
            se=format_number(float(row["standard_error"]), 2),
        )
        for row in found.cuts.to_dict("records")
    ]
    where = _("Bank {version} ditulis di {path}, sidik {hash}.").format(
        version=folder.name, path=folder, hash=bank_hash(folder)[:12]
    )
    content = {
        "version": folder.name,
        "folder": str(folder),
        "hash": bank_hash(folder),
        "cuts": found.cuts.astype(object).where(found.cuts.notna(), None).to_dict("records"),
    }
    return say(content, [*found.sentences, *lines, where], as_json=as_json)


def _write(
    source: Path, bank: Bank, found: PanelCuts, folder: Path, ratings: Path, response_probability: float, rule: str
) -> None:
    version = folder.name
    new_bank_folder(folder, version)
    origin = {
        **bank.origin,
        "made": "standard setting",
        "date": datetime.now().astimezone().date().isoformat(),
        "metric": bank.metric,
        "parent": bank.version,
        "parent_hash": bank_hash(source),
        "ratings": {
            "file": ratings.name,
            "sha256": hashlib.sha256(ratings.read_bytes()).hexdigest(),
            "method": sorted(set(found.cuts["method"])),
            "panel": sorted(set(found.cuts["panel"])),
            "response_probability": response_probability,
            "rule": rule,
            "raters": int(found.cuts["raters"].max()),
        },
    }
    save_bank(bank_with_cuts(bank, version, found, origin), folder)


class PanelOfWorkspace:
    """What the notebook of standard setting shows: the ratings of a workspace, the cuts, and people before and after.

    Attributes
    ----------
    cuts, by_rater, changes, impact : pandas.DataFrame
        Empty where there are no ratings yet; by_rater has a row a rater and scale, and a column a level.
    sentences : tuple of str
    ratings : Path or None
    bank : Bank or None
    """

    def __init__(self, workspace: Workspace, ratings: str, response_probability: float, rule: str) -> None:
        self.workspace, self.response_probability, self.rule = workspace, response_probability, rule
        self.cuts = self.by_rater = self.changes = self.impact = pd.DataFrame()
        self.found: PanelCuts | None = None
        self.bank: Bank | None = None
        self.ratings = _ratings_file(workspace, ratings)
        if not workspace.settings.bank:
            self.sentences: tuple[str, ...] = (
                _("Batas tidak ditetapkan: ruang kerja ini tidak punya bank butir. Buat atau pakai bank dahulu."),
            )
            return
        self.bank = _bank_of(workspace)
        if self.ratings is None:
            self.sentences = (
                _(
                    "Belum ada penilaian: buat templatnya dengan 'workbench bank ratings', isi, lalu jalankan buku ini "
                    "lagi."
                ),
            )
            return
        table = read_ratings(self.ratings, self.bank, response_probability)
        self.found = set_cuts(table, self.bank, response_probability, rule)
        self.cuts, self.changes = self.found.cuts, self.found.changes
        self.by_rater = _wide(self.found.by_rater)
        after = bank_with_cuts(self.bank, self.bank.version, self.found, {})
        scales = tuple(dict.fromkeys(self.cuts["scale"]))
        self.impact, words = impact(workspace, self.bank, after, scales)
        self.sentences = (*self.found.sentences, words)


def _wide(by_rater: pd.DataFrame) -> pd.DataFrame:
    """Return a row a scale and rater: scale, panel, rater, level_2 .. level_5."""
    table = by_rater.set_index(["scale", "panel", "rater", "level"])["theta"].unstack("level")
    return table.reindex(columns=range(2, 6)).add_prefix("level_").rename_axis(columns=None).reset_index()


def _ratings_file(workspace: Workspace, ratings: str) -> Path | None:
    """Return the file that is named, or the one that lies where the template was written; a blank template is none."""
    if ratings:
        return Path(ratings)
    found = [
        workspace.path / FOLDER / f"{stem}{ending}" for stem in ("filled", "terisi") for ending in (".xlsx", ".csv")
    ]
    return next((path for path in found if path.is_file()), None)


def panel_of(
    workspace: Workspace, ratings: str = "", response_probability: float = RESPONSE_PROBABILITY, rule: str = "midpoint"
) -> PanelOfWorkspace:
    """Read the ratings of a workspace and set the cuts.

    Raises
    ------
    ValueError
        When the ratings are wrong.
    """
    return PanelOfWorkspace(workspace, ratings, response_probability, rule)


def write_version(panel: PanelOfWorkspace, version: str) -> str:
    """Write the cuts as a bank version of the workspace; return what was done in a sentence.

    Raises
    ------
    ValueError
        When the name is none or is taken.
    """
    if not version:
        return _("Tidak ditulis: isi parameter 'version' dengan nama versi bank yang baru.")
    if panel.found is None or panel.bank is None or panel.ratings is None:
        return _("Tidak ditulis: belum ada batas yang ditetapkan.")
    workspace = panel.workspace
    folder = workspace.banks / version
    source = find_bank(str(workspace.bank_source), workspace)
    _write(source, panel.bank, panel.found, folder, panel.ratings, panel.response_probability, panel.rule)
    return _("Bank {version} ditulis; pakai dengan 'workbench bank apply {name} {version}'.").format(
        version=version, name=workspace.path.name
    )
