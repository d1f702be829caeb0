"""The scenario page: levers as sliders, the result with its intervals, published figures, and the effect of each lever.

The page is a GET form; with JavaScript, moving a slider sends the same form and replaces only the result.
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
    """Renders the page; for an htmx request only the result. The query: values of levers, area, growth, outcome, year."""
    context = _page_context(request)
    template = "energy/_scenario_answer.html" if request.headers.get("HX-Request") else "energy/scenario.html"
    return render(request, template, context)


def chart(request: HttpRequest, kind: str, form: str) -> HttpResponse:
    """Returns the chart `lines` or `tornado` of the scenario as svg, png or its Vega-Lite specification (json)."""
    if form not in _TYPES:
        raise unknown_name(N_("format"), form, _TYPES)
    scenario, outcome, year = _parse_query(request)
    language = get_language() or "en"
    projected = project_scenario(scenario)
    if kind == "tornado":
        centre = projected[years().index(year)]
        drawn = charts.tornado_specification(
            compute_sensitivity(scenario, year=year, outcome=outcome), centre, outcome, language
        )
    elif kind == "lines":
        drawn = charts.line_specification(projected, _published_series(request, scenario.area), outcome, language)
    else:
        raise unknown_name(N_("chart"), kind, ("lines", "tornado"))
    response = HttpResponse(charts.render_vega(drawn, form), content_type=_TYPES[form])
    response.headers["Cache-Control"] = "max-age=60"
    return response


def _parse_query(request: HttpRequest) -> tuple[Scenario, str, int]:
    """Returns (scenario, outcome, year of the sensitivity) from the query. Raises BadInput or UnknownName."""
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
    except (Missing, UnknownName):  # no release has been sealed yet
        return ()
    return published_series(node.usable_observations(release).rows, area)


def _page_context(request: HttpRequest) -> dict[str, Any]:
    scenario, outcome, year = _parse_query(request)
    language = get_language() or "en"
    projected = project_scenario(scenario)
    lists = code_lists()
    address = QueryDict(mutable=True)
    address.update(sliders.scenario_query(scenario))
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
                "value": slider.text,
            }
            for slider in sliders.scenario_sliders(scenario)
        ],
        "area": scenario.area,
        "areas": [(area, lists["CL_AREA"].name_of(area, language), area == scenario.area) for area in areas()],
        "outcomes": [(id_, charts.OUTCOME_NAMES[id_].to(language), id_ == outcome) for id_ in OUTCOMES],
        "outcome": charts.OUTCOME_NAMES[outcome].to(language),
        "years": [(one, one == year) for one in years()],
        "year": year,
        "ships": scenario.uses_shipments,
        "first": base_year(),
        "last": end_year(),
        "projected": projected,
        "end": projected[-1],
        "swings": [
            {"name": swing.lever.name.to(language), "swing": swing}
            for swing in compute_sensitivity(scenario, year=year, outcome=outcome)
        ],
        "unit": OUTCOMES[outcome],
        "beside": [
            {
                "publisher": lists["CL_PUBLISHER"].name_of(one.series.publisher, language),
                "scenario": lists["CL_SCENARIO"].name_of(one.series.scenario, language),
                "one": one,
                "percent": None if one.difference is None else 100 * one.difference,
            }
            for one in compare_published(projected, _published_series(request, scenario.area))
        ],
        "query": address.urlencode(),
        "command": sliders.scenario_command(scenario),
    }
