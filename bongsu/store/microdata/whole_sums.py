"""Compiles sums of whole numbers to which one record can add a stated amount at most, for answers with differential privacy.

A number is cut to its bounds and counted in whole steps from a centre, a weight in whole steps of its declared maximum. So sums
are exact, and what one contributor can change is exact too; sums of floats differ by rounding. If contributors have ids, only
so many records of each are used: those with the smallest keys, which depend on the contributor's own records alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from bongsu.core.microdata_question import Split
from bongsu.store.microdata.expressions import (
    HOLDING_TABLE,
    SumPlan,
    filter_population,
    holding_schema,
    join_scores,
    split_key,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir

WEIGHT_STEPS = 2**14


@dataclass(frozen=True)
class WholeNumber:
    """A number in whole steps: from -`most` to `most`, the number of steps of size `step` by which it differs from `centre`."""

    name: str
    low: float
    high: float
    centre: float
    step: float
    most: int


@dataclass(frozen=True)
class WholeSum:
    """A sum of the product of `factors`, times the weight if `weighted`, over records that have all of `known`."""

    factors: tuple[WholeNumber, ...] = ()
    weighted: bool = True
    known: tuple[str, ...] = ()


@dataclass(frozen=True)
class WholeTable:
    """A table: its sums for every combination of codes of `splits`. A record is in one cell only."""

    splits: tuple[Split, ...]
    sums: tuple[WholeSum, ...]


def whole_sum_expression(
    table: WholeTable, plan: SumPlan, *, records: int, max_weight: float | None, scores: Mapping[str, Any]
) -> ir.Table:
    """Returns the expression of a table: its keys k0 ..., then its sums s0 ... as whole numbers.

    `records`: the most records of one contributor with an id. `max_weight`: a weight of WEIGHT_STEPS steps; None: no weights.
    `scores`: the names of the scores that the table uses are its keys.
    """
    import ibis

    rows = filter_population(ibis.table(holding_schema(plan.survey), name=HOLDING_TABLE), plan)
    if plan.survey.design.contributor:
        order = [rows.RECORD_KEY, *(rows[variable.concept] for variable in plan.survey.variables)]
        number = ibis.row_number().over(ibis.window(group_by=rows.CONTRIBUTOR, order_by=order))
        rows = rows.mutate(RECORD_NUMBER=number)
        rows = rows.filter(records > rows.RECORD_NUMBER)
    rows = join_scores(rows, [(name, source) for name, source in plan.question.scores if name in scores])
    columns: dict[str, Any] = {f"k{i}": split_key(rows, plan.survey, split) for i, split in enumerate(table.splits)}
    by = list(columns)
    columns["f"] = rows.FREQUENCY if plan.survey.design.frequency else ibis.literal(1, "int64")
    weight = (
        _count_steps(rows.WEIGHT, max_weight / WEIGHT_STEPS, 0, WEIGHT_STEPS)
        if max_weight
        else ibis.literal(1, "int64")
    )
    columns["w"] = weight
    numbers = {one.name: one for each in table.sums for one in each.factors}
    known = sorted({name for each in table.sums for name in each.known})
    places = {name: f"x{i}" for i, name in enumerate(sorted({*numbers, *known}))}
    for name, place in places.items():
        x = rows[name].cast("float64")
        columns[f"has_{place}"] = x.notnull()
    for i, each in enumerate(table.sums):
        columns[f"p{i}"] = reduce(
            lambda a, b: a * b,
            [_whole_number(rows, one) for one in each.factors],
            weight if each.weighted else ibis.literal(1, "int64"),
        )
    inner = rows.select(**columns)
    sums = {}
    for i, each in enumerate(table.sums):
        has = [inner[f"has_{places[name]}"] for name in each.known]
        product = inner[f"p{i}"] * inner.f
        sums[f"s{i}"] = product.sum(where=reduce(lambda a, b: a & b, has)) if has else product.sum()
    return inner.group_by(by).aggregate(**sums) if by else inner.aggregate(**sums)


def _whole_number(rows: ir.Table, number: WholeNumber) -> Any:
    x = rows[number.name].cast("float64")
    return _count_steps(cut_number(x, number) - number.centre, number.step, -number.most, number.most)


def cut_number(x: Any, number: WholeNumber) -> Any:
    """Returns a column cut to the bounds of a number."""
    import ibis

    return ibis.least(ibis.greatest(x, ibis.literal(number.low, "float64")), ibis.literal(number.high, "float64"))


def _count_steps(amount: Any, step: float, least: int, most: int) -> Any:
    """Returns an amount in whole steps, the nearest from `least` to `most`; null if unknown."""
    import ibis

    steps = (amount / step + 0.5).floor()
    return ibis.least(
        ibis.greatest(steps, ibis.literal(float(least), "float64")), ibis.literal(float(most), "float64")
    ).cast("int64")
