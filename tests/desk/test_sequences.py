"""Attacks that combine several answers or compute counts from a statistic, each with a similar question that is allowed."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bongsu.core.errors import BadInput, Refused
from bongsu.store.microdata import expressions
from tests.desk.town import Person, Town, people, values

AGAIN = "Combined with earlier answers"


def test_published_number_of_records_counts_as_earlier_answer(tmp_path: Path) -> None:
    """The list of holdings says 600 records; an answer about 597 with a known sex would reveal three without."""
    rows = people()
    for row in rows[:3]:
        row["sex"] = ""
    with pytest.raises(Refused, match=AGAIN):
        Town(tmp_path, rows).ask(where={"SEX": ["F", "M"]})


def test_refuses_range_that_reveals_overlap_of_earlier_answers(tmp_path: Path) -> None:
    """Seven people of three ages: those up to 41 plus those from 39, less everybody."""
    rows = [{**r, "age": "50" if 39 <= int(r["age"]) <= 41 else r["age"]} for r in people(400, seed=5)]
    for row, age in zip(rows, [39, 39, 40, 40, 40, 41, 41], strict=False):
        row["age"] = str(age)
    town = Town(tmp_path, rows)
    assert values(town.ask(where={"AGE": {"to": 41}}))[()]
    with pytest.raises(Refused, match=AGAIN):
        town.ask(where={"AGE": {"from": 39}})
    assert values(town.ask(where={"AGE": {"from": 42}}))[()]  # people of 42 or older are allowed


def test_refuses_last_of_four_code_sets_that_isolate_a_group(tmp_path: Path) -> None:
    """{g, 11, 12}, {11, 21}, {12, 21} and {21} show g, six people in three jobs: g = 1 - 2 - 3 + 2 * 4."""
    rows = people(600, seed=6)
    for number, row in enumerate(rows):
        row["job"] = {0: "41", 1: "41", 2: "42", 3: "42", 4: "43", 5: "43"}.get(number, ["11", "12", "21"][number % 3])
    town = Town(tmp_path, rows)
    refused = 0
    for jobs in (["41", "42", "43", "11", "12"], ["11", "21"], ["12", "21"], ["21"]):
        try:
            town.ask(where={"OCCUPATION": jobs})
        except Refused:
            refused += 1
    assert refused == 1


def test_refuses_answers_that_determine_two_small_groups_together(tmp_path: Path) -> None:
    """Three people in each of jobs 41 and 42: {41, 11} and {42, 12}, less {11, 12}, are these six, fewer than ten."""
    rows = people(600, seed=6)
    for number, row in enumerate(rows):
        row["job"] = {0: "41", 1: "41", 2: "41", 3: "42", 4: "42", 5: "42"}.get(number, ["11", "12", "21"][number % 3])
    town = Town(tmp_path, rows)
    answers = [["41", "11"], ["42", "12"], ["11", "12"]]
    for jobs in answers[:2]:
        town.ask(where={"OCCUPATION": jobs})
    with pytest.raises(Refused, match=AGAIN):
        town.ask(where={"OCCUPATION": answers[2]})
    for number in range(6, 30):
        rows[number]["job"] = "41"
    larger = Town(tmp_path / "larger", rows)
    assert all(values(larger.ask(where={"OCCUPATION": jobs}))[()] for jobs in answers)  # 27 + 3 people, 33 together


def test_concurrent_questions_are_compared(town_of_ages: tuple[Town, int]) -> None:
    town, few = town_of_ages

    def slow(*given: Any) -> Any:
        time.sleep(0.05)
        return expressions.run_expression(*given)

    town.desk._run = slow

    def ask(age: int) -> bool:
        try:
            return bool(values(town.ask(where={"AGE": {"from": age}}))[()])
        except Refused:
            return False

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(ask, (few, few + 1))) == [False, True]


@pytest.fixture
def town_of_ages(tmp_path: Path) -> tuple[Town, int]:
    town = Town(tmp_path, people())
    ages = [int(r["age"]) for r in town.rows]
    return town, next(age for age in range(25, 70) if 0 < ages.count(age) < 10)


def test_refuses_mean_of_integer_that_reveals_a_count(tmp_path: Path) -> None:
    """Thirty people are 40 or 41 years old: their mean age would reveal that four are 41."""
    rows = [{**r, "age": "50" if r["age"] in ("40", "41") else r["age"]} for r in people(600, seed=7)]
    for number, row in enumerate(rows[:30]):
        row["age"] = "41" if number < 4 else "40"
    town = Town(tmp_path, rows)
    mean = [{"kind": "count"}, {"kind": "mean", "of": "AGE"}]
    with pytest.raises(Refused, match=AGAIN):
        town.ask((), mean, {"AGE": {"from": 40, "to": 41}})
    shown = values(town.ask(["SEX"], mean, {"AGE": {"from": 20, "to": 64}}), "mean AGE")
    assert all(shown.values())  # a mean over many ages reveals no count


@pytest.mark.parametrize("unknown", [1, 3])
def test_refuses_statistics_that_reveal_number_without_value(tmp_path: Path, unknown: int) -> None:
    """In region W one or three of 25 have no earnings: count - total / mean of all, less that of the rest."""
    rows = [{**r, "region": "W" if number < 25 else "N"} for number, r in enumerate(people())]
    for row in (*rows[:unknown], *rows[100:160]):
        row["pay"] = ""
    town = Town(tmp_path, rows)
    three: list[dict[str, Any]] = [{"kind": "count"}, *({"kind": k, "of": "EARNINGS"} for k in ("mean", "total"))]
    assert values(town.ask((), three), "total EARNINGS")[()]
    with pytest.raises(Refused, match=AGAIN):
        town.ask((), three, {"REGION": ["N"]})
    assert values(town.ask((), three[:2], {"REGION": ["N"]}), "mean EARNINGS")[()]  # a mean alone reveals no count


@pytest.mark.parametrize("ones", [4, 596])
def test_hides_mean_of_binary_variable_with_few_ones_or_zeros(tmp_path: Path, ones: int) -> None:
    rows = [{**r, "pay": str(int(number < ones))} for number, r in enumerate(people())]
    mean = [{"kind": "mean", "of": "EARNINGS"}]
    assert values(Town(tmp_path, rows).ask((), mean), "mean EARNINGS") == {(): None}


def test_refuses_quantile_with_more_than_two_decimals(tmp_path: Path) -> None:
    """Quantiles at 0.3333 and 0.3334 would locate the bound of a bin, and so the count in it."""
    town = Town(tmp_path, people())
    with pytest.raises(BadInput, match="at most two decimals"):
        town.ask((), [{"kind": "quantile", "of": "EARNINGS", "at": 0.333}])
    assert town.ask((), [{"kind": "quantile", "of": "EARNINGS", "at": 0.29}]).cells


def test_rounds_quantile_in_all_cells_if_one_has_small_bins(tmp_path: Path) -> None:
    """The bins of everybody less those of region N are those of region W, where one bin has three people."""
    rows: list[Person] = people()
    for number, row in enumerate(rows):
        row["region"] = "W" if number < 40 else "N"
        bin_ = (0 if number < 20 else 1 if number < 37 else 2) if number < 40 else number % 4
        row["pay"] = str([500, 1500, 2500, 3500][bin_])
    cells = Town(tmp_path, rows).ask(["REGION"], [{"kind": "quantile", "of": "EARNINGS", "at": 0.4}]).cells
    assert {cell.status for cell in cells} == {"rounded"}


def test_hides_short_code_in_hierarchy(tmp_path: Path) -> None:
    """Four people have the code "20" where three or four digits are asked for: "20_U" is hidden, the rest is shown."""
    rows = people()
    for number, row in enumerate(rows):
        row["job"] = "20" if number < 4 else ["2511", "2521", "2611", "3111", "3121"][number % 5]
    levels = {"concept": "OCCUPATION", "digits": [1, 3, 4]}
    shown = values(Town(tmp_path, rows).ask([levels]))
    assert shown["20_U",] is None
    assert shown["2",] == sum(r["job"].startswith("2") for r in rows)
