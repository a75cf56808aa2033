"""What-if on a whole round: read from the workspace, asked by function and by command."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from workbench.analysis import boxes, items, margins, policy_comparison, recalibration, what_if
from workbench.analysis.opened_round import OpenedRound, open_round
from workbench.cli import main
from workbench.policy import policy_path
from workbench.psychometrics import irt, linking
from workbench.reports import cliff_figures, question_pages
from workbench.talent import standing
from workbench.talent.what_if import changed_list
from workbench.workspace import Workspace

KEPKA, PERMENPANRB = "kepka-bkn-411-2025", "permenpanrb-3-2020"


@pytest.fixture(scope="module")
def asked(pekalongan) -> OpenedRound:
    workspace = Workspace(pekalongan)
    return open_round(workspace, boxes.place_cohort(workspace))


@pytest.fixture
def copy(pekalongan, tmp_path) -> Path:
    folder = tmp_path / "salinan"
    shutil.copytree(pekalongan, folder, ignore=shutil.ignore_patterns("runs", "reports", "inputs", "truth"))
    return folder


def multiple_choice(asked: OpenedRound) -> pd.Series:
    used = asked.items[asked.items["scale"].isin(asked.result.policy.used_scales) & (asked.items["format"] == "mc")]
    return used.iloc[3]


def full(asked: OpenedRound, summaries: pd.DataFrame, scale: str) -> pd.DataFrame:
    """Who changes, by placing everybody on a table of scores that differs on one scale."""
    result = asked.result
    grid = asked.workspace.read("grid_likelihoods")
    posterior = standing.posterior(summaries, result.bank.population, grid[grid["scale"] != scale])
    posterior = posterior.less_precise(result.posterior.ratios)
    settings = asked.workspace.settings
    again = standing.place(
        posterior, result.people, result.policy, result.bank, draws=settings.draws, seed=settings.seed
    )
    return changed_list(result.boxes, again, result.policy)


def with_scores(asked: OpenedRound, scale: str, people, scores: pd.DataFrame) -> pd.DataFrame:
    table = asked.workspace.read("scores", ["participant_id", "scale", "eap", "eap_se"])
    mine = pd.DataFrame({"participant_id": people, "scale": scale, "eap": scores["theta"], "eap_se": scores["se"]})
    return pd.concat([table[table["scale"] != scale], mine], ignore_index=True)


def test_a_dropped_item_is_that_of_scores_made_without_it(asked):
    found = 0
    for item in ("KIN02", multiple_choice(asked).name, "KEM03"):
        scale = asked.items.loc[item, "scale"]
        people, calibration, answers = asked.matrix(scale)
        fewer = irt.Calibration.from_items(calibration.items[calibration.items["item_id"] != item])
        scores = irt.score(fewer, answers.drop(columns=item), "EAP")
        expected = full(asked, with_scores(asked, scale, people, scores), scale)
        answer = what_if.what_if(asked, item, "drop")
        pd.testing.assert_frame_equal(answer.changed, expected, atol=1e-6)
        found += len(expected)
        assert str(len(expected)) in answer.sentence or answer.changed.empty
    assert found > 0


def test_a_second_right_option_is_counted_as_right(asked):
    item = multiple_choice(asked)
    instrument = asked.responses(item["instrument"])
    option = next(o for o in item["options"].split("|") if o != instrument.keys[item.name])
    people, calibration, answers = asked.matrix(item["scale"])
    form = next(f for f in instrument.forms if item.name in f.item_ids)
    chose = dict(zip(instrument.participant_id[form.persons], form.options[item.name], strict=True))
    right = [int(before == 1 or chose[p] == option) for p, before in zip(people, answers[item.name], strict=True)]
    assert sum(right) > int((answers[item.name] == 1).sum())
    scores = irt.score(calibration, answers.assign(**{item.name: right}), "EAP")
    expected = full(asked, with_scores(asked, item["scale"], people, scores), item["scale"])
    pd.testing.assert_frame_equal(what_if.what_if(asked, item.name, "also", option).changed, expected, atol=1e-6)


def test_a_new_key_has_new_parameters_and_says_so(asked):
    item = multiple_choice(asked)
    key = asked.responses(item["instrument"]).keys[item.name]
    wrong = next(o for o in item["options"].split("|") if o != key)
    answer = what_if.what_if(asked, item.name, "key", wrong)
    assert any("daya beda" in note for note in answer.notes)
    assert any("bukan kunci" in note for note in answer.notes)  # a wrong option falls with ability


def second_by_hand(asked: OpenedRound, item: str, action: str, option: str) -> pd.DataFrame:
    """Calibrate the scale by the changed answers, link by the other items, score, place everybody."""
    scale = asked.items.loc[item, "scale"]
    responses = asked.responses(asked.items.loc[item, "instrument"])
    people, known, answers = asked.matrix(scale)
    everybody = pd.DataFrame(responses.matrix(scale, "calibration"), columns=list(responses.items_of(scale)))
    everybody = everybody[list(known.item_ids)]
    if action == "drop":
        everybody, answers = everybody.drop(columns=item), answers.drop(columns=item)
    else:
        form = next(f for f in responses.forms if item in f.item_ids)
        chose = dict(zip(responses.participant_id[form.persons], form.options[item], strict=True))
        everybody, answers = (
            frame.assign(
                **{item: [-1 if v < 0 else int(chose[p] == option) for p, v in zip(who, frame[item], strict=True)]}
            )
            for who, frame in ((responses.participant_id, everybody), (people, answers))
        )
    own = irt.calibrate(everybody, "GRM" if asked.items.loc[item, "format"] == "ordered" else "2PL")
    line, _drift = linking.purified_link(own.items[own.items["item_id"] != item], asked.result.bank.items(scale))
    moved = irt.Calibration.from_items(line.items(own.items))
    scores = irt.score(moved, answers[list(moved.item_ids)], "EAP")
    return full(asked, with_scores(asked, scale, people, scores), scale)


def test_the_second_step_scores_by_a_new_calibration_on_the_metric_of_the_bank(asked, monkeypatch):
    monkeypatch.setattr(items, "MINIMUM_CALIBRATION", 100)
    responses = asked.responses(asked.items.loc["MPM01", "instrument"])
    wrong = next(o for o in asked.items.loc["MPM01", "options"].split("|") if o != responses.keys["MPM01"])
    moved = differ = 0
    for question in (("MPM01", "drop", ""), ("KEM01", "drop", ""), ("MPM01", "key", wrong)):
        first = what_if.what_if(asked, *question)
        said: list[str] = []
        second = recalibration.recalibrated(asked, first, said.append)
        assert said == ["kalibrasi tanpa perubahan", "kalibrasi dengan perubahan"]
        expected = second_by_hand(asked, *question)
        pd.testing.assert_frame_equal(second.changed, expected, atol=1e-6)
        # Side by side: everybody whom either step moves, and where the two differ.
        beside = second.beside.set_index("participant_id")
        assert set(beside.index) == set(first.changed["participant_id"]) | set(expected["participant_id"])
        one, two = (frame.set_index("participant_id")["to_box"] for frame in (first.changed, expected))
        for person, row in beside.iterrows():
            assert row["to_box_first"] == one.get(person, row["from_box"])
            assert row["to_box_second"] == two.get(person, row["from_box"])
            assert row["differs"] == (row["to_box_first"] != row["to_box_second"])
        assert f"bagi {int(beside['differs'].sum())} orang" in second.sentences[1]
        moved, differ = moved + len(expected), differ + int(beside["differs"].sum())
    assert moved > 0
    assert differ > 0


def test_too_few_people_for_a_calibration_get_a_sentence_and_no_list(asked):
    first = what_if.what_if(asked, "KIN02", "drop")
    with pytest.raises(ValueError, match=r"Langkah kedua tidak dihitung\. Skala .* orang < 200"):
        recalibration.recalibrated(asked, first)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (("TIDAK", "drop"), "Butir TIDAK tidak ada pada tabel items"),
        (("KIN02", "ganti"), "Tindakan 'ganti' tidak dikenal"),
        (("KIN02", "drop", "A"), "tidak memerlukan opsi"),
        (("KIN02", "key", "Z"), "Opsi 'Z' bukan opsi butir KIN02"),
        (("KEM03", "also", "A"), "berskor bertingkat dan tidak punya kunci"),
        (("DSK01", "drop"), "yang tidak dipakai kebijakan kepka"),
    ],
)
def test_questions_without_sense_are_refused(asked, question, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        what_if.what_if(asked, *question)
    assert "\n" not in str(caught.value)


def test_the_key_itself_is_no_question(asked):
    item = multiple_choice(asked)
    key = asked.responses(item["instrument"]).keys[item.name]
    with pytest.raises(ValueError, match=f"Opsi {key} sudah menjadi kunci butir {item.name}"):
        what_if.what_if(asked, item.name, "key", key)


def test_single_items_fill_the_boxes_and_the_paths(asked, pekalongan):
    table = margins.flip_table(asked)
    result, paths = margins.with_flip_items(asked.result, table)
    assert len(table) > 0
    filled = result.boxes[result.boxes["flip_item"] != ""]
    assert set(filled["participant_id"]) == set(table["participant_id"])
    for row in filled.to_dict("records"):
        mine = table[table["participant_id"] == row["participant_id"]]
        assert row["flip_item"] == mine.loc[mine["change"].abs().idxmax(), "item_id"]
    assert paths["items"].str.count(r"\(").max() <= 3
    assert (paths["items"] != "").sum() == len(filled)
    # The run left the same, and nothing else of the boxes has changed.
    stored = Workspace(pekalongan).read("boxes")
    assert stored["flip_item"].fillna("").tolist() == result.boxes["flip_item"].tolist()
    decisive, sentence = margins.decisive_items(table, result.boxes)
    assert decisive["people"].sum() == len(table)
    assert sentence.startswith(f"{len(filled)} dari ")


def test_advice_covers_everybody_who_is_placed(asked):
    advice = margins.retest_advice(asked)
    counts = margins.advice_counts(advice, asked.result)
    placed = asked.result.boxes["withheld_reason"] == ""
    assert counts["people"].sum() == placed.sum()
    below = (asked.result.boxes["kinerja"] < 60 - 1e-9).sum()
    assert counts.set_index("advice").loc["kinerja menentukan", "people"] == below
    assert margins.advice_sentence(advice).startswith(f"Dari {len(advice)} keputusan")
    assert margins.advice_sentence(advice.iloc[:0]) == "Tidak ada keputusan dengan risiko 5 % atau lebih."


def test_rule_sets_say_who_would_move(asked, monkeypatch):
    summary, people = margins.rule_sets_in_persons(asked)
    assert (summary["changed"] == people.groupby("rule_set").size().reindex(summary["rule_set"]).fillna(0).values).all()
    assert summary["share_low"].isna().all()
    # Beyond the limit a sample is placed, with an interval.
    monkeypatch.setattr(margins, "SAMPLE", 60)
    sampled, _people = margins.rule_sets_in_persons(asked)
    assert (sampled["placed"] <= 60).all()
    assert (sampled["share_low"] <= sampled["changed"] / sampled["placed"]).all()
    assert (sampled["share_high"] >= sampled["changed"] / sampled["placed"]).all()


def test_policies_at_hand_with_an_own_file_and_a_wrong_one(copy):
    workspace = Workspace(copy)
    result = boxes.place_cohort(workspace)
    folder = copy / "policies"
    folder.mkdir()
    text = policy_path(KEPKA).read_text(encoding="utf-8")
    own = text.replace(f'key = "{KEPKA}"', 'key = "milik-sendiri"').replace(
        "potensial = [60, 80]", "potensial = [78, 90]"
    )
    (folder / "a.toml").write_text(own, encoding="utf-8")
    (folder / "b.toml").write_text(text.replace("weight = 60", "weight = 61"), encoding="utf-8")
    found = policy_comparison.compare_policies(workspace, result)
    assert [one.policy.key for one in found.rounds] == [KEPKA, PERMENPANRB, "milik-sendiri"]
    assert len(found.refused) == 1
    assert "b.toml: seluruh berkas: bobot kinerja berjumlah 101, harus 100." in found.refused[0]
    with pytest.raises(ValueError, match=r"b\.toml: .*harus 100"):
        policy_comparison.compare_policies(workspace, result, [folder / "b.toml"], strict=True)
    (folder / "b.toml").write_text(
        text.replace("weight = 60", "weight = 55").replace(
            'weight = 10\nsource = "Kepka BKN 411/2025; pembagian',
            'weight = 15\nsource = "Kepka BKN 411/2025; pembagian',
        ),
        encoding="utf-8",
    )
    again = policy_comparison.compare_policies(workspace, result)
    assert again.refused == (
        f"Tidak dibandingkan: Dua kebijakan berkunci '{KEPKA}'; beri kebijakan sendiri kunci (key) yang lain.",
    )
    with pytest.raises(ValueError, match=f"Dua kebijakan berkunci '{KEPKA}'"):
        policy_comparison.compare_policies(workspace, result, [folder / "b.toml"], strict=True)
    page = question_pages.comparison_page(found, "Pekalongan <2024>")
    assert "<script" not in page
    assert "Pekalongan &lt;2024&gt;" in page
    assert len(page) < 60_000


def test_the_cliff_figure_has_its_numbers_behind_it(asked):
    found = margins.cliff_map(asked.result)
    figure = cliff_figures.cliff_lines(found)
    assert figure.table["net"].tolist() == (figure.table["into"] - figure.table["out"]).tolist()
    assert len(figure.table) == 44  # two axes, two cuts, eleven shifts
    assert 'role="img"' in figure._repr_html_()
    broken = replace(asked.result, boxes=asked.result.boxes.assign(kinerja_sd=1.0))
    held = margins.cliff_map(broken)
    assert held.table.empty
    assert "Peta tebing tidak dihitung" in cliff_figures.cliff_lines(held)._repr_html_()


def test_the_commands_print_write_and_refuse(copy, capsys):
    def run(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main([*map(str, words)])
        said = capsys.readouterr()
        return left.value.code, said.out, said.err

    status, out, _err = run("what-if", copy, "KIN02", "--drop")
    assert status == 0
    assert out.startswith("Bila butir KIN02 dihapus")
    people = pd.read_csv(copy / "what-if" / "KIN02-drop.csv")
    assert list(people.columns) == list(what_if.CHANGED)
    status, out, _err = run("what-if", copy, "KIN02", "--drop", "--json")
    assert json.loads(out)["changed"] == len(people)
    for words, sentence in (
        (("KIN02",), "Sebut tepat satu: --drop, --key OPSI, atau --also OPSI."),
        (("KIN02", "--drop", "--key", "A"), "Sebut tepat satu"),
        (("TIDAK", "--drop"), "Butir TIDAK tidak ada"),
        (("KIN02", "--drop", "--recalibrate"), "Langkah kedua tidak dihitung."),
    ):
        status, _out, err = run("what-if", copy, *words)
        assert status == 2
        assert sentence in err
    status, out, _err = run("policy", "compare", copy)
    assert status == 0
    assert f"{KEPKA} lawan {PERMENPANRB}: " in out
    assert (copy / "what-if" / "policies.html").is_file()
    assert len(pd.read_csv(copy / "what-if" / "policies.csv")) > 20
    wrong = copy / "salah.toml"
    wrong.write_text("ini bukan toml", encoding="utf-8")
    status, _out, err = run("policy", "compare", copy, wrong)
    assert status == 2
    assert "salah.toml: bukan TOML yang sah pada baris 1" in err
    status, _out, err = run("policy", "compare", copy.parent)
    assert status == 2
    assert "bukan ruang kerja" in err
