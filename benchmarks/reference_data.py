"""Public data with the results of R on them, and every comparison of ours with those.

Used by `benchmarks.references`, which prints the largest differences, and by the tests, which hold them to the
tolerances. The data are in `tests/reference/data`, their sources in `tests/reference/README.md`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.psychometrics import agreement, classical, dif, dimensionality, fit, irt, linking
from workbench.psychometrics.reliability import empirical_reliability

__all__ = [
    "DATA",
    "DATA_SETS",
    "TOLERANCES",
    "Comparison",
    "Reference",
    "all_comparisons",
    "calibration",
    "compare",
    "load",
    "model_cases",
    "of_agreement",
    "of_data_set",
    "of_dif",
    "of_equating",
    "of_model",
    "results",
]

DATA = Path(__file__).resolve().parent.parent / "tests" / "reference" / "data"
DATA_SETS = (
    "bfi_agreeableness",
    "icar_ability_missing",
    "lsat7",
    "math_exam",
    "sat12",
    "science",
    "verbal_aggression",
)
OUR_NAMES = {"graded": "GRM", "gpcm": "GPCM", "nominal": "NRM"}  # R calls the partial credit model "Rasch" too

# Quantity: tolerance, and whether it is a share of the value. Sources of the wider ones:
# omega: factanal of R stops at a relative change of 2e-9, ours at a gradient below 1e-8 (1.3e-6 apart, lsat7).
# M2: for Rasch R leaves the latent variance out of the derivatives.
TOLERANCES: dict[str, tuple[float, bool]] = {
    "item means, SD, item-total and item-rest correlations": (1e-6, True),
    "alpha, alpha if deleted, SEM": (1e-6, True),
    "lambda-2, lambda-6": (1e-6, True),
    "omega": (2e-6, True),
    "eigenvalues of polychoric correlations": (0.01, False),
    "log-likelihood": (0.01, False),
    "log-likelihood where R did not converge: how much lower": (0.05, False),
    "slopes and intercepts": (0.005, False),
    "difficulties": (0.005, False),
    "latent variance": (0.005, False),
    "means and variances of two groups": (0.005, False),
    "standard errors": (0.02, True),
    "EAP and its SE": (0.002, False),
    "MAP and its SE": (0.002, False),
    "WLE": (0.002, False),
    "EAP by sum score and its SE": (0.002, False),
    "test information": (0.01, True),
    "reliability of EAP": (0.001, False),
    "S-X2": (0.01, True),
    "degrees of freedom of S-X2": (0.0, False),
    "M2": (0.002, True),
    "Q3": (0.0001, False),
    "Mantel-Haenszel: chi-square, p, odds ratio, delta": (1e-6, True),
    "logistic DIF: likelihood ratios, change of R2": (1e-6, True),
    "DIF by likelihood ratio of IRT models: chi-square": (0.04, False),  # twice a difference of two log-likelihoods
    "equating: mean, linear": (0.001, False),
    "equating: equipercentile": (0.001, False),
    "equating: equipercentile, log-linear presmoothing": (0.001, False),
    "kappa, weighted kappa": (1e-6, True),
    "intraclass correlations, F, p, intervals": (1e-6, True),
}


@dataclass(frozen=True)
class Reference:
    """One data set: scores as distributed, group where there is one, and what R found."""

    name: str
    scored: pd.DataFrame
    group: pd.Series | None
    expected: dict

    @property
    def lowest(self) -> float:
        """Return the lowest score that occurs."""
        return float(np.nanmin(self.scored.to_numpy(float)))

    @property
    def categories(self) -> pd.DataFrame:
        """Return scores from zero."""
        return self.scored - self.lowest

    def model(self, theirs: str) -> str:
        """Return our name of a model."""
        ordered = float(np.nanmax(self.categories.to_numpy(float))) > 1
        return "PCM" if theirs == "Rasch" and ordered else OUR_NAMES.get(theirs, theirs)


@dataclass(frozen=True)
class Comparison:
    """Figures of one quantity in one file.

    Attributes
    ----------
    file, model : str
    quantity : str
        A key of `TOLERANCES`.
    largest : float
        Largest difference; infinite where we have no number and R has one.
    figures : int
        How many were compared.
    """

    file: str
    model: str
    quantity: str
    largest: float
    figures: int

    @property
    def tolerance(self) -> float:
        """Return the largest difference allowed."""
        return TOLERANCES[self.quantity][0]

    @property
    def relative(self) -> bool:
        """Return whether differences are shares of R's value."""
        return TOLERANCES[self.quantity][1]

    @property
    def fine(self) -> bool:
        """Return whether something was compared and lies within the tolerance."""
        return self.figures > 0 and self.largest <= self.tolerance


