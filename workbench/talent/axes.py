"""The rule of a policy applied to arrays: from levels, percentages and records to two axes and a box."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.psychometrics import irt
from workbench.talent.bank import remembered
from workbench.talent.levels import jpm, level_of
from workbench.talent.record_error import RecordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.policy import Component, Policy
    from workbench.talent.bank import BankLike

    Rows = slice | NDArray[np.int64]
    Theta = Mapping[str, NDArray[np.floating]]

__all__ = ["ON_THE_CUT", "ROWS", "Axis", "Rule", "boxes_of", "columns_of", "recorded_points"]

# Sums of weights in binary arithmetic may fall this far short of a cut that they meet on paper.
ON_THE_CUT = 1e-9
TABLE_SIZE = 1 << 14
TABLE_RANGE = 6.0
ROWS = ("di_bawah", "sesuai", "di_atas")


def recorded_points(component: Component, people: pd.DataFrame) -> NDArray[np.float64]:
    """Return the points of what is on record; NaN where nothing is ("belum ada data", never zero).

    Parameters
    ----------
    component : Component
        A part that is not measured by a test.
    people : pandas.DataFrame
        participant_id and the column that the component names, n rows.

    Returns
    -------
    ndarray of float, shape (n,)

    Raises
    ------
    ValueError
        When the column is absent, or a value has no points in the policy, is no number, or lies outside 0 to 100 where
        it counts as it is.
    """
    if component.measured_by not in people.columns:
        raise ValueError(
            _(
                "Data peserta tanpa kolom {column}, yang dipakai komponen '{key}'; tambahkan, kosong bila belum ada."
            ).format(column=component.measured_by, key=component.key)
        )
    values = people[component.measured_by]
    present = values.notna().to_numpy(bool)
    if component.points:
        # A nation has few different records.
        code, named = pd.factorize(values)
        known = [component.points.get(_text(name), np.nan) for name in named]
        points: NDArray[np.float64] = np.array([*known, np.nan], dtype=np.float64)[code]
        wrong = present & np.isnan(points)
    else:
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(float, na_value=np.nan)
        points = _stepped(component, numbers) if component.steps else numbers
        wrong = present & ~((numbers >= 0) & (numbers <= (np.inf if component.steps else 100)))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            _("Peserta {person}, komponen '{key}': isi '{value}' tidak dikenal kebijakan; perbaiki catatannya.").format(
                person=people["participant_id"].iloc[row], key=component.key, value=values.iloc[row]
            )
        )
    return points


def _stepped(component: Component, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    result = np.full(numbers.shape, np.nan)
    for low, points in reversed(component.steps):
        result[numbers >= low] = points
    return result


def _text(value: object) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    return str(value)


def columns_of(points: NDArray[np.float64], cuts: tuple[float, float]) -> NDArray[np.int8]:
    """Return 0 low, 1 middle, 2 top; a score on a cut belongs to the upper side."""
    reached: NDArray[np.int8] = (points >= cuts[0] - ON_THE_CUT).astype(np.int8) + (points >= cuts[1] - ON_THE_CUT)
    return reached


def boxes_of(potensial: NDArray[np.int8], kinerja: NDArray[np.int8], policy: Policy) -> NDArray[np.int8]:
    """Return the box of each column and row (each 0 low, 1 middle, 2 top)."""
    table = np.array([[policy.boxes.box(p, k) for k in range(3)] for p in range(3)], dtype=np.int8)
    result: NDArray[np.int8] = table[potensial, kinerja]
    return result


@dataclass(frozen=True)
class Axis:
    """The fixed part of an axis and the weights of its measured parts.

    Attributes
    ----------
    fixed : ndarray, shape (n,)
        Weighted points of recorded parts.
    measured : tuple of (Component, ndarray)
        Each measured part with its weight for each person, shape (n,), as a share of 1.
    lacking : dict of str to ndarray of bool
        By title of a part: who has no data on it.
    empty : ndarray of bool, shape (n,)
        Who has no part at all.
    weights : dict of str to ndarray, shape (n,)
        By key of a part, as a share of 1.
    """

    fixed: NDArray[np.float64]
    measured: tuple[tuple[Component, NDArray[np.float64]], ...]
    lacking: dict[str, NDArray[np.bool_]]
    empty: NDArray[np.bool_]
    weights: dict[str, NDArray[np.float64]]

    @property
    def incomplete(self) -> NDArray[np.bool_]:
        """Who lacks some part, shape (n,)."""
        result: NDArray[np.bool_] = np.any(list(self.lacking.values()), axis=0)
        return result


class Rule:
    """A policy made ready for one set of people and one bank.

    Parameters
    ----------
    policy : Policy
    bank : BankLike
    people : pandas.DataFrame
        A row a participant, as `people.assemble` makes it.
    taken : dict of str to ndarray of bool
        Whether each person took each scale.

    Raises
    ------
    ValueError
        When a required level or a record is absent or impossible.
    """

    def __init__(
        self, policy: Policy, bank: BankLike, people: pd.DataFrame, taken: Mapping[str, NDArray[np.bool_]]
    ) -> None:
        self.policy, self.bank = policy, bank
        self.scales = policy.used_scales
        self.required = _required_levels(policy, people)
        self.cuts = {s: bank.cuts(s) for s in self.scales}
        self.percentages = {
            s: remembered(bank, ("percentage", s), partial(self._percentage_table, s))
            for part in policy.potensial
            if part.measured_by == "percentage"
            for s in policy.scales_of(part.scales)
        }
        self.potensial = self._axis(policy.potensial, people, taken)
        self.kinerja = self._axis(policy.kinerja, people, taken)
        self.row = self._direct_row(people)
        self.record_error = self._record_error(people)

    def _percentage_table(self, scale: str) -> NDArray[np.float32]:
        """Percentage of the reference form's maximum on a fine grid of theta."""
        calibration = irt.Calibration.from_items(self.bank.items(scale, reference=True))
        theta = np.linspace(-TABLE_RANGE, TABLE_RANGE, TABLE_SIZE)
        share = 100 * irt.expected_score(calibration, theta) / irt.maximum_score(calibration)
        return np.asarray(share, dtype=np.float32)

    def _axis(self, parts: tuple[Component, ...], people: pd.DataFrame, taken: Mapping[str, NDArray[np.bool_]]) -> Axis:
        n = len(people)
        weights = {part.key: np.full(n, part.weight / 100) for part in parts}
        points: dict[str, NDArray[np.float64]] = {}
        lacking: dict[str, NDArray[np.bool_]] = {}
        for part in parts:
            if part.scales:
                lacking[part.key] = ~np.all([taken[s] for s in self.policy.scales_of(part.scales)], axis=0)
            else:
                points[part.key] = recorded_points(part, people)
                lacking[part.key] = np.isnan(points[part.key])
        present = np.sum([np.where(lacking[key], 0.0, weight) for key, weight in weights.items()], axis=0)
        if self.policy.missing.value == "reweight":
            share = np.where(present > 0, present, 1.0)
            weights = {key: np.where(lacking[key], 0.0, weight / share) for key, weight in weights.items()}
        fixed = np.zeros(n)
        for key, value in points.items():
            fixed += weights[key] * np.nan_to_num(value)
        measured = tuple((p, weights[p.key]) for p in parts if p.scales)
        return Axis(fixed, measured, {p.title: lacking[p.key] for p in parts}, present == 0, weights)

    def _direct_row(self, people: pd.DataFrame) -> NDArray[np.int8] | None:
        if self.policy.kinerja_axis.value != "hasil_kerja":
            return None
        order = {name: row for row, name in enumerate(ROWS)}
        # People without a record are withheld; their row is of no account.
        return np.array([order.get(value, 0) for value in people["hasil_kerja"]], dtype=np.int8)

    def _record_error(self, people: pd.DataFrame) -> RecordError | None:
        """Return the error of the record that kinerja rests on, and how it is valued; None where it has none."""
        error = self.policy.kinerja_error
        if error.value == "none":
            return None
        part = self.policy.kinerja_record
        weight = self.kinerja.weights[part.key]
        if error.value == "confusion":
            return RecordError.of_names(error.confusion, part.points, people[part.measured_by].map(_text), weight)
        rating = pd.to_numeric(people[part.measured_by]).to_numpy(float, na_value=np.nan)

        def valued(ratings: NDArray[np.float64]) -> NDArray[np.float64]:
            return _stepped(part, ratings) if part.steps else ratings

        return RecordError.of_ratings(error, rating, weight, valued)

    def kinerja_drawn(self, rows: Rows, z: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
        """Return points of kinerja and row of the grid where the record is drawn with its error.

        Parameters
        ----------
        rows : slice or ndarray of int
        z : ndarray, shape (n, draws)
            Standard normal draws of the error; not used where the policy states none.

        Returns
        -------
        ndarray of float, ndarray of int8, each of shape (n, draws)
        """
        fixed = np.broadcast_to(self.kinerja.fixed[rows][:, None], z.shape)
        if self.record_error is not None:
            fixed = fixed + self.record_error.change(rows, z)
        if self.row is None or self.record_error is not None:
            # Points of hasil_kerja lie in their own rows; a policy that says otherwise is refused.
            return fixed, columns_of(fixed, self.policy.cuts.kinerja)
        return fixed, np.broadcast_to(self.row[rows][:, None], z.shape)

    def jpm_of(
        self, instrument: str, levels: Mapping[str, NDArray[np.int8]], rows: Rows, *, printed: bool
    ) -> NDArray[np.float64]:
        """Return JPM of an instrument in percent, from levels of shape (n, ...).

        Parameters
        ----------
        instrument : str
        levels : mapping of str to ndarray of int8
        rows : slice or ndarray of int
            The people that the levels belong to.
        printed : bool
            True for the printed figure, capped as the policy says; False as it enters an axis: min(value, 100),
            whatever the JPM prints.
        """
        names = self.policy.scales_of(instrument)
        capping = self.policy.jpm.capping if printed else "total"
        return jpm([levels[s] for s in names], [self.required[s][rows] for s in names], capping)

    def levels(
        self, theta: Theta, cuts: Mapping[str, NDArray[np.float64]] | None = None
    ) -> dict[str, NDArray[np.int8]]:
        """Return levels of each scale, by the cuts of the bank or by others of shape (draws, cuts)."""
        chosen = self.cuts if cuts is None else cuts
        return {scale: level_of(values, chosen[scale].astype(values.dtype)) for scale, values in theta.items()}

    def percentage(self, scale: str, theta: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the percentage of the reference form's maximum at each theta."""
        place = (theta + TABLE_RANGE) * ((TABLE_SIZE - 1) / (2 * TABLE_RANGE)) + 0.5
        result: NDArray[np.float32] = self.percentages[scale][np.clip(place, 0, TABLE_SIZE - 1).astype(np.int32)]
        return result

    def axis_points(
        self, axis: Axis, theta: Theta, levels: Mapping[str, NDArray[np.int8]], rows: Rows
    ) -> NDArray[np.float64]:
        """Return points of an axis from theta and levels of shape (n, ...)."""
        first = next(iter(theta.values()))
        shape = (-1,) + (1,) * (first.ndim - 1)
        total: NDArray[np.float64] = np.broadcast_to(axis.fixed[rows].reshape(shape), first.shape).copy()
        for part, weight in axis.measured:
            if part.measured_by == "jpm":
                value = self.jpm_of(part.scales, levels, rows, printed=False)
            else:
                names = self.policy.scales_of(part.scales)
                summed = np.zeros(first.shape, dtype=np.float32)
                for name in names:
                    summed += self.percentage(name, theta[name])
                value = summed.astype(np.float64) / len(names)
            total += weight[rows].reshape(shape) * value
        return total

    def place(
        self,
        theta: Theta,
        levels: Mapping[str, NDArray[np.int8]],
        rows: Rows,
        record: NDArray[np.floating] | None = None,
    ) -> tuple[NDArray[np.int8], NDArray[np.float64], NDArray[np.float64]]:
        """Return boxes and the points of both axes, each of shape (n, ...); kinerja (n,) where nothing of it is drawn.

        Parameters
        ----------
        theta, levels : mapping of str to ndarray, shape (n, ...)
        rows : slice or ndarray of int
        record : ndarray, shape (n, draws), optional
            Standard normal draws of the error of the kinerja record; without them kinerja is taken as recorded.
        """
        potensial = self.axis_points(self.potensial, theta, levels, rows)
        column = columns_of(potensial, self.policy.cuts.potensial)
        fixed = self.kinerja.fixed[rows]
        kinerja = fixed if not self.kinerja.measured else self.axis_points(self.kinerja, theta, levels, rows)
        if record is not None and self.record_error is not None:
            kinerja = (kinerja if kinerja.ndim > 1 else kinerja[:, None]) + self.record_error.change(rows, record)
            return boxes_of(column, columns_of(kinerja, self.policy.cuts.kinerja), self.policy), potensial, kinerja
        row = self.row[rows] if self.row is not None else columns_of(kinerja, self.policy.cuts.kinerja)
        if kinerja.ndim < potensial.ndim:
            shape = (-1,) + (1,) * (potensial.ndim - 1)
            row = np.broadcast_to(row.reshape(shape), potensial.shape)
        return boxes_of(column, row, self.policy), potensial, kinerja


def _required_levels(policy: Policy, people: pd.DataFrame) -> dict[str, NDArray[np.int64]]:
    """Return the required level of each scale that a JPM rests on."""
    needed = dict.fromkeys(policy.competencies.competencies)
    for part in (*policy.potensial, *policy.kinerja):
        if part.measured_by == "jpm":
            needed |= dict.fromkeys(policy.scales_of(part.scales))
    result = {}
    for scale in needed:
        column = f"required_{scale}"
        values = (
            pd.to_numeric(people[column], errors="coerce").to_numpy(float, na_value=np.nan)
            if column in people.columns
            else np.full(len(people), np.nan)
        )
        wrong = ~np.isin(values, (1, 2, 3, 4, 5))
        if wrong.any():
            raise ValueError(
                _(
                    "Peserta {person}: level yang dipersyaratkan untuk '{scale}' harus 1 sampai 5; lengkapi {column}."
                ).format(
                    person=people["participant_id"].iloc[int(np.flatnonzero(wrong)[0])], scale=scale, column=column
                )
            )
        result[scale] = values.astype(np.int64)
    return result
