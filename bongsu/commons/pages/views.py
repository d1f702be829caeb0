"""The catalogue's pages. The search is a GET form, so that a URL contains the whole query and no script is needed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from bongsu.commons import catalogue_search
from bongsu.commons.catalogue_search import Catalogue
from bongsu.commons.display_names import FACET_NAMES, RELATION_NAMES, value_name
from bongsu.commons.editing.entry_state import find_state
from bongsu.commons.entries.entry import EntryKind
from bongsu.commons.openness.entry_assessments import assess_entry
from bongsu.commons.pages import entry_context as pages
from bongsu.commons.pages import framework_comparison, model_energy
from bongsu.commons.pages import openness_board as boards
from bongsu.core.errors import Missing, UnknownName
from bongsu.store.disk.clock import utc_now
from bongsu.store.node import Node
from bongsu.store.tables.definitions import code_lists

_PAGE_SIZE = 20  # entries per page of results
_MAX_PAGES = 500  # further pages are not served; /commons/feed has all entries


def _language() -> str:
    return get_language() or "en"


def _open_catalogue(request: HttpRequest) -> tuple[Node, Catalogue]:
    node: Node = request.node  # type: ignore[attr-defined]
    return node, catalogue_search.current_catalogue(node)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Renders the entries found by words and facets: ?q=…&kind=model&country=KOR&page=2."""
    _, catalogue = _open_catalogue(request)
    language = _language()
    words = request.GET.get("q", "").strip()
    chosen = {facet: request.GET.getlist(facet) for facet in FACET_NAMES if request.GET.getlist(facet)}
    asked = request.GET.get("page", "1")
    page = min(max(int(asked), 1), _MAX_PAGES) if asked.isdecimal() and len(asked) < 10 else 1
    found, entries = catalogue.search(words, chosen, limit=_PAGE_SIZE, offset=_PAGE_SIZE * (page - 1))
    counts = catalogue.facets(words, chosen, found)
    last = -(-found.total // _PAGE_SIZE)
    context = {
        "words": words,
        "total": found.total,
        "results": [pages.entry_summary(entry, language) for entry in entries],
        "facets": [
            pages.facet_context(facet, counts.get(facet, {}), chosen.get(facet, []), language) for facet in FACET_NAMES
        ],
        "chosen": [
            {"name": value_name(facet, value, language), "facet": FACET_NAMES[facet].to(language), "without": without}
            for facet, values in chosen.items()
            for value in values
            for without in [_query_without(request.GET, facet, value)]
        ],
        "page": page,
        "pages": last,
        "previous": _query_at_page(request.GET, page - 1) if page > 1 else "",
        "next": _query_at_page(request.GET, page + 1) if page < min(last, _MAX_PAGES) else "",
        "release": catalogue.release,
    }
    return render(request, "commons/search.html", context)


def _query_without(query: QueryDict, facet: str, value: str) -> str:
    left = query.copy()
    left.setlist(facet, [other for other in query.getlist(facet) if other != value])
    left.pop("page", None)
    return left.urlencode()


def _query_at_page(query: QueryDict, page: int) -> str:
    other = query.copy()
    other["page"] = str(page)
    return other.urlencode()


@require_safe
def entry(request: HttpRequest, entry: str) -> HttpResponse:
    """Renders one entry: its claims with evidence, its assessments with reasons, its energy, and related entries."""
    node, catalogue = _open_catalogue(request)
    language = _language()
    if day := catalogue.deletion_day(entry):
        return render(request, "commons/gone.html", {"id": entry, "day": day}, status=410)
    try:
        shown = catalogue.get(entry)
    except UnknownName:
        if find_state(node, entry).entry is None:
            raise
        return render(request, "commons/not_released.html", {"id": entry}, status=404)
    today = utc_now()[:10]
    found = assess_entry(shown, today)
    figures = model_energy.list_figures(node, shown, language) if shown.kind is EntryKind.MODEL else []
    context = {
        "shown": pages.entry_summary(shown, language),
        "entry": shown,
        "links": [(RELATION_NAMES[link.rel].to(language), link.href) for link in shown.links],
        "columns": framework_comparison.framework_columns(found, gettext, language),
        "rows": framework_comparison.subject_rows(found, gettext, language),
        "why": pages.explain_differences(found, gettext, language) if len(found) > 1 else [],
        "tree": pages.licence_tree(shown, gettext, language),
        "figures": figures,
        "labelled": model_energy.find_labelled_model(figures),
        "related": pages.related_entries(catalogue, shown, language),
        "claims": pages.claim_rows(shown, language, today),
        "unknown": pages.unknown_claim_names(shown, language),
        "release": catalogue.release,
    }
    return render(request, "commons/entry.html", context)


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Renders the openness of the catalogue by kind, year, country, language and sector, and the kinds each sector lacks."""
    node: Node = request.node  # type: ignore[attr-defined]
    language = _language()
    try:
        release = node.releases.current("COMMONS_OPENNESS")
    except Missing:
        return render(request, "commons/board.html", {"release": None})
    counted = boards.read_counts(node.usable_observations(release).rows)
    kinds = code_lists()["CL_ENTRY_KIND"]
    context = {
        "release": release,
        "total": boards.total_bar(counted, language),
        "groups": boards.build_groups(counted, language),
        "kinds": [kinds.name_of(str(kind), language) for kind in EntryKind],
        "gaps": boards.list_gaps(counted, language),
    }
    return render(request, "commons/board.html", context)
