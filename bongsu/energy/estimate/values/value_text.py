"""Formats values for readers: three significant digits, a unit of readable size, the locale's separators.

JSON keeps the estimate's own unit and all digits (steps.estimate_dict).
"""

from __future__ import annotations

import math

from bongsu.core.estimate import Estimate
from bongsu.core.units import Quantity, convert

SIGNIFICANT_DIGITS = 3
# units of one quantity from small to large; a value is shown in the largest unit in which it is at least 1
_UNIT_LADDERS = (
    ("Wh", "kWh", "MWh", "GWh", "TWh"),
    ("g CO2e", "kg CO2e", "t CO2e", "kt CO2e", "Mt CO2e"),
    ("mL", "L", "m3", "ML", "GL"),
    *(tuple(f"{prefix}J/{made}" for prefix in ("", "k", "M", "G")) for made in ("token", "request", "image", "video")),
)


def format_value(value: Estimate | Quantity | str, language: str = "en") -> str:
    """Formats a value with its unit and, in brackets, its 80 % interval if it has one."""
    if isinstance(value, str):
        return value
    symbol = str(value.unit)
    middle = value.value if value.value is not None else getattr(value, "low", None)
    unit = readable_unit(middle, symbol)

    def number(one: float | None) -> str:
        return "" if one is None else format_significant(convert(one, symbol, unit), language)

    text = number(value.value)
    if unit != "1":
        text = f"{text} {unit}".strip()
    if isinstance(value, Estimate) and value.low is not None and value.low != value.high:
        text += f" ({number(value.low)} – {number(value.high)})"
    return text


def format_significant(value: float, language: str = "en", figures: int = SIGNIFICANT_DIGITS) -> str:
    """Formats a number with `figures` significant digits and the language's separators; very large or small ones as powers
    of ten.

    >>> format_significant(13944.2), format_significant(0.00012345), format_significant(1.774e23)
    ('13,900', '0.000123', '1.77 × 10^23')
    """
    from babel.numbers import format_decimal

    if value == 0 or not math.isfinite(value):
        return format_decimal(value, locale=language) if value == 0 else str(value)
    exponent = math.floor(math.log10(abs(value)))
    if not -7 <= exponent < 12:
        return f"{format_significant(value / 10.0**exponent, language, figures)} × 10^{exponent}"
    rounded = float(f"{value:.{figures}g}")
    return str(format_decimal(rounded, locale=language, decimal_quantization=False))


def readable_unit(value: float | None, symbol: str) -> str:
    """Returns the largest unit of the same quantity in which `value` is at least 1; `symbol` if the unit has no ladder."""
    ladder = next((ladder for ladder in _UNIT_LADDERS if symbol in ladder), None)
    if ladder is None or not value:
        return symbol
    fitting = [unit for unit in ladder if abs(convert(value, symbol, unit)) >= 1]
    return fitting[-1] if fitting else ladder[0]
