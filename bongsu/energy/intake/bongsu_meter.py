"""Reads Bongsu's own reports (schema bongsu.meter/1): the energy of the metered processes, by part.

It reads the energy of the processes, not of the machine, so that concurrent runs on one machine do not sum to more than the
machine used. A run inside a metered run (job.outer) is part of the outer run, and is counted only if the outer run's report
was not received.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bongsu.energy.intake.intake_report import IntakeReport, PointSeries, ReportBuilder
from bongsu.energy.meter.report_json import parse

COMPONENT_BY_PART = {"gpu": "gpu", "cpu": "cpu", "memory": "memory", "machine": "run"}


def read_meter_report(data: bytes, digest: str, received: int) -> IntakeReport:
    """Reads a report of `bongsu meter`. Raises BadInput with the field."""
    metered = parse(data)
    builder = ReportBuilder()
    start, end = _nanoseconds(metered.start), _nanoseconds(metered.end)
    for number, part in enumerate(metered.components):
        builder.place(f"components[{number}].process")
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
        builder.add(series, end, part.process.value or 0.0, start=start)
    return builder.report("bongsu", digest, received)


def _nanoseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000
