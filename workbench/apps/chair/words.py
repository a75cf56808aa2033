"""Every text of the chair's screen: the component itself holds none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.i18n import _, current_locale, format_number, format_percent
from workbench.review.progress import MOST

if TYPE_CHECKING:
    from workbench.review.pace import Forecast
    from workbench.review.progress import Progress

__all__ = ["in_words", "screen_words"]


def screen_words() -> dict[str, Any]:
    """Return the texts of the screen in the locale in force; ``{name}`` is filled in by the component."""
    return {
        "locale": current_locale(),
        "page": _("Ketua: kemajuan dan rilis"),
        "lost": _(
            "Sambungan ke mesin telaah terputus; angka di bawah ini tidak diperbarui lagi. Muat ulang halaman setelah "
            "'workbench review' berjalan lagi."
        ),
        "reload": _("Muat ulang"),
        # bar
        "who": _("Masuk sebagai {name}"),
        "refresh": _("Segarkan"),
        "automatic": _("perbarui sendiri tiap {n} detik"),
        "read_at": _("Pukul {time}, sampai peristiwa {seq}"),
        "refreshed": _("Diperbarui pukul {time}."),
        "jump": _("Bagian halaman"),
        "parts": {
            "progress": _("Kemajuan"),
            "pace": _("Laju"),
            "people": _("Suara tiap asesor"),
            "gate": _("Gerbang rilis"),
            "curve": _("Nilai telaah"),
            "roles": _("Orang dan peran"),
            "findings": _("Temuan telaah"),
        },
        **_progress(),
        **_pace(),
        **_curve(),
        **_beside(),
        **_roles(),
    }


def in_words(progress: Progress) -> list[str]:
    """Return the progress line by line, for a terminal."""
    words = screen_words()
    counts = {name: format_number(n) for name, n in progress.statuses.items()}
    done, n = format_number(progress.cases - progress.open), format_number(progress.cases)
    pace = progress.pace
    return [
        words["settled"].format(done=done, n=n, open=format_number(progress.open)),
        *(f"  {words['statuses'][name]}: {count}" for name, count in counts.items()),
        words["votes_now"].format(
            votes=format_number(progress.votes), hour=format_number(progress.hour), day=format_number(progress.day)
        ),
        words["no_pace"] if pace is None else words["per_hour"].format(n=format_number(pace.per_hour)),
        _forecast("whole", progress.whole),
        words["no_risk"] if progress.most is None else _forecast("most", progress.most),
    ]


def _forecast(name: str, forecast: Forecast) -> str:
    words, share = _pace(), format_percent(MOST)
    if not forecast.votes:
        return str(words[f"{name}_done"]).format(share=share)
    values = {"share": share, "cases": format_number(forecast.cases), "votes": format_number(forecast.votes)}
    if forecast.hours is None or forecast.low is None or forecast.high is None:
        return str(words[f"{name}_unknown"]).format(**values)
    for part, hours in (("hours", forecast.hours), ("low", forecast.low), ("high", forecast.high)):
        values[part] = words["less_than"] if hours < 0.1 else format_number(hours, 1)
    return str(words[name]).format(**values)


def _progress() -> dict[str, Any]:
    return {
        "settled": _("{done} dari {n} kasus selesai; {open} masih terbuka."),
        "blind": _("Halaman ini hanya menghitung: apa yang dipilih seseorang tidak tampak di sini."),
        "status": _("Status"),
        "cases": _("Kasus"),
        "share": _("Bagian"),
        "statuses": {
            "new": _("tanpa suara"),
            "voting": _("suara belum lengkap"),
            "postponed": _("ditunda"),
            "conflict": _("konflik"),
            "pleno": _("di pleno"),
            "agreed": _("sepakat"),
            "decided": _("diputus pleno"),
            "retest": _("uji ulang"),
            "withdrawn": _("ditarik"),
            "minuted": _("dalam berita acara"),
        },
        "statuses_long": {
            "new": _("belum ada suara"),
            "voting": _("sebagian suara sudah masuk"),
            "postponed": _("hanya penundaan, belum ada suara"),
            "conflict": _("semua suara masuk dan berbeda"),
            "pleno": _("dibawa ke pleno, belum diputus"),
            "agreed": _("semua suara masuk dan sama"),
            "decided": _("pleno menetapkan kotak"),
            "retest": _("diusulkan tes ulang"),
            "withdrawn": _("dikeluarkan dari telaah"),
            "minuted": _("sudah ditandatangani"),
        },
        "all_cases": _("Semua kasus menurut status"),
        "by": _("Rinci menurut"),
        "groups": {"instansi": _("Instansi"), "jenjang": _("Jenjang")},
        "by_group": _("Kasus menurut status, tiap {group}"),
        "done_share": _("Selesai"),
        "done_open": _("selesai | terbuka"),
        "open_sum": _("Terbuka"),
        "done_sum": _("Selesai"),
        "no_cases": _("Belum ada kasus; jalankan 'workbench run' dahulu."),
        "to_settle": _("Menunggu pleno: kasus nomor {numbers}."),
        "and_more": _("{numbers}, dan {n} lagi"),
        "open_pleno": _("Buka layar pleno"),
        # people
        "person": _("Nama"),
        "votes": _("Suara"),
        "hour": _("1 jam terakhir"),
        "day": _("24 jam terakhir"),
        "seconds": _("Detik per kasus"),
        "held": _("Dipegang kini"),
        "postponed": _("Ditunda"),
        "nobody": _("Belum ada suara."),
        "people_note": _(
            "Suara: yang berlaku, termasuk pada kasus yang belum lengkap. Detik per kasus: median dari satu suara ke "
            "suara berikutnya, tanpa jeda lebih dari 15 menit; tanda – berarti suaranya terlalu sedikit."
        ),
    }


def _pace() -> dict[str, Any]:
    return {
        "votes_now": _("{votes} suara berlaku; {hour} dalam satu jam terakhir, {day} dalam 24 jam terakhir."),
        "per_hour": _("Laju kini: {n} suara tiap jam kerja (jeda lebih dari 15 menit tidak dihitung)."),
        "no_pace": _("Laju belum dapat dihitung: perlu sedikitnya 24 suara tanpa jeda panjang."),
        "whole": _(
            "Seluruh antrean: {cases} kasus memerlukan {votes} suara lagi, kira-kira {hours} jam kerja "
            "({low} sampai {high})."
        ),
        "whole_unknown": _("Seluruh antrean: {cases} kasus memerlukan {votes} suara lagi."),
        "whole_done": _("Semua kasus dalam antrean sudah mendapat seluruh suaranya."),
        "most": _(
            "Untuk {share} kesalahan yang diperkirakan: {cases} kasus pertama yang belum lengkap, {votes} suara, "
            "kira-kira {hours} jam kerja ({low} sampai {high})."
        ),
        "most_unknown": _(
            "Untuk {share} kesalahan yang diperkirakan: {cases} kasus pertama yang belum lengkap, {votes} suara."
        ),
        "most_done": _("Kasus yang memuat {share} kesalahan yang diperkirakan sudah mendapat semua suaranya."),
        "no_risk": _(
            "Galat tidak dinyatakan pemilik instrumen, jadi letak kesalahan yang diperkirakan tidak diketahui."
        ),
        "clock": _("Bila diteruskan tanpa jeda, seluruh antrean selesai pukul {from} sampai {to}."),
        "range": _(
            "Rentang: sembilan dari sepuluh kali, bila orang dan lajunya tetap beragam seperti selama ini. Orang yang "
            "berhenti atau bertambah mengubahnya."
        ),
        "less_than": _("kurang dari 0,1"),
    }


def _curve() -> dict[str, Any]:
    return {
        "curve": _("Keputusan kumpulan talenta yang keliru di antara kasus pertama dalam antrean"),
        "x_axis": _("Urutan antrean (kasus)"),
        "y_axis": _("Keputusan keliru (orang)"),
        "contained": _("kesalahan yang diperkirakan ada pada kasus itu"),
        "band": _("daerah 95 %"),
        "net": _("perbaikan bersih: kesalahan yang dibetulkan dikurangi yang dirusak"),
        "random_order": _("bila orang ditelaah menurut urutan acak"),
        "present": _("kemajuan kini: {n} kasus lengkap"),
        "net_unknown": _("Perbaikan bersih belum dapat dihitung; lihat dasar kurva di bawah ini."),
        "no_curve": _("Kurva belum dapat digambar: tidak ada risiko yang diketahui."),
        "still": _(
            "Masih {cases} kasus harus ditelaah agar {share} dari {expected} kesalahan yang diperkirakan pada antrean "
            "tercakup; kini {reviewed} sudah tercakup."
        ),
        "still_done": _(
            "{share} dari {expected} kesalahan yang diperkirakan pada antrean sudah tercakup oleh kasus yang suaranya "
            "lengkap ({reviewed})."
        ),
        "rests_on": _("Dasar kurva"),
        "curve_table": _("Angka kurva sebagai tabel"),
        "n_cases": _("Kasus"),
        "low": _("batas bawah"),
        "high": _("batas atas"),
        "columns": {
            "contained": _("Tercakup"),
            "net": _("Perbaikan bersih"),
            "random_order": _("Urutan acak"),
        },
    }


def _beside() -> dict[str, Any]:
    return {
        "checklist": _("Daftar periksa sampai FINAL"),
        "states": {
            "passed": _("Lulus"),
            "unfinished": _("Belum selesai"),
            "blocking": _("Menghalangi"),
        },
        "states_note": _(
            "Menghalangi: laporan tidak dapat FINAL. Belum selesai: berita acara dapat dibuat, dan menyebutnya."
        ),
        "to_do": _("Yang dilakukan"),
        "details": _("Rincian ({n})"),
        "sign_note": _(
            "Halaman ini tidak menandatangani apa pun; berita acara dibuat dengan perintah yang disebut di atas."
        ),
        "caution": _("Perhatikan"),
        "table": _("Tabel: {title}"),
        "no_findings": _("Belum ada temuan."),
        "computing": _("Sedang dihitung …"),
        "compute": _("Hitung ulang"),
        "behind": _("Dihitung sebelum {n} peristiwa terakhir."),
        "current": _("Sesuai dengan catatan kini."),
        "not_yet": _("Belum dihitung."),
    }


def _roles() -> dict[str, Any]:
    return {
        "roles": _("Peran"),
        "may": _("Boleh"),
        "from": _("Instansi sendiri"),
        "scope": _("Bagian"),
        "conflicts": _("Benturan kepentingan"),
        "everywhere": _("semua instansi"),
        "looks_on": _("melihat saja"),
        "everybody": _(
            "workbench.toml tidak menyebut peran: siapa pun yang membuka halaman boleh segalanya, kecuali kasus yang "
            "dinyatakan sebagai benturan kepentingan."
        ),
        "roles_note": _("Daftar ini dibaca dari workbench.toml dan tabel conflicts; di sini tidak dapat diubah."),
        "none": "–",
    }
