"""Options counted by a loop; keys that look wrong found where they are wrong and nowhere else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.psychometrics import classical
from workbench.simulation.real import read_iqitems


def random_raw(seed: int, people: int = 300, items: int = 6) -> tuple[pd.DataFrame, dict[str, str]]:
    """Four options an item; the key goes with ability, the others do not; a tenth is blank."""
    rng = np.random.default_rng(seed)
    theta = rng.standard_normal(people)
    raw, key = {}, {}
    for j in range(items):
        name = f"B{j}"
        key[name] = "ABCD"[rng.integers(4)]
        wrong = rng.choice([option for option in "ABCD" if option != key[name]], people)
        right = rng.random(people) < 1 / (1 + np.exp(-1.4 * (theta - rng.normal(0, 0.7))))
        raw[name] = np.where(rng.random(people) < 0.1, "", np.where(right, key[name], wrong))
    return pd.DataFrame(raw), key


def test_options_against_a_loop(seed: int) -> None:
    raw, key = random_raw(seed)
    ours = classical.options(raw, key).set_index(["item_id", "option"])
    right = {name: [value == key[name] for value in raw[name]] for name in raw}
    for name in raw:
        rest = [sum(right[other][i] for other in raw if other != name) for i in range(len(raw))]
        for option in "ABCD":
            chose = [float(value == option) for value in raw[name]]
            row = ours.loc[name, option]
            assert row["is_key"] == (option == key[name])
            assert (row["n"], row["chosen"]) == (len(raw), sum(chose)), seed
            assert row["share"] == pytest.approx(sum(chose) / len(raw)), seed
            assert row["option_rest"] == pytest.approx(np.corrcoef(chose, rest)[0, 1], rel=1e-9), seed
            # Fifths hold equally many people, so their shares average to the share of everybody.
            assert row[[f"share_{g}" for g in range(1, 6)]].mean() == pytest.approx(row["share"]), seed


def test_fifths_share_out_people_with_equal_scores() -> None:
    """Ten people, rest scores 0 (four), 1 (four) and 2 (two): the second fifth is half zeros, the fourth half ones."""
    rest = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2]
    raw = pd.DataFrame(
        {
            "A": ["x", "x", "x", "x", "y", "y", "y", "y", "x", "x"],
            "B": ["r" if score > 0 else "w" for score in rest],
            "C": ["r" if score > 1 else "w" for score in rest],
        }
    )
    ours = classical.options(raw, {"A": "x", "B": "r", "C": "r"}).set_index(["item_id", "option"])
    assert list(ours.loc[("A", "x"), [f"share_{g}" for g in range(1, 6)]]) == pytest.approx([1, 1, 0, 0, 1])
    shuffled = raw.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(
        classical.options(shuffled, {"A": "x", "B": "r", "C": "r"}).set_index(["item_id", "option"]), ours
    )


def test_whole_numbers_are_options_too() -> None:
    """Numbers from a spreadsheet, with gaps turned into NaN, mean the same as text."""
    raw, key = random_raw(3)
    places = {option: number for number, option in enumerate("ABCD", start=1)}
    numbers = raw.replace("", None).apply(lambda column: column.map(places).astype(float))
    ours = classical.options(numbers, {name: places[option] for name, option in key.items()})
    text = classical.options(raw, key)
    assert list(ours["option"]) == [str(places[option]) for option in text["option"]]
    columns = ["is_key", "chosen", "option_rest", "p_above_key"]
    pd.testing.assert_frame_equal(ours[columns], text[columns])


def test_of_two_right_options_either_counts_and_a_third_is_compared_with_both_together(seed: int) -> None:
    """An option that is split in two halves which are both right is the same item with one key."""
    raw, key = random_raw(seed, people=900)
    half = np.random.default_rng(seed).random(len(raw)) < 0.5
    twin = raw.assign(B0=np.where((raw["B0"] == key["B0"]) & half, "E", raw["B0"]))
    ours = classical.options(twin, {**key, "B0": (key["B0"], "E")}).set_index(["item_id", "option"])
    one = classical.options(raw, key).set_index(["item_id", "option"])
    assert ours.loc["B0", "is_key"].to_dict() == {option: option in (key["B0"], "E") for option in "ABCDE"}
    others = [row for row in one.index if row != ("B0", key["B0"])]
    pd.testing.assert_frame_equal(ours.loc[others], one.loc[others])
    assert classical.miskey(ours.reset_index()).empty


def test_the_proposal_names_both_keys(sat12_raw) -> None:
    raw, key = sat12_raw
    found = classical.miskey(classical.options(raw, {**key, "Item.32": ("5", "1")}))
    assert found[["item_id", "key", "proposed"]].to_numpy().tolist() == [["Item.32", "1|5", "3"]]


def test_the_real_mis_key_of_sat12_is_found(sat12_raw) -> None:
    raw, key = sat12_raw
    found = classical.miskey(classical.options(raw, key))
    assert found[["item_id", "key", "proposed"]].to_numpy().tolist() == [["Item.32", "5", "3"]]
    row = found.iloc[0]
    assert row["option_rest_proposed"] == pytest.approx(0.20, abs=0.005)
    assert row["option_rest_key"] == pytest.approx(0.04, abs=0.005)
    assert row["share_proposed"] == pytest.approx(266 / 600)


def test_every_turned_key_of_sat12_is_found(sat12_raw) -> None:
    """Give each item a wrong key in turn: the right one is proposed wherever the item is worth something."""
    raw, key = sat12_raw
    good = classical.options(raw, key)
    good = good[good["is_key"] & (good["option_rest"] > 0.25)]
    assert len(good) > 15
    for item in good["item_id"]:
        turned = {**key, item: str(int(key[item]) % 5 + 1)}
        found = classical.miskey(classical.options(raw, turned)).set_index("item_id")
        assert found.loc[item, "proposed"] == key[item]
        assert set(found.index) <= {item, "Item.32"}


def test_real_responses_with_a_right_key_raise_no_doubt() -> None:
    inputs = read_iqitems().inputs
    items = inputs["items"]["item_id"]
    raw = inputs["responses_iqitems__A"][list(items)]
    keys = dict(zip(inputs["keys"]["item_id"], inputs["keys"]["key"], strict=True))
    table = classical.options(raw, keys)
    assert len(table[~table["is_key"]]) > 70
    assert classical.miskey(table).empty


@pytest.mark.parametrize("people", [40, 1000])
@pytest.mark.parametrize("shares", [(0.3, 0.3), (0.05, 0.5), (0.55, 0.06)])
def test_an_option_as_good_as_its_key_is_rarely_proposed(
    people: int, shares: tuple[float, float], binomial_bounds, seed: int
) -> None:
    """Forty items answered blindly, so that key and option go equally with the rest score: p below .02 in 2 %."""
    rng = np.random.default_rng(seed)
    rounds, items, below = 15, 40, 0
    for _round in range(rounds):
        u = rng.random((people, items))
        chosen = np.where(u < shares[0], "k", np.where(u < sum(shares), "o", "x"))
        raw = pd.DataFrame(chosen, columns=[f"B{j}" for j in range(items)])
        table = classical.options(raw, dict.fromkeys(raw.columns, "k"))
        below += int((table.loc[table["option"] == "o", "p_above_key"] < 0.02).sum())
    _low, high = binomial_bounds(rounds * items, 0.02)
    assert below <= high * 1.25, (seed, below)  # a quarter for the normal approximation in forty people


def test_the_level_counts_the_comparisons(sat12_raw) -> None:
    """Twice as many items to compare halve the level; with fewer expected false findings SAT12 item 32 is let go."""
    raw, key = sat12_raw
    table = classical.options(raw, key)
    looks = (~table["is_key"]).sum()
    found = classical.miskey(table)
    assert found["level"].iloc[0] == pytest.approx(2 / looks)
    double = pd.concat([table.assign(form="1"), table.assign(form="2")])
    assert classical.miskey(double, expected_false=4)["form"].tolist() == ["1", "2"]
    assert classical.miskey(table, expected_false=0.05).empty


def test_few_people_are_not_judged(sat12_raw) -> None:
    raw, key = sat12_raw
    turned = {item: str(int(option) % 5 + 1) for item, option in key.items()}
    assert classical.miskey(classical.options(raw.head(29), turned)).empty


def test_a_key_that_nobody_chose() -> None:
    raw, key = random_raw(7)
    found = classical.miskey(classical.options(raw, {**key, "B2": "Z"}))
    assert found[["item_id", "proposed"]].to_numpy().tolist() == [["B2", key["B2"]]]
    assert found["option_rest_key"].isna().all()


def test_nothing_to_compare_is_an_empty_table() -> None:
    raw, key = random_raw(8)
    table = classical.options(raw, key)
    empty = classical.miskey(table.head(0))
    assert list(empty.columns) == list(classical.miskey(table).columns)
    assert empty.empty
