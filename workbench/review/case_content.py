"""What a page shows of one person: placement, levels and record, as plain JSON.

The cases of a run are made of this, and the talent explorer. Imported by kernels of pages, which must be usable in a
few seconds: nothing here may import NumPy or pandas.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from workbench.i18n import _, format_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.policy import Policy

__all__ = ["level", "person_of", "placement", "rounded", "year"]


def _absent(value: Any) -> bool:
    """Return whether a cell holds nothing: None, NaN, or the NA of pandas, which has no truth value."""
    try:
        return value is None or bool(value != value)  # NaN is the one number that differs from itself
    except TypeError:
        return True


def placement(row: Mapping[Any, Any], policy: Policy, items: str) -> dict[str, Any]:
    """Return where a person is placed and how sure that is; items are those each of which turns the decision."""
    return {
        "box": int(row["box"]),
        "box_printed": None if _absent(row["box_printed"]) else int(row["box_printed"]),
        "box_source": str(row["box_source"]),
        "p": None if _absent(row["p_pool"]) else [round(float(row[f"p_box_{b}"]), 4) for b in range(1, 10)],
        "p_pool": rounded(row["p_pool"], 4),
        "risk": rounded(row["risk"], 4),
        "pool": sorted(policy.boxes.pool),
        "grid": [list(line) for line in policy.boxes.grid],
        "cuts": list(policy.cuts.potensial),
        "jpm": rounded(row["jpm"], 1),
        "jpm_category": next((c.title for c in policy.categories.categories if c.key == row["jpm_category"]), ""),
        "potensial": round(float(row["potensial"]), 1),
        "potensial_sd": rounded(row["potensial_sd"], 1),
        "kinerja": round(float(row["kinerja"]), 1),
        "kinerja_sd": rounded(row["kinerja_sd"], 1),
        "flip": _flip_sentence(_number(row["flip_distance"]), _number(row["potensial_sd"]), items),
        "follow_up": policy.boxes.follow_up.get(int(row["box"]), ""),
        "policy": policy.title,
    }


def _number(value: Any) -> float | None:
    return None if _absent(value) else float(value)


def rounded(value: Any, decimals: int) -> float | None:
    """Return a cell as a number, or None where it holds nothing."""
    return None if _absent(value) else round(float(value), decimals)


def person_of(row: Mapping[Any, Any], person: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
    """Return who the person is, without name and NIP: those stay hidden until the pleno."""
    years = person["years_in_tier"]
    return {
        "jenjang": policy.competencies.title_of(str(row["jenjang"])),
        "unit": str(person["unit"]),
        "instansi": str(row["instansi"]),
        "jabatan": str(person["jabatan"]),
        "years_in_tier": None if _absent(years) else round(float(years), 1),
    }


def level(row: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, Any]:
    """Return one competency: level and standard, and between which levels two thirds of the posterior lie."""
    known = [row[f"p_level_{k}"] for k in range(1, 6)]
    at = int(row["level"])
    low = high = at
    if not _absent(known[0]):
        total = list(accumulate(float(p) for p in known))
        low = min(at, bisect_left(total, 1 / 6) + 1)
        high = max(at, min(5, bisect_left(total, 5 / 6) + 1))
    return {
        "title": titles.get(row["competency"], row["competency"]),
        "level": at,
        "required": None if _absent(row["required"]) else int(row["required"]),
        "p": rounded(row[f"p_level_{at}"], 3),
        "low": low,
        "high": high,
    }


def _flip_sentence(distance: float | None, sd: float | None, items: str) -> str:
    """Say how far the pool line is, in points of an axis beside its error, and which single items turn the decision."""
    single = (
        " " + _("Berbalik pula tanpa salah satu butir ini (perubahan peluang): {items}.").format(items=items)
        if items
        else ""
    )
    if distance is None:
        return _("Tidak ada perubahan satu sumbu yang membalik keputusan kumpulan talenta.") + single
    if sd is None:
        sentence = _("Keputusan berbalik bila satu sumbu berubah {points} poin; galatnya tidak dinyatakan.")
    elif distance < 0.25 * sd:
        sentence = _(
            "Tepat di batas: perubahan {points} poin pada satu sumbu sudah membalik keputusan (galat potensial {sd})."
        )
    elif distance <= sd:
        sentence = _("Dekat batas: keputusan berbalik bila satu sumbu berubah {points} poin (galat potensial {sd}).")
    else:
        sentence = _(
            "Jauh dari batas: keputusan berbalik bila satu sumbu berubah {points} poin (galat potensial {sd})."
        )
    points = format_number(distance, 1) if distance >= 0.05 else _("kurang dari 0,1")
    return sentence.format(points=points, sd="" if sd is None else format_number(sd, 1)) + single


def year(row: Mapping[str, Any]) -> dict[str, str]:
    """Return one year of the performance record, in words."""
    words = {
        "sangat_baik": _("sangat baik"),
        "baik": _("baik"),
        "butuh_perbaikan": _("butuh perbaikan"),
        "kurang": _("kurang"),
        "sangat_kurang": _("sangat kurang"),
        "di_atas": _("di atas"),
        "sesuai": _("sesuai"),
        "di_bawah": _("di bawah"),
    }
    return {
        "year": str(row["year"]),
        "predicate": words.get(str(row.get("predicate")), "–"),
        "hasil_kerja": words.get(str(row.get("hasil_kerja")), "–"),
    }
