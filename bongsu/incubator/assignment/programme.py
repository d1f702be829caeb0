"""An assignment as a linear programme: one column for each pair that may be, rows for what must hold.

Applications and reviewers are in the order of their names, so that the order of the input does not matter.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from bongsu.incubator.assignment.problem import DIGITS, Pair, Problem
from bongsu.incubator.assignment.solver import Floats, Numbers, Rows, Solution, solve

Tag = tuple[str, tuple[str, ...]]  # which constraint, and of what: loosening.py names it
INFINITE = float("inf")
_LOSSES = (0.05, 0.2)  # of a score


class Programme:
    """The columns and rows of a problem. `without` are rules that are left out: “expertise”, “language”."""

    def __init__(self, problem: Problem, without: frozenset[str] = frozenset()) -> None:
        self.problem = problem
        self.needs = sorted(problem.needs, key=lambda need: need.number)
        self.loads = sorted(problem.loads, key=lambda load: load.id)
        self.scores = _make_scores(problem, [load.id for load in self.loads], [need.number for need in self.needs])
        self.excluded = self._exclude()
        allowed = np.ones(self.scores.shape, dtype=bool)
        for rule, pairs in self.excluded.items():
            if rule not in without:
                allowed &= ~pairs
        fixed = self._mark(problem.fixed)
        allowed |= fixed  # what has started is kept, whatever its score
        self.application, self.reviewer = np.nonzero(allowed)
        self.gains: Floats = self.scores[allowed]
        self.low: Floats = fixed[allowed].astype(float)
        self.high: Floats = np.ones(len(self.gains))
        self.column = np.full(self.scores.shape, -1)
        self.column[allowed] = np.arange(len(self.gains))
        self.groups: list[Numbers] = []  # columns of one organisation and application, of which one may be chosen
        self.rows = self._make_rows()

    def _mark(self, pairs: frozenset[Pair]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        place = {load.id: index for index, load in enumerate(self.loads)}
        number = {need.number: index for index, need in enumerate(self.needs)}
        marked = np.zeros(self.scores.shape, dtype=bool)
        for reviewer, application in pairs:
            if reviewer in place and application in number:
                marked[number[application], place[reviewer]] = True
        return marked

    def _exclude(self) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
        problem = self.problem
        stated = frozenset(pair for pair, bid in problem.bids.items() if bid == "conflict")
        unread = np.array(
            [
                [bool(need.languages and load.languages and not need.languages & load.languages) for load in self.loads]
                for need in self.needs
            ],
            dtype=bool,
        ).reshape(self.scores.shape)
        return {
            "barred": self._mark(problem.barred | problem.declined | stated),
            "expertise": self.scores < problem.parameters.expertise,
            "language": unread,
        }

    def _make_rows(self) -> Rows:
        rows = Rows()
        for index, need in enumerate(self.needs):
            columns = self.column[index][self.column[index] >= 0]
            rows.add(("reviews", (need.number,)), columns, need.reviews, need.reviews)
            if self.problem.parameters.one_per_organisation:
                self._add_organisations(rows, index, columns)
        for index, load in enumerate(self.loads):
            columns = self.column[:, index][self.column[:, index] >= 0]
            rows.add(("load-most", (load.id,)), columns, -INFINITE, load.most)
            if load.least:
                rows.add(("load-least", (load.id,)), columns, load.least, INFINITE)
        for family in sorted(map(sorted, self.problem.families)):
            columns = self._find_columns(family)
            if len(columns) > 1:
                rows.add(("family", tuple(name for pair in family for name in pair)), columns, -INFINITE, 1)
        return rows

    def _add_organisations(self, rows: Rows, index: int, columns: Numbers) -> None:
        of: dict[str, list[int]] = defaultdict(list)
        for column in columns:
            if organisation := self.loads[self.reviewer[column]].organisation:
                of[organisation].append(column)
        for organisation in sorted(of):
            if len(of[organisation]) > 1:
                group = np.array(of[organisation])
                self.groups.append(group)
                rows.add(("organisation", (self.needs[index].number, organisation)), group, -INFINITE, 1)

    def _find_columns(self, family: list[Pair]) -> Numbers:
        marked = self._mark(frozenset(family))
        found = self.column[marked]
        return found[found >= 0]

    def add_floor(self, floor: float) -> Rows:
        """Returns the rows with one more for each application: its scores add up to a floor."""
        rows = Rows(*map(list, (getattr(self.rows, name) for name in ("columns", "factors", "low", "high", "tags"))))
        for index, need in enumerate(self.needs):
            columns = self.column[index][self.column[index] >= 0]
            # The floor is met to a millionth: sums of rounded scores may fall short by the last digit of a float.
            rows.add(("floor", (need.number,)), columns, floor - 1e-7, INFINITE, self.gains[columns])
        return rows

    def solve(self, *, gains: Floats | None = None, floor: float | None = None, gap: float = 0.0) -> Solution | None:
        """Returns the best whole pairs, or None if there are none.

        With a gap, pairs that lose much are left out if whole pairs can be found without them; the solution then says by its
        bound what could be gained at most, which may be more than the gap.
        """
        rows = self.rows if floor is None else self.add_floor(floor)
        gains = self.gains if gains is None else gains
        relaxed = solve(gains, self.low, self.high, rows)
        if relaxed is None or is_whole(relaxed.values):
            return relaxed
        if gap and (near := self._solve_near(relaxed, gains, rows, gap)):
            return near
        return solve(gains, self.low, self.high, rows, integer=True, gap=gap)

    def _solve_near(self, relaxed: Solution, gains: Floats, rows: Rows, gap: float) -> Solution | None:
        """Returns the best whole pairs of those that are chosen in parts or would lose little; the best of some tries."""
        best = None
        for loss in _LOSSES:
            kept = (relaxed.values > 1e-9) | (relaxed.losses <= loss) | (self.low > 0)
            found = solve(gains[kept], self.low[kept], self.high[kept], rows.keep(kept), integer=True, gap=gap / 2)
            if found is not None and (best is None or found.gain > best.gain):
                values = np.zeros(len(gains))
                values[kept] = found.values
                best = Solution(values, found.gain, relaxed.gain, relaxed.losses)
            if best and relaxed.gain - best.gain <= gap * abs(relaxed.gain):
                break
        return best

    def add_up(self, values: Floats) -> Floats:
        """Returns the sum of scores of each application."""
        sums: Floats = np.bincount(self.application, values.round() * self.gains, minlength=len(self.needs)).astype(
            float
        )
        return sums.round(DIGITS)

    def list_pairs(self, values: Floats) -> tuple[Pair, ...]:
        """Returns the chosen pairs in order."""
        chosen = np.nonzero(values > 0.5)[0]
        return tuple(
            sorted((self.loads[self.reviewer[one]].id, self.needs[self.application[one]].number) for one in chosen)
        )


def is_whole(values: Floats) -> bool:
    """Whether all values are whole numbers, to a millionth."""
    return bool(np.abs(values - values.round()).max(initial=0) < 1e-6)


def _make_scores(problem: Problem, reviewers: list[str], numbers: list[str]) -> Floats:
    """Returns scores after bids, a row for each application."""
    scores = np.array(
        [[problem.scores.get((one, number), 0.0) for one in reviewers] for number in numbers], dtype=float
    )
    scores = scores.reshape(len(numbers), len(reviewers))
    place = {one: index for index, one in enumerate(reviewers)}
    row = {number: index for index, number in enumerate(numbers)}
    for (reviewer, number), bid in problem.bids.items():
        if bid == "rather-not" and reviewer in place and number in row:
            scores[row[number], place[reviewer]] *= problem.parameters.rather_not
    return scores.round(DIGITS)
