"""The evidence about one case, drawn small and read only: its files, for screens that show it, and its texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.i18n import _

__all__ = ["SCRIPT", "STYLE", "evidence_words"]

SCRIPT, STYLE = Path(__file__).with_suffix(".js"), Path(__file__).with_suffix(".css")


def evidence_words() -> dict[str, Any]:
    """Return the texts of the drawing in the locale in force; ``{name}`` is filled in by the component."""
    return {
        "nine": _("Sembilan kotak"),
        "box_n": _("Kotak {box}"),
        "stated": _("dinyatakan"),
        "in_pool": _("peluang kumpulan talenta"),
        "wrong": _("peluang keputusan kumpulan talenta keliru"),
        "pool": _("kumpulan talenta"),
        "cell": _("Kotak {box}, peluang {p}"),
        "unknown": _("Tanpa peluang: galat tidak dinyatakan pemilik instrumen."),
        "kinerja": _("Kinerja"),
        "potensial": _("Potensial"),
        "rows": [_("di atas"), _("sesuai"), _("di bawah")],
        "columns": [_("rendah"), _("menengah"), _("tinggi")],
        "jpm": "JPM",
        "printed": _("Menurut level tercetak orang ini di kotak {box}."),
        "official": _("Kotak ini dari penetapan resmi, bukan dari hitungan."),
        "evidence": _("Level terhadap standar"),
        "competency": _("Kompetensi"),
        "level": _("Level"),
        "standard": _("Std"),
        "standard_long": _("Standar"),
        "range": _("antara level {low} dan {high}"),
        "legend": _("● level · ◇ standar · garis: dua pertiga peluang"),
        "quality": _("Mutu respons"),
        "no_flags": _("Tidak ada tanda."),
        "performance": _("Kinerja tercatat"),
        "no_performance": _("belum ada data"),
        "work": _("{predicate}, hasil kerja {result}"),
    }
