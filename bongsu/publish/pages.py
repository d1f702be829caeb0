"""Pages for people: home, one per dataflow, one per release. They read releases and write HTML; they compute nothing."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext

from bongsu.core.errors import N_, unknown
from bongsu.core.question import Selection
from bongsu.core.release import Release
from bongsu.core.structure import NUMBERS, VALUE, Dataflow, Structure
from bongsu.store.definitions import concepts, unit_names
from bongsu.store.node import Node

_ROWS = 200  # in a page's table; the files hold all
_TABLE = (
    VALUE,
    "LOWER_BOUND",
    "UPPER_BOUND",
    "UNIT_MEASURE",
    "KIND",
    "BOUNDARY",
    "OBS_STATUS",
    "SOURCE",
    "COMMENT_OBS",
)


class Figure(NamedTuple):
    """A headline figure as a page shows it."""

    title: str
    value: str
    unit: str
    unit_name: str
    kind: str
    source: str
    dataflow: str


class Card(NamedTuple):
    """A dataflow on the home page."""

    flow: Dataflow
    name: str
    description: str
    release: Release


def _language() -> str:
    return get_language() or "en"


def _current(node: Node, dataflow: str) -> Release:
    """The current release; the newest withdrawn one where none is left, so that its page can say so."""
    known = node.releases.all(dataflow)
    if not known:
        raise unknown(N_("dataflow"), dataflow, node.releases.dataflows())
    return next((release for release in reversed(known) if not release.withdrawal), known[-1])


def home(request: HttpRequest) -> HttpResponse:
    """What this node is, its headline figures, and every dataflow."""
    node: Node = request.node  # type: ignore[attr-defined]
    language = _language()
    cards, figures = [], []
    for name in node.releases.dataflows():
        release = _current(node, name)
        structure = node.releases.structure(release)
        flow = structure.dataflow
        cards.append(Card(flow, flow.name.to(language), flow.description.to(language), release))
        figures += _figures(node, release, structure, language)
    newest = sorted(node.releases.all(), key=lambda release: (release.sealed_at, release.number), reverse=True)[:6]
    chart = next((card for card in cards if card.flow.charts), None)
    context = {"cards": cards, "figures": figures, "newest": newest, "chart": chart}
    return render(request, "publish/home.html", context)


def _figures(node: Node, release: Release, structure: Structure, language: str) -> list[Figure]:
    figures = []
    for headline in structure.dataflow.headlines:
        rows = node.observations(release, Selection(headline.where)).to_pylist()
        if not rows or rows[-1][VALUE] is None:
            continue
        row = rows[-1]
        names = unit_names().get(row["UNIT_MEASURE"])
        figures.append(
            Figure(
                headline.title.to(language),
                row[VALUE],
                row["UNIT_MEASURE"],
                names.to(language) if names else "",
                structure.name_of("KIND", row["KIND"], language),
                row["SOURCE"],
                release.dataflow,
            )
        )
    return figures


def dataflow(request: HttpRequest, dataflow: str) -> HttpResponse:
    """What a dataflow is, its charts, its observations, its releases, its files."""
    node: Node = request.node  # type: ignore[attr-defined]
    release = _current(node, dataflow)
    return render(request, "publish/dataflow.html", _about(node, release))


def release(request: HttpRequest, dataflow: str, number: int) -> HttpResponse:
    """One release with its whole provenance: inputs, licences, hashes, method, checks."""
    node: Node = request.node  # type: ignore[attr-defined]
    found = node.releases.get(dataflow, number)
    manifest = node.releases.manifest(found)
    context = {
        **_about(node, found),
        "manifest": manifest,
        "findings": [{"title": gettext(f.check), "detail": f.detail} for f in manifest.findings],
        "notes": [{"title": gettext(note.message), "detail": note.detail} for note in manifest.notes],
    }
    return render(request, "publish/release.html", context)


def _about(node: Node, release: Release) -> dict[str, Any]:
    language = _language()
    structure = node.releases.structure(release)
    flow = structure.dataflow
    columns = [*flow.keys, *(column for column in _TABLE if column not in flow.keys)]
    names = {concept.id: concept.name.to(language) for concept in concepts().values()}
    table = node.table(release).order_by(flow.keys).limit(_ROWS)
    rows = [
        [row[c] if c in NUMBERS else structure.name_of(c, row[c], language) if row[c] else "" for c in columns]
        for row in node.engine.run(table).to_pylist()
    ]
    return {
        "flow": flow,
        "name": flow.name.to(language),
        "description": flow.description.to(language),
        "boundary": structure.name_of("BOUNDARY", str(flow.boundary), language),
        "charts": [(chart.id, chart.title.to(language)) for chart in flow.charts],
        "release": release,
        "releases": list(reversed(node.releases.all(release.dataflow))),
        "sources": node.releases.manifest(release).inputs,
        "header": [(names[column], column in NUMBERS) for column in columns],
        "rows": rows,
        "left_out": max(0, release.rows - _ROWS),
        "concepts": [
            (c.id, c.name.to(language), c.definition.to(language)) for c in (*flow.dimensions, *flow.attributes)
        ],
    }
