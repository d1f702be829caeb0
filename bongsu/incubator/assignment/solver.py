"""Solves a linear programme with HiGHS: the highest gain, by one thread, so that the same input gives the same answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Solution:
    """The values of the columns, the gain, the highest gain that could be, and what a step of each column would lose."""

    values: Floats
    gain: float
    bound: float
    losses: Floats


@dataclass(slots=True)
class Rows:
    """Constraints: low <= factors @ columns <= high, collected row by row; `tags` say what a row is."""

    columns: list[Numbers] = field(default_factory=list)
    factors: list[Floats] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    tags: list[Any] = field(default_factory=list)

    def keep(self, kept: NDArray[np.bool_]) -> Rows:
        """Returns the rows over the columns that are kept, numbered anew."""
        number = np.cumsum(kept) - 1
        parts = [(number[columns[kept[columns]]], kept[columns]) for columns in self.columns]
        factors = [one[part] for one, (_, part) in zip(self.factors, parts, strict=True)]
        return Rows([columns for columns, _ in parts], factors, self.low, self.high, self.tags)

    def add(self, tag: Any, columns: Numbers, low: float, high: float, factors: Floats | None = None) -> None:
        """Adds a row; its factors are 1 unless given."""
        self.columns.append(columns)
        self.factors.append(np.ones(len(columns)) if factors is None else factors)
        self.low.append(low)
        self.high.append(high)
        self.tags.append(tag)


def solve(
    gains: Floats, low: Floats, high: Floats, rows: Rows, *, integer: bool = False, gap: float = 0.0
) -> Solution | None:
    """Returns the best columns between their bounds, or None if there are none. `integer` asks for whole numbers.

    The gain of a whole-number solution is within `gap` of the bound.
    """
    import highspy

    if not len(gains):  # HiGHS has no answer for a programme without columns
        holds = all(least <= 0 <= most for least, most in zip(rows.low, rows.high, strict=True))
        return Solution(gains, 0.0, 0.0, gains) if holds else None
    lengths = [len(columns) for columns in rows.columns]
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(gains), len(lengths)
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_, model.col_lower_, model.col_upper_ = gains, low, high
    model.row_lower_, model.row_upper_ = np.array(rows.low, float), np.array(rows.high, float)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    model.a_matrix_.index_ = np.concatenate(rows.columns or [np.zeros(0, dtype=np.int64)]).astype(np.int32)
    model.a_matrix_.value_ = np.concatenate(rows.factors or [np.zeros(0)])
    if integer:
        model.integrality_ = [highspy.HighsVarType.kInteger] * len(gains)

    class Silent(highspy.Highs):
        def enableCallbacks(self) -> None:  # noqa: N802 (highspy's name; it runs before the banner is printed)
            self.setOptionValue("output_flag", False)
            super().enableCallbacks()  # type: ignore[no-untyped-call]

    solver = Silent()  # type: ignore[no-untyped-call]
    for name, value in (("threads", 1), ("random_seed", 0), ("mip_rel_gap", gap), ("mip_abs_gap", 1e-7)):
        solver.setOptionValue(name, value)
    solver.passModel(model)
    solver.run()
    status = solver.getModelStatus()
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return None
    if status != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"HiGHS ended with {status}")  # neither happens with finite bounds and no limit of time
    info = solver.getInfo()
    found = solver.getSolution()
    values, losses = np.asarray(found.col_value), np.abs(np.asarray(found.col_dual))
    gain = float(gains @ values)
    return Solution(values, gain, max(gain, float(info.mip_dual_bound)) if integer else gain, losses)
