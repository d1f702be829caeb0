"""The catalogue's machine interfaces: all entries for harvesting by another node, a search, and the schema of an entry."""

from __future__ import annotations

from importlib.resources import files

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.http import require_safe

from bongsu.commons import catalogue_search
from bongsu.commons.dataflows.commons_catalogue import ENTRIES_FILE
from bongsu.core.errors import N_, BadInput
from bongsu.store.node import Node

_MOST = 100  # entries in one response


@require_safe
def feed(request: HttpRequest) -> HttpResponseBase:
    """Returns every entry and tombstone of the current catalogue as JSON lines; 304 if the client has this release."""
    node: Node = request.node  # type: ignore[attr-defined]
    release = node.releases.current(catalogue_search.CATALOGUE_FLOW)
    etag = f'"{release.content[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "max-age=300"}
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers=headers)
    sealed = node.releases.attachment(release, ENTRIES_FILE)
    return FileResponse(sealed.open("rb"), content_type="application/x-ndjson", headers=headers)


@require_safe
def search(request: HttpRequest) -> JsonResponse:
    """Searches entries by words (q) and facets (kind=model&kind=dataset); returns a page in the format of `commons search`."""
    node: Node = request.node  # type: ignore[attr-defined]
    chosen = {facet: request.GET.getlist(facet) for facet in request.GET if facet not in ("q", "limit", "offset")}
    limit, offset = _parse_number(request, "limit", 20), _parse_number(request, "offset", 0)
    found, entries = catalogue_search.current_catalogue(node).search(
        request.GET.get("q", ""), chosen, limit=min(limit, _MOST), offset=offset
    )
    return JsonResponse(catalogue_search.search_to_json(found, entries), json_dumps_params={"ensure_ascii": False})


def _parse_number(request: HttpRequest, name: str, default: int) -> int:
    text = request.GET.get(name, str(default))
    if not text.isdecimal() or len(text) > 9:
        raise BadInput(N_("“{text}” is not a whole number."), where=name, text=text[:40])
    return int(text)


_WHOLE_NUMBER = {"type": "integer", "minimum": 0}
search.openapi = {  # type: ignore[attr-defined]
    "parameters": [
        {"name": "q", "in": "query", "description": "words, in any language", "schema": {"type": "string"}},
        *(
            {
                "name": facet,
                "in": "query",
                "description": f"values of the facet {facet}; any of them",
                "schema": {"type": "array", "items": {"type": "string"}},
            }
            for facet in catalogue_search.FACETS
        ),
        {"name": "limit", "in": "query", "description": f"at most {_MOST}", "schema": _WHOLE_NUMBER},
        {"name": "offset", "in": "query", "description": "how many to pass over", "schema": _WHOLE_NUMBER},
    ]
}


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """Returns the JSON Schema of the entry files that `bongsu commons add` reads."""
    text = (files("bongsu.commons") / "entries" / "entry.schema.json").read_bytes()
    return HttpResponse(text, content_type="application/schema+json")
