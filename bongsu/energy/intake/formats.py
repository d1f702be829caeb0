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

from bongsu.core.errors import N_, BadInput, unknown
from bongsu.energy.intake import boamps, clocks, codecarbon, otlp, own, prometheus
from bongsu.energy.intake.refusals import TooLarge
from bongsu.energy.intake.report import Report

LIMIT = 64 * 1024 * 1024  # bytes of a message, unpacked


@dataclass(frozen=True)
class Stated:
    """What the sender states beside the message: the zone of times without an offset, and when it was taken (ns; 0: not)."""

    zone: tzinfo
    at: int = 0


Reader = Callable[[bytes, str, int, Stated], Report]

FORMATS: MappingProxyType[str, Reader] = MappingProxyType(
    {
        "otlp-protobuf": lambda data, digest, received, _: otlp.read_protobuf(data, digest, received),
        "otlp-json": lambda data, digest, received, _: otlp.read_json(data, digest, received),
        "codecarbon": lambda data, digest, received, stated: codecarbon.read(data, digest, received, stated.zone),
        "boamps": lambda data, digest, received, stated: boamps.read(data, digest, received, stated.zone),
        "prometheus": lambda data, digest, received, stated: prometheus.read(data, digest, received, stated.at),
        "bongsu": lambda data, digest, received, _: own.read(data, digest, received),
    }
)


def read(format_: str, data: bytes, *, received: int, timezone: str = "", at: int = 0) -> Report:
    """The report in `data`, a message of the format so named, that arrived at `received` (ns since 1970).

    `timezone` is the IANA zone of times that carry no offset; `at` (ns) is when an exposition without times was scraped.
    Raises BadInput with the place and the reason; UnknownName for a format that is not in the table.
    """
    if format_ not in FORMATS:
        raise unknown(N_("format"), format_, FORMATS)
    if len(data) > LIMIT:
        raise too_large(LIMIT)
    digest = hashlib.sha256(f"{format_}\0{timezone}\0{at}\0".encode() + data).hexdigest()
    return FORMATS[format_](data, digest, received, Stated(clocks.zone(timezone), at))


def read_any(data: bytes, name: str = "", *, received: int = 0, timezone: str = "", at: int = 0) -> Report:
    """The report in a file of any of the formats; `name` is the file's, for errors. gzip is unpacked."""
    plain = unpacked(data) if data[:2] == b"\x1f\x8b" else data
    try:
        return read(recognised(plain), plain, received=received or time.time_ns(), timezone=timezone, at=at)
    except BadInput as wrong:
        wrong.where = ", ".join(part for part in (name, wrong.where) if part)
        raise


def recognised(data: bytes) -> str:
    """The format of `data`. Raises BadInput where it is none of the table."""
    start = data[:4096].decode("utf-8", "replace").lstrip("\ufeff \r\n\t")
    if start.startswith("{"):
        return _json_format(data)
    if codecarbon.recognises(start):
        return "codecarbon"
    if prometheus.recognises(start):
        return "prometheus"
    if data[:1] == b"\x0a":  # field 1 of a protobuf message: resource_metrics
        return "otlp-protobuf"
    raise BadInput(
        N_("This file is in none of the formats that are read."), fix=N_("Known: {known}."), known=", ".join(FORMATS)
    )


def _json_format(data: bytes) -> str:
    try:
        document = json.loads(data)
    except RecursionError:
        raise BadInput(N_("This is no whole JSON document.")) from None
    except ValueError:
        return "otlp-json"  # perhaps one document a line, which that reader takes
    if str(document.get("schema", "")).startswith("bongsu.meter/"):
        return "bongsu"
    return "boamps" if boamps.recognises(document) else "otlp-json"


def unpacked(data: bytes, limit: int = LIMIT) -> bytes:
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
            raise too_large(limit)
        if not stream.eof:
            raise BadInput(N_("The gzip encoding is cut off."))
        parts.append(part)
        left -= len(part)
        data = stream.unused_data
    return b"".join(parts)


def too_large(limit: int) -> TooLarge:
    """The error for a message longer than `limit` bytes; over HTTP its status is 413."""
    return TooLarge(
        N_("This report is longer than {limit} MiB."), fix=N_("Send it in parts."), limit=limit // (1024 * 1024)
    )
