"""Views at the node's root: OAI-PMH, feeds, sitemap, robots.txt, the OpenAPI description."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from bongsu.core.errors import N_, unknown_name
from bongsu.core.languages import LANGUAGES
from bongsu.publish.catalogue import feeds, oai, openapi, sitemap
from bongsu.publish.formats.public_address import absolute_address, base_address
from bongsu.store.node import Node


@csrf_exempt  # a request changes nothing
@require_http_methods(["GET", "POST"])
@openapi.extend_operation(
    parameters=openapi.query_parameters(
        verb=", ".join(oai.VERBS),
        identifier="Of one record.",
        metadataPrefix=", ".join(oai.FORMATS),
        **{"from": "Changed on or after.", "until": "Changed on or before.", "set": ", ".join(oai.SETS)},
        resumptionToken="Goes on where an answer stopped.",
    ),
    responses=openapi.media_responses("text/xml"),
)
def oai_pmh(request: HttpRequest) -> HttpResponse:
    """OAI-PMH 2.0: the catalogue for harvesters, with persistent deletions."""
    node: Node = request.node  # type: ignore[attr-defined]
    asked = request.POST if request.method == "POST" else request.GET
    arguments = {name: [str(value) for value in values] for name, values in asked.lists()}
    body = oai.answer_request(node, base_address(request), arguments)
    response = HttpResponse(body, content_type="text/xml; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


@openapi.extend_operation(
    responses=openapi.media_responses(*(media_type for media_type, _ in feeds.FEED_FORMATS.values()))
)
def feed(request: HttpRequest, language: str, form: str, dataflow: str = "") -> HttpResponse:
    """New, corrected, withdrawn and affected releases as a feed in a language, of all dataflows or one: atom, rss or json."""
    node: Node = request.node  # type: ignore[attr-defined]
    if language not in LANGUAGES:
        raise unknown_name(N_("language"), language, LANGUAGES)
    if form not in feeds.FEED_FORMATS:
        raise unknown_name(N_("format"), form, feeds.FEED_FORMATS)
    media_type, write = feeds.FEED_FORMATS[form]
    body = write(node, base_address(request), absolute_address(request, request.path), language, dataflow)
    return _cache_publicly(HttpResponse(body, content_type=f"{media_type}; charset=utf-8"))


@openapi.extend_operation(responses=openapi.media_responses("application/xml"))
def site_map(request: HttpRequest) -> HttpResponse:
    """The sitemap of every page in its languages, or an index of several sitemaps."""
    node: Node = request.node  # type: ignore[attr-defined]
    address, pages = base_address(request), sitemap.list_pages(node)
    parts = -(-len(pages) // sitemap.count_pages_per_file())
    body = sitemap.write_index(parts, address) if parts > 1 else sitemap.write_sitemap(pages, address)
    return _cache_publicly(HttpResponse(body, content_type="application/xml"))


@openapi.extend_operation(responses=openapi.media_responses("application/xml"))
def site_map_part(request: HttpRequest, number: int) -> HttpResponse:
    """One of several sitemaps."""
    node: Node = request.node  # type: ignore[attr-defined]
    pages = sitemap.list_pages(node)
    size = sitemap.count_pages_per_file()
    parts = max(1, -(-len(pages) // size))
    if not 1 <= number <= parts:
        raise unknown_name(N_("page"), str(number), [str(one) for one in range(1, parts + 1)])
    body = sitemap.write_sitemap(pages[(number - 1) * size : number * size], base_address(request))
    return _cache_publicly(HttpResponse(body, content_type="application/xml"))


@openapi.extend_operation(responses=openapi.media_responses("text/plain"))
def robots(request: HttpRequest) -> HttpResponse:
    """robots.txt: what robots may read, and the address of the sitemap."""
    return _cache_publicly(HttpResponse(sitemap.write_robots(base_address(request)), content_type="text/plain"))


@openapi.extend_operation(responses=openapi.media_responses("application/vnd.oai.openapi+json"))
def openapi_document(request: HttpRequest) -> HttpResponse:
    """This description, in OpenAPI 3.1, of every address that is not SDMX."""
    node: Node = request.node  # type: ignore[attr-defined]
    body = openapi.write_openapi(base_address(request), node.name_in("en"))
    return _cache_publicly(HttpResponse(body, content_type="application/vnd.oai.openapi+json;version=3.1"))


def _cache_publicly(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
