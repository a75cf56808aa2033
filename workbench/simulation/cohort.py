"""Simulate a whole round: the files an organiser would hand over, and the truth behind them.

Sizes, shares and item properties come from ``data/*.toml``. Equal names, sizes, seeds and defects give equal frames and
equal files.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from workbench.i18n import _
from workbench.policy import load_policy
from workbench.records.identities import pseudonym
from workbench.simulation.ability import true_ability
from workbench.simulation.answers import DOUBLE_LATER, make_response_times, make_responses
from workbench.simulation.careers import make_development, make_posts, make_vacancies
from workbench.simulation.defects import Plan, make_plan
from workbench.simulation.designs import (
    INSTRUMENTS,
    CohortDesign,
    Defects,
    load_cohort,
    load_defects,
    load_instrument,
    load_population,
    scale_keys,
)
from workbench.simulation.items import form_items, item_bank
from workbench.simulation.memory import keyed_by_pseudonym
from workbench.simulation.people import make_people, make_positions, make_sittings
from workbench.simulation.personnel import make_personnel
from workbench.simulation.standing import true_standing
from workbench.simulation.streams import stream
from workbench.workspace import replaced_on_success, write_frame

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.workspace import Workspace

__all__ = ["Cohort", "simulate", "write", "write_input", "write_salt"]

CSV_LIMIT = 5_000  # people up to whom the inputs are CSV, so that one can look at them; Parquet above


@dataclass(frozen=True)
class Cohort:
    """One simulated round.

    Attributes
    ----------
    design : CohortDesign
        What was assumed.
    size, seed : int
        People invited, and the seed.
    policy : str
        Key of the policy under which the true standing was found.
    salt : bytes
        Salt of the pseudonyms, derived from name and seed.
    inputs : dict of pandas.DataFrame
        Input tables by name, keyed by ``nip``.
    responses : dict of (instrument, form) to pandas.DataFrame
        ``nip``, then one column of letters an item.
    truth : dict of pandas.DataFrame
        ``theta``, ``standing``, ``performance``, ``items``, ``planted``.
    """

    design: CohortDesign
    size: int
    seed: int
    policy: str
    salt: bytes
    inputs: dict[str, pd.DataFrame] = field(repr=False)
    responses: dict[tuple[str, str], pd.DataFrame] = field(repr=False)
    truth: dict[str, pd.DataFrame] = field(repr=False)


def simulate(
    name: str,
    *,
    size: int | None = None,
    seed: int = 0,
    policy: str | None = None,
    defects: str | Path | Defects = "none",
) -> Cohort:
    """Simulate one of the named rounds.

    Parameters
    ----------
    name : str
        One of `cohort_names`.
    size : int, optional
        People invited; by default the size of the real round. Instansi and jenjang keep their proportions.
    seed : int
        Everything but the item bank depends on it.
    policy : str, optional
        Key of the policy for the true standing; by default the one of the design.
    defects : str, Path or Defects
        ``none``, ``ordinary``, a TOML file, or `Defects`.

    Returns
    -------
    Cohort

    Raises
    ------
    ValueError
        When the name, size, seed, policy or defects are not usable.
    """
    design = load_cohort(name)
    wanted = load_defects(defects)
    size = design.size if size is None else size
    if size < 1:
        raise ValueError(_("Jumlah peserta {size} tidak mungkin; tulis bilangan 1 atau lebih.").format(size=size))
    if seed < 0:
        raise ValueError(_("Benih acak {seed} tidak sah; tulis bilangan 0 atau lebih.").format(seed=seed))
    policy = design.policy if policy is None else policy
    population = load_population()
    streams = partial(stream, seed, name)
    salt = hashlib.sha256(f"{name}/{seed}".encode()).digest()

    people = make_people(design, population, size, streams)
    nip = people.participants["nip"]
    ability = true_ability(
        people.shifts,
        population,
        streams,
        norm=design.norm and size == design.size,
        skewness=wanted.ability_skewness,
        shift=wanted.ability_shift,
        spread=wanted.ability_spread,
    )
    sittings = make_sittings(design, population, people, streams)
    personnel = make_personnel(
        people.participants[["nip", "jabatan"]],
        ability,
        design.first_day.year,
        population.records,
        population.ability.education,
        streams,
    )

    bank = item_bank()
    forms = pd.concat([form_items(form) for form in design.forms], ignore_index=True)
    reserve = [form_items(form) for form in design.reserve_forms]
    packages = (*design.forms, *design.reserve_forms)
    plan = make_plan(wanted, bank, forms, packages, sittings, streams)
    women = (people.protected_groups["sex"] == "P").to_numpy()
    at_hand = pd.concat([forms, *reserve], ignore_index=True)
    responses = make_responses(bank, at_hand, ability, women, sittings, plan, population.answers, streams)
    lengths = {sheet: frame.shape[1] - 1 for sheet, frame in responses.items()}
    times = make_response_times(sittings, lengths, plan, streams)

    participant_id = pd.Series([pseudonym(one, salt) for one in nip], dtype="str", name="participant_id")
    theta = pd.DataFrame(ability, columns=list(scale_keys()))
    theta.insert(0, "participant_id", participant_id)
    tables = {
        "participants": people.participants,
        "instansi": people.instansi,
        "positions": make_positions(),
        "posts": make_posts(),
        "vacancies": make_vacancies(people.participants, streams),
        "competency_development": make_development(nip, streams),
        "protected_groups": people.protected_groups,
        "sittings": _with_second_sittings(sittings, plan),
        "response_times": times,
        **personnel.tables,
        **_material(bank, forms, plan),
    }
    performance = personnel.true_performance.assign(nip=participant_id).rename(columns={"nip": "participant_id"})
    records = keyed_by_pseudonym(tables, dict(zip(nip, participant_id, strict=True)))
    truth = {
        "theta": theta,
        "standing": true_standing(theta, records, load_policy(policy)),
        "performance": performance,
        "items": bank,
        "planted": plan.to_frame(bank, participant_id.tolist()),
    }
    return Cohort(design, size, seed, policy, salt, tables, responses, truth)


def write(cohort: Cohort, workspace: Workspace) -> None:
    """Write a round into a workspace: ``inputs/`` as received, ``truth/`` apart, and the salt of the pseudonyms.

    Parameters
    ----------
    cohort : Cohort
    workspace : Workspace
        A new workspace.
    """
    ending = "csv" if cohort.size <= CSV_LIMIT else "parquet"
    files = {**cohort.inputs}
    for (instrument, form), frame in cohort.responses.items():
        files[f"responses_{instrument}__{form}"] = frame
    for name, frame in files.items():
        write_input(workspace.inputs / f"{name}.{ending}", frame)
    for name, frame in cohort.truth.items():
        write_frame(workspace.path / "truth" / f"{name}.parquet", frame)
    write_salt(workspace, cohort.salt)


def write_input(path: Path, frame: pd.DataFrame) -> None:
    """Write one input table as CSV or Parquet, by the ending of the path."""
    if path.suffix == ".parquet":
        write_frame(path, frame)
        return
    words = {True: "true", False: "false"}
    shown = frame.copy()
    for column in shown.columns[shown.dtypes == "bool"]:
        shown[column] = shown[column].map(words)
    with replaced_on_success(path) as temporary:
        shown.to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")


def write_salt(workspace: Workspace, salt: bytes) -> None:
    """Keep the salt where only the owner reads it; the pseudonyms in ``truth/`` were made with it."""
    path = workspace.path / "identities.salt"
    with replaced_on_success(path) as temporary:
        temporary.touch(mode=0o600)
        temporary.write_bytes(salt)


def _material(bank: pd.DataFrame, forms: pd.DataFrame, plan: Plan) -> dict[str, pd.DataFrame]:
    """Return the tables about instruments, items, keys and forms, with the keys as the key file states them."""
    designs = [load_instrument(name) for name in INSTRUMENTS]
    used = bank[bank["item_id"].isin(forms["item_id"])]
    keyed = used[used["format"] == "mc"]
    versions = {design.instrument: design.key_version for design in designs}
    stated = [plan.miskeyed.get(item_id, key) for item_id, key in zip(keyed["item_id"], keyed["key"], strict=True)]
    return {
        "instruments": pd.DataFrame(
            {
                "instrument": [design.instrument for design in designs],
                "title": [design.title for design in designs],
                "responses": "raw",
                "key_version": [design.key_version for design in designs],
            }
        ),
        "items": used[["item_id", "instrument", "scale", "format", "options", "option_scores"]].reset_index(drop=True),
        "keys": pd.DataFrame(
            {
                "item_id": keyed["item_id"].to_numpy(),
                "key_version": keyed["instrument"].map(versions).to_numpy(),
                "key": stated,
            }
        ),
        "forms": forms,
    }


def _with_second_sittings(sittings: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Append the second sittings of those who sat an instrument twice."""
    people = len(sittings) // len(INSTRUMENTS)
    rows = [INSTRUMENTS.index(instrument) * people + person for person, instrument in plan.double.items()]
    again = sittings.iloc[rows].assign(date=lambda frame: frame["date"] + DOUBLE_LATER)
    return pd.concat([sittings, again], ignore_index=True)
