from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workbench.records.answers import Answers, FormPlan, mark_blanks, read_answers
from workbench.records.problems import Source
from workbench.records.readers import RawTable
from workbench.records.tables import NOT_REACHED, OMITTED

OPTIONS = "ABCD"


def said(cells: list[str]) -> list[str]:
    """The rule in words (measurement.md, section 2), cell by cell."""
    answered = [place for place, cell in enumerate(cells) if cell]
    last = answered[-1] if answered else -1
    result = []
    for place, cell in enumerate(cells):
        if cell:
            result.append(cell)
        elif place <= last + 1:
            result.append(OMITTED)
        else:
            result.append(NOT_REACHED)
    return result


@given(arrays(bool, st.tuples(st.integers(1, 8), st.integers(1, 12))), st.data())
def test_blanks_are_marked_as_the_rule_says(answered, data):
    sizes = np.array(data.draw(st.lists(st.integers(2, 6), min_size=answered.shape[1], max_size=answered.shape[1])))
    codes = np.where(answered, 1, sizes).astype(np.int8)
    nothing = mark_blanks(codes, sizes)
    for row, line in enumerate(answered):
        words = said(["x" if cell else "" for cell in line])
        expected = [
            {"x": 1, OMITTED: size, NOT_REACHED: size + 1}[word] for word, size in zip(words, sizes, strict=True)
        ]
        assert codes[row].tolist() == expected
        assert nothing[row] == (not line.any())


@st.composite
def response_files(draw):
    items = draw(st.integers(1, 6))
    people = draw(st.integers(1, 8))
    formats = draw(st.lists(st.sampled_from(["mc", "ordered"]), min_size=items, max_size=items))
    kind = draw(st.sampled_from(["raw", "scored"]))
    order = draw(st.permutations(range(items)))
    plan = pd.DataFrame(
        {
            "item_id": [f"B{n}" for n in range(items)],
            "format": formats,
            "options": "|".join(OPTIONS),
            "option_scores": ["2|4|1.5|3" if form == "ordered" else None for form in formats],
        }
    )
    permitted = [
        list(OPTIONS) if kind == "raw" else ["0", "1"] if form == "mc" else ["1.5", "2", "3", "4"] for form in formats
    ]
    answers = [[draw(st.sampled_from(["", *permitted[n]])) for n in range(items)] for _person in range(people)]
    return plan, kind, order, permitted, answers


def raw_table(nips: list[str], plan: pd.DataFrame, order, answers, categories: bool) -> RawTable:
    columns = {"nip": pd.Series(nips, dtype=object)}
    for place in order:
        cells = pd.Series([line[place] for line in answers], dtype=object)
        columns[plan["item_id"].iloc[place]] = cells.astype("category") if categories else cells
    return RawTable(Source("responses_t__A.csv", range(2, len(nips) + 2)), pd.DataFrame(columns))


def numbers(count: int) -> list[str]:
    return [f"198503122010011{n + 1:03d}" for n in range(count)]


@settings(deadline=None)
@given(response_files(), st.booleans())
def test_answers_are_stored_as_given_whatever_the_order_of_columns(drawn, categories):
    plan, kind, order, permitted, answers = drawn
    nips = numbers(len(answers))
    result = read_answers(raw_table(nips, plan, order, answers, categories), FormPlan("t", "A", kind, plan), set(nips))
    assert isinstance(result, Answers)
    stored = result.frame.astype("str")
    assert list(stored.columns) == ["nip", *plan["item_id"]]
    for row, line in enumerate(answers):
        assert stored.iloc[row].tolist() == [nips[row], *said(line)]
    for name, options in zip(plan["item_id"], permitted, strict=True):
        assert list(result.frame[name].cat.categories) == [*options, OMITTED, NOT_REACHED]


@settings(deadline=None)
@given(response_files(), st.data())
def test_a_cell_that_is_not_permitted_is_found_where_it_is(drawn, data):
    plan, kind, order, _permitted, answers = drawn
    row, place = data.draw(st.integers(0, len(answers) - 1)), data.draw(st.integers(0, len(plan) - 1))
    answers[row][place] = data.draw(st.sampled_from(["E", "a", "9", "A B", "-", "."]))
    nips = numbers(len(answers))
    problems = read_answers(raw_table(nips, plan, order, answers, True), FormPlan("t", "A", kind, plan), set(nips))
    assert isinstance(problems, list)
    assert [(p.row, p.column) for p in problems] == [(row + 2, plan["item_id"].iloc[place])]


def test_scores_that_another_program_wrote_with_decimals_are_the_same_scores():
    plan = pd.DataFrame(
        {"item_id": ["M", "O"], "format": ["mc", "ordered"], "options": "A|B", "option_scores": [None, "1|2.5"]}
    )
    nips = numbers(2)
    raw = raw_table(nips, plan, [0, 1], [["1.0", "2.50"], ["0.0", "1.0"]], False)
    result = read_answers(raw, FormPlan("t", "A", "scored", plan), set(nips))
    assert isinstance(result, Answers)
    assert result.frame[["M", "O"]].astype("str").to_numpy().tolist() == [["1", "2.5"], ["0", "1"]]


def test_people_are_not_checked_against_a_list_that_is_itself_in_error():
    plan = pd.DataFrame({"item_id": ["M"], "format": ["mc"], "options": ["A|B"], "option_scores": [None]})
    raw = raw_table(numbers(1), plan, [0], [["A"]], False)
    assert isinstance(read_answers(raw, FormPlan("t", "A", "raw", plan), None), Answers)
    assert isinstance(read_answers(raw, FormPlan("t", "A", "raw", plan), set()), list)
