"""The catalogue's pages. A plain GET form asks everything, so that an address says what was asked and no script is needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from bongsu.commons import finding
from bongsu.commons.entries.entry import Entry, Kind
from bongsu.commons.entries.reading import CLAIMS
from bongsu.commons.finding import Catalogue
from bongsu.commons.licences import Licence, Verdict, licence_of
from bongsu.commons.openness.frameworks import FRAMEWORKS
from bongsu.commons.openness.of_entry import assessments
from bongsu.commons.pages import board as boards
from bongsu.commons.pages import energy, sides, why
from bongsu.commons.words import (
    CRITERIA,
    FACETS,
    OPENNESS,
    RELATIONS,
    claim_values,
    value_name,
    verdict,
)
from bongsu.core.errors import Missing
from bongsu.store.clock import now
from bongsu.store.definitions import code_lists
from bongsu.store.node import Node

_PAGE = 20  # entries of one page of results
_DEEPEST = 500  # pages; a catalogue is searched, not walked
_VALUES = 10  # of a facet, before “more”


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
    page = min(int(asked), _DEEPEST) if asked.isdecimal() and int(asked) > 0 else 1
    found, entries = catalogue.search(words, chosen, limit=_PAGE, offset=_PAGE * (page - 1))
    counts = catalogue.facets(words, chosen, found)
    pages = -(-found.total // _PAGE)
    context = {
        "words": words,
        "total": found.total,
        "results": [_result(entry, language) for entry in entries],
        "facets": [_facet(facet, counts.get(facet, {}), chosen.get(facet, []), language) for facet in FACETS],
        "chosen": [
            {"name": value_name(facet, value, language), "facet": FACETS[facet].to(language), "without": without}
            for facet, values in chosen.items()
            for value in values
            for without in [_without(request.GET, facet, value)]
        ],
        "page": page,
        "pages": pages,
        "previous": _at(request.GET, page - 1) if page > 1 else "",
        "next": _at(request.GET, page + 1) if page < min(pages, _DEEPEST) else "",
        "release": catalogue.release,
    }
    return render(request, "commons/search.html", context)


def _result(entry: Entry, language: str) -> dict[str, Any]:
    licence = licence_of(entry.value("licence"))
    openness = finding.openness_of(licence)
    return {
        "id": entry.id,
        "title": entry.title(language),
        "text": entry.text(language),
        "kind": value_name("kind", str(entry.kind), language),
        "licence": licence.text,
        "openness": openness,
        "said": OPENNESS[openness].to(language),
        "organisation": entry.value("organisation") or "",
        "year": entry.value("year") or "",
        "countries": [value_name("country", area, language) for area in entry.values("country")],
        "languages": [value_name("language", tag.partition("-")[0], language) for tag in entry.values("languages")],
    }


def _facet(facet: str, counts: Mapping[str, int], chosen: list[str], language: str) -> dict[str, Any]:
    """A facet's values with their counts, the chosen ones first; what is not known comes last."""
    listed = [*chosen, *(value for value in counts if value not in chosen)]
    if facet == "year":
        listed.sort(reverse=True)
    listed.sort(key=lambda value: (value not in chosen, value == "unknown"))
    values = [
        {
            "value": value,
            "name": value_name(facet, value, language) if facet != "openness" or value in OPENNESS else value,
            "count": counts.get(value, 0),
            "chosen": value in chosen,
        }
        for value in listed
    ]
    return {
        "id": facet,
        "name": FACETS[facet].to(language),
        "first": values[:_VALUES],
        "more": values[_VALUES:],
        "open": bool(chosen) or facet in ("kind", "openness"),
    }


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
    context = {
        "shown": _result(shown, language),
        "entry": shown,
        "links": [(RELATIONS[link.rel].to(language), link.href) for link in shown.links],
        "columns": sides.columns(found, gettext, language),
        "rows": sides.table(found, gettext, language),
        "why": _why(found, language) if len(found) > 1 else [],
        "tree": _tree(shown, language),
        "figures": energy.figures(node, shown, language) if shown.kind is Kind.MODEL else [],
        "kin": _kin(catalogue, shown, language),
        "claims": _claims(shown, language, today),
        "unknown": [
            kind.title.to(language)
            for kind in CLAIMS.values()
            if kind.id not in shown.claims and (not kind.kinds or str(shown.kind) in kind.kinds)
        ],
        "release": catalogue.release,
    }
    return render(request, "commons/entry.html", context)


