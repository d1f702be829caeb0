"""Numbers over several nodes, worked out by hand (NETWORK.md, section 4), through the functions that combine answers.

Totals 1200 (30), 800 (40), hidden: 2000, root(900 + 1600) = 50, 2 of 3.
Means .30 .20 .25 (.01 .02 .02), weights 1e6, 5e5, 2.5e5: 462,500 / 1,750,000 = 0.264285714; root(1e8 + 1e8 + 0.25e8) = 15,000
by 1,750,000 = 0.008571429. Ratio: A 1000 + 500, B 300 + 100: R = 400 / 1500; V_aa 625, V_bb 164, V_ab 210: 164 - 112 +
44.4444 = 96.4444, root 9.820613 by 1500 = 0.006547075. Coefficients .10 .16 .04 (.02 .03 .04): weights 2500, 1111.11, 625,
sum 4236.11: 452.7778 / 4236.11 = 0.106885246, error 1 / root(4236.11) = 0.015364426; Q = 2500 x 0.0000474 + 1111.11 x
0.0028212 + 625 x 0.0044736 = 6.049180; I2 = 4.049180 / 6.049180; tau2 = 4.049180 / (4236.11 - 7,875,192.9 / 4236.11) =
0.001703448; random weights 1 / (variance + tau2) 475.40, 384.12, 302.67. OLS: x 1 2 3 4, y 2 3 5 6 and x 2 4 6, y 1 4 8: n 7,
sum x 22, x2 86, y 29, xy 113: slope (7 x 113 - 22 x 29) / (7 x 86 - 484) = 153 / 118 = 1.296610169, intercept (29 - 22 x 153
/ 118) / 7 = 0.067796610.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bongsu.desk.variance import ratio_error
from bongsu.network.combine.answers import NodeAnswer, arrange_question, read_answer
from bongsu.network.combine.cells import combine_cells, combine_quantile
from bongsu.network.combine.models import CombinedModel, combine_model
from tests.network.answers import ask, combine, document, read

TOTAL, MEAN = {"kind": "total"}, {"kind": "mean", "of": "PAY"}


def test_totals() -> None:
    cell = combine(ask([TOTAL]), {("total",): (1200, 30)}, {("total",): (800, 40)}, {("total",): (None,)}, minimum=2)[
        "total",
    ]
    assert (cell.value, cell.standard_error, cell.coverage) == (2000, 50, (2, 3))
    assert (cell.nodes, cell.left_out) == (("A", "B"), (("C", "suppressed"),))
    assert (cell.low, cell.high) == (800, 1200)


def test_means() -> None:
    given = [
        {("total",): (weight, 1.0), ("mean PAY",): (mean, error)}
        for weight, mean, error in ((1e6, 0.30, 0.01), (5e5, 0.20, 0.02), (2.5e5, 0.25, 0.02))
    ]
    cell = combine(ask([TOTAL, MEAN]), *given)["mean PAY",]
    assert (cell.value, cell.standard_error) == (
        pytest.approx(0.264285714, abs=1e-9),
        pytest.approx(0.008571429, abs=1e-9),
    )
    # without A 162,500 / 750,000, without B 362,500 / 1,250,000, without C 400,000 / 1,500,000
    assert (cell.low, cell.high) == (pytest.approx(0.2166667, abs=1e-7), pytest.approx(0.29))
    assert cell.flagged == ()  # A moves it by 0.0476, 3.2 of the others' errors: root(1e8 + 0.25e8) / 750,000 = 0.0149


def test_means_are_weighted_by_those_with_a_value() -> None:
    """800 of 1000 people earn 10 on average and 100 of 500 earn 40: 12,000 / 900 = 13.33, not (10,000 + 20,000) / 1500 = 20."""
    total = {"kind": "total", "of": "PAY"}
    one = {("total",): (1000, 1.0), ("mean PAY",): (10, 1.0), ("total PAY",): (8000, 9.0)}
    other = {("total",): (500, 1.0), ("mean PAY",): (40, 1.0), ("total PAY",): (4000, 9.0)}
    assert combine(ask([TOTAL, total, MEAN]), one, other, minimum=2)["mean PAY",].value == pytest.approx(12_000 / 900)
    assert (
        combine(
            ask([TOTAL, MEAN]),
            *({k: v for k, v in each.items() if k != ("total PAY",)} for each in (one, other)),
            minimum=2,
        )["mean PAY",].value
        == 20
    )


def test_ratio_of_sums() -> None:
    a, b, aa, bb, ab = (np.array([each]) for each in (1500.0, 400.0, 625.0, 164.0, 210.0))
    assert b / a == pytest.approx(0.266666667, abs=1e-9)
    assert ratio_error(b, a, bb, ab, aa) == pytest.approx(0.006547075, abs=1e-9)
    assert ratio_error(a, a, aa, aa, aa).tolist() == [0.0]  # a share of 1
    assert np.isnan(ratio_error(b, np.zeros(1), bb, ab, aa)[0])
    # 2e10 - 4e10 + 2e10 (1 + 1e-12): the difference has no digit left
    assert np.isnan(ratio_error(a, a, np.array([2e10]), np.array([2e10]), np.array([2e10 * (1 + 1e-12)]))[0])


def model(
    terms: list[tuple[str, float, float | None]], moments: Any = None, name: str = "ols PAY X", **more: Any
) -> dict[str, Any]:
    return {
        "statistic": name,
        "terms": [{"term": term, "value": value, "standard_error": error} for term, value, error in terms],
        "references": more.get("references", {}),
        "moments": moments,
    }


def models(*given: dict[str, Any], name: str = "ols PAY X", groups: dict[str, str] | None = None) -> CombinedModel:
    question = ask([{"kind": "ols", "of": "PAY", "terms": ["X"]}])
    layout = arrange_question(question, {})
    answers = [
        read_answer(node, (groups or {}).get(node, node), document({}, question, [each]), question, layout)
        for node, each in zip("ABCDE", given, strict=False)
    ]
    return combine_model(name, answers)


COEFFICIENTS = [model([("X", value, error)]) for value, error in ((0.10, 0.02), (0.16, 0.03), (0.04, 0.04))]


def test_coefficients() -> None:
    (term,) = models(*COEFFICIENTS).terms
    assert (term.fixed.value, term.fixed.standard_error) == (
        pytest.approx(0.106885246, abs=1e-9),
        pytest.approx(0.015364426, abs=1e-9),
    )
    assert (term.q, term.i2, term.tau2) == (
        pytest.approx(6.049180328, abs=1e-9),
        pytest.approx(0.669377, abs=1e-6),
        pytest.approx(0.001703448, abs=1e-9),
    )
    assert (term.random.value, term.random.standard_error) == (
        pytest.approx(0.104201853, abs=1e-9),
        pytest.approx(0.029332832, abs=1e-9),
    )
    # without A (0.16 x 1111.11 + 0.04 x 625) / 1736.11 = 0.1168, without B 0.088, without C 0.118462
    assert (term.fixed.low, term.fixed.high) == (pytest.approx(0.088), pytest.approx(0.118461538, abs=1e-9))
    assert term.flagged == ()


def test_equal_coefficients_have_no_heterogeneity() -> None:
    (term,) = models(*(model([("X", 0.1, 0.02)]) for _ in range(3))).terms
    assert (term.q, term.i2, term.tau2) == (pytest.approx(0, abs=1e-20), 0, 0)
    assert term.random.standard_error == pytest.approx(0.02 / 3**0.5)


def test_linear_regression_by_moments() -> None:
    """Two nodes' records; the third has y = 0 + 1 x at x = 0 only, weight 0, and changes nothing."""
    data = [([1, 2, 3, 4], [2, 3, 5, 6]), ([2, 4, 6], [1, 4, 8]), ([], [])]
    given = []
    for x, y in data:
        z = np.stack([np.ones(len(x)), np.array(x, float)])
        moments = {"xwx": (z @ z.T).tolist(), "xwy": (z @ np.array(y, float)).tolist()}
        given.append(model([("(intercept)", 0.1, 1.0), ("X", 1.0, 1.0)], moments))
    exact = dict(models(*given).exact)
    assert exact == {"(intercept)": pytest.approx(0.067796610, abs=1e-9), "X": pytest.approx(1.296610169, abs=1e-9)}
    given[1]["moments"] = None
    assert models(*given).exact == ()


