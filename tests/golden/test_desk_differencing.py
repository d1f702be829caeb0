"""What answers reveal together, on small tables of people: each example is found by one kind of group alone.

Codes are written as letters, and an answer as the people that it counts. A group of fewer than ten people that the sums
determine is refused; the groups of nine here are three atoms of three people, so that no two of them are a group of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import pyarrow as pa
import pytest

from bongsu.core.microdata_question import Question
from bongsu.desk.atoms import Atoms
from bongsu.desk.differencing import discloses_group
from bongsu.desk.policy import Policy
from bongsu.desk.released_tables import ReleasedTable

COUNT = [{"kind": "count"}]
Answer = tuple[ReleasedTable, ...]


def answer(hidden: Sequence[str] = (), statistics: Sequence[Any] = COUNT, **question: Any) -> Answer:
    asked = Question.from_data({"holding": "town", "statistics": list(statistics), **question})
    return tuple(ReleasedTable.from_answer(asked, [(code,) for code in hidden]))


def people(**columns: list[Any]) -> Atoms:
    measures = ("PAY",) if "total0" in columns else ()
    return Atoms(pa.table(columns), measures)


def discloses(atoms: Atoms, *answers: Answer) -> bool:
    """Whether the last answer reveals a group, after the others."""
    *before, new = answers
    return discloses_group(atoms, [table for each in before for table in each], new, Policy())


@pytest.mark.parametrize("concepts", [1, 2, 3, 4])
def test_group_of_up_to_four_codes(concepts: int) -> None:
    """{g, a, b} - {a, c} - {b, c} + 2 {c} = g, all of them within the codes 1 of the other concepts.

    Two answers by age divide g, so that it is no cell of any answer and no overlap of two.
    """
    others = [f"C{number}" for number in range(1, concepts)]
    atoms = [(letter, age, *codes) for letter, age, *codes in product("gabc", (20, 40, 60), *["01"] * len(others))]
    small = [letter == "g" and "0" not in codes for letter, _, *codes in atoms]
    columns = dict(zip(("LETTER", "AGE", *others), map(list, zip(*atoms, strict=True)), strict=True))
    town = people(**columns, n=[3 if each else 50 for each in small])
    inside = {name: ["1"] for name in others}
    sets = [answer(where={"LETTER": list(letters), **inside}) for letters in ("gab", "ac", "bc", "c")]
    ages = [answer(where={"AGE": {"to": age}}) for age in (30, 50)]
    assert not discloses(town, *ages, *sets[:3])
    assert discloses(town, *ages, *sets)


REGIONS = people(REGION=["N", "S", "W"] * 2, AGE=[20, 21, 22, 40, 40, 40], n=[3, 3, 3, 50, 50, 50])


def test_hidden_cell_of_a_band() -> None:
    """Nine people below 30, of three ages and in three regions: the sum of all regions, less those of 30 and more."""
    regions = answer(breakdown=["REGION"], margins=False)
    bands = answer(["<30"], breakdown=[{"concept": "AGE", "bands": [30]}], margins=False)
    assert discloses(REGIONS, regions, bands)
    assert discloses(REGIONS, bands, regions)
    assert not discloses(REGIONS, bands)


def test_overlap_of_two_answers() -> None:
    """People up to 41, and from 39, less everybody: nine of 39 to 41 years, whom an answer by region divides."""
    town = people(REGION=["N", "S", "W"] * 3, AGE=[39, 40, 41, 20, 20, 20, 60, 60, 60], n=[3, 3, 3, *6 * [50]])
    regions = answer(breakdown=["REGION"], margins=False)
    assert discloses(town, regions, answer(where={"AGE": {"to": 41}}), answer(where={"AGE": {"from": 39}}))
    assert not discloses(town, regions, answer(where={"AGE": {"to": 41}}), answer(where={"AGE": {"from": 60}}))


def test_part_of_one_answer_that_is_outside_all_others() -> None:
    """All regions, less the people of jobs a, less those of b: three in each of c, d and e."""
    jobs = ["c", "d", "e", "a", "a", "a", "b", "b", "b"]
    town = people(REGION=["N", "S", "W"] * 3, JOB=jobs, n=[3, 3, 3, *6 * [50]])
    regions = answer(breakdown=["REGION"], margins=False)
    assert discloses(town, regions, answer(where={"JOB": ["a"]}), answer(where={"JOB": ["b"]}))


def test_people_whom_no_answer_distinguishes() -> None:
    """One cell of each of seven tables is shown: {g, a, b, c, d, e}, {a, f} ... {e, f} and {f}.

    g = the first - the next five + 5 times the last. Only the code of all seven tables, more than four, separates g.
    """
    sets = ["gabcde", *(f"{letter}f" for letter in "abcde"), "f"]
    letters = [*"ggg", *"abcdef"]
    columns: dict[str, list[Any]] = {
        f"C{number}": [str(int(letter in inside)) for letter in letters] for number, inside in enumerate(sets)
    }
    town = people(**columns, AGE=[20, 21, 22, *6 * [40]], n=[2, 2, 2, *6 * [50]])
    tables = [answer(["0"], breakdown=[f"C{number}"], margins=False) for number in range(7)]
    assert not discloses(town, *tables[:6])
    assert discloses(town, *tables)


@pytest.mark.parametrize(("size", "found"), [(9, True), (10, False)])
def test_group_of_the_minimum_may_be_known(size: int, found: bool) -> None:
    town = people(SEX=["F", "M"], n=[size, 50])
    assert discloses(town, answer(breakdown=["SEX"])) == found


@pytest.mark.parametrize(("one", "two", "found"), [(4, 5, True), (5, 5, False), (6, 6, False)])
def test_two_groups_that_are_known_together(one: int, two: int, found: bool) -> None:
    """{g, a} + {h, b} - {a, b} = g + h. Ten other groups are as small, and are not known."""
    others = [f"x{number}" for number in range(10)]
    town = people(JOB=["g", "h", "a", "b", *others], n=[one, two, 50, 50, *10 * [4]])
    sets = [answer(where={"JOB": list(jobs)}) for jobs in ("ga", "hb", "ab")]
    assert discloses(town, answer(), *sets) == found


@pytest.mark.parametrize(("missing", "found"), [(0, False), (1, True), (9, True), (10, False)])
def test_number_without_a_value(missing: int, found: bool) -> None:
    """Count less total / mean."""
    have = [50 - missing, 50]
    town = people(
        SEX=["F", "M"], n=[50, 50], total0=[500.0, 500.0], top0=[10.0, 10.0], squares0=[5000.0, 5000.0], have0=have
    )
    statistics = [*COUNT, {"kind": "mean", "of": "PAY"}, {"kind": "total", "of": "PAY"}]
    assert discloses(town, answer(statistics=statistics, breakdown=["SEX"])) == found
    assert not discloses(town, answer(statistics=statistics[:2], breakdown=["SEX"]))


def test_only_answers_that_show_a_measure_tell_about_it() -> None:
    """One man has 9,000 of the 9,500 of men, and of the 14,500 of all: the total of men is refused, also as a difference."""
    pay = {"total0": [5000.0, 9500.0], "top0": [100.0, 9000.0], "squares0": [5e5, 81.005e6], "have0": [50, 50]}
    town = people(SEX=["F", "M"], n=[50, 50], **pay)
    total = [{"kind": "total", "of": "PAY"}]
    women, men = ({"SEX": [code]} for code in "FM")
    assert discloses(town, answer(statistics=total, where=men))
    assert discloses(town, answer(statistics=total), answer(statistics=total, where=women))
    assert not discloses(town, answer(), answer(statistics=total, where=women))
    assert not discloses(town, answer(statistics=total), answer(where=women))
