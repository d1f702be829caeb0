"""Design variances and covariances of the sums of weights and of weighted values, for every cell of a table at once.

They are those of variance.py with the derivatives 1 and 0. Unlike standard errors they can be added over independent samples,
and the variance of a ratio of sums follows from them (`ratio_error`). Not here: statistics that are no ratio.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bongsu.desk.variance import replicate_factor, stratum_factors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bongsu.desk.layout import Axis, Layout
    from bongsu.desk.tally import Tally

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]


class CellCovariances(NamedTuple):
    """By cell: V(sum w), Cov(sum w, sum w x), V(sum w x), and Cov(sum w, sum w of another cell that contains it)."""

    aa: Floats
    ab: Floats
    bb: Floats
    within: Floats


def cell_covariances(tally: Tally, name: str = "", containing: Numbers | None = None) -> CellCovariances:
    """Returns the covariances of a variable's sums, over those with a value of it; of people if `name` is empty.

    `containing`: (cells,), for each cell one that contains it, for the covariance `within`; by default the cell itself. All are
    0 for a complete count.
    """
    size = tally.layout.cells
    around = np.arange(size) if containing is None else containing
    design = tally.plan.survey.design
    if not design.sampled:
        return CellCovariances(*np.zeros((4, size)))
    if design.replicates:
        return _replicate_covariances(tally, name, around)
    return _linear_covariances(tally, name, around)


def _replicate_covariances(tally: Tally, name: str, around: Numbers) -> CellCovariances:
    design = tally.plan.survey.design
    factor = replicate_factor(design.method, len(design.replicates), design.rho)
    rows = tally.variable(name)
    a, b = tally.cells(rows.a), tally.cells(rows.b)
    found = np.zeros((4, tally.layout.cells))
    for number in range(len(design.replicates)):
        weights, amounts = tally.replicate(name, number)
        da, db = tally.cells(weights) - a, tally.cells(amounts + rows.centre * weights) - b
        found += np.stack([da * da, da * db, db * db, da * da[around]])
    return CellCovariances(*(factor * found))


def _linear_covariances(tally: Tally, name: str, around: Numbers) -> CellCovariances:
    """Sums products over the units of a cell, and subtracts those of the strata's sums divided by the number of units."""
    size, rows = tally.layout.cells, tally.variable(name)
    row, cell = _pair_rows_with_cells(tally.layout, tally.leaves, tally.rows)
    stratum, a, b = rows.stratum[row], rows.a[row], rows.b[row]
    factors, centred = stratum_factors(tally.sample)
    if rows.unit is None:
        aa, ab, bb = (each[row] for each in tally.squares(name))
        within = aa  # a record in a cell is the same record in the cell that contains it
    else:
        keys, place = np.unique(rows.unit[row] * size + cell, return_inverse=True)
        of_key = np.zeros(len(keys), np.int64)
        of_key[place] = stratum
        cell, stratum = keys % size, of_key
        a, b = (_sum_by(place, each, len(keys)) for each in (a, b))
        aa, ab, bb = a * a, a * b, b * b
        within = a * a[np.searchsorted(keys, keys - cell + around[cell])]
    second = [_sum_by(cell, factors[stratum] * each, size) for each in (aa, ab, bb, within)]
    keys, place = np.unique(stratum * size + cell, return_inverse=True)
    cell, weights = keys % size, (factors * centred)[keys // size]
    a, b = (_sum_by(place, each, len(keys)) for each in (a, b))
    outer = a[np.searchsorted(keys, keys - cell + around[cell])]
    first = [_sum_by(cell, weights * each, size) for each in (a * a, a * b, b * b, a * outer)]
    return CellCovariances(*(one - other for one, other in zip(second, first, strict=True)))


def _sum_by(place: Numbers, values: Floats, size: int) -> Floats:
    return np.asarray(np.bincount(place, values, minlength=size), np.float64)


def _pair_rows_with_cells(layout: Layout, leaves: Numbers, rows: int) -> tuple[Numbers, Numbers]:
    """Returns (pairs,) twice: a row, and a cell that contains it; every such pair once."""
    cell, valid = np.zeros((rows, 1), np.int64), np.ones((rows, 1), bool)
    for axis, leaf in zip(layout.axes, leaves, strict=True):
        nodes = _nodes_of_leaves(axis)[leaf]
        cell = (cell[:, :, None] * len(axis.codes) + nodes[:, None, :]).reshape(rows, -1)
        valid = (valid[:, :, None] & (nodes >= 0)[:, None, :]).reshape(rows, -1)
    row = np.broadcast_to(np.arange(rows)[:, None], cell.shape)
    return np.asarray(row[valid], np.int64), np.asarray(cell[valid], np.int64)


def _nodes_of_leaves(axis: Axis) -> Numbers:
    """Returns (leaves, depth): the nodes that contain each leaf, itself included; filled with -1."""
    paths = [np.flatnonzero(column) for column in axis.members.T]
    found = np.full((len(paths), max(map(len, paths), default=1)), -1, np.int64)
    for leaf, path in enumerate(paths):
        found[leaf, : len(path)] = path
    return found
