"""Compares the time periods of observations with the conditions of an SDMX query.

A period is at or after another if it does not begin earlier; at or before, if it does not end later. A timestamp
is treated as its day.
"""

from __future__ import annotations

from bongsu.core.periods import period_range
from bongsu.publish.sdmx.filters import Condition


def matches_period(condition: Condition, period: str) -> bool:
    """Returns whether a period of the data satisfies a condition."""
    operator, value = condition.operator, condition.value
    if operator in ("co", "nc", "sw", "ew"):
        return {
            "co": value in period,
            "nc": value not in period,
            "sw": period.startswith(value),
            "ew": period.endswith(value),
        }[operator]
    start, end = period_range(value)
    first, last = period_range(period)
    return {
        "eq": (first, last) == (start, end),
        "ne": (first, last) != (start, end),
        "ge": first >= start,
        "le": last <= end,
        "gt": first > end,
        "lt": last < start,
    }[operator]
