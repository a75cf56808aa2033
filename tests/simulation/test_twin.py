"""The twin of a round: its own people, the model's population and answers, and a truth that the chain never reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.analysis.scores import bank_of
from workbench.pipeline.intake import take_in
from workbench.psychometrics import irt
from workbench.records import intake
from workbench.simulation.twin import compare_twin, make_twin
from workbench.workspace import Workspace


@pytest.fixture(scope="module")
def source(pekalongan: Path) -> Workspace:
    return Workspace(pekalongan)


@pytest.fixture(scope="module")
def twin(source: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_twin(source, tmp_path_factory.mktemp("twin") / "kembaran", bank_of(source), seed=4)


def test_its_files_are_sound_and_hold_nobody_of_the_round(source: Workspace, twin: Workspace) -> None:
    report = intake.check(twin.inputs)
    assert not report.problems
    assert not report.held
    real = pd.read_parquet(source.path / "identities.parquet")
    people = pd.read_parquet(twin.inputs / "participants.parquet")
    assert len(people) == len(source.read("participants"))
    assert people["nip"].is_unique
    assert not set(people["nip"]) & set(real["nip"])
    assert not set(people["name"]) & set(real["name"])
    truth = pd.read_parquet(twin.path / "truth" / "standing.parquet")
    assert not set(truth["participant_id"]) & set(real["participant_id"])
    # Records and forms are those of the round, people by people.
    for column in ("instansi", "jenjang", "position"):
        assert people[column].tolist() == source.read("participants")[column].tolist()


def test_answers_come_from_the_population_and_not_from_the_scores(source: Workspace, twin: Workspace) -> None:
    """Scores are shrunken: people drawn from them would differ too little."""
    bank = bank_of(source)
    theta = pd.read_parquet(twin.path / "truth" / "theta.parquet").set_index("participant_id")
    spread = theta.to_numpy(float).std(axis=0) / np.sqrt(np.diag(bank.population[list(bank.scales)].to_numpy(float)))
    assert abs(spread.mean() - 1) < 0.06
    assert source.read("scores")["eap"].std() < 0.95 * theta.to_numpy(float).std()
    take_in(twin)
    # Everybody's scores fit what is true of them as well as their errors say.
    instrument = "mansoskul"
    form = twin.response_forms(instrument)[0]
    stored = twin.read_responses(instrument, form)
    items = twin.read("items").set_index("item_id")
    scale = "integritas"
    known = bank.items(scale)
    known = known[known["item_id"].isin(stored.columns)]
    categories = {}
    for item in known["item_id"]:
        scores = dict(
            zip(items.loc[item, "options"].split("|"), items.loc[item, "option_scores"].split("|"), strict=True)
        )
        ranks = {value: rank for rank, value in enumerate(sorted(scores.values(), key=float))}
        categories[item] = stored[item].astype("str").map(lambda option, s=scores, r=ranks: r[s[option]])
    eap = irt.score(irt.Calibration.from_items(known), pd.DataFrame(categories), "EAP")
    true = theta.loc[stored["participant_id"], scale].to_numpy()
    z = (eap["theta"].to_numpy() - true) / eap["se"].to_numpy()
    assert abs(z.mean()) < 0.3
    assert 0.8 < z.std() < 1.2


def test_a_twin_is_refused_where_there_is_nothing_to_copy(source: Workspace, iqitems: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="belum punya kotak talenta"):
        make_twin(Workspace(iqitems), tmp_path / "a", bank_of(source))
    assert not (tmp_path / "a").exists()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "milik.txt").write_text("isi")
    with pytest.raises(ValueError, match="tidak kosong"):
        make_twin(source, tmp_path / "b", bank_of(source))
    assert (tmp_path / "b" / "milik.txt").read_text() == "isi"
    with pytest.raises(ValueError, match="bukan kembaran"):
        compare_twin(Workspace(iqitems))


def test_the_result_is_counted(source: Workspace, twin: Workspace, tmp_path: Path) -> None:
    """Boxes of known correctness in the place of those that the chain would state."""
    truth = pd.read_parquet(twin.path / "truth" / "standing.parquet")
    known = truth[truth["box"].notna()].reset_index(drop=True)
    wrong = known.index < len(known) // 5
    # Boxes 2 and 5 lie on one side of the pool line, 5 and 8 on different ones.
    box = np.where(wrong, np.where(known["box"] == 5, 2, 5), known["box"].to_numpy(int))
    frame = pd.DataFrame({"participant_id": known["participant_id"], "box": box, "p_pool": 0.9, "withheld_reason": ""})
    twin.write("boxes", frame, "boxes")
    result = compare_twin(twin)
    assert result.n == len(known)
    assert result.box == pytest.approx(1 - wrong.mean())
    inside, truly = np.isin(box, (7, 8, 9)), known["in_pool"].to_numpy(bool)
    assert result.pool == pytest.approx((inside == truly).mean())
    assert result.stated == pytest.approx(np.where(inside, 0.9, 0.1).mean())
    assert result.box_low < result.box < result.box_high
    assert "bila modelnya benar" in result.sentence()
