"""Every text of the queue screen: the component itself holds none."""

from __future__ import annotations

from typing import Any

from workbench.apps.evidence import evidence_words
from workbench.i18n import _, current_locale
from workbench.review.store import reason_titles

__all__ = ["screen_words"]


def screen_words() -> dict[str, Any]:
    """Return the texts of the screen in the locale in force; ``{name}`` is filled in by the component."""
    return {
        **evidence_words(),
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
        "look_title": _("Buka kasus"),
        "mirror": _("Cermin saya"),
        "close": _("Tutup"),
        "reason": _("Alasan"),
        "decision": _("Keputusan"),
        "time": _("Waktu"),
        # grid
        "chosen": _("pilihan Anda"),
        "unknown": _("Tanpa peluang: galat tidak dinyatakan pemilik instrumen. ★ kumpulan talenta ·"),
        "cloud": _("Titik: 1 % peluang · ★ kumpulan talenta · garis: potensial ± galat ·"),
        "jpm_more": _("aturan dan kategorinya"),
        "boxes": _("aturan kotak"),
        "boxes_more": _("dengan sumbernya"),
        "hidden_title": _("Kotak belum ditampilkan"),
        "hidden": _("Pada sebagian kasus kotak dinyatakan baru ditampilkan setelah Anda memberi suara."),
        "pool_sign": _("★ kumpulan talenta ·"),
        "follow_up": _("Tindak lanjut kotak {box}"),
        # evidence
        "legend": _("● level · ◇ standar · garis: ⅔ peluang · ↓ kurang"),
        "below": _("di bawah standar"),
        "competency_more": _("arti dan level"),
        "rule": _("Aturan"),
        "rule_more": _("semua aturan dan sumbernya"),
        "no_case": _("Tidak ada kasus dalam antrean."),
        # how the page works
        "help": _("Cara memakai halaman ini"),
        "guide": _guide(),
        # form
        "form": _("Keputusan Anda"),
        "step_decision": _("1. Keputusan: kotak 1–9, atau"),
        "step_code": _("2. Kode alasan: yang paling menentukan"),
        "step_reason": _("3. Alasan tertulis, dalam kata Anda"),
        "retest": _("Uji ulang"),
        "postpone": _("Tunda"),
        "confidence": _("Keyakinan"),
        "sure": {"1": _("ragu"), "2": _("cukup"), "3": _("yakin")},
        "reasons": reason_titles(),
        "placeholder": _("Apa yang meyakinkan Anda?"),
        "save": _("Simpan"),
        "undo": _("Batalkan suara"),
        "shortcuts": _("tombol pintas"),
        "keys": _("Enter simpan, lalu kasus berikutnya · Esc ke keputusan · ? bantuan"),
        "no_keys": _("Tombol pintas mati; pilih dengan Tab dan Spasi."),
        "need_decision": _("Pilih kotak 1–9, uji ulang, atau tunda."),
        "need_code": _("Pilih kode alasan."),
        "need_reason": _("Tulis alasan, sedikitnya tiga huruf."),
        "saving": _("Menyimpan …"),
        "loading": _("Memuat …"),
        "not_saved": _("Belum tersimpan: sambungan terputus. Dikirim lagi begitu tersambung."),
        "saved": _("Suara untuk kasus {n} tersimpan sebagai peristiwa {seq}."),
        "revealed": _("Kotak dinyatakan: {box}."),
        "then": _("Salah? U membatalkannya."),
        "all_done": _("Semua kasus pada antrean ini sudah Anda putuskan."),
        "unchanged": _("Suara ini sudah tersimpan dan tidak berubah."),
        "undone": _("Suara untuk kasus {n} dibatalkan."),
        "nothing_to_undo": _("Belum ada suara Anda pada kasus ini."),
        "draft": _("Isian yang belum tersimpan dipulihkan."),
        "voted": _("Anda sudah memberi suara; simpan lagi untuk menggantinya."),
    }


def _guide() -> dict[str, Any]:
    """Return what somebody who has never seen the page needs in order to decide a first case."""
    return {
        "title": _("Cara memutuskan satu kasus"),
        "task": _(
            "Tes menempatkan orang ini pada satu dari sembilan kotak talenta, tetapi belum pasti. "
            "Tugas Anda: menimbang bukti dan memilih kotak yang menurut Anda benar."
        ),
        "steps_title": _("Langkah"),
        "steps": [
            [
                _("Timbang bukti."),
                _(
                    "Tengah: kotak menurut hitungan, peluang tiap kotak, dan peluang bahwa keputusan kumpulan talenta "
                    "keliru. Kanan: level terhadap standar, mutu respons, kinerja."
                ),
            ],
            [
                _("1. Keputusan."),
                _(
                    "Tekan 1–9 atau klik kotaknya. Bukti kurang: uji ulang (R). Menunggu berkas: tunda (T); "
                    "kasusnya kembali di akhir antrean."
                ),
            ],
            [
                _("2. Kode alasan, 3. Alasan tertulis."),
                _("Wajib pada setiap suara, juga bila Anda setuju dengan kotak menurut hitungan."),
            ],
            [
                _("Simpan (Enter)."),
                _("Suara lebih dahulu tertulis dalam catatan, lalu kasus berikutnya terbuka sendiri."),
            ],
            [
                _("Salah?"),
                _(
                    "Batalkan suara (U), atau buka kasusnya lagi dan simpan suara baru. Keduanya tercatat, dan dapat "
                    "dilakukan sampai suara dibuka atau berita acara dibuat."
                ),
            ],
        ],
        "signs_title": _("Arti tanda"),
        "signs": [
            _("satu titik: peluang 1 %"),
            _("kumpulan talenta: kotak untuk rotasi, mutasi, dan promosi"),
            _("kotak menurut hitungan"),
            _("titik: nilai atau level; garis: seberapa tidak pasti"),
            _("level yang disyaratkan jabatan"),
            _("level di bawah standar"),
            _("hal yang perlu Anda baca sebelum memutuskan"),
        ],
        "again": _(
            "Nama bergaris bawah dapat dibuka: arti kompetensi dan aturan dengan sumbernya. Sambungan terputus? Yang "
            "Anda ketik tersimpan di peramban. Penjelasan ini dibuka lagi dengan tombol ? di kanan atas."
        ),
        "begin": _("Mulai menelaah"),
    }
