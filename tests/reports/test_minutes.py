"""The minutes as page, PDF and DOCX say what the log says, whatever people wrote, and come whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import re
import secrets
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import pandas as pd
import pypdf
import pytest
from sqlalchemy import select

from workbench.i18n import use_locale
from workbench.reports import minutes_pdf, signing
from workbench.reports.minutes import render_page
from workbench.reports.minutes_content import Document, Section, Text, describe, printable
from workbench.reports.minutes_docx import render_docx
from workbench.reports.minutes_pdf import render_pdf
from workbench.reports.signed import signed_state
from workbench.reports.signing import make_minutes, verify_workspace
from workbench.review import log
from workbench.review.decisions import Minutes, collect_minutes
from workbench.review.schema import events_table, payloads_table
from workbench.review.store import Case, Store, reason_titles
from workbench.workspace import Settings, Workspace

CASES = 40
MARKUP = (
    '#import "x": * *tebal* _miring_ $x^2$ <w:b> @rujukan `kode` // tutup \\u{41} #sys.inputs {{x}} & "k" -- ~ = # + -',
    "</w:t></w:r><w:fldSimple w:instr=\"DATE\"/><script>alert('x')</script> &lt;b&gt; ]]>",
    "/* terbuka #panic() #let x = read(\"/etc/passwd\") [kurung ) tutup } ' ''",
)
UNSEEN = "balik\u202e jempol\U0001f44d bunyi\x07 han\u4e2d sambung\u200bsini baris\nbaru\ttab\x1b[31m"
HOSTILE_NAME = "#strong[Cici] *x* <w:b> \u202e"
HOSTILE_PLACE = '../Dinas <b>Uji</b> & "Satu" #v(1em)'


def words_of(number: int) -> str:
    """Return what is written about a case: plain, hostile, or with what is not seen."""
    return {5: UNSEEN, 6: "p" * 1900, **dict(enumerate(MARKUP, start=7))}.get(number, f"alasan nomor {number}")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A round of made-up cases and votes; nothing of it but boxes and log is ever read by the minutes."""
    made = Workspace.create(
        tmp_path / "ruang",
        Settings(
            name="ruang",
            title="Putaran #uji <b>",
            policy="kepka-bkn-411-2025",
            people=("Ani", "Budi", HOSTILE_NAME),
        ),
    )
    people = [f"P{n:04d}" for n in range(1, 2 * CASES + 1)]
    place = [HOSTILE_PLACE if n % 3 == 0 else "Kota Satu" for n in range(1, 2 * CASES + 1)]
    made.write(
        "boxes",
        pd.DataFrame(
            {
                "participant_id": people,
                "instansi": place,
                "box": pd.array([5] * len(people), dtype="Int64"),
                "withheld_reason": "",
                "run_id": "boxes-1",
                "bank_version": "nasional-2023",
            }
        ),
        "boxes",
    )
    (made.path / "tables").mkdir()
    inputs = {"inputs/<b>peserta</b>#x.csv": "ab" * 32, "inputs/items.csv": "cd" * 32}
    (made.path / "tables" / "manifest.json").write_text(json.dumps({"inputs": inputs}), encoding="utf-8")
    cases = [
        Case(
            f"K{n:04d}", "boxes-1", n, people[n - 1], place[n - 1], "pengawas", {"box": 5, "risk": 0.4, "jenjang": "P"}
        )
        for n in range(1, CASES + 1)
    ]
    with closing(Store(made.database_url)) as store:
        store.replace_cases(cases, run="boxes-1")
        for n in range(1, CASES):  # the last stays without a vote
            cast(store, n, "Ani" if n % 2 else HOSTILE_NAME, {3: "retest", 4: "postpone"}.get(n, "box"), n % 9 + 1)
        cast(store, 1, "Budi", "box", 2)
        cast(store, 2, "Budi", "box", 9, "pernah kena hukuman disiplin")
    return made


def cast(store: Store, number: int, actor: str, action: str, box: int, reason: str = "") -> None:
    store.submit(
        actor=actor,
        case_id=f"K{number:04d}",
        action=action,
        box=box if action == "box" else None,
        reason_code=("evidence", "level", "other")[number % 3],
        reason=reason or words_of(number),
        confidence=number % 3 + 1,
        idempotency_key=secrets.token_hex(16),
    )


