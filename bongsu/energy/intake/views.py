"""Receives reports over HTTP: POST /v1/metrics from OTLP exporters, and POST /energy/intake/<format> for the other formats.

A request needs an organisation's token. The response is 2xx once the report is on disk, or 4xx with nothing stored. A
repeated post changes nothing and also gets 2xx. At most MAX_MESSAGE_BYTES of a body are read, and at most that many are
decompressed. Source of the responses: OTLP/HTTP specification 1.x (an empty ExportMetricsServiceResponse; an error is a
google.rpc.Status).
"""

from __future__ import annotations

import time
from datetime import UTC
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, BadInput, BongsuError
from bongsu.energy.intake import timestamps
from bongsu.energy.intake.intake_errors import NoToken, UnsupportedType
from bongsu.energy.intake.intake_report import IntakeReport
from bongsu.energy.intake.message_formats import MAX_MESSAGE_BYTES, decompress_gzip, read_message, too_large_error
from bongsu.energy.intake.node_reports import keep_report
from bongsu.energy.intake.otlp_messages import encode_status

_OTLP = {"application/x-protobuf": "otlp-protobuf", "application/json": "otlp-json"}
_CHUNK = 1 << 20


@csrf_exempt
@require_POST
def receive_otlp(request: HttpRequest) -> HttpResponse:
    """POST /v1/metrics, in protobuf or JSON: receives the metrics of an OTLP exporter whose endpoint is this node."""
    kind = (request.content_type or "").casefold()
    try:
        if kind not in _OTLP:
            raise UnsupportedType(
                N_("Unsupported content type: “{type}”."),
                fix=N_("Send application/x-protobuf or application/json."),
                type=kind[:60],
            )
        _accept_report(request, _OTLP[kind])
    except BongsuError as error:
        if kind != "application/x-protobuf" or error.http_status in (401, 403):
            raise
        body = encode_status(describe_public_error(error, gettext).sentence)
        return HttpResponse(body, content_type=kind, status=error.http_status)
    return HttpResponse(b"{}" if kind == "application/json" else b"", content_type=kind)


@csrf_exempt
@require_POST
def receive_report(request: HttpRequest, format_: str) -> HttpResponse:
    """POST /energy/intake/<format>: receives a report in the named format; optional query parameters `timezone` and `at`."""
    report, new = _accept_report(request, format_)
    return JsonResponse(
        {"accepted": len(report), "series": len(report.series), "new": new, "ignored": report.ignored},
        json_dumps_params={"ensure_ascii": False},
    )


def _accept_report(request: Any, format_: str) -> tuple[IntakeReport, bool]:
    if request.organisation is None:
        raise NoToken(
            N_("Sending a report requires an organisation’s token."),
            fix=N_("Send the header “Authorization: Bearer” with your token; the node’s operator issues it."),
        )
    received = time.time_ns()
    zone = request.GET.get("timezone", "")
    at = timestamps.parse_nanoseconds(request.GET["at"], UTC, "at") if request.GET.get("at") else 0
    report = read_message(format_, _read_body(request), received=received, timezone=zone, at=at)
    return report, keep_report(request.node, request.organisation.name, report)


def _read_body(request: Any) -> bytes:
    """Reads and decompresses the body. Raises MessageTooLarge if Content-Length or the bytes read exceed MAX_MESSAGE_BYTES."""
    encoding = request.headers.get("Content-Encoding", "identity").casefold()
    if encoding not in ("identity", "gzip"):
        raise UnsupportedType(
            N_("Unsupported content encoding: “{type}”."), fix=N_("Send gzip, or no encoding."), type=encoding[:60]
        )
    stated = request.headers.get("Content-Length", "")
    if stated.isdecimal() and int(stated) > MAX_MESSAGE_BYTES:
        raise too_large_error(MAX_MESSAGE_BYTES)
    # Django reads nothing from a chunked body without Content-Length; the server's own stream does.
    stream = request if stated else request.environ["wsgi.input"]
    parts: list[bytes] = []
    size = 0
    while part := stream.read(_CHUNK):
        size += len(part)
        if size > MAX_MESSAGE_BYTES:
            raise too_large_error(MAX_MESSAGE_BYTES)
        parts.append(part)
    if stated.isdecimal() and size < int(stated):
        raise BadInput(N_("The message is incomplete: {size} of {stated} bytes arrived."), size=size, stated=stated)
    body = b"".join(parts)
    return decompress_gzip(body) if encoding == "gzip" else body
