from __future__ import annotations

import json

import numpy as np
import pytest

from workbench.records.bank import Bank, list_banks, load_bank, save_bank


@pytest.fixture(scope="module")
def shipped() -> Bank:
    (version,) = list_banks()
    return load_bank(version)


def test_the_shipped_bank_is_whole(shipped):
    assert not shipped.provisional
    covariance = shipped.population[list(shipped.scales)].to_numpy(float)
    assert np.allclose(covariance, covariance.T)
    assert np.linalg.eigvalsh(covariance).min() > 0
    for scale in shipped.scales:
        assert (np.diff(shipped.cuts(scale)) > 0).all()
        assert len(shipped.items(scale)) >= len(shipped.items(scale, reference=True)) > 0
    assert not shipped.item_parameters["item_id"].duplicated().any()


def test_a_bank_comes_back_as_it_was_saved(shipped, tmp_path):
    save_bank(shipped, tmp_path / "bank")
    again = load_bank(tmp_path / "bank")
    assert (again.version, again.provisional) == (shipped.version, shipped.provisional)
    for name in ("item_parameters", "level_cuts", "reference_form", "population"):
        left, right = getattr(again, name), getattr(shipped, name)
        assert left.equals(right), name


def damage(folder, name, change):
    path = folder / name
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("bank.json", lambda _text: "{", "rusak"),
        ("bank.json", lambda _text: json.dumps({"version": "x"}), "rusak"),
        ("level_cuts.csv", lambda text: text.replace("theta", "tetha", 1), "tanpa kolom theta"),
        ("level_cuts.csv", lambda text: "\n".join(reversed_cuts(text)), "tidak naik"),
        ("level_cuts.csv", lambda text: changed(text, "theta", "tinggi"), "bukan bilangan"),
        ("population.csv", lambda text: changed(text, "kerjasama", "0.9"), "kovarians populasi tidak sah"),
        ("population.csv", lambda text: changed(text, "kerjasama", "x"), "kovarians populasi tidak sah"),
        ("population.csv", lambda text: text.replace("kerjasama", "kerja", 1), "kovarians populasi tidak sah"),
    ],
)
def test_a_damaged_bank_is_refused(shipped, tmp_path, name, change, words):
    save_bank(shipped, tmp_path / "bank")
    damage(tmp_path / "bank", name, change)
    with pytest.raises(ValueError, match=r"\.$") as raised:
        load_bank(tmp_path / "bank")
    assert words in str(raised.value)


def reversed_cuts(text: str) -> list[str]:
    """Swap the places of the first two cuts."""
    heading, first, second, *rest = text.splitlines()
    place = heading.split(",").index("theta")
    one, two = first.split(","), second.split(",")
    one[place], two[place] = two[place], one[place]
    return [heading, ",".join(one), ",".join(two), *rest, ""]


def changed(text: str, column: str, value: str) -> str:
    """Write another value into the first line of a column."""
    heading, first, *rest = text.splitlines()
    cells = first.split(",")
    cells[heading.split(",").index(column)] = value
    return "\n".join([heading, ",".join(cells), *rest, ""])


def test_an_unknown_version_names_the_known_ones():
    with pytest.raises(ValueError, match=r"^Bank butir 'x' tidak ada; yang tersedia: nasional-2023-demo\.$"):
        load_bank("x")