def test_nodes_with_other_references_are_left_out() -> None:
    """The same names of terms mean other differences if the reference code differs."""
    given = [model([("X=b", 0.1, 0.02)], references={"X": code}) for code in ("a", "a", "a", "0")]
    found = models(*given)
    assert (found.nodes, found.left_out) == (("A", "B", "C"), (("D", "other-terms"),))
    assert (found.coverage, len(found.terms)) == ((3, 4), 1)
    assert models(*given[:2]).terms == ()
    exact = models(model([("X", 0.1, 0.0)]), *COEFFICIENTS)
    assert exact.left_out == (("A", "no-standard-error"),)


def test_noise_adds_its_variance() -> None:
    """Deviations of the noise 6 and 8, standard error 5 in the second: root(36 + 25 + 64 + 0) = 11.18034."""
    given = [{("total",): (100, None, 6.0)}, {("total",): (100, 5.0, 8.0)}, {("total",): (100, 0.0)}]
    cell = combine(ask([TOTAL]), *given)["total",]
    assert (cell.value, cell.standard_error) == (300, pytest.approx(125**0.5))


def test_complete_counts_have_no_error() -> None:
    given = [{("count",): (10,)}, {("count",): (20,)}, {("count",): (30,)}]
    cell = combine(ask([{"kind": "count"}]), *given)["count",]
    assert (cell.value, cell.standard_error) == (60, None)


SHARES = ask([TOTAL, {"kind": "share", "along": "SEX"}], ["SEX"])
CODES = {"SEX": ["F", "M"]}


