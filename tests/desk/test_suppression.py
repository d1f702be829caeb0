"""Laws of disclosure control: in any table, the audit finds no hidden cell whose bounds are too narrow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.core.errors import Refused
from bongsu.desk.audit import find_intervals, find_narrow_intervals
from bongsu.desk.control import MAX_MOVEMENT, amount_task
from bongsu.desk.layout import UNKNOWN, Axis, Layout, cut_code
from bongsu.desk.linear import LinearProgramme
from bongsu.desk.policy import Policy
from bongsu.desk.secondary_suppression import ProtectionTask, protect_cells
from tests.desk.town import Town, people, values

POLICY = Policy()


def flat(*sizes: int) -> Layout:
    return Layout(tuple(Axis.flat(f"D{i}", tuple(f"{j:02d}" for j in range(size))) for i, size in enumerate(sizes)))


def counts_task(values: np.ndarray, minimum: int = 10, zeros: str = "protect") -> ProtectionTask:
    few = (values < minimum) & ((values > 0) | (zeros == "protect"))
    return ProtectionTask(
        values,
        np.where(few, minimum - values, 0.0),
        np.where(few, values, 0.0),
        (values == 0) & (zeros == "show"),
        values == 1,
    )


def test_cell_with_any_protection_distance_is_sensitive() -> None:
    task = ProtectionTask(
        np.array([9.5, 3.0, 20.0]),
        up=np.array([0.5, 0.0, 0.0]),
        down=np.array([0.0, 0.5, 0.0]),
        fixed=np.zeros(3, dtype=bool),
        alone=np.zeros(3, dtype=bool),
    )
    assert task.sensitive.tolist() == [True, True, False]


def nothing(layout: Layout) -> np.ndarray:
    return np.zeros(layout.cells, dtype=bool)


def hierarchy() -> Axis:
    return Axis.by_prefix("OCCUPATION", ("11", "12", "21", "22", "23", "9", UNKNOWN), (1, 2))


def test_unknown_codes_are_a_leaf_of_their_own_at_one_digit() -> None:
    """The unknown code was cut to “_”, a row that hid a good cell."""
    axis = Axis.by_prefix("OCCUPATION", ("1", "2", UNKNOWN), (1,))
    assert axis.codes == ("_T", "1", "2", UNKNOWN)
    assert cut_code(UNKNOWN, (1,)) == UNKNOWN


def test_axis_by_prefix_is_a_tree() -> None:
    axis = hierarchy()
    assert axis.codes == ("_T", "1", "11", "12", "2", "21", "22", "23", "9", "9_U", "_U")
    assert [axis.codes[p] if p >= 0 else "" for p in axis.parents] == [
        "", "_T", "1", "1", "_T", "2", "2", "2", "_T", "9", "_T",
    ]  # fmt: skip
    assert axis.positions == {"11": 0, "12": 1, "21": 2, "22": 3, "23": 4, "9_U": 5, "_U": 6}


@given(st.lists(st.integers(0, 50), min_size=21, max_size=21))
def test_equations_hold_for_every_margin(leaves: list[int]) -> None:
    layout = Layout((hierarchy(), Axis.flat("SEX", ("F", "M", "X"))))
    values = layout.sums(np.array(leaves, float).reshape(layout.leaf_shape))
    rows, cells, signs, count = layout.equations
    assert np.bincount(rows, signs * values[cells], minlength=count) == pytest.approx(0)
    assert values[0] == sum(leaves)
    # one equation for every margin, none twice
    assert count == layout.cells - len(leaves)


tables = st.tuples(
    st.sampled_from(["5x6", "3x4x3", "hierarchy"]), st.integers(0, 2**32 - 1), st.sampled_from([4, 12, 40, 150])
)


@settings(max_examples=40, deadline=None)
@given(tables, st.sampled_from(["protect", "show"]))
def test_sensitive_cells_cannot_be_bounded(table: tuple[str, int, int], zeros: str) -> None:
    kind, seed, mean = table
    layout = {
        "5x6": flat(5, 6),
        "3x4x3": flat(3, 4, 3),
        "hierarchy": Layout((hierarchy(), Axis.flat("SEX", ("F", "M")))),
    }[kind]
    random = np.random.default_rng(seed)
    values = layout.sums(random.poisson(random.lognormal(np.log(mean), 1, layout.leaf_shape)))
    task = counts_task(values, zeros=zeros)
    try:
        hidden = protect_cells(layout, task, nothing(layout))
    except Refused:  # too few people for any pattern to protect them: the whole table is refused
        return
    assert hidden[task.sensitive].all()
    assert not find_narrow_intervals(layout, values, hidden, task.up, task.down)


def test_cell_of_single_contributor_does_not_protect_other_cells() -> None:
    """Two cells of one person each in one row: each of the two knows their own cell and could compute the other."""
    layout = flat(3, 3)
    values = layout.sums(np.array([[1, 1, 90], [80, 70, 60], [50, 40, 30]], float))
    task = counts_task(values)
    hidden = protect_cells(layout, task, nothing(layout))
    for known in np.flatnonzero(values == 1):  # the attacker knows their own cell
        others = hidden.copy()
        others[known] = False
        up, down = task.up.copy(), task.down.copy()
        up[known] = down[known] = 0
        assert not find_narrow_intervals(layout, values, others, up, down)


def test_audit_finds_cell_that_primary_suppression_reveals() -> None:
    layout = flat(2, 2)
    values = layout.sums(np.array([[4, 20], [30, 40]], float))
    task = counts_task(values)
    found = find_narrow_intervals(layout, values, task.sensitive, task.up, task.down)
    assert [(cell.low, cell.high) for cell in found] == [(4, 4)]
    hidden = protect_cells(layout, task, nothing(layout))
    assert hidden.sum() == 4
    (interval,) = find_intervals(layout, values, hidden, np.flatnonzero(task.sensitive))
    assert interval.low == 0
    assert interval.high >= POLICY.minimum


def test_hides_only_sensitive_cells_without_margins() -> None:
    layout = Layout((Axis.flat("A", ("1", "2", "3"), total=False),))
    task = counts_task(np.array([4.0, 20, 30]))
    hidden = protect_cells(layout, task, nothing(layout))
    assert hidden.tolist() == [True, False, False]
    assert not find_narrow_intervals(layout, task.values, hidden, task.up, task.down)


def test_hides_small_cells_and_no_margins() -> None:
    """4 is protected by 20 and 30 in its row and column, and by 25 where these meet: the smallest of its neighbours."""
    layout = flat(3, 3)
    task = counts_task(layout.sums(np.array([[4, 20, 90], [30, 25, 85], [80, 70, 99]], float)))
    hidden = protect_cells(layout, task, nothing(layout)).reshape(4, 4)
    assert hidden.astype(int).tolist() == [[0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]]
    known = replace(task, fixed=task.values == 20)  # a cell that every reader knows protects no other
    hidden = protect_cells(layout, known, nothing(layout)).reshape(4, 4)
    assert hidden.astype(int).tolist() == [[0, 0, 0, 0], [0, 1, 0, 1], [0, 1, 0, 1], [0, 0, 0, 0]]


def test_second_round_hides_fewer_cells() -> None:
    """In six tables of 5 by 6 cells 69 are hidden; with one round there would be 76, with cheap margins 78."""
    layout, hidden = flat(5, 6), 0
    for seed in (4, 14, 19, 26, 29, 33):
        random = np.random.default_rng(seed)
        task = counts_task(
            layout.sums(random.poisson(random.lognormal(np.log(25), 1, layout.leaf_shape)).astype(float))
        )
        hidden += int(protect_cells(layout, task, nothing(layout)).sum())
    assert hidden <= 70


def test_table_of_2500_cells_needs_few_linear_programmes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sensitive cells share programmes; one by one, 96 cells would take more than 192. bench/desk_question.py has the time."""
    layout = flat(50, 50)
    random = np.random.default_rng(7)
    values = layout.sums(random.poisson(random.lognormal(np.log(60), 1, layout.leaf_shape)))
    task = counts_task(values)
    runs: list[int] = []
    solve, is_feasible = LinearProgramme.solve, LinearProgramme.is_feasible
    monkeypatch.setattr(LinearProgramme, "solve", lambda self: (runs.append(1), solve(self))[1])
    monkeypatch.setattr(
        LinearProgramme, "is_feasible", lambda self, *bounds: (runs.append(1), is_feasible(self, *bounds))[1]
    )
    hidden = protect_cells(layout, task, nothing(layout))
    assert task.sensitive.sum() == 96
    assert len(runs) <= 36
    assert not find_narrow_intervals(layout, values, hidden, task.up, task.down)
    assert hidden.sum() < 2.5 * task.sensitive.sum()  # hiding everything would also protect


