"""Converts SDMX time periods to ranges of days, so that periods of different frequency can be compared.

Not supported: reporting years that do not begin in January.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache

from bongsu.core.errors import N_, BadInput

_YEAR = re.compile(r"(\d{4})(-A1)?")
_PART = re.compile(r"(\d{4})-([STQM])(\d{1,2})")
_WEEK = re.compile(r"(\d{4})-W(\d{1,2})")
_ORDINAL = re.compile(r"(\d{4})-D(\d{1,3})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(T.*)?")
_MONTHS = {"S": 6, "T": 4, "Q": 3, "M": 1}


@lru_cache(maxsize=65_536)
def period_range(period: str) -> tuple[date, date]:
    """Returns the first and the last day of a period. Raises BadInput for an invalid period."""
    try:
        if match := _YEAR.fullmatch(period):
            year = int(match.group(1))
            return date(year, 1, 1), date(year, 12, 31)
        if match := _PART.fullmatch(period):
            months = _MONTHS[match.group(2)]
            return _months(int(match.group(1)), (int(match.group(3)) - 1) * months + 1, months)
        if match := _MONTH.fullmatch(period):
            return _months(int(match.group(1)), int(match.group(2)), 1)
        if match := _WEEK.fullmatch(period):
            monday = date.fromisocalendar(int(match.group(1)), int(match.group(2)), 1)
            return monday, monday + timedelta(days=6)
        if match := _ORDINAL.fullmatch(period):
            day = date(int(match.group(1)), 1, 1) + timedelta(days=int(match.group(2)) - 1)
            return day, day
        if match := _DAY.fullmatch(period):
            day = date.fromisoformat(match.group(1))
            return day, day
    except (ValueError, OverflowError):
        pass
    raise BadInput(
        N_("“{period}” is not a valid time period."),
        where="TIME_PERIOD",
        fix=N_("Write 2024, 2024-Q1, 2024-03 or 2024-03-31."),
        period=period[:40],
    )


def _months(year: int, first: int, count: int) -> tuple[date, date]:
    last = first + count - 1
    if not 1 <= first <= last <= 12:
        raise ValueError
    return date(year, first, 1), date(year, last, monthrange(year, last)[1])
