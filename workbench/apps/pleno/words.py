"""Every text of the pleno's screen: the component itself holds none."""

from __future__ import annotations

from typing import Any

from workbench.apps.evidence import evidence_words
from workbench.i18n import _, current_locale
from workbench.review.store import reason_titles

__all__ = ["screen_words"]


def screen_words() -> dict[str, Any]:
    """Return the texts of the screen in the locale in force; ``{name}`` is filled in by the component."""
    return evidence_words() | _page() | _case() | _form()


def _page() -> dict[str, Any]:
    """Return the texts of the bar, the help and the lists."""
    return {
        "locale": current_locale(),
        "page": _("Pleno"),
        "lost": _(
            "Sambungan ke mesin telaah terputus. Yang Anda ketik tersimpan di peramban ini; "
            "muat ulang halaman setelah 'workbench review' berjalan lagi."
        ),
        "reload": _("Muat ulang"),
        "progress": _("Kemajuan"),
        "done": _("{done} dari {total} diputuskan"),
        "who": _("Anda: {name}"),
        "help": _("Cara memakai halaman ini"),
        "steps": [
            _(
                "Pilih kasus di kiri. Konflik: semua suara sudah masuk dan berbeda. Kasus lain dapat dibuka menurut "
                "nomor atau nama samaran."
            ),
            _(
                "Bawa kasus ke pleno dengan satu alasan. Sejak itu pemungutan suaranya selesai dan semua suara terbuka "
                "bagi peserta pleno."
            ),
            _(
                "Setelah dibahas, pilih keputusan, tulis alasannya, dan centang siapa yang hadir. Yang berbeda "
                "pendapat dicatat dengan alasannya."
            ),
            _("Periksa ringkasannya, lalu simpan. Kasus berikutnya terbuka sendiri."),
            _("Keputusan dapat diperbaiki dengan menyimpan lagi, sampai berita acara dibuat."),
        ],
        "cases": _("Daftar kasus pleno"),
        "lists": {
            "open": _("Menunggu keputusan"),
            "conflict": _("Konflik"),
            "decided": _("Sudah diputuskan"),
            "withdrawn": _("Ditarik"),
        },
        "no_rows": _("Belum ada kasus untuk pleno."),
        "find": _("Buka kasus lain: nomor atau nama samaran"),
        "open_case": _("Buka"),
        "one_vote": _(
            "Satu suara menetapkan satu kasus, jadi suara tetap tertutup sampai kasusnya dibawa ke pleno. "
            "Buka kasus yang hendak dibahas menurut nomornya."
        ),
        "no_conflict": _("Kasus yang suaranya lengkap dan berbeda muncul di sini dengan sendirinya."),
        "signed": _("berita acara"),
    }


def _case() -> dict[str, Any]:
    """Return the texts of the case: votes, names, history."""
    return {
        "case_n": _("Kasus {n}"),
        "states": {
            "open": _("menunggu keputusan pleno"),
            "conflict": _("konflik, belum dibawa ke pleno"),
            "decided": _("sudah diputuskan pleno"),
            "withdrawn": _("ditarik dari telaah"),
            "named": _("belum dibawa ke pleno"),
        },
        "tier_years": _("{tier}, {n} tahun"),
        "identity": _("Buka nama dan NIP"),
        "identity_logged": _("pembacaannya dicatat"),
        "identity_is": _("{name}, NIP {nip}"),
        "identity_hide": _("Tutup nama"),
        "identity_none": _("Ruang kerja ini tidak menyimpan nama dan NIP peserta."),
        "votes": _("Suara ({n})"),
        "blind": _("Suara atas kasus ini masih tertutup; baru dibuka setelah kasus dibawa ke pleno."),
        "no_votes": _("Tidak ada suara atas kasus ini."),
        "sure_words": {"1": _("ragu"), "2": _("cukup yakin"), "3": _("yakin")},
        "reasons": reason_titles(),
        "actions": {"retest": _("Uji ulang"), "postpone": _("Tunda"), "withdraw": _("Tarik dari telaah")},
        "history": _("Riwayat di pleno"),
        "past": {
            "pleno": _("{when}, {who}: dibawa ke pleno. {reason}"),
            "decision": _("{when}, {who}: {what}. {reason}"),
            "withdraw": _("{when}, {who}: ditarik dari telaah. {reason}"),
        },
        "erased": _("(alasan telah dihapus)"),
        "in_force": _("Keputusan pleno"),
        "there": _("Hadir {n} (kuorum {quorum}): {names}; dipimpin {chair}"),
        "differs": _("{name} berbeda pendapat: {why}"),
        "no_case": _("Belum ada kasus untuk pleno."),
    }


