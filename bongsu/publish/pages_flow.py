"""The pages of one dataflow: its explorer, and each release with its whole provenance."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from bongsu.core.release import Release
from bongsu.core.structure import TIME, Concept, Structure
from bongsu.publish import drawings, explorer, maps, periods, shown, tables, uses
from bongsu.publish.standing import standing
from bongsu.store.node import Node

_PAGE = 100  # rows of a table
_FIRST = 50  # rows of a release's page
_BOXES = 24  # so many codes are boxes to tick; more are typed, with the names offered
_OFFERED = 1_000


class Control(NamedTuple):
    """How the form asks for a dimension: boxes to tick, and a field with offers where there are too many."""

    id: str
    name: str
    boxes: list[tuple[str, str, bool]]  # code, name, ticked
    offers: list[str]
    codes: int
    chosen: int


def dataflow(request: HttpRequest, dataflow: str) -> HttpResponse:
    """What a dataflow is, and its explorer: choose, see as chart, map and table, take along."""
    node, language = shown.node_of(request), shown.language()
    release = shown.current(node, dataflow)
    structure = node.releases.structure(release)
    choice = explorer.read(structure, dict(request.GET.lists()), language)
    found = explorer.rows(node, release, choice.selection)
    rows = found[: explorer.MOST_ROWS]
    context = {
        **_about(node, release, language),
        **_drawn(structure, release, choice, rows, language),
        **_tabled(structure, choice, rows, len(found) > explorer.MOST_ROWS, language),
        **_form(structure, node, release, choice, language),
        **_taken(request, node, structure, choice),
        "charts": [] if choice.untouched else _own_charts(structure, language),
        "constants": explorer.constants(structure, rows, language),
    }
    return render(request, "publish/dataflow.html", context)


def _own_charts(structure: Structure, language: str) -> list[tuple[str, str]]:
    return [(chart.id, chart.title.to(language)) for chart in structure.dataflow.charts]


def _drawn(
    structure: Structure, release: Release, choice: explorer.Choice, rows: tuple[explorer.Row, ...], language: str
) -> dict[str, Any]:
    """The chart of the choice, or what to choose for one; the map, or what to choose for one."""
    names = {dimension.id: dimension.name.to(language) for dimension in structure.dataflow.dimensions}
    drawable = explorer.drawable(structure, choice, rows)
    query = f"?{choice.query()}" if not choice.untouched else ""
    base = f"/charts/{release.dataflow}/{release.number}"
    context: dict[str, Any] = {"choose": [names[key] for key in drawable.choose], "left_out": drawable.left_out}
    if drawable.chart:
        title = drawable.chart.title.to(language)
        context["drawn"] = {
            "release": release,
            "title": title,
            "address": f"{base}/{drawable.chart.id}.{language}",
            "query": query,
            "told": standing(structure, drawable.rows, language),
            "csv": f"{base}/{drawable.chart.id}.{language}.csv{query}",
        }
    if maps.AREA in structure.dataflow.keys and rows:
        areas = explorer.mapped(structure, rows)
        if maps.drawable(areas):
            context["map"] = {
                "release": release,
                "title": explorer.map_title(structure, areas).to(language),
                "address": f"{base}/map.{language}",
                "query": query,
                "told": standing(structure, areas, language),
                "csv": f"{base}/map.{language}.csv{query}",
            }
        else:
            free = [key for key in explorer.varying(structure, areas) if key not in (maps.AREA, TIME)]
            context["map_needs"] = [names[key] for key in free]
            context["map_query"] = explorer.one_map(structure, choice, rows).query(REF_AREA=()) if free else ""
    return context


def _tabled(
    structure: Structure, choice: explorer.Choice, rows: tuple[explorer.Row, ...], more: bool, language: str
) -> dict[str, Any]:
    pages = max(1, -(-len(rows) // _PAGE))
    page = min(choice.page, pages)
    ordered = tables.time_last(structure, rows)[(page - 1) * _PAGE : page * _PAGE]
    title = structure.dataflow.name.to(language)
    query = choice.query()
    return {
        "table": tables.observations(structure, ordered, language, title) if rows else "",
        "count": len(rows),
        "more": more,
        "page": page,
        "pages": pages,
        "before": f"?{query}&page={page - 1}#table" if page > 1 else "",
        "after": f"?{query}&page={page + 1}#table" if page < pages else "",
    }


def _form(structure: Structure, node: Node, release: Release, choice: explorer.Choice, language: str) -> dict[str, Any]:
    controls = [
        _control(structure, dimension, _codes(structure, node, release, dimension), choice, language)
        for dimension in structure.dataflow.dimensions
        if dimension.id != TIME
    ]
    dimensions = [(d.id, d.name.to(language)) for d in structure.dataflow.dimensions if d.id != TIME]
    spans = explorer.codes_in_use(node, release, TIME) if TIME in structure.dataflow.keys else ()
    return {
        "controls": [control for control in controls if control.codes > 1],
        "dimensions": dimensions,
        "periods": [(text, periods.written(text, language)) for text in spans],
        "choice": choice,
        "start": choice.selection.start,
        "end": choice.selection.end,
    }


def _codes(structure: Structure, node: Node, release: Release, dimension: Concept) -> tuple[str, ...]:
    codes = structure.code_list(dimension.code_list) if dimension.code_list else None
    used = explorer.codes_in_use(node, release, dimension.id)
    return tuple(code.id for code in codes if code.id in set(used)) if codes else used


def _control(
    structure: Structure, dimension: Concept, codes: tuple[str, ...], choice: explorer.Choice, language: str
) -> Control:
    chosen = choice.chosen(dimension.id)
    boxed = codes if len(codes) <= _BOXES else chosen
    boxes = [(code, structure.name_of(dimension.id, code, language), code in chosen) for code in boxed]
    offers = [structure.name_of(dimension.id, code, language) for code in codes[:_OFFERED] if code not in chosen]
    return Control(
        dimension.id,
        dimension.name.to(language),
        boxes,
        sorted(offers) if len(codes) > _BOXES else [],
        len(codes),
        len(chosen),
    )


def _taken(request: HttpRequest, node: Node, structure: Structure, choice: explorer.Choice) -> dict[str, Any]:
    host = request.build_absolute_uri("/").rstrip("/")
    where = uses.address(host, node.identity.agency, structure.dataflow, choice.selection)
    return {"uses": uses.uses(where, structure.dataflow), "sdmx": where.removeprefix(host)}


def release(request: HttpRequest, dataflow: str, number: int) -> HttpResponse:
    """One release with its whole provenance: inputs, licences, hashes, method, checks."""
    node, language = shown.node_of(request), shown.language()
    found = node.releases.get(dataflow, number)
    manifest = node.releases.manifest(found)
    structure = node.releases.structure(found)
    first = node.engine.run(node.table(found).order_by(structure.dataflow.keys).limit(_FIRST)).to_pylist()
    context = {
        **_about(node, found, language),
        "manifest": manifest,
        "findings": [{"title": gettext(f.check), "detail": f.detail} for f in manifest.findings],
        "notes": [{"title": gettext(note.message), "detail": note.detail} for note in manifest.notes],
        "blocks": [(chart.id, drawings.block(node, found, chart.id, language)) for chart in structure.dataflow.charts],
        "table": tables.observations(structure, first, language, structure.dataflow.name.to(language)),
        "left_out": max(0, found.rows - _FIRST),
    }
    return render(request, "publish/release.html", context)


def _about(node: Node, release: Release, language: str) -> dict[str, Any]:
    structure = node.releases.structure(release)
    flow = structure.dataflow
    return {
        "flow": flow,
        "name": flow.name.to(language),
        "description": flow.description.to(language),
        "boundary": structure.name_of("BOUNDARY", str(flow.boundary), language),
        "method": shown.method_of(flow),
        "release": release,
        "releases": list(reversed(node.releases.all(release.dataflow))),
        "sources": node.releases.manifest(release).inputs,
        "concepts": [
            (c.id, c.name.to(language), c.definition.to(language)) for c in (*flow.dimensions, *flow.attributes)
        ],
    }
