"""Make a workspace from a simulated round or from real responses that anybody may use."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.i18n import _
from workbench.policy import policy_key
from workbench.simulation.cohort import simulate, write, write_input
from workbench.simulation.designs import load_cohort
from workbench.simulation.real import REAL_NAMES, read_iqitems
from workbench.workspace import Settings, Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.simulation.designs import Defects

__all__ = ["new_workspace"]


def new_workspace(
    path: str | Path,
    *,
    cohort: str = "",
    real: str = "",
    size: int | None = None,
    seed: int = 0,
    policy: str | None = None,
    defects: str | Path | Defects = "none",
) -> Workspace:
    """Make a workspace.

    Parameters
    ----------
    path : str or Path
        A folder that does not exist or is empty.
    cohort : str
        Name of a simulated round (`cohort_names`), or
    real : str
        name of a set of real responses (`REAL_NAMES`).
    size, seed, policy, defects
        As for `simulate`; only for a simulated round, but for the seed, which real responses need for the draws of the
        chain.

    Returns
    -------
    Workspace

    Raises
    ------
    ValueError
        When the folder is in use or an argument is not usable; nothing is left behind then.
    """
    if bool(cohort) == bool(real):
        raise ValueError(_("Sebut salah satu: kohor simulasi (--cohort) atau data nyata (--real)."))
    if real:
        if size is not None or policy is not None or defects != "none":
            raise ValueError(_("Ukuran, kebijakan, dan cacat hanya berlaku untuk kohor simulasi; hapus opsi itu."))
        return _make(path, *_real_round(real, seed))
    design = load_cohort(cohort)
    settings = Settings(
        name=design.name,
        title=design.title,
        policy=design.policy if policy is None else policy_key(policy),
        bank=design.bank,
        seed=seed,
        simulated=design.name,
    )

    def fill(workspace: Workspace) -> None:
        write(simulate(cohort, size=size, seed=seed, policy=policy, defects=defects), workspace)

    return _make(path, settings, fill)


def _real_round(name: str, seed: int) -> tuple[Settings, Callable[[Workspace], None]]:
    if name not in REAL_NAMES:
        raise ValueError(
            _("Data nyata '{name}' tidak dikenal; pilih salah satu: {names}.").format(
                name=name, names=", ".join(REAL_NAMES)
            )
        )
    responses = read_iqitems()
    settings = Settings(
        name=responses.name,
        title=responses.title,
        seed=seed,
        ends_after=responses.ends_after,
        ends_because=responses.ends_because,
    )

    def fill(workspace: Workspace) -> None:
        for table, frame in responses.inputs.items():
            write_input(workspace.inputs / f"{table}.csv", frame)

    return settings, fill


def _make(path: str | Path, settings: Settings, fill: Callable[[Workspace], None]) -> Workspace:
    """Create the folder and fill it; empty it again when that fails."""
    existed = Path(path).exists()
    workspace = Workspace.create(path, settings)
    try:
        fill(workspace)
    except BaseException:
        shutil.rmtree(workspace.path)
        if existed:
            workspace.path.mkdir()
        raise
    return workspace
