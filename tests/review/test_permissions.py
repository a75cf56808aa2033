"""Who may do what: roles, scopes, the own instansi and declared conflicts, at the store and on the page."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from workbench.apps.queue.model import QueueModel
from workbench.review import Store
from workbench.review.items import Item, ItemStore
from workbench.review.people import identify
from workbench.review.permissions import Permissions
from workbench.review.store import Case
from workbench.settings import ROLES, Person, Settings
from workbench.workspace import Workspace

OFFICE = (
    Person(name="ani", roles=("assessor",), instansi="Instansi A"),
    Person(name="budi", roles=("assessor",), scope=("instansi a",)),
    Person(name="citra", roles=("observer",)),
    Person(name="dewi", roles=("psychometrician", "secretary")),
    Person(name="eko", roles=("chair",)),
    "fajar",
)
SETTINGS = Settings(name="putaran", title="Putaran", people=OFFICE)
VOTES = Callable[..., tuple[int, bool]]


@pytest.fixture
def allowed() -> Permissions:
    return Permissions(SETTINGS.persons, frozenset({("gita", "instansi b")}))


@pytest.fixture
def office(allowed: Permissions, open_store: Callable[..., Store], made_up_case: Callable[..., Case]) -> Store:
    store = open_store(permissions=allowed)
    a, b = made_up_case(1), made_up_case(2)
    other = Case(b.case_id, b.run, b.position, b.participant_id, "Instansi B", b.jenjang, b.content)
    store.replace_cases([a, other], run="run-1")
    return store


def test_settings_with_people_come_back_as_they_were_written(tmp_path: Path) -> None:
    assert Workspace.create(tmp_path / "putaran", SETTINGS).settings == SETTINGS


@pytest.mark.parametrize(
    "people",
    ['["ani", "ani"]', '["ani", {name = "ani"}]', '[{name = "ani", roles = ["boss"]}]', '[{roles = ["chair"]}]'],
)
def test_a_wrong_list_of_people_is_refused(tmp_path: Path, people: str) -> None:
    (tmp_path / "workbench.toml").write_text(f'name = "a"\ntitle = "b"\npeople = {people}\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"isian 'people"):
        Workspace(tmp_path)


def test_only_people_on_a_list_with_roles_may_act() -> None:
    assert identify(SETTINGS, "ani") == ("ani", getpass.getuser())
    for declared in ("", "zaki"):
        with pytest.raises(ValueError, match="tidak ada pada daftar people"):
            identify(SETTINGS, declared)


def test_names_alone_leave_everything_as_it_was(store: Store, vote: VOTES) -> None:
    names = Settings(name="putaran", title="Putaran", people=("Ani",))
    account = getpass.getuser()
    assert identify(names) == (account, account)
    assert names.persons == ()
    with pytest.raises(ValueError, match="daftar people"):
        identify(names, "Budi")
    assert vote(store, 1, "siapa saja") == (1, True)


@pytest.mark.parametrize("action", ["vote", "items", "pleno", "minutes"])
def test_each_action_has_roles_that_may_and_roles_that_may_not(action: str) -> None:
    everyone = Permissions(tuple(Person(name=role, roles=(role,)) for role in ROLES))
    may = {
        "vote": {"assessor"},
        "items": {"psychometrician"},
        "pleno": {"chair"},
        "minutes": {"chair", "secretary"},
    }[action]
    for role in may:
        everyone.require(role, action)
    for role in set(ROLES) - may:
        with pytest.raises(ValueError, match=rf"^Peran {role} \("):
            everyone.require(role, action)


@pytest.mark.parametrize("actor", ["citra", "dewi", "eko", "fajar", "zaki"])
def test_who_is_no_assessor_cannot_vote(office: Store, actor: str, vote: VOTES) -> None:
    with pytest.raises(ValueError, match=r"tidak boleh memberi suara|tidak ada pada daftar"):
        vote(office, 1, actor)
    assert office.events() == []


def test_own_instansi_scope_and_conflicts_keep_cases_away(office: Store, allowed: Permissions, vote: VOTES) -> None:
    assert [office.case_heads(actor=name) for name in ("ani", "budi")] == [[("K0002", 2)], [("K0001", 1)]]
    with pytest.raises(ValueError, match="instansi ani sendiri"):
        vote(office, 1, "ani")
    with pytest.raises(ValueError, match="tidak termasuk bagian budi"):
        vote(office, 2, "budi")
    with pytest.raises(ValueError, match="Gita punya benturan kepentingan dengan Instansi B"):
        allowed.require_case("Gita", "Instansi B")
    assert [vote(office, 2, "ani")[1], vote(office, 1, "budi")[1]] == [True, True]


def test_the_policy_of_the_office_may_allow_the_own_instansi() -> None:
    assert Permissions(SETTINGS.persons, own_instansi=True).may_have("ani", "Instansi A")


def test_a_retry_is_acknowledged_also_after_the_role_was_taken_away(
    office: Store, open_store: Callable[..., Store], vote: VOTES
) -> None:
    first = vote(office, 1, "budi", idempotency_key="k" * 16)
    later = open_store(permissions=Permissions((Person(name="budi", roles=("observer",)),)))
    assert vote(later, 1, "budi", idempotency_key="k" * 16) == (first[0], False)
    with pytest.raises(ValueError, match="tidak boleh memberi suara"):
        vote(later, 1, "budi", box=7)


def test_the_log_keeps_in_which_role_the_minutes_were_made(office: Store, store: Store) -> None:
    for made in (office, store):
        for actor in ("eko", "dewi"):
            made.record_minutes(actor=actor, payload={"cases": {}}, head=made.ledger().head)
    assert [e.role for e in office.events()] == ["chair", "secretary", "secretary", "secretary"]


def test_the_page_never_shows_a_case_that_is_not_given(office: Store) -> None:
    model = QueueModel(office, actor="ani", account="kantor", title="Putaran")
    assert (model.view()["case"]["case_id"], model.view()["total"]) == ("K0002", 1)
    for message in ({"kind": "show", "case_id": "K0001"}, {"kind": "jump", "number": 1}):
        assert model.handle(message)["kind"] == "error"
    assert model.handle({"kind": "filter", "instansi": "Instansi A", "jenjang": ""})["kind"] == "error"
    assert model.view()["case"]["case_id"] == "K0002"


def test_conflicts_are_read_from_the_table_also_without_a_list(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "putaran", Settings(name="putaran", title="Putaran"))
    assert Permissions.of(workspace) == Permissions()
    workspace.write("conflicts", pd.DataFrame({"assessor": ["Ani"], "instansi": [" Instansi A"]}))
    allowed = Permissions.of(workspace)
    pairs = (("ani", "Instansi A"), ("ani", "Instansi B"), ("budi", "Instansi A"))
    assert [allowed.may_have(*pair) for pair in pairs] == [False, True, True]


def test_items_are_decided_by_psychometricians(address: str, allowed: Permissions) -> None:
    store = ItemStore(address, permissions=allowed)
    store.replace([Item("mansoskul", "MS01", "run-1", 1, {"key": "A", "options": ["A", "B"]})])
    decision: dict[str, Any] = {
        "account": "kantor",
        "instrument": "mansoskul",
        "item_id": "MS01",
        "action": "keep",
        "option": "",
        "reason": "baik",
        "run": "run-1",
    }
    with pytest.raises(ValueError, match="tidak boleh memutuskan butir"):
        store.decide(actor="ani", idempotency_key="a" * 16, **decision)
    assert store.decide(actor="dewi", idempotency_key="b" * 16, **decision) == (1, True)
    store.close()
