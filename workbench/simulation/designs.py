"""Read what is assumed about the simulated instruments, population, cohorts and defects: TOML files in ``data/``.

Every number in those files is an assumption and says so. Nothing here draws a random number.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workbench.i18n import _

__all__ = [
    "INSTRUMENTS",
    "CohortDesign",
    "Defects",
    "InstansiDesign",
    "InstrumentDesign",
    "PopulationDesign",
    "cohort_names",
    "load_cohort",
    "load_defects",
    "load_instrument",
    "load_names",
    "load_population",
    "load_posts",
    "scale_keys",
]

INSTRUMENTS = ("mansoskul", "literasi-digital", "emerging-skills", "potensi")
COMMON_SHARE = 2 / 3  # of the items of a scale in a form are common to the forms of all klaster

Share = Annotated[float, Field(ge=0, le=1)]
Range = tuple[float, float]


class _Design(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OrderedItems(_Design):
    """How items with ordered options are drawn: graded response model on the logistic metric, D = 1."""

    options: int = Field(ge=2, le=8)
    slope: Range
    location: Range
    step: float = Field(gt=0)


class MultipleChoiceItems(_Design):
    """How multiple-choice items are drawn: nested logit of Suh and Bolt (2010)."""

    options: int = Field(ge=2, le=8)
    slope: Range
    location: Range
    distractor_intercept: float = Field(ge=0)
    distractor_slope: float = Field(ge=0)


class ScaleDesign(_Design):
    """One scale: its key, the prefix of its item codes, and how many items a person answers."""

    key: str
    code: str = Field(pattern="^[A-Z]{3}$")
    items: int = Field(ge=1)
    format: Literal["mc", "ordered"]

    @property
    def common(self) -> int:
        """Number of items that stand in the forms of all klaster."""
        return round(self.items * COMMON_SHARE)


class InstrumentDesign(_Design):
    """One instrument: its scales and how their items are drawn from ``item_seed``."""

    assumed: Literal[True]
    instrument: str
    title: str
    item_seed: int
    key_version: str
    order: Literal["mixed", "parts"]
    correlation: Share
    minutes: int = Field(gt=0)
    seconds_per_item: float = Field(gt=0)
    ordered: OrderedItems | None = None
    multiple_choice: MultipleChoiceItems | None = None
    scales: tuple[ScaleDesign, ...]


class Ability(_Design):
    """Correlations and mean differences of true ability."""

    between: Share
    instansi_sd: float = Field(ge=0)
    education: Share


class JenjangDesign(_Design):
    """Share and mean ability of each jenjang."""

    share: dict[str, Share]
    shift: dict[str, float]


class Records(_Design):
    """What personnel records say: shares of each entry, completeness, and reliability of the performance record."""

    complete: Share
    reliability: Share
    outcome_correlation: Share
    feedback_mean: float
    feedback_sd: float
    field_match: Share
    pppk: Share
    void: Share
    predicate: dict[str, Share]
    hasil_kerja: dict[str, Share]
    award: dict[str, Share]
    assignment: dict[str, Share]
    discipline: dict[str, Share]
    certificates: dict[int, Share]
    tenure: dict[str, tuple[float, float, Share]]
    education: dict[str, Share]


class Answers(_Design):
    """Blank answers."""

    omitted_wrong: Share
    omitted_ordered: Share
    not_reached: Share
    not_reached_mean: float = Field(ge=1)


class Groups(_Design):
    """Shares of the protected groups."""

    women: Share
    disability: Share
    region: dict[str, Share]


class PopulationDesign(_Design):
    """What all simulated rounds share."""

    assumed: Literal[True]
    ability: Ability
    jenjang: JenjangDesign
    records: Records
    answers: Answers
    groups: Groups


class InstansiDesign(_Design):
    """One instansi of a round."""

    name: str
    code: str = Field(pattern="^[A-Z]{3}$")
    kind: str
    province: str
    size: int = Field(ge=1)
    klaster: str


class CohortDesign(_Design):
    """One round: who is invited, where, on which forms, and under which policy it is placed by default.

    The ``norm`` round is the one that sets the metric: over all its people theta has mean 0 and standard deviation 1.
    """

    assumed: Literal[True]
    name: str
    title: str
    policy: str
    bank: str
    first_day: dt.date
    rooms: int = Field(ge=1)
    seats: int = Field(ge=2)
    absence: Share
    forms: tuple[str, ...]
    reserve_forms: tuple[str, ...]
    expected_pool_share: dict[str, Share]
    norm: bool = False
    klaster_shift: dict[str, float] = {}
    jenjang: dict[str, int] = {}
    instansi: tuple[InstansiDesign, ...]

    @property
    def size(self) -> int:
        """Number of people invited."""
        return sum(one.size for one in self.instansi)


class Defects(_Design):
    """What to plant in a round. A number below 1 is a share of the people (at least one), from 1 on a count.

    Attributes
    ----------
    miskeyed_items : int
        Multiple-choice items whose key file names a wrong option.
    wrong_package, double_sittings, copied_pairs, rapid_guessers : float
        People whose sheet was recorded under another package, who sat twice, copied from a neighbour, stopped reading.
    dif_items : int
        Items harder for women by `dif_size` logits of difficulty.
    copied_share : float
        Share of the answers of one instrument that a copier takes over.
    drifted_items : int
        Items whose difficulty moved by `drift_size` since the bank was made.
    testlets : int
        Groups of five neighbouring items with a second cause of SD `testlet_sd`.
    guessing : float
        Chance that somebody who does not know the answer of a multiple-choice item finds it: the truth is then a
        three-parameter model, whatever the bank says.
    ability_skewness : float
        Skewness of ability on every scale; 0 is normal.
    ability_shift, ability_spread : float
        Mean and standard deviation of ability, in those of the population that the bank knows: a round of other people.
    """

    miskeyed_items: int = Field(default=0, ge=0)
    wrong_package: float = Field(default=0, ge=0)
    double_sittings: float = Field(default=0, ge=0)
    dif_items: int = Field(default=0, ge=0)
    dif_size: float = 0.7
    copied_pairs: float = Field(default=0, ge=0)
    copied_share: Share = 0.75
    rapid_guessers: float = Field(default=0, ge=0)
    drifted_items: int = Field(default=0, ge=0)
    drift_size: float = -0.5
    testlets: int = Field(default=0, ge=0)
    testlet_sd: float = Field(default=0.8, ge=0)
    guessing: Share = 0.0
    ability_skewness: float = Field(default=0, ge=-1.9, le=1.9)
    ability_shift: float = Field(default=0, ge=-3, le=3)
    ability_spread: float = Field(default=1, gt=0, le=3)


def count(amount: float, people: int) -> int:
    """Return how many people an amount of `Defects` means among `people`."""
    if amount == 0 or people == 0:
        return 0
    return min(people, max(1, round(amount * people)) if amount < 1 else round(amount))


def cohort_names() -> tuple[str, ...]:
    """Return the names of the cohorts that can be simulated."""
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in (_DATA / "cohorts").iterdir()))


@cache
def load_cohort(name: str) -> CohortDesign:
    """Read the design of a cohort.

    Raises
    ------
    ValueError
        When there is no cohort of that name.
    """
    if name not in cohort_names():
        raise ValueError(
            _("Kohor '{name}' tidak dikenal; pilih salah satu: {names}.").format(
                name=name, names=", ".join(cohort_names())
            )
        )
    return CohortDesign(**_read(f"cohorts/{name}.toml"))


@cache
def load_instrument(name: str) -> InstrumentDesign:
    """Read the design of an instrument, one of `INSTRUMENTS`."""
    return InstrumentDesign(**_read(f"instruments/{name}.toml"))


@cache
def load_population() -> PopulationDesign:
    """Read what all simulated rounds share."""
    return PopulationDesign(**_read("population.toml"))


@cache
def load_names() -> dict[str, Any]:
    """Read the parts of invented names: ``men``, ``women`` and ``last`` by region."""
    return _read("names.toml")


@cache
def load_posts() -> dict[str, Any]:
    """Read units by kind of instansi, fields of study, and posts by jenjang."""
    return _read("posts.toml")


def scale_keys() -> tuple[str, ...]:
    """Return the keys of all scales, in the order of `INSTRUMENTS`."""
    return tuple(scale.key for name in INSTRUMENTS for scale in load_instrument(name).scales)


def load_defects(source: str | Path | Defects) -> Defects:
    """Return the defects that ``none``, ``ordinary`` or a TOML file name.

    Raises
    ------
    ValueError
        When the file does not exist, is not TOML, or holds an unknown or impossible entry.
    """
    if isinstance(source, Defects):
        return source
    if source == "none":
        return Defects()
    if source == "ordinary":
        return Defects(**_read("defects.toml"))
    path = Path(source)
    if not path.is_file():
        raise ValueError(
            _("Cacat '{source}' tidak dikenal; tulis none, ordinary, atau nama berkas TOML.").format(source=source)
        )
    try:
        return Defects(**tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ValueError(
            _("{path} bukan TOML yang sah ({problem}); perbaiki berkas itu.").format(path=path.name, problem=problem)
        ) from None
    except ValidationError as problem:
        where = ".".join(str(part) for part in problem.errors()[0]["loc"])
        raise ValueError(
            _("{path}: isian '{where}' tidak sah; perbaiki berkas itu.").format(path=path.name, where=where)
        ) from None


_DATA = files("workbench.simulation") / "data"


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_DATA / name).read_text(encoding="utf-8"))