def shares(total: float, women: float, error: float) -> dict[tuple[str, ...], tuple[float | None, ...]]:
    return {
        ("total", "_T"): (total, 1.0), ("total", "F"): (women * total, 1.0), ("total", "M"): (total - women * total, 1.0),
        ("share SEX", "_T"): (1.0, 0.0), ("share SEX", "F"): (women, error), ("share SEX", "M"): (1 - women, error),
    }  # fmt: skip


def test_shares_are_weighted_by_the_total() -> None:
    """0.5 of 1000, 0.25 of 2000, 0.75 of 1000: 1750 / 4000 = 0.4375; root(10^2 + 40^2 + 10^2) / 4000 = 0.0106066."""
    found = combine(SHARES, shares(1000, 0.5, 0.01), shares(2000, 0.25, 0.02), shares(1000, 0.75, 0.01), codes=CODES)
    cell = found["share SEX", "F"]
    assert (cell.value, cell.standard_error) == (0.4375, pytest.approx(1800**0.5 / 4000))
    assert found["share SEX", "_T"].value == 1


def test_quantile_of_summed_histograms() -> None:
    """10 + 30 + 60 below 15, 15-24 and 25-54, 20 above; 120 people, the median is 60: 25 + (60 - 40) / 60 x 30 = 35."""
    question = ask([{"kind": "count"}], [{"concept": "AGE", "bands": [15, 25, 55]}])
    bands = ["<15", "15-24", "25-54", ">=55"]
    given = [
        {("count", "_T"): (sum(counts),)} | {("count", band): (n,) for band, n in zip(bands, counts, strict=True)}
        for counts in ((5, 10, 20, 5), (5, 10, 20, 5), (0, 10, 20, 10))
    ]
    layout = arrange_question(question, {})
    cells = combine_cells(read(question, *given), question, layout)
    assert combine_quantile(cells, question, "AGE", 0.5) == {("_T",): 35.0}
    assert combine_quantile(cells, question, "AGE", 0.01) == {("_T",): None}  # 1.2 people: below 15, an open band
    given[0]["count", "15-24"] = (None,)
    cells = combine_cells(read(question, *given), question, layout, nodes_minimum=2)
    assert combine_quantile(cells, question, "AGE", 0.5) == {
        ("_T",): None
    }  # two nodes in one band, three in the others


def test_nodes_are_counted_by_group() -> None:
    """A and B are of one institution: three nodes, two groups, so no total; with D it is 3 of 4 groups, E being absent."""
    given = [{("total",): (100.0, 10.0)}] * 4
    groups = {"A": "one", "B": "one"}
    cell = combine(ask([TOTAL]), *given[:3], groups=groups)["total",]
    assert (cell.value, cell.coverage, len(cell.own)) == (None, (2, 2), 3)
    cell = combine(ask([TOTAL]), *given, groups=groups, absent={"E": "lapsed", "one/F": "refused"})["total",]
    assert (cell.value, cell.coverage) == (400, (3, 4))
    assert cell.left_out == (("E", "lapsed"), ("F", "refused"))
    assert (cell.low, cell.high) == (200, 300)  # without the institution of A and B, and without C or D


def test_unlikely_values_are_named_and_kept() -> None:
    """Means .10 .11 .30 (.01), weights 1: without C 0.105 (0.00707); C moves it by 0.065, 9.2 errors. A moves it by
    0.035, of 0.00707 5.0: 0.17 - 0.205 = 0.035 = 4.95 errors, which is not more than 5. B by 0.03: 4.2 errors.
    """
    given = [{("total",): (1.0, 0.1), ("mean PAY",): (mean, 0.01)} for mean in (0.10, 0.11, 0.30)]
    cell = combine(ask([TOTAL, MEAN]), *given)["mean PAY",]
    assert (cell.flagged, cell.value) == (("C",), pytest.approx(0.17))
    # a total of 5000 among three of 1000 (10): more than all others together, 3000, by 2000 and so by 5 x 17.3
    totals = [{("total",): (value, 10.0)} for value in (1000.0, 1010.0, 990.0, 5000.0)]
    cell = combine(ask([TOTAL]), *totals)["total",]
    assert (cell.flagged, cell.value) == (("D",), 8000)
    totals[3]["total",] = (3080.0, 10.0)  # 80 more, 4.6 errors
    assert combine(ask([TOTAL]), *totals)["total",].flagged == ()


def answers_of(*values: float) -> list[NodeAnswer]:
    return read(ask([TOTAL]), *({("total",): (value, 1.0)} for value in values))


def test_what_is_said_of_a_cell() -> None:
    question = ask([TOTAL])
    (cell,) = combine_cells(answers_of(1, 2, 4), question, arrange_question(question, {}))
    assert cell.to_data([]) == {
        "statistic": "total", "value": 7.0, "standard_error": 3**0.5, "nodes": ["A", "B", "C"],
        "coverage": {"combined": 3, "asked": 3}, "left_out": {}, "leave_one_out": [3.0, 6.0], "flagged": {},
        "own": [
            {"node": n, "value": v, "standard_error": 1.0, "status": "shown"}
            for n, v in zip("ABC", (1.0, 2.0, 4.0), strict=True)
        ],
    }  # fmt: skip