@cache
def results(name: str) -> dict:
    """Return what R found."""
    found: dict = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return found


@cache
def load(name: str) -> Reference:
    """Return a data set with what R found on it."""
    frame = pd.read_csv(DATA / f"{name}.csv")
    return Reference(name, frame.drop(columns="group", errors="ignore"), frame.get("group"), results(name))


def model_cases() -> list[tuple[str, str]]:
    """Return data set and model, as R names it, of every calibration in the files."""
    return [(name, model) for name in DATA_SETS for model in results(name)["irt"]]


@cache
def calibration(name: str, theirs: str) -> irt.Calibration:
    """Calibrate a data set with our default settings; 3PL without a prior, as R did."""
    one = load(name)
    if one.model(theirs) == "3PL":
        return irt.calibrate(one.categories, "3PL", priors={"c": None}, max_cycles=2000)
    return irt.calibrate(one.categories, one.model(theirs))


def all_comparisons() -> Iterator[Comparison]:
    """Yield every comparison."""
    for name in DATA_SETS:
        yield from of_data_set(name)
        if "dif" in results(name):
            yield from of_dif(name)
    for name, model in model_cases():
        yield from of_model(name, model)
    yield from of_equating()
    yield from of_agreement()


def of_data_set(name: str) -> Iterator[Comparison]:
    """Classical statistics and polychoric correlations."""
    one = load(name)
    expected = one.expected["classical"]
    items, total = classical.item_statistics(one.scored), classical.reliability(one.scored)
    columns = {"mean": "mean", "sd": "sd", "item_total": "r_item_total", "item_rest": "r_item_rest"}
    yield compare(
        name,
        "",
        "item means, SD, item-total and item-rest correlations",
        [(items[ours], expected[theirs]) for ours, theirs in columns.items()],
    )
    alphas = [(total.alpha, expected["alpha"]), (total.sem, expected["sem"])]
    alphas.append((items["alpha_if_deleted"], expected["alpha_if_deleted"]))
    yield compare(name, "", "alpha, alpha if deleted, SEM", alphas)
    yield compare(name, "", "omega", [(total.omega, expected["omega_total_1factor_ml"])])
    lambdas = expected.get("guttman_covariance_matrix")
    if lambdas:  # of incomplete data the file has those of the correlation matrix only
        pairs = [(total.lambda2, lambdas["lambda2"]), (total.lambda6, lambdas["lambda6"])]
        yield compare(name, "", "lambda-2, lambda-6", pairs)
    roots = np.linalg.eigvalsh(dimensionality.polychoric(one.categories))[::-1]
    pairs = [(roots, one.expected["dimensionality"]["tetra_poly_eigen"])]
    yield compare(name, "", "eigenvalues of polychoric correlations", pairs)


def of_model(name: str, theirs: str) -> Iterator[Comparison]:
    """One calibration: likelihood, parameters, errors, scores, fit."""
    one, ours = load(name), calibration(name, theirs)
    expected = one.expected["irt"][theirs]
    model = one.model(theirs)
    if not expected["converged"]:
        lower = max(expected["logLik"] - ours.log_likelihood, 0.0)
        quantity = "log-likelihood where R did not converge: how much lower"
        yield Comparison(name, model, quantity, lower if np.isfinite(ours.log_likelihood) else np.inf, 1)
        return
    yield compare(name, model, "log-likelihood", [(ours.log_likelihood, expected["logLik"])])
    yield compare(name, model, "slopes and intercepts", list(_parameters(ours, expected, model)))
    if model != "NRM":
        yield compare(name, model, "difficulties", list(_difficulties(ours, expected)))
    variance = float(np.ravel(expected["latent_cov"])[0])
    yield compare(name, model, "latent variance", [(ours.groups["sd"][0] ** 2, variance)])
    yield compare(name, model, "standard errors", list(_errors(ours, expected, model)))
    yield from _scores(one, ours, expected, model)
    information = irt.information(ours, expected["test_information"]["theta"])["total"]
    yield compare(name, model, "test information", [(information, expected["test_information"]["info"])])
    answered = one.categories.dropna(how="all")  # R leaves out who answered nothing
    eap = irt.score(ours, answered)
    point, _low, _high = empirical_reliability(eap["theta"], eap["se"])
    yield compare(name, model, "reliability of EAP", [(point, expected["empirical_reliability_EAP"])])
    yield from _fit(one, ours, expected, model)


