"""The rules applied to ten people and compared, step by step, with what was worked out on paper (see conftest.py)."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from workbench.policy import load_competencies, load_instruments, load_policy
from workbench.records.bank import ASSUMED_CUTS
from workbench.talent import standing
from workbench.talent.axes import Rule, recorded_points
from workbench.talent.build_up import axis_components, single_changes
from workbench.talent.levels import place_levels, printed_levels
from workbench.talent.people import assemble
from workbench.talent.posterior import Posterior

KEPKA, PERMENPANRB = "kepka-bkn-411-2025", "permenpanrb-3-2020"
SURE = 1e-6  # variance of the test's error: none to speak of
NAMES = ("ani", "budi", "citra", "dewi", "eko", "fajar", "gita", "hadi", "indah", "joko")
SCALES = {key: tuple(s.key for s in spec.scales) for key, spec in load_instruments().items() if key != "iqitems"}
THETA_OF_LEVEL = {1: -1.0, 2: 0.0, 3: 1.0, 4: 2.0, 5: 3.0}


def thetas(person) -> dict[str, float]:
    """Return theta on every scale that a person took."""
    result = {scale: float(np.log(p / (100 - p))) for scale, p in zip(SCALES["potensi"], person.potensi, strict=True)}
    for instrument, levels in (
        ("mansoskul", person.levels),
        ("literasi-digital", person.literasi),
        ("emerging-skills", person.emerging),
    ):
        if levels is not None:
            pairs = zip(SCALES[instrument], levels, strict=True)
            result |= {scale: THETA_OF_LEVEL[level] for scale, level in pairs}
    return result


def tables_of(people) -> dict[str, pd.DataFrame]:
    """Return the records of all ten as validated tables hold them."""
    rows = [{"participant_id": p.name, **p.records} for p in people]
    frame = pd.DataFrame(rows).astype({"feedback_360": float})

    def part(**columns: str) -> pd.DataFrame:
        return frame[["participant_id", *columns.values()]].rename(columns={v: k for k, v in columns.items()})

    return {
        "participants": pd.DataFrame(
            {
                "participant_id": [p.name for p in people],
                "instansi": "Kota Contoh",
                "jenjang": [p.jenjang for p in people],
                "position": [p.name if p.standard else None for p in people],
                "years_in_tier": frame["years_in_tier"],
            }
        ),
        "positions": pd.DataFrame(
            [(p.name, c, level) for p in people for c, level in p.standard.items()],
            columns=["position", "competency", "required_level"],
        ),
        "performance": part(predicate="predicate", hasil_kerja="hasil_kerja", feedback_360="feedback_360").assign(
            year=2023
        ),
        "education": part(level="education", field_match="field_match"),
        "training": part(certificates="certificates"),
        "awards": part(level="award"),
        "assignments": part(role="assignment"),
        "discipline": part(record="discipline"),
        "official_results": pd.DataFrame(
            [(p.name, p.official) for p in people if p.official is not None], columns=["participant_id", "box"]
        ),
    }


@pytest.fixture
def tables(on_paper) -> dict[str, pd.DataFrame]:
    return tables_of(list(on_paper.values()))


@pytest.fixture(scope="module")
def posterior(paper_bank, on_paper) -> Posterior:
    known = [thetas(p) for p in on_paper.values()]
    location = np.array([[one.get(s, 0.0) for s in paper_bank.scales] for one in known])
    precision = np.array([[1 / SURE if s in one else 0.0 for s in paper_bank.scales] for one in known])
    names = np.array(list(on_paper), dtype=object)
    return Posterior(names, paper_bank.scales, location, precision, np.zeros(33), np.eye(33))


@pytest.fixture(scope="module")
def placed(posterior, paper_bank, on_paper) -> dict[str, pd.DataFrame]:
    return {
        key: standing.place(
            posterior, assemble(tables_of(list(on_paper.values())), policy), policy, paper_bank
        ).set_index("participant_id")
        for key in (KEPKA, PERMENPANRB)
        for policy in [load_policy(key)]
    }


def test_the_cuts_are_those_that_the_paper_assumes():
    assert ASSUMED_CUTS == (-0.4, 0.7, 1.6, 2.4)


@pytest.mark.parametrize("name", NAMES)
def test_levels_and_required_levels(name, posterior, paper_bank, tables, on_paper):
    person = on_paper[name]
    people = assemble(tables, load_policy(KEPKA))
    rows = (
        place_levels(posterior, people, paper_bank, paper_bank.scales)
        .set_index(["participant_id", "competency"])
        .loc[name]
    )
    for instrument, levels in (
        ("mansoskul", person.levels),
        ("literasi-digital", person.literasi),
        ("emerging-skills", person.emerging),
    ):
        if levels is None:
            assert not set(SCALES[instrument]) & set(rows.index)
        else:
            assert tuple(rows.loc[list(SCALES[instrument]), "level"]) == levels
    of_percentage = {25: 1, 50: 2, 60: 2, 75: 3, 80: 3, 90: 4, 95: 5}
    assert list(rows.loc[list(SCALES["potensi"]), "level"]) == [of_percentage[p] for p in person.potensi]
    assert tuple(rows.loc[list(load_competencies().competencies), "required"]) == person.required
    probabilities = rows[[f"p_level_{k}" for k in range(1, 6)]].to_numpy()
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert np.allclose(probabilities.max(axis=1), 1)


@pytest.mark.parametrize("name", NAMES)
def test_jpm_and_its_category(name, placed, on_paper):
    for frame in placed.values():
        row = frame.loc[name]
        assert row["jpm"] == pytest.approx(on_paper[name].jpm, abs=1e-9)
        assert row["jpm_category"] == on_paper[name].category


@pytest.mark.parametrize("name", NAMES)
def test_points_of_each_recorded_part(name, tables, on_paper):
    policy, steps = load_policy(KEPKA), on_paper[name].kepka
    people = assemble(tables, policy).set_index("participant_id", drop=False).loc[[name]]
    expected = {**steps.potensial_points, **steps.kinerja_points}
    for part in (*policy.potensial, *policy.kinerja):
        if not part.scales:
            points = float(recorded_points(part, people)[0])
            assert (None if np.isnan(points) else points) == expected[part.key]


@pytest.mark.parametrize("name", NAMES)
def test_axes_and_box_under_kepka(name, placed, on_paper):
    row, steps = placed[KEPKA].loc[name], on_paper[name].kepka
    if steps.box is None:
        assert_withheld(row, on_paper[name].lacking[KEPKA])
        return
    # Percentages are looked up in a fine table, so that potensial agrees with the paper to a hundredth.
    assert row["potensial"] == pytest.approx(steps.potensial, abs=0.01)
    assert row["kinerja"] == pytest.approx(steps.kinerja, abs=1e-9)
    assert_placed(row, steps.box, on_paper[name].official)


@pytest.mark.parametrize("name", NAMES)
def test_axes_and_box_under_permenpanrb(name, placed, on_paper):
    row, steps = placed[PERMENPANRB].loc[name], on_paper[name].permenpanrb
    if steps.box is None:
        assert_withheld(row, on_paper[name].lacking[PERMENPANRB])
        return
    assert row["potensial"] == pytest.approx(steps.potensial, abs=1e-6)
    assert_placed(row, steps.box, on_paper[name].official)


def assert_placed(row: pd.Series, box: int, official: int | None) -> None:
    assert row["withheld_reason"] == ""
    assert row[f"p_box_{box}"] == 1
    assert row["box_printed"] == box
    assert row["p_pool"] == (box in (7, 8, 9))
    assert row["box"] == (box if official is None else official)
    assert row["box_source"] == ("computed" if official is None else "official")
    wrong_side = (row["box"] in (7, 8, 9)) != (box in (7, 8, 9))
    assert row["risk"] == wrong_side
    assert row[f"p_category_{row['jpm_category']}"] == 1


def assert_withheld(row: pd.Series, lacking: str) -> None:
    assert row["withheld_reason"] == f"belum ada data: {lacking}"
    empty = [c for c in row.index if c.startswith("p_") or c in ("box", "box_printed", "risk", "monte_carlo_error")]
    assert row[empty].isna().all()
    assert row["box_source"] == ""


@pytest.mark.parametrize(
    ("capping", "jpm", "category"),
    [
        # Dewi: 3, 2 x 7, 1 over 2 x 9. Capped per competency: (2 x 8 + 1) / 18 = 17 / 18 = 94.44.
        ("none", {"ani": 133.333333, "budi": 200.0, "dewi": 100.0, "fajar": 80.0}, "optimal"),
        ("total", {"ani": 100.0, "budi": 100.0, "dewi": 100.0, "fajar": 80.0}, "optimal"),
        ("per_competency", {"ani": 100.0, "budi": 100.0, "dewi": 94.444444, "fajar": 80.0}, "optimal"),
    ],
)
def test_capping_changes_what_prints_and_nothing_else(capping, jpm, category, placed, posterior, paper_bank, tables):
    policy = load_policy(KEPKA)
    capped = policy.model_copy(update={"jpm": policy.jpm.model_copy(update={"capping": capping})})
    frame = standing.place(posterior, assemble(tables, capped), capped, paper_bank).set_index("participant_id")
    for name, printed in jpm.items():
        assert frame.loc[name, "jpm"] == pytest.approx(printed, abs=1e-5)
    assert frame.loc["dewi", "jpm_category"] == category
    # "A component enters an axis as min(value, 100), whatever the JPM prints."
    pd.testing.assert_series_equal(frame["potensial"], placed[KEPKA]["potensial"])
    pd.testing.assert_series_equal(frame["box"], placed[KEPKA]["box"])


def test_without_its_own_standard_the_tier_holds(posterior, paper_bank, tables):
    given = dict(tables)
    given["positions"] = given["positions"].iloc[:0]
    policy = load_policy(KEPKA)
    frame = standing.place(posterior, assemble(given, policy), policy, paper_bank).set_index("participant_id")
    assert frame.loc["citra", "jpm"] == 100  # 18 / 18


def test_reweighting_uses_the_parts_that_are_there_and_names_the_others(posterior, paper_bank, tables):
    policy = load_policy(KEPKA)
    lenient = policy.model_copy(update={"missing": policy.missing.model_copy(update={"value": "reweight"})})
    frame = standing.place(posterior, assemble(tables, lenient), lenient, paper_bank).set_index("participant_id")
    # Eko without feedback: (48 + 3.75 + 3.75) / .90 = 61.667, as expected; potensial 73.5, middle: box 5.
    assert frame.loc["eko", "kinerja"] == pytest.approx(61.666667, abs=1e-5)
    assert frame.loc["eko", "box"] == 5
    assert frame.loc["eko", "box_source"] == "reweighted: Umpan balik kinerja 360"
    others = frame.drop(index="eko")
    assert (others["box_source"] == np.where(others.index == "gita", "official", "computed")).all()


def test_reweighting_a_part_that_was_not_taken(posterior, paper_bank, tables):
    policy = load_policy(PERMENPANRB)
    lenient = policy.model_copy(update={"missing": policy.missing.model_copy(update={"value": "reweight"})})
    # Joko with potensi 25 %, level 1 on each aspect: 8 / 24 = 33.333; mansoskul counts as 100; emerging 3 on 3, 100.
    # Without literasi: (50 x 33.333 + 16.667 x 100 + 16.667 x 100) / 83.333 = (1666.667 + 3333.333) / 83.333 = 60,
    # exactly on the cut: middle; sesuai: box 5. The shipped policy withholds.
    location = posterior.location.copy()
    row = list(posterior.participant_id).index("joko")
    aspects = [posterior.scales.index(s) for s in SCALES["potensi"]]
    location[row, aspects] = np.log(25 / 75)
    low = dataclasses.replace(posterior, location=location)
    people = assemble(tables, lenient)
    frame = standing.place(low, people, lenient, paper_bank).set_index("participant_id")
    assert frame.loc["joko", "potensial"] == pytest.approx(60, abs=1e-6)
    assert frame.loc["joko", "p_box_5"] == 1
    assert frame.loc["joko", "box_source"] == "reweighted: JPM literasi digital"
    shipped = standing.place(low, people, policy, paper_bank).set_index("participant_id")
    assert shipped.loc["joko", "withheld_reason"] == "belum ada data: JPM literasi digital"


def test_an_official_result_without_data_is_withheld_and_named(posterior, paper_bank, tables):
    given = dict(tables)
    given["official_results"] = pd.DataFrame({"participant_id": ["eko"], "box": [8]})
    policy = load_policy(KEPKA)
    row = standing.place(posterior, assemble(given, policy), policy, paper_bank).set_index("participant_id").loc["eko"]
    assert row["withheld_reason"] == (
        "belum ada data: Umpan balik kinerja 360; hasil resmi kotak 8 tidak dapat diperiksa"
    )
    assert pd.isna(row["box"])
    assert pd.isna(row["risk"])


def test_the_three_readings_of_kinerja_differ_on_the_same_person(placed, on_paper):
    # Budi, Baik without award, team or anything missing: by the map alone Baik is 80 and lies above.
    low, high = load_policy(KEPKA).cuts.kinerja
    by_predicate = on_paper["budi"].kepka.kinerja_points["kinerja_utama"]
    assert by_predicate >= high
    assert placed[KEPKA].loc["budi", "kinerja"] == pytest.approx(56.7, abs=1e-9)
    assert placed[KEPKA].loc["budi", "kinerja"] < low
    assert (placed[KEPKA].loc["budi", "box"], placed[PERMENPANRB].loc["budi", "box"]) == (3, 5)


def test_paper_adds_up(on_paper):
    """The steps above are arithmetic; this adds them again, independent of the package."""
    potensial = dict(
        zip(on_paper["ani"].kepka.potensial_points, (0.20, 0.10, 0.10, 0.25, 0.10, 0.10, 0.15), strict=True)
    )
    kinerja = dict(zip(on_paper["ani"].kepka.kinerja_points, (0.60, 0.15, 0.15, 0.10), strict=True))
    for p in on_paper.values():
        assert sum(p.levels) / sum(p.required) * 100 == pytest.approx(p.jpm)
        points = p.kepka.potensial_points
        assert sum(potensial[k] * v for k, v in points.items()) == pytest.approx(p.kepka.potensial, abs=1e-6)
        if p.kepka.kinerja is not None:
            points = p.kepka.kinerja_points
            assert sum(kinerja[k] * v for k, v in points.items()) == pytest.approx(p.kepka.kinerja, abs=1e-6)
        if p.permenpanrb.potensial is not None:
            jpm = {k: min(v, 100) for k, v in p.permenpanrb.jpm.items()}
            others = jpm["mansoskul"] + jpm["literasi-digital"] + jpm["emerging-skills"]
            assert jpm["potensi"] / 2 + others / 6 == pytest.approx(p.permenpanrb.potensial, abs=1e-6)


def alone(name, policy, posterior, paper_bank, tables):
    """Return the rule of one person with that person's records, theta and printed levels."""
    mine = {
        key: frame[frame["participant_id"] == name] if "participant_id" in frame else frame
        for key, frame in tables.items()
    }
    person = assemble(mine, policy)
    one = posterior.of(np.array([name], dtype=object))
    rule = Rule(policy, paper_bank, person, {s: one.taken[:, j] for j, s in enumerate(one.scales)})
    table = np.maximum(printed_levels(one, paper_bank, rule.scales), 1)
    mean, _sd = one.own()
    theta = {s: mean[:, one.scales.index(s)] for s in rule.scales}
    return rule, person, theta, {s: table[:, j] for j, s in enumerate(rule.scales)}


