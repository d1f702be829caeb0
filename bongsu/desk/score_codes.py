"""The people of a table by the values of a score, because a score is a table by its codes.

A mean and the number of people are two equations in the numbers of people by code; with two codes they are the solution. So,
unless the table by code could be shown, a mean is rounded to a step that `minimum` people could move. A cell is hidden if, for
a code with too few people, the reader could tell that it does not have 0, or does not have `minimum`. Codes with the same value
are one group. A group of one person does not protect others, because she knows it. Not here: what follows from several answers
(differencing.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bongsu.core.microdata_question import Split

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from bongsu.desk.policy import Policy
    from bongsu.desk.tally import Tally

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

SLACK = 1e-9  # relative, for rounding errors of sums


@dataclass(frozen=True)
class ScoreCodes:
    """The people of every cell by value of a score.

    `values`: (groups,) the distinct values that occur in the population, increasing; `people`, `weights`: (groups, cells),
    contributors and sums of weights; `possible`: (groups, cells), whether the cell's own codes allow the group; `least`: the
    least number of contributors, above 0, of a group in a cell or in a code of a model's term.
    """

    values: Floats
    people: Floats
    weights: Floats
    possible: Mask
    least: float

    @property
    def reach(self) -> Floats:
        """(cells,): the largest difference of two values that a cell's people can have."""
        high = np.where(self.possible, self.values[:, None], -np.inf).max(axis=0, initial=-np.inf)
        low = np.where(self.possible, self.values[:, None], np.inf).min(axis=0, initial=np.inf)
        return np.asarray(np.maximum(0.0, np.where(np.isfinite(high), high - low, 0.0)))

    def find_revealing(self, steps: Floats, policy: Policy) -> Mask:
        """Returns a mask of cells whose mean, known to within half its step, would reveal a group of too few people.

        Two conditions on the weight t of a group: the others have the rest of the weight, and values between the lowest and
        the highest of the others. Both are linear in t, so they hold from 0 to `minimum` people if they hold at both ends.
        """
        if len(self.values) < 2:
            return np.zeros(self.people.shape[1], bool)
        x = self.values[:, None]
        empty: Mask = (
            (self.people == 0) & self.possible if policy.zeros == "protect" else np.zeros(self.people.shape, bool)
        )
        tested = np.asarray(empty | ((self.people > 0) & (self.people < policy.minimum)), bool)
        low, high = _extremes_of_others(self.values, self.people >= 2)
        weight, amount = self.weights.sum(axis=0), (x * self.weights).sum(axis=0)
        people = self.people.sum(axis=0)
        few = policy.minimum * np.divide(weight, people, out=np.zeros_like(weight), where=people > 0)
        slack = steps * weight / 2 + SLACK * np.abs(x * self.weights).sum(axis=0)
        holds: Any = np.ones(tested.shape, bool)
        for t in (np.zeros_like(few), few):
            rest = amount - x * t
            inside = ((weight - t) * low - slack <= rest) & (rest <= (weight - t) * high + slack)
            holds = holds & inside
        found: Mask = (tested & ~holds).any(axis=0)
        return found


def _extremes_of_others(values: Floats, others: Mask) -> tuple[Floats, Floats]:
    """Returns (groups, cells) twice: the lowest and the highest value of the other groups; NaN without another."""
    found = []
    for order in (np.arange(len(values)), np.arange(len(values))[::-1]):
        there = others[order]
        first = there.argmax(axis=0)
        rest = there.copy()
        rest[first, np.arange(there.shape[1])] = False
        one = np.where(there.any(axis=0), values[order][first], np.nan)
        two = np.where(rest.any(axis=0), values[order][rest.argmax(axis=0)], np.nan)
        own = np.arange(len(values))[:, None] == order[first][None, :]
        found.append(np.where(own & there.any(axis=0), two, one))
    return found[0], found[1]


def count_by_score(tally: Tally, by: str, scores: Mapping[str, float]) -> ScoreCodes:
    """Counts the people of every cell by value of a score. `tally`: has the codes of the concept `by` among its splits."""
    codes = tally.codes(Split(by))
    index = tally.key(Split(by))
    values = np.unique([scores[code] for code in codes if code in scores])
    people, weights = np.zeros((2, len(values), tally.layout.cells))
    terms = [split for split in tally.plan.splits if split not in tally.plan.question.breakdown and split.concept != by]
    least = np.inf
    for group, value in enumerate(values):
        numbers = [number for number, code in enumerate(codes) if scores.get(code) == value]
        part = tally.select(np.isin(index, numbers))
        people[group], weights[group] = part.contributors(), part.cells(part.sums("a"))
        for counts in (people[group], *(np.bincount(part.key(split) + 1, part.sums("n")) for split in terms)):
            least = min(least, float(counts[counts > 0].min(initial=np.inf)))
    return ScoreCodes(values, people, weights, _possible_groups(tally, by, people), least)


def _possible_groups(tally: Tally, by: str, people: Floats) -> Mask:
    """Returns (groups, cells): all, or those of the cell's own codes if the table is broken down by the score's concept."""
    shape = tally.layout.shape
    axes = [axis.concept for axis in tally.layout.axes]
    others = tuple(1 + number for number, concept in enumerate(axes) if concept != by)
    occurs = people.reshape(-1, *shape).max(axis=others, keepdims=True) > 0
    return np.ascontiguousarray(np.broadcast_to(occurs, (len(people), *shape))).reshape(len(people), -1)


def round_up_to_ten(number: Any) -> Floats:
    """Returns the smallest power of ten that is at least `number`; 0 for 0."""
    numbers = np.asarray(number, np.float64)
    with np.errstate(divide="ignore"):
        powers = np.ceil(np.log10(numbers) - 1e-12)
    return np.where(numbers > 0, 10.0**powers, 0.0)
