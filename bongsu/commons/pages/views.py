"""The catalogue's pages. A plain GET form asks everything, so that an address says what was asked and no script is needed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from bongsu.commons import finding
from bongsu.commons.entries.entry import Kind
from bongsu.commons.finding import Catalogue
from bongsu.commons.openness.of_entry import assessments
from bongsu.commons.pages import board as boards
from bongsu.commons.pages import energy, sides
from bongsu.commons.pages import shown as pages
from bongsu.commons.words import (
    FACETS,
    RELATIONS,
    value_name,
)
from bongsu.core.errors import Missing
from bongsu.store.disk.clock import now
from bongsu.store.node import Node
from bongsu.store.tables.definitions import code_lists

_PAGE = 20  # entries of one page of results
_DEEPEST = 500  # pages; a catalogue is searched, not walked


def _language() -> str:
    return get_language() or "en"


def _open(request: HttpRequest) -> tuple[Node, Catalogue]:
    node: Node = request.node  # type: ignore[attr-defined]
    return node, finding.current(node)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Entries found by words and facets: ?q=…&kind=model&country=KOR&page=2."""
    _, catalogue = _open(request)
    language = _language()
    words = request.GET.get("q", "").strip()
    chosen = {facet: request.GET.getlist(facet) for facet in FACETS if request.GET.getlist(facet)}
    asked = request.GET.get("page", "1")
    page = min(max(int(asked), 1), _DEEPEST) if asked.isdecimal() and len(asked) < 10 else 1
    found, entries = catalogue.search(words, chosen, limit=_PAGE, offset=_PAGE * (page - 1))
    counts = catalogue.facets(words, chosen, found)
    last = -(-found.total // _PAGE)
    context = {
        "words": words,
        "total": found.total,
        "results": [pages.result(entry, language) for entry in entries],
        "facets": [pages.facet(facet, counts.get(facet, {}), chosen.get(facet, []), language) for facet in FACETS],
        "chosen": [
            {"name": value_name(facet, value, language), "facet": FACETS[facet].to(language), "without": without}
            for facet, values in chosen.items()
            for value in values
            for without in [_without(request.GET, facet, value)]
        ],
        "page": page,
        "pages": last,
        "previous": _at(request.GET, page - 1) if page > 1 else "",
        "next": _at(request.GET, page + 1) if page < min(last, _DEEPEST) else "",
        "release": catalogue.release,
    }
    return render(request, "commons/search.html", context)


def _without(query: QueryDict, facet: str, value: str) -> str:
    left = query.copy()
    left.setlist(facet, [other for other in query.getlist(facet) if other != value])
    left.pop("page", None)
    return left.urlencode()


def _at(query: QueryDict, page: int) -> str:
    other = query.copy()
    other["page"] = str(page)
    return other.urlencode()


@require_safe
def entry(request: HttpRequest, entry: str) -> HttpResponse:
    """One entry: what is claimed of it by which evidence, how open it is by each framework and why, its energy, its kin."""
    node, catalogue = _open(request)
    language = _language()
    gone = catalogue.gone(entry)
    if gone:
        return render(request, "commons/gone.html", {"id": entry, "gone": gone}, status=410)
    shown = catalogue.get(entry)
    today = now()[:10]
    found = assessments(shown, today)
    figures = energy.figures(node, shown, language) if shown.kind is Kind.MODEL else []
    context = {
        "shown": pages.result(shown, language),
        "entry": shown,
        "links": [(RELATIONS[link.rel].to(language), link.href) for link in shown.links],
        "columns": sides.columns(found, gettext, language),
        "rows": sides.table(found, gettext, language),
        "why": pages.differences(found, gettext, language) if len(found) > 1 else [],
        "tree": pages.tree(shown, gettext, language),
        "figures": figures,
        "labelled": energy.labelled(figures),
        "kin": pages.kin(catalogue, shown, language),
        "claims": pages.claims(shown, language, today),
        "unknown": pages.unknown_claims(shown, language),
        "release": catalogue.release,
    }
    return render(request, "commons/entry.html", context)


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """How open the catalogue is by kind, year, country, language and sector, and what each sector lacks."""
    node: Node = request.node  # type: ignore[attr-defined]
    language = _language()
    try:
        release = node.releases.current("COMMONS_OPENNESS")
    except Missing:
        return render(request, "commons/board.html", {"release": None})
    counted = boards.counts(node.observations(release).to_pylist())
    kinds = code_lists()["CL_ENTRY_KIND"]
    context = {
        "release": release,
        "total": boards.total(counted, language),
        "groups": boards.groups(counted, language),
        "kinds": [kinds.name_of(str(kind), language) for kind in Kind],
        "gaps": boards.gaps(counted, language),
    }
    return render(request, "commons/board.html", context)
