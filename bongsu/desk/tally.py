"""The engine's sums arranged as the table of the question: rows of sums, their cells, and sums by cell."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bongsu.core.errors import N_, Refused
from bongsu.core.microdata_question import Split
from bongsu.desk.layout import UNKNOWN, Axis, Layout, cut_code
from bongsu.desk.primary_suppression import bound_largest_sum
from bongsu.desk.score_codes import round_up_to_ten
from bongsu.desk.variance import RowSums, Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from bongsu.desk.policy import Policy
    from bongsu.desk.score_codes import ScoreCodes
    from bongsu.store.microdata.expressions import SumPlan

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]

MAX_CELLS = 20_000


@dataclass(frozen=True)
class Tally:
    """The engine's result (`table`), the `layout` of the question's table, and `leaves` (axes, rows): the leaf of each row."""

    plan: SumPlan
    table: pa.Table
    layout: Layout
    leaves: Numbers
    sample: Sample
    strata: Mapping[str, int]
    scores: Mapping[str, ScoreCodes] = field(default_factory=dict)

    def select(self, rows: NDArray[np.bool_]) -> Tally:
        """Returns the tally of the rows for which `rows` is true."""
        return Tally(self.plan, self.table.filter(rows), self.layout, self.leaves[:, rows], self.sample, self.strata)

    @property
    def rows(self) -> int:
        """The number of rows of sums."""
        return int(self.table.num_rows)

    @property
    def bound_largest(self) -> Callable[[Floats, Floats, Floats, int], Floats]:
        """The bound of the sum of the n largest contributions, from the exact largest."""
        return bound_largest_sum

    def weights(self) -> Floats | None:
        """Returns, by cell, the weighted people; None if the contributors have no weights."""
        return self.cells(self.sums("a")) if self.plan.survey.design.weight else None

    def sums(self, name: str) -> Floats:
        """Returns a column of the engine's result; empty sums are 0."""
        column: Any = self.table[name]
        return np.asarray(np.nan_to_num(column.cast("float64").to_numpy()), np.float64)

    @cached_property
    def leaf(self) -> Numbers:
        """The leaf cell of every row, in C order."""
        if not self.layout.axes:
            return np.zeros(self.rows, np.int64)
        return np.asarray(np.ravel_multi_index(tuple(self.leaves), self.layout.leaf_shape), np.int64)

    def sum_by_leaf(self, values: Floats) -> Floats:
        """Sums values of rows by leaf cell."""
        return np.bincount(self.leaf, values, minlength=int(np.prod(self.layout.leaf_shape))).astype(np.float64)

    def mean_weight(self, name: str) -> tuple[Floats, Floats]:
        """Returns, by cell, the weight that a unit of weight has on average, and the sum of weights, of those with a value."""
        prefix = f"v{self.plan.variables.index(name)}_"
        weight = self.cells(self.sums(f"{prefix}a"))
        return np.divide(
            self.cells(self.sums(f"{prefix}aa")), weight, out=np.zeros_like(weight), where=weight > 0
        ), weight

    def mean_steps(self, name: str, minimum: int) -> Floats:
        """Returns the steps by cell to which the mean of a score is rounded.

        That is the power of ten not below the change that `minimum` records over the range of the score could make; 0 if the
        table by the codes of the score could be shown.
        """
        if self.scores[name].least >= minimum:
            return np.zeros(self.layout.cells)
        each, weight = self.mean_weight(name)
        change = minimum * self.scores[name].reach * each
        return round_up_to_ten(np.divide(change, weight, out=np.zeros_like(weight), where=weight > 0))

    def cells(self, values: Floats) -> Floats:
        """Sums values of rows by cell."""
        return self.layout.sums(self.sum_by_leaf(values))

    def rows_in(self, cell: int) -> NDArray[np.bool_]:
        """Returns a mask of the rows in a cell."""
        inside = np.ones(self.rows, dtype=bool)
        if self.layout.axes:
            for axis, node, leaves in zip(
                self.layout.axes, np.unravel_index(cell, self.layout.shape), self.leaves, strict=True
            ):
                inside &= axis.members[int(node)][leaves]
        return inside

    def key(self, split: Split) -> Numbers:
        """Returns each row's code of a split, as an index into `codes(split)`; for a histogram, the bin."""
        column: Any = self.table[f"k{self.plan.splits.index(split)}"]
        if column.type in ("int32", "int64", "int8", "int16"):
            return np.asarray(column.to_numpy(), np.int64)
        return np.asarray(np.searchsorted(np.array(self.codes(split)), column.to_pylist()), np.int64)

    def codes(self, split: Split) -> list[str]:
        """Returns the codes of a split, sorted."""
        column: Any = self.table[f"k{self.plan.splits.index(split)}"]
        return sorted(column.unique().to_pylist())

    def variable(self, name: str) -> RowSums:
        """Returns the sums of a variable, or of people if `name` is empty."""
        prefix = f"v{self.plan.variables.index(name)}_" if name else ""

        def read(columns: str) -> dict[str, Floats]:
            found = ((each, f"{prefix}{each}") for each in columns.split())
            return {
                each: self.sums(column) if column in self.table.column_names else np.zeros(self.rows)
                for each, column in found
            }

        about = read("cx d dx ww wx xx") if self.is_centred else None
        return RowSums.from_sums(read("n a b aa ab bb"), about, self._stratum, self._unit)

    def squares(self, name: str) -> tuple[Floats, Floats, Floats]:
        """Returns the sums of w2, w2 x and w2 x2 by row, over those with a value; of people if `name` is empty."""
        prefix = f"v{self.plan.variables.index(name)}_" if name else ""
        zero = np.zeros(self.rows)
        aa = self.sums(f"{prefix}aa")
        return (aa, self.sums(f"{prefix}ab"), self.sums(f"{prefix}bb")) if name else (aa, zero, zero)

    @property
    def is_centred(self) -> bool:
        """Whether the engine's result has the sums of deviations from means."""
        return "ww" in self.table.column_names

    def replicate(self, name: str, number: int) -> tuple[Floats, Floats]:
        """Returns the sums `a` and `d` (see RowSums) of a variable under one set of replicate weights."""
        if not name:
            return self.sums(f"a_r{number}"), np.zeros(self.rows)
        prefix = f"v{self.plan.variables.index(name)}_"
        return self.sums(f"{prefix}a_r{number}"), self.sums(f"{prefix}{'dx' if self.is_centred else 'b'}_r{number}")

    @cached_property
    def _stratum(self) -> Numbers:
        if "stratum" not in self.table.column_names:
            return np.zeros(self.rows, np.int64)
        column: Any = self.table["stratum"]
        return np.array([self.strata[name] for name in column.to_pylist()], np.int64)

    @cached_property
    def _unit(self) -> Numbers | None:
        name = next((each for each in ("cluster", "contributor") if each in self.table.column_names), None)
        return None if name is None else self._indexed(name, self._stratum if name == "cluster" else None)

    def _indexed(self, name: str, within: Numbers | None = None) -> Numbers:
        column: Any = self.table[name]
        _, index = np.unique(np.asarray(column.to_pylist()), return_inverse=True)
        return index.astype(np.int64) if within is None else index + within * (int(index.max(initial=0)) + 1)

    @cached_property
    def _period(self) -> Numbers | None:
        if not self.plan.period:
            return None
        column: Any = self.table[self.plan.period]
        return np.unique(np.asarray(column.to_pylist()), return_inverse=True)[1].astype(np.int64)

    def records(self, name: str = "", column: str = "n") -> Floats:
        """Returns the counts that are shown: contributors or, if these recur in every period, their sum over periods."""
        if self._period is None:
            return self.contributors(name, column)
        return self.cells(self.sums(f"v{self.plan.variables.index(name)}_{column}" if name else column))

    @cached_property
    def _contributor(self) -> Numbers | None:
        return self._indexed("contributor") if "contributor" in self.table.column_names else None

    def contributors(self, name: str = "", column: str = "n") -> Floats:
        """Counts the contributors of each cell; with `name`, only those with a value of the variable.

        With `column` = "some", only those whose value is not 0.
        """
        counts = self.sums(f"v{self.plan.variables.index(name)}_{column}" if name else column)
        if self._period is not None:
            each = (
                self.cells(np.where(self._period == period, counts, 0.0)) for period in range(self._period.max() + 1)
            )
            return np.asarray(np.max(list(each), axis=0))
        if self._contributor is None:
            return self.cells(counts)
        has = counts > 0
        return np.array(
            [len(np.unique(self._contributor[self.rows_in(cell) & has])) for cell in range(self.layout.cells)], float
        )

    def is_binary(self, name: str) -> bool:
        """Whether every value of a variable is 0 or one other number c: x x = c x. c is 1, unless the extremes are known."""
        prefix = f"v{self.plan.variables.index(name)}_"
        other = 1.0
        if f"{prefix}high" in self.table.column_names:
            has = self.sums(f"{prefix}n") > 0
            low, high = (
                self.sums(f"{prefix}low")[has].min(initial=0.0),
                self.sums(f"{prefix}high")[has].max(initial=0.0),
            )
            if low < 0 < high:
                return False
            other = high or low
        return bool(np.allclose(self.sums(f"{prefix}ab") * other, self.sums(f"{prefix}bb"), rtol=1e-12, atol=0.0))

    def contributions(self, name: str) -> tuple[Floats, Floats, Floats]:
        """Returns (total, largest, sum of squares) of the absolute weighted contributions to each cell."""
        prefix = f"v{self.plan.variables.index(name)}_"
        absolute = f"{prefix}abs" if f"{prefix}abs" in self.table.column_names else f"{prefix}b"
        if self._contributor is None:
            top = np.zeros(int(np.prod(self.layout.leaf_shape)))
            np.maximum.at(top, self.leaf, self.sums(f"{prefix}top"))
            return self.cells(self.sums(absolute)), self.layout.largest(top), self.cells(self.sums(f"{prefix}bb"))
        amounts = self.sums(absolute)
        found = np.zeros((3, self.layout.cells))
        for cell in range(self.layout.cells):
            inside = self.rows_in(cell)
            parts = np.bincount(self._contributor[inside], amounts[inside]) if inside.any() else np.zeros(1)
            found[:, cell] = parts.sum(), parts.max(initial=0.0), (parts**2).sum()
        return found[0], found[1], found[2]


