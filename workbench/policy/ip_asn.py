"""Indeks Profesionalitas ASN as data: dimensions, parts, categories, by version of the rule."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from workbench.i18n import _, format_number
from workbench.policy.explanation import Row, described
from workbench.policy.reading import DATA, checked, read_toml
from workbench.policy.standards import CategoryScale, Mark

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["IpAsn", "IpDimension", "IpPart", "describe_ip_asn", "list_ip_asn", "load_ip_asn"]

Text = Annotated[str, Field(min_length=1)]
RECORDED = (
    *("education", "rating", "predicate", "discipline"),
    *("leadership_training", "functional_training", "technical_training", "seminar"),
)


class _Sourced(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)

    source: Text
    verified: Mark


class IpPart(_Sourced):
    """One part of a dimension.

    Attributes
    ----------
    key, title : str
    recorded : str
        Column of the record.
    groups : tuple of str
        Groups of tiers that it is asked of; empty for everybody.
    points : dict of str to float
        Points of each recorded value.
    steps : tuple of (float, float)
        Lower bounds, falling, and their points, for a number.
    unknown : tuple of str
        Recorded values that do not tell the points: "belum ada data".
    """

    key: Text
    title: Text
    recorded: Text = Field(alias="from")
    groups: tuple[Text, ...] = ()
    points: dict[str, float] = Field(default_factory=dict)
    steps: tuple[tuple[float, float], ...] = ()
    unknown: tuple[Text, ...] = ()

    @property
    def highest(self) -> float:
        """Most points that the part can give."""
        return max([*self.points.values(), *(points for _low, points in self.steps)])

    @model_validator(mode="after")
    def _sound(self) -> IpPart:
        if self.recorded not in RECORDED:
            raise ValueError(
                _("bagian '{key}' diukur dari '{what}' yang tidak dikenal").format(key=self.key, what=self.recorded)
            )
        if bool(self.points) == bool(self.steps):
            raise ValueError(_("bagian '{key}': isi 'points' atau 'steps', tepat salah satu").format(key=self.key))
        lows = [low for low, _points in self.steps]
        if lows and (lows != sorted(set(lows), reverse=True) or lows[-1] != 0):
            raise ValueError(
                _("bagian '{key}': batas bawah 'steps' harus turun tanpa kembar dan berakhir pada 0").format(
                    key=self.key
                )
            )
        if any(value < 0 for value in [*self.points.values(), *(points for _low, points in self.steps)]):
            raise ValueError(_("bagian '{key}': nilai tidak boleh negatif").format(key=self.key))
        return self


class IpDimension(_Sourced):
    """One dimension, with the most that it can give."""

    key: Text
    title: Text
    maximum: float = Field(gt=0, le=100)
    parts: tuple[IpPart, ...] = Field(min_length=1)


class IpAsn(_Sourced):
    """A version of the index.

    Attributes
    ----------
    key, title, in_force : str
    dimensions : tuple of IpDimension
        Their maxima sum to 100.
    groups : dict of str to tuple of str
        Tiers of each group.
    categories : CategoryScale
    """

    key: Text
    title: Text
    in_force: str = Field(pattern=r"^\d{4}(-\d{2}-\d{2})?$")
    dimensions: tuple[IpDimension, ...]
    groups: dict[str, tuple[Text, ...]]
    categories: CategoryScale

    def group_of(self, jenjang: str) -> str:
        """Return the group of a tier; empty where the rule does not name it."""
        return next((name for name, tiers in self.groups.items() if jenjang in tiers), "")

    @model_validator(mode="after")
    def _sound(self) -> IpAsn:
        total = sum(one.maximum for one in self.dimensions)
        if abs(total - 100) > 1e-6:
            raise ValueError(_("dimensi IP ASN berjumlah {total:g}, harus 100").format(total=total))
        tiers = [tier for names in self.groups.values() for tier in names]
        if len(tiers) != len(set(tiers)):
            raise ValueError(_("ada jenjang yang masuk dua golongan jabatan"))
        for one in self.dimensions:
            for group in self.groups:
                highest = sum(part.highest for part in one.parts if not part.groups or group in part.groups)
                if abs(highest - one.maximum) > 1e-6:
                    raise ValueError(
                        _("dimensi '{key}', golongan '{group}': bagiannya {found:g}, harus {maximum:g}").format(
                            key=one.key, group=group, found=highest, maximum=one.maximum
                        )
                    )
            unknown = {name for part in one.parts for name in part.groups} - set(self.groups)
            if unknown:
                raise ValueError(
                    _("dimensi '{key}' menyebut golongan '{group}' yang tidak ada").format(
                        key=one.key, group=min(unknown)
                    )
                )
        return self


def list_ip_asn() -> tuple[str, ...]:
    """Return the keys of the versions that come with the package, oldest first."""
    versions = [load_ip_asn(path.stem) for path in (DATA / "ip_asn").glob("*.toml")]
    return tuple(one.key for one in sorted(versions, key=lambda one: (one.in_force, one.key)))


def load_ip_asn(key: str | Path) -> IpAsn:
    """Return a version of the index by key, or an instansi's own from a TOML file.

    Raises
    ------
    ValueError
        When there is none, or it contradicts itself: one sentence with file and field.
    """
    path = Path(key) if str(key).endswith(".toml") else DATA / "ip_asn" / f"{key}.toml"
    if not path.is_file():
        known = ", ".join(sorted(one.stem for one in (DATA / "ip_asn").glob("*.toml")))
        raise ValueError(_("Versi IP ASN '{key}' tidak ada; yang tersedia: {known}.").format(key=key, known=known))
    return checked(IpAsn, read_toml(path), path.name)


def describe_ip_asn(version: IpAsn) -> str:
    """Return a version in words for a terminal, each rule with its source and mark."""
    return described(_rows(version))


def _rows(version: IpAsn) -> Iterator[Row]:
    in_force = _("berlaku {date}").format(date=version.in_force)
    yield Row("IP ASN", version.key, f"{version.title}; {in_force}", version.source, version.verified)
    for one in version.dimensions:
        most = _("paling tinggi {n}").format(n=_number(one.maximum))
        yield Row(one.title, one.title, most, one.source, one.verified)
        for part in one.parts:
            who = f" ({', '.join(part.groups)})" if part.groups else ""
            yield Row(one.title, part.title + who, _valued(part), part.source, part.verified)
    scale = version.categories
    bounds = "; ".join(_("{title} mulai {low}").format(title=c.title, low=_number(c.from_)) for c in scale.categories)
    yield Row(scale.title, scale.title, bounds, scale.source, scale.verified)
    missing = _("nilai tidak dinyatakan; rentang yang mungkin ditunjukkan, tidak pernah dihitung nol")
    yield Row(_("Bila data tidak ada"), _("belum ada data"), missing, _("Pilihan proyek"), "no")


def _valued(part: IpPart) -> str:
    words = {"true": _("ya"), "false": _("tidak")}
    named = [f"{words.get(k, k.replace('_', ' '))} = {_number(v)}" for k, v in part.points.items()]
    stepped = [
        _("{low} ke atas = {points}").format(low=_number(low), points=_number(points)) for low, points in part.steps
    ]
    silent = [_("{value}: belum ada data").format(value=value.replace("_", " ")) for value in part.unknown]
    return "; ".join([*named, *stepped, *silent])


def _number(value: float) -> str:
    return format_number(value) if value == round(value) else format_number(value, 1)
