"""Models fitted from sums, compared with numbers worked out by hand, and the limits beyond which a model is refused."""

from __future__ import annotations

import numpy as np
import pytest

from bongsu.core.errors import Refused
from bongsu.desk.regression import Fit, build_design_matrix, fit_glm, fit_ols

X = np.array([-1.0, -1, -1, 1, 1, 1])
Y = np.array([1.0, 2, 3, 3, 4, 5])


def moments(x: np.ndarray, y: np.ndarray, weight: float = 1.0) -> np.ndarray:
    z = np.column_stack([np.ones_like(x), x, y])
    return weight * z.T @ z


@pytest.mark.parametrize("weight", [1.0, 40.0])
def test_weighted_regression_by_hand(weight: float) -> None:
    # The two groups have the means 2 and 4: 3 - 1 and 3 + 1. Residuals -1, 0, 1 twice: RSS = 4, s2 = 4 / (6 - 2) = 1.
    # X'X = diag(6, 6), so both standard errors are sqrt(1/6). A weight that all share changes nothing.
    fit = fit_ols(("1", "x"), moments(X, Y, weight), 6.0, np.array([0.0, 1.0]), 5)
    assert fit.coefficients == pytest.approx([3.0, 1.0])
    assert fit.standard_errors == pytest.approx([0.4082483, 0.4082483])


@pytest.mark.parametrize(
    ("x", "y", "contributors", "minimum", "message"),
    [
        (X, Y, 5.0, 3, "every three contributors"),
        (X, Y, 6.0, 7, "too few contributors"),  # each has a leverage of 1/6 beyond the mean's
        (X, X, 6.0, 5, "saturated"),
        (X, np.zeros(6), 6.0, 5, "saturated"),
        (np.ones(6), Y, 6.0, 5, "collinear"),
        (np.zeros(6), Y, 6.0, 5, "collinear"),
    ],
)
def test_refuses_model_that_discloses(
    x: np.ndarray, y: np.ndarray, contributors: float, minimum: int, message: str
) -> None:
    with pytest.raises(Refused, match=message):
        fit_ols(("1", "x"), moments(x, y), contributors, np.array([0.0, 1.0]), minimum)


# Two concepts of two codes each. Rows: neither second code, that of SEX, that of REGION, both.
NAMES, DESIGN = build_design_matrix(
    [("SEX", ["F", "M"], np.array([0, 1, 0, 1])), ("REGION", ["N", "S"], np.array([0, 0, 1, 1]))]
)
FORTY = np.full(4, 40.0)


def fit(means: list[float], family: str, people: np.ndarray = FORTY, minimum: int = 10) -> Fit:
    return fit_glm(NAMES, DESIGN, people, people * np.array(means), people, family, minimum)


@pytest.mark.parametrize(
    ("family", "means", "coefficients"),
    [
        # Balanced: men less women (2 + 5) / 2 - (1 + 3) / 2 = 1.5, S less N 4 - 1.5 = 2.5, and the mean 2.75 less half of both.
        ("gaussian", [1, 2, 3, 5], [0.75, 1.5, 2.5]),
        # Odds 1, 2, 3 and 2 x 3: the model holds exactly.
        ("binomial", [1 / 2, 2 / 3, 3 / 4, 6 / 7], [0, np.log(2), np.log(3)]),
        ("poisson", [1, 2, 3, 6], [0, np.log(2), np.log(3)]),
    ],
)
def test_models_with_code_terms_by_hand(family: str, means: list[float], coefficients: list[float]) -> None:
    found = fit(means, family)
    assert found.terms == ("(intercept)", "SEX=M", "REGION=S")
    assert found.coefficients == pytest.approx(coefficients, abs=1e-9)


def test_moments_by_hand() -> None:
    # 160 people, 80 of each second code, 40 of both; outcomes 40 x (1 + 2 + 3 + 5), 40 x (2 + 5), 40 x (3 + 5).
    assert fit([1, 2, 3, 5], "gaussian").moments == {
        "xwx": [[160, 80, 80], [80, 80, 40], [80, 40, 80]],
        "xwy": [440, 280, 320],
    }


@pytest.mark.parametrize("people", [[40, 40, 40, 9], [40, 40, 9, 40], [40, 9, 40, 40]])
def test_hides_moments_of_too_few_people(people: list[float]) -> None:
    assert fit([1, 2, 3, 5], "gaussian", np.array(people, float), minimum=9).moments
    assert fit([1, 2, 3, 5], "gaussian", np.array(people, float), minimum=10).moments is None
    alone = np.where(np.array(people) == 9, 1.0, 40.0)  # four patterns, three coefficients: the model is not saturated
    assert fit([1, 2, 3, 5], "gaussian", alone).coefficients.all()


@pytest.mark.parametrize(
    ("family", "means", "message"),
    [
        ("binomial", [1, 1, 1, 1], "mean of the outcome"),
        ("binomial", [0, 0, 0, 0], "mean of the outcome"),
        ("poisson", [0, 0, 0, 0], "mean of the outcome"),
        ("binomial", [0.5, 0, 0.5, 0], "converge"),
    ],
)
def test_refuses_outcome_outside_range_of_family(family: str, means: list[float], message: str) -> None:
    with pytest.raises(Refused, match=message):
        fit(means, family)


@pytest.mark.parametrize(
    ("codes", "people", "message"),
    [
        ([[0, 1]], [40, 40], "saturated"),
        ([[0, 1, 0, 1], [0, 0, 1, 1]], [40, 40, 40, 0], "saturated"),
        ([[0, 1, 0, 1], [0, 0, 1, 1]], [2, 2, 2, 2], "every three contributors"),
        ([[0, 1, 0, 1], [0, 0, 1, 1]], [40, 5, 40, 4], "too few contributors"),
        ([[0, 1, 0, 1], [0, 0, 1, 1]], [5, 40, 4, 40], "too few contributors"),
        ([[0, 1, 2, 0, 1, 2], [0, 0, 1, 0, 0, 1], [0, 0, 0, 1, 1, 1]], [40] * 6, "collinear"),
    ],
)
def test_refuses_model_with_code_terms_that_discloses(
    codes: list[list[int]], people: list[float], message: str
) -> None:
    known = [(f"C{n}", [str(code) for code in sorted(set(index))], np.array(index)) for n, index in enumerate(codes)]
    names, matrix = build_design_matrix(known)
    many = np.array(people, float)
    with pytest.raises(Refused, match=message):
        fit_glm(names, matrix, many, many * np.arange(1, len(many) + 1), many, "gaussian", 10)
