"""Compares the time periods of observations with the conditions of an SDMX query.

A period is at or after another if it does not begin earlier; at or before, if it does not end later. A timestamp
is treated as its day.
"""

from __future__ import annotations

from bongsu.publish.sdmx.filters import Condition
from bongsu.store.tables.periods import period_range


def matches_period(condition: Condition, period: str) -> bool:
    """Returns whether a period of the data satisfies a condition."""
    operator, wanted = condition.operator, condition.value
    if operator in ("co", "nc", "sw", "ew"):
        return {
            "co": wanted in period,
            "nc": wanted not in period,
            "sw": period.startswith(wanted),
            "ew": period.endswith(wanted),
        }[operator]
    start, end = period_range(wanted)
    first, last = period_range(period)
    return {
        "eq": (first, last) == (start, end),
        "ne": (first, last) != (start, end),
        "ge": first >= start,
        "le": last <= end,
        "gt": first > end,
        "lt": last < start,
    }[operator]
