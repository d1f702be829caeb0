"""Linear programmes over the cells of one table, solved by HiGHS. The model is loaded once; bounds and costs change.

One programme per table: the value of every cell that a reader does not know, or its change, subject to the table's sums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bongsu.core.errors import N_, Refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bongsu.desk.layout import Layout

    Floats = NDArray[np.float64]


class LinearProgramme:
    """min cost @ x subject to `matrix` @ x = 0 and low <= x <= high."""

    def __init__(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], signs: Floats, shape: tuple[int, int]
    ) -> None:
        """`rows`, `columns` and `signs` are the entries of the matrix of `shape` (rows, columns)."""
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

        class Silent(highspy.Highs):
            def enableCallbacks(self) -> None:  # noqa: N802 (highspy's name), the first step that would print a banner
                self.setOptionValue("output_flag", False)
                super().enableCallbacks()  # type: ignore[no-untyped-call]

        self._solver = Silent()  # type: ignore[no-untyped-call]
        self._solver.setOptionValue("threads", 1)  # the same answer on every machine
        self._solver.passModel(model)
        self._all = np.arange(self.width, dtype=np.int32)

    @classmethod
    def of(cls, layout: Layout, *, halves: bool) -> LinearProgramme:
        """Over the cells of `layout`; with `halves` every cell twice: its increase, then its decrease."""
        rows, cells, signs, count = layout.equations
        if halves:
            rows, cells, signs = np.r_[rows, rows], np.r_[cells, cells + layout.cells], np.r_[signs, -signs]
        return cls(rows, cells, signs, (count, layout.cells * (2 if halves else 1)))

    @classmethod
    def of_some(cls, layout: Layout, cells: NDArray[np.int64]) -> LinearProgramme:
        """Over these `cells` alone: how they may change while all others stay as they are."""
        rows, columns, signs, _ = layout.equations
        place = np.full(layout.cells, -1)
        place[cells] = np.arange(len(cells))
        inside = place[columns] >= 0
        used, rows = np.unique(rows[inside], return_inverse=True)
        found = cls(rows, place[columns[inside]], signs[inside], (len(used), len(cells)))
        # Costs alone change from one solution to the next, so the last vertex stays feasible: primal simplex (12 s became 2).
        found._solver.setOptionValue("simplex_strategy", 4)
        return found

    def bounds(self, low: Floats, high: Floats) -> None:
        """Sets the bounds of all columns."""
        self._solver.changeColsBounds(self.width, self._all, low.astype(np.float64), high.astype(np.float64))

    def costs(self, costs: Floats) -> None:
        """Sets the costs of all columns."""
        self._solver.changeColsCost(self.width, self._all, costs.astype(np.float64))

    def cost(self, column: int, cost: float) -> None:
        """Sets the cost of one column."""
        self._solver.changeColCost(int(column), cost)

    def solve(self) -> Floats:
        """The best x. Raises Refused where there is none: what cannot be protected is not shown.

        From nothing: after new bounds and costs presolve is worth more than the last basis (37 s became 6 s in four axes).
        """
        self._solver.clearSolver()
        self._solver.run()
        if self._solver.getModelStatus() != self._optimal:
            raise Refused(N_("The table cannot be protected, so nothing of it is shown."))
        return np.asarray(self._solver.getSolution().col_value)

    def possible(self, low: Floats, high: Floats) -> bool:
        """Whether any x keeps to these bounds."""
        self.bounds(low, high)
        self.costs(np.zeros(self.width))
        self._solver.clearSolver()
        self._solver.run()
        return bool(self._solver.getModelStatus() == self._optimal)

    def unbounded_or(self) -> float | None:
        """The value of the best solution; None where it is unbounded."""
        import highspy

        self._solver.run()
        status = self._solver.getModelStatus()
        if status == self._optimal:
            return float(self._solver.getInfo().objective_function_value)
        if status in (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return None
        raise Refused(N_("The table cannot be protected, so nothing of it is shown."))
