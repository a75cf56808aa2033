"""What a reviewer's page knows and may do; everything that comes from the page is client input."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.analysis.finding import Finding
from workbench.apps.queue.model import QueueModel
from workbench.apps.queue.reference import Reference
from workbench.review import Store
from workbench.review.outcomes import Truth
from workbench.review.store import Case
from workbench.workspace import SETTINGS_FILE, Workspace

TIERS = ("pengawas", "administrator")


def case(number: int, run: str = "run-1", **changed: Any) -> Case:
    content = {"box": 5, "risk": 0.5 - number / 100, "jenjang": "Pengawas", "random": number % 2 == 0, **changed}
    instansi = "Kota A" if number <= 4 else "Kota B"
    return Case(f"K{number}", run, number, f"P{number}", instansi, TIERS[number % 2], content)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'review.sqlite'}")
    opened.replace_cases([case(n) for n in range(1, 7)], run="run-1")
    yield opened
    opened.close()


def page(store: Store, actor: str = "ani") -> QueueModel:
    return QueueModel(store, actor=actor, account="kantor", title="Putaran", tiers={"pengawas": "Pengawas"})


def ballot(model: QueueModel, **changed: Any) -> dict[str, Any]:
    shown = model.view()["case"]
    return {
        "kind": "vote",
        "case_id": shown["case_id"],
        "run": shown["run"],
        "action": "box",
        "box": 8,
        "reason_code": "evidence",
        "reason": "level konsisten",
        "confidence": 2,
        "idempotency_key": secrets.token_hex(16),
        "token": "t",
        **changed,
    }


def position(model: QueueModel) -> int:
    number: int = model.view()["case"]["position"]
    return number


def test_the_first_page_shows_the_riskiest_case(store: Store) -> None:
    view = page(store).view()
    assert view["case"]["position"] == 1
    assert (view["done"], view["total"], view["own"], view["vote"]) == (0, 6, [], None)
    assert view["filters"]["jenjang"] == [["administrator", "administrator"], ["pengawas", "Pengawas"]]


def test_nobody_is_told_who_was_drawn_at_random(store: Store) -> None:
    model = page(store)
    for number in range(1, 7):
        assert "random" not in model.handle({"kind": "jump", "number": number})["case"]


def test_a_vote_opens_the_next_case_and_counts(store: Store) -> None:
    model = page(store)
    answer = model.handle(ballot(model))
    assert answer["kind"] == "state"
    assert (answer["acknowledged"], answer["voted"], answer["token"]) == (1, 1, "t")
    assert (answer["done"], answer["case"]["position"]) == (1, 2)
    assert [(v["position"], v["box"]) for v in answer["own"]] == [(1, 8)]
    assert page(store).view()["case"]["position"] == 2


def test_votes_are_blind(store: Store) -> None:
    ani, budi = page(store, "ani"), page(store, "budi")
    ani.handle(ballot(ani, reason="rahasia ani"))
    answer = budi.handle({"kind": "jump", "number": 1})
    assert answer["vote"] is None
    assert (answer["done"], answer["own"], answer["own_total"]) == (0, [], 0)
    assert "rahasia" not in repr(answer) + repr(budi.handle({"kind": "own"}))
    budi.handle(ballot(budi, box=7))
    assert "rahasia" not in repr(budi.view())


def test_postponed_cases_come_last_the_earliest_first(store: Store) -> None:
    model = page(store)
    for _ in range(2):
        answer = model.handle(ballot(model, action="postpone", box=None))
    assert (answer["case"]["position"], answer["done"]) == (3, 0)
    seen = []
    for _ in range(4):
        seen.append(position(model))
        model.handle(ballot(model))
    assert seen == [3, 4, 5, 6]
    assert position(model) == 1
    model.handle(ballot(model, action="postpone", box=None))
    assert position(model) == 2
    model.handle(ballot(model))
    assert (position(model), model.view()["done"]) == (1, 5)
    answer = model.handle(ballot(model))
    assert (answer["done"], answer["total"]) == (6, 6)


def test_stepping_follows_the_queue_with_the_postponed_at_its_tail(store: Store) -> None:
    model = page(store)
    model.handle(ballot(model, action="postpone", box=None))
    order = [position(model)]
    for _ in range(5):
        order.append(model.handle({"kind": "next"})["case"]["position"])
    assert order == [2, 3, 4, 5, 6, 1]
    assert model.handle({"kind": "next"})["case"]["position"] == 2
    assert model.handle({"kind": "previous"})["case"]["position"] == 1


def test_filters_narrow_the_queue_and_its_count(store: Store) -> None:
    model = page(store)
    answer = model.handle({"kind": "filter", "instansi": "Kota B", "jenjang": "administrator"})
    assert (answer["total"], answer["case"]["position"]) == (1, 5)
    assert answer["filters"]["chosen"] == ["Kota B", "administrator"]
    assert model.handle(ballot(model))["done"] == 1
    answer = model.handle({"kind": "filter", "instansi": "", "jenjang": ""})
    assert (answer["total"], answer["done"]) == (6, 1)
    for wrong in ({"instansi": "Kota C"}, {"jenjang": "' OR 1=1 --"}):
        assert model.handle({"kind": "filter", **wrong})["kind"] == "error"


def test_jumping_leaves_a_filter_that_hides_the_case(store: Store) -> None:
    model = page(store)
    model.handle({"kind": "filter", "instansi": "Kota B", "jenjang": ""})
    answer = model.handle({"kind": "jump", "number": 2})
    assert (answer["case"]["position"], answer["total"]) == (2, 6)
    for wrong in (0, 7, "2", None, 2.0, True, [2]):
        answer = model.handle({"kind": "jump", "number": wrong})
        assert answer["kind"] == "error"
        assert "1 sampai 6" in answer["sentence"]


def test_undo_withdraws_and_gives_the_content_back(store: Store) -> None:
    model = page(store)
    seq = model.handle(ballot(model))["acknowledged"]
    answer = model.handle({"kind": "undo", "case_id": "K1", "seq": seq, "idempotency_key": secrets.token_hex(16)})
    assert (answer["undone"], answer["case"]["position"], answer["vote"], answer["done"]) == (1, 1, None, 0)
    assert (answer["withdrawn"]["reason"], answer["withdrawn"]["box"]) == ("level konsisten", 8)
    again = model.handle({"kind": "undo", "case_id": "K1", "seq": seq, "idempotency_key": secrets.token_hex(16)})
    assert again["kind"] == "error"


def test_all_own_votes_are_listed_the_latest_first(store: Store) -> None:
    model = page(store)
    for _ in range(6):
        answer = model.handle(ballot(model))
    assert answer["own_total"] == 6
    assert [v["position"] for v in model.handle({"kind": "own"})["votes"]] == [6, 5, 4, 3, 2, 1]
    assert [v["position"] for v in answer["own"]] == [6, 5, 4]


def test_a_new_run_is_shown_and_the_vote_on_the_old_one_refused(store: Store) -> None:
    model = page(store)
    stale = ballot(model)
    store.replace_cases([case(n, "run-2", box=3) for n in (1, 2)], run="run-2")
    answer = model.handle(stale)
    assert answer["kind"] == "state"
    assert "proses baru" in answer["problem"]
    assert "dimuat ulang" in answer["notice"]
    assert (answer["case"]["box"], answer["total"], store.events()) == (3, 2, [])
    assert model.handle(ballot(model))["acknowledged"] == 1


def test_a_case_that_others_have_completed_is_shown_closed_with_the_reason(store: Store) -> None:
    store.votes_required = store.latest.votes_required = 2
    cici = page(store, "cici")
    for name in ("ani", "budi"):
        assert not cici.handle({"kind": "jump", "number": 1})["closed"]
        with store.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM leases")  # Cici has let go
        somebody = page(store, name)
        assert somebody.handle(ballot(somebody, case_id="K1"))["acknowledged"]
    shown = cici.handle({"kind": "jump", "number": 1})
    assert shown["closed"]
    assert shown["closed_because"] == "Semua suara atas kasus ini sudah masuk dan tidak dapat diubah lagi."


def test_minuted_cases_are_closed_and_passed_over(store: Store) -> None:
    model = page(store)
    model.handle(ballot(model))
    store.record_minutes(actor="ani", payload={"cases": {"K1": 8, "K2": 5}}, head=store.ledger().head)
    budi = page(store, "budi")
    assert (position(budi), budi.view()["done"]) == (3, 2)
    assert budi.handle({"kind": "jump", "number": 1})["closed"]
    assert "berita acara" in budi.handle(ballot(budi))["sentence"]


def test_a_vote_tells_what_the_stated_box_was(store: Store) -> None:
    model = page(store)
    answer = model.handle(ballot(model, box=8))
    assert (answer["voted"], answer["stated"]) == (1, 5)


def test_explanations_come_when_they_are_asked_for(store: Store, tmp_path: Path) -> None:
    levels = [{"title": "Integritas", "level": 2, "required": 2, "p": 0.6, "low": 2, "high": 3}]
    store.replace_cases([case(1, levels=levels)], run="run-1")
    settings = 'name = "satu"\ntitle = ""\npolicy = "kepka-bkn-411-2025"\n'
    (tmp_path / SETTINGS_FILE).write_text(settings, encoding="utf-8")
    model = QueueModel(store, actor="ani", account="kantor", title="Putaran", reference=Reference(Workspace(tmp_path)))
    answer = model.handle({"kind": "competency", "title": "Integritas", "token": "a"})
    assert (answer["kind"], answer["title"], answer["token"]) == ("text", "Integritas", "a")
    answer = model.handle({"kind": "rule", "topic": "jpm", "token": "b"})
    assert (answer["kind"], answer["token"]) == ("text", "b")
    for wrong in ({"kind": "competency", "title": "Sihir"}, {"kind": "rule", "topic": "../x"}, {"kind": "rule"}):
        assert model.handle(wrong)["kind"] == "error"
    assert page(store).handle({"kind": "rule", "topic": "jpm"})["kind"] == "error"


def test_the_mirror_shows_the_actor_s_own_findings(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def mirror(of: Store, actor: str) -> tuple[Finding, ...]:
        asked.append((of, actor))
        return (Finding("pace", "Kecepatan", "Dua menit.", ("a", "b"), (("1", "2"),), "Sedikit suara."),)

    monkeypatch.setattr("workbench.analysis.review_findings.private_mirror", mirror)
    answer = page(store, "budi").handle({"kind": "mirror", "actor": "ani", "token": "t"})
    assert asked == [(store, "budi")]
    assert (answer["kind"], answer["token"]) == ("text", "t")
    part = {"title": "Kecepatan", "sentence": "Dua menit.", "columns": ["a", "b"], "rows": [["1", "2"]]}
    assert answer["sections"] == [{**part, "note": "Sedikit suara."}]


TELLING = {"box": 5, "box_printed": 4, "box_source": "rahasia sumber", "p": [0.1], "p_pool": 0.31, "risk": 0.4321}
TELLING |= {"flip": "rahasia jarak", "follow_up": "rahasia tindak lanjut"}
SECRETS = ("rahasia", "0.4321", "0.31", "random")


@pytest.fixture
def hiding(store: Store) -> Store:
    """The queue with the boxes of the first three cases hidden; the second is a known one."""
    cases = [case(n, "run-2", hidden=n <= 3, **(TELLING if n <= 3 else {})) for n in range(1, 7)]
    cases[1] = replace(cases[1], truth=Truth(8, True))
    store.replace_cases(cases, run="run-2")
    return store


def test_a_hidden_box_is_told_by_nothing_before_the_first_own_vote(hiding: Store) -> None:
    model = page(hiding)
    hidden = {"kind": "jump", "number": 1}
    for answer in (
        model.view(),
        model.handle({"kind": "next"}),
        model.handle({"kind": "previous"}),
        model.handle({"kind": "jump", "number": 3}),
        model.handle({"kind": "show", "case_id": "K2"}),
        model.handle({"kind": "filter", "instansi": "Kota A", "jenjang": ""}),
        model.handle(hidden),
        model.handle({"kind": "own"}),
        model.handle(ballot(model, box=99)),
    ):
        assert not any(secret in repr(answer) for secret in SECRETS)
        if answer.get("case"):
            shown = answer["case"]
            assert shown["hidden"] is True
            assert {shown[name] for name in ("box", "box_printed", "p", "p_pool", "risk")} == {None}
            assert {shown[name] for name in ("box_source", "flip", "follow_up")} == {""}
            assert shown["jenjang"] == "Pengawas"
    assert model.handle({"kind": "jump", "number": 4})["case"]["hidden"] is False


def test_the_box_is_told_after_the_first_own_vote_and_stays_told(hiding: Store) -> None:
    model, budi = page(hiding), page(hiding, "budi")
    answer = model.handle(ballot(model, action="postpone", box=None))  # which is no vote on the outcome
    assert (answer["voted"], answer["stated"]) == (1, None)
    postponed = model.handle({"kind": "jump", "number": 1})
    assert not any(secret in repr(postponed) for secret in SECRETS)
    answer = model.handle(ballot(model))
    seq = answer["acknowledged"]
    assert answer["stated"] == 5
    shown = model.handle({"kind": "jump", "number": 1})["case"]
    assert (shown["hidden"], shown["box"], shown["risk"]) == (False, 5, 0.4321)
    undone = model.handle({"kind": "undo", "case_id": "K1", "seq": seq, "idempotency_key": secrets.token_hex(16)})
    assert (undone["case"]["hidden"], undone["case"]["box"]) == (False, 5)
    assert "rahasia" not in repr(budi.handle({"kind": "jump", "number": 1}))
    model.handle(ballot(model))
    assert [e.payload["hidden"] for e in hiding.events() if e.kind == "vote" and e.payload] == [True, True, False]


def test_a_known_case_looks_like_any_other(hiding: Store) -> None:
    model = page(hiding)
    known = model.handle({"kind": "jump", "number": 2})
    explained = model.handle({"kind": "competency", "title": "Integritas"})
    first = model.handle({"kind": "jump", "number": 1})
    assert model.handle({"kind": "competency", "title": "Integritas"}) == explained
    assert set(known["case"]) == set(first["case"])
    assert (known["total"], known["last"]) == (6, 6)
    assert not any(word in repr(known).lower() for word in ("known", "truth", "twin", "kembaran"))
    answer = model.handle({**ballot(model), "case_id": "K2"})
    assert (answer["done"], answer["voted"], answer["stated"], answer["own"][0]["case_id"]) == (1, 2, 5, "K2")


@given(
    st.dictionaries(
        st.sampled_from(["kind", "token", "case_id", "number", "box", "reason", "seq", "run", "instansi"]),
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.floats(),
            st.text(),
            st.just("\ud800"),
            st.lists(st.integers(), max_size=2),
            st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
            st.sampled_from(
                [
                    "show",
                    "next",
                    "previous",
                    "jump",
                    "filter",
                    "vote",
                    "undo",
                    "own",
                    "rule",
                    "competency",
                    "mirror",
                    "ping",
                    "K1",
                ]
            ),
        ),
    )
)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_a_page_sends_breaks_the_model(scratch: Store, message: dict[str, Any]) -> None:
    model = page(scratch)
    answer = model.handle(message)
    assert answer["kind"] in {"state", "own", "text", "error", "pong"}
    assert scratch.events() == []
    if answer["kind"] == "error":
        assert answer["sentence"]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path_factory.mktemp('scratch') / 'review.sqlite'}")
    opened.replace_cases([case(n) for n in range(1, 7)], run="run-1")
    yield opened
    opened.close()
