"""The command ``workbench``: every verb calls one function; errors are one sentence."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.i18n import _, set_locale

__all__ = ["app", "main"]

INTERRUPTED = 130  # what a shell reports for a command that was stopped by Ctrl-C

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
policy_app = typer.Typer(no_args_is_help=True, help="Kebijakan: aturan sebagai data.")
app.add_typer(policy_app, name="policy")


def _in_its_language(folder: Path) -> Path:
    """Speak the language of the workspace, where there is one; what is wrong with it the command itself will say."""
    from workbench.workspace import SETTINGS_FILE, Workspace

    if (folder / SETTINGS_FILE).is_file():
        with suppress(ValueError):
            set_locale(Workspace(folder).settings.locale)
    return folder


Folder = Annotated[Path, typer.Argument(help="Folder ruang kerja.", show_default=False, callback=_in_its_language)]
Debug = Annotated[bool, typer.Option("--debug", help="Tampilkan jejak lengkap bila gagal.")]
Json = Annotated[bool, typer.Option("--json", help="Cetak satu objek JSON saja.")]


def say(text: str) -> None:
    """Print a line for people."""
    typer.echo(text)


def say_json(content: dict[str, Any]) -> None:
    """Print the one object that a program reads."""
    typer.echo(json.dumps(content, ensure_ascii=False))


@app.command()
def new(
    folder: Folder,
    cohort: Annotated[
        str, typer.Option(help="Putaran simulasi: national-2023, kaltim-2024, cirebon-2024, pekalongan-2024.")
    ] = "",
    real: Annotated[str, typer.Option(help="Jawaban nyata: iqitems.")] = "",
    more: Annotated[
        list[Path] | None, typer.Argument(help="Berkas atau folder lain untuk --from.", show_default=False)
    ] = None,
    source: Annotated[list[Path] | None, typer.Option("--from", help="Berkas atau folder sendiri.")] = None,
    template: Annotated[bool, typer.Option("--template", help="Tabel kosong XLSX dan CSV dengan kamus data.")] = False,
    size: Annotated[int | None, typer.Option(help="Jumlah orang (simulasi).")] = None,
    seed: Annotated[int, typer.Option(help="Benih acak.")] = 0,
    policy: Annotated[str, typer.Option(help="Kunci kebijakan.")] = "",
    defects: Annotated[str, typer.Option(help="Cacat yang ditanam: none, ordinary, atau berkas TOML.")] = "none",
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Buat ruang kerja: simulasi, jawaban nyata, berkas sendiri, atau templat kosong."""
    if sum(map(bool, (cohort, real, source, template))) != 1:
        raise ValueError(_("Sebut tepat satu: --cohort, --real, --from, atau --template."))
    if more and not source:
        raise ValueError(_("'{path}' tidak dikenal di sini; sebut berkas sendiri setelah --from.").format(path=more[0]))
    if (source or template) and (size is not None or defects != "none"):
        raise ValueError(_("Ukuran dan cacat hanya berlaku untuk kohor simulasi; hapus opsi itu."))
    warnings: list[str] = []
    done = _("Ruang kerja siap: {folder}. Berikutnya: workbench run {folder}")
    if template:
        from workbench.records.templates import write_templates

        write_templates(folder)
        done = _("Templat kosong ada di {folder}; isi, lalu 'workbench new RUANG --from {folder}'.")
    elif source:
        from workbench.pipeline.own_files import workspace_from_files

        made = workspace_from_files(folder, [*source, *(more or [])], policy, seed)
        warnings = list(map(str, made.warnings))
    else:
        from workbench.simulation import new_workspace

        new_workspace(folder, cohort=cohort, real=real, size=size, seed=seed, policy=policy or None, defects=defects)
    if as_json:
        say_json({"exit_status": 0, "folder": str(folder), "warnings": warnings})
        return
    for warning in warnings:
        say(_("Peringatan: {text}").format(text=warning))
    say(done.format(folder=folder))


@app.command()
def check(folder: Folder, as_json: Json = False, debug: Debug = False) -> None:
    """Periksa berkas masukan saja; sebut setiap masalah dengan berkas, baris, dan kolom."""
    from workbench.records import intake
    from workbench.workspace import Workspace

    report = intake.check(Workspace(folder).inputs)
    if as_json:
        content = {"problems": report.problems, "warnings": report.warnings, "quarantine": report.held}
        say_json({name: list(map(vars, found)) for name, found in content.items()})
    else:
        for problem in report.problems:
            typer.echo(str(problem), err=True)
        for warning in report.warnings:
            say(_("Peringatan: {text}").format(text=warning))
        for line in report.held:
            say(_("Karantina: {text}").format(text=line))
        if not report.problems:
            say(_("Berkas masukan sah; {n} baris jawaban dikarantina.").format(n=len(report.quarantine)))
    if report.problems:
        raise typer.Exit(2)


