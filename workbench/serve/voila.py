"""Standalone Voila, started safely for one office on one machine.

Loopback only; own template; no template or theme from the address line; no other front-end extension; a content policy
that lets the page load nothing from elsewhere; kernels with a scrubbed environment that cannot be told to run code
(standalone Voila drops every message type that is not allowed; the server extension would not).
"""

from __future__ import annotations

import errno
import ipaddress
import json
import logging
import os
import shutil
import signal
import sys
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.i18n import _, current_locale
from workbench.kernel import WarmKernels
from workbench.review.people import NAVIGATION, identify, kernel_environment
from workbench.serve.screens import SCREENS, Screen, offered_screens, require_screen
from workbench.workspace import ENVIRONMENT_VARIABLE

if TYPE_CHECKING:
    from workbench.workspace import Workspace

__all__ = ["check_ready", "serve"]

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "templates" / "voila" / "templates" / "workbench" / "static"
WARM_UP = "workbench.apps.warm_up:warm_up"  # named like the notebooks: the server knows no screen
PORTS_TRIED = 50
LONGEST_MESSAGE = 1 << 20  # bytes; the longest that a page sends is a pleno decision with every dissent in full

# Scripts come from this server and from the component that the kernel hands over (a blob), never from elsewhere.
# The component brings its style sheet inline and colours the boxes in place.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self' blob:; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def check_ready(workspace: Workspace, screen: str, declared_name: str, address: str) -> list[Screen]:
    """Return the screens to serve, the first of them at the root; refuse what could not work or would not be safe.

    Raises
    ------
    ValueError
        An address that other machines reach; a name that is not in the workspace's list of people; see also
        `workbench.serve.screens.require_screen`.
    """
    if not _is_loopback(address):
        raise ValueError(
            _(
                "Halaman telaah hanya boleh dibuka pada mesin ini (127.0.0.1), bukan {address}: "
                "belum ada cara masuk yang aman."
            ).format(address=address)
        )
    actor, _account = identify(workspace.settings, declared_name)
    first = require_screen(workspace, screen, actor)
    return [first, *(other for other in offered_screens(workspace, actor) if other != first)]


def serve(
    workspace: Workspace,
    port: int = 8866,
    screen: str = "queue",
    declared_name: str = "",
    *,
    address: str = "127.0.0.1",
) -> int:
    """Serve the review screens until Ctrl-C; print the address.

    Parameters
    ----------
    workspace : Workspace
    port : int
        The next free one is taken when it is busy.
    screen : str
        Key of `workbench.serve.screens.SCREENS`: what is shown at the root; the others are a link away.
    declared_name : str, optional
        Who sits at the machine, from the workspace's list of people; the account of the operating system is recorded
        beside it.
    address : str
        A loopback address.

    Returns
    -------
    int
        Exit status: 0.

    Raises
    ------
    ValueError
        See `check_ready`; also when no port is free.
    """
    screens = check_ready(workspace, screen, declared_name, address)
    inside = [key for key in SCREENS if key in {offered.key for offered in screens}]
    given = {
        ENVIRONMENT_VARIABLE: str(workspace.path),
        NAVIGATION: json.dumps([[key, SCREENS[key].title] for key in inside], ensure_ascii=False),
        **kernel_environment(*identify(workspace.settings, declared_name)),
    }
    os.environ["JUPYTER_PATH"] = str(ROOT / "templates")
    # A refused request is no news for the person at the terminal.
    logging.getLogger("tornado.access").setLevel(logging.CRITICAL)
    from workbench.serve.kernels import inherited

    with WarmKernels(WARM_UP, inherited(os.environ)) as warm:
        warm.begin()
        application = _application(screens, port, address, given, workspace.settings.most_pages)
        application.start()
    return 0


