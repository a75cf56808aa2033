"""The data dictionary: what a person who fills in the input files needs to know, made from the schemas.

It is a document in Bahasa Indonesia, so its texts do not go through the catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.records.tables import RESPONSES_EXAMPLE, TABLES

if TYPE_CHECKING:
    from workbench.records.tables import Table

__all__ = ["DICTIONARY_FILE", "EXAMPLE_HEADING", "Note", "data_dictionary", "notes_of"]

DICTIONARY_FILE = "data-dictionary.md"
EXAMPLE_HEADING = ("nip", "BUTIR01", "BUTIR02", "BUTIR03")
_NIP = "NIP atau NI PPPK"
_IDENTITY = {"name": "Nama lengkap; tidak pernah ikut ke tabel hasil, hanya ke identities.parquet"}

_INTRODUCTION = """\
# Kamus data berkas masukan

Dibuat dari `workbench/records/tables.py` oleh `scripts/data_dictionary.py`; jangan diubah dengan tangan.

## Cara mengisi

1. `workbench new FOLDER --template` membuat satu berkas kosong per tabel, XLSX dan CSV. Isi salah satunya.
2. `workbench new RUANG --from FOLDER` memeriksa semuanya lebih dahulu. Bila ada yang salah, setiap masalah disebut
   dengan berkas, baris, dan kolom, dan tidak ada yang dibuat. Berkas yang sah disalin apa adanya ke `RUANG/inputs/`.
   Setelah `--from` boleh disebut beberapa berkas atau folder.

Aturan untuk semua berkas:

- **Nama berkas** adalah nama tabel: `participants.xlsx`, `participants.csv`, atau `participants.parquet`; satu berkas
  per tabel. Berkas jawaban bernama `responses_<instrumen>__<paket>` (dua garis bawah), misalnya
  `responses_potensi__A.csv`.
- **Baris 1** berisi judul kolom persis seperti di bawah. Kolom lain ditolak; kolom yang tidak wajib boleh tidak ada.
- **NIP selalu teks.** Excel menyimpan bilangan sampai 15 angka saja; NIP yang pernah menjadi bilangan kehilangan angka
  terakhirnya dan ditolak. Kolom NIP pada templat XLSX sudah berformat teks.
- **XLSX**: tanpa sel gabungan, tanpa rumus. Bila ada beberapa lembar, yang dibaca lembar bernama `data`.
- **CSV**: UTF-8, pemisah koma atau titik koma, jumlah sel sama di setiap baris. Desimal memakai titik; pada CSV
  bertitik koma (Excel berbahasa Indonesia) koma juga diterima. Pemisah ribuan tidak diterima.
- **Tanggal**: tahun-bulan-hari, misalnya `2024-11-30`; pada XLSX sel tanggal biasa.
- **Pilihan** boleh ditulis dengan huruf besar, spasi, atau tanda hubung: `Sangat Baik` sama dengan `sangat_baik`.
- **Templat yang tidak diisi** (hanya judul kolom) dianggap tidak ada: tabel pilihan yang kosong tidak menghalangi,
  tabel wajib dan berkas jawaban yang kosong ditolak. Berkas berukuran nol selalu ditolak.

Yang tidak menghentikan pemeriksaan, tetapi ditahan dalam daftar karantina beserta alasannya: orang yang dua kali duduk
untuk satu instrumen, yang tercatat tidak hadir atau batal tetapi ada jawabannya, yang kehadirannya mencatat paket lain,
dan yang semua jawabannya kosong.

**Tanpa jawaban butir**, putaran dapat dimulai dari level (`received_levels`) atau lembar komponen (`component_sheet`);
tabel `instruments`, `items`, `forms`, dan `keys` lalu tidak disertakan. Peluangnya bertumpu pada `declared_errors`;
tanpa itu hanya ada kotak. Caranya ada di panduan "Memulai dari level atau lembar komponen".

Tanpa tabel `performance`, atau bila tes tidak mengukur semua skala yang diperlukan kebijakan, rangkaian berakhir pada
validasi skor dan kotak talenta tidak dihitung. Bila butirnya tidak ada pada bank butir, putaran dikalibrasi atas
jawabannya sendiri ("sementara"); itu memerlukan sedikitnya 200 orang per skala, dan di bawah itu rangkaian berakhir
pada analisis butir. Tabel `keys` perlu ada bila jawaban pilihan ganda dikirim sebagai opsi (`raw`).
"""

_RESPONSES = """\
## Berkas jawaban: `responses_<instrumen>__<paket>`

