"""Plans the tables of whole numbers that a question needs, fetches them, and adds noise.

The cells of a table follow from declared codes, bands and edges, so they do not reveal which codes occur. Noise is added to the
finest cells; a margin is the sum of its noisy cells, so tables add up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bongsu.core.errors import N_, BadInput, Refused
from bongsu.core.microdata_question import MODEL_KINDS, Question, Split, Statistic
from bongsu.desk.layout import UNKNOWN, Axis, Layout, cut_code
from bongsu.desk.private.bounds import (
    MODEL_STEPS,
    Scores,
    bound_change,
    count_in_steps,
    count_records,
    find_bounds,
)
from bongsu.desk.private.mechanisms import build_mechanism
from bongsu.desk.tally import MAX_CELLS, band_code
from bongsu.store.microdata.whole_sums import WEIGHT_STEPS, WholeSum, WholeTable

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from bongsu.desk.private.rules import PrivateRules
    from bongsu.store.microdata.expressions import SumPlan

    Floats = NDArray[np.float64]

MAX_NUMBERS = 100_000  # numbers with noise in one question
NOT_OFFERED = ("gini", "dissimilarity")  # sums of absolute differences, which noise makes larger
BINNED = ("quantile", "histogram")

Whole = Mapping[WholeTable, list[list[int]]]  # the sums of each table by cell, in C order of its axes


class NoisySum(NamedTuple):
    """A sum with noise in the finest cells, of the shape of the table's axes, and the standard deviation of its noise."""

    values: Floats
    deviation: float


@dataclass(frozen=True)
class PrivatePlan:
    """A question as tables of whole numbers. `tables`: of each statistic by its name; `records`: of one contributor at most."""

    sums: SumPlan
    rules: PrivateRules
    codes: Mapping[str, list[str]]
    tables: Mapping[str, WholeTable]
    records: int

    @property
    def question(self) -> Question:
        """The question."""
        return self.sums.question

    @property
    def layout(self) -> Layout:
        """The layout of the question's cells."""
        return Layout(tuple(self.axis(split) for split in self.question.breakdown))

    def axis(self, split: Split, *, total: bool = True) -> Axis:
        """Returns the axis of a split: declared codes, bands, or the bins of a measure."""
        variable = self.sums.survey.variable(split.concept)
        if variable.kind == "measure":
            return Axis.flat(split.concept, tuple(map(str, range(len(variable.edges) + 1))), total=False)
        condition = next((c for c in self.question.where if c.concept == split.concept), None)
        if split.bands:
            names = [band_code(split, number) for number in range(len(split.bands) + 1)]
            return Axis.flat(split.concept, (*names, *([] if condition else [UNKNOWN])), total=total)
        codes = condition.codes if condition else self.codes[split.concept]
        if not split.digits:
            return Axis.flat(split.concept, tuple(codes), total=total)
        leaves = sorted({cut_code(code, split.digits) for code in codes})
        return Axis.by_prefix(split.concept, tuple(leaves), split.digits, total=total)

    def axes(self, table: WholeTable) -> list[Axis]:
        """Returns the axes of a table."""
        return [self.axis(split) for split in table.splits]

    def shape(self, table: WholeTable) -> tuple[int, ...]:
        """Returns the numbers of finest cells along the axes of a table."""
        return tuple(len(axis.leaves) for axis in self.axes(table))

    @property
    def cost_of_sum(self) -> Fraction:
        """What each sum costs: the question's cost in equal parts."""
        return self.rules.per_question / sum(len(table.sums) for table in set(self.tables.values()))


def plan_tables(sums: SumPlan, rules: PrivateRules, codes: Mapping[str, list[str]], scores: Scores) -> PrivatePlan:
    """Plans the tables of a question. Raises BadInput if a statistic is not offered or lacks bounds, Refused if too large."""
    tables = {each.name: _plan_table(each, sums, rules, scores) for each in sums.question.statistics}
    plan = PrivatePlan(sums, rules, codes, tables, count_records(sums.survey, sums.question, rules))
    if plan.layout.cells > MAX_CELLS:
        raise Refused(
            N_("The table would have {cells} cells; the most is {most}."), cells=plan.layout.cells, most=MAX_CELLS
        )
    numbers = sum(prod(plan.shape(table)) * len(table.sums) for table in set(tables.values()))
    if numbers > MAX_NUMBERS:
        raise Refused(N_("The table would have {cells} cells; the most is {most}."), cells=numbers, most=MAX_NUMBERS)
    return plan


