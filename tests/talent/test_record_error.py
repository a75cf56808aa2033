"""Error of the kinerja record: what a policy may say, the three readings of kinerja by hand, and the draws."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from workbench.policy import explain, kinerja_label, kinerja_sentence, load_policy, policy_path
from workbench.talent import standing
from workbench.talent.people import assemble
from workbench.talent.posterior import Posterior

KEPKA, PERMENPANRB = "kepka-bkn-411-2025", "permenpanrb-3-2020"
NONE = '[kinerja_error]\nvalue = "none"\n'
PREDICATES = """[kinerja_error]
value = "confusion"
confusion.sangat_baik = { sangat_baik = 0.75, baik = 0.25 }
confusion.baik = { sangat_baik = 0.1, baik = 0.7, butuh_perbaikan = 0.2 }
confusion.butuh_perbaikan = { baik = 0.5, butuh_perbaikan = 0.5 }
confusion.kurang = { kurang = 1 }
confusion.sangat_kurang = { kurang = 0.5, sangat_kurang = 0.5 }
"""
ROWS = """[kinerja_error]
value = "confusion"
confusion.di_atas = { di_atas = 0.8, sesuai = 0.2 }
confusion.sesuai = { di_atas = 0.1, sesuai = 0.8, di_bawah = 0.1 }
confusion.di_bawah = { sesuai = 0.3, di_bawah = 0.7 }
"""
RATING = """[kinerja_error]
value = "reliability"
reliability = 0.64
mean = 80
sd = 10
"""
NUMERIC = ('value = "predicate_map"', 'value = "numeric"')
AS_RATING = (
    'from = "predicate"\npoints = { sangat_baik = 100, baik = 80, butuh_perbaikan = 60, kurang = 40, '
    "sangat_kurang = 20 }\n",
    'from = "rating"\n',
)


def own_policy(tmp_path, key, *changes):
    text = policy_path(key).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = tmp_path / "milik-sendiri.toml"
    path.write_text(text, encoding="utf-8")
    return load_policy(path)


@pytest.mark.parametrize(
    ("key", "changes", "sentence"),
    [
        (KEPKA, [(NONE, PREDICATES.replace("0.75", "0.70"))], "baris 'sangat_baik': peluang harus 0 sampai 1 dan"),
        (KEPKA, [(NONE, PREDICATES.replace("0.75, baik = 0.25", "1.25, baik = -0.25"))], "baris 'sangat_baik'"),
        (KEPKA, [(NONE, PREDICATES.replace("confusion.kurang = { kurang = 1 }\n", ""))], "satu baris untuk tiap isian"),
        (KEPKA, [(NONE, PREDICATES.replace("{ kurang = 1 }", "{ lumayan = 1 }"))], "satu baris untuk tiap isian"),
        (KEPKA, [(NONE, '[kinerja_error]\nvalue = "confusion"\n')], "'confusion' diisi bila, dan hanya bila"),
        (KEPKA, [(NONE, PREDICATES.replace('"confusion"', '"none"'))], "'confusion' diisi bila, dan hanya bila"),
        (KEPKA, [(NONE, RATING)], "galat kinerja 'reliability' tidak cocok dengan sumbu kinerja predicate_map"),
        (PERMENPANRB, [(NONE, PREDICATES)], "satu baris untuk tiap isian 'hasil_kerja'"),
        (KEPKA, [NUMERIC, AS_RATING, (NONE, PREDICATES)], "galat kinerja 'confusion' tidak cocok dengan sumbu kinerja"),
        (KEPKA, [NUMERIC, AS_RATING, (NONE, RATING.replace("sd = 10\n", ""))], "diisi ketiganya bila"),
        (
            KEPKA,
            [NUMERIC, AS_RATING, (NONE, RATING.replace("0.64", "0"))],
            "kinerja_error.reliability: harus lebih dari",
        ),
        (KEPKA, [NUMERIC, AS_RATING, (NONE, RATING.replace("0.64", "1.2"))], "kinerja_error.reliability: paling besar"),
        (KEPKA, [NUMERIC, AS_RATING, (NONE, RATING.replace("sd = 10", "sd = nan"))], "kinerja_error.sd"),
    ],
)
def test_an_error_that_is_none_is_refused_in_one_sentence(tmp_path, key, changes, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)) as caught:
        own_policy(tmp_path, key, *changes)
    assert "\n" not in str(caught.value)


def test_pages_say_what_the_policy_says(tmp_path):
    assert "dengan kinerja sebagaimana tercatat" in kinerja_sentence(load_policy(KEPKA))
    assert kinerja_label(load_policy(KEPKA)) == "sebagaimana tercatat, tanpa galat"
    policy = own_policy(tmp_path, KEPKA, (NONE, PREDICATES))
    assert "sebagaimana tercatat" not in kinerja_sentence(policy) + kinerja_label(policy)
    assert "baik: sangat baik 0,10, baik 0,70, butuh perbaikan 0,20" in kinerja_sentence(policy)
    row = next(r for r in explain(policy) if r[0] == "Galat kinerja")
    assert "sangat kurang: kurang 0,50, sangat kurang 0,50" in row[1]
    rating = own_policy(tmp_path, KEPKA, NUMERIC, AS_RATING, (NONE, RATING))
    assert "reliabilitas nilai 0,64; rata-rata 80, simpangan baku 10" in kinerja_sentence(rating)


def one_kind_of_person(paper_bank, policy, records, people=400, theta=3.0):
    """Return `people` of the same records, certain on every scale, placed."""
    scales = paper_bank.scales
    names = np.array([f"P{k:04d}" for k in range(people)], dtype=object)
    location = np.full((people, len(scales)), theta)
    posterior = Posterior(names, scales, location, np.full(location.shape, 1e8), np.zeros(33), np.eye(33))
    required = {f"required_{s}": 3 for s in scales}
    frame = pd.DataFrame({"participant_id": names, "instansi": "x", "jenjang": "penyelia", **records, **required})
    return standing.place(posterior, frame, policy, paper_bank)


HIGH = {
    "certificates": 5, "years_in_tier": 6.0, "education": "S2", "field_match": True, "discipline": "tidak_ada",
    "award": "instansi", "assignment": "anggota_internal", "feedback_360": 88.0,
}  # fmt: skip


def test_predicates_by_hand(tmp_path, paper_bank):
    # Everything else of kinerja: .15 x 25 + .15 x 25 + .10 x 88 = 16.3. Recorded Baik: 48 + 16.3 = 64.3, as expected.
    # Truly Sangat Baik (.1): 76.3, as; Baik (.7): 64.3, as; Butuh Perbaikan (.2): 52.3, below. Potensial is top.
    # So box 8 with .8 and box 6 with .2; mean .1 x 76.3 + .7 x 64.3 + .2 x 52.3 = 63.1, and 64.3 - 63.1 = 1.2, so that
    # the variance is .3 x 12^2 - 1.2^2 = 41.76.
    policy = own_policy(tmp_path, KEPKA, (NONE, PREDICATES))
    placed = one_kind_of_person(paper_bank, policy, {**HIGH, "predicate": "baik"})
    assert (placed["box"] == 8).all()
    assert placed["p_box_8"].to_numpy() == pytest.approx(np.full(400, 0.8), abs=0.01)
    assert (placed["p_box_8"] + placed["p_box_6"]).to_numpy() == pytest.approx(np.ones(400))
    assert placed["kinerja"].mean() == pytest.approx(63.1, abs=0.02)
    assert placed["kinerja_sd"].mean() == pytest.approx(np.sqrt(144 * 0.3 - 1.2**2), rel=0.01)
    assert placed["risk"].mean() == pytest.approx(0.2, abs=0.002)
    # The printed box is that of the record.
    assert (placed["box_printed"] == 8).all()


def test_work_results_by_hand(tmp_path, paper_bank):
    # The row is drawn: recorded Sesuai is Di Atas (.1): box 9; Sesuai (.8): box 8; Di Bawah (.1): box 6.
    policy = own_policy(tmp_path, PERMENPANRB, (NONE, ROWS))
    placed = one_kind_of_person(paper_bank, policy, {"hasil_kerja": "sesuai"})
    for box, share in ((9, 0.1), (8, 0.8), (6, 0.1)):
        assert placed[f"p_box_{box}"].to_numpy() == pytest.approx(np.full(400, share), abs=0.01)
    assert placed["p_pool"].mean() == pytest.approx(0.9, abs=0.002)
    # Recorded Di Bawah: .3 truly Sesuai, box 8; the box that is stated stays 6.
    placed = one_kind_of_person(paper_bank, policy, {"hasil_kerja": "di_bawah"})
    assert placed["p_pool"].mean() == pytest.approx(0.3, abs=0.002)
    assert (placed["box"] == 6).all()


def test_ratings_by_hand(tmp_path, paper_bank):
    # Rating 75 with reliability .64, mean 80, SD 10: the true one is normal about 80 + .64 x (75 - 80) = 76.8 with
    # standard deviation 10 x sqrt(.64 x .36) = 4.8. Kinerja = .60 rating + 16.3 reaches 60 at a rating of 72.8333:
    # P = Phi((76.8 - 72.8333) / 4.8) = Phi(.8264) = .7957; 80 is out of reach (106.2).
    policy = own_policy(tmp_path, KEPKA, NUMERIC, AS_RATING, (NONE, RATING))
    placed = one_kind_of_person(paper_bank, policy, {**HIGH, "rating": 75.0})
    assert placed["p_box_8"].mean() == pytest.approx(norm.cdf((76.8 - (60 - 16.3) / 0.6) / 4.8), abs=0.002)
    assert placed["kinerja"].mean() == pytest.approx(0.6 * 76.8 + 16.3, abs=0.02)
    assert placed["kinerja_sd"].mean() == pytest.approx(0.6 * 4.8, rel=0.01)
    assert (placed["box_printed"] == 8).all()  # .60 x 75 + 16.3 = 61.3
    # With a reliability of one a record is what it says, and the numeric axis is that of the paper.
    sure = own_policy(tmp_path, KEPKA, NUMERIC, AS_RATING, (NONE, RATING.replace("0.64", "1")))
    placed = one_kind_of_person(paper_bank, sure, {**HIGH, "rating": 75.0}, people=3)
    assert placed["kinerja"].to_numpy() == pytest.approx(np.full(3, 61.3), abs=1e-6)
    assert (placed["p_box_8"] == 1).all()


def test_the_certain_matrix_changes_nothing(tmp_path, small_round):
    same = "".join(f"confusion.{n} = {{ {n} = 1 }}\n" for n in ("di_atas", "sesuai", "di_bawah"))
    policy = own_policy(tmp_path, PERMENPANRB, (NONE, f'[kinerja_error]\nvalue = "confusion"\n{same}'))
    posterior = standing.posterior(small_round.scores, small_round.bank.population)
    shipped = load_policy(PERMENPANRB)
    people = assemble(small_round.records, shipped)
    found = standing.place(posterior, people, policy, small_round.bank)
    plain = standing.place(posterior, people, shipped, small_round.bank)
    # One more quasi-random dimension gives other draws of the scales, no more.
    assert (found["withheld_reason"] == plain["withheld_reason"]).all()
    gap = (found["p_pool"] - plain["p_pool"]).abs()
    assert gap.mean() < 0.01
    assert found["kinerja"].fillna(-1).to_numpy() == pytest.approx(plain["kinerja"].fillna(-1).to_numpy())


def test_nothing_is_drawn_for_a_missing_record(tmp_path, small_round):
    policy = own_policy(tmp_path, KEPKA, (NONE, PREDICATES), ('value = "withhold"', 'value = "reweight"'))
    people = assemble(small_round.records, policy)
    people["predicate"] = None
    posterior = standing.posterior(small_round.scores, small_round.bank.population)
    placed = standing.place(posterior, people, policy, small_round.bank)
    known = placed[placed["withheld_reason"] == ""]
    assert len(known) > 200
    assert known["kinerja_sd"].max() < 1e-9
    assert known["box_source"].str.contains("Penilaian kinerja").all()
