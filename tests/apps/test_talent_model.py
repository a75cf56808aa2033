"""What the talent explorer shows to whom, and what it answers to any message."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.analysis.explorer import PAGE
from workbench.apps.talent.model import TalentModel
from workbench.i18n import format_number, format_probability, format_range
from workbench.reports import leadership
from workbench.reports.instansi import read_instansi
from workbench.reports.signed import signed_state
from workbench.reports.signing import make_minutes
from workbench.settings import Person
from workbench.talent.expectation import expected_counts, expected_people, people_by_draw
from workbench.talent.vacancies import candidates_of, posts_of
from workbench.workspace import Workspace

POOL = (7, 8, 9)


def opened(folder: Path, actor: str = "Ani", **changed: Any) -> TalentModel:
    workspace = Workspace(folder)
    if changed:
        workspace.settings = workspace.settings.model_copy(update=changed)
    return TalentModel(workspace, actor=actor)


def observer(**more: Any) -> tuple[Person, ...]:
    return (Person(name="Ani", roles=("observer",), **more), Person(name="Budi", roles=("assessor",)))


@pytest.fixture(scope="module")
def model(three_instansi: Path) -> Iterator[TalentModel]:
    with closing(opened(three_instansi)) as shared:
        yield shared


@pytest.fixture(scope="module")
def boxes(three_instansi: Path) -> pd.DataFrame:
    return Workspace(three_instansi).read("boxes")


def people(model: TalentModel, **asked: Any) -> dict[str, Any]:
    answer = model.handle({"kind": "people", "token": "t", **asked})
    assert answer["kind"] == "people", answer
    return answer


def everybody(model: TalentModel, **asked: Any) -> list[dict[str, Any]]:
    pages = people(model, **asked)["pages"]
    return [row for page in range(1, pages + 1) for row in people(model, page=page, **asked)["rows"]]


def test_it_opens_as_a_draft_on_everybody(model: TalentModel, boxes: pd.DataFrame, three_instansi: Path) -> None:
    view = model.view()
    assert (view["state"], view["state_words"]) == ("DRAF", signed_state(Workspace(three_instansi))[1])
    assert view["people"]["total"] == len(boxes)
    assert view["instansi"] == sorted(set(boxes["instansi"]))
    json.dumps(view, allow_nan=False)


@pytest.mark.parametrize("instansi", ["Kota Satu", ""])
def test_the_grid_has_the_numbers_of_the_report(
    model: TalentModel, boxes: pd.DataFrame, three_instansi: Path, instansi: str
) -> None:
    grid = people(model, instansi=instansi)["grid"]
    if instansi:
        report = read_instansi(Workspace(three_instansi), instansi)
        counts = expected_counts(report.boxes, report.draw_counts)
        assert grid["sentence"] in leadership.grid(report)._repr_html_()
        pool = expected_people(report.placed["p_pool"].to_numpy(float), people_by_draw(report.draw_counts, POOL))
    else:
        counts = Workspace(three_instansi).read("expected_counts")
        placed = boxes[boxes["withheld_reason"] == ""]
        draws = Workspace(three_instansi).read("draw_counts")
        pool = expected_people(placed["p_pool"].to_numpy(float), people_by_draw(draws, POOL))
    for row in counts.to_dict("records"):
        cell = grid["cells"][str(row["box"])]
        assert cell["stated"] == format_number(row["stated"])
        assert cell["expected"] == f"harapan {format_number(row['expected'])}"
        between = format_range(row["low"], row["high"])
        assert cell["between"] == ("" if between == format_number(row["expected"]) else f"({between})")
    assert grid["pool"]["between"] == f"({format_range(pool[1], pool[2])})"
    assert "galat yang sama-sama dialami" in grid["about"]


def test_a_group_that_the_run_did_not_count_says_that_people_are_taken_as_independent(model: TalentModel) -> None:
    assert "saling bebas" in people(model, words="dinas")["grid"]["about"]


def test_a_tier_is_counted_as_in_the_report(model: TalentModel, three_instansi: Path) -> None:
    report = read_instansi(Workspace(three_instansi), "Kota Satu")
    tier = report.placed["jenjang"].value_counts().index[0]
    part, draws = report.placed[report.placed["jenjang"] == tier], report.draw_counts
    _n, low, high = expected_people(
        part["p_pool"].to_numpy(float), people_by_draw(draws[draws["jenjang"] == tier], POOL)
    )
    pool = people(model, instansi="Kota Satu", jenjang=tier)["grid"]["pool"]
    assert pool["stated"] == format_number(int(part["in_pool"].sum()))
    assert pool["between"].strip("()") in (format_range(low, high), "")


def test_every_filter_chooses_as_the_tables_say(model: TalentModel, boxes: pd.DataFrame, three_instansi: Path) -> None:
    record = Workspace(three_instansi).read("participants").set_index("participant_id")
    frame = boxes.join(record[["unit", "jabatan"]], on="participant_id")
    said = (frame["unit"] + " " + frame["jabatan"]).str.lower()
    cases = [
        ({"instansi": "Kota Dua"}, frame["instansi"] == "Kota Dua"),
        ({"boxes": [7, 8, 9]}, frame["box"].isin(POOL)),
        ({"boxes": [5], "p_pool": 20}, (frame["box"] == 5) & (frame["p_pool"] >= 0.2)),
        ({"p_pool": 50}, frame["p_pool"] >= 0.5),
        ({"placed": "no"}, frame["withheld_reason"] != ""),
        ({"placed": "yes"}, frame["withheld_reason"] == ""),
        ({"words": "  KEPALA  "}, said.str.contains("kepala", regex=False)),
        ({"words": ".*"}, said.str.contains(".*", regex=False)),
        ({"words": "<script>"}, said.str.contains("<script>", regex=False)),
    ]
    for asked, wanted in cases:
        rows = everybody(model, **asked)
        assert {row["participant"] for row in rows} == set(frame.loc[wanted, "participant_id"]), asked
        assert people(model, **asked)["total"] == int(wanted.sum())


def test_a_page_carries_fifty_people_and_the_list_has_everybody_once(model: TalentModel, boxes: pd.DataFrame) -> None:
    assert len(people(model)["rows"]) == PAGE
    rows = everybody(model, sort="jabatan", descending=False)
    assert sorted(row["participant"] for row in rows) == sorted(boxes["participant_id"])
    assert [row["jabatan"] for row in rows] == sorted(row["jabatan"] for row in rows)
    last = people(model, page=10**9)
    assert (last["page"], len(last["rows"])) == (last["pages"], len(boxes) - PAGE * (last["pages"] - 1))


def test_the_pool_stands_in_the_order_of_the_report(model: TalentModel, three_instansi: Path) -> None:
    report = read_instansi(Workspace(three_instansi), "Kota Satu")
    inside = report.placed[report.placed["in_pool"]]
    inside = inside.assign(tier=inside["jenjang"].map({t: n for n, t in enumerate(report.tiers(inside["jenjang"]))}))
    order = inside.sort_values(["tier", "p_pool", "box", "participant_id"], ascending=[True, False, False, True])
    rows = everybody(model, instansi="Kota Satu", boxes=[7, 8, 9], sort="jenjang", descending=False)
    assert [row["participant"] for row in rows] == order["participant_id"].tolist()
    assert [row["p_pool"] for row in rows] == [format_probability(p) for p in order["p_pool"]]


def test_who_is_withheld_has_no_box_and_no_probability(model: TalentModel) -> None:
    rows = everybody(model, placed="no")
    assert rows
    for row in rows:
        assert row["withheld"]
        assert (row["box"], row["p_pool"], row["potensial"], row["kinerja"], row["jpm"]) == (None, "–", "–", "–", "–")
    card = model.handle({"kind": "card", "participant": rows[0]["participant"]})["card"]
    assert card["withheld"] == rows[0]["withheld"]
    assert not {"box", "p", "p_pool", "risk", "potensial", "flip"} & set(card)
    placed = people(model, placed="yes")["rows"][0]["participant"]
    pair = model.handle({"kind": "compare", "participants": [rows[0]["participant"], placed]})
    assert "tidak dapat dibandingkan" in pair["sentences"][0]


def test_a_card_shows_what_the_tables_hold(model: TalentModel, boxes: pd.DataFrame, three_instansi: Path) -> None:
    row = boxes[boxes["withheld_reason"] == ""].iloc[0]
    card = model.handle({"kind": "card", "participant": row["participant_id"]})["card"]
    assert (card["box"], card["box_stated"], card["decided"]) == (row["box"], row["box"], False)
    assert card["p"] == [round(row[f"p_box_{b}"], 4) for b in range(1, 10)]
    assert card["potensial_sd"] == round(row["potensial_sd"], 1)
    levels = Workspace(three_instansi).read("levels").set_index(["participant_id", "competency"])
    assert len(card["levels"]) == 9
    for level in card["levels"]:
        assert level["level"] == levels.loc[(row["participant_id"], level["competency"]), "level"]
    text = json.dumps(card, allow_nan=False)
    identities = Workspace(three_instansi).path / "identities.parquet"
    known = pd.read_parquet(identities).set_index("participant_id").loc[row["participant_id"]]
    assert not any(str(value) in text for value in known if len(str(value)) > 4)


def test_candidates_and_posts_are_those_of_the_run(model: TalentModel, three_instansi: Path) -> None:
    matches = Workspace(three_instansi).read("vacancy_matches")
    for vacancy, _title in model.view()["vacancies"]:
        best = candidates_of(matches[matches["vacancy"] == vacancy], PAGE)
        answer = model.handle({"kind": "vacancy", "vacancy": vacancy})
        assert [row["participant"] for row in answer["rows"]] == best["participant_id"].tolist()
        assert [row["p_standard"] for row in answer["rows"]] == [format_probability(p) for p in best["p_standard"]]
        assert [row["place"] for row in answer["rows"]] == best["place"].tolist()
    posts = posts_of(matches, 99)
    person = posts["participant_id"].value_counts().index[0]
    card = model.handle({"kind": "card", "participant": person})["card"]
    assert [post["vacancy"] for post in card["posts"]] == posts.loc[
        posts["participant_id"] == person, "vacancy"
    ].tolist()


def test_two_people_are_compared_in_words(model: TalentModel, boxes: pd.DataFrame) -> None:
    placed = boxes[boxes["withheld_reason"] == ""].sort_values("potensial")
    low, high = placed.iloc[0]["participant_id"], placed.iloc[-1]["participant_id"]
    answer = model.handle({"kind": "compare", "participants": [low, high]})
    assert answer["people"] == [low, high]
    assert answer["sentences"][0].startswith(f"Potensial {high} di atas {low} melebihi galat")
    near = placed.iloc[len(placed) // 2 : len(placed) // 2 + 2]["participant_id"].tolist()
    answer = model.handle({"kind": "compare", "participants": near})
    assert "masih di dalam galat" in answer["sentences"][0]
    assert "saling bebas" in answer["note"]


def test_nobody_sees_beyond_scope_and_conflicts(three_instansi: Path, tmp_path: Path, copied_round: Any) -> None:
    folder = copied_round(three_instansi, tmp_path / "tiga")
    Workspace(folder).write("conflicts", pd.DataFrame({"assessor": ["ani"], "instansi": ["KOTA DUA"]}))
    scoped = opened(folder, people=observer(scope=("Kota Satu", "Kota Dua")))
    own = opened(folder, people=observer(instansi="Kota Satu"))
    with closing(scoped), closing(own):
        view = scoped.view()
        assert view["instansi"] == ["Kota Satu"]
        assert {row["instansi"] for row in everybody(scoped)} == {"Kota Satu"}
        boxes = Workspace(folder).read("boxes")
        hidden = boxes.loc[boxes["instansi"] == "Kota Dua", "participant_id"].tolist()
        for message in (
            {"kind": "card", "participant": hidden[0]},
            {"kind": "compare", "participants": hidden[:2]},
            {"kind": "people", "instansi": "Kota Dua"},
        ):
            assert scoped.handle(message)["kind"] == "error"
        counts = people(scoped)["grid"]["cells"]
        stated = boxes[boxes["instansi"] == "Kota Satu"]["box"].value_counts()
        assert {b: counts[str(b)]["stated"] for b in range(1, 10)} == {
            b: format_number(int(stated.get(b, 0))) for b in range(1, 10)
        }
        for vacancy, _title in view["vacancies"]:
            rows = scoped.handle({"kind": "vacancy", "vacancy": vacancy})["rows"]
            assert {row["instansi"] for row in rows} <= {"Kota Satu"}
        # All vacancies of this round are in the observer's own instansi.
        assert "Kota Satu" not in own.view()["instansi"]
        assert own.view()["vacancies"] == []
        assert own.handle({"kind": "vacancy", "vacancy": view["vacancies"][0][0]})["kind"] == "error"


def test_who_may_not_see_the_explorer_is_refused(three_instansi: Path) -> None:
    with pytest.raises(ValueError, match="Peran Budi"):
        opened(three_instansi, "Budi", people=observer())
    with pytest.raises(ValueError, match="Orang Lain tidak ada"):
        opened(three_instansi, "Orang Lain", people=observer())


def test_minutes_turn_it_final_and_a_later_vote_back_to_a_draft(
    pekalongan: Path, tmp_path: Path, copied_round: Callable[..., Path], cast_vote: Callable[..., Any]
) -> None:
    folder = copied_round(pekalongan, tmp_path / "pekalongan-2024")
    with closing(opened(folder)) as model:
        refused = model.handle({"kind": "people", "reviewed": "changed"})
        assert "berita acara" in refused["sentence"]
        stated = int(Workspace(folder).read("boxes").set_index("participant_id")["box"].max())
        case = cast_vote(folder, 0, 1 if stated != 1 else 2)
        kept = cast_vote(folder, 1, None, action="postpone")
        # Votes are blind: nothing here changes before there are minutes.
        assert people(model)["kind"] == "people"
        assert model.view()["state"] == "DRAF"
        make_minutes(folder, "Ani")
        answer = model.handle({"kind": "people", "token": "n"})
        assert (answer["kind"], answer["state"], answer["token"]) == ("state", "FINAL", "n")
        assert "berita acara" in answer["notice"]
        assert answer["state_words"] == signed_state(Workspace(folder))[1]
        final = pd.read_parquet(folder / "results" / "final" / "final_boxes.parquet")
        changed = final[final["changed"]]["participant_id"].tolist()
        assert changed == [case.participant_id]
        assert [row["participant"] for row in everybody(model, reviewed="changed")] == changed
        (row,) = everybody(model, reviewed="decided")
        assert (row["box"], row["review"]) == (1, f"berubah dari kotak {case.content['box']}")
        assert kept.participant_id in {r["participant"] for r in everybody(model, reviewed="untouched")}
        card = model.handle({"kind": "card", "participant": case.participant_id})["card"]
        assert (card["box"], card["box_stated"], card["decided"], card["risk"]) == (1, case.content["box"], True, None)
        report = read_instansi(Workspace(folder), case.instansi)
        assert people(model, instansi=case.instansi)["grid"]["sentence"] in leadership.grid(report)._repr_html_()
        cast_vote(folder, 2, 5, actor="Budi")
        answer = model.handle({"kind": "card", "participant": case.participant_id})
        assert (answer["kind"], answer["state"]) == ("state", "DRAF")
        assert "peristiwa setelah berita acara" in answer["state_words"]


@pytest.mark.parametrize("kind", ["levels", "component_sheet"])
def test_a_round_without_probabilities_says_what_is_not_known(
    kind: str, tmp_path: Path, agency_files: Callable[..., Path], made_once: Any, workbench: Callable[..., Any]
) -> None:
    def run(folder: Path) -> None:
        files = agency_files(folder.with_name(f"{folder.name}-berkas"), kind, declared=False)
        for command in (("new", folder, "--from", files), ("run", folder)):
            assert workbench(*command).returncode == 0

    with closing(opened(made_once(f"{kind}-false", run))) as model:
        view = model.view()
        json.dumps(view, allow_nan=False)
        assert not view["known"]
        assert view["title"].endswith("TANPA PELUANG")
        assert view["mark"]
        grid = view["people"]["grid"]
        assert {cell["expected"] for cell in grid["cells"].values()} == {""}
        assert "Tidak ada jumlah harapan" in grid["about"]
        rows = view["people"]["rows"]
        assert [row["box"] for row in rows] == sorted((row["box"] for row in rows), reverse=True)
        assert {row["p_pool"] for row in rows} == {"–"}
        assert people(model, p_pool=1)["total"] == 0
        card = model.handle({"kind": "card", "participant": rows[0]["participant"]})["card"]
        assert (card["p"], card["p_pool"], card["risk"]) == (None, None, None)
        assert (len(card["levels"]) > 0) == (kind == "levels")
        pair = model.handle({"kind": "compare", "participants": [row["participant"] for row in rows[:2]]})
        assert "galatnya tidak dinyatakan" in pair["sentences"][0]
        assert view["no_vacancies"].startswith("Lowongan")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = ("instansi", "jenjang", "words", "boxes", "p_pool", "placed", "reviewed", "sort", "descending", "page")
MESSAGES = st.dictionaries(st.sampled_from((*NAMES, "participant", "participants", "vacancy", "token")), ANYTHING)


@given(kind=st.sampled_from(["people", "card", "compare", "vacancy", "ping", "state", "vote", ""]), message=MESSAGES)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_message_gets_an_answer_that_json_can_carry(model: TalentModel, kind: str, message: dict[str, Any]) -> None:
    answer = model.handle({**message, "kind": kind})
    assert answer["kind"] in {"people", "vacancy", "pong", "error", "card", "compare"}
    assert len(answer.get("rows", [])) <= PAGE
    json.dumps({**answer, "token": ""}, allow_nan=False)


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ({"kind": "people", "boxes": [10]}, "Saringan itu tidak dikenal"),
        ({"kind": "people", "boxes": [True]}, "Saringan itu tidak dikenal"),
        ({"kind": "people", "boxes": {"7": 1}}, "Saringan itu tidak dikenal"),
        ({"kind": "people", "jenjang": "raja"}, "Saringan itu tidak dikenal"),
        ({"kind": "people", "p_pool": 101}, "0 sampai 100"),
        ({"kind": "people", "sort": "participant_id"}, "pilih judul kolom"),
        ({"kind": "card", "participant": "P0"}, "'P0' tidak ada"),
        ({"kind": "compare", "participants": ["P0"]}, "Pilih dua sampai 3"),
        ({"kind": "compare", "participants": ["a", "b", "c", "d"]}, "Pilih dua sampai 3"),
        ({"kind": "vacancy", "vacancy": "L999"}, "'L999' tidak ada"),
        ({"kind": "vote"}, "tidak dikenal"),
    ],
)
def test_what_cannot_be_answered_is_said_in_a_sentence(model: TalentModel, message: Any, says: str) -> None:
    answer = model.handle({**message, "token": "t"})
    assert (answer["kind"], answer["token"]) == ("error", "t")
    assert says in answer["sentence"]
