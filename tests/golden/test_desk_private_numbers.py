"""Numbers of mode private worked out by hand: scales of noise, what one contributor changes, sums of costs, and estimates.

At a cost of 10^9 the noise is far below the last digit, so that statistics can be compared with the data.
"""

from __future__ import annotations

from fractions import Fraction
from math import exp, log, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bongsu.core.mapping import Survey
from bongsu.core.microdata_question import Question
from bongsu.desk.private.bounds import bound_change, count_in_steps
from bongsu.desk.private.mechanisms import build_mechanism, load_opendp
from bongsu.desk.private.rules import PrivateRules, convert_amount, to_epsilon
from bongsu.desk.private.tables import plan_tables
from bongsu.store.microdata.expressions import plan_sums
from bongsu.store.microdata.whole_sums import WEIGHT_STEPS, WholeSum
from tests.desk.private_town import MAPPING, PrivateTown
from tests.desk.town import Person, people

MUCH: dict[str, Any] = {"budget": "900000000", "per_asker": "900000000", "per_question": "100000000", "unit": "rho"}


@pytest.mark.parametrize(
    ("unit", "cost", "change", "deviation"),
    [
        ("rho", "1/2", 1, 1.0),  # 1 / sqrt(2 x 1/2)
        ("rho", "1/8", 3, 6.0),  # 3 / sqrt(2 x 1/8) = 3 / 0.5
        ("rho", "1/20", 1, 3.16228),  # 1 / sqrt(0.1)
        ("epsilon", "1", 1, 1.356962),  # p = e^-1: sqrt(2 x 0.367879) / 0.632121 = 0.857764 / 0.632121
        ("epsilon", "1/2", 10, 28.28132),  # scale 20, p = e^-0.05 = 0.951229: 1.379296 / 0.0487706
    ],
)
def test_noise_by_hand_and_by_draws(unit: str, cost: str, change: int, deviation: float) -> None:
    mechanism = build_mechanism(unit, Fraction(cost), change)
    assert mechanism.deviation == pytest.approx(deviation, rel=1e-5)
    drawn = np.array(mechanism.add([7] * 20_000), float)
    assert (drawn == np.round(drawn)).all()
    assert drawn.mean() == pytest.approx(7, abs=5 * deviation / sqrt(20_000))
    assert drawn.std() == pytest.approx(deviation, rel=0.06)  # five standard errors of at most sqrt(5 / (4 x 20000))


@pytest.mark.parametrize(("unit", "cost"), [("rho", "1/20"), ("epsilon", "1/10"), ("rho", "1/30"), ("epsilon", "1/3")])
def test_opendp_confirms_that_the_cost_is_kept_to(unit: str, cost: str) -> None:
    """OpenDP's own map, which rounds up, is at most the cost as an exact fraction: 0.1 as a float would be more than 1/10."""
    dp = load_opendp()
    whole = dp.vector_domain(dp.atom_domain(T="i64"))
    change, amount = 12345, Fraction(cost)
    deviation = build_mechanism(unit, amount, change).deviation
    if unit == "rho":
        assert (
            Fraction(dp.m.make_gaussian(whole, dp.l2_distance(T="f64"), scale=deviation).map(float(change))) <= amount
        )
    else:
        scale = deviation / sqrt(2)  # that of continuous noise, a little above the discrete one's at such a scale
        assert dp.m.make_laplace(whole, dp.l1_distance(T="f64"), scale=scale).map(float(change)) <= float(amount) * (
            1 + 1e-6
        )


def test_zero_concentrated_as_epsilon_is_above_opendps_own() -> None:
    """rho 0.1 at 1e-6: 0.1 + 2 sqrt(0.1 x 13.815511) = 0.1 + 2 x 1.175394 = 2.450788; OpenDP's bound is tighter."""
    assert to_epsilon(0.1, 1e-6) == pytest.approx(2.450788, abs=1e-6)
    dp = load_opendp()
    whole = dp.atom_domain(T="i64"), dp.absolute_distance(T="f64")
    gaussian = dp.m.make_gaussian(*whole, scale=1 / sqrt(2 * 0.1))
    tighter = dp.c.make_zCDP_to_approxDP(gaussian).map(1.0).epsilon(delta=1e-6)
    assert 0.8 * 2.450788 < tighter < 2.450788
    assert convert_amount(Fraction(1, 5), "epsilon", "rho") == Fraction(1, 50)  # 0.2² / 2
    assert log(1e6) == pytest.approx(13.815511, abs=1e-6)