@pytest.fixture
def minutes(workspace: Workspace) -> Minutes:
    with closing(Store(workspace.database_url)) as store:
        return collect_minutes(
            store,
            workspace.read("boxes"),
            title=workspace.settings.title,
            rules=(("Kebijakan", "Kepka #1"), ("Bank butir", "nasional-2023")),
            made_by="Budi",
            account="akun",
            at_utc="2026-03-04T05:06:07+00:00",
            inputs={"inputs/<b>peserta</b>#x.csv": "ab" * 32, "inputs/items.csv": "cd" * 32},
        )


@pytest.fixture
def content(minutes: Minutes) -> Document:
    return describe(minutes)


def logged(workspace: Workspace) -> dict[int, tuple[str, ...]]:
    """Return the cases as a plain reading of the log gives them: the five cells of a row, by number of the case."""
    sure = ("ragu", "cukup yakin", "yakin")
    choice = {"retest": "uji ulang", "postpone": "tunda"}
    rows = {}
    with closing(Store(workspace.database_url)) as store:
        events = store.events()
        for case in store.cases():
            votes = [(e.actor, e.payload) for e in events if e.case_id == case.case_id and e.payload]
            if not votes:
                continue
            boxes = {p["box"] for _actor, p in votes}
            after = {"retest": "uji ulang", "postpone": "ditunda"}.get(
                votes[0][1]["action"], str(min(boxes, default=0))
            )
            rows[case.position] = (
                str(case.position),
                f"{case.participant_id}\n{case.content['jenjang']}, {case.instansi}",
                "5",
                after if len(boxes) == 1 else "suara berbeda",
                "\n".join(
                    printable(
                        f"{actor}: {choice.get(p['action'], 'kotak ' + str(p['box']))} "
                        f"({sure[p['confidence'] - 1]}). {reason_titles()[p['reason_code']]}: {p['reason']}"
                    )
                    for actor, p in votes
                ),
            )
    return rows


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def drawn(text: str) -> str:
    """Return a text as the PDF has it: its fonts draw neither hands nor Chinese."""
    return text.replace("\U0001f44d", "[U+1F44D]").replace("\u4e2d", "[U+4E2D]")


def test_pdf_and_docx_hold_every_case_as_the_log_has_it(workspace: Workspace, content: Document) -> None:
    expected = logged(workspace)
    assert len(expected) == CASES - 1
    paper = docx.Document(io.BytesIO(render_docx(content)))
    found = {}
    for table in paper.tables:
        if table.rows[0].cells[0].text == "Kasus":
            found |= {int(row.cells[0].text): tuple(cell.text for cell in row.cells) for row in table.rows[1:]}
    assert found == expected
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(render_pdf(content))).pages]
    # A long row goes on over the page: what is repeated there is not part of it.
    repeated = (content.title + content.heading, "KasusPesertaSemulaMenjadiSuara dan alasan", content.chain)
    text = re.sub("|".join(re.escape(squeezed(one)) for one in repeated), "", squeezed("".join(pages)))
    text = re.sub(r"Halaman\ddari\d", "", text)
    assert [n for n, row in expected.items() if drawn(squeezed("".join(row))) not in text] == []


def test_all_three_say_who_by_which_rules_and_from_what(content: Document, minutes: Minutes) -> None:
    pdf = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(render_pdf(content))).pages)
    paper = docx.Document(io.BytesIO(render_docx(content)))
    word = "".join(p.text for p in paper.paragraphs)
    word += "".join(cell.text for table in paper.tables for row in table.rows for cell in row.cells)
    word += paper.sections[0].footer.paragraphs[0].text
    page = re.sub(r"<[^>]+>", "", render_page(content)).replace("&lt;", "<").replace("&gt;", ">")
    page = page.replace("&amp;", "&").replace("&quot;", '"').replace("&#x27;", "'")
    wanted = [
        "Putaran #uji <b>",
        "Identitas dinyatakan sendiri (mode satu mesin), akun komputer akun",
        "Kuorum: 1 suara yang sama per kasus. Kuorum tercapai pada 37 dari 39 kasus",
        "pada 1 dari 2 kasus dengan dua suara atau lebih",
        "#strong[Cici] *x* <w:b> [U+202E]",
        "asesor, sekretaris",
        "Kepka #1",
        f"peristiwa 41: {minutes.head}",
        minutes.boxes_hash,
        minutes.final_hash,
        "<b>peserta</b>#x.csv",
        "ab" * 32,
        "pernah kena hukuman disiplin",
        "Ketua tim telaah",
        HOSTILE_PLACE,
    ]
    for name, text in {"pdf": pdf, "docx": word, "html": page}.items():
        assert [one for one in wanted if squeezed(one) not in squeezed(text)] == [], name
    counts = {name: counts for name, *counts in minutes.instansi}
    assert counts[HOSTILE_PLACE][:2] == [26, 13]
    assert sum(moved for _placed, _reviewed, moved in counts.values()) == sum(
        a - b for _x, b, a in minutes.counts if a > b
    )