def _why(found: tuple[Any, ...], language: str) -> list[dict[str, Any]]:
    verdicts = {one.framework: (verdict(one, language), sides.counted(one)) for one in found}
    return [
        {
            "name": FRAMEWORKS[framework].to(language),
            "verdict": verdicts[framework][0],
            "counted": verdicts[framework][1],
            "sentences": [sentence.said(gettext, language) for sentence in sentences],
            "lacking": [
                (CRITERIA[framework, criterion].name.to(language), reason.said(gettext, language))
                for criterion, reason in lacking
            ],
        }
        for framework, sentences, lacking in why.reasons(found)
    ]


def _tree(shown: Entry, language: str) -> list[dict[str, Any]]:
    """The licence of the whole, and of each component; each with the parts that its text names."""
    whole = licence_of(shown.value("licence"))
    branches = [_branch("", whole, language)]
    for name, text in (shown.value("components") or {}).items():
        title = CRITERIA["mof", name].name.to(language) if ("mof", name) in CRITERIA else name
        own = licence_of(text)
        falls_back = own.verdict is Verdict.UNDECLARED and not text and whole.text
        branches.append(_branch(title, whole if falls_back else own, language, falls_back=bool(falls_back)))
    return branches


def _branch(component: str, licence: Licence, language: str, *, falls_back: bool = False) -> dict[str, Any]:
    openness = finding.openness_of(licence)
    parts = [
        {
            "text": part.text or gettext("nothing declared"),
            "id": part.id if part.id != part.text else "",
            "said": OPENNESS[finding.openness_of(part)].to(language),
            "reason": gettext(part.reason),
            "decides": part is licence.decided_by and len(licence.parts) > 1,
        }
        for part in licence.parts
    ]
    said = OPENNESS[openness].to(language)
    return {"component": component, "openness": openness, "said": said, "parts": parts, "falls_back": falls_back}


def _kin(catalogue: Catalogue, shown: Entry, language: str) -> dict[str, list[tuple[str, str]]]:
    """Entries that this one is made of, and those that are made of it."""
    base, data = shown.values("base"), shown.values("trained_on")
    users = catalogue.users(shown.id)
    subject = shown.values("subject")
    return {
        "base": _named(catalogue, base, language),
        "data": _named(catalogue, data, language),
        "subject": _named(catalogue, subject, language),
        "trained": [(user.id, user.title(language)) for user in users if shown.id in user.values("trained_on")],
        "derived": [(user.id, user.title(language)) for user in users if shown.id in user.values("base")],
    }


def _named(catalogue: Catalogue, ids: tuple[Any, ...], language: str) -> list[tuple[str, str]]:
    """(id, title) of entries; one that the catalogue does not have is named by its id and not linked."""
    found = [(str(id_), catalogue.find(str(id_))) for id_ in ids]
    return [(id_ if other else "", other.title(language) if other else id_) for id_, other in found]


def _claims(shown: Entry, language: str, today: str) -> list[dict[str, Any]]:
    """Every known claim with its evidence and when that was looked at last."""
    due = f"{int(today[:4]) - 1}{today[4:]}"
    rows = []
    for name, claim in shown.claims.items():
        proof = shown.proof(name)
        checked = max(item.accessed for item in proof)
        values = (
            [f"{part}: {text or '—'}" for part, text in claim.value.items()]
            if isinstance(claim.value, dict)
            else claim_values(name, claim.value, language)
        )
        rows.append(
            {
                "title": CLAIMS[name].title.to(language),
                "values": values,
                "proof": [(item, item.address.startswith("http")) for item in proof],
                "checked": checked,
                "old": checked < due[: len(checked)],
            }
        )
    return rows


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
    gaps = boards.gaps(counted, language)
    kinds = code_lists()["CL_ENTRY_KIND"]
    names = {str(kind): kinds.name_of(str(kind), language) for kind in Kind}
    context = {
        "release": release,
        "total": boards.total(counted, language),
        "groups": boards.groups(counted, language),
        "kinds": list(names.values()),
        "gaps": gaps,
        "lacking": [(name, [names[kind] for kind in lacked]) for name, lacked in boards.lacking(gaps)],
    }
    return render(request, "commons/board.html", context)
