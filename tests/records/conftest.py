"""A small valid round, written out by hand, and the ways to write it as files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

PEOPLE = 12
LETTERS = "ABCD"
KEY = dict(zip([f"KOG{n:02d}" for n in range(1, 9)], "ABCDABCD", strict=True))
ORDERED = [f"SIK{n:02d}" for n in range(1, 7)]
INSTANSI = ("Pemerintah Kota Pekalongan", "Badan Kepegawaian Daerah")


def nip(person: int) -> str:
    """A NIP of nobody; the third person has an NI PPPK."""
    middle = "202221" if person == 3 else "201001"
    return f"19{80 + person % 10}0{1 + person % 9}1{person % 9}{middle}{1 + person % 2}{person + 1:03d}"


def valid_round() -> dict[str, pd.DataFrame]:
    """Input tables by name, every cell a text; an empty text is an empty cell."""
    people = range(PEOPLE)
    nips = [nip(person) for person in people]
    tables = {
        "participants": pd.DataFrame(
            {
                "nip": nips,
                "name": [f"Orang {person}" for person in people],
                "instansi": [INSTANSI[person % 2] for person in people],
                "unit": "Sekretariat",
                "klaster": "K1",
                "jenjang": [("pengawas", "administrator")[person % 2] for person in people],
                "jabatan": "Kepala Bagian",
                "birth_year": [number[:4] for number in nips],
                "date_in_post": "2021-03-01",
            }
        ),
        "instansi": pd.DataFrame({"instansi": INSTANSI, "province": "Jawa Tengah", "invited": str(PEOPLE // 2)}),
        "instruments": pd.DataFrame(
            {
                "instrument": ["kognitif", "sikap"],
                "title": ["Kemampuan kognitif", "Sikap kerja"],
                "responses": "raw",
                "key_version": ["1", "-"],
            }
        ),
        "items": pd.DataFrame(
            {
                "item_id": [*KEY, *ORDERED],
                "instrument": ["kognitif"] * len(KEY) + ["sikap"] * len(ORDERED),
                "scale": ["penalaran"] * len(KEY) + ["ketekunan"] * len(ORDERED),
                "format": ["mc"] * len(KEY) + ["ordered"] * len(ORDERED),
                "options": "A|B|C|D",
                "option_scores": [""] * len(KEY) + ["2|4|1|3"] * len(ORDERED),
            }
        ),
        "keys": pd.DataFrame({"item_id": [*KEY], "key_version": "1", "key": [*KEY.values()]}),
        "forms": pd.DataFrame(
            {
                "instrument": ["kognitif"] * len(KEY) + ["sikap"] * len(ORDERED),
                "form": "A",
                "item_id": [*KEY, *ORDERED],
                "position": [str(n) for n in [*range(1, len(KEY) + 1), *range(1, len(ORDERED) + 1)]],
            }
        ),
        "performance": pd.DataFrame({"nip": nips, "year": "2023", "predicate": "baik", "feedback_360": "87.5"}),
        "protected_groups": pd.DataFrame({"nip": nips, "sex": ["LP"[person % 2] for person in people]}),
        "sittings": pd.DataFrame(
            [[number, which, "A", "2024-08-05", "present"] for which in ("kognitif", "sikap") for number in nips],
            columns=["nip", "instrument", "form", "date", "status"],
        ),
    }
    for name, items in (("kognitif", [*KEY]), ("sikap", ORDERED)):
        answers = {item: [LETTERS[(person + place) % 4] for person in people] for place, item in enumerate(items)}
        tables[f"responses_{name}__A"] = pd.DataFrame({"nip": nips, **answers})
    return tables


def write_csv(path: Path, frame: pd.DataFrame, separator: str = ",") -> Path:
    frame.to_csv(path, index=False, sep=separator, lineterminator="\n")
    return path


def write_xlsx(path: Path, frame: pd.DataFrame, change: Callable[[openpyxl.Workbook], object] | None = None) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(list(frame.columns))
    for line in frame.itertuples(index=False):
        sheet.append([value if value != "" else None for value in line])
    if change is not None:
        change(book)
    book.save(path)
    return path


def write_parquet(path: Path, frame: pd.DataFrame) -> Path:
    frame.to_parquet(path, index=False)
    return path


@dataclass
class Round:
    """The files of the valid round in a folder of one's own; tests break them."""

    folder: Path

    def frame(self, name: str) -> pd.DataFrame:
        return valid_round()[name]

    def write(self, name: str, frame: pd.DataFrame, ending: str = "csv", **how: object) -> Path:
        for old in self.folder.glob(f"{name}.*"):
            old.unlink()
        writers = {"csv": write_csv, "xlsx": write_xlsx, "parquet": write_parquet}
        return writers[ending](self.folder / f"{name}.{ending}", frame, **how)

    def cell(self, name: str, row: int, column: str, value: str, ending: str = "csv") -> Path:
        """Change one cell; rows as a person counts, the heading being row 1."""
        frame = self.frame(name)
        frame.loc[row - 2, column] = value
        return self.write(name, frame, ending)

    def lines(self, name: str) -> list[str]:
        return (self.folder / f"{name}.csv").read_text(encoding="utf-8").splitlines()

    def write_lines(self, name: str, lines: list[str]) -> None:
        (self.folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def small_round(tmp_path: Path) -> Round:
    folder = tmp_path / "inputs"
    folder.mkdir()
    for name, frame in valid_round().items():
        write_csv(folder / f"{name}.csv", frame)
    return Round(folder)
