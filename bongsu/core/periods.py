"""Parses SDMX time periods: their days, so that periods of different frequency can be compared, and one spelling of each.

The forms are those of SDMX 3.0 (ObservationalTimePeriod). Not supported: reporting years that do not begin in January, ranges
with a duration, and years or months with a time zone.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from bongsu.core.errors import N_, BadInput


class _Period(NamedTuple):
    first: date
    last: date
    spelling: str


_FORM = re.compile(
    r"""(?P<year>[0-9]{4})
    (?: (?:-A1)?
      | -(?P<half>S[12]) | -(?P<third>T[1-3]) | -(?P<quarter>Q[1-4]) | -M?(?P<month>[0-9]{2})
      | -W(?P<week>[0-9]{2}) | -D(?P<ordinal>[0-9]{3})
      | -(?P<day>[0-9]{2}-[0-9]{2})
        (?P<time>T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?)?
    )""",
    re.VERBOSE,
)
_PARTS = {"half": 6, "third": 4, "quarter": 3, "month": 1}  # months


def period_range(period: str) -> tuple[date, date]:
    """Returns the first and the last day of a period. Raises BadInput for an invalid period."""
    parsed = _parse(period)
    return parsed.first, parsed.last


def canonical_period(period: str) -> str:
    """Returns the one spelling of a period: 2023 for 2023-A1, 2023-05 for 2023-M05, a moment with a zone in UTC.

    Raises BadInput for an invalid period.
    """
    return _parse(period).spelling


_LOOSE = re.compile(
    r"""(?P<year>[0-9]{4})
    (?: [-/. ]?(?P<part>[QST][1-4]|W[0-9]{2})
      | [-/. ]?M?(?P<month>[0-9]{2})
      | (?P<sign>[-/. ]?)(?P<monthly>[0-9]{2})(?P=sign)(?P<day>[0-9]{2})
        (?:[T ](?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?)?
    )?(?:\.0+)?""",
    re.VERBOSE | re.IGNORECASE,
)


@lru_cache(maxsize=65_536)
def read_period(text: str, *, moments: bool = False) -> str:
    """Returns the one spelling of a period as programs and people write it: 2022M07, 202207, 2022/07, 2022Q3, 20220701, 2022.0.

    A time stamp at midnight is its day, because programs write days so; with `moments`, as in a series of hours, it stays one.
    Raises BadInput for another text: 2021-13 is not a month.

    >>> read_period("2022M07"), read_period("202207"), read_period("2022-07-01 00:00:00"), read_period("2022q3")
    ('2022-07', '2022-07', '2022-07-01', '2022-Q3')
    """
    text = text.strip()
    found = _LOOSE.fullmatch(text)
    if not found:
        return canonical_period(text)
    if found["part"]:
        return canonical_period(f"{found['year']}-{found['part'].upper()}")
    if found["month"]:
        return canonical_period(f"{found['year']}-{found['month']}")
    if not found["day"]:
        return found["year"]
    day, time = f"{found['year']}-{found['monthly']}-{found['day']}", found["time"]
    if not time or (not moments and not time.strip("0:.") and found["zone"] in (None, "Z", "+00:00")):
        return canonical_period(day)
    seconds = time if time.count(":") == 2 else f"{time}:00"
    whole, _, fraction = seconds.partition(".")
    zone = (found["zone"] or "").upper()
    return canonical_period(f"{day}T{whole}{'.' + fraction[:6] if fraction else ''}{zone}")


@lru_cache(maxsize=65_536)
def _parse(period: str) -> _Period:
    found = _FORM.fullmatch(period)
    try:
        if found:
            return _convert(period, found)
    except (ValueError, OverflowError):  # a month 13, a day after the year 9999
        pass
    raise BadInput(
        N_("“{period}” is not a valid time period."),
        where="TIME_PERIOD",
        fix=N_("Write 2024, 2024-Q1, 2024-03 or 2024-03-31."),
        period=period[:40],
    )


def _convert(period: str, found: re.Match[str]) -> _Period:
    year = int(found["year"])
    for name, months in _PARTS.items():
        if part := found[name]:
            last = int(part.lstrip("STQ")) * months
            first = date(year, last - months + 1, 1)
            spelling = f"{year:04}-{part}"
            return _Period(first, date(year, last, monthrange(year, last)[1]), spelling)
    if found["week"]:
        monday = date.fromisocalendar(year, int(found["week"]), 1)
        return _Period(monday, monday + timedelta(days=6), period)
    if found["ordinal"]:
        day = date(year, 1, 1) + timedelta(days=int(found["ordinal"]) - 1)
        if day.year != year:
            raise ValueError(period)
        return _Period(day, day, day.isoformat())
    if found["day"]:
        day = date.fromisoformat(period[:10])
        return _Period(day, day, _spell_moment(period) if found["time"] else period)
    return _Period(date(year, 1, 1), date(year, 12, 31), found["year"])


def _spell_moment(period: str) -> str:
    moment = datetime.fromisoformat(period)
    if moment.tzinfo is None:
        return moment.isoformat()
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
