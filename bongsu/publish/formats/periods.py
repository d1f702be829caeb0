"""Time periods: their position on an axis, and their text in each language."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache

from babel.dates import format_date, format_datetime, format_skeleton

from bongsu.core.languages import describe_language

_YEAR = re.compile(r"[0-9]{4}")
_MONTH = re.compile(r"([0-9]{4})-M?([0-9]{2})")
_QUARTER = re.compile(r"([0-9]{4})-Q([1-4])")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}(:[0-9]{2}){0,2}Z?")


@lru_cache(maxsize=65_536)
def period_start(period: str) -> str:
    """Returns the start of a period (ISO 8601, UTC); empty if the text is not a period that charts support."""
    try:
        return _period_start(period)
    except ValueError:
        return ""


def _period_start(period: str) -> str:
    if _YEAR.fullmatch(period):
        return f"{period}-01-01T00:00:00Z"
    if match := _MONTH.fullmatch(period):
        return date(int(match[1]), int(match[2]), 1).isoformat() + "T00:00:00Z"
    if match := _QUARTER.fullmatch(period):
        return date(int(match[1]), 3 * int(match[2]) - 2, 1).isoformat() + "T00:00:00Z"
    if _DAY.fullmatch(period):
        return date.fromisoformat(period).isoformat() + "T00:00:00Z"
    if _MOMENT.fullmatch(period):
        return _moment(period).strftime("%Y-%m-%dT%H:%M:%SZ")
    return ""


def _moment(text: str) -> datetime:
    read = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return read if read.tzinfo else read.replace(tzinfo=UTC)


@lru_cache(maxsize=65_536)
def format_period(period: str, language: str) -> str:
    """Formats a period: “2024”, “May 2024”, “2024년 5월”, “mai 2024”; returns any other text unchanged."""
    try:
        if match := _MONTH.fullmatch(period):
            return str(format_skeleton("yMMM", date(int(match[1]), int(match[2]), 1), locale=language))
        if match := _QUARTER.fullmatch(period):
            first = date(int(match[1]), 3 * int(match[2]) - 2, 1)
            return str(format_skeleton("yQQQ", first, locale=language))
        if _DAY.fullmatch(period):
            return str(format_date(date.fromisoformat(period), "medium", locale=language))
        if _MOMENT.fullmatch(period):
            return f"{format_datetime(_moment(period), 'medium', locale=language)} UTC"
    except ValueError:
        pass
    return period


@lru_cache(maxsize=4096)
def format_day(moment: str, language: str) -> str:
    """Formats the date of an ISO 8601 timestamp: “25 November 2026”, “2026년 11월 25일”, “25 novembre 2026”."""
    locale = describe_language(language).locale.replace("-", "_")
    return str(format_date(date.fromisoformat(moment[:10]), "long", locale=locale))
