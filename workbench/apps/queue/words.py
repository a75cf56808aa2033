"""Every text of the queue screen: the component itself holds none."""

from __future__ import annotations

from typing import Any

from workbench.i18n import _, current_locale
from workbench.review.store import reason_titles

__all__ = ["screen_words"]


def screen_words() -> dict[str, Any]:
    """Return the texts of the screen in the locale in force; ``{name}`` is filled in by the component."""
    return {
        "locale": current_locale(),
        "page": _("Telaah hasil"),
        "lost": _(
            "Sambungan ke mesin telaah terputus. Yang Anda ketik tersimpan di peramban ini; "
            "muat ulang halaman setelah 'workbench review' berjalan lagi."
        ),
        "reload": _("Muat ulang"),
        # bar
        "instansi": _("Instansi"),
        "jenjang": _("Jenjang"),
        "all": _("semua"),
        "case": _("Kasus"),
        "case_n": _("Kasus {n}"),
        "case_number": _("Kasus nomor"),
        "of_last": _("dari {n}"),
        "previous": _("Kasus sebelumnya"),
        "next": _("Kasus berikutnya"),
        "progress": _("Kemajuan"),
        "done": _("{done} dari {total} selesai"),
        "reviewer": _("Penelaah: {name}"),
        # person
        "person": _("Peserta"),
        "jabatan": _("Jabatan"),
        "unit": _("Unit"),
        "tier_years": _("{tier}, {n} tahun"),
        "own_votes": _("Suara Anda terakhir"),
        "own_all": _("Semua suara saya ({n})"),
        "none_yet": _("belum ada"),
        "look": _("lihat"),
        "close": _("Tutup"),
        "reason": _("Alasan"),
        "decision": _("Keputusan"),
        "time": _("Waktu"),
        # grid
        "nine": _("Sembilan kotak"),
        "box_n": _("Kotak {box}"),
        "stated": _("dinyatakan"),
        "chosen": _("pilihan Anda"),
        "official": _("Kotak ini dari penetapan resmi, bukan dari hitungan."),
        "wrong": _("peluang keputusan kumpulan talenta keliru"),
        "in_pool": _("peluang kumpulan talenta"),
        "pool": _("kumpulan talenta"),
        "cell": _("Kotak {box}, peluang {p}"),
        "unknown": _("Tanpa peluang: galat tidak dinyatakan pemilik instrumen."),
        "cloud": _("Setiap titik 1 % peluang; ★ kumpulan talenta"),
        "kinerja": _("Kinerja"),
        "potensial": _("Potensial"),
        "rows": [_("di atas"), _("sesuai"), _("di bawah")],
        "columns": [_("rendah"), _("menengah"), _("tinggi")],
        "jpm": "JPM",
        "printed": _("Menurut level tercetak orang ini di kotak {box}."),
        "follow_up": _("Tindak lanjut kotak {box}"),
        # evidence
        "evidence": _("Level terhadap standar"),
        "competency": _("Kompetensi"),
        "level": _("Level"),
        "standard": _("Std"),
        "standard_long": _("Standar"),
        "range": _("antara level {low} dan {high}"),
        "legend": _("● level · ◇ standar · garis: dua pertiga peluang"),
        "performance": _("Kinerja tercatat"),
        "no_performance": _("belum ada data"),
        "work": _("{predicate}, hasil kerja {result}"),
        "quality": _("Mutu respons"),
        "no_flags": _("Tidak ada tanda."),
        "rule": _("Aturan"),
        "no_case": _("Tidak ada kasus dalam antrean."),
        # form
        "form": _("Keputusan Anda"),
        "step_decision": _("1. Keputusan"),
        "step_code": _("2. Kode alasan"),
        "step_reason": _("3. Alasan tertulis"),
        "retest": _("Uji ulang"),
        "postpone": _("Tunda"),
        "confidence": _("Keyakinan"),
        "sure": {"1": _("ragu"), "2": _("cukup"), "3": _("yakin")},
        "reasons": reason_titles(),
        "placeholder": _("Apa yang meyakinkan Anda?"),
        "save": _("Simpan"),
        "undo": _("Batalkan suara"),
        "shortcuts": _("tombol pintas"),
        "keys": _(
            "1–9 kotak · R uji ulang · T tunda · A–H kode alasan · Enter simpan · U batalkan · Esc kembali ke keputusan"
        ),
        "no_keys": _("Tombol pintas mati; pilih dengan Tab dan Spasi."),
        "need_decision": _("Pilih kotak 1–9, uji ulang, atau tunda."),
        "need_code": _("Pilih kode alasan."),
        "need_reason": _("Tulis alasan, sedikitnya tiga huruf."),
        "saving": _("Menyimpan …"),
        "not_saved": _("Belum tersimpan: sambungan terputus. Dikirim lagi begitu tersambung."),
        "saved": _("Suara untuk kasus {n} tersimpan sebagai peristiwa {seq}."),
        "all_done": _("Semua kasus pada antrean ini sudah Anda putuskan."),
        "unchanged": _("Suara ini sudah tersimpan dan tidak berubah."),
        "undone": _("Suara untuk kasus {n} dibatalkan."),
        "nothing_to_undo": _("Belum ada suara Anda pada kasus ini."),
        "draft": _("Isian yang belum tersimpan dipulihkan."),
        "voted": _("Anda sudah memberi suara; simpan lagi untuk menggantinya."),
    }
