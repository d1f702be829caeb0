"""The table of formats. Converts bytes of a named or detected format to an IntakeReport."""

from __future__ import annotations

import hashlib
import json
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from types import MappingProxyType

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.energy.intake import boamps, bongsu_meter, codecarbon, otlp, prometheus, timestamps
from bongsu.energy.intake.intake_errors import MessageTooLarge
from bongsu.energy.intake.intake_report import IntakeReport

MAX_MESSAGE_BYTES = 64 * 1024 * 1024  # of a decompressed message


@dataclass(frozen=True)
class SenderOptions:
    """The sender's options: the time zone of times without an offset, and the time of the scrape (ns since 1970; 0: none)."""

    zone: tzinfo
    at: int = 0


Reader = Callable[[bytes, str, int, SenderOptions], IntakeReport]

MESSAGE_READERS: MappingProxyType[str, Reader] = MappingProxyType(
    {
        "otlp-protobuf": lambda data, digest, received, _: otlp.read_protobuf(data, digest, received),
        "otlp-json": lambda data, digest, received, _: otlp.read_json(data, digest, received),
        "codecarbon": lambda data, digest, received, stated: codecarbon.read_codecarbon(
            data, digest, received, stated.zone
        ),
        "boamps": lambda data, digest, received, stated: boamps.read_boamps(data, digest, received, stated.zone),
        "prometheus": lambda data, digest, received, stated: prometheus.read_prometheus(
            data, digest, received, stated.at
        ),
        "bongsu": lambda data, digest, received, _: bongsu_meter.read_meter_report(data, digest, received),
    }
)


def read_message(format_: str, data: bytes, *, received: int, timezone: str = "", at: int = 0) -> IntakeReport:
    """Reads `data`, a message in the format `format_` that arrived at `received` (ns since 1970).

    `timezone` is the IANA zone of times without an offset; `at` (ns) is the scrape time of an exposition without times.
    Raises BadInput with the place and the reason; UnknownName for a format that is not in the table.
    """
    if format_ not in MESSAGE_READERS:
        raise unknown_name(N_("format"), format_, MESSAGE_READERS)
    if len(data) > MAX_MESSAGE_BYTES:
        raise too_large_error(MAX_MESSAGE_BYTES)
    digest = hashlib.sha256(f"{format_}\0{timezone}\0{at}\0".encode() + data).hexdigest()
    return MESSAGE_READERS[format_](data, digest, received, SenderOptions(timestamps.parse_zone(timezone), at))


def read_report_file(
    data: bytes, name: str = "", *, received: int = 0, timezone: str = "", at: int = 0
) -> IntakeReport:
    """Reads the report in a file of any of the formats; `name` is the file name, for errors. Decompresses gzip."""
    plain = decompress_gzip(data) if data[:2] == b"\x1f\x8b" else data
    try:
        return read_message(detect_format(plain), plain, received=received or time.time_ns(), timezone=timezone, at=at)
    except BadInput as wrong:
        wrong.where = ", ".join(part for part in (name, wrong.where) if part)
        raise


def detect_format(data: bytes) -> str:
    """Detects the format of `data`. Raises BadInput if it is not in the table."""
    start = data[:4096].decode("utf-8", "replace").lstrip("\ufeff \r\n\t")
    if start.startswith("{"):
        return _detect_json_format(data)
    if codecarbon.is_codecarbon(start):
        return "codecarbon"
    if prometheus.is_prometheus(start):
        return "prometheus"
    if data[:1] == b"\x0a":  # field 1 of a protobuf message: resource_metrics
        return "otlp-protobuf"
    raise BadInput(
        N_("The format of this file is not supported."),
        fix=N_("Supported formats: {known}."),
        known=", ".join(MESSAGE_READERS),
    )


def _detect_json_format(data: bytes) -> str:
    try:
        document = json.loads(data)
    except RecursionError:
        raise BadInput(N_("This is not a valid JSON document.")) from None
    except ValueError:
        return "otlp-json"  # may have one document per line, which that reader accepts
    if str(document.get("schema", "")).startswith("bongsu.meter/"):
        return "bongsu"
    return "boamps" if boamps.is_boamps(document) else "otlp-json"


def decompress_gzip(data: bytes, limit: int = MAX_MESSAGE_BYTES) -> bytes:
    """Decompresses gzip `data`. Raises BadInput if it is damaged or longer than `limit`; never decompresses more than that."""
    parts: list[bytes] = []
    left = limit
    while data:
        stream = zlib.decompressobj(wbits=31)
        try:
            part = stream.decompress(data, left + 1)
        except zlib.error:
            raise BadInput(N_("The gzip encoding is broken.")) from None
        if len(part) > left:
            raise too_large_error(limit)
        if not stream.eof:
            raise BadInput(N_("The gzip encoding is cut off."))
        parts.append(part)
        left -= len(part)
        data = stream.unused_data
    return b"".join(parts)


def too_large_error(limit: int) -> MessageTooLarge:
    """The error for a message longer than `limit` bytes; over HTTP its status is 413."""
    return MessageTooLarge(
        N_("This report is longer than {limit} MiB."), fix=N_("Send it in parts."), limit=limit // (1024 * 1024)
    )
