"""Reads CodeCarbon's emissions.csv of every version since 1.0: energy in kWh by run.

Columns were added and removed between versions, but never renamed. The semantics are from CodeCarbon's source code
(emissions_tracker.py, output_methods/file.py, 1.2 to 3.3): rows of one run are running totals since its start, not parts to
sum; a file of tasks (column task_name) has one finished interval per row; `timestamp` is the end, in the machine's local
time without an offset; all energy is already multiplied by the column pue; RAM energy is always modelled from the RAM size,
CPU energy may be modelled, only GPU energy is always measured. A clock set back during a run (the end of summer time) has no
effect: the end of a row is the run's start plus `duration`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import tzinfo

from bongsu.core.errors import N_, BadInput
from bongsu.core.estimate import Boundary, Kind
from bongsu.energy.intake.intake_report import SECOND, IntakeReport, PointForm, PointSeries, ReportBuilder, components
from bongsu.energy.intake.timestamps import parse_nanoseconds

JOULES_PER_KWH = 3_600_000.0  # J/kWh
# column -> component and kind
ENERGY_COLUMNS = {
    "cpu_energy": ("cpu", Kind.MODELLED),
    "gpu_energy": ("gpu", Kind.MEASURED),
    "ram_energy": ("memory", Kind.MODELLED),
    "energy_consumed": ("run", Kind.MODELLED),
}
REQUIRED_COLUMNS = ("timestamp", "duration", "energy_consumed")
_MAX_COLUMNS = 64  # a table with more columns is not an emissions.csv


def is_codecarbon(text: str) -> bool:
    """Whether a file that starts with `text` is an emissions.csv."""
    first = text.lstrip("\ufeff").split("\n", 1)[0]
    return {"timestamp", "duration", "emissions"} <= {name.strip('" \r') for name in first.split(",")}


def read_codecarbon(data: bytes, digest: str, received: int, zone: tzinfo) -> IntakeReport:
    """Reads an emissions.csv; `zone` is the time zone of its times. Raises BadInput with the line."""
    builder = ReportBuilder()
    starts: dict[str, int] = {}
    for line, row in _rows(data):
        where = f"line {line}"
        builder.place(where)
        task = row.get("task_name", "")
        run = "/".join(part for part in (_run_id(row, where), task) if part)
        end = parse_nanoseconds(row["timestamp"], zone, where)
        duration = round(_parse_number(row, "duration", where) * SECOND)
        start = end - duration if task else starts.setdefault(run, end - duration)
        form: PointForm = "delta" if task else "counter"
        facility = _parse_number(row, "pue", where, default=1.0) > 1
        for column, (component, kind) in ENERGY_COLUMNS.items():
            energy = _parse_number(row, column, where, default=0.0) * JOULES_PER_KWH
            if not energy and column != "energy_consumed":
                continue  # the machine has no such part
            boundary = Boundary.FACILITY if facility else components()[component].boundary
            series = PointSeries("codecarbon", run, component, "energy", form, boundary, kind)
            builder.add(series, start + duration, energy, start=start)
    return builder.report("codecarbon", digest, received)


def _rows(data: bytes) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        table = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        header = next(table, [])
        lacking = [name for name in REQUIRED_COLUMNS if name not in header]
        if lacking or len(header) > _MAX_COLUMNS:
            raise BadInput(
                N_("This is not a CodeCarbon emissions.csv: the column {name} is missing."),
                where="line 1",
                name=", ".join(lacking) or "timestamp",
            )
        for cells in table:
            if not cells:
                continue
            if len(cells) != len(header):
                raise BadInput(
                    N_("This row has {count} cells; the header has {wanted}."),
                    where=f"line {table.line_num}",
                    count=len(cells),
                    wanted=len(header),
                )
            yield table.line_num, dict(zip(header, cells, strict=True))
    except UnicodeDecodeError:
        raise BadInput(N_("This file is not text in UTF-8.")) from None
    except csv.Error as wrong:
        raise BadInput(N_("This CSV cannot be read: {reason}."), where=f"line {table.line_num}", reason=wrong) from None


def _run_id(row: Mapping[str, str], where: str) -> str:
    """The id of the run: run_id, or experiment_id in files of version 1."""
    name = row.get("run_id") or row.get("experiment_id", "")
    if not name:
        raise BadInput(N_("This row has no run_id."), where=where)
    return name


def _parse_number(row: Mapping[str, str], column: str, where: str, default: float | None = None) -> float:
    text = row.get(column, "")
    if text == "" and default is not None:
        return default
    try:
        number = float(text)
    except ValueError:
        raise BadInput(
            N_("The column {column} holds “{text}”, which is not a number."), where=where, column=column, text=text[:60]
        ) from None
    if not 0 <= number < float("inf"):
        message = N_("The column {column} holds {number}, which is negative or not finite.")
        raise BadInput(message, where=where, column=column, number=number)
    return number
