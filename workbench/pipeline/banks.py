"""What the command line does with item banks: make, list, compare and apply versions."""

from __future__ import annotations

import json
import re
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.i18n import _, format_number
from workbench.pipeline.run import stages_to_run
from workbench.records.bank import (
    ASSUMED,
    SHIPPED,
    bank_folder,
    bank_hash,
    check_version_name,
    copy_bank,
    list_banks,
    load_bank,
    save_bank,
)
from workbench.workspace import SETTINGS_FILE, Workspace, write_text

if TYPE_CHECKING:
    import pandas as pd

    from workbench.records.bank import Bank

__all__ = ["apply_command", "compare_command", "find_bank", "list_command", "make_command", "new_bank_folder", "say"]

SHOWN_DIFFERENCES = 20


def find_bank(name: str, workspace: Workspace | None = None) -> Path:
    """Return the folder of a bank named by a version or a path.

    A version is looked for in the workspace first, then among those that ship.

    Raises
    ------
    ValueError
        When there is none of that name.
    """
    places = [workspace.banks] if workspace is not None else []
    if (Path(name) / "bank.json").is_file():
        return Path(name)
    for place in (*places, SHIPPED):
        if name and Path(name).name == name and (place / name / "bank.json").is_file():
            return place / name
    known = [version for place in (*places, SHIPPED) for version in list_banks(place)]
    raise ValueError(
        _("Bank butir '{version}' tidak ada; yang tersedia: {known}.").format(
            version=name, known=", ".join(dict.fromkeys(known)) or "-"
        )
    )


def new_bank_folder(folder: Path, version: str) -> Path:
    """Return the folder of a version to be made; a version never replaces another.

    Raises
    ------
    ValueError
        When the name is none, or is taken.
    """
    check_version_name(version)
    if folder.exists() or version in list_banks():
        raise ValueError(
            _("Bank '{version}' sudah ada ({path}); versi tidak pernah diganti, pakai nama lain.").format(
                version=version, path=folder if folder.exists() else _("versi bawaan")
            )
        )
    return folder


def make_command(folder: Path, version: str, to: Path | None = None, *, as_json: bool = False) -> int:
    """Make a bank version from a finished round; return the exit status.

    Raises
    ------
    ValueError
        As `analysis.bank_making.make_bank`; and when the round is not run to its end, or the name is taken.
    """
    from workbench.analysis.bank_making import make_bank

    workspace = Workspace(folder)
    workspace.require_answers(_("Bank butir"))
    target = new_bank_folder(to if to is not None else workspace.banks / version, version)
    with workspace.lock():
        old = [name for name in stages_to_run(workspace) if name in ("items", "scores")]
        if old:
            raise ValueError(
                _("Putaran {name} belum selesai dihitung ({stages}); jalankan 'workbench run' dahulu.").format(
                    name=workspace.settings.name, stages=", ".join(old)
                )
            )
        runs = (
            tuple(sorted(workspace.read("item_parameters")["run_id"].unique()))
            if workspace.has("item_parameters")
            else ()
        )
        made = make_bank(
            workspace,
            version,
            date=datetime.now().astimezone().date().isoformat(),
            dropped=_dropped(workspace),
            runs=tuple(map(str, runs)),
        )
        save_bank(made.bank, target)
    content = {
        "version": version,
        "folder": str(target),
        "hash": bank_hash(target),
        "drifted": made.drifted.to_dict("records"),
        "links": made.links.to_dict("records"),
    }
    where = _("Bank ditulis di {path}, sidik {hash}.").format(path=target, hash=content["hash"][:12])
    return say(content, [*made.sentences, where], as_json=as_json)


