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
        # form
        "form": _("Keputusan Anda"),
        "step_decision": _("1. Keputusan"),
        "step_option": _("Kunci baru"),
        "step_reason": _("2. Alasan"),
        "actions": {
            "keep": _("Pertahankan"),
            "revise": _("Revisi"),
            "rekey": _("Ganti kunci"),
            "drop": _("Gugurkan"),
        },
        "actions_long": {
            "keep": _("dipakai seperti adanya"),
            "revise": _("naskahnya diperbaiki sebelum dipakai lagi"),
            "rekey": _("opsi lain yang benar"),
            "drop": _("tidak ikut dihitung"),
        },
        "proposed": _("usulan hitungan"),
        "placeholder": _("Apa yang meyakinkan Anda?"),
        "save": _("Simpan"),
        "withdraw": _("Batalkan keputusan"),
        "later": _(
            "Keputusan ini belum mengubah skor siapa pun: skor berubah pada 'workbench run' berikutnya dengan versi "
            "kunci baru."
        ),
        "keys": _("J/K atau ↓/↑ butir · 1–4 keputusan · Enter simpan · Esc kembali ke daftar"),
        "no_keys": _("Tombol pintas mati; pilih dengan Tab, panah, dan Spasi."),
        "shortcuts": _("tombol pintas"),
        "need_decision": _("Pilih keputusan: pertahankan, revisi, ganti kunci, atau gugurkan."),
        "need_option": _("Pilih opsi yang menjadi kunci baru."),
        "need_reason": _("Tulis alasan, sedikitnya tiga huruf."),
        "saving": _("Menyimpan …"),
        "not_saved": _("Belum tersimpan: sambungan terputus. Dikirim lagi begitu tersambung."),
        "saved": _("Keputusan untuk butir {item} tersimpan sebagai peristiwa {seq}."),
        "all_done": _("Semua butir pada daftar ini sudah diputuskan."),
        "unchanged": _("Keputusan ini sudah tersimpan dan tidak berubah."),
        "withdrawn": _("Keputusan untuk butir {item} dibatalkan; catatannya tetap ada."),
        "draft": _("Isian yang belum tersimpan dipulihkan."),
        # decisions
        "in_force": _("Keputusan yang berlaku"),
        "none_yet": _("Belum diputuskan."),
        "by": _("{what}, oleh {who}, {when}: {reason}"),
        "rekey_to": _("ganti kunci menjadi {option}"),
        "earlier_run": _("dibuat atas kartu dari proses sebelumnya"),
        "history": _("Keputusan sebelumnya ({n})"),
    }