def test_the_pdf_can_be_kept_read_and_checked_page_by_page(content: Document, minutes: Minutes) -> None:
    made = render_pdf(content)
    paper = pypdf.PdfReader(io.BytesIO(made))
    assert len(paper.pages) > 2
    for number, page in enumerate(paper.pages, 1):
        text = page.extract_text()
        assert f"Kepala rantai sebelum berita acara: {minutes.head}" in text
        assert f"Halaman {number} dari {len(paper.pages)}" in text
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)
        assert max(map(len, text.splitlines())) < 150  # a word of 1,900 letters stays in its column
        for font in page["/Resources"]["/Font"].values():
            (inner,) = font.get_object()["/DescendantFonts"]
            assert {"/FontFile2", "/FontFile3"} & set(inner.get_object()["/FontDescriptor"].get_object())
    marks = paper.trailer["/Root"]["/Metadata"].get_object().get_data().decode("utf-8")
    assert "<pdfaid:part>2</pdfaid:part>" in marks
    assert "<pdfuaid:part>1</pdfuaid:part>" in marks
    assert paper.trailer["/Root"]["/Lang"] == "id"
    # Of another moment only the date differs; of the same minutes nothing does.
    assert render_pdf(content) == made
    assert render_pdf(replace(content, at_utc="2026-03-04T05:06:08+00:00")) != made


def test_nobody_signs_on_a_page_that_does_not_say_what_for(content: Document) -> None:
    last = content.sections[-1]
    for lines in range(0, 40, 4):  # wherever on its page the last section begins
        filler = Section("Isi", tuple(Text(f"baris {n}") for n in range(lines)))
        made = render_pdf(replace(content, sections=(filler, last)))
        pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages]
        assert ["Kami yang bertanda tangan" in page for page in pages] == ["Sekretaris" in page for page in pages]
    paper = docx.Document(io.BytesIO(render_docx(content)))
    (statement,) = (p for p in paper.paragraphs if p.text.startswith("Kami yang bertanda tangan"))
    assert statement.paragraph_format.keep_with_next


def test_the_docx_has_one_date_and_no_field_but_the_page_numbers(content: Document) -> None:
    made = render_docx(content)
    assert render_docx(content) == made
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert {part.date_time for part in archive.infolist()} == {(2026, 3, 4, 5, 6, 6)}  # every second one in a ZIP
        body = archive.read("word/document.xml").decode("utf-8")
        (foot,) = (archive.read(name).decode("utf-8") for name in archive.namelist() if "footer" in name)
    assert "fldSimple " not in body.replace("&lt;w:fldSimple ", "")
    assert re.findall(r'w:instr="(\w+)"', foot) == ["PAGE", "NUMPAGES"]


def test_in_english(minutes: Minutes) -> None:
    with use_locale("en"):
        content = describe(minutes)
    text = pypdf.PdfReader(io.BytesIO(render_pdf(content))).pages[0].extract_text()
    assert "Minutes of the review" in text
    assert "Page 1 of" in text


def names_and_events(workspace: Workspace) -> tuple[list[str], int]:
    with closing(Store(workspace.database_url)) as store:
        events = len(store.events())
    files = [
        str(path.relative_to(workspace.path))
        for path in workspace.path.rglob("*")
        if path.is_file() and "sqlite" not in path.name
    ]
    return sorted(files), events


