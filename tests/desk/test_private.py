"""Mode private: budgets, the same answer for the same question, declared bounds, attacks that the old noise did not stand."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bongsu.core.errors import BadInput, PartMissing, Refused, UnknownName
from bongsu.core.microdata_question import Question
from bongsu.desk.answer import Answer
from bongsu.desk.policy import Policy
from bongsu.desk.private import answers
from bongsu.desk.private.budget import allow, read_account
from bongsu.desk.private.rules import PrivateRules
from tests.desk.private_town import PrivateTown
from tests.desk.town import Person, people, values

COUNT = {"kind": "count"}
MEAN = {"kind": "mean", "of": "EARNINGS"}


@pytest.fixture
def town(tmp_path: Path) -> PrivateTown:
    return PrivateTown(tmp_path, people())


def question(**data: Any) -> Question:
    return Question.from_data({"holding": "town", "statistics": [COUNT], **data})


def numbers(answer: Answer) -> dict[tuple[str, tuple[str, ...]], float | None]:
    return {(cell.statistic, cell.codes): cell.value for cell in answer.cells}


# --- the same question has the same answer


def test_same_question_has_the_same_answer_at_no_cost(town: PrivateTown) -> None:
    """However it is written, and whoever asks: order, a condition that allows every code, margins."""
    first = town.ask(["SEX", "OCCUPATION"], [COUNT, MEAN])
    turned = town.ask(["OCCUPATION", "SEX"], [MEAN, COUNT], {"SEX": ["_U", "M", "F"]})
    other = town.desk_of("lee").ask(question(breakdown=["SEX", "OCCUPATION"], statistics=[COUNT, MEAN], margins=False))
    exact = numbers(first)
    for (name, (job, sex)), value in numbers(turned).items():
        assert value == exact[name, (sex, job)]
    assert numbers(other) == {key: value for key, value in exact.items() if "_T" not in key[1]}
    assert [each["amount"] for each in town.spent()] == ["1"]
    assert [first.privacy.again, turned.privacy.again, other.privacy.again] == [False, True, True]  # type: ignore[union-attr]
    assert (turned.privacy.left, other.privacy.left) == ("49", "50")  # type: ignore[union-attr]


def test_another_question_costs_again_and_has_other_noise(tmp_path: Path) -> None:
    """If questions that differ were free, or had the same noise, differences of answers would be exact."""
    town = PrivateTown(tmp_path, people(), per_question="0.1")
    draws = [values(town.ask((), [COUNT], {"AGE": {"from": 15, "to": 74 + more}}))[()] for more in range(8)]
    assert len(town.spent()) == 8
    assert len(set(draws)) > 1


# --- the budget


def test_budget_of_an_asker_and_of_the_holding_end(tmp_path: Path) -> None:
    """Three tenths and a half: 0.1 + 0.1 + 0.1 is exactly 0.3, and a fourth question is refused; as floats it is more."""
    town = PrivateTown(tmp_path, people(60), budget="0.5", per_asker="0.3", per_question="0.1")
    for sex in (["F"], ["M"], ["_U"]):
        answer = town.ask((), [COUNT], {"SEX": sex})
    assert answer.privacy
    assert (answer.privacy.left, answer.privacy.left_of_holding) == ("0", "0.2")
    with pytest.raises(Refused, match="0 of epsilon is left, and a question costs"):
        town.ask((), [COUNT])
    assert town.ask((), [COUNT], {"SEX": ["F"]}).privacy  # answered before
    lee = town.desk_of("lee")
    for sex in ("F", "M"):
        lee.ask(question(where={"SEX": [sex]}, statistics=[{"kind": "total", "of": "AGE"}]))
    with pytest.raises(Refused, match="0 of epsilon is left"):
        town.desk_of("park").ask(question(breakdown=["SEX"]))
    assert sum(Fraction(str(each["amount"])) for each in town.spent()) == Fraction(1, 2)


def test_budget_is_spent_before_the_answer_is_computed(town: PrivateTown, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question that is cut short has cost its budget: who cuts answers short could choose among them."""

    def cut(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(answers, "fetch_sums", cut)
    with pytest.raises(KeyboardInterrupt):
        town.ask((), [COUNT])
    assert len(town.spent()) == 1
    assert read_account(town.node.journal, "town", rules_of(town)).left == 99


def test_nothing_is_spent_on_a_question_that_cannot_be_answered(town: PrivateTown) -> None:
    for wrong in ({"breakdown": ["REGION"]}, {"statistics": [{"kind": "gini", "of": "EARNINGS"}]}):
        with pytest.raises(BadInput):
            town.desk.ask(question(**wrong))
    assert not town.spent()


def test_account_lasts_when_the_holding_is_dropped_and_added_again(town: PrivateTown) -> None:
    town.ask((), [COUNT])
    town.holdings.drop("town")
    town.add("town", town.rows)
    answer = town.desk_of("kim").ask(question())
    assert answer.privacy
    assert (answer.privacy.again, answer.privacy.left_of_holding) == (False, "98")


def test_custodian_gives_an_asker_another_budget(town: PrivateTown) -> None:
    rules = rules_of(town)
    allow(town.node.journal, "town", rules, "kim", Fraction(1), "command choi")
    town.ask((), [COUNT])
    with pytest.raises(Refused):
        town.ask(["SEX"], [COUNT])
    assert town.desk_of("lee").ask(question(breakdown=["SEX"])).cells
    with pytest.raises(BadInput, match="at most that of the holding, 100"):
        allow(town.node.journal, "town", rules, "kim", Fraction(101), "command choi")


def rules_of(town: PrivateTown) -> PrivateRules:
    rules = Policy.from_data(town.holdings.survey("town").policy).private
    assert rules
    return rules


def test_epsilon_that_was_spent_counts_as_half_its_square_in_rho(town: PrivateTown) -> None:
    town.ask((), [COUNT])
    town.ask(["SEX"], [COUNT])
    in_rho = PrivateRules(Fraction(10), Fraction(10), Fraction(1))
    assert read_account(town.node.journal, "town", in_rho).left == 9  # 10 - 2 x 1²/2


def test_rho_that_was_spent_is_no_epsilon(tmp_path: Path) -> None:
    town = PrivateTown(tmp_path, people(60), unit="rho")
    town.ask((), [COUNT])
    with pytest.raises(Refused, match="no finite epsilon"):
        read_account(town.node.journal, "town", PrivateRules(Fraction(9), Fraction(9), Fraction(1), unit="epsilon"))


# --- what is declared, and not read from data


def test_codes_come_from_declarations(tmp_path: Path) -> None:
    """Nobody has job 31 or 01, and one person a region: neither shows."""
    rows = [{**row, "job": "11"} for row in people(50)]
    town = PrivateTown(tmp_path, rows)
    shown = values(town.ask(["OCCUPATION"], [COUNT]))
    assert set(shown) == {(code,) for code in ("_T", "11", "12", "21", "22", "23", "31", "01", "_U")}
    with pytest.raises(BadInput, match="The codes of “REGION” are not declared"):
        town.ask(["REGION"])
    with pytest.raises(UnknownName):
        town.ask((), where={"OCCUPATION": ["99"]})
    assert town.ask((), where={"OCCUPATION": ["31"]}).cells  # a population of nobody is answered too


def test_a_number_without_bounds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.desk import private_town

    monkeypatch.setattr(private_town, "MAPPING", private_town.MAPPING.replace("EARNINGS = [0, 6000]", ""))
    town = PrivateTown(tmp_path, people(60))
    with pytest.raises(BadInput, match="“EARNINGS” has no bounds") as refused:
        town.ask((), [MEAN])
    assert refused.value.where == "policy.private.bounds.EARNINGS"


def test_a_large_value_counts_as_its_bound(tmp_path: Path) -> None:
    """Ten people of 9,999,999 and ten of 1,000, between 0 and 6,000: the total is 70,000, with noise of 8 at epsilon 1000."""
    rows = [{**people(1)[0], "pay": pay, "age": str(20 + age)} for pay in ("9999999", "1000") for age in range(10)]
    town = PrivateTown(tmp_path, rows, budget="9000", per_asker="9000", per_question="1000")
    (cell,) = town.ask((), [{"kind": "total", "of": "EARNINGS"}]).cells
    assert cell.value == pytest.approx(70_000, abs=120)


@pytest.mark.parametrize(("records", "count"), [(1, 2), (3, 6), (9, 10)])
def test_records_of_one_contributor_are_bounded(tmp_path: Path, records: int, count: int) -> None:
    """Two contributors with five records each, of which 1, 3 or all count; the noise grows with the number allowed."""
    base = people(1)[0]
    rows: list[Person] = [{**base, "age": str(20 + i), "who": who} for who in ("a", "b") for i in range(5)]
    town = PrivateTown(
        tmp_path,
        rows,
        budget="9000",
        per_asker="9000",
        per_question="1000",
        more=f"records = {records}",
        design='[design]\ncontributor = "who"\n',
    )
    (cell,) = town.ask().cells
    assert cell.value == count
    small = PrivateTown(
        tmp_path / "small", rows, unit="rho", more=f"records = {records}", design='[design]\ncontributor = "who"\n'
    )
    assert small.ask().cells[0].noise == pytest.approx(records / np.sqrt(2), rel=1e-3)


def test_people_of_repeated_periods_count_once_in_each(tmp_path: Path) -> None:
    """Three codes of the period, with unknown: one contributor may be in each; in one period alone, once."""
    town = PrivateTown(tmp_path, people(60), unit="rho", per_question="0.5", design='[design]\nrepeated = "SEX"\n')
    assert town.ask((), [COUNT]).cells[0].noise == pytest.approx(3)
    assert town.ask((), [COUNT], {"SEX": ["F"]}).cells[0].noise == pytest.approx(1)


def test_weights_are_cut_to_the_declared_most_or_not_used(tmp_path: Path) -> None:
    """Weights of 50, 100 and 5,000: cut to 100 they sum to 250; without a declaration there are three records."""
    rows = [{**row, "weight": weight} for row, weight in zip(people(3), ("50", "100", "5000"), strict=True)]
    much: dict[str, Any] = {"budget": "9000", "per_asker": "9000", "per_question": "1000"}
    design = '[design]\nweight = "weight"\n'
    cut = PrivateTown(tmp_path / "cut", rows, more="max_weight = 100", design=design, **much).ask(
        (), [{"kind": "total"}]
    )
    assert cut.cells[0].value == pytest.approx(250, abs=2)
    assert cut.privacy
    assert cut.privacy.max_weight == 100
    unused = PrivateTown(tmp_path / "unused", rows, design=design, **much).ask((), [{"kind": "total"}])
    assert unused.cells[0].value == 3
    assert unused.privacy
    assert unused.privacy.max_weight is None


# --- attacks of issue 13


def test_a_pair_of_questions_does_not_show_who_has_a_code(tmp_path: Path) -> None:
    """Attack 3: counts of sex by age with and without one person's job. Which cells differ says nothing: all may."""
    bands = {"concept": "AGE", "bands": [25, 35, 45, 55, 65]}
    town = PrivateTown(tmp_path, people(2000), per_question="0.1")
    with_job = values(town.ask(["SEX", bands], [COUNT]))
    without = values(town.ask(["SEX", bands], [COUNT], {"OCCUPATION": ["11", "12", "21", "22", "23", "31", "_U"]}))
    there = {row["age"] for row in town.rows if row["job"] == "01"}
    same = [codes for codes in with_job if with_job[codes] == without[codes]]
    assert there
    assert len(same) < len(with_job) / 2  # with cell keys, all cells without such a person were the same


def test_the_mean_of_equal_values_is_not_exact(tmp_path: Path) -> None:
    """Attack 10: twelve women are paid 1234.5. The mean and its quantile have noise, or are undefined."""
    rows = [{**row, "sex": "F", "pay": "1234.5"} for row in people(12)]
    town = PrivateTown(tmp_path, rows)
    quantile = {"kind": "quantile", "of": "EARNINGS", "at": 0.5}
    for cell in town.ask((), [MEAN, quantile]).cells:
        assert cell.value is None or (cell.value != 1234.5 and (cell.noise or 0) > 10)
    assert all(cell.standard_error is None for cell in town.ask((), [MEAN, quantile]).cells)


def test_no_answer_depends_on_how_few_there_are(tmp_path: Path) -> None:
    """A refusal would say that a group is small: one person is answered like a thousand."""
    town = PrivateTown(tmp_path, people(1))
    (cell,) = town.ask().cells
    assert (cell.status, cell.noise) == (
        "perturbed",
        pytest.approx(np.sqrt(2 * np.exp(-1)) / (1 - np.exp(-1)), rel=1e-3),
    )


# --- without OpenDP, and the plan's answers


def test_without_opendp_the_extra_is_named_and_nothing_is_spent(
    town: PrivateTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opendp.prelude", None)
    with pytest.raises(PartMissing, match="extra “dp”") as missing:
        town.ask()
    assert "bongsu[node,dp]" in missing.value.fix
    assert not town.spent()


def test_answer_says_what_it_cost_and_what_is_left(tmp_path: Path) -> None:
    town = PrivateTown(tmp_path, people(60), unit="rho", per_question="0.5")
    data = town.ask().to_data()
    assert data["privacy"] == {
        "unit": "rho",
        "cost": "0.5",
        "epsilon": 5.75652,
        "delta": 1e-6,
        "left": "49.5",
        "left_of_holding": "99.5",
        "again": False,
        "max_weight": None,
        "records": 1,
    }
    assert data["cells"][0]["noise"] == 1


def test_a_score_is_bounded_by_its_public_numbers(tmp_path: Path) -> None:
    """Half the people have a score of 0.2 and half of 0.6, each in 2^15 steps from the middle, 0.4; code 99 is not declared."""
    rows = [{**row, "job": "11" if number % 2 else "12"} for number, row in enumerate(people(100))]
    town = PrivateTown(tmp_path, rows, budget="9000000", per_asker="9000000", per_question="1000000")
    source = {"S": {"release": "NONE", "by": "OCCUPATION"}}
    asked = question(statistics=[{"kind": "mean", "of": "S"}], scores=source)
    (cell,) = town.desk.ask(asked, {"S": {"11": 0.2, "12": 0.6, "99": 50.0}}).cells
    assert cell.value == pytest.approx(0.4, abs=1e-4)
    assert town.desk.ask(asked, {"S": {"11": 0.2, "12": 0.5}}).cells[0].value == pytest.approx(0.35, abs=1e-4)
    assert len(town.spent()) == 2  # other numbers are another question


@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")
def test_the_sums_are_sql_for_spark_too(town: PrivateTown) -> None:
    from bongsu.desk.planning import plan_question
    from bongsu.desk.private.tables import plan_tables
    from bongsu.store.microdata.spark import compile_spark_sql
    from bongsu.store.microdata.whole_sums import whole_sum_expression

    planned = plan_question(town.node, town.holdings, town.holdings.get("town"), question(statistics=[MEAN]), None)
    plan = plan_tables(planned.sums, rules_of(town), planned.codes, {})
    (table,) = plan.tables.values()
    text = compile_spark_sql(whole_sum_expression(table, plan.sums, records=1, max_weight=None, scores={}))
    assert "LEAST" in text.upper()


def test_an_answer_of_the_plan_is_no_answer_in_private(town: PrivateTown) -> None:
    """Answers with noise determine nobody, so a plan that follows does not count them as known sums."""
    from bongsu.desk.released_tables import read_released_tables
    from bongsu.store.microdata.expressions import plan_sums

    town.ask(["SEX"], [COUNT])
    plan = plan_sums(question(), town.holdings.survey("town"))
    assert [table.breakdown for table in read_released_tables(town.node.journal, question(), plan)] == [()]
