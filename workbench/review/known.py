"""Known cases: people of a synthetic twin among those of the round, whose true box is known.

They measure what review achieves: how many wrong placements it corrects and how many right ones it spoils. On the page
they look like everybody else; everywhere else they count for nothing (`workbench.review.ledger`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.review.outcomes import Truth
from workbench.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.review.cases import Case

__all__ = ["KnownPeople", "choose", "interleave", "known_people", "order_of"]


@dataclass(frozen=True)
class KnownPeople:
    """The twin of a round, as far as known cases need it.

    Attributes
    ----------
    twin : Workspace
    share : float
        Known cases wanted, as a share of the cases of people.
    truth : pandas.DataFrame
        Indexed by participant_id: box and in_pool of those whose truth is known.
    """

    twin: Workspace
    share: float
    truth: pd.DataFrame

    def truth_of(self, person: str) -> Truth:
        """Return what is true of one of these people."""
        row = self.truth.loc[person]
        return Truth(int(row["box"]), bool(row["in_pool"]))


def known_people(workspace: Workspace) -> KnownPeople | None:
    """Return the people from whom the known cases of a round are drawn; None where the settings want none.

    Raises
    ------
    ValueError
        When the folder is no twin that was run, or of another policy.
    """
    settings = workspace.settings
    if not settings.known_share:
        return None
    if not settings.known_from:
        raise ValueError(
            _("known_share diisi tanpa known_from; sebut folder kembaran ('workbench twin') di workbench.toml.")
        )
    twin = Workspace(workspace.path / Path(settings.known_from))
    path = twin.path / "truth" / "standing.parquet"
    if not path.is_file() or not twin.has("boxes"):
        raise ValueError(
            _("known_from: {folder} bukan kembaran yang sudah dijalankan; buat dengan 'workbench twin'.").format(
                folder=settings.known_from
            )
        )
    if twin.settings.policy != settings.policy:
        raise ValueError(
            _("known_from: {folder} memakai kebijakan {other}, putaran ini {ours}; buat kembaran baru.").format(
                folder=settings.known_from, other=twin.settings.policy, ours=settings.policy
            )
        )
    truth = pd.read_parquet(path).set_index("participant_id")
    return KnownPeople(twin, settings.known_share, truth[truth["box"].notna()])


def choose(
    queue: Sequence[str], boxes: pd.DataFrame, known: KnownPeople, twin: pd.DataFrame, *, seed: int
) -> dict[str, tuple[float, float, str]]:
    """Return who of the twin comes to the queue, each with the place that its risk gives it there.

    The queue is cut into as many equal parts as known cases are wanted; for a case drawn from each part the person of
    the twin is taken whose risk is nearest. Truth decides nothing: as many of them are placed wrongly as chance wants.

    Parameters
    ----------
    queue : sequence of str
        People of the round in the order of the queue.
    boxes, twin : pandas.DataFrame
        Table ``boxes`` of the round and of its twin.
    known : KnownPeople
    seed : int

    Returns
    -------
    dict of str to tuple
        By person: what `interleave` orders by.
    """
    wanted = round(known.share * len(queue)) if queue else 0
    places = order_of(boxes)
    able = twin[(twin["withheld_reason"] == "") & twin["participant_id"].isin(known.truth.index)]
    free = able[~able["participant_id"].isin(boxes["participant_id"])].reset_index(drop=True)
    people, of_twin = free["participant_id"].astype(str).tolist(), order_of(free)
    values = np.array([of_twin[person][:2] for person in people], dtype=float).reshape(-1, 2)
    used = np.zeros(len(people), dtype=bool)
    chosen: dict[str, tuple[float, float, str]] = {}
    for part in range(min(wanted, len(people))):
        start, stop = part * len(queue) // wanted, (part + 1) * len(queue) // wanted
        risk, flip, _person = places[queue[start + _draw(seed, part) % (stop - start)]]
        # Where no error is declared there is no risk, and the distance to the line says who is alike.
        which, target = (0, risk) if np.isfinite(risk) else (1, flip)
        distance = np.abs(values[:, which] - target) if np.isfinite(target) else np.zeros(len(people))
        distance[used | np.isnan(distance)] = np.inf
        nearest = int(np.argmin(distance))
        if np.isfinite(distance[nearest]):
            used[nearest] = True
            chosen[people[nearest]] = of_twin[people[nearest]]
    return chosen


def order_of(boxes: pd.DataFrame) -> dict[str, tuple[float, float, str]]:
    """Return by person what the queue is ordered by: the riskiest first, then who is nearest to the line."""
    risk = -boxes["risk"].to_numpy(float, na_value=np.nan)
    flip = boxes["flip_distance"].to_numpy(float, na_value=np.nan)
    risk, flip = np.where(np.isnan(risk), np.inf, risk), np.where(np.isnan(flip), np.inf, flip)
    people = boxes["participant_id"].astype(str)
    return {person: (float(r), float(f), person) for person, r, f in zip(people, risk, flip, strict=True)}


def interleave(
    cases: Sequence[Case], places: Mapping[str, tuple[float, float, str]], known: Sequence[Case]
) -> list[Case]:
    """Return one queue, numbered anew, in which every case stands where its risk puts it."""
    together = sorted([*cases, *known], key=lambda case: places[case.participant_id])
    return [replace(case, position=position) for position, case in enumerate(together, start=1)]


def _draw(seed: int, part: int) -> int:
    return int.from_bytes(hashlib.blake2b(f"known/{seed}/{part}".encode(), digest_size=8).digest())
