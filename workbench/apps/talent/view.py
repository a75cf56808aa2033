"""The page of the talent explorer: the component, and how it is opened."""

from __future__ import annotations

from pathlib import Path

from workbench.apps.component import FIGURES, Component, script, style
from workbench.apps.evidence import SCRIPT, STYLE
from workbench.apps.talent.model import TalentModel
from workbench.apps.talent.words import screen_words
from workbench.i18n import set_locale
from workbench.review.people import identity_of_kernel
from workbench.workspace import Workspace

__all__ = ["TalentScreen", "open_talent"]

_HERE = Path(__file__).parent


class TalentScreen(Component):
    """The boxes of an instansi and its people.

    Parameters
    ----------
    model : TalentModel
    """

    screen = "talent"
    _esm = script(FIGURES, SCRIPT, _HERE / "person.js", _HERE / "talent.js")
    _css = style(STYLE, _HERE / "talent.css")

    def __init__(self, model: TalentModel) -> None:
        super().__init__(model, screen_words())


def open_talent() -> TalentScreen:
    """Return the screen for the workspace and the person that the server was started for.

    Raises
    ------
    ValueError
        When the person may not see the explorer, or the workspace has no boxes yet.
    """
    workspace = Workspace()
    set_locale(workspace.settings.locale)
    actor, _account = identity_of_kernel()
    return TalentScreen(TalentModel(workspace, actor=actor))
