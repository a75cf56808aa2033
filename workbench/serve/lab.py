"""JupyterLab on this machine, for whoever wants to go on from the results by hand.

Loopback only and behind a token, as JupyterLab does by default; no settings of other servers are read, nothing is asked
of the network (news, updates, extensions), and the browser may not load anything from elsewhere. Kernels run this
interpreter, in a scrubbed environment, over sockets of the file system.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.i18n import _
from workbench.review.people import identify, kernel_environment
from workbench.workspace import ENVIRONMENT_VARIABLE

if TYPE_CHECKING:
    from workbench.workspace import Workspace

__all__ = ["check_installed", "serve_lab"]

ADDRESS = "127.0.0.1"
PORTS_TRIED = 50
# Parts that ask the network, or a server extension that does not run here.
SWITCHED_OFF = (
    "@jupyterlab/apputils-extension:announcements",
    "@jupyterlab/extensionmanager-extension:plugin",
    "@voila-dashboards/jupyterlab-preview",
)

# JupyterLab compiles schemas and starts workers, so code of its own origin may be evaluated; nothing comes from or goes
# to another host.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; worker-src 'self' blob:; "
    "media-src 'self' data: blob:; frame-src 'self' blob: data:; manifest-src 'self'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)


def check_installed() -> None:
    """Refuse where JupyterLab is missing.

    Raises
    ------
    ValueError
        With the command that installs it.
    """
    if find_spec("jupyterlab") is None:
        raise ValueError(_("JupyterLab belum terpasang; jalankan 'make setup' atau 'pip install jupyterlab'."))


def serve_lab(
    workspace: Workspace, folder: Path, start: str, *, port: int = 8888, browser: bool = True, declared_name: str = ""
) -> int:
    """Open JupyterLab on a folder until Ctrl-C; print its address.

    Parameters
    ----------
    workspace : Workspace
        Kernels know it as the workspace to use.
    folder : Path
        What JupyterLab shows; nothing above it is served.
    start : str
        Notebook inside the folder that opens first.
    port : int
        The next free one is taken when it is busy.
    browser : bool
        Whether to open a browser.
    declared_name : str, optional
        Who sits at the machine, from the workspace's list of people.

    Returns
    -------
    int
        Exit status: 0.

    Raises
    ------
    ValueError
        When the name is unknown or no port is free.
    """
    given = {
        ENVIRONMENT_VARIABLE: str(workspace.path),
        **kernel_environment(*identify(workspace.settings, declared_name)),
    }
    # Whatever an account keeps for other Jupyter servers (an open address, no token, extensions) does not count here.
    os.environ["JUPYTER_NO_CONFIG"] = "1"
    # What JupyterLab says for its log is in English and shows the token twice; the one line for people is ours.
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="workbench-lab-") as private:
        os.environ["JUPYTER_RUNTIME_DIR"] = private  # sockets of kernels need short names; nothing is left behind
        try:
            application = _application(folder, start, port, browser, given, Path(private))
        except SystemExit:
            raise ValueError(
                _("Tidak ada porta kosong di sekitar {port}; sebut porta lain dengan --port.").format(port=port)
            ) from None
        application.start()
    return 0


def _application(folder: Path, start: str, port: int, browser: bool, given: dict[str, str], private: Path) -> Any:
    """Return the configured server; JupyterLab takes a second to import, so only here."""
    from jupyter_server.serverapp import ServerApp
    from traitlets.config import Config

    from workbench.serve.kernels import LabKernelManager, OwnPythonOnly

    class LabServer(ServerApp):
        """A server that says where it is, and ends at the first Ctrl-C with all its kernels."""

        def start_app(self) -> None:
            super().start_app()
            # The port is bound from inside the loop: what is added now comes after it, when the server answers.
            self.io_loop.add_callback(self._say)

        def _say(self) -> None:
            address = f"http://{ADDRESS}:{self.port}{self.default_url}?token={self.identity_provider.token}"
            sys.stdout.write(_("JupyterLab: {address}  (Ctrl-C untuk menutup)").format(address=address) + "\n")
            sys.stdout.flush()

        def init_signal(self) -> None:
            super().init_signal()
            signal.signal(signal.SIGINT, self._signal_stop)
            signal.signal(signal.SIGHUP, self._signal_stop)

    c = Config()
    c.ServerApp.ip = ADDRESS
    c.ServerApp.port = port
    c.ServerApp.port_retries = PORTS_TRIED
    c.ServerApp.allow_remote_access = False
    c.ServerApp.allow_root = True  # a container has no other account; the token and the loopback address guard it
    c.ServerApp.open_browser = browser
    c.ServerApp.root_dir = str(folder)
    c.ServerApp.preferred_dir = str(folder)
    c.ServerApp.terminals_enabled = False
    c.ServerApp.kernel_manager_class = LabKernelManager
    c.ServerApp.kernel_spec_manager_class = OwnPythonOnly
    c.ServerApp.tornado_settings = {
        "headers": {
            "Content-Security-Policy": CONTENT_POLICY,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
    }
    c.LabApp.default_url = f"/lab/tree/{start}"
    c.LabApp.news_url = None
    c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
    c.LabApp.extension_manager = "readonly"
    c.LabApp.app_settings_dir = str(_settings(private))
    c.KernelManager.transport = "ipc"  # no TCP port: another account cannot even knock
    c.KernelManager.shutdown_wait_time = 1.0
    c.LabKernelManager.given = given
    # JupyterLab and no other extension of servers; it must not tell the server what it was told here.
    server = LabServer.instance(jpserver_extensions={"jupyterlab": True}, config=c)
    server.initialize(argv=[], starter_extension="lab", find_extensions=False)
    return server


def _settings(private: Path) -> Path:
    """Write what the front end is to leave out; return the folder that says so."""
    folder = private / "settings"
    folder.mkdir()
    switched_off = {"disabledExtensions": dict.fromkeys(SWITCHED_OFF, True)}
    (folder / "page_config.json").write_text(json.dumps(switched_off), encoding="utf-8")
    return folder
