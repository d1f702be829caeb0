"""Statistics as functions of sums: values by hand, derivatives against finite differences, undefined cases."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from bongsu.desk import statistics as of
from bongsu.desk.statistics import Value
from bongsu.desk.variance import RowSums, Sample, replicate_error, taylor_error

# Rows: people, amounts, the bin of their amounts (-1: unknown; 0: below the first edge), their group and category.
PEOPLE = np.array([10.0, 20, 30, 25, 15])
AMOUNTS = np.array([5.0, 60, 150, 400, 90])
BINS = np.array([0, 1, 2, 3, -1])
GROUPS = np.array([0, 1, 0, 1, -1])
CATEGORIES = np.array([0, 0, 1, 1, 1])
EDGES = (1.0, 4.0, 10.0)
SOME = np.array([True, False, True, False, False])

STATISTICS: dict[str, Callable[[np.ndarray, np.ndarray], Value]] = {
    "total": lambda a, b: of.total(a),
    "variable total": of.variable_total,
    "mean": of.mean,
    "share": lambda a, b: of.share(a, SOME),
    "quantile 0.3": lambda a, b: of.quantile(a, BINS, EDGES, 0.3),
    "quantile 0.6": lambda a, b: of.quantile(a, BINS, EDGES, 0.6),
    "gini": lambda a, b: of.gini(a, b, BINS),
    "dissimilarity": lambda a, b: of.dissimilarity(a, CATEGORIES, GROUPS),
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("total", 100),
        ("variable total", 705),
        ("mean", 7.05),
        ("share", 0.4),
        # 85 people with a known bin: 0.3 x 85 = 25.5; 10 lie below 1, so 15.5 of the 20 in the bin from 1 to 4.
        ("quantile 0.3", 1 + 15.5 / 20 * 3),
        # 0.6 x 85 = 51, of which 30 lie below 4: 21 of the 30 in the bin from 4 to 10.
        ("quantile 0.6", 4 + 21 / 30 * 6),
        # Sum over pairs of A_i B_j - A_j B_i: 10 x 610 - 75 x 5, 20 x 550 - 55 x 60, 30 x 400 - 25 x 150; by 85 x 615.
        ("gini", (5725 + 7700 + 8250) / (85 * 615)),
        # |10/40 - 20/45| and |30/40 - 25/45|, halved.
        ("dissimilarity", (abs(10 / 40 - 20 / 45) + abs(30 / 40 - 25 / 45)) / 2),
    ],
)
def test_statistics_by_hand(name: str, value: float) -> None:
    assert STATISTICS[name](PEOPLE, AMOUNTS).value == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("name", STATISTICS)
def test_derivatives_equal_finite_differences(name: str) -> None:
    compute, step = STATISTICS[name], 1e-5
    found = compute(PEOPLE, AMOUNTS)
    for row in range(len(PEOPLE)):
        change = np.zeros(len(PEOPLE))
        change[row] = step
        by_a = (compute(PEOPLE + change, AMOUNTS).value - compute(PEOPLE - change, AMOUNTS).value) / (2 * step)
        by_b = (compute(PEOPLE, AMOUNTS + change).value - compute(PEOPLE, AMOUNTS - change).value) / (2 * step)
        assert (found.by_a[row], found.by_b[row]) == pytest.approx((by_a, by_b), abs=1e-8)


@pytest.mark.parametrize(
    ("name", "compute"),
    [("mean", of.mean), ("total", of.variable_total), ("gini", lambda a, b, shift: of.gini(a, b, BINS, shift))],
)
def test_shift_of_values_changes_derivatives_as_the_chain_rule_says(name: str, compute: Callable[..., Value]) -> None:
    """With b = b' + 3 a: the derivative by a is that by a and 3 times that by b; a mean is smaller by 3."""
    moved = compute(PEOPLE, AMOUNTS - 3 * PEOPLE) if name == "mean" else compute(PEOPLE, AMOUNTS - 3 * PEOPLE, 3.0)
    there = STATISTICS["variable total" if name == "total" else name](PEOPLE, AMOUNTS)
    assert moved.value == pytest.approx(there.value - 3 * (name == "mean"), rel=1e-12)
    assert moved.by_a == pytest.approx(there.by_a + 3 * there.by_b, abs=1e-15)
    assert moved.by_b == pytest.approx(there.by_b, abs=1e-15)


def test_statistics_of_nobody_are_undefined() -> None:
    nobody = np.zeros(5)
    for name in set(STATISTICS) - {"total", "variable total"}:
        assert math.isnan(STATISTICS[name](nobody, nobody).value), name
        assert not STATISTICS[name](nobody, nobody).by_a.any()
    assert math.isnan(of.gini(PEOPLE, nobody, BINS).value)  # nobody owns anything
    assert math.isnan(of.dissimilarity(PEOPLE * (GROUPS == 0), CATEGORIES, GROUPS).value)  # one of two groups is empty


