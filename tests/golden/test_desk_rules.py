"""The suppression rules, worked out by hand.

A cell with contributions 70, 20, 6, 4 (total 100):
  (2, 85): 70 + 20 = 90 > 85 % of 100          -> sensitive; upper bound must reach 100/85 * 90 = 105.88, so 5.88 above 100
  p = 10 %: 100 - 70 - 20 = 10 >= 10 % of 70 = 7 -> not sensitive
A cell with contributions 80, 15, 5 (total 100):
  (2, 85): 95 > 85                               -> sensitive; 100/85 * 95 - 100 = 11.76
  p = 10 %: 100 - 80 - 15 = 5 < 8                -> sensitive; 8 - 5 = 3
A cell with contributions 30, 25, 25, 20 (total 100): 55 <= 85, 45 >= 3 -> neither.
"""

from __future__ import annotations

import numpy as np
import pytest

from bongsu.desk.policy import Policy
from bongsu.desk.primary_suppression import (
    bound_largest_sum,
    bound_largest_sum_by_squares,
    fails_p_percent,
    has_too_few,
    is_dominated,
    is_shown_zero,
    protection_distance,
)

POLICY = Policy()
TOTAL = np.array([100.0, 100.0, 100.0])
FIRST = np.array([70.0, 80.0, 30.0])
SECOND = np.array([20.0, 15.0, 25.0])
MANY = np.array([50.0, 50.0, 50.0])


def test_dominance() -> None:
    assert is_dominated(TOTAL, FIRST + SECOND, POLICY).tolist() == [True, True, False]


def test_p_percent() -> None:
    assert fails_p_percent(TOTAL, FIRST, SECOND, POLICY).tolist() == [False, True, False]


def one(number: float) -> np.ndarray:
    return np.array([number])


def test_rules_at_their_limits() -> None:
    """85 of 100 is not more than 85 %; a remainder of 8 is not less than 10 % of 80. A little more or less is.

    10 % of the largest, not of the total: 101 - 50 - 45 = 6 is not less than 5.
    """
    assert not is_dominated(one(100), one(85), POLICY).any()
    assert is_dominated(one(100), one(85.1), POLICY).all()
    assert not fails_p_percent(one(100), one(80), one(12), POLICY).any()
    assert fails_p_percent(one(100), one(80), one(12.1), POLICY).all()
    assert not fails_p_percent(one(101), one(50), one(45), POLICY).any()


@pytest.mark.parametrize(
    ("contributors", "first", "second", "policy", "distance"),
    [
        (3, 70, 20, POLICY, 10),  # too few: 10 % of 100; dominance needs 5.88
        (3, 80, 15, POLICY, 100 / 85 * 95 - 100),  # dominance needs 11.76; too few 10, p % 8 - 5 = 3
        (3, 80, 15, Policy(dominance=None, p_percent=30), 30),  # too few: 30 % of 100; p % 24 - 5 = 19
        (50, 80, 15, Policy(dominance=None, p_percent=30), 19),
        (3, 92, 7, Policy(dominance=None, p_percent=5), 5),  # too few: 5 % of 100; p % 4.6 - 1 = 3.6
    ],
)
def test_the_largest_protection_that_applies(
    contributors: float, first: float, second: float, policy: Policy, distance: float
) -> None:
    found = protection_distance(one(100), one(contributors), one(first), one(second), one(first + second), policy)
    assert found == pytest.approx([distance])


def test_how_far_a_cell_must_stay_from_being_known() -> None:
    found = protection_distance(TOTAL, MANY, FIRST, SECOND, FIRST + SECOND, POLICY)
    assert found == pytest.approx([100 / 85 * 90 - 100, 100 / 85 * 95 - 100, 0])
    assert found == pytest.approx([5.88235, 11.76471, 0], abs=1e-5)
    few = protection_distance(TOTAL[:1], np.array([3.0]), FIRST[2:], SECOND[2:], (FIRST + SECOND)[2:], POLICY)
    assert few == pytest.approx([10.0])  # 10 % of 100
    off = Policy(dominance=None, p_percent=0.0)
    assert protection_distance(TOTAL[:1], np.array([3.0]), FIRST[2:], SECOND[2:], FIRST[2:], off) == pytest.approx(
        [10.0]
    )


def test_too_few() -> None:
    contributors = np.array([0.0, 1, 9, 10])
    assert has_too_few(contributors, POLICY).tolist() == [True, True, True, False]
    assert has_too_few(contributors, Policy(zeros="show")).tolist() == [False, True, True, False]
    assert is_shown_zero(contributors, Policy(zeros="show")).tolist() == [True, False, False, False]


def test_the_bound_on_the_largest_is_never_too_low_and_exact_for_two() -> None:
    """80, 15, 5: squares 6400 + 225 + 25 = 6650; sqrt(6650 - 6400) = 15.81, so at most 95.81 where 95 is true."""
    assert bound_largest_sum(np.array([80.0]), np.array([6650.0]), np.array([100.0]), 2) == pytest.approx(
        [95.8114], abs=1e-4
    )
    assert bound_largest_sum(np.array([80.0]), np.array([6625.0]), np.array([95.0]), 2) == pytest.approx([95.0])
    # 10, 10, 10, 10: two further contributions of at most 10 each give 30, where sqrt(2 * 300) = 24.5 would allow 34.5
    assert bound_largest_sum(one(10), one(400), one(40), 3) == pytest.approx([30.0])
    # 10, 9: 10 + sqrt(2 * 81) = 22.7, but the total is 19
    assert bound_largest_sum(one(10), one(181), one(19), 3) == pytest.approx([19.0])
    random = np.random.default_rng(3)
    for _ in range(200):
        parts = np.sort(random.lognormal(0, 2, random.integers(1, 9)))[::-1]
        for n in (1, 2, 3):
            bound = bound_largest_sum(parts[:1], np.array([(parts**2).sum()]), np.array([parts.sum()]), n)
            assert bound[0] >= parts[:n].sum() * (1 - 1e-12)


def test_bound_without_the_largest_contribution() -> None:
    """10, 10, 10, 10 (squares 400): the largest is at most 20, two at most sqrt(2 x 400) = 28.28, five at most all: 40.

    With the bound 20 as the largest, `bound_largest_sum` would say 20 for two, which are exactly 20; of 9, 9, 1 (squares 163)
    it would say 12.77, although two have 18.
    """
    first, squares, total = np.sqrt(one(400)), one(400), one(40)
    found = [float(bound_largest_sum_by_squares(first, squares, total, n)[0]) for n in (1, 2, 5)]
    assert found == pytest.approx([20, 28.284271, 40], abs=1e-6)
    random = np.random.default_rng(4)
    for _ in range(200):
        parts = np.sort(random.lognormal(0, 2, random.integers(1, 9)))[::-1]
        squares = np.array([(parts**2).sum()])
        for n in (1, 2, 3):
            bound = bound_largest_sum_by_squares(np.sqrt(squares), squares, np.array([parts.sum()]), n)
            assert bound[0] >= parts[:n].sum() * (1 - 1e-12)
