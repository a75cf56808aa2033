"""Who sits at the machine: the account of the operating system, and the person who says so."""

from __future__ import annotations

import getpass
import json
import os
from typing import TYPE_CHECKING

from workbench.i18n import _

if TYPE_CHECKING:
    from workbench.settings import Settings

__all__ = ["NAVIGATION", "identify", "identity_of_kernel", "kernel_environment", "screens_of_kernel"]

_ACTOR = "WORKBENCH_ACTOR"
_ACCOUNT = "WORKBENCH_ACCOUNT"
NAVIGATION = "WORKBENCH_SCREENS"


def identify(settings: Settings, declared_name: str = "") -> tuple[str, str]:
    """Return the acting person and the account of the operating system.

    Parameters
    ----------
    settings : Settings
    declared_name : str
        Empty: the account acts under its own name.

    Raises
    ------
    ValueError
        When the name is not in the workspace's list of people, or the list gives roles and the account is not on it.
    """
    account = getpass.getuser()
    actor = declared_name or account
    if (declared_name or settings.persons) and actor not in settings.names:
        raise ValueError(
            _("'{name}' tidak ada pada daftar people di workbench.toml ({known}); tambahkan nama itu dahulu.").format(
                name=actor, known=", ".join(settings.names) or _("kosong")
            )
        )
    return actor, account


def kernel_environment(actor: str, account: str) -> dict[str, str]:
    """Return the variables that tell a kernel who sits before its page; the server sets them, never the page."""
    return {_ACTOR: actor, _ACCOUNT: account}


def identity_of_kernel() -> tuple[str, str]:
    """Return the acting person and the account that this kernel was started for; by hand: the account for both."""
    account = os.environ.get(_ACCOUNT) or getpass.getuser()
    return os.environ.get(_ACTOR) or account, account


def screens_of_kernel() -> list[list[str]]:
    """Return key and title of the screens that the server offers; none where no server started the kernel."""
    offered: list[list[str]] = json.loads(os.environ.get(NAVIGATION) or "[]")
    return offered
