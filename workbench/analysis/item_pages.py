"""What the page of one item says: everything that is known about it in this round, gathered from the tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["CHECK_KEY", "DROP", "KEEP", "REVISE", "ItemPage"]

# What a reviewer is advised to do with an item; codes, their names in the language in force come with the page.
KEEP, REVISE, CHECK_KEY, DROP = "keep", "revise", "check_key", "drop"


@dataclass(frozen=True)
class ItemPage:
    """All that notebook 01 and the review page show of one item.

    Attributes
    ----------
    instrument, item_id, scale : str
    kind : str
        ``mc`` (one right answer) or ``ordered`` (every category scores).
    statistics : pandas.DataFrame
        A row a form: form, position (from 1), n, difficulty, difficulty_low, difficulty_high, item_rest,
        item_rest_low, item_rest_high, biserial, d27, alpha_if_deleted, omitted, not_reached.
    options : pandas.DataFrame
        A row a form and option: form, option, is_key, n, share, option_rest and the share by score group as
        `classical.options` gives it; of ordered items the categories. Empty where nothing is known of options.
    parameters : pandas.DataFrame
        One row, as in `irt.Calibration.items`; empty where the item was not calibrated.
    theta : ndarray of float, shape (points,)
    fitted, information : ndarray of float, shape (points,)
        Expected score as a share of the maximum, and item information; empty where the item was not calibrated.
    observed : pandas.DataFrame
        theta, observed, low, high, n: mean score in groups of people by EAP on the other items, 95 % interval.
    fit : pandas.DataFrame
        One row: sx2, df, p, rmsea, rmsea_low, rmsea_high, infit, outfit, rmsd; empty where not computed.
    dif : pandas.DataFrame
        A row a group variable: comparison (a sentence), n_reference, n_focal, effect with its interval, ets, p after
        adjustment, difference (expected score, focal minus reference, at equal theta) with its interval.
    flags : pandas.DataFrame
        A row a rule set and rule that speaks: rule_set, status (``raised`` or ``watch``), reason.
    history : pandas.DataFrame
        A row a former round or bank version: source, n, a, a_se, b, b_se, drifted; empty where there is none.
    recommendation : str
        One of `KEEP`, `REVISE`, `CHECK_KEY`, `DROP`.
    reasons : tuple of str
        Why, one sentence each; never empty.
    proposed_key : str
        The option that looks like the right key; empty where the key is not in doubt.
    not_computed : tuple of str
        What was left out for this item, one sentence each with its reason.
    """

    instrument: str
    item_id: str
    scale: str
    kind: str
    statistics: pd.DataFrame
    options: pd.DataFrame
    parameters: pd.DataFrame
    theta: NDArray[np.float64]
    fitted: NDArray[np.float64]
    information: NDArray[np.float64]
    observed: pd.DataFrame
    fit: pd.DataFrame
    dif: pd.DataFrame
    flags: pd.DataFrame
    history: pd.DataFrame
    recommendation: str
    reasons: tuple[str, ...]
    proposed_key: str
    not_computed: tuple[str, ...]
