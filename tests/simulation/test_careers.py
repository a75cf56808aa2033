"""Posts, vacancies and training of simulated rounds: they fit the people and the tables of a user."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.records.tables import TABLES
from workbench.simulation.careers import fields_of, make_vacancies


def test_every_post_is_described_once_and_fields_fit_the_record(plain_cirebon):
    inputs = plain_cirebon.inputs
    posts = inputs["posts"]
    assert posts["jabatan"].is_unique
    assert set(inputs["participants"]["jabatan"]) <= set(posts["jabatan"])
    assert fields_of("Kepala Bagian Keuangan")[0] == "Akuntansi"  # the longest beginning that fits
    assert fields_of("Kepala Bagian Umum")[0] == "Administrasi Publik"
    assert fields_of("Operator Layanan Operasional") == []
    education = inputs["education"].merge(inputs["participants"][["nip", "jabatan"]], on="nip")
    education = education[education["level"] != "SMA"]
    asked = education["jabatan"].map(fields_of)
    known = education[asked.map(bool)]
    fits = [field in fields_of(jabatan) for field, jabatan in zip(known["field"], known["jabatan"], strict=True)]
    assert fits == known["field_match"].tolist()


def test_vacancies_are_posts_of_the_round(plain_cirebon):
    vacancies, people = plain_cirebon.inputs["vacancies"], plain_cirebon.inputs["participants"]
    assert len(vacancies) == 10
    assert vacancies["vacancy"].is_unique
    held = people[["instansi", "unit", "jabatan", "jenjang", "position"]].drop_duplicates()
    assert len(vacancies.merge(held, how="inner")) == len(vacancies)


@pytest.mark.parametrize(("people", "wanted"), [(0, 0), (3, 3), (900, 9), (100_000, 40)])
def test_their_number_grows_with_the_round_up_to_a_limit(people, wanted):
    participants = pd.DataFrame(
        {
            "instansi": ["A"] * people,
            "unit": "U",
            "jabatan": "Kepala Seksi Data",
            "jenjang": "pengawas",
            "position": None,
        }
    )
    vacancies = make_vacancies(participants, lambda *_names: np.random.default_rng(1))
    assert len(vacancies) == wanted


def test_training_is_not_on_record_of_everybody(plain_cirebon):
    table = plain_cirebon.inputs["competency_development"]
    assert set(table.columns) == {"nip", *TABLES["competency_development"].schema.columns} - {"participant_id"}
    share = len(table) / len(plain_cirebon.inputs["participants"])
    assert 0.93 < share < 1
    assert table["seminar"].mean() == pytest.approx(0.8, abs=0.06)
