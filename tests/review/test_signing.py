"""Minutes and verification before there is anything to sign, and after a new run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from workbench.reports.signed import signed_state
from workbench.reports.signing import make_minutes, verify_workspace
from workbench.review import Store
from workbench.review.decisions import final_boxes
from workbench.workspace import Workspace


def test_without_a_log_or_a_decision_there_are_no_minutes(own_pekalongan: Path) -> None:
    workspace = Workspace(own_pekalongan)
    assert signed_state(workspace)[0] is False
    with pytest.raises(ValueError, match="Belum ada kasus yang diputuskan"):
        make_minutes(own_pekalongan, "Ani")
    with pytest.raises(ValueError, match="'Orang Lain' tidak ada"):
        make_minutes(own_pekalongan, "Orang Lain")
    result = verify_workspace(own_pekalongan)
    assert (result["sound"], result["signed"], result["events"]) == (True, False, 0)
    (own_pekalongan / "review.sqlite").unlink()
    for refuse in (make_minutes, verify_workspace):
        with pytest.raises(ValueError, match="workbench run"):
            refuse(own_pekalongan)
    assert not (own_pekalongan / "review.sqlite").exists()


def test_two_people_who_disagree_leave_the_stated_box_and_stand_in_the_minutes(
    own_pekalongan: Path, cast_vote: Callable[..., Any]
) -> None:
    agreed, disputed = (cast_vote(own_pekalongan, place, 9).case_id for place in range(2))
    cast_vote(own_pekalongan, 1, 1, actor="Budi", reason_code="record", reason="pernah kena hukuman disiplin")
    store = Store(Workspace(own_pekalongan).database_url)
    boxes = Workspace(own_pekalongan).read("boxes")
    people = store.participants()
    final = final_boxes(store, boxes).set_index("participant_id")
    assert final.loc[people[agreed], "box"] == 9
    assert final.loc[people[disputed], "box"] == final.loc[people[disputed], "box_stated"]
    assert final["decided"].sum() == 1
    page = make_minutes(own_pekalongan, "Ani").with_suffix(".html").read_text(encoding="utf-8")
    section = page.split("perbedaan pendapat")[1].split("</section>")[0]
    assert people[disputed] in section
    assert "pernah kena hukuman disiplin" in section
    assert "suara berbeda" in section
    assert store.state(disputed).status == "conflict"
    assert store.state(agreed).status == "minuted"
    store.close()
    assert verify_workspace(own_pekalongan)["signed"]


def test_a_run_over_votes_needs_a_reason_and_reopens_what_moved(
    own_pekalongan: Path,
    workbench: Callable[..., Any],
    fingerprint: Callable[..., dict[str, str]],
    cast_vote: Callable[..., Any],
) -> None:
    cases = [cast_vote(own_pekalongan, place, box).case_id for place, box in enumerate((5, 5, 5, 8, 8, 8))]
    make_minutes(own_pekalongan, "Ani")
    settings = own_pekalongan / "workbench.toml"
    # Fewer draws: the same people, other probabilities; only boxes and reports depend on them.
    text = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub(r"(?m)^draws = \d+$", "draws = 16", text), encoding="utf-8")
    before = fingerprint(own_pekalongan / "results"), (own_pekalongan / "review.sqlite").read_bytes()
    refused = workbench("run", own_pekalongan)
    assert refused.returncode == 2
    assert "--reopen" in refused.stderr
    assert (fingerprint(own_pekalongan / "results"), (own_pekalongan / "review.sqlite").read_bytes()) == before

    old = {c.case_id: c.content for c in stored(own_pekalongan)}
    finished = workbench("run", own_pekalongan, "--reopen", "undian dikurangi", "--json")
    assert finished.returncode == 0, finished.stderr
    said = json.loads(finished.stdout)
    new = {c.case_id: c.content for c in stored(own_pekalongan)}
    moved = {
        c
        for c in cases
        if c not in new or old[c]["box"] != new[c]["box"] or abs(old[c]["risk"] - new[c]["risk"]) > 0.05
    }
    assert set(said["reopened"]) == moved
    assert set(said["kept_votes"]) == set(cases) - moved
    store = Store(Workspace(own_pekalongan).database_url)
    assert {c: store.state(c).status for c in cases} == {c: "new" if c in moved else "agreed" for c in cases}
    assert [e.kind for e in store.events()] == ["vote"] * 6 + ["minutes", "reopen"]
    reopening = store.events()[-1].payload
    store.close()
    assert reopening is not None
    assert (reopening["reason"], set(reopening["cases"])) == ("undian dikurangi", moved)
    assert reopening["run"] == pd.unique(Workspace(own_pekalongan).read("boxes")["run_id"])[0]
    assert "<strong>DRAF</strong>" in (own_pekalongan / "reports" / "index.html").read_text(encoding="utf-8")
    result = verify_workspace(own_pekalongan)
    assert (result["sound"], result["signed"]) == (True, False)
    assert "berita acara baru" in str(result["sentence"])


def stored(folder: Path) -> list[Any]:
    store = Store(Workspace(folder).database_url)
    cases = store.cases()
    store.close()
    return cases
