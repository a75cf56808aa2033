"""Schemas of every table: the single source of column names, types and permitted values.

Input files are keyed by ``nip``; the validated tables in ``tables/`` are keyed by ``participant_id``, a pseudonym.
`TABLES` holds the stored form; `Table.input_columns` gives the headings of the file that a person fills in.
"""

from __future__ import annotations

from workbench.records.columns import (
    PERSON,
    Table,
    code,
    date,
    instrument,
    item,
    number,
    scale,
    table,
    text,
    whole,
    yes_no,
)
from workbench.records.received_tables import RECEIVED_TABLES

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


TABLES: dict[str, Table] = {
    one.name: one
    for one in (
        table(
            "participants",
            "Peserta: satu baris per orang",
            ("participant_id",),
            {
                "participant_id": text(PERSON, unique=True),
                "instansi": text("Nama instansi, sama persis dengan tabel instansi"),
                "unit": text("Unit kerja"),
                "klaster": text("Klaster uji, kelompok orang yang diuji dengan paket sama; isi sama bila hanya satu"),
                "jenjang": text("Jenjang jabatan", values=JENJANG),
                "jabatan": text("Nama jabatan"),
                "position": text("Kode standar jabatan pada tabel positions", nullable=True),
                "golongan": text("Golongan ruang, misalnya III/c", nullable=True),
                "birth_year": whole("Tahun lahir", 1940, 2015),
                "date_in_post": date("Tanggal menduduki jabatan sekarang", nullable=True),
                "years_in_tier": number("Lama pada jenjang sekarang, tahun", 0, 45, nullable=True),
                "retirement_date": date("Tanggal pensiun", nullable=True),
            },
            required=True,
            identity_columns=("name",),
        ),
        table(
            "instansi",
            "Instansi peserta putaran ini; daftar ini menentukan nama yang sah",
            ("instansi",),
            {
                "instansi": text("Nama instansi", unique=True),
                "province": text("Provinsi", nullable=True),
                "invited": whole("Jumlah peserta yang diundang", 0, 10_000_000, nullable=True),
            },
            required=True,
        ),
        table(
            "instruments",
            "Instrumen: satu baris per instrumen",
            ("instrument",),
            {
                "instrument": instrument(unique=True),
                "title": text("Nama instrumen"),
                "responses": text(
                    "Isi berkas jawaban: raw (opsi apa adanya) atau scored (skor)", values=RESPONSE_KINDS
                ),
                "key_version": text("Versi kunci; perlu bila butir mc dikirim sebagai opsi (raw)", nullable=True),
            },
            required=True,
        ),
        table(
            "items",
            "Butir: satu baris per butir",
            ("item_id",),
            {
                "item_id": item(unique=True),
                "instrument": instrument(),
                "scale": scale(),
                "format": text("mc (satu jawaban benar) atau ordered (tiap opsi berskor)", values=ITEM_FORMATS),
                "options": text("Opsi yang sah dipisah |, misalnya A|B|C|D|E"),
                "option_scores": text("Untuk ordered: skor tiap opsi, urutan sama, dipisah |", nullable=True),
            },
            required=True,
        ),
        table(
            "keys",
            "Kunci jawaban butir mc, per versi",
            ("item_id", "key_version"),
            {
                "item_id": item(),
                "key_version": text("Versi kunci"),
                "key": text("Opsi yang benar; lebih dari satu dipisah |, misalnya A|C"),
            },
        ),
        table(
            "forms",
            "Paket soal: butir dan urutannya dalam tiap paket",
            ("instrument", "form", "item_id"),
            {
                "instrument": instrument(),
                "form": code("Kode paket"),
                "item_id": item(),
                "position": whole("Nomor urut penyajian", 1, 2000),
            },
            required=True,
        ),
        table(
            "sittings",
            "Kehadiran: satu baris per orang dan instrumen",
            ("participant_id", "instrument"),
            {
                "participant_id": text(PERSON),
                "instrument": instrument(),
                "form": code("Kode paket"),
                "room": text("Ruang", nullable=True),
                "date": date("Tanggal uji"),
                "status": text("present, absent atau void", values=ATTENDANCE),
            },
        ),
        table(
            "response_times",
            "Waktu pengerjaan per orang dan instrumen",
            ("participant_id", "instrument"),
            {
                "participant_id": text(PERSON),
                "instrument": instrument(),
                "seconds_total": number("Lama mengerjakan, detik", 0, 86_400),
                "rapid_share": number("Bagian butir yang dijawab kurang dari tiga detik", 0, 1, nullable=True),
            },
        ),
        table(
            "performance",
            "Kinerja per tahun (SKP)",
            ("participant_id", "year"),
            {
                "participant_id": text(PERSON),
                "year": whole("Tahun penilaian", 2000, 2100),
                "predicate": text("Predikat kinerja (hasil_akhir)", nullable=True, values=PREDICATES),
                "hasil_kerja": text("Hasil kerja terhadap ekspektasi", nullable=True, values=EXPECTATIONS),
                "perilaku_kerja": text("Perilaku kerja terhadap ekspektasi", nullable=True, values=EXPECTATIONS),
                "rating": number("Nilai kinerja 0-100 bila ada", 0, 100, nullable=True),
                "feedback_360": number("Umpan balik 360, 0-100", 0, 100, nullable=True),
            },
        ),
        table(
            "positions",
            "Standar jabatan: level yang dipersyaratkan per kompetensi",
            ("position", "competency"),
            {
                "position": text("Kode standar jabatan"),
                "competency": text("Kode kompetensi, sama dengan kode skala pada tabel items"),
                "required_level": whole("Level yang dipersyaratkan", 1, 5),
            },
        ),
        table(
            "education",
            "Pendidikan formal tertinggi",
            ("participant_id",),
            {
                "participant_id": text(PERSON, unique=True),
                "level": text("Jenjang pendidikan", values=EDUCATION_LEVELS),
                "field": text("Bidang ilmu", nullable=True),
                "field_match": yes_no("Bidang ilmu sesuai jabatan (true/false)", nullable=True),
            },
        ),
        table(
            "training",
            "Pengembangan kompetensi: jumlah sertifikat",
            ("participant_id",),
            {
                "participant_id": text(PERSON, unique=True),
                "certificates": whole("Jumlah sertifikat dalam masa penilaian", 0, 1000),
            },
        ),
        table(
            "awards",
            "Penghargaan tertinggi, lima tahun terakhir",
            ("participant_id",),
            {
                "participant_id": text(PERSON, unique=True),
                "level": text("Tingkat penghargaan", values=AWARD_LEVELS),
            },
        ),
        table(
            "assignments",
            "Penugasan tim kerja tertinggi, dua tahun terakhir",
            ("participant_id",),
            {
                "participant_id": text(PERSON, unique=True),
                "role": text("Peran dalam tim kerja", values=ASSIGNMENT_ROLES),
            },
        ),
        table(
            "discipline",
            "Rekam jejak disiplin terberat, lima tahun terakhir",
            ("participant_id",),
            {
                "participant_id": text(PERSON, unique=True),
                "record": text("Hukuman disiplin", values=DISCIPLINE_RECORDS),
            },
        ),
        table(
            "competency_development",
            "Riwayat pengembangan kompetensi untuk IP ASN; sel kosong berarti belum ada data",
            ("participant_id",),
            {
                "participant_id": text(PERSON, unique=True),
                "leadership_training": yes_no("Diklat kepemimpinan sesuai jabatan (true/false)", nullable=True),
                "functional_training": yes_no("Diklat fungsional sesuai jabatan (true/false)", nullable=True),
                "technical_training": yes_no("Diklat teknis sedikitnya 20 JP setahun (true/false)", nullable=True),
                "seminar": yes_no("Seminar, lokakarya, magang, atau kursus (true/false)", nullable=True),
            },
        ),
        table(
            "posts",
            "Syarat jabatan: bidang ilmu, pendidikan, dan lama pada jenjang",
            ("jabatan",),
            {
                "jabatan": text("Nama jabatan, sama persis dengan tabel participants", unique=True),
                "field": text("Bidang ilmu yang diterima dipisah |, yang utama lebih dahulu", nullable=True),
                "education_level": text("Pendidikan terendah", nullable=True, values=EDUCATION_LEVELS),
                "years_in_tier": number("Lama terpendek pada jenjang di bawahnya, tahun", 0, 45, nullable=True),
            },
        ),
        table(
            "vacancies",
            "Jabatan lowong yang hendak diisi",
            ("vacancy",),
            {
                "vacancy": text("Kode lowongan", unique=True),
                "instansi": text("Nama instansi, sama persis dengan tabel instansi"),
                "unit": text("Unit kerja", nullable=True),
                "jabatan": text("Nama jabatan; syaratnya dibaca dari tabel posts"),
                "jenjang": text("Jenjang jabatan", values=JENJANG),
                "position": text("Kode standar jabatan pada tabel positions", nullable=True),
                "openings": whole("Jumlah lowongan", 1, 1000, nullable=True),
            },
        ),
        table(
            "protected_groups",
            "Kelompok yang dilindungi: hanya untuk DIF dan keadilan",
            ("participant_id",),
            {
                "participant_id": text(PERSON, unique=True),
                "sex": text("L atau P", nullable=True, values=("L", "P")),
                "age_band": text("Kelompok usia", nullable=True),
                "region": text("Daerah asal", nullable=True),
                "disability": yes_no("Penyandang disabilitas", nullable=True),
            },
        ),
        table(
            "official_results",
            "Hasil resmi yang sudah ada, bila diberikan",
            ("participant_id",),
            {
                "participant_id": text(PERSON, unique=True),
                "box": whole("Kotak talenta resmi", 1, 9),
            },
        ),
        table(
            "conflicts",
            "Benturan kepentingan asesor",
            ("assessor", "instansi"),
            {
                "assessor": text("Nama akun asesor"),
                "instansi": text("Instansi yang tidak boleh ditelaah asesor ini"),
            },
        ),
        *RECEIVED_TABLES,
    )
}
