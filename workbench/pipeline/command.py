"""What the command line does with the chain: progress, sentences, exit status."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING

from workbench.i18n import _, format_number
from workbench.pipeline.run import Reporter, run_chain
from workbench.reports.instansi import check_edition
from workbench.workspace import Workspace, replaced_on_success

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

__all__ = ["appeal_command", "check_command", "examine_machine", "minutes_command", "run_command"]


class Console(Reporter):
    """Progress on a terminal: a bar, and one line for each finished notebook."""

    def __init__(self) -> None:
        from rich.console import Console as RichConsole
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self.console = RichConsole(stderr=True, highlight=False)
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.console,
            disable=not self.console.is_terminal,
        )
        self.task = self.progress.add_task("", total=None)

    def stage(self, name: str, jobs: int, todo: int) -> None:
        """Begin the bar of a stage."""
        titles = {"items": _("Butir"), "scores": _("Skor"), "boxes": _("Kotak talenta"), "reports": _("Laporan")}
        self.progress.reset(self.task, description=titles[name], total=jobs, completed=jobs - todo)
        if not todo:
            self._line(_("{stage}: sudah selesai ({n} buku)").format(stage=titles[name], n=jobs))

    def done(self, label: str, seconds: float) -> None:
        """Advance the bar and print the line."""
        self.progress.advance(self.task)
        self._line(f"  {label}  {format_number(seconds, 1)} s")

    def failed(self, sentence: str) -> None:
        """Print the sentence of a failed notebook."""
        self._line(sentence, style="bold red")

    def _line(self, text: str, style: str = "") -> None:
        # Never broken at the width of the terminal: a path must stay one that can be copied.
        self.console.print(text, style=style, markup=False, soft_wrap=True)


def run_command(
    folder: Path,
    *,
    stages: Sequence[str] = (),
    instansi: Sequence[str] = (),
    jobs: int = 0,
    fresh: bool = False,
    reopen: str = "",
    edition: str = "internal",
    as_json: bool = False,
    debug: bool = False,
    more: dict[str, str] | None = None,
) -> int:
    """Run the chain for the command line and return its exit status.

    Raises
    ------
    ValueError
        As `run_chain`, and when an edition is asked for that cannot be made.
    """
    check_edition(edition)
    workspace = Workspace(folder)
    from workbench.review.prepare import permit_new_boxes

    console = Console()
    with permit_new_boxes(reopen) as voted, console.progress:
        outcome = run_chain(
            workspace, stages=stages, instansi=instansi, jobs=jobs, fresh=fresh, debug=debug, reporter=console
        )
    for sentence in outcome.holds:
        sys.stderr.write(sentence + "\n")
    index = workspace.path / "reports" / "index.html"
    if as_json:
        content = {
            "exit_status": outcome.exit_status,
            "ran": outcome.ran,
            "kept": outcome.kept,
            "failures": outcome.failures,
            "holds": outcome.holds,
            "ended": outcome.ended,
            "reopened": voted.get("reopened", []),
            "kept_votes": voted.get("kept", []),
            "reports": str(index) if index.is_file() else "",
        }
        sys.stdout.write(json.dumps({**content, **(more or {})}, ensure_ascii=False) + "\n")
        return outcome.exit_status
    titles = {"reopened": _("Kasus dibuka kembali"), "kept": _("Kasus yang suaranya tetap")}
    for name, cases in voted.items():
        sys.stdout.write(f"{titles[name]} ({len(cases)}): {', '.join(cases) or '-'}\n")
    if outcome.ended:
        sys.stdout.write(outcome.ended + "\n")
    if not outcome.failures and index.is_file():
        sys.stdout.write(_("Laporan: {path}\n").format(path=index))
        sys.stdout.write(_("Telaah: workbench review {path}\n").format(path=folder))
    return outcome.exit_status


def check_command(folder: Path, *, as_json: bool = False) -> int:
    """Check the input files of a workspace and say everything that is wrong; return the exit status.

    Parameters
    ----------
    folder : Path
    as_json : bool
        Print one JSON object: problems, warnings, quarantine.
    """
    from workbench.analysis.received import sheet_problems
    from workbench.records import intake

    workspace = Workspace(folder)
    report = intake.check(workspace.inputs)
    if report.entry == "component_sheet" and not report.problems:
        report.warnings += sheet_problems(report.tables[report.entry], workspace.policy, report.sources[report.entry])
    if as_json:
        content = {"problems": report.problems, "warnings": report.warnings, "quarantine": report.held}
        found = {name: list(map(vars, lines)) for name, lines in content.items()}
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        return 2 if report.problems else 0
    for problem in report.problems:
        sys.stderr.write(f"{problem}\n")
    for warning in report.warnings:
        sys.stdout.write(_("Peringatan: {text}").format(text=warning) + "\n")
    for line in report.held:
        sys.stdout.write(_("Karantina: {text}").format(text=line) + "\n")
    if not report.problems:
        sentence = (
            _("Berkas masukan sah; {n} baris jawaban dikarantina.")
            if report.entry == "responses"
            else _("Berkas masukan sah; putaran ini tidak memuat jawaban butir.")
        )
        sys.stdout.write(sentence.format(n=len(report.quarantine)) + "\n")
    return 2 if report.problems else 0


def minutes_command(folder: Path, name: str, *, as_json: bool = False, debug: bool = False) -> int:
    """Write the minutes, then the reports that equal them; return the exit status."""
    from workbench.reports.signing import make_minutes

    with Workspace(folder).lock():
        path = make_minutes(folder, name)
    if not as_json:
        sys.stdout.write(_("Berita acara: {path}\n").format(path=path))
    return run_command(folder, stages=["reports"], as_json=as_json, debug=debug, more={"minutes": str(path)})


def appeal_command(folder: Path, participant: str, *, reason: str = "", actor: str = "", as_json: bool = False) -> int:
    """Write the pack of one participant who objects; return the exit status.

    Parameters
    ----------
    folder : Path
    participant : str
        Pseudonym; with a reason the NIP serves too.
    reason : str
        Why the identity is read. Empty leaves the pack under the pseudonym; otherwise it bears the name, and who asked
        and why is written down.
    actor : str
        Who asks; the account of the operating system where it is not given.
    as_json : bool

    Raises
    ------
    ValueError
        When nobody of that name took part, there are no boxes yet, or a NIP is given without a reason.
    """
    from workbench.analysis.appeal import collect_appeal
    from workbench.records.identities import read_identities
    from workbench.reports.appeal import render_appeal
    from workbench.reports.signed import signed_state
    from workbench.review.decisions import reviews_of

    workspace = Workspace(folder)
    wanted, name = participant.strip(), ""
    if wanted.isdigit() and not reason.strip():
        raise ValueError(_("Mencari menurut NIP membuka identitas; sebutkan alasannya dengan --reason."))
    if reason.strip():
        known = read_identities(workspace.path, purpose=reason, actor=actor)
        row = known[(known["nip"] == wanted) | (known["participant_id"] == wanted)]
        if row.empty:
            raise ValueError(
                _("Peserta '{name}' tidak ada pada putaran ini; periksa NIP atau nama samarannya.").format(name=wanted)
            )
        wanted, name = str(row["participant_id"].iloc[0]), str(row["name"].iloc[0])
    appeal = collect_appeal(workspace, wanted)
    signed = signed_state(workspace)
    run, reviewed = reviews_of(workspace.database_url, wanted, signed=signed[0])
    inputs = json.loads((workspace.path / "tables" / "manifest.json").read_text(encoding="utf-8"))["inputs"]
    document = render_appeal(
        appeal,
        title=workspace.settings.title,
        state=signed,
        run=run,
        name=name,
        reviewed=reviewed,
        inputs=inputs,
    )
    path = workspace.path / "reports" / "appeals" / f"{wanted}.html"
    with replaced_on_success(path) as temporary:
        temporary.touch(mode=0o600)  # about one person: for the eyes of whoever handles the objection
        temporary.write_text(document, encoding="utf-8")
    if as_json:
        sys.stdout.write(json.dumps({"exit_status": 0, "participant": wanted, "pack": str(path)}) + "\n")
    else:
        sys.stdout.write(_("Berkas sanggahan: {path}\n").format(path=path))
    return 0


def examine_machine(say: Callable[[str], None]) -> int:
    """Say what this machine has; return 0 when everything needed is there."""
    from importlib.util import find_spec

    from workbench.pipeline.addresses import ROOT

    browser = next((name for name in ("chromium", "chromium-browser", "google-chrome") if shutil.which(name)), "")
    checks = [
        (_("Python 3.11 atau lebih baru"), sys.version_info >= (3, 11), _("pasang python3.11")),
        (_("Voila"), find_spec("voila") is not None, _("jalankan 'make setup'")),
        ("JupyterLab", find_spec("jupyterlab") is not None, _("jalankan 'make setup'")),
        (_("Papermill"), find_spec("papermill") is not None, _("jalankan 'make setup'")),
        (_("Templat halaman"), (ROOT / "templates" / "voila").is_dir(), _("ambil ulang kode sumber")),
        (_("Chromium (untuk uji di peramban)"), bool(browser), _("apt-get install chromium")),
    ]
    for title, fine, cure in checks:
        say(f"{'ok  ' if fine else '-   '}{title}" + ("" if fine else f": {cure}"))
    return 0 if all(fine for _title, fine, _cure in checks) else 1
