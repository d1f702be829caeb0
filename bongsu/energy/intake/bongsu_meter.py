"""Bongsu's own reports (schema bongsu.meter/1): what the metered processes used, part by part.

The processes' share is taken, not the machine's, so that two runs side by side on one machine add up to no more than it
used. A run inside a metered run (job.outer) is a part of that one, and counts only where the outer one never came.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bongsu.energy.intake.intake_report import IntakeReport, PointSeries, ReportBuilder
from bongsu.energy.meter.report_json import parse

COMPONENT_BY_PART = {"gpu": "gpu", "cpu": "cpu", "memory": "memory", "machine": "run"}


def read_meter_report(data: bytes, digest: str, received: int) -> IntakeReport:
    """The report that `bongsu meter` wrote. Raises BadInput with the field."""
    metered = parse(data)
    gathering = ReportBuilder()
    start, end = _nanoseconds(metered.start), _nanoseconds(metered.end)
    for number, part in enumerate(metered.components):
        gathering.place(f"components[{number}].process")
        series = PointSeries(
            meter="bongsu",
            source=metered.host.name,
            component=COMPONENT_BY_PART[part.type],
            measure="energy",
            form="delta",
            boundary=part.process.boundary,
            kind=part.process.kind,
            device=metered.id,
            label=part.id,
            parent=metered.job.outer,
        )
        gathering.add(series, end, part.process.value or 0.0, start=start)
    return gathering.report("bongsu", digest, received)


def _nanoseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000
