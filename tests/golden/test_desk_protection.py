"""The tables of one question that are protected, and how far each cell must seem to reach, worked out by hand.

Regions N, S and W have 12, 15 and 3 people, each of a weight of 2.
  Earnings: N 700, 200 and ten times 10; S fourteen times 50 and one unknown; W 40 and two unknown.
  Age: 1, but 0 for one of N and five of S.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bongsu.core.microdata_question import Question
from bongsu.desk.control import choose_hidden_cells, is_protected, protection_tasks
from bongsu.desk.layout import Axis, Layout
from bongsu.desk.planning import plan_question
from bongsu.desk.policy import Policy
from bongsu.desk.previously_released import PreviousCells
from bongsu.desk.secondary_suppression import ProtectionTask
from bongsu.desk.tally import build_tally
from bongsu.store.microdata import expressions
from tests.desk.town import Town

PAY = {"N": [700, 200, *10 * [10]], "S": [*14 * [50], ""], "W": [40, "", ""]}
AGED_0 = {"N": 1, "S": 5, "W": 0}
NONE = np.zeros(4, bool)
NO_CELLS = PreviousCells(NONE, NONE, {})


def tasks(folder: Path, previous: PreviousCells = NO_CELLS) -> tuple[tuple[str, ...], list[ProtectionTask]]:
    """The regions in the order of the cells, and the tables of: mean age, total earnings, by region."""
    rows = [
        {"sex": "F", "age": str(0 if number < AGED_0[region] else 1), "job": "11", "region": region}
        | {"pay": str(pay), "w": "2"}
        for region, amounts in PAY.items()
        for number, pay in enumerate(amounts)
    ]
    town = Town(folder, rows, design='[design]\nweight = "w"\n')
    statistics = [{"kind": "mean", "of": "AGE"}, {"kind": "total", "of": "EARNINGS"}]
    asked = Question.from_data({"holding": "town", "breakdown": ["REGION"], "statistics": statistics})
    plan = plan_question(town.node, town.holdings, town.holdings.get("town"), asked, None)
    groups, strata = (
        expressions.run_expression(expression, plan.source, {})
        for expression in (
            expressions.sum_expression(plan.sums, keys=False, signed=plan.signed),
            expressions.strata_expression(plan.sums.survey),
        )
    )
    tally = build_tally(plan.sums, groups, strata, plan.codes, plan.policy)
    codes = tuple(tally.layout.codes(cell)[0] for cell in range(tally.layout.cells))
    return codes, list(protection_tasks(tally, plan.policy, previous))


def numbers(task: ProtectionTask) -> list[list[float]]:
    return [each.tolist() for each in (task.values, task.up, task.down)]


def test_tables_of_contributors(tmp_path: Path) -> None:
    codes, found = tasks(tmp_path)
    assert codes == ("_T", "N", "S", "W")
    people, again, _, ones, zeros, _, earners, without, _ = found
    for task in (people, again):  # for a reader who knows the empty cells, and for one who does not
        assert numbers(task) == [[30, 12, 15, 3], [0, 0, 0, 7], [0, 0, 0, 3]]
        assert (task.fixed.tolist(), task.alone.tolist()) == ([False] * 4, [False] * 4)
    # A mean of zeros and ones shows how many have which.
    assert numbers(ones) == [[24, 11, 10, 3], [0, 0, 0, 7], [0, 0, 0, 3]]
    assert numbers(zeros) == [[6, 1, 5, 0], [4, 9, 5, 0], [6, 1, 5, 0]]
    assert zeros.fixed.tolist() == [False, False, False, True]
    assert zeros.alone.tolist() == [False, True, False, False]
    # A total of earnings shows who has earnings and, with their mean, who has none.
    assert numbers(earners) == [[27, 12, 14, 1], [0, 0, 0, 9], [0, 0, 0, 1]]
    assert numbers(without) == [[3, 0, 1, 2], [7, 0, 9, 8], [3, 0, 1, 2]]
    assert without.fixed.tolist() == [False, True, False, False]
    assert without.alone.tolist() == [False, False, True, False]


def test_tables_of_amounts(tmp_path: Path) -> None:
    """Weighted people of W: 10 % of 6. Ages of W: 10 % of 6 too, as the two largest of three are 67 %.

    Earnings of N: the largest is 1,400 of 2,000, the others' squares are 4 (200^2 + 10 x 10^2) = 164,000, so that the two
    largest are at most 1,400 + 404.97 = 1,804.97 and the cell could be 100/85 of that: 123.49 more. By 10 % of the largest,
    140, the remainder of 195.03 is enough. Earnings of W are one person's 80: 100/85 of 80 is 14.12 more, 10 % are 8.
    """
    _, found = tasks(tmp_path)
    weighted, ages, earnings = found[2], found[5], found[8]
    for task, values, needed in (
        (weighted, [60, 24, 30, 6], [0, 0, 0, 0.6]),
        (ages, [48, 22, 20, 6], [0, 0, 0, 0.6]),
        (earnings, [3480, 2000, 1400, 80], [0, 123.4931, 0, 14.1176]),
    ):
        unit = task.values[0] / values[0]
        assert task.values == pytest.approx(np.array(values) * unit)
        assert task.up == pytest.approx(np.array(needed) * unit, rel=1e-5)
        assert task.down == pytest.approx(np.array(needed) * unit, rel=1e-5)
        assert not task.fixed.any()


def test_cells_of_earlier_answers_are_known(tmp_path: Path) -> None:
    people, pay = np.array([True, False, True, False]), np.array([False, True, False, False])
    _, found = tasks(tmp_path, PreviousCells(NONE, people, {"EARNINGS": pay}))
    assert [task.fixed.tolist() for task in found[:3]] == [people.tolist()] * 3
    assert found[5].fixed.tolist() == NONE.tolist()
    assert [found[i].fixed.tolist() for i in (6, 8)] == [pay.tolist()] * 2


def corner(**changes: np.ndarray) -> tuple[Layout, ProtectionTask]:
    """A table of 4, 20, 30 and 40 people with margins, whose first cell is sensitive."""
    layout = Layout(tuple(Axis.flat(name, ("1", "2")) for name in "AB"))
    values = layout.sums(np.array([[4, 20], [30, 40]], float))
    up = np.where(values == 4, 6.0, 0.0)
    parts = {"fixed": np.zeros(9, bool), "alone": np.zeros(9, bool), **changes}
    return layout, ProtectionTask(values, up, np.where(values == 4, 4.0, 0.0), **parts)


INNER = np.array([4, 5, 7, 8])  # of the nine cells: 4, 20, 30, 40; the others are margins


def test_hidden_cells_with_noise_and_without() -> None:
    """With noise, the sensitive cell; without, those that keep it from being computed, and what earlier answers hid."""
    layout, task = corner()
    once = np.zeros(9, bool)
    once[1] = True  # a margin that an earlier answer hid
    previous = PreviousCells(once, np.zeros(9, bool), {})
    noisy = choose_hidden_cells(layout, [task], Policy(noise=3), previous)
    assert np.flatnonzero(noisy).tolist() == [4]
    hidden = choose_hidden_cells(layout, [task], Policy(), PreviousCells(*np.zeros((2, 9), bool), {}))
    assert np.flatnonzero(hidden).tolist() == INNER.tolist()
    again = choose_hidden_cells(layout, [task], Policy(), previous)
    assert again[1]
    assert not again[0]


def test_cell_that_readers_know_protects_no_other() -> None:
    layout, task = corner()
    hidden = np.isin(np.arange(9), INNER)
    assert is_protected(layout, [task], hidden)
    _, known = corner(fixed=np.arange(9) == 5)  # 24 less 20 is 4
    assert not is_protected(layout, [known], hidden)