@pytest.mark.parametrize(
    ("cell", "up", "down", "is_narrow"),
    [
        # All four cells hidden: rows sum to 24 and 70, columns to 34 and 60. The first is 0 to 24, the last 36 to 60.
        (0, 20, 4, False),
        (0, 21, 4, True),
        (3, 20, 4, False),
        (3, 20, 5, True),
        (3, 21, 4, True),
        # Up to a millionth of the value is the solver's rounding; more is not.
        (0, 20 + 2e-6, 4, False),
        (0, 20 + 1e-5, 4, True),
    ],
)
def test_interval_is_narrow_if_it_misses_up_or_down(cell: int, up: float, down: float, is_narrow: bool) -> None:
    layout = flat(2, 2)
    values = layout.sums(np.array([[4, 20], [30, 40]], float))
    inner = np.flatnonzero(layout.margin_depths == 0)
    hidden, ups, downs = np.zeros((3, layout.cells))
    hidden[inner] = 1
    ups[inner[cell]], downs[inner[cell]] = up, down
    assert bool(find_narrow_intervals(layout, values, hidden > 0, ups, downs)) == is_narrow


def test_margin_depth_counts_summed_axes() -> None:
    depths = flat(2, 2).margin_depths.reshape(3, 3)
    assert depths.tolist() == [[2, 1, 1], [1, 0, 0], [1, 0, 0]]


