"""Standard errors and models of values far from zero, whose sums of squares have no digit of the variance.

Golden numbers are exact fractions of the same records. Values are multiples of 1/8 below 2^53 / 8, so that the file has
them exactly. With z = w (x - mean) / sum of w: variance of a mean = sum over strata of n/(n-1) sum of (z - mean z)^2.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.core.mapping import Survey
from bongsu.core.microdata_question import Question
from bongsu.desk.cell_statistics import evaluate_cells
from bongsu.desk.centring import needs_centred_sums
from bongsu.desk.policy import Policy
from bongsu.desk.tally import build_tally
from bongsu.store.microdata import expressions
from tests.desk.town import MAPPING, Town

CONCEPT = '[concepts.X]\ncolumn = "x"\nkind = "measure"\nedges = [0, 1000000000.5, 2000000000]\n'
NUMBERS = (
    '[concepts.YEAR]\ncolumn = "year"\nkind = "integer"\n[concepts.SECONDS]\ncolumn = "seconds"\nkind = "measure"\n'
)
WEIGHT = '[design]\nweight = "w"\n'
MEAN, TOTAL = {"kind": "mean", "of": "X"}, {"kind": "total", "of": "X"}
BILLION = Fraction(10**9)
RANDOM = np.random.default_rng(11)
STEPS = [Fraction(int(step), 8) for step in np.round(8 * RANDOM.normal(size=400))]  # N(0, 1) to eighths
WEIGHTS = [Fraction(int(weight), 4) for weight in RANDOM.integers(40, 60, size=400)]


def holding(folder: Path, values: Sequence[Fraction], weights: Sequence[Fraction], design: str, **columns: Any) -> Town:
    """People with the values X; women are the first half."""
    rows = [
        {"sex": "FM"[2 * i >= len(values)], "age": "30", "job": "11", "region": "NS"[i % 2], "pay": str(i % 7)}
        | {"x": str(float(value)), "w": str(float(weight))}
        | {name: str(column[i]) for name, column in columns.items()}
        for i, (value, weight) in enumerate(zip(values, weights, strict=True))
    ]
    return Town(folder, rows, design=CONCEPT + design)


def errors(
    town: Town, *statistics: dict[str, Any], by: Sequence[str] = ("SEX",)
) -> dict[tuple[str, str], float | None]:
    """The standard errors of an answer by kind and codes."""
    cells = town.compute(by, statistics).cells
    return {(cell.statistic.split()[0], "".join(cell.codes)): cell.standard_error for cell in cells}


def root(variance: Fraction) -> Any:
    """What six shown digits of the root may be."""
    return pytest.approx(math.sqrt(variance), rel=5.1e-6, abs=0)


def exact(
    values: Sequence[Fraction],
    weights: Sequence[Fraction],
    inside: Callable[[int], bool] = lambda i: True,
    stratum: Callable[[int], Any] = lambda i: 0,
    unit: Callable[[int], Any] = lambda i: i,
) -> tuple[Fraction, Fraction]:
    """Variances of the mean and of the total over `inside`."""
    everybody = range(len(values))
    people = sum(weights[i] for i in everybody if inside(i))
    mean = sum(weights[i] * values[i] for i in everybody if inside(i)) / people
    found = []
    for derivative in (lambda i: weights[i] * (values[i] - mean) / people, lambda i: weights[i] * values[i]):
        variance = Fraction(0)
        for h in sorted({stratum(i) for i in everybody}):
            z: dict[Any, Fraction] = {}
            for i in everybody:
                if stratum(i) == h:
                    z[unit(i)] = z.get(unit(i), Fraction(0)) + (derivative(i) if inside(i) else 0)
            centre = sum(z.values()) / len(z)
            variance += Fraction(len(z), len(z) - 1) * sum((each - centre) ** 2 for each in z.values())
        found.append(variance)
    return found[0], found[1]


@pytest.mark.parametrize("shift", [0, 10**8, 10**9, -(10**9), 1_700_000_000])
@pytest.mark.parametrize(
    "weights", [[Fraction(1)] * 400, [Fraction(401, 4)] * 400, WEIGHTS], ids=["1", "100.25", "many"]
)
def test_errors_of_values_far_from_zero(tmp_path: Path, shift: int, weights: list[Fraction]) -> None:
    values = [shift + step for step in STEPS]
    shown = errors(holding(tmp_path, values, weights, WEIGHT), MEAN, TOTAL)
    for code, inside in (("_T", lambda i: True), ("F", lambda i: i < 200), ("M", lambda i: i >= 200)):
        mean, total = exact(values, weights, inside)
        assert shown["mean", code] == root(mean), code
        assert shown["total", code] == root(total), code


def test_errors_of_groups_far_from_each_other(tmp_path: Path) -> None:
    """Women have values near 0 and men near 10^9: the mean of everybody is near neither."""
    values = [step + (BILLION if i >= 200 else 0) for i, step in enumerate(STEPS)]
    shown = errors(holding(tmp_path, values, WEIGHTS, WEIGHT), MEAN, by=["SEX"])
    for code, inside in (("_T", lambda i: True), ("F", lambda i: i < 200), ("M", lambda i: i >= 200)):
        assert shown["mean", code] == root(exact(values, WEIGHTS, inside)[0]), code


def test_errors_within_strata_far_from_each_other(tmp_path: Path) -> None:
    """The same, and each group is a stratum: only the spread within a stratum counts, not the distance of 10^9."""
    values = [step + (BILLION if i >= 200 else 0) for i, step in enumerate(STEPS)]
    equal = [Fraction(401, 4)] * 400
    shown = errors(holding(tmp_path, values, equal, WEIGHT + 'stratum = "sex"\n'), MEAN, TOTAL, by=[])
    mean, total = exact(values, equal, stratum=lambda i: i >= 200)
    assert (shown["mean", ""], shown["total", ""]) == (root(mean), root(total))
    assert math.sqrt(mean) < 0.06


def test_errors_of_units_far_from_zero(tmp_path: Path) -> None:
    values = [BILLION + step for step in STEPS]
    town = holding(tmp_path, values, WEIGHTS, WEIGHT + 'cluster = "u"\n', u=[i // 5 for i in range(400)])
    for code, inside in (("F", lambda i: i < 200), ("_T", lambda i: True)):
        mean, _ = exact(values, WEIGHTS, inside, unit=lambda i: i // 5)
        assert errors(town, MEAN)["mean", code] == root(mean)


def test_errors_by_replicate_weights_far_from_zero(tmp_path: Path) -> None:
    """BRR of two halves: the mean of the squared deviations of their means from that of everybody."""
    values = [BILLION + step for step in STEPS]
    halves = [[2 * ((i // 3 + r) % 2) for i in range(400)] for r in range(2)]
    design = WEIGHT + 'replicates = ["r0", "r1"]\nmethod = "BRR"\n'
    shown = errors(holding(tmp_path, values, [Fraction(1)] * 400, design, r0=halves[0], r1=halves[1]), MEAN)
    mean = sum(values) / 400
    means = [sum(w * x for w, x in zip(half, values, strict=True)) / sum(half) for half in halves]
    assert shown["mean", "_T"] == root(sum((each - mean) ** 2 for each in means) / 2)


def test_error_of_gini_coefficient_far_from_zero(tmp_path: Path) -> None:
    """60 people of 10^9 and 140 of 10^9 + 1: G = A1 A2 / (A B), with B the amount of all.

    Slopes: dG/dA1 = A2 / (A B) - G / A - G x1 / B, and likewise by A2; variance = n/(n-1) sum of slopes squared.
    """
    values = [BILLION + (i % 10 >= 3) for i in range(200)]
    (cell,) = holding(tmp_path, values, [Fraction(1)] * 200, WEIGHT).compute((), [{"kind": "gini", "of": "X"}]).cells
    amount = sum(values)
    gini = 60 * 140 / (200 * amount)
    first = 140 / (200 * amount) - gini / 200 - gini * BILLION / amount
    second = 60 / (200 * amount) - gini / 200 - gini * (BILLION + 1) / amount
    assert cell.value == pytest.approx(float(gini), rel=1e-6, abs=0)
    assert cell.standard_error == root(Fraction(200, 199) * (60 * first**2 + 140 * second**2))


def test_equal_values_have_no_error(tmp_path: Path) -> None:
    """A total over everybody with equal weights, and a mean of equal values: 0, but for the last digit."""
    town = holding(tmp_path, [Fraction("1234.56")] * 200, [Fraction("100.1")] * 200, WEIGHT)
    for statistic in ({"kind": "total"}, MEAN):
        (cell,) = town.compute((), [statistic]).cells
        assert cell.standard_error == pytest.approx(0, abs=1e-12), statistic


def regressors() -> dict[str, np.ndarray]:
    random = np.random.default_rng(3)
    year = random.integers(2000, 2025, size=400)
    return {"year": year, "seconds": 1_700_000_000 + random.integers(-400, 400, size=400)}


@pytest.mark.parametrize("terms", [["YEAR"], ["SECONDS"], ["YEAR", "SECONDS"]])
@pytest.mark.parametrize("shift", [0, 10**9])
def test_regression_on_numbers_far_from_zero(tmp_path: Path, terms: list[str], shift: int) -> None:
    """Against least squares on centred numbers; weights enter by their root, and the error has n - p degrees of freedom."""
    found, weights = regressors(), np.array([float(weight) for weight in WEIGHTS])
    y = np.array(
        [float(round(8 * (0.5 * (found["year"][i] - 2012) + float(step)))) / 8 for i, step in enumerate(STEPS)]
    )
    town = holding(tmp_path, [shift + Fraction(each) for each in y], WEIGHTS, NUMBERS + WEIGHT, **found)
    (model,) = town.compute((), [{"kind": "ols", "of": "X", "terms": terms}]).models
    columns = [found[term.lower()].astype(float) for term in terms]
    centred = np.column_stack([column - np.average(column, weights=weights) for column in columns])
    root_w = np.sqrt(weights / weights.mean())
    slopes, *_ = np.linalg.lstsq(centred * root_w[:, None], (y - np.average(y, weights=weights)) * root_w)
    assert [term.value for term in model.terms[1:]] == pytest.approx(list(slopes), rel=1e-9)
    means = np.array([np.average(column, weights=weights) for column in columns])
    intercept = shift + np.average(y, weights=weights) - slopes @ means
    assert model.terms[0].value == pytest.approx(intercept, rel=1e-9)
    residuals = (y - np.average(y, weights=weights) - centred @ slopes) * root_w
    spread = np.linalg.inv((centred * root_w[:, None]).T @ (centred * root_w[:, None]))
    s2 = residuals @ residuals / (400 - len(slopes) - 1)
    wanted = np.sqrt(s2 * np.r_[1 / 400 + means @ spread @ means, np.diag(spread)])
    assert [term.standard_error for term in model.terms] == pytest.approx(list(wanted), rel=5.1e-6)


def test_regression_on_codes_of_values_far_from_zero(tmp_path: Path) -> None:
    """Everything at 10^9 equals the same at 0, but for the intercept."""
    asked = {"kind": "ols", "of": "X", "terms": ["SEX", "REGION"]}
    near, far = (
        holding(tmp_path / str(shift), [shift + step for step in STEPS], WEIGHTS, WEIGHT).compute((), [asked]).models[0]
        for shift in (0, 10**9)
    )
    assert [t.value - 1e9 * (t.term == "(intercept)") for t in far.terms] == pytest.approx(
        [t.value for t in near.terms], abs=3e-7
    )
    assert [t.standard_error for t in far.terms] == pytest.approx([t.standard_error for t in near.terms], rel=1.1e-5)


def test_poisson_regression_far_from_zero(tmp_path: Path) -> None:
    """At 10^9 a difference of 1 is one of 10^-9 in logarithms, so coefficients and errors are those of OLS by 10^9."""
    town = holding(tmp_path, [BILLION + step for step in STEPS], WEIGHTS, WEIGHT)
    asked = {"of": "X", "terms": ["SEX", "REGION"]}
    (linear,) = town.compute((), [{"kind": "ols", **asked}]).models
    (found,) = town.compute((), [{"kind": "glm", "family": "poisson", **asked}]).models
    for one, other in zip(found.terms, linear.terms, strict=True):
        assert one.standard_error == pytest.approx((other.standard_error or 0) / 1e9, rel=1e-4, abs=0)


QUESTION = Question.from_data({"holding": "town", "breakdown": ["SEX"], "statistics": [MEAN]})
SURVEY = Survey.parse(MAPPING.format(name="town", design=CONCEPT + WEIGHT, policy=""))
STRATA = pa.table({"stratum": [""], "units": [40], "population": pa.array([None], pa.float64())})


def engine_errors(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The standard errors of the means of 20 women, 20 men and all, by the desk's steps without a node."""
    records = {name: ["0"] * 40 for name in ("OCCUPATION", "REGION")} | {"SEX": ["F"] * 20 + ["M"] * 20}
    numbers = {"AGE": pa.array([30] * 40), "EARNINGS": pa.array([1.0] * 40), "RECORD_KEY": pa.array([1] * 40)}
    table = pa.table(
        records | numbers | {"X": pa.array(values, pa.float64()), "WEIGHT": pa.array(weights, pa.float64())}
    )
    plan = expressions.plan_sums(QUESTION, SURVEY)
    groups = expressions.run_expression(expressions.sum_expression(plan), table, {})
    if needs_centred_sums(plan, groups):
        groups = expressions.run_expression(expressions.sum_expression(plan, centred=True), table, {})
    tally = build_tally(plan, groups, STRATA, {"SEX": ["F", "M"]}, Policy())
    return [cell.standard_error or 0.0 for cell in evaluate_cells(tally, np.zeros(3, bool), Policy())]


@settings(max_examples=25, deadline=None)
@given(
    steps=st.lists(st.integers(-8, 8), min_size=40, max_size=40),
    weights=st.lists(st.integers(1, 50), min_size=40, max_size=40),
    shift=st.sampled_from([10**9, -(10**9), 1_700_000_000, 0]) | st.integers(-(10**9), 10**9),
    scale=st.sampled_from([-4.0, 0.125, 1.0, 1024.0]),
)
def test_error_of_shifted_and_scaled_values(steps: list[int], weights: list[int], shift: int, scale: float) -> None:
    """x becomes a + b x, exact in doubles: the standard error of a mean becomes |b| times as large."""
    before = engine_errors(steps, [weight / 4 for weight in weights])
    after = engine_errors([shift + scale * step for step in steps], [weight / 4 for weight in weights])
    assert after == pytest.approx([abs(scale) * error for error in before], rel=1.1e-5, abs=abs(scale) * 1e-9)
