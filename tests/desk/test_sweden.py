"""A register of persons by occupation, month and age group, in which many cells count fewer than five people.

The published register has 423 occupations and 78 months; the excerpt is drawn at random with similar counts. No cell below the
minimum is shown or can be derived: the test computes the bounds of each from the shown cells by linear programming.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import highspy
import numpy as np
import pytest

from bongsu.core.errors import Refused
from bongsu.core.microdata_question import Question
from bongsu.core.publication_plan import PublicationPlan
from bongsu.desk.asking import Desk
from bongsu.desk.audit import find_narrow_intervals
from bongsu.desk.control import count_task
from bongsu.desk.layout import TOTAL, Axis, Layout
from bongsu.desk.plans.setting import set_plan
from bongsu.desk.policy import Policy
from bongsu.desk.secondary_suppression import protect_cells
from bongsu.store.microdata.holdings import Holdings
from bongsu.store.node import Node

MAPPING = Path(__file__).parent / "mappings" / "sweden-register.toml"
FILE = "work/sweden_employment_occupation_month.csv"
MINIMUM = 10
Table = dict[tuple[str, str], float]


@pytest.fixture(scope="module")
def months(data: Path) -> dict[str, Table]:
    found: dict[str, Table] = {}
    with (data / FILE).open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            table = found.setdefault(row["year_month"], {})
            table[row["ssyk4"].zfill(4), row["young"]] = float(row["n_employed"])
    return found


def bounds(true: Table, shown: dict[tuple[str, str], float | None]) -> Iterator[tuple[float, float, float]]:
    """Yields (true value, lower bound, upper bound) of every hidden cell, given the shown cells and that none is negative."""
    hidden = [key for key in sorted({*true, *shown}) if TOTAL not in key and shown.get(key) is None]
    place = {key: number for number, key in enumerate(hidden)}
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("simplex_strategy", 4)
    for _ in hidden:
        solver.addVar(0.0, highspy.kHighsInf)
    for margin, value in shown.items():
        if TOTAL in margin and value is not None:
            inside = [
                k for k in shown if TOTAL not in k and all(m in (TOTAL, c) for m, c in zip(margin, k, strict=True))
            ]
            rest = value - sum(shown[key] or 0.0 for key in inside)
            columns = np.array([place[key] for key in inside if key in place], np.int32)
            solver.addRow(rest, rest, len(columns), columns, np.ones(len(columns)))
    for key, number in place.items():
        ends = []
        for sign in (1.0, -1.0):
            solver.changeColCost(number, sign)
            solver.run()
            unbounded = solver.getModelStatus() != highspy.HighsModelStatus.kOptimal
            ends.append(np.inf if unbounded else sign * solver.getInfo().objective_function_value)
        solver.changeColCost(number, 0.0)
        yield true.get(key, 0.0), ends[0], ends[1]


def check(true: Table, shown: dict[tuple[str, str], float | None]) -> int:
    """Checks that no small cell is shown and that its bounds include 0 and the minimum. Returns the number of small cells."""
    for key, value in shown.items():
        assert value is None or value >= MINIMUM, key
    small = [each for each in bounds(true, shown) if each[0] < MINIMUM]
    for _, least, most in small:
        assert least <= 1e-6
        assert most >= MINIMUM - 1e-6
    return sum(1 for number, *_ in small if 0 < number < 5)


def test_cells_of_one_month_are_protected(months: dict[str, Table], whole: bool) -> None:
    for table in list(months.values())[::26]:
        codes = sorted({code for code, _ in table})
        layout = Layout((Axis.flat("OCCUPATION", tuple(codes)), Axis.flat("YOUNG", ("0", "1"))))
        people = layout.sums(np.array([[table.get((code, young), 0.0) for young in ("0", "1")] for code in codes]))
        task = count_task(people, people, Policy(), np.zeros(layout.cells, bool), people == 1)
        hidden = protect_cells(layout, task, np.zeros(layout.cells, bool))
        shown: dict[tuple[str, str], float | None] = {
            (first, second): None if gone else float(value)
            for (first, second), value, gone in zip(map(layout.codes, range(layout.cells)), people, hidden, strict=True)
        }
        assert not find_narrow_intervals(layout, people, hidden, task.up, task.down)
        assert check(table, shown) == sum(0 < n < 5 for n in table.values())
    assert sum(n < 5 for table in months.values() for n in table.values()) == (2386 if whole else 444)


def test_answers_about_register_protect_small_cells(tmp_path: Path, months: dict[str, Table]) -> None:
    """One month as a holding whose plan has occupation by age group."""
    month = months["2020-03"]
    rows = [f"{code},2020-03,{young},1,{number:.0f}" for (code, young), number in month.items()]
    path = tmp_path / "month.csv"
    path.write_text("\n".join(["ssyk4,year_month,young,exposure_quartile,n_employed", *rows]) + "\n", encoding="utf-8")
    node = Node.create(tmp_path / "node")
    holdings = Holdings(node)
    holdings.add(path, MAPPING.read_text(encoding="utf-8"))
    desk = Desk(node, holdings)
    tables = [{"by": ["OCCUPATION", "YOUNG"]}]
    plan = {"holding": "sweden-register", "classifications": {"OCCUPATION": {}, "YOUNG": {}}, "tables": tables}
    set_plan(node, holdings, desk, PublicationPlan.from_data(plan))

    def ask(breakdown: list[str], where: dict[str, list[str]]) -> dict[tuple[str, ...], float | None]:
        question = {"holding": "sweden-register", "breakdown": breakdown, "where": where}
        asked = Question.from_data({**question, "statistics": [{"kind": "count"}]})
        return {cell.codes: cell.value for cell in desk.ask(asked).cells}

    both = {(code, young): value for (code, young), value in ask(["OCCUPATION", "YOUNG"], {}).items()}
    assert check(month, both) > 0
    young = ask(["OCCUPATION"], {"YOUNG": ["1"]})
    assert all(young[(code,)] == both[code, "1"] for code, _ in both)  # the same cells are hidden again
    few = [code for (code, young), n in month.items() if young == "1" and 0 < n < 5]
    rest = sorted({code for code, _ in month} - set(few[:1]))
    assert ask([], {"YOUNG": ["1"], "OCCUPATION": few[:1]}) == {(): None}
    with pytest.raises(Refused, match="sums of cells"):  # a person has records in several occupations
        ask([], {"YOUNG": ["1"], "OCCUPATION": rest})