@app.command()
def run(
    folder: Folder,
    stage: Annotated[list[str] | None, typer.Option(help="Hanya tahap ini: items, scores, boxes, reports.")] = None,
    instansi: Annotated[list[str] | None, typer.Option(help="Hanya laporan instansi ini.")] = None,
    jobs: Annotated[int, typer.Option(help="Jumlah buku yang berjalan bersamaan; 0 = satu per prosesor.")] = 0,
    fresh: Annotated[bool, typer.Option("--fresh", help="Jalankan ulang semuanya.")] = False,
    reopen: Annotated[str, typer.Option(help="Alasan mengganti kotak setelah ada suara.")] = "",
    edition: Annotated[str, typer.Option(help="Edisi laporan: internal.")] = "internal",
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Jalankan rantai: butir, skor, kotak, laporan; hanya yang belum dikerjakan."""
    from workbench.pipeline.command import run_command

    raise typer.Exit(
        run_command(
            folder,
            stages=stage or [],
            instansi=instansi or [],
            jobs=jobs,
            fresh=fresh,
            reopen=reopen,
            edition=edition,
            as_json=as_json,
            debug=debug,
        )
    )


@app.command()
def review(
    folder: Folder,
    port: Annotated[int, typer.Option(help="Porta; bila terpakai dicari yang berikutnya.")] = 8866,
    screen: Annotated[str, typer.Option(help="Layar yang dibuka: queue (kasus) atau items (butir).")] = "queue",
    name: Annotated[str, typer.Option("--as", help="Nama penelaah yang bergiliran pada mesin ini.")] = "",
    debug: Debug = False,
) -> None:
    """Buka halaman telaah di peramban."""
    from workbench.serve.voila import serve
    from workbench.workspace import Workspace

    raise typer.Exit(serve(Workspace(folder), port=port, screen=screen, declared_name=name))


@app.command()
def lab(
    folder: Folder,
    port: Annotated[int, typer.Option(help="Porta; bila terpakai dicari yang lain.")] = 8888,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Buka peramban.")] = True,
    name: Annotated[str, typer.Option("--as", help="Nama psikometrisi yang bergiliran pada mesin ini.")] = "",
    debug: Debug = False,
) -> None:
    """Buka JupyterLab pada salinan buku dengan parameter ruang kerja ini."""
    from workbench.pipeline.lab import lab_command

    raise typer.Exit(lab_command(folder, port=port, browser=browser, declared_name=name))


@app.command()
def minutes(
    folder: Folder,
    name: Annotated[str, typer.Option("--as", help="Nama yang membuat berita acara.")] = "",
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Buat berita acara dari catatan telaah; laporan menjadi FINAL."""
    from workbench.pipeline.command import minutes_command

    raise typer.Exit(minutes_command(folder, name, as_json=as_json, debug=debug))


@app.command()
def verify(folder: Folder, as_json: Json = False, debug: Debug = False) -> None:
    """Periksa rantai catatan telaah dan kotak yang dihasilkannya."""
    from workbench.reports.signing import verify_workspace

    result = verify_workspace(folder)
    if as_json:
        say_json(result)
    else:
        typer.echo(str(result["sentence"]), err=not result["sound"])
    raise typer.Exit(0 if result["sound"] else 1)


@policy_app.command("explain")
def policy_explain(
    key: Annotated[str, typer.Argument(help="Kunci kebijakan atau berkas TOML.")], debug: Debug = False
) -> None:
    """Cetak setiap aturan kebijakan dengan sumber dan tandanya."""
    from workbench.policy import describe_rules

    say(describe_rules(key))


@app.command()
def doctor(debug: Debug = False) -> None:
    """Periksa apakah mesin ini punya yang diperlukan."""
    from workbench.pipeline.command import examine_machine

    raise typer.Exit(examine_machine(say))


def main(arguments: list[str] | None = None) -> Any:
    """Run the command and leave with its exit status; what goes wrong is one sentence, also as JSON where it is asked.

    With ``--debug`` exceptions come through.
    """
    words = sys.argv[1:] if arguments is None else arguments
    status, sentence = _call(words)
    if sentence:
        typer.echo(sentence, err=True)
        if "--json" in words:
            say_json({"exit_status": status, "error": sentence, "errors": sentence.splitlines()})
    sys.exit(status)


def _call(words: list[str]) -> tuple[int, str]:
    """Run the command; return its exit status, and what is wrong."""
    try:
        status = app(words, prog_name="workbench", standalone_mode=False)
    except ValueError as problem:
        if "--debug" in words:
            raise
        return 2, str(problem)
    except OSError as problem:
        if "--debug" in words:
            raise
        where, why = problem.filename or "?", problem.strerror or str(problem)
        return 2, _("Berkas atau folder {path} tidak dapat dipakai: {why}.").format(path=where, why=why)
    except Exception as problem:
        # The command parser's own exceptions carry an exit status; anything else is a mistake of ours.
        if hasattr(problem, "exit_code") and hasattr(problem, "format_message"):
            return _usage(problem)
        if "--debug" in words:
            raise
        name = type(problem).__name__
        return 1, _("Kesalahan tak terduga ({name}: {text}); ulangi dengan --debug untuk jejak lengkap.").format(
            name=name, text=" ".join(str(problem).split())
        )
    interrupted = _("Dihentikan; yang sudah selesai tetap tersimpan.") if status == INTERRUPTED else ""
    return int(status or 0), interrupted


def _usage(problem: Any) -> tuple[int, str]:
    """Say what is wrong with a command line, and where to read what is right."""
    command = problem.ctx.command_path if getattr(problem, "ctx", None) is not None else "workbench"
    kind = type(problem).__name__
    if kind == "NoArgsIsHelpError":
        typer.echo(problem.format_message())
        return problem.exit_code, ""
    if kind == "NoSuchOption":
        what = _("opsi {name} tidak dikenal").format(name=problem.option_name)
    elif kind == "MissingParameter":
        name = str(problem.param.name).upper() if problem.param is not None else str(problem.param_hint)
        what = _("{name} belum disebut").format(name=name)
    else:
        what = problem.format_message().rstrip(".")
    return problem.exit_code, _("Perintah tidak dapat dijalankan: {what}; lihat '{command} --help'.").format(
        what=what, command=command
    )
