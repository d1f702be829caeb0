"""Views of the catalogue: pages, items and the table, in the format that the client accepts or the address names."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language

from bongsu.core.errors import N_, unknown_name
from bongsu.core.release import Release
from bongsu.publish.catalogue import croissant, dcat, item_table, openapi, schema_org
from bongsu.publish.catalogue.items import ENTRY, RELEASE, Item, find_item, find_items, list_item_ids
from bongsu.publish.catalogue.peer_items import PeerKey, find_peer_item, find_peer_items, list_peer_keys
from bongsu.publish.formats.public_address import absolute_address, base_address
from bongsu.store.node import Node

PAGE_SIZE = 50  # items in one page, with their checksums
_CROISSANT = "application/ld+json;profile=http://mlcommons.org/croissant/1.0"
# suffix -> media type, for one item; the first is the default
_GRAPH_FORMATS = {end: media_type for end, (media_type, _) in dcat.SYNTAXES.items()}
_ITEM_FORMATS = {**_GRAPH_FORMATS, "croissant.json": _CROISSANT, "schema.json": "application/ld+json"}


@openapi.extend_operation(responses=openapi.media_responses(*_GRAPH_FORMATS.values()))
def catalogue(request: HttpRequest) -> HttpResponseBase:
    """The first page of the catalogue as DCAT-AP, in Turtle, RDF/XML or JSON-LD, by content negotiation."""
    response = catalogue_page(request, 1, _negotiate_format(request))
    response.headers["Vary"] = "Accept"
    return response


def _negotiate_format(request: HttpRequest) -> str:
    wanted = request.get_preferred_type(list(_GRAPH_FORMATS.values()))
    return next((end for end, media_type in _GRAPH_FORMATS.items() if media_type == wanted), "ttl")


@openapi.extend_operation(responses=openapi.media_responses(*_GRAPH_FORMATS.values()))
def catalogue_page(request: HttpRequest, number: int, end: str) -> HttpResponseBase:
    """One page of the catalogue, in the format that the address names."""
    node: Node = request.node  # type: ignore[attr-defined]
    if end not in _GRAPH_FORMATS:
        raise unknown_name(N_("format"), end, _GRAPH_FORMATS)
    known = tuple(node.releases.all())
    of_peers = list_peer_keys(node)
    total = len(list_item_ids(node)) + len(of_peers)
    pages = max(1, -(-total // PAGE_SIZE))
    if not 1 <= number <= pages:
        raise unknown_name(N_("page"), str(number), [str(one) for one in range(1, min(pages, 12) + 1)])
    body = _write_page(
        node,
        known,
        of_peers,
        dcat.CataloguePage(number, pages, total, end),
        base_address(request),
        dcat.describe_publisher(node),
    )
    response = HttpResponse(body, content_type=_GRAPH_FORMATS[end])
    links = [(one, rel) for one, rel in ((number - 1, "prev"), (number + 1, "next")) if 1 <= one <= pages]
    if links:
        response.headers["Link"] = ", ".join(
            f'<{absolute_address(request, f"catalogue/{one}.{end}")}>; rel="{rel}"' for one, rel in links
        )
    return _add_etag(request, response)


@lru_cache(maxsize=64)
def _write_page(
    node: Node,
    releases: tuple[Release, ...],
    of_peers: tuple[PeerKey, ...],
    page: dcat.CataloguePage,
    base: str,
    publisher: dcat.Publisher,
) -> bytes:
    """`releases` is part of the cache key. Those of peers follow this node's own items."""
    keys = list_item_ids(node)
    first, last = (page.number - 1) * PAGE_SIZE, page.number * PAGE_SIZE
    peers = of_peers[max(0, first - len(keys)) : max(0, last - len(keys))]
    found = [*find_items(node, keys[first:last]), *find_peer_items(node, peers)]
    changed = max((release.changed_at for release in releases), default=node.identity.created)
    return dcat.serialize_graph(dcat.build_graph(publisher, base, found, page, changed), page.suffix)


