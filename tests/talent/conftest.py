"""What tests of talent share: ten people worked by hand, from levels to boxes under both policies, each step on paper.

How a person is described
- Competencies, literasi digital and emerging skills: the level on each scale. With cuts at -0.4, 0.7, 1.6 and 2.4 the
  thetas -1, 0, 1, 2 and 3 stand for levels 1 to 5.
- Potensi: the percentage on each of the eight aspects. The reference form of each scale is one dichotomous item with
  slope 1 and difficulty 0, so that the expected score is 1 / (1 + exp(-theta)): a percentage p stands at
  theta = ln(p / (100 - p)). Then 25 is level 1, 50 and 60 level 2, 75 and 80 level 3, 90 level 4, 95 level 5.

Standards: potensi 3 on each of eight aspects, sum 24; literasi digital 3, 4, 4, 3, sum 14; emerging skills 3 on each of
twelve, sum 36.

Kepka BKN 411/2025
  potensial = .20 JPM + .10 certificates + .10 years + .25 potensi + .10 education + .10 field + .15 discipline
  kinerja   = .60 predicate + .15 award + .15 team + .10 feedback
PermenPANRB 3/2020
  potensial = .50 JPM potensi + (JPM mansoskul + JPM literasi + JPM emerging) / 6, each at most 100
  kinerja   = the row of hasil_kerja
Cuts of both axes 60 and 80, the score on a cut belongs to the upper side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.policy import load_instruments
from workbench.records.bank import Bank, assumed_level_cuts, load_bank
from workbench.simulation import Cohort, simulate
from workbench.simulation.memory import stored_records, summaries


@dataclass(frozen=True)
class Kepka:
    """Steps under Kepka BKN 411/2025: points of each part, both axes, box; None where the box is withheld."""

    potensial_points: dict[str, float]
    potensial: float
    kinerja_points: dict[str, float]
    kinerja: float | None
    box: int | None


@dataclass(frozen=True)
class Permenpanrb:
    """Steps under PermenPANRB 3/2020: four JPM uncapped, the axis, box; None where not taken or withheld."""

    jpm: dict[str, float | None]
    potensial: float | None
    box: int | None


@dataclass(frozen=True)
class Person:
    """One person: what is known, then every step."""

    name: str
    jenjang: str
    levels: tuple[int, ...]
    potensi: tuple[int, ...]
    literasi: tuple[int, ...] | None
    emerging: tuple[int, ...]
    records: dict[str, Any]
    required: tuple[int, ...]
    jpm: float
    category: str
    kepka: Kepka
    permenpanrb: Permenpanrb
    standard: dict[str, int] = field(default_factory=dict)
    official: int | None = None
    lacking: dict[str, str] = field(default_factory=dict)


def records(certificates, years, education, match, discipline, predicate, award, team, feedback, hasil):
    """Return the records of a person by the column that holds them."""
    return {
        "certificates": certificates,
        "years_in_tier": years,
        "education": education,
        "field_match": match,
        "discipline": discipline,
        "predicate": predicate,
        "award": award,
        "assignment": team,
        "feedback_360": feedback,
        "hasil_kerja": hasil,
    }


def potensial_points(jpm, certificates, years, potensi, education, match, discipline):
    """Return the points of the parts of potensial under Kepka BKN 411/2025, in the order of its weights."""
    return {
        "kompetensi": jpm,
        "pengembangan_kompetensi": certificates,
        "pengalaman_jabatan": years,
        "potensi": potensi,
        "pendidikan": education,
        "kesesuaian_bidang": match,
        "disiplin": discipline,
    }


def kinerja_points(predicate, award, team, feedback):
    """Return the points of the parts of kinerja under Kepka BKN 411/2025, in the order of its weights."""
    return {"kinerja_utama": predicate, "penghargaan": award, "penugasan_tim": team, "umpan_balik_360": feedback}


def four_jpm(potensi, mansoskul, literasi, emerging):
    """Return the four JPM of PermenPANRB 3/2020 by instrument."""
    return {"potensi": potensi, "mansoskul": mansoskul, "literasi-digital": literasi, "emerging-skills": emerging}


# 1. JPM far over 100: prints uncapped, enters the axes as 100. Everything high: box 9 twice.
ANI = Person(
    name="ani",
    jenjang="administrator",
    levels=(4,) * 9,
    potensi=(80,) * 8,
    literasi=(3, 4, 4, 3),
    emerging=(3,) * 12,
    records=records(2, 6.0, "S2", True, "tidak_ada", "sangat_baik", "nasional", "ketua_internal", 90.0, "di_atas"),
    required=(3,) * 9,
    jpm=100 * 36 / 27,  # 4 x 9 = 36 over 3 x 9 = 27: 133.33
    category="optimal",  # 133.33 >= 90
    kepka=Kepka(
        potensial_points(100, 50, 100, 80, 90, 100, 100),
        89.0,  # 20 + 5 + 10 + 20 + 9 + 10 + 15, top
        kinerja_points(100, 75, 75, 90),
        91.5,  # 60 + 11.25 + 11.25 + 9, above
        9,
    ),
    # potensi 24 / 24, literasi 14 / 14, emerging 36 / 36; .5 x 100 + 300 / 6 = 100, top; di_atas
    permenpanrb=Permenpanrb(four_jpm(100, 100 * 36 / 27, 100, 100), 100.0, 9),
)

# 2. Required level 1: JPM does not discriminate. Baik with no award, no team task and a 360 of 87 is "di bawah" under
#    Kepka with nothing missing, and "sesuai" under PermenPANRB.
BUDI = Person(
    name="budi",
    jenjang="pelaksana",
    levels=(2,) * 9,
    potensi=(60,) * 8,
    literasi=(2, 2, 2, 2),
    emerging=(2,) * 12,
    records=records(0, 2.9, "SMA", False, "ringan", "baik", "tidak_ada", "tidak_ada", 87.0, "sesuai"),
    required=(1,) * 9,
    jpm=200.0,  # 18 / 9
    category="optimal",
    kepka=Kepka(
        potensial_points(100, 0, 60, 60, 60, 50, 75),
        63.25,  # 20 + 0 + 6 + 15 + 6 + 5 + 11.25, middle
        kinerja_points(80, 0, 0, 87),
        56.7,  # 48 + 0 + 0 + 8.7, below 60
        3,
    ),
    # potensi 16 / 24 = 66.667, literasi 8 / 14 = 57.143, emerging 24 / 36 = 66.667
    # 33.333 + (100 + 57.143 + 66.667) / 6 = 33.333 + 37.302 = 70.635, middle; sesuai
    permenpanrb=Permenpanrb(four_jpm(100 * 16 / 24, 200, 100 * 8 / 14, 100 * 24 / 36), 70.634921, 5),
)

# 3. A position's own standard replaces the tier (pengawas 2): sum 7 x 2 + 2 x 3 = 20 and not 18. JPM exactly on the
#    bound of Optimal; kinerja exactly on its cut.
CITRA = Person(
    name="citra",
    jenjang="pengawas",
    levels=(2,) * 9,
    potensi=(75,) * 8,
    literasi=(3, 4, 4, 3),
    emerging=(3,) * 12,
    records=records(4, 3.0, "S1", True, "tidak_ada", "baik", "instansi", "anggota_internal", 45.0, "sesuai"),
    standard={"pengambilan_keputusan": 3, "perekat_bangsa": 3},
    required=(2, 2, 2, 2, 2, 2, 2, 3, 3),
    jpm=90.0,  # 18 / 20, and not 100 as by the tier
    category="optimal",  # 90 belongs to the upper side
    kepka=Kepka(
        potensial_points(90, 100, 80, 75, 80, 100, 100),
        87.75,  # 18 + 10 + 8 + 18.75 + 8 + 10 + 15, top
        kinerja_points(80, 25, 25, 45),
        60.0,  # 48 + 3.75 + 3.75 + 4.5, exactly on the cut: as expected
        8,
    ),
    # 50 + (90 + 100 + 100) / 6 = 98.333, top; sesuai
    permenpanrb=Permenpanrb(four_jpm(100, 90, 100, 100), 98.333333, 8),
)

# 4. One competency above and one below the standard: JPM 100 uncapped; capped per competency it would print 94.4.
DEWI = Person(
    name="dewi",
    jenjang="ahli_muda",
    levels=(3, 2, 2, 2, 2, 2, 2, 2, 1),
    potensi=(90, 90, 75, 75, 60, 60, 50, 50),
    literasi=(3, 3, 3, 3),
    emerging=(3,) * 6 + (2,) * 6,
    records=records(1, 5.0, "D4", False, "tidak_ada", "baik", "lintas_instansi", "anggota_lintas", 88.5, "di_bawah"),
    required=(2,) * 9,
    jpm=100.0,  # 18 / 18
    category="optimal",
    kepka=Kepka(
        potensial_points(100, 25, 100, 68.75, 80, 50, 100),  # potensi 550 / 8
        77.6875,  # 20 + 2.5 + 10 + 17.1875 + 8 + 5 + 15, middle
        kinerja_points(80, 50, 50, 88.5),
        71.85,  # 48 + 7.5 + 7.5 + 8.85, as expected
        5,
    ),
    # potensi levels 4, 4, 3, 3, 2, 2, 2, 2: 22 / 24 = 91.667; literasi 12 / 14 = 85.714; emerging 30 / 36 = 83.333
    # 45.833 + (100 + 85.714 + 83.333) / 6 = 45.833 + 44.841 = 90.675, top; di_bawah
    permenpanrb=Permenpanrb(four_jpm(100 * 22 / 24, 100, 100 * 12 / 14, 100 * 30 / 36), 90.674603, 6),
)

# 5. No 360 feedback on record: withheld under Kepka, never counted as zero; PermenPANRB does not ask for it.
EKO = Person(
    name="eko",
    jenjang="ahli_pertama",
    levels=(1,) * 9,
    potensi=(50,) * 8,
    literasi=(1, 1, 1, 1),
    emerging=(1,) * 12,
    records=records(0, 4.0, "S1", True, "tidak_ada", "baik", "instansi", "anggota_internal", None, "sesuai"),
    required=(1,) * 9,
    jpm=100.0,  # 9 / 9
    category="optimal",
    kepka=Kepka(
        potensial_points(100, 0, 80, 50, 80, 100, 100),
        73.5,  # 20 + 0 + 8 + 12.5 + 8 + 10 + 15: known, but withheld with the box
        kinerja_points(80, 25, 25, None),
        None,
        None,
    ),
    # potensi 16 / 24 = 66.667, literasi 4 / 14 = 28.571, emerging 12 / 36 = 33.333
    # 33.333 + (100 + 28.571 + 33.333) / 6 = 33.333 + 26.984 = 60.317, middle; sesuai
    permenpanrb=Permenpanrb(four_jpm(100 * 16 / 24, 100, 100 * 4 / 14, 100 * 12 / 36), 60.317460, 5),
    lacking={"kepka-bkn-411-2025": "Umpan balik kinerja 360"},
)

# 6. Both policies exactly on a cut of 80: kinerja under Kepka, potensial under PermenPANRB. JPM exactly 80.
FAJAR = Person(
    name="fajar",
    jenjang="jpt_madya",
    levels=(4,) * 9,
    potensi=(75, 75, 75, 75, 50, 50, 25, 25),
    literasi=(3, 4, 4, 3),
    emerging=(3,) * 3 + (2,) * 9,
    records=records(3, 4.9, "S3", True, "sedang", "sangat_baik", "tidak_ada", "ketua_lintas", 50.0, "sesuai"),
    required=(5,) * 9,
    jpm=80.0,  # 36 / 45
    category="cukup_optimal",  # 78 <= 80 < 90
    kepka=Kepka(
        potensial_points(80, 75, 80, 56.25, 100, 100, 50),  # potensi 450 / 8
        73.0625,  # 16 + 7.5 + 8 + 14.0625 + 10 + 10 + 7.5, middle
        kinerja_points(100, 0, 100, 50),
        80.0,  # 60 + 0 + 15 + 5, exactly on the cut: above
        7,
    ),
    # potensi levels 3, 3, 3, 3, 2, 2, 1, 1: 18 / 24 = 75; emerging 27 / 36 = 75
    # 37.5 + (80 + 100 + 75) / 6 = 37.5 + 42.5 = 80, exactly on the cut: top; sesuai
    permenpanrb=Permenpanrb(four_jpm(75, 80, 100, 75), 80.0, 8),
)

# 7. An official result, box 5, where the rule says 9: stated as official, the probabilities stay those of the rule.
GITA = Person(
    name="gita",
    jenjang="penyelia",
    levels=(3,) * 9,
    potensi=(95,) * 8,
    literasi=(5, 5, 5, 5),
    emerging=(5,) * 12,
    records=records(5, 10.0, "S2", True, "tidak_ada", "sangat_baik", "internasional", "ketua_lintas", 100.0, "di_atas"),
    required=(2,) * 9,
    jpm=150.0,  # 27 / 18
    category="optimal",
    kepka=Kepka(
        potensial_points(100, 100, 100, 95, 90, 100, 100),
        97.75,  # 20 + 10 + 10 + 23.75 + 9 + 10 + 15, top
        kinerja_points(100, 100, 100, 100),
        100.0,
        9,
    ),
    # potensi 40 / 24 = 166.667, literasi 20 / 14 = 142.857, emerging 60 / 36 = 166.667: each counts as 100
    permenpanrb=Permenpanrb(four_jpm(100 * 40 / 24, 150, 100 * 20 / 14, 100 * 60 / 36), 100.0, 9),
    official=5,
)

# 8. Everything low, discipline being served: box 1; under PermenPANRB the work results put him in box 4.
HADI = Person(
    name="hadi",
    jenjang="administrator",
    levels=(1,) * 9,
    potensi=(25,) * 8,
    literasi=(1, 1, 1, 1),
    emerging=(1,) * 12,
    records=records(
        0, 0.0, "SD", False, "sedang_menjalani", "sangat_kurang", "tidak_ada", "tidak_ada", 40.0, "di_atas"
    ),
    required=(3,) * 9,
    jpm=100 * 9 / 27,  # 33.33
    category="kurang_optimal",
    kepka=Kepka(
        potensial_points(100 * 9 / 27, 0, 60, 25, 60, 50, 0),
        29.916667,  # 6.666667 + 0 + 6 + 6.25 + 6 + 5 + 0, low
        kinerja_points(20, 0, 0, 40),
        16.0,  # 12 + 0 + 0 + 4, below
        1,
    ),
    # potensi 8 / 24, emerging 12 / 36: 33.333; 16.667 + (33.333 + 28.571 + 33.333) / 6 = 16.667 + 15.873 = 32.540, low
    permenpanrb=Permenpanrb(four_jpm(100 * 8 / 24, 100 * 9 / 27, 100 * 4 / 14, 100 * 12 / 36), 32.539683, 4),
)

# 9. JPM just below 78 is Kurang Optimal.
INDAH = Person(
    name="indah",
    jenjang="ahli_madya",
    levels=(3, 3, 3, 3, 3, 2, 2, 1, 1),
    potensi=(50,) * 8,
    literasi=(2, 2, 2, 2),
    emerging=(1,) * 12,
    records=records(0, 1.0, "D3", False, "berat", "butuh_perbaikan", "nasional", "ketua_internal", 95.0, "di_atas"),
    required=(3,) * 9,
    jpm=100 * 21 / 27,  # 77.78
    category="kurang_optimal",
    kepka=Kepka(
        potensial_points(100 * 21 / 27, 0, 60, 50, 70, 50, 25),
        49.805556,  # 15.555556 + 0 + 6 + 12.5 + 7 + 5 + 3.75, low
        kinerja_points(60, 75, 75, 95),
        68.0,  # 36 + 11.25 + 11.25 + 9.5, as expected
        2,
    ),
    # 33.333 + (77.778 + 57.143 + 33.333) / 6 = 33.333 + 28.042 = 61.376, middle; di_atas
    permenpanrb=Permenpanrb(four_jpm(100 * 16 / 24, 100 * 21 / 27, 100 * 8 / 14, 100 * 12 / 36), 61.375661, 7),
)

# 10. Literasi digital was not taken: Kepka does not ask for it, PermenPANRB withholds.
JOKO = Person(
    name="joko",
    jenjang="pemula",
    levels=(5,) * 9,
    potensi=(80,) * 8,
    literasi=None,
    emerging=(3,) * 12,
    records=records(1, 3.5, "D1", True, "tidak_ada", "kurang", "tidak_ada", "anggota_internal", 70.0, "sesuai"),
    required=(1,) * 9,
    jpm=500.0,  # 45 / 9
    category="optimal",
    kepka=Kepka(
        potensial_points(100, 25, 80, 80, 60, 100, 100),
        81.5,  # 20 + 2.5 + 8 + 20 + 6 + 10 + 15, top
        kinerja_points(40, 0, 25, 70),
        34.75,  # 24 + 0 + 3.75 + 7, below
        6,
    ),
    permenpanrb=Permenpanrb(four_jpm(100, 500, None, 100), None, None),
    lacking={"permenpanrb-3-2020": "JPM literasi digital"},
)

PEOPLE = (ANI, BUDI, CITRA, DEWI, EKO, FAJAR, GITA, HADI, INDAH, JOKO)


@pytest.fixture(scope="session")
def on_paper() -> dict[str, Person]:
    """The ten people by name."""
    return {person.name: person for person in PEOPLE}


@pytest.fixture(scope="session")
def paper_bank() -> Bank:
    """All 33 scales, independent; one dichotomous item each as the reference form."""
    specs = [spec for spec in load_instruments().values() if spec.kind != "cognitive"]
    scales = tuple(scale.key for spec in specs for scale in spec.scales)
    items = pd.DataFrame({"scale": scales, "item_id": scales, "model": "2PL", "categories": 2, "a": 1.0, "b": 0.0})
    population = pd.concat(
        [pd.DataFrame({"scale": scales, "mean": 0.0}), pd.DataFrame(np.eye(len(scales)), columns=list(scales))], axis=1
    )
    cuts = assumed_level_cuts(scales, "paper")
    return Bank("paper", False, items, cuts, items[["scale", "item_id"]], population)


@dataclass(frozen=True)
class Round:
    """A small simulated round scored with the bank that ships with the package."""

    cohort: Cohort
    records: dict[str, pd.DataFrame]
    scores: pd.DataFrame
    bank: Bank


@pytest.fixture(scope="session")
def small_round(draw_seed: Callable[[str], int]) -> Round:
    """300 people of Cirebon; its seed stands in the cohort."""
    cohort = simulate("cirebon-2024", size=300, seed=draw_seed("small round"))
    bank = load_bank("nasional-2023-demo")
    return Round(cohort, stored_records(cohort), summaries(cohort, bank), bank)
