"""Verifies suppression: computes the interval of possible values that a reader can derive for each sensitive cell.

The reader is assumed to know every shown cell, the sums, and that no value is negative. Two linear programmes for each cell
give the tightest interval. The audit shares only the solver with secondary_suppression.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bongsu.desk.linear import LinearProgramme

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bongsu.desk.layout import CellSystem

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

TOLERANCE = 1e-6


class Interval(NamedTuple):
    """The range of a hidden cell's value that a reader can derive: from `low` to `high`."""

    cell: int
    low: float
    high: float


def find_intervals(
    layout: CellSystem,
    values: Floats,
    hidden: Mask,
    cells: NDArray[np.int64] | None = None,
    slack: tuple[Floats, Floats] | None = None,
) -> list[Interval]:
    """Computes the tightest interval of every hidden cell, or only of `cells`, from the shown cells.

    `slack`: how far above and below its value a shown cell may be, because it is rounded; None: not at all.
    """
    above, below = slack or (np.zeros(len(values)), np.zeros(len(values)))
    unknown = np.flatnonzero(hidden | (above > 0) | (below > 0))
    programme = LinearProgramme.from_cells(layout, unknown)
    programme.set_bounds(np.where(hidden, -values, -below)[unknown], np.where(hidden, np.inf, above)[unknown])
    found = []
    for cell in np.flatnonzero(hidden) if cells is None else cells:
        column, bounds = int(np.searchsorted(unknown, cell)), []
        for sign in (1.0, -1.0):
            programme.set_cost(column, sign)
            best = programme.optimal_value()
            bounds.append(np.inf * -sign if best is None else values[cell] + sign * best)
        programme.set_cost(column, 0.0)
        found.append(Interval(int(cell), bounds[0], bounds[1]))
    return found


def find_narrow_intervals(
    layout: CellSystem,
    values: Floats,
    hidden: Mask,
    up: Floats,
    down: Floats,
    slack: tuple[Floats, Floats] | None = None,
) -> list[Interval]:
    """Returns the sensitive cells whose interval is narrower than from value - `down` to value + `up`."""
    asked = np.flatnonzero((up > 0) | (down > 0))
    tolerance = TOLERANCE * np.maximum(1.0, values)
    shown = [Interval(int(cell), values[cell], values[cell]) for cell in asked if not hidden[cell]]
    return shown + [
        interval
        for interval in find_intervals(layout, values, hidden, asked[hidden[asked]], slack)
        if interval.low > values[interval.cell] - down[interval.cell] + tolerance[interval.cell]
        or interval.high < values[interval.cell] + up[interval.cell] - tolerance[interval.cell]
    ]
