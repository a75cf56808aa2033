"""The dictionary of competencies in an instansi's own copy: read whole, or refused by file and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.policy import KAMUS_FILE, load_competencies, load_kamus

LEVELS = [f"menunjukkan hal ke-{n}" for n in range(1, 6)]
TEXT = f"""source = "Lampiran aturan, halaman 7"
verified = "v"

[competencies.integritas]
definition = "arti integritas"
levels = {LEVELS!r}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / KAMUS_FILE
    path.write_text(text, encoding="utf-8")
    return path


def test_a_copy_is_read_with_its_source(tmp_path: Path) -> None:
    kamus = load_kamus(written(tmp_path, TEXT), load_competencies())
    assert kamus is not None
    assert (kamus.source, kamus.verified) == ("Lampiran aturan, halaman 7", "v")
    assert kamus.competencies["integritas"].definition == "arti integritas"
    assert list(kamus.competencies["integritas"].levels) == LEVELS


def test_without_a_copy_there_is_none(tmp_path: Path) -> None:
    assert load_kamus(tmp_path / KAMUS_FILE, load_competencies()) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("integritas]", "kejujuran]"), "'kejujuran' tidak ada pada standar"),
        (('"v"', '"pasti"'), "kamus.toml: verified: harus salah satu dari"),
        (("'menunjukkan hal ke-5'", ""), "kamus.toml: competencies.integritas.levels"),
        (('"arti integritas"', '""'), "kamus.toml: competencies.integritas.definition"),
        (('source = "Lampiran aturan, halaman 7"', ""), "kamus.toml: source: isian ini wajib ada"),
        (("[competencies.integritas]", "[competencies.integritas"), "kamus.toml: bukan TOML"),
    ],
)
def test_a_fault_is_one_sentence(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert change[0] in TEXT
    with pytest.raises(ValueError, match=r"kamus\.toml") as refused:
        load_kamus(written(tmp_path, TEXT.replace(*change)), load_competencies())
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_empty_dictionary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="belum memuat satu kompetensi pun"):
        load_kamus(written(tmp_path, TEXT.split("[")[0] + "[competencies]\n"), load_competencies())
