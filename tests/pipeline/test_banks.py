"""Versions of the bank on the command line: listed, compared, applied, refused; and nothing is left half."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.pipeline import banks, cuts
from workbench.pipeline.intake import take_in
from workbench.pipeline.own_files import DEFAULT_POLICY
from workbench.pipeline.run import stages_to_run
from workbench.records.bank import Bank, bank_hash, copy_bank, list_banks, load_bank, save_bank
from workbench.review.store import Case, Store
from workbench.simulation import new_workspace
from workbench.workspace import Workspace

DEMO = "nasional-2023-demo"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small round that was taken in and not run; read only."""
    folder = tmp_path_factory.mktemp("banks") / "pekalongan"
    take_in(new_workspace(folder, cohort="pekalongan-2024", size=60, seed=3))
    return folder


@pytest.fixture
def round_(made: Path, tmp_path: Path) -> Workspace:
    return Workspace(shutil.copytree(made, tmp_path / "pekalongan"))


def variant(folder: Path, version: str, change: Callable[[Bank], dict[str, object]] | None = None) -> Path:
    """Write the demo bank under another name, changed."""
    demo = load_bank(DEMO)
    save_bank(replace(demo, version=version, **(change(demo) if change else {})), folder / version)
    return folder / version


def said(capsys: pytest.CaptureFixture[str]) -> dict:
    return json.loads(capsys.readouterr().out)


def test_a_bank_that_is_applied_lies_in_the_workspace_and_changes_what_is_run(round_, tmp_path, capsys):
    bank = variant(tmp_path, "uji-1")
    comment = "# catatan tim: jangan dihapus\n"
    settings = round_.path / "workbench.toml"
    settings.write_text(comment + settings.read_text(encoding="utf-8"), encoding="utf-8")
    before = round_.bank_source
    assert banks.apply_command(round_.path, str(bank), as_json=True) == 0
    answer = said(capsys)
    after = Workspace(round_.path)
    assert before == DEMO
    assert after.settings.bank == "uji-1"
    assert after.bank_source == after.banks / "uji-1"
    assert answer["hash"] == bank_hash(after.banks / "uji-1") == bank_hash(bank)
    assert answer["stages"] == ["items", "scores", "boxes", "reports"]
    assert settings.read_text(encoding="utf-8").startswith(comment)
    assert after.settings.model_copy(update={"bank": DEMO}) == round_.settings
    assert sorted(path.name for path in after.banks.iterdir()) == ["uji-1"]
    shutil.rmtree(bank)  # the workspace stands alone
    assert load_bank(after.bank_source).version == "uji-1"
    assert banks.apply_command(round_.path, "uji-1") == 0


def test_the_content_of_a_bank_is_part_of_every_address(round_, tmp_path):
    from workbench.pipeline.run import Reporter, _Chain, reachable_stages

    banks.apply_command(round_.path, str(variant(tmp_path, "uji-1")))

    def addresses() -> dict[str, str]:
        chain = _Chain(Workspace(round_.path), (), 1, fresh=False, debug=False, reporter=Reporter())
        return {
            stage.name: chain.jobs_of(stage)[0].inputs["bank"] for stage in reachable_stages(Workspace(round_.path))
        }

    first = addresses()
    assert len(set(first.values())) == 1
    assert set(first) == {"items", "scores", "boxes", "reports"}
    shutil.rmtree(round_.banks / "uji-1")
    harder = variant(tmp_path / "b", "uji-1", lambda bank: {"level_cuts": bank.level_cuts.assign(standard_error=0.1)})
    copy_bank(harder, round_.banks / "uji-1")
    assert not set(first.values()) & set(addresses().values())


