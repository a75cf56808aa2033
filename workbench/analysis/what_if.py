"""What if an item is dropped, keyed twice or keyed anew: who gets another box, with both probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.analysis.opened_round import rescored
from workbench.i18n import _, format_number
from workbench.psychometrics.irt.refit import refit_item
from workbench.records.scoring import right_options
from workbench.talent.what_if import CHANGED, changed_people

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis.opened_round import OpenedRound
    from workbench.psychometrics import irt

__all__ = ["ACTIONS", "Answer", "answers_frame", "by_instansi", "for_a_page", "recoded", "what_if", "worth_asking"]

ACTIONS = ("drop", "key", "also")
# Beyond this many people a notebook asks fewer questions; the command answers any.
MANY = 20_000


@dataclass(frozen=True)
class Answer:
    """What one question about one item came to.

    Attributes
    ----------
    item_id, scale, action, option : str
    sentence : str
        How many change, in words.
    changed : pandas.DataFrame
        Rows of `talent.what_if.changed_people`.
    notes : tuple of str
        What a reader should know about the new key.
    """

    item_id: str
    scale: str
    action: str
    option: str
    sentence: str
    changed: pd.DataFrame
    notes: tuple[str, ...] = ()


def what_if(asked: OpenedRound, item_id: str, action: str, option: str = "") -> Answer:
    """Return who gets another box if one item is dropped, keyed anew, or has a second right option.

    Dropping and a second right option leave all item parameters as they are. With a new key the item is another one,
    so its parameters are fitted again, against what the other items say of each person.

    Parameters
    ----------
    asked : OpenedRound
    item_id : str
    action : str
        ``drop``, ``key`` (the option is the only right one) or ``also`` (the option is right besides the key).
    option : str
        For ``key`` and ``also``.

    Returns
    -------
    Answer

    Raises
    ------
    ValueError
        When the item is unknown or was not scored, its scale is not part of the policy, or the option is not one of a
        multiple-choice item or is the key already.
    """
    asked.workspace.require_answers(_("Bagaimana jika butir {item} berbeda").format(item=item_id))
    scale = _checked(asked, item_id, action, option)
    people, calibration, answers = asked.matrix(scale)
    if item_id not in calibration.item_ids:
        raise ValueError(
            _("Butir {item} tidak ikut skor: bank {bank} tidak memuatnya; tidak ada yang berubah.").format(
                item=item_id, bank=asked.result.bank.version
            )
        )
    notes: list[str] = []
    # Only those who were given the item can change.
    given = (answers[item_id] >= 0).to_numpy(bool)
    if action == "drop":
        answers = answers.assign(**{item_id: np.int8(-1)})
    else:
        answers = answers.assign(**{item_id: recoded(asked, item_id, action, option, people, answers[item_id])})
        if action == "key":
            # Somebody for whom the new key changes nothing is moved by the new parameters all the same.
            calibration = refit_item(calibration, answers, item_id, answers[item_id].to_numpy())
            notes = _about_the_key(calibration, item_id)
    after = rescored(asked.placing.posterior, scale, people[given], calibration, answers[given])
    changed = changed_people(asked.placing, after)
    return Answer(item_id, scale, action, option, _sentence(changed, item_id, action, option), changed, tuple(notes))


def _checked(asked: OpenedRound, item_id: str, action: str, option: str) -> str:
    """Return the scale of the item, after asking whether the question makes sense."""
    if action not in ACTIONS:
        raise ValueError(
            _("Tindakan '{action}' tidak dikenal; pilih salah satu: {known}.").format(
                action=action, known=", ".join(ACTIONS)
            )
        )
    if item_id not in asked.items.index:
        raise ValueError(_("Butir {item} tidak ada pada tabel items; periksa kode butir.").format(item=item_id))
    item = asked.items.loc[item_id]
    scale = str(item["scale"])
    if scale not in asked.result.policy.used_scales:
        raise ValueError(
            _("Butir {item} milik skala {scale}, yang tidak dipakai kebijakan {policy}; kotak tidak berubah.").format(
                item=item_id, scale=scale, policy=asked.result.policy.key
            )
        )
    if action == "drop":
        if option:
            raise ValueError(_("Menghapus butir {item} tidak memerlukan opsi.").format(item=item_id))
        return scale
    if item["format"] != "mc":
        raise ValueError(
            _("Butir {item} berskor bertingkat dan tidak punya kunci; yang dapat ditanyakan hanya penghapusan.").format(
                item=item_id
            )
        )
    options = str(item["options"]).split("|")
    if option not in options:
        raise ValueError(
            _("Opsi '{option}' bukan opsi butir {item}; pilih salah satu: {known}.").format(
                option=option, item=item_id, known=", ".join(options)
            )
        )
    right = right_options(asked.responses(str(item["instrument"])).keys.get(item_id, ""))
    if option in right and (action == "also" or len(right) == 1):
        raise ValueError(_("Opsi {option} sudah menjadi kunci butir {item}.").format(option=option, item=item_id))
    return scale


def recoded(
    asked: OpenedRound,
    item_id: str,
    action: str,
    option: str,
    people: NDArray[np.object_],
    scored: pd.Series,
) -> NDArray[np.int8]:
    """Return right (1) or wrong (0) under the new key; -1 where the item was not given."""
    responses = asked.responses(str(asked.items.loc[item_id, "instrument"]))
    chosen = np.full(responses.participant_id.size, "", dtype=object)
    forms = [form for form in responses.forms if item_id in form.item_ids]
    if any(item_id not in form.options for form in forms):
        raise ValueError(
            _("Butir {item} dikirim sebagai skor, bukan opsi; kunci lain tidak dapat dicoba.").format(item=item_id)
        )
    for form in forms:
        chosen[form.persons] = form.options[item_id]
    here = chosen[np.searchsorted(responses.participant_id, people)]
    before = scored.to_numpy(np.int8)
    right = here == option
    if action == "also":
        right |= before == 1
    return np.where(before < 0, np.int8(-1), right.astype(np.int8))


def _about_the_key(calibration: irt.Calibration, item_id: str) -> list[str]:
    slope = float(calibration.items.set_index("item_id").loc[item_id, "a"])
    notes = [
        _("Parameter butir diduga ulang terhadap posterior tetap; daya beda {slope}.").format(
            slope=format_number(slope, 2)
        )
    ]
    if slope <= 0:
        notes.append(_("Daya beda tidak positif: makin mampu orangnya, makin jarang memilih opsi ini; bukan kunci."))
    return notes


def _sentence(changed: pd.DataFrame, item_id: str, action: str, option: str) -> str:
    what = {
        "drop": _("Bila butir {item} dihapus"),
        "key": _("Bila kunci butir {item} adalah {option}"),
        "also": _("Bila opsi {option} butir {item} juga benar"),
    }[action].format(item=item_id, option=option)
    if changed.empty:
        return _("{what}, kotak semua orang tetap.").format(what=what)
    into = int((changed["crosses"] & (changed["p_pool_after"] >= 0.5)).sum())
    out = int(changed["crosses"].sum()) - into
    return _("{what}, {n} orang pindah kotak: {into} masuk kumpulan talenta dan {out} keluar.").format(
        what=what, n=format_number(len(changed)), into=format_number(into), out=format_number(out)
    )


def by_instansi(changed: pd.DataFrame) -> pd.DataFrame:
    """Return how many people change by instansi: instansi, changed, into, out; most first."""
    into = changed["crosses"] & (changed["p_pool_after"] >= 0.5)
    out = changed["crosses"] & ~into
    table = changed.assign(changed=1, into=into.astype(int), out=out.astype(int))
    rows = table.groupby("instansi", sort=True)[["changed", "into", "out"]].sum().reset_index()
    return rows.sort_values("changed", ascending=False, kind="stable", ignore_index=True)


def for_a_page(answer: Answer, most: int) -> dict[str, Any]:
    """Return what a page shows of an answer: counts, and the people whose probability moves most.

    Parameters
    ----------
    answer : Answer
    most : int
        People that are listed; the others are counted.

    Returns
    -------
    dict
        sentence, notes, changed; boxes: from, to and people, most first, 0 where withheld; instansi: name, changed,
        into, out; people: one dict each; left_out.
    """
    changed = answer.changed
    moved = (changed["p_pool_after"] - changed["p_pool_before"]).abs()
    first = changed.loc[moved.sort_values(ascending=False, kind="stable", na_position="first").index[:most]]
    boxes = changed.groupby([changed[side].fillna(0).astype(int) for side in ("from_box", "to_box")]).size()
    people = first[list(CHANGED)].astype(object).where(first.notna(), None)
    return {
        "sentence": answer.sentence,
        "notes": list(answer.notes),
        "changed": len(changed),
        "boxes": [[int(a), int(b), int(n)] for (a, b), n in boxes.sort_values(ascending=False, kind="stable").items()],
        "instansi": by_instansi(changed).to_numpy(object).tolist(),
        "people": people.to_dict("records"),
        "left_out": len(changed) - len(first),
    }


def worth_asking(asked: OpenedRound, decisive: pd.DataFrame, most: int = 0) -> list[Answer]:
    """Return answers to the questions that the item analysis raises, then about the items on which most people hang.

    An item whose key is in doubt is tried with the proposed key, with both keys, and dropped; one that is recommended
    to be dropped is dropped.

    Parameters
    ----------
    asked : OpenedRound
    decisive : pandas.DataFrame
        item_id of the items on which most people hang, from `analysis.margins.decisive_items`.
    most : int
        Questions asked; by default six, three in a round of more than 20,000 people.
    """
    most = most or (6 if len(asked.placing.boxes) <= MANY else 3)
    questions: list[tuple[str, str, str]] = []
    if asked.workspace.has("item_recommendations"):
        advice = asked.workspace.read("item_recommendations")
        scale = advice["item_id"].map(asked.items["scale"])
        advice = advice[scale.isin(asked.result.policy.used_scales)].drop_duplicates("item_id")
        doubtful = advice[(advice["recommendation"] == "check_key") & (advice["proposed_key"].fillna("") != "")]
        pairs = list(zip(doubtful["item_id"].astype(str), doubtful["proposed_key"].astype(str), strict=True))
        # Every doubtful key first, so that none is left out for the other questions about another item.
        questions += [(item, "key", option) for item, option in pairs]
        questions += [(item, "also", option) for item, option in pairs]
        questions += [(item, "drop", "") for item, _option in pairs]
        questions += [(str(i), "drop", "") for i in advice.loc[advice["recommendation"] == "drop", "item_id"]]
    questions += [(str(item), "drop", "") for item in decisive["item_id"]]
    answers: list[Answer] = []
    for item, action, option in dict.fromkeys(questions):
        if len(answers) == most:
            break
        try:
            answers.append(what_if(asked, item, action, option))
        except ValueError:
            # An item that was not scored, or too few answers for a new key: nothing to show of it.
            continue
    return answers


def answers_frame(answers: list[Answer]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the answers as tables: one row a question, and one row a changed person and question.

    Returns
    -------
    summary : pandas.DataFrame
        item_id, scale, action, option, changed, into, out, notes.
    people : pandas.DataFrame
        item_id, action, option, and the columns of `talent.what_if.CHANGED`.
    """
    rows, lists = [], [pd.DataFrame(columns=["item_id", "action", "option", *CHANGED])]
    for answer in answers:
        into = int((answer.changed["crosses"] & (answer.changed["p_pool_after"] >= 0.5)).sum())
        rows.append(
            {
                "item_id": answer.item_id,
                "scale": answer.scale,
                "action": answer.action,
                "option": answer.option,
                "changed": len(answer.changed),
                "into": into,
                "out": int(answer.changed["crosses"].sum()) - into,
                "notes": " ".join(answer.notes),
            }
        )
        if len(answer.changed):
            lists.append(
                answer.changed.assign(item_id=answer.item_id, action=answer.action, option=answer.option)[
                    list(lists[0].columns)
                ]
            )
    columns = ["item_id", "scale", "action", "option", "changed", "into", "out", "notes"]
    people = pd.concat(lists[1:], ignore_index=True) if len(lists) > 1 else lists[0]
    return pd.DataFrame(rows, columns=columns), people
