"""The template context of the explorer: chart, map, table and form of a reader's choice.

A release never changes, so the context is built once per choice and language and cached.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from bongsu.core.release import Release
from bongsu.core.structure import TIME, Concept, Structure
from bongsu.publish.charts import chart_html, explorer_query, maps
from bongsu.publish.charts.chart_selection import chart_title as drawable_title
from bongsu.publish.charts.chart_selection import (
    count_varying,
    narrow_to_map,
    select_chart,
    select_newest,
    shared_values,
)
from bongsu.publish.formats import html_tables, periods
from bongsu.store.node import Node

_PAGE = 100  # rows on a page of the table
_BOXES = 24  # up to this many codes are shown as checkboxes; more are typed into a field with suggestions
_OFFERED = 1_000


class Control(NamedTuple):
    """The form control of a dimension: checkboxes, and a text field with suggestions if there are too many codes."""

    id: str
    name: str
    boxes: list[tuple[str, str, bool]]  # code, name, ticked
    offers: str  # HTML
    codes: int
    chosen: int


@lru_cache(maxsize=256)
def explorer_context(node: Node, release: Release, choice: explorer_query.Choice, language: str) -> Mapping[str, Any]:
    """Returns the context of templates/publish/dataflow.html for a choice."""
    structure = node.releases.structure(release)
    found = explorer_query.select_rows(node, release, choice.selection)
    rows = found[: explorer_query.MAX_ROWS]
    own = [] if choice.is_default else [(chart.id, chart.title.to(language)) for chart in structure.dataflow.charts]
    return MappingProxyType(
        {
            **_drawing_context(node, release, choice, rows, language),
            **_table_context(structure, choice, rows, len(found) > explorer_query.MAX_ROWS, language),
            **_form_context(structure, node, release, choice, language),
            "charts": own,
            "constants": shared_values(structure, rows, language),
        }
    )


def _drawing_context(
    node: Node, release: Release, choice: explorer_query.Choice, rows: tuple[explorer_query.Row, ...], language: str
) -> dict[str, Any]:
    """Returns the context of the chart and of the map, or the dimensions in which a code must be chosen for them."""
    structure = node.releases.structure(release)
    names = {dimension.id: dimension.name.to(language) for dimension in structure.dataflow.dimensions}
    found = select_chart(structure, choice, rows)
    query = "" if choice.is_default else choice.query()
    context: dict[str, Any] = {"choose": [names[key] for key in found.open_dimensions], "left_out": found.left_out}
    if chart := found.chart:
        title = chart.title.to(language)
        asked = query or chart_html.home_query(chart, choice.home)
        context["drawn"] = chart_html.chart_context(node, release, chart.id, title, found.rows, asked, language)
    if maps.AREA in structure.dataflow.keys and rows:
        newest = explorer_query.select_newest_rows(node, release, choice.map_selection)
        areas = select_newest(structure, newest[: explorer_query.MAX_ROWS])
        if maps.is_mappable(areas):
            title = drawable_title(structure, areas).to(language)
            context["map"] = chart_html.chart_context(node, release, "map", title, areas, query, language)
        else:
            free = [key for key in count_varying(structure, areas) if key not in (maps.AREA, TIME)]
            context["map_needs"] = [names[key] for key in free]
            context["map_query"] = narrow_to_map(structure, choice, rows).query(REF_AREA=()) if free else ""
    return context


def _table_context(
    structure: Structure, choice: explorer_query.Choice, rows: tuple[explorer_query.Row, ...], more: bool, language: str
) -> dict[str, Any]:
    pages = max(1, -(-len(rows) // _PAGE))
    page = min(choice.page, pages)
    ordered = html_tables.sort_newest_first(structure, rows)[(page - 1) * _PAGE : page * _PAGE]
    title = structure.dataflow.name.to(language)
    query = choice.query()
    return {
        "table": html_tables.observation_table(structure, ordered, language, title) if rows else "",
        "count": len(rows),
        "more": more,
        "page": page,
        "pages": pages,
        "before": f"?{query}&page={page - 1}#table" if page > 1 else "",
        "after": f"?{query}&page={page + 1}#table" if page < pages else "",
    }


def _form_context(
    structure: Structure, node: Node, release: Release, choice: explorer_query.Choice, language: str
) -> dict[str, Any]:
    controls = [
        _control(node, release, dimension, choice, language)
        for dimension in structure.dataflow.dimensions
        if dimension.id != TIME
    ]
    dimensions = [(d.id, d.name.to(language)) for d in structure.dataflow.dimensions if d.id != TIME]
    spans = explorer_query.codes_in_use(node, release, TIME) if TIME in structure.dataflow.keys else ()
    return {
        "controls": [control for control in controls if control.codes > 1],
        "dimensions": dimensions,
        "periods": [(text, periods.format_period(text, language)) for text in spans],
        "choice": choice,
        "start": choice.selection.start,
        "end": choice.selection.end,
    }


def _control(node: Node, release: Release, dimension: Concept, choice: explorer_query.Choice, language: str) -> Control:
    structure = node.releases.structure(release)
    codes = _codes(node, release, dimension)
    chosen = choice.codes_of(dimension.id)
    boxed = codes if len(codes) <= _BOXES else chosen
    boxes = [(code, structure.name_of(dimension.id, code, language), code in chosen) for code in boxed]
    offers = _offers(node, release, dimension, language) if len(codes) > _BOXES else ""
    return Control(dimension.id, dimension.name.to(language), boxes, offers, len(codes), len(chosen))


@lru_cache(maxsize=512)
def _codes(node: Node, release: Release, dimension: Concept) -> tuple[str, ...]:
    """Returns the codes that a release uses in a dimension, in the order of their list."""
    listed = node.releases.structure(release).code_list(dimension.code_list) if dimension.code_list else None
    used = explorer_query.codes_in_use(node, release, dimension.id)
    known = frozenset(used)
    return tuple(code.id for code in listed if code.id in known) if listed else used


@lru_cache(maxsize=512)
def _offers(node: Node, release: Release, dimension: Concept, language: str) -> SafeString:
    """Returns the options that a browser suggests while a reader types: the names of the first _OFFERED codes."""
    structure = node.releases.structure(release)
    names = sorted(structure.name_of(dimension.id, c, language) for c in _codes(node, release, dimension)[:_OFFERED])
    return mark_safe("".join(f'<option value="{escape(name)}">' for name in names))  # noqa: S308 (escaped)
