"""The proof that suppression holds: for every sensitive cell, the least and the greatest value that a reader can rule in.

An attacker knows every shown cell, the sums, and that nothing is negative. Two linear programmes a cell give the tightest
interval that follows. The audit shares no step with secondary_suppression.py but the solver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bongsu.desk.linear import LinearProgramme

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bongsu.desk.layout import Layout

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

TOLERANCE = 1e-6


class Interval(NamedTuple):
    """What a reader can say of a hidden cell: its value lies from `low` to `high`."""

    cell: int
    low: float
    high: float


def find_intervals(
    layout: Layout, values: Floats, hidden: Mask, cells: NDArray[np.int64] | None = None
) -> list[Interval]:
    """The tightest interval of every hidden cell (of `cells`, where given), from what is shown."""
    unknown = np.flatnonzero(hidden)
    programme = LinearProgramme.of_some(layout, unknown)
    programme.bounds(-values[unknown], np.full(len(unknown), np.inf))
    found = []
    for cell in unknown if cells is None else cells:
        column, bounds = int(np.searchsorted(unknown, cell)), []
        for sign in (1.0, -1.0):
            programme.cost(column, sign)
            best = programme.unbounded_or()
            bounds.append(np.inf * -sign if best is None else values[cell] + sign * best)
        programme.cost(column, 0.0)
        found.append(Interval(int(cell), bounds[0], bounds[1]))
    return found


def find_narrow_intervals(layout: Layout, values: Floats, hidden: Mask, up: Floats, down: Floats) -> list[Interval]:
    """The sensitive cells that a reader can bound more tightly than from value - `down` to value + `up`."""
    asked = np.flatnonzero((up > 0) | (down > 0))
    slack = TOLERANCE * np.maximum(1.0, values)
    shown = [Interval(int(cell), values[cell], values[cell]) for cell in asked if not hidden[cell]]
    return shown + [
        interval
        for interval in find_intervals(layout, values, hidden, asked[hidden[asked]])
        if interval.low > values[interval.cell] - down[interval.cell] + slack[interval.cell]
        or interval.high < values[interval.cell] + up[interval.cell] - slack[interval.cell]
    ]
