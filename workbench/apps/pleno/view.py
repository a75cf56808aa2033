"""The page of the pleno: the component, and how it is opened."""

from __future__ import annotations

from pathlib import Path

from workbench.apps.component import FIGURES, Component, script, style
from workbench.apps.evidence import SCRIPT, STYLE
from workbench.apps.pleno.model import PlenoModel
from workbench.apps.pleno.words import screen_words
from workbench.i18n import set_locale
from workbench.review import Store
from workbench.review.people import identity_of_kernel
from workbench.workspace import Workspace

__all__ = ["PlenoScreen", "open_pleno"]

_HERE = Path(__file__).parent


class PlenoScreen(Component):
    """The cases of the pleno.

    Parameters
    ----------
    model : PlenoModel
    """

    screen = "pleno"
    _esm = script(FIGURES, SCRIPT, _HERE / "pleno.js")
    _css = style(STYLE, _HERE / "pleno.css")

    def __init__(self, model: PlenoModel) -> None:
        super().__init__(model, screen_words())


def open_pleno() -> PlenoScreen:
    """Return the screen for the workspace and the person that the server was started for.

    Raises
    ------
    ValueError
        When the workspace or its review database cannot be opened, or this person may not see the pleno.
    """
    workspace = Workspace()
    settings = workspace.settings
    set_locale(settings.locale)
    actor, account = identity_of_kernel()
    model = PlenoModel(
        Store.of(workspace),
        actor=actor,
        account=account,
        title=f"{settings.title}{workspace.mark_in_title}",
        names=settings.names,
        folder=workspace.path,
    )
    return PlenoScreen(model)
