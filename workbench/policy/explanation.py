"""A policy in words: every rule with its value, where it was read, and how sure that is."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from workbench.i18n import _, format_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from workbench.policy.models import Component, Policy

__all__ = ["TOPICS", "Row", "describe", "described", "explain", "kinerja_label", "kinerja_sentence", "marks", "rules"]

TOPICS = ("policy", "boxes", "jpm")

WIDTH = 100


def marks() -> dict[str, str]:
    """Return what each mark means, in the locale in force."""
    return {
        "v": _("dibaca pada sumber resmi atau terbitan"),
        "practice": _("praktik beberapa instansi; lampiran aturan belum dibaca"),
        "no": _("belum diverifikasi, atau pilihan proyek ini"),
    }


def explain(policy: Policy) -> list[tuple[str, str, str, str]]:
    """Return every rule of a policy in words: rule, value, source, mark."""
    return [(row.rule, row.value, row.source, row.mark) for row in _rows(policy)]


def rules(policy: Policy, topic: str) -> tuple[Row, ...]:
    """Return the rules that a reader asks for at one place of a page.

    Parameters
    ----------
    policy : Policy
    topic : str
        ``policy`` all, ``boxes`` the cuts and the nine boxes, ``jpm`` how JPM prints and its categories.

    Raises
    ------
    ValueError
        When there is no such topic.
    """
    if topic == "policy":
        return tuple(_rows(policy))
    if topic == "boxes":
        cuts = (_cut_row(policy, name) for name in ("potensial", "kinerja"))
        return (*cuts, *_box_rows(policy))
    if topic == "jpm":
        return tuple(_jpm_rows(policy))
    raise ValueError(
        _("Tidak ada penjelasan tentang '{topic}'; yang ada: {known}.").format(
            topic=topic[:40], known=", ".join(TOPICS)
        )
    )


def describe(policy: Policy) -> str:
    """Return the whole policy as a text for a terminal, by section, each rule with its source and mark."""
    return described(_rows(policy))


def described(rules: Iterable[Row]) -> str:
    """Return rules as a text for a terminal, by section, each with its source and mark."""
    signs = {"v": "[v]", "practice": "[p]", "no": "[?]"}
    lines = [f"{signs[mark]} {meaning}" for mark, meaning in marks().items()]
    for section, rows in groupby(rules, key=lambda row: row.section):
        lines += ["", section, "-" * len(section)]
        for (source, mark), same in groupby(rows, key=lambda row: (row.source, row.mark)):
            for row in same:
                lines += textwrap.wrap(f"{row.rule}: {row.value}", WIDTH, subsequent_indent="    ")
            lines += textwrap.wrap(
                f"{signs[mark]} {source}", WIDTH, initial_indent="      ", subsequent_indent="          "
            )
    return "\n".join(lines)


@dataclass(frozen=True)
class Row:
    """One rule in words, with its source and mark."""

    section: str
    rule: str
    value: str
    source: str
    mark: str


def _rows(policy: Policy) -> Iterator[Row]:
    in_force = _("berlaku {date}").format(date=policy.in_force)
    yield Row(_("Kebijakan"), policy.key, f"{policy.title}; {in_force}", policy.source, policy.verified)
    if policy.talent is not None:
        shares = _("{kinerja} % kinerja, {potensial} % potensial").format(
            kinerja=_number(policy.talent.kinerja), potensial=_number(policy.talent.potensial)
        )
        yield Row(_("Kebijakan"), _("Nilai talenta"), shares, policy.talent.source, policy.talent.verified)
    yield from _axis_rows(policy)
    yield from _choice_rows(policy)
    yield from _jpm_rows(policy)
    yield from _box_rows(policy)
    yield from _standard_rows(policy)


def _axis_rows(policy: Policy) -> Iterator[Row]:
    for name, parts in (("potensial", policy.potensial), ("kinerja", policy.kinerja)):
        section = _axis(name)
        for part in parts:
            weight = f"{_number(part.weight)} %"
            yield Row(section, f"{name}: {part.title}", weight, part.source, part.verified)
            rule = f"{name}: {part.title}: " + _("nilai")
            yield Row(section, rule, _valued(part, policy), part.value_source, part.value_verified)
        yield _cut_row(policy, name)


def _axis(name: str) -> str:
    return _("Sumbu {axis}").format(axis=name)


def _cut_row(policy: Policy, name: str) -> Row:
    cuts = policy.cuts
    low, high = cuts.potensial if name == "potensial" else cuts.kinerja
    value = _("rendah di bawah {low}; menengah {low} sampai di bawah {high}; tinggi {high} ke atas").format(
        low=_number(low), high=_number(high)
    )
    return Row(_axis(name), _("Batas {axis}").format(axis=name), value, cuts.source, cuts.verified)


def _valued(part: Component, policy: Policy) -> str:
    """Return in words how a part gets its 0 to 100."""
    if part.measured_by == "jpm":
        return _("JPM {instrument}, paling tinggi 100").format(instrument=policy.instruments[part.scales].title)
    if part.measured_by == "percentage":
        spec = policy.instruments[part.scales]
        return _("rata-rata persentase {n} aspek {instrument}").format(n=len(spec.scales), instrument=spec.title)
    if part.points:
        words = {"true": _("sesuai"), "false": _("tidak sesuai")}
        named = ((words.get(name, name.replace("_", " ")), points) for name, points in part.points.items())
        return "; ".join(f"{name} = {_number(points)}" for name, points in named)
    if part.steps:
        first, *others = part.steps
        texts = [_("{low} ke atas = {points}").format(low=_number(first[0]), points=_number(first[1]))]
        for (above, _points), (low, points) in zip(part.steps, others, strict=False):
            texts.append(
                _("{low} sampai di bawah {high} = {points}").format(
                    low=_number(low), high=_number(above), points=_number(points)
                )
            )
        return "; ".join(texts)
    return _("nilai 0 sampai 100 pada catatan")


def _choice_rows(policy: Policy) -> Iterator[Row]:
    section = _("Cara membaca catatan")
    axis = {
        "predicate_map": _("predikat kinerja diubah menjadi angka"),
        "hasil_kerja": _("hasil kerja dibaca langsung sebagai baris kisi"),
        "numeric": _("nilai kinerja berupa bilangan"),
    }[policy.kinerja_axis.value]
    missing = {
        "withhold": _("belum ada data: kotak ditahan dan orangnya didaftar, tidak pernah dihitung nol"),
        "reweight": _("belum ada data: bobot komponen lain dinaikkan sebanding dan komponen itu disebut"),
    }[policy.missing.value]
    yield Row(section, _("Sumbu kinerja"), axis, policy.kinerja_axis.source, policy.kinerja_axis.verified)
    yield Row(section, _("Komponen tanpa data"), missing, policy.missing.source, policy.missing.verified)
    error = _record_error(policy)
    yield Row(section, _("Galat kinerja"), error, policy.kinerja_error.source, policy.kinerja_error.verified)
    risk = _("bobot {weight} untuk keputusan masuk atau tidaknya ke kumpulan talenta").format(
        weight=_number(policy.risk.pool)
    )
    yield Row(section, _("Risiko"), risk, policy.risk.source, policy.risk.verified)


def _record_error(policy: Policy) -> str:
    """Return the error of the kinerja record in words, with every number."""
    error = policy.kinerja_error
    if error.value == "reliability":
        return _("reliabilitas nilai {reliability}; rata-rata {mean}, simpangan baku {sd}").format(
            reliability=_number(float(error.reliability or 0)),
            mean=_number(float(error.mean or 0)),
            sd=_number(float(error.sd or 0)),
        )
    if error.value == "confusion":
        rows = (
            _("{recorded}: {true}").format(
                recorded=recorded.replace("_", " "),
                true=", ".join(f"{name.replace('_', ' ')} {_number(share)}" for name, share in row.items() if share),
            )
            for recorded, row in error.confusion.items()
        )
        return _("peluang isian yang sebenarnya menurut isian yang tercatat; ") + "; ".join(rows)
    return _("tidak ada; kinerja diambil sebagaimana tercatat")


def kinerja_sentence(policy: Policy) -> str:
    """Return what every page says about the error of the kinerja record, as the policy has it."""
    if policy.kinerja_error.value == "none":
        return _(
            "Peluang dihitung dengan kinerja sebagaimana tercatat; kekeliruan catatan kinerja tidak tercakup di "
            "dalamnya."
        )
    return _("Peluang mencakup galat catatan kinerja menurut kebijakan: {error}.").format(error=_record_error(policy))


def kinerja_label(policy: Policy) -> str:
    """Return the same in a few words, for a line of a workbook or a foot."""
    if policy.kinerja_error.value == "none":
        return _("sebagaimana tercatat, tanpa galat")
    return _("dengan galat catatan menurut kebijakan")


def _jpm_rows(policy: Policy) -> Iterator[Row]:
    section = "JPM"
    jpm, scale = policy.jpm, policy.categories
    capping = {
        "none": _("dicetak apa adanya; sebagai komponen sumbu paling tinggi 100"),
        "total": _("dicetak paling tinggi 100"),
        "per_competency": _("level di atas standar tidak ikut dihitung pada angka yang dicetak"),
    }[jpm.capping]
    yield Row(section, _("Pembatasan JPM"), capping, jpm.source, jpm.verified)
    upper = None
    for category in scale.categories:
        value = _("{low} ke atas") if upper is None else _("{low} sampai di bawah {high}")
        value = value.format(low=_number(category.from_), high="" if upper is None else _number(upper))
        rule = _("Kategori JPM ({purpose}): {title}").format(purpose=scale.title, title=category.title)
        yield Row(section, rule, value, scale.source, scale.verified)
        upper = category.from_


def _box_rows(policy: Policy) -> Iterator[Row]:
    section, boxes = _("Kotak talenta"), policy.boxes
    for row, numbers in zip((_("di atas"), _("sesuai"), _("di bawah")), boxes.grid, strict=True):
        rule = _("Kotak, kinerja {row} ekspektasi").format(row=row)
        value = _("potensial rendah {low}, menengah {middle}, tinggi {high}").format(
            low=numbers[0], middle=numbers[1], high=numbers[2]
        )
        yield Row(section, rule, value, boxes.source, boxes.verified)
    pool = ", ".join(map(str, sorted(boxes.pool)))
    yield Row(section, _("Kumpulan talenta"), pool, boxes.pool_source, boxes.pool_verified)
    for group in boxes.groups:
        members = ", ".join(map(str, sorted(group.boxes)))
        yield Row(section, _("Kelompok: {title}").format(title=group.title), members, group.source, group.verified)
    for box in sorted(boxes.follow_up, reverse=True):
        rule = _("Tindak lanjut kotak {box}").format(box=box)
        yield Row(section, rule, boxes.follow_up[box], boxes.follow_up_source, boxes.follow_up_verified)


def _standard_rows(policy: Policy) -> Iterator[Row]:
    section, standard = _("Standar kompetensi"), policy.competencies
    titles = {s.key: s.title for spec in policy.instruments.values() for s in spec.scales}
    names = ", ".join(titles.get(c, c) for c in standard.competencies)
    yield Row(section, _("Kompetensi"), names, standard.source, standard.verified)
    levels = "; ".join(f"{k} {name}" for k, name in enumerate(standard.levels, start=1))
    yield Row(section, _("Level"), levels, standard.source, standard.verified)
    for tier in standard.jenjang:
        rule = _("Level dipersyaratkan: {title}").format(title=tier.title)
        yield Row(section, rule, str(tier.required_level), tier.source, tier.verified)
    for spec in policy.instruments.values():
        known = [s for s in spec.scales if s.standard is not None]
        if known:
            values = ", ".join(f"{s.title} {s.standard}" for s in known)
            rule = _("Standar aspek: {instrument}").format(instrument=spec.title)
            yield Row(section, rule, values, spec.standard_source, spec.standard_verified)


def _number(value: float) -> str:
    """Format a number of a rule: no decimals where it has none, two otherwise."""
    return format_number(value) if value == round(value) else format_number(value, 2)
