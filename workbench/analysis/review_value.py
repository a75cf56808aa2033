"""What review is worth: errors contained in the first cases of the queue, and what review makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.finding import Finding
from workbench.analysis.review_known import Corrections, finished_known, of_sides
from workbench.i18n import _, format_number
from workbench.psychometrics.intervals import exact, numbers_of_events, weighted_sum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis.review_data import ReviewData

__all__ = ["ValueOfReview", "net_corrected", "value", "value_finding"]

FEWEST = 5  # wrong known cases, and right ones, below which s and f are not used


@dataclass(frozen=True)
class ValueOfReview:
    """The value of review for the queue in its order.

    Attributes
    ----------
    cases : tuple of int
        1 to the number of cases whose risk is known.
    contained, contained_low, contained_high : tuple of float
        Expected errors of the pool decision among so many first cases, and 95 % of the numbers that may be there.
    net, net_low, net_high : tuple of float or None
        Expected errors corrected less right placements spoiled; None before both shares can be estimated.
    random_order : tuple of float
        What as many cases drawn at random from all placed people would contain; empty where no random share is there.
    rests_on : str
        What the numbers rest on, in one or two sentences.
    """

    cases: tuple[int, ...]
    contained: tuple[float, ...]
    contained_low: tuple[float, ...]
    contained_high: tuple[float, ...]
    net: tuple[float, ...] | None
    net_low: tuple[float, ...] | None
    net_high: tuple[float, ...] | None
    random_order: tuple[float, ...]
    rests_on: str


def net_corrected(
    risk: NDArray[np.float64], found: Corrections
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the expected number corrected less spoiled among the first 1 to n cases, with 95 % intervals.

    Parameters
    ----------
    risk : ndarray, shape (n,)
    found : Corrections
        Of known cases; s and f have exact intervals, which are joined as those of independent estimates.

    Returns
    -------
    net, low, high : ndarray, shape (n,)
    """
    shares = (found.corrected, found.wrong), (found.spoiled, found.right)
    estimates = np.array([k / n for k, n in shares])
    low, high = np.array([exact(k, n) for k, n in shares]).T
    weights = np.stack([np.cumsum(risk), -np.cumsum(1 - risk)], axis=-1)
    return weighted_sum(weights, estimates, low, high)


def value(data: ReviewData) -> ValueOfReview:
    """Return what review of the queue in its order is worth."""
    cases = data.cases[data.cases["risk"].notna()]
    risk = cases["risk"].to_numpy(float)
    if not risk.size:
        words = _(
            "Tidak ada peluang yang dinyatakan pada putaran ini, jadi kesalahan dalam antrean tidak dapat dihitung."
        )
        return ValueOfReview((), (), (), (), None, None, None, (), words)
    mean, low, high = numbers_of_events(risk)
    drawn = cases.loc[cases["random"], "risk"]
    at_random = np.arange(1, risk.size + 1) * float(drawn.mean()) if len(drawn) else np.zeros(0)
    found = of_sides(finished_known(data), data.rules)
    nets = net_corrected(risk, found) if min(found.wrong, found.right) >= FEWEST else None
    return ValueOfReview(
        tuple(range(1, risk.size + 1)),
        _numbers(mean),
        _numbers(low),
        _numbers(high),
        None if nets is None else _numbers(nets[0]),
        None if nets is None else _numbers(nets[1]),
        None if nets is None else _numbers(nets[2]),
        _numbers(at_random),
        _rests_on(found, estimable=nets is not None),
    )


def _rests_on(found: Corrections, *, estimable: bool) -> str:
    contained = _(
        "Kesalahan yang terkandung menurut peluang yang dinyatakan, bukan kesalahan yang ditemukan; selangnya berlaku "
        "bila peluang itu benar dan kesalahan antarorang saling bebas."
    )
    if not estimable:
        return (
            contained
            + " "
            + _(
                "Apa yang diperbaiki telaah belum dapat diduga: perlu {n} kasus yang jawabannya diketahui dengan sisi "
                "salah dan {n} dengan sisi benar, ada {wrong} dan {right}."
            ).format(n=FEWEST, wrong=found.wrong, right=found.right)
        )
    return (
        contained
        + " "
        + _(
            "Bersih diperbaiki memakai {k} dari {wrong} sisi salah yang diperbaiki dan {f} dari {right} sisi benar "
            "yang dirusak pada kasus yang jawabannya diketahui, dan anggapan bahwa kasus lain ditelaah sama baiknya."
        ).format(
            k=format_number(found.corrected),
            wrong=format_number(found.wrong),
            f=format_number(found.spoiled),
            right=format_number(found.right),
        )
    )


def value_finding(found: ValueOfReview) -> Finding:
    """Return the value of review at a few lengths of the queue."""
    title = _("Nilai telaah: isi antrean")
    if not found.cases:
        return Finding("value", title, found.rests_on, (), (), "")
    n = len(found.cases)
    places = sorted({max(round(n * share), 1) for share in (0.1, 0.25, 0.5, 1.0)})
    rows = tuple(
        (
            format_number(place),
            _between(found.contained, found.contained_low, found.contained_high, place, decimals=0),
            format_number(found.random_order[place - 1], 1) if found.random_order else "–",
            _between(found.net, found.net_low, found.net_high, place),
        )
        for place in places
    )
    sentence = _("Seluruh antrean ({n} kasus) memuat kira-kira {k} keputusan kumpulan yang salah.").format(
        n=format_number(n), k=format_number(found.contained[-1])
    )
    columns = (_("Kasus pertama"), _("Kesalahan terkandung"), _("Bila diundi"), _("Bersih diperbaiki"))
    return Finding("value", title, sentence, columns, rows, found.rests_on)


def _between(
    middle: tuple[float, ...] | None,
    low: tuple[float, ...] | None,
    high: tuple[float, ...] | None,
    place: int,
    decimals: int = 1,
) -> str:
    if middle is None or low is None or high is None:
        return "–"
    return _("{value} ({low} sampai {high})").format(
        value=format_number(middle[place - 1], 1),
        low=format_number(low[place - 1], decimals),
        high=format_number(high[place - 1], decimals),
    )


def _numbers(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(v) for v in values)
