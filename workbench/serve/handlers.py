"""What the server answers where there is nothing: few words to the page, none at the terminal.

Voila and tornado are slow to import, and so is this module: only the running server does.
"""

from __future__ import annotations

from html import escape
from time import monotonic
from typing import TYPE_CHECKING, Any

from tornado.web import HTTPError, StaticFileHandler, authenticated
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from workbench.i18n import _
from workbench.serve.kernels import kernels_of_request

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["BEAT", "KernelSocket", "OwnFiles", "Page"]

BEAT = 2  # seconds between two signs that a page is still being made
LONGEST = 90  # seconds after which nobody waits for a page any more


class Page(TornadoVoilaHandler):
    """A page that ends: with its screen, or with a sentence.

    Voila sends signs of life without end where the kernel died before the page was made; the visitor would wait for
    ever.
    """

    @authenticated
    async def get(self, path: str | None = None) -> None:
        """Send the page as it is made."""
        started: list[str] = []
        kernels_of_request.set(started)
        begun = monotonic()
        async for part in self.get_generator(path=path):
            if "voila_heartbeat" not in part:
                self.write(part)
                await self.flush()
                continue
            if monotonic() - begun > LONGEST or not await self._lives(started):
                self.write(_ended(_("Mesin telaah berhenti saat halaman disiapkan.")))
                return

    async def _lives(self, started: list[str]) -> bool:
        """Return whether the kernel of this page, if it has one already, is there."""
        manager = self.kernel_manager
        return all([kernel in manager and await manager.get_kernel(kernel).is_alive() for kernel in started])


def _ended(sentence: str) -> str:
    """Return the end of a page that cannot be made."""
    again = f'<a href="">{escape(_("Muat ulang"))}</a>'
    return (
        "<style>#loading { display:none }</style>"
        f'<p class="problem" role="alert">{escape(sentence)} {again}</p></body></html>'
    )


class KernelSocket(VoilaKernelWebsocketHandler):
    """The socket of a page; one whose kernel is gone (a page that outlived its server) is refused without a page.

    Such a page tries again every second, and the error page of Jupyter cannot be rendered here: each time a traceback
    went to the terminal, where a pipe that nobody reads would in the end have stopped the server.
    """

    def write_error(self, status_code: int, **_kwargs: Any) -> None:
        """Answer with the status alone."""
        self.finish()

    def log_exception(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Log what is wrong here, not what was refused."""
        if not (isinstance(problem, HTTPError) and problem.status_code < 500):
            super().log_exception(kind, problem, traceback)


class OwnFiles(StaticFileHandler):
    """The one script of the pages; what cannot be the name of a file is not there."""

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """Return the path of a file within the folder.

        Raises
        ------
        tornado.web.HTTPError
            404 for a name with a null byte; 403 and 404 as tornado has them.
        """
        try:
            return super().validate_absolute_path(root, absolute_path)
        except ValueError:
            raise HTTPError(404) from None
