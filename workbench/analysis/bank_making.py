"""A bank version from a finished round: its calibration on the metric of its bank, and the population it estimates.

Where the round already has a bank, its own calibration is moved to the metric of that bank by the items both know
(Stocking and Lord 1983, without the items that drifted), so that the same answers keep the same score. Items that the
round did not use are kept as they were. A round without a bank founds a metric of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.analysis.responses import read_instrument
from workbench.i18n import _, format_number
from workbench.psychometrics import irt, linking
from workbench.records.bank import Bank, assumed_level_cuts, bank_folder, bank_hash, check_version_name, load_bank
from workbench.talent import standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.analysis.responses import InstrumentResponses
    from workbench.psychometrics.linking import Link
    from workbench.workspace import Workspace

__all__ = ["FEWEST_ANCHORS", "FEWEST_PEOPLE", "PEOPLE_PER_SCALE", "MadeBank", "make_bank", "people_needed"]

# The standard error of a correlation between two scales of reliability .7 is about 1.25 / sqrt(n): .04 at 1,000 people,
# .09 at 180, while the correlations themselves differ by .2. With many scales the matrix needs people for its smallest
# roots as well.
FEWEST_PEOPLE = 1_000
PEOPLE_PER_SCALE = 20
ERROR_OF_CORRELATION = 1.25
FEWEST_ANCHORS = 3  # with two the error of the line is not known
DRIFTED = ("scale", "item_id", "difference", "se", "z")


@dataclass(frozen=True)
class MadeBank:
    """A bank version that was made, and what a person should know of it before using it.

    Attributes
    ----------
    bank : Bank
    links : pandas.DataFrame
        A row a scale that was linked: scale, anchors, common, slope, slope_se, intercept, intercept_se, drifted.
    drifted : pandas.DataFrame
        A row an item whose difficulty moved since the bank of the round: scale, item_id, difference, se, z.
    sentences : tuple of str
    """

    bank: Bank
    links: pd.DataFrame
    drifted: pd.DataFrame
    sentences: tuple[str, ...]


def people_needed(scales: int) -> int:
    """Return how many people with scores a population over so many scales needs."""
    return max(FEWEST_PEOPLE, PEOPLE_PER_SCALE * scales)


def make_bank(
    workspace: Workspace,
    version: str,
    *,
    date: str,
    dropped: Mapping[str, str] | None = None,
    runs: tuple[str, ...] = (),
) -> MadeBank:
    """Make a bank version from a round whose items are calibrated and whose people are scored.

    Parameters
    ----------
    workspace : Workspace
    version : str
        Name of the new version.
    date : str
        Day on which it is made, as ``2026-11-29``.
    dropped : mapping of str to str, optional
        Items that people decided to drop or to re-key, and why: they do not enter.
    runs : tuple of str
        Runs whose results enter, for the record.

    Returns
    -------
    MadeBank

    Raises
    ------
    ValueError
        When the name is no name of a version, the round is not calibrated or scored, it has too few people for a
        population, or a scale shares too few items with the bank of the round.
    """
    check_version_name(version)
    own = _own_items(workspace)
    sentences: list[str] = []
    usable = _usable(own, dropped or {}, sentences)
    scales = tuple(dict.fromkeys(usable["scale"]))
    people = _people(workspace, len(scales))
    known = load_bank(workspace.bank_source) if workspace.settings.bank else None
    parameters, links, drifted = _on_metric(usable, known)
    answers, summaries = _evidence(workspace, parameters)
    parameters = parameters.assign(n=parameters["item_id"].map(answers).astype(float))
    population = standing.estimate_population(summaries)
    cuts, form = assumed_level_cuts(scales, version), _first_form(workspace, parameters)
    if known is not None:
        parameters = _with_kept(parameters, known, sentences)
        population = _completed(population, known)
        cuts = _cuts(cuts, known, links, version)
        form = _form(form, known, parameters)
    origin: dict[str, Any] = {
        "made": "calibration",
        "round": workspace.settings.name,
        "title": workspace.settings.title,
        "runs": list(runs),
        "date": date,
        "people": people,
        "simulated": bool(workspace.settings.simulated),
        "metric": version if known is None else known.metric,
        "parent": "" if known is None else known.version,
        "parent_hash": "" if known is None else bank_hash(bank_folder(workspace.bank_source)),
    }
    bank = Bank(version, False, _in_columns(parameters), cuts, form, population, origin)
    said = [*_head(bank, known, links, drifted), *sentences, *_warnings(bank, scales, known)]
    return MadeBank(bank, links, drifted, tuple(said))


def _own_items(workspace: Workspace) -> pd.DataFrame:
    if not workspace.has("item_parameters") or not workspace.has("scores"):
        raise ValueError(
            _("Putaran {name} belum dikalibrasi dan diskor; jalankan 'workbench run' dahulu.").format(
                name=workspace.settings.name
            )
        )
    own = workspace.read("item_parameters")
    if own.empty:
        raise ValueError(
            _("Putaran {name} tidak punya kalibrasi sendiri, sehingga tidak dapat menjadi bank butir.").format(
                name=workspace.settings.name
            )
        )
    return own.drop(columns=[c for c in ("run_id", "instrument") if c in own])


def _usable(own: pd.DataFrame, dropped: Mapping[str, str], sentences: list[str]) -> pd.DataFrame:
    """Return the items that can stand in a bank, and say which cannot and why."""
    slope = own["a"].to_numpy(float)
    out = own["item_id"].isin(list(dropped)).to_numpy(bool)
    unfitted, reversed_ = np.isnan(slope) & ~out, (slope <= 0) & ~out
    for mask, sentence in (
        (out, _("Tidak masuk bank karena diputuskan dibuang atau diganti kuncinya: {items}.")),
        (unfitted, _("Tidak masuk bank karena tidak dapat dikalibrasi: {items}.")),
        (reversed_, _("Tidak masuk bank karena daya bedanya tidak positif (periksa kuncinya): {items}.")),
    ):
        if mask.any():
            sentences.append(sentence.format(items=", ".join(own.loc[mask, "item_id"])))
    return own[~(out | unfitted | reversed_)].reset_index(drop=True)


def _people(workspace: Workspace, scales: int) -> int:
    """Return how many people have scores, or refuse: a population from few people makes every probability wrong."""
    people = int(workspace.read("scores", ["participant_id"])["participant_id"].nunique())
    needed = people_needed(scales)
    if people < needed:
        raise ValueError(
            _(
                "Bank tidak dibuat: putaran {name} hanya {n} orang berskor, perlu sedikitnya {needed}. Sebaran "
                "populasi atas {k} skala memuat {parameters} angka; dengan {n} orang galat baku tiap korelasinya "
                "kira-kira {se}, dan peluang kotak setiap putaran berikutnya ikut keliru. Pakai bank dari putaran "
                "yang lebih besar."
            ).format(
                name=workspace.settings.name,
                n=format_number(people),
                needed=format_number(needed),
                k=scales,
                parameters=format_number(scales + scales * (scales + 1) // 2),
                se=format_number(ERROR_OF_CORRELATION / max(people, 1) ** 0.5, 2),
            )
        )
    return people


def _line(own: pd.DataFrame, known: pd.DataFrame) -> tuple[Link, pd.DataFrame]:
    """Line from a round to a bank through the items that did not drift: the one place that calls it."""
    return linking.purified_link(own, known)


def _on_metric(own: pd.DataFrame, known: Bank | None) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the items on the metric of the bank, the line of each scale, and the items that drifted."""
    columns = ["scale", "common", "anchors", "slope", "slope_se", "intercept", "intercept_se", "covariance", "drifted"]
    if known is None:
        return own, pd.DataFrame(columns=columns), pd.DataFrame(columns=list(DRIFTED))
    moved, lines, drifted = [], [], []
    for scale, rows in own.groupby("scale", sort=False):
        there = known.items(str(scale))
        here = rows.reset_index(drop=True)
        if there.empty:
            moved.append(here)  # a scale that the bank does not know brings its own metric
            continue
        common = int(here["item_id"].isin(there["item_id"]).sum())
        if common < FEWEST_ANCHORS:
            raise ValueError(
                _(
                    "Skala {scale}: hanya {n} butir yang sama dengan bank {bank}, perlu sedikitnya {fewest}; tanpa "
                    "butir jangkar kalibrasi putaran ini tidak dapat dipindahkan ke metrik bank."
                ).format(scale=scale, n=common, bank=known.version, fewest=FEWEST_ANCHORS)
            )
        link, table = _line(here, there)
        on_bank = link.items(here.drop(columns="scale")).assign(scale=scale)
        moved.append(on_bank)
        gone = table[table["drifted"]]
        drifted.append(gone.assign(scale=scale))
        values = (link.slope, link.slope_se, link.intercept, link.intercept_se, link.covariance)
        lines.append(dict(zip(columns, (scale, len(table), link.anchors, *values, len(gone)), strict=True)))
    found = [frame for frame in drifted if len(frame)]
    return (
        pd.concat(moved, ignore_index=True),
        pd.DataFrame(lines, columns=columns),
        pd.concat(found, ignore_index=True)[list(DRIFTED)] if found else pd.DataFrame(columns=list(DRIFTED)),
    )


