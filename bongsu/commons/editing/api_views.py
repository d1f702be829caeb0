"""Entries read and changed by programs: POST /commons/entries/, and GET, PUT and DELETE /commons/entries/ID/.

A change needs a token that may change entries (entry_tokens.py). PUT and DELETE name the version that they were made from
(If-Match with the ETag of a GET). The same POST or PUT twice has the same answer and changes nothing. An error is a problem
document (RFC 9457) in the reader's language, with the house's error in its member `error`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bongsu.commons.editing.api_requests import (
    PROBLEM,
    TYPES,
    answer_errors,
    blame_body,
    read_body,
    read_versions,
    require_token,
    send_json,
)
from bongsu.commons.editing.entry_state import PER_PAGE, EntryState, entry_history, find_state, require_entry
from bongsu.commons.editing.history import describe_revision
from bongsu.commons.editing.revisions import NEW, save_entry, withdraw_entry
from bongsu.commons.entries.entry import Entry
from bongsu.commons.entries.entry_reader import parse_entry
from bongsu.core.errors import N_, BadInput

_NO_ID = "body"  # where an error is, if the body has no id


@csrf_exempt
@require_POST
@answer_errors
def add_entry(request: Any) -> HttpResponse:
    """Adds an entry, as JSON or YAML; it belongs to the token's organisation. The same entry again has the same answer."""
    require_token(request)
    entry = _read_entry(request)
    save_entry(request.node, request.actor, entry, if_match=NEW, why=request.GET.get("why", ""))
    return _answer_entry(find_state(request.node, entry.id), 201)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "PUT", "DELETE"])
@answer_errors
def serve_entry(request: Any, entry: str) -> HttpResponse:
    """Returns an entry as the next build will have it, changes it (PUT), or withdraws it (DELETE, with the reason in `why`)."""
    if request.method in ("GET", "HEAD"):
        state = find_state(request.node, entry)
        require_entry(state)
        return _answer_entry(state)
    require_token(request)
    if request.method == "DELETE":
        version = _read_version(request, find_state(request.node, entry))
        withdraw_entry(request.node, request.actor, entry, why=request.GET.get("why", ""), if_match=version)
        return send_json({"id": entry, "withdrawn": find_state(request.node, entry).gone})
    state = find_state(request.node, entry)
    present = require_entry(state)
    version = _read_version(request, state)
    changed = _read_entry(request, entry)
    if changed.source not in ("", present.source):
        raise BadInput(N_("The source of an entry cannot be changed."), where="source")
    changed = replace(changed, source=present.source)
    save_entry(request.node, request.actor, changed, if_match=version, why=request.GET.get("why", ""))
    return _answer_entry(find_state(request.node, entry))


@require_safe
@answer_errors
def list_revisions(request: Any, entry: str) -> HttpResponse:
    """Returns the changes of an entry on this node, the newest first; `page` and the header Link lead to older ones."""
    state = find_state(request.node, entry)
    if not state.gone:  # the history of a withdrawn entry stays readable
        require_entry(state)
    page = Paginator(entry_history(entry), PER_PAGE).get_page(request.GET.get("page"))
    older = {"Link": f'<?page={page.next_page_number()}>; rel="next"'} if page.has_next() else {}
    return send_json([describe_revision(revision) for revision in page], 200, **older)


def _answer_entry(state: EntryState, status: int = 200) -> HttpResponse:
    entry = require_entry(state)
    address = reverse("commons-entry", args=(entry.id,))
    headers = {"ETag": f'"{state.fingerprint}"', "Cache-Control": "no-cache"}
    if status == 201:
        headers["Location"] = address
    return send_json(entry.to_json(), status, **headers)


def _read_version(request: HttpRequest, state: EntryState) -> str:
    """Returns the fingerprint in If-Match; of several, the present one if it is among them. Raises NoVersion."""
    given = read_versions(request)
    return state.fingerprint if state.fingerprint in given else given[0]


def _read_entry(request: HttpRequest, id_: str = "") -> Entry:
    document = read_body(request, id_ or _NO_ID)
    if id_ and isinstance(document, dict) and document.setdefault("id", id_) != id_:
        raise BadInput(N_("The id in the document differs from the id in the address."), where="id")
    with blame_body():
        return parse_entry(document, id_ or _NO_ID)


_ENTRY = {"type": "object", "description": "an entry, as /commons/entry.schema.json describes it"}
_BODY = {"required": True, "content": {one: {"schema": _ENTRY} for one in TYPES[:2]}}
_WHY = {"name": "why", "in": "query", "description": "the reason, for the history", "schema": {"type": "string"}}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "for PUT and DELETE: the ETag of the version that the change was made from",
    "schema": {"type": "string"},
}
_FOUND = {"description": "the entry", "content": {"application/json": {"schema": _ENTRY}}}
add_entry.openapi = {  # type: ignore[attr-defined]
    "parameters": [_WHY],
    "requestBody": _BODY,
    "responses": {"201": _FOUND, "default": PROBLEM},
}
serve_entry.openapi = {  # type: ignore[attr-defined]
    "parameters": [_WHY, _IF_MATCH],
    "responses": {"200": _FOUND, "410": {"description": "withdrawn"}, "default": PROBLEM},
}
