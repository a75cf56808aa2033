"""The screens of the review: which there are, what each needs, and who may open it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from workbench.i18n import _
from workbench.review import Store, log
from workbench.review.items import ItemStore
from workbench.review.permissions import Permissions

if TYPE_CHECKING:
    from workbench.workspace import Workspace

__all__ = ["SCREENS", "Screen", "offered_screens", "require_screen"]

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


@dataclass(frozen=True)
class Screen:
    """One screen.

    Attributes
    ----------
    key : str
        Its address on the server, and the name given to ``--screen``.
    needs : str
        ``cases`` or ``items``: what a run must have made.
    action : str
        What a person must be allowed (`workbench.review.permissions`); empty: everybody on the list of people.
    """

    key: str
    needs: Literal["cases", "items"]
    action: str = ""

    @property
    def notebook(self) -> Path:
        """The notebook that Voila renders."""
        return NOTEBOOKS / f"review_{self.key}.ipynb"

    @property
    def title(self) -> str:
        """Name of the screen, in the navigation and in the title of the page."""
        return {
            "queue": _("Telaah hasil"),
            "items": _("Telaah butir"),
            "pleno": _("Pleno"),
            "talent": _("Penjelajah talenta"),
            "chair": _("Ketua"),
        }[self.key]

    @property
    def wait(self) -> str:
        """What the page says until it is there."""
        return {
            "queue": _("Menyiapkan kasus telaah …"),
            "items": _("Menyiapkan kartu butir …"),
            "pleno": _("Menyiapkan pleno …"),
            "talent": _("Menyiapkan penjelajah talenta …"),
            "chair": _("Menyiapkan halaman ketua …"),
        }[self.key]


SCREENS = {
    screen.key: screen
    for screen in (
        Screen("queue", "cases"),
        Screen("items", "items"),
        Screen("pleno", "cases", "see_pleno"),
        Screen("talent", "cases", "see_talent"),
        Screen("chair", "cases", "see_progress"),
    )
}


def require_screen(workspace: Workspace, key: str, actor: str) -> Screen:
    """Return a screen that can be opened.

    Parameters
    ----------
    workspace : Workspace
    key : str
        Key of `SCREENS`.
    actor : str
        Who opens it.

    Raises
    ------
    ValueError
        Unknown screen; a person whose roles do not allow it; nothing to show there yet.
    """
    if key not in SCREENS:
        raise ValueError(
            _("Layar '{screen}' tidak ada; yang tersedia: {known}.").format(screen=key, known=", ".join(SCREENS))
        )
    screen = SCREENS[key]
    if screen.action:
        Permissions.of(workspace).require(actor, screen.action)
    if screen.needs == "items":
        if not _count_items(workspace):
            raise ValueError(
                _("Belum ada kartu butir untuk ditelaah; jalankan 'workbench run {path}' dahulu.").format(
                    path=workspace.path
                )
            )
        return screen
    if workspace.settings.ends_after:
        raise ValueError(
            _("Putaran ini berakhir sebelum kotak talenta, jadi tidak ada yang ditelaah: {why}").format(
                why=workspace.settings.ends_because or workspace.settings.ends_after
            )
        )
    if not _count_cases(workspace):
        raise ValueError(
            _("Belum ada kasus untuk ditelaah; jalankan 'workbench run {path}' dahulu.").format(path=workspace.path)
        )
    return screen


def offered_screens(workspace: Workspace, actor: str) -> list[Screen]:
    """Return the screens that a person may open and that have something to show, in the order of the navigation."""
    ready = {"items": _count_items(workspace) > 0}
    ready["cases"] = not workspace.settings.ends_after and _count_cases(workspace) > 0
    permissions = Permissions.of(workspace)
    return [
        screen
        for screen in SCREENS.values()
        if ready[screen.needs] and (not screen.action or permissions.may(actor, screen.action))
    ]


def _count_items(workspace: Workspace) -> int:
    if not log.exists(workspace.database_url):
        return 0
    with closing(ItemStore(workspace.database_url)) as store:
        return store.count()


def _count_cases(workspace: Workspace) -> int:
    if not log.exists(workspace.database_url):
        return 0
    with closing(Store(workspace.database_url)) as store:
        return store.count_cases()
