"""The doors at the node's root: OAI-PMH, feeds, sitemap, robots.txt, the OpenAPI description."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from bongsu.core.errors import N_, unknown
from bongsu.core.text import LANGUAGES
from bongsu.publish.catalogue import feeds, oai, openapi, sitemap
from bongsu.publish.catalogue.addresses import absolute, base
from bongsu.store.node import Node


@csrf_exempt  # nothing is changed by a request
@require_http_methods(["GET", "POST"])
@openapi.described(
    parameters=openapi.query(
        verb=", ".join(oai.VERBS),
        identifier="Of one record.",
        metadataPrefix=", ".join(oai.FORMATS),
        **{"from": "Changed on or after.", "until": "Changed on or before.", "set": ", ".join(oai.SETS)},
        resumptionToken="Goes on where an answer stopped.",
    ),
    responses=openapi.answers("text/xml"),
)
def harvest(request: HttpRequest) -> HttpResponse:
    """OAI-PMH 2.0: the catalogue for harvesters, with persistent deletions."""
    node: Node = request.node  # type: ignore[attr-defined]
    asked = request.POST if request.method == "POST" else request.GET
    arguments = {name: [str(value) for value in values] for name, values in asked.lists()}
    body = oai.answered(node, base(request), arguments)
    response = HttpResponse(body, content_type="text/xml; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


@openapi.described(responses=openapi.answers(*(media_type for media_type, _ in feeds.FORMS.values())))
def feed(request: HttpRequest, language: str, form: str) -> HttpResponse:
    """New releases and withdrawals as a feed in a language: atom, rss or json."""
    node: Node = request.node  # type: ignore[attr-defined]
    if language not in LANGUAGES:
        raise unknown(N_("language"), language, LANGUAGES)
    if form not in feeds.FORMS:
        raise unknown(N_("format"), form, feeds.FORMS)
    media_type, write = feeds.FORMS[form]
    body = write(node, base(request), absolute(request, request.path), language)
    return _public(HttpResponse(body, content_type=f"{media_type}; charset=utf-8"))


@openapi.described(responses=openapi.answers("application/xml"))
def site_map(request: HttpRequest) -> HttpResponse:
    """The sitemap of every page in its languages, or the index of several."""
    node: Node = request.node  # type: ignore[attr-defined]
    address, pages = base(request), sitemap.pages(node)
    parts = -(-len(pages) // sitemap.MOST)
    body = sitemap.index(parts, address) if parts > 1 else sitemap.sitemap(pages, address)
    return _public(HttpResponse(body, content_type="application/xml"))


@openapi.described(responses=openapi.answers("application/xml"))
def site_map_part(request: HttpRequest, number: int) -> HttpResponse:
    """One of several sitemaps."""
    node: Node = request.node  # type: ignore[attr-defined]
    pages = sitemap.pages(node)
    parts = max(1, -(-len(pages) // sitemap.MOST))
    if not 1 <= number <= parts:
        raise unknown(N_("page"), str(number), [str(one) for one in range(1, parts + 1)])
    body = sitemap.sitemap(pages[(number - 1) * sitemap.MOST : number * sitemap.MOST], base(request))
    return _public(HttpResponse(body, content_type="application/xml"))


@openapi.described(responses=openapi.answers("text/plain"))
def robots(request: HttpRequest) -> HttpResponse:
    """What robots may read, and where the sitemap is."""
    return _public(HttpResponse(sitemap.robots(base(request)), content_type="text/plain"))


@openapi.described(responses=openapi.answers("application/vnd.oai.openapi+json"))
def interface(request: HttpRequest) -> HttpResponse:
    """This description: OpenAPI 3.1 of all that is not SDMX."""
    node: Node = request.node  # type: ignore[attr-defined]
    body = openapi.document(base(request), node.identity.name)
    return _public(HttpResponse(body, content_type="application/vnd.oai.openapi+json;version=3.1"))


def _public(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