def _parameters(ours: irt.Calibration, expected: dict, model: str) -> Iterator[tuple[object, object]]:
    there = expected["slope_intercept"]
    slope = np.array(there["a1"], dtype=float)
    letters = [c for c in ours.items if c[0] == "d" and not c.endswith("_se")]
    if model == "NRM":
        for column in [c for c in ours.items if c[0] == "a" and c[1:].isdigit()]:
            yield ours.items[column], slope * np.array(there[f"ak{column[1:]}"], dtype=float)
    else:
        yield ours.items["a"], slope
    for column in letters:
        yield ours.items[column], there[column]


def _difficulties(ours: irt.Calibration, expected: dict) -> Iterator[tuple[object, object]]:
    """Where the slope is not small and the difficulty not far out."""
    slope = np.abs(np.array(expected["slope_intercept"]["a1"], dtype=float))
    for column in [c for c in ours.items if c[0] == "b" and not c.endswith("_se")]:
        theirs = np.array(expected["irt"][column], dtype=float)
        yield ours.items[column], np.where((slope > 0.4) & (np.abs(theirs) < 4), theirs, np.nan)


def _errors(ours: irt.Calibration, expected: dict, model: str) -> Iterator[tuple[object, object]]:
    items = ours.items.set_index("item_id")
    for item, errors in expected["se"].items():
        for parameter, value in errors.items():
            column, factor = f"{parameter}_se", 1.0
            if parameter == "a1":
                # R's nominal slope is that of the highest category over the number of steps.
                top = int(items.loc[item, "categories"]) - 1
                column, factor = (f"a{top}_se", float(top)) if model == "NRM" else ("a_se", 1.0)
            if value is not None and column in items and parameter[0] in "ad" and not parameter.startswith("ak"):
                yield items.loc[item, column], factor * value


def _scores(one: Reference, ours: irt.Calibration, expected: dict, model: str) -> Iterator[Comparison]:
    there = expected["scores"]
    patterns = pd.DataFrame(there["patterns"]).astype(float) - one.lowest
    for method in ("EAP", "MAP"):
        found = irt.score(ours, patterns, method)
        pairs = [(found[column], there[method][column]) for column in ("theta", "se")]
        yield compare(one.name, model, f"{method} and its SE", pairs)
    theirs = np.array(there["WLE"]["theta"], dtype=float)
    wle = irt.score(ours, patterns, "WLE")["theta"]
    yield compare(one.name, model, "WLE", [(wle, np.where(np.abs(theirs) < 3, theirs, np.nan))])
    if "EAPsum" in there:
        tops = ours.items["categories"].to_numpy() - 1
        sums = np.array(there["EAPsum"]["sum_score"]) - int(one.lowest) * tops.size
        # One pattern for each sum: items filled from the first.
        filled = np.clip(sums[:, None] - np.concatenate([[0], np.cumsum(tops)[:-1]]), 0, tops)
        found = irt.score(ours, pd.DataFrame(filled, columns=list(ours.item_ids)), "EAPsum")
        pairs = [(found[column], there["EAPsum"][column]) for column in ("theta", "se")]
        yield compare(one.name, model, "EAP by sum score and its SE", pairs)


def _fit(one: Reference, ours: irt.Calibration, expected: dict, model: str) -> Iterator[Comparison]:
    if "itemfit_SX2" in expected:
        items, there = fit.item_fit(ours, one.categories), expected["itemfit_SX2"]
        yield compare(one.name, model, "S-X2", [(items["sx2"], there["S_X2"])])
        # R charges the latent variance of Rasch and PCM to every item.
        df = np.array(there["df.S_X2"], dtype=float) + (model in {"Rasch", "PCM"})
        yield compare(one.name, model, "degrees of freedom of S-X2", [(items["df"], df)])
    if "M2" in expected:
        yield compare(one.name, model, "M2", [(fit.model_fit(ours, one.categories).m2, expected["M2"]["M2"])])
    if "Q3" in expected:
        found = dimensionality.q3(ours, one.categories, simulations=0)["q3"]
        theirs = np.array(expected["Q3"], dtype=float)
        yield compare(one.name, model, "Q3", [(found, theirs[np.triu_indices(theirs.shape[0], 1)])])


