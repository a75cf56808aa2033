"""`workbench review` refuses what could not work, with the sentence that helps."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.serve.kernels import ENVIRONMENT_ALLOWED, scrubbed
from workbench.serve.screens import SCREENS, Screen, offered_screens, require_screen
from workbench.serve.voila import check_ready
from workbench.settings import Person
from workbench.workspace import Workspace


def test_before_the_run_it_says_which_command_to_give(tmp_path: Path, workbench: Callable[..., Any]) -> None:
    folder = tmp_path / "baru"
    workbench("new", folder, "--cohort", "pekalongan-2024", "--size", "30")
    finished = workbench("review", folder)
    assert finished.returncode == 2
    assert f"workbench run {folder}" in finished.stderr
    assert finished.stdout == ""
    assert not (folder / "review.sqlite").exists()


def test_a_round_that_ends_before_boxes_says_why(tmp_path: Path, workbench: Callable[..., Any]) -> None:
    folder = tmp_path / "iq"
    workbench("new", folder, "--real", "iqitems")
    finished = workbench("review", folder)
    assert finished.returncode == 2
    assert "berakhir sebelum kotak talenta" in finished.stderr


def test_a_name_must_be_in_the_list_of_people(own_pekalongan: Path, workbench: Callable[..., Any]) -> None:
    finished = workbench("review", own_pekalongan, "--as", "Orang Lain")
    assert finished.returncode == 2
    assert "'Orang Lain'" in finished.stderr
    assert "Ani, Budi" in finished.stderr


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.5", "example.org", ""])
def test_no_other_machine_is_served(own_pekalongan: Path, address: str) -> None:
    with pytest.raises(ValueError, match="hanya boleh dibuka pada mesin ini"):
        check_ready(Workspace(own_pekalongan), "queue", "", address)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_loopback_addresses_are_fine(own_pekalongan: Path, address: str) -> None:
    check_ready(Workspace(own_pekalongan), "queue", "Ani", address)


def test_unknown_screens_are_named(own_pekalongan: Path) -> None:
    with pytest.raises(ValueError, match="'peta' tidak ada"):
        check_ready(Workspace(own_pekalongan), "peta", "", "127.0.0.1")


def test_the_wanted_screen_comes_first_and_the_others_are_a_link_away(own_pekalongan: Path) -> None:
    def keys(screen: str) -> list[str]:
        return [offered.key for offered in check_ready(Workspace(own_pekalongan), screen, "Ani", "127.0.0.1")]

    assert keys("items")[0] == "items"
    assert keys("queue")[0] == "queue"
    assert set(keys("queue")) == set(keys("items")) == set(SCREENS)


def test_a_screen_that_a_role_does_not_allow_is_neither_opened_nor_offered(
    own_pekalongan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(own_pekalongan)
    listed = (Person(name="Ani", roles=("assessor",)), Person(name="Ketua", roles=("chair",)))
    settings = workspace.settings.model_copy(update={"people": listed})
    monkeypatch.setattr(workspace, "settings", settings)
    monkeypatch.setitem(SCREENS, "chair", Screen("chair", "cases", "see_progress"))
    assert "chair" in {screen.key for screen in offered_screens(workspace, "Ketua")}
    assert "chair" not in {screen.key for screen in offered_screens(workspace, "Ani")}
    with pytest.raises(ValueError, match="tidak boleh membuka halaman ketua"):
        require_screen(workspace, "chair", "Ani")


def test_items_are_reviewed_once_there_are_cards_also_where_there_are_no_boxes(
    tmp_path: Path, iqitems: Path, with_item_cards: Callable[[Path], Path], workbench: Callable[..., Any]
) -> None:
    folder = tmp_path / "iq"
    fresh = Workspace.create(tmp_path / "baru", Workspace(iqitems).settings)
    with pytest.raises(ValueError, match="kartu butir"):
        check_ready(fresh, "items", "", "127.0.0.1")
    assert not (fresh.path / "review.sqlite").exists()
    shutil.copytree(iqitems, folder)
    check_ready(Workspace(with_item_cards(folder)), "items", "", "127.0.0.1")
    finished = workbench("verify", folder)
    assert finished.returncode == 0, finished.stderr


def test_during_a_run_the_last_complete_one_is_shown(own_pekalongan: Path, review_server: Callable[..., Any]) -> None:
    # A run holds the lock and is replacing what it made before; the cases of the last complete one are still there.
    with (own_pekalongan / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(own_pekalongan / "results")
        server = review_server(own_pekalongan)
        import urllib.request

        with urllib.request.urlopen(server.url, timeout=120) as answer:
            assert "workbench-page" in answer.read().decode()


def test_scrubbing_keeps_only_what_is_named() -> None:
    environment = dict.fromkeys(ENVIRONMENT_ALLOWED, "x") | {"PGPASSWORD": "x", "JUPYTER_TOKEN": "x"}
    assert set(scrubbed(environment)) == set(ENVIRONMENT_ALLOWED)
    assert "WORKBENCH_ACTOR" not in ENVIRONMENT_ALLOWED
