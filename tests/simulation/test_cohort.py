from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from workbench.records.tables import TABLES
from workbench.simulation import Defects, simulate
from workbench.simulation.ability import correlations
from workbench.simulation.designs import INSTRUMENTS, load_cohort, load_population, scale_keys
from workbench.simulation.people import apportion


def same(left, right):
    """Whether two rounds hold equal frames."""
    return all(
        list(a) == list(b) and all(a[name].equals(b[name]) for name in a)
        for a, b in ((left.inputs, right.inputs), (left.responses, right.responses), (left.truth, right.truth))
    )


def test_equal_seeds_give_equal_rounds_and_others_do_not():
    first = simulate("pekalongan-2024", seed=11, defects="ordinary")
    assert same(first, simulate("pekalongan-2024", seed=11, defects="ordinary"))
    assert not same(first, simulate("pekalongan-2024", seed=12, defects="ordinary"))
    assert first.truth["items"].equals(simulate("pekalongan-2024", seed=12).truth["items"])


def test_tables_have_the_headings_of_the_input_files(plain_cirebon):
    for name, frame in plain_cirebon.inputs.items():
        headings = TABLES[name].input_columns
        assert list(frame.columns) == [column for column in headings if column in frame.columns], name
        missing = set(headings) - set(frame.columns)
        assert all(not TABLES[name].schema.columns[column].required for column in missing), name
    assert {name for name, table in TABLES.items() if table.required} <= set(plain_cirebon.inputs)


def test_tables_satisfy_their_schemas_and_keys(plain_cirebon, national_sample):
    for cohort in (plain_cirebon, national_sample):
        for name, frame in cohort.inputs.items():
            table = TABLES[name]
            stored = frame.rename(columns={"nip": "participant_id"}).drop(columns=list(table.identity_columns))
            for column, kind in table.schema.columns.items():
                if column in stored and str(kind.dtype) in ("boolean", "Int64"):
                    stored[column] = stored[column].astype(str(kind.dtype))
            table.schema.validate(stored)
            assert not stored.duplicated(list(table.key)).any(), name


def test_nip_agrees_with_birth_appointment_sex_and_retirement(national_sample):
    people = national_sample.inputs["participants"].merge(national_sample.inputs["protected_groups"], on="nip")
    assert people["nip"].is_unique
    assert people["nip"].str.fullmatch(r"\d{18}").all()
    birth = pd.to_datetime(people["nip"].str[:8], format="%Y%m%d")
    assert (birth.dt.year == people["birth_year"]).all()
    assert (people["nip"].str[14] == people["sex"].map({"L": "1", "P": "2"})).all()
    month = people["nip"].str[12:14].astype(int)
    pppk = month > 12
    assert 0.0005 < pppk.mean() < 0.02
    assert (month[pppk] == 21).all()
    assert people.loc[pppk, "golongan"].isin(["V", "VII", "IX"]).all()
    appointed = pd.to_datetime(people.loc[~pppk, "nip"].str[8:14], format="%Y%m")
    years = (appointed - birth[~pppk]).dt.days / 365.25
    assert years.between(20, 35).all()
    today = pd.Timestamp(national_sample.design.first_day)
    assert (people["retirement_date"] > today).all()
    assert (people["date_in_post"] <= today).all()
    assert (people["date_in_post"] >= today - pd.to_timedelta(people["years_in_tier"] * 365.25 + 1, unit="D")).all()
    assert (
        today.year - people["years_in_tier"][pppk] - people.loc[pppk, "nip"].str[8:12].astype(int)
    ).abs().max() < 1.1


