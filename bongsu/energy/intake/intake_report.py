"""The common form of all formats: an IntakeReport, columns of points with a table of their series.

A point is a value of a series at a moment, in joules, watts or tokens. `ReportBuilder.report` checks all points: one invalid
point rejects the whole report, and the error gives its place. Left out: sums (energy_sums.py), files (store/logs).
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from bongsu.core.errors import N_, BadInput
from bongsu.core.estimate import Boundary, Kind
from bongsu.store.tables.definitions import read_rows

Measure = Literal["energy", "power", "input_tokens", "cached_tokens", "output_tokens"]
# counter: running total since `start` (0: not stated); delta: amount between `start` and `time`; gauge: value at `time`.
PointForm = Literal["counter", "delta", "gauge"]
BASE_UNIT: Mapping[Measure, str] = MappingProxyType(
    {"energy": "J", "power": "W", "input_tokens": "token", "cached_tokens": "token", "output_tokens": "token"}
)
SECOND = 1_000_000_000  # in nanoseconds, the unit of all moments here (since 1970, UTC)
MAX_AHEAD = 300 * SECOND  # ns; a sender's clock may be this far ahead of the node's
EARLIEST_TIME = 1_262_304_000 * SECOND  # 2010-01-01, before any supported meter
LIFETIME = 10 * 365 * 86_400  # s; a running total is at most what a device can use in ten years
LONGEST_INTERVAL = 366 * 86_400 * SECOND  # ns; a single interval is at most this long
MAX_TOKENS = 1e15  # upper limit of a token counter


class IntakeComponent(NamedTuple):
    """A row of components.csv: a component, its boundary, and the power (W) above which a value is rejected."""

    code: str
    boundary: Boundary
    ceiling: float


@lru_cache(maxsize=1)
def components() -> Mapping[str, IntakeComponent]:
    """Every component by code."""
    table = read_rows(files(__package__) / "components.csv")
    return MappingProxyType(
        {row["code"]: IntakeComponent(row["code"], Boundary(row["boundary"]), float(row["ceiling_W"])) for row in table}
    )


@dataclass(frozen=True, slots=True)
class PointSeries:
    """The series of a point.

    meter      the meter: opentelemetry, codecarbon, boamps, kepler, zeus, bongsu
    source     the consumer: a machine, a run, a service
    component  code of components.csv
    device     the device of that component; series of one device are summed only if they have the same rank
    label      the meter's other labels, which distinguish the series of one device
    rank       0 is the best series of a device; a higher rank repeats the same quantity (power next to energy)
    nested     whether series of one device and rank may contain each other: the largest counts, not the sum
    parent     the device of the same component that contains this one
    model      for tokens: the model that read or wrote them
    """

    meter: str
    source: str
    component: str
    measure: Measure
    form: PointForm
    boundary: Boundary
    kind: Kind
    device: str = ""
    label: str = ""
    rank: int = 0
    nested: bool = False
    parent: str = ""
    model: str = ""


class Point(NamedTuple):
    """One point: `start` and `time` in nanoseconds since 1970 (`start` 0: not stated), `value` in the base unit."""

    series: PointSeries
    start: int
    time: int
    value: float


Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class IntakeReport:
    """An accepted message: its series, and for each point the index of its series, its start, time and value.

    `digest` is the SHA-256 of the message, its format and the sender's options; `ignored` names the metrics in the message
    that are not read.
    """

    format: str
    digest: str
    received: int
    series: tuple[PointSeries, ...]
    index: Ints
    start: Ints
    time: Ints
    value: Floats
    ignored: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.index)

    def points(self) -> Iterator[Point]:
        """Yields the points one by one (sums use the columns)."""
        for number, start, time, value in zip(self.index, self.start, self.time, self.value, strict=True):
            yield Point(self.series[number], int(start), int(time), float(value))


@dataclass
class ReportBuilder:
    """Builds a report. A reader adds series and points; `report` checks all points, and rejects all if one is invalid."""

    index: list[int] = field(default_factory=list)
    start: list[int] = field(default_factory=list)
    time: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    ignored: set[str] = field(default_factory=set)
    _numbers: dict[PointSeries, int] = field(default_factory=dict)
    _places: list[tuple[int, str]] = field(default_factory=list)

    def number(self, series: PointSeries) -> int:
        """The index of `series` in this report; adds the series if it is new."""
        return self._numbers.setdefault(series, len(self._numbers))

    def place(self, text: str) -> None:
        """Sets the place, for errors, of the points added next; {n} in `text` is replaced by a point's index in that place."""
        self._places.append((len(self.index), text))

    def add(self, series: PointSeries, time: int, value: float, *, start: int = 0) -> None:
        """Adds one point, `value` in the base unit of the series' measure."""
        self.index.append(self.number(series))
        self.start.append(start)
        self.time.append(time)
        self.value.append(value)

    def place_of(self, at: int) -> str:
        """The place of the point with the index `at`."""
        found = bisect.bisect_right([first for first, _ in self._places], at) - 1
        if found < 0:
            return ""
        first, text = self._places[found]
        return text.format(n=at - first)

    def report(self, format_: str, digest: str, received: int) -> IntakeReport:
        """Returns the report of all points. Raises BadInput with the place of the first invalid point."""
        if not self.index:
            raise BadInput(
                N_("This report holds no energy, power or token figures."),
                fix=N_("See docs/methods/energy-intake.md for the metrics that are read."),
            )
        try:
            made = IntakeReport(
                format_,
                digest,
                received,
                tuple(self._numbers),
                np.array(self.index, dtype=np.int64),
                np.array(self.start, dtype=np.int64),
                np.array(self.time, dtype=np.int64),
                np.array(self.value, dtype=np.float64),
                tuple(sorted(self.ignored)),
            )
        except OverflowError:
            raise BadInput(N_("A time or a number in this report is out of range.")) from None
        self._check(made)
        return made

    def _check(self, made: IntakeReport) -> None:
        value, time, start = made.value, made.time, made.start
        self._refuse(~np.isfinite(value), made, N_("The value {value} is not a finite number."))
        self._refuse(value < 0, made, N_("The value {value} is negative."))
        self._refuse(time < EARLIEST_TIME, made, N_("The time {moment} is missing or before 2010."))
        self._refuse(
            time > made.received + MAX_AHEAD,
            made,
            N_("The time {moment} is {ahead} min ahead of this node’s clock."),
            N_("Correct the sender’s clock. If its times have no offset, state the time zone (timezone=Asia/Seoul)."),
        )
        self._refuse((start < 0) | (start > time), made, N_("The interval ends at {moment}, before it starts."))
        most = np.array([_most_value(series) for series in made.series])[made.index]
        span = np.array([series.form == "delta" and series.measure == "energy" for series in made.series])[made.index]
        seconds = np.where(start > 0, (time - start) / SECOND, 3600.0)  # a delta without a start: at most one hour
        most = np.where(span, most * np.maximum(seconds, 1.0), most)
        self._refuse(
            span & (start > 0) & (time - start > LONGEST_INTERVAL),
            made,
            N_("The interval that ends at {moment} is over a year long."),
        )
        self._refuse(value > most, made, N_("The value {value} is above the maximum for the component “{component}”."))
        self._contradictions(made)

    def _contradictions(self, made: IntakeReport) -> None:
        order = np.lexsort((made.time, made.start, made.index))
        same = np.ones(max(len(order) - 1, 0), dtype=bool)
        for column in (made.index, made.start, made.time):
            same &= column[order][1:] == column[order][:-1]
        differs = np.zeros(len(order), dtype=bool)
        differs[order[1:]] = same & (made.value[order][1:] != made.value[order][:-1])
        self._refuse(
            differs,
            made,
            N_("The series has two different values at {moment}."),
            N_("Give each device its own label (hw.id), or send the value once."),
        )

    def _refuse(self, bad: npt.NDArray[np.bool_], made: IntakeReport, message: str, fix: str = "") -> None:
        if not bad.any():
            return
        at = int(np.argmax(bad))
        raise BadInput(
            message,
            where=self.place_of(at),
            fix=fix,
            value=f"{made.value[at]:g}",
            moment=format_moment(int(made.time[at])),
            ahead=round((int(made.time[at]) - made.received) / SECOND / 60),
            component=made.series[int(made.index[at])].component,
        )


def _most_value(series: PointSeries) -> float:
    """The largest valid value of a point of the series; for a delta of energy, per second of its interval."""
    if series.measure not in ("energy", "power"):
        return MAX_TOKENS
    ceiling = components()[series.component].ceiling
    return ceiling * LIFETIME if series.form == "counter" else ceiling


def format_moment(nanoseconds: int) -> str:
    """Formats a moment as 2026-04-01T09:30:00Z, or as the number itself if it is outside the calendar's range."""
    try:
        return f"{np.datetime64(nanoseconds // SECOND, 's')}Z"
    except (OverflowError, ValueError):
        return str(nanoseconds)
