"""Calls for programs, at addresses without a language: JSON, calendars, and a feed. A draft is answered as an unknown name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import get_language, gettext, override
from django.views.decorators.http import require_safe

from bongsu.core.atom import AtomFeed, write_atom
from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.languages import LANGUAGES
from bongsu.incubator.public.calendars import write_calendar
from bongsu.incubator.public.common_grants import describe_call, describe_page
from bongsu.incubator.public.feed import list_news
from bongsu.incubator.public.published import PublishedCall, find_published, list_published

MOST_ITEMS = 100  # in one answer
_LANGUAGE = {
    "name": "language",
    "in": "query",
    "description": "the language of the texts, instead of that of Accept-Language",
    "schema": {"type": "string", "enum": list(LANGUAGES)},
}
_COUNT = {"type": "integer", "minimum": 1}


def _describe(*media_types: str, **counts: str) -> Callable[[Any], Any]:
    """Adds parameters and the media type to a view's entry in the OpenAPI description."""

    def mark(view: Any) -> Any:
        numbers = [
            {"name": name, "in": "query", "description": text, "schema": _COUNT} for name, text in counts.items()
        ]
        content = {one: {"schema": {"type": "string"}} for one in media_types}
        error = {"$ref": "#/components/responses/Error"}
        answers = {"200": {"description": "The calls.", "content": content}, "default": error}
        view.openapi = {"parameters": [_LANGUAGE, *numbers], "responses": answers}
        return view

    return mark


@_describe("application/json", page="from 1", pageSize=f"calls in an answer, at most {MOST_ITEMS}")
@require_safe
def list_opportunities(request: Any) -> HttpResponse:
    """The calls as CommonGrants opportunities, those that changed last first, in pages."""
    page, size = _read_number(request, "page", 1), _read_number(request, "pageSize", MOST_ITEMS)
    with _in_language(request) as language:
        calls = list_published(request.node.identity.id, timezone.now())
        size = min(size, MOST_ITEMS)
        shown = calls[(page - 1) * size : page * size]
        items = [
            describe_call(one, _find_page(request, one.call.name), gettext, language, whole=False) for one in shown
        ]
        return _answer_json(request, describe_page(items, page, size, len(calls)), _find_newest(calls))


@_describe("application/json")
@require_safe
def show_opportunity(request: Any, name: str) -> HttpResponse:
    """A call as a CommonGrants opportunity, with its rules, criteria and questions."""
    with _in_language(request) as language:
        one = find_published(name, request.node.identity.id, timezone.now())
        data = describe_call(one, _find_page(request, name), gettext, language, whole=True)
        return _answer_json(request, {"status": 200, "message": "Success", "data": data}, one.changed)


@_describe("text/calendar")
@require_safe
def show_calendar(request: Any, name: str = "") -> HttpResponse:
    """When rounds open and close and results come, as a calendar: of all calls, or of one."""
    with _in_language(request) as language:
        node, now = request.node.identity.id, timezone.now()
        calls = [find_published(name, node, now)] if name else list_published(node, now)
        title = gettext("Calls of {name}").format(name=request.node.name_in(language))
        body = write_calendar(calls, title, lambda name: _find_page(request, name), gettext, language)
        return _answer(request, body, "text/calendar; charset=utf-8", _find_newest(calls))


@_describe("application/atom+xml")
@require_safe
def show_feed(request: Any) -> HttpResponse:
    """The news of calls as an Atom feed: openings, extensions and other changes, endings."""
    with _in_language(request) as language:
        node = request.node
        calls = list_published(node.identity.id, timezone.now())
        feed = AtomFeed(
            address=f"{request.full_address('calls-feed')}?language={language}",
            page=request.full_address("calls"),
            title=gettext("Calls of {name}").format(name=node.name_in(language)),
            author=node.name_in(language),
            language=language,
            updated=node.identity.created,
            entries=list_news(calls, node.identity.id, lambda name: _find_page(request, name), gettext, language),
        )
        return _answer(request, write_atom(feed), "application/atom+xml; charset=utf-8", _find_newest(calls))


@contextmanager
def _in_language(request: Any) -> Iterator[str]:
    """Sets the language of `?language=`, else leaves that of Accept-Language. Raises UnknownName."""
    language = request.GET.get("language") or get_language() or "en"
    if language not in LANGUAGES:
        raise unknown_name(N_("language"), language[:10], LANGUAGES)
    with override(language):
        yield language


def _find_page(request: Any, name: str) -> str:
    return str(request.full_address("call", name))


def _find_newest(calls: list[PublishedCall]) -> datetime | None:
    return max((one.changed for one in calls), default=None)


def _read_number(request: Any, name: str, default: int) -> int:
    text = request.GET.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= 6 and int(text)):
        raise BadInput(N_("“{text}” is not a whole number from 1 on."), where=name, text=text[:40])
    return int(text)


def _answer_json(request: Any, document: object, changed: datetime | None) -> HttpResponse:
    body = json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"
    return _answer(request, body, "application/json", changed)


def _answer(request: Any, body: bytes, media_type: str, changed: datetime | None) -> HttpResponse:
    """Returns the body, or 304 if the client has it: everybody may keep it for five minutes, and read it from any page."""
    response = HttpResponse(body, content_type=media_type)
    response.headers["ETag"] = f'"{sha256(body).hexdigest()[:32]}"'
    moment = int(changed.timestamp()) if changed else None
    if moment is not None:
        response.headers["Last-Modified"] = http_date(moment)
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Content-Language"] = get_language() or "en"
    found: HttpResponse = get_conditional_response(request, response.headers["ETag"], moment, response)  # type: ignore[assignment]
    return found
