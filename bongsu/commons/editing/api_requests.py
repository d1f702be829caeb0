"""What the interfaces for programs share: tokens, bodies, versions, and errors as problem documents (RFC 9457).

A change needs a token of an organisation. What has versions is changed with the version that the change was made from, in the
header If-Match.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext

from bongsu.commons.documents import parse_document
from bongsu.commons.editing.revisions import MAX_ENTRY_BYTES
from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, BadInput, BongsuError, Refused, UnknownName

TYPES = ("application/json", "application/yaml", "application/x-yaml", "text/yaml")


class NoToken(Refused):
    """The request needs a token, and has none."""

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


def answer_errors(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Returns the view with its errors as problem documents, in the reader's language."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        try:
            return view(request, *args, **named)
        except BongsuError as error:
            if error.http_status >= 500:
                raise
            text = describe_public_error(error, gettext)
            problem = {"type": "about:blank", "title": text.what, "status": error.http_status, "detail": text.sentence}
            response = send_json({**problem, **text.to_json()}, error.http_status)
            response.headers["Content-Type"] = "application/problem+json"
            if error.http_status == 401:
                response.headers["WWW-Authenticate"] = "Bearer"
            return response

    return answer


def send_json(data: object, status: int = 200, **headers: str) -> JsonResponse:
    """Returns data as a response."""
    return JsonResponse(data, status=status, headers=headers, safe=False, json_dumps_params={"ensure_ascii": False})


def require_token(request: Any) -> None:
    """Raises NoToken without a token: a session is not enough, since a page of another site could use it."""
    if not request.actor.token:
        raise NoToken(
            N_("This needs a token of an organisation."),
            fix=N_("Send the header “Authorization: Bearer” with the token."),
        )


def read_versions(request: HttpRequest) -> list[str]:
    """Returns the versions in If-Match, at least one. Raises NoVersion."""
    tags = request.headers.get("If-Match", "").split(",")
    given = [tag for one in tags if (tag := one.strip().strip('"'))]
    if not given or given == ["*"]:
        raise NoVersion(
            N_("The change does not say which version it was made from."),
            fix=N_("Read it again, and send its ETag in the header If-Match."),
        )
    return given


def read_body(request: HttpRequest, where: str) -> Any:
    """Returns the document in the body, JSON or YAML. Raises UnsupportedType, EntryTooLarge, BadInput."""
    if request.content_type not in TYPES or request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedType(
            N_("Unsupported content type: “{type}”."),
            fix=N_("Send application/json or application/yaml, not compressed."),
            type=(request.content_type or "")[:60],
        )
    body = request.read(MAX_ENTRY_BYTES + 1)
    if len(body) > MAX_ENTRY_BYTES:
        raise EntryTooLarge(N_("The entry is larger than {limit} bytes."), limit=MAX_ENTRY_BYTES)
    return parse_document(body, where)


@contextmanager
def blame_body() -> Iterator[None]:
    """Raises BadInput for UnknownName in the block: a name in a body that does not exist is no missing page."""
    try:
        yield
    except UnknownName as error:
        raise BadInput(error.message, where=error.where, fix=error.fix, **error.values) from None


PROBLEM = {"description": "what is wrong", "content": {"application/problem+json": {"schema": {"type": "object"}}}}
