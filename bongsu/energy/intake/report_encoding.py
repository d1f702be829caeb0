"""Encodes a report for the report log: an Arrow table of four columns, with the series in the schema's metadata.

Arrow, because many tools read it and numpy can use its columns without a copy; zstd, because times and counters compress
well.
"""

from __future__ import annotations

import json
from dataclasses import astuple
from typing import Any

import pyarrow as pa

from bongsu.core.errors import N_, Damaged
from bongsu.core.estimate import Boundary, Kind
from bongsu.energy.intake.intake_report import Floats, IntakeReport, Ints, PointSeries

FORMAT = "bongsu.points/1"
_COLUMNS = ("index", "start", "time", "value")
_COMPRESS = pa.ipc.IpcWriteOptions(compression="zstd")


def encode_report(report: IntakeReport) -> bytes:
    """Encodes a report to bytes."""
    about = {
        "format": FORMAT,
        "from": report.format,
        "digest": report.digest,
        "received": report.received,
        "series": [astuple(series) for series in report.series],
        "ignored": report.ignored,
    }
    batch = pa.record_batch([_arrow_array(getattr(report, name)) for name in _COLUMNS], names=list(_COLUMNS))
    batch = batch.replace_schema_metadata({"report": json.dumps(about, ensure_ascii=False, separators=(",", ":"))})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=_COMPRESS) as stream:
        stream.write_batch(batch)
    return sink.getvalue().to_pybytes()


def _arrow_array(column: Ints | Floats) -> pa.Array[Any]:
    """Wraps the column's memory as an Arrow array, without a copy (pa.array would import pandas, which takes seconds)."""
    type_ = pa.float64() if column.dtype.kind == "f" else pa.int64()
    return pa.Array.from_buffers(type_, len(column), [None, pa.py_buffer(column.data)])


def decode_report(data: bytes) -> IntakeReport:
    """Decodes the bytes of `encode_report`. Raises Damaged."""
    try:
        with pa.ipc.open_stream(data) as stream:
            table = stream.read_all()
        about = json.loads(table.schema.metadata[b"report"])
        return IntakeReport(
            about["from"],
            about["digest"],
            about["received"],
            tuple(_decode_series(row) for row in about["series"]),
            index=table.column("index").to_numpy(),
            start=table.column("start").to_numpy(),
            time=table.column("time").to_numpy(),
            value=table.column("value").to_numpy(),
            ignored=tuple(about["ignored"]),
        )
    except (pa.ArrowInvalid, KeyError, TypeError, ValueError, OSError):
        raise Damaged(N_("A stored report cannot be read.")) from None


def _decode_series(row: list[Any]) -> PointSeries:
    meter, source, component, measure, form, boundary, kind, *rest = row
    return PointSeries(meter, source, component, measure, form, Boundary(boundary), Kind(kind), *rest)
