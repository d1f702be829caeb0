"""Shapes of the inputs of forms, and what their amounts and estimates mean.

An amount is written as a number in the field's own unit or as text with a unit ("131 MWh"). An estimate is a table with
value, unit, kind and boundary, and if known low, high and method: the shape in which Bongsu prints its own estimates.
Fields that no form asks for are refused, because a misspelt field would otherwise be left out in silence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from msgspec import Struct

from bongsu.core.document_shape import FilledText, PositiveNumber, convert_document
from bongsu.core.errors import N_, BadInput, UnitMismatch
from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.core.units import convert, parse_unit

_AMOUNT = re.compile(r"([-+]?[0-9][0-9_,]*\.?[0-9]*(?:[eE][-+]?[0-9]+)?|[-+]?\.[0-9]+)\s*(\S.*?)")
Amount = PositiveNumber | str
Shape = TypeVar("Shape")


class InputShape(Struct, forbid_unknown_fields=True):
    """A table of fields; every form has its own."""


class EstimateShape(InputShape):
    """The fields of an estimate in an input file."""

    unit: FilledText
    kind: Kind
    boundary: Boundary
    value: PositiveNumber | None = None
    low: PositiveNumber | None = None
    high: PositiveNumber | None = None
    method: str = ""


def convert_input(data: Mapping[str, Any], shape: type[Shape]) -> Shape:
    """Returns the fields of an input file or a page. A null counts as not given; spaces around a text are dropped.

    Raises BadInput or UnknownName with the path of the field.
    """
    return convert_document(_tidy(data), shape)


def _tidy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _tidy(inner) for name, inner in value.items() if inner is not None}
    return value.strip() if isinstance(value, str) else value


def parse_amount(amount: float | str, symbol: str, path: str) -> float:
    """Returns an amount in `symbol`. Raises BadInput or UnitMismatch with the path of the field."""
    if not isinstance(amount, str):
        return amount
    match = _AMOUNT.fullmatch(amount)
    if not match:
        raise BadInput(
            N_("“{value}” is not a valid amount."),
            where=path,
            fix=N_("Write a number and a unit, as in “12 {unit}”."),
            value=amount,
            unit=symbol,
        )
    value = _convert_unit(float(re.sub("[_,]", "", match[1])), match[2], symbol, path)
    return convert_document(value, PositiveNumber, path=path)


def parse_estimate(given: EstimateShape, symbol: str, path: str) -> Estimate:
    """Returns an estimate in `symbol`. Raises BadInput or UnitMismatch with the path of the field."""
    value, low, high = (
        None if number is None else _convert_unit(number, given.unit, symbol, path)
        for number in (given.value, given.low, given.high)
    )
    try:
        return Estimate(value, parse_unit(symbol), given.kind, given.boundary, given.method, low, high)
    except BadInput as wrong:
        wrong.where = wrong.where or path  # the estimate does not know where it is written
        raise


def _convert_unit(value: float, stated: str, symbol: str, path: str) -> float:
    try:
        return convert(value, stated, symbol)
    except UnitMismatch:
        raise UnitMismatch(
            N_("“{left}” and “{right}” measure different quantities."), where=path, left=stated, right=symbol
        ) from None
    except BadInput as wrong:
        raise type(wrong)(wrong.message, where=path, fix=wrong.fix, **wrong.values) from None
