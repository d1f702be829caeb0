"""Secondary suppression: hides further cells so that no sensitive cell can be computed from the margins.

A sensitive cell is protected if two other tables agree with everything that is shown: one in which its value is high enough,
and one in which it is low enough. Such a table differs from the true one only in hidden cells. So a linear programme looks for
the table that changes the cheapest cells, and all cells that it changes are hidden. Sensitive cells without a common sum are
solved together (`_batch_cells`). A second round, in which cells that already change cost less, hides fewer cells. audit.py
verifies the result independently. Reference: Fischetti and Salazar-Gonzalez 2001; docs/methods/disclosure.md. Not here: the
optimum, which needs integer programming.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bongsu.core.errors import Refused
from bongsu.desk.linear import LinearProgramme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bongsu.desk.layout import CellSystem

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

MOVE_TOLERANCE = 1e-7  # relative to the largest required change
MAX_ROUNDS = 2
MARGIN_COST = 4.0
SMALL_BATCH = 4


@dataclass(frozen=True)
class ProtectionTask:
    """The protection that a table needs; every array has one entry per cell.

    `values` >= 0; `up` and `down`: how far above and below its value a cell must seem possible, 0 if it may be known;
    `fixed`: cells that every reader knows (shown zeros), which cannot protect others; `alone`: cells with one contributor, who
    knows their value, so that they do not protect cells that this contributor cannot be in; `above` and `below`: how far
    from its true value a reader can think the value of a shown cell to be, because it is rounded (None: shown cells are exact).
    """

    values: Floats
    up: Floats
    down: Floats
    fixed: Mask
    alone: Mask
    above: Floats | None = None
    below: Floats | None = None

    @property
    def slack(self) -> tuple[Floats, Floats]:
        """`above` and `below`, or zeros."""
        none = np.zeros(len(self.values))
        return none if self.above is None else self.above, none if self.below is None else self.below

    @property
    def sensitive(self) -> Mask:
        """The cells that need protection."""
        return (self.up > 0) | (self.down > 0)


def protect_cells(layout: CellSystem, task: ProtectionTask, hidden: Mask) -> Mask:
    """Returns `hidden` with the sensitive cells and the further cells that must be hidden to meet `task`."""
    hidden = hidden | task.sensitive
    if not layout.equations[3] or not hidden.any():
        return hidden
    programme = LinearProgramme.from_layout(layout, halves=True)
    test = LinearProgramme.from_layout(layout, halves=False)
    waiting = list(_batch_cells(layout, np.flatnonzero(task.sensitive)))[::-1]
    while waiting:
        batch = waiting.pop()
        # A margin is kept if the batch can be protected without it: it is in many tables, and people read it first.
        margins = (layout.margin_depths > 0) & ~hidden
        try:
            hidden = _hide_for_batch(layout, programme, test, task, batch, hidden, margins)
        except Refused:
            if len(batch) == 1:
                hidden = _hide_for_batch(layout, programme, test, task, batch, hidden, np.zeros(layout.cells, bool))
            else:
                size = min(SMALL_BATCH, len(batch) // 2)  # cells that cannot all move at once may be able to apart
                waiting += [batch[start : start + size] for start in range(0, len(batch), size)][::-1]
    return hidden


def _hide_for_batch(
    layout: CellSystem,
    programme: LinearProgramme,
    test: LinearProgramme,
    task: ProtectionTask,
    batch: NDArray[np.int64],
    hidden: Mask,
    kept: Mask,
) -> Mask:
    """Returns `hidden` with the cells that protect a batch. Raises Refused if the batch cannot change all at once.

    `kept`: cells that stay shown.
    """
    # Hiding a large cell, or a margin that other tables show too, loses more information.
    scale = np.sqrt(1 + task.values) * MARGIN_COST**layout.margin_depths
    above, below = task.slack
    unchangeable = task.fixed | kept
    alone = np.flatnonzero(task.alone)
    unchangeable[alone[~layout.overlap(alone, batch).any(axis=1)]] = True
    for upwards in (True, False):
        low, high = _bounds(task, batch, unchangeable, upwards)
        if not low.any():
            continue
        most, least = high[: layout.cells], -high[layout.cells :]
        most, least = np.where(hidden, most, above), np.where(hidden, least, -below)
        if upwards:
            least[batch] = low[batch]
        else:
            most[batch] = -low[batch + layout.cells]
        if test.is_feasible(least, most):
            continue  # the cells hidden so far are enough
        programme.set_bounds(low, high)
        moved = np.zeros(layout.cells)
        asked = max(1.0, float(low.max()))
        for _ in range(MAX_ROUNDS):
            cost = np.where(hidden, 0.0, scale / (moved / asked + (1e-2 if moved.any() else 1.0)))
            programme.set_costs(np.r_[cost, cost])
            solution = programme.solve()
            change = solution[: layout.cells] - solution[layout.cells :]
            moved = np.maximum(0.0, np.maximum(change - above, -change - below))  # beyond what rounding leaves open
            if not (moved[~hidden] > MOVE_TOLERANCE * asked).any():
                break
        hidden = hidden | (moved > MOVE_TOLERANCE * asked)
    return hidden


def _bounds(task: ProtectionTask, batch: NDArray[np.int64], unchangeable: Mask, upwards: bool) -> tuple[Floats, Floats]:
    """Returns bounds of increases and decreases: the required change of the batch, and the allowed change of other cells."""
    cells = len(task.values)
    low, high = np.zeros(2 * cells), np.r_[np.full(cells, np.inf), task.values]
    high[np.r_[unchangeable, unchangeable]] = 0.0
    first, other = (batch, batch + cells) if upwards else (batch + cells, batch)
    low[first] = (task.up if upwards else task.down)[batch]
    high[other] = 0.0
    return low, high


def _batch_cells(layout: CellSystem, sensitive: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yields the sensitive cells in groups in which no two occur in the same sum."""
    rows, cells, _, _ = layout.equations
    order = np.argsort(cells, kind="stable")
    bounds = np.searchsorted(cells[order], np.arange(layout.cells + 1))
    taken: list[set[int]] = []
    groups: list[list[int]] = []
    for cell in sensitive:
        sums = rows[order[bounds[cell] : bounds[cell + 1]]].tolist()
        colour = next((c for c, used in enumerate(taken) if used.isdisjoint(sums)), len(taken))
        if colour == len(taken):
            taken.append(set())
            groups.append([])
        taken[colour].update(sums)
        groups[colour].append(int(cell))
    yield from (np.array(group, dtype=np.int64) for group in groups)
