"""Compiles keys and component filters to conditions of the engine. Conditions on time select among the release's periods."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache, reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_, BadInput
from bongsu.core.release import Release
from bongsu.core.structure import NUMERIC_COLUMNS, TIME, Dataflow
from bongsu.publish.sdmx.errors import unknown_component
from bongsu.publish.sdmx.filters import Condition, Filter, Key
from bongsu.publish.sdmx.period_ranges import matches_period
from bongsu.publish.sdmx.queries import DataQuery
from bongsu.store.node import Node

if TYPE_CHECKING:
    import ibis.expr.types as ir


def build_conditions(node: Node, release: Release, flow: Dataflow, table: ir.Table, query: DataQuery) -> list[Any]:
    """Builds the conditions of a query. Raises BadInput for a component, key or value that does not fit the dataflow."""
    conditions = [_filter_condition(node, release, table, flow.columns, filter_) for filter_ in query.filters]
    if query.keys:
        conditions.append(reduce(or_, _key_conditions(table, flow.keys, query.keys)))
    return conditions


def _key_conditions(table: ir.Table, dimensions: tuple[str, ...], keys: tuple[Key, ...]) -> list[Any]:
    """Builds one condition for all keys that fix the same dimensions to one code each, and one for every other key."""
    order = tuple(sorted(dimensions, key=lambda name: name == TIME))  # a key may end with the time or leave it out
    together: dict[tuple[str, ...], list[str]] = {}
    apart = []
    for key in keys:
        if len(key) > len(order):
            raise BadInput(
                N_("The key has {count} parts; the dataflow has {most} dimensions: {names}."),
                where="key",
                count=len(key),
                most=len(order),
                names=", ".join(order),
            )
        fixed = tuple(name for name, codes in zip(order, key, strict=False) if codes)
        if fixed and all(len(codes) <= 1 for codes in key) and len(keys) > 1:
            together.setdefault(fixed, []).append(".".join(codes[0] for codes in key if codes))
        else:
            named = [table[name].isin(codes) for name, codes in zip(order, key, strict=False) if codes]
            apart.append(reduce(and_, named) if named else table[order[0]].notnull())
    for fixed, texts in together.items():
        text = reduce(lambda left, name: left + "." + table[name], fixed[1:], table[fixed[0]])
        apart.append(text.isin(texts))
    return apart


def _filter_condition(node: Node, release: Release, table: ir.Table, columns: Sequence[str], filter_: Filter) -> Any:
    name = filter_.component
    if name not in columns:
        raise unknown_component(name, columns, f"c[{name[:40]}]")
    column = table[name]
    if name == TIME:
        return column.isin(_periods(node, release, filter_))
    if filter_.codes is not None and name not in NUMERIC_COLUMNS:
        return column.isin(filter_.codes)
    terms = [reduce(and_, (_term(column, name, condition) for condition in group)) for group in filter_.alternatives]
    return reduce(or_, terms)


def _periods(node: Node, release: Release, filter_: Filter) -> list[str]:
    return [
        period
        for period in distinct_values(node, release, TIME)
        if any(all(matches_period(condition, period) for condition in group) for group in filter_.alternatives)
    ]


@lru_cache(maxsize=4096)
def distinct_values(node: Node, release: Release, column: str) -> tuple[str, ...]:
    """Reads the distinct values of a column of a release, sorted."""
    table = node.table(release)
    result = node.engine.run(table.select(column).distinct().order_by(column))
    return tuple(value for value in result.column(0).to_pylist() if value is not None)


@lru_cache(maxsize=4096)
def constant_columns(node: Node, release: Release) -> Mapping[str, str]:
    """Returns the columns that have the same value in every observation, with that value; these need not be read."""
    return node.engine.find_constants(node.releases.path(release))


# Up to this many distinct values, checking each once is cheaper than escaping every observation.
_FEW = 10_000
_MARKS = re.compile(r"[\x00-\x1f,\"&<>\\\\]")


@lru_cache(maxsize=16_384)
def needs_no_escape(node: Node, release: Release, column: str) -> bool:
    """Returns whether no value of a text column contains a special character of CSV, XML or JSON."""
    table = node.table(release)
    values = node.engine.run(table.select(column).distinct().limit(_FEW + 1)).column(0).to_pylist()
    return len(values) <= _FEW and not any(_MARKS.search(value) for value in values if value is not None)


def _term(column: Any, name: str, condition: Condition) -> Any:
    operator, text = condition.operator, condition.value
    if operator in ("co", "nc", "sw", "ew"):
        if name in NUMERIC_COLUMNS:
            raise BadInput(
                N_("{name} is a number; “{operator}” applies to text only."),
                where=f"c[{name}]",
                name=name,
                operator=operator,
            )
        if operator == "nc":
            return ~column.contains(text) | column.isnull()
        return {"co": column.contains, "sw": column.startswith, "ew": column.endswith}[operator](text)
    value: str | float = text
    if name in NUMERIC_COLUMNS:
        try:
            value = float(text)
        except ValueError:
            raise BadInput(N_("“{value}” is not a number."), where=f"c[{name}]", value=text[:40]) from None
    if operator == "ne":
        return (column != value) | column.isnull()
    return {
        "eq": column == value,
        "lt": column < value,
        "le": column <= value,
        "gt": column > value,
        "ge": column >= value,
    }[operator]
