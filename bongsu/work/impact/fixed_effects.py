"""Absorbs fixed effects with any number of levels: replaces columns by their weighted residuals on the effects.

One effect is absorbed by subtracting weighted group means. Several are absorbed by alternating projections, forwards and
backwards so that the operator is symmetric, accelerated by conjugate gradients (Hernandez-Ramos, Escalante and Raydan 2011,
"Unconstrained optimization techniques for the acceleration of alternating projection methods"). No dummy variables are
built, so 30,000 levels cost the same as 30.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bongsu.core.errors import N_, BadInput

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
TOLERANCE = 1e-10  # relative to the norm of the column
_MAX_ITERATIONS = 10_000


@dataclass(frozen=True)
class FixedEffect:
    """One fixed effect: its name, and the level (0, 1, ...) of every observation; every level occurs."""

    name: str
    levels: Numbers

    @property
    def size(self) -> int:
        """The number of levels."""
        return int(self.levels.max()) + 1

    def nested_in(self, other: Numbers) -> bool:
        """Whether all observations of each level have the same value of `other`."""
        first = np.zeros(self.size, dtype=np.int64)
        first[self.levels] = other
        return bool((first[self.levels] == other).all())


def build_effect(name: str, *columns: npt.ArrayLike) -> FixedEffect:
    """Builds the effect of a column, or of the combinations of several columns."""
    levels: Numbers = np.zeros(np.shape(columns[0]), dtype=np.int64)
    for column in columns:
        _, its = np.unique(np.asarray(column, dtype=str), return_inverse=True)
        _, levels = np.unique(levels * (int(its.max()) + 1) + its, return_inverse=True)
    return FixedEffect(name, levels.astype(np.int64))


def absorb_effects(columns: Floats, effects: Sequence[FixedEffect], weights: Floats) -> Floats:
    """Returns the residuals of `columns` (observations, k) on the effects by weighted least squares.

    Raises BadInput if the iteration does not converge; a connected panel converges within some tens of iterations.
    """
    if not effects:
        return columns.copy()
    sums: list[Floats] = [np.bincount(one.levels, weights, one.size).astype(np.float64) for one in effects]

    def project(column: Floats, one: FixedEffect, total: Floats) -> Floats:
        means = np.bincount(one.levels, weights * column, one.size) / total
        less: Floats = column - means[one.levels]
        return less

    def there_and_back(column: Floats) -> Floats:
        turns = [*zip(effects, sums, strict=True)]
        for one, total in [*turns, *turns[-2::-1]]:
            column = project(column, one, total)
        return column

    out = np.empty_like(columns, order="F")  # column-major: the loop reads whole columns
    for at in range(columns.shape[1]):
        out[:, at] = _fixed_point(
            np.ascontiguousarray(columns[:, at]), there_and_back, weights, single=len(effects) == 1
        )
    return out


def _fixed_point(column: Floats, turn: Callable[[Floats], Floats], weights: Floats, *, single: bool) -> Floats:
    """Returns the fixed point of `turn` from `column`, by conjugate gradients on (1 - turn)."""
    found = turn(column)
    if single:
        return found

    def inner(one: Floats, two: Floats) -> float:
        return float((weights * one * two).sum())  # no BLAS: its threads cost more than they save at this length

    size = inner(column, column) ** 0.5 or 1.0
    residual = turn(found) - found
    direction, norm = residual, inner(residual, residual)
    for _ in range(_MAX_ITERATIONS):
        if norm <= (TOLERANCE * size) ** 2:
            return found
        image = direction - turn(direction)
        curvature = inner(direction, image)
        if curvature <= 0:
            return found
        step = norm / curvature
        found = found + step * direction
        residual = residual - step * image
        norm, before = inner(residual, residual), norm
        direction = residual + (norm / before) * direction
    raise BadInput(N_("The fixed effects are not identified: the panel is not connected enough."))
