"""The operations: the kinds of field that each takes, the value that it needs, and its limits in the measure of the field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from bongsu.incubator.eligibility.document import Condition
from bongsu.incubator.eligibility.fields import Field
from bongsu.incubator.forms.answers import measure_bound
from bongsu.incubator.forms.document import Cell, parse_number

MEASURED = frozenset({"number", "money", "date", "count"})


class OperationKind(NamedTuple):
    """The kinds of field that an operation takes, and its value: one, list, pair (least and most), or none."""

    kinds: frozenset[str]
    value: str


OPERATIONS: Mapping[str, OperationKind] = {
    "is": OperationKind(frozenset({"choice", "text", "consent", "code"}) | MEASURED, "one"),
    "in": OperationKind(frozenset({"choice", "many", "text", "code", "codes"}), "list"),
    "not-in": OperationKind(frozenset({"choice", "many", "text", "code", "codes"}), "list"),
    "<=": OperationKind(MEASURED, "one"),
    ">=": OperationKind(MEASURED, "one"),
    "between": OperationKind(MEASURED, "pair"),
    "has-file": OperationKind(frozenset({"file"}), "none"),
    "age-days": OperationKind(frozenset({"date"}), "pair"),
    "count": OperationKind(frozenset({"many", "file", "table", "team"}), "pair"),
    "sum": OperationKind(frozenset({"numbers", "amounts"}), "pair"),
    "registered-in": OperationKind(frozenset({"choice", "text", "code", "codes"}), "list"),
}
Measure = Fraction | date


class Limits(NamedTuple):
    """The least and the most that a comparison of numbers or days allows; None: no end on that side."""

    least: Measure | None
    most: Measure | None

    def allow(self, measured: Measure) -> bool:
        """Whether a value lies within."""
        return not (
            (self.least is not None and _is_below(measured, self.least))
            or (self.most is not None and _is_below(self.most, measured))
        )


def _is_below(one: Measure, other: Measure) -> bool:
    return bool(one < other)  # type: ignore[operator]  # the checker compares numbers with numbers, days with days


def find_limits(condition: Condition, field: Field) -> Limits | None:
    """Returns the limits of a comparison of numbers or days; None if it compares something else."""
    value = condition.value
    pair = value if isinstance(value, tuple) and len(value) == 2 else (None, None)
    match condition.op:
        case "is" if field.kind in MEASURED:
            end = measure_value(field, value)
            return Limits(end, end)
        case "<=":
            return Limits(None, measure_value(field, value))
        case ">=":
            return Limits(measure_value(field, value), None)
        case "between" | "sum":
            return Limits(measure_value(field, pair[0]), measure_value(field, pair[1]))
        case "age-days" | "count":
            return Limits(parse_number(pair[0]), parse_number(pair[1]))
        case _:
            return None


def measure_value(field: Field, value: object) -> Measure | None:
    """Returns a value of a comparison in the measure of its field: steps of its unit, a day, a number. None: it is none."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(field.cell, Cell):
        return measure_bound(field.cell, value)
    return parse_number(value)