def without(scale: str) -> Callable[[Bank], dict[str, object]]:
    def change(bank: Bank) -> dict[str, object]:
        population = bank.population[bank.population["scale"] != scale].drop(columns=scale)
        items = bank.item_parameters[bank.item_parameters["scale"] != scale]
        return {"population": population.reset_index(drop=True), "item_parameters": items.reset_index(drop=True)}

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without("integritas"), "tidak memuat 1 skala yang diukur putaran ini: integritas"),
        (lambda _bank: {"provisional": True}, "sementara"),
        (
            lambda bank: {"item_parameters": bank.item_parameters.assign(categories=7)},
            "7 kategori, putaran ini 4",
        ),
    ],
)
def test_a_bank_that_does_not_fit_is_refused_and_changes_nothing(round_, tmp_path, fingerprint, change, words):
    bank = variant(tmp_path, "uji-2", change)
    before = fingerprint(round_.path)
    with pytest.raises(ValueError, match=words):
        banks.apply_command(round_.path, str(bank))
    assert fingerprint(round_.path) == before


def test_items_that_the_bank_lacks_are_named(round_, tmp_path, capsys):
    def fewer(bank: Bank) -> dict[str, object]:
        return {"item_parameters": bank.item_parameters[bank.item_parameters["item_id"] != "INT01"]}

    banks.apply_command(round_.path, str(variant(tmp_path, "uji-3", fewer)))
    assert "tidak ikut skor: INT01." in capsys.readouterr().out


def test_another_content_under_the_same_name_is_refused(round_, tmp_path):
    banks.apply_command(round_.path, str(variant(tmp_path / "a", "uji-1")))
    other = variant(tmp_path / "b", "uji-1", lambda bank: {"level_cuts": bank.level_cuts.assign(standard_error=0.1)})
    with pytest.raises(ValueError, match="sudah punya bank uji-1 dengan isi lain"):
        banks.apply_command(round_.path, str(other))


def test_votes_keep_a_bank_out_unless_a_reason_is_given(round_, tmp_path, capsys, cast_vote):
    bank = variant(tmp_path, "uji-1")
    store = Store(round_.database_url)
    content = {"box": 5, "risk": 0.2, "p": [0.0] * 9}
    store.replace_cases([Case("K1", "run-1", 1, "P1", "Kota", "pengawas", content)], run="run-1")
    store.close()
    cast_vote(round_.path)
    settings = (round_.path / "workbench.toml").read_bytes()
    with pytest.raises(ValueError, match="--reopen ALASAN"):
        banks.apply_command(round_.path, str(bank))
    assert (round_.path / "workbench.toml").read_bytes() == settings
    assert not round_.banks.exists()
    assert banks.apply_command(round_.path, str(bank), reopen="bank baru disepakati") == 0
    assert "--reopen" in capsys.readouterr().out
    assert Workspace(round_.path).settings.bank == "uji-1"


def test_a_round_that_ended_for_want_of_a_bank_goes_on(round_, tmp_path):
    settings = round_.settings.model_copy(
        update={"bank": "", "policy": "", "ends_after": "items", "ends_because": "Tanpa bank butir."}
    )
    (round_.path / "workbench.toml").write_text(settings.to_toml(), encoding="utf-8")
    assert Workspace(round_.path).provisional_mark.startswith("SEMENTARA")
    banks.apply_command(round_.path, str(variant(tmp_path, "uji-1")))
    after = Workspace(round_.path)
    assert (after.settings.ends_after, after.settings.policy) == ("", DEFAULT_POLICY)
    assert after.provisional_mark == ""
    assert stages_to_run(after) == ["items", "scores", "boxes", "reports"]


