"""Sums an organisation's energy: kWh by hour and by day, by meter, component, boundary and kind. A pure function.

Rows must not be added to each other: a machine contains its parts, a facility its machines, and an estimate from tokens may
cover work that a meter also measured. Within a row, duplicates are left out before summing:
  - of several series of the same quantity of one device, only the lowest rank counts, hour by hour (energy before power)
  - a part inside another part of the same component (hw.parent) is not counted in addition to it
  - of nested measurement windows (Zeus) that end at the same moment, only the largest counts
An amount that covers several hours is divided among them by time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bongsu.core.errors import BongsuError
from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.core.units import convert
from bongsu.energy.intake.consumption import Consumption, compute_consumption
from bongsu.energy.intake.intake_report import SECOND, Floats, IntakeReport, Ints, PointSeries

HOUR = 3600 * SECOND
_BATCH_ROWS = 1_000_000  # amounts are divided among hours in batches of about this many rows
# (model, input tokens including cached ones, cached input tokens, output tokens) -> energy. Raises BongsuError.
TokenEstimator = Callable[[str, float, float, float], Estimate]


class EnergyRow(NamedTuple):
    """The kWh of a period, UTC: an hour by its start (2026-04-01T09:00:00) or a day (2026-04-01). Bounds only for estimates."""

    meter: str
    component: str
    boundary: Boundary
    kind: Kind
    frequency: str
    period: str
    kwh: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class EnergySums:
    """The rows, and the points left out of them: (reason, number of points)."""

    rows: tuple[EnergyRow, ...]
    left_out: tuple[tuple[str, int], ...]


class _Key(NamedTuple):
    meter: str
    component: str
    boundary: Boundary
    kind: Kind
    hour: int


@dataclass
class _Sum:
    joules: float = 0.0
    low: float | None = None
    high: float | None = None

    def add(self, joules: float, low: float | None = None, high: float | None = None) -> None:
        self.joules += joules
        if low is not None and high is not None:
            self.low, self.high = (self.low or 0.0) + low, (self.high or 0.0) + high


def sum_energy(reports: Iterable[IntakeReport], estimate: TokenEstimator | None = None) -> EnergySums:
    """Sums the reports of one organisation (in order of arrival). Without `estimate`, tokens give no rows."""
    taken = _drop_inner_parts(_keep_largest_nested(compute_consumption(reports)))
    sums: dict[_Key, _Sum] = defaultdict(_Sum)
    left_out: dict[str, int] = defaultdict(int)
    for series, count in taken.left_out.items():
        left_out[f"base line or out of bounds: {series.meter} {series.component}"] += count
    tokens: dict[tuple[str, int, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for series, hour, amount in _lowest_rank_amounts(taken):
        if series.measure in ("energy", "power"):
            sums[_Key(series.meter, series.component, series.boundary, series.kind, hour)].add(amount)
        else:
            tokens[series.meter, hour, series.model][series.measure] += amount
    for (meter, hour, model), counts in sorted(tokens.items()):
        used = counts["input_tokens"], min(counts["cached_tokens"], counts["input_tokens"]), counts["output_tokens"]
        try:
            if estimate is None:
                raise BongsuError("no estimate")
            energy = estimate(model, *used).to("J")
        except BongsuError:
            left_out[f"tokens without an estimate: {model}"] += 1
            continue
        key = _Key(meter, "inference", energy.boundary, energy.kind, hour)
        sums[key].add(energy.quantity.value, energy.low, energy.high)
    return EnergySums(tuple(_make_rows(sums)), tuple(sorted(left_out.items())))


def _keep_largest_nested(given: Consumption) -> Consumption:
    """Keeps the largest of the amounts that end at the same moment, among nested series of one device and rank."""
    nested = np.array([series.nested for series in given.series], dtype=bool)[given.index]
    if not nested.any():
        return given
    groups: dict[object, int] = {}
    group = np.array(
        [groups.setdefault((*_device_key(series), series.rank), len(groups)) for series in given.series], dtype=np.int64
    )[given.index]
    order = np.lexsort((-given.amount, given.end, group))
    order = order[nested[order]]
    again = np.concatenate(
        ([False], (group[order][1:] == group[order][:-1]) & (given.end[order][1:] == given.end[order][:-1]))
    )
    keep = ~nested
    keep[order[~again]] = True
    return _select_rows(given, keep)


def _drop_inner_parts(given: Consumption) -> Consumption:
    """Drops the parts whose parent device is also reported."""
    there = {(series.meter, series.component, series.device) for series in given.series if series.device}
    inside = [
        bool(series.parent) and (series.meter, series.component, series.parent) in there for series in given.series
    ]
    return _select_rows(given, ~np.array(inside, dtype=bool)[given.index]) if any(inside) else given


def _select_rows(given: Consumption, keep: npt.NDArray[np.bool_]) -> Consumption:
    return Consumption(
        given.series, given.index[keep], given.start[keep], given.end[keep], given.amount[keep], given.left_out
    )


def _device_key(series: PointSeries) -> tuple[str, ...]:
    """The key that series of one device share: energy and power have the same key, each token measure its own."""
    quantity = "energy" if series.measure == "power" else series.measure
    return series.meter, series.source, series.component, series.device, quantity


def _lowest_rank_amounts(given: Consumption) -> Iterator[tuple[PointSeries, int, float]]:
    """Yields (series, hour, amount), for each device and hour only the series of the lowest rank."""
    amounts: dict[tuple[int, int], float] = defaultdict(float)
    for index, hour, amount in _amounts_by_hour(given):
        for key, value in zip(zip(index.tolist(), hour.tolist(), strict=True), amount.tolist(), strict=True):
            amounts[key] += value
    devices = [_device_key(series) for series in given.series]
    lowest: dict[tuple[tuple[str, ...], int], int] = {}
    for index_, hour_ in amounts:
        key = devices[index_], hour_
        lowest[key] = min(lowest.get(key, 99), given.series[index_].rank)
    for (index_, hour_), value in sorted(amounts.items()):
        if given.series[index_].rank == lowest[devices[index_], hour_]:
            yield given.series[index_], hour_, value


def _amounts_by_hour(given: Consumption) -> Iterator[tuple[Ints, Ints, Floats]]:
    """Yields columns (index of the series, hour since 1970, amount), summed within each batch."""
    first = given.start // HOUR
    count = np.maximum((given.end - 1) // HOUR, first) - first + 1
    batch_of = np.cumsum(count) // _BATCH_ROWS
    for batch in np.split(np.arange(len(count)), np.flatnonzero(np.diff(batch_of)) + 1):
        row = np.repeat(batch, count[batch])
        within = np.arange(len(row)) - np.repeat(np.cumsum(count[batch]) - count[batch], count[batch])
        hour = first[row] + within
        start, end = given.start[row], given.end[row]
        overlap = np.minimum(end, (hour + 1) * HOUR) - np.maximum(start, hour * HOUR)
        share = np.where(end > start, overlap / np.maximum(end - start, 1), 1.0)
        key, place = np.unique(given.index[row] << 32 | hour, return_inverse=True)
        yield key >> 32, key & 0xFFFFFFFF, np.bincount(place, weights=given.amount[row] * share).astype(np.float64)


def _make_rows(sums: dict[_Key, _Sum]) -> Iterator[EnergyRow]:
    days: dict[_Key, _Sum] = defaultdict(_Sum)
    for key, total in sorted(sums.items()):
        days[key._replace(hour=key.hour // 24)].add(total.joules, total.low, total.high)
        yield _make_row(key, total, "H", str(np.datetime64(key.hour, "h").astype("datetime64[s]")))
    for key, total in sorted(days.items()):
        yield _make_row(key, total, "D", str(np.datetime64(key.hour, "D")))


def _make_row(key: _Key, total: _Sum, frequency: str, period: str) -> EnergyRow:
    low, high = (None if bound is None else convert(bound, "J", "kWh") for bound in (total.low, total.high))
    kwh = convert(total.joules, "J", "kWh")
    return EnergyRow(key.meter, key.component, key.boundary, key.kind, frequency, period, kwh, low, high)