def _dropped(workspace: Workspace) -> dict[str, str]:
    """Return the items that the review decided to drop, or to key otherwise where that is not yet so, with reasons."""
    from workbench.records.scoring import right_options
    from workbench.review import log
    from workbench.review.items import DROP, ItemStore

    if not log.exists(workspace.database_url):
        return {}
    with closing(ItemStore(workspace.database_url)) as store:
        decisions = store.decisions().values()
    versions = workspace.read("instruments").set_index("instrument")["key_version"].astype(str).to_dict()
    keys = workspace.read("keys").astype(str).set_index(["item_id", "key_version"])["key"].to_dict()
    return {
        one.item_id: one.reason
        for one in decisions
        if one.action == DROP
        or (
            one.right
            and set(right_options(keys.get((one.item_id, versions.get(one.instrument, "")), ""))) != {*one.right}
        )
    }


def list_command(folder: Path | None = None, *, as_json: bool = False) -> int:
    """List the versions that ship and those of a workspace; return the exit status."""
    workspace = Workspace(folder) if folder is not None else None
    places = [(_("bawaan"), SHIPPED), *([] if workspace is None else [(_("ruang kerja"), workspace.banks)])]
    rows = [_entry(place / version, where) for where, place in places for version in list_banks(place)]
    used = bank_folder(workspace.bank_source) if workspace is not None and workspace.settings.bank else None
    for row in rows:
        row["in_use"] = used is not None and Path(row["folder"]) == used
    if workspace is not None and not workspace.settings.bank:
        rows.append(_provisional(workspace))
    return say({"banks": rows}, [_line(row) for row in rows] or [_("Tidak ada bank butir.")], as_json=as_json)


def _entry(path: Path, where: str) -> dict[str, Any]:
    """Return what the list says of one version; one that is damaged is named and not passed over."""
    try:
        bank = load_bank(path)
    except ValueError as problem:
        return {"version": path.name, "where": where, "folder": str(path), "problem": str(problem)}
    return {
        "version": bank.version,
        "where": where,
        "folder": str(path),
        "provisional": bank.provisional,
        "items": len(bank.item_parameters),
        "scales": len(bank.scales),
        "cuts": sorted(set(map(str, bank.level_cuts["method"]))),
        "assumed_cuts": bool((bank.level_cuts["method"] == ASSUMED).any()),
        "hash": bank_hash(path),
        "origin": dict(bank.origin),
        "problem": "",
    }


def _provisional(workspace: Workspace) -> dict[str, Any]:
    return {
        "version": f"sementara-{workspace.settings.name}",
        "where": _("ruang kerja"),
        "folder": "",
        "provisional": True,
        "in_use": True,
        "problem": "",
        "sentence": workspace.provisional_mark,
    }


def _line(row: dict[str, Any]) -> str:
    """Return one version as one line."""
    head = f"{'* ' if row['in_use'] else '  '}{row['version']} ({row['where']}): "
    if row["problem"]:
        return head + str(row["problem"])
    if row["provisional"]:
        return head + str(row.get("sentence") or _("SEMENTARA: bank ini hanya berlaku bagi putaran asalnya."))
    origin = row["origin"]
    parts = [
        _("{items} butir, {k} skala").format(items=format_number(row["items"]), k=row["scales"]),
        _("{n} orang putaran {round}, {date}").format(
            n=format_number(origin["people"]), round=origin["round"], date=origin["date"]
        )
        if {"people", "round", "date"} <= set(origin)
        else _("asal tidak dicatat"),
        _("batas level ASUMSI")
        if row["assumed_cuts"]
        else _("batas level {methods}").format(methods=", ".join(row["cuts"])),
        *([_("SIMULASI")] if origin.get("simulated") else []),
        _("sidik {hash}").format(hash=row["hash"][:12]),
    ]
    return head + "; ".join(parts)


