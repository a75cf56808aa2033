"""The settings file of a workspace, ``workbench.toml``, and the people it lists."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

__all__ = ["ROLES", "Person", "Role", "Settings"]

Role = Literal["assessor", "psychometrician", "chair", "secretary", "observer", "administrator"]
ROLES: tuple[Role, ...] = ("assessor", "psychometrician", "chair", "secretary", "observer", "administrator")


class Person(BaseModel):
    """One person of the office.

    Attributes
    ----------
    name : str
        The name of the account, or the one given with ``--as``.
    roles : tuple of str
        Some of `ROLES`; without one the person only looks on.
    instansi : str
        Where the person works; cases from there are not given to them. Empty: from no instansi of the round.
    scope : tuple of str
        Instansi whose cases are given to them; empty: all.
    seniority : int or None
        Rank or years in service, a larger number for the more senior; only the audit of influence reads it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=128)
    roles: tuple[Role, ...] = ()
    instansi: str = ""
    scope: tuple[str, ...] = ()
    seniority: int | None = Field(default=None, ge=0)


class Settings(BaseModel):
    """Contents of ``workbench.toml``.

    Attributes
    ----------
    name, title : str
        Short name of the round (used in file names) and its name for readers.
    policy : str
        Key of the policy that places people (``workbench.policy.load_policy``); empty where the data end before boxes.
    bank : str
        Version of the item bank that scores this round; empty calibrates the round on itself ("sementara").
    locale : str
        ``id`` or ``en``: language of reports and pages.
    database : str
        SQLAlchemy address of the review log; relative SQLite paths are relative to the workspace.
    item_rules : str
        Name of the flag rule set for items.
    seed : int
        Seed of every random draw of the chain.
    draws : int
        Draws per person when the nine probabilities are counted.
    simulated : str
        Name of the simulated cohort, empty for real data.
    ends_after : str
        Last stage the data allow (``scores`` where there is no performance record), empty for the whole chain.
    ends_because : str
        The sentence that says why the chain ends there.
    entry : str
        What the round holds of its people: ``responses``, ``levels`` as received, or the ``component_sheet``.
    people : tuple of str or Person
        Who may take turns in the review app of one office (``workbench review DIR --as NAME``): names alone, who may
        all do everything, or people with roles.
    own_instansi : bool
        Whether people may review cases of their own instansi.
    votes_required : int
        Votes that decide a case; from two on they are blind until all are in.
    votes_by_tier : dict of str to int
        The same for single tiers (jenjang); the others keep `votes_required`.
    lease_minutes : int
        How long a case that somebody claimed is kept for them.
    quorum : int
        People who must be present when the pleno decides.
    known_share : float
        Known cases in the queue, as a share of the cases of people; 0 for none.
    known_from : str
        Folder of the twin that they come from (``workbench twin``), relative to the workspace.
    most_pages : int
        Pages of the review that may be open at once.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    policy: str = ""
    bank: str = ""
    locale: str = Field(default="id", pattern="^(id|en)$")
    database: str = "sqlite:///review.sqlite"
    item_rules: str = "house-2026"
    seed: int = 0
    draws: int = Field(default=200, ge=16, le=100_000)
    simulated: str = ""
    ends_after: str = ""
    ends_because: str = ""
    entry: Literal["responses", "levels", "component_sheet"] = "responses"
    people: tuple[str | Person, ...] = ()
    own_instansi: bool = False
    votes_required: int = Field(default=1, ge=1, le=9)
    votes_by_tier: dict[str, Annotated[int, Field(ge=1, le=9)]] = Field(default_factory=dict)
    lease_minutes: int = Field(default=30, ge=1, le=1440)
    quorum: int = Field(default=3, ge=1, le=99)
    known_share: float = Field(default=0.0, ge=0, le=0.25)
    known_from: str = ""
    most_pages: int = Field(default=32, ge=1, le=999)

    @field_validator("people")
    @classmethod
    def _once(cls, people: tuple[str | Person, ...]) -> tuple[str | Person, ...]:
        names = [_name(person) for person in people]
        if len(set(names)) < len(names):
            raise ValueError("a name stands twice")
        return people

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the people on the list."""
        return tuple(_name(person) for person in self.people)

    @property
    def persons(self) -> tuple[Person, ...]:
        """The people on the list; empty where only names are listed, who may all do everything."""
        if not any(isinstance(person, Person) for person in self.people):
            return ()
        return tuple(person if isinstance(person, Person) else Person(name=person) for person in self.people)

    def to_toml(self) -> str:
        """Return the settings as TOML text."""
        return "".join(f"{name} = {_toml(value)}\n" for name, value in self.model_dump(exclude_none=True).items())


def _name(person: str | Person) -> str:
    return person if isinstance(person, str) else person.name


def _toml(value: Any) -> str:
    """Return a value of the settings in TOML, which writes texts and numbers as JSON does."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml(part)}" for name, part in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(part) for part in value) + "]"
    return json.dumps(value, ensure_ascii=False)
