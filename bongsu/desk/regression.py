"""Fits linear and generalised linear models from sums, and refuses models whose coefficients would reveal a table.

If the terms are codes, the sums by combination of codes are sufficient for OLS, logistic and Poisson regression. The
coefficients are smooth functions of these sums, so their standard errors come from the survey design as for any other
statistic (the sandwich of Binder 1983). If a term is a number, only OLS is possible, from the matrix of moments, with the
classical standard errors of weighted least squares. Refused: more parameters than a third of the contributors, a saturated
design, a code with fewer contributors than the minimum, and a contributor with leverage above 1/minimum, because fewer
contributors than the minimum could then determine a coefficient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bongsu.core.errors import N_, Refused
from bongsu.desk.statistics import Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bongsu.desk.variance import RowSums

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]

MIN_CONTRIBUTORS_PER_TERM = 3  # at most one parameter for every three contributors
MAX_LEVERAGE = 1.25  # in units of 1/minimum, the leverage in a code with just the minimum; other terms add to it
MAX_STEPS = 50
TOLERANCE = 1e-10
LEAST_SPREAD = 1e-14  # a standard deviation below this part of the mean is that of a constant, rounded


_TOO_FEW = N_("A term of the model has too few contributors, so no result is shown.")
_DEPENDENT = N_("The terms of the model are collinear, so it has no unique solution.")


@dataclass(frozen=True)
class Fit:
    """Coefficients by term. For models of codes, `derivatives` by the rows' sums give the standard errors.

    `inverse`: the inverse of the information matrix (p, p) of a model of codes.
    """

    terms: tuple[str, ...]
    coefficients: Floats
    standard_errors: Floats | None
    derivatives: tuple[Value, ...]
    moments: dict[str, list[list[float]] | list[float]] | None
    inverse: Floats | None = None


def build_design_matrix(codes: list[tuple[str, list[str], Numbers]]) -> tuple[tuple[str, ...], Floats]:
    """Returns (terms, matrix (rows, terms)) with an intercept; the first code of each concept is the reference.

    `codes`: for each concept its name, its codes, and the index of each row's code.
    """
    names, columns = ["(intercept)"], [np.ones(len(codes[0][2]))]
    for concept, known, index in codes:
        for number, code in enumerate(known[1:], 1):
            names.append(f"{concept}={code}")
            columns.append((index == number).astype(np.float64))
    return tuple(names), np.stack(columns, axis=1)


def check_model(matrix: Floats, contributors: Floats, minimum: int) -> None:
    """Raises Refused if the model is saturated or collinear, or if a term or row has too few contributors."""
    parameters = matrix.shape[1]
    if MIN_CONTRIBUTORS_PER_TERM * parameters > contributors.sum():
        raise Refused(N_("The model has more than one parameter for every three contributors, so no result is shown."))
    present = np.unique(matrix[contributors > 0], axis=0)
    if parameters >= len(present):
        raise Refused(N_("The model is saturated: its coefficients would reveal the table, so no result is shown."))
    if np.linalg.matrix_rank(present) < parameters:
        raise Refused(_DEPENDENT)
    with_code = (matrix > 0).T @ contributors
    without = contributors.sum() - with_code[1:]
    if (with_code < minimum).any() or (without < minimum).any():
        raise Refused(_TOO_FEW)
    spread = np.linalg.inv(matrix.T @ (contributors[:, None] * matrix))
    leverage = np.einsum("ij,jk,ik->i", matrix, spread, matrix)[contributors > 0]
    if (leverage > MAX_LEVERAGE / minimum).any():
        raise Refused(_TOO_FEW)


def fit_glm(
    terms: tuple[str, ...], matrix: Floats, rows: RowSums, contributors: Floats, family: str, minimum: int
) -> Fit:
    """Fits a model of codes by Fisher scoring. Family: "gaussian" (identity), "binomial" (logit) or "poisson" (log).

    `rows`: sums of the outcome by row of `matrix`; the derivatives are for sums less `rows.shift`. Raises Refused (see
    `check_model`).
    """
    check_model(matrix, contributors, minimum)
    a, shift = rows.a, rows.shift
    beta, fitted, inverse = solve_scoring(matrix, a, rows.amounts(shift), family, shift)
    bread = inverse @ matrix.T
    derivatives = tuple(Value(float(c), -row * fitted, row) for c, row in zip(beta, bread, strict=True))
    return Fit(terms, beta, None, derivatives, _moments(matrix, a, rows.b, contributors, minimum), inverse)


def solve_scoring(
    matrix: Floats, a: Floats, b: Floats, family: str, shift: float = 0.0
) -> tuple[Floats, Floats, Floats]:
    """Returns (coefficients, fitted outcome less `shift` by row, inverse of the information).

    `a`: sums of weights; `b`: sums of weighted outcomes less `shift`. Raises Refused if the outcome has no such model.
    """
    identity = family == "gaussian"  # then the shift moves the intercept only
    beta = np.zeros(matrix.shape[1])
    if family != "gaussian":
        average = b.sum() / a.sum() + shift
        if not 0 < average < (1 if family == "binomial" else np.inf):
            raise Refused(N_("The mean of the outcome must be above 0, and below 1 for a binomial model."))
        beta[0] = np.log(average / (1 - average)) if family == "binomial" else np.log(average)
    for _ in range(MAX_STEPS):
        fitted, slope = mean_and_slope(matrix @ beta, family)
        fitted = fitted if identity else fitted - shift
        information = matrix.T @ ((a * slope)[:, None] * matrix)
        step = np.linalg.solve(information, matrix.T @ (b - a * fitted))
        beta = beta + step
        if np.abs(step).max() < TOLERANCE * max(1.0, np.abs(beta).max()):
            break
    else:
        raise Refused(N_("The model does not converge: a term predicts the outcome perfectly."))
    fitted, slope = mean_and_slope(matrix @ beta, family)
    fitted = fitted if identity else fitted - shift
    beta = beta + np.r_[shift if identity else 0.0, np.zeros(matrix.shape[1] - 1)]
    inverse = np.asarray(np.linalg.inv(matrix.T @ ((a * slope)[:, None] * matrix)), np.float64)
    return beta, fitted, inverse


def mean_and_slope(eta: Floats, family: str) -> tuple[Floats, Floats]:
    """Returns the mean and its derivative at the linear predictor."""
    if family == "gaussian":
        return eta, np.ones_like(eta)
    if family == "binomial":
        mean = 1 / (1 + np.exp(-np.clip(eta, -500, 500)))
        return mean, mean * (1 - mean)
    mean = np.exp(np.clip(eta, -500, 500))
    return mean, mean


def _moments(
    matrix: Floats, a: Floats, b: Floats, contributors: Floats, minimum: int
) -> dict[str, list[list[float]] | list[float]] | None:
    """Returns X'WX and X'Wy, sufficient for OLS; None if an entry, or its complement, has too few contributors."""
    counts = matrix.T @ (contributors[:, None] * matrix)
    remainders = np.diag(counts)[:, None] - counts
    for numbers in (counts, remainders):
        if ((numbers > 0) & (numbers < minimum)).any():
            return None
    return {"xwx": (matrix.T @ (a[:, None] * matrix)).tolist(), "xwy": (matrix.T @ b).tolist()}


def fit_ols(
    terms: tuple[str, ...], moments: Floats, centre: Floats, contributors: float, reach: Floats, minimum: int
) -> Fit:
    """Fits OLS with numbers among its terms. `moments`: (p + 1, p + 1), sums of w z z' with z = (1, numbers - centre).

    The outcome is the last number; `centre`: (p,), near their means. `reach`: (terms,), the square of the largest distance of a
    contributor from the term's mean, times the ratio of the largest weight to the mean weight; 0 for the intercept. Standard
    errors: s2 (X'WX)^-1 with weights scaled to a mean of one, s2 = RSS / (n - p). Raises Refused as `check_model`.
    """
    parameters, last = len(terms), len(terms) - 1
    if MIN_CONTRIBUTORS_PER_TERM * parameters > contributors:
        raise Refused(N_("The model has more than one parameter for every three contributors, so no result is shown."))
    offset = moments[0, 1:] / moments[0, 0]
    means = centre + offset
    within = moments[1:, 1:] * (contributors / moments[0, 0]) - contributors * np.outer(offset, offset)
    spread = np.sqrt(np.maximum(np.diag(within), 0.0))
    is_constant = spread <= LEAST_SPREAD * np.sqrt(contributors) * np.abs(means)
    if is_constant[:last].any():
        raise Refused(_DEPENDENT)
    scale = spread[:last]
    correlations = within[:last, :last] / np.outer(scale, scale)
    least = float(np.linalg.eigvalsh(correlations)[0])
    if least < 1e-10:
        raise Refused(_DEPENDENT)
    # A contributor's leverage is 1/n + d' C^-1 d with d in units of `scale`, at most the sum of d2 / the smallest eigenvalue.
    if (reach[1:] / scale**2).sum() / least > 1 / minimum:
        raise Refused(_TOO_FEW)
    slopes = np.linalg.solve(correlations, within[:last, last] / scale) / scale
    residual = float(within[last, last] - slopes @ within[:last, last])
    if is_constant[last] or residual <= 1e-9 * within[last, last]:
        raise Refused(N_("The model is saturated: its coefficients would reveal the table, so no result is shown."))
    inverse = np.linalg.inv(correlations) / np.outer(scale, scale)
    of_mean = means[:last] @ inverse @ means[:last]
    errors = np.sqrt(residual / (contributors - parameters) * np.r_[1 / contributors + of_mean, np.diag(inverse)])
    return Fit(terms, np.r_[means[last] - slopes @ means[:last], slopes], errors, (), None)


def bound_influence(fit: Fit, moments: Floats, centre: Floats, number: int, ranges: Floats) -> Floats:
    """Returns, by coefficient, the most that it changes if the number `number` of one contributor changes by 1.

    `moments`, `centre`: as in `fit_ols`; `ranges`: of every number, the outcome last. First order in the change: the normal
    equations C b = c change by the contributor's residual in the row of a term, and by her numbers times its coefficient.
    """
    total, last = moments[0, 0], len(moments) - 1
    offset = moments[0, 1:last] / total
    means = centre[: last - 1] + offset
    within = moments[1:last, 1:last] - total * np.outer(offset, offset)
    slopes = fit.coefficients[1:]
    reach = ranges[:-1]
    if number == last:
        change = reach
    else:
        change = reach * abs(slopes[number - 1])
        change[number - 1] += ranges[-1] + float(np.abs(slopes) @ reach)
    by_slope = np.abs(np.linalg.inv(within)) @ change
    own = 1.0 if number == last else abs(slopes[number - 1])
    return np.asarray(np.r_[own / total + np.abs(means) @ by_slope, by_slope])
