"""The review log as a list of events for other programs."""

from __future__ import annotations

import csv
import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

from workbench.i18n import _
from workbench.reports.workbook import harmless
from workbench.review import Store, log
from workbench.review.ledger import KNOWN
from workbench.review.safekeeping import require_absent, require_sound
from workbench.workspace import replaced_on_success

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from workbench.review.ledger import Ledger
    from workbench.review.log import Verification
    from workbench.workspace import Workspace

__all__ = ["COLUMNS", "export_log"]

COLUMNS = (
    *("seq", "at_utc", "actor", "role", "case_id", "kind", "payload_commitment", "prev_hash", "hash"),
    *("idempotency_key", "payload", "known"),
)


def export_log(workspace: Workspace, file: Path) -> Verification:
    """Write every event, with its payload where that was not erased and is no vote that is still blind.

    Parameters
    ----------
    workspace : Workspace
    file : Path
        ``.csv`` or ``.jsonl``; must not exist.

    Returns
    -------
    Verification
        Of the log.

    Raises
    ------
    ValueError
        When there is no log, its chain is broken, the file exists, or its name ends otherwise.
    """
    if file.suffix not in {".csv", ".jsonl"}:
        raise ValueError(_("Nama berkas {file} harus berakhir .csv atau .jsonl.").format(file=file))
    if not log.exists(workspace.database_url):
        raise ValueError(_("Catatan telaah belum ada; tidak ada yang dapat diekspor."))
    require_absent(file)
    with closing(Store.of(workspace)) as store:
        check = require_sound(store.verify())
        with replaced_on_success(file) as temporary, store.engine.connect() as connection:
            rows = _seen(log.rows(connection), store.ledger())
            if file.suffix == ".csv":
                _write_csv(temporary, rows)
            else:
                _write_lines(temporary, rows)
    return check


def _seen(rows: Iterable[dict[str, Any]], ledger: Ledger) -> Iterator[dict[str, Any]]:
    """Yield the rows, without what votes say that are still blind, and whether each is about a known case."""
    for row in rows:
        case_id = row["case_id"]
        blind = row["kind"] == "vote" and ledger.required(case_id) > 1 and not ledger.is_complete(case_id)
        hides = {"payload": {"blind": True}} if blind and row["payload"] is not None else {}
        yield {**row, **hides, "known": row["kind"] == KNOWN or case_id in ledger.truths}


def _write_csv(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS)
        writer.writeheader()
        for row in rows:
            payload = "" if row["payload"] is None else log.canonical(row["payload"])
            cells = {**row, "payload": payload}
            writer.writerow({name: harmless(cell) if isinstance(cell, str) else cell for name, cell in cells.items()})


def _write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as handle:
        for row in rows:
            handle.write(json.dumps(row, ensure_ascii=False) + "\n")
