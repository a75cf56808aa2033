"""A person's right to deletion: what was written is gone, the chain holds, what is signed stays signed."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from workbench.records.identities import erase_identity, has_identity, read_identities, write_identities
from workbench.reports.log_export import export_log
from workbench.reports.signed import signed_state
from workbench.reports.signing import make_minutes, verify_workspace
from workbench.review import Store, pleno
from workbench.review.erasure import Erasure, erase_payloads
from workbench.review.ledger import Ledger
from workbench.review.permissions import Permissions
from workbench.review.safekeeping import back_up, restore
from workbench.settings import Person
from workbench.workspace import Workspace

VOTES = Callable[..., tuple[int, bool]]
SECRET = "rahasia orang ini xyzzy"


def erased(store: Store, participant: str = "P0001", **changed: Any) -> Erasure:
    given = {"actor": "ani", "account": "akun", "reason": "permintaan tertulis", "is_known": True, **changed}
    return erase_payloads(store, participant, **given)


def test_payloads_and_salts_of_one_case_are_gone_and_the_chain_holds(store: Store, address: str, vote: VOTES) -> None:
    vote(store, 1, reason=SECRET)
    vote(store, 2, reason="alasan lain")
    vote(store, 1, "budi", box=7, reason=SECRET)
    head = store.ledger().head
    done = erased(store)
    assert (done.seq, done.events, done.is_signed) == (4, (1, 3), False)
    check = store.verify()
    assert (check.sound, check.erased, check.events) == (True, 2, 4)
    first, second, third, last = store.events()
    assert (first.payload, third.payload) == (None, None)
    assert second.payload is not None
    assert (last.kind, last.case_id, last.role, last.prev_hash) == ("erasure", "K0001", "administrator", head)
    assert last.payload == {"reason": "permintaan tertulis", "events": [1, 3], "account": "akun"}
    # Neither the words nor the salts that would let somebody guess them lie anywhere in the files.
    path = Path(address.removeprefix("sqlite:///"))
    assert all(SECRET.encode() not in file.read_bytes() for file in path.parent.glob("review.sqlite*"))
    with closing(sqlite3.connect(path)) as connection:
        salts = dict(connection.execute("SELECT seq, length(salt) FROM payloads"))
    assert salts == {1: 0, 2: 16, 3: 0, 4: 16}


def test_a_ledger_that_lived_through_it_and_one_that_reads_it_afresh_agree(store: Store, vote: VOTES) -> None:
    for actor, box in (("ani", 7), ("budi", 8)):
        vote(store, 1, actor, box=box)
    pleno.bring_before(store, actor="eko", case_id="K0001", reason="suara berbeda", idempotency_key="p" * 16)
    pleno.decide(
        store,
        actor="eko",
        case_id="K0001",
        action="box",
        box=8,
        reason="sesudah musyawarah",
        present=("ani", "budi", "eko"),
        dissent={},
        idempotency_key="d" * 16,
    )
    vote(store, 2)
    assert store.state("K0001").status == "decided"
    erased(store)
    fresh = Ledger()
    fresh.take(store.events())
    assert store.states() == fresh.states()
    assert store.state("K0001").status == "pleno"
    assert store.state("K0002").status == "agreed"


def test_who_had_voted_may_vote_again(store: Store, vote: VOTES) -> None:
    vote(store, 1)
    erased(store)
    assert store.state("K0001").status == "new"
    vote(store, 1, box=6)
    assert store.state("K0001").box == 6


def test_what_is_signed_stays_signed(store: Store, vote: VOTES) -> None:
    vote(store, 1)
    minuted = store.record_minutes(actor="ani", payload={"cases": {"K0001": 8}}, head=store.ledger().head)
    assert erased(store).is_signed
    ledger = store.ledger()
    assert (ledger.state("K0001").status, ledger.state("K0001").box, ledger.state("K0001").votes) == ("minuted", 8, ())
    assert ledger.minutes is not None
    assert ledger.about_cases == ledger.minutes.seq == minuted
    with pytest.raises(ValueError, match="berita acara"):
        vote(store, 1)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"reason": " a "}, "Tulis alasan"),
        ({"participant": "P0009", "is_known": False}, "Tidak ada yang dapat dihapus tentang peserta 'P0009'"),
    ],
)
def test_what_cannot_be_erased_is_refused(store: Store, vote: VOTES, changed: dict[str, Any], words: str) -> None:
    vote(store, 1)
    with pytest.raises(ValueError, match=words):
        erased(store, **changed)
    assert [event.kind for event in store.events()] == ["vote"]


def test_where_roles_are_given_only_the_administrator_erases(store: Store, vote: VOTES) -> None:
    vote(store, 1)
    store.permissions = Permissions(
        (Person(name="ani", roles=("chair",)), Person(name="tata", roles=("administrator",)))
    )
    with pytest.raises(ValueError, match="tidak boleh"):
        erased(store)
    assert erased(store, actor="tata").events == (1,)


def test_a_second_time_finds_nothing_left_unless_the_identity_was_left(store: Store, vote: VOTES) -> None:
    vote(store, 1)
    erased(store)
    assert erased(store, is_known=True).events == ()
    with pytest.raises(ValueError, match="Tidak ada yang dapat dihapus"):
        erased(store, is_known=False)


def test_a_backup_made_afterwards_comes_back_without_it(
    store: Store, address: str, tmp_path: Path, vote: VOTES
) -> None:
    vote(store, 1, reason=SECRET)
    erased(store)
    back_up(address, tmp_path / "cadangan.sqlite")
    assert SECRET.encode() not in (tmp_path / "cadangan.sqlite").read_bytes()
    check = restore(tmp_path / "cadangan.sqlite", f"sqlite:///{tmp_path / 'lain.sqlite'}")
    assert (check.sound, check.erased) == (True, 1)


# identities


def test_an_erased_identity_does_not_come_back_with_the_inputs(tmp_path: Path) -> None:
    people = pd.DataFrame(
        {"participant_id": ["P1", "P2"], "nip": ["198503122010011001", "198503122010011002"], "name": ["Ani", "Budi"]}
    )
    write_identities(tmp_path, people)
    assert erase_identity(tmp_path, "P1", purpose="permintaan", actor="tata")
    assert not has_identity(tmp_path, "P1")
    assert not erase_identity(tmp_path, "P1", purpose="permintaan")
    write_identities(tmp_path, people)
    assert list(read_identities(tmp_path, purpose="uji")["participant_id"]) == ["P2"]
    lines = [json.loads(line) for line in (tmp_path / "identities.log").read_text(encoding="utf-8").splitlines()]
    assert (lines[0]["actor"], lines[0]["purpose"]) == ("tata", "permintaan")
    assert all(
        "Ani" not in (tmp_path / name).read_text(encoding="utf-8") for name in ("identities.log", "identities.erased")
    )
    assert (tmp_path / "identities.erased").stat().st_mode & 0o777 == 0o600


# a whole round


def test_a_signed_round_stays_final_and_new_minutes_can_be_made(
    own_pekalongan: Path, tmp_path: Path, cast_vote: Callable[..., Any], workbench: Callable[..., Any]
) -> None:
    case = cast_vote(own_pekalongan, 0, reason=SECRET)
    make_minutes(own_pekalongan, "Ani")
    finished = workbench("erase", own_pekalongan, case.participant_id, "--reason", "permintaan tertulis", "--as", "Ani")
    assert finished.returncode == 0, finished.stderr
    for words in ("Muatan 1 peristiwa", "seperti yang ditandatangani", "berkas masukan (inputs/)"):
        assert words in finished.stdout
    workspace = Workspace(own_pekalongan)
    assert not has_identity(own_pekalongan, case.participant_id)
    assert signed_state(workspace)[0]
    found = verify_workspace(own_pekalongan)
    assert (found["sound"], found["signed"]) == (True, True)
    assert "1 muatan telah dihapus" in str(found["sentence"])
    export_log(workspace, tmp_path / "log.jsonl")
    assert SECRET not in (tmp_path / "log.jsonl").read_text(encoding="utf-8")

    # Minutes after another decision: the erased case stands in them as it was signed.
    cast_vote(own_pekalongan, 1, reason="alasan lain")
    make_minutes(own_pekalongan, "Ani")
    assert signed_state(workspace)[0]
    page = (own_pekalongan / "reports" / "berita-acara.html").read_text(encoding="utf-8")
    assert case.participant_id in page
    assert SECRET not in page
    again = workbench("erase", own_pekalongan, "PTIDAKADA", "--reason", "permintaan", "--as", "Ani")
    assert again.returncode == 2
    assert "Tidak ada yang dapat dihapus" in again.stderr


@pytest.mark.slow
def test_reports_are_written_under_the_pseudonym_of_who_was_erased(
    own_pekalongan: Path, tmp_path: Path, workbench: Callable[..., Any]
) -> None:
    people = read_identities(own_pekalongan, purpose="uji")
    gone = people.iloc[0]
    erase_identity(own_pekalongan, gone["participant_id"], purpose="uji")
    shutil.rmtree(own_pekalongan / "reports")
    finished = workbench("run", own_pekalongan, "--stage", "reports", "--fresh")
    assert finished.returncode in (0, 1), finished.stderr
    sheet = next((own_pekalongan / "reports").glob("*/participants.xlsx"))
    table = pd.read_excel(sheet, dtype="str", engine="openpyxl")
    row = table[table["Peserta"] == gone["participant_id"]]
    assert len(row) == 1
    assert row[["NIP", "Nama"]].isna().all(axis=None)
    report = next((own_pekalongan / "reports").glob("*/report.html")).read_text(encoding="utf-8")
    assert gone["nip"] not in report
    assert gone["name"] not in report
