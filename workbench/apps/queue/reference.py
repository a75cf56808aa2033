"""What stands behind the names on a case: competency, levels, and the rules of the policy, each with source and mark.

Fetched when a reviewer asks for it, so that opening a page stays quick. No text of a regulation is made up: where its
text is not held the page says so.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from workbench.i18n import _
from workbench.policy import KAMUS_FILE, load_kamus, marks, rules, scale_titles

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.policy import Competencies, Policy
    from workbench.review.cases import Case
    from workbench.workspace import Workspace

__all__ = ["Reference", "section"]


def section(
    title: str, sentence: str = "", columns: tuple[str, ...] = (), rows: list[list[str]] | None = None, note: str = ""
) -> dict[str, Any]:
    """Return one section of a dialog: a title, a sentence, a table, and a note in small print; each may be empty."""
    return {"title": title, "sentence": sentence, "columns": list(columns), "rows": rows or [], "note": note}


class Reference:
    """Explanations of one workspace.

    Parameters
    ----------
    workspace : Workspace
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @property
    def _policy(self) -> Policy:
        return self._workspace.policy

    @property
    def _kamus_file(self) -> Path:
        return self._workspace.path / KAMUS_FILE

    def rule(self, topic: str) -> dict[str, Any]:
        """Return the rules of one topic of the policy, by section.

        Raises
        ------
        ValueError
            When there is no such topic.
        """
        policy, meaning = self._policy, marks()
        sections, before = [], ""
        for (title, source, mark), found in groupby(rules(policy, topic), key=lambda r: (r.section, r.source, r.mark)):
            rows = [[row.rule, row.value] for row in found]
            sections.append(section("" if title == before else title, rows=rows, note=f"{source} ({meaning[mark]})"))
            before = title
        return {"title": policy.title, "sections": sections}

    def competency(self, case: Case, title: str) -> dict[str, Any]:
        """Return what is known about a competency of a case: what was measured, the levels, the dictionary's text.

        Raises
        ------
        ValueError
            When the case has no such competency.
        """
        level = next((found for found in case.content.get("levels", ()) if found.get("title") == title), None)
        if level is None:
            raise ValueError(_("Kasus ini tidak memuat kompetensi '{title}'.").format(title=title[:40]))
        standard = self._policy.competencies
        key = next((key for key, name in scale_titles().items() if name == title), "")
        kamus = load_kamus(self._kamus_file, standard)
        entry = kamus.competencies.get(key) if kamus is not None else None
        meaning = marks()
        rows = []
        for number, name in enumerate(standard.levels, start=1):
            said = [_("level orang ini")] if number == level["level"] else []
            said += [_("standar jabatan")] if number == level.get("required") else []
            rows.append([f"{number} {name}", ", ".join(said), *([entry.levels[number - 1]] if entry else [])])
        columns = (_("Level"), _("Pada kasus ini"), *([_("Uraian dan indikator menurut kamus")] if entry else []))
        if entry is not None and kamus is not None:
            text = section(
                _("Definisi menurut kamus"), entry.definition, note=f"{kamus.source} ({meaning[kamus.verified]})"
            )
        else:
            text = section(
                _("Definisi dan indikator"),
                _(
                    "Teks kamus (definisi dan indikator perilaku tiap level) ada pada lampiran {source} dan belum "
                    "dimuat pada ruang kerja ini; bacalah pada lampirannya."
                ).format(source=standard.source),
                note=_(
                    "Salinan instansi dapat dimuat sebagai berkas {file} di ruang kerja, lengkap dengan sumbernya."
                ).format(file=KAMUS_FILE),
            )
        measured = section(
            _("Level"), _measured(level), columns, rows, f"{standard.source} ({meaning[standard.verified]})"
        )
        return {"title": title, "sections": [text, measured, _required(standard, case, level)]}


def _measured(level: dict[str, Any]) -> str:
    """Say what was measured, and how sure that is."""
    if level.get("p") is None:
        return _("Level {level}; galatnya tidak dinyatakan pemilik instrumen.").format(level=level["level"])
    return _("Level {level} (peluang {share} %); dua pertiga peluang antara level {low} dan {high}.").format(
        level=level["level"], share=round(100 * level["p"]), low=level["low"], high=level["high"]
    )


def _required(standard: Competencies, case: Case, level: dict[str, Any]) -> dict[str, Any]:
    """Return where the required level comes from."""
    title, required = _("Standar"), level.get("required")
    tier = next((found for found in standard.jenjang if found.key == case.jenjang), None)
    if required is None:
        return section(title, _("Jabatan ini tidak mensyaratkan level untuk kompetensi ini."))
    if tier is None or tier.required_level != required:
        return section(title, _("Level {level} menurut standar jabatan orang ini.").format(level=required))
    sentence = _("Level {level} untuk jenjang {tier}, sama untuk semua kompetensi.").format(
        level=required, tier=tier.title
    )
    return section(title, sentence, note=f"{tier.source} ({marks()[tier.verified]})")
