"""What the server answers where there is nothing: few words to the page, none at the terminal.

Voila and tornado are slow to import, and so is this module: only the running server does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tornado.web import HTTPError, StaticFileHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["KernelSocket", "OwnFiles"]


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
