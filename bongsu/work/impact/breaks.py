"""Where a series may break: occupations come or go together, or the total jumps as it does not in other years.

A new classification, a new questionnaire or a lost file looks like an effect. Two signs are looked for, and periods that the
reader names are kept beside them. Left out: mending a break.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bongsu.core.errors import N_, unknown_name
from bongsu.work.impact.fixed_effects import Floats
from bongsu.work.impact.panel import Panel

NAMED_SIGN = N_("named by the reader")
TURNOVER_SIGN = N_("{share:.0f} % of occupations come or go")
JUMP_SIGN = N_("the total changes by {change:+.1f} %, where {usual:+.1f} % is usual")
_TURNOVER = 0.05  # share of occupations that come or go from one period to the next
_MAX_DEVIATIONS = 6  # times the median absolute deviation from what is usual
_MIN_JUMP = 0.02  # a smaller deviation is none, however calm the series
_MIN_YEARS = 3  # of which a season's usual change is known


@dataclass(frozen=True)
class SeriesBreak:
    """The first period after the break, the group in which it was seen, and what was seen: a template with its values."""

    period: str
    group: str
    sign: str
    values: tuple[tuple[str, float], ...] = ()


def find_breaks(cells: Panel, named: Sequence[str] = ()) -> tuple[SeriesBreak, ...]:
    """Periods at which the series may break, in order. Raises UnknownName for a named period that is none."""
    periods = cells.periods
    for period in named:
        if period not in periods:
            raise unknown_name(N_("period"), period, periods, where="--break")
    found = [SeriesBreak(period, "", NAMED_SIGN) for period in named]
    for group in cells.groups:
        found += _find_in_group(cells.only(cells.group == group), group)
    return tuple(sorted(found, key=lambda one: (one.period, one.group)))


def _find_in_group(cells: Panel, group: str) -> Iterator[SeriesBreak]:
    periods = cells.periods
    present = [set(cells.occupation[cells.period == period].tolist()) for period in periods]
    for before, after, period in zip(present, present[1:], periods[1:], strict=False):
        share = len(before ^ after) / len(before | after)
        if share > _TURNOVER:
            yield SeriesBreak(period, group, TURNOVER_SIGN, (("share", 100 * share),))
    totals = np.array([cells.outcome[cells.period == period].sum() for period in periods])
    if len(periods) < _MIN_YEARS or not (totals > 0).all():
        return
    changes = np.diff(np.log(totals))
    expected = _usual_changes(changes, [period[4:] for period in periods[1:]])
    apart = changes - expected
    limit = max(_MAX_DEVIATIONS * float(np.median(np.abs(apart))), _MIN_JUMP)
    for place in np.flatnonzero(np.abs(apart) > limit):
        values = (("change", _log_to_percent(changes[place])), ("usual", _log_to_percent(expected[place])))
        yield SeriesBreak(periods[place + 1], group, JUMP_SIGN, values)


def _usual_changes(changes: Floats, seasons: Sequence[str]) -> Floats:
    """The median change of the same season, where three years know it; else of all periods."""
    at = np.array(seasons)
    usual = np.full(len(changes), np.median(changes))
    for season in set(seasons):
        its = at == season
        if season and its.sum() >= _MIN_YEARS:
            usual[its] = np.median(changes[its])
    return usual


def _log_to_percent(change: float) -> float:
    return 100 * float(np.expm1(change))
