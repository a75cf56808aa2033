"""What the chair's page is told: counts, never votes; what takes long is computed beside it."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis.review_value import ValueOfReview
from workbench.apps.chair.model import ChairModel
from workbench.apps.chair.study import POINTS, curve_of
from workbench.review import Store
from workbench.review.permissions import Permissions
from workbench.review.store import Case
from workbench.settings import Person

PEOPLE = (
    Person(name="ani", roles=("assessor",), instansi="Kota B"),
    Person(name="dewi", roles=("chair", "assessor")),
    Person(name="fajar", roles=("observer",)),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    permissions = Permissions(PEOPLE, frozenset({("ani", "kota a"), ("gita", "kota b")}))
    opened = Store(f"sqlite:///{tmp_path / 'review.sqlite'}", votes_required=2, permissions=permissions)
    content = {"box": 5, "risk": 0.3, "random": False}
    tiers = ("pengawas", "administrator")
    opened.replace_cases(
        [Case(f"K{n}", "run-1", n, f"P{n}", f"Kota {'CD'[n % 2]}", tiers[n % 2], content) for n in range(1, 7)],
        run="run-1",
    )
    yield opened
    opened.close()


@pytest.fixture
def page(store: Store) -> Iterator[Callable[..., ChairModel]]:
    models: list[ChairModel] = []

    def start(actor: str = "dewi", **computed: Callable[[], dict[str, Any]]) -> ChairModel:
        given = {"checklist": lambda: {"seq": store.ledger().seq}, "findings": lambda: {"seq": 0}, **computed}
        models.append(ChairModel(store, actor=actor, title="Putaran", tiers={"pengawas": "Pengawas"}, **given))
        return models[-1]

    yield start
    for model in models:
        model.close()


def vote(store: Store, case_id: str, actor: str, box: int = 8) -> None:
    store.submit(
        actor=actor,
        case_id=case_id,
        action="box",
        box=box,
        reason_code="evidence",
        reason="alasan rahasia",
        confidence=2,
        idempotency_key=secrets.token_hex(16),
    )


def wait(model: ChairModel, name: str, **message: Any) -> dict[str, Any]:
    """Ask until what is computed beside the page is there."""
    for _attempt in range(500):
        answer = model.handle({"kind": "refresh", **message})
        if not answer[name]["running"]:
            return answer
        threading.Event().wait(0.01)
    raise AssertionError(name)


def test_only_those_who_may_see_the_progress_get_the_page(store: Store, page: Callable[..., ChairModel]) -> None:
    page("dewi")
    page("fajar")
    for actor in ("ani", "orang lain"):
        with pytest.raises(ValueError, match=r"tidak boleh membuka halaman ketua|tidak ada pada daftar people"):
            page(actor)
    with_names_only = Store(str(store.engine.url))
    ChairModel(with_names_only, actor="siapa pun", title="", checklist=dict, findings=dict).close()
    with_names_only.close()


def test_the_page_counts_and_does_not_tell_what_anybody_voted(store: Store, page: Callable[..., ChairModel]) -> None:
    model = page()
    vote(store, "K1", "dewi")
    one = wait(model, "findings")
    vote(store, "K2", "dewi", 1)
    other = model.handle({"kind": "refresh"})
    assert "alasan rahasia" not in json.dumps([one, other])
    vote_free = {"at_utc", "seq", "per_hour"}
    # The same page for a vote for box 8 as for one for box 1: nothing in it depends on the box.
    again = Store(str(store.engine.url), votes_required=2, permissions=store.permissions)
    with again.engine.begin() as connection:
        text = connection.exec_driver_sql("SELECT payload_json FROM payloads WHERE seq = 2").scalar_one()
        changed = text.replace('"box":1', '"box":8')
        assert changed != text
        connection.exec_driver_sql("UPDATE payloads SET payload_json = ? WHERE seq = 2", (changed,))
    told = ChairModel(again, actor="dewi", title="", checklist=dict, findings=dict, tiers={"pengawas": "Pengawas"})
    progress = told.view()["progress"]
    told.close()
    again.close()
    assert {k: v for k, v in progress.items() if k not in vote_free} == {
        k: v for k, v in other["progress"].items() if k not in vote_free
    }
    assert other["progress"]["statuses"]["voting"] == 2


def test_progress_by_group_people_and_roles_stand_in_the_view(store: Store, page: Callable[..., ChairModel]) -> None:
    model = page()
    vote(store, "K1", "dewi")
    view = model.view()
    assert [name for name, _counts in view["progress"]["groups"]["jenjang"]] == ["administrator", "Pengawas"]
    assert sum(sum(counts.values()) for _name, counts in view["progress"]["groups"]["instansi"]) == 6
    assert [(p["name"], p["votes"], p["hour"]) for p in view["people"]] == [("dewi", 1, 1)]
    ani, dewi, fajar, gita = view["roles"]
    assert (ani["roles"], ani["instansi"], ani["conflicts"]) == (("asesor",), "Kota B", ("kota a",))
    assert "membuat berita acara" in dewi["may"]
    assert "memberi suara" not in fajar["may"]
    assert (gita["name"], gita["roles"], gita["conflicts"]) == ("gita", (), ("kota b",))
    json.dumps(view)


def test_the_heartbeat_is_answered_while_findings_are_computed(page: Callable[..., ChairModel]) -> None:
    done = threading.Event()

    def slow() -> dict[str, Any]:
        assert done.wait(10)
        return {"seq": 0, "findings": []}

    model = page(findings=slow)
    assert model.handle({"kind": "refresh"})["findings"]["running"]
    assert model.handle({"kind": "ping", "token": "t"}) == {"kind": "pong", "token": "t"}
    assert model.handle({"kind": "refresh"})["findings"] == {
        "running": True,
        "version": 0,
        "problem": "",
        "behind": None,
        "result": None,
    }
    done.set()
    assert wait(model, "findings", findings=-1)["findings"]["result"] == {"seq": 0, "findings": []}


def test_findings_are_computed_again_only_on_demand_and_where_the_log_has_moved(
    store: Store, page: Callable[..., ChairModel]
) -> None:
    times: list[int] = []

    def findings() -> dict[str, Any]:
        times.append(store.ledger().seq)
        return {"seq": times[-1]}

    model = page(findings=findings)
    version = wait(model, "findings")["findings"]["version"]
    wait(model, "findings", part="findings")
    assert times == [0]
    vote(store, "K1", "dewi")
    behind = wait(model, "findings", findings=version)["findings"]
    assert (times, behind["behind"], "result" in behind) == ([0], 1, False)
    model.handle({"kind": "refresh", "part": "findings"})
    fresh = wait(model, "findings", findings=version)["findings"]
    assert (times, fresh["behind"], fresh["result"]) == ([0, 1], 0, {"seq": 1})


def test_the_checklist_follows_by_itself_after_a_while(
    page: Callable[..., ChairModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    times: list[int] = []

    def checklist() -> dict[str, Any]:
        times.append(0)
        return {"seq": 0}

    model = page(checklist=checklist)
    wait(model, "checklist")
    wait(model, "checklist")
    assert len(times) == 1
    monkeypatch.setattr("workbench.apps.chair.model.AGAIN", 0.0)
    model.handle({"kind": "refresh"})
    monkeypatch.undo()
    wait(model, "checklist")
    assert len(times) == 2


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [(ValueError("Catatan telaah rusak."), "Catatan telaah rusak."), (KeyError("x"), "Perhitungan gagal (KeyError)")],
)
def test_what_fails_is_a_sentence_and_keeps_what_was_there(
    store: Store, page: Callable[..., ChairModel], failure: Exception, sentence: str
) -> None:
    broken: list[bool] = []

    def findings() -> dict[str, Any]:
        if broken:
            raise failure
        return {"seq": 0, "findings": ["lama"]}

    model = page(findings=findings)
    wait(model, "findings")
    broken.append(True)
    vote(store, "K1", "dewi")
    model.handle({"kind": "refresh", "part": "findings"})
    answer = wait(model, "findings")["findings"]
    assert answer["problem"].startswith(sentence)
    assert answer["result"]["findings"] == ["lama"]


ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.lists(st.integers())
    | st.dictionaries(st.text(), st.integers())
    | st.sampled_from(["refresh", "ping", "vote", "findings", "\ud800"])
)


def test_any_message_is_answered_and_writes_nothing(store: Store, page: Callable[..., ChairModel]) -> None:
    model = page()

    @given(st.dictionaries(st.sampled_from(["kind", "token", "part", "checklist", "findings", "extra"]), ANYTHING))
    @settings(deadline=None)
    def check(message: dict[str, Any]) -> None:
        answer = model.handle(message)
        assert answer["kind"] in {"state", "error", "pong"}
        assert isinstance(answer["token"], str)
        json.dumps(answer)

    check()
    assert store.events() == []


def test_the_curve_is_thinned_to_what_a_screen_shows() -> None:
    n = 3000
    line = tuple(float(i) for i in range(1, n + 1))
    value = ValueOfReview(tuple(range(1, n + 1)), line, line, line, None, None, None, line, "dasar")
    curve = curve_of(value)
    assert (curve["cases"][0], curve["cases"][-1], len(curve["cases"])) == (1, n, POINTS)
    assert curve["contained"] == [float(case) for case in curve["cases"]]
    assert (curve["net"], curve["rests_on"]) == (None, "dasar")
    empty = curve_of(ValueOfReview((), (), (), (), None, None, None, (), "tidak ada risiko"))
    assert (empty["cases"], empty["contained"], empty["random_order"]) == ([], None, None)
    few = curve_of(ValueOfReview((1, 2), (0.5, 0.9), (0.0, 0.1), (1.0, 1.5), None, None, None, (), ""))
    assert few["cases"] == [1, 2]
