from __future__ import annotations

import json
import re
import stat

import pandas as pd
import pytest

from workbench.records import intake
from workbench.records.identities import (
    has_identities,
    load_salt,
    pseudonym,
    pseudonyms,
    read_identities,
    read_identity,
    write_identities,
)
from workbench.records.tables import TABLES

PEOPLE = pd.DataFrame({"participant_id": ["P1"], "nip": ["198503122010011001"], "name": ["Ani"]})


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_reads_identities_salt_and_log(tmp_path):
    write_identities(tmp_path, PEOPLE)
    salt = load_salt(tmp_path)
    read_identities(tmp_path, purpose="uji")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["identities.log", "identities.parquet", "identities.salt"]
    assert {mode(path) for path in tmp_path.iterdir()} == {0o600}
    write_identities(tmp_path, PEOPLE)
    assert mode(tmp_path / "identities.parquet") == 0o600, "a second writing does not open the file"
    assert load_salt(tmp_path) == salt


def test_every_reading_is_logged_with_who_and_why(tmp_path):
    write_identities(tmp_path, PEOPLE)
    pd.testing.assert_frame_equal(read_identities(tmp_path, purpose="laporan", actor="ani"), PEOPLE.astype("str"))
    read_identities(tmp_path, purpose="berita acara")
    lines = [json.loads(line) for line in (tmp_path / "identities.log").read_text(encoding="utf-8").splitlines()]
    assert [line["purpose"] for line in lines] == ["laporan", "berita acara"]
    assert lines[0]["actor"] == "ani"
    assert lines[1]["actor"] == lines[1]["account"]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", line["at_utc"]) for line in lines)


def test_reading_without_a_purpose_is_refused_and_leaves_no_trace(tmp_path):
    write_identities(tmp_path, PEOPLE)
    with pytest.raises(ValueError, match=r"^Sebutkan tujuan .*\.$"):
        read_identities(tmp_path, purpose=" ")
    assert not (tmp_path / "identities.log").exists()
    with pytest.raises(ValueError, match=r"^Identitas peserta belum ada; .*\.$"):
        read_identities(tmp_path / "lain", purpose="uji")


def test_one_name_is_read_with_who_asked_about_whom(tmp_path):
    assert not has_identities(tmp_path)
    write_identities(tmp_path, PEOPLE)
    assert has_identities(tmp_path)
    asked = {"purpose": "pleno", "actor": "dewi", "account": "kantor", "case_id": "K1"}
    assert read_identity(tmp_path, "P1", **asked) == ("198503122010011001", "Ani")
    with pytest.raises(ValueError, match="'P2' tidak ada pada berkas identitas"):
        read_identity(tmp_path, "P2", **asked)
    lines = [json.loads(line) for line in (tmp_path / "identities.log").read_text(encoding="utf-8").splitlines()]
    assert [line.pop("at_utc")[:2] for line in lines] == ["20", "20"]
    assert lines == [{**asked, "participant_id": "P1"}, {**asked, "participant_id": "P2"}]
    assert mode(tmp_path / "identities.log") == 0o600


def test_what_cannot_be_written_down_is_not_read(tmp_path):
    write_identities(tmp_path, PEOPLE)
    (tmp_path / "identities.log").mkdir()
    for read in (
        lambda: read_identities(tmp_path, purpose="uji"),
        lambda: read_identity(tmp_path, "P1", purpose="uji", actor="ani"),
    ):
        with pytest.raises(ValueError, match="tidak dapat dicatat"):
            read()


def test_a_pseudonym_depends_on_number_and_salt_and_shows_neither():
    nip = PEOPLE["nip"][0]
    first = pseudonym(nip, b"a" * 32)
    assert first == pseudonym(nip, b"a" * 32)
    assert re.fullmatch(r"P[A-Z2-7]{12}", first)
    assert first != pseudonym(nip, b"b" * 32)
    many = pseudonyms(pd.Series([f"1985031220100{n:05d}" for n in range(2000)]), b"a" * 32)
    assert many.is_unique


def test_a_damaged_salt_is_not_replaced(tmp_path):
    (tmp_path / "identities.salt").write_bytes(b"short")
    with pytest.raises(ValueError, match=r"^identities\.salt rusak; .*\.$"):
        load_salt(tmp_path)
    assert (tmp_path / "identities.salt").read_bytes() == b"short"


def test_tables_carry_pseudonyms_and_follow_their_schema(small_round):
    report = intake.check(small_round.folder)
    tables, responses, identities = report.to_tables(b"s" * 32)
    known = set(identities["participant_id"])
    assert identities["nip"].tolist() == small_round.frame("participants")["nip"].tolist()
    for name, frame in {**tables, **responses}.items():
        assert "nip" not in frame.columns
        assert "name" not in frame.columns
        if "participant_id" in frame.columns:
            assert set(frame["participant_id"]) <= known
        if name in TABLES:
            TABLES[name].schema.validate(frame)


def test_no_number_of_a_person_stands_anywhere_in_tables_results_or_runs(pekalongan):
    nips = set(pd.read_parquet(pekalongan / "identities.parquet")["nip"])
    looked = 0
    for path in sorted(pekalongan.rglob("*")):
        inside = path.relative_to(pekalongan).parts[0]
        if inside not in ("tables", "results", "runs") or not path.is_file():
            continue
        looked += 1
        if path.suffix == ".parquet":
            frame = pd.read_parquet(path)
            columns = frame.select_dtypes(include=["object", "string", "category"])
            texts = " ".join(" ".join(map(str, columns[name].unique())) for name in columns)
        else:
            texts = path.read_text(encoding="utf-8", errors="replace")
        assert not nips & set(re.findall(r"\d{18}", texts)), path.name
    assert looked > 50
    assert mode(pekalongan / "identities.parquet") == 0o600
    purposes = [json.loads(line)["purpose"] for line in (pekalongan / "identities.log").read_text().splitlines()]
    assert purposes, "the reports have read names, and said why"
    assert all(purpose.strip() for purpose in purposes)
