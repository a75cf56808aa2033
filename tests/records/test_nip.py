from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.records.nip import nip_problem, parse_nip, went_through_float

births = st.dates(date(1940, 1, 1), date(2012, 12, 31))
serials = st.integers(1, 999)


middles = st.integers(0, 99)


@st.composite
def numbers(draw, middle=middles):
    """Birth, appointment year, digits 13 and 14, sex, serial, and the number they make."""
    parts = draw(births), draw(st.integers(1960, 2030)), draw(middle), draw(st.sampled_from("12")), draw(serials)
    birth, year, two, sex, serial = parts
    return (*parts, f"{birth:%Y%m%d}{year}{two:02d}{sex}{serial:03d}")


@given(numbers())
def test_every_part_comes_back(drawn):
    birth, year, two, sex, serial, text = drawn
    parsed = parse_nip(text)
    assert (parsed.text, parsed.birth, parsed.appointment_year, parsed.serial) == (text, birth, year, serial)
    assert parsed.sex == {"1": "L", "2": "P"}[sex]
    assert parsed.appointment_month == (two if two in range(1, 13) else None)


@given(numbers(middle=st.one_of(st.just(0), st.integers(13, 99))))
def test_a_code_that_is_no_month_makes_a_pppk_and_no_error(drawn):
    text = drawn[-1]
    assert nip_problem(text) == ""
    assert parse_nip(text).appointment_month is None


@given(st.text(max_size=24))
def test_anything_else_is_refused_with_a_sentence_and_never_parsed(text):
    # Only ASCII digits count: other scripts have digits that Python would turn into a number.
    if len(text) == 18 and set(text) <= set("0123456789"):
        return
    assert nip_problem(text)
    with pytest.raises(ValueError, match=r"^NIP .*\.$"):
        parse_nip(text)


@given(numbers(), st.integers(0, 17), st.sampled_from(" .-'"))
def test_a_number_as_it_is_printed_is_not_corrected_but_explained(drawn, place, mark):
    text = drawn[-1][:place] + mark + drawn[-1][place:]
    if place == 17 and mark == ".":
        return  # looks like a decimal number, which has its own sentence
    assert "tulis 18 angka saja" in nip_problem(text) or "tersimpan sebagai bilangan" in nip_problem(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1.98503E+17", "tersimpan sebagai bilangan"),
        ("1,98503E+17", "tersimpan sebagai bilangan"),
        ("1.98503122010011e17", "tersimpan sebagai bilangan"),
        ("198503122010011001.0", "tersimpan sebagai bilangan"),
        ("198503122010011000", "berakhir 000"),
        ("19850312201001100", "ditemukan 17 karakter"),
        ("198502302010011001", "tanggal lahir yang tidak ada"),
        ("198503122010013001", "angka ke-15"),
        ("٠" * 18, "tepat 18 angka"),
        ("", "ditemukan 0 karakter"),
    ],
)
def test_lost_digits_and_wrong_digits_have_their_own_sentences(text, words):
    assert words in nip_problem(text)


@given(st.lists(numbers(), min_size=4, max_size=30, unique_by=lambda drawn: (drawn[0], drawn[1])))
def test_a_column_that_a_program_kept_as_floats_is_recognised(drawn):
    exact = [one[-1] for one in drawn]
    through = [str(int(float(text))) for text in exact]
    assert went_through_float(through) == (len(set(through)) >= 4)
    assert went_through_float(exact) == all(int(text) % 32 == 0 for text in exact)
