"""The desk's page of a call: its state, what the checker says, its files and editions; opening and ending it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bongsu.core.errors import N_, BadInput, Missing
from bongsu.credits.rules.amounts import write_list
from bongsu.incubator.call_desk.found_calls import (
    FoundCall,
    describe,
    find_officers_call,
    read_base,
    read_files,
    read_language,
)
from bongsu.incubator.call_pages import describe_changes
from bongsu.incubator.calls.check import FILES
from bongsu.incubator.calls.problems import Problem, list_problems
from bongsu.incubator.models import Award, Call
from bongsu.incubator.opening import (
    CallNotReady,
    EditionConflict,
    change_call,
    end_call,
    open_call,
    target_of_call,
)
from bongsu.incubator.reviewers.officers import list_officers
from bongsu.incubator.texts import pick_text
from bongsu.people.access import may
from bongsu.people.organisations import organisation_titles


@require_safe
def show_call(request: Any, name: str) -> HttpResponse:
    """Shows a call to its officer."""
    found = find_officers_call(request.actor, name)
    target, problems = target_of_call(found.call), _list_problems(found)
    institutions, known = found.files.call.institution, organisation_titles()
    context = {
        "found": found,
        "files": [(file, file.removesuffix(".toml"), [one for one in problems if one.file == file]) for file in FILES],
        "editions": _list_editions(found.call),
        "has_awards": Award.objects.filter(application__call=found.call).exists(),
        "officers": _list_officers(found) if institutions else (),
        "unknown_organisations": [
            one.organisation for one in institutions if one.organisation and one.organisation not in known
        ],
        "can_open": found.call.state == "draft" and may(request.actor, "call.open", target),
        "can_end": found.call.state == "open" and may(request.actor, "call.end", target),
    }
    return render(request, "incubator/desk_call.html", context)


@require_POST
def send_files(request: Any, name: str) -> HttpResponse:
    """Makes the next edition from files that were sent; files that were not sent stay as they are."""
    found = find_officers_call(request.actor, name)
    try:
        texts = read_files(request.FILES.getlist("file"))
        if not texts:
            raise BadInput(N_("No file was chosen."))
        base, why = read_base(request.POST.get("base")), request.POST.get("why", "")
        edition = change_call(request.actor, name, {**found.edition.files, **texts}, base, timezone.now(), why)
    except (BadInput, Missing, EditionConflict, CallNotReady) as wrong:
        messages.error(request, describe(wrong))
    else:
        messages.success(request, gettext("Edition {number} is in force.").format(number=edition.number))
    return redirect("desk-call", name)


@require_safe
def download_file(request: Any, name: str, file: str) -> HttpResponse:
    """A file of the newest edition, as it is."""
    found = find_officers_call(request.actor, name)
    if f"{file}.toml" not in FILES:
        raise Missing(N_("A call has no file “{name}”."), name=f"{file}.toml")
    response = HttpResponse(found.edition.files[f"{file}.toml"], content_type="application/toml; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{file}.toml"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_http_methods(["GET", "POST"])
def open_for_applications(request: Any, name: str) -> HttpResponse:
    """Shows what opening a call promises, and opens it."""
    found = find_officers_call(request.actor, name, "call.open")
    wrong = ""
    if request.method == "POST":
        try:
            base = read_base(request.POST.get("base"))
            open_call(request.actor, name, timezone.now(), request.POST.get("why", ""), base)
        except (BadInput, CallNotReady, EditionConflict) as error:
            wrong = describe(error)
        else:
            messages.success(request, gettext("The call is open: everybody sees it."))
            return redirect("desk-call", name)
    problems = _list_problems(found)
    language = read_language()
    context = {
        "found": found,
        "wrong": wrong,
        "errors": [one for one in problems if one.level == "error"],
        "warnings": [one for one in problems if one.level == "warning"],
        "rounds": [
            (pick_text(one.title or {}, language), times)
            for one, times in zip(found.files.call.round, found.files.call.rounds, strict=True)
        ],
    }
    return render(request, "incubator/desk_call_open.html", context)


@require_http_methods(["GET", "POST"])
def end(request: Any, name: str) -> HttpResponse:
    """Asks why a call ends, and ends it."""
    found = find_officers_call(request.actor, name, "call.end")
    wrong, why = "", request.POST.get("why", "").strip()
    if request.method == "POST":
        try:
            if not why:
                raise BadInput(N_("Say why the call ends."))
            end_call(request.actor, name, why)
        except BadInput as error:
            wrong = describe(error)
        else:
            messages.success(request, gettext("The call has ended."))
            return redirect("desk-call", name)
    return render(request, "incubator/desk_call_end.html", {"found": found, "wrong": wrong, "why": why})


def _list_problems(found: FoundCall) -> list[Problem]:
    return list_problems(found.files, found.edition.files, gettext, read_language())


def _list_officers(found: FoundCall) -> list[tuple[str, str]]:
    """Returns each officer, and the institutions of the call where she works."""
    language, none = read_language(), gettext("none of the institutions")
    return [
        (str(one.person), write_list((pick_text(each.title, language) for each in one.institutions), language) or none)
        for one in list_officers(found.call, timezone.now().date())
    ]


def _list_editions(call: Call) -> list[tuple[Any, list[tuple[str, str, str, str]]]]:
    """Returns every edition with what it changed, the newest first."""
    editions = list(call.editions.order_by("number"))
    rows: list[tuple[Any, list[tuple[str, str, str, str]]]] = [(editions[0], [])]
    rows += [(after, describe_changes(before, after, read_language())) for before, after in pairwise(editions)]
    return rows[::-1]
