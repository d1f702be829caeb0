"""Lets a refused sender hear why: what it is still sending is read and thrown away, for else its connection just breaks.

Nothing of it is kept, and no more than MOST bytes are waited for.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError

GetResponse = Callable[[HttpRequest], HttpResponse]
MAX_BYTES = 128 * 1024 * 1024
_CHUNK = 1 << 20


def drain_body(answer: GetResponse) -> GetResponse:
    """Reads the rest of a request that is answered with an error."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        if response.status_code >= 400 and request.method not in ("GET", "HEAD"):
            # Django hides a body that comes in chunks without a length; the server's own stream has it.
            stream = request if request.headers.get("Content-Length") else request.META.get("wsgi.input", request)
            left = MAX_BYTES
            with suppress(UnreadablePostError, OSError):  # the sender has gone away
                while left > 0 and (part := stream.read(_CHUNK)):
                    left -= len(part)
        return response

    return middleware
