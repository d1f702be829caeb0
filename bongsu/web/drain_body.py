"""Reads and discards the rest of a refused request, so that the client receives the error and not a broken connection.

Stores nothing, and reads at most MAX_BYTES.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError

GetResponse = Callable[[HttpRequest], HttpResponse]
MAX_BYTES = 128 * 1024 * 1024
_CHUNK = 1 << 20


def drain_body(get_response: GetResponse) -> GetResponse:
    """Reads the rest of a request that is answered with an error."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code >= 400 and request.method not in ("GET", "HEAD"):
            # Django does not expose a chunked body without Content-Length; the stream of the WSGI server does.
            stream = request if request.headers.get("Content-Length") else request.META.get("wsgi.input", request)
            left = MAX_BYTES
            with suppress(UnreadablePostError, OSError):  # the client has disconnected
                while left > 0 and (part := stream.read(_CHUNK)):
                    left -= len(part)
        return response

    return middleware
