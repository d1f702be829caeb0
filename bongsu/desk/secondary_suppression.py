"""Secondary suppression: which further cells to hide so that no sensitive one can be worked out from the margins.

A sensitive cell is protected when there is another table, possible for all that the reader sees, in which it lies far
enough above its value, and one in which it lies far enough below. Such a witness differs from the true table only in
hidden cells, so a linear programme looks for the witness that needs the cheapest cells and hides what it moves. Sensitive
cells that share no sum are given one witness together (`_batch_cells`); a second round, with costs that fall on what is
already moved, leaves fewer cells hidden. `audit.py` proves the result with programmes of its own. Reference: Fischetti
and Salazar-Gonzalez 2001; docs/methods/disclosure.md. Left out: the optimum, which takes integer programming.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bongsu.desk.linear import LinearProgramme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bongsu.desk.layout import Layout

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

MOVE_TOLERANCE = 1e-7  # relative to the largest movement that is asked for
MAX_ROUNDS = 2
MARGIN_COST = 4.0


@dataclass(frozen=True)
class ProtectionTask:
    """What a table must withstand; every array has one entry a cell.

    `values` >= 0; `up` and `down`: how far above and below its value a cell must seem possible, 0 where it may be known;
    `fixed`: cells that every reader knows (shown zeros) and that can protect nothing; `alone`: cells with one contributor,
    who knows their value, and which therefore protect no cell but those around and inside them.
    """

    values: Floats
    up: Floats
    down: Floats
    fixed: Mask
    alone: Mask

    @property
    def sensitive(self) -> Mask:
        """Cells that must be hidden for their own sake."""
        return (self.up > 0) | (self.down > 0)


def protect_cells(layout: Layout, task: ProtectionTask, hidden: Mask) -> Mask:
    """`hidden` (sensitive cells included) and what else must be hidden so that `task` is met."""
    hidden = hidden | task.sensitive
    if not layout.equations[3] or not hidden.any():
        return hidden
    programme = LinearProgramme.of(layout, halves=True)
    # A reader loses more with a large cell, and more with a margin, which other tables will show too.
    scale = np.sqrt(1 + task.values) * MARGIN_COST**layout.margins
    alone = np.flatnonzero(task.alone)
    for batch in _batch_cells(layout, np.flatnonzero(task.sensitive)):
        still = task.fixed.copy()
        still[alone[~layout.nested(alone, batch).any(axis=1)]] = True
        for upwards in (True, False):
            low, high = _bounds(task, batch, still, upwards)
            if not low.any():
                continue
            if programme.possible(low, np.where(np.r_[hidden, hidden], high, 0.0)):
                continue  # what is hidden already will do
            programme.bounds(low, high)
            moved = np.zeros(layout.cells)
            asked = max(1.0, float(low.max()))
            for _ in range(MAX_ROUNDS):
                cost = np.where(hidden, 0.0, scale / (moved / asked + (1e-2 if moved.any() else 1.0)))
                programme.costs(np.r_[cost, cost])
                solution = programme.solve()
                moved = np.abs(solution[: layout.cells] - solution[layout.cells :])
                if not (moved[~hidden] > MOVE_TOLERANCE * asked).any():
                    break
            hidden = hidden | (moved > MOVE_TOLERANCE * asked)
    return hidden


def _bounds(task: ProtectionTask, batch: NDArray[np.int64], still: Mask, upwards: bool) -> tuple[Floats, Floats]:
    """Bounds of the increases and decreases: what the batch must do, and what the others (not those held still) may."""
    cells = len(task.values)
    low, high = np.zeros(2 * cells), np.r_[np.full(cells, np.inf), task.values]
    high[np.r_[still, still]] = 0.0
    first, other = (batch, batch + cells) if upwards else (batch + cells, batch)
    low[first] = (task.up if upwards else task.down)[batch]
    high[other] = 0.0
    return low, high


def _batch_cells(layout: Layout, sensitive: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """The sensitive cells in groups of which no two stand in the same sum."""
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
