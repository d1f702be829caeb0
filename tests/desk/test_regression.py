"""OLS from sums, against numbers worked out by hand, and the limits from which on nothing of a model is shown."""

from __future__ import annotations

import numpy as np
import pytest

from bongsu.core.errors import Refused
from bongsu.desk.regression import fit_ols

X = np.array([-1.0, -1, -1, 1, 1, 1])
Y = np.array([1.0, 2, 3, 3, 4, 5])


def moments(x: np.ndarray, y: np.ndarray, weight: float = 1.0) -> np.ndarray:
    z = np.column_stack([np.ones_like(x), x, y])
    return weight * z.T @ z


@pytest.mark.parametrize("weight", [1.0, 40.0])
def test_six_people_by_hand(weight: float) -> None:
    # The two groups have the means 2 and 4: 3 - 1 and 3 + 1. Residuals -1, 0, 1 twice: RSS = 4, s2 = 4 / (6 - 2) = 1.
    # X'X = diag(6, 6), so both standard errors are sqrt(1/6). A weight that all share changes nothing.
    fit = fit_ols(("1", "x"), moments(X, Y, weight), 6.0, np.array([0.0, 1.0]), 5)
    assert fit.coefficients == pytest.approx([3.0, 1.0])
    assert fit.errors == pytest.approx([0.4082483, 0.4082483])


@pytest.mark.parametrize(
    ("x", "y", "contributors", "minimum", "message"),
    [
        (X, Y, 5.0, 3, "third of its contributors"),
        (X, Y, 6.0, 7, "too few contributors"),  # each has a leverage of 1/6 beyond the mean's
        (X, X, 6.0, 5, "saturated"),
        (np.ones(6), Y, 6.0, 5, "determine each other"),
    ],
)
def test_what_would_show_too_much_is_refused(
    x: np.ndarray, y: np.ndarray, contributors: float, minimum: int, message: str
) -> None:
    with pytest.raises(Refused, match=message):
        fit_ols(("1", "x"), moments(x, y), contributors, np.array([0.0, 1.0]), minimum)
