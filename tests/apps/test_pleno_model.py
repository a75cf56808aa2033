"""What the pleno's page knows and may do; everything that comes from the page is client input."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.apps.pleno.model import PlenoModel
from workbench.records.identities import write_identities
from workbench.review import Store
from workbench.review.permissions import Permissions
from workbench.review.store import Case
from workbench.settings import Person

PEOPLE = (
    Person(name="ani", roles=("assessor",)),
    Person(name="budi", roles=("assessor",), instansi="Kota B"),
    Person(name="citra", roles=("assessor",)),
    Person(name="dewi", roles=("chair",)),
    Person(name="eko", roles=("secretary",)),
    Person(name="fajar", roles=("observer",)),
    Person(name="gita", roles=("psychometrician",)),
)
NAMES = tuple(person.name for person in PEOPLE)
SECRET = "rahasia ani"


def case(number: int, run: str = "run-1", **changed: Any) -> Case:
    content = {"box": 5, "risk": 0.5 - number / 100, "jenjang": "Pengawas", "random": True, **changed}
    return Case(f"K{number}", run, number, f"P{number}", "Kota A" if number < 5 else "Kota B", "pengawas", content)


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[Callable[..., Store]]:
    stores: list[Store] = []

    def start(**settings: Any) -> Store:
        given = {"votes_required": 2, "permissions": Permissions(PEOPLE), "quorum": 3, **settings}
        stores.append(Store(f"sqlite:///{tmp_path / 'review.sqlite'}", **given))
        return stores[-1]

    yield start
    for store in stores:
        store.close()


@pytest.fixture
def store(open_store: Callable[..., Store]) -> Store:
    """Two conflicts (1 and 5), an agreement, one vote of two, and two cases without any."""
    opened = open_store()
    opened.replace_cases([case(n) for n in range(1, 7)], run="run-1")
    cast(opened, ("K1", "ani", 8), ("K1", "citra", 5), ("K2", "ani", 8), ("K2", "citra", 8), ("K3", "ani", 9))
    cast(opened, ("K5", "ani", 8), ("K5", "citra", 4))
    return opened


def cast(store: Store, *votes: tuple[str, str, int]) -> None:
    for case_id, actor, box in votes:
        store.submit(
            actor=actor,
            case_id=case_id,
            action="box",
            box=box,
            reason_code="level",
            reason=f"rahasia {actor}",
            confidence=2,
            idempotency_key=secrets.token_hex(16),
        )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    people = pd.DataFrame({"participant_id": ["P1", "P2"], "nip": ["1980", "1981"], "name": ["Siti", "Joko"]})
    write_identities(tmp_path, people)
    return tmp_path


def page(store: Store, actor: str = "dewi", **changed: Any) -> PlenoModel:
    return PlenoModel(store, **{"actor": actor, "account": "kantor", "title": "Putaran", "names": NAMES, **changed})


def bring(model: PlenoModel, case_id: str = "K1", **changed: Any) -> dict[str, Any]:
    message = {"kind": "bring", "case_id": case_id, "run": "run-1", "reason": "suara berbeda", **changed}
    return model.handle({"idempotency_key": secrets.token_hex(16), **message})


def decision(case_id: str = "K1", **changed: Any) -> dict[str, Any]:
    return {
        "kind": "decide",
        "case_id": case_id,
        "run": "run-1",
        "action": "box",
        "box": 7,
        "reason": "rekam kinerja lebih kuat",
        "present": ["ani", "citra", "dewi"],
        "dissent": [["ani", "bukti tes lebih kuat"]],
        "supersedes": 0,
        "idempotency_key": secrets.token_hex(16),
        "token": "t",
        **changed,
    }


def listed(view: dict[str, Any]) -> dict[str, list[str]]:
    return {name: [row["case_id"] for row in rows] for name, rows in view["lists"].items() if rows}


def kinds(store: Store) -> list[str]:
    return [event.kind for event in store.events() if event.kind != "vote"]


def test_conflicts_are_listed_and_their_votes_stand_side_by_side(store: Store) -> None:
    view = page(store).view()
    assert listed(view) == {"conflict": ["K1", "K5"]}
    assert (view["done"], view["total"], view["why_not"]) == (0, 2, "")
    shown = view["case"]
    assert (shown["case_id"], shown["list"], shown["revealed"], shown["identity"]) == ("K1", "conflict", True, "")
    assert [(v["actor"], v["box"], v["confidence"]) for v in shown["votes"]] == [("ani", 8, 2), ("citra", 5, 2)]
    assert [v["reason"] for v in shown["votes"]] == [SECRET, "rahasia citra"]
    assert "random" not in shown


def test_from_conflict_to_decision_and_on_to_the_next_case(store: Store) -> None:
    model = page(store)
    answer = bring(model)
    assert (answer["acted"], answer["acted_position"], answer["case"]["list"]) == ("bring", 1, "open")
    answer = model.handle(decision())
    assert (answer["kind"], answer["acted"], answer["acted_on"], answer["token"]) == ("state", "decide", "K1", "t")
    assert (answer["done"], answer["total"], answer["case"]["case_id"]) == (1, 2, "K5")
    assert listed(answer) == {"conflict": ["K5"], "decided": ["K1"]}
    shown = model.handle({"kind": "show", "case_id": "K1"})["case"]
    assert shown["decision"]["present"] == ["ani", "citra", "dewi"]
    assert shown["decision"]["dissent"] == [["ani", "bukti tes lebih kuat"]]
    assert [(past["kind"], past["actor"]) for past in shown["history"]] == [("pleno", "dewi"), ("decision", "dewi")]
    again = model.handle(decision(box=8, supersedes=shown["decision"]["seq"]))
    assert again["acknowledged"]
    assert store.state("K1").box == 8
    event = store.events()[-1]
    assert event.payload is not None
    assert (event.actor, event.role, event.payload["account"], event.payload["quorum"]) == (
        "dewi",
        "chair",
        "kantor",
        3,
    )


def test_what_is_open_comes_before_the_next_conflict(store: Store) -> None:
    model = page(store)
    for case_id in ("K4", "K1"):
        bring(model, case_id)
    assert model.handle(decision())["case"]["case_id"] == "K4"
    assert page(store).view()["case"]["case_id"] == "K4"
    assert model.handle(decision("K4"))["case"]["case_id"] == "K5"


@pytest.mark.parametrize("actor", ["dewi", "eko", "fajar", "ani", "citra"])
def test_a_vote_that_is_still_blind_is_on_nobodys_page(store: Store, actor: str) -> None:
    model = page(store, actor)
    answers = [model.view()]
    for case_id in (f"K{n}" for n in range(1, 7)):
        answers += [
            model.handle({"kind": "show", "case_id": case_id}),
            model.handle({"kind": "find", "wanted": case_id}),
        ]
    seen = [answer["case"] for answer in answers if answer["case"]["case_id"] == "K3"]
    assert bool(seen) == (actor == "dewi")
    for shown in seen:
        assert (shown["list"], shown["revealed"], shown["votes"]) == ("named", False, [])
        unvoted = model.handle({"kind": "show", "case_id": "K4"})["case"]
        own = ("case_id", "position", "participant", "risk")
        assert [{**c, **dict.fromkeys(own)} for c in (shown, unvoted)] == [{**unvoted, **dict.fromkeys(own)}] * 2
    assert all('"box": 9' not in json.dumps(answer) for answer in answers)
    assert "belum lengkap" in bring(model, "K3").get("problem", "") or actor != "dewi"


def test_where_one_vote_decides_nothing_is_revealed_before_the_chair_brings_the_case(
    open_store: Callable[..., Store],
) -> None:
    store = open_store(votes_required=1)
    store.replace_cases([case(n) for n in range(1, 4)], run="run-1")
    empty = page(store)
    before, stamp = empty.view(), empty.handle({"kind": "ping"})["stamp"]
    cast(store, ("K1", "ani", 8), ("K1", "citra", 5))
    assert store.state("K1").status == "conflict"
    assert empty.view() == before == page(store).view()
    assert empty.handle({"kind": "ping"})["stamp"] == stamp
    model = page(store)
    answer = model.handle({"kind": "find", "wanted": "1"})
    assert "rahasia" not in json.dumps(answer)
    assert [v["actor"] for v in bring(model)["case"]["votes"]] == ["ani", "citra"]
    assert empty.handle({"kind": "ping"})["stamp"] != stamp


def test_where_tiers_take_another_number_of_votes_each_case_is_as_blind_as_its_own(
    open_store: Callable[..., Store],
) -> None:
    store = open_store(votes_required=1, votes_by_tier={"pengawas": 2})
    one = case(2)
    other = Case(one.case_id, one.run, one.position, one.participant_id, one.instansi, "administrator", one.content)
    store.replace_cases([case(1), other], run="run-1")
    cast(store, ("K1", "ani", 8), ("K2", "ani", 8), ("K2", "citra", 5))
    assert listed(page(store).view()) == {}
    cast(store, ("K1", "citra", 5))
    assert listed(page(store).view()) == {"conflict": ["K1"]}
    assert page(store).handle({"kind": "find", "wanted": "2"})["case"]["votes"] == []


def test_any_case_is_brought_by_number_or_pseudonym(store: Store) -> None:
    model = page(store)
    for wanted, found in (("4", "K4"), (" p2 ", "K2"), ("K6", "K6")):
        assert model.handle({"kind": "find", "wanted": wanted})["case"]["case_id"] == found
    for wanted in ("", "0", "7", "P99", "' OR 1=1", 4, None, ["4"]):
        answer = model.handle({"kind": "find", "wanted": wanted})
        assert "nomor 1 sampai 6" in answer["problem"]
    assert bring(model, "K4")["case"]["list"] == "open"
    assert model.handle(decision("K4", action="retest", box=None))["acknowledged"]
    assert store.state("K4").status == "retest"


def test_only_the_chair_acts_and_the_others_see_why_not(store: Store) -> None:
    bring(page(store))
    for actor in ("eko", "fajar", "ani"):
        model = page(store, actor)
        assert f"Peran {actor}" in model.view()["why_not"]
        assert model.view()["case"]["people"] == []
        assert "tidak boleh memimpin pleno" in bring(model, "K5")["problem"]
        assert (
            "tidak boleh memimpin pleno"
            in model.handle(decision(present=["citra", "dewi", actor], dissent=[]))["problem"]
        )
        out = {"kind": "withdraw", "case_id": "K1", "reason": "keliru", "idempotency_key": secrets.token_hex(16)}
        assert "tidak boleh memimpin pleno" in model.handle(out)["problem"]
        assert "tidak boleh memimpin pleno" in model.handle({"kind": "find", "wanted": "4"})["problem"]
    assert kinds(store) == ["pleno"]
    with pytest.raises(ValueError, match="gita"):
        page(store, "gita")
    with pytest.raises(ValueError, match="zaki tidak ada pada daftar"):
        page(store, "zaki")


def test_who_has_a_conflict_of_interest_does_not_see_the_case(store: Store) -> None:
    model = page(store, "budi")
    assert listed(model.view()) == {"conflict": ["K1"]}
    assert "tidak ada pada ruang kerja" in model.handle({"kind": "show", "case_id": "K5"})["problem"]
    assert "Kota B" not in json.dumps(model.view()["lists"])
    chair = page(store)
    people = {person["name"]: person for person in bring(chair, "K5")["case"]["people"]}
    assert "instansi budi sendiri" in people["budi"]["obstacle"]
    assert "tidak boleh ikut memutuskan" in people["fajar"]["obstacle"]
    assert (people["ani"]["obstacle"], people["dewi"]["roles"]) == ("", ["chair"])
    refused = chair.handle(decision("K5", present=["ani", "budi", "dewi"], dissent=[]))
    assert refused["problem"] == people["budi"]["obstacle"]
    store.permissions = Permissions(PEOPLE, frozenset({("dewi", "kota b")}))
    assert listed(page(store).view()) == {"conflict": ["K1"]}
    assert kinds(store) == ["pleno"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"present": ["ani", "dewi"], "dissent": []}, "Kuorum pleno 3 orang, tercatat hadir 2"),
        ({"present": ["ani", "ani", "dewi"], "dissent": []}, "tercatat hadir 2"),
        ({"present": ["ani", "citra", "zaki"]}, "'zaki' tidak ada pada daftar"),
        ({"present": ["ani", "citra", "eko"]}, "dewi memimpin pleno tetapi tidak tercatat hadir"),
        ({"present": "ani,citra,dewi"}, "Kuorum pleno"),
        ({"present": ["ani", "citra", 3]}, "tidak dapat dibaca"),
        ({"present": [f"n{i}" for i in range(100)]}, "tidak dapat dibaca"),
        ({"dissent": [["ani", ""]]}, "Tulis alasan"),
        ({"dissent": [["eko", "lain"]]}, "eko berbeda pendapat tetapi tidak tercatat hadir"),
        ({"dissent": [["ani"]]}, "tidak dapat dibaca"),
        ({"dissent": [["ani", 3]]}, "tidak dapat dibaca"),
        ({"dissent": {"ani": "x" * 9}}, None),
        ({"reason": "\ud800"}, "Tulis alasan"),
        ({"box": 10}, "1 sampai 9"),
        ({"box": True}, "1 sampai 9"),
        ({"action": "keep"}, "tidak dikenal"),
        ({"run": "run-0"}, "proses baru"),
        ({"idempotency_key": ""}, "Kunci pengiriman"),
        ({"case_id": "K9"}, "tidak ada pada ruang kerja"),
        ({"case_id": "K2"}, "belum dibawa ke pleno"),
        ({"supersedes": 3}, "tidak berlaku lagi"),
        ({"actor": "ani", "role": "chair", "quorum": 1, "present": ["dewi"], "dissent": []}, "Kuorum pleno 3"),
    ],
)
def test_an_incomplete_or_hostile_decision_is_refused(
    store: Store, changed: dict[str, Any], sentence: str | None
) -> None:
    model = page(store)
    bring(model)
    answer = model.handle(decision(**changed))
    if sentence is None:  # what is no list of pairs is no dissent
        assert answer["acknowledged"]
        assert store.state("K1").pleno.dissent == ()  # type: ignore[union-attr]
        return
    assert sentence in answer["problem"]
    assert (answer["case"]["case_id"], answer["case"]["list"]) == ("K1", "open")
    assert kinds(store) == ["pleno"]


def test_the_same_submission_twice_is_one_decision(store: Store) -> None:
    model = page(store)
    bring(model)
    message = decision()
    seq = model.handle(message)["acknowledged"]
    assert model.handle(message)["acknowledged"] == page(store).handle(message)["acknowledged"] == seq
    assert "Kunci pengiriman" in model.handle({**message, "box": 8})["problem"]
    assert kinds(store) == ["pleno", "decision"]


def test_of_two_chairs_the_second_reads_what_the_first_decided(store: Store, open_store: Callable[..., Store]) -> None:
    dewi = page(store)
    bring(dewi)
    people = (*PEOPLE[:3], Person(name="dewi", roles=("chair",)), Person(name="hadi", roles=("chair",)))
    hadi = page(open_store(permissions=Permissions(people)), "hadi", names=(*NAMES, "hadi"))
    assert hadi.view()["case"]["case_id"] == "K1"
    dewi.handle(decision())
    answer = hadi.handle(decision(box=9, present=["ani", "citra", "hadi"], dissent=[]))
    assert "dewi baru saja memutuskan" in answer["problem"]
    assert (answer["case"]["case_id"], answer["case"]["decision"]["box"]) == ("K1", 7)
    assert kinds(store) == ["pleno", "decision"]


def test_after_the_minutes_a_case_is_closed(store: Store) -> None:
    model = page(store)
    bring(model)
    model.handle(decision())
    store.record_minutes(actor="eko", payload={"cases": {"K1": 7, "K2": 8}}, head=store.ledger().head)
    answer = model.handle(decision(box=8, supersedes=store.state("K1").pleno.seq))  # type: ignore[union-attr]
    assert "berita acara" in answer["problem"]
    assert "berita acara" in bring(model, "K2")["problem"]
    shown = model.handle({"kind": "show", "case_id": "K1"})
    assert (shown["case"]["closed"], shown["lists"]["decided"][0]["closed"]) == (True, True)


def test_a_case_is_withdrawn_for_good_with_a_reason(store: Store) -> None:
    model = page(store)
    out = {"kind": "withdraw", "case_id": "K3", "supersedes": 0, "idempotency_key": secrets.token_hex(16)}
    assert "Tulis alasan" in model.handle({**out, "reason": " "})["problem"]
    answer = model.handle({**out, "reason": "mengundurkan diri"})
    assert (answer["acted"], listed(answer)["withdrawn"]) == ("withdraw", ["K3"])
    shown = model.handle({"kind": "show", "case_id": "K3"})["case"]
    assert [(past["kind"], past["reason"]) for past in shown["history"]] == [("withdraw", "mengundurkan diri")]
    assert "sudah ditarik" in bring(model, "K3")["problem"]


def test_names_that_the_chair_writes_are_checked_beforehand(open_store: Callable[..., Store]) -> None:
    store = open_store(permissions=Permissions((), frozenset({("budi", "kota a")})), votes_required=1)
    store.replace_cases([case(1)], run="run-1")
    model = page(store, names=())
    assert model.view()["case"] is None
    model.handle({"kind": "find", "wanted": "1"})
    assert [person["name"] for person in model.view()["case"]["people"]] == ["dewi"]
    answer = model.handle({"kind": "attend", "names": [" Ani  S ", "budi", "dewi", "budi", ""]})
    people = {person["name"]: person["obstacle"] for person in answer["case"]["people"]}
    assert list(people) == ["dewi", "Ani S", "budi"]
    assert people["Ani S"] == ""
    assert "benturan kepentingan" in people["budi"]
    for wrong in ([1], ["x"] * 100):
        assert "tidak dapat dibaca" in model.handle({"kind": "attend", "names": wrong})["problem"]
    bring(model)
    assert model.handle(decision(present=["Ani S", "Hadi", "dewi"], dissent=[["Hadi", "lain"]]))["acknowledged"]
    assert "dipilih dari daftar" in page(store).handle({"kind": "attend", "names": ["x"]})["problem"]


def test_a_name_is_opened_on_demand_and_the_reading_is_written_down_first(store: Store, folder: Path) -> None:
    model = page(store, folder=folder)
    log = folder / "identities.log"
    ask = {"kind": "identity", "case_id": "K1", "token": "t"}
    assert "setelah kasusnya dibawa" in model.handle(ask)["problem"]
    bring(model)
    assert not log.exists()
    assert "Siti" not in json.dumps(model.view())
    assert model.handle(ask) == {"kind": "identity", "case_id": "K1", "name": "Siti", "nip": "1980", "token": "t"}
    entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [{name: value for name, value in entry.items() if name != "at_utc"} for entry in entries] == [
        {"account": "kantor", "actor": "dewi", "purpose": "pleno", "participant_id": "P1", "case_id": "K1"}
    ]
    assert page(store, "eko", folder=folder).handle(ask)["name"] == "Siti"
    for actor in ("ani", "fajar"):
        other = page(store, actor, folder=folder)
        assert other.view()["case"]["identity"] == ""
        assert "tidak boleh membaca nama" in other.handle(ask)["problem"]
    for wrong in ("K9", "K2", "", None):
        assert "problem" in model.handle({**ask, "case_id": wrong})
    assert len(log.read_text(encoding="utf-8").splitlines()) == 2


def test_no_entry_in_the_log_no_name(store: Store, folder: Path) -> None:
    model = page(store, folder=folder)
    bring(model)
    (folder / "identities.log").mkdir()  # cannot be written, whoever runs this test
    answer = model.handle({"kind": "identity", "case_id": "K1"})
    assert "tidak dapat dicatat" in answer["problem"]
    assert "Siti" not in json.dumps(answer)


def test_a_workspace_without_names_says_so(store: Store, tmp_path: Path) -> None:
    model = page(store, folder=tmp_path)
    assert bring(model)["case"]["identity"] == "none"
    answer = model.handle({"kind": "identity", "case_id": "K1"})
    assert answer["problem"] == "Ruang kerja ini tidak menyimpan nama dan NIP peserta."
    assert not (tmp_path / "identities.log").exists()


def test_a_new_run_is_shown_and_the_decision_on_the_old_case_refused(store: Store) -> None:
    model = page(store)
    bring(model)
    store.replace_cases([case(n, "run-2") for n in (1, 2)], run="run-2", reason="kunci keliru")
    answer = model.handle(decision())
    assert "proses baru" in answer["problem"]
    assert "dimuat ulang" in answer["notice"]
    assert kinds(store) == ["pleno", "reopen"]


@given(
    st.dictionaries(
        st.sampled_from(["kind", "token", "case_id", "wanted", "box", "reason", "present", "dissent", "names", "run"]),
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.floats(),
            st.text(),
            st.just("\ud800"),
            st.lists(st.one_of(st.text(), st.integers(), st.lists(st.text(), max_size=2)), max_size=3),
            st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
            st.sampled_from(
                ["show", "find", "attend", "bring", "decide", "withdraw", "identity", "refresh", "ping", "K1"]
            ),
        ),
    )
)
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_a_page_sends_breaks_the_model(scratch: Store, message: dict[str, Any]) -> None:
    answer = PlenoModel(scratch, actor="ani", account="", title="").handle(message)
    assert answer["kind"] in {"state", "error", "pong"}
    assert scratch.events() == []


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path_factory.mktemp('scratch') / 'review.sqlite'}")
    opened.replace_cases([case(n) for n in range(1, 7)], run="run-1")
    yield opened
    opened.close()