def _plan_table(statistic: Statistic, sums: SumPlan, rules: PrivateRules, scores: Scores) -> WholeTable:
    survey, name, breakdown = sums.survey, statistic.of, sums.question.breakdown
    if statistic.kind in NOT_OFFERED:
        raise BadInput(
            N_("Mode “private” does not offer “{kind}”."),
            where=f"statistics.{statistic.name}",
            fix=N_("Ask for shares, quantiles or a histogram."),
            kind=statistic.kind,
        )
    if statistic.kind == "count":
        return WholeTable(breakdown, (WholeSum(weighted=False),))
    weighted = rules.max_weight is not None
    if statistic.kind in BINNED:
        return WholeTable((*breakdown, Split(name)), (WholeSum(weighted=weighted),))
    if not name:  # a total or a share
        return WholeTable(breakdown, (WholeSum(weighted=weighted),))
    bounds = find_bounds(survey, rules, scores, name)
    if statistic.kind == "total":
        return WholeTable(breakdown, (WholeSum((count_in_steps(survey, name, bounds, centre=0.0),), weighted),))
    if statistic.kind == "mean":
        number = count_in_steps(survey, name, bounds)
        return WholeTable(breakdown, (WholeSum((), weighted, (name,)), WholeSum((number,), weighted, (name,))))
    assert statistic.kind in MODEL_KINDS
    return _plan_model(statistic, sums, rules, scores)


def _plan_model(statistic: Statistic, sums: SumPlan, rules: PrivateRules, scores: Scores) -> WholeTable:
    """Returns the table of a model: by its codes, the sums of products of one, its numbers and the outcome."""
    survey, weighted = sums.survey, rules.max_weight is not None
    codes = [term for term in statistic.terms if Split(term) in sums.splits]
    numbers = [term for term in statistic.terms if term not in codes]
    bounds = find_bounds(survey, rules, scores, statistic.of)
    if statistic.kind == "glm" and not 0 <= bounds[0] <= bounds[1] <= (1 if statistic.family == "binomial" else np.inf):
        raise BadInput(
            N_("The bounds of the outcome must be at least 0, and at most 1 for a binomial model."),
            where=f"policy.private.bounds.{statistic.of}",
        )
    about_zero = 0.0 if statistic.kind == "glm" else None
    z = [count_in_steps(survey, each, find_bounds(survey, rules, scores, each), MODEL_STEPS) for each in numbers]
    z.append(count_in_steps(survey, statistic.of, bounds, MODEL_STEPS, about_zero))
    known = tuple(each.name for each in z)
    products = [(), *((one,) for one in z)]
    products += [(one, other) for i, one in enumerate(z[:-1]) for other in z[i:]]  # without the square of the outcome
    return WholeTable(tuple(map(Split, codes)), tuple(WholeSum(each, weighted, known) for each in products))


def arrange_sums(plan: PrivatePlan, table: WholeTable, groups: pa.Table) -> list[list[int]]:
    """Returns the engine's sums of a table by finest cell; a code that is not declared counts as unknown."""
    axes = plan.axes(table)
    positions = [_position_by_key(split, axis) for split, axis in zip(table.splits, axes, strict=True)]
    shape = plan.shape(table)
    found = [[0] * prod(shape) for _ in table.sums]
    rows: list[dict[str, Any]] = groups.to_pylist()
    for row in rows:
        at = [find(row[f"k{i}"]) for i, find in enumerate(positions)]
        if None in at:
            continue
        cell = int(np.ravel_multi_index(tuple(at), shape)) if shape else 0
        for i, sums in enumerate(found):
            sums[cell] += int(row[f"s{i}"] or 0)
    return found


def _position_by_key(split: Split, axis: Axis) -> Any:
    """Returns the function from the engine's key of a split to the position among the leaves; None for a record left out."""
    longest = max(split.digits, default=0)

    def find(key: Any) -> int | None:
        name = band_code(split, key) if split.bands else str(key)
        if longest and name != UNKNOWN and len(name) < longest:
            name += UNKNOWN
        return axis.positions.get(name, axis.positions.get(UNKNOWN))

    return find


def add_noise(plan: PrivatePlan, whole: Whole) -> dict[WholeTable, list[NoisySum]]:
    """Adds noise to the sums of each table and returns them in the units of the data."""
    rules, found = plan.rules, {}
    for table, sums in whole.items():
        noisy = []
        for each, numbers in zip(table.sums, sums, strict=True):
            change = bound_change(each, plan.records, weights=rules.max_weight is not None)
            mechanism = build_mechanism(rules.unit, plan.cost_of_sum, change)
            unit = _unit_of(each, rules)
            values = np.array(mechanism.add(numbers), np.float64).reshape(plan.shape(table)) * unit
            noisy.append(NoisySum(values, mechanism.deviation * unit))
        found[table] = noisy
    return found


def _unit_of(each: WholeSum, rules: PrivateRules) -> float:
    """Returns what one whole step of a sum is."""
    weight = rules.max_weight / WEIGHT_STEPS if each.weighted and rules.max_weight else 1.0
    return weight * prod(one.step for one in each.factors)
