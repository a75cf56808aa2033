"""Write what readers receive: a page and a workbook for each instansi, and the index over them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd

from workbench.i18n import _, use_locale
from workbench.policy import kinerja_label
from workbench.records.identities import read_identities
from workbench.reports.fairness_page import FILE, write_fairness_page
from workbench.reports.index import IndexRow, render_index
from workbench.reports.render import Cover, long_date, render_notebook
from workbench.reports.signed import signed_state
from workbench.reports.workbook import write_workbook
from workbench.review.prepare import RISK_LINE
from workbench.workspace import write_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from workbench.policy import Policy
    from workbench.workspace import Workspace

__all__ = ["folder_names", "participants_table", "publish_reports"]

_RUN_MARK = re.compile(r'<body [^>]*data-run="([^"]*)"')


def folder_names(instansi: Sequence[str]) -> dict[str, str]:
    """Return the folder of each instansi below ``reports/``; two names that read alike get different folders."""
    result: dict[str, str] = {}
    for name in sorted(instansi):
        base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "instansi"
        folder, copy = base, 2
        while folder in result.values():
            folder, copy = f"{base}-{copy}", copy + 1
        result[name] = folder
    return result


def publish_reports(workspace: Workspace, run_ids: Sequence[str], instansi: Sequence[str]) -> dict[str, str]:
    """Render the reports of finished runs, their workbooks, and the index over all instansi.

    A report that already stands there from the same run is left alone.

    Parameters
    ----------
    workspace : Workspace
    run_ids : sequence of str
        Finished runs of the report notebook, one an instansi.
    instansi : sequence of str
        Every instansi of the round; those without a run are listed as missing.

    Returns
    -------
    dict of str to str
        By instansi, the sentence of each report that could not be written; the others are written all the same.
    """
    with use_locale(workspace.settings.locale):
        runs = {str(workspace.manifest(run_id)["parameters"]["instansi"]): run_id for run_id in run_ids}
        return _Publisher.of(workspace).publish(runs, folder_names(instansi))


@dataclass
class _Publisher:
    """What every report of one call shares."""

    workspace: Workspace
    policy: Policy
    state: str
    words: str
    boxes: pd.DataFrame
    decided: pd.DataFrame
    people: pd.DataFrame | None = None

    @classmethod
    def of(cls, workspace: Workspace) -> _Publisher:
        final, words = signed_state(workspace)
        boxes = workspace.read("boxes")
        decided = pd.read_parquet(workspace.table_path("final_boxes", "final")) if final else pd.DataFrame()
        if final:
            after = boxes["participant_id"].map(decided.set_index("participant_id")["box"])
            boxes = boxes.assign(box_final=after.astype("Int64"))
        else:
            boxes = boxes.assign(box_final=pd.array([pd.NA] * len(boxes), dtype="Int64"))
        policy = workspace.policy
        return cls(workspace, policy, "FINAL" if final else "DRAF", words, boxes, decided)

    def publish(self, runs: dict[str, str], folders: dict[str, str]) -> dict[str, str]:
        failed: dict[str, str] = {}
        made = datetime.now().astimezone().date()
        rows = []
        for name, folder in folders.items():
            here = self.boxes[self.boxes["instansi"] == name]
            missing = "" if name in runs else _("belum ada laporan dari proses ini; jalankan workbench run")
            if name in runs:
                try:
                    self._one(name, folder, here, runs[name])
                except Exception as problem:  # whatever it is, the other instansi get theirs
                    missing = _("gagal ditulis")
                    failed[name] = _("Laporan {name} tidak dapat ditulis: {why}.").format(
                        name=name, why=f"{type(problem).__name__}: {problem}".rstrip(".")
                    )
            rows.append(self._row(name, folder, here, missing))
        analyses = {
            _("Analisis butir"): self._pages("item_analysis"),
            _("Validasi skor"): self._pages("score_validation"),
            _("Level yang diterima"): self._of_the_round("received_levels"),
            _("Kotak talenta"): self._of_the_round("talent_boxes"),
            _("Keadilan"): self._fairness(),
        }
        index = render_index(
            self.workspace.settings.title,
            self.policy.title,
            rows,
            self.state,
            self.words,
            long_date(made),
            analyses,
            self.workspace.provisional_mark,
        )
        write_text(self.workspace.path / "reports" / "index.html", index)
        return failed

    def _pages(self, kind: str) -> dict[str, str]:
        """Return the analysis pages that were written, by title of the instrument."""
        titles = self.workspace.read("instruments").set_index("instrument")["title"].astype(str).to_dict()
        files = {file: name for name, file in folder_names(list(titles)).items()}
        found = sorted((self.workspace.path / "reports" / kind).glob("*.html"))
        return {titles[files[path.stem]]: f"{kind}/{path.name}" for path in found if path.stem in files}

    def _of_the_round(self, kind: str) -> dict[str, str]:
        """Return a page about the whole round that was written, by the name of the round."""
        found = sorted((self.workspace.path / "reports" / kind).glob("*.html"))
        return {self.workspace.settings.title: f"{kind}/{found[0].name}"} if found else {}

    def _fairness(self) -> dict[str, str]:
        """Write the page on fairness; it counts the final boxes as soon as there are any."""
        final = self.decided if self.state == "FINAL" else None
        there = write_fairness_page(self.workspace, self.policy, self.boxes, final, self.state, self.words)
        return {self.workspace.settings.title: FILE} if there else {}

    def _one(self, name: str, folder: str, here: pd.DataFrame, run_id: str) -> None:
        """Write page and workbook of one instansi, the page last: it says which run both are from."""
        report = self.workspace.path / "reports" / folder / "report.html"
        sheet = report.with_name("participants.xlsx")
        if report.is_file() and sheet.is_file() and _run_of(report) == run_id:
            return
        finished = datetime.fromisoformat(self.workspace.manifest(run_id)["finished_utc"])
        cover = Cover(
            title=self.workspace.settings.title,
            instansi=name,
            policy=self.policy.title,
            state=self.state,
            state_words=self.words,
            run=run_id,
            made=finished.astimezone().date(),
            mark=self.workspace.provisional_mark,
        )
        known = self._known_people()
        people = known[known["participant_id"].isin(here["participant_id"])]
        named = people[people["name"].notna()]  # whose identity was erased keeps the pseudonym
        names = dict(zip(named["participant_id"].astype(str), named["name"].astype(str), strict=True))
        page = render_notebook(self.workspace.path / "runs" / run_id / "notebook.ipynb", cover, names)
        table, titles = participants_table(here, people, self.policy)
        write_workbook(sheet, table, titles, self._notes(here, run_id, long_date(cover.made)))
        write_text(report, page)

    def _known_people(self) -> pd.DataFrame:
        if self.people is None:
            identities = read_identities(self.workspace.path, purpose=_("menulis laporan dan daftar peserta instansi"))
            self.people = self.workspace.read("participants").merge(identities, how="left", on="participant_id")
        return self.people

    def _notes(self, here: pd.DataFrame, run_id: str, made: str) -> list[tuple[str, str]]:
        mark = self.workspace.provisional_mark
        return [
            (_("Putaran"), self.workspace.settings.title),
            *([(_("Sementara") if self.workspace.has_answers else _("Dasar peluang"), mark)] if mark else []),
            (_("Status"), f"{self.state}: {self.words}"),
            (_("Edisi"), _("internal, terbatas: memuat NIP dan nama")),
            (_("Kebijakan"), f"{self.policy.key}: {self.policy.title}"),
            (_("Sumber aturan"), self.policy.source),
            (_("Bank butir"), str(here["bank_version"].iloc[0]) or _("tidak dipakai")),
            (_("Proses"), run_id),
            (_("Tanggal"), made),
            (_("Kinerja"), kinerja_label(self.policy)),
            *self._meaning(),
            (_("Kotak hanya membandingkan orang dalam jenjang yang sama"), ""),
        ]

    def _meaning(self) -> list[tuple[str, str]]:
        """Return what the columns of probabilities mean, where there are any."""
        if not self.workspace.has_probabilities:
            return [(_("Peluang"), _("kosong: galat tidak dinyatakan pemilik instrumen"))]
        by_points = self.workspace.settings.entry == "component_sheet"
        return [
            (
                _("Peluang"),
                _("dihitung dari galat nilai komponen yang dinyatakan")
                if by_points
                else _("bagian penarikan dari posterior bersama yang jatuh di kotak itu"),
            ),
            (_("Risiko"), _("peluang bahwa keputusan masuk atau tidaknya ke kumpulan talenta keliru")),
        ]

    def _row(self, name: str, folder: str, here: pd.DataFrame, missing: str) -> IndexRow:
        placed = here[here["withheld_reason"] == ""]
        decided = set(self.decided.loc[self.decided["decided"], "participant_id"]) if len(self.decided) else set()
        still_open = ~placed["participant_id"].isin(decided)
        return IndexRow(
            name=name,
            folder=folder,
            people=len(here),
            placed=len(placed),
            pool=int(placed["box_final"].fillna(placed["box"]).isin(self.policy.boxes.pool).sum()),
            expected_pool=float(placed["p_pool"].sum()) if placed["p_pool"].notna().any() or placed.empty else None,
            doubtful=int((still_open & (placed["risk"] >= RISK_LINE)).sum()),
            missing=missing,
        )


def _run_of(report: Path) -> str:
    """Return the run that a report says it is from; its page says so right after the style sheet."""
    with report.open(encoding="utf-8") as page:
        found = _RUN_MARK.search(page.read(40_000))
    return found.group(1) if found else ""


def participants_table(here: pd.DataFrame, people: pd.DataFrame, policy: Policy) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the list of people of one instansi, and the heading of each of its columns in order."""
    names = people[["participant_id", "nip", "name", "unit", "jabatan"]]
    table = here.merge(names, on="participant_id", how="left").sort_values(["unit", "name"], ignore_index=True)
    categories = {c.key: c.title for c in policy.categories.categories}
    table = table.assign(
        tier=[policy.competencies.title_of(str(j)) for j in table["jenjang"]],
        category=[categories.get(str(c)) for c in table["jpm_category"]],
    )
    titles = {
        "nip": "NIP",
        "name": _("Nama"),
        "participant_id": _("Peserta"),
        "unit": _("Unit kerja"),
        "jabatan": _("Jabatan"),
        "tier": _("Jenjang"),
        "jpm": "JPM",
        "category": _("Kategori"),
        "potensial": _("Potensial"),
        "potensial_sd": _("Galat potensial"),
        "kinerja": _("Kinerja"),
        "box": _("Kotak dinyatakan"),
        "box_printed": _("Kotak menurut level tercetak"),
        "box_final": _("Kotak setelah telaah"),
        "p_pool": _("Peluang kumpulan talenta"),
        **{f"p_box_{b}": _("Peluang kotak {b}").format(b=b) for b in range(1, 10)},
        "risk": _("Risiko"),
        "withheld_reason": _("Tanpa kotak karena"),
    }
    return table, titles
