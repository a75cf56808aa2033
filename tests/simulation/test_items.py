from __future__ import annotations

import numpy as np
import pytest

from workbench.simulation import item_bank, reference_form
from workbench.simulation.designs import INSTRUMENTS, load_instrument
from workbench.simulation.items import KLASTER, form_items


def test_everybody_answers_435_items():
    for form in KLASTER:
        items = form_items(form)
        assert len(items) == items["item_id"].nunique() == 435
        assert items.groupby("instrument")["position"].agg(["min", "max", "nunique"]).to_numpy().tolist() == [
            [1, 120, 120],
            [1, 40, 40],
            [1, 135, 135],
            [1, 140, 140],
        ]


def test_two_thirds_of_a_scale_are_common_to_all_forms():
    bank = item_bank().set_index("item_id")
    assert bank.index.is_unique
    sets = [set(form_items(form)["item_id"]) for form in KLASTER]
    common = set.intersection(*sets)
    assert common == set(bank.index[bank["klaster"] == ""])
    shares = bank.loc[sorted(common), "scale"].value_counts() / bank.loc[sorted(sets[0]), "scale"].value_counts()
    assert shares.between(0.62, 0.72).all()
    for first in range(5):
        for second in range(first):
            assert sets[first] & sets[second] == common


def test_the_order_differs_between_forms_but_parts_stay_in_place():
    bank = item_bank().set_index("item_id")["scale"]
    first, second = (form_items(form).query("instrument == 'potensi'") for form in ("K1", "K2"))
    assert bank[first["item_id"]].tolist() == bank[second["item_id"]].tolist()
    assert first["item_id"].tolist() != second["item_id"].tolist()
    mixed = form_items("K1").query("instrument == 'mansoskul'")
    assert (bank[mixed["item_id"]].to_numpy()[1:] != bank[mixed["item_id"]].to_numpy()[:-1]).mean() > 0.7


def test_parameters_lie_where_the_design_puts_them():
    bank = item_bank()
    for name in INSTRUMENTS:
        design = load_instrument(name)
        for kind, model in ((design.ordered, "GRM"), (design.multiple_choice, "2PL")):
            part = bank[(bank["instrument"] == name) & (bank["model"] == model)]
            assert part.empty == (kind is None)
            if kind is None:
                continue
            assert part["a"].between(*kind.slope).all()
            place = part["b2"] if model == "GRM" else part["b"]
            # Four standard errors of a mean and of a standard deviation.
            n = len(part)
            assert abs(place.mean() - kind.location[0]) < 4 * kind.location[1] / np.sqrt(n)
            assert abs(place.std() / kind.location[1] - 1) < 4 / np.sqrt(2 * n)
    ordered = bank[bank["model"] == "GRM"]
    assert np.allclose(ordered["b3"] - ordered["b2"], 1.3)
    assert np.allclose(ordered["b2"] - ordered["b1"], 1.3)


def test_options_are_shuffled_and_keys_vary():
    bank = item_bank()
    ordered = bank[bank["format"] == "ordered"]
    assert ordered["option_scores"].nunique() == 24
    assert all(sorted(scores.split("|")) == list("1234") for scores in ordered["option_scores"])
    keyed = bank[bank["format"] == "mc"]
    assert set(keyed.loc[keyed["instrument"] == "potensi", "key"]) == set("ABCDE")
    assert set(keyed.loc[keyed["instrument"] == "literasi-digital", "options"]) == {"A|B|C|D"}
    # The key has no place among the distractors, every other option has one.
    attraction = keyed.filter(like="attraction_").to_numpy()
    options = keyed["options"].str.count(r"\|").to_numpy() + 1
    assert (np.isfinite(attraction).sum(axis=1) == options - 1).all()
    key = keyed["key"].map(ord).to_numpy() - ord("A")
    assert np.isnan(attraction[np.arange(len(keyed)), key]).all()


def test_the_bank_does_not_depend_on_who_changed_it_before():
    bank = item_bank()
    bank["a"] = 0.0
    assert (item_bank()["a"] > 0).all()


def test_the_reference_form_is_the_form_of_the_first_klaster():
    reference = reference_form()
    assert set(reference["item_id"]) == set(form_items("K1")["item_id"])
    assert reference["scale"].nunique() == 33
    assert reference.merge(item_bank(), on="item_id").eval("scale_x == scale_y").all()


def test_an_unknown_form_is_refused():
    with pytest.raises(ValueError, match=r"Paket 'K6' tidak ada; pilih salah satu: K1, K2, K3, K4, K5\."):
        form_items("K6")
