"""The estimate's pages and its JSON interface: from a model, tokens and a country to the result with its interval and steps.

The page is a GET form, so that its URL contains the whole query. With JavaScript, a change sends the same form and replaces
only the result. energy/estimate/KIND.json returns the result as JSON and takes the options of the command line.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, BongsuError, Missing, UnknownName, unknown_name
from bongsu.energy.estimate.answer.estimate_result import EstimateResult
from bongsu.energy.estimate.output import boundary_chart, options
from bongsu.energy.estimate.output.form_fields import build_form_fields, fill_example, suggest_models
from bongsu.energy.estimate.values.steps import Step
from bongsu.energy.estimate.values.value_text import format_value
from bongsu.energy.forms.released_label import label_fields
from bongsu.energy.meter.grid_footprint import find_comparison
from bongsu.energy.scenario.charts import render_vega
from bongsu.store.node import Node
from bongsu.store.tables.definitions import code_lists

_TYPES = {"svg": "image/svg+xml", "png": "image/png", "json": "application/json"}
_KINDS = {
    "inference": N_("Text"),
    "image": N_("Images"),
    "video": N_("Videos"),
    "training": N_("Training"),
}


@require_safe
def page(request: HttpRequest, kind: str) -> HttpResponse:
    """Renders the page of one kind of work; for an htmx request only the result."""
    options.kind_options(kind)
    language = get_language() or "en"
    typed = {name: str(text) for name, text in request.GET.items()} or fill_example(kind, request.node.site.home)  # type: ignore[attr-defined]
    context: dict[str, Any] = {
        "kind": kind,
        "kinds": [(name, gettext(title), name == kind) for name, title in _KINDS.items()],
        "models": suggest_models(kind),
    }
    status = 200
    try:
        given = options.parse_options(kind, typed)
        context.update(_answer_context(kind, given, options.run_estimate(kind, given), language))
        context["labelled"] = _find_labelled_model(request, str(given.get("model", ""))) if kind == "inference" else ""
    except BongsuError as error:
        status = error.http_status
        context.update(_error_context(error))
    rows = [
        {
            "id": field.option.name,
            "name": field.option.label.to(language),
            "help": field.option.help.to(language),
            "main": field.option.main,
            "value": field.value,
            "choices": field.choices,
            "wrong": context.get("where") == field.option.name,
        }
        for field in build_form_fields(kind, typed, language)
    ]
    context["main"] = [row for row in rows if row["main"]]
    context["more"] = [row for row in rows if not row["main"]]
    context["more_open"] = any(row["value"] for row in context["more"])
    template = "energy/_estimate_answer.html" if request.headers.get("HX-Request") else "energy/estimate.html"
    return render(request, template, context, status=status)


@require_safe
def chart(request: HttpRequest, kind: str, form: str) -> HttpResponse:
    """Returns the chart of the result as svg, png or its Vega-Lite specification (json)."""
    if form not in _TYPES:
        raise unknown_name(N_("format"), form, _TYPES)
    result = _estimate_query(request, kind)
    drawn = render_vega(boundary_chart.boundary_specification(result, get_language() or "en"), form)
    response = HttpResponse(drawn, content_type=_TYPES[form])
    response.headers["Cache-Control"] = "max-age=60"
    return response


@require_safe
def api(request: HttpRequest, kind: str) -> JsonResponse:
    """Returns the result as JSON, as `bongsu estimate KIND ... --json` prints it; the query has the options."""
    answer = JsonResponse(_estimate_query(request, kind).as_dict(), json_dumps_params={"ensure_ascii": False})
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


# the query parameters in the node's OpenAPI description
api.openapi = {  # type: ignore[attr-defined]
    "parameters": [
        {
            "name": option.name,
            "in": "query",
            "description": f"{option.help.en} ({', '.join(option.kinds)})",
            "schema": {"type": option.type if option.type in ("number", "integer") else "string"},
        }
        for option in options.options().values()
    ]
}


def _estimate_query(request: HttpRequest, kind: str) -> EstimateResult:
    return options.run_estimate(
        kind, options.parse_options(kind, {name: str(text) for name, text in request.GET.items()})
    )


def _answer_context(kind: str, given: dict[str, object], result: EstimateResult, language: str) -> dict[str, Any]:
    names = code_lists()
    query = QueryDict(mutable=True)
    query.update({name: f"{value:.10g}" if isinstance(value, float) else str(value) for name, value in given.items()})
    joule = result.energy.to("J").value or 0
    count, sentence = find_comparison(joule)
    country = "WORLD" if result.country == "WOR" else result.country
    return {
        "energy": format_value(result.energy, language),
        "boundary": names["CL_BOUNDARY"].name_of(str(result.energy.boundary), language),
        "country": names["CL_AREA"].name_of(country, language) if country in names["CL_AREA"] else country,
        "figures": [(gettext(name), format_value(value, language)) for name, value in result.figures()],
        "familiar": sentence.to(language).format(n=f"{count:,.2g}" if count < 100 else f"{count:,.0f}")
        if count >= 0.1
        else "",
        "notes": [note.describe(gettext) for note in result.notes],
        "steps": [_step_context(result.explanation, language)],
        "query": query.urlencode(),
        "command": options.estimate_command(kind, given),
    }


def _find_labelled_model(request: HttpRequest, model: str) -> str:
    """Returns the model's name in the release INFERENCE_ENERGY, for its label; "" if the release does not have it."""
    node: Node = request.node  # type: ignore[attr-defined]
    try:
        return str(label_fields(node, model)["model"])
    except (Missing, UnknownName):
        return ""


def _step_context(step: Step, language: str) -> dict[str, Any]:
    return {
        "name": gettext(step.name) if step.name else "",
        "value": format_value(step.value, language),
        "formula": gettext(step.formula) if step.formula else "",
        "source": gettext(step.source) if step.source else "",
        "inputs": [_step_context(one, language) for one in step.inputs],
    }


def _error_context(error: BongsuError) -> dict[str, str]:
    text = describe_public_error(error, gettext)
    return {"where": text.where, "wrong": text.what, "fix": text.fix}
