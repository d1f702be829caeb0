"""A page for each country and region: all its observations by dataflow, each figure as it was released."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString

from bongsu.core.errors import N_, unknown_name
from bongsu.core.letters import fold_letters
from bongsu.core.observation_status import separate_flagged
from bongsu.core.release import Release
from bongsu.core.selection import Selection
from bongsu.core.structure import TIME, VALUE, Dataflow, Structure
from bongsu.publish.charts import chart_html, explorer_query
from bongsu.publish.charts.chart_selection import select_chart
from bongsu.publish.charts.maps import AREA
from bongsu.publish.formats import html_tables
from bongsu.publish.pages import page_context
from bongsu.store.node import Node
from bongsu.store.tables.definitions import code_lists, country_codes

_MOST = 60  # rows of one dataflow on a country's page
# A dataflow with several breakdowns can have the area as one of them.
_BREAKDOWN, _BREAKDOWN_VALUE, _BY_AREA = "BREAKDOWN", "BREAKDOWN_VALUE", "AREA"


class CountrySection(NamedTuple):
    """The part of a country's page about one dataflow."""

    flow: str
    name: str
    release: Release
    rows: int
    left_out: int
    query: str
    drawn: dict[str, Any] | None
    table: SafeString
    figure: page_context.Figure | None


def countries(request: HttpRequest) -> HttpResponse:
    """Every country and region with observations in a release, sorted by name in the page's language."""
    node, language = page_context.get_node(request), page_context.page_language()
    counted: dict[str, int] = {}
    for release in page_context.list_current_releases(node).values():
        for code in list_areas(node, release):
            counted[code] = counted.get(code, 0) + 1
    names = code_lists()["CL_AREA"]
    listed = sorted(((names.name_of(code, language), code, count) for code, count in counted.items()), key=_by_name)
    own = country_codes()
    regions = [row for row in listed if row[1] not in own]
    groups: dict[str, list[tuple[str, str, int]]] = {}
    for row in listed:
        if row[1] in own:
            groups.setdefault(_initial(row[0]), []).append(row)
    context = {"groups": sorted(groups.items()), "regions": regions, "count": len(listed) - len(regions)}
    return render(request, "publish/countries.html", context)


def _by_name(row: tuple[str, str, int]) -> str:
    return fold_letters(row[0])  # Égypte is sorted beside Espagne


def _initial(name: str) -> str:
    """Returns the letter under which a name is listed: its first, or the first consonant of a Korean name."""
    first = name[0]
    if "가" <= first <= "힣":
        return "ㄱㄱㄴㄷㄷㄹㅁㅂㅂㅅㅅㅇㅈㅈㅊㅋㅌㅍㅎ"[(ord(first) - ord("가")) // 588]
    return fold_letters(first).upper()


def country(request: HttpRequest, code: str) -> HttpResponse:
    """All observations of one country or region. Raises UnknownName for a code without observations."""
    node, language = page_context.get_node(request), page_context.page_language()
    releases = [
        release for release in page_context.list_current_releases(node).values() if code in list_areas(node, release)
    ]
    names = code_lists()["CL_AREA"]
    if not releases:
        known = {
            area for release in page_context.list_current_releases(node).values() for area in list_areas(node, release)
        }
        raise unknown_name(N_("country"), code[:80], known, where="REF_AREA")
    sections = [_section(node, release, code, language) for release in releases]
    context = {
        "code": code,
        "name": names.name_of(code, language),
        "sections": sections,
        "figures": [section.figure for section in sections if section.figure],
    }
    return render(request, "publish/country.html", context)


@lru_cache(maxsize=512)
def list_areas(node: Node, release: Release) -> frozenset[str]:
    """Lists the areas for which a release has a value."""
    flow = node.releases.structure(release).dataflow
    if AREA in flow.keys:
        return frozenset(explorer_query.codes_in_use(node, release, AREA))
    if {_BREAKDOWN, _BREAKDOWN_VALUE} <= set(flow.keys):
        rows = explorer_query.select_rows(node, release, Selection(((_BREAKDOWN, (_BY_AREA,)),)))
        return frozenset(row[_BREAKDOWN_VALUE] for row in rows) & {code.id for code in code_lists()["CL_AREA"]}
    return frozenset()


def select_area(flow: Dataflow, code: str) -> Selection:
    """Returns the conditions that select an area in a dataflow: its dimension, or a breakdown by area."""
    if AREA in flow.keys:
        return Selection(((AREA, (code,)),))
    return Selection(((_BREAKDOWN, (_BY_AREA,)), (_BREAKDOWN_VALUE, (code,))))


@lru_cache(maxsize=2048)
def _section(node: Node, release: Release, code: str, language: str) -> CountrySection:
    structure = node.releases.structure(release)
    flow = structure.dataflow
    choice = explorer_query.Choice(select_area(flow, code))
    rows = explorer_query.select_rows(node, release, choice.selection)
    name = flow.name.to(language)
    newest = sorted(rows, key=lambda row: row.get(TIME, ""), reverse=True)[:_MOST]
    found = select_chart(structure, choice, rows)
    query = urlencode([(key, chosen) for key, codes in choice.selection.codes for chosen in codes])
    chart = found.chart if found.chart and found.chart.mark == "line" and len(found.rows) > 2 else None
    title = chart.title.to(language) if chart else ""
    figure = find_headline(structure, release, rows, language)
    return CountrySection(
        flow.id,
        name,
        release,
        len(rows),
        len(rows) - len(newest),
        query,
        chart_html.chart_context(node, release, chart.id, title, found.rows, query, language) if chart else None,
        html_tables.observation_table(structure, html_tables.sort_newest_first(structure, newest), language, name),
        figure._replace(source=page_context.source_name(node, figure.source, language)) if figure else None,
    )


def find_headline(
    structure: Structure, release: Release, rows: tuple[explorer_query.Row, ...], language: str
) -> page_context.Figure | None:
    """Returns this country's value of the dataflow's headline, or of its first chart; None if that is not a single value.

    A flagged value is none.
    """
    flow = structure.dataflow
    headline = next(iter(flow.headlines), None) or next(iter(flow.charts), None)
    if headline is None:
        return None
    wanted = [(key, codes) for key, codes in headline.where if key not in (AREA, TIME, _BREAKDOWN, _BREAKDOWN_VALUE)]
    usable = separate_flagged(rows).rows
    kept = [row for row in usable if all(row[key] in codes for key, codes in wanted) and row[VALUE] is not None]
    last = max((row.get(TIME, "") for row in kept), default="")
    kept = [row for row in kept if row.get(TIME, "") == last]
    if len(kept) != 1:
        return None
    indicator = structure.name_of("INDICATOR", kept[0].get("INDICATOR", ""), language)
    return page_context.build_figure(structure, release, kept[0], indicator or flow.name.to(language), language)
