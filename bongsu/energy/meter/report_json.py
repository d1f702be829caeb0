"""Writes and reads the report as JSON, schema "bongsu.meter/1". Reading checks every field.

A node reads posted reports with `parse`, which accepts or rejects a report as a whole; an error names the field. It rejects
unknown fields, numbers that are negative, not finite or above what hardware can draw, intervals that do not contain their
value, and totals that are not the sum of their parts. The schema is in docs/methods/energy-meter.md.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from bongsu.core.errors import N_, BadInput
from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.energy.meter.job import Job
from bongsu.energy.meter.meter_report import REPORT_SCHEMA, Host, MeterReport, ReportComponent
from bongsu.energy.meter.sensors.sensor_result import MeterNote
from bongsu.energy.meter.share import Share

__all__ = ["REPORT_SCHEMA", "Host", "MeterReport", "ReportComponent", "dump_report", "parse"]

MAX_BYTES = 1_000_000
MAX_COMPONENTS = 1024
MAX_TEXT = 500
MAX_WATTS = 100_000.0  # W, of one part: no chip, board or single server draws more
_T = TypeVar("_T")


def dump_report(report: MeterReport) -> dict[str, object]:
    """Returns the report as the schema's dictionary, ready for json.dumps. Energy in J."""
    return {
        "schema": REPORT_SCHEMA,
        "id": report.id,
        "label": report.label,
        "country": report.country,
        "start": _format_time(report.start),
        "end": _format_time(report.end),
        "duration_s": round(report.seconds, 6),
        "cpu_s": round(report.cpu_s, 3),
        "exit_status": report.exit_status,
        "host": asdict(report.host),
        "job": asdict(report.job),
        "components": [_dump_component(component) for component in report.components],
        "totals": _dump_totals(report),
        "footprint": _dump_footprint(report),
        "notes": [str(note) for note in report.notes],
        "software": report.software,
        "python": report.python,
    }


def _dump_component(component: ReportComponent) -> dict[str, object]:
    share = component.share
    return {
        "id": component.id,
        "type": component.type,
        "name": component.name,
        "sensor": component.sensor,
        "boundary": str(component.machine.boundary),
        "complete": component.complete,
        "machine": _dump_estimate(component.machine),
        "process": _dump_estimate(component.process),
        "share": {"value": share.value, "low": share.low, "high": share.high, "basis": share.basis},
    }


def _dump_estimate(estimate: Estimate) -> dict[str, object]:
    return {"energy_J": estimate.value, "low_J": estimate.low, "high_J": estimate.high, "kind": str(estimate.kind)}


def _dump_totals(report: MeterReport) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for boundary in report.boundaries():
        machine, process = report.total("machine", boundary), report.total("process", boundary)
        assert machine is not None
        assert process is not None
        rows.append({"boundary": str(boundary), "machine": _dump_estimate(machine), "process": _dump_estimate(process)})
    return rows


def _dump_footprint(report: MeterReport) -> dict[str, object] | None:
    """CO2e and water of the processes' energy in the report's country. For readers only: a node computes its own values."""
    used = report.total()
    if report.country is None or used is None:
        return None
    from bongsu.energy.grid.grid_table import get_grid
    from bongsu.energy.meter.grid_footprint import compute_co2e, compute_water

    here = get_grid(report.country)
    gas, litres = compute_co2e(used, here), compute_water(used, here)
    notes = [note.describe(str) for note in here.notes]
    return {
        "co2e_g": gas.value,
        "water_L": litres.value,
        "kind": str(gas.kind),
        "source": here.source,
        **({"notes": notes} if notes else {}),
    }


def _format_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse(body: bytes | str, where: str = "report") -> MeterReport:
    """Parses the report in `body`. Raises BadInput; `where` names the field ("report: components[2].machine.low_J")."""
    if len(body) > MAX_BYTES:
        raise BadInput(
            N_("The report has {size} bytes; the maximum is {most}."), where=where, size=len(body), most=MAX_BYTES
        )
    try:
        data = json.loads(body, parse_constant=lambda word: _refuse_constant(word))
    except (ValueError, RecursionError) as error:
        raise BadInput(N_("This is not JSON: {why}"), where=where, why=str(error)) from None
    return _parse_report(_JsonObject(data, where, ": "))


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is not a number")


