"""Verbs about the review log: keep it, erase what it says of a person, hand on what it decided, say how far it is."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.i18n import _, format_number
from workbench.options import Debug, Folder, Json, say, say_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.review.log import Verification
    from workbench.workspace import Workspace

__all__ = ["VERBS"]

As = Annotated[str, typer.Option("--as", help="Nama pada daftar people; kosong: akun komputer ini.")]


def backup(
    folder: Folder,
    file: Annotated[Path, typer.Argument(help="Berkas cadangan yang dibuat.", show_default=False)],
    declared: As = "",
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Salin catatan telaah ke satu berkas cadangan; suara boleh terus masuk."""
    from workbench.review.safekeeping import back_up

    workspace, _actor, _account = _keeper(folder, declared)
    done = _("Cadangan ada di {file}. {sentence}")
    _answer(back_up(workspace.database_url, file), done, file, as_json=as_json)


def restore(
    file: Annotated[Path, typer.Argument(help="Berkas cadangan.", show_default=False)],
    folder: Folder,
    declared: As = "",
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Pulihkan catatan telaah dari cadangan ke ruang kerja yang tidak punya catatan."""
    from workbench.review.safekeeping import restore as bring_back

    workspace, _actor, _account = _keeper(folder, declared)
    done = _("Catatan telaah dipulihkan dari {file}. {sentence}")
    _answer(bring_back(file, workspace.database_url), done, file, as_json=as_json)


def export_log(
    folder: Folder,
    file: Annotated[Path, typer.Argument(help="Berkas .csv atau .jsonl yang dibuat.", show_default=False)],
    declared: As = "",
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Tulis semua peristiwa catatan telaah ke CSV atau JSON per baris; muatan yang dihapus tidak ikut."""
    from workbench.reports.log_export import export_log as write_events

    workspace, _actor, _account = _keeper(folder, declared)
    done = _("Catatan telaah ditulis ke {file}. {sentence}")
    _answer(write_events(workspace, file), done, file, as_json=as_json)


def erase(
    folder: Folder,
    participant: Annotated[str, typer.Argument(help="Nama samaran peserta (P...).", show_default=False)],
    reason: Annotated[str, typer.Option(help="Mengapa dihapus; tercatat, jadi jangan sebut yang dihapus.")] = "",
    declared: As = "",
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Hapus isi catatan telaah tentang satu peserta, dan identitasnya (hak penghapusan, UU 27/2022)."""
    from workbench.review.erasure import erase as forget

    workspace, actor, account = _keeper(folder, declared)
    done = forget(workspace, participant, actor=actor, account=account, reason=reason)
    if as_json:
        say_json({"exit_status": 0, "seq": done.seq, "events": list(done.events), "signed": done.is_signed})
        return
    say(
        _(
            "Muatan {n} peristiwa tentang {participant} dan identitasnya dihapus; tercatat sebagai peristiwa {seq}."
        ).format(n=len(done.events), participant=participant, seq=done.seq)
    )
    if done.is_signed:
        say(_("Kasusnya tetap terhitung seperti yang ditandatangani; berita acara yang sudah dicetak tidak berubah."))
    elif done.events:
        say(_("Suara atas kasusnya tidak terhitung lagi; kasus itu kembali ke antrean."))
    say(
        _(
            "Tidak ikut terhapus: hasil dengan nama samaran (tables/, results/), berkas masukan (inputs/), laporan "
            "yang sudah ditulis (reports/), dan cadangan lama. Hapus orang itu dari berkas masukan dan buat cadangan "
            "baru; 'workbench run {folder} --stage reports --fresh' menulis laporan tanpa namanya."
        ).format(folder=folder)
    )


def export(folder: Folder, declared: As = "", as_json: Json = False, debug: Debug = False) -> None:
    """Tulis kotak final tiap instansi (XLSX dan CSV) ke export/; ditolak sebelum ada berita acara yang sesuai."""
    from workbench.reports.box_export import export_boxes
    from workbench.review.people import identify
    from workbench.workspace import Workspace

    workspace = Workspace(folder)
    actor, _account = identify(workspace.settings, declared)
    done = export_boxes(workspace, actor=actor)
    if as_json:
        content = {"folder": str(done.folder), "people": done.people, "instansi": list(done.instansi)}
        say_json({"exit_status": 0, **content, "minutes_event": done.minutes_event, "minutes_hash": done.minutes_hash})
        return
    say(
        _(
            "Kotak final {n} orang dari {k} instansi ditulis ke {folder}, sesuai berita acara peristiwa {seq}, "
            "sidik {hash}."
        ).format(
            n=format_number(done.people),
            k=format_number(len(done.instansi)),
            folder=done.folder,
            seq=done.minutes_event,
            hash=done.minutes_hash[:16],
        )
    )


def progress(folder: Folder, declared: As = "", as_json: Json = False, debug: Debug = False) -> None:
    """Sebut kemajuan telaah, lajunya, dan apa yang masih menghalangi FINAL."""
    from workbench.apps.chair.words import in_words
    from workbench.reports.release import release_of, state_titles
    from workbench.review import Store, log
    from workbench.review.progress import ProgressReader

    workspace, actor, _account = _keeper(folder, declared, "see_progress")
    if not log.exists(workspace.database_url) or not workspace.has("boxes"):
        raise ValueError(
            _("Belum ada kasus untuk ditelaah; jalankan 'workbench run {path}' dahulu.").format(path=folder)
        )
    with closing(Store.of(workspace)) as store:
        found = ProgressReader(store).read()
    release = release_of(workspace, actor)
    if as_json:
        lines = [asdict(line) for line in release.lines]
        content = {**asdict(found), "at": found.at.isoformat(timespec="seconds")}
        say_json({"exit_status": 0, "sentence": release.sentence, "lines": lines, "progress": content})
        return
    say("\n".join([*in_words(found), "", release.sentence]))
    for line in release.lines:
        say(f"  {state_titles()[line.state]}: {line.title}. {line.sentence} {line.to_do}".rstrip())


VERBS: dict[str, Callable[..., None]] = {
    "backup": backup,
    "restore": restore,
    "export-log": export_log,
    "erase": erase,
    "export": export,
    "progress": progress,
}


def _keeper(folder: Path, declared: str, action: str = "keep") -> tuple[Workspace, str, str]:
    """Return the workspace, and the person who acts with the account; refuse others where roles are given."""
    from workbench.review.people import identify
    from workbench.review.permissions import Permissions
    from workbench.workspace import Workspace

    workspace = Workspace(folder)
    actor, account = identify(workspace.settings, declared)
    Permissions.of(workspace).require(actor, action)
    return workspace, actor, account


def _answer(check: Verification, done: str, file: Path, *, as_json: bool) -> None:
    if as_json:
        say_json({"exit_status": 0, "file": str(file), "events": check.events, "head": check.head})
    else:
        say(done.format(file=file, sentence=check.sentence))
