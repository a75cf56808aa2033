"""What people marked, and how likely each mark is: the common ground of the checks of response quality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.i18n import _
from workbench.psychometrics.matrix import as_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FormCurves", "checked_forms", "likely_marks", "log_sum", "marked_options", "option_curves"]

PSEUDO = 2.0  # people with average choices added at each node, where few real ones are
SMALLEST = 1e-4  # of a probability of an option: nobody is told apart by one unusual mark
FEWEST = 10


@dataclass(frozen=True)
class FormCurves:
    """How likely each option is, for one instrument in each of its forms.

    Attributes
    ----------
    curves : ndarray, shape (forms, positions, options, nodes)
        Probability of each option at each node of theta.
    scale : ndarray of int, shape (forms, positions)
        Which theta a position belongs to; -1 where a form has no such position.
    theta : ndarray, shape (nodes,)
        Equally spaced.
    log_prior : ndarray, shape (nodes,)
        Log of the weights of the nodes.
    """

    curves: NDArray[np.float64]
    scale: NDArray[np.int64]
    theta: NDArray[np.float64]
    log_prior: NDArray[np.float64]

    def __post_init__(self) -> None:
        shape = self.curves.shape
        if (
            len(shape) != 4
            or 0 in shape
            or self.scale.shape != shape[:2]
            or self.log_prior.shape != shape[3:]
            or self.theta.shape != shape[3:]
            or shape[3] < 2
            or not np.isfinite(self.curves).all()
            or self.curves.min() < 0
            or self.curves.max() > 1 + 1e-6
        ):
            raise ValueError(
                _("Kurva opsi harus berisi peluang paket x posisi x opsi x titik, dengan skala dan titik theta.")
            )

    @property
    def logs(self) -> NDArray[np.float32]:
        """Log probabilities, bounded below."""
        result: NDArray[np.float32] = np.log(np.maximum(self.curves, SMALLEST)).astype(np.float32)
        return result

    def scales(self, form: int) -> list[NDArray[np.int64]]:
        """Return the positions of each scale of a form."""
        return [np.flatnonzero(self.scale[form] == s) for s in np.unique(self.scale[form][self.scale[form] >= 0])]


def marked_options(answers: object, options: int) -> NDArray[np.int8]:
    """Return marked options as int8, -1 where blank.

    Raises
    ------
    ValueError
        When they are not places of options.
    """
    values = as_numbers(answers)
    if values.dtype.kind == "f":
        values = np.where(np.isnan(values), -1.0, values)
    if values.ndim != 2 or not values.size:
        raise ValueError(_("Jawaban harus berupa tabel orang x posisi yang berisi nomor opsi."))
    if values.min() < -1 or values.max() >= options or (values != np.round(values)).any():
        raise ValueError(_("Jawaban harus bernomor opsi 0 sampai {top}, -1 bila kosong.").format(top=options - 1))
    return values.astype(np.int8)


def checked_forms(declared: object, persons: int, forms: int) -> NDArray[np.int64]:
    """Return the number of the form of each person.

    Raises
    ------
    ValueError
        When one is missing or does not exist.
    """
    values = np.asarray(declared)
    if values.shape != (persons,) or values.dtype.kind not in "iu" or values.min() < 0 or values.max() >= forms:
        raise ValueError(
            _("Paket yang tercatat harus disebut untuk setiap orang ({n}) dengan nomor 0 sampai {top}.").format(
                n=persons, top=forms - 1
            )
        )
    return values.astype(np.int64)


def option_curves(answers: object, weights: object, options: int) -> NDArray[np.float64]:
    """Return how likely each option is at each node, from what people with that theta really marked.

    Parameters
    ----------
    answers : array of int, shape (persons, positions)
        Place of the marked option, -1 where blank; positions of one scale.
    weights : array of float, shape (persons, nodes)
        Posterior of each person's theta.
    options : int
        Number of options.

    Returns
    -------
    ndarray of float, shape (positions, options, nodes)

    Raises
    ------
    ValueError
        On answers or weights that are none, or fewer than ten people.
    """
    marked = marked_options(answers, options)
    w = as_numbers(weights).astype(np.float32)
    if w.ndim != 2 or w.shape[0] != marked.shape[0] or not np.isfinite(w).all() or marked.shape[0] < FEWEST:
        raise ValueError(
            _("Kurva opsi memerlukan bobot theta untuk setiap orang, sedikitnya {n} orang.").format(n=FEWEST)
        )
    result: NDArray[np.float64] = np.empty((marked.shape[1], options, w.shape[1]))
    for option in range(options):
        result[:, option] = (marked == option).astype(np.float32).T @ w
    share = result.sum(2, keepdims=True) + 1e-9
    result += PSEUDO * share / share.sum(1, keepdims=True)
    result /= result.sum(1, keepdims=True)
    return result


def log_sum(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the log of the sum of exponentials over the last axis."""
    peak = values.max(-1, keepdims=True)
    result: NDArray[np.float32] = np.log(np.exp(values - peak).sum(-1)) + peak[..., 0]
    return result


def likely_marks(marked: NDArray[np.int8], curves: FormCurves, form: int) -> NDArray[np.float32]:
    """Return how likely each option is for each person, at the person's own theta (EAP) of each position's scale.

    Parameters
    ----------
    marked : ndarray of int8, shape (persons, positions)
        From `marked_options`, of people who took the form.
    curves : FormCurves
    form : int

    Returns
    -------
    ndarray of float, shape (persons, positions, options)
        Zero at positions that the form does not have.
    """
    persons, positions = marked.shape
    table = curves.curves[form].astype(np.float32)
    logs = curves.logs[form]
    step = curves.theta[1] - curves.theta[0]
    result = np.zeros((persons, positions, table.shape[1]), dtype=np.float32)
    for here in curves.scales(form):
        indicators = (marked[:, here, None] == np.arange(table.shape[1], dtype=np.int8)).astype(np.float32)
        weight = indicators.reshape(persons, -1) @ logs[here].reshape(-1, table.shape[2])
        weight += curves.log_prior.astype(np.float32)
        weight = np.exp(weight - weight.max(1, keepdims=True))
        theta = weight @ curves.theta / weight.sum(1)
        at = np.clip((theta - curves.theta[0]) / step, 0, curves.theta.size - 1 - 1e-9)
        left = at.astype(np.int64)
        part = (at - left).astype(np.float32)[:, None]
        for position in here:
            by_node = table[position].T
            result[:, position] = by_node[left] * (1 - part) + by_node[left + 1] * part
    return result