def test_what_is_signed_is_what_the_log_committed_to(workspace: Workspace) -> None:
    path = make_minutes(workspace.path, "Budi")
    assert path.name == "berita-acara.pdf"
    assert verify_workspace(workspace.path)["signed"]
    with closing(Store(workspace.database_url)) as store:
        payload = store.events()[-1].payload
    assert payload is not None
    assert payload["document"] == hashlib.sha256(path.with_suffix(".html").read_bytes()).hexdigest()
    for name, found in payload["papers"].items():
        assert found == hashlib.sha256(path.with_name(name).read_bytes()).hexdigest()
    assert set(payload["papers"]) == {"berita-acara.pdf", "berita-acara.docx"}
    # An office may put the DOCX into its letter paper; the PDF is what it signs.
    path.with_suffix(".docx").write_bytes(b"kop surat")
    assert verify_workspace(workspace.path)["signed"]
    path.write_bytes(path.read_bytes() + b"\n")
    state = verify_workspace(workspace.path)
    assert not state["sound"]
    assert "berita-acara.pdf berbeda" in str(state["sentence"])
    assert not signed_state(workspace)[0]
    path.unlink()
    assert "berita-acara.pdf tidak ada" in str(verify_workspace(workspace.path)["sentence"])


def fail(*_given: object) -> bytes:
    raise OSError(28, "No space left on device")


