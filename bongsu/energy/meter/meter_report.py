"""The report of one metering, and how it is made from gauges and shares.

A report lists each part with its kind, boundary and interval, for the whole machine and for the metered processes. Totals
are by boundary, since values of different boundaries cannot be added. The JSON form is in report_json.py.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce

from bongsu import __version__
from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.energy.meter.gauge import Gauge
from bongsu.energy.meter.job import Job
from bongsu.energy.meter.machine import Machine
from bongsu.energy.meter.sensors.sensor_result import MeterNote
from bongsu.energy.meter.share import Share

REPORT_SCHEMA = "bongsu.meter/1"


@dataclass(frozen=True)
class Host:
    """The machine: host name, operating system, processor architecture, CPU, logical CPUs and memory (bytes)."""

    name: str
    system: str
    architecture: str
    cpu: str
    logical_cpus: int
    memory_bytes: int


@dataclass(frozen=True)
class ReportComponent:
    """One part: the energy of the machine and of the metered processes (J), and the processes' share of the machine's.

    `complete` is false if readings were lost: the values are then lower bounds and have no upper bound.
    """

    id: str
    type: str
    name: str
    sensor: str
    complete: bool
    machine: Estimate
    process: Estimate
    share: Share


@dataclass(frozen=True)
class MeterReport:
    """The report of one metering. Times are UTC, `seconds` is the duration, `cpu_s` the CPU time of the metered processes.

    `label` is the user's name for the work. Commands and their arguments are not stored: they may contain secrets.
    """

    id: str
    label: str
    country: str | None
    start: datetime
    end: datetime
    seconds: float
    cpu_s: float
    exit_status: int | None
    host: Host
    job: Job
    components: tuple[ReportComponent, ...]
    notes: tuple[MeterNote, ...] = ()
    software: str = ""
    python: str = ""

    def boundaries(self) -> tuple[Boundary, ...]:
        """The boundaries of the parts, the narrowest first."""
        there = {component.machine.boundary for component in self.components}
        return tuple(boundary for boundary in Boundary if boundary in there)

    def total(
        self, of: str = "process", boundary: Boundary = Boundary.CHIP, kinds: Iterable[Kind] = Kind
    ) -> Estimate | None:
        """The sum over the parts of this boundary and these kinds; `of` is "process" or "machine". None without a part."""
        wanted = set(kinds)
        values: list[Estimate] = [getattr(component, of) for component in self.components]
        chosen = [value for value in values if value.boundary is boundary and value.kind in wanted]
        return reduce(lambda left, right: left + right, chosen) if chosen else None


def make_report(
    *,
    id: str,
    label: str,
    country: str | None,
    began: float,
    seconds: float,
    cpu_s: float,
    exit_status: int | None,
    machine: Machine,
    job: Job,
    gauges: Sequence[Gauge],
    share_of: Callable[[Gauge], Share | None],
    notes: Sequence[MeterNote],
) -> MeterReport:
    """Makes the report from gauges after their last reading. `began` in seconds since 1970, `seconds` the duration."""
    shares = {gauge.part.id: share_of(gauge) for gauge in gauges}
    known = [_make_component(gauge, share, seconds) for gauge in gauges if (share := shares[gauge.part.id]) is not None]
    as_parts = _share_of_parts(known)
    start = datetime.fromtimestamp(began, UTC)
    return MeterReport(
        id=id,
        label=label,
        country=country,
        start=start,
        end=start + timedelta(seconds=seconds),
        seconds=seconds,
        cpu_s=cpu_s,
        exit_status=exit_status,
        host=_read_host(machine),
        job=job,
        components=(*known, *(_make_component(g, as_parts, seconds) for g in gauges if shares[g.part.id] is None)),
        notes=tuple(notes),
        software=f"bongsu {__version__}",
        python=platform.python_version(),
    )


def _make_component(gauge: Gauge, share: Share, seconds: float) -> ReportComponent:
    part, joules = gauge.part, gauge.joules
    low, high = gauge.bounds(joules, seconds)
    kind = Kind(part.kind)
    attributed = kind if share.exact else Kind.MODELLED
    boundary = Boundary(part.boundary)

    def estimate(kind: Kind, method: str, factor: tuple[float, float, float]) -> Estimate:
        top = high * factor[2] if gauge.complete else None
        value = joules * factor[1]
        return Estimate.of(
            value, "J", kind=kind, boundary=boundary, method=method, low=min(low * factor[0], value), high=top
        )

    return ReportComponent(
        id=part.id,
        type=part.type,
        name=part.name,
        sensor=part.sensor,
        complete=gauge.complete,
        machine=estimate(kind, part.sensor, (1.0, 1.0, 1.0)),
        process=estimate(attributed, f"{part.sensor} x {share.basis}", (share.low, share.value, share.high)),
        share=share,
    )


def _share_of_parts(components: Sequence[ReportComponent]) -> Share:
    """The processes' share of a whole-machine reading: the mean share of the other parts, weighted by their energy."""
    whole = sum(component.machine.value or 0.0 for component in components)
    if whole <= 0:
        return Share(0.0, 0.0, 1.0, "parts")
    low, value, high = (
        sum((component.machine.value or 0.0) * getattr(component.share, name) for component in components) / whole
        for name in ("low", "value", "high")
    )
    return Share(value, low, high, "parts")


def _read_host(machine: Machine) -> Host:
    system = f"{platform.system()} {platform.release()}"
    return Host(platform.node(), system, platform.machine(), machine.cpu_name(), machine.cpus(), machine.memory_bytes())
