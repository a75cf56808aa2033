"""Every text of the talent explorer: the component itself holds none."""

from __future__ import annotations

from typing import Any

from workbench.apps.evidence import evidence_words
from workbench.i18n import _, current_locale, format_number
from workbench.policy import load_talent_rules

__all__ = ["screen_words"]


def screen_words() -> dict[str, Any]:
    """Return the texts of the screen in the locale in force; ``{name}`` is filled in by the component."""
    return {**evidence_words(), **_frame(), **_list(), **_person(), **_vacancy(), "help": _help()}


def _frame() -> dict[str, Any]:
    return {
        "locale": current_locale(),
        "page": _("Penjelajah talenta"),
        "lost": _("Sambungan ke mesin telaah terputus. Muat ulang halaman setelah 'workbench review' berjalan lagi."),
        "reload": _("Muat ulang"),
        "reader": _("Pembaca: {name}"),
        "help_title": _("Cara memakai halaman ini"),
        "group": _("Kelompok"),
        "instansi": _("Instansi"),
        "jenjang": _("Jenjang"),
        "words": _("Jabatan atau unit memuat"),
        "all": _("semua"),
        "cell": _("Kotak {box}: {stated} orang"),
        "rows": [_("di atas ekspektasi"), _("sesuai ekspektasi"), _("di bawah ekspektasi")],
        "total": _("jumlah"),
        "tabs": _("Daftar"),
        "tab_people": _("Orang"),
        "tab_vacancy": _("Lowongan"),
        "tab_compare": _("Bandingkan ({n})"),
    }


def _list() -> dict[str, Any]:
    return {
        "filters": _("Saring daftar"),
        "only_pool": _("Hanya kumpulan talenta"),
        "clear": _("Hapus saringan"),
        "boxes_chosen": _("Kotak {boxes}"),
        "boxes_all": _("Semua kotak"),
        "p_least": _("Peluang di kumpulan, paling kecil (%)"),
        "placed": _("Penempatan"),
        "placed_of": {"": _("semua"), "yes": _("mendapat kotak"), "no": _("belum mendapat")},
        "reviewed": _("Telaah"),
        "reviewed_of": {
            "": _("semua"),
            "decided": _("diputuskan"),
            "changed": _("berubah kotak"),
            "untouched": _("tidak ditelaah"),
        },
        "shown": _("{total}; halaman {page} dari {pages}"),
        "nobody": _("Tidak ada orang dengan saringan ini; ubah atau hapus saringannya."),
        "list": _("Daftar orang"),
        "compare": _("Banding"),
        "compare_person": _("Bandingkan {name}"),
        "heads": {
            "participant": _("Peserta"),
            "instansi": _("Instansi"),
            "jabatan": _("Jabatan"),
            "jenjang": _("Jenjang"),
            "box": _("Kotak"),
            "p_pool": _("Peluang di kumpulan"),
            "potensial": _("Potensial"),
            "kinerja": _("Kinerja"),
            "jpm": _("JPM"),
            "review": _("Telaah"),
        },
        "pager": _("Halaman daftar"),
        "previous": _("Halaman sebelumnya"),
        "next": _("Halaman berikutnya"),
        "export": _(
            "Kotak hanya mengurutkan orang di dalam satu jenjang. Daftar lengkap dengan NIP: "
            "reports/<instansi>/participants.xlsx di folder putaran; halaman ini tidak mengunduh berkas."
        ),
    }


def _person() -> dict[str, Any]:
    return {
        "card": _("Kartu {name}"),
        "close": _("Tutup"),
        "add": _("Tambahkan ke perbandingan"),
        "remove": _("Keluarkan dari perbandingan"),
        "withheld": _("Belum mendapat kotak: {why}."),
        "tier_years": _("{tier}, {n} tahun"),
        "minuted": _("menurut berita acara"),
        "was_stated": _("Semula dinyatakan kotak {box}; diputuskan dalam telaah."),
        "kept": _("Diputuskan dalam telaah; kotaknya tetap."),
        "cell_p": _("Kotak {box}, peluang {p}"),
        "surest": _("> 99 %"),
        "least": _("< 1 %"),
        "cloud": _("Awan titik: satu titik satu persen peluang; kotak tanpa angka tidak kena satu pun."),
        "follow_up": _("Tindak lanjut kotak {box}"),
        "no_levels": _("Putaran ini tidak memuat level orang ini."),
        "posts": _("Lowongan yang cocok"),
        "no_posts": _("Tidak ada lowongan yang dicocokkan dengan orang ini."),
        "too_many": _("Paling banyak {n} orang; keluarkan satu dahulu."),
        "too_few": _("Pilih dua atau tiga orang: centang kolom Banding pada daftar, atau tombol pada kartu orang."),
        "side": _("Orang berdampingan"),
        "aspect": _("Yang dibandingkan"),
        "difference": _("Seberapa pasti bedanya"),
    }


def _vacancy() -> dict[str, Any]:
    return {
        "vacancy": _("Lowongan"),
        "choose_vacancy": _("pilih lowongan"),
        "which": _("Pilih lowongan untuk melihat calonnya, yang paling cocok dahulu."),
        "candidates": _("Calon"),
        "no_candidates": _("Tidak ada calon untuk lowongan ini di antara orang yang boleh Anda lihat."),
        "left": _("keluar dari kumpulan dalam telaah"),
        "match_heads": {
            "place": _("No."),
            "participant": _("Peserta"),
            "jabatan": _("Jabatan"),
            "own": _("Instansi sendiri"),
            "box": _("Kotak"),
            "p_pool": _("Peluang di kumpulan"),
            "jpm": _("JPM terhadap jabatan"),
            "p_standard": _("Peluang memenuhi syarat"),
            "p_all": _("Peluang semua kompetensi"),
            "competency": _("Kompetensi"),
            "field": _("Bidang ilmu"),
            "education": _("Pendidikan"),
            "tenure": _("Lama pada jenjang"),
        },
        "match_note": _(
            "Calon: anggota kumpulan talenta pada jenjang lowongan atau satu di bawahnya. Peluang memenuhi syarat: JPM "
            "terhadap "
            "jabatan itu {low} atau lebih, dihitung bersama atas semua kompetensi dari satu posterior."
        ).format(low=format_number(load_talent_rules().filling.categories[0].from_)),
        "match_stated": _(
            "Pencocokan memakai kotak yang dinyatakan sebelum telaah: yang keluar dari kumpulan ditandai, yang baru "
            "masuk belum dicocokkan."
        ),
    }


def _help() -> list[str]:
    return [
        _("Pilih instansi, jenjang, atau kata pada jabatan dan unit: kisi dan daftar mengikuti kelompok itu."),
        _("Pilih kotak pada kisi (klik, atau Tab lalu Enter) untuk menyaring daftar; pilih lagi untuk melepasnya."),
        _("Pilih judul kolom untuk mengurutkan, nama peserta untuk membuka kartunya; Esc menutup kartu."),
        _("Centang dua atau tiga orang pada kolom Banding, lalu buka tab Bandingkan; tab dipilih dengan ← dan →."),
        _("Tab Lowongan: pilih lowongan untuk melihat calonnya; kartu orang menyebut lowongan yang cocok baginya."),
        _("Hanya instansi bagian Anda, tanpa benturan kepentingan, yang tampak. Tidak ada yang diubah di sini."),
    ]
