"""Finds possible breaks in a series: many occupations appear or disappear at once, or the total changes unusually.

A new classification, a new questionnaire or a lost file looks like an effect. Breaks named by the user are added to those
that are found. Not here: correcting a break.
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
_TURNOVER = 0.05  # share of occupations that appear or disappear between two periods
_MAX_DEVIATIONS = 6  # multiple of the median absolute deviation from the usual change
_MIN_JUMP = 0.02  # smallest deviation (log) that counts as a jump, however regular the series
_MIN_YEARS = 3  # years needed to know the usual change of a season


@dataclass(frozen=True)
class SeriesBreak:
    """A possible break: the first period after it, its group ("" for all), and its `sign`, a message template with `values`."""

    period: str
    group: str
    sign: str
    values: tuple[tuple[str, float], ...] = ()


def find_breaks(cells: Panel, named: Sequence[str] = ()) -> tuple[SeriesBreak, ...]:
    """Returns the possible breaks in order of period. Raises UnknownName for a named period that the cells do not have."""
    periods = cells.periods
    for period in named:
        if period not in periods:
            raise unknown_name(N_("period"), period, periods, where="--break")
    found = [SeriesBreak(period, "", NAMED_SIGN) for period in named]
    for group in cells.groups:
        found += _find_in_group(cells.select(cells.group == group), group)
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
    """Returns the median change of the same season if there are three years of it, else of all periods."""
    at = np.array(seasons)
    usual = np.full(len(changes), np.median(changes))
    for season in set(seasons):
        its = at == season
        if season and its.sum() >= _MIN_YEARS:
            usual[its] = np.median(changes[its])
    return usual


def _log_to_percent(change: float) -> float:
    return 100 * float(np.expm1(change))