def test_instansi_and_jenjang_keep_their_proportions():
    round_ = simulate("kaltim-2024", size=1800)
    counts = round_.inputs["participants"]["instansi"].value_counts()
    assert counts.to_dict() == {one.name: one.size // 10 for one in load_cohort("kaltim-2024").instansi}
    assert round_.inputs["instansi"].set_index("instansi")["invited"].to_dict() == counts.to_dict()
    people = simulate("pekalongan-2024").inputs["participants"]["jenjang"].value_counts()
    assert people[["administrator", "pengawas", "pelaksana"]].tolist() == [40, 87, 3]


def test_apportion_sums_and_stays_within_one_of_the_exact_share():
    random = np.random.default_rng(1)
    for total in (1, 7, 180, 60_000):
        weights = random.random(13)
        parts = apportion(weights, total)
        assert parts.sum() == total
        assert np.abs(parts - weights / weights.sum() * total).max() < 1


@pytest.mark.parametrize("size", [1, 3, 40])
def test_tiny_rounds_can_be_simulated(size):
    round_ = simulate("national-2023", size=size, defects="ordinary")
    assert len(round_.inputs["participants"]) == round_.inputs["instansi"]["invited"].sum() == size


def test_invited_are_present_absent_or_void(plain_cirebon):
    sittings = plain_cirebon.inputs["sittings"]
    assert sittings.groupby("instrument").size().to_dict() == dict.fromkeys(INSTRUMENTS, 1002)
    status = sittings.groupby(["instrument", "status"]).size().unstack(fill_value=0)
    assert (status["absent"] == 30).all()
    present = sittings[sittings["status"] == "present"]
    for (instrument, form), frame in plain_cirebon.responses.items():
        expected = present[(present["instrument"] == instrument) & (present["form"] == form)]["nip"]
        assert set(frame["nip"]) == set(expected)
        assert frame["nip"].is_unique
    assert set(plain_cirebon.inputs["response_times"]["nip"]) == set(present["nip"])


def test_rooms_are_not_overfull_and_nobody_sits_at_a_weekend(national_sample):
    sittings = national_sample.inputs["sittings"]
    one = sittings[sittings["instrument"] == "mansoskul"]
    assert one.groupby(["room", "date"]).size().max() <= national_sample.design.seats
    assert one["date"].dt.day_of_week.max() <= 4
    assert one.groupby("form")["date"].min().is_monotonic_increasing
    days = sittings.assign(day=sittings["date"].dt.date).groupby("nip")["day"].nunique()
    assert (days == 1).all()


def test_single_form_rounds_use_one_form(plain_cirebon):
    assert {form for _, form in plain_cirebon.responses} == {"K1"}
    assert len(plain_cirebon.inputs["items"]) == 435


def test_ability_has_the_means_and_correlations_assumed(national):
    round_ = national
    theta = round_.truth["theta"][list(scale_keys())].to_numpy()
    assert np.abs(theta.mean(axis=0)).max() < 0.02
    assert np.abs(theta.std(axis=0) - 1).max() < 0.02
    assert np.abs(np.corrcoef(theta.T) - correlations(load_population())).max() < 0.02
    by_jenjang = pd.Series(theta.mean(axis=1)).groupby(round_.inputs["participants"]["jenjang"].to_numpy()).mean()
    assert by_jenjang["administrator"] - by_jenjang["pelaksana"] == pytest.approx(0.9, abs=0.06)
    records = round_.inputs["education"].merge(
        round_.inputs["participants"][["nip"]].assign(able=theta.mean(axis=1)), on="nip"
    )
    rank = records["level"].map({"SMA": 0, "D3": 1, "S1": 2, "S2": 3, "S3": 4})
    assert 0.28 < np.corrcoef(rank, records["able"])[0, 1] < 0.36


def test_records_have_the_shares_assumed(national_sample):
    records = load_population().records
    inputs = national_sample.inputs
    latest = inputs["performance"][inputs["performance"]["year"] == 2022]
    for column, shares in (
        (latest["predicate"], records.predicate),
        (latest["hasil_kerja"], records.hasil_kerja),
        (inputs["awards"]["level"], records.award),
        (inputs["assignments"]["role"], records.assignment),
        (inputs["discipline"]["record"], records.discipline),
        (inputs["education"]["level"], records.education),
    ):
        found = column.value_counts(normalize=True)
        for name, share in shares.items():
            assert found.get(name, 0.0) == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / len(column)))
    tables = ("performance", "education", "training", "awards", "assignments", "discipline")
    people = set(inputs["participants"]["nip"])
    lacking = [people - set(inputs[name]["nip"]) for name in tables]
    assert sum(map(len, lacking)) / len(people) == pytest.approx(0.02, abs=0.005)
    assert sum(map(len, lacking)) == len(set.union(*lacking))


def test_the_record_is_the_truth_seen_with_error(national_sample):
    recorded = national_sample.inputs["performance"].query("year == 2022")
    nip = national_sample.inputs["participants"]["nip"]
    truth = national_sample.truth["performance"].set_index(pd.Index(nip))
    merged = truth.join(recorded.set_index("nip"), suffixes=("", "_recorded"), how="inner")
    assert 0.7 < (merged["predicate"] == merged["predicate_recorded"]).mean() < 0.9
    assert 0.8 < np.corrcoef(merged["rating"], merged["rating_recorded"])[0, 1] < 0.95


def test_impossible_arguments_are_refused():
    with pytest.raises(ValueError, match=r"Jumlah peserta 0 tidak mungkin"):
        simulate("pekalongan-2024", size=0)
    with pytest.raises(ValueError, match=r"Benih acak -1 tidak sah"):
        simulate("pekalongan-2024", seed=-1)
    with pytest.raises(ValueError, match=r"Kohor 'x' tidak dikenal"):
        simulate("x")


def test_pseudonyms_follow_from_name_and_seed():
    first = simulate("pekalongan-2024", size=20, seed=1, defects=Defects())
    assert first.salt == simulate("pekalongan-2024", size=30, seed=1).salt
    assert first.salt != simulate("pekalongan-2024", size=20, seed=2).salt
    assert all(re.fullmatch(r"P[A-Z2-7]{12}", one) for one in first.truth["theta"]["participant_id"])
