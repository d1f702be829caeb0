"""Reads BoAmps reports (JSON, Boavizta): the reported energy of one computing task.

`powerConsumption` is an energy in kWh, despite its name; if a `unit` is given, as in the format's first examples, that unit
is used. `measurementDateTime` is the end of the measurement, as CodeCarbon and Bongsu write it; without it, the report's
date is used. Several measures come from several meters of one task: the largest is used, not the sum. Only Bongsu's own
documents split one task by kind; their measures ("bongsu, measured") are parts, and all are kept.
Left out: tokens in `dataset` (the task was measured, so they are not used for an estimate), hardware, emissions.
Source: github.com/Boavizta/BoAmps, model/report_schema.json 0.1.
"""

from __future__ import annotations

import json
from datetime import tzinfo
from typing import Any, NamedTuple

from bongsu.core.errors import N_, BadInput, BongsuError
from bongsu.core.estimate import Kind
from bongsu.core.units import convert
from bongsu.energy.intake.intake_report import SECOND, IntakeReport, PointSeries, ReportBuilder, components
from bongsu.energy.intake.timestamps import parse_nanoseconds


def is_boamps(document: Any) -> bool:
    """Whether a parsed JSON document is a BoAmps report."""
    return isinstance(document, dict) and isinstance(document.get("measures"), list) and "task" in document


def read_boamps(data: bytes, digest: str, received: int, zone: tzinfo) -> IntakeReport:
    """Reads a BoAmps document; `zone` is the time zone of its times. Raises BadInput with the field."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise BadInput(N_("This is not a valid JSON document.")) from None
    if not is_boamps(document):
        raise BadInput(N_("This is not a BoAmps report: “task” or “measures” is missing."))
    header = _parse_object(document.get("header", {}), "header")
    taken = [
        _parse_measure(entry, f"measures[{n}]", header, zone, digest) for n, entry in enumerate(document["measures"])
    ]
    others = [measure for measure in taken if measure and measure.series.kind is Kind.REPORTED]
    largest = max(others, key=lambda measure: measure.joules, default=None)
    builder = ReportBuilder()
    for measure in taken:
        if measure and (measure is largest or measure.series.kind is not Kind.REPORTED):
            builder.place(measure.where)
            builder.add(measure.series, measure.end, measure.joules, start=measure.start)
    return builder.report("boamps", digest, received)


class _Measure(NamedTuple):
    where: str
    series: PointSeries
    start: int
    end: int
    joules: float


def _parse_measure(entry: Any, where: str, header: dict[str, Any], zone: tzinfo, digest: str) -> _Measure | None:
    measure = _parse_object(entry, where)
    if measure.get("powerConsumption") is None:
        return None
    moment = measure.get("measurementDateTime") or header.get("reportDatetime")
    end = parse_nanoseconds(moment or "", zone, f"{where}.measurementDateTime")
    seconds = _parse_number(measure.get("measurementDuration", 0) or 0, f"{where}.measurementDuration")
    method = str(measure.get("measurementMethod", ""))
    series = PointSeries(
        meter="boamps",
        source=str(header.get("reportId") or digest),
        component="run",
        measure="energy",
        form="delta",
        boundary=components()["run"].boundary,
        kind=_parse_kind(method),
        label=method,
    )
    return _Measure(where, series, end - round(seconds * SECOND), end, _parse_joules(measure, where))


def _parse_kind(method: str) -> Kind:
    tool, _, evidence = method.partition(", ")
    return (
        Kind(evidence)
        if tool == "bongsu" and evidence in (Kind.MEASURED, Kind.MODELLED, Kind.DEFAULT)
        else Kind.REPORTED
    )


def _parse_joules(measure: dict[str, Any], where: str) -> float:
    field = f"{where}.powerConsumption"
    unit = measure.get("unit") or "kWh"
    try:
        return convert(_parse_number(measure["powerConsumption"], field), str(unit), "J")
    except BongsuError as wrong:
        raise BadInput(wrong.message, where=wrong.where or field, fix=wrong.fix, **wrong.values) from None


def _parse_object(given: Any, where: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise BadInput(N_("This is not a JSON object."), where=where)
    return given


def _parse_number(given: Any, where: str) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given < 1e18:
        raise BadInput(N_("“{given}” is not a number of 0 or more."), where=where, given=str(given)[:60])
    return float(given)
