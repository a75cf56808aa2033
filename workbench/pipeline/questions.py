"""Questions that one asks of a finished round: what if an item were dropped, what would another policy say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.analysis import boxes, policy_comparison, what_if
from workbench.analysis.opened_round import open_round
from workbench.analysis.recalibration import recalibrated
from workbench.i18n import _, format_number, set_locale
from workbench.reports import question_pages
from workbench.workspace import Workspace, replaced_on_success, write_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from workbench.analysis.opened_round import OpenedRound

__all__ = ["compare_command", "what_if_command"]

FOLDER = "what-if"


def what_if_command(
    folder: Path, item: str, *, drop: bool = False, key: str = "", also: str = "", again: bool = False
) -> tuple[list[str], dict[str, Any]]:
    """Say who gets another box if an item is dropped, keyed anew, or has a second right option; write the list.

    With `again` its scale is also calibrated afresh, and the list of the second step stands beside that of the first.

    Returns
    -------
    lines : list of str
        For a terminal.
    content : dict
        The same for a program.

    Raises
    ------
    ValueError
        When not exactly one question is asked, or as `analysis.what_if.what_if` and
        `analysis.recalibration.recalibrated`.
    """
    if sum(map(bool, (drop, key, also))) != 1:
        raise ValueError(_("Sebut tepat satu: --drop, --key OPSI, atau --also OPSI."))
    workspace = _opened(folder)
    asked = open_round(workspace, boxes.place_cohort(workspace))
    action, option = ("drop", "") if drop else ("key", key) if key else ("also", also)
    answer = what_if.what_if(asked, item, action, option)
    path = workspace.path / FOLDER / "-".join(filter(None, (_plain(item), action, _plain(option))))
    path = path.with_name(f"{path.name}.csv")
    _write(path, answer.changed)
    lines = [answer.sentence, *answer.notes]
    for row in what_if.by_instansi(answer.changed).to_dict("records"):
        lines.append(
            _("  {instansi}: {n} orang pindah kotak, {into} masuk kumpulan, {out} keluar").format(
                instansi=row["instansi"],
                n=format_number(row["changed"]),
                into=format_number(row["into"]),
                out=format_number(row["out"]),
            )
        )
    lines.append(_("Daftar orangnya: {path}").format(path=path))
    content = {
        "item": item,
        "action": action,
        "option": option,
        "changed": len(answer.changed),
        "crosses": int(answer.changed["crosses"].sum()),
        "notes": list(answer.notes),
        "table": str(path),
    }
    if again:
        more, found = _second_step(asked, answer, path.with_name(f"{path.stem}-kalibrasi-ulang.csv"))
        lines, content = [*lines, *more], content | {"recalibrated": found}
    return lines, content


def _second_step(asked: OpenedRound, first: what_if.Answer, path: Path) -> tuple[list[str], dict[str, Any]]:
    """Calibrate the scale afresh, showing what is being done; write both lists side by side."""
    from rich.console import Console

    with Console(stderr=True, highlight=False).status(_("Langkah kedua")) as shown:
        second = recalibrated(asked, first, lambda step: shown.update(_("Langkah kedua: {step}").format(step=step)))
    _write(path, second.beside)
    content = {
        "changed": len(second.changed),
        "differs": int(second.beside["differs"].sum()),
        "sentences": list(second.sentences),
        "table": str(path),
    }
    return [*second.sentences, _("Kedua daftar berdampingan: {path}").format(path=path)], content


def compare_command(folder: Path, keys: Sequence[str]) -> tuple[list[str], dict[str, Any]]:
    """Place a round under several policies, say who differs and why, and write a page and a table.

    Returns
    -------
    lines : list of str
    content : dict

    Raises
    ------
    ValueError
        As `analysis.policy_comparison.compare_policies` where policies are named; of those at hand, a file with a
        mistake is reported and left out.
    """
    workspace = _opened(folder)
    result = boxes.place_cohort(workspace)
    comparison = policy_comparison.compare_policies(workspace, result, keys, strict=bool(keys))
    table = workspace.path / FOLDER / "policies.csv"
    page = workspace.path / FOLDER / "policies.html"
    _write(table, comparison.differences)
    write_text(page, question_pages.comparison_page(comparison, workspace.settings.title))
    lines = comparison.sentences() or [_("Tidak ada kebijakan lain untuk dibandingkan.")]
    words = question_pages.axes_in_words()
    for row in comparison.reasons().to_dict("records"):
        lines.append(
            _("  {policy}, beda pada {axes}: {n} orang, {crosses} di sisi lain garis kumpulan").format(
                policy=row["second_policy"],
                axes=words.get(row["axes"], row["axes"]),
                n=format_number(row["people"]),
                crosses=format_number(row["crosses"]),
            )
        )
    lines += [_("Halaman: {path}").format(path=page), _("Daftar orangnya: {path}").format(path=table)]
    content = {
        "policies": [one.policy.key for one in comparison.rounds],
        "pools": comparison.pools.to_dict("records"),
        "refused": list(comparison.refused),
        "page": str(page),
        "table": str(table),
    }
    return lines, content


def _opened(folder: Path) -> Workspace:
    workspace = Workspace(folder)
    set_locale(workspace.settings.locale)
    if not workspace.has("scores"):
        raise ValueError(
            _("{path} belum punya skor; jalankan 'workbench run' dahulu.").format(path=workspace.path.name)
        )
    return workspace


def _write(path: Path, frame: pd.DataFrame) -> None:
    with replaced_on_success(path) as temporary:
        frame.to_csv(temporary, index=False, float_format="%.4f", lineterminator="\n", encoding="utf-8")


def _plain(text: str) -> str:
    """Return a code as a part of a file name."""
    return "".join(c if c.isalnum() or c in "._-" else "_" for c in text)
