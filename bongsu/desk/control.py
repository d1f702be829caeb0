"""Disclosure control of one table: chooses the hidden cells by all rules of the policy.

The hidden cells are the same for every statistic of a question, so that no statistic reveals a cell that another one hides.
The table of contributors is always protected, as if it were shown; so are weighted people and totals of variables.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bongsu.desk.audit import find_narrow_intervals
from bongsu.desk.primary_suppression import (
    has_too_few,
    is_shown_zero,
    protection_distance,
)
from bongsu.desk.secondary_suppression import ProtectionTask, protect_cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from bongsu.desk.layout import CellSystem, Layout
    from bongsu.desk.policy import Policy
    from bongsu.desk.previously_released import PreviousCells
    from bongsu.desk.score_codes import ScoreCodes
    from bongsu.store.microdata.expressions import SumPlan

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]


class ControlledTable(Protocol):
    """What the rules ask of a table: of one holding (tally.py), or of several nodes. Arrays are by cell."""

    @property
    def plan(self) -> SumPlan:
        """The plan of the question's sums."""

    @property
    def layout(self) -> Layout:
        """The axes of the table."""

    @property
    def scores(self) -> Mapping[str, ScoreCodes]:
        """The people by code of each score of the question."""

    @property
    def bound_largest(self) -> Callable[[Floats, Floats, Floats, int], Floats]:
        """The bound of the sum of the n largest contributions, a function of what `contributions` returns and n."""

    def contributors(self, name: str = "", column: str = "n") -> Floats:
        """Returns the contributors; with `name`, those with a value of the variable, or (column "some") a value not 0."""

    def records(self, name: str = "", column: str = "n") -> Floats:
        """Returns the counts that the table shows, for the same groups."""

    def weights(self) -> Floats | None:
        """Returns the weighted people; None if the contributors have no weights."""

    def is_binary(self, name: str) -> bool:
        """Whether every value of a variable is 0 or 1."""

    def contributions(self, name: str) -> tuple[Floats, Floats, Floats]:
        """Returns (total, largest, sum of squares) of the absolute weighted contributions."""

    def mean_weight(self, name: str) -> tuple[Floats, Floats]:
        """Returns the mean weight of a unit of weight, and the sum of weights, of those with a value."""

    def mean_steps(self, name: str, minimum: int) -> Floats:
        """Returns the steps to which the mean of a score is rounded."""


MAX_MOVEMENT = 10.0  # amounts are scaled so that the largest required movement is this: solvers use absolute tolerances


def choose_hidden_cells(
    layout: Layout, tasks: Sequence[ProtectionTask], policy: Policy, previous: PreviousCells
) -> Mask:
    """Returns a mask (cells,) of the cells to hide. `tasks`: from `protection_tasks`; `previous`: cells in earlier answers."""
    hidden = np.zeros(layout.cells, dtype=bool)
    for task in tasks:
        hidden |= task.sensitive
    hidden |= previous.hidden
    for task in tasks:
        hidden = protect_cells(layout, task, hidden)
    return hidden


def protection_tasks(tally: ControlledTable, policy: Policy, previous: PreviousCells) -> Iterator[ProtectionTask]:
    """Yields a task for each table to protect: contributors, weighted people, and the totals of each variable."""
    people, records = tally.contributors(), tally.records()
    alone = people == 1
    if policy.zeros == "protect":
        # Also protect against a reader who knows which cells must be empty (no employed person is unemployed).
        yield count_task(records, people, replace(policy, zeros="show"), (people == 0) | previous.shown, alone)
    yield count_task(records, people, policy, is_shown_zero(people, policy) | previous.shown, alone)
    weighted = tally.weights()
    if weighted is not None:
        none = np.zeros_like(weighted)
        needed = protection_distance(weighted, people, none, none, none, policy)
        yield amount_task(weighted, needed, is_shown_zero(people, policy) | previous.shown, alone)
    totals = {each.of for each in tally.plan.question.statistics if each.kind == "total"}
    for name in tally.plan.variables:
        fixed = is_shown_zero(people, policy) | previous.shown_by_variable.get(name, np.zeros_like(alone))
        having = tally.contributors(name)
        if not np.array_equal(having, people):
            yield count_task(tally.records(name), having, policy, fixed, alone)
            if name in totals:  # total / mean is the number of people with a value, and so gives the number without one
                without = people - having
                open_ = replace(policy, zeros="show")
                yield count_task(records - tally.records(name), without, open_, without == 0, without == 1)
        if name not in tally.plan.measures or tally.is_binary(name):
            # Values of 0 and 1 define a group of people and the others.
            some, records_of = tally.contributors(name, "some"), tally.records(name, "some")
            for group, table in ((some, records_of), (having - some, tally.records(name) - records_of)):
                yield count_task(table, group, replace(policy, zeros="show"), group == 0, group == 1)
        total, first, squares = tally.contributions(name)
        n = policy.dominance[0] if policy.dominance else 2
        largest = tally.bound_largest(first, squares, total, n)
        second = tally.bound_largest(first, squares, total, 2) - first
        needed = protection_distance(total, having, first, second, largest, policy)
        if name in tally.scores:
            codes = tally.scores[name]
            reveals = codes.find_revealing(tally.mean_steps(name, policy.minimum), policy)
            change = policy.minimum * codes.reach * tally.mean_weight(name)[0]
            needed = np.where(reveals, np.maximum(needed, change), needed)
        yield amount_task(total, needed, fixed, alone)


def count_task(records: Floats, contributors: Floats, policy: Policy, fixed: Mask, alone: Mask) -> ProtectionTask:
    """Returns the task for a table of contributors: a small count must seem possible from 0 up to the minimum.

    `records` are the counts that the table shows. They differ from `contributors` if these recur in every period.
    """
    few = has_too_few(contributors, policy)
    up, down = np.where(few, policy.minimum - contributors, 0.0), np.where(few, contributors, 0.0)
    return ProtectionTask(records, up, down, fixed, alone)


def amount_task(values: Floats, needed: Floats, fixed: Mask, alone: Mask) -> ProtectionTask:
    """Returns the task for a table of amounts: a sensitive one must seem possible `needed` above and below its value."""
    return scale_task(ProtectionTask(values, needed, np.minimum(needed, values), fixed, alone))


def scale_task(task: ProtectionTask) -> ProtectionTask:
    """Returns the task in a unit in which its largest required movement is MAX_MOVEMENT."""
    largest = max(task.up.max(initial=0.0), task.down.max(initial=0.0))
    scale = MAX_MOVEMENT / largest if largest > 0 else 1.0
    return replace(task, values=task.values * scale, up=task.up * scale, down=task.down * scale)


def is_protected(layout: CellSystem, tasks: Iterable[ProtectionTask], hidden: Mask) -> bool:
    """Whether the interval that a reader can derive is wide enough for every hidden cell of every table.

    Verifies `choose_hidden_cells` independently; the desk calls it before every answer.
    """
    return not any(
        find_narrow_intervals(layout, task.values, hidden & ~task.fixed, task.up, task.down, task.slack)
        for task in tasks
    )
