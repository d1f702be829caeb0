"""Reads one input (a mapping from JSON or TOML) field by field; every error names the field.

An amount is written as a number in the field's own unit or as text with a unit ("131 MWh"). An estimate is a mapping with
value, unit, kind and boundary, and if known low, high and method: the shape in which Bongsu prints its own estimates.
Fields that no form asks for are refused, because a misspelt field would otherwise be left out in silence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from bongsu.core.errors import N_, BadInput, UnitMismatch, unknown_name
from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.core.units import convert, parse_unit

_AMOUNT = re.compile(r"\s*([-+]?[0-9][0-9_,]*\.?[0-9]*(?:[eE][-+]?[0-9]+)?|[-+]?\.[0-9]+)\s*(\S.*?)\s*")
_ESTIMATE_FIELDS = ("value", "low", "high", "unit", "kind", "boundary", "method")
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True)
class InputFields:
    """The fields of `data`; `where` is the place of the whole, as in "file.toml: consumer"."""

    data: Mapping[str, Any]
    where: str = ""

    def at(self, name: str) -> str:
        """The place of one field."""
        return f"{self.where}.{name}" if self.where else name

    def only(self, *names: str) -> None:
        """Raises UnknownName for a field that is not among `names`."""
        for name in self.data:
            if name not in names:
                raise unknown_name(N_("field"), name, names, where=self.at(name))

    def has(self, name: str) -> bool:
        """Whether the field is given (null counts as not given)."""
        return self.data.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        """A text that is not empty."""
        value = self._value(name, default)
        if not isinstance(value, str) or (not value.strip() and default is None):
            raise self._wrong(name, N_("A text that is not empty is expected, not “{value}”."), value=value)
        return value.strip()

    def day(self, name: str) -> str:
        """A date, as YYYY-MM-DD."""
        value = self._value(name, None)
        try:
            return date.fromisoformat(value if isinstance(value, str) else value.isoformat()).isoformat()
        except (ValueError, AttributeError):
            raise self._wrong(
                name, N_("“{value}” is not a valid date."), fix=N_("Write it as 2026-01-31."), value=value
            ) from None

    def word(self, name: str, words: type[Word], default: Word | None = None) -> Word:
        """One of the words of an enumeration."""
        value = self._value(name, default)
        try:
            return words(value)
        except ValueError:
            raise unknown_name(N_("value"), str(value), [str(word) for word in words], where=self.at(name)) from None

    def number(self, name: str, *, least: float = 0, most: float = math.inf, default: float | None = None) -> float:
        """A finite number from `least` to `most`."""
        return self._bounded(name, self._value(name, default), least, most)

    def amount(self, name: str, symbol: str, *, least: float = 0, default: float | None = None) -> float:
        """An amount in `symbol`: a number in that unit, or text with a unit that converts to it."""
        value = self._value(name, default)
        if isinstance(value, str):
            match = _AMOUNT.fullmatch(value)
            if not match:
                raise self._wrong(
                    name,
                    N_("“{value}” is not a valid amount."),
                    fix=N_("Write a number and a unit, as in “12 {unit}”."),
                    value=value,
                    unit=symbol,
                )
            value = self._convert(name, float(re.sub("[_,]", "", match[1])), match[2], symbol)
        return self._bounded(name, value, least, math.inf)

    def part(self, name: str) -> InputFields:
        """The fields of a mapping inside."""
        value = self._value(name, None)
        if not isinstance(value, Mapping):
            raise self._wrong(name, N_("A group of fields is needed here."))
        return InputFields(value, self.at(name))

    def estimate(self, name: str, symbol: str) -> Estimate:
        """An estimate in `symbol`, not negative, with its kind and boundary."""
        part = self.part(name)
        part.only(*_ESTIMATE_FIELDS)
        stated = part.text("unit")
        numbers = {
            bound: self._convert(name, part.number(bound), stated, symbol)
            for bound in _ESTIMATE_FIELDS[:3]
            if part.has(bound)
        }
        try:
            return Estimate(
                value=numbers.get("value"),
                low=numbers.get("low"),
                high=numbers.get("high"),
                unit=parse_unit(symbol),
                kind=part.word("kind", Kind),
                boundary=part.word("boundary", Boundary),
                method=part.text("method", ""),
            )
        except BadInput as wrong:
            wrong.where = wrong.where or part.where  # the core knows the interval, we know the place
            raise

    def _value(self, name: str, default: Any) -> Any:
        value = self.data.get(name)
        if value is None and default is None:
            raise self._wrong(name, N_("This field is missing."))
        return default if value is None else value

    def _convert(self, name: str, value: float, stated: str, symbol: str) -> float:
        try:
            return convert(value, stated, symbol)
        except UnitMismatch:
            raise UnitMismatch(
                N_("“{left}” and “{right}” measure different quantities."),
                where=self.at(name),
                left=stated,
                right=symbol,
            ) from None
        except BadInput as wrong:
            raise type(wrong)(wrong.message, where=self.at(name), fix=wrong.fix, **wrong.values) from None

    def _bounded(self, name: str, value: Any, least: float, most: float) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self._wrong(name, N_("“{value}” is not a finite number."), value=value)
        if not least <= value <= most:
            limits = (
                N_("{value} lies outside {least} to {most}.") if most < math.inf else N_("{value} is below {least}.")
            )
            raise self._wrong(name, limits, value=f"{value:g}", least=f"{least:g}", most=f"{most:g}")
        return float(value)

    def _wrong(self, name: str, message: str, *, fix: str = "", **values: object) -> BadInput:
        return BadInput(message, where=self.at(name), fix=fix, **values)
