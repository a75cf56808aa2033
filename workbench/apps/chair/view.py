"""The chair's screen: the component, and how it is opened for the person that the server was started for."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from workbench.apps.chair.model import ChairModel
from workbench.apps.chair.study import checklist, findings
from workbench.apps.chair.words import screen_words
from workbench.apps.component import Component, script, style
from workbench.i18n import set_locale
from workbench.policy import load_competencies
from workbench.review import Store
from workbench.review.people import identity_of_kernel
from workbench.workspace import Workspace

__all__ = ["ChairScreen", "open_chair"]

_HERE = Path(__file__).parent


class ChairScreen(Component):
    """Progress and release of a round.

    Parameters
    ----------
    model : ChairModel
    """

    screen = "chair"

    _esm = script(_HERE / "chair.js")
    _css = style(_HERE / "chair.css")

    def __init__(self, model: ChairModel) -> None:
        super().__init__(model, screen_words())


def open_chair() -> ChairScreen:
    """Return the screen for the workspace and the person that the server was started for.

    Raises
    ------
    ValueError
        When the workspace or its review database cannot be opened, or this person may not see the progress.
    """
    workspace = Workspace()
    set_locale(workspace.settings.locale)
    actor, _account = identity_of_kernel()
    model = ChairModel(
        Store.of(workspace),
        actor=actor,
        title=f"{workspace.settings.title}{workspace.mark_in_title}",
        checklist=partial(checklist, workspace.path, actor),
        findings=partial(findings, workspace.path),
        tiers={tier.key: tier.title for tier in load_competencies().jenjang},
    )
    return ChairScreen(model)
