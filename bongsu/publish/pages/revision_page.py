"""The page of a dataflow's revisions: its policy, the revision triangle, and the mean absolute revision."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from bongsu.core.structure import VALUE, Conditions, Dataflow, Structure
from bongsu.publish.formats import figures
from bongsu.publish.formats.html_tables import Cell, render_table
from bongsu.publish.pages import page_context
from bongsu.store.releases.revisions import MOST_FIGURES, MOST_RELEASES, Triangle, read_triangle
from bongsu.store.tables.definitions import concepts
from bongsu.store.tables.programmes import find_policy

_DIGITS = 12


def revisions(request: HttpRequest, dataflow: str) -> HttpResponse:
    """What changed from release to release; ?REF_AREA=KOR shows the figures with these codes."""
    node, language = page_context.get_node(request), page_context.page_language()
    structure = node.releases.structure(page_context.find_current_release(node, dataflow))
    flow = structure.dataflow
    where = _read_choice(request, flow)
    triangle = read_triangle(node, dataflow, where)
    policy = find_policy(flow.id)
    context = {
        "flow": flow,
        "name": flow.name.to(language),
        "policy": [
            (gettext("Scheduled"), policy.scheduled.to(language)),
            (gettext("Unscheduled"), policy.unscheduled.to(language)),
        ],
        "chosen": [(structure.name_of(column, code, language), column) for column, codes in where for code in codes],
        "triangle": triangle,
        "means": [_describe_mean(one, language) for one in triangle.means],
        "table": _render_triangle(structure, triangle, language),
        "left_out": max(0, triangle.revised - MOST_FIGURES),
        "most_releases": MOST_RELEASES if len(triangle.releases) == MOST_RELEASES else 0,
    }
    return render(request, "publish/revisions.html", context)


def _read_choice(request: HttpRequest, flow: Dataflow) -> Conditions:
    return tuple((key, tuple(request.GET.getlist(key)[:50])) for key in flow.keys if request.GET.getlist(key))


def _describe_mean(mean: Any, language: str) -> dict[str, Any]:
    return {
        "unit": figures.unit_name(mean.unit, language),
        "absolute": figures.format_number(mean.absolute, language),
        "relative": "–" if mean.relative is None else figures.format_number(100 * mean.relative, language),
        "figures": mean.figures,
    }


def _render_triangle(structure: Structure, triangle: Triangle, language: str) -> SafeString:
    """Renders a row for each revised figure and a column for each release; a withdrawn release is marked."""
    if not triangle.figures:
        return SafeString()
    flow = structure.dataflow
    names = {one.id: one.name.to(language) for one in (concepts()[VALUE], *flow.dimensions, *flow.attributes)}
    header = [*(Cell(names[key]) for key in flow.keys), Cell(names["UNIT_MEASURE"])]
    for release in triangle.releases:
        mark = f" ({gettext('withdrawn')})" if release.withdrawal else ""
        header.append(Cell(f"{release.number}, {release.sealed_at[:10]}{mark}", number=True))
    body = [
        [
            *(Cell(figures.format_cell(structure, key, one.key, language)) for key in flow.keys),
            Cell(figures.unit_name(one.unit, language)),
            *(Cell(figures.format_number(value, language, _DIGITS), number=True) for value in one.values),
        ]
        for one in triangle.figures
    ]
    return render_table(header, body, gettext("Value by release, the largest revisions first"))
