"""The table of formats, and the one way in: bytes of a named format, or of one that is recognised, become a Report."""

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

MAX_MESSAGE_BYTES = 64 * 1024 * 1024  # bytes of a message, unpacked


@dataclass(frozen=True)
class SenderOptions:
    """What the sender states beside the message: the zone of times without an offset, and when it was taken (ns; 0: not)."""

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
    """The report in `data`, a message of the format so named, that arrived at `received` (ns since 1970).

    `timezone` is the IANA zone of times that carry no offset; `at` (ns) is when an exposition without times was scraped.
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
    """The report in a file of any of the formats; `name` is the file's, for errors. gzip is unpacked."""
    plain = decompress_gzip(data) if data[:2] == b"\x1f\x8b" else data
    try:
        return read_message(detect_format(plain), plain, received=received or time.time_ns(), timezone=timezone, at=at)
    except BadInput as wrong:
        wrong.where = ", ".join(part for part in (name, wrong.where) if part)
        raise


def detect_format(data: bytes) -> str:
    """The format of `data`. Raises BadInput where it is none of the table."""
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
        N_("This file is in none of the formats that are read."),
        fix=N_("Known: {known}."),
        known=", ".join(MESSAGE_READERS),
    )


def _detect_json_format(data: bytes) -> str:
    try:
        document = json.loads(data)
    except RecursionError:
        raise BadInput(N_("This is no whole JSON document.")) from None
    except ValueError:
        return "otlp-json"  # perhaps one document a line, which that reader takes
    if str(document.get("schema", "")).startswith("bongsu.meter/"):
        return "bongsu"
    return "boamps" if boamps.is_boamps(document) else "otlp-json"


def decompress_gzip(data: bytes, limit: int = MAX_MESSAGE_BYTES) -> bytes:
    """The content of gzip `data`. Raises BadInput where it is broken or longer than `limit`: no more than that is unpacked."""
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
