"""Standalone Voila, started safely for one office on one machine.

Loopback only; own template; no template or theme from the address line; no other front-end extension; a content policy
that lets the page load nothing from elsewhere; kernels with a scrubbed environment that cannot be told to run code
(standalone Voila drops every message type that is not allowed; the server extension would not).
"""

from __future__ import annotations

import errno
import ipaddress
import logging
import os
import shutil
import signal
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.i18n import _, current_locale
from workbench.kernel import WarmKernels
from workbench.review import Store, log
from workbench.review.items import ItemStore
from workbench.review.people import identify, kernel_environment
from workbench.workspace import ENVIRONMENT_VARIABLE

if TYPE_CHECKING:
    from workbench.workspace import Workspace

__all__ = ["SCREENS", "check_ready", "serve"]

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "templates" / "voila" / "templates" / "workbench" / "static"
SCREENS = {"queue": "review_queue.ipynb", "items": "review_items.ipynb"}
WARM_UP = "workbench.apps.warm_up:warm_up"  # named like the notebooks: the server knows no screen
PORTS_TRIED = 50

# Scripts come from this server and from the component that the kernel hands over (a blob), never from elsewhere.
# The component brings its style sheet inline and colours the boxes in place.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self' blob:; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def check_ready(workspace: Workspace, screen: str, declared_name: str, address: str) -> None:
    """Refuse to open a page that could not work or would not be safe.

    Raises
    ------
    ValueError
        Unknown screen; an address that other machines reach; a name that is not in the workspace's list of people;
        nothing to review yet.
    """
    if screen not in SCREENS:
        raise ValueError(
            _("Layar '{screen}' tidak ada; yang tersedia: {known}.").format(screen=screen, known=", ".join(SCREENS))
        )
    if not _is_loopback(address):
        raise ValueError(
            _(
                "Halaman telaah hanya boleh dibuka pada mesin ini (127.0.0.1), bukan {address}: "
                "belum ada cara masuk yang aman."
            ).format(address=address)
        )
    identify(workspace.settings, declared_name)
    if screen == "items":
        if not _count_items(workspace):
            raise ValueError(
                _("Belum ada kartu butir untuk ditelaah; jalankan 'workbench run {path}' dahulu.").format(
                    path=workspace.path
                )
            )
        return
    if workspace.settings.ends_after:
        raise ValueError(
            _("Putaran ini berakhir sebelum kotak talenta, jadi tidak ada yang ditelaah: {why}").format(
                why=workspace.settings.ends_because or workspace.settings.ends_after
            )
        )
    if not _count_cases(workspace):
        raise ValueError(
            _("Belum ada kasus untuk ditelaah; jalankan 'workbench run {path}' dahulu.").format(path=workspace.path)
        )


def serve(
    workspace: Workspace,
    port: int = 8866,
    screen: str = "queue",
    declared_name: str = "",
    *,
    address: str = "127.0.0.1",
) -> int:
    """Open a review screen until Ctrl-C; print its address.

    Parameters
    ----------
    workspace : Workspace
    port : int
        The next free one is taken when it is busy.
    screen : str
        Key of `SCREENS`.
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
    check_ready(workspace, screen, declared_name, address)
    given = {
        ENVIRONMENT_VARIABLE: str(workspace.path),
        **kernel_environment(*identify(workspace.settings, declared_name)),
    }
    os.environ["JUPYTER_PATH"] = str(ROOT / "templates")
    # A refused request is no news for the person at the terminal.
    logging.getLogger("tornado.access").setLevel(logging.CRITICAL)
    from workbench.serve.kernels import inherited

    with WarmKernels(WARM_UP, inherited(os.environ)) as warm:
        warm.begin()
        application = _application(screen, port, address, given)
        application.start()
    return 0


def _application(screen: str, port: int, address: str, given: dict[str, str]) -> Any:
    """Return the configured server; Voila takes a second to import, so only here."""
    from jupyter_core.utils import run_sync
    from tornado.ioloop import IOLoop
    from tornado.web import StaticFileHandler
    from traitlets.config import Config
    from voila.app import Voila
    from voila.tornado.handler import TornadoVoilaHandler
    from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

    from workbench.serve.kernels import OwnPythonOnly, ScrubbedKernelManager

    class ReviewServer(Voila):
        """Voila that serves one page, takes the next port in order, says where it is, and leaves nothing behind."""

        def init_settings(self) -> dict[str, Any]:
            settings: dict[str, Any] = super().init_settings()
            settings["voila_jinja2_env"].globals["words"] = words
            return settings

        def init_handlers(self) -> list[Any]:
            # The page, its one script and its kernel's socket; no files, no lists, no way to stop a kernel.
            page = {
                "notebook_path": os.path.relpath(self.notebook_path, self.root_dir),
                "template_paths": self.template_paths,
                "config": self.config,
                "voila_configuration": self.voila_configuration,
            }
            return [
                (r"/api/kernels/(?P<kernel_id>[0-9a-f-]{36})/channels", VoilaKernelWebsocketHandler),
                (r"/voila/templates/workbench/static/(.*)", StaticFileHandler, {"path": str(STATIC)}),
                (r"/", TornadoVoilaHandler, page),
            ]

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

    titles = {
        "queue": (_("Telaah hasil"), _("Menyiapkan kasus telaah …")),
        "items": (_("Telaah butir"), _("Menyiapkan kartu butir …")),
    }
    words = {
        "locale": current_locale(),
        "title": titles[screen][0],
        "wait": titles[screen][1],
        "failed": _("Halaman telaah tidak dapat disiapkan."),
    }
    c = Config()
    c.Voila.ip = address
    c.Voila.port = port
    c.Voila.open_browser = False
    c.Voila.notebook_path = str(ROOT / "notebooks" / SCREENS[screen])
    c.Voila.log_level = logging.ERROR
    c.Voila.config_file_paths = []
    c.Voila.tornado_settings = {
        "ws_ping_interval": 0,  # the page has a heartbeat of its own
        "ws_ping_timeout": 0,
        "allow_remote_access": False,  # a name that resolves to this machine from elsewhere is refused (DNS rebinding)
        "headers": {
            "Content-Security-Policy": CONTENT_POLICY,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        },
    }
    c.VoilaConfiguration.resources = {"words": words}
    c.VoilaConfiguration.template = "workbench"
    c.VoilaConfiguration.allow_template_override = "NO"
    c.VoilaConfiguration.allow_theme_override = "NO"
    c.VoilaConfiguration.strip_sources = True
    c.VoilaConfiguration.show_tracebacks = True  # the template prints the sentence of an error and no more
    c.VoilaConfiguration.preheat_kernel = False
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
    application = ReviewServer(config=c)
    application.initialize([])
    return application


def _is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _count_items(workspace: Workspace) -> int:
    if not log.exists(workspace.database_url):
        return 0
    with closing(ItemStore(workspace.database_url)) as store:
        return store.count()


def _count_cases(workspace: Workspace) -> int:
    if not log.exists(workspace.database_url):
        return 0
    with closing(Store(workspace.database_url)) as store:
        return store.count_cases()
