"""What every screen shares: one component, whose messages go to a model and whose answers come back from the log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import anywidget
import traitlets

from workbench.i18n import _
from workbench.review.people import screens_of_kernel

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FIGURES", "Component", "ScreenModel", "script", "style"]

_HERE = Path(__file__).parent
FIGURES = _HERE / "figures.js"  # the small drawings of a case, for screens that show one


class ScreenModel(Protocol):
    """What a component asks of its model."""

    def view(self) -> dict[str, Any]:
        """Return everything the page shows first."""

    def handle(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Do what the page asks and return what it shows next."""


class Component(anywidget.AnyWidget):
    """The component. Its traits carry the first view and the texts; nothing that the page sends is read from traits.

    Parameters
    ----------
    model : ScreenModel
    words : dict
        Every text of the screen.

    Attributes
    ----------
    screen : str
        Key of the screen (`workbench.serve.screens`), for the navigation.
    """

    screen = ""

    first = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)

    def __init__(self, model: ScreenModel, words: dict[str, Any]) -> None:
        navigation = {"label": _("Layar"), "current": self.screen, "screens": screens_of_kernel()}
        super().__init__(first=model.view(), words={**words, "navigation": navigation})
        self._model = model
        self.on_msg(self._answer)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Refuse what a page says about the state of the component: it may only send messages."""

    def _answer(self, _widget: object, content: Any, _buffers: object) -> None:
        if not isinstance(content, dict):
            return
        try:
            answer = self._model.handle(content)
        except ValueError as problem:
            answer = {"kind": "error", "token": content.get("token"), "sentence": str(problem)}
        except Exception:
            # The vote may be in the log: what failed may have come after it.
            sentence = _(
                "Terjadi galat pada mesin telaah; muat ulang halaman, lihat apa yang tersimpan, lalu coba lagi."
            )
            self.send({"kind": "error", "token": content.get("token"), "sentence": sentence})
            raise
        self.send(answer)


def script(*paths: Path) -> str:
    """Return the script of a screen from its files, with what all screens share before them."""
    return "".join(path.read_text(encoding="utf-8") for path in (_HERE / "component.js", *paths))


def style(*paths: Path) -> str:
    """Return the style sheet of a screen from its files, with what all screens share before them."""
    return "".join(path.read_text(encoding="utf-8") for path in (_HERE / "component.css", *paths))