def build_tally(
    plan: SumPlan, answer: pa.Table, strata: pa.Table, codes: Mapping[str, list[str]], policy: Policy
) -> Tally:
    """Arranges the engine's result as the table of the question.

    If zeros are protected, an axis has every code of the holding that the question's conditions allow, so that it does not
    reveal which codes occur in the population. Raises Refused if the table has too many cells.
    """
    axes, leaves = [], []
    for number, split in enumerate(plan.question.breakdown):
        column: Any = answer[f"k{number}"]
        found = column.to_pylist()
        names = [band_code(split, each) for each in found] if split.bands else found
        axis = build_axis(plan, split, sorted(set(names)), codes.get(split.concept, []), policy)
        longest = max(split.digits, default=0)
        named = [name + UNKNOWN if split.digits and name != UNKNOWN and len(name) < longest else name for name in names]
        axes.append(axis)
        leaves.append(np.array([axis.positions[name] for name in named], np.int64))
    layout = Layout(tuple(axes))
    if layout.cells > MAX_CELLS:
        raise Refused(
            N_("The table would have {cells} cells; the most is {most}."),
            cells=layout.cells,
            most=MAX_CELLS,
        )
    names = strata["stratum"].to_pylist()
    population: Any = strata["population"]
    units: Any = strata["units"]
    sample = Sample(
        units.cast("float64").to_numpy(),
        np.array([np.inf if each is None else each for each in population.to_pylist()], float),
    )
    positions = {str(name): position for position, name in enumerate(names)}
    return Tally(
        plan, answer, layout, np.array(leaves, np.int64).reshape(len(axes), answer.num_rows), sample, positions
    )