def _application(screens: list[Screen], port: int, address: str, given: dict[str, str], most_pages: int) -> Any:
    """Return the configured server; Voila takes a second to import, so only here."""
    from jupyter_core.utils import run_sync
    from tornado.ioloop import IOLoop
    from traitlets.config import Config
    from voila.app import Voila
    from voila.configuration import VoilaConfiguration

    from workbench.serve.handlers import BEAT, KernelSocket, OwnFiles, Page
    from workbench.serve.kernels import OwnPythonOnly, ScrubbedKernelManager

    class ReviewServer(Voila):
        """Voila that serves the screens, takes the next port in order, says where it is, and leaves nothing behind."""

        def init_settings(self) -> dict[str, Any]:
            settings: dict[str, Any] = super().init_settings()
            settings["voila_jinja2_env"].globals["words"] = _page_words(screens[0])
            return settings

        def init_handlers(self) -> list[Any]:
            # The pages, their one script and the sockets of their kernels; no files, no lists, no way to stop a kernel.
            pages = [(rf"/{screen.key}", Page, self.page(screen)) for screen in screens]
            return [
                (r"/api/kernels/(?P<kernel_id>[0-9a-f-]{36})/channels", KernelSocket),
                (r"/voila/templates/workbench/static/(.*)", OwnFiles, {"path": str(STATIC)}),
                (r"/", Page, self.page(screens[0])),
                *pages,
            ]

        def page(self, screen: Screen) -> dict[str, Any]:
            """Return what the handler of a screen is given; its words travel in a configuration of its own."""
            config = deepcopy(self.config)
            config.VoilaConfiguration.resources = {"words": _page_words(screen)}
            return {
                "notebook_path": os.path.relpath(screen.notebook, self.root_dir),
                "template_paths": self.template_paths,
                "config": config,
                "voila_configuration": VoilaConfiguration(config=config),
            }

        def listen(self) -> None:
            self.ioloop = IOLoop.current()  # before anything else: a signal may come at any time
            for candidate in range(port, port + PORTS_TRIED):
                try:
                    self.app.listen(candidate, self.ip)
                except OSError as problem:
                    if problem.errno not in (errno.EADDRINUSE, errno.EACCES):
                        raise
                    continue
                self.port = candidate
                break
            else:
                self.stop()
                raise ValueError(
                    _("Tidak ada porta kosong dari {first} sampai {last}; sebut porta lain dengan --port.").format(
                        first=port, last=port + PORTS_TRIED - 1
                    )
                )
            signal.signal(signal.SIGINT, self._handle_signal_stop)
            signal.signal(signal.SIGHUP, self._handle_signal_stop)
            sys.stdout.write(
                _("Halaman telaah: http://{address}:{port}/  (Ctrl-C untuk menutup)").format(
                    address=self.ip, port=self.port
                )
                + "\n"
            )
            sys.stdout.flush()
            try:
                self.ioloop.start()
            finally:
                self.stop()

        def stop(self) -> None:
            # A vote is on the disk before its page moves on, so kernels may be ended at once.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            run_sync(self.kernel_manager.shutdown_all)(now=True)
            shutil.rmtree(self.connection_dir, ignore_errors=True)

    c = Config()
    c.Voila.ip = address
    c.Voila.port = port
    c.Voila.open_browser = False
    c.Voila.notebook_path = str(screens[0].notebook)
    c.Voila.log_level = logging.ERROR
    c.Voila.config_file_paths = []
    c.Voila.tornado_settings = {
        "ws_ping_interval": 0,  # the page has a heartbeat of its own
        "ws_ping_timeout": 0,
        "websocket_max_message_size": LONGEST_MESSAGE,
        "allow_remote_access": False,  # a name that resolves to this machine from elsewhere is refused (DNS rebinding)
        "headers": {
            "Content-Security-Policy": CONTENT_POLICY,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        },
    }
    c.VoilaConfiguration.template = "workbench"
    c.VoilaConfiguration.allow_template_override = "NO"
    c.VoilaConfiguration.allow_theme_override = "NO"
    c.VoilaConfiguration.strip_sources = True
    c.VoilaConfiguration.show_tracebacks = True  # the template prints the sentence of an error and no more
    c.VoilaConfiguration.preheat_kernel = False
    c.VoilaConfiguration.http_keep_alive_timeout = BEAT
    c.VoilaConfiguration.extension_allowlist = []
    c.VoilaConfiguration.multi_kernel_manager_class = ScrubbedKernelManager
    c.VoilaConfiguration.kernel_spec_manager_class = OwnPythonOnly
    c.KernelManager.transport = "ipc"  # no TCP port: another account cannot even knock
    c.KernelManager.shutdown_wait_time = 1.0
    c.KernelRestarter.restart_limit = 0  # a kernel that died is not replaced by an empty one; the page says so
    c.MappingKernelManager.cull_idle_timeout = 900
    c.MappingKernelManager.cull_interval = 60
    c.MappingKernelManager.cull_connected = False
    c.MappingKernelManager.allow_tracebacks = False
    c.ScrubbedKernelManager.given = given
    c.ScrubbedKernelManager.most_kernels = most_pages
    application = ReviewServer(config=c)
    application.initialize([])
    return application


def _page_words(screen: Screen) -> dict[str, str]:
    return {
        "locale": current_locale(),
        "title": screen.title,
        "wait": screen.wait,
        "failed": _("Halaman telaah tidak dapat disiapkan."),
    }


def _is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
