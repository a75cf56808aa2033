"""Numbers that lists about talent rest on, beside the nine boxes: rotation, validity, tier above, outlook."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from workbench.i18n import _, format_number
from workbench.policy.explanation import Row, described
from workbench.policy.reading import DATA, checked, read_toml
from workbench.policy.standards import CategoryScale, Mark

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["TalentRules", "describe_talent_rules", "explain_talent_rules", "load_talent_rules"]


class _Sourced(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    source: Annotated[str, Field(min_length=1)]
    verified: Mark


class Rotation(_Sourced):
    """Years in one unit before a move of tier, and with rotation."""

    years: float = Field(gt=0, le=45)
    years_with_rotation: float = Field(gt=0, le=45)


class Validity(_Sourced):
    """Years that a result may be used."""

    years: float = Field(gt=0, le=45)


class TierAbove(_Sourced):
    """The tier one above each tier, and the scale on which its JPM is read."""

    purpose: Literal["pemetaan", "pengisian_jabatan"]
    next: dict[str, str]

    @model_validator(mode="after")
    def _sound(self) -> TierAbove:
        for tier in self.next:
            seen = [tier]
            while seen[-1] in self.next:
                seen.append(self.next[seen[-1]])
                if seen[-1] in seen[:-1]:
                    raise ValueError(_("urutan jenjang berputar pada '{tier}'").format(tier=tier))
        return self


class InvalidResult(_Sourced):
    """From when on a sitting is listed as perhaps not taken seriously."""

    rapid_share: float = Field(gt=0, le=1)
    person_fit: float = Field(lt=0)


class Outlook(_Sourced):
    """How far ahead retirements are counted, and the least number of posts of a field."""

    years: int = Field(ge=1, le=40)
    smallest_posts: int = Field(ge=1)


class Development(_Sourced):
    """Least number of people of whom a share is compared."""

    smallest_group: int = Field(ge=1)


class TalentRules(BaseModel):
    """Every number of the lists, with its source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rotation: Rotation
    validity: Validity
    tier_above: TierAbove
    invalid_result: InvalidResult
    outlook: Outlook
    development: Development
    filling: CategoryScale


@cache
def load_talent_rules(path: Path | None = None) -> TalentRules:
    """Return the shipped numbers, or an instansi's own from a TOML file.

    Raises
    ------
    ValueError
        When the file contradicts itself: one sentence with file and field.
    """
    file = DATA / "talent.toml" if path is None else path
    content = read_toml(file)
    scales = read_toml(DATA / "jpm_categories.toml")
    above = content.get("tier_above")
    purpose = str(above.get("purpose")) if isinstance(above, dict) else ""
    # An unknown purpose is refused by the model itself.
    return checked(TalentRules, {"filling": scales.get(purpose, next(iter(scales.values()))), **content}, file.name)


def explain_talent_rules(rules: TalentRules) -> list[tuple[str, str, str, str]]:
    """Return every number in words: rule, value, source, mark."""
    return [(row.rule, row.value, row.source, row.mark) for row in _rows(rules)]


def describe_talent_rules(rules: TalentRules) -> str:
    """Return every number as a text for a terminal, with its source and mark."""
    return described(_rows(rules))


def _rows(rules: TalentRules) -> Iterator[Row]:
    section = _("Daftar talenta")
    years = _("{n} tahun pada satu unit; {short} tahun dengan rotasi").format(
        n=format_number(rules.rotation.years), short=format_number(rules.rotation.years_with_rotation)
    )
    yield Row(section, _("Rotasi"), years, rules.rotation.source, rules.rotation.verified)
    valid = _("{n} tahun").format(n=format_number(rules.validity.years))
    yield Row(section, _("Masa berlaku hasil"), valid, rules.validity.source, rules.validity.verified)
    pairs = "; ".join(f"{low} \N{RIGHTWARDS ARROW} {high}" for low, high in rules.tier_above.next.items())
    yield Row(section, _("Jenjang di atas"), pairs, rules.tier_above.source, rules.tier_above.verified)
    bounds = "; ".join(
        _("{title} mulai {low}").format(title=c.title, low=format_number(c.from_)) for c in rules.filling.categories
    )
    yield Row(section, _("Kategori jenjang di atas"), bounds, rules.filling.source, rules.filling.verified)
    limit = rules.invalid_result
    doubt = _(
        "jawaban terlalu cepat pada {share} butir atau lebih, atau kecocokan orang paling tinggi {fit} pada dua skala"
    ).format(
        share=format_number(100 * rules.invalid_result.rapid_share) + " %",
        fit=format_number(rules.invalid_result.person_fit, 1),
    )
    yield Row(section, _("Hasil yang mungkin tidak sah"), doubt, limit.source, limit.verified)
    ahead = _("{years} tahun; bidang dengan sedikitnya {n} jabatan").format(
        years=rules.outlook.years, n=rules.outlook.smallest_posts
    )
    yield Row(section, _("Pandangan ke depan"), ahead, rules.outlook.source, rules.outlook.verified)
    smallest = _("kelompok sedikitnya {n} orang").format(n=rules.development.smallest_group)
    yield Row(section, _("Kebutuhan pengembangan"), smallest, rules.development.source, rules.development.verified)