def test_quantile_in_open_bin_is_undefined() -> None:
    assert math.isnan(of.quantile(PEOPLE, BINS, EDGES, 0.1).value)  # 8.5 people lie below 1
    assert math.isnan(of.quantile(PEOPLE, BINS, EDGES, 0.9).value)  # 76.5 reach above 10
    # Of 64 people 8 lie below 1 and 32 below 4: on an edge the bin below it is full.
    found = [of.quantile(np.array([8.0, 24, 32]), np.array([0, 1, 2]), EDGES, at).value for at in (0.125, 0.5)]
    assert math.isnan(found[0])
    assert found[1] == 4


def rows(unit: np.ndarray | None) -> RowSums:
    """Five records of weight 1 with the values 1, 2, 4, 8, 3: three in stratum 0, two in stratum 1."""
    values = np.array([1.0, 2, 4, 8, 3])
    one = np.ones(5)
    sums = {"n": one, "a": one, "b": values, "aa": one, "ab": values, "bb": values**2}
    return RowSums.from_sums(sums, None, np.array([0, 0, 0, 1, 1]), unit)


@pytest.mark.parametrize(
    ("unit", "population", "variance"),
    [
        # Stratum 0: 3/2 (21 - 49/3) = 7; stratum 1: 2 (73 - 121/2) = 25.
        (None, [np.inf, np.inf], 32),
        ([0, 1, 2, 3, 4], [np.inf, np.inf], 32),
        ([0, 1, 2, 3, 4], [6, 8], 0.5 * 7 + 0.75 * 25),
        ([0, 1, 2, 3, 4], [3, 2], 0),  # all of the population
        # Units 1 + 2 and 4 of stratum 0, of three in its sample: 3/2 (25 - 49/3) = 13.
        ([0, 0, 1, 3, 4], [np.inf, np.inf], 13 + 25),
    ],
)
def test_standard_error_of_total_by_hand(unit: list[int] | None, population: list[float], variance: float) -> None:
    made = rows(None if unit is None else np.array(unit))
    sample = Sample(np.array([3.0, 2]), np.array(population))
    assert taylor_error(made, of.variable_total(made.a, made.b), sample) == pytest.approx(math.sqrt(variance))


def test_standard_error_of_mean_is_equal_by_records_and_by_units() -> None:
    by_units = rows(np.arange(5))
    sample = Sample(np.array([3.0, 2]), np.array([np.inf, np.inf]))
    # Residuals from 3.6, by fifths: -2.6, -1.6, 0.4 and 4.4, -0.6. 3/2 (9.48 - 14.44/3) + 2 (19.72 - 14.44/2) = 32, by 25.
    for made in (rows(None), rows(None).take(np.ones(5, dtype=bool)), by_units):
        assert taylor_error(made, of.mean(made.a, made.b), sample) == pytest.approx(math.sqrt(32 / 25))


def test_standard_error_of_row_of_two_records() -> None:
    """Values 1 and 3 in one row: 2/1 ((1 - 2)^2 + (3 - 2)^2) = 4. A row of one record has no spread of its own."""
    two = {"n": 2.0, "a": 2.0, "b": 4.0, "aa": 2.0, "ab": 4.0, "bb": 10.0}
    made = RowSums.from_sums({name: np.array([each]) for name, each in two.items()}, None, np.array([0]))
    error = taylor_error(made, of.variable_total(made.a, made.b), Sample(np.array([2.0]), np.array([np.inf])))
    assert error == pytest.approx(2)
    one = {name: np.array([0.1 ** (name in ("b", "ab"))]) for name in two} | {"bb": np.array([0.010000001])}
    assert RowSums.from_sums(one, None, np.array([0])).xx == 0


def test_stratum_with_single_unit_is_centred_on_zero() -> None:
    made = rows(np.zeros(5, np.int64)).take(np.array([True, False, False, False, False]))
    assert taylor_error(made, of.variable_total(made.a, made.b), Sample(np.array([1.0]), np.array([np.inf]))) == 1


@pytest.mark.parametrize(("method", "factor"), [("BRR", 1 / 4 / 0.49), ("JK1", 3 / 4), ("bootstrap", 1 / 3)])
def test_replicate_error_by_hand(method: str, factor: float) -> None:
    # Squares of 1, -1, 2, 2: 10.
    found = replicate_error(5, [6, 4, 7, 3], method, 0.3)
    assert found == pytest.approx(math.sqrt(10 * factor))