def of_dif(name: str) -> Iterator[Comparison]:
    """Differential item functioning, and two groups in one calibration."""
    one = load(name)
    expected, groups = one.expected["dif"], one.expected["multigroup_2PL"]
    focal = one.group == expected["group"]["focal"]
    ours, theirs = dif.mantel_haenszel(one.scored, focal), expected["mantel_haenszel"]
    columns = {"chi2": "chi2", "p": "p", "odds_ratio": "alpha", "delta": "delta"}
    quantity = "Mantel-Haenszel: chi-square, p, odds ratio, delta"
    yield compare(name, "", quantity, [(ours[a], theirs[b]) for a, b in columns.items()])
    ours, theirs = dif.logistic(one.scored, focal), expected["logistic"]
    columns = {c: c for c in ("chi2_uniform", "chi2_nonuniform", "chi2_both", "beta_group")}
    columns["nagelkerke_delta_r2"] = "nagelkerke_delta_r2_both"
    quantity = "logistic DIF: likelihood ratios, change of R2"
    yield compare(name, "", quantity, [(ours[a], theirs[b]) for a, b in columns.items()])
    ours, theirs = dif.likelihood_ratio(one.scored, one.group, "2PL"), expected["irt_lr_drop"]
    yield compare(name, "2PL", "DIF by likelihood ratio of IRT models: chi-square", [(ours["chi2"], theirs["X2"])])
    both = irt.calibrate(one.scored, "2PL", groups=one.group)
    moments, items = [], []
    for row in both.groups.to_dict("records"):
        there = groups["groups"][row["group"]]
        moments += [(row["mean"], there["mean"]), (row["sd"] ** 2, there["var"])]
        items += [(both.items["a"], there["items"]["a1"]), (both.items["d"], there["items"]["d"])]
    yield compare(name, "2PL, two groups", "log-likelihood", [(both.log_likelihood, groups["logLik"])])
    yield compare(name, "2PL, two groups", "slopes and intercepts", items)
    yield compare(name, "2PL, two groups", "means and variances of two groups", moments)


def of_equating() -> Iterator[Comparison]:
    """Equating of the ACT Mathematics forms."""
    there = results("equating_act_math")

    def table(method: str, presmooth: int | None = None) -> pd.Series:
        return linking.equate(there["freq_x"], there["freq_y"], method, presmooth)["score_y"]

    pairs = [(table(method), there[method]) for method in ("mean", "linear")]
    yield compare("equating_act_math", "", "equating: mean, linear", pairs)
    pairs = [(table("equipercentile"), there["equipercentile"])]
    yield compare("equating_act_math", "", "equating: equipercentile", pairs)
    pairs = [(table("equipercentile", 6), there["equipercentile_loglinear6"])]
    yield compare("equating_act_math", "", "equating: equipercentile, log-linear presmoothing", pairs)


def of_agreement() -> Iterator[Comparison]:
    """Agreement of raters."""
    there = results("agreement")
    first, second = there["ratings"]["r1"], there["ratings"]["r2"]
    pairs = [
        (agreement.kappa(first, second).value, there["cohen_kappa_r1_r2"]),
        (agreement.kappa(first, second, "quadratic").value, there["weighted_kappa_quadratic_r1_r2"]),
    ]
    yield compare("agreement", "", "kappa, weighted kappa", pairs)
    ours, theirs = agreement.icc(there["shrout_fleiss"]), there["icc"]
    columns = {
        "icc": "ICC",
        "f": "F",
        "df1": "df1",
        "df2": "df2",
        "p": "p",
        "low": "lower bound",
        "high": "upper bound",
    }
    pairs = [(ours[a], theirs[b]) for a, b in columns.items()]
    yield compare("agreement", "", "intraclass correlations, F, p, intervals", pairs)


def compare(file: str, model: str, quantity: str, pairs: list) -> Comparison:
    """Compare pairs of our figures and R's; where R has none, nothing is compared."""
    relative = TOLERANCES[quantity][1]
    largest, figures = 0.0, 0
    for ours, theirs in pairs:
        a, b = (np.atleast_1d(np.asarray(values, dtype=float)) for values in (ours, theirs))
        if a.shape != b.shape:
            return Comparison(file, model, quantity, np.inf, 0)
        known = np.isfinite(b)
        gap = np.abs(a[known] - b[known])
        if relative:
            gap = gap / np.maximum(np.abs(b[known]), 1e-300)
        figures += int(known.sum())
        if gap.size:
            largest = max(largest, float(np.where(np.isfinite(gap), gap, np.inf).max()))
    return Comparison(file, model, quantity, largest, figures)
