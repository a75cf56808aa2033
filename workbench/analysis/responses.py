"""The responses of one instrument as arrays: all forms of a round on one list of items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.records.scoring import score
from workbench.records.tables import NOT_REACHED, OMITTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from workbench.workspace import Workspace

__all__ = ["FormResponses", "InstrumentResponses", "missing_answers", "read_instrument"]


@dataclass(frozen=True)
class FormResponses:
    """The responses to one form.

    Attributes
    ----------
    form : str
    item_ids : tuple of str
        Items of the form, by position.
    persons : ndarray of int, shape (n,)
        Row of each person in the instrument's list of participants.
    calibration, people : ndarray of int8, shape (n, items)
        Categories from 0; -1 where nothing was administered or the answer is missing. In ``calibration`` an omitted
        multiple-choice item is wrong and one not reached is not administered; in ``people`` both are wrong.
    options : dict of str to ndarray of str, shape (n,)
        The option chosen, empty where none was; for multiple-choice items answered with raw options.
    omitted, not_reached : ndarray of float, shape (items,)
        Share of people who omitted or did not reach each item.
    """

    form: str
    item_ids: tuple[str, ...]
    persons: NDArray[np.int64]
    calibration: NDArray[np.int8]
    people: NDArray[np.int8]
    options: dict[str, NDArray[np.object_]]
    omitted: NDArray[np.float64]
    not_reached: NDArray[np.float64]


@dataclass(frozen=True)
class InstrumentResponses:
    """All responses to one instrument in one round.

    Attributes
    ----------
    instrument : str
    participant_id : ndarray of str, shape (n,)
        Sorted.
    groups : ndarray of str, shape (n,)
        Klaster of each person.
    items : pandas.DataFrame
        Rows of the table ``items`` of this instrument, indexed by ``item_id``, in order of scale and item.
    keys : dict of str to str
        Key of each multiple-choice item, in the version that the instrument names.
    forms : tuple of FormResponses
    """

    instrument: str
    participant_id: NDArray[np.object_]
    groups: NDArray[np.object_]
    items: pd.DataFrame
    keys: dict[str, str]
    forms: tuple[FormResponses, ...]

    @property
    def scales(self) -> tuple[str, ...]:
        """Scales of the instrument, in the order of its items."""
        return tuple(dict.fromkeys(self.items["scale"]))

    def items_of(self, scale: str) -> tuple[str, ...]:
        """Return the items of a scale over all forms."""
        return tuple(self.items.index[self.items["scale"] == scale])

    def model_of(self, scale: str) -> list[str]:
        """Return the model of each item of a scale: 2PL where one answer is right, GRM where options score."""
        formats = self.items.loc[list(self.items_of(scale)), "format"]
        return ["GRM" if kind == "ordered" else "2PL" for kind in formats]

    def matrix(self, scale: str, purpose: str) -> NDArray[np.int8]:
        """Return the categories of all persons on all items of a scale, -1 where not administered.

        Parameters
        ----------
        scale : str
        purpose : str
            ``calibration`` or ``people``.

        Returns
        -------
        ndarray of int8, shape (persons, items of the scale)
        """
        columns = {item: j for j, item in enumerate(self.items_of(scale))}
        result = np.full((self.participant_id.size, len(columns)), -1, dtype=np.int8)
        for form in self.forms:
            here = [j for j, item in enumerate(form.item_ids) if item in columns]
            places = np.array([columns[form.item_ids[j]] for j in here], dtype=np.int64)
            source = form.calibration if purpose == "calibration" else form.people
            result[np.ix_(form.persons, places)] = source[:, here]
        return result

    def by_form(self, scale: str) -> Iterator[tuple[FormResponses, list[int]]]:
        """Yield each form that holds items of the scale, with the columns of those items."""
        wanted = set(self.items_of(scale))
        for form in self.forms:
            columns = [j for j, item in enumerate(form.item_ids) if item in wanted]
            if columns:
                yield form, columns


def read_instrument(workspace: Workspace, instrument: str) -> InstrumentResponses:
    """Read and score all forms of one instrument.

    Raises
    ------
    ValueError
        When the workspace holds no responses to the instrument.
    """
    form_names = workspace.response_forms(instrument)
    if not form_names:
        raise ValueError(
            _("Tidak ada jawaban untuk instrumen '{instrument}' di {path}; periksa folder inputs.").format(
                instrument=instrument, path=workspace.path.name
            )
        )
    instruments = workspace.read("instruments").set_index("instrument")
    all_items = workspace.read("items")
    items = all_items[all_items["instrument"] == instrument].sort_values(["scale", "item_id"], kind="stable")
    keys = _keys(workspace, items, str(instruments.loc[instrument, "key_version"]))
    kind = str(instruments.loc[instrument, "responses"])
    frames = {form: workspace.read_responses(instrument, form) for form in form_names}
    participants = workspace.read("participants", ["participant_id", "klaster"])
    everyone = np.sort(np.concatenate([frame["participant_id"].to_numpy(object) for frame in frames.values()]))
    klaster = participants.set_index("participant_id")["klaster"].reindex(everyone).to_numpy(object)
    forms = tuple(_form(name, frame, items, keys, kind, everyone) for name, frame in frames.items())
    used = {item for form in forms for item in form.item_ids}
    return InstrumentResponses(
        instrument, everyone, klaster, items[items["item_id"].isin(used)].set_index("item_id"), keys, forms
    )


def missing_answers(responses: InstrumentResponses) -> pd.DataFrame:
    """Return how many answers are missing, and what that means, by form and kind of item.

    Returns
    -------
    pandas.DataFrame
        form, kind, items, omitted and not_reached (shares of the answers), treatment (a sentence).
    """
    treatment = {
        "mc": (
            _("pilihan ganda"),
            _("Dilewati: salah. Tidak dicapai: tidak disajikan dalam kalibrasi, salah dalam skor orang."),
        ),
        "ordered": (_("berskor bertingkat"), _("Dilewati atau tidak dicapai: kosong, tidak dihitung salah.")),
    }
    rows = []
    for form in responses.forms:
        formats = responses.items.loc[list(form.item_ids), "format"].to_numpy()
        for kind, (name, sentence) in treatment.items():
            here = formats == kind
            if here.any():
                rows.append(
                    {
                        "form": form.form,
                        "kind": name,
                        "items": int(here.sum()),
                        "omitted": float(form.omitted[here].mean()),
                        "not_reached": float(form.not_reached[here].mean()),
                        "treatment": sentence,
                    }
                )
    return pd.DataFrame(rows)


def _keys(workspace: Workspace, items: pd.DataFrame, version: str) -> dict[str, str]:
    if not workspace.has("keys"):
        return {}
    keys = workspace.read("keys")
    keys = keys[(keys["key_version"] == version) & keys["item_id"].isin(items["item_id"])]
    return dict(zip(keys["item_id"], keys["key"], strict=True))


def _form(
    name: str,
    frame: pd.DataFrame,
    items: pd.DataFrame,
    keys: dict[str, str],
    kind: str,
    everyone: NDArray[np.object_],
) -> FormResponses:
    calibration = score(frame, items, keys, purpose="calibration", kind=kind)
    people = score(frame, items, keys, purpose="people", kind=kind)
    item_ids = tuple(str(item) for item in calibration.item_ids)
    formats = items.set_index("item_id")["format"]
    blank = {OMITTED: "", NOT_REACHED: ""}
    chosen = {
        item: frame[item].astype(object).replace(blank).to_numpy()
        for item in item_ids
        if kind == "raw" and formats[item] == "mc"
    }
    return FormResponses(
        form=name,
        item_ids=item_ids,
        persons=np.searchsorted(everyone, frame["participant_id"].to_numpy(object)),
        calibration=calibration.categories,
        people=people.categories,
        options=chosen,
        omitted=np.array([float((frame[item] == OMITTED).mean()) for item in item_ids]),
        not_reached=np.array([float((frame[item] == NOT_REACHED).mean()) for item in item_ids]),
    )
