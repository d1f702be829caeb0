"""The scenario page: levers as sliders, the answer with its intervals, what others published, and the sway of each lever.

A plain GET form does it all; with a script, moving a slider sends the same form and swaps the answer alone.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import get_language

from bongsu.core.errors import N_, Missing, UnknownName, unknown_name
from bongsu.energy.scenario import charts, sliders
from bongsu.energy.scenario.levers import OUTCOMES, areas, base_year, end_year, years
from bongsu.energy.scenario.projection import Scenario, compute_sensitivity, project_scenario
from bongsu.energy.scenario.published_comparison import PublishedSeries, compare_published, published_series
from bongsu.store.node import Node
from bongsu.store.tables.definitions import code_lists

_TYPES = {"svg": "image/svg+xml", "png": "image/png", "json": "application/json"}


def page(request: HttpRequest) -> HttpResponse:
    """The page; only the answer where a script asks for it. The query: a lever's value, area, growth, outcome, year."""
    context = _page_context(request)
    template = "energy/_scenario_answer.html" if request.headers.get("HX-Request") else "energy/scenario.html"
    return render(request, template, context)


def chart(request: HttpRequest, kind: str, form: str) -> HttpResponse:
    """The chart `lines` or `tornado` of the scenario in the query, as svg, png or its Vega-Lite specification (json)."""
    if form not in _TYPES:
        raise unknown_name(N_("format"), form, _TYPES)
    of, outcome, year = _parse_query(request)
    language = get_language() or "en"
    projected = project_scenario(of)
    if kind == "tornado":
        centre = projected[years().index(year)]
        drawn = charts.tornado_specification(
            compute_sensitivity(of, year=year, outcome=outcome), centre, outcome, language
        )
    elif kind == "lines":
        drawn = charts.line_specification(projected, _published_series(request, of.area), outcome, language)
    else:
        raise unknown_name(N_("chart"), kind, ("lines", "tornado"))
    response = HttpResponse(charts.render_vega(drawn, form), content_type=_TYPES[form])
    response.headers["Cache-Control"] = "max-age=60"
    return response


def _parse_query(request: HttpRequest) -> tuple[Scenario, str, int]:
    """(scenario, outcome, year of the sensitivity) of the query. Raises BadInput or UnknownName."""
    query = request.GET.dict()
    outcome = str(query.get("outcome") or "electricity")
    if outcome not in OUTCOMES:
        raise unknown_name(N_("outcome"), outcome, OUTCOMES, where="outcome")
    text = str(query.get("year") or end_year())
    if text not in map(str, years()):
        raise unknown_name(N_("year"), text, map(str, years()), where="year")
    return sliders.parse_scenario({name: str(value) for name, value in query.items()}), outcome, int(text)


def _published_series(request: HttpRequest, area: str) -> tuple[PublishedSeries, ...]:
    node: Node = request.node  # type: ignore[attr-defined]
    try:
        release = node.releases.current("DATACENTRE_ELECTRICITY")
    except (Missing, UnknownName):  # nothing is sealed yet
        return ()
    return published_series(node.observations(release).to_pylist(), area)


def _page_context(request: HttpRequest) -> dict[str, Any]:
    of, outcome, year = _parse_query(request)
    language = get_language() or "en"
    projected = project_scenario(of)
    lists = code_lists()
    address = QueryDict(mutable=True)
    address.update(sliders.scenario_query(of))
    if outcome != "electricity":
        address["outcome"] = outcome
    if year != end_year():
        address["year"] = str(year)
    return {
        "sliders": [
            {
                "id": slider.lever.id,
                "name": slider.lever.name.to(language),
                "help": slider.lever.help.to(language),
                "unit": "" if slider.lever.unit == "1" else slider.lever.unit,
                "source": slider.lever.source,
                "minimum": f"{slider.minimum:g}",
                "maximum": f"{slider.maximum:g}",
                "step": f"{slider.lever.step:g}",
                "value": slider.shown,
            }
            for slider in sliders.scenario_sliders(of)
        ],
        "area": of.area,
        "areas": [(area, lists["CL_AREA"].name_of(area, language), area == of.area) for area in areas()],
        "outcomes": [(id_, charts.OUTCOME_NAMES[id_].to(language), id_ == outcome) for id_ in OUTCOMES],
        "outcome": charts.OUTCOME_NAMES[outcome].to(language),
        "years": [(one, one == year) for one in years()],
        "year": year,
        "ships": of.ships,
        "first": base_year(),
        "last": end_year(),
        "projected": projected,
        "end": projected[-1],
        "swings": [
            {"name": swing.lever.name.to(language), "swing": swing}
            for swing in compute_sensitivity(of, year=year, outcome=outcome)
        ],
        "unit": OUTCOMES[outcome],
        "beside": [
            {
                "publisher": lists["CL_PUBLISHER"].name_of(one.series.publisher, language),
                "scenario": lists["CL_SCENARIO"].name_of(one.series.scenario, language),
                "one": one,
                "percent": None if one.difference is None else 100 * one.difference,
            }
            for one in compare_published(projected, _published_series(request, of.area))
        ],
        "query": address.urlencode(),
        "command": sliders.scenario_command(of),
    }
