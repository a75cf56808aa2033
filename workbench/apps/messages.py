"""Reading messages of a page: client input, of any type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

__all__ = ["refusal", "text", "unasked", "whole"]


def unasked(
    message: Mapping[str, Any], known: Container[str], beat: Callable[[], Mapping[str, Any]] = dict
) -> dict[str, Any] | None:
    """Return the answer to a message that asks for nothing: a heartbeat, or one that no page of this version sends.

    Parameters
    ----------
    message : mapping
    known : container of str
        The kinds that the screen answers.
    beat : callable
        What the answer to a heartbeat carries.

    Returns
    -------
    dict or None
        None when the screen must answer.
    """
    kind = text(message, "kind")
    if kind == "ping":
        return {"kind": "pong", "token": text(message, "token"), **beat()}
    if kind in known:
        return None
    return refusal(message, _("Permintaan halaman tidak dikenal; muat ulang."))


def refusal(message: Mapping[str, Any], sentence: str) -> dict[str, Any]:
    """Return the answer that refuses a message, in one sentence."""
    return {"kind": "error", "token": text(message, "token"), "sentence": sentence}


def text(message: Mapping[str, Any], name: str) -> str:
    """Return a text of a message; anything else is none, and what cannot be stored is replaced."""
    value = message.get(name)
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def whole(message: Mapping[str, Any], name: str) -> int | None:
    """Return a whole number of a message, or None."""
    value = message.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