def test_an_interrupted_copy_leaves_nothing(round_, tmp_path, fingerprint, monkeypatch):
    bank = variant(tmp_path, "uji-1")
    before = fingerprint(round_.path)

    def stop(source: object, target: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("workbench.records.bank.shutil.copyfile", stop)
    with pytest.raises(KeyboardInterrupt):
        banks.apply_command(round_.path, str(bank))
    assert fingerprint(round_.path) == before
    assert list_banks(round_.banks) == ()


def test_the_list_marks_what_is_in_use_provisional_or_damaged(round_, tmp_path, capsys):
    banks.apply_command(round_.path, str(variant(tmp_path, "uji-1")))
    variant(round_.banks, "rusak")
    (round_.banks / "rusak" / "population.csv").write_text("scale\n", encoding="utf-8")
    capsys.readouterr()
    banks.list_command(round_.path, as_json=True)
    rows = {row["version"]: row for row in said(capsys)["banks"]}
    assert [name for name, row in rows.items() if row["in_use"]] == ["uji-1"]
    assert rows[DEMO]["assumed_cuts"]
    assert "tanpa kolom mean" in rows["rusak"]["problem"]
    banks.list_command(round_.path)
    text = capsys.readouterr().out
    assert "* uji-1 (ruang kerja)" in text
    assert "batas level ASUMSI" in text
    settings = (round_.path / "workbench.toml").read_text(encoding="utf-8").replace('"uji-1"', '""')
    (round_.path / "workbench.toml").write_text(settings, encoding="utf-8")
    banks.list_command(round_.path)
    assert "* sementara-pekalongan-2024 (ruang kerja): SEMENTARA" in capsys.readouterr().out


def test_a_number_that_somebody_changed_is_noticed(tmp_path):
    bank = variant(tmp_path, "uji-1")
    path = bank / "level_cuts.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("-0.4", "-0.3", 1), encoding="utf-8")
    with pytest.raises(ValueError, match="isinya berubah sejak dibuat"):
        load_bank(bank)


def test_compare_says_what_differs(tmp_path, capsys):
    other = variant(
        tmp_path,
        "uji-1",
        lambda bank: {
            "level_cuts": bank.level_cuts.assign(theta=bank.level_cuts["theta"] + 0.1),
            "origin": {"metric": DEMO},
        },
    )
    banks.compare_command(DEMO, str(other), as_json=True)
    answer = said(capsys)
    assert answer["same_metric"]
    assert len(answer["items"]) == 991
    assert all(row["same"] for row in answer["items"])
    assert {round(row["difference"], 6) for row in answer["cuts"]} == {0.1}
    assert any("132 batas level berbeda" in sentence for sentence in answer["sentences"])
    with pytest.raises(ValueError, match="Bank butir 'tidak-ada' tidak ada; yang tersedia"):
        banks.compare_command(DEMO, "tidak-ada")


def test_a_version_is_made_only_of_a_round_that_is_finished(round_, capsys):
    with pytest.raises(ValueError, match="belum selesai dihitung"):
        banks.make_command(round_.path, "baru")
    with pytest.raises(ValueError, match="sudah ada"):
        banks.make_command(round_.path, DEMO)
    with pytest.raises(ValueError, match="Nama versi bank"):
        banks.make_command(round_.path, "Baru!")
    assert not round_.banks.exists()


def test_cuts_from_ratings_become_a_version_with_its_source(round_, tmp_path, capsys):
    cuts.ratings_command(str(round_.path), scales=["integritas"], method="bookmark", raters=4)
    folder = round_.path / "standard_setting"
    with (folder / "ratings.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    for place, row in enumerate(rows):
        row |= {"panel": "Panel A", "date": "2026-11-20", "value": str(9 * int(row["level"]) - 8 + place % 3)}
    filled = folder / "terisi.csv"
    with filled.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    capsys.readouterr()
    assert cuts.cuts_command(DEMO, filled, tmp_path / "panel-2026", as_json=True) == 0
    answer = said(capsys)
    bank = load_bank(tmp_path / "panel-2026")
    assert bank.version == "panel-2026"
    assert bank.origin["ratings"]["raters"] == 4
    assert len(bank.origin["ratings"]["sha256"]) == 64
    assert bank.metric == DEMO
    assert bank.cuts("integritas").tolist() == pytest.approx([row["theta"] for row in answer["cuts"]], abs=1e-5)
    with pytest.raises(ValueError, match="sudah ada"):
        cuts.cuts_command(DEMO, filled, tmp_path / "panel-2026")
    # The notebook shows the same, and writes only when it is told a name.
    panel = cuts.panel_of(round_)
    assert panel.cuts["theta"].tolist() == pytest.approx([row["theta"] for row in answer["cuts"]])
    assert "belum diskor" in panel.sentences[-1]
    assert "isi parameter 'version'" in cuts.write_version(panel, "")
    assert "bank apply" in cuts.write_version(panel, "panel-nb")
    assert bank_hash(round_.banks / "panel-nb") != bank_hash(tmp_path / "panel-2026")  # the name stands in the cuts
    (folder / "terisi.csv").unlink()
    assert "Belum ada penilaian" in cuts.panel_of(round_).sentences[0]