class _JsonObject:
    """A JSON object with its path for errors. Returns checked fields; `refuse_unknown` rejects fields that were not read."""

    def __init__(self, data: object, place: str, joint: str = ".") -> None:
        self.place, self.joint = place, joint
        if not isinstance(data, Mapping):
            raise BadInput(N_("An object is expected here."), where=place)
        self.data: Mapping[str, object] = data
        self.asked: set[str] = set()

    def at(self, key: str) -> str:
        return f"{self.place}{self.joint}{key}"

    def get(self, key: str) -> object:
        self.asked.add(key)
        if key not in self.data:
            raise BadInput(N_("The field “{field}” is missing."), where=self.place, field=key)
        return self.data[key]

    def text(self, key: str, allowed: Iterable[str] | None = None) -> str:
        value = self.get(key)
        if not isinstance(value, str) or len(value) > MAX_TEXT or not value.isprintable():
            message = N_("A text of at most {most} printable characters is expected here.")
            raise BadInput(message, where=self.at(key), most=MAX_TEXT)
        if allowed is not None and value not in (known := list(allowed)):
            raise BadInput(
                N_("“{value}” is not one of: {known}."),
                where=self.at(key),
                value=value,
                known=", ".join(map(str, known)),
            )
        return value

    def number(self, key: str, least: float = 0.0, most: float = math.inf) -> float:
        value = self.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
            raise BadInput(N_("A number is expected here."), where=self.at(key))
        if not least <= value <= most:
            message = N_("{value} is not between {least} and {most}.")
            raise BadInput(message, where=self.at(key), value=value, least=least, most=most)
        return float(value)

    def integer(self, key: str, least: int = 0, most: int = 2**62) -> int:
        value = self.number(key, least, most)
        if value != int(value):
            raise BadInput(N_("A whole number is expected here."), where=self.at(key))
        return int(value)

    def boolean(self, key: str) -> bool:
        value = self.get(key)
        if not isinstance(value, bool):
            raise BadInput(N_("true or false is expected here."), where=self.at(key))
        return value

    def optional(self, key: str, read: Callable[[str], _T]) -> _T | None:
        return None if self.get(key) is None else read(key)

    def inner(self, key: str) -> _JsonObject:
        return _JsonObject(self.get(key), self.at(key))

    def items(self, key: str, most: int) -> list[tuple[object, str]]:
        value = self.get(key)
        if not isinstance(value, list) or len(value) > most:
            raise BadInput(N_("A list of at most {most} items is expected here."), where=self.at(key), most=most)
        return [(item, f"{self.at(key)}[{index}]") for index, item in enumerate(value)]

    def refuse_unknown(self) -> None:
        unknown = sorted(set(self.data) - self.asked)
        if unknown:
            raise BadInput(N_("The field “{field}” is not in the schema."), where=self.place, field=str(unknown[0]))


def _parse_report(data: _JsonObject) -> MeterReport:
    data.text("schema", (REPORT_SCHEMA,))
    start, end = _parse_moment(data, "start"), _parse_moment(data, "end")
    seconds = data.number("duration_s")
    if abs((end - start).total_seconds() - seconds) > 1e-3 or end < start:
        raise BadInput(N_("The duration does not equal the time from start to end."), where=data.at("duration_s"))
    country = data.optional("country", data.text)
    if country is not None and not re.fullmatch("[A-Z]{3}", country):
        raise BadInput(N_("“{value}” is not a country's three-letter code."), where=data.at("country"), value=country)
    components = tuple(
        _parse_component(_JsonObject(item, place), seconds) for item, place in data.items("components", MAX_COMPONENTS)
    )
    if len({component.id for component in components}) != len(components):
        raise BadInput(N_("Two components have the same id."), where=data.at("components"))
    notes = tuple(MeterNote(_JsonObject({"": item}, place, "").text("")) for item, place in data.items("notes", 100))
    host, job = data.inner("host"), data.inner("job")
    report = MeterReport(
        id=_parse_uuid(data, "id"),
        label=data.text("label"),
        country=country,
        start=start,
        end=end,
        seconds=seconds,
        cpu_s=data.number("cpu_s", 0, 1e9),
        exit_status=data.optional("exit_status", lambda key: data.integer(key, -(2**31), 2**32)),
        host=Host(
            name=host.text("name"),
            system=host.text("system"),
            architecture=host.text("architecture"),
            cpu=host.text("cpu"),
            logical_cpus=host.integer("logical_cpus", 1, 1_000_000),
            memory_bytes=host.integer("memory_bytes"),
        ),
        job=_parse_job(job),
        components=components,
        notes=notes,
        software=data.text("software"),
        python=data.text("python"),
    )
    host.refuse_unknown()
    _check_totals(data, report)
    data.optional("footprint", lambda key: _check_footprint(data.inner(key)))
    data.refuse_unknown()
    return report


