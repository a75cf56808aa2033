"""The answers follow the model that the bank states: checked against it, item by item, with the truth at hand."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.simulation import item_bank
from workbench.simulation.designs import scale_keys

GROUPS = 12


@pytest.fixture(scope="module")
def sheets(national_sample):
    """Category codes and true ability by form, as (bank row, ability, code, key or scores)."""
    bank = item_bank().set_index("item_id")
    theta = national_sample.truth["theta"][list(scale_keys())].set_index(national_sample.inputs["participants"]["nip"])
    found = []
    for frame in national_sample.responses.values():
        ability = theta.loc[frame["nip"]]
        for item_id in frame.columns[1:]:
            row = bank.loc[item_id]
            found.append((row, ability[row["scale"]].to_numpy(), frame[item_id].cat.codes.to_numpy()))
    return found


def pull(observed, expected):
    """Standardised residuals of counts against the sum of probabilities."""
    return (observed.sum() - expected.sum()) / np.sqrt((expected * (1 - expected)).sum())


def test_keys_follow_the_two_parameter_model(sheets):
    residuals = []
    for row, ability, code in sheets:
        if row["format"] != "mc":
            continue
        right = code == ord(row["key"]) - ord("A")
        expected = 1 / (1 + np.exp(-row["a"] * (ability - row["b"])))
        for part in np.array_split(np.argsort(ability), GROUPS):
            # A tail that was not reached lowers every item a little: take only people with an answer or a wrong blank.
            residuals.append(pull(right[part], expected[part]))
    residuals = np.array(residuals)
    assert abs(residuals.mean()) < 0.15
    assert residuals.std() == pytest.approx(1, abs=0.05)


def test_ordered_items_follow_the_graded_response_model(sheets):
    residuals = []
    for row, ability, code in sheets:
        if row["format"] != "ordered":
            continue
        given = code >= 0
        category = np.array([int(score) - 1 for score in row["option_scores"].split("|")])[code[given]]
        for threshold in (1, 2, 3):
            expected = 1 / (1 + np.exp(-row["a"] * (ability[given] - row[f"b{threshold}"])))
            residuals.append(pull(category >= threshold, expected))
    assert abs(np.mean(residuals)) < 0.1
    assert np.std(residuals) == pytest.approx(1, abs=0.05)


def test_distractors_follow_the_nominal_model_given_a_wrong_answer(sheets):
    residuals = []
    for row, ability, code in sheets:
        if row["format"] != "mc":
            continue
        options = len(row["options"].split("|"))
        key = ord(row["key"]) - ord("A")
        wrong = (code >= 0) & (code != key)
        weights = np.array(
            [
                np.zeros(wrong.sum())
                if option == key
                else np.exp(row[f"attraction_{option + 1}"] + row[f"tilt_{option + 1}"] * ability[wrong])
                for option in range(options)
            ]
        )
        shares = weights / weights.sum(axis=0)
        for option in range(options):
            if option != key:
                residuals.append(pull(code[wrong] == option, shares[option]))
    assert abs(np.mean(residuals)) < 0.1
    assert np.std(residuals) == pytest.approx(1, abs=0.06)


def test_blanks_are_few_and_nobody_is_blank_throughout(sheets, national_sample):
    blank = np.concatenate([code < 0 for _, _, code in sheets]).mean()
    assert 0.002 < blank < 0.01
    for frame in national_sample.responses.values():
        answered = frame.iloc[:, 1:].notna().to_numpy()
        assert answered.any(axis=1).all()
        tail = ~answered[:, -1]
        assert 0.008 < tail.mean() < 0.03


def test_distractors_do_not_attract_the_able(sheets):
    # Otherwise a sound key would look wrong: the option-rest correlation of every distractor stays below the key's.
    for row, ability, code in sheets:
        if row["format"] == "mc":
            by_option = [np.corrcoef(ability, code == place)[0, 1] for place in range(len(row["options"].split("|")))]
            assert int(np.argmax(by_option)) == ord(row["key"]) - ord("A")
