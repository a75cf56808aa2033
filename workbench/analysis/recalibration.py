"""What if, second step: the scale calibrated afresh with the item dropped or keyed otherwise.

The first step (`analysis.what_if`) leaves the parameters of all other items as they are. Here the round's answers to
the whole scale are calibrated again, and the new parameters are moved to the metric of the bank by the items that did
not drift, so that the level cuts keep their meaning. A round that is scored with a bank would be scored otherwise by
its own calibration even if nothing were changed; how many people that alone moves stands beside the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.analysis.items import calibrate_scale
from workbench.analysis.opened_round import rescored
from workbench.analysis.what_if import recoded
from workbench.i18n import _, format_number
from workbench.psychometrics import irt, linking
from workbench.talent.what_if import changed_people

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.analysis.opened_round import OpenedRound
    from workbench.analysis.what_if import Answer

__all__ = ["BESIDE", "SecondStep", "recalibrated"]

BESIDE = (
    *("participant_id", "instansi", "jenjang", "from_box", "to_box_first", "to_box_second"),
    *("p_pool_before", "p_pool_first", "p_pool_second", "differs"),
)


@dataclass(frozen=True)
class SecondStep:
    """Who gets another box when the scale is calibrated afresh, beside the answer of the first step.

    Attributes
    ----------
    sentences : tuple of str
        How many change, how many differ from the first step, what the new calibration alone does, and its line.
    changed : pandas.DataFrame
        Rows of `talent.what_if.changed_people`.
    beside : pandas.DataFrame
        `BESIDE`, a row a person whom either step moves, those who differ first. Probabilities are empty for a step that
        does not move the person.
    """

    sentences: tuple[str, ...]
    changed: pd.DataFrame
    beside: pd.DataFrame


def recalibrated(asked: OpenedRound, first: Answer, progress: Callable[[str], None] = lambda _step: None) -> SecondStep:
    """Ask a question about one item again, with its scale calibrated afresh.

    Parameters
    ----------
    asked : OpenedRound
    first : Answer
        Of `analysis.what_if.what_if`, to the same question.
    progress : callable
        Called with the name of each step as it begins.

    Returns
    -------
    SecondStep

    Raises
    ------
    ValueError
        When the round has too few people for a calibration, or the calibration cannot be linked to the bank.
    """
    progress(_("kalibrasi tanpa perubahan"))
    plain, _line, _own = _moved_by(asked, first.scale, None)
    progress(_("kalibrasi dengan perubahan"))
    changed, line, own = _moved_by(asked, first.scale, first)
    beside = _beside(first.changed, changed)
    differs = beside["differs"].to_numpy(bool)
    sentences = [
        _("Dengan skala {scale} dikalibrasi ulang, {n} orang pindah kotak; langkah pertama {first}.").format(
            scale=first.scale, n=format_number(len(changed)), first=format_number(len(first.changed))
        ),
        _("Kedua langkah memberi kotak yang berbeda bagi {n} orang.").format(n=format_number(int(differs.sum()))),
        _("Kalibrasi ulang saja, tanpa mengubah butir apa pun, memindahkan {n} orang.").format(
            n=format_number(len(plain))
        ),
        _("Garis ke metrik bank {bank}: kemiringan {slope}, intersep {intercept}, {n} butir jangkar.").format(
            bank=asked.result.bank.version,
            slope=format_number(line.slope, 3),
            intercept=format_number(line.intercept, 3),
            n=line.anchors,
        ),
        *own.problems,
    ]
    if not own.converged:
        sentences.append(_("Kalibrasi tidak konvergen; jangan pakai langkah kedua ini."))
    return SecondStep(tuple(sentences), changed, beside)


def _moved_by(
    asked: OpenedRound, scale: str, question: Answer | None
) -> tuple[pd.DataFrame, linking.Link, irt.Calibration]:
    """Return who changes box by a new calibration, its line to the bank, and the calibration."""
    people, known, answers = asked.matrix(scale)
    instrument = str(asked.items.loc[known.item_ids[0], "instrument"])
    responses = asked.responses(instrument)
    everybody = pd.DataFrame(responses.matrix(scale, "calibration"), columns=list(responses.items_of(scale)))
    # Items that the bank does not know score nobody.
    everybody = everybody[list(known.item_ids)]
    item = question.item_id if question is not None else ""
    if question is not None and question.action == "drop":
        everybody, answers = everybody.drop(columns=item), answers.drop(columns=item)
    elif question is not None:
        new = [
            recoded(asked, item, question.action, question.option, who, matrix[item])
            for who, matrix in ((responses.participant_id, everybody), (people, answers))
        ]
        everybody, answers = everybody.assign(**{item: new[0]}), answers.assign(**{item: new[1]})
    why: list[str] = []
    own = calibrate_scale(responses, scale, everybody, why)
    if own is None:
        raise ValueError(_("Langkah kedua tidak dihitung. {why}").format(why=" ".join(why)))
    # An item with another key is another item, and no anchor.
    line, _table = linking.purified_link(own.items[own.items["item_id"] != item], asked.result.bank.items(scale))
    on_bank = line.items(own.items)
    on_bank = on_bank[on_bank["a"].notna()]
    scoring = irt.Calibration.from_items(on_bank)
    after = rescored(asked.placing.posterior, scale, people, scoring, answers[list(scoring.item_ids)])
    return changed_people(asked.placing, after), line, own


def _beside(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Return everybody whom either step moves, with both boxes."""
    keys = ["participant_id", "instansi", "jenjang", "from_box", "p_pool_before"]
    columns = [*keys, "to_box", "p_pool_after"]
    both = first[columns].merge(second[columns], on=keys, how="outer", suffixes=("_first", "_second"), indicator=True)
    # Whom a step does not move stays where the person is; a step may also take the box away.
    for step, absent in (("first", "right_only"), ("second", "left_only")):
        still = (both["_merge"] == absent).to_numpy(bool)
        both[f"to_box_{step}"] = both[f"to_box_{step}"].mask(still, both["from_box"])
    both = both.rename(columns={"p_pool_after_first": "p_pool_first", "p_pool_after_second": "p_pool_second"})
    boxes = [both[f"to_box_{step}"].fillna(0).to_numpy(int) for step in ("first", "second")]
    both["differs"] = np.not_equal(*boxes)
    order = both.sort_values(["differs", "participant_id"], ascending=[False, True], ignore_index=True)
    return order[list(BESIDE)]
