"""What everybody may read: the node's card, its root changes, its checkpoint, its public log, and its sealed releases."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from bongsu.core.errors import N_, BadInput, Missing
from bongsu.core.log_line import CHECKPOINT_TYPE, make_checkpoint
from bongsu.network.client import MAX_BODY
from bongsu.network.tending import list_witnessed
from bongsu.store.disk.clock import format_moment
from bongsu.store.node import Node
from bongsu.store.peers.receiving import MANIFEST_FILE

MOST_LINES = 1000
_JSON, _LINES = "application/json", "application/jsonl"
_RANGE = re.compile(r"bytes=([0-9]{1,15})-([0-9]{0,15})")


def _node(request: HttpRequest) -> Node:
    node: Node = request.node  # type: ignore[attr-defined]
    return node


@require_safe
def show_card(request: HttpRequest) -> HttpResponse:
    """Returns the node's card in its signed envelope. Raises Missing before the first card is made."""
    envelope = _node(request).keys.card_envelope
    if envelope is None:
        raise _no_card()
    return HttpResponse(envelope.to_json(), content_type=_JSON)


@require_safe
def show_roots(request: HttpRequest) -> HttpResponse:
    """Returns the cards with which the root key changed, one on a line: who knows an old root follows them to the new one."""
    lines = [envelope.to_json() for envelope in _node(request).keys.root_changes]
    return HttpResponse(b"\n".join(lines), content_type=_LINES)


@require_safe
def show_checkpoint(request: HttpRequest) -> HttpResponse:
    """Returns the signed length and last hash of the public log; with ?witness=1 also those that this node holds of others."""
    node = _node(request)
    if node.keys.card is None:
        raise _no_card()
    now = timezone.now()
    checkpoint = make_checkpoint(node.identity.id, node.public_log.head, format_moment(now))
    envelope = node.keys.sign(CHECKPOINT_TYPE, checkpoint.to_json(), now)
    if "witness" not in request.GET:
        return _without_cache(HttpResponse(envelope.to_json(), content_type=_JSON))
    held = [json.loads(one.to_json()) for one in list_witnessed(node)]
    body = {"checkpoint": json.loads(envelope.to_json()), "witnessed": held}
    return _without_cache(HttpResponse(json.dumps(body), content_type=_JSON))


@require_safe
def show_log(request: HttpRequest) -> HttpResponse:
    """Returns lines of the public log, from the number ?from= on, ?limit= at most; fewer if they are long. Raises BadInput."""
    first, limit = _read_number(request, "from", 1), min(_read_number(request, "limit", MOST_LINES), MOST_LINES)
    lines = _node(request).public_log.read(first, limit).splitlines(keepends=True)
    size, body = 0, list[bytes]()
    for line in lines:
        size += len(line)
        if size > MAX_BODY and body:
            break
        body.append(line)
    return _without_cache(HttpResponse(b"".join(body), content_type=_LINES))


@require_safe
def download_file(request: HttpRequest, flow: str, number: int, name: str) -> HttpResponseBase:
    """Returns a file of a sealed release as it lies in the node, or a part of it (Range); its ETag is its SHA-256.

    Raises UnknownName, Missing or Damaged.
    """
    releases = _node(request).releases
    release = releases.get(flow, number)
    if name == MANIFEST_FILE:
        path, hash_ = releases.manifest_path(release), releases.seal_of(release)
    else:
        file = next((one for one in releases.manifest(release, verified=False).files if one.name == name), None)
        if file is None:
            raise Missing(N_("The release {release} has no file “{name}”."), release=release.name, name=name[:100])
        path, hash_ = releases.file_path(release, name), file.sha256
    return _send(request, path, hash_)


def _send(request: HttpRequest, path: Path, hash_: str) -> HttpResponseBase:
    etag, size = f'"{hash_}"', path.stat().st_size
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponseBase = HttpResponse(status=304)
    else:
        response = _send_bytes(request, path, etag, size)
    response.headers["ETag"] = etag
    response.headers["Accept-Ranges"] = "bytes"
    return response


def _send_bytes(request: HttpRequest, path: Path, etag: str, size: int) -> HttpResponseBase:
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    unchanged = request.headers.get("If-Range", etag) == etag
    if asked is None or not unchanged:
        return FileResponse(path.open("rb"), content_type="application/octet-stream")
    first, last = int(asked[1]), min(int(asked[2] or size), size - 1)
    if first > last:
        response = HttpResponse(status=416)
        response.headers["Content-Range"] = f"bytes */{size}"
        return response
    file: Any = path.open("rb")
    file.seek(first)
    part = FileResponse(file, content_type="application/octet-stream", status=206)
    part.streaming_content = _read(file, last - first + 1)
    part.headers["Content-Length"] = str(last - first + 1)
    part.headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return part


def _read(file: Any, size: int) -> Any:
    while size > 0 and (part := file.read(min(size, 1 << 16))):
        size -= len(part)
        yield part


def _read_number(request: HttpRequest, name: str, default: int) -> int:
    text = request.GET.get(name, str(default))
    if not re.fullmatch("[1-9][0-9]{0,9}", text):
        raise BadInput(N_("“{text}” is not a whole number."), text=text[:20], where=name)
    return int(text)


def _without_cache(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    return response


def _no_card() -> Missing:
    return Missing(N_("This node has no card yet: “bongsu tend” makes it."))