def compare_command(first: str, second: str, *, as_json: bool = False) -> int:
    """Compare two versions; return the exit status.

    Raises
    ------
    ValueError
        When one of them is not there or damaged.
    """
    from workbench.analysis.bank_comparison import compare_banks

    banks = [load_bank(find_bank(name)) for name in (first, second)]
    found = compare_banks(*banks)
    lines = list(found.sentences)
    items = found.items[~found.items["same"].astype(bool)] if len(found.items) else found.items
    largest = items.reindex(items["difficulty"].abs().sort_values(ascending=False).index).head(SHOWN_DIFFERENCES)
    if len(largest):
        lines.append(
            _(
                "Selisih terbesar ({n} dari {all} butir; selengkapnya dengan --json): butir, kesukaran, daya beda"
            ).format(n=len(largest), all=format_number(len(items)))
        )
    for row in largest.to_dict("records"):
        numbers = [
            f"{format_number(row[name], 2)} ± {format_number(row[f'{name}_se'], 2)}" for name in ("difficulty", "slope")
        ]
        lines.append(f"  {row['item_id']}  {'  '.join(numbers)}" + (_("  bergeser") if row["drifted"] else ""))
    return say({"first": banks[0].version, "second": banks[1].version, **found.to_json()}, lines, as_json=as_json)


def apply_command(folder: Path, name: str, *, reopen: str = "", as_json: bool = False) -> int:
    """Copy a bank into a workspace and have the workspace use it; return the exit status.

    Raises
    ------
    ValueError
        When the bank is not there, is provisional or does not hold what the round measures, or there are votes on boxes
        and no reason was given.
    """
    from workbench.review.prepare import check_permission, permit_new_boxes

    workspace = Workspace(folder)
    source = find_bank(name, workspace)
    bank = load_bank(source)
    check_version_name(bank.version)
    if bank.provisional:
        raise ValueError(
            _("Bank {version} sementara: hanya berlaku bagi putaran asalnya dan tidak dapat dipakai di sini.").format(
                version=bank.version
            )
        )
    sentences = _fits(workspace, bank)
    with workspace.lock():
        target = workspace.banks / bank.version
        same = (target / "bank.json").is_file() and bank_hash(target) == bank_hash(source)
        if target.exists() and not same:
            raise ValueError(
                _("Ruang kerja ini sudah punya bank {version} dengan isi lain; beri versi itu nama lain.").format(
                    version=bank.version
                )
            )
        if not same or workspace.settings.bank != bank.version:
            with permit_new_boxes(reopen):
                check_permission(workspace)
        if not same:
            copy_bank(source, target)
        settings = _settings_with(workspace, bank)
        if settings:
            write_text(workspace.path / SETTINGS_FILE, settings)
    after = Workspace(folder)
    todo = stages_to_run(after)
    sentences += [
        _("Ruang kerja {name} sekarang memakai bank {version}, sidik {hash}.").format(
            name=after.settings.name, version=bank.version, hash=bank_hash(target)[:12]
        ),
        _("Akan dijalankan lagi oleh 'workbench run {path}{more}': {stages}.").format(
            path=folder, more=" --reopen ..." if reopen else "", stages=", ".join(todo)
        )
        if todo
        else _("Tidak ada yang perlu dijalankan lagi."),
    ]
    content = {"version": bank.version, "folder": str(target), "hash": bank_hash(target), "stages": todo}
    return say({**content, "sentences": sentences}, sentences, as_json=as_json)


