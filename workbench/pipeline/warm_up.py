"""What the notebooks of the chain load, done once for all of them: see `workbench.kernel`.

Importing is not enough, because libraries load parts of themselves when these are first used. So a little of each is
used, on numbers that were made up: no file of a workspace is read, and nothing stays that a notebook could see.
"""

from __future__ import annotations

import ast
import importlib
import io
import json
from typing import TYPE_CHECKING

from workbench.pipeline.notebooks import NOTEBOOKS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["import_what_notebooks_import", "warm_up"]

# Reading Parquet starts threads, which the warm process may not have; this much of it can be loaded without.
_LOADED_WHEN_USED = ("pyarrow.dataset", "pyarrow.parquet", "scipy.optimize", "scipy.stats.qmc")


def warm_up() -> None:
    """Import what the notebooks of all stages import, and use the libraries below."""
    for module in _LOADED_WHEN_USED:
        importlib.import_module(module)
    import_what_notebooks_import(sorted(NOTEBOOKS.glob("0*.ipynb")))
    _measure()
    _show()


def import_what_notebooks_import(notebooks: Iterable[Path]) -> None:
    """Import every module that the cells of the notebooks import."""
    for notebook in notebooks:
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
            for node in ast.walk(ast.parse("".join(cell["source"]))) if cell["cell_type"] == "code" else ():
                if isinstance(node, ast.Import):
                    for alias in node.names:
                        importlib.import_module(alias.name)
                elif isinstance(node, ast.ImportFrom) and node.module:
                    package = importlib.import_module(node.module)
                    for alias in node.names:
                        if not hasattr(package, alias.name):
                            importlib.import_module(f"{node.module}.{alias.name}")


def _measure() -> None:
    """Calibrate and score a few made-up answers; draw from a sequence."""
    import numpy as np
    from scipy.stats import qmc

    from workbench.psychometrics import irt

    answers = np.random.default_rng(0).integers(0, 3, size=(60, 5))
    for model, matrix in (("2PL", np.minimum(answers, 1)), ("GRM", answers)):
        irt.score(irt.calibrate(matrix, model=model), matrix)
    qmc.Sobol(2, rng=0).random(8)


def _show() -> None:
    """Reshape, show, draw and write a small table."""
    import numpy as np
    import pandas as pd

    from workbench.reports import figures
    from workbench.reports.tables import html_table

    axis = np.linspace(-3.0, 3.0, 7)
    table = pd.DataFrame({"scale": ["a", "b"] * 4, "score": np.arange(8.0), "n": np.arange(8)})
    wide = table.pivot_table(index="n", columns="scale", values="score", aggfunc="mean")
    pd.concat([table, wide.reset_index()]).groupby("n", as_index=False).agg({"score": "mean"}).to_dict("records")
    table.to_parquet(io.BytesIO(), index=False)
    html_table(table, "", decimals=2)._repr_html_()
    information = pd.DataFrame({"theta": axis, "total": axis**2 + 1.0, "sem": 1.0 / np.sqrt(axis**2 + 1.0)})
    figures.test_information("", information, ())._repr_html_()