def test_amounts_keep_their_proportions_when_they_are_scaled() -> None:
    """A solver needs moderate numbers; how far a cell must stay from being known is in the unit of its value."""
    amounts, needed = np.array([4e9, 2e6, 0.0]), np.array([1e8, 3e6, 0.0])
    task = amount_task(amounts, needed, np.zeros(3, bool), np.zeros(3, bool))
    factor = task.values[0] / amounts[0]
    assert task.values == pytest.approx(amounts * factor)
    assert task.up == pytest.approx(needed * factor)
    assert task.down == pytest.approx(np.array([1e8, 2e6, 0.0]) * factor)  # an amount cannot be negative
    assert task.up.max() == pytest.approx(MAX_MOVEMENT)


def test_axis_has_the_unknown_code_of_the_holding_if_zeros_are_protected(tmp_path: Path) -> None:
    """Whether somebody of the population has no age is not revealed; a population of given ages has nobody without one."""
    rows = people(400)
    for row in rows[:40]:
        row["age"], row["sex"] = "", "M"
    town = Town(tmp_path, rows, policy='zeros = "protect"')
    bands = [{"concept": "AGE", "bands": [40]}]
    assert {codes[0] for codes in values(town.compute(bands, where={"SEX": ["F"]}))} == {"<40", ">=40", "_U", "_T"}
    assert {codes[0] for codes in values(town.compute(bands, where={"AGE": {"from": 20}}))} == {"<40", ">=40", "_T"}
