"""The cells of several tables as one system: each cell once, and every sum between cells.

Tables whose classifications are the same share cells: those of AGE x SEX and of SEX x OCCUPATION share the cells of SEX. A sum
of cells of different tables is known to a reader if and only if it follows from the sums within the tables and these shared
cells, because a function of the codes of some concepts that is also one of the codes of other concepts is a function of the
codes that they have in common. So what a reader can add and subtract is exactly what these equations say. Bounds that follow
from a crossing of concepts which is in no table, because its counts are not negative either, are not among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bongsu.desk.layout import TOTAL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bongsu.desk.layout import Axis, Layout

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Numbers = NDArray[np.int64]

CellKey = frozenset[tuple[str, str]]  # (concept, code) of every dimension in which the cell is not the total


@dataclass(frozen=True)
class ScoreSum:
    """The sum of a score over the people of one cell: `cells` are its parts by code, with their `values`."""

    cell: int
    cells: Numbers
    values: Floats


@dataclass(frozen=True)
class LinkedCells:
    """Cells numbered over all tables; the sums of scores follow them as cells of their own.

    `keys`: the cells; `numbers`: for each of `layouts`, the number of each of its cells.
    """

    layouts: tuple[Layout, ...]
    keys: tuple[CellKey, ...]
    numbers: tuple[Numbers, ...]
    score_sums: tuple[ScoreSum, ...] = field(default=())

    @classmethod
    def from_layouts(cls, layouts: Sequence[Layout]) -> LinkedCells:
        """Numbers the cells of tables; the axes of a concept must be levels of one classification."""
        places: dict[CellKey, int] = {}
        numbers = []
        for layout in layouts:
            found = [places.setdefault(key_of(layout, cell), len(places)) for cell in range(layout.cells)]
            numbers.append(np.array(found, np.int64))
        return cls(tuple(layouts), tuple(places), tuple(numbers))

    @property
    def cells(self) -> int:
        """The number of cells and of sums of scores."""
        return len(self.keys) + len(self.score_sums)

    def gather(self, values: Sequence[NDArray[np.generic]], empty: float = 0.0) -> Floats:
        """Returns (cells,) from the values of each table's cells; cells of several tables have the same value in each."""
        found = np.full(self.cells, empty)
        for numbers, each in zip(self.numbers, values, strict=True):
            found[numbers] = each
        return found

    @cached_property
    def margin_depths(self) -> Numbers:
        """(cells,): the number of dimensions along which a cell is a sum, in the table in which it is most."""
        found = np.zeros(self.cells, np.int64)
        for layout, numbers in zip(self.layouts, self.numbers, strict=True):
            np.maximum.at(found, numbers, layout.margin_depths)
        return found

    @cached_property
    def equations(self) -> tuple[Numbers, Numbers, Floats, int]:
        """All sums as a sparse matrix, as `Layout.equations`; those of shared margins once."""
        seen: set[bytes] = set()
        rows, cells, signs, count = [], [], [], 0
        for layout, numbers in zip(self.layouts, self.numbers, strict=True):
            row, cell, sign, _ = layout.equations
            order = np.argsort(row, kind="stable")
            row, cell, sign = row[order], numbers[cell[order]], sign[order]
            for part in np.split(np.arange(len(row)), np.flatnonzero(np.diff(row)) + 1) if len(row) else ():
                inside = part[np.argsort(cell[part])]
                name = (cell[inside] * 2 + (sign[inside] > 0)).tobytes()
                if name not in seen:
                    seen.add(name)
                    rows.append(np.full(len(part), count))
                    cells.append(cell[part])
                    signs.append(sign[part])
                    count += 1
        for number, one in enumerate(self.score_sums, len(self.keys)):
            rows.append(np.full(len(one.cells) + 1, count))
            cells.append(np.r_[number, one.cells])
            signs.append(np.r_[1.0, -one.values])
            count += 1
        if not rows:
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), 0
        return np.concatenate(rows), np.concatenate(cells), np.concatenate(signs), count

    @cached_property
    def _axes(self) -> dict[str, Axis]:
        """The axis of every concept with most nodes: it has those of all others."""
        found: dict[str, Axis] = {}
        for layout in self.layouts:
            for axis in layout.axes:
                if axis.concept not in found or len(axis.codes) > len(found[axis.concept].codes):
                    found[axis.concept] = axis
        return found

    @cached_property
    def _nodes(self) -> Numbers:
        """(cells, concepts): the node of every cell on every axis."""
        places = [{code: node for node, code in enumerate(axis.codes)} for axis in self._axes.values()]
        found = np.zeros((self.cells, len(places)), np.int64)
        for cell, key in enumerate(self.keys):
            codes = dict(key)
            found[cell] = [place[codes.get(concept, TOTAL)] for concept, place in zip(self._axes, places, strict=True)]
        for number, one in enumerate(self.score_sums, len(self.keys)):
            found[number] = found[one.cell]
        return found

    def overlap(self, some: Numbers, others: Numbers) -> Mask:
        """Returns (some, others): whether one person can be in both cells."""
        found = np.ones((len(some), len(others)), dtype=bool)
        for column, axis in enumerate(self._axes.values()):
            found &= axis.overlap[self._nodes[some, column][:, None], self._nodes[others, column][None, :]]
        return found


def key_of(layout: Layout, cell: int) -> CellKey:
    """Returns the key of a cell of a table."""
    return frozenset(
        (axis.concept, code) for axis, code in zip(layout.axes, layout.codes(cell), strict=True) if code != TOTAL
    )
