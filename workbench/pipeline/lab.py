"""``workbench lab``: the notebooks of the chain as copies that belong to whoever works on them."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import TYPE_CHECKING, Any

from workbench.i18n import _
from workbench.kernel import WarmKernels
from workbench.pipeline.addresses import digest
from workbench.pipeline.notebooks import NOTEBOOKS
from workbench.pipeline.parameters import check_parameters
from workbench.pipeline.run import WARM_UP, reachable_stages, stage_units
from workbench.workspace import Workspace, write_text

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["START", "copy_notebooks", "lab_command"]

START = "mulai.ipynb"
STANDARD_SETTING = "standard_setting"  # belongs to no stage: a panel rates when it meets
FOLDER = "lab"
_MARK = "workbench_copy"  # metadata of a copy: what its cells were when it was made


def lab_command(folder: Path, *, port: int = 8888, browser: bool = True, declared_name: str = "") -> int:
    """Open JupyterLab on copies of the notebooks until Ctrl-C; return the exit status.

    Raises
    ------
    ValueError
        When the folder is no workspace, nothing was taken in yet, JupyterLab is not installed, the name is unknown, or
        no port is free.
    """
    from workbench.serve.kernels import inherited
    from workbench.serve.lab import check_installed, serve_lab

    workspace = Workspace(folder)
    check_installed()
    for sentence in copy_notebooks(workspace):
        sys.stdout.write(sentence + "\n")
    with WarmKernels(WARM_UP, inherited(os.environ)) as warm:
        warm.begin()
        return serve_lab(
            workspace, workspace.path / FOLDER, START, port=port, browser=browser, declared_name=declared_name
        )


def copy_notebooks(workspace: Workspace) -> list[str]:
    """Copy the notebooks that this workspace can run, with its parameters, and the one to start with.

    A copy that nobody has touched is renewed. One that was changed or executed stays as it is, and the new copy is put
    beside it under the next free number.

    Returns
    -------
    list of str
        A sentence for each copy that was left alone and got another beside it.

    Raises
    ------
    ValueError
        When nothing was taken in yet.
    """
    wanted: list[tuple[str, str, dict[str, Any]]] = [(START, "mulai", {})]
    wanted.append((f"{STANDARD_SETTING}.ipynb", STANDARD_SETTING, {}))
    for stage in reachable_stages(workspace):
        units = stage_units(workspace, stage)
        # Every instansi would be hundreds of copies; the parameters cell says which one it is.
        for unit in units[:1] if stage.over == "instansi" else units:
            slug = re.sub(r"[^a-z0-9]+", "-", unit.lower()).strip("-")[:40]
            number, what = stage.notebook.split("_", 1)
            # The unit comes early: a narrow list of files shows only how a name begins.
            name = f"{number}_{slug}_{what}.ipynb" if stage.over == "instrument" else f"{stage.notebook}.ipynb"
            wanted.append((name, stage.notebook, {} if stage.over == "cohort" else {stage.over: unit}))
    folder = workspace.path / FOLDER
    folder.mkdir(exist_ok=True)
    sentences = []
    for name, notebook, parameters in wanted:
        fresh = _filled(notebook, {"workspace": str(workspace.path), **parameters})
        sentences += _put(folder / name, fresh)
    return sentences


def _filled(notebook: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook with its parameters cell filled in."""
    source = NOTEBOOKS / f"{notebook}.ipynb"
    values = check_parameters(source, parameters)
    content: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        if "parameters" in cell["metadata"].get("tags", []):
            cell["source"] = [f"{name}: {type(value).__name__} = {value!r}\n" for name, value in values.items()]
            cell["source"][-1] = cell["source"][-1].rstrip("\n")
    content["metadata"][_MARK] = _cells(content)
    return content


def _put(path: Path, fresh: dict[str, Any]) -> list[str]:
    """Write a copy under the first name that is free or may be renewed; return what is to be said about it."""
    text = json.dumps(fresh, ensure_ascii=False, indent=1) + "\n"
    kept: list[str] = []
    for number in range(1, 1000):
        place = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        if not place.exists():
            write_text(place, text)
            changed = _("{kept} sudah diubah atau dijalankan, jadi dibiarkan; salinan baru: {new}.")
            return [changed.format(kept=", ".join(kept), new=place.name)] if kept else []
        found = _read(place)
        if found is not None and _cells(found) == _cells(fresh):
            return []
        if found is not None and _is_untouched(found):
            write_text(place, text)
            return []
        kept.append(place.name)
    raise ValueError(
        _("Terlalu banyak salinan {name} di {folder}; hapus yang lama.").format(name=path.name, folder=path.parent)
    )


def _read(path: Path) -> dict[str, Any] | None:
    """Return a notebook, or None where somebody left something that is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        _cells(content)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return dict(content)


def _is_untouched(content: dict[str, Any]) -> bool:
    """Return whether a copy is as it was made: the same cells, and never executed."""
    return content["metadata"].get(_MARK) == _cells(content) and not any(c.get("outputs") for c in content["cells"])


def _cells(content: dict[str, Any]) -> str:
    return digest(
        {"cells": [(c["cell_type"], "".join(c["source"]), c["metadata"].get("tags", [])) for c in content["cells"]]}
    )
