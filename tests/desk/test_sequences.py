"""Attacks that take several answers, or that read more out of a statistic than it says; with what may be asked all the same."""

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


def test_the_listed_number_of_records_counts_as_an_answer(tmp_path: Path) -> None:
    """600 records are listed; 597 with a known sex would say that three have none."""
    rows = people()
    for row in rows[:3]:
        row["sex"] = ""
    with pytest.raises(Refused, match=AGAIN):
        Town(tmp_path, rows).ask(where={"SEX": ["F", "M"]})


def test_two_old_answers_overlap_in_few_whom_a_third_would_show(tmp_path: Path) -> None:
    """Seven people of three ages: up to 41, and from 39, less everybody."""
    rows = [{**r, "age": "50" if 39 <= int(r["age"]) <= 41 else r["age"]} for r in people(400, seed=5)]
    for row, age in zip(rows, [39, 39, 40, 40, 40, 41, 41], strict=False):
        row["age"] = str(age)
    town = Town(tmp_path, rows)
    assert values(town.ask(where={"AGE": {"to": 41}}))[()]
    with pytest.raises(Refused, match=AGAIN):
        town.ask(where={"AGE": {"from": 39}})
    assert values(town.ask(where={"AGE": {"from": 42}}))[()]  # who is 42 or older may be asked


def test_four_sets_of_codes_do_not_single_out_three_codes(tmp_path: Path) -> None:
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


def test_questions_that_are_asked_at_once_are_compared(town_of_ages: tuple[Town, int]) -> None:
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


def test_the_mean_of_a_whole_number_counts_nobody(tmp_path: Path) -> None:
    """Thirty people of 40 or 41: their mean age would say that four are 41."""
    rows = [{**r, "age": "50" if r["age"] in ("40", "41") else r["age"]} for r in people(600, seed=7)]
    for number, row in enumerate(rows[:30]):
        row["age"] = "41" if number < 4 else "40"
    town = Town(tmp_path, rows)
    mean = [{"kind": "count"}, {"kind": "mean", "of": "AGE"}]
    with pytest.raises(Refused, match=AGAIN):
        town.ask((), mean, {"AGE": {"from": 40, "to": 41}})
    shown = values(town.ask(["SEX"], mean, {"AGE": {"from": 20, "to": 64}}), "mean AGE")
    assert all(shown.values())  # over many ages it tells of none


def test_who_has_no_value_does_not_follow_from_two_populations(tmp_path: Path) -> None:
    """In region W three of 25 have no earnings: count - total / mean of all, less that of the rest."""
    rows = [{**r, "region": "W" if number < 25 else "N"} for number, r in enumerate(people())]
    for row in (*rows[:3], *rows[100:160]):
        row["pay"] = ""
    town = Town(tmp_path, rows)
    three: list[dict[str, Any]] = [{"kind": "count"}, *({"kind": k, "of": "EARNINGS"} for k in ("mean", "total"))]
    assert values(town.ask((), three), "total EARNINGS")[()]
    with pytest.raises(Refused, match=AGAIN):
        town.ask((), three, {"REGION": ["N"]})
    assert values(town.ask((), three[:2], {"REGION": ["N"]}), "mean EARNINGS")[()]  # a mean alone counts nobody


@pytest.mark.parametrize("ones", [4, 596])
def test_the_mean_of_ones_and_zeros_is_a_count_of_people(tmp_path: Path, ones: int) -> None:
    rows = [{**r, "pay": str(int(number < ones))} for number, r in enumerate(people())]
    mean = [{"kind": "mean", "of": "EARNINGS"}]
    assert values(Town(tmp_path, rows).ask((), mean), "mean EARNINGS") == {(): None}


def test_noise_is_not_read_off_what_is_known(tmp_path: Path) -> None:
    """A share of 1, and the mean age of people of one age, are known: multiplied by its noise they would show a cell's."""
    town = Town(tmp_path, people(), policy="noise = 5")
    share = town.ask(["SEX"], [{"kind": "share", "along": "SEX"}], {"SEX": ["F"]})
    assert set(values(share, "share SEX").values()) == {1.0}
    ages = [r["age"] for r in town.rows]
    for age in sorted({int(a) for a in ages if ages.count(a) >= 10}):
        answer = town.ask((), [{"kind": "mean", "of": "AGE"}], {"AGE": {"from": age, "to": age}})
        assert values(answer, "mean AGE") == {(): float(age)}


def test_a_share_with_noise_is_that_of_the_counts_with_noise(tmp_path: Path) -> None:
    town = Town(tmp_path, people(), policy="noise = 5")
    answer = town.ask(["SEX"], [{"kind": "count"}, {"kind": "share", "along": "SEX"}])
    counts, shares = values(answer), values(answer, "share SEX")
    for code in ("F", "M"):
        assert shares[(code,)] == pytest.approx((counts[(code,)] or 0) / (counts[("_T",)] or 1))


def test_a_quantile_has_at_most_two_decimals(tmp_path: Path) -> None:
    """At 0.3333 and 0.3334 a reader would feel for the bound of a bin, and count who is in it."""
    town = Town(tmp_path, people())
    with pytest.raises(BadInput, match="at most two decimals"):
        town.ask((), [{"kind": "quantile", "of": "EARNINGS", "at": 0.333}])
    assert town.ask((), [{"kind": "quantile", "of": "EARNINGS", "at": 0.29}]).cells


def test_a_quantile_that_is_rounded_in_one_cell_is_rounded_in_all(tmp_path: Path) -> None:
    """Everybody's bins less those of region N would be those of region W, where three people stand in one."""
    rows: list[Person] = people()
    for number, row in enumerate(rows):
        row["region"] = "W" if number < 40 else "N"
        bin_ = (0 if number < 20 else 1 if number < 37 else 2) if number < 40 else number % 4
        row["pay"] = str([500, 1500, 2500, 3500][bin_])
    cells = Town(tmp_path, rows).ask(["REGION"], [{"kind": "quantile", "of": "EARNINGS", "at": 0.4}]).cells
    assert {cell.status for cell in cells} == {"rounded"}


def test_codes_that_end_early_do_not_spoil_a_hierarchy(tmp_path: Path) -> None:
    """Four people are coded "20" where three and four digits are asked for: hidden as "20_U", and no reason to refuse."""
    rows = people()
    for number, row in enumerate(rows):
        row["job"] = "20" if number < 4 else ["2511", "2521", "2611", "3111", "3121"][number % 5]
    levels = {"concept": "OCCUPATION", "digits": [1, 3, 4]}
    shown = values(Town(tmp_path, rows).ask([levels]))
    assert shown["20_U",] is None
    assert shown["2",] == sum(r["job"].startswith("2") for r in rows)
