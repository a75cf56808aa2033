"""Small drawings of one item as hand-made SVG: a round has hundreds of items, so each drawing is a few kilobytes.

Lines differ by dash and by the label at their end, areas by lightness: nothing is said by colour alone.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from workbench.i18n import _, format_number, format_percent
from workbench.reports.canvas import BLUE, GREY, INK, ORANGE, SOFT, spread

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["categories_drawing", "curve_drawing", "options_drawing"]

_WIDTH, _HEIGHT = 324, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 42, 274, 10, 152
_DASHES = ("6 3", "2 2", "8 3 2 3", "4 2", "10 3", "1 3", "5 2 1 2")
_TINTS = ("#eef1f4", "#c9d2da", "#98a6b3", "#647483", "#3c4854")
_MOST_POINTS = 36  # of a curve: more cannot be seen at this size
_STRIP = 34  # height of the information along the axis
_LABEL_GAP = 8.0  # between two labels, in hundredths of the height


def options_drawing(rows: pd.DataFrame) -> tuple[str, str]:
    """Draw the share choosing each option by group of the rest score, the key thick.

    Parameters
    ----------
    rows : pandas.DataFrame
        option, is_key and the columns share_1, share_2 .. of one item and form.

    Returns
    -------
    drawing, sentence : str
        SVG, and what it shows.
    """
    shares = _shares(rows)
    groups = shares.shape[1]
    x = _across(np.arange(groups), 0, groups - 1)
    dashes = iter(_DASHES * len(rows))
    keyed = rows["is_key"].to_numpy(bool)
    ends = spread(100 * shares[:, -1], _LABEL_GAP)
    parts = [_frame(_percent_ticks(), [(float(v), str(g + 1)) for g, v in enumerate(x)], _("Kelompok skor"))]
    for option, is_key, line, end in zip(rows["option"], keyed, shares, ends, strict=True):
        y = _up(line, 0, 1)
        style = f'stroke="{BLUE}" stroke-width="3"' if is_key else f'stroke="{SOFT}" stroke-dasharray="{next(dashes)}"'
        parts.append(f'<path fill="none" {style} d="{_line(x, y)}"/>')
        words = f'<tspan font-weight="700">{_("{option} kunci")}</tspan>' if is_key else "{option}"
        parts.append(_text(_RIGHT + 5, float(_up(end, 0, 100)) + 4, words.format(option=escape(str(option)))))
    return _svg(_("Opsi menurut kelompok skor"), _("Mendatar: kelompok skor; tegak: persen memilih."), parts), (
        _options_sentence(rows, shares, keyed)
    )


def _options_sentence(rows: pd.DataFrame, shares: NDArray[np.float64], keyed: NDArray[np.bool_]) -> str:
    names = rows["option"].astype(str).to_numpy()
    sentences = []
    for key in np.flatnonzero(keyed):
        sentences.append(
            _("Kunci {key}: {low} di kelompok terendah, {high} di kelompok tertinggi.").format(
                key=names[key], low=format_percent(shares[key, 0]), high=format_percent(shares[key, -1])
            )
        )
    if not keyed.all():
        others = np.flatnonzero(~keyed)
        strongest = int(others[np.argmax(np.nan_to_num(shares[others, -1]))])
        sentences.append(
            _("Pengecoh terkuat di kelompok tertinggi: {option}, {share}.").format(
                option=names[strongest], share=format_percent(shares[strongest, -1])
            )
        )
    return " ".join(sentences)


def categories_drawing(rows: pd.DataFrame) -> tuple[str, str]:
    """Draw the share of each category of an ordered item by group of the rest score, stacked from the lowest.

    Parameters
    ----------
    rows : pandas.DataFrame
        option (the categories, lowest first) and the columns share_1, share_2 .. of one item and form.

    Returns
    -------
    drawing, sentence : str
        SVG, and what it shows.
    """
    shares = _shares(rows)
    groups = shares.shape[1]
    given = shares.sum(axis=0)
    shares = np.divide(shares, given, out=np.zeros_like(shares), where=given > 0)
    step = (_RIGHT - _LEFT) / groups
    x = _LEFT + step * (np.arange(groups) + 0.5)
    bottom = np.vstack([np.zeros(groups), np.cumsum(shares, axis=0)])
    parts = [_frame(_percent_ticks(), [(float(v), str(g + 1)) for g, v in enumerate(x)], _("Kelompok skor"))]
    tints = [_TINTS[round(k * (len(_TINTS) - 1) / max(len(rows) - 1, 1))] for k in range(len(rows))]
    for k, tint in enumerate(tints):
        bars = "".join(
            f"M{_n(left)} {_n(low)}h{_n(step * 0.8)}V{_n(high)}h-{_n(step * 0.8)}z"
            for left, low, high in zip(x - step * 0.4, _up(bottom[k], 0, 1), _up(bottom[k + 1], 0, 1), strict=True)
        )
        parts.append(f'<path fill="{tint}" stroke="{INK}" stroke-width=".6" d="{bars}"/>')
    middles = spread(100 * (bottom[:-1, -1] + bottom[1:, -1]) / 2, _LABEL_GAP)
    names = rows["option"].astype(str).to_numpy()
    parts += [
        _text(_RIGHT + 3, float(_up(height, 0, 100)) + 4, escape(name))
        for height, name in zip(middles, names, strict=True)
    ]
    sentence = _("Kategori {top}: {low} di kelompok terendah, {high} di kelompok tertinggi.").format(
        top=names[-1], low=format_percent(shares[-1, 0]), high=format_percent(shares[-1, -1])
    )
    desc = _("Mendatar: kelompok skor; tegak: bagian tiap kategori, terendah di bawah.")
    return _svg(_("Kategori menurut kelompok skor"), desc, parts), sentence


def curve_drawing(
    theta: NDArray[np.float64],
    fitted: NDArray[np.float64],
    observed: pd.DataFrame,
    information: NDArray[np.float64],
) -> tuple[str, str]:
    """Draw the expected score of an item, what groups of people scored with 95 % intervals, and information below.

    Parameters
    ----------
    theta, fitted : ndarray, shape (points,)
        Expected score as a share of the maximum.
    observed : pandas.DataFrame
        theta, observed, low, high; may be empty.
    information : ndarray, shape (points,)
        On the same thetas; may be empty.

    Returns
    -------
    drawing, sentence : str
        SVG, and what it shows.
    """
    first, last = float(theta[0]), float(theta[-1])
    strip = _BOTTOM - _STRIP - 12 if information.size else _BOTTOM
    ticks = [(float(_up(v, 0, 1, strip)), format_number(v, 1)) for v in (0, 0.5, 1)]
    parts = [_frame(ticks, _theta_ticks(first, last), "\N{GREEK SMALL LETTER THETA}")]
    sentences = []
    if information.size:
        parts.append(_information(theta, information))
    parts.append(f'<path fill="none" stroke="{BLUE}" stroke-width="2" d="{_curve(theta, fitted, strip)}"/>')
    seen = observed[observed["theta"].between(first, last)] if len(observed) else observed
    if len(seen):
        parts.append(_groups(seen, first, last, strip))
        expected = np.interp(seen["theta"].to_numpy(float), theta, fitted)
        gap = np.abs(expected - seen["observed"].to_numpy(float))
        sentences.append(
            _("Selisih terbesar titik dan kurva {gap}; {outside} dari {n} rentang tidak memuat kurva.").format(
                gap=format_number(float(np.nanmax(gap)), 2), outside=_outside(seen, expected), n=len(seen)
            )
        )
    else:
        sentences.append(_("Kurva model saja; tidak ada kelompok orang yang dapat dihitung."))
    if information.size:
        most = int(np.nanargmax(information))
        sentences.append(
            _("Informasi (bidang bawah) terbesar {value}, di theta {theta}.").format(
                theta=format_number(float(theta[most]), 1), value=format_number(float(information[most]), 2)
            )
        )
    desc = _("Garis: model; titik dan garis tegak: kelompok orang, rentang 95 %.")
    return _svg(_("Kurva model dan pengamatan"), desc, parts), " ".join(sentences)


def _groups(seen: pd.DataFrame, first: float, last: float, bottom: float) -> str:
    """Return the points of groups of people with their intervals."""
    x = _across(seen["theta"].to_numpy(float), first, last)
    low, y, high = (_up(seen[c].to_numpy(float), 0, 1, bottom) for c in ("low", "observed", "high"))
    known = np.isfinite(low) & np.isfinite(high)
    bars = "".join(f"M{_n(a)} {_n(b)}V{_n(c)}" for a, b, c in zip(x[known], low[known], high[known], strict=True))
    dots = "".join(f"M{_n(a - 2)} {_n(b)}h4" for a, b in zip(x, y, strict=True))
    return f'<g stroke="{ORANGE}"><path d="{bars}"/><path stroke-width="5" d="{dots}"/></g>'


def _information(theta: NDArray[np.float64], information: NDArray[np.float64]) -> str:
    """Return the information of an item as an area along the axis, its largest value written at its height."""
    most = float(np.nanmax(information))
    line = _curve(theta, information / max(most, 1e-9), _BOTTOM, _BOTTOM - _STRIP)
    return (
        f'<path fill="#d9e6f2" stroke="{SOFT}" d="{line}L{_RIGHT} {_BOTTOM}H{_LEFT}z"/>'
        f"{_text(_RIGHT + 4, _BOTTOM - _STRIP + 8, format_number(most, 2))}"
    )


def _outside(seen: pd.DataFrame, expected: NDArray[np.float64]) -> int:
    low, high = seen["low"].to_numpy(float), seen["high"].to_numpy(float)
    return int(((expected < low) | (expected > high)).sum())


def _shares(rows: pd.DataFrame) -> NDArray[np.float64]:
    columns = [c for c in rows.columns if str(c).startswith("share_")]
    result: NDArray[np.float64] = np.nan_to_num(rows[columns].to_numpy(float))
    return result


def _across(values: NDArray[np.float64] | NDArray[np.int64], first: float, last: float) -> NDArray[np.float64]:
    return _LEFT + (_RIGHT - _LEFT) * (np.asarray(values, dtype=float) - first) / max(last - first, 1e-9)


def _up(values: object, low: float, high: float, bottom: float = _BOTTOM, top: float = _TOP) -> NDArray[np.float64]:
    share = (np.asarray(values, dtype=float) - low) / (high - low)
    return bottom - (bottom - top) * np.clip(share, 0.0, 1.0)


def _n(value: float) -> str:
    return str(round(value))


def _line(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    """Return a path through points in whole pixels, each relative to the one before."""
    points = np.rint(np.stack([x, y], axis=1)).astype(int)
    steps = "".join(f"l{dx}{dy:+d}" if dy < 0 else f"l{dx} {dy}" for dx, dy in np.diff(points, axis=0))
    return f"M{points[0, 0]} {points[0, 1]}{steps}"


def _curve(theta: NDArray[np.float64], values: NDArray[np.float64], bottom: float, top: float = _TOP) -> str:
    """Return the path of shares over theta between two heights."""
    step = -(-theta.size // _MOST_POINTS)
    kept = np.unique(np.append(np.arange(0, theta.size, step), theta.size - 1))
    return _line(_across(theta[kept], float(theta[0]), float(theta[-1])), _up(values[kept], 0, 1, bottom, top))


def _percent_ticks() -> list[tuple[float, str]]:
    return [(float(_up(v, 0, 100)), format_percent(v / 100)) for v in (0, 50, 100)]


def _theta_ticks(first: float, last: float) -> list[tuple[float, str]]:
    ticks = np.arange(np.ceil(first), np.floor(last) + 1)
    ticks = ticks[ticks % 2 == 0] if ticks.size > 5 else ticks
    return [(float(x), format_number(float(t))) for x, t in zip(_across(ticks, first, last), ticks, strict=True)]


def _frame(up: Iterable[tuple[float, str]], across: Iterable[tuple[float, str]], label: str) -> str:
    """Return the axes with their numbers; ``label`` names the axis below."""
    up, across = list(up), list(across)
    rules = "".join(f"M{_LEFT} {_n(y)}H{_RIGHT}" for y, _words in up)
    return (
        f'<path stroke="#e3e7ec" d="{rules}"/><path stroke="{GREY}" d="M{_LEFT} {_BOTTOM}H{_RIGHT}"/>'
        + '<g text-anchor="end">'
        + "".join(_text(_LEFT - 4, y + 4, words) for y, words in up)
        + '</g><g text-anchor="middle">'
        + "".join(_text(x, _BOTTOM + 14, words) for x, words in across)
        + _text((_LEFT + _RIGHT) / 2, _BOTTOM + 29, escape(label))
        + "</g>"
    )


def _text(x: float, y: float, words: str) -> str:
    return f'<text x="{_n(x)}" y="{_n(y)}">{words}</text>'


def _svg(title: str, desc: str, parts: list[str]) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"><title>{escape(title)}</title>'
        f"<desc>{escape(desc)}</desc>{''.join(parts)}</svg>"
    )
