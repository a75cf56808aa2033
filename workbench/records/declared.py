"""Errors that the owner of an instrument declares, for rounds that hold levels or points instead of answers.

A declared reliability r of a scale whose true values have unit variance means an error variance of (1 - r) / r on
theta; of points whose standard deviation is known it means an error of sd * sqrt(1 - r) points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.i18n import _, format_number
from workbench.policy import load_instruments, scale_titles
from workbench.records.received import LEVELS, SHEET
from workbench.records.received_tables import MEASURED_COMPONENTS, received_scales

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.policy import Policy

__all__ = ["Declaration", "Received", "declarations"]


@dataclass(frozen=True)
class Declaration:
    """The error of one scale or component, and who declares it.

    Attributes
    ----------
    measure : str
        What the declaration names: a scale, an instrument or a component.
    title : str
        The same for readers.
    error : float
        Standard error on theta, or in points of a component.
    figure : str
        What was declared, in words.
    by, reference : str
    """

    measure: str
    title: str
    error: float
    figure: str
    by: str
    reference: str


def declarations(entry: str, declared: pd.DataFrame | None) -> dict[str, Declaration]:
    """Return the declared error of each scale, or of each measured component.

    What is declared of a scale stands before what is declared of its instrument.

    Parameters
    ----------
    entry : str
        ``levels`` or ``component_sheet``.
    declared : pandas.DataFrame or None
        The table ``declared_errors``.
    """
    if declared is None:
        return {}
    given = {str(row["measure"]): _declaration(entry, row) for row in declared.to_dict("records")}
    if entry == SHEET:
        return {heading: given[heading] for heading in MEASURED_COMPONENTS if heading in given}
    owner = {scale.key: key for key, spec in load_instruments().items() for scale in spec.scales}
    found = {scale: given.get(scale, given.get(owner[scale])) for scale in received_scales()}
    return {scale: one for scale, one in found.items() if one is not None}


def _declaration(entry: str, row: Mapping[Any, Any]) -> Declaration:
    measure, reliability = str(row["measure"]), row.get("reliability")
    titles = {key: spec.title for key, spec in load_instruments().items()} | scale_titles()
    if reliability is None or pd.isna(reliability):
        error = float(row["standard_error"])
        figure = (
            _("galat baku {error} theta").format(error=format_number(error, 2))
            if entry == LEVELS
            else _("galat baku {error} poin").format(error=format_number(error, 1))
        )
    elif entry == LEVELS:
        error = math.sqrt((1 - reliability) / reliability)
        figure = _("reliabilitas {reliability}").format(reliability=format_number(float(reliability), 2))
    else:
        error = float(row["sd"]) * math.sqrt(1 - reliability)
        figure = _("reliabilitas {reliability} pada simpangan baku {sd} poin").format(
            reliability=format_number(float(reliability), 2), sd=format_number(float(row["sd"]), 1)
        )
    reference = row.get("reference")
    return Declaration(
        measure,
        titles.get(measure, measure),
        error,
        figure,
        str(row["declared_by"]),
        "" if reference is None or pd.isna(reference) else str(reference),
    )


@dataclass(frozen=True)
class Received:
    """Levels or points that came in place of answers, and what is declared of their errors.

    Attributes
    ----------
    entry : str
        ``levels`` or ``component_sheet``.
    frame : pandas.DataFrame
        The table ``received_levels`` or ``component_sheet``.
    declared : pandas.DataFrame or None
        The table ``declared_errors``.
    policy : Policy
    """

    entry: str
    frame: pd.DataFrame
    declared: pd.DataFrame | None
    policy: Policy

    @property
    def errors(self) -> dict[str, Declaration]:
        """The declared error of each scale or measured component."""
        return declarations(self.entry, self.declared)

    @property
    def in_use(self) -> tuple[str, ...]:
        """The scales or measured components that were received and that the policy's boxes rest on."""
        names: Sequence[str] = self.policy.used_scales if self.entry == LEVELS else MEASURED_COMPONENTS
        return tuple(name for name in names if name in self.frame.columns and self.frame[name].notna().any())

    @property
    def undeclared(self) -> tuple[str, ...]:
        """What the boxes rest on without a declared error; there are probabilities only where this is empty.

        A box adds up all of these, so that one of them without error leaves its probability unknown.
        """
        known = self.errors
        return tuple(name for name in self.in_use if name not in known)

    @property
    def is_declared(self) -> bool:
        """Whether the error of everything that the boxes rest on is declared, so that probabilities can be stated."""
        return bool(self.in_use) and not self.undeclared

    @property
    def sentence(self) -> str:
        """What every page of such a round says: whose figures its probabilities rest on, or why it has none."""
        if not self.is_declared:
            return self._without()
        groups: dict[tuple[str, str, str], list[str]] = {}
        known = self.errors
        for one in dict.fromkeys(known[name] for name in self.in_use):
            groups.setdefault((one.figure, one.by, one.reference), []).append(one.title)
        parts = [
            _("{titles}: {figure}, dinyatakan {by}").format(titles=", ".join(names), figure=figure, by=by)
            + (f" ({reference})" if reference else "")
            for (figure, by, reference), names in groups.items()
        ]
        return _(
            "GALAT DINYATAKAN: peluang putaran ini berdasarkan galat yang dinyatakan pemilik instrumen, bukan dihitung "
            "dari jawaban ({parts})."
        ).format(parts="; ".join(parts))

    def _without(self) -> str:
        titles = scale_titles()
        names = [titles.get(name, name) for name in self.undeclared[:3]]
        more = len(self.undeclared) - len(names)
        return _(
            "TANPA PELUANG: putaran ini memuat {what}, bukan jawaban, dan galatnya tidak dinyatakan pemilik instrumen "
            "({names}), sehingga kotak disebut tanpa seberapa pasti kotak itu."
        ).format(
            what=_("level yang diterima") if self.entry == LEVELS else _("nilai komponen"),
            names=(", ".join(names) or "-") + (_(" dan {n} lainnya").format(n=more) if more else ""),
        )
