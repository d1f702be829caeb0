"""Methods of the work programme's series that have no module of their own; one function per step, units in its docstring.

Exposure by employment: exposure/profile.py. Agreement of indices: exposure/agreement.py. Dissimilarity:
exposure/dissimilarity.py. The event study: impact/. Golden numbers: tests/golden/test_work_numbers.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping


def percent_of_first(series: Mapping[str, float]) -> dict[str, float]:
    """Returns values by year as per cent of the first year's value; {} if the series is empty or its first value is 0."""
    if not series:
        return {}
    base = series[min(series)]
    return {year: 100 * value / base for year, value in series.items()} if base > 0 else {}


def mean_wage(amounts: Mapping[str, float], wages: Mapping[str, float], codes: set[str]) -> float | None:
    """Returns the employment-weighted mean wage (unit of `wages`) over `codes` that have a wage; None if none has."""
    paid = {code: amounts[code] for code in codes if code in wages and amounts.get(code, 0.0) > 0}
    total = math.fsum(paid.values())
    return math.fsum(amount * wages[code] for code, amount in paid.items()) / total if total else None
