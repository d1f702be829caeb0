"""Tables that share cells: the same people are the same cell, however a question describes them."""

from __future__ import annotations

from pathlib import Path

from bongsu.core.microdata_question import Question
from bongsu.desk.layout import Axis, Layout
from bongsu.desk.previously_released import find_previous_cells
from bongsu.desk.released_tables import ReleasedTable
from tests.desk.town import Town, people, values

CODES = {"OCCUPATION": ["11", "12", "21", "22"], "SEX": ["F", "M"], "AGE": ["_U"]}
COUNT = [{"kind": "count"}]


def shown(hidden: list[tuple[str, ...]], **question: object) -> list[ReleasedTable]:
    return ReleasedTable.from_answer(Question.from_data({"holding": "town", "statistics": COUNT, **question}), hidden)


def asked(**question: object) -> Question:
    return Question.from_data({"holding": "town", "statistics": COUNT, **question})


def test_finds_same_cell_as_code_or_level_or_condition() -> None:
    digits = {"concept": "OCCUPATION", "digits": [1, 2]}
    before = shown([("11",), ("12",)], breakdown=[digits])
    plain = Layout((Axis.flat("OCCUPATION", ("11", "12", "21", "22")),))
    found = find_previous_cells(asked(breakdown=["OCCUPATION"]), plain, before, CODES)
    assert found.hidden.tolist() == [False, True, True, False, False]
    assert found.shown.tolist() == [True, False, False, True, True]
    one = Layout(())
    assert find_previous_cells(asked(where={"OCCUPATION": ["11"]}), one, before, CODES).hidden.tolist() == [True]
    assert find_previous_cells(asked(where={"OCCUPATION": ["21", "22"]}), one, before, CODES).shown.tolist() == [
        True
    ]  # "2"
    assert not find_previous_cells(
        asked(where={"OCCUPATION": ["12", "21"]}), one, before, CODES
    ).shown.any()  # never asked for
    assert find_previous_cells(asked(where={"OCCUPATION": CODES["OCCUPATION"]}), one, before, CODES).shown.tolist() == [
        True
    ]  # every


def test_finds_same_cell_as_band_or_range() -> None:
    before = shown([("25-44",)], breakdown=[{"concept": "AGE", "bands": [25, 45]}], where={"SEX": ["F"]})
    one = Layout(())
    assert find_previous_cells(
        asked(where={"SEX": ["F"], "AGE": {"from": 25, "to": 44}}), one, before, CODES
    ).hidden.all()
    assert not find_previous_cells(
        asked(where={"SEX": ["M"], "AGE": {"from": 25, "to": 44}}), one, before, CODES
    ).hidden.any()
    assert not find_previous_cells(
        asked(where={"SEX": ["F"], "AGE": {"from": 25, "to": 45}}), one, before, CODES
    ).hidden.any()
    sexes = Layout((Axis.flat("SEX", ("F", "M")),))
    found = find_previous_cells(asked(breakdown=["SEX"], where={"AGE": {"from": 25, "to": 44}}), sexes, before, CODES)
    assert found.hidden.tolist() == [False, True, False]


def test_cell_of_unknown_age_is_not_the_total() -> None:
    before = shown([], breakdown=["SEX"])
    ages = Layout((Axis.flat("AGE", ("<25", ">=25", "_U")),))
    found = find_previous_cells(asked(breakdown=[{"concept": "AGE", "bands": [25]}]), ages, before, CODES)
    assert found.shown.tolist() == [True, False, False, False]


def test_age_range_excludes_unknown_age() -> None:
    before = shown([], where={"AGE": {"from": 15, "to": 64}})
    ages = Layout((Axis.flat("AGE", ("<25", ">=25", "_U")),))
    asked_again = asked(breakdown=[{"concept": "AGE", "bands": [25]}], where={"AGE": {"from": 15, "to": 64}})
    assert find_previous_cells(asked_again, ages, before, CODES).shown.tolist() == [True, False, False, False]


def test_finds_cells_with_shown_total_by_variable() -> None:
    money = [{"kind": "count"}, {"kind": "total", "of": "EARNINGS"}]
    before = ReleasedTable.from_answer(
        Question.from_data({"holding": "town", "statistics": money, "breakdown": ["SEX"]}), [("F",)]
    )
    sexes = Layout((Axis.flat("SEX", ("F", "M")),))
    again = Question.from_data({"holding": "town", "statistics": money, "breakdown": ["SEX"]})
    found = find_previous_cells(again, sexes, before, CODES)
    assert {name: cells.tolist() for name, cells in found.shown_by_variable.items()} == {
        "EARNINGS": [True, False, True]
    }
    assert found.hidden.tolist() == [False, True, False]


def test_answer_without_margins_showed_no_total() -> None:
    before = shown([], breakdown=["SEX"], margins=False)
    sexes = Layout((Axis.flat("SEX", ("F", "M")),))
    assert find_previous_cells(asked(breakdown=["SEX"]), sexes, before, CODES).shown.tolist() == [False, True, True]


def test_answers_tables_that_share_a_margin_in_sequence(tmp_path: Path) -> None:
    town = Town(tmp_path, people(3000))
    levels = town.ask([{"concept": "OCCUPATION", "digits": [1, 2]}])
    plain = town.ask(["OCCUPATION"])
    crossed = town.ask(["OCCUPATION", "SEX"])
    again = town.ask(["SEX", {"concept": "AGE", "bands": [25, 45, 65]}])
    assert all(value == values(levels)[codes] for codes, value in values(plain).items())
    assert all(value == values(plain)[codes[:1]] for codes, value in values(crossed).items() if codes[1] == "_T")
    assert again.cells
