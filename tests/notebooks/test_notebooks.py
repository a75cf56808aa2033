"""Every notebook by hand, through nbval, on a complete round; and once by papermill, through the pipeline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.pipeline.stages import STAGES
from workbench.workspace import ENVIRONMENT_VARIABLE, MANUAL_RUN, Workspace

ROOT = Path(__file__).resolve().parents[2]
# Those of rounds without answers run in tests/pipeline/test_received_rounds.py.
NOTEBOOKS = sorted(path for path in (ROOT / "notebooks").glob("*.ipynb") if "_received_" not in path.name)


def test_every_notebook_runs_by_hand_on_the_workspace_of_the_environment(
    pekalongan, tmp_path, copied_round, shared_kernels
):
    folder = copied_round(pekalongan, tmp_path / "pekalongan-2024")
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "--nbval-lax", "-c", os.devnull, "--rootdir", str(ROOT / "notebooks")),
            *("-p", "no:cacheprovider", "-q", *map(str, NOTEBOOKS)),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={
            **(shared_kernels.environment or {}),
            **shared_kernels.for_others(),
            ENVIRONMENT_VARIABLE: str(folder),
            "WORKBENCH_ACTOR": "Ani",
        },
        check=False,
        timeout=550,
    )
    assert finished.returncode == 0, finished.stdout[-3000:] + finished.stderr[-1000:]
    cells = [c for path in NOTEBOOKS for c in json.loads(path.read_text("utf-8"))["cells"] if c["cell_type"] == "code"]
    assert f"{len(cells)} passed" in finished.stdout
    by_hand = {path.stem for path in (folder / "runs" / MANUAL_RUN / "tables").glob("*.parquet")}
    assert {"item_statistics", "scores", "boxes", "levels"} <= by_hand


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.notebook)
def test_papermill_ran_it_with_the_parameters_of_its_manifest(pekalongan, stage):
    workspace = Workspace(pekalongan)
    runs = [path for path in (pekalongan / "runs").iterdir() if path.name.startswith(f"{stage.name}-")]
    assert len(runs) == (4 if stage.over == "instrument" else 1)
    for run in runs:
        notebook = json.loads((run / "notebook.ipynb").read_text(encoding="utf-8"))
        assert notebook["metadata"]["papermill"]["exception"] is None
        given = notebook["metadata"]["papermill"]["parameters"]
        assert given["run"] == run.name
        assert given["workspace"] == str(pekalongan)
        assert workspace.manifest(run.name)["parameters"].items() <= given.items()
        counts = [c["execution_count"] for c in notebook["cells"] if c["cell_type"] == "code"]
        assert counts == list(range(1, len(counts) + 1))


def shown(folder: Path, start: str) -> str:
    """Return all HTML that the notebook of a run shows."""
    (path,) = (folder / "runs").glob(f"{start}-*/notebook.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells if cell["cell_type"] == "code" for output in cell["outputs"]]
    assert not [output for output in outputs if output["output_type"] in {"stream", "error"}]
    return "".join("".join(output["data"].get("text/html", "")) for output in outputs if "data" in output)


@pytest.mark.parametrize(
    ("start", "titles"),
    [
        ("items-potensi", ("Peta butir", "Peta butir dan orang", "Informasi tes")),
        ("scores-potensi", ("Informasi tes", "Skor skala", "Kejujuran peluang")),
        (
            "boxes-cirebon",
            ("Sembilan kotak talenta", "Di mana keputusan", "Level terhadap standar", "Kejujuran peluang"),
        ),
    ],
)
def test_notebooks_show_the_figures_that_people_look_at(cirebon, start, titles):
    html = shown(cirebon, start)
    for title in titles:
        assert f"<strong>{title}" in html, title
    assert "nan" not in html.replace("nanti", "").split()
