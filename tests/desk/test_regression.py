"""Models fitted from sums, compared with numbers worked out by hand, and the limits beyond which a model is refused."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pytest

from bongsu.core.errors import Refused
from bongsu.desk.regression import Fit, build_design_matrix, check_model, fit_glm, fit_ols
from bongsu.desk.variance import RowSums

X = np.array([-1.0, -1, -1, 1, 1, 1])
Y = np.array([1.0, 2, 3, 3, 4, 5])


def moments(*numbers: np.ndarray, weight: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """The moments of numbers about their means, the outcome last, and these means."""
    table = np.column_stack(numbers)
    z = np.column_stack([np.ones(len(table)), table - table.mean(axis=0)])
    return weight * z.T @ z, table.mean(axis=0)


@pytest.mark.parametrize("weight", [1.0, 40.0])
def test_weighted_regression_by_hand(weight: float) -> None:
    # The two groups have the means 2 and 4: 3 - 1 and 3 + 1. Residuals -1, 0, 1 twice: RSS = 4, s2 = 4 / (6 - 2) = 1.
    # X'X = diag(6, 6), so both standard errors are sqrt(1/6). A weight that all share changes nothing.
    fit = fit_ols(("1", "x"), *moments(X, Y, weight=weight), 6.0, np.array([0.0, 1.0]), 5)
    assert fit.coefficients == pytest.approx([3.0, 1.0])
    assert fit.standard_errors == pytest.approx([0.4082483, 0.4082483])


@pytest.mark.parametrize(("centre", "unit"), [(0.0, 1.0), (1000.0, 1.0), (0.0, 1e-6), (1.7e9, 1.0)])
def test_regression_does_not_depend_on_unit_of_term(centre: float, unit: float) -> None:
    fit = fit_ols(("1", "x"), *moments(centre + unit * X, Y), 6.0, np.array([0.0, unit**2]), 5)
    assert fit.coefficients == pytest.approx([3 - centre / unit, 1 / unit], rel=1e-6)


def test_regression_on_terms_that_are_nearly_equal() -> None:
    """Z = X + E / 20 has a correlation of 0.9975 with X. Y = 3 + X + E / 2 = 3 - 9 X + 10 Z."""
    e = np.array([1.0, -2, 1, 1, -2, 1])
    z, y = X + e / 20, 3 + X + e / 2 + np.array([1, 0, -1, -1, 0, 1])
    fit = fit_ols(("1", "x", "z"), *moments(X, z, y, weight=10_000), 60_000.0, np.array([0.0, 1, 1.2]), 5)
    assert fit.coefficients == pytest.approx([3, -9, 10])
    with pytest.raises(Refused, match="too few contributors"):  # 2.2 / 600 by 1 - 0.9975
        fit_ols(("1", "x", "z"), *moments(X, z, y, weight=100), 600.0, np.array([0.0, 1, 1.2]), 5)
    with pytest.raises(Refused, match="collinear"):
        fit_ols(("1", "x", "z"), *moments(X, X, y, weight=10_000), 60_000.0, np.array([0.0, 1, 1]), 5)


def test_regression_with_small_residuals_is_shown() -> None:
    """Y = 3 + 100 X, and residuals of -1, 0 and 1 twice: RSS = 4 of a sum of squares of 60,058."""
    fit = fit_ols(("1", "x"), *moments(X, Y + 99 * X), 6.0, np.array([0.0, 1.0]), 5)
    assert fit.coefficients == pytest.approx([3, 100])
    assert fit.standard_errors == pytest.approx([0.4082483, 0.4082483])


def test_leverage_of_exactly_one_in_the_minimum_is_allowed() -> None:
    """16 people at a distance of 1 from the mean have a leverage of 1/16 each beyond that of the mean."""
    x, y = np.repeat([-1.0, 1], 8), np.tile([1.0, 2], 8)
    assert fit_ols(("1", "x"), *moments(x, y), 16.0, np.array([0.0, 1]), 16).coefficients == pytest.approx([1.5, 0])
    with pytest.raises(Refused, match="too few contributors"):
        fit_ols(("1", "x"), *moments(x, y), 16.0, np.array([0.0, 1]), 17)


def test_leverage_adds_up_over_terms() -> None:
    """Two terms without correlation: 1/8 + 1/8 is above 1/6, either alone is not."""
    x, z, y = np.tile([-1.0, 1], 4), np.repeat([-1.0, 1], 4), np.array([1.0, 2, 3, 5, 4, 6, 7, 9])
    table = moments(x, z, y, weight=2)
    with pytest.raises(Refused, match="too few contributors"):
        fit_ols(("1", "x", "z"), *table, 8.0 * 2, np.array([0.0, 2, 2]), 6)
    assert fit_ols(("1", "x", "z"), *table, 16.0, np.array([0.0, 1, 1]), 6).coefficients.all()


@pytest.mark.parametrize(
    ("x", "y", "contributors", "minimum", "message"),
    [
        (X, Y, 5.0, 3, "every three contributors"),
        (X, Y, 6.0, 7, "too few contributors"),  # each has a leverage of 1/6 beyond the mean's
        (X, X, 6.0, 5, "saturated"),
        (X, np.zeros(6), 6.0, 5, "saturated"),
        (X, 0.3 + 1.3 * X, 6.0, 5, "saturated"),  # but for the rounding of the computer
        (np.ones(6), Y, 6.0, 5, "collinear"),
        (np.zeros(6), Y, 6.0, 5, "collinear"),
        (1 + 1e-15 * X, Y, 6.0, 5, "collinear"),  # but for the rounding of the computer
        (X, np.array([1.1, 1.1, 1.1, 1.1, 1.1, np.nextafter(1.1, 2)]), 6.0, 5, "saturated"),
    ],
)
def test_refuses_model_that_discloses(
    x: np.ndarray, y: np.ndarray, contributors: float, minimum: int, message: str
) -> None:
    with pytest.raises(Refused, match=message):
        fit_ols(("1", "x"), *moments(x, y), contributors, np.array([0.0, 1.0]), minimum)


# Two concepts of two codes each. Rows: neither second code, that of SEX, that of REGION, both.
NAMES, DESIGN = build_design_matrix(
    [("SEX", ["F", "M"], np.array([0, 1, 0, 1])), ("REGION", ["N", "S"], np.array([0, 0, 1, 1]))]
)
FORTY = np.full(4, 40.0)


def sums(a: np.ndarray, b: np.ndarray) -> RowSums:
    """Sums of weights and of weighted outcomes, as for the coefficients."""
    row = {"n": a, "a": a, "b": b, "aa": a, "ab": b, "bb": b}
    return RowSums.from_sums(row, None, np.zeros(len(a), np.int64))


def fit(means: list[float], family: str, people: np.ndarray = FORTY, minimum: int = 10) -> Fit:
    return fit_glm(NAMES, DESIGN, sums(people, people * np.array(means)), people, family, minimum)


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


@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_weight_that_all_share_changes_no_coefficient(family: str) -> None:
    means = FORTY * np.array([1 / 2, 2 / 3, 3 / 4, 6 / 7])
    found = fit_glm(NAMES, DESIGN, sums(100 * FORTY, 100 * means), FORTY, family, 10)
    assert found.coefficients == pytest.approx(
        fit_glm(NAMES, DESIGN, sums(FORTY, means), FORTY, family, 10).coefficients
    )


@pytest.mark.parametrize(
    ("people", "minimum", "is_refused"),
    [
        # With 1 - (1/n) / (sum of 1/n) for the leverage of a cell of n people: (1 - 1/2.2) / 4 = 0.136 for each of four,
        # (1 - 1/2.25) / 5 = 0.111 for each of five; the limit is 1.25 / 10.
        ([40, 4, 4, 40], 10, True),
        ([40, 5, 5, 40], 10, False),
        ([40, 5, 40, 5], 10, False),  # ten men are the minimum
        ([5, 40, 5, 40], 10, False),
        # 19 men, or 19 others, are too few, although none has a leverage above 1.25 / 20: 0.059 and 0.058.
        ([80, 9, 80, 10], 20, True),
        ([9, 80, 10, 80], 20, True),
        ([9, 80, 11, 80], 20, False),
        ([3, 2, 2, 2], 2, False),  # nine contributors, three parameters
    ],
)
def test_limits_of_leverage_and_of_contributors(people: list[float], minimum: int, is_refused: bool) -> None:
    with pytest.raises(Refused, match="too few contributors") if is_refused else nullcontext():
        check_model(DESIGN, np.array(people, float), minimum)


def test_leverage_of_combination_without_contributors_does_not_count() -> None:
    """15 people in five of six combinations: 1/15 to each; the sixth would have a leverage of 2/15, above 0.125."""
    index = np.arange(6)
    _, matrix = build_design_matrix([("A", ["0", "1", "2"], index % 3), ("B", ["0", "1"], index // 3)])
    check_model(matrix, np.array([15.0, 15, 15, 15, 15, 0]), 10)


def test_moments_by_hand() -> None:
    # 160 people, 80 of each second code, 40 of both; outcomes 40 x (1 + 2 + 3 + 5), 40 x (2 + 5), 40 x (3 + 5).
    assert fit([1, 2, 3, 5], "gaussian").moments == {
        "xwx": [[160, 80, 80], [80, 80, 40], [80, 40, 80]],
        "xwy": [440, 280, 320],
    }
    weighted = fit_glm(NAMES, DESIGN, sums(2 * FORTY, 2 * FORTY), FORTY, "gaussian", 10)
    assert weighted.moments == {"xwx": [[320, 160, 160], [160, 160, 80], [160, 80, 160]], "xwy": [320, 160, 160]}


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
        ([[0, 1, 0, 1]], [40, 40, 40, 40], "saturated"),  # the same codes in two rows
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
        fit_glm(names, matrix, sums(many, many * np.arange(1, len(many) + 1)), many, "gaussian", 10)
