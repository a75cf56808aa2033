"""A workspace from one's own files: everything is checked first, and nothing is made unless all of it is sound."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.items import MINIMUM_CALIBRATION
from workbench.analysis.received import sheet_problems
from workbench.i18n import _
from workbench.pipeline.banks import find_bank
from workbench.pipeline.intake import BadInputsError
from workbench.policy import load_policy, policy_key, with_points_received
from workbench.records.bank import SHIPPED, check_version_name, copy_bank, list_banks, load_bank
from workbench.records.intake import IntakeReport, check, is_passed_over, name_problem
from workbench.records.problems import Problem
from workbench.records.reach import chain_end
from workbench.records.received import LEVELS, RESPONSES, SHEET
from workbench.records.received_tables import RECEIVED_LEVELS, SHEET_COMPONENTS, received_scales
from workbench.records.scoring import scores_of
from workbench.workspace import SETTINGS_FILE, Settings, Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DEFAULT_POLICY", "end_of_chain", "workspace_from_files"]

DEFAULT_POLICY = "kepka-bkn-411-2025"
DRAWS_OF_LEVELS = 800


def workspace_from_files(
    folder: Path, sources: Sequence[Path], policy: str = "", seed: int = 0, bank: str = ""
) -> IntakeReport:
    """Make a workspace from files that a person brings.

    The files are copied as they are. Where all items are in the bank that is named, or in one that comes with the
    package, that bank scores the round; a folder that is named is copied into the workspace. Otherwise the round is
    scored on its own calibration ("sementara"). The chain ends after the scores where the files do not suffice for
    boxes, and the settings say why.

    Parameters
    ----------
    folder : Path
        The new workspace: a folder that does not exist or is empty.
    sources : sequence of Path
        Files, or folders of files.
    policy : str
        Key of a policy or a TOML file; empty for `DEFAULT_POLICY`.
    seed : int
        Seed of the draws of the chain.
    bank : str
        A version that comes with the package or the folder of a bank, as `pipeline.banks.find_bank` takes it.

    Returns
    -------
    IntakeReport
        What came in, with its warnings.

    Raises
    ------
    BadInputsError
        With every problem of the files; the folder is then as it was.
    ValueError
        When the folder is in use or cannot be made, there is no such policy or bank, or the bank that is named does not
        know every item answered here.
    """
    key = policy_key(policy or DEFAULT_POLICY)
    load_policy(key)  # says so where there is none, before anything is made
    own = find_bank(bank) if bank else None
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(_("{path} sudah ada dan tidak kosong; pilih folder lain.").format(path=folder))
    target = folder.resolve()
    standing = next(parent for parent in target.parents if parent.is_dir())
    try:
        with tempfile.TemporaryDirectory(prefix=".workbench-", dir=standing) as scratch:
            inputs = Path(scratch) / "inputs"
            inputs.mkdir()
            problems = _copy(sources, inputs)
            report = check(inputs)
            if problems or report.problems:
                raise BadInputsError(problems + report.problems)
            for name in report.unused:
                (inputs / name).unlink()
            bank = _bank_of_levels(report, key, own) if report.entry == LEVELS else _bank(report, own)
            ends_after, ends_because = end_of_chain(report, key, minimum=0 if bank else MINIMUM_CALIBRATION)
            if report.entry == SHEET:
                policy_of_sheet = with_points_received(load_policy(key), SHEET_COMPONENTS)
                report.warnings += sheet_problems(report.tables[SHEET], policy_of_sheet, report.sources[SHEET])
            settings = Settings(
                name=re.sub(r"[^a-z0-9]+", "-", target.name.lower()).strip("-") or "putaran",
                title=target.name,
                policy="" if ends_after and report.entry == RESPONSES else key,
                bank=bank,
                seed=seed,
                ends_after=ends_after,
                ends_because=ends_because,
                entry=report.entry,
                # Weights of skewed likelihoods leave fewer of the draws that count.
                draws=DRAWS_OF_LEVELS if report.entry == LEVELS else Settings.model_fields["draws"].default,
            )
            workspace = Workspace.create(Path(scratch) / "workspace", settings)
            if own is not None and own.parent != SHIPPED:
                copy_bank(own, workspace.banks / bank)
            inputs.replace(workspace.inputs)
            target.parent.mkdir(parents=True, exist_ok=True)
            workspace.path.replace(target)
    except OSError as problem:
        sentence = _("{path} tidak dapat dibuat ({why}); periksa izin dan ruang kosong.")
        raise ValueError(sentence.format(path=folder, why=problem.strerror)) from None
    return report


def end_of_chain(report: IntakeReport, policy: str, *, minimum: int) -> tuple[str, str]:
    """Return the last stage that these files allow under a policy, and why (`records.reach.chain_end`)."""
    if report.entry == SHEET:
        return "", ""  # The sheet has both axes, and a policy that it does not fit is refused.
    if report.entry == LEVELS:
        levels = report.tables[RECEIVED_LEVELS]
        people = {scale: int(levels[scale].notna().sum()) for scale in received_scales()}
        chosen = load_policy(policy)
        needed = chosen.used_scales if chosen.missing.value == "withhold" else ()
        return chain_end(report.tables, {scale: n for scale, n in people.items() if n}, needed, minimum)
    return chain_end(report.tables, _answers(report), load_policy(policy).used_scales, minimum)


def _bank_of_levels(report: IntakeReport, policy: str, own: Path | None) -> str:
    """Return the version of a bank whose level cuts and population know every scale that matters here."""
    levels = report.tables[RECEIVED_LEVELS]
    wanted = {scale for scale in received_scales() if levels[scale].notna().any()} | set(
        load_policy(policy).used_scales
    )
    for source in [own] if own is not None else list_banks():
        bank = load_bank(source)
        if wanted <= {str(scale) for scale in bank.level_cuts["scale"]} & set(bank.scales):
            return check_version_name(bank.version)
    raise ValueError(
        _("Tidak ada bank butir dengan batas level untuk semua skala {names}; buat bank yang memuatnya dahulu.").format(
            names=", ".join(sorted(wanted))
        )
    )


def _copy(sources: Sequence[Path], inputs: Path) -> list[Problem]:
    """Copy every file that is named or lies in a folder that is named; return what cannot be one."""
    problems: list[Problem] = []
    origin: dict[str, Path] = {}
    for source in sources:
        if (source / SETTINGS_FILE).is_file():
            sentence = _("ini ruang kerja, bukan folder berkas masukan; sebut folder 'inputs' di dalamnya")
            problems.append(Problem(str(source), None, "", sentence))
            continue
        if not source.exists():
            sentence = _("berkas atau folder ini tidak ada; periksa jalurnya")
            problems.append(Problem(str(source), None, "", sentence))
            continue
        for path in sorted(source.iterdir()) if source.is_dir() else [source]:
            if source.is_dir() and is_passed_over(path):
                continue
            sentence = name_problem(path)
            known = origin.setdefault(path.name, path.resolve())
            if not sentence and known != path.resolve():
                sentence = _("berkas bernama sama sudah disebut: {other}; sebut salah satu saja").format(other=known)
            if sentence:
                problems.append(Problem(path.name, None, "", sentence))
            else:
                shutil.copyfile(path, inputs / path.name)
    return problems


def _answers(report: IntakeReport) -> dict[str, int]:
    """Return the scales that the responses measure, and how many people answered each."""
    scale_of = report.tables["items"].set_index("item_id")["scale"]
    people: dict[str, int] = {}
    for frame in report.responses.values():
        items = frame.columns.drop("nip")
        for scale, names in items.groupby(scale_of[items].to_numpy()).items():
            # The last two codes stand for omitted and not reached.
            chosen = np.column_stack([frame[name].cat.codes < len(frame[name].cat.categories) - 2 for name in names])
            people[str(scale)] = people.get(str(scale), 0) + int(chosen.any(axis=1).sum())
    return people


def _bank(report: IntakeReport, own: Path | None) -> str:
    """Return the version of the bank that knows every item answered here: the one that is named, or one that ships.

    Raises
    ------
    ValueError
        When the bank that is named does not, is provisional or damaged.
    """
    if report.entry != RESPONSES:
        return ""
    used = {str(name) for frame in report.responses.values() for name in frame.columns if name != "nip"}
    items = report.tables["items"]
    wanted = {
        (str(item["item_id"]), str(item["scale"]), 2 if item["format"] == "mc" else len(set(scores_of(item))))
        for item in items[items["item_id"].isin(used)].to_dict("records")
    }
    for source in [own] if own is not None else list_banks():
        found = load_bank(source)
        parameters = found.item_parameters
        known = set(zip(parameters["item_id"], parameters["scale"], parameters["categories"].astype(int), strict=True))
        if wanted <= known and not found.provisional:
            return check_version_name(found.version)
        if own is not None:
            absent = sorted(item for item, _scale, _categories in wanted - known)
            raise ValueError(
                _(
                    "Bank {version} tidak dapat menilai putaran ini: {n} butir tidak dikenalnya ({items}), atau bank "
                    "itu sementara. Buat tanpa --bank, lalu lihat 'workbench bank apply'."
                ).format(version=found.version, n=len(absent), items=", ".join(absent[:5]) or "-")
            )
    return ""
