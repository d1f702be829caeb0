"""The sums of scores in a plan: linear functions of people by code, which must not reveal a code with too few people.

A sum is rounded to a step that `minimum` people could move, unless the table by code could be shown; the linear programme then
hides the sums that would still bound a small code too closely. What is kept is the rounded sum and its weight: an answer about
several cells adds these, because every other rounding of the same people would tell more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bongsu.core.errors import N_, Refused
from bongsu.desk.control import is_protected
from bongsu.desk.layout import UNKNOWN
from bongsu.desk.plans.linked_cells import CellKey, LinkedCells, ScoreSum, key_of
from bongsu.desk.score_codes import round_up_to_ten
from bongsu.desk.secondary_suppression import ProtectionTask, protect_cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bongsu.desk.policy import Policy
    from bongsu.desk.tally import Tally

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class ScoreBase:
    """The sums of one score that may be shown: (sum of weight times number, weight of those who have a number) by cell.

    `values`: the number of every code.
    """

    amounts: Mapping[CellKey, tuple[float, float]]
    rounded: bool
    values: Mapping[str, float]


@dataclass(frozen=True)
class _Sums:
    """The sums of one score before protection, with one entry for each cell in `cells` (numbers of linked cells).

    `parts`: the cells by code that have a number, and their numbers; `partial`: whether other people of the cell have none;
    `amounts`, `weights`: sums over those who have a number; `steps`: of the rounded mean, 0 if it is exact; `low`, `range_`: of
    all numbers.
    """

    cells: NDArray[np.int64]
    parts: tuple[tuple[NDArray[np.int64], Floats], ...]
    partial: Mask
    amounts: Floats
    weights: Floats
    steps: Floats
    low: float
    range_: float

    @property
    def rounded(self) -> Floats:
        """The amounts of the rounded means."""
        means = np.divide(self.amounts, self.weights, out=np.zeros_like(self.amounts), where=self.weights > 0)
        near = np.divide(means, self.steps, out=np.zeros_like(means), where=self.steps > 0)
        return np.where(self.steps > 0, np.round(near) * self.steps * self.weights, self.amounts)

    @property
    def columns(self) -> list[ScoreSum]:
        """What a reader knows, as sums of cells: of (number - low) / range, and of those with a number where some have none."""
        found = [
            ScoreSum(int(cell), numbers, (values - self.low) / self.range_)
            for cell, (numbers, values) in zip(self.cells, self.parts, strict=True)
        ]
        for place in np.flatnonzero(self.partial):
            numbers, values = self.parts[place]
            found.append(ScoreSum(int(self.cells[place]), numbers, np.ones(len(values))))
        return found

    @property
    def bounds(self) -> Floats:
        """Returns (3, columns): the true value, and how far above and below it a reader can think the value to be."""
        true, known = ((each - self.low * self.weights) / self.range_ for each in (self.amounts, self.rounded))
        half = self.steps / 2 * self.weights / self.range_
        found = np.array([true, np.maximum(known + half - true, 0.0), np.maximum(true - known + half, 0.0)])
        none = np.zeros(int(self.partial.sum()))
        return np.concatenate([found, [self.weights[self.partial], none, none]], axis=1)

    def select_shown(self, hidden: Mask) -> NDArray[np.int64]:
        """Returns the places of the cells none of whose columns is in `hidden`."""
        concealed = hidden[: len(self.cells)].copy()
        concealed[np.flatnonzero(self.partial)] |= hidden[len(self.cells) :]
        return np.flatnonzero(~concealed)


def protect_scores(
    linked: LinkedCells,
    tallies: Sequence[Tally],
    task: ProtectionTask,
    hidden: Mask,
    published: Mapping[str, Mask],
    scores: Mapping[str, tuple[str, Mapping[str, float]]],
    policy: Policy,
    earlier: Mapping[str, ScoreBase],
) -> dict[str, ScoreBase]:
    """Returns the sums of every score that may be shown. `task`: of people, or of weights; `hidden`: of its cells.

    `scores`: for each score, its concept and its number by code; `earlier`: the sums of the plan before. Raises Refused if the
    audit finds a small cell.
    """
    found = {
        name: _sum_scores(
            linked, tallies, np.flatnonzero(published[name] & ~hidden), *scores[name], policy, earlier.get(name)
        )
        for name in scores
    }
    columns = [column for one in found.values() for column in one.columns]
    if not columns:
        return {name: ScoreBase({}, rounded=False, values=scores[name][1]) for name in scores}
    weights = linked.gather([tally.cells(tally.sums("a")) for tally in tallies])
    values, above, below = np.concatenate([one.bounds for one in found.values()], axis=1) * (
        task.values.max() / weights.max()
    )
    base, none, no = np.zeros(linked.cells), np.zeros(len(columns)), np.zeros(len(columns), bool)
    known = np.array(
        [
            linked.keys[column.cell] in earlier[name].amounts if name in earlier else False
            for name, one in found.items()
            for column in one.columns
        ],
        bool,
    )
    together = replace(linked, score_sums=tuple(columns))
    joint = ProtectionTask(
        np.r_[task.values, values],
        np.r_[task.up, none],
        np.r_[task.down, none],
        np.r_[task.fixed | ~hidden, known],
        np.r_[task.alone, no],
        np.r_[base, above],
        np.r_[base, below],
    )
    result = protect_cells(together, joint, np.r_[hidden, no])
    if not is_protected(together, [joint], result):
        raise Refused(
            N_("The scores of the plan cannot be protected."), fix=N_("Publish the scores by fewer dimensions.")
        )
    bases, start = {}, linked.cells
    for name, one in found.items():
        end = start + len(one.columns)
        amounts = one.rounded
        bases[name] = ScoreBase(
            {
                linked.keys[one.cells[place]]: (float(amounts[place]), float(one.weights[place]))
                for place in one.select_shown(result[start:end])
            },
            rounded=bool(one.steps.any()),
            values=scores[name][1],
        )
        start = end
    return bases


def _sum_scores(
    linked: LinkedCells,
    tallies: Sequence[Tally],
    cells: NDArray[np.int64],
    concept: str,
    scores: Mapping[str, float],
    policy: Policy,
    earlier: ScoreBase | None,
) -> _Sums:
    """Sums a score over `cells`, each in a table that has the codes of the score. Sums that were shown exactly stay exact."""
    numbers = np.array(list(scores.values()), float)
    low, range_ = float(numbers.min()), float(np.ptp(numbers)) or 1.0
    wanted = {linked.keys[int(cell)]: int(cell) for cell in cells}
    places: list[int] = []
    parts: list[tuple[NDArray[np.int64], Floats]] = []
    rows: list[
        tuple[float, float, float, float, bool]
    ] = []  # amount, weight, mean weight, reach, whether some have no number
    least = np.inf
    for tally, own in zip(tallies, linked.numbers, strict=True):
        position = next((i for i, axis in enumerate(tally.layout.axes) if axis.concept == concept), None)
        if position is None:
            continue
        axis = tally.layout.axes[position]
        leaf_scores = np.array([scores.get(_code_of_leaf(axis.codes[leaf]), np.nan) for leaf in axis.leaves])
        if np.isnan(leaf_scores).all():
            continue  # this table has no codes fine enough
        has = ~np.isnan(leaf_scores)
        shape = tally.layout.shape
        weights, squares, people = tally.cells(tally.sums("a")), tally.cells(tally.sums("aa")), tally.contributors()
        numbered = np.moveaxis(np.arange(tally.layout.cells).reshape(shape), position, -1)
        occurs = np.moveaxis(people.reshape(shape), position, -1).reshape(-1, shape[position]).max(axis=0) > 0
        for line in numbered.reshape(-1, shape[position]):
            for node in range(shape[position]):
                cell = int(line[node])
                number = wanted.pop(key_of(tally.layout, cell), None)
                if number is None:
                    continue
                inside = axis.members[node] & has
                at = line[np.array(axis.leaves)[inside]]
                values = leaf_scores[inside]
                weight = float(weights[at].sum())
                groups = np.unique(values, return_inverse=True)[1]
                counts = np.bincount(groups, people[at]) if len(at) else np.zeros(1)
                least = min(least, float(counts[counts > 0].min(initial=np.inf)))
                reached = values[occurs[np.array(axis.leaves)[inside]]]
                mean_weight = float(squares[at].sum()) / weight if weight > 0 else 0.0
                partial = float(people[at].sum()) < people[cell]
                parts.append((own[at], values))
                places.append(number)
                rows.append(
                    (
                        float((values * weights[at]).sum()),
                        weight,
                        mean_weight,
                        float(np.ptp(reached)) if len(reached) else 0.0,
                        partial,
                    )
                )
    amounts, totals, mean_weights, reach, partial = np.array(rows, float).reshape(-1, 5).T
    change = policy.minimum * reach * mean_weights
    steps = round_up_to_ten(np.divide(change, totals, out=np.zeros_like(totals), where=totals > 0))
    if least >= policy.minimum:
        steps = np.zeros_like(steps)
    if earlier and not earlier.rounded:
        steps[[linked.keys[place] in earlier.amounts for place in places]] = 0.0
    return _Sums(np.array(places, np.int64), tuple(parts), partial.astype(bool), amounts, totals, steps, low, range_)


def _code_of_leaf(name: str) -> str:
    """Returns the code of a leaf: a code that is shorter than the lowest level has "_U" after it."""
    return name.removesuffix(UNKNOWN) if name != UNKNOWN else name
