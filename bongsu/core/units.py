"""Units, their conversion with exact factors, and quantities.

A unit is written with symbols: "kWh", "g CO2e/kWh", "Wh/1000 token", "L/kWh", "GW yr". Factors are exact fractions of the
base units, so that converting a number and converting it back returns the same number. CO2e and water are separate bases:
a gram of CO2e cannot be added to a gram of steel. Temperatures and other units with an offset are not supported.

Sources: SI Brochure, 9th edition (J, W, s, g, L and prefixes); 1 Wh = 3,600 J by definition. The year is the statistical
year of 8,760 h that capacity factors use (1 GW yr = 8.76 TWh), not the astronomical one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType

from bongsu.core.errors import N_, BadInput, UnitMismatch, unknown_name

HOURS_PER_YEAR = 8760  # the statistical year; also the year of SCI, ISO/IEC 21031:2024

# (symbol, base, factor to the base, allowed SI prefixes). To add a unit, add a row.
_TABLE: tuple[tuple[str, str, Fraction, str], ...] = (
    ("J", "J", Fraction(1), "m k M G T P E"),
    ("Wh", "J", Fraction(3600), "m k M G T P"),
    ("s", "s", Fraction(1), "m"),
    ("min", "s", Fraction(60), ""),
    ("h", "s", Fraction(3600), ""),
    ("d", "s", Fraction(86400), ""),
    ("yr", "s", Fraction(HOURS_PER_YEAR * 3600), ""),
    ("g CO2e", "CO2e", Fraction(1), "m k M G T P"),
    ("t CO2e", "CO2e", Fraction(10**6), "k M G"),
    ("L", "water", Fraction(1), "m k M G T"),
    ("m3", "water", Fraction(1000), ""),
    ("g", "mass", Fraction(1), "m k"),
    ("t", "mass", Fraction(10**6), "k M G"),
    ("B", "byte", Fraction(1), "k M G T P"),
    ("token", "token", Fraction(1), "k M G T"),
    ("request", "request", Fraction(1), "k M"),
    ("image", "image", Fraction(1), "k M"),
    ("video", "video", Fraction(1), "k M"),
    ("FLOP", "FLOP", Fraction(1), "k M G T P E"),
    ("person", "person", Fraction(1), "k M"),
    ("USD", "USD", Fraction(1), "k M G"),
    ("%", "", Fraction(1, 100), ""),
    ("1", "", Fraction(1), ""),
)
# Units that are products of several bases.
_COMPOUND: tuple[tuple[str, dict[str, int], Fraction, str], ...] = (
    ("W", {"J": 1, "s": -1}, Fraction(1), "m k M G T"),
    ("FLOP/s", {"FLOP": 1, "s": -1}, Fraction(1), "k M G T P E"),
)
_PREFIX = {
    "m": Fraction(1, 1000),
    "k": Fraction(10**3),
    "M": Fraction(10**6),
    "G": Fraction(10**9),
    "T": Fraction(10**12),
    "P": Fraction(10**15),
    "E": Fraction(10**18),
}
# Other spellings that are accepted. "MtCO2e" without the space is accepted too.
_ALIASES = {"CO2eq": "CO2e", "CO₂e": "CO2e", "tokens": "token", "requests": "request", "images": "image", "m³": "m3"}


def _build_symbols() -> Mapping[str, tuple[Mapping[str, int], Fraction]]:
    rows: dict[str, tuple[Mapping[str, int], Fraction]] = {}
    table = [(symbol, {base: 1} if base else {}, factor, prefixes) for symbol, base, factor, prefixes in _TABLE]
    for symbol, bases, factor, prefixes in (*table, *_COMPOUND):
        for prefix in ("", *prefixes.split()):
            rows[prefix + symbol] = (bases, factor * _PREFIX.get(prefix, Fraction(1)))
    return MappingProxyType(rows)


SYMBOLS = _build_symbols()


@dataclass(frozen=True)
class Unit:
    """A unit: its `symbol`, the exponents of its bases, and its exact `factor` to them."""

    symbol: str
    bases: tuple[tuple[str, int], ...]
    factor: Fraction

    def __str__(self) -> str:
        return self.symbol

    def is_compatible_with(self, other: Unit) -> bool:
        """Returns whether both measure the same quantity and can be converted to each other."""
        return self.bases == other.bases

    def __mul__(self, other: Unit) -> Unit:
        return _combine_units(self, other, 1)

    def __truediv__(self, other: Unit) -> Unit:
        return _combine_units(self, other, -1)


def _combine_units(left: Unit, right: Unit, sign: int) -> Unit:
    bases = dict(left.bases)
    for base, exponent in right.bases:
        bases[base] = bases.get(base, 0) + sign * exponent
    kept = tuple(sorted((base, exponent) for base, exponent in bases.items() if exponent))
    factor = left.factor * right.factor if sign > 0 else left.factor / right.factor
    return Unit(f"{left.symbol}·{right.symbol}" if sign > 0 else f"{left.symbol}/({right.symbol})", kept, factor)


@lru_cache(maxsize=1024)
def parse_unit(text: str) -> Unit:
    """Parses a unit; a space or "·" multiplies, "/" divides. Raises UnknownName.

    >>> parse_unit("Wh/1000 token").factor   # J per token
    Fraction(18, 5)
    """
    whole = re.sub(r"\s*·\s*", " ", text.strip())
    for alias, symbol in _ALIASES.items():
        whole = re.sub(rf"(?<![A-Za-z]){alias}(?![A-Za-z])|(?<=[gt]){alias}$|(?<=[gt]){alias}(?=/)", symbol, whole)
    whole = re.sub(r"(?<=[gt])CO2e", " CO2e", whole)
    if whole in SYMBOLS:
        bases, factor = SYMBOLS[whole]
        return Unit(whole, tuple(sorted(bases.items())), factor)
    total = Fraction(1)
    exponents: dict[str, int] = {}
    for position, side in enumerate(whole.split("/")):
        sign = 1 if position == 0 else -1
        for symbol in _split_factors(side.strip(" ()"), text):
            if re.fullmatch(r"[0-9][0-9,]*", symbol) and symbol != "1":
                total *= Fraction(int(symbol.replace(",", ""))) ** sign
                continue
            bases, factor = SYMBOLS[symbol]
            total *= factor**sign
            for base, exponent in bases.items():
                exponents[base] = exponents.get(base, 0) + sign * exponent
    return Unit(whole, tuple(sorted((base, n) for base, n in exponents.items() if n)), total)


def _split_factors(side: str, text: str) -> list[str]:
    words = side.split(" ")
    symbols: list[str] = []
    for word in words:
        if word == "CO2e" and symbols and f"{symbols[-1]} CO2e" in SYMBOLS:
            symbols[-1] += " CO2e"
        elif word in SYMBOLS or re.fullmatch(r"[0-9][0-9,]*", word):
            symbols.append(word)
        else:
            raise unknown_name(N_("unit"), word or text, SYMBOLS)
    return symbols


def conversion_factor(from_: Unit | str, to: Unit | str) -> Fraction:
    """Returns the exact factor that converts a value from `from_` to `to`. Raises UnitMismatch."""
    source = parse_unit(from_) if isinstance(from_, str) else from_
    target = parse_unit(to) if isinstance(to, str) else to
    if not source.is_compatible_with(target):
        raise UnitMismatch(
            N_("“{left}” and “{right}” measure different quantities."),
            fix=N_("Give both values in units of the same quantity."),
            left=source,
            right=target,
        )
    return source.factor / target.factor


def convert(value: float, from_: Unit | str, to: Unit | str) -> float:
    """Converts `value` from `from_` to `to`, with an exact factor and a single rounding. Raises UnitMismatch.

    >>> convert(1, "kWh", "J")
    3600000.0
    """
    return float(Fraction(value) * conversion_factor(from_, to))


@dataclass(frozen=True)
class Quantity:
    """A finite number with its unit. Arithmetic checks and converts units."""

    value: float
    unit: Unit

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise BadInput(N_("A quantity must be a finite number, not {value}."), value=self.value)

    @classmethod
    def of(cls, value: float, symbol: str) -> Quantity:
        """Returns the quantity `value` in the unit `symbol`."""
        return cls(float(value), parse_unit(symbol))

    def to(self, target: Unit | str) -> Quantity:
        """Returns the same quantity in another unit. Raises UnitMismatch."""
        wanted = parse_unit(target) if isinstance(target, str) else target
        return Quantity(convert(self.value, self.unit, wanted), wanted)

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(self.value + other.to(self.unit).value, self.unit)

    def __sub__(self, other: Quantity) -> Quantity:
        return Quantity(self.value - other.to(self.unit).value, self.unit)

    def __mul__(self, other: Quantity | float | int) -> Quantity:
        if isinstance(other, Quantity):
            return Quantity(self.value * other.value, self.unit * other.unit)
        return Quantity(self.value * other, self.unit)

    __rmul__ = __mul__

    def __truediv__(self, other: Quantity | float | int) -> Quantity:
        if isinstance(other, Quantity):
            return Quantity(self.value / other.value, self.unit / other.unit)
        return Quantity(self.value / other, self.unit)

    def __lt__(self, other: Quantity) -> bool:
        return Fraction(self.value) * conversion_factor(self.unit, other.unit) < Fraction(other.value)

    def __le__(self, other: Quantity) -> bool:
        return Fraction(self.value) * conversion_factor(self.unit, other.unit) <= Fraction(other.value)

    def __str__(self) -> str:
        return f"{self.value:g} {self.unit}"
