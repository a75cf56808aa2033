"""The item page: the component, in a notebook and as a page of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.apps.component import Component, script, style
from workbench.apps.items.changed import ChangedLists
from workbench.apps.items.model import ItemsModel
from workbench.apps.items.words import screen_words
from workbench.i18n import set_locale
from workbench.review.items import ItemStore
from workbench.review.people import identity_of_kernel
from workbench.review.permissions import Permissions
from workbench.workspace import Workspace

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["ItemReview"]

_HERE = Path(__file__).parent


class ItemReview(Component):
    """The items of a workspace: list, card, options and the decision on each.

    Who decides is the person that the server was started for, or the account of the operating system.

    Parameters
    ----------
    workspace : Workspace or path, optional
        Without one: the workspace that the server was started for.

    Raises
    ------
    ValueError
        When the folder is not a workspace or its review database cannot be opened.

    Examples
    --------
    >>> from workbench.apps.items import ItemReview
    >>> ItemReview("kaltim-2024")  # doctest: +SKIP
    """

    screen = "items"
    _esm = script(_HERE / "item.js")
    _css = style(_HERE / "item.css")

    def __init__(self, workspace: Workspace | str | PathLike[str] = "") -> None:
        opened = workspace if isinstance(workspace, Workspace) else Workspace(Path(workspace) if workspace else "")
        set_locale(opened.settings.locale)
        actor, account = identity_of_kernel()
        store = ItemStore(opened.database_url, permissions=Permissions.of(opened))
        title = f"{opened.settings.title}{opened.mark_in_title}"
        model = ItemsModel(store, actor=actor, account=account, title=title, lists=ChangedLists(opened))
        super().__init__(model, screen_words())