def _parse_moment(data: _JsonObject, key: str) -> datetime:
    text = data.text(key)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 2000 <= moment.year < 2200:
        raise BadInput(N_("“{value}” is not a time such as 2026-01-31T12:00:00Z."), where=data.at(key), value=text)
    return moment.astimezone(UTC)


def _parse_uuid(data: _JsonObject, key: str) -> str:
    text = data.text(key)
    try:
        return str(UUID(text))
    except ValueError:
        raise BadInput(N_("“{value}” is not a UUID."), where=data.at(key), value=text) from None


def _parse_job(data: _JsonObject) -> Job:
    job = Job(
        launcher=data.text("launcher"),
        id=data.text("id"),
        rank=data.integer("rank"),
        ranks=data.integer("ranks", 1),
        local_rank=data.integer("local_rank"),
        counts_node=data.boolean("counts_node"),
        outer=_parse_uuid(data, "outer") if data.get("outer") else "",
    )
    data.refuse_unknown()
    if job.rank >= job.ranks:
        raise BadInput(
            N_("Rank {rank} is not below the number of ranks, {ranks}; ranks start at 0."),
            where=data.at("rank"),
            rank=job.rank,
            ranks=job.ranks,
        )
    return job


def _parse_component(data: _JsonObject, seconds: float) -> ReportComponent:
    boundary = Boundary(data.text("boundary", Boundary))
    complete = data.boolean("complete")
    name, sensor = data.text("name"), data.text("sensor")
    share = data.inner("share")
    component = ReportComponent(
        id=data.text("id"),
        type=data.text("type", ("gpu", "cpu", "memory", "machine")),
        name=name,
        sensor=sensor,
        complete=complete,
        machine=_parse_estimate(data.inner("machine"), boundary, sensor, seconds),
        process=_parse_estimate(data.inner("process"), boundary, sensor, seconds),
        share=Share(
            share.number("value", 0, 1), share.number("low", 0, 1), share.number("high", 0, 1), share.text("basis")
        ),
    )
    share.refuse_unknown()
    data.refuse_unknown()
    whole, part = component.machine.value or 0.0, component.process.value or 0.0
    if part > whole * (1 + 1e-9):
        raise BadInput(N_("The processes cannot use more than the machine."), where=data.at("process"))
    return component


def _parse_estimate(data: _JsonObject, boundary: Boundary, method: str, seconds: float) -> Estimate:
    most = MAX_WATTS * (seconds + 1)  # plus 1 s: a short run can include a whole counter step
    value = data.number("energy_J", 0, most)
    low = data.optional("low_J", data.number)
    high = data.optional("high_J", data.number)
    kind = Kind(data.text("kind", Kind))
    data.refuse_unknown()
    try:
        return Estimate.of(value, "J", kind=kind, boundary=boundary, method=method, low=low, high=high)
    except BadInput as error:
        error.where = data.place
        raise


def _check_totals(data: _JsonObject, report: MeterReport) -> None:
    stated = [item for item, _ in data.items("totals", len(Boundary))]
    expected = _dump_totals(report)
    if not _is_json_equal(stated, expected):
        raise BadInput(N_("The totals do not equal the sums of the components by boundary."), where=data.at("totals"))


def _check_footprint(data: _JsonObject) -> None:
    data.number("co2e_g")
    data.number("water_L")
    data.text("kind", Kind)
    data.text("source")
    data.refuse_unknown()


def _is_json_equal(left: object, right: object) -> bool:
    """Whether two JSON values are equal, numbers within 1e-6 (relative or absolute)."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(_is_json_equal(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_is_json_equal, left, right))
    numbers = [value for value in (left, right) if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) == 2:
        return math.isclose(*numbers, rel_tol=1e-6, abs_tol=1e-6)
    return left == right