def _evidence(workspace: Workspace, parameters: pd.DataFrame) -> tuple[dict[str, int], pd.DataFrame]:
    """Return how many people answered each item in the calibration, and everybody's EAP by the new parameters."""
    counts: dict[str, int] = {}
    summaries = []
    known = set(parameters["item_id"])
    items = workspace.read("items", ["instrument", "item_id"])
    for instrument in items.loc[items["item_id"].isin(known), "instrument"].unique():
        if not workspace.response_forms(str(instrument)):
            continue
        responses = read_instrument(workspace, str(instrument))
        for scale in responses.scales:
            rows = parameters[(parameters["scale"] == scale) & parameters["item_id"].isin(responses.items_of(scale))]
            if len(rows):
                answers = (responses.matrix(scale, "calibration") >= 0).sum(axis=0)
                counts |= dict(zip(responses.items_of(scale), map(int, answers), strict=True))
                summaries.append(_scored(responses, scale, rows))
    return counts, pd.concat(summaries, ignore_index=True)


def _scored(responses: InstrumentResponses, scale: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Score everybody who answered on one scale: participant_id, scale, eap, eap_se under a standard normal prior."""
    calibration = irt.Calibration.from_items(rows)
    matrix = pd.DataFrame(responses.matrix(scale, "people"), columns=list(responses.items_of(scale)))
    matrix = matrix[list(calibration.item_ids)]
    answered = (matrix.to_numpy() >= 0).any(axis=1)
    eap = irt.score(calibration, matrix[answered], "EAP")
    return pd.DataFrame(
        {
            "participant_id": responses.participant_id[answered],
            "scale": scale,
            "eap": eap["theta"].to_numpy(),
            "eap_se": eap["se"].to_numpy(),
        }
    )


def _first_form(workspace: Workspace, parameters: pd.DataFrame) -> pd.DataFrame:
    """Return the items of the first form of each instrument: the reference of percentages."""
    forms = workspace.read("forms")
    first = forms.groupby("instrument")["form"].transform("min") == forms["form"]
    chosen = parameters[parameters["item_id"].isin(forms.loc[first, "item_id"])]
    return chosen[["scale", "item_id"]].reset_index(drop=True)


def _with_kept(parameters: pd.DataFrame, known: Bank, sentences: list[str]) -> pd.DataFrame:
    """Add the items that only the bank knows, as it knows them."""
    kept = known.item_parameters[~known.item_parameters["item_id"].isin(parameters["item_id"])]
    if len(kept):
        sentences.append(
            _("{n} butir yang hanya ada di bank {bank} dipertahankan dengan parameter lamanya.").format(
                n=format_number(len(kept)), bank=known.version
            )
        )
    return pd.concat([parameters, kept], ignore_index=True) if len(kept) else parameters


def _completed(population: pd.DataFrame, known: Bank) -> pd.DataFrame:
    """Add the scales that this round did not measure (Lawley 1943): their regression on the others stays as it was.

    With B the regression of the unmeasured on the measured scales in the old population, the means are
    mu_u + B (mu_m' - mu_m), the covariances B Sigma_mm' and B Sigma_mm' B' plus the residual covariance.
    """
    measured = list(population["scale"])
    absent = [scale for scale in known.scales if scale not in measured]
    if not absent:
        return population
    both = [scale for scale in measured if scale in known.scales]
    old = known.population.set_index("scale")
    new = population.set_index("scale")
    regression = np.linalg.solve(
        old.loc[both, both].to_numpy(float), old.loc[both, absent].to_numpy(float)
    ).T  # (absent, both)
    residual = old.loc[absent, absent].to_numpy(float) - regression @ old.loc[both, absent].to_numpy(float)
    shift = new.loc[both, "mean"].to_numpy(float) - old.loc[both, "mean"].to_numpy(float)
    mean = old.loc[absent, "mean"].to_numpy(float) + regression @ shift
    across = regression @ new.loc[both, measured].to_numpy(float)  # (absent, measured)
    within = regression @ new.loc[both, both].to_numpy(float) @ regression.T + residual
    covariance = np.block([[new[measured].to_numpy(float), across.T], [across, (within + within.T) / 2]])
    scales = [*measured, *absent]
    frame = pd.DataFrame({"scale": scales, "mean": [*population["mean"], *mean]})
    return pd.concat([frame, pd.DataFrame(covariance, columns=scales)], axis=1)


def _cuts(assumed: pd.DataFrame, known: Bank, links: pd.DataFrame, version: str) -> pd.DataFrame:
    """Return the cuts of the bank where it has them; their error takes up that of the line.

    A line that is a little off moves everybody against the cuts alike, which is what an error of the cuts does.
    """
    rows = known.level_cuts.copy()
    lines = links.set_index("scale")
    theta = rows["theta"].to_numpy(float)
    variance = rows["standard_error"].to_numpy(float) ** 2
    for place, scale in enumerate(rows["scale"]):
        if scale in lines.index:
            line = lines.loc[scale]
            spread = (
                line["intercept_se"] ** 2
                + 2 * theta[place] * line["covariance"]
                + (theta[place] * line["slope_se"]) ** 2
            )
            variance[place] += max(float(spread), 0.0)
    rows = rows.assign(bank_version=version, standard_error=np.sqrt(variance))
    new = assumed[~assumed["scale"].isin(rows["scale"])]
    return pd.concat([rows, new], ignore_index=True) if len(new) else rows.reset_index(drop=True)


def _form(form: pd.DataFrame, known: Bank, parameters: pd.DataFrame) -> pd.DataFrame:
    """Keep the reference form of the bank, so that percentages stay comparable; new scales bring their own."""
    old = known.reference_form[known.reference_form["item_id"].isin(parameters["item_id"])]
    new = form[~form["scale"].isin(old["scale"])]
    return pd.concat([old, new], ignore_index=True) if len(new) else old.reset_index(drop=True)


def _in_columns(parameters: pd.DataFrame) -> pd.DataFrame:
    first = ["scale", "item_id", "model", "categories", "n"]
    return parameters[[*first, *[c for c in parameters.columns if c not in first]]].reset_index(drop=True)


def _head(bank: Bank, known: Bank | None, links: pd.DataFrame, drifted: pd.DataFrame) -> list[str]:
    sentences = [
        _("Bank {version}: {items} butir pada {k} skala, populasi dari {n} orang putaran {round}.").format(
            version=bank.version,
            items=format_number(len(bank.item_parameters)),
            k=len(bank.scales),
            n=format_number(bank.origin["people"]),
            round=bank.origin["round"],
        )
    ]
    if known is None:
        sentences.append(
            _(
                "Metriknya baru: theta 0 adalah rata-rata putaran ini. Skor menurut bank ini tidak dapat dibandingkan "
                "dengan skor menurut bank lain sebelum disetarakan."
            )
        )
        return sentences
    fewest = links.loc[links["anchors"].astype(int).idxmin()] if len(links) else None
    if fewest is not None:
        sentences.append(
            _(
                "Kalibrasi putaran dipindahkan ke metrik bank {bank} melalui butir jangkar, paling sedikit {n} butir "
                "(skala {scale}); galat garis paling besar {se} theta dan ikut dalam galat batas level."
            ).format(
                bank=known.version,
                n=int(fewest["anchors"]),
                scale=fewest["scale"],
                se=format_number(float(links["intercept_se"].max()), 3),
            )
        )
    if len(drifted):
        sentences.append(
            _("{n} butir bergeser sejak bank itu dan memakai parameter barunya: {items}.").format(
                n=len(drifted),
                items=", ".join(
                    f"{r['item_id']} ({format_number(r['difference'], 2)})" for r in drifted.to_dict("records")
                ),
            )
        )
    else:
        sentences.append(_("Tidak ada butir jangkar yang bergeser."))
    return sentences


def _warnings(bank: Bank, scales: tuple[str, ...], known: Bank | None) -> list[str]:
    sentences = []
    if known is not None:
        new = [scale for scale in scales if scale not in known.scales]
        old = [scale for scale in bank.scales if scale not in scales]
        if new:
            sentences.append(_("Skala baru pada metrik putaran ini sendiri: {scales}.").format(scales=", ".join(new)))
        if old:
            sentences.append(
                _(
                    "Skala yang tidak diukur putaran ini memakai regresi populasi bank {bank} atas skala lainnya: "
                    "{scales}."
                ).format(bank=known.version, scales=", ".join(old))
            )
    if (bank.level_cuts["method"] == "assumed").any():
        sentences.append(_("ASUMSI: batas level bank ini belum ditetapkan oleh panel; lihat 'workbench bank cuts'."))
    if bank.origin["simulated"]:
        sentences.append(_("SIMULASI: bank ini dari orang buatan; jangan dipakai untuk orang yang sebenarnya."))
    return sentences