@openapi.extend_operation(responses=openapi.media_responses(*dict.fromkeys(_ITEM_FORMATS.values())))
def catalogue_item(request: HttpRequest, kind: str, id: str, end: str = "") -> HttpResponseBase:
    """One item as DCAT-AP, Croissant or schema.org; a browser is redirected to its page."""
    node: Node = request.node  # type: ignore[attr-defined]
    found = find_item(node, kind, id)
    if not end:
        wanted = request.get_preferred_type(["text/html", *_GRAPH_FORMATS.values()])
        if wanted == "text/html":
            response: HttpResponseBase = HttpResponseRedirect(_item_page(found), status=303)
            response.headers["Vary"] = "Accept, Accept-Language"
            return response
        end = _negotiate_format(request)
    if end not in _ITEM_FORMATS:
        raise unknown_name(N_("format"), end, _ITEM_FORMATS)
    address = base_address(request)
    response = HttpResponse(_write_item(node, found, end, address), content_type=_ITEM_FORMATS[end])
    response.headers["Vary"] = "Accept"
    return _add_etag(request, response)


@openapi.extend_operation(responses=openapi.media_responses(*dict.fromkeys(_ITEM_FORMATS.values())))
def catalogue_release(request: HttpRequest, dataflow: str, number: int, end: str = "") -> HttpResponseBase:
    """One release in the catalogue."""
    return catalogue_item(request, RELEASE, f"{dataflow}/{number}", end)


@openapi.extend_operation(responses=openapi.media_responses(*_GRAPH_FORMATS.values()))
def catalogue_peer(request: HttpRequest, peer: str, dataflow: str, number: int) -> HttpResponseBase:
    """One release of another node in the catalogue, as DCAT-AP; a browser is redirected to its page."""
    node: Node = request.node  # type: ignore[attr-defined]
    found = find_peer_item(node, peer, dataflow, number)
    if request.get_preferred_type(["text/html", *_GRAPH_FORMATS.values()]) == "text/html":
        response: HttpResponseBase = HttpResponseRedirect(_item_page(found), status=303)
        response.headers["Vary"] = "Accept, Accept-Language"
        return response
    end = _negotiate_format(request)
    response = HttpResponse(_write_item(node, found, end, base_address(request)), content_type=_GRAPH_FORMATS[end])
    response.headers["Vary"] = "Accept"
    return _add_etag(request, response)


@openapi.extend_operation(responses=openapi.media_responses(*_GRAPH_FORMATS.values()))
def catalogue_kind(request: HttpRequest, name: str) -> HttpResponseBase:
    """The kind of an entry as a SKOS concept with its names."""
    end = _negotiate_format(request)
    response = HttpResponse(
        dcat.serialize_graph(dcat.build_kind_graph(base_address(request), name), end), content_type=_GRAPH_FORMATS[end]
    )
    response.headers["Vary"] = "Accept"
    return _add_etag(request, response)


def _item_page(found: Item) -> str:
    if found.kind != ENTRY:
        return f"/{get_language()}/{found.page}"
    try:
        return reverse("entry", args=(found.id,))
    except NoReverseMatch:
        return found.page  # a node may list entries without having pages for them


def _write_item(node: Node, found: Item, end: str, base: str) -> bytes:
    if end == "croissant.json":
        return croissant.write_croissant(found, base)
    if end == "schema.json":
        return schema_org.write_json_ld(found, base)
    return dcat.serialize_graph(dcat.build_graph(dcat.describe_publisher(node), base, [found], None, ""), end)


@openapi.extend_operation(
    responses=openapi.media_responses(*(media_type for media_type, _ in item_table.TABLE_FORMATS.values()))
)
def catalogue_table(request: HttpRequest, end: str) -> HttpResponseBase:
    """The whole catalogue as one table with a row per item: CSV or Parquet."""
    node: Node = request.node  # type: ignore[attr-defined]
    if end not in item_table.TABLE_FORMATS:
        raise unknown_name(N_("format"), end, item_table.TABLE_FORMATS)
    media_type, write = item_table.TABLE_FORMATS[end]
    address = base_address(request)
    response = HttpResponse(
        write(_table(node, tuple(node.releases.all()), address, node.name_in("en"))), content_type=media_type
    )
    response.headers["Content-Disposition"] = f'attachment; filename="catalogue.{end}"'
    return _add_etag(request, response)


@lru_cache(maxsize=4)
def _table(node: Node, releases: tuple[Release, ...], base: str, publisher: str) -> item_table.Table:
    """`releases` and `publisher` are parts of the cache key."""
    return item_table.tabulate_items(find_items(node, list_item_ids(node)), base)


def _add_etag(request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
    """Adds an ETag to the response; returns 304 if the client already has it."""
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponse(status=304)
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "public, no-cache"
    return response