def _form() -> dict[str, Any]:
    """Return the texts of the form and of the confirmation."""
    return {
        "form": _("Yang dilakukan pleno"),
        "look_only": _("Anda melihat saja."),
        "closed": _("Kasus ini sudah masuk berita acara dan tidak dapat diubah."),
        "gone": _("Kasus ini sudah ditarik dari telaah; kotak dinyatakan tetap berlaku."),
        "bring_title": _("Bawa ke pleno"),
        "bring_help": _("Pemungutan suara atas kasus ini berakhir dan semua suaranya terbuka."),
        "bring_why": _("Alasan membawa ke pleno"),
        "bring_conflict": _("suara asesor berbeda"),
        "bring": _("Bawa ke pleno"),
        "step_decision": _("1. Keputusan"),
        "step_reason": _("2. Alasan pleno"),
        "step_present": _("3. Hadir"),
        "quorum_now": _("hadir {n}, kuorum {quorum}"),
        "quorum_short": _("kurang {n} orang"),
        "chairs": _("memimpin"),
        "differs_tick": _("berbeda pendapat"),
        "differs_why": _("Alasan {name} berbeda pendapat"),
        "guest": _("Nama lain yang hadir"),
        "guest_add": _("Tambah"),
        "guest_remove": _("Hapus {name} dari daftar"),
        "roles": {
            "assessor": _("asesor"),
            "psychometrician": _("psikometrisi"),
            "chair": _("ketua"),
            "secretary": _("sekretaris"),
            "observer": _("pengamat"),
            "administrator": _("pengelola"),
        },
        "placeholder": _("Apa yang meyakinkan pleno?"),
        "save": _("Simpan keputusan"),
        "change": _("Simpan perbaikan"),
        "confirm_title": _("Simpan keputusan atas kasus {n}?"),
        "confirm_action": _("Keputusan"),
        "confirm_present": _("Hadir"),
        "confirm_reason": _("Alasan"),
        "confirm_dissent": _("Berbeda pendapat"),
        "nobody": _("tidak ada"),
        "back": _("Kembali"),
        "take_out": _("Tarik kasus dari telaah"),
        "take_out_help": _(
            "Untuk kasus yang tidak dapat diputuskan sama sekali, misalnya pesertanya mengundurkan diri. Tidak "
            "memerlukan kuorum dan tidak dapat dibatalkan; kotak dinyatakan tetap berlaku."
        ),
        "take_out_why": _("Alasan menarik kasus"),
        "take_out_now": _("Tarik kasus ini"),
        "take_out_confirm": _("Tarik kasus {n} dari telaah? Ini tidak dapat dibatalkan."),
        "need_decision": _("Pilih kotak 1-9, uji ulang, atau tarik dahulu."),
        "need_reason": _("Tulis alasan, sedikitnya tiga huruf."),
        "need_present": _("Kuorum {quorum} orang, baru {n} yang hadir; centang siapa yang hadir."),
        "need_dissent": _("Tulis alasan {name} berbeda pendapat, sedikitnya tiga huruf."),
        "saving": _("Menyimpan …"),
        "not_saved": _("Belum tersimpan: sambungan terputus. Dikirim lagi begitu tersambung."),
        "saved": {
            "bring": _("Kasus {n} dibawa ke pleno, peristiwa {seq}."),
            "decide": _("Keputusan atas kasus {n} tersimpan sebagai peristiwa {seq}."),
            "withdraw": _("Kasus {n} ditarik dari telaah, peristiwa {seq}."),
        },
        "all_done": _("Tidak ada lagi kasus yang menunggu pleno."),
        "unchanged": _("Keputusan ini sudah tersimpan dan tidak berubah."),
        "draft": _("Isian yang belum tersimpan dipulihkan."),
        "decided_note": _("Sudah diputuskan; simpan lagi untuk menggantinya."),
        "shortcuts": _("tombol pintas"),
        "keys": _("1-9 kotak · R uji ulang · X tarik · Enter simpan · Esc kembali ke keputusan · J K di daftar"),
        "no_keys": _("Tombol pintas mati; Tab, Enter, dan Esc tetap bekerja."),
    }
