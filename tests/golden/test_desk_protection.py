"""The tables of one question that are protected, and how far each cell must seem to reach, worked out by hand.

Women in regions N, S, W, X and Z: 12, 15, 3, 1 and none; each has a weight of 2. One man lives in Z.
  Earnings: N 700, 200 and ten times 10; S fourteen times 50 and one unknown; W 40 and two unknown; X 30.
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

PAY = {"N": [700, 200, *10 * [10]], "S": [*14 * [50], ""], "W": [40, "", ""], "X": [30]}
AGED_0 = {"N": 1, "S": 5, "W": 0, "X": 0}
NONE = np.zeros(6, bool)
NO_CELLS = PreviousCells(NONE, NONE, {})


def tasks(
    folder: Path, policy: str = "", previous: PreviousCells = NO_CELLS
) -> tuple[tuple[str, ...], list[ProtectionTask]]:
    """The regions in the order of the cells, and the tables of: mean age, total earnings, by region, of women."""
    rows = [
        {"sex": "F", "age": str(0 if number < AGED_0[region] else 1), "job": "11", "region": region}
        | {"pay": str(pay), "w": "2"}
        for region, amounts in PAY.items()
        for number, pay in enumerate(amounts)
    ]
    rows.append({**rows[0], "sex": "M", "region": "Z"})
    town = Town(folder, rows, design='[design]\nweight = "w"\n', policy=policy)
    statistics = [{"kind": "mean", "of": "AGE"}, {"kind": "total", "of": "EARNINGS"}]
    asked = Question.from_data(
        {"holding": "town", "breakdown": ["REGION"], "statistics": statistics, "where": {"SEX": ["F"]}}
    )
    plan = plan_question(town.node, town.holdings, town.holdings.get("town"), asked, None)
    groups, strata = (
        expressions.run_expression(expression, plan.source, {})
        for expression in (
            expressions.sum_expression(plan.sums, signed=plan.signed),
            expressions.strata_expression(plan.sums.survey),
        )
    )
    tally = build_tally(plan.sums, groups, strata, plan.codes, plan.policy)
    codes = tuple(tally.layout.codes(cell)[0] for cell in range(tally.layout.cells))
    return codes, list(protection_tasks(tally, plan.policy, previous))


def numbers(task: ProtectionTask) -> list[list[float]]:
    return [each.tolist() for each in (task.values, task.up, task.down)]


def chosen(mask: np.ndarray) -> list[str]:
    return [code for code, each in zip(("_T", "N", "S", "W", "X", "Z"), mask, strict=True) if each]


def test_tables_of_contributors(tmp_path: Path) -> None:
    codes, found = tasks(tmp_path)
    assert codes == ("_T", "N", "S", "W", "X", "Z")
    people, again, _, ones, zeros, _, earners, without, _ = found
    # For a reader who knows which cells are empty, and for one who does not.
    assert numbers(people) == [[31, 12, 15, 3, 1, 0], [0, 0, 0, 7, 9, 0], [0, 0, 0, 3, 1, 0]]
    assert numbers(again) == [[31, 12, 15, 3, 1, 0], [0, 0, 0, 7, 9, 10], [0, 0, 0, 3, 1, 0]]
    assert (chosen(people.fixed), chosen(again.fixed)) == (["Z"], [])
    assert chosen(people.alone) == chosen(again.alone) == ["X"]
    # A mean of zeros and ones shows how many have which.
    assert numbers(ones) == [[25, 11, 10, 3, 1, 0], [0, 0, 0, 7, 9, 0], [0, 0, 0, 3, 1, 0]]
    assert numbers(zeros) == [[6, 1, 5, 0, 0, 0], [4, 9, 5, 0, 0, 0], [6, 1, 5, 0, 0, 0]]
    assert (chosen(zeros.fixed), chosen(zeros.alone)) == (["W", "X", "Z"], ["N"])
    # A total of earnings shows who has earnings and, with their mean, who has none.
    assert numbers(earners) == [[28, 12, 14, 1, 1, 0], [0, 0, 0, 9, 9, 10], [0, 0, 0, 1, 1, 0]]
    assert numbers(without) == [[3, 0, 1, 2, 0, 0], [7, 0, 9, 8, 0, 0], [3, 0, 1, 2, 0, 0]]
    assert (chosen(without.fixed), chosen(without.alone)) == (["N", "X", "Z"], ["S"])


@pytest.mark.parametrize(
    ("policy", "people", "ages", "earnings"),
    [
        ("", [0.6, 0.2], [0.6, 0.3529412], [123.4931, 14.1176, 10.5882]),
        ("dominance = [2, 98]\np_percent = 20", [1.2, 0.4], [1.2, 0.4], [84.9691, 16, 12]),
    ],
)
def test_tables_of_amounts(
    tmp_path: Path, policy: str, people: list[float], ages: list[float], earnings: list[float]
) -> None:
    """Weighted people of W and X: 10 % or 20 % of 6 and 2. Ages of W too, as the two largest of three are 67 %; that of X is
    dominated, 100/85 of 2 is 0.35 more, and 20 % are 0.4.

    Earnings of N: the largest is 1,400 of 2,000, the others' squares are 4 (200^2 + 10 x 10^2) = 164,000, so that the two
    largest are at most 1,400 + 404.97 = 1,804.97 and the cell could be 100/85 of that: 123.49 more. By 10 % of the largest,
    140, the remainder of 195.03 is enough; by 20 % it is 84.97 short, and 1,804.97 are less than 98 %. Earnings of W and X
    are one person's 80 and 60: 100/85 of 80 is 14.12 more, of 60 10.59; 20 % are 16 and 12.
    """
    _, found = tasks(tmp_path, policy)
    weighted, age, pay = found[2], found[5], found[8]
    for task, values, needed in (
        (weighted, [62, 24, 30, 6, 2, 0], [0, 0, 0, *people, 0]),
        (age, [50, 22, 20, 6, 2, 0], [0, 0, 0, *ages, 0]),
        (pay, [3540, 2000, 1400, 80, 60, 0], [0, earnings[0], 0, *earnings[1:], 0]),
    ):
        unit = task.values[0] / values[0]
        assert task.values == pytest.approx(np.array(values) * unit)
        assert task.up == pytest.approx(np.array(needed) * unit, rel=1e-5)
        assert task.down == pytest.approx(np.array(needed) * unit, rel=1e-5)
        assert not task.fixed.any()


def test_cells_of_earlier_answers_are_known(tmp_path: Path) -> None:
    people, pay = (np.isin(np.arange(6), cells) for cells in ([0, 2], [1]))
    _, found = tasks(tmp_path, previous=PreviousCells(NONE, people, {"EARNINGS": pay}))
    assert [chosen(task.fixed) for task in found[:3]] == [["_T", "S", "Z"], ["_T", "S"], ["_T", "S"]]
    assert [chosen(found[i].fixed) for i in (5, 6, 8)] == [[], ["N"], ["N"]]


def corner(**changes: np.ndarray) -> tuple[Layout, ProtectionTask]:
    """A table of 4, 20, 30 and 40 people with margins, whose first cell is sensitive."""
    layout = Layout(tuple(Axis.flat(name, ("1", "2")) for name in "AB"))
    values = layout.sums(np.array([[4, 20], [30, 40]], float))
    up = np.where(values == 4, 6.0, 0.0)
    parts = {"fixed": np.zeros(9, bool), "alone": np.zeros(9, bool), **changes}
    return layout, ProtectionTask(values, up, np.where(values == 4, 4.0, 0.0), **parts)


INNER = np.array([4, 5, 7, 8])  # of the nine cells: 4, 20, 30, 40; the others are margins


def test_hidden_cells_keep_the_sensitive_cell_from_being_computed() -> None:
    """The sensitive cell, those from which it could be computed, and what earlier answers hid."""
    layout, task = corner()
    once = np.zeros(9, bool)
    once[1] = True  # a margin that an earlier answer hid
    previous = PreviousCells(once, np.zeros(9, bool), {})
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