def build_axis(plan: SumPlan, split: Split, found: list[str], codes: list[str], policy: Policy) -> Axis:
    """Returns the axis of a split: the codes `found` and, if zeros are protected, those of the holding (`codes`)."""
    if split.bands:
        names = [band_code(split, number) for number in range(len(split.bands) + 1)]
        bounded = any(c.concept == split.concept for c in plan.question.where)
        names = [*names, *([UNKNOWN] if UNKNOWN in found or (UNKNOWN in codes and not bounded) else [])]
        kept = names if policy.zeros == "protect" else [name for name in names if name in found]
        return Axis.flat(split.concept, tuple(kept), total=plan.question.margins)
    leaves = found
    if policy.zeros == "protect":
        allowed = next((set(c.codes) for c in plan.question.where if c.concept == split.concept), None)
        cut = {cut_code(code, split.digits) for code in codes if allowed is None or code in allowed}
        leaves = sorted(set(found) | cut)
    if split.digits:
        return Axis.by_prefix(split.concept, tuple(leaves), split.digits, total=plan.question.margins)
    return Axis.flat(split.concept, tuple(leaves), total=plan.question.margins)


def count_contributors(groups: pa.Table, plan: SumPlan) -> int:
    """Returns the number of contributors in the whole population."""
    if plan.period:
        periods: Counter[Any] = Counter()
        rows: Any = groups.select([plan.period, "n"]).to_pylist()
        for row in rows:
            periods[row[plan.period]] += row["n"]
        return max(periods.values(), default=0)
    if "contributor" in groups.column_names:
        return len(set(groups["contributor"].to_pylist()))
    return int(sum(n for n in groups["n"].to_pylist() if n))


def band_code(split: Split, number: int) -> str:
    """Returns the code of a band, such as "<15", "15-24" or ">=65"; "_U" for -1."""
    edges = split.bands
    if number < 0:
        return UNKNOWN
    if number == 0:
        return f"<{edges[0]}"
    if number == len(edges):
        return f">={edges[-1]}"
    return f"{edges[number - 1]}-{edges[number] - 1}"