def test_costs_of_a_hundred_and_one_questions_add_up_exactly(tmp_path: Path) -> None:
    """100 sevenths and thirds: (1/7) x 100 = 100/7. As floats, the sum would differ in the last digit, and drift."""
    from bongsu.desk.private.budget import read_account, spend

    node = PrivateTown(tmp_path, people(5)).node
    rules = PrivateRules(Fraction(100, 7), Fraction(100, 7), Fraction(1, 7))
    for number in range(100):
        spend(node.journal, "town", rules, "kim", f"q{number}")
    account = read_account(node.journal, "town", rules)
    assert account.left == 0
    assert account.spent == {"kim": Fraction(100, 7)}


# --- what one contributor changes


def plan_of(statistics: list[dict[str, Any]], *, more: str = "", design: str = "", **question: Any) -> Any:
    rules = PrivateRules(Fraction(9), Fraction(9), Fraction(1), max_weight=200.0 if more else None)
    survey = Survey.parse(MAPPING.format(name="town", design=design, rules="budget = 1"))
    asked = Question.from_data({"holding": "town", "statistics": statistics, **question})
    rules = PrivateRules(**{**vars(rules), "bounds": {"EARNINGS": (0.0, 6000.0)}})
    codes = {"SEX": ["F", "M", "_U"], "OCCUPATION": ["11", "12", "_U"]}
    return plan_tables(plan_sums(asked, survey), rules, codes, {})


def test_what_one_contributor_changes_by_hand() -> None:
    """A count: 1. A mean of earnings from 0 to 6,000: 3,000 from the middle, in 2^15 steps of 0.09155. Of ages 15 to 74: 30
    years from 44. A total is counted from 0: 2^15 steps of 0.1831. With weights, 2^14 times as many."""
    plan = plan_of([{"kind": "count"}, {"kind": "mean", "of": "EARNINGS"}, {"kind": "total", "of": "EARNINGS"}])
    changes = {
        name: [bound_change(each, 1, weights=False) for each in table.sums] for name, table in plan.tables.items()
    }
    assert changes == {"count": [1], "mean EARNINGS": [1, 2**15], "total EARNINGS": [2**15]}
    assert plan.tables["mean EARNINGS"].sums[1].factors[0].step == 3000 / 2**15
    assert plan.tables["total EARNINGS"].sums[0].factors[0].step == 6000 / 2**15
    (age,) = plan_of([{"kind": "mean", "of": "AGE"}]).tables["mean AGE"].sums[1].factors
    assert (age.centre, age.step, age.most) == (44, 1, 30)
    assert bound_change(WholeSum((age,)), 4, weights=True) == 4 * 2**14 * 30
    assert plan.cost_of_sum == Fraction(1, 4)


def test_sums_of_a_model_by_hand() -> None:
    """Earnings on age and sex: by sex, sums of 1, age, earnings, age², age x earnings: five, each at a fifth of the cost."""
    plan = plan_of([{"kind": "ols", "of": "EARNINGS", "terms": ["SEX", "AGE"]}])
    (table,) = plan.tables.values()
    assert [[one.name for one in each.factors] for each in table.sums] == [
        [],
        ["AGE"],
        ["EARNINGS"],
        ["AGE", "AGE"],
        ["AGE", "EARNINGS"],
    ]
    assert [bound_change(each, 1, weights=False) for each in table.sums] == [1, 30, 1024, 900, 30720]
    assert plan.cost_of_sum == Fraction(1, 5)


def test_steps_cover_the_bounds() -> None:
    survey = Survey.parse(MAPPING.format(name="town", design="", rules="budget = 1"))
    for low, high in ((-0.3, 0.7), (0, 1e9), (2.0, 2.0)):
        number = count_in_steps(survey, "EARNINGS", (low, high))
        assert number.centre - number.most * number.step <= low + 1e-9
        assert number.centre + number.most * number.step >= high - 1e-9
    assert WEIGHT_STEPS == 16384


# --- estimates, with noise far below the digits that are compared


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> PrivateTown:
    return PrivateTown(
        tmp_path_factory.mktemp("exact"),
        clipped(),
        more="max_weight = 150",
        design='[design]\nweight = "weight"\n',
        **MUCH,
    )


def clipped() -> list[Person]:
    return [{**row, "pay": f"{min(float(row['pay']), 6000):.2f}"} for row in people(400)]


