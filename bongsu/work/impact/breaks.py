"""Where a series may break: occupations come or go together, or the total jumps as it does not in other years.

A new classification, a new questionnaire or a lost file looks like an effect. Two signs are looked for, and periods that the
reader names are kept beside them. Left out: mending a break.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bongsu.core.errors import N_, unknown
from bongsu.work.impact.absorb import Floats
from bongsu.work.impact.panel import Panel

NAMED = N_("named by the reader")
CHANGED = N_("{share:.0f} % of occupations come or go")
JUMPED = N_("the total changes by {change:+.1f} %, where {usual:+.1f} % is usual")
_TURNOVER = 0.05  # share of occupations that come or go from one period to the next
_FAR = 6  # times the median absolute deviation from what is usual
_LEAST_JUMP = 0.02  # a smaller deviation is none, however calm the series
_LEAST_YEARS = 3  # of which a season's usual change is known


@dataclass(frozen=True)
class Break:
    """The first period after the break, the group in which it was seen, and what was seen: a template with its values."""

    period: str
    group: str
    sign: str
    values: tuple[tuple[str, float], ...] = ()


def breaks(cells: Panel, named: Sequence[str] = ()) -> tuple[Break, ...]:
    """Periods at which the series may break, in order. Raises UnknownName for a named period that is none."""
    periods = cells.periods
    for period in named:
        if period not in periods:
            raise unknown(N_("period"), period, periods, where="--break")
    found = [Break(period, "", NAMED) for period in named]
    for group in cells.groups:
        found += _in_group(cells.only(cells.group == group), group)
    return tuple(sorted(found, key=lambda one: (one.period, one.group)))


def _in_group(cells: Panel, group: str) -> Iterator[Break]:
    periods = cells.periods
    present = [set(cells.occupation[cells.period == period].tolist()) for period in periods]
    for before, after, period in zip(present, present[1:], periods[1:], strict=False):
        share = len(before ^ after) / len(before | after)
        if share > _TURNOVER:
            yield Break(period, group, CHANGED, (("share", 100 * share),))
    totals = np.array([cells.outcome[cells.period == period].sum() for period in periods])
    if len(periods) < _LEAST_YEARS or not (totals > 0).all():
        return
    changes = np.diff(np.log(totals))
    expected = _usual(changes, [period[4:] for period in periods[1:]])
    apart = changes - expected
    limit = max(_FAR * float(np.median(np.abs(apart))), _LEAST_JUMP)
    for place in np.flatnonzero(np.abs(apart) > limit):
        values = (("change", _percent(changes[place])), ("usual", _percent(expected[place])))
        yield Break(periods[place + 1], group, JUMPED, values)


def _usual(changes: Floats, seasons: Sequence[str]) -> Floats:
    """The median change of the same season, where three years know it; else of all periods."""
    at = np.array(seasons)
    usual = np.full(len(changes), np.median(changes))
    for season in set(seasons):
        its = at == season
        if season and its.sum() >= _LEAST_YEARS:
            usual[its] = np.median(changes[its])
    return usual


def _percent(change: float) -> float:
    return 100 * float(np.expm1(change))
