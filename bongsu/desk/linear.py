"""Linear programmes over the cells of one table, solved by HiGHS. The model is loaded once; bounds and costs change.

The variables are changes of cells; the constraints are the table's sums.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from bongsu.core.errors import N_, Refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bongsu.desk.layout import CellSystem

    Floats = NDArray[np.float64]


@cache
def _silent_solver() -> Any:
    """Returns the class of solvers that print nothing."""
    import highspy

    class Silent(highspy.Highs):
        def enableCallbacks(self) -> None:  # noqa: N802 (highspy's name; it runs before the banner is printed)
            self.setOptionValue("output_flag", False)
            super().enableCallbacks()  # type: ignore[no-untyped-call]

    return Silent


class LinearProgramme:
    """min cost @ x subject to `matrix` @ x = 0 and low <= x <= high."""

    def __init__(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], signs: Floats, shape: tuple[int, int]
    ) -> None:
        """Builds the programme from a sparse matrix of `shape`: entries `signs` at (`rows`, `columns`)."""
        import highspy

        count, self.width = shape
        order = np.lexsort((rows, columns))
        starts = np.searchsorted(columns[order], np.arange(self.width + 1))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self.width, count
        model.col_cost_ = model.col_lower_ = model.col_upper_ = np.zeros(self.width)
        model.row_lower_ = model.row_upper_ = np.zeros(count)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = starts
        model.a_matrix_.index_ = rows[order]
        model.a_matrix_.value_ = signs[order]
        self._optimal = highspy.HighsModelStatus.kOptimal

        self._solver = _silent_solver()()
        self._solver.setOptionValue("threads", 1)  # the same answer on every machine
        self._solver.passModel(model)
        self._all = np.arange(self.width, dtype=np.int32)

    @classmethod
    def from_layout(cls, layout: CellSystem, *, halves: bool) -> LinearProgramme:
        """Builds the programme over all cells. With `halves` it has first the increases of all cells, then their decreases."""
        rows, cells, signs, count = layout.equations
        if halves:
            rows, cells, signs = np.r_[rows, rows], np.r_[cells, cells + layout.cells], np.r_[signs, -signs]
        return cls(rows, cells, signs, (count, layout.cells * (2 if halves else 1)))

    @classmethod
    def from_cells(cls, layout: CellSystem, cells: NDArray[np.int64]) -> LinearProgramme:
        """Builds the programme over `cells` only: the changes that leave all other cells as they are."""
        rows, columns, signs, _ = layout.equations
        place = np.full(layout.cells, -1)
        place[cells] = np.arange(len(cells))
        inside = place[columns] >= 0
        used, rows = np.unique(rows[inside], return_inverse=True)
        found = cls(rows, place[columns[inside]], signs[inside], (len(used), len(cells)))
        # Only costs change between solutions, so the last vertex stays feasible: use primal simplex (2 s instead of 12 s).
        found._solver.setOptionValue("simplex_strategy", 4)
        return found

    def set_bounds(self, low: Floats, high: Floats) -> None:
        """Sets the bounds of all columns."""
        self._solver.changeColsBounds(self.width, self._all, low.astype(np.float64), high.astype(np.float64))

    def set_costs(self, costs: Floats) -> None:
        """Sets the costs of all columns."""
        self._solver.changeColsCost(self.width, self._all, costs.astype(np.float64))

    def set_cost(self, column: int, cost: float) -> None:
        """Sets the cost of one column."""
        self._solver.changeColCost(int(column), cost)

    def solve(self) -> Floats:
        """Returns the optimal x. Raises Refused if there is none, because the table then cannot be protected.

        Clears the last basis: after new bounds and costs, presolve saves more time (6 s instead of 37 s with four axes).
        """
        self._solver.clearSolver()
        self._solver.run()
        if self._solver.getModelStatus() != self._optimal:
            raise Refused(N_("The table cannot be protected, so no result is shown."))
        return np.asarray(self._solver.getSolution().col_value)

    def is_feasible(self, low: Floats, high: Floats) -> bool:
        """Whether any x meets these bounds. Sets the bounds. The programme must have no costs: any basis is a start."""
        self.set_bounds(low, high)
        self._solver.run()
        return bool(self._solver.getModelStatus() == self._optimal)

    def optimal_value(self) -> float | None:
        """Returns the optimal value of the objective, or None if it is unbounded. Raises Refused for any other status."""
        import highspy

        self._solver.run()
        status = self._solver.getModelStatus()
        if status == self._optimal:
            return float(self._solver.getInfo().objective_function_value)
        if status in (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return None
        raise Refused(N_("The table cannot be protected, so no result is shown."))
