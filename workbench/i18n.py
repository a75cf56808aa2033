"""Texts for people: Bahasa Indonesia is the source language, English the second.

Messages in the code are written in Bahasa Indonesia and wrapped in ``_()``. English comes from
``workbench/locale/en/LC_MESSAGES/workbench.po``, read through gettext when the locale is ``en``.
Numbers and dates follow the locale through Babel.
"""

from __future__ import annotations

import gettext as _gettext
import io
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "LOCALES",
    "_",
    "current_locale",
    "format_number",
    "format_percent",
    "format_probability",
    "format_range",
    "format_shortest",
    "ngettext",
    "set_locale",
    "use_locale",
]

LOCALES = ("id", "en")

_locale: ContextVar[str] = ContextVar("workbench_locale")
_of_process = ["id"]


def current_locale() -> str:
    """Return the locale in force: ``id`` or ``en``."""
    return _locale.get(_of_process[0])


def set_locale(locale: str) -> None:
    """Use a locale from here on in this process, in every thread: a notebook's kernel, a command of one workspace.

    Raises
    ------
    ValueError
        When the locale is not one of `LOCALES`.
    """
    _of_process[0] = _known(locale)


@contextmanager
def use_locale(locale: str) -> Iterator[None]:
    """Use a locale inside a ``with`` block.

    Raises
    ------
    ValueError
        When the locale is not one of `LOCALES`.
    """
    token = _locale.set(_known(locale))
    try:
        yield
    finally:
        _locale.reset(token)


def _known(locale: str) -> str:
    if locale not in LOCALES:
        raise ValueError(_("Bahasa '{locale}' tidak dikenal; pilih salah satu: id, en.").format(locale=locale))
    return locale


@cache
def _catalogue(locale: str) -> _gettext.NullTranslations:
    """Read the catalogue of a locale; Bahasa Indonesia, the source language, needs none."""
    source = Path(__file__).parent / "locale" / locale / "LC_MESSAGES" / "workbench.po"
    if not source.exists():
        return _gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with source.open("rb") as handle:
        write_mo(compiled, read_po(handle, locale=locale))
    compiled.seek(0)
    return _gettext.GNUTranslations(compiled)


def _(message: str) -> str:
    """Return the message in the locale in force."""
    return _catalogue(current_locale()).gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """Return the singular or plural message in the locale in force."""
    return _catalogue(current_locale()).ngettext(singular, plural, count)


def format_number(value: float, decimals: int = 0) -> str:
    """Format a number with the separators of the locale (``1.234,5`` in Bahasa Indonesia)."""
    text = f"{value:z,.{decimals}f}"  # z: what rounds to zero has no sign
    if current_locale() == "id":
        text = text.translate(str.maketrans(",.", ".,"))
    return text.replace("-", "\N{MINUS SIGN}") if text.startswith("-") else text


def format_shortest(value: float) -> str:
    """Format a number with the decimals that it has, at most four (``90``, ``33,3333``)."""
    decimals = len(f"{value:.4f}".rstrip("0").partition(".")[2])
    return format_number(value, decimals)


def format_percent(share: float, decimals: int = 0) -> str:
    """Format a share between 0 and 1 as a percentage (``12,5 %``)."""
    return f"{format_number(100 * share, decimals)}\N{NO-BREAK SPACE}%"


def format_probability(p: float) -> str:
    """Format a probability as a percentage that never claims more than it is: ``> 99 %`` rather than ``100 %``."""
    if p >= 0.995:
        return _("> 99 %")
    return _("< 1 %") if p <= 0.005 else format_percent(p)


def format_range(low: float, high: float) -> str:
    """Format an interval of counts in whole people: ``28–34``, or one number where both ends round to it."""
    first, last = format_number(low), format_number(high)
    return first if first == last else f"{first}\N{EN DASH}{last}"
