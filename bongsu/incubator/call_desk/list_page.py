"""The desk's list of calls, and a new call from an example or from files."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from bongsu.core.errors import BadInput, Missing
from bongsu.incubator.call_desk.found_calls import FoundCall, describe, read_files, read_language
from bongsu.incubator.calls.folder import write_example
from bongsu.incubator.calls.phases import find_current
from bongsu.incubator.models import Call
from bongsu.incubator.opening import add_call, list_editions, read_edition, target_of_call
from bongsu.incubator.texts import pick_text
from bongsu.incubator.workflow.shipped import list_shipped, read_shipped
from bongsu.people.access import may


def _workflow_choices() -> list[tuple[str, str]]:
    return [(name, pick_text(read_shipped(name).title, read_language())) for name in list_shipped()]


class ExampleForm(forms.Form):
    """A new call from the example files."""

    name = forms.CharField(
        label=_("Name of the call in addresses"),
        max_length=40,
        help_text=_("Small letters, digits and hyphens, such as gpu-2027. It cannot be changed later."),
    )
    workflow = forms.ChoiceField(label=_("Workflow to begin with"), choices=_workflow_choices)


class FilesForm(forms.Form):
    """A new call from four files; a browser sends as many as are chosen."""

    why = forms.CharField(label=_("Reason, for the audit"), max_length=500, required=False)


@require_http_methods(["GET", "POST"])
def list_calls(request: Any) -> HttpResponse:
    """Lists the calls that somebody may change; adds a call."""
    sent = request.POST.get("do") if request.method == "POST" else None
    example = ExampleForm(request.POST if sent == "example" else None, prefix="example")
    upload = FilesForm(request.POST if sent == "files" else None, prefix="files")
    added = (sent == "example" and _add(request, example)) or (sent == "files" and _add(request, upload))
    if added:
        messages.success(request, gettext("The call was added as a draft, which only officers see."))
        return redirect("desk-call", added.name)
    rows = []
    for edition in list_editions(request.actor):
        if may(request.actor, "call.change", target_of_call(edition.call)):
            found = FoundCall(edition.call, edition, read_edition(edition))
            rows.append((found, find_current(found.files.call, timezone.now())[1]))
    context = {"rows": rows, "example": example, "upload": upload, "may_add": may(request.actor, "call.add")}
    return render(request, "incubator/desk_calls.html", context)


def _add(request: Any, form: forms.Form) -> Call | None:
    if not form.is_valid():
        return None
    try:
        if isinstance(form, ExampleForm):
            texts = write_example(form.cleaned_data["workflow"], form.cleaned_data["name"].strip())
        else:
            texts = read_files(request.FILES.getlist("files-file"))
        return add_call(request.actor, texts, timezone.now(), form.cleaned_data.get("why", ""))
    except (BadInput, Missing) as wrong:
        form.add_error("name" if isinstance(form, ExampleForm) else None, describe(wrong))
        return None
