"""The page of the queue: the component, and how it is opened."""

from __future__ import annotations

from pathlib import Path

from workbench.apps.component import FIGURES, Component, script, style
from workbench.apps.queue.model import QueueModel
from workbench.apps.queue.reference import Reference
from workbench.apps.queue.words import screen_words
from workbench.i18n import set_locale
from workbench.policy import load_competencies
from workbench.review import Store
from workbench.review.people import identity_of_kernel
from workbench.workspace import Workspace

__all__ = ["QueueScreen", "open_queue"]

_HERE = Path(__file__).parent


class QueueScreen(Component):
    """The queue and its cases.

    Parameters
    ----------
    model : QueueModel
    """

    screen = "queue"
    _esm = script(FIGURES, _HERE / "dialog.js", _HERE / "case.js")
    _css = style(_HERE / "case.css")

    def __init__(self, model: QueueModel) -> None:
        super().__init__(model, screen_words())


def open_queue() -> QueueScreen:
    """Return the screen for the workspace and the person that the server was started for.

    Raises
    ------
    ValueError
        When the workspace or its review database cannot be opened.
    """
    workspace = Workspace()
    set_locale(workspace.settings.locale)
    actor, account = identity_of_kernel()
    tiers = {tier.key: tier.title for tier in load_competencies().jenjang}
    store = Store.of(workspace)
    title = f"{workspace.settings.title}{workspace.mark_in_title}"
    reference = Reference(workspace)
    return QueueScreen(QueueModel(store, actor=actor, account=account, title=title, tiers=tiers, reference=reference))
