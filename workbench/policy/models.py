"""What a policy file may say, and what is refused.

Every table of a file names its source and a mark: ``v`` read in an official or published source, ``practice`` several
instansi agree but the annex was not read, ``no`` unverified or a choice of this project. Classes of a scale are always
given by their lower bounds, so that no file can leave a gap or let two classes claim one score.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from workbench.i18n import _, format_shortest
from workbench.policy.standards import (
    BoxGrid,
    Category,
    CategoryScale,
    Competencies,
    Group,
    InstrumentSpec,
    ItemRules,
    Jenjang,
    Mark,
    Number,
    ScaleSpec,
    Sourced,
    Text,
)

__all__ = [
    "BoxGrid",
    "Category",
    "CategoryScale",
    "Competencies",
    "Component",
    "Cuts",
    "Group",
    "InstrumentSpec",
    "ItemRules",
    "Jenjang",
    "Jpm",
    "KinerjaError",
    "Policy",
    "ScaleSpec",
]

RECORDED = (
    "predicate",
    "hasil_kerja",
    "rating",
    "feedback_360",
    "award",
    "assignment",
    "certificates",
    "years_in_tier",
    "education",
    "field_match",
    "discipline",
)
MEASURED = ("jpm", "percentage")
# Recorded as names, so that points are needed; the other records are numbers.
NAMED = ("predicate", "hasil_kerja", "award", "assignment", "education", "field_match", "discipline")
ROWS = ("di_bawah", "sesuai", "di_atas")
# Probabilities of a row are written with a few decimals.
SUMS_TO_ONE = 1e-6
# Which record each reading of kinerja must rest on.
KINERJA_RECORD = {"predicate_map": "predicate", "hasil_kerja": "hasil_kerja", "numeric": "rating"}


class Component(Sourced):
    """One part of an axis.

    Attributes
    ----------
    key, title : str
    weight : float
        Percent of the axis; `source` and `verified` speak of it.
    measured_by : str
        ``jpm`` or ``percentage`` (from scales, with measurement error), or a recorded value.
    scales : str
        Instrument whose scales are meant, for measured parts.
    points : dict of str to float
        Points of each recorded value.
    steps : tuple of (float, float)
        Lower bounds, falling, and their points.
    value_source, value_verified : str
        Where it was read how the part is valued: its points, its steps, or how JPM or percentage enter.
    """

    key: Text
    title: Text
    weight: Number = Field(gt=0, le=100)
    measured_by: Text = Field(alias="from")
    scales: str = ""
    points: dict[str, Number] = Field(default_factory=dict)
    steps: tuple[tuple[Number, Number], ...] = ()
    value_source: Text
    value_verified: Mark

    @model_validator(mode="after")
    def _sound(self) -> Component:
        if self.measured_by not in (*RECORDED, *MEASURED):
            raise ValueError(
                _("komponen '{key}' diukur dari '{what}' yang tidak dikenal").format(
                    key=self.key, what=self.measured_by
                )
            )
        if (self.measured_by in MEASURED) != bool(self.scales):
            raise ValueError(_("komponen '{key}': isi 'scales' hanya untuk jpm dan percentage").format(key=self.key))
        if self.measured_by in NAMED and not self.points:
            raise ValueError(_("komponen '{key}' memerlukan 'points', angka tiap isian").format(key=self.key))
        if self.measured_by in MEASURED and (self.points or self.steps):
            raise ValueError(_("komponen '{key}' diukur dengan tes; hapus 'points' dan 'steps'").format(key=self.key))
        if self.points and self.steps:
            raise ValueError(_("komponen '{key}': pilih 'points' atau 'steps', jangan keduanya").format(key=self.key))
        values = [*self.points.values(), *(p for _low, p in self.steps)]
        if any(not 0 <= value <= 100 for value in values):
            raise ValueError(_("komponen '{key}': nilai harus antara 0 dan 100").format(key=self.key))
        lows = [low for low, _p in self.steps]
        if lows and (lows != sorted(set(lows), reverse=True) or lows[-1] != 0):
            raise ValueError(
                _("komponen '{key}': batas bawah 'steps' harus turun tanpa kembar dan berakhir pada 0").format(
                    key=self.key
                )
            )
        return self


class Cuts(Sourced):
    """Cut points of both axes, lower bounds inclusive: low | middle | top."""

    potensial: tuple[Number, Number]
    kinerja: tuple[Number, Number]

    @model_validator(mode="after")
    def _sound(self) -> Cuts:
        for name, (low, high) in (("potensial", self.potensial), ("kinerja", self.kinerja)):
            if not 0 < low < high <= 100:
                raise ValueError(
                    _("batas {axis} harus naik di antara 0 dan 100, ditemukan {low} dan {high}").format(
                        axis=name, low=format_shortest(low), high=format_shortest(high)
                    )
                )
        return self


class Jpm(Sourced):
    """How the job-person match prints: capping and the purpose that chooses its categories."""

    capping: Literal["none", "total", "per_competency"]
    purpose: Literal["pemetaan", "pengisian_jabatan"]


class KinerjaAxis(Sourced):
    """From which record kinerja is read; with ``hasil_kerja`` the row is read directly."""

    value: Literal["predicate_map", "hasil_kerja", "numeric"]


class Missing(Sourced):
    """What happens to a person who lacks a component: ``withhold`` the box, or ``reweight`` the parts present."""

    value: Literal["withhold", "reweight"]


class KinerjaError(Sourced):
    """Error of the performance record that kinerja rests on.

    Attributes
    ----------
    value : str
        ``none`` takes kinerja as recorded; ``confusion`` is for named records, ``reliability`` for a rating in numbers.
    confusion : dict of str to dict of str to float
        For each recorded value the probability of each value that was truly deserved; every row sums to one.
    reliability : float
        Share of the variance of the ratings that is true.
    mean, sd : float
        Of the ratings in the group on which the reliability was found.
    """

    value: Literal["none", "confusion", "reliability"]
    confusion: dict[str, dict[str, float]] = Field(default_factory=dict)
    reliability: float | None = Field(default=None, gt=0, le=1)
    mean: float | None = Field(default=None, ge=0, le=100)
    sd: float | None = Field(default=None, gt=0, le=50)

    @model_validator(mode="after")
    def _sound(self) -> KinerjaError:
        if bool(self.confusion) != (self.value == "confusion"):
            raise ValueError(_("'confusion' diisi bila, dan hanya bila, galat kinerja bernilai confusion"))
        figures = [figure is not None for figure in (self.reliability, self.mean, self.sd)]
        if (all(figures) if self.value == "reliability" else any(figures)) != (self.value == "reliability"):
            raise ValueError(
                _("'reliability', 'mean', dan 'sd' diisi ketiganya bila, dan hanya bila, galat bernilai reliability")
            )
        for recorded, row in self.confusion.items():
            if any(not 0 <= share <= 1 for share in row.values()) or abs(sum(row.values()) - 1) > SUMS_TO_ONE:
                raise ValueError(
                    _(
                        "galat kinerja, baris '{row}': peluang harus 0 sampai 1 dan berjumlah 1, ditemukan {total:g}"
                    ).format(row=recorded, total=sum(row.values()))
                )
        return self


class Risk(Sourced):
    """Weight of each decision in the risk of a person."""

    pool: Number = Field(gt=0, le=100)


class TalentScore(Sourced):
    """Share of each axis in the talent score, in percent."""

    kinerja: Number = Field(ge=0, le=100)
    potensial: Number = Field(ge=0, le=100)

    @model_validator(mode="after")
    def _sound(self) -> TalentScore:
        total = self.kinerja + self.potensial
        if abs(total - 100) > 1e-6:
            raise ValueError(_("bobot nilai talenta berjumlah {total}, harus 100").format(total=format_shortest(total)))
        return self


class Policy(Sourced):
    """A policy: from levels and records to two axes and nine boxes.

    Attributes
    ----------
    key, title, source : str
    in_force : str
        Year, or date, from which it is in force.
    verified : str
        ``v`` read in an official or published source, ``practice`` several systems agree, ``no`` unverified.
    kinerja_axis, missing, kinerja_error, risk, jpm, cuts
        Rules with a source of their own.
    talent : TalentScore or None
        Shares of the axes in a talent score, where the policy has one.
    potensial, kinerja : tuple of Component
    boxes : BoxGrid
    competencies : Competencies
    categories : CategoryScale
    instruments : dict of str to InstrumentSpec
    """

    key: Text
    title: Text
    in_force: str = Field(pattern=r"^\d{4}(-\d{2}-\d{2})?$")
    kinerja_axis: KinerjaAxis
    missing: Missing
    kinerja_error: KinerjaError
    jpm: Jpm
    cuts: Cuts
    risk: Risk
    talent: TalentScore | None = None
    potensial: tuple[Component, ...]
    kinerja: tuple[Component, ...]
    boxes: BoxGrid
    competencies: Competencies
    categories: CategoryScale
    instruments: dict[str, InstrumentSpec]

    @model_validator(mode="after")
    def _sound(self) -> Policy:
        for name, parts in (("potensial", self.potensial), ("kinerja", self.kinerja)):
            total = sum(part.weight for part in parts)
            if abs(total - 100) > 1e-6:
                raise ValueError(
                    _("bobot {axis} berjumlah {total}, harus 100").format(axis=name, total=format_shortest(total))
                )
            keys = [part.key for part in parts]
            if len(set(keys)) != len(keys):
                raise ValueError(_("ada komponen {axis} yang disebut dua kali").format(axis=name))
            for part in parts:
                self._check_scales(part)
        self._check_kinerja()
        return self

    def _check_scales(self, part: Component) -> None:
        if not part.scales:
            return
        if part.scales not in self.instruments:
            raise ValueError(
                _("komponen '{key}' merujuk instrumen '{scales}' yang tidak dikenal").format(
                    key=part.key, scales=part.scales
                )
            )
        spec = self.instruments[part.scales]
        unmatched = spec.kind != "competency" and any(scale.standard is None for scale in spec.scales)
        if part.measured_by == "jpm" and unmatched:
            raise ValueError(
                _("komponen '{key}': instrumen '{scales}' tanpa standar, JPM tidak dapat dihitung").format(
                    key=part.key, scales=part.scales
                )
            )

    def _check_kinerja(self) -> None:
        axis, records = self.kinerja_axis.value, [part.measured_by for part in self.kinerja]
        if KINERJA_RECORD[axis] not in records:
            raise ValueError(
                _("sumbu kinerja {axis} memerlukan komponen dari '{record}'").format(
                    axis=axis, record=KINERJA_RECORD[axis]
                )
            )
        self._check_kinerja_error()
        if axis != "hasil_kerja":
            return
        if len(records) != 1:
            raise ValueError(_("sumbu kinerja hasil_kerja hanya boleh berisi komponen hasil_kerja"))
        points = self.kinerja[0].points
        rows = [sum(points.get(name, -1) >= cut for cut in self.cuts.kinerja) for name in ROWS]
        if set(points) != set(ROWS) or rows != [0, 1, 2]:
            raise ValueError(_("angka hasil_kerja harus jatuh pada barisnya sendiri menurut batas kinerja"))

    @property
    def kinerja_record(self) -> Component:
        """The part of kinerja whose record the reading of the axis rests on."""
        record = KINERJA_RECORD[self.kinerja_axis.value]
        return next(part for part in self.kinerja if part.measured_by == record)

    def _check_kinerja_error(self) -> None:
        error, part = self.kinerja_error, self.kinerja_record
        if (error.value == "confusion" and not part.points) or (error.value == "reliability" and part.points):
            raise ValueError(
                _("galat kinerja '{error}' tidak cocok dengan sumbu kinerja {axis}").format(
                    error=error.value, axis=self.kinerja_axis.value
                )
            )
        if error.value != "confusion":
            return
        named = {*error.confusion, *(name for row in error.confusion.values() for name in row)}
        if set(error.confusion) != set(part.points) or not named <= set(part.points):
            raise ValueError(
                _(
                    "galat kinerja harus menyebut satu baris untuk tiap isian '{record}', dan tidak ada isian lain"
                ).format(record=part.measured_by)
            )

    def scales_of(self, instrument: str) -> tuple[str, ...]:
        """Return the scales of an instrument."""
        return tuple(scale.key for scale in self.instruments[instrument].scales)

    def scales_of_part(self, part: Component) -> tuple[str, ...]:
        """Return the scales that a part of an axis is measured by; none for a recorded one."""
        return self.scales_of(part.scales) if part.scales else ()

    @property
    def competency_instrument(self) -> str:
        """Key of the instrument that measures the competencies of the standard, on which the printed JPM rests."""
        return next(key for key, spec in self.instruments.items() if spec.kind == "competency")

    @property
    def used_scales(self) -> tuple[str, ...]:
        """Scales that the axes or the printed JPM rest on, in order."""
        names = [*self.competencies.competencies]
        for part in (*self.potensial, *self.kinerja):
            if part.scales:
                names += self.scales_of(part.scales)
        return tuple(dict.fromkeys(names))
