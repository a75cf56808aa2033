"""Schemas of every table: the single source of column names, types and permitted values.

Input files are keyed by ``nip``; the validated tables in ``tables/`` are keyed by ``participant_id``, a pseudonym.
`TABLES` holds the stored form; `Table.input_columns` gives the headings of the file that a person fills in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandera.pandas as pa

__all__ = [
    "ASSIGNMENT_ROLES",
    "ATTENDANCE",
    "AWARD_LEVELS",
    "DISCIPLINE_RECORDS",
    "EDUCATION_LEVELS",
    "EXPECTATIONS",
    "ITEM_FORMATS",
    "JENJANG",
    "NOT_REACHED",
    "OMITTED",
    "PREDICATES",
    "RESPONSES_EXAMPLE",
    "RESPONSE_KINDS",
    "TABLES",
    "Table",
]

# Codes in the stored response tables; a file as received has an empty cell for both.
OMITTED = "."
NOT_REACHED = "-"
# Name of the response file in an empty template; its two words in capitals are to be replaced.
RESPONSES_EXAMPLE = "responses_INSTRUMEN__PAKET"

JENJANG = (
    "jpt_utama",
    "jpt_madya",
    "jpt_pratama",
    "administrator",
    "pengawas",
    "pelaksana",
    "ahli_utama",
    "ahli_madya",
    "ahli_muda",
    "ahli_pertama",
    "penyelia",
    "mahir",
    "terampil",
    "pemula",
    "fungsional_lain",
)
PREDICATES = ("sangat_baik", "baik", "butuh_perbaikan", "kurang", "sangat_kurang")
EXPECTATIONS = ("di_atas", "sesuai", "di_bawah")
EDUCATION_LEVELS = ("SD", "SMP", "SMA", "D1", "D2", "D3", "D4", "S1", "S2", "S3")
AWARD_LEVELS = ("tidak_ada", "instansi", "lintas_instansi", "nasional", "internasional")
ASSIGNMENT_ROLES = ("tidak_ada", "anggota_internal", "anggota_lintas", "ketua_internal", "ketua_lintas")
DISCIPLINE_RECORDS = ("tidak_ada", "ringan", "sedang", "berat", "sedang_menjalani")
ATTENDANCE = ("present", "absent", "void")
ITEM_FORMATS = ("mc", "ordered")
RESPONSE_KINDS = ("raw", "scored")


@dataclass(frozen=True)
class Table:
    """One table: its schema, the file it comes from and what it means.

    Attributes
    ----------
    name : str
        Name of the input file without its ending, and of the Parquet file in ``tables/``.
    title : str
        What the table holds, in Bahasa Indonesia, for the data dictionary.
    schema : pandera.pandas.DataFrameSchema
        Columns of the stored table.
    key : tuple of str
        Columns that together occur once.
    required : bool
        Whether a workspace without this table is refused.
    per_person : bool
        Whether rows belong to participants: the input then has ``nip`` where the table has ``participant_id``.
    identity_columns : tuple of str
        Columns of the input that go to ``identities.parquet`` and never to the stored table.
    """

    name: str
    title: str
    schema: pa.DataFrameSchema
    key: tuple[str, ...]
    required: bool = False
    per_person: bool = False
    identity_columns: tuple[str, ...] = ()

    @property
    def input_columns(self) -> tuple[str, ...]:
        """Headings of the input file, in order."""
        names = ["nip" if name == "participant_id" else name for name in self.schema.columns]
        if self.per_person:
            names[1:1] = self.identity_columns
        return tuple(names)

    def is_required(self, column: str) -> bool:
        """Return whether an input column must be there and be filled in every row."""
        if column == "nip" or column in self.identity_columns:
            return True
        return not self.schema.columns[column].nullable


def _text(description: str, *, nullable: bool = False, unique: bool = False, values: tuple[str, ...] = ()) -> pa.Column:
    checks = [pa.Check.isin(values)] if values else []
    return pa.Column(str, checks, nullable=nullable, unique=unique, required=not nullable, description=description)


def _whole(description: str, low: int, high: int, *, nullable: bool = False) -> pa.Column:
    kind: Any = "Int64" if nullable else int
    return pa.Column(
        kind, pa.Check.in_range(low, high), nullable=nullable, required=not nullable, description=description
    )


def _number(description: str, low: float, high: float, *, nullable: bool = False) -> pa.Column:
    return pa.Column(
        float, pa.Check.in_range(low, high), nullable=nullable, required=not nullable, description=description
    )


def _date(description: str, *, nullable: bool = False) -> pa.Column:
    return pa.Column("datetime64[ns]", nullable=nullable, required=not nullable, description=description)


def _yes_no(description: str, *, nullable: bool = False) -> pa.Column:
    return pa.Column("boolean", nullable=nullable, required=not nullable, description=description)


def _code(description: str, *, unique: bool = False, pattern: str = r"(?!.*__)[A-Za-z0-9][A-Za-z0-9._-]*") -> pa.Column:
    """Return a column of codes, which become parts of file names or names of columns."""
    return pa.Column(str, pa.Check.str_matches(f"^{pattern}$"), unique=unique, description=description)


def _instrument(*, unique: bool = False) -> pa.Column:
    return _code("Kode instrumen", unique=unique)


def _item(*, unique: bool = False) -> pa.Column:
    # Codes of items come from elsewhere; only what breaks a heading is refused.
    return _code("Kode butir", unique=unique, pattern=r'(?!(nip|participant_id)$)[^|,;"\s]+')


def _scale() -> pa.Column:
    # The population model has a column a scale beside these two.
    pattern = r"(?!(scale|mean)$)[A-Za-z0-9][A-Za-z0-9._-]*"
    return _code("Kode skala: kompetensi atau aspek yang diukur", pattern=pattern)


_PERSON = "Nama samaran peserta (dari NIP)"


def _table(name: str, title: str, key: tuple[str, ...], columns: dict[str, pa.Column], **rest: Any) -> Table:
    per_person = "participant_id" in columns
    return Table(name, title, pa.DataFrameSchema(columns, strict=True, name=name), key, per_person=per_person, **rest)


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        _table(
            "participants",
            "Peserta: satu baris per orang",
            ("participant_id",),
            {
                "participant_id": _text(_PERSON, unique=True),
                "instansi": _text("Nama instansi, sama persis dengan tabel instansi"),
                "unit": _text("Unit kerja"),
                "klaster": _text("Klaster uji, kelompok orang yang diuji dengan paket sama; isi sama bila hanya satu"),
                "jenjang": _text("Jenjang jabatan", values=JENJANG),
                "jabatan": _text("Nama jabatan"),
                "position": _text("Kode standar jabatan pada tabel positions", nullable=True),
                "golongan": _text("Golongan ruang, misalnya III/c", nullable=True),
                "birth_year": _whole("Tahun lahir", 1940, 2015),
                "date_in_post": _date("Tanggal menduduki jabatan sekarang", nullable=True),
                "years_in_tier": _number("Lama pada jenjang sekarang, tahun", 0, 45, nullable=True),
                "retirement_date": _date("Tanggal pensiun", nullable=True),
            },
            required=True,
            identity_columns=("name",),
        ),
        _table(
            "instansi",
            "Instansi peserta putaran ini; daftar ini menentukan nama yang sah",
            ("instansi",),
            {
                "instansi": _text("Nama instansi", unique=True),
                "province": _text("Provinsi", nullable=True),
                "invited": _whole("Jumlah peserta yang diundang", 0, 10_000_000, nullable=True),
            },
            required=True,
        ),
        _table(
            "instruments",
            "Instrumen: satu baris per instrumen",
            ("instrument",),
            {
                "instrument": _instrument(unique=True),
                "title": _text("Nama instrumen"),
                "responses": _text(
                    "Isi berkas jawaban: raw (opsi apa adanya) atau scored (skor)", values=RESPONSE_KINDS
                ),
                "key_version": _text("Versi kunci; perlu bila butir mc dikirim sebagai opsi (raw)", nullable=True),
            },
            required=True,
        ),
        _table(
            "items",
            "Butir: satu baris per butir",
            ("item_id",),
            {
                "item_id": _item(unique=True),
                "instrument": _instrument(),
                "scale": _scale(),
                "format": _text("mc (satu jawaban benar) atau ordered (tiap opsi berskor)", values=ITEM_FORMATS),
                "options": _text("Opsi yang sah dipisah |, misalnya A|B|C|D|E"),
                "option_scores": _text("Untuk ordered: skor tiap opsi, urutan sama, dipisah |", nullable=True),
            },
            required=True,
        ),
        _table(
            "keys",
            "Kunci jawaban butir mc, per versi",
            ("item_id", "key_version"),
            {
                "item_id": _item(),
                "key_version": _text("Versi kunci"),
                "key": _text("Opsi yang benar"),
            },
        ),
        _table(
            "forms",
            "Paket soal: butir dan urutannya dalam tiap paket",
            ("instrument", "form", "item_id"),
            {
                "instrument": _instrument(),
                "form": _code("Kode paket"),
                "item_id": _item(),
                "position": _whole("Nomor urut penyajian", 1, 2000),
            },
            required=True,
        ),
        _table(
            "sittings",
            "Kehadiran: satu baris per orang dan instrumen",
            ("participant_id", "instrument"),
            {
                "participant_id": _text(_PERSON),
                "instrument": _instrument(),
                "form": _code("Kode paket"),
                "room": _text("Ruang", nullable=True),
                "date": _date("Tanggal uji"),
                "status": _text("present, absent atau void", values=ATTENDANCE),
            },
        ),
        _table(
            "response_times",
            "Waktu pengerjaan per orang dan instrumen",
            ("participant_id", "instrument"),
            {
                "participant_id": _text(_PERSON),
                "instrument": _instrument(),
                "seconds_total": _number("Lama mengerjakan, detik", 0, 86_400),
                "rapid_share": _number("Bagian butir yang dijawab kurang dari tiga detik", 0, 1, nullable=True),
            },
        ),
        _table(
            "performance",
            "Kinerja per tahun (SKP)",
            ("participant_id", "year"),
            {
                "participant_id": _text(_PERSON),
                "year": _whole("Tahun penilaian", 2000, 2100),
                "predicate": _text("Predikat kinerja (hasil_akhir)", nullable=True, values=PREDICATES),
                "hasil_kerja": _text("Hasil kerja terhadap ekspektasi", nullable=True, values=EXPECTATIONS),
                "perilaku_kerja": _text("Perilaku kerja terhadap ekspektasi", nullable=True, values=EXPECTATIONS),
                "rating": _number("Nilai kinerja 0-100 bila ada", 0, 100, nullable=True),
                "feedback_360": _number("Umpan balik 360, 0-100", 0, 100, nullable=True),
            },
        ),
        _table(
            "positions",
            "Standar jabatan: level yang dipersyaratkan per kompetensi",
            ("position", "competency"),
            {
                "position": _text("Kode standar jabatan"),
                "competency": _text("Kode kompetensi, sama dengan kode skala pada tabel items"),
                "required_level": _whole("Level yang dipersyaratkan", 1, 5),
            },
        ),
        _table(
            "education",
            "Pendidikan formal tertinggi",
            ("participant_id",),
            {
                "participant_id": _text(_PERSON, unique=True),
                "level": _text("Jenjang pendidikan", values=EDUCATION_LEVELS),
                "field": _text("Bidang ilmu", nullable=True),
                "field_match": _yes_no("Bidang ilmu sesuai jabatan (true/false)", nullable=True),
            },
        ),
        _table(
            "training",
            "Pengembangan kompetensi: jumlah sertifikat",
            ("participant_id",),
            {
                "participant_id": _text(_PERSON, unique=True),
                "certificates": _whole("Jumlah sertifikat dalam masa penilaian", 0, 1000),
            },
        ),
        _table(
            "awards",
            "Penghargaan tertinggi, lima tahun terakhir",
            ("participant_id",),
            {
                "participant_id": _text(_PERSON, unique=True),
                "level": _text("Tingkat penghargaan", values=AWARD_LEVELS),
            },
        ),
        _table(
            "assignments",
            "Penugasan tim kerja tertinggi, dua tahun terakhir",
            ("participant_id",),
            {
                "participant_id": _text(_PERSON, unique=True),
                "role": _text("Peran dalam tim kerja", values=ASSIGNMENT_ROLES),
            },
        ),
        _table(
            "discipline",
            "Rekam jejak disiplin terberat, lima tahun terakhir",
            ("participant_id",),
            {
                "participant_id": _text(_PERSON, unique=True),
                "record": _text("Hukuman disiplin", values=DISCIPLINE_RECORDS),
            },
        ),
        _table(
            "competency_development",
            "Riwayat pengembangan kompetensi untuk IP ASN; sel kosong berarti belum ada data",
            ("participant_id",),
            {
                "participant_id": _text(_PERSON, unique=True),
                "leadership_training": _yes_no("Diklat kepemimpinan sesuai jabatan (true/false)", nullable=True),
                "functional_training": _yes_no("Diklat fungsional sesuai jabatan (true/false)", nullable=True),
                "technical_training": _yes_no("Diklat teknis sedikitnya 20 JP setahun (true/false)", nullable=True),
                "seminar": _yes_no("Seminar, lokakarya, magang, atau kursus (true/false)", nullable=True),
            },
        ),
        _table(
            "posts",
            "Syarat jabatan: bidang ilmu, pendidikan, dan lama pada jenjang",
            ("jabatan",),
            {
                "jabatan": _text("Nama jabatan, sama persis dengan tabel participants", unique=True),
                "field": _text("Bidang ilmu yang diterima dipisah |, yang utama lebih dahulu", nullable=True),
                "education_level": _text("Pendidikan terendah", nullable=True, values=EDUCATION_LEVELS),
                "years_in_tier": _number("Lama terpendek pada jenjang di bawahnya, tahun", 0, 45, nullable=True),
            },
        ),
        _table(
            "vacancies",
            "Jabatan lowong yang hendak diisi",
            ("vacancy",),
            {
                "vacancy": _text("Kode lowongan", unique=True),
                "instansi": _text("Nama instansi, sama persis dengan tabel instansi"),
                "unit": _text("Unit kerja", nullable=True),
                "jabatan": _text("Nama jabatan; syaratnya dibaca dari tabel posts"),
                "jenjang": _text("Jenjang jabatan", values=JENJANG),
                "position": _text("Kode standar jabatan pada tabel positions", nullable=True),
                "openings": _whole("Jumlah lowongan", 1, 1000, nullable=True),
            },
        ),
        _table(
            "protected_groups",
            "Kelompok yang dilindungi: hanya untuk DIF dan keadilan",
            ("participant_id",),
            {
                "participant_id": _text(_PERSON, unique=True),
                "sex": _text("L atau P", nullable=True, values=("L", "P")),
                "age_band": _text("Kelompok usia", nullable=True),
                "region": _text("Daerah asal", nullable=True),
                "disability": _yes_no("Penyandang disabilitas", nullable=True),
            },
        ),
        _table(
            "official_results",
            "Hasil resmi yang sudah ada, bila diberikan",
            ("participant_id",),
            {
                "participant_id": _text(_PERSON, unique=True),
                "box": _whole("Kotak talenta resmi", 1, 9),
            },
        ),
        _table(
            "conflicts",
            "Benturan kepentingan asesor",
            ("assessor", "instansi"),
            {
                "assessor": _text("Nama akun asesor"),
                "instansi": _text("Instansi yang tidak boleh ditelaah asesor ini"),
            },
        ),
    )
}