@pytest.mark.parametrize("name", NAMES)
def test_an_axis_adds_up_as_on_paper(name, posterior, paper_bank, tables, on_paper):
    policy, steps = load_policy(KEPKA), on_paper[name].kepka
    parts = axis_components(*alone(name, policy, posterior, paper_bank, tables)).set_index("key")
    known = parts[~parts["lacking"]]
    expected = steps.potensial_points | steps.kinerja_points
    for key, points in expected.items():
        if key in known.index:
            assert known.loc[key, "value"] * known.loc[key, "weight"] / 100 == pytest.approx(known.loc[key, "points"])
            assert known.loc[key, "value"] == pytest.approx(points, abs=0.01) or known.loc[
                key, "points"
            ] == pytest.approx(points, abs=0.01), key
    potensial = parts[parts["axis"] == "potensial"]
    if not potensial["lacking"].any():
        assert potensial["points"].sum() == pytest.approx(steps.potensial, abs=0.01)
    assert parts.groupby("axis")["weight"].sum().tolist() == pytest.approx([100, 100])


@pytest.mark.parametrize("key", [KEPKA, PERMENPANRB])
@pytest.mark.parametrize("name", NAMES)
def test_a_changed_record_leads_where_it_is_said_to_lead(key, name, posterior, paper_bank, tables):
    policy = load_policy(key)
    rule, person, theta, levels = alone(name, policy, posterior, paper_bank, tables)
    if rule.potensial.incomplete[0] or rule.kinerja.incomplete[0]:
        return
    box = int(rule.place(theta, levels, slice(0, 1))[0][0])
    found = single_changes(rule, person, theta, levels)
    assert found["axis_points"].abs().is_monotonic_increasing
    columns = {part.key: part.measured_by for part in (*policy.potensial, *policy.kinerja)}
    changes = dict(zip(found["key"], found["instead"], strict=True))
    for part in (*policy.potensial, *policy.kinerja):
        if part.scales:
            continue
        others = [*part.points] or [f"{low:g}" for low, _points in part.steps] or [str(p) for p in range(101)]
        values = [{"true": True, "false": False}.get(o, o) if part.points else float(o) for o in others]
        everybody = pd.concat([person] * len(others), ignore_index=True)
        everybody[columns[part.key]] = pd.Series(values, dtype=object)
        many = {s: np.ones(len(others), dtype=bool) for s in rule.scales}
        again = Rule(policy, paper_bank, everybody.assign(participant_id=others), many)
        repeated = [{s: np.repeat(v, len(others)) for s, v in one.items()} for one in (theta, levels)]
        boxes, _potensial, _kinerja = again.place(*repeated, slice(0, len(others)))
        reached = dict(zip(others, boxes.tolist(), strict=True))
        crossing = {o for o, b in reached.items() if (b in policy.boxes.pool) != (box in policy.boxes.pool)}
        assert (part.key in changes) == bool(crossing), (part.key, reached)
        if crossing:
            row = found[found["key"] == part.key].iloc[0]
            assert row["instead"] in crossing
            assert row["box"] == reached[row["instead"]]
