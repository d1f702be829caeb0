"""The estimate's pages and its HTTP interface: pick a model, tokens, a country; see the answer, its interval and its reasons.

A plain GET form does it all, so that an address is the question; with a script, a change sends the same form and swaps the
answer alone. The same question at energy/estimate/KIND.json answers machines, with the options of the command line.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from bongsu.core.errors import N_, BongsuError, Missing, UnknownName, unknown
from bongsu.energy.estimate.answer.result import Result
from bongsu.energy.estimate.output import boundary_chart, options
from bongsu.energy.estimate.output.form_fields import EXAMPLES, fields, models
from bongsu.energy.estimate.values.steps import Step
from bongsu.energy.estimate.values.value_text import shown
from bongsu.energy.forms.released import label_fields
from bongsu.energy.meter.footprint import familiar
from bongsu.energy.scenario.charts import picture
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
    """The page of one kind of work; only the answer where a script asks for it."""
    options.of(kind)
    language = get_language() or "en"
    typed = {name: str(text) for name, text in request.GET.items()} or EXAMPLES[kind]
    context: dict[str, Any] = {
        "kind": kind,
        "kinds": [(name, gettext(title), name == kind) for name, title in _KINDS.items()],
        "models": models(kind),
    }
    status = 200
    try:
        given = options.read(kind, typed)
        context.update(_answer(kind, given, options.ask(kind, given), language))
        context["labelled"] = _labelled(request, str(given.get("model", ""))) if kind == "inference" else ""
    except BongsuError as error:
        status = error.http_status
        context.update(_refusal(error))
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
        for field in fields(kind, typed, language)
    ]
    context["main"] = [row for row in rows if row["main"]]
    context["more"] = [row for row in rows if not row["main"]]
    context["more_open"] = any(row["value"] for row in context["more"])
    template = "energy/_estimate_answer.html" if request.headers.get("HX-Request") else "energy/estimate.html"
    return render(request, template, context, status=status)


@require_safe
def chart(request: HttpRequest, kind: str, form: str) -> HttpResponse:
    """The answer's picture as svg, png or its Vega-Lite specification (json)."""
    if form not in _TYPES:
        raise unknown(N_("format"), form, _TYPES)
    result = _asked(request, kind)
    drawn = picture(boundary_chart.boundaries(result, get_language() or "en"), form)
    response = HttpResponse(drawn, content_type=_TYPES[form])
    response.headers["Cache-Control"] = "max-age=60"
    return response


@require_safe
def api(request: HttpRequest, kind: str) -> JsonResponse:
    """The answer for machines: what `bongsu estimate KIND ... --json` prints, the options as the query."""
    answer = JsonResponse(_asked(request, kind).as_dict(), json_dumps_params={"ensure_ascii": False})
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


# what the node's OpenAPI description says of the query
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


def _asked(request: HttpRequest, kind: str) -> Result:
    return options.ask(kind, options.read(kind, {name: str(text) for name, text in request.GET.items()}))


def _answer(kind: str, given: dict[str, object], result: Result, language: str) -> dict[str, Any]:
    names = code_lists()
    query = QueryDict(mutable=True)
    query.update({name: f"{value:.10g}" if isinstance(value, float) else str(value) for name, value in given.items()})
    joule = result.energy.to("J").value or 0
    count, sentence = familiar(joule)
    country = "WORLD" if result.country == "WOR" else result.country
    return {
        "energy": shown(result.energy, language),
        "boundary": names["CL_BOUNDARY"].name_of(str(result.energy.boundary), language),
        "country": names["CL_AREA"].name_of(country, language) if country in names["CL_AREA"] else country,
        "figures": [(gettext(name), shown(value, language)) for name, value in result.figures()],
        "familiar": sentence.to(language).format(n=f"{count:,.2g}" if count < 100 else f"{count:,.0f}")
        if count >= 0.1
        else "",
        "steps": [_step(result.explanation, language)],
        "query": query.urlencode(),
        "command": options.command(kind, given),
    }


def _labelled(request: HttpRequest, model: str) -> str:
    """The model's name in the release whose label the page may show; empty where there is none."""
    node: Node = request.node  # type: ignore[attr-defined]
    try:
        return str(label_fields(node, model)["model"])
    except (Missing, UnknownName):
        return ""


def _step(step: Step, language: str) -> dict[str, Any]:
    return {
        "name": gettext(step.name) if step.name else "",
        "value": shown(step.value, language),
        "formula": gettext(step.formula) if step.formula else "",
        "source": gettext(step.source) if step.source else "",
        "inputs": [_step(one, language) for one in step.inputs],
    }


def _refusal(error: BongsuError) -> dict[str, str]:
    values = {name: gettext(str(value)) if name in error.TEXTS else value for name, value in error.values.items()}
    return {
        "where": error.where,
        "wrong": gettext(error.message).format(**values),
        "fix": gettext(error.fix).format(**values) if error.fix else "",
    }