Satu berkas per instrumen dan paket, satu baris per orang, satu kolom per butir paket itu pada tabel `forms` (urutan
kolom bebas; urutan penyajian diambil dari `forms`). Contoh untuk tiga butir:

| nip | BUTIR01 | BUTIR02 | BUTIR03 |
|---|---|---|---|
| 198503122010011001 | A | C |  |
| 199001152022212002 | B | C | D |

- `raw`: opsi apa adanya, salah satu dari `options` butir itu. `scored`: 0 atau 1 untuk mc, salah satu `option_scores`
  untuk ordered.
- **Sel kosong** berarti tidak dijawab. Kosong sebelum jawaban terakhir dicatat sebagai dilewati; pada ekor yang kosong,
  butir pertama dicatat sebagai dilewati dan sisanya sebagai tidak terjangkau.
- Setiap `nip` harus ada pada tabel `participants`.
"""


@dataclass(frozen=True)
class Note:
    """What a person needs to know about one column of an input file.

    Attributes
    ----------
    column, kind, meaning, allowed : str
    required : bool
    values : tuple of str
        The permitted values where there is a closed list.
    """

    column: str
    kind: str
    required: bool
    meaning: str
    allowed: str
    values: tuple[str, ...] = ()


def notes_of(table: Table) -> list[Note]:
    """Return a note for every column of the input file of a table, in order."""
    notes = []
    for name in table.input_columns:
        heading = table.heading(name)
        if name == "nip":
            notes.append(Note(heading, "teks", True, _NIP, "tepat 18 angka"))
        elif name in table.identity_columns:
            notes.append(Note(heading, "teks", True, _IDENTITY[name], ""))
        else:
            notes.append(_note(name, table.schema.columns[name], table.is_required(name)))
    return notes


def _note(name: str, column: Any, required: bool) -> Note:
    kind = str(column.dtype).lower()
    checks = {check.name: check.statistics for check in column.checks}
    if "isin" in checks:
        values = tuple(map(str, checks["isin"]["allowed_values"]))
        return Note(name, "pilihan", required, column.description, ", ".join(values), values)
    if "str_matches" in checks:
        return Note(name, "kode", required, column.description, "tanpa spasi")
    if "datetime" in kind:
        return Note(name, "tanggal", required, column.description, "tahun-bulan-hari")
    if "bool" in kind:
        return Note(name, "ya/tidak", required, column.description, "true, false", ("true", "false"))
    if "in_range" in checks:
        limits = checks["in_range"]
        allowed = f"{limits['min_value']:.15g} sampai {limits['max_value']:.15g}"
        return Note(name, "bilangan bulat" if "int" in kind else "bilangan", required, column.description, allowed)
    return Note(name, "teks", required, column.description, "")


def data_dictionary() -> str:
    """Return the data dictionary as Markdown."""
    parts = [_INTRODUCTION]
    for title, required in (("Tabel wajib", True), ("Tabel pilihan", False)):
        parts.append(f"## {title}\n")
        parts += [_section(table) for table in TABLES.values() if table.required == required]
    parts.append(_RESPONSES)
    parts.append(
        f"Pada templat, berkas contohnya bernama `{RESPONSES_EXAMPLE}`: ganti kedua kata berhuruf besar, salin satu\n"
        "berkas per instrumen dan paket, dan ganti judul kolom dengan kode butir.\n"
    )
    return "\n".join(parts)


def _section(table: Table) -> str:
    key = [table.heading("nip" if name == "participant_id" else name) for name in table.key]
    unique = ", ".join(f"`{name}`" for name in key)
    repeated = (
        f"Pengulangan {unique} dikarantina sebagai dua kali duduk."
        if table.name == "sittings"
        else f"Tidak boleh berulang: {unique}."
    )
    lines = [
        f"### `{table.name}`\n",
        f"{table.title}. {repeated}\n",
        "| kolom | jenis | wajib | arti | nilai yang sah |",
        "|---|---|---|---|---|",
    ]
    for note in notes_of(table):
        meaning, allowed = (text.replace("|", "\\|") for text in (note.meaning, note.allowed))
        lines.append(f"| `{note.column}` | {note.kind} | {'ya' if note.required else '-'} | {meaning} | {allowed} |")
    return "\n".join(lines) + "\n"
