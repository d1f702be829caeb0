"""Disclosure control of one table: which cells its policy hides, all rules and all published sums together.

One pattern of hidden cells serves every statistic of a question: what would be derivable in one table from another that
shows more is hidden in both. The table of contributors is protected always, as if it were shown; weighted people and
totals of variables besides, where there are sums between cells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bongsu.desk.sensitive import distance, dominated, estimable, known_zero, largest_sum, too_few
from bongsu.desk.suppression import Task, protect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bongsu.desk.layout import Layout
    from bongsu.desk.policy import Policy
    from bongsu.desk.tally import Tally

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

SCALE = 10.0  # the largest movement that a programme is asked for; solvers work to absolute tolerances


def hidden_cells(tally: Tally, policy: Policy) -> Mask:
    """(cells,): which cells of the table are not shown."""
    tasks = list(_tasks(tally, policy))
    hidden = np.zeros(tally.layout.cells, dtype=bool)
    for task in tasks:
        hidden |= task.sensitive
    if policy.noise:
        return hidden  # the margins have noise of their own
    for task in tasks:
        hidden = protect(tally.layout, task, hidden)
    return hidden


def _tasks(tally: Tally, policy: Policy) -> Iterator[Task]:
    people = tally.contributors()
    fixed, alone = known_zero(people, policy), people == 1
    yield counts(people, policy, fixed, alone)
    if tally.plan.survey.design.weight:
        weighted = tally.cells(tally.sums("a"))
        none = np.zeros_like(weighted)
        yield _amounts(weighted, distance(weighted, people, none, none, none, policy), fixed, alone)
    for name in tally.plan.variables:
        having = tally.contributors(name)
        if not np.array_equal(having, people):
            yield counts(having, policy, known_zero(having, policy), alone)
        total, first, squares = tally.contributions(name)
        n = policy.dominance[0] if policy.dominance else 2
        largest = largest_sum(first, squares, total, n)
        second = largest_sum(first, squares, total, 2) - first
        needed = distance(total, having, first, second, largest, policy)
        dominant = (dominated(total, largest, policy) | estimable(total, first, second, policy)) & (having > 0)
        yield _amounts(
            total, np.where(dominant | (having < policy.minimum), needed, 0.0), known_zero(having, policy), alone
        )


def counts(contributors: Floats, policy: Policy, fixed: Mask, alone: Mask) -> Task:
    """What a table of contributors must withstand: a small count must seem possible from 0 up to the minimum."""
    few = too_few(contributors, policy)
    up, down = np.where(few, policy.minimum - contributors, 0.0), np.where(few, contributors, 0.0)
    return Task(contributors, up, down, fixed, alone)


def _amounts(values: Floats, needed: Floats, fixed: Mask, alone: Mask) -> Task:
    scale = SCALE / needed.max() if needed.max(initial=0.0) > 0 else 1.0
    return Task(values * scale, needed * scale, np.minimum(needed, values) * scale, fixed, alone)


def counts_audit(layout: Layout, contributors: Floats, hidden: Mask, policy: Policy) -> list[int]:
    """The cells whose number of contributors a reader could bound more tightly than the policy; none, if all is well."""
    from bongsu.desk.audit import too_tight

    task = counts(contributors, policy, known_zero(contributors, policy), contributors == 1)
    shown = hidden & ~task.fixed
    return [interval.cell for interval in too_tight(layout, contributors, shown, task.up, task.down)]
