"""The catalogue's addresses: the whole of it by page, one item, in the form that the client accepts or the address names."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language

from bongsu.core.errors import N_, unknown
from bongsu.core.release import Release
from bongsu.publish.catalogue import croissant, dcat, openapi, schema_org, tables
from bongsu.publish.catalogue.addresses import absolute, base
from bongsu.publish.catalogue.items import ENTRY, RELEASE, Item, item, items, order
from bongsu.store.node import Node

PAGE = 50  # items: with their checksums, what a harvester can read at a time
_CROISSANT = "application/ld+json;profile=http://mlcommons.org/croissant/1.0"
# ending -> media type, for one item; the first is what a client gets that accepts anything
_FORMS = {end: media_type for end, (media_type, _) in dcat.SYNTAXES.items()}
_ITEM_FORMS = {**_FORMS, "croissant.json": _CROISSANT, "schema.json": "application/ld+json"}


@openapi.described(responses=openapi.answers(*_FORMS.values()))
def catalogue(request: HttpRequest) -> HttpResponseBase:
    """The first page of the catalogue as DCAT-AP: Turtle, RDF/XML or JSON-LD, as the client accepts."""
    response = page(request, 1, _accepted(request))
    response.headers["Vary"] = "Accept"
    return response


def _accepted(request: HttpRequest) -> str:
    wanted = request.get_preferred_type(list(_FORMS.values()))
    return next((end for end, media_type in _FORMS.items() if media_type == wanted), "ttl")


@openapi.described(responses=openapi.answers(*_FORMS.values()))
def page(request: HttpRequest, number: int, end: str) -> HttpResponseBase:
    """One page of the catalogue, in the form that the address names."""
    node: Node = request.node  # type: ignore[attr-defined]
    if end not in _FORMS:
        raise unknown(N_("format"), end, _FORMS)
    known = tuple(node.releases.all())
    total = len(order(node))
    pages = max(1, -(-total // PAGE))
    if not 1 <= number <= pages:
        raise unknown(N_("page"), str(number), [str(one) for one in range(1, min(pages, 12) + 1)])
    body = _page(node, known, dcat.Page(number, pages, total, end), base(request))
    response = HttpResponse(body, content_type=_FORMS[end])
    links = [(one, rel) for one, rel in ((number - 1, "prev"), (number + 1, "next")) if 1 <= one <= pages]
    if links:
        response.headers["Link"] = ", ".join(
            f'<{absolute(request, f"catalogue/{one}.{end}")}>; rel="{rel}"' for one, rel in links
        )
    return _tagged(request, response)


@lru_cache(maxsize=64)
def _page(node: Node, releases: tuple[Release, ...], page: dcat.Page, base: str) -> bytes:
    """`releases` tells one state of the node from another."""
    places = order(node)[(page.number - 1) * PAGE : page.number * PAGE]
    found = list(items(node, places))
    moments = [r.withdrawal.at if r.withdrawal else r.sealed_at for r in releases]
    changed = max(moments, default=node.identity.created)
    return dcat.written(dcat.document(node.identity.name, base, found, page, changed), page.end)


@openapi.described(responses=openapi.answers(*dict.fromkeys(_ITEM_FORMS.values())))
def one(request: HttpRequest, kind: str, id: str, end: str = "") -> HttpResponseBase:
    """One item: for people its page, for machines DCAT-AP, Croissant or schema.org."""
    node: Node = request.node  # type: ignore[attr-defined]
    found = item(node, kind, id)
    if not end:
        wanted = request.get_preferred_type(["text/html", *_FORMS.values()])
        if wanted == "text/html":
            response: HttpResponseBase = HttpResponseRedirect(_home(found), status=303)
            response.headers["Vary"] = "Accept, Accept-Language"
            return response
        end = _accepted(request)
    if end not in _ITEM_FORMS:
        raise unknown(N_("format"), end, _ITEM_FORMS)
    address = base(request)
    response = HttpResponse(_written(node, found, end, address), content_type=_ITEM_FORMS[end])
    response.headers["Vary"] = "Accept"
    return _tagged(request, response)


@openapi.described(responses=openapi.answers(*dict.fromkeys(_ITEM_FORMS.values())))
def release(request: HttpRequest, dataflow: str, number: int, end: str = "") -> HttpResponseBase:
    """One release, as the catalogue describes it."""
    return one(request, RELEASE, f"{dataflow}/{number}", end)


@openapi.described(responses=openapi.answers(*_FORMS.values()))
def kind(request: HttpRequest, name: str) -> HttpResponseBase:
    """What the type of an entry means: a SKOS concept with its names."""
    end = _accepted(request)
    response = HttpResponse(dcat.written(dcat.kind(base(request), name), end), content_type=_FORMS[end])
    response.headers["Vary"] = "Accept"
    return _tagged(request, response)


def _home(found: Item) -> str:
    if found.kind != ENTRY:
        return f"/{get_language()}/{found.page}"
    try:
        return reverse("entry", args=(found.id,))
    except NoReverseMatch:
        return found.page  # a node that lists entries need not have pages for them


def _written(node: Node, found: Item, end: str, base: str) -> bytes:
    if end == "croissant.json":
        return croissant.of_item(found, base)
    if end == "schema.json":
        return schema_org.document(found, base)
    return dcat.written(dcat.document(node.identity.name, base, [found], None, ""), end)


@openapi.described(responses=openapi.answers(*(media_type for media_type, _ in tables.FORMS.values())))
def table(request: HttpRequest, end: str) -> HttpResponseBase:
    """The whole catalogue as one table, a row an item: CSV or Parquet."""
    node: Node = request.node  # type: ignore[attr-defined]
    if end not in tables.FORMS:
        raise unknown(N_("format"), end, tables.FORMS)
    media_type, write = tables.FORMS[end]
    address = base(request)
    response = HttpResponse(write(_table(node, tuple(node.releases.all()), address)), content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="catalogue.{end}"'
    return _tagged(request, response)


@lru_cache(maxsize=4)
def _table(node: Node, releases: tuple[Release, ...], base: str) -> tables.Table:
    return tables.of_items(items(node, order(node)), base)


def _tagged(request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
    """The answer with its ETag, or 304 where the client has it."""
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponse(status=304)
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "public, no-cache"
    return response
