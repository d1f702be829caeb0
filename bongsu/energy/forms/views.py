"""The pages of forms and labels: a person fills a form in, sees the result and downloads it. The server stores nothing.

The input is sent by POST, so that it is not in a URL or a log. An error is shown on the same page, at its field, with the
input.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext

from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, BongsuError, unknown_name
from bongsu.energy.forms import label, label_svg
from bongsu.energy.forms.filled_form import Form, form_rule, form_text
from bongsu.energy.forms.form_catalogue import FORM_BUILDERS, fill_form
from bongsu.energy.forms.inputs import form_inputs, parse_typed
from bongsu.energy.forms.released_label import label_fields
from bongsu.store.node import Node

_TYPES = {
    "html": "text/html; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
    "png": "image/png",
}


def index(request: HttpRequest) -> HttpResponse:
    """Renders the list of forms with the rules they follow."""
    language = get_language() or "en"
    known = [(name, form_text(name, "title").to(language), form_rule(name)) for name in FORM_BUILDERS]
    return render(request, "energy/forms.html", {"forms": known})


def page(request: HttpRequest, name: str) -> HttpResponse:
    """Renders one form: empty, with an example (?example=1), or filled in from the POST data; `as` returns it as a file."""
    language = get_language() or "en"
    shown = form_inputs(name)
    typed = {one.id: one.example for one in shown if request.GET.get("example") or one.id.endswith(".unit")}
    context: dict[str, Any] = {"name": name, "title": form_text(name, "title").to(language), "rule": form_rule(name)}
    status = 200
    if request.method == "POST":
        typed = {one.id: request.POST.get(one.id, "") for one in shown}
        try:
            fields = parse_typed(name, typed)
            filled = fill_form(name, fields)
            if request.POST.get("as"):
                return _file_response(filled, fields, str(request.POST["as"]), language)
            context["filled"] = filled.as_rows(language)
            context["notes"] = [note.to(language) for note in filled.notes]
            context["picture"] = (
                label_svg.draw_label(label.parse_input(fields), language) if name == label.FORM_ID else ""
            )
        except BongsuError as error:
            status = error.http_status
            context.update(_error_context(error))
    context["formats"] = [form for form in _TYPES if name == label.FORM_ID or form not in ("svg", "png")]
    context["inputs"] = [
        {
            "id": one.id,
            "name": one.name.to(language),
            "group": one.group.to(language) if one.group else "",
            "unit": one.unit,
            "kind": one.kind,
            "options": [(option, title.to(language)) for option, title in one.options],
            "value": typed.get(one.id, ""),
            "wrong": context.get("where") == one.id,
        }
        for one in shown
    ]
    return render(request, "energy/form.html", context, status=status)


def release_label(request: HttpRequest, model: str, form: str) -> HttpResponse:
    """Returns the label of a model of the release INFERENCE_ENERGY as svg, png or json. Raises UnknownName."""
    language = get_language() or "en"
    node: Node = request.node  # type: ignore[attr-defined]
    fields = label_fields(node, model)
    if form not in ("svg", "png", "json"):
        raise unknown_name(N_("format"), form, ("svg", "png", "json"))
    answer = _file_response(fill_form(label.FORM_ID, fields), fields, form, language)
    del answer.headers["Content-Disposition"]  # shown in a page, not downloaded
    answer.headers["Cache-Control"] = "max-age=3600"
    return answer


def _file_response(filled: Form, fields: dict[str, Any], form: str, language: str) -> HttpResponse:
    """Returns the filled-in form as a file to download."""
    if form not in _TYPES or (form in ("svg", "png") and filled.id != label.FORM_ID):
        raise unknown_name(N_("format"), form, _TYPES)
    body: str | bytes
    match form:
        case "html":
            body = filled.as_html(language)
        case "txt":
            body = filled.as_text(language) + "\n"
        case "json":
            body = json.dumps(filled.as_json(), ensure_ascii=False, indent=2) + "\n"
        case _:
            svg = label_svg.draw_label(label.parse_input(fields), language)
            body = svg if form == "svg" else label_svg.render_label_png(svg)
    answer = HttpResponse(body, content_type=_TYPES[form])
    answer.headers["Content-Disposition"] = f'attachment; filename="{filled.id}.{form}"'
    return answer


def _error_context(error: BongsuError) -> dict[str, str]:
    text = describe_public_error(error, gettext)
    return {"where": text.where, "wrong": text.what, "fix": text.fix}
