"""Entries read and changed by programs: POST /commons/entries/, and GET, PUT and DELETE /commons/entries/ID/.

A change needs a token that may change entries (entry_tokens.py). PUT and DELETE name the version that they were made from
(If-Match with the ETag of a GET). The same POST or PUT twice has the same answer and changes nothing. An error is a problem
document (RFC 9457) in the reader's language, with the house's error in its member `error`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, ClassVar

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bongsu.commons.documents import parse_document
from bongsu.commons.editing.entry_state import PER_PAGE, EntryState, entry_history, find_state, require_entry
from bongsu.commons.editing.history import describe_revision
from bongsu.commons.editing.revisions import MAX_ENTRY_BYTES, NEW, save_entry, withdraw_entry
from bongsu.commons.entries.entry import Entry
from bongsu.commons.entries.entry_reader import parse_entry
from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, BadInput, BongsuError, Refused, UnknownName

_TYPES = ("application/json", "application/yaml", "application/x-yaml", "text/yaml")
_NO_ID = "body"  # where an error is, if the body has no id


class NoToken(Refused):
    """The change needs a token, and the request has none."""

    code = "no-token"
    http_status: ClassVar[int] = 401


class NoVersion(BadInput):
    """The change does not name the version that it was made from."""

    code = "no-if-match"
    http_status: ClassVar[int] = 428


class EntryTooLarge(BadInput):
    """The body is larger than an entry may be."""

    code = "entry-too-large"
    http_status: ClassVar[int] = 413


class UnsupportedType(BadInput):
    """The body is neither JSON nor YAML, or is compressed."""

    code = "unsupported-type"
    http_status: ClassVar[int] = 415


def _answer_errors(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Returns the view with its errors as problem documents."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        try:
            return view(request, *args, **named)
        except BongsuError as error:
            if error.http_status >= 500:
                raise
            text = describe_public_error(error, gettext)
            problem = {"type": "about:blank", "title": text.what, "status": error.http_status, "detail": text.sentence}
            response = _json({**problem, **text.to_json()}, error.http_status)
            response.headers["Content-Type"] = "application/problem+json"
            if error.http_status == 401:
                response.headers["WWW-Authenticate"] = "Bearer"
            return response

    return answer


def _json(data: object, status: int = 200, **headers: str) -> JsonResponse:
    return JsonResponse(data, status=status, headers=headers, safe=False, json_dumps_params={"ensure_ascii": False})


@csrf_exempt
@require_POST
@_answer_errors
def add_entry(request: Any) -> HttpResponse:
    """Adds an entry, as JSON or YAML; it belongs to the token's organisation. The same entry again has the same answer."""
    _require_token(request)
    entry = _read_entry(request)
    save_entry(request.node, request.actor, entry, if_match=NEW, why=request.GET.get("why", ""))
    return _answer_entry(find_state(request.node, entry.id), 201)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "PUT", "DELETE"])
@_answer_errors
def serve_entry(request: Any, entry: str) -> HttpResponse:
    """Returns an entry as the next build will have it, changes it (PUT), or withdraws it (DELETE, with the reason in `why`)."""
    if request.method in ("GET", "HEAD"):
        state = find_state(request.node, entry)
        require_entry(state)
        return _answer_entry(state)
    _require_token(request)
    if request.method == "DELETE":
        version = _read_version(request, find_state(request.node, entry))
        withdraw_entry(request.node, request.actor, entry, why=request.GET.get("why", ""), if_match=version)
        return _json({"id": entry, "withdrawn": find_state(request.node, entry).gone})
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
@_answer_errors
def list_revisions(request: Any, entry: str) -> HttpResponse:
    """Returns the changes of an entry on this node, the newest first; `page` and the header Link lead to older ones."""
    state = find_state(request.node, entry)
    if not state.gone:  # the history of a withdrawn entry stays readable
        require_entry(state)
    page = Paginator(entry_history(entry), PER_PAGE).get_page(request.GET.get("page"))
    older = {"Link": f'<?page={page.next_page_number()}>; rel="next"'} if page.has_next() else {}
    return _json([describe_revision(revision) for revision in page], 200, **older)


def _answer_entry(state: EntryState, status: int = 200) -> HttpResponse:
    entry = require_entry(state)
    address = reverse("commons-entry", args=(entry.id,))
    headers = {"ETag": f'"{state.fingerprint}"', "Cache-Control": "no-cache"}
    if status == 201:
        headers["Location"] = address
    return _json(entry.to_json(), status, **headers)


def _require_token(request: Any) -> None:
    """Raises NoToken without a token: a session is not enough, since a page of another site could use it."""
    if not request.actor.token:
        raise NoToken(
            N_("A change needs a token of an organisation."),
            fix=N_("Send the header “Authorization: Bearer” with a token that may change entries."),
        )


def _read_version(request: HttpRequest, state: EntryState) -> str:
    """Returns the fingerprint in If-Match; of several, the present one if it is among them. Raises NoVersion."""
    tags = request.headers.get("If-Match", "").split(",")
    given = [tag for one in tags if (tag := one.strip().strip('"'))]
    if not given or given == ["*"]:
        raise NoVersion(
            N_("The change does not say which version it was made from."),
            fix=N_("Read the entry, and send its ETag in the header If-Match."),
        )
    return state.fingerprint if state.fingerprint in given else given[0]


def _read_entry(request: HttpRequest, id_: str = "") -> Entry:
    if request.content_type not in _TYPES or request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedType(
            N_("Unsupported content type: “{type}”."),
            fix=N_("Send application/json or application/yaml, not compressed."),
            type=(request.content_type or "")[:60],
        )
    body = request.read(MAX_ENTRY_BYTES + 1)
    if len(body) > MAX_ENTRY_BYTES:
        raise EntryTooLarge(N_("The entry is larger than {limit} bytes."), limit=MAX_ENTRY_BYTES)
    document = parse_document(body, id_ or _NO_ID)
    if id_ and isinstance(document, dict) and document.setdefault("id", id_) != id_:
        raise BadInput(N_("The id in the document differs from the id in the address."), where="id")
    try:
        return parse_entry(document, id_ or _NO_ID)
    except UnknownName as error:  # a name in the body, which is no missing page
        raise BadInput(error.message, where=error.where, fix=error.fix, **error.values) from None


_ENTRY = {"type": "object", "description": "an entry, as /commons/entry.schema.json describes it"}
_BODY = {"required": True, "content": {one: {"schema": _ENTRY} for one in _TYPES[:2]}}
_PROBLEM = {"description": "what is wrong", "content": {"application/problem+json": {"schema": {"type": "object"}}}}
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
    "responses": {"201": _FOUND, "default": _PROBLEM},
}
serve_entry.openapi = {  # type: ignore[attr-defined]
    "parameters": [_WHY, _IF_MATCH],
    "responses": {"200": _FOUND, "410": {"description": "withdrawn"}, "default": _PROBLEM},
}
