"""What another node harvests: every entry of the current catalogue and every tombstone, a JSON line each."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase

from bongsu.commons.build import ENTRIES
from bongsu.commons.finding import FLOW
from bongsu.store.node import Node


def feed(request: HttpRequest) -> HttpResponseBase:
    """The entries as sealed; 304 for a client that has this release already."""
    node: Node = request.node  # type: ignore[attr-defined]
    release = node.releases.current(FLOW)
    etag = f'"{release.content[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "max-age=300"}
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers=headers)
    sealed = node.releases.attachment(release, ENTRIES)
    return FileResponse(sealed.open("rb"), content_type="application/x-ndjson", headers=headers)
