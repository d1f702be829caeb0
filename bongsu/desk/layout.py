"""The layout of a table with margins: its axes, each a tree of codes, and the equations between its cells.

A cell is one node from each axis; cells are numbered in C order. Every node with children is the sum of its children, for any
nodes of the other axes. These are all the equations that a reader of the table knows. Not here: values.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOTAL = "_T"  # SDMX: total of all codes
UNKNOWN = "_U"  # SDMX: unknown


@dataclass(frozen=True)
class Axis:
    """One dimension of a table: the codes of its nodes and, for each, the index of its parent (-1: no parent)."""

    concept: str
    codes: tuple[str, ...]
    parents: tuple[int, ...]

    @classmethod
    def flat(cls, concept: str, codes: tuple[str, ...], *, total: bool = True) -> Axis:
        """Builds an axis without hierarchy: codes under a total, or without it."""
        if not total:
            return cls(concept, codes, (-1,) * len(codes))
        return cls(concept, (TOTAL, *codes), (-1, *(0,) * len(codes)))

    @classmethod
    def by_prefix(cls, concept: str, leaves: tuple[str, ...], lengths: tuple[int, ...], *, total: bool = True) -> Axis:
        """Builds a hierarchy of prefixes: one level for each number of characters in `lengths` ("2" is the parent of "25").

        A code shorter than the lowest level ("2" if the lowest has two characters) becomes the leaf "2_U" under "2".
        """
        nodes: list[str] = [TOTAL] if total else []
        parents: list[int] = [-1] if total else []
        at: dict[str, int] = {}
        for leaf in leaves:
            above = 0 if total else -1
            for name in prefix_path(leaf, lengths):
                if name not in at:
                    at[name] = len(nodes)
                    nodes.append(name)
                    parents.append(above)
                above = at[name]
        return cls(concept, tuple(nodes), tuple(parents))

    @cached_property
    def positions(self) -> dict[str, int]:
        """The position of each leaf's code among the leaves."""
        return {self.codes[node]: position for position, node in enumerate(self.leaves)}

    @cached_property
    def leaves(self) -> tuple[int, ...]:
        """The nodes without children."""
        above = set(self.parents)
        return tuple(node for node in range(len(self.codes)) if node not in above)

    @cached_property
    def members(self) -> NDArray[np.bool_]:
        """(nodes, leaves): whether a leaf is a node or one of its descendants."""
        import numpy as np

        found = np.zeros((len(self.codes), len(self.leaves)), dtype=bool)
        for column, leaf in enumerate(self.leaves):
            node = leaf
            while node != -1:
                found[node, column] = True
                node = self.parents[node]
        return found

    @cached_property
    def overlap(self) -> NDArray[np.bool_]:
        """(nodes, nodes): whether two nodes have a leaf in common."""
        import numpy as np

        members = self.members.astype(np.int64)
        return np.asarray(members @ members.T > 0)


def cut_code(code: str, digits: tuple[int, ...]) -> str:
    """Returns the code at the lowest of the levels `digits`, the whole code without levels; UNKNOWN is never cut."""
    return code[: max(digits)] if digits and code != UNKNOWN else code


def prefix_path(leaf: str, lengths: tuple[int, ...]) -> list[str]:
    """Returns the ancestors of a leaf of a hierarchy of prefixes, shortest first, and the leaf itself."""
    if leaf == UNKNOWN:
        return [leaf]
    whole = len(leaf) == max(lengths)
    above = [leaf[:n] for n in sorted(lengths) if n < len(leaf) or (n == len(leaf) and not whole)]
    return [*above, leaf if whole else leaf + UNKNOWN]