def test_what_typst_refuses_is_one_sentence_and_no_event(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = names_and_events(workspace)
    template = tmp_path / "rusak.typ"
    template.write_text('#panic("templat rusak")', encoding="utf-8")
    monkeypatch.setattr(minutes_pdf, "TEMPLATE", template)
    with pytest.raises(ValueError, match=r"tidak dapat dibuat sebagai PDF \(.*templat rusak.*\); laporkan"):
        make_minutes(workspace.path, "Budi")
    assert names_and_events(workspace) == before


@pytest.mark.parametrize("broken", ["render_pdf", "render_docx", "record_minutes", "final_boxes", "folder"])
def test_a_failure_leaves_no_paper_and_no_event(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    if broken == "folder":
        (workspace.path / "reports" / "berita-acara.docx").mkdir(parents=True)
    before = names_and_events(workspace)
    if broken != "folder":
        monkeypatch.setattr(signing, broken, fail)
    with pytest.raises(
        ValueError if broken == "folder" else OSError, match="folder" if broken == "folder" else "space"
    ):
        make_minutes(workspace.path, "Budi")
    assert names_and_events(workspace) == before


def test_a_failure_after_minutes_leaves_them_as_they_were(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, fingerprint: Callable[..., dict[str, str]]
) -> None:
    make_minutes(workspace.path, "Budi")
    before = fingerprint(workspace.path / "reports")
    monkeypatch.setattr(signing, "record_minutes", fail)
    with pytest.raises(OSError, match="space"):
        make_minutes(workspace.path, "Ani")
    assert fingerprint(workspace.path / "reports") == before
    assert verify_workspace(workspace.path)["signed"]


def test_minutes_of_before_there_was_a_pdf_hold(workspace: Workspace) -> None:
    path = make_minutes(workspace.path, "Budi")
    with closing(Store(workspace.database_url)) as store:
        ledger = store.ledger()
        assert ledger.minutes is not None
        assert ledger.minutes.payload is not None
        payload = {name: value for name, value in ledger.minutes.payload.items() if name != "papers"}
        page = path.with_suffix(".html")
        page.write_text(page.read_text("utf-8").replace(ledger.minutes.prev_hash, ledger.head), encoding="utf-8")
        payload |= {"document": hashlib.sha256(page.read_bytes()).hexdigest(), "head_before": ledger.head}
        store.record_minutes(actor="Budi", payload=payload, head=ledger.head)
    path.unlink()
    path.with_suffix(".docx").unlink()
    assert verify_workspace(workspace.path)["signed"]
    path.with_suffix(".html").write_text("lain", encoding="utf-8")
    assert not verify_workspace(workspace.path)["signed"]


def rewrite(workspace: Workspace, change: Callable[[int, dict[str, Any]], dict[str, Any] | None]) -> None:
    """Change payloads of the log, or leave events out, and recompute every hash as whoever holds the file could."""
    with closing(Store(workspace.database_url)) as store, store.engine.begin() as connection:
        events = list(log.rows(connection))
        for table in (payloads_table, events_table):
            connection.execute(table.delete())
        for event in events:
            payload = change(event["seq"], dict(event["payload"]))
            if payload is None:
                continue
            if "head_before" in payload and payload["head_before"] == "adapted":
                last = connection.execute(select(events_table.c.hash).order_by(events_table.c.seq.desc())).scalar()
                payload["head_before"] = last
            names = ("actor", "role", "case_id", "kind")
            log.append_within(
                connection, *(event[name] for name in names), payload, idempotency_key=event["idempotency_key"]
            )


def other_words(seq: int, payload: dict[str, Any]) -> dict[str, Any]:
    return {**payload, "reason": "alasan lain"} if seq == 1 else payload


def test_a_log_rewritten_from_its_first_event_does_not_fit_its_minutes(workspace: Workspace) -> None:
    make_minutes(workspace.path, "Budi")
    rewrite(workspace, other_words)
    state = verify_workspace(workspace.path)
    assert not state["sound"]
    assert "Catatan telaah utuh" in str(state["sentence"])
    assert "Berita acara menyebut kepala rantai lain" in str(state["sentence"])


def test_nor_when_the_minuting_event_was_rewritten_too(workspace: Workspace) -> None:
    make_minutes(workspace.path, "Budi")
    rewrite(
        workspace,
        lambda seq, payload: {**payload, "head_before": "adapted"} if "final" in payload else other_words(seq, payload),
    )
    state = verify_workspace(workspace.path)
    assert not state["sound"]
    assert "berita-acara.html mencetak kepala rantai lain" in str(state["sentence"])
    assert not signed_state(workspace)[0]


def test_nor_a_paper_when_the_minutes_were_made_anew(workspace: Workspace) -> None:
    make_minutes(workspace.path, "Budi")
    with closing(Store(workspace.database_url)) as store:
        on_paper = store.events()[-1].prev_hash
    assert verify_workspace(workspace.path, on_paper)["sound"]
    rewrite(workspace, lambda seq, payload: None if "final" in payload else other_words(seq, payload))
    make_minutes(workspace.path, "Budi")
    assert verify_workspace(workspace.path)["sound"]
    state = verify_workspace(workspace.path, f"{on_paper[:8]} {on_paper[8:16].upper()}")
    assert not state["sound"]
    assert "catatan ditulis ulang, atau kertas itu dari putaran lain" in str(state["sentence"])


def test_a_paper_of_earlier_minutes_is_known_as_such(workspace: Workspace) -> None:
    heads = []
    for person in ("Budi", "Ani"):
        make_minutes(workspace.path, person)
        with closing(Store(workspace.database_url)) as store:
            heads.append((store.events()[-1].seq, store.events()[-1].prev_hash))
    for seq, head in heads:
        state = verify_workspace(workspace.path, head)
        assert state["sound"]
        assert f"berita acara, peristiwa {seq}." in str(state["sentence"])


@pytest.mark.parametrize("printed", ["abc", "x" * 20, "a" * 65, "' OR 1=1 --"])
def test_what_is_no_chain_head_is_refused(workspace: Workspace, printed: str) -> None:
    with pytest.raises(ValueError, match="bukan kepala rantai; ketik sedikitnya 12"):
        verify_workspace(workspace.path, printed)


@pytest.mark.parametrize("signed", [False, True])
def test_a_case_that_was_made_to_point_to_somebody_else_is_found(workspace: Workspace, signed: bool) -> None:
    if signed:
        make_minutes(workspace.path, "Budi")
    with closing(Store(workspace.database_url)) as store, store.engine.begin() as connection:
        for case_id, participant in (("K0007", "P0008"), ("K0008", "P0007")):
            connection.exec_driver_sql("UPDATE cases SET participant_id = ? WHERE case_id = ?", (participant, case_id))
    with pytest.raises(ValueError, match="Kasus 'K0007' menunjuk peserta lain daripada saat peristiwa 7 dicatat"):
        make_minutes(workspace.path, "Budi")
    if signed:
        state = verify_workspace(workspace.path)
        assert not state["sound"]
        assert "menunjuk peserta lain" in str(state["sentence"])
