"""Reading messages of a page: client input, of any type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["text", "whole"]


def text(message: Mapping[str, Any], name: str) -> str:
    """Return a text of a message; anything else is none, and what cannot be stored is replaced."""
    value = message.get(name)
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def whole(message: Mapping[str, Any], name: str) -> int | None:
    """Return a whole number of a message, or None."""
    value = message.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
