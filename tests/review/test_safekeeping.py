"""Backup and restore: consistent while votes arrive, never over a file, never of a log that does not hold."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.review import Store
from workbench.review.safekeeping import back_up, restore

VOTES = Callable[..., tuple[int, bool]]


@pytest.fixture
def kept(store: Store, vote: VOTES, address: str, tmp_path: Path) -> Path:
    vote(store, 1)
    vote(store, 2, "budi", box=7)
    back_up(address, tmp_path / "cadangan.sqlite")
    return tmp_path / "cadangan.sqlite"


def test_a_log_comes_back_as_it_was_and_goes_on(kept: Path, store: Store, tmp_path: Path, vote: VOTES) -> None:
    before = kept.read_bytes()
    url = f"sqlite:///{tmp_path / 'baru' / 'review.sqlite'}"
    check = restore(kept, url)
    assert check == store.verify()
    back = Store(url)
    assert back.events() == store.events()
    assert back.cases() == store.cases()
    assert back.states() == store.states()
    assert vote(back, 3) == (3, True)
    back.close()
    assert kept.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir() if "cadangan" in p.name) == ["cadangan.sqlite"]


def test_every_backup_is_whole_while_votes_arrive(store: Store, open_store, address, tmp_path, vote: VOTES) -> None:
    # Without WAL in the copy it is one file; each holds what was acknowledged before it began.
    writer, stop, written = open_store(), threading.Event(), []

    def keep_voting() -> None:
        while not stop.is_set():
            written.append(vote(writer, len(written) % 8 + 1, f"orang {len(written)}")[0])

    thread = threading.Thread(target=keep_voting)
    thread.start()
    try:
        counts = []
        for number in range(5):
            least = len(written)
            check = back_up(address, tmp_path / f"cadangan-{number}.sqlite")
            assert check.events >= least
            counts.append(check.events)
    finally:
        stop.set()
        thread.join()
    assert counts == sorted(counts)
    assert store.verify().events == len(written) >= counts[-1]


def test_nothing_is_written_over(kept: Path, store: Store, address: str, tmp_path: Path) -> None:
    before = kept.read_bytes()
    with pytest.raises(ValueError, match="sudah ada dan tidak ditimpa"):
        back_up(address, kept)
    with pytest.raises(ValueError, match="sudah ada dan tidak ditimpa"):
        restore(kept, address)
    assert kept.read_bytes() == before
    assert len(store.events()) == 2
    left = tmp_path / "sisa.sqlite-wal"
    left.write_bytes(b"")
    with pytest.raises(ValueError, match=r"sisa\.sqlite-wal sudah ada"):
        restore(kept, f"sqlite:///{tmp_path / 'sisa.sqlite'}")


def broken(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute(
        "UPDATE payloads SET payload_json = replace(payload_json, '\"box\":8', '\"box\":9') WHERE seq = 1"
    )
    connection.commit()
    connection.close()


def test_a_broken_chain_is_neither_restored_nor_backed_up(
    kept: Path, store: Store, address: str, tmp_path: Path
) -> None:
    broken(kept)
    there = sorted(tmp_path.iterdir())
    with pytest.raises(ValueError, match="rusak pada peristiwa 1: muatan berubah"):
        restore(kept, f"sqlite:///{tmp_path / 'baru.sqlite'}")
    broken(Path(address.removeprefix("sqlite:///")))
    with pytest.raises(ValueError, match="rusak pada peristiwa 1: muatan berubah"):
        back_up(address, tmp_path / "lagi.sqlite")
    assert sorted(tmp_path.iterdir()) == there


@pytest.mark.parametrize("content", [b"", b"bukan basis data" * 100, None])
def test_what_is_no_log_is_not_restored(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "cadangan.sqlite"
    if content is None:
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE lain (a)")
        connection.close()
    else:
        path.write_bytes(content)
    with pytest.raises(ValueError, match="bukan catatan telaah yang utuh"):
        restore(path, f"sqlite:///{tmp_path / 'baru.sqlite'}")
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="tidak ada; periksa namanya"):
        restore(tmp_path / "cadangan.sqlite", f"sqlite:///{tmp_path / 'baru.sqlite'}")
    with pytest.raises(ValueError, match="belum ada"):
        back_up(f"sqlite:///{tmp_path / 'review.sqlite'}", tmp_path / "cadangan.sqlite")
    with pytest.raises(ValueError, match="server basis data"):
        back_up("postgresql://kantor/telaah", tmp_path / "cadangan.sqlite")
    assert list(tmp_path.iterdir()) == []