def test_statistics_of_noisy_tables_against_the_data(exact: PrivateTown) -> None:
    rows = exact.rows
    w, pay = (np.array([float(row[name]) for row in rows]) for name in ("weight", "pay"))
    women = np.array([row["sex"] == "F" for row in rows])
    found = {
        (cell.statistic, cell.codes): cell.value
        for cell in exact.ask(
            ["SEX"],
            [
                {"kind": "count"},
                {"kind": "total"},
                {"kind": "total", "of": "EARNINGS"},
                {"kind": "mean", "of": "EARNINGS"},
                {"kind": "share", "along": "SEX"},
                {"kind": "histogram", "of": "EARNINGS"},
                {"kind": "quantile", "of": "EARNINGS", "at": 0.5},
            ],
        ).cells
    }
    assert found["count", ("F",)] == women.sum()
    assert found["total", ("F",)] == pytest.approx(w[women].sum(), rel=1e-4)
    assert found["total EARNINGS", ("_T",)] == pytest.approx((w * pay).sum(), rel=1e-4)
    assert found["mean EARNINGS", ("F",)] == pytest.approx((w * pay)[women].sum() / w[women].sum(), rel=1e-4)
    assert found["share SEX", ("F",)] == pytest.approx(w[women].sum() / w.sum(), rel=1e-4)
    inside = (pay >= 1000) & (pay < 2000)
    assert found["histogram EARNINGS 1000..2000", ("F",)] == pytest.approx(w[women & inside].sum(), rel=1e-3)
    below, within = w[pay < 1000].sum(), w[inside].sum()
    assert found["quantile EARNINGS 0.5", ("_T",)] == pytest.approx(
        1000 + 1000 * (0.5 * w.sum() - below) / within, rel=1e-3
    )


@pytest.mark.parametrize("terms", [["AGE"], ["SEX"], ["SEX", "AGE"]])
def test_least_squares_on_noisy_moments_against_the_data(exact: PrivateTown, terms: list[str]) -> None:
    """Numbers of a model are counted in 1,024 steps of half their range, so earnings in steps of 2.93: the error is below 2."""
    columns = {
        "SEX": [float(row["sex"] == "M") for row in exact.rows],
        "AGE": [float(row["age"]) for row in exact.rows],
    }
    x = np.column_stack([np.ones(400), *(columns[term] for term in terms)])
    y, w = (np.array([float(row[name]) for row in exact.rows]) for name in ("pay", "weight"))
    root = np.sqrt(w)[:, None]
    expected = np.linalg.lstsq(root * x, root[:, 0] * y, rcond=None)[0]
    (model,) = exact.ask((), [{"kind": "ols", "of": "EARNINGS", "terms": terms}]).models
    assert [term.value for term in model.terms] == pytest.approx(expected, abs=2)
    assert all(term.noise is not None and term.noise < 0.1 for term in model.terms)


def test_poisson_model_of_one_code_is_a_ratio_of_means(exact: PrivateTown) -> None:
    y, w = (np.array([float(row[name]) for row in exact.rows]) for name in ("pay", "weight"))
    men = np.array([row["sex"] == "M" for row in exact.rows])
    means = [np.average(y[each], weights=w[each]) for each in (~men, men)]
    glm = {"kind": "glm", "of": "EARNINGS", "terms": ["SEX"], "family": "poisson"}
    (model,) = exact.ask((), [glm]).models
    assert [term.value for term in model.terms] == pytest.approx([log(means[0]), log(means[1] / means[0])], abs=0.002)


def test_deviations_of_estimates_are_those_of_repeated_draws(tmp_path: Path) -> None:
    """2,000 answers to one question, with fresh noise each: their spread is what every answer says, within a tenth."""
    from bongsu.desk.planning import plan_question
    from bongsu.desk.private.answers import estimate, fetch_sums

    town = PrivateTown(tmp_path, clipped() * 5, unit="rho", per_question="0.5")
    data = {
        "holding": "town",
        "breakdown": ["SEX"],
        "statistics": [{"kind": "mean", "of": "EARNINGS"}, {"kind": "share", "along": "SEX"}],
    }
    model = {"holding": "town", "statistics": [{"kind": "ols", "of": "EARNINGS", "terms": ["SEX", "AGE"]}]}
    for asked, draws in ((data, 600), (model, 600)):
        question = Question.from_data(asked)
        planned = plan_question(town.node, town.holdings, town.holdings.get("town"), question, None)
        assert planned.policy.private
        plan = plan_tables(planned.sums, planned.policy.private, planned.codes, {})
        whole = fetch_sums(plan, planned, town.desk._run)
        seen: dict[Any, list[tuple[float, float]]] = {}
        for _ in range(draws):
            cells, models = estimate(plan, whole)
            for cell in cells:
                if cell.value is not None and cell.noise:
                    seen.setdefault((cell.statistic, cell.codes), []).append((cell.value, cell.noise))
            for term in (term for each in models for term in each.terms):
                seen.setdefault(term.term, []).append((term.value, term.noise or 0.0))
        for key, pairs in seen.items():
            if "_U" not in str(key):
                drawn, said = np.array(pairs).T
                assert drawn.std() == pytest.approx(said.mean(), rel=0.15), key


def test_laplace_deviation_of_scale_one() -> None:
    assert build_mechanism("epsilon", Fraction(1), 1).deviation == pytest.approx(sqrt(2 * exp(-1)) / (1 - exp(-1)))
