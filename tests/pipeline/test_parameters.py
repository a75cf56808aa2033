from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench.pipeline.notebooks import NOTEBOOKS
from workbench.pipeline.parameters import check_parameters, declared_parameters
from workbench.pipeline.stages import EVERY_STAGE

REPORT = NOTEBOOKS / "04_instansi_report.ipynb"


def notebook(folder: Path, *cells: str, tags: tuple[str, ...] = ("parameters",)) -> Path:
    path = folder / "buku.ipynb"
    content = [
        {"cell_type": "code", "metadata": {"tags": list(tags)}, "source": cell.splitlines(True)} for cell in cells
    ]
    path.write_text(
        json.dumps({"cells": content, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8"
    )
    return path


@pytest.mark.parametrize("stage", EVERY_STAGE, ids=lambda stage: stage.notebook)
def test_every_stage_gives_its_notebook_what_it_declares(stage):
    parameters = {"workspace": "x", "run": "y"} | ({} if stage.over == "cohort" else {stage.over: "z"})
    assert set(parameters) <= set(check_parameters(NOTEBOOKS / f"{stage.notebook}.ipynb", parameters))


def test_defaults_fill_what_is_not_given():
    assert check_parameters(REPORT, {"instansi": "Kota"}) == {
        "workspace": "",
        "run": "",
        "instansi": "Kota",
        "edition": "internal",
    }


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(
        ValueError, match=r"04_instansi_report\.ipynb: parameter 'instanssi' tidak dikenal; yang ada: w"
    ):
        check_parameters(REPORT, {"instanssi": "Kota"})


@pytest.mark.parametrize("value", [7, None, True, ["Kota"], 1.5, b"Kota"])
def test_another_type_is_refused(value):
    with pytest.raises(ValueError, match="parameter 'instansi' harus bertipe str"):
        check_parameters(REPORT, {"instansi": value})


@pytest.mark.parametrize(
    ("kind", "default", "wrong"), [("int", "3", "3"), ("int", "3", True), ("float", "0.5", "x"), ("bool", "True", 1)]
)
def test_no_value_is_turned_into_another_type(tmp_path, kind, default, wrong):
    path = notebook(tmp_path, f"n: {kind} = {default}")
    assert check_parameters(path, {}) == {"n": {"int": 3, "float": 0.5, "bool": True}[kind]}
    with pytest.raises(ValueError, match=f"parameter 'n' harus bertipe {kind}"):
        check_parameters(path, {"n": wrong})


@pytest.mark.parametrize(
    "line",
    [
        "n = 3",  # without a type
        "n: int",  # without a value
        "n: int = 'tiga'",  # default of another type
        "n: bool = 1",
        "n: list = []",
        "n: int = max(1, 2)",  # not a literal
        "n: int = 3; m: int = 4",  # papermill reads the first alone
        "import os",
        "n: int = (3",
    ],
)
def test_a_line_that_declares_nothing_is_named(tmp_path, line):
    path = notebook(tmp_path, f'# keterangan\nworkspace: str = ""\n{line}')
    with pytest.raises(ValueError, match=r"buku\.ipynb: baris 3 sel parameters"):
        declared_parameters(path)


@pytest.mark.parametrize("cells", [(), ("n: int = 1", "m: int = 2")])
def test_there_is_exactly_one_parameters_cell(tmp_path, cells):
    with pytest.raises(ValueError, match="tepat satu sel"):
        declared_parameters(notebook(tmp_path, *cells))
