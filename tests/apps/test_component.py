"""What every screen shares: whatever goes wrong, the page is told in a sentence, and which request it was."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.apps.component import Component


class Broken:
    """A model that fails as it is told."""

    def __init__(self, problem: Exception) -> None:
        self.problem = problem

    def view(self) -> dict[str, Any]:
        return {"actor": "Ani"}

    def handle(self, message: Any) -> dict[str, Any]:
        raise self.problem


class Screen(Component):
    _esm = "export default {}"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    monkeypatch.setattr(Screen, "send", lambda _self, content, buffers=None: answers.append(content))
    return answers


def test_a_refusal_is_the_sentence_of_the_refusal(said: list[dict[str, Any]]) -> None:
    Screen(Broken(ValueError("Catatan tidak terbaca.")), {})._answer(None, {"token": "t"}, [])
    assert said == [{"kind": "error", "token": "t", "sentence": "Catatan tidak terbaca."}]


def test_a_fault_is_told_without_claiming_that_nothing_was_saved(said: list[dict[str, Any]]) -> None:
    with pytest.raises(RuntimeError):
        Screen(Broken(RuntimeError("secret detail")), {})._answer(None, {"token": "t"}, [])
    assert [(answer["kind"], answer["token"]) for answer in said] == [("error", "t")]
    assert "lihat apa yang tersimpan" in said[0]["sentence"]
    assert "secret" not in said[0]["sentence"]


@pytest.mark.parametrize("content", [None, "vote", 3, ["vote"]])
def test_what_is_no_message_is_not_answered(said: list[dict[str, Any]], content: object) -> None:
    Screen(Broken(ValueError("x")), {})._answer(None, content, [])
    assert said == []


def test_a_page_cannot_set_traits() -> None:
    screen = Screen(Broken(ValueError("x")), {"title": "Judul"})
    screen.set_state({"first": {"actor": "Budi"}, "words": {}, "_esm": "alert(1)"})
    assert screen.first == {"actor": "Ani"}
    assert screen.words["title"] == "Judul"
    assert "alert" not in screen._esm
