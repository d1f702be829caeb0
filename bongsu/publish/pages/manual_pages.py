"""The manual for readers, from the tables of bongsu/definitions: methods and glossary."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bongsu.core.errors import N_, unknown_name
from bongsu.publish.pages import page_context
from bongsu.store.tables.definitions import code_lists, concepts, unit_names
from bongsu.store.tables.manual import method_records as records
from bongsu.store.tables.manual import read_glossary
from bongsu.store.tables.programmes import read_programmes

# Code lists whose codes are shown with every figure.
_LISTS = ("CL_KIND", "CL_BOUNDARY", "CL_INTERVAL", "CL_OBS_STATUS")


def methods(request: HttpRequest) -> HttpResponse:
    """Every method by which a release of this node was made, by programme."""
    node, language = page_context.get_node(request), page_context.page_language()
    groups: dict[str, dict[str, tuple[str, str]]] = {}
    for card in page_context.list_cards(node, language):
        if name := page_context.method_name(card.flow):
            record = records()[name]
            group = groups.setdefault(card.flow.programme, {})
            group[name] = (record.title.to(language), record.summary.to(language))
    titled = [
        (read_programmes()[programme].title.to(language) if programme in read_programmes() else programme, group)
        for programme, group in groups.items()
    ]
    return render(request, "publish/methods.html", {"groups": titled})


def method(request: HttpRequest, method: str) -> HttpResponse:
    """One method: summary, formula, unit, source, limits, a worked example, and the dataflows made by it."""
    if method not in records():
        raise unknown_name(N_("method"), method[:80], records())
    node, language = page_context.get_node(request), page_context.page_language()
    record = records()[method]
    context = {
        "record": record,
        "title": record.title.to(language),
        "summary": record.summary.to(language),
        "limits": record.limits.to(language),
        "explanation": record.example_text.to(language),
        "units": [(symbol, unit_names()[symbol].to(language)) for symbol in record.unit.split("; ")],
        "cards": [
            card for card in page_context.list_cards(node, language) if page_context.method_name(card.flow) == method
        ],
    }
    return render(request, "publish/method.html", context)


def glossary(request: HttpRequest) -> HttpResponse:
    """The terms of this node, the columns of an observation, the codes shown with every figure, and the units."""
    language = page_context.page_language()
    context = {
        "words": sorted((word.word.to(language), word.meaning.to(language)) for word in read_glossary()),
        "concepts": [(c.id, c.name.to(language), c.definition.to(language)) for c in concepts().values()],
        "lists": [
            (code_lists()[id_].name.to(language), [(code.id, code.name.to(language)) for code in code_lists()[id_]])
            for id_ in _LISTS
        ],
        "units": [(symbol, name.to(language)) for symbol, name in unit_names().items()],
    }
    return render(request, "publish/glossary.html", context)
