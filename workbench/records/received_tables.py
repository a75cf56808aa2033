"""What an instansi holds instead of answers: levels or the component sheet, with the error that their owner declares.

The component sheet has the headings with which it is exchanged, letter by letter; its columns keep these names.
"""

from __future__ import annotations

from workbench.policy import load_instruments
from workbench.records.columns import PERSON, number, table, text, whole

__all__ = [
    "COMPONENT_SHEET",
    "DECLARED_ERRORS",
    "MEASURED_COMPONENTS",
    "RECEIVED_LEVELS",
    "RECEIVED_TABLES",
    "SHEET_COMPONENTS",
    "received_scales",
]

RECEIVED_LEVELS = "received_levels"
COMPONENT_SHEET = "component_sheet"
DECLARED_ERRORS = "declared_errors"

# Heading of each component, and the component of a policy that it holds the points of.
SHEET_COMPONENTS = {
    "X - Penilaian Kompetensi": "kompetensi",
    "X - Pengembangan Kompetensi": "pengembangan_kompetensi",
    "X - Pengalaman Jabatan": "pengalaman_jabatan",
    "X - Penilaian Potensi": "potensi",
    "X - Tingkat Pendidikan Formal": "pendidikan",
    "X - Kesesuaian Bidang Ilmu": "kesesuaian_bidang",
    "X - Verifikasi Rekam Jejak Disiplin": "disiplin",
    "Y - Penilaian Kinerja": "kinerja_utama",
    "Y - Penghargaan": "penghargaan",
    "Y - Penugasan dalam Tim Kerja": "penugasan_tim",
    "Y - Umpan Balik Kinerja 360": "umpan_balik_360",
}
# Those that rest on a test, and so have an error that somebody may declare.
MEASURED_COMPONENTS = ("X - Penilaian Kompetensi", "X - Penilaian Potensi")
# The competencies of the standard come first, then the potential; tests of reasoning alone have no levels.
_ORDER = ("competency", "potential", "literacy", "emerging")


def received_scales() -> dict[str, str]:
    """Return the scales of which levels may be received, with their titles."""
    known = [one for one in load_instruments().values() if one.kind in _ORDER]
    ordered = sorted(known, key=lambda one: _ORDER.index(one.kind))
    return {scale.key: scale.title for one in ordered for scale in one.scales}


RECEIVED_TABLES = (
    table(
        RECEIVED_LEVELS,
        "Level yang diterima, pengganti jawaban: satu baris per orang, satu kolom per kompetensi atau aspek; sel "
        "kosong berarti tidak diukur",
        ("participant_id",),
        {
            "participant_id": text(PERSON, unique=True),
            **{key: whole(f"Level {title}", 1, 5, nullable=True) for key, title in received_scales().items()},
        },
    ),
    table(
        COMPONENT_SHEET,
        "Lembar komponen, pengganti jawaban: nilai 0-100 tiap komponen kedua sumbu, belum dikalikan bobot; sel kosong "
        "berarti belum ada data",
        ("participant_id",),
        {
            "participant_id": text(PERSON, unique=True),
            "Unit Organisasi": text("Unit kerja", nullable=True),
            "Jabatan": text("Nama jabatan", nullable=True),
            "Nilai X": number("Nilai sumbu potensial menurut pengirim; hanya diperiksa", 0, 100, nullable=True),
            "Nilai Y": number("Nilai sumbu kinerja menurut pengirim; hanya diperiksa", 0, 100, nullable=True),
            "Box": whole("Kotak menurut pengirim; hanya diperiksa", 1, 9, nullable=True),
            **{heading: number("Nilai komponen, 0 sampai 100", 0, 100, nullable=True) for heading in SHEET_COMPONENTS},
        },
        identity_columns=("name",),
        headings={"nip": "NIP", "name": "Nama"},
    ),
    table(
        DECLARED_ERRORS,
        "Galat yang dinyatakan pemilik instrumen, untuk level yang diterima atau lembar komponen",
        ("measure",),
        {
            "measure": text(
                "Kode skala atau kode instrumen (mansoskul, potensi, literasi-digital, emerging-skills); untuk lembar "
                "komponen judul kolomnya, misalnya X - Penilaian Potensi"
            ),
            "reliability": number("Reliabilitas, di antara 0 dan 1; isi ini atau standard_error", 0, 1, nullable=True),
            "standard_error": number(
                "Galat baku: satuan theta untuk level, poin untuk lembar komponen", 0, 100, nullable=True
            ),
            "sd": number(
                "Hanya lembar komponen: simpangan baku nilai pada kelompok tempat reliabilitas itu ditemukan",
                0,
                50,
                nullable=True,
            ),
            "declared_by": text("Siapa yang menyatakan: pemilik instrumen"),
            "reference": text("Dokumen dan halaman tempat angka itu tertulis", nullable=True),
        },
    ),
)
