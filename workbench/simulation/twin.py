"""A synthetic twin of a round: other people of the same population, tested and placed in the same way.

Theta is drawn from the population that the round was placed with, not from its scores, which are shrunken; answers come
from the item parameters that scored it. The people keep the records, forms and posts of the round, under invented NIPs
and names. The twin goes through the same chain, and since its truth is known it says how often this procedure puts
people into the right box, if its model is true. A round without a bank has a twin that is calibrated from scratch too.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _, format_number, format_percent
from workbench.policy import load_policy
from workbench.psychometrics import irt
from workbench.psychometrics.intervals import wilson
from workbench.records.identities import pseudonym
from workbench.records.tables import TABLES
from workbench.simulation.cohort import write_input, write_salt
from workbench.simulation.standing import true_standing
from workbench.simulation.streams import stream
from workbench.workspace import Settings, Workspace, write_frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.records.bank import Bank

__all__ = ["TwinResult", "compare_twin", "make_twin"]

SALT_BYTES = 32


@dataclass(frozen=True)
class TwinResult:
    """How often the procedure was right about a twin.

    Attributes
    ----------
    n : int
        People placed whose truth is known.
    box, box_low, box_high : float
        Share in the right box with its 95 % interval (Wilson).
    pool, pool_low, pool_high : float
        Share on the right side of the pool line.
    stated : float
        Mean probability of being on the right side that was stated.
    """

    n: int
    box: float
    box_low: float
    box_high: float
    pool: float
    pool_low: float
    pool_high: float
    stated: float

    def sentence(self) -> str:
        """Return the result in one sentence."""
        return _(
            "Kembaran simulasi ({n} orang): prosedur ini menempatkan paling tinggi {box} orang di kotak yang benar "
            "({low}-{high}) dan {pool} di sisi kumpulan talenta yang benar ({pool_low}-{pool_high}; dinyatakan "
            "{stated}), bila modelnya benar."
        ).format(
            n=format_number(self.n),
            box=format_percent(self.box),
            low=format_percent(self.box_low),
            high=format_percent(self.box_high),
            pool=format_percent(self.pool, 1),
            pool_low=format_percent(self.pool_low, 1),
            pool_high=format_percent(self.pool_high, 1),
            stated=format_percent(self.stated, 1),
        )


def make_twin(source: Workspace, path: str | Path, bank: Bank, *, seed: int = 0) -> Workspace:
    """Make the workspace of a twin.

    Parameters
    ----------
    source : Workspace
        A round that was placed.
    path : str or Path
        A folder that does not exist or is empty.
    bank : Bank
        What scored the round: parameters, cuts and population.
    seed : int

    Returns
    -------
    Workspace

    Raises
    ------
    ValueError
        When the round was not placed, the folder is in use, or the bank lacks a scale of the policy.
    """
    if not source.settings.policy or not source.has("boxes"):
        raise ValueError(
            _("{name} belum punya kotak talenta; jalankan 'workbench run' dahulu.").format(name=source.settings.name)
        )
    settings = source.settings.model_copy(
        update={
            "name": f"{source.settings.name}-kembaran",
            "title": _("{title}: kembaran simulasi").format(title=source.settings.title),
            "seed": seed,
            "simulated": f"{source.settings.name}-kembaran",
            "database": Settings.model_fields["database"].default,
            "people": (),
            "known_share": 0.0,
            "known_from": "",
        }
    )
    existed = Path(path).exists()
    twin = Workspace.create(path, settings)
    try:
        _fill(twin, source, bank, seed)
    except BaseException:
        shutil.rmtree(twin.path)
        if existed:
            twin.path.mkdir()
        raise
    return twin


def _fill(twin: Workspace, source: Workspace, bank: Bank, seed: int) -> None:
    for extra in ("banks", "policies"):
        if (source.path / extra).is_dir():
            shutil.copytree(source.path / extra, twin.path / extra)
    people = source.read("participants")
    nips = _nips(people, source)
    salt = stream(seed, "twin", "salt").bytes(SALT_BYTES)
    names = {person: pseudonym(nip, salt) for person, nip in nips.items()}
    theta = _theta(bank, people["participant_id"], seed)
    tables = {name: source.read(name) for name in TABLES if source.table_path(name).is_file()}
    tables.pop("official_results", None)  # what was decided about others says nothing about these people
    for name, frame in tables.items():
        write_input(twin.inputs / f"{name}.parquet", _as_input(name, frame, nips))
    for instrument in tables["instruments"].to_dict("records"):
        for form in source.response_forms(str(instrument["instrument"])):
            stored = source.read_responses(str(instrument["instrument"]), form)
            answers = _answers(stored, tables, bank, theta, raw=instrument["responses"] == "raw", seed=seed)
            answers.insert(0, "nip", stored["participant_id"].map(nips).astype("str"))
            write_input(twin.inputs / f"responses_{instrument['instrument']}__{form}.parquet", answers)
    write_salt(twin, salt)
    truth = theta.rename(index=names).rename_axis("participant_id").reset_index()
    records = {
        name: frame.assign(participant_id=frame["participant_id"].map(names)) if "participant_id" in frame else frame
        for name, frame in tables.items()
    }
    policy = load_policy(source.settings.policy)
    write_frame(twin.path / "truth" / "theta.parquet", truth)
    write_frame(twin.path / "truth" / "standing.parquet", true_standing(truth, records, policy, bank))


def _nips(people: pd.DataFrame, source: Workspace) -> dict[str, str]:
    """Return an invented NIP for everybody: year of birth and recorded sex as they are, the rest by counting."""
    sex = pd.Series("L", index=people["participant_id"])
    if source.has("protected_groups"):
        known = source.read("protected_groups")
        if "sex" in known:
            sex.update(known.set_index("participant_id")["sex"].dropna())
    result = {}
    for number, (person, year) in enumerate(zip(people["participant_id"], people["birth_year"], strict=True)):
        days, serial = divmod(number, 999)
        month, day = divmod(days, 28)
        digit = 2 if sex[person] == "P" else 1
        result[str(person)] = (
            f"{int(year):04d}{month % 12 + 1:02d}{day + 1:02d}{int(year) + 25:04d}01{digit}{serial + 1:03d}"
        )
    return result


def _theta(bank: Bank, people: pd.Series, seed: int) -> pd.DataFrame:
    """Draw theta of everybody on every scale from the population."""
    scales = list(bank.scales)
    covariance = bank.population[scales].to_numpy(float)
    noise = stream(seed, "twin", "theta").standard_normal((len(people), len(scales)))
    drawn = bank.population["mean"].to_numpy(float) + noise @ np.linalg.cholesky(covariance).T
    return pd.DataFrame(drawn, columns=scales, index=pd.Index(people.astype("str"), name="participant_id"))


def _as_input(name: str, frame: pd.DataFrame, nips: dict[str, str]) -> pd.DataFrame:
    """Return a stored table as its input file holds it."""
    if "participant_id" not in frame:
        return frame
    result = frame.assign(participant_id=frame["participant_id"].map(nips)).rename(columns={"participant_id": "nip"})
    if name == "participants":
        result.insert(1, "name", [f"Kembaran {number + 1}" for number in range(len(result))])
    return result


def _answers(
    stored: pd.DataFrame,
    tables: dict[str, pd.DataFrame],
    bank: Bank,
    theta: pd.DataFrame,
    *,
    raw: bool,
    seed: int,
) -> pd.DataFrame:
    """Return answers of the people of one sheet to the items that the bank knows; other items are left blank."""
    items = tables["items"].set_index("item_id")
    keys = tables.get("keys", pd.DataFrame({"item_id": [], "key": []})).drop_duplicates("item_id", keep="last")
    key_of = keys.set_index("item_id")["key"]
    known = bank.item_parameters.set_index("item_id", drop=False)
    columns: dict[str, object] = {}
    for item_id in (c for c in stored.columns if c != "participant_id"):
        if item_id not in known.index:
            columns[item_id] = [None] * len(stored)
            continue
        calibration = irt.Calibration.from_items(known.loc[[item_id]].reset_index(drop=True))
        scale = str(known.loc[item_id, "scale"])
        mine = theta.loc[stored["participant_id"].astype("str"), scale].to_numpy(float)
        random = stream(seed, "twin", str(item_id))
        category = irt.draw_answers(calibration, mine, random)[:, 0]
        columns[item_id] = _written(items.loc[item_id], str(key_of.get(item_id, "")), category, random, raw=raw)
    return pd.DataFrame(columns, index=stored.index)


def _written(
    item: pd.Series, key: str, category: NDArray[np.int8], random: np.random.Generator, *, raw: bool
) -> pd.Series:
    """Return categories as the answer file writes them: option letters, or scores."""
    options = str(item["options"]).split("|") if isinstance(item["options"], str) else []
    if item["format"] == "mc":
        if not raw:
            return pd.Series(category.astype(str), dtype="str")
        wrong = np.array([option for option in options if option != key], dtype=object)
        chosen = wrong[random.integers(0, wrong.size, category.size)]
        return pd.Series(np.where(category == 1, key, chosen), dtype="str")
    scores = str(item["option_scores"]).split("|")
    order = np.argsort([float(score) for score in scores], kind="stable")
    texts = np.array(options if raw else scores, dtype=object)[order]
    return pd.Series(texts[category], dtype="str")


def compare_twin(twin: Workspace) -> TwinResult:
    """Compare the boxes that the chain stated about a twin with what is true of it.

    Raises
    ------
    ValueError
        When the folder is no simulated round that was placed.
    """
    path = twin.path / "truth" / "standing.parquet"
    if not path.is_file() or not twin.has("boxes"):
        raise ValueError(
            _("{name} bukan kembaran yang sudah dijalankan; buat dengan 'workbench twin'.").format(
                name=twin.settings.name
            )
        )
    boxes = twin.read("boxes").set_index("participant_id")
    truth = pd.read_parquet(path).set_index("participant_id").reindex(boxes.index)
    known = ((boxes["withheld_reason"] == "") & truth["box"].notna()).to_numpy(bool)
    boxes, truth = boxes[known], truth[known]
    pool = load_policy(twin.settings.policy).boxes.pool
    right_box = (boxes["box"].to_numpy(int) == truth["box"].to_numpy(int)).mean() if len(boxes) else float("nan")
    inside = np.isin(boxes["box"].to_numpy(int), pool)
    right_side = (inside == truth["in_pool"].to_numpy(bool)).mean() if len(boxes) else float("nan")
    n = np.array([float(max(len(boxes), 1))])
    (box_low,), (box_high,) = wilson(np.array([right_box]), n)
    (pool_low,), (pool_high,) = wilson(np.array([right_side]), n)
    p = boxes["p_pool"].to_numpy(float)
    stated = float(np.where(inside, p, 1 - p).mean()) if len(boxes) else float("nan")
    return TwinResult(
        n=len(boxes),
        box=float(right_box),
        box_low=float(box_low),
        box_high=float(box_high),
        pool=float(right_side),
        pool_low=float(pool_low),
        pool_high=float(pool_high),
        stated=stated,
    )
