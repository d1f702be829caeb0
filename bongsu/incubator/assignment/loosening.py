"""Says what to loosen where no assignment meets all constraints: the least that makes one possible, by an elastic programme.

Each constraint may be broken at a price. Barred and declined pairs and reviews that have started are never loosened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bongsu.incubator.assignment.problem import Problem
from bongsu.incubator.assignment.programme import Programme
from bongsu.incubator.assignment.solver import Rows, solve

# What it costs to break a constraint by one: a person's load is loosened before an application gets fewer reviews.
PRICES: Mapping[str, float] = {
    "load-most": 1.0,
    "load-least": 1.0,
    "organisation": 1.5,
    "family": 1.5,
    "floor": 1.0,
    "reviews": 4.0,
    "expertise": 2.0,
    "language": 2.5,
    "cap": 0.5,
}
_RULES = frozenset({"expertise", "language"})


@dataclass(frozen=True, slots=True)
class Loosening:
    """A constraint to loosen: its code, what it is of, and by how much."""

    code: str
    of: tuple[str, ...]
    by: float


def find_loosenings(problem: Problem) -> tuple[Loosening, ...]:
    """Returns the cheapest set of constraints to loosen; empty if all can be met."""
    programme = Programme(problem, without=_RULES)
    parameters = problem.parameters
    given = parameters.objective == "floor" and parameters.floor is not None
    rows = programme.add_floor(parameters.floor or 0.0) if given else programme.rows
    gains = [-_price(programme, column) for column in range(len(programme.gains))]
    low, high = [*programme.low], [*programme.high]
    tags: list[tuple[str, tuple[str, ...]]] = []

    def add_slack(tag: tuple[str, tuple[str, ...]], most: float) -> int:
        tags.append(tag)
        gains.append(-PRICES[tag[0]])
        low.append(0.0)
        high.append(most)
        return len(gains) - 1

    elastic = Rows()
    for columns, factors, least, most, tag in zip(
        rows.columns, rows.factors, rows.low, rows.high, rows.tags, strict=True
    ):
        sign = -1.0 if tag[0] in ("load-most", "organisation", "family") else 1.0
        slack = add_slack(tag, float(len(columns) + abs(least if sign > 0 else most)))
        elastic.add(tag, np.append(columns, slack), least, most, np.append(factors, sign))
    if parameters.objective == "random":
        for index, need in enumerate(programme.needs):
            columns = programme.column[index][programme.column[index] >= 0]
            fixed = programme.low[columns] > 0
            most = float(fixed.sum() + parameters.cap * (~fixed).sum())
            slack = add_slack(("cap", (need.number,)), float(need.reviews))
            tag = ("cap", (need.number,))
            elastic.add(tag, np.append(columns, slack), -np.inf, most, np.append(np.ones(len(columns)), -1.0))
    start = len(programme.gains)
    arrays = [np.array(values, dtype=float) for values in (gains, low, high)]
    found = solve(arrays[0], arrays[1], arrays[2], elastic)
    if found and found.gain > -1e-6:  # only whole pairs are impossible
        found = solve(arrays[0], arrays[1], arrays[2], elastic, integer=True)
    if found is None:
        return ()
    loosened = [
        Loosening(*tag, round(float(by), 6)) for tag, by in zip(tags, found.values[start:], strict=True) if by > 1e-6
    ]
    for column in np.nonzero(found.values[:start] > 1e-6)[0]:
        place = programme.application[column], programme.reviewer[column]
        of = (programme.loads[place[1]].id, programme.needs[place[0]].number)
        loosened += [
            Loosening(rule, of, 1.0)
            for rule in sorted(_RULES)
            if programme.excluded[rule][place] and not programme.low[column]
        ]
    return tuple(sorted(loosened, key=lambda one: (one.code, one.of)))


def _price(programme: Programme, column: int) -> float:
    """Returns what it costs to choose a pair that a rule leaves out; nothing for other pairs."""
    place = programme.application[column], programme.reviewer[column]
    return sum(PRICES[rule] for rule in _RULES if programme.excluded[rule][place] and not programme.low[column])