class CellSystem(Protocol):
    """Cells and the sums between them: what suppression and audit need to know of one table, or of several (plans/)."""

    @property
    def cells(self) -> int:
        """The number of cells."""

    @property
    def margin_depths(self) -> NDArray[np.int64]:
        """(cells,): the number of axes along which a cell is a sum."""

    @property
    def equations(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], int]:
        """The sums as a sparse matrix (row, cell, coefficient; number of rows): matrix @ cells = 0."""

    def overlap(self, some: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Returns (some, others): whether one person can be in both cells."""


@dataclass(frozen=True)
class Layout:
    """The axes of one table. A table without axes has one cell."""

    axes: tuple[Axis, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of nodes of each axis."""
        return tuple(len(axis.codes) for axis in self.axes)

    @property
    def leaf_shape(self) -> tuple[int, ...]:
        """The number of leaves of each axis."""
        return tuple(len(axis.leaves) for axis in self.axes)

    @property
    def cells(self) -> int:
        """The number of cells, margins included."""
        return prod(self.shape)

    @cached_property
    def margin_depths(self) -> NDArray[np.int64]:
        """(cells,): the number of axes along which a cell is a sum."""
        import numpy as np

        found = np.zeros(self.shape, np.int64)
        for position, axis in enumerate(self.axes):
            inner = np.isin(np.arange(len(axis.codes)), axis.leaves, invert=True)
            found += inner.reshape([-1 if i == position else 1 for i in range(len(self.axes))])
        return found.reshape(-1)

    def sums(self, leaf_values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Returns (cells,) from (leaf_shape): the sum of the leaves of every cell."""
        import numpy as np

        values = np.asarray(leaf_values, dtype=np.float64).reshape(self.leaf_shape)
        for position, axis in enumerate(self.axes):
            spread = np.tensordot(axis.members.astype(np.float64), values, axes=(1, position))
            values = np.moveaxis(spread, 0, position)
        return np.ascontiguousarray(values).reshape(-1)

    def largest(self, leaf_values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Returns (cells,) from (leaf_shape): the largest of the leaves of every cell."""
        import numpy as np

        values = np.asarray(leaf_values, dtype=np.float64).reshape(self.leaf_shape)
        for position, axis in enumerate(self.axes):
            taken = [values.compress(members, axis=position).max(axis=position) for members in axis.members]
            values = np.stack(taken, axis=position)
        return np.ascontiguousarray(values).reshape(-1)

    def overlap(self, some: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Returns (some, others): whether one person can be in both cells."""
        import numpy as np

        found = np.ones((len(some), len(others)), dtype=bool)
        for axis, a, b in zip(
            self.axes, np.unravel_index(some, self.shape), np.unravel_index(others, self.shape), strict=True
        ):
            found &= axis.overlap[a[:, None], b[None, :]]
        return found

    def codes(self, cell: int) -> tuple[str, ...]:
        """Returns the codes of a cell, one for each axis."""
        import numpy as np

        return tuple(
            axis.codes[int(i)] for axis, i in zip(self.axes, np.unravel_index(cell, self.shape or (1,)), strict=False)
        )

    @cached_property
    def equations(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], int]:
        """The sums as a sparse matrix (row, cell, +1 for the parent or -1 for a child; number of rows): matrix @ cells = 0.

        One row for each margin: the sum along the first axis on which it is not a leaf. All other sums follow from these.
        """
        import numpy as np

        numbers = np.arange(self.cells).reshape(self.shape)
        rows, cells, signs, count = [], [], [], 0
        for position, axis in enumerate(self.axes):
            for node in sorted(set(axis.parents) - {-1}):
                children = [child for child, parent in enumerate(axis.parents) if parent == node]
                lines = np.moveaxis(numbers.take([node, *children], axis=position), position, -1)
                lines = lines.reshape(-1, len(children) + 1)
                rows.append(np.repeat(np.arange(count, count + len(lines)), lines.shape[1]))
                cells.append(lines.reshape(-1))
                signs.append(np.tile(np.r_[1.0, -np.ones(len(children))], len(lines)))
                count += len(lines)
            numbers = numbers.take(axis.leaves, axis=position)
        if not rows:
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), 0
        return np.concatenate(rows), np.concatenate(cells), np.concatenate(signs), count
