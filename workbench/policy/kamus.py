"""The dictionary of competencies (kamus kompetensi): definitions and behavioural indicators, in an instansi's own copy.

Its text is an annex of PermenPANRB 38/2017. The package holds the names of the competencies and levels and no text of
the annex, because nobody has compared one with the original yet. Whoever has the annex puts its text into a file of the
workspace, with the source and how sure it is; pages then show it beside the competency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import model_validator

from workbench.i18n import _
from workbench.policy.reading import checked, read_toml
from workbench.policy.standards import Frozen, Sourced, Text

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.policy.standards import Competencies

__all__ = ["KAMUS_FILE", "Entry", "Kamus", "load_kamus"]

KAMUS_FILE = "kamus.toml"


class Entry(Frozen):
    """One competency of the dictionary.

    Attributes
    ----------
    definition : str
    levels : tuple of str
        What a person does at level 1 to 5: description and indicators.
    """

    definition: Text
    levels: tuple[Text, Text, Text, Text, Text]


class Kamus(Sourced):
    """The dictionary, or the part of it that somebody copied."""

    competencies: dict[str, Entry]

    @model_validator(mode="after")
    def _filled(self) -> Kamus:
        if not self.competencies:
            raise ValueError(_("kamus belum memuat satu kompetensi pun"))
        return self


def load_kamus(path: Path, standard: Competencies) -> Kamus | None:
    """Return the dictionary of a workspace, or None where it has none.

    Parameters
    ----------
    path : Path
        TOML: ``source``, ``verified``, and a table ``competencies.KEY`` with ``definition`` and five ``levels``.
    standard : Competencies
        Whose competencies it explains.

    Raises
    ------
    ValueError
        When the file contradicts its form or names a competency that the standard does not know.
    """
    if not path.is_file():
        return None
    content: dict[str, Any] = read_toml(path)
    kamus = checked(Kamus, content, path.name)
    for key in kamus.competencies:
        if key not in standard.competencies:
            raise ValueError(
                _("{file}: kompetensi '{key}' tidak ada pada standar; yang dikenal: {known}.").format(
                    file=path.name, key=key, known=", ".join(standard.competencies)
                )
            )
    return kamus
