"""The page: one component, whose messages go to the model and whose answers come back when the log has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from workbench.apps.queue.model import QueueModel
from workbench.apps.queue.words import screen_words
from workbench.i18n import _, set_locale
from workbench.policy import load_competencies
from workbench.review import Store
from workbench.review.people import identity_of_kernel
from workbench.workspace import Workspace

__all__ = ["QueueScreen", "open_queue"]

_HERE = Path(__file__).parent


class QueueScreen(anywidget.AnyWidget):
    """The component. Its traits carry the first view and the texts; nothing that the page sends is read from traits.

    Parameters
    ----------
    model : QueueModel
    """

    _esm = _HERE / "case.js"
    _css = _HERE / "case.css"
    first = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)

    def __init__(self, model: QueueModel) -> None:
        super().__init__(first=model.view(), words=screen_words())
        self._model = model
        self.on_msg(self._answer)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Refuse what a page says about the state of the component: it may only send messages."""

    def _answer(self, _widget: object, content: Any, _buffers: object) -> None:
        if not isinstance(content, dict):
            return
        try:
            answer = self._model.handle(content)
        except Exception:
            sentence = _("Terjadi galat pada mesin telaah; belum tersimpan. Muat ulang halaman, lalu coba lagi.")
            self.send({"kind": "error", "token": content.get("token"), "sentence": sentence})
            raise
        self.send(answer)


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
    store = Store(workspace.database_url)
    return QueueScreen(QueueModel(store, actor=actor, account=account, title=workspace.settings.title, tiers=tiers))
