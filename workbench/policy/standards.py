"""What every policy refers to: competency standards, categories, boxes, instruments; each with its source and mark."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator

from workbench.i18n import _

__all__ = [
    "BoxGrid",
    "Category",
    "CategoryScale",
    "Competencies",
    "Frozen",
    "Group",
    "InstrumentSpec",
    "ItemRules",
    "Jenjang",
    "Mark",
    "Number",
    "ScaleSpec",
    "Sourced",
    "Text",
]

Mark = Literal["v", "practice", "no"]
Text = Annotated[str, Field(min_length=1)]
# A number is written as one: text such as "20", or true, is a slip of the pen and not 20 or 1.
Number = Annotated[float, Strict()]


class Frozen(BaseModel):
    """A table of a policy file: nothing unknown in it, nothing changed after it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)


class Sourced(Frozen):
    """A table of a policy file, with where it was read and how sure that is."""

    source: Text
    verified: Mark


class Category(Frozen):
    """One category of JPM, from its lower bound up to the next."""

    key: Text
    title: Text
    from_: Number = Field(alias="from", ge=0, le=500)


class CategoryScale(Sourced):
    """Categories of JPM for one purpose, falling."""

    title: Text
    categories: tuple[Category, ...]

    @model_validator(mode="after")
    def _sound(self) -> CategoryScale:
        lows = [category.from_ for category in self.categories]
        if not lows or lows != sorted(set(lows), reverse=True) or lows[-1] != 0:
            raise ValueError(_("batas bawah kategori JPM harus turun tanpa kembar dan berakhir pada 0"))
        keys = [category.key for category in self.categories]
        if len(set(keys)) != len(keys):
            raise ValueError(_("ada kategori JPM yang disebut dua kali"))
        return self


class Jenjang(Sourced):
    """One tier and the level it requires of every competency."""

    key: Text
    title: Text
    required_level: int = Field(ge=1, le=5)


class Competencies(Sourced):
    """The competency standard."""

    key: Text
    title: Text
    competencies: tuple[Text, ...]
    levels: tuple[Text, Text, Text, Text, Text]
    jenjang: tuple[Jenjang, ...]

    def required(self, jenjang: str) -> int:
        """Return the level that a tier requires.

        Raises
        ------
        ValueError
            When the standard does not know the tier.
        """
        for tier in self.jenjang:
            if tier.key == jenjang:
                return tier.required_level
        raise ValueError(
            _("Jenjang '{jenjang}' tidak ada pada standar {key}; yang dikenal: {known}.").format(
                jenjang=jenjang, key=self.key, known=", ".join(tier.key for tier in self.jenjang)
            )
        )

    def title_of(self, jenjang: str) -> str:
        """Return the name of a tier for readers."""
        return next((j.title for j in self.jenjang if j.key == jenjang), jenjang)


class Group(Sourced):
    """Boxes that are spoken of together."""

    title: Text
    boxes: tuple[int, ...]


class BoxGrid(Sourced):
    """The nine boxes: rows are kinerja from the top, columns potensial from the left."""

    key: Text
    title: Text
    grid: tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]
    pool: tuple[int, ...]
    pool_source: Text
    pool_verified: Mark
    groups: tuple[Group, ...]
    follow_up: dict[int, Text]
    follow_up_source: Text
    follow_up_verified: Mark

    @model_validator(mode="after")
    def _sound(self) -> BoxGrid:
        boxes = list(range(1, 10))
        if sorted(box for row in self.grid for box in row) != boxes:
            raise ValueError(_("kotak 1 sampai 9 harus muncul tepat satu kali pada kisi"))
        if not self.pool or not set(self.pool) < set(boxes) or len(set(self.pool)) != len(self.pool):
            raise ValueError(_("kotak kumpulan talenta harus antara 1 dan 9, masing-masing satu kali"))
        if sorted(box for group in self.groups for box in group.boxes) != boxes:
            raise ValueError(_("tiap kotak 1 sampai 9 harus masuk tepat satu kelompok"))
        if sorted(self.follow_up) != boxes:
            raise ValueError(_("tindak lanjut harus disebut untuk tiap kotak 1 sampai 9"))
        return self

    def box(self, potensial: int, kinerja: int) -> int:
        """Return the box of a column and a row, each 0 low, 1 middle, 2 top."""
        return self.grid[2 - kinerja][potensial]


class ScaleSpec(Frozen):
    """One scale of an instrument."""

    key: Text
    title: Text
    standard: int | None = Field(default=None, ge=1, le=5)


class InstrumentSpec(Sourced):
    """One instrument and its scales; its standards, where it has any, have a source of their own."""

    key: Text
    title: Text
    kind: Literal["competency", "literacy", "emerging", "potential", "cognitive"]
    standard_source: str = ""
    standard_verified: Mark = "no"
    scales: tuple[ScaleSpec, ...]

    @model_validator(mode="after")
    def _sound(self) -> InstrumentSpec:
        if any(scale.standard is not None for scale in self.scales) != bool(self.standard_source):
            raise ValueError(_("instrumen '{key}': standar aspek memerlukan 'standard_source'").format(key=self.key))
        return self


class ItemRules(Sourced):
    """A named set of limits for items; NaN where it has none."""

    key: Text
    title: Text
    difficulty_low: float = float("nan")
    difficulty_high: float = float("nan")
    item_rest_low: float = float("nan")
