"""Writes amounts, days and rates of a campaign for readers: “30,000 won”, “30,000원”, “30 000 wons”.

What a machine reads is written elsewhere: steps as text, days as 2027-03-05.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from bongsu.core.languages import describe_language
from bongsu.credits.unit_table import amount_patterns
from bongsu.credits.units import Unit


def find_locale(language: str) -> Locale:
    """Returns the locale of a language."""
    return Locale.parse(describe_language(language).locale, sep="-")


def write_amount(steps: int, unit: Unit, language: str) -> str:
    """Returns an amount with the name of its unit; cents are written in full, hours with at most six digits."""
    locale = find_locale(language)
    value = round(Decimal(steps) / unit.steps, 6)
    pattern = "#,##0.00" if unit.steps == 100 and steps % 100 else "#,##0.######"
    one, _, other = amount_patterns()[unit.code].to(language).partition("|")
    chosen = one if locale.plural_form(abs(value.normalize())) == "one" else other or one
    return chosen.format(format_decimal(value, format=pattern, locale=locale))


def name_unit(code: str, language: str) -> str:
    """Returns what stands beside a number of a unit: “won”."""
    one, _, other = amount_patterns()[code].to(language).partition("|")
    return (other or one).replace("{}", "").strip()


def write_day(day: date, language: str) -> str:
    """Returns a day: “5 March 2027”, “2027년 3월 5일”, “5 mars 2027”."""
    return format_date(day, "long", locale=find_locale(language))


def write_rate(rate: Fraction, language: str) -> str:
    """Returns a rate in percent where it has at most four decimals there, else as the fraction that it is."""
    if (rate * 10**6).denominator != 1:
        return str(rate)
    return format_percent(Decimal(int(rate * 10**6)) / 10**6, locale=find_locale(language), decimal_quantization=False)


def write_list(names: Iterable[str], language: str) -> str:
    """Returns names as a list in a sentence: “A, B and C”."""
    return format_list(list(names), locale=find_locale(language))


def write_choices(names: Iterable[str], language: str) -> str:
    """Returns names of which one counts: “A, B or C”."""
    return format_list(list(names), style="or", locale=find_locale(language))
