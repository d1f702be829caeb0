"""From points to steps: how much was used between two moments. Counters become differences, power becomes an area.

Formulas (docs/methods/energy-intake.md, golden figures in tests/golden/test_metered.py):
  counter   v1 - v0; its first value counts since its stated start, and is only a base line where no start is stated
  reset     a smaller value without a stated start means that the counter began again: v1
  delta     the value itself
  gauge     (p0 + p1) / 2 x (t1 - t0), where the two are at most GAP apart; nothing is assumed in a longer silence
A point that came twice counts once. Order of arrival does not matter: points are put in the order of their time, and those
of a counter that names its start in the order of their value, so that a clock that was set back makes no false reset.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar, cast

import numpy as np
import numpy.typing as npt

from bongsu.energy.intake.report import LONGEST, SECOND, Floats, Ints, Report, Series, components

GAP = 600 * SECOND
_Column = TypeVar("_Column", Ints, Floats)


@dataclass(frozen=True)
class Steps:
    """Amounts (J or tokens) of a series between `start` and `end` (ns); `doubtful` counts those left out, by series."""

    series: tuple[Series, ...]
    index: Ints
    start: Ints
    end: Ints
    amount: Floats
    doubtful: dict[Series, int]


class _Columns(NamedTuple):
    number: Ints  # of the series
    start: Ints
    time: Ints
    value: Floats

    def take(self, rows: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> _Columns:
        return _Columns(self.number[rows], self.start[rows], self.time[rows], self.value[rows])


def steps(reports: Iterable[Report]) -> Steps:
    """The steps of all points in `reports`, which are in order of arrival."""
    series, columns = _joined(reports)
    if not series:
        return Steps((), columns.number, columns.start, columns.time, columns.value, {})
    columns = _once(columns)
    form = np.array([one.form for one in series])[columns.number]
    ceiling = np.array([_ceiling(one) for one in series])
    parts = [
        _counted(columns.take((form == "counter") & (columns.start > 0)), ceiling),
        _differences(columns.take((form == "counter") & (columns.start == 0)), ceiling),
        _deltas(columns.take(form == "delta")),
        _areas(columns.take(form == "gauge")),
    ]
    whole = [np.concatenate(column) for column in zip(*parts, strict=True)]
    sound = ~np.isnan(whole[3])
    numbers, counts = np.unique(whole[0][~sound], return_counts=True)
    doubtful = {series[int(number)]: int(count) for number, count in zip(numbers, counts, strict=True)}
    index, start, end, amount = (column[sound] for column in whole)
    return Steps(series, index, start, end, amount, doubtful)


def _joined(reports: Iterable[Report]) -> tuple[tuple[Series, ...], _Columns]:
    numbers: dict[Series, int] = {}
    gathered: list[_Columns] = []
    for report in reports:
        renumber = np.array([numbers.setdefault(one, len(numbers)) for one in report.series], dtype=np.int64)
        gathered.append(_Columns(renumber[report.index], report.start, report.time, report.value))
    if not gathered:
        none = np.empty(0, dtype=np.int64)
        return (), _Columns(none, none, none, np.empty(0))
    return tuple(numbers), _Columns(*(np.concatenate(column) for column in zip(*gathered, strict=True)))


def _ceiling(series: Series) -> float:
    """The power (W) above which a step of a counter cannot be true; there is none for tokens."""
    return components()[series.component].ceiling if series.measure == "energy" else np.inf


def _once(columns: _Columns) -> _Columns:
    """Of points of one series with the same start and time, the first to arrive."""
    order = np.lexsort((columns.time, columns.start, columns.number))
    sorted_ = columns.take(order)
    again = _same(sorted_.number) & _same(sorted_.start) & _same(sorted_.time)
    return sorted_.take(~again)


def _same(column: Ints) -> npt.NDArray[np.bool_]:
    """Whether each entry equals the one before it."""
    return np.concatenate(([False], column[1:] == column[:-1])) if len(column) else np.empty(0, dtype=bool)


def _before(column: _Column) -> _Column:
    """Each entry's predecessor; the first stands for its own."""
    return cast(_Column, np.concatenate((column[:1], column[:-1])))


Part = tuple[Ints, Ints, Ints, Floats]


def _counted(columns: _Columns, ceiling: Floats) -> Part:
    """Counters that state their start. NaN marks a first value that cannot have been used since that start: a base line."""
    index, start, time, value = columns.take(np.lexsort((columns.time, columns.value, columns.start, columns.number)))
    follows = _same(index) & _same(start)
    began = np.where(follows, np.minimum(_before(time), time), start)
    amount = np.where(follows, value - _before(value), value)
    seconds = (time - began) / SECOND
    too_much = (amount > ceiling[index] * np.maximum(seconds, 1.0)) | (time - began > LONGEST)
    return index, began, time, np.where(~follows & too_much, np.nan, amount)


def _differences(columns: _Columns, ceiling: Floats) -> Part:
    """Counters that do not: the first value is a base line, a smaller one a reset."""
    index, _, time, value = columns.take(np.lexsort((columns.time, columns.number)))
    follows, before = _same(index), _before(time)
    amount = value - _before(value)
    amount = np.where(amount < 0, value, amount)
    too_much = (amount > ceiling[index] * (time - before) / SECOND) | (time - before > LONGEST)
    amount = np.where(too_much, np.nan, amount)
    return index[follows], before[follows], time[follows], amount[follows]


def _deltas(columns: _Columns) -> Part:
    index, start, time, value = columns
    return index, np.where(start > 0, start, time), time, value


def _areas(columns: _Columns) -> Part:
    index, _, time, value = columns.take(np.lexsort((columns.time, columns.number)))
    before = _before(time)
    follows = _same(index) & (time - before <= GAP)
    area = (value + _before(value)) / 2 * (time - before) / SECOND
    return index[follows], before[follows], time[follows], area[follows]
