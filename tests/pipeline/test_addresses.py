from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from workbench.pipeline.addresses import code_version, digest, input_hashes, values_hash


def written(folder: Path, frame: pd.DataFrame, name: str = "a", **how: object) -> Path:
    path = folder / f"{name}.parquet"
    frame.to_parquet(path, index=False, **how)
    return path


FRAME = pd.DataFrame(
    {"participant_id": ["P1", "P2", None], "box": pd.array([1, None, 9], dtype="Int64"), "p": [0.1, 2, 3]}
)


def test_equal_values_have_one_hash_however_they_lie_on_disk(tmp_path):
    first = values_hash(written(tmp_path, FRAME, "a", compression="snappy"))
    second = values_hash(written(tmp_path, FRAME, "b", compression="gzip", row_group_size=1))
    as_category = FRAME.astype({"participant_id": "category"})
    assert first == second == values_hash(written(tmp_path, as_category, "c"))


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.assign(p=[0.1, 2, 3.0000001]),
        lambda f: f.assign(participant_id=["P1", "P2", "P3"]),
        lambda f: f.iloc[::-1],
        lambda f: f[["box", "participant_id", "p"]],
        lambda f: f.rename(columns={"p": "q"}),
        lambda f: f.head(2),
    ],
)
def test_another_value_order_or_name_has_another_hash(tmp_path, change):
    changed = change(FRAME).reset_index(drop=True)
    assert values_hash(written(tmp_path, FRAME)) != values_hash(written(tmp_path, changed, "b"))


def code(root: Path, source: str = "1 + 1", outputs: tuple[str, ...] = ()) -> Path:
    for folder in ("workbench", "notebooks", "templates"):
        (root / folder).mkdir(exist_ok=True)
    (root / "workbench" / "a.py").write_text("x = 1\n", encoding="utf-8")
    cell = {
        "cell_type": "code",
        "metadata": {},
        "source": source,
        "outputs": list(outputs),
        "execution_count": len(outputs),
    }
    (root / "notebooks" / "01.ipynb").write_text(json.dumps({"cells": [cell]}), encoding="utf-8")
    return root


def versions(root: Path) -> str:
    code_version.cache_clear()
    return code_version(root)


def test_the_code_version_knows_code_but_not_the_outputs_of_a_notebook(tmp_path):
    first = versions(code(tmp_path))
    assert versions(code(tmp_path, outputs=("2",))) == first
    (tmp_path / "notebooks" / ".ipynb_checkpoints").mkdir()
    (tmp_path / "notebooks" / ".ipynb_checkpoints" / "01.ipynb").write_text("{}", encoding="utf-8")
    (tmp_path / "workbench" / "__pycache__").mkdir()
    (tmp_path / "workbench" / "__pycache__" / "a.py").write_text("x", encoding="utf-8")
    assert versions(tmp_path) == first
    assert versions(code(tmp_path, source="1 + 2")) != first
    (code(tmp_path) / "workbench" / "a.py").write_text("x = 2\n", encoding="utf-8")
    changed = versions(tmp_path)
    assert changed != first
    (tmp_path / "requirements.lock").write_text("numpy==2\n", encoding="utf-8")
    assert versions(tmp_path) != changed
    code_version.cache_clear()


def test_a_digest_does_not_depend_on_the_order_of_its_parts():
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1}) != digest({"a": 1, "b": [2, 1]})


def test_inputs_are_found_by_pattern_and_named_by_their_place(tmp_path):
    (tmp_path / "tables").mkdir()
    for name in ("a", "b"):
        (tmp_path / "tables" / f"{name}.csv").write_text(name, encoding="utf-8")
    found = input_hashes(tmp_path, ["tables/*.csv", "tables/a.csv", "tables/none.csv"])
    assert sorted(found) == ["tables/a.csv", "tables/b.csv"]
    (tmp_path / "tables" / "a.csv").write_text("c", encoding="utf-8")
    assert input_hashes(tmp_path, ["tables/*.csv"])["tables/a.csv"] != found["tables/a.csv"]
