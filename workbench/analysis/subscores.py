"""Whether each scale of an instrument says something that the total of the instrument does not say better."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.psychometrics import decision
from workbench.psychometrics.intervals import feldt
from workbench.psychometrics.jackknife import T, block_jackknife
from workbench.psychometrics.reliability import alpha_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis.responses import InstrumentResponses

__all__ = ["ADDS", "OPEN", "TOTAL_BETTER", "subscore_value", "verdict_titles"]

ADDS, TOTAL_BETTER, OPEN = "adds", "total_better", "open"
FEWEST_PEOPLE = 40
JACKKNIFE_PEOPLE = 5_000
COLUMNS = (
    *("scale", "form", "n", "reliability", "reliability_low", "reliability_high", "prmse_total", "prmse_both"),
    *("gain", "gain_low", "gain_high", "verdict"),
)


def verdict_titles() -> dict[str, str]:
    """Return the verdicts with their words in the locale in force."""
    return {
        ADDS: _("menambah"),
        TOTAL_BETTER: _("skor total lebih tepat"),
        OPEN: _("belum dapat dipastikan"),
    }


def subscore_value(responses: InstrumentResponses, seed: int, left_out: list[str]) -> pd.DataFrame:
    """Compare the PRMSE of each scale's sum score with that of the total (Haberman 2008), in the largest form.

    Parameters
    ----------
    responses : InstrumentResponses
    seed : int
        Of the blocks of the jackknife.
    left_out : list of str
        A sentence is appended where this is not computed.

    Returns
    -------
    pandas.DataFrame
        scale, form, n (people with complete answers), reliability (alpha, which is the PRMSE of the scale; Feldt's
        interval), prmse_total, prmse_both, gain (reliability minus prmse_total; jackknife) and verdict: ``adds`` where
        the whole interval of the gain is positive, ``total_better`` where it is negative, ``open`` otherwise.
    """
    nothing = pd.DataFrame(columns=list(COLUMNS))
    if len(responses.scales) < 2:
        left_out.append(_("Nilai subskor: tidak dihitung, instrumen ini hanya punya satu skala."))
        return nothing
    form = max(responses.forms, key=lambda one: one.persons.size)
    scale_of = responses.items["scale"].reindex(list(form.item_ids)).to_numpy(object)
    scales = [s for s in responses.scales if (scale_of == s).sum() > 1]
    scored = form.people[(form.people >= 0).all(axis=1)].astype(float)
    if scored.shape[0] < FEWEST_PEOPLE or len(scales) < 2:
        left_out.append(
            _(
                "Nilai subskor: tidak dihitung, paket {form} hanya punya {n} orang berjawaban lengkap pada {k} skala."
            ).format(form=form.form, n=scored.shape[0], k=len(scales))
        )
        return nothing
    places = [np.flatnonzero(scale_of == scale) for scale in scales]
    try:
        table, alphas = _haberman(scored, places)
    except ValueError as reason:
        left_out.append(_("Nilai subskor: tidak dihitung. {reason}").format(reason=reason))
        return nothing

    def gains(rows: NDArray[np.int64]) -> NDArray[np.float64]:
        try:
            found, _alphas = _haberman(scored[rows], places)
        except ValueError:
            return np.full(len(scales), np.nan)
        gain: NDArray[np.float64] = (found["prmse_subscore"] - found["prmse_total"]).to_numpy(float)
        return gain

    half = T * block_jackknife(gains, scored.shape[0], most=JACKKNIFE_PEOPLE, seed=seed)
    rows: list[dict[str, Any]] = []
    for scale, here, alpha, found, width in zip(scales, places, alphas, table.to_dict("records"), half, strict=True):
        low, high = feldt(float(alpha), scored.shape[0], here.size)
        gain = found["prmse_subscore"] - found["prmse_total"]
        verdict = ADDS if gain - width > 0 else TOTAL_BETTER if gain + width < 0 else OPEN
        rows.append(
            {
                **{"scale": scale, "form": form.form, "n": found["n"], "reliability": alpha},
                **{"reliability_low": low, "reliability_high": high},
                **{"prmse_total": found["prmse_total"], "prmse_both": found["prmse_both"]},
                **{"gain": gain, "gain_low": gain - width, "gain_high": gain + width, "verdict": verdict},
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _haberman(scored: NDArray[np.float64], places: list[NDArray[np.int64]]) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """PRMSE of each part with its own alpha."""
    alphas = np.array([alpha_of(np.cov(scored[:, here], rowvar=False)) for here in places])
    sums = np.stack([scored[:, here].sum(axis=1) for here in places], axis=1)
    return decision.haberman_prmse(sums, alphas), alphas
