"""Formats figures in each language. Pages show four significant digits; files keep all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from babel.numbers import format_decimal

from bongsu.core.languages import describe_language
from bongsu.core.structure import NUMERIC_COLUMNS, TIME, VALUE, Structure
from bongsu.publish.formats import periods
from bongsu.store.tables.definitions import unit_names

_DIGITS = 4


def format_number(value: float | None, language: str, digits: int = _DIGITS) -> str:
    """Formats a number with `digits` significant digits, whole numbers in full: “1,234.5”, “1 234,5”; “–” for none."""
    return "–" if value is None else _format_number(value, language, digits)


def label_value(name: str, value: str, language: str) -> str:
    """Joins a label and its value: “Source: IEA”, in French “Source : IEA”."""
    return f"{name}{describe_language(language).colon}{value}"


@lru_cache(maxsize=65_536)
def _format_number(value: float, language: str, digits: int) -> str:
    if value and abs(value) < 1e-6:
        return f"{value:.{digits - 1}e}"
    before = 0 if value == 0 else math.floor(math.log10(abs(value))) + 1
    rounded = round(value, max(0, digits - before))
    return str(format_decimal(rounded, format="#,##0.##########", locale=language))


def format_interval(row: Mapping[str, Any], language: str, digits: int = _DIGITS) -> str:
    """Formats the interval of an observation: “170–190”; empty if it has none."""
    low, high = row["LOWER_BOUND"], row["UPPER_BOUND"]
    if low is None and high is None:
        return ""
    return f"{format_number(low, language, digits)}–{format_number(high, language, digits)}"


def unit_name(symbol: str, language: str) -> str:
    """Returns the name of a unit: “terawatt hours”, “테라와트시”, “térawattheures”; its symbol if it has no name."""
    named = unit_names().get(symbol)
    return named.to(language) if named else symbol


def format_cell(structure: Structure, column: str, row: Mapping[str, Any], language: str) -> str:
    """Formats a table cell: a number, a period, or the name of a code in the reader's language."""
    value = row[column]
    if column in NUMERIC_COLUMNS:
        return format_number(value, language) if value is not None or column == VALUE else ""
    if value is None:
        return ""
    if column == TIME:
        return periods.format_period(value, language)
    return structure.name_of(column, value, language)
