"""The command ``workbench``: every verb calls one function; errors are one sentence."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.i18n import _
from workbench.log_commands import VERBS
from workbench.options import Debug, Folder, Json, say, say_json

__all__ = ["app", "main"]

INTERRUPTED = 130  # what a shell reports for a command that was stopped by Ctrl-C

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
policy_app = typer.Typer(no_args_is_help=True, help="Kebijakan: aturan sebagai data.")
app.add_typer(policy_app, name="policy")
bank_app = typer.Typer(no_args_is_help=True, help="Bank butir: versi, pemakaian, dan batas level.")
app.add_typer(bank_app, name="bank")


for verb, command in VERBS.items():
    app.command(verb)(command)


@app.command()
def new(
    folder: Folder,
    cohort: Annotated[
        str, typer.Option(help="Simulasi: national-2023, kaltim-2024, cirebon-2024, pekalongan-2024.")
    ] = "",
    real: Annotated[str, typer.Option(help="Jawaban nyata: iqitems.")] = "",
    more: Annotated[
        list[Path] | None, typer.Argument(help="Berkas atau folder lain untuk --from.", show_default=False)
    ] = None,
    source: Annotated[list[Path] | None, typer.Option("--from", help="Berkas atau folder sendiri.")] = None,
    template: Annotated[bool, typer.Option("--template", help="Tabel kosong XLSX dan CSV dengan kamus data.")] = False,
    size: Annotated[int | None, typer.Option(help="Jumlah orang (simulasi).")] = None,
    seed: Annotated[int, typer.Option(help="Benih acak.")] = 0,
    policy: Annotated[str, typer.Option(help="Kunci kebijakan atau berkas TOML.")] = "",
    bank: Annotated[str, typer.Option(help="Bank butir untuk berkas sendiri: versi atau foldernya.")] = "",
    defects: Annotated[str, typer.Option(help="Cacat yang ditanam: none, ordinary, atau berkas TOML.")] = "none",
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Buat ruang kerja: simulasi, jawaban nyata, berkas sendiri, atau templat kosong."""
    if sum(map(bool, (cohort, real, source, template))) != 1:
        raise ValueError(_("Sebut tepat satu: --cohort, --real, --from, atau --template."))
    if more and not source:
        raise ValueError(_("'{path}' tidak dikenal di sini; sebut berkas sendiri setelah --from.").format(path=more[0]))
    if bank and not source:
        raise ValueError(_("Bank disebut hanya bersama --from; kohor simulasi membawa banknya sendiri."))
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

        made = workspace_from_files(folder, [*source, *(more or [])], policy, seed, bank)
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
    from workbench.pipeline.command import check_command

    raise typer.Exit(check_command(folder, as_json=as_json))


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
    screen: Annotated[
        str, typer.Option(help="Layar yang dibuka dahulu: queue (kasus), items (butir), pleno, talent, atau chair.")
    ] = "queue",
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
def verify(
    folder: Folder,
    printed: Annotated[
        str, typer.Option(help="Kepala rantai seperti tercetak pada berita acara yang ditandatangani.")
    ] = "",
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Periksa rantai catatan telaah dan kotak yang dihasilkannya."""
    from workbench.reports.signing import verify_workspace

    result = verify_workspace(folder, printed)
    if as_json:
        say_json(result)
    else:
        typer.echo(str(result["sentence"]), err=not result["sound"])
    raise typer.Exit(0 if result["sound"] else 1)


@app.command()
def appeal(
    folder: Folder,
    participant: Annotated[str, typer.Argument(help="Nama samaran; dengan --reason boleh NIP.", show_default=False)],
    reason: Annotated[str, typer.Option(help="Alasan membuka identitas; berkas lalu memuat nama.")] = "",
    name: Annotated[str, typer.Option("--as", help="Nama yang meminta.")] = "",
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Buat berkas sanggahan seorang peserta: susunan skor, kepastian, dan apa yang akan mengubahnya."""
    from workbench.pipeline.command import appeal_command

    raise typer.Exit(appeal_command(folder, participant, reason=reason, actor=name, as_json=as_json))


@app.command()
def twin(
    folder: Folder,
    to: Annotated[Path, typer.Argument(help="Folder kembaran.", show_default=False)],
    seed: Annotated[int, typer.Option(help="Benih acak.")] = 0,
    jobs: Annotated[int, typer.Option(help="Jumlah buku yang berjalan bersamaan; 0 = satu per prosesor.")] = 0,
    debug: Debug = False,
) -> None:
    """Buat kembaran simulasi, jalankan, dan sebut seberapa sering prosedur ini menempatkan orang dengan benar."""
    from workbench.analysis.scores import bank_of
    from workbench.pipeline.command import run_command
    from workbench.simulation.twin import compare_twin, make_twin
    from workbench.workspace import Workspace

    source = Workspace(folder)
    source.require_answers(_("Kembaran simulasi"))
    made = make_twin(source, to, bank_of(source), seed=seed)
    status = run_command(to, stages=["items", "scores", "boxes"], jobs=jobs, debug=debug)
    if made.has("boxes"):
        say(compare_twin(made).sentence())
    raise typer.Exit(status)


@policy_app.command("explain")
def policy_explain(
    key: Annotated[str, typer.Argument(help="Kunci kebijakan atau berkas TOML.")], debug: Debug = False
) -> None:
    """Cetak setiap aturan kebijakan dengan sumber dan tandanya."""
    from workbench.policy import describe_rules

    say(describe_rules(key))


@bank_app.command("make")
def bank_make(
    folder: Folder,
    version: Annotated[str, typer.Argument(help="Nama versi baru.", show_default=False)],
    to: Annotated[Path | None, typer.Option(help="Folder bank; bawaan: banks/VERSI di ruang kerja.")] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Buat versi bank butir dari putaran yang selesai."""
    from workbench.pipeline.banks import make_command

    raise typer.Exit(make_command(folder, version, to, as_json=as_json))


@bank_app.command("list")
def bank_list(
    folder: Annotated[Path | None, typer.Argument(help="Folder ruang kerja.", show_default=False)] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Sebut versi bank butir yang ada."""
    from workbench.pipeline.banks import list_command

    raise typer.Exit(list_command(folder, as_json=as_json))


@bank_app.command("compare")
def bank_compare(
    first: Annotated[str, typer.Argument(help="Versi atau folder bank.", show_default=False)],
    second: Annotated[str, typer.Argument(help="Versi atau folder bank lain.", show_default=False)],
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Bandingkan dua versi bank butir."""
    from workbench.pipeline.banks import compare_command

    raise typer.Exit(compare_command(first, second, as_json=as_json))


@bank_app.command("apply")
def bank_apply(
    folder: Folder,
    bank: Annotated[str, typer.Argument(help="Versi atau folder bank.", show_default=False)],
    reopen: Annotated[str, typer.Option(help="Alasan mengganti kotak setelah ada suara.")] = "",
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Salin bank butir ke ruang kerja dan pakai di sana."""
    from workbench.pipeline.banks import apply_command

    raise typer.Exit(apply_command(folder, bank, reopen=reopen, as_json=as_json))


@bank_app.command("ratings")
def bank_ratings(
    source: Annotated[str, typer.Argument(help="Ruang kerja, atau versi atau folder bank.", show_default=False)],
    to: Annotated[Path | None, typer.Option(help="Folder tujuan; bawaan: standard_setting/ di ruang kerja.")] = None,
    scale: Annotated[list[str] | None, typer.Option(help="Hanya skala ini.")] = None,
    method: Annotated[str, typer.Option(help="angoff atau bookmark.")] = "angoff",
    raters: Annotated[int, typer.Option(help="Jumlah penilai yang barisnya disiapkan.")] = 10,
    rp: Annotated[float, typer.Option(help="Peluang jawaban buklet berurut.")] = 2 / 3,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Tulis templat penilaian panel dan buklet berurut."""
    from workbench.pipeline.cuts import ratings_command

    options: dict[str, Any] = {"scales": scale or [], "method": method, "raters": raters, "response_probability": rp}
    raise typer.Exit(ratings_command(source, to, as_json=as_json, **options))


@bank_app.command("cuts")
def bank_cuts(
    bank: Annotated[str, typer.Argument(help="Versi atau folder bank.", show_default=False)],
    ratings: Annotated[Path, typer.Argument(help="Penilaian panel (CSV atau XLSX).", show_default=False)],
    to: Annotated[Path | None, typer.Option(help="Folder versi baru; namanya menjadi nama versi.")] = None,
    rp: Annotated[float, typer.Option(help="Peluang jawaban buklet berurut.")] = 2 / 3,
    rule: Annotated[str, typer.Option(help="Letak batas bookmark: midpoint atau location.")] = "midpoint",
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Tetapkan batas level dari penilaian panel; hasilnya versi bank baru."""
    from workbench.pipeline.cuts import cuts_command

    raise typer.Exit(cuts_command(bank, ratings, to, response_probability=rp, rule=rule, as_json=as_json))


@policy_app.command("compare")
def policy_compare(
    folder: Folder,
    policy: Annotated[
        list[str] | None, typer.Argument(help="Kunci kebijakan atau berkas TOML; kosong: semua.", show_default=False)
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Tempatkan orang yang sama menurut beberapa kebijakan; sebut siapa yang berbeda dan mengapa."""
    from workbench.pipeline.questions import compare_command

    _answer(*compare_command(folder, policy or []), as_json=as_json)


@app.command("what-if")
def what_if(
    folder: Folder,
    item: Annotated[str, typer.Argument(help="Kode butir.", show_default=False)],
    drop: Annotated[bool, typer.Option("--drop", help="Butir dihapus.")] = False,
    key: Annotated[str, typer.Option(help="Opsi ini satu-satunya kunci; parameter butir diduga ulang.")] = "",
    also: Annotated[str, typer.Option(help="Opsi ini benar pula, di samping kunci.")] = "",
    recalibrate: Annotated[bool, typer.Option("--recalibrate", help="Juga dengan skala dikalibrasi ulang.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Sebut siapa yang pindah kotak bila satu butir dihapus atau kuncinya lain."""
    from workbench.pipeline.questions import what_if_command

    _answer(*what_if_command(folder, item, drop=drop, key=key, also=also, again=recalibrate), as_json=as_json)


def _answer(lines: list[str], content: dict[str, Any], *, as_json: bool) -> None:
    """Print the answer to a question, for people or for a program."""
    if as_json:
        say_json({"exit_status": 0, **content})
    else:
        say("\n".join(lines))


@app.command()
def doctor(debug: Debug = False) -> None:
    """Periksa apakah mesin ini punya yang diperlukan."""
    from workbench.pipeline.command import examine_machine

    raise typer.Exit(examine_machine(say))


def main(arguments: list[str] | None = None) -> Any:
    """Run the command and leave with its exit status; what goes wrong is one sentence, or an exception by --debug."""
    words = sys.argv[1:] if arguments is None else arguments
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy: for many small products threads only wait
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
