"""Computes the consumption between points: the differences of counters and the integral of power.

Formulas (docs/methods/energy-intake.md, golden numbers in tests/golden/test_metered.py):
  counter   v1 - v0; the first value counts from the stated start; without a stated start it is only a base line
  reset     without a stated start, a smaller value means that the counter restarted: v1
  delta     the value itself
  gauge     (p0 + p1) / 2 x (t1 - t0) if the points are at most LONGEST_GAP apart; a longer gap adds nothing
Duplicate points count once. The order of arrival has no effect: points are sorted by time, and those of a counter with a
stated start by value, so that a clock set back does not look like a reset.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar, cast

import numpy as np
import numpy.typing as npt

from bongsu.energy.intake.intake_report import (
    LONGEST_INTERVAL,
    SECOND,
    Floats,
    IntakeReport,
    Ints,
    PointSeries,
    components,
)

LONGEST_GAP = 600 * SECOND
_Column = TypeVar("_Column", Ints, Floats)


@dataclass(frozen=True)
class Consumption:
    """Amounts (J or tokens) by series between `start` and `end` (ns); `left_out` counts the points left out, by series."""

    series: tuple[PointSeries, ...]
    index: Ints
    start: Ints
    end: Ints
    amount: Floats
    left_out: dict[PointSeries, int]


class _Columns(NamedTuple):
    number: Ints  # index of the series
    start: Ints
    time: Ints
    value: Floats

    def take(self, rows: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> _Columns:
        return _Columns(self.number[rows], self.start[rows], self.time[rows], self.value[rows])


def compute_consumption(reports: Iterable[IntakeReport]) -> Consumption:
    """Computes the consumption between the points of `reports`, which are in order of arrival."""
    series, columns = _join_columns(reports)
    if not series:
        return Consumption((), columns.number, columns.start, columns.time, columns.value, {})
    columns = _drop_repeats(columns)
    form = np.array([one.form for one in series])[columns.number]
    ceiling = np.array([_ceiling(one) for one in series])
    parts = [
        _started_counters(columns.take((form == "counter") & (columns.start > 0)), ceiling),
        _counter_differences(columns.take((form == "counter") & (columns.start == 0)), ceiling),
        _delta_amounts(columns.take(form == "delta")),
        _power_areas(columns.take(form == "gauge")),
    ]
    whole = [np.concatenate(column) for column in zip(*parts, strict=True)]
    sound = ~np.isnan(whole[3])
    numbers, counts = np.unique(whole[0][~sound], return_counts=True)
    left_out = {series[int(number)]: int(count) for number, count in zip(numbers, counts, strict=True)}
    index, start, end, amount = (column[sound] for column in whole)
    return Consumption(series, index, start, end, amount, left_out)


def _join_columns(reports: Iterable[IntakeReport]) -> tuple[tuple[PointSeries, ...], _Columns]:
    numbers: dict[PointSeries, int] = {}
    gathered: list[_Columns] = []
    for report in reports:
        renumber = np.array([numbers.setdefault(one, len(numbers)) for one in report.series], dtype=np.int64)
        gathered.append(_Columns(renumber[report.index], report.start, report.time, report.value))
    if not gathered:
        none = np.empty(0, dtype=np.int64)
        return (), _Columns(none, none, none, np.empty(0))
    return tuple(numbers), _Columns(*(np.concatenate(column) for column in zip(*gathered, strict=True)))


def _ceiling(series: PointSeries) -> float:
    """The power (W) above which a counter difference is left out; infinite for tokens."""
    return components()[series.component].ceiling if series.measure == "energy" else np.inf


def _drop_repeats(columns: _Columns) -> _Columns:
    """Keeps the first received of the points of one series that have the same start and time."""
    order = np.lexsort((columns.time, columns.start, columns.number))
    sorted_ = columns.take(order)
    again = _equals_previous(sorted_.number) & _equals_previous(sorted_.start) & _equals_previous(sorted_.time)
    return sorted_.take(~again)


def _equals_previous(column: Ints) -> npt.NDArray[np.bool_]:
    """Whether each entry equals the one before it."""
    return np.concatenate(([False], column[1:] == column[:-1])) if len(column) else np.empty(0, dtype=bool)


def _previous_values(column: _Column) -> _Column:
    """The previous entry of each entry; for the first entry, itself."""
    return cast(_Column, np.concatenate((column[:1], column[:-1])))


ConsumptionColumns = tuple[Ints, Ints, Ints, Floats]


def _started_counters(columns: _Columns, ceiling: Floats) -> ConsumptionColumns:
    """Counters with a stated start. A first value too large for the time since that start is only a base line: NaN."""
    index, start, time, value = columns.take(np.lexsort((columns.time, columns.value, columns.start, columns.number)))
    follows = _equals_previous(index) & _equals_previous(start)
    began = np.where(follows, np.minimum(_previous_values(time), time), start)
    amount = np.where(follows, value - _previous_values(value), value)
    seconds = (time - began) / SECOND
    too_much = (amount > ceiling[index] * np.maximum(seconds, 1.0)) | (time - began > LONGEST_INTERVAL)
    return index, began, time, np.where(~follows & too_much, np.nan, amount)


def _counter_differences(columns: _Columns, ceiling: Floats) -> ConsumptionColumns:
    """Counters without a stated start: the first value is a base line, a smaller value is a reset."""
    index, _, time, value = columns.take(np.lexsort((columns.time, columns.number)))
    follows, before = _equals_previous(index), _previous_values(time)
    amount = value - _previous_values(value)
    amount = np.where(amount < 0, value, amount)
    too_much = (amount > ceiling[index] * (time - before) / SECOND) | (time - before > LONGEST_INTERVAL)
    amount = np.where(too_much, np.nan, amount)
    return index[follows], before[follows], time[follows], amount[follows]


def _delta_amounts(columns: _Columns) -> ConsumptionColumns:
    index, start, time, value = columns
    return index, np.where(start > 0, start, time), time, value


def _power_areas(columns: _Columns) -> ConsumptionColumns:
    index, _, time, value = columns.take(np.lexsort((columns.time, columns.number)))
    before = _previous_values(time)
    follows = _equals_previous(index) & (time - before <= LONGEST_GAP)
    area = (value + _previous_values(value)) / 2 * (time - before) / SECOND
    return index[follows], before[follows], time[follows], area[follows]
