from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.records.scoring import score
from workbench.records.tables import NOT_REACHED, OMITTED

SCORES = {"A": 2.0, "B": 4.0, "C": 2.0, "D": 0.5}  # two options share a score, hence a category


def expected(code: str, form: str, key: str, purpose: str, kind: str) -> int:
    """Category of one stored answer, as measurement.md says it."""
    if form == "mc":
        if code == OMITTED:
            return 0
        if code == NOT_REACHED:
            return 0 if purpose == "people" else -1
        return int(code in (key.split("|") if kind == "raw" else ("1",)))
    if code in (OMITTED, NOT_REACHED):
        return -1
    value = SCORES[code] if kind == "raw" else float(code)
    return sum(lower < value for lower in set(SCORES.values()))


@st.composite
def stored(draw):
    kind = draw(st.sampled_from(["raw", "scored"]))
    formats = draw(st.lists(st.sampled_from(["mc", "ordered"]), min_size=1, max_size=5))
    people = draw(st.integers(1, 6))
    items = pd.DataFrame(
        {
            "item_id": [f"B{n}" for n in range(len(formats))],
            "format": formats,
            "options": "|".join(SCORES),
            "option_scores": ["2|4|2|0.5" if form == "ordered" else None for form in formats],
        }
    )
    keys = {name: draw(st.sampled_from([*"ABCD", "A|C", "D|B|A"])) for name in items["item_id"]}
    columns = {"participant_id": [f"P{n}" for n in range(people)]}
    for name, form in zip(items["item_id"], formats, strict=True):
        permitted = [*SCORES] if kind == "raw" else ["0", "1"] if form == "mc" else ["0.5", "2", "4"]
        codes = [*permitted, OMITTED, NOT_REACHED]
        answers = draw(st.lists(st.sampled_from(codes), min_size=people, max_size=people))
        columns[name] = pd.Categorical(answers, categories=codes)
    return kind, items, keys, pd.DataFrame(columns)


@settings(deadline=None)
@given(stored(), st.sampled_from(["calibration", "people"]))
def test_every_answer_is_scored_as_the_rule_says(drawn, purpose):
    kind, items, keys, frame = drawn
    result = score(frame, items, keys, purpose=purpose, kind=kind)
    assert result.item_ids == tuple(items["item_id"])
    assert result.participant_id.tolist() == frame["participant_id"].tolist()
    described = items.set_index("item_id")
    for column, name in enumerate(result.item_ids):
        for row, code in enumerate(frame[name]):
            wanted = expected(code, described.loc[name, "format"], keys[name], purpose, kind)
            assert result.categories[row, column] == wanted


def test_an_item_without_a_key_and_an_unknown_purpose_give_no_number():
    items = pd.DataFrame({"item_id": ["M"], "format": ["mc"], "options": ["A|B"], "option_scores": [None]})
    frame = pd.DataFrame({"participant_id": ["P1"], "M": pd.Categorical(["A"], ["A", "B", OMITTED, NOT_REACHED])})
    with pytest.raises(ValueError, match=r"^Butir M tidak punya kunci; .*\.$"):
        score(frame, items, {}, purpose="people")
    with pytest.raises(ValueError, match=r"^Tujuan penskoran 'x' tidak dikenal; .*\.$"):
        score(frame, items, {"M": "A"}, purpose="x")
