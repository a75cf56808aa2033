"""Every text of the item page: the component itself holds none."""

from __future__ import annotations

from typing import Any

from workbench.i18n import _, current_locale

__all__ = ["screen_words"]


def screen_words() -> dict[str, Any]:
    """Return the texts of the page in the locale in force; ``{name}`` is filled in by the component."""
    return {
        "locale": current_locale(),
        "page": _("Telaah butir"),
        "lost": _(
            "Mesin telaah tidak menjawab. Yang Anda ketik tersimpan di peramban ini; muat ulang halaman, atau di "
            "JupyterLab jalankan sel ini lagi."
        ),
        "reload": _("Muat ulang"),
        "intro": _(
            "Pilih butir, baca kartunya, putuskan dengan alasan. Saran datang dari hitungan; Anda yang memutuskan."
        ),
        # bar
        "psychometrician": _("Psikometrisi: {name}"),
        "progress": _("Kemajuan"),
        "done": _("{done} dari {total} butir diputuskan"),
        # list
        "items": _("Daftar butir"),
        "filters": _("Saring daftar butir"),
        "advice": _("Saran"),
        "instrument": _("Instrumen"),
        "scale": _("Skala"),
        "state": _("Keputusan"),
        "all": _("semua"),
        "open": _("belum diputuskan"),
        "decided": _("sudah diputuskan"),
        "shown": _("{n} butir"),
        "no_items": _("Belum ada kartu butir; jalankan 'workbench run' dahulu."),
        "no_match": _("Tidak ada butir dengan saringan ini; ubah saringannya."),
        "recommendations": {
            "keep": _("pertahankan"),
            "revise": _("revisi"),
            "check_key": _("periksa kunci"),
            "drop": _("gugurkan"),
        },
        # card
        "card": _("Kartu butir"),
        "item_n": _("Butir {item}"),
        "place": _("paket {form} nomor {position}"),
        "form_only": _("paket {form}"),
        "why": _("Mengapa"),
        "jump": _("ke keputusan"),
        "flag": _("Tanda"),
        "key_now": _("Kunci sekarang"),
        "no_key": _("Butir berskor bertingkat: tidak ada kunci yang diganti."),
        "no_double": _("Perlu satu opsi yang tetap salah."),
        # form
        "form": _("Keputusan Anda"),
        "step_decision": _("1. Keputusan"),
        "step_option": {"rekey": _("Kunci baru"), "double_key": _("Benar juga")},
        "step_reason": _("2. Alasan"),
        "actions": {
            "keep": _("Pertahankan"),
            "revise": _("Revisi"),
            "rekey": _("Ganti kunci"),
            "double_key": _("Kunci ganda"),
            "drop": _("Gugurkan"),
        },
        "actions_long": {
            "keep": _("dipakai seperti adanya"),
            "revise": _("naskahnya diperbaiki dahulu"),
            "rekey": _("opsi lain yang benar"),
            "double_key": _("satu opsi lain juga benar"),
            "drop": _("tidak ikut dihitung"),
        },
        "proposed": _("usulan hitungan"),
        "placeholder": _("Apa yang meyakinkan Anda?"),
        "save": _("Simpan"),
        "withdraw": _("Batalkan keputusan"),
        "later": _("Ini belum mengubah skor siapa pun; itu perlu versi kunci baru dan 'workbench run'."),
        "keys": _("J/K atau ↓/↑ butir · 1–5 keputusan · S siapa berubah · Enter simpan · Esc kembali ke daftar"),
        "no_keys": _("Tombol pintas mati; pilih dengan Tab, panah, dan Spasi."),
        "shortcuts": _("tombol pintas"),
        "need_decision": _("Pilih keputusan: pertahankan, revisi, ganti kunci, kunci ganda, atau gugurkan."),
        "need_option": {
            "rekey": _("Pilih opsi yang menjadi kunci baru."),
            "double_key": _("Pilih opsi yang benar juga di samping kunci sekarang."),
        },
        "need_reason": _("Tulis alasan, sedikitnya tiga huruf."),
        "saving": _("Menyimpan …"),
        "not_saved": _("Belum tersimpan: sambungan terputus. Dikirim lagi begitu tersambung."),
        "saved": _("Keputusan untuk butir {item} tersimpan sebagai peristiwa {seq}."),
        "all_done": _("Semua butir pada daftar ini sudah diputuskan."),
        "unchanged": _("Keputusan ini sudah tersimpan dan tidak berubah."),
        "withdrawn": _("Keputusan untuk butir {item} dibatalkan; catatannya tetap ada."),
        "draft": _("Isian yang belum tersimpan dipulihkan."),
        **_changed_words(),
        # decisions
        "in_force": _("Keputusan yang berlaku"),
        "none_yet": _("Belum diputuskan."),
        "by": _("{what}, oleh {who}, {when}: {reason}"),
        "keyed": {
            "rekey": _("ganti kunci menjadi {option}"),
            "double_key": _("kunci ganda: {option} benar juga"),
        },
        "earlier_run": _("dibuat atas kartu dari proses sebelumnya"),
        "history": _("Keputusan sebelumnya ({n})"),
    }


def _changed_words() -> dict[str, Any]:
    """Return the texts of the list of those who get another box."""
    return {
        "ask": _("Siapa berubah?"),
        "asked": _("Siapa berubah bila keputusan ini berlaku"),
        "ask_choose": _("Pilih gugurkan, ganti kunci, atau kunci ganda dahulu; yang lain tidak mengubah kotak."),
        "close": _("Tutup"),
        "opening": _("Membuka putaran; pertanyaan pertama memakan waktu lebih lama. Halaman tetap dapat dipakai …"),
        "counting": _("Menghitung …"),
        "assumes": _(
            "Langkah pertama: parameter butir tetap (dengan kunci baru hanya butir ini yang diduga ulang), semua data "
            "lain seperti pada proses terakhir. Pertanyaan tidak mengubah hasil apa pun."
        ),
        "by_box": _("Menurut kotak"),
        "by_instansi": _("Menurut instansi"),
        "most_moved": _("Orang yang peluangnya paling bergeser"),
        "from_to": _("Dari → ke"),
        "people": _("Orang"),
        "person": _("Peserta"),
        "instansi": _("Instansi"),
        "into": _("Masuk"),
        "out": _("Keluar"),
        "chance": _("Peluang kumpulan talenta"),
        "withheld": _("ditahan"),
        "more": _("{n} orang lain; daftar lengkap: 'workbench what-if'."),
    }