def _fits(workspace: Workspace, bank: Bank) -> list[str]:
    """Check that a bank holds what the round measures; return what a person should know of the rest."""
    from workbench.policy import load_policy
    from workbench.records.scoring import scores_of

    items = _answered_items(workspace)
    used = set(items["item_id"].astype(str))
    known = bank.item_parameters.set_index("item_id")
    lacking = [
        str(scale)
        for scale, rows in items.groupby("scale", sort=False)
        if scale not in bank.scales or not (known.loc[known.index.isin(rows["item_id"]), "scale"] == scale).any()
    ]
    if lacking:
        raise ValueError(
            _("Bank {version} tidak memuat {n} skala yang diukur putaran ini: {scales}.").format(
                version=bank.version, n=len(lacking), scales=", ".join(lacking)
            )
        )
    for item in items[items["item_id"].isin(known.index)].to_dict("records"):
        categories = 2 if item["format"] == "mc" else len(set(scores_of(item)))
        if int(known.loc[item["item_id"], "categories"]) > categories:
            raise ValueError(
                _(
                    "Butir {item}: bank {version} memuat {k} kategori, putaran ini {n}; ini bukan butir yang sama."
                ).format(
                    item=item["item_id"],
                    version=bank.version,
                    k=int(known.loc[item["item_id"], "categories"]),
                    n=categories,
                )
            )
    sentences = []
    absent = sorted(used - set(known.index))
    if absent:
        sentences.append(
            _("{n} butir putaran ini tidak ada di bank {version} dan tidak ikut skor: {items}.").format(
                n=len(absent), version=bank.version, items=", ".join(absent)
            )
        )
    if workspace.settings.policy:
        policy = load_policy(workspace.settings.policy)
        missing = [scale for scale in policy.used_scales if scale not in bank.scales]
        if missing:
            raise ValueError(
                _("Bank {version} tidak memuat skala yang dipakai kebijakan {policy}: {scales}.").format(
                    version=bank.version, policy=policy.key, scales=", ".join(missing)
                )
            )
    return sentences


def _answered_items(workspace: Workspace) -> pd.DataFrame:
    """Return the rows of the table ``items`` that people of this round answered; from the inputs where need be."""
    from workbench.pipeline.intake import is_taken_in
    from workbench.records.intake import check

    if is_taken_in(workspace):
        items, forms = workspace.read("items"), workspace.read("forms")
        given = {(name, form) for name in set(items["instrument"]) for form in workspace.response_forms(str(name))}
        here = [pair in given for pair in zip(forms["instrument"], forms["form"], strict=True)]
        return items[items["item_id"].isin(forms.loc[here, "item_id"])]
    report = check(workspace.inputs)
    if report.problems:
        raise ValueError(_("Berkas masukan belum sah; jalankan 'workbench check' dahulu."))
    used = {str(name) for frame in report.responses.values() for name in frame.columns if name != "nip"}
    items = report.tables["items"]
    return items[items["item_id"].isin(used)]


def _settings_with(workspace: Workspace, bank: Bank) -> str:
    """Return the settings file with the bank named and every other line as it was; empty where it says so already.

    A round that ended early because it had no bank goes on as far as its tables allow.
    """
    settings = workspace.settings
    changes = {} if settings.bank == bank.version else {"bank": bank.version}
    if changes and not settings.bank and settings.ends_after:
        changes |= _ends_later(workspace)
    if not changes:
        return ""
    text = (workspace.path / SETTINGS_FILE).read_text(encoding="utf-8")
    for name, value in changes.items():
        line = f"{name} = {json.dumps(value, ensure_ascii=False)}"
        pattern = re.compile(rf"(?m)^{name}\s*=.*$")
        found = pattern.search(text)
        text = text[: found.start()] + line + text[found.end() :] if found else f"{text.rstrip()}\n{line}\n"
    return text


def _ends_later(workspace: Workspace) -> dict[str, str]:
    from workbench.pipeline.own_files import DEFAULT_POLICY, end_of_chain
    from workbench.records.intake import check

    key = workspace.settings.policy or DEFAULT_POLICY
    after, because = end_of_chain(check(workspace.inputs), key, minimum=0)
    return {"ends_after": after, "ends_because": because, "policy": "" if after else key}


def say(content: dict[str, Any], sentences: list[str], *, as_json: bool) -> int:
    """Print sentences for people, or the one object that a program reads."""
    if as_json:
        sys.stdout.write(json.dumps({"exit_status": 0, **content, "sentences": sentences}, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("".join(f"{sentence}\n" for sentence in sentences))
    return 0
