"""The pack that a participant who objects receives: one page about one person."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.i18n import _, format_number, format_percent
from workbench.policy import marks
from workbench.reports import lineage
from workbench.reports.index import page
from workbench.reports.render import long_date
from workbench.reports.tables import Html, html_table, probability, sentence_list

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.analysis.appeal import Appeal

__all__ = ["Review", "render_appeal"]

Review = tuple[str, str, str]
BOXES = range(1, 10)
ALMOST_SAME = 0.005


def render_appeal(
    appeal: Appeal,
    *,
    title: str,
    state: tuple[bool, str],
    run: str,
    name: str = "",
    reviewed: Sequence[Review] = (),
    inputs: Mapping[str, str],
) -> str:
    """Return the appeal pack of one participant as a page.

    Parameters
    ----------
    appeal : Appeal
    title : str
        Name of the round.
    state : (bool, str)
        Whether minutes hold, and the words that say so.
    run : str
        The run that made the boxes.
    name : str
        Name of the person; empty leaves the pseudonym alone.
    reviewed : sequence of (str, str, str)
        When, what was decided, and why, without names of assessors.
    inputs : mapping of str to str
        SHA-256 of each file that was received.

    Returns
    -------
    str
        HTML; no content of items and no name of an assessor.
    """
    lineage.begin(run, "appeal")
    sections = [
        (_("Ringkasan"), _summary(appeal)),
        (_("Dari mana angka itu"), _build_up(appeal)),
        (_("Skor tiap skala"), _scales(appeal)),
        (_("Seberapa pasti kotak itu"), _certainty(appeal)),
        (_("Apa yang akan mengubahnya"), _changes(appeal)),
        (_("Catatan mutu jawaban"), _quality(appeal)),
        (_("Telaah"), _reviewed(reviewed)),
        (_("Aturan yang diterapkan"), _rules(appeal)),
        (_("Asal-usul dan hak peserta"), _origin(appeal, run, inputs)),
    ]
    body = "".join(
        f"<section><h2>{number}. {escape(heading)}</h2>{''.join(part.text for part in parts)}</section>"
        for number, (heading, parts) in enumerate(sections, 1)
    )
    who = f"{name} ({appeal.participant_id})" if name else appeal.participant_id
    meta = _("{who}; {job}; {instansi}; disusun {date}").format(
        who=who,
        job=appeal.person.get("jabatan", ""),
        instansi=appeal.placement["instansi"],
        date=long_date(datetime.now(UTC).date()),
    )
    return page(title, _("Berkas sanggahan"), "FINAL" if state[0] else "DRAF", state[1], meta, body)


def _paragraph(text: str) -> Html:
    return Html(f"<p>{escape(text)}</p>")


def _summary(appeal: Appeal) -> list[Html]:
    row = appeal.placement
    tier = appeal.policy.competencies.title_of(str(row["jenjang"]))
    if row["withheld_reason"]:
        return [
            sentence_list(
                [
                    _("Kotak talenta tidak dinyatakan: {reason}.").format(reason=row["withheld_reason"]),
                    _("Komponen tanpa data tidak dihitung nol; setelah dilengkapi, kotak dapat dihitung."),
                ]
            )
        ]
    inside = row["box"] in appeal.policy.boxes.pool
    side = _("di dalam") if inside else _("di luar")
    known = pd.notna(row["p_pool"])
    sentences = [
        _("Kotak yang dinyatakan: {box}, {side} kumpulan talenta; dibandingkan dalam jenjang {tier}.").format(
            box=int(row["box"]), side=side, tier=tier
        ),
        _("Peluang bahwa keputusan masuk atau tidaknya ke kumpulan talenta ini keliru: {risk}.").format(
            risk=probability(row["risk"])
        )
        if known
        else "",
        _("Potensial {potensial} (galat {sd}), kinerja {kinerja}{kinerja_sd}.").format(
            potensial=format_number(row["potensial"], 1),
            sd=format_number(row["potensial_sd"], 1) if known else _("tidak diketahui"),
            kinerja=format_number(row["kinerja"], 1),
            kinerja_sd=_(", sebagaimana tercatat")
            if not row["kinerja_sd"]
            else _(" (galat {sd})").format(sd=format_number(row["kinerja_sd"], 1)),
        ),
    ]
    if row["box_source"] == "official":
        sentences.append(_("Kotak itu berasal dari hasil resmi yang diserahkan, bukan dari hitungan di sini."))
    if pd.notna(row["box_printed"]) and row["box_printed"] != row["box"]:
        sentences.append(
            _(
                "Aturan pada level yang dicetak memberi kotak {printed}; yang dinyatakan adalah sisi yang lebih "
                "mungkin bila galat ikut dihitung."
            ).format(printed=int(row["box_printed"]))
        )
    if appeal.declared:
        sentences.insert(0, appeal.declared)
    if appeal.provisional:
        sentences.append(_("SEMENTARA: putaran ini dinilai dengan kalibrasinya sendiri, tanpa bank butir."))
    return [sentence_list(list(filter(None, sentences)))]


def _build_up(appeal: Appeal) -> list[Html]:
    parts = [
        _paragraph(
            _(
                "Tiap komponen bernilai 0 sampai 100 dan dikalikan bobotnya. Komponen dari tes memakai level yang "
                "dicetak dan persentase pada rerata skor; jumlahnya karena itu dapat berbeda sedikit dari potensial di "
                "atas, yaitu rerata atas semua kemungkinan skor."
            )
        )
    ]
    for axis in ("potensial", "kinerja"):
        rows = appeal.components[appeal.components["axis"] == axis]
        total = rows["points"].sum(min_count=1) if not rows["lacking"].any() else float("nan")
        last = {"title": _("Jumlah"), "recorded": "", "value": float("nan"), "weight": rows["weight"].sum()}
        table = pd.concat([rows, pd.DataFrame([{**last, "points": total, "source": "", "verified": ""}])])
        table["recorded"] = [_record(value) for value in table["recorded"].fillna("")]
        table.loc[table["lacking"].fillna(value=False).astype(bool), "recorded"] = _("belum ada data")
        parts.append(
            html_table(
                table,
                _("Susunan sumbu {axis}").format(axis=axis),
                titles={
                    "title": _("Komponen"),
                    "recorded": _("Catatan"),
                    "value": _("Nilai"),
                    "weight": _("Bobot (%)"),
                    "points": _("Sumbangan"),
                    "source": _("Sumber bobot"),
                },
                decimals={"value": 1, "weight": 1, "points": 1},
            )
        )
    return parts


def _record(value: object) -> str:
    words = {"True": _("sesuai"), "False": _("tidak sesuai"), "true": _("sesuai"), "false": _("tidak sesuai")}
    text = str(value)
    return words.get(text, text.replace("_", " "))


def _scales(appeal: Appeal) -> list[Html]:
    if appeal.scales.empty:
        words = (
            _("Tidak ada skor: putaran ini memuat nilai komponen, bukan jawaban atau level.")
            if appeal.declared and not appeal.bank
            else _("Tidak ada skor: peserta tidak mengikuti satu pun tes.")
        )
        return [_paragraph(words)]
    table = appeal.scales.assign(
        level=[str(level) if level else "\N{EN DASH}" for level in appeal.scales["level"]],
        answers=[
            _("{answered} dari {items}").format(answered=a, items=n) if n else _("level diterima")
            for a, n in zip(appeal.scales["answered"], appeal.scales["items"], strict=True)
        ],
    )
    return [
        _paragraph(
            _(
                "Skor (theta) 0 adalah rerata populasi acuan dan 1 adalah simpangan bakunya. Level yang dicetak hanya "
                "memakai jawaban pada skala itu sendiri. Peluang kotak memakai semua skala bersama-sama: kolom "
                "terakhir menunjukkan seberapa jauh jawaban pada skala lain menggeser dugaan tentang skala ini."
            )
        ),
        html_table(
            table,
            _("Skor, galat, level, dan pinjaman dari skala lain"),
            titles={
                "title": _("Skala"),
                "answers": _("Butir dijawab"),
                "eap": _("Skor"),
                "eap_se": _("Galat"),
                "level": _("Level"),
                "required": _("Standar"),
                "p_level": _("Peluang level"),
                "joint": _("Dugaan bersama"),
                "joint_sd": _("galat"),
                "borrowed": _("Pinjaman"),
            },
            formats={"p_level": probability},
            numbers=["answers", "level"],
        ),
    ]


def _certainty(appeal: Appeal) -> list[Html]:
    row = appeal.placement
    if row["withheld_reason"]:
        return [_paragraph(_("Tidak dihitung: kotak tidak dinyatakan."))]
    if pd.isna(row["p_pool"]):
        return [_paragraph(_("Tidak dihitung: galat isi yang diterima tidak dinyatakan pemilik instrumen."))]
    pool = appeal.policy.boxes.pool
    table = pd.DataFrame(
        [
            {
                "box": str(box),
                "pool": _("ya") if box in pool else _("tidak"),
                "p": float(row[f"p_box_{box}"]),
                "follow": appeal.policy.boxes.follow_up.get(box, ""),
            }
            for box in sorted(BOXES, key=lambda b: -float(row[f"p_box_{b}"]))
            if float(row[f"p_box_{box}"]) >= ALMOST_SAME
        ]
    )
    return [
        html_table(
            table,
            _("Peluang tiap kotak, yang terbesar dahulu"),
            titles={
                "box": _("Kotak"),
                "pool": _("Kumpulan talenta"),
                "p": _("Peluang"),
                "follow": _("Tindak lanjut menurut aturan"),
            },
            formats={"p": probability},
            note=_("Kotak dengan peluang di bawah 0,5 % tidak dicetak.")
            + (
                _(" Galat hitungan peluang kumpulan talenta: {error}.").format(
                    error=format_percent(float(row["monte_carlo_error"]), 1)
                )
                if pd.notna(row["monte_carlo_error"])
                else ""
            ),
        )
    ]


def _changes(appeal: Appeal) -> list[Html]:
    row = appeal.placement
    if row["withheld_reason"]:
        lacking = appeal.components[appeal.components["lacking"]]
        return [
            _paragraph(
                _("Melengkapi {parts} akan membuat kotak dapat dihitung.").format(
                    parts="; ".join(lacking["title"]) or _("data yang belum ada")
                )
            )
        ]
    sentences = [_flip(row)]
    sentences.append(
        _("Ada satu butir yang bila dikeluarkan akan membalik keputusan; isi butir tidak dibuka karena masih dipakai.")
        if row.get("flip_item")
        else _("Tidak diketahui satu butir pun yang bila dikeluarkan akan membalik keputusan.")
        if not appeal.declared
        else _("Apa yang terjadi bila suatu butir dikeluarkan tidak dapat dihitung tanpa jawaban butir.")
    )
    parts = [sentence_list(sentences)]
    if appeal.changes.empty:
        parts.append(
            _paragraph(
                _("Tidak ada satu catatan pun yang, bila berbeda sendirian, membawa ke sisi lain garis kumpulan.")
            )
        )
        return parts
    parts.append(
        html_table(
            appeal.changes.assign(
                recorded=[_record(value) for value in appeal.changes["recorded"]],
                instead=[_record(value) for value in appeal.changes["instead"]],
            ),
            _("Catatan yang, bila berbeda sendirian, membawa ke sisi lain garis kumpulan talenta"),
            titles={
                "title": _("Catatan"),
                "recorded": _("Tercatat"),
                "instead": _("Bila"),
                "axis_points": _("Sumbu berubah (poin)"),
                "box": _("Kotak menjadi"),
            },
            decimals={"axis_points": 1},
            note=_(
                "Dihitung pada level yang dicetak. Catatan yang keliru dapat disanggah dengan bukti; daftar ini bukan "
                "janji."
            ),
        )
    )
    return parts


def _flip(row: Mapping[str, Any]) -> str:
    if pd.isna(row["flip_distance"]):
        return _("Tidak ada perubahan satu sumbu yang membalik keputusan kumpulan talenta.")
    if pd.isna(row["potensial_sd"]):
        return _("Keputusan berbalik bila satu sumbu berubah {points} poin.").format(
            points=format_number(float(row["flip_distance"]), 1)
        )
    return _("Keputusan berbalik bila satu sumbu berubah {points} poin; galat potensial {sd} poin.").format(
        points=format_number(float(row["flip_distance"]), 1), sd=format_number(float(row["potensial_sd"]), 1)
    )


def _quality(appeal: Appeal) -> list[Html]:
    parts = []
    if len(appeal.omitted):
        parts.append(
            html_table(
                appeal.omitted,
                _("Butir yang tidak dijawab"),
                titles={
                    "instrument": _("Instrumen"),
                    "items": _("Butir"),
                    "omitted": _("Dilewati"),
                    "not_reached": _("Tidak dicapai"),
                },
                note=_(
                    "Pada pilihan ganda keduanya dihitung salah dalam skor orang; pada butir berskor bertingkat tidak "
                    "ikut dihitung."
                ),
            )
        )
    if appeal.flags.empty:
        parts.append(_paragraph(_("Tidak ada tanda mutu jawaban pada peserta ini.")))
    else:
        parts.append(
            html_table(
                appeal.flags,
                _("Tanda untuk diperiksa manusia; bukan sanksi"),
                titles={"flag": _("Tanda"), "detail": _("Keterangan")},
            )
        )
    if len(appeal.gates):
        parts.append(
            html_table(
                appeal.gates,
                _("Gerbang putaran yang menahan"),
                titles={"gate": _("Gerbang"), "scope": _("Lingkup"), "sentence": _("Temuan")},
            )
        )
    return parts


def _reviewed(reviewed: Sequence[Review]) -> list[Html]:
    if not reviewed:
        return [_paragraph(_("Kasus ini belum atau tidak ditelaah; kotak yang dinyatakan berlaku sebagai usulan."))]
    table = pd.DataFrame(list(reviewed), columns=["when", "what", "why"])
    return [
        html_table(
            table,
            _("Yang diputuskan dalam telaah"),
            titles={"when": _("Waktu"), "what": _("Keputusan"), "why": _("Alasan")},
            note=_("Nama penelaah tidak dibuka di sini; tercantum dalam berita acara."),
        )
    ]


def _rules(appeal: Appeal) -> list[Html]:
    legend = marks()
    table = pd.DataFrame(appeal.rules, columns=["rule", "value", "source", "mark"])
    table["mark"] = [legend[mark] for mark in table["mark"]]
    return [
        html_table(
            table,
            _("Kebijakan {policy}").format(policy=appeal.policy.title),
            titles={"rule": _("Aturan"), "value": _("Nilai"), "source": _("Sumber"), "mark": _("Keabsahan")},
            limit=200,
        )
    ]


def _origin(appeal: Appeal, run: str, inputs: Mapping[str, str]) -> list[Html]:
    facts = [
        (_("Proses yang membuat kotak"), run),
        (_("Bank butir"), appeal.bank or _("tidak dipakai")),
        (_("Kebijakan"), appeal.policy.key),
        *((name.removeprefix("inputs/"), value) for name, value in sorted(inputs.items())),
    ]
    table = pd.DataFrame(facts, columns=["what", "value"])
    sentences = [
        _(
            "Peserta berhak mengetahui data yang dipakai, meminta pembetulan data yang keliru, dan mengajukan "
            "keberatan; keputusan tidak diambil oleh mesin saja, pejabat yang berwenang menandatanganinya."
        ),
        _("Isi butir dan kuncinya tidak dibuka, karena butir yang sama dipakai pada putaran lain."),
        _("Hasil pemetaan tidak boleh dipakai untuk tujuan lain dari yang disebut pada undangan tes."),
    ]
    return [
        sentence_list(sentences),
        html_table(
            table,
            _("Proses, bank, dan sidik (SHA-256) berkas masukan"),
            titles={"what": _("Hal"), "value": _("Isi")},
            limit=200,
        ),
    ]
