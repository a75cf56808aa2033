"""What stands between now and FINAL: a checklist of the round, each line with what to do."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.analysis.gates import gate_titles, read_gates
from workbench.i18n import _, format_number
from workbench.reports.signed import equal_to_minutes, signed_state
from workbench.review import Store
from workbench.review.progress import ProgressReader

if TYPE_CHECKING:
    from workbench.review.ledger import Ledger
    from workbench.review.progress import Progress
    from workbench.workspace import Workspace

__all__ = ["BLOCKING", "PASSED", "UNFINISHED", "Line", "Release", "open_case_titles", "release_of", "state_titles"]

PASSED = "passed"
UNFINISHED = "unfinished"  # minutes can be made all the same, and say so
BLOCKING = "blocking"
STAGES = ("items", "scores", "boxes")


@dataclass(frozen=True)
class Line:
    """One line of the checklist.

    Attributes
    ----------
    key, title : str
    state : str
        `PASSED`, `UNFINISHED` or `BLOCKING`.
    sentence : str
        What was found.
    to_do : str
        What to do about it; empty where it passed.
    details : tuple of str
        What the sentence counts, one by one.
    cases : tuple of int
        Numbers of the cases that wait for the pleno.
    """

    key: str
    title: str
    state: str
    sentence: str
    to_do: str = ""
    details: tuple[str, ...] = ()
    cases: tuple[int, ...] = ()


@dataclass(frozen=True)
class Release:
    """The checklist after a number of events.

    Attributes
    ----------
    seq : int
    lines : tuple of Line
    """

    seq: int
    lines: tuple[Line, ...]

    @property
    def sentence(self) -> str:
        """How many lines stand in the way, in words."""
        blocking = sum(line.state == BLOCKING for line in self.lines)
        unfinished = sum(line.state == UNFINISHED for line in self.lines)
        if not blocking and not unfinished:
            return _("Tidak ada yang menghalangi; laporan putaran ini FINAL.")
        return _("{blocking} hal menghalangi FINAL; {unfinished} belum selesai tetapi tidak menghalangi.").format(
            blocking=blocking, unfinished=unfinished
        )


def state_titles() -> dict[str, str]:
    """Return the states of a line in words."""
    return {
        PASSED: _("lulus"),
        UNFINISHED: _("belum selesai, tidak menghalangi"),
        BLOCKING: _("menghalangi"),
    }


def open_case_titles() -> dict[str, str]:
    """Return the kinds of open cases in words."""
    return {
        "new": _("Kasus tanpa suara"),
        "voting": _("Kasus yang suaranya belum lengkap"),
        "postponed": _("Kasus yang ditunda"),
        "conflict": _("Konflik"),
        "pleno": _("Kasus di pleno"),
    }


def release_of(workspace: Workspace, actor: str = "") -> Release:
    """Return what stands between now and FINAL.

    Parameters
    ----------
    workspace : Workspace
        With boxes and a review database.
    actor : str
        Who is told; the commands then name the person, if it is somebody on the list who may use them.
    """
    with closing(Store.of(workspace)) as store:
        progress = ProgressReader(store).read()
        lines = (
            _chain(store),
            _boxes(workspace, store),
            _gates(workspace),
            _bank(workspace),
            *(_cases(kind, title, progress) for kind, title in open_case_titles().items()),
            _quorum(workspace, progress, store.ledger()),
            _minutes(workspace, store, progress, actor),
        )
    return Release(progress.seq, (*lines, _reports(workspace)))


def _line(
    key: str, title: str, sentence: str, state: str = PASSED, to_do: str = "", details: tuple[str, ...] = ()
) -> Line:
    return Line(key, title, state, sentence, "" if state == PASSED else to_do, details)


def _chain(store: Store) -> Line:
    check = store.verify()
    return _line(
        "chain",
        _("Rantai catatan"),
        check.sentence,
        PASSED if check.sound else BLOCKING,
        _("Pulihkan catatan dari cadangan dengan 'workbench restore'."),
    )


def _boxes(workspace: Workspace, store: Store) -> Line:
    """Whether the cases are those of the boxes that lie in the results now."""
    boxes = workspace.read("boxes", ["participant_id", "box", "withheld_reason", "run_id"])
    known = boxes[boxes["withheld_reason"] == ""]
    stated = dict(zip(known["participant_id"].astype(str), known["box"].astype(int), strict=True))
    cases = store.cases()
    differing = [case.position for case in cases if stated.get(case.participant_id) != case.content["box"]]
    same_run = store.run() in set(boxes["run_id"])
    sentence = _("{n} kasus berasal dari kotak yang sekarang.").format(n=format_number(len(cases)))
    if not same_run:
        sentence = _("Kasus telaah berasal dari proses lain daripada kotak yang sekarang.")
    elif differing:
        sentence = _("{n} kasus menyebut kotak lain daripada hasil yang sekarang; yang pertama nomor {first}.").format(
            n=format_number(len(differing)), first=differing[0]
        )
    return _line(
        "boxes",
        _("Kotak dan kasus"),
        sentence,
        PASSED if same_run and not differing else BLOCKING,
        _("Jalankan 'workbench run'; bila sudah ada suara, sebut alasannya dengan --reopen."),
    )


def _gates(workspace: Workspace) -> Line:
    gates = read_gates(workspace, STAGES)
    held = [(stage, gate) for stage, gate in gates if not gate.passed]
    stages = {"items": _("butir"), "scores": _("skor"), "boxes": _("kotak")}
    return _line(
        "gates",
        _("Gerbang proses"),
        _("{n} gerbang: {passed} PASS, {held} HOLD.").format(
            n=len(gates), passed=len(gates) - len(held), held=len(held)
        ),
        UNFINISHED if held else PASSED,
        _("Baca temuannya bersama psikometrisi; laporan menyebut setiap HOLD."),
        details=tuple(
            f"HOLD {stages[stage]}, {gate_titles().get(gate.gate, gate.gate)}, {gate.scope}: {gate.sentence}"
            for stage, gate in held
        ),
    )


def _bank(workspace: Workspace) -> Line:
    mark = workspace.provisional_mark
    return _line(
        "bank",
        _("Bank butir"),
        mark or _("Dinilai dengan bank {bank}.").format(bank=workspace.settings.bank),
        UNFINISHED if mark else PASSED,
        _("Tanda ini tetap tercetak pada laporan FINAL; bank dipasang dengan 'workbench bank apply'.")
        if workspace.has_answers
        else _("Tanda ini tetap tercetak pada laporan FINAL."),
    )


def _cases(kind: str, title: str, progress: Progress) -> Line:
    n = progress.statuses[kind]
    to_do = {
        "new": _("Lanjutkan di layar antrean; yang tersisa memakai kotak dinyatakan."),
        "voting": _("Lanjutkan di layar antrean; yang tersisa memakai kotak dinyatakan."),
        "postponed": _("Lanjutkan di layar antrean; yang tersisa memakai kotak dinyatakan."),
        "conflict": _("Bawa ke pleno; konflik yang tersisa memakai kotak dinyatakan."),
        "pleno": _("Putuskan di layar pleno; yang tersisa memakai kotak dinyatakan."),
    }[kind]
    sentence = _("{n} kasus.").format(n=format_number(n)) if n else _("Tidak ada.")
    line = _line(kind, title, sentence, UNFINISHED if n else PASSED, to_do)
    return replace(line, cases=progress.to_settle.get(kind, ()))


def _quorum(workspace: Workspace, progress: Progress, ledger: Ledger) -> Line:
    quorum, names = workspace.settings.quorum, workspace.settings.names
    waiting = progress.statuses["conflict"] + progress.statuses["pleno"]
    taken = [state.pleno for state in ledger.states().values() if state.pleno is not None]
    short = [decision for decision in taken if len(decision.present) < decision.quorum]
    title = _("Kuorum pleno")
    if short:
        sentence = _("{n} keputusan pleno diambil tanpa kuorum.").format(n=len(short))
        return _line("quorum", title, sentence, BLOCKING, _("Putuskan lagi di layar pleno dengan kuorum."))
    if waiting and names and len(names) < quorum:
        sentence = _("Kuorum {quorum} orang, tetapi daftar people hanya memuat {n}; {waiting} kasus menunggu.").format(
            quorum=quorum, n=len(names), waiting=waiting
        )
        to_do = _("Tambahkan orang pada daftar people di workbench.toml.")
        return _line("quorum", title, sentence, UNFINISHED, to_do)
    if waiting:
        sentence = _("{waiting} kasus menunggu pleno dengan sedikitnya {quorum} orang hadir.").format(
            waiting=waiting, quorum=quorum
        )
        to_do = _("Undang sedikitnya {quorum} orang, lalu buka layar pleno.").format(quorum=quorum)
        return _line("quorum", title, sentence, UNFINISHED, to_do)
    sentence = _("{n} keputusan pleno, semuanya dengan kuorum.").format(n=len(taken))
    return _line("quorum", title, sentence if taken else _("Tidak ada kasus yang memerlukan pleno."))


def _minutes(workspace: Workspace, store: Store, progress: Progress, actor: str) -> Line:
    """Whether minutes are made and equal what lies here; FINAL needs them."""
    title = _("Berita acara")
    same, sentence = equal_to_minutes(workspace, store)
    if same:
        return _line("minutes", title, sentence)
    settled = progress.cases - progress.open - progress.statuses["withdrawn"]
    if not settled:
        to_do = _("Putuskan sedikitnya satu kasus; berita acara tanpa putusan ditolak.")
        return _line("minutes", title, sentence, BLOCKING, to_do)
    known = actor in workspace.settings.names and store.permissions.may(actor, "minutes")
    who = f" --as {actor if known else _('NAMA')}" if workspace.settings.names else ""
    to_do = _("Ketua atau sekretaris menjalankan: {command}").format(
        command=f"workbench minutes {workspace.path.name}{who}"
    )
    opened = [(words, progress.statuses[kind]) for kind, words in open_case_titles().items()]
    named = "; ".join(f"{words}: {format_number(n)}" for words, n in opened if n)
    if named:
        to_do += ". " + _("Yang lalu tercatat terbuka: {named}.").format(named=named)
    return _line("minutes", title, sentence, BLOCKING, to_do)


def _reports(workspace: Workspace) -> Line:
    """Whether the reports that lie here say what the minutes say now."""
    final, words = signed_state(workspace)
    marker = workspace.path / "results" / "reports" / "published.json"
    runs = json.loads(marker.read_text(encoding="utf-8"))["runs"] if marker.is_file() else []
    said = [str(workspace.manifest(run)["inputs"].get("signed", "")) for run in runs]
    current = sum(one == f"FINAL: {words}" for one in said) if final else 0
    if not runs:
        sentence = _("Belum ada laporan.")
    elif final:
        sentence = _("{current} dari {n} laporan FINAL menurut berita acara yang berlaku.").format(
            current=current, n=len(runs)
        )
    else:
        sentence = _("{n} laporan berstatus DRAF: {words}.").format(n=len(runs), words=words)
    passed = bool(runs) and final and current == len(runs)
    to_do = _("Jalankan 'workbench run --stage reports'.") if final or not runs else _("Buat berita acara dahulu.")
    return _line("reports", _("Laporan"), sentence, PASSED if passed else BLOCKING, to_do)
