"""The text of a file of a call, with the checker's words beside it. What somebody wrote is not lost when others change it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, BadInput, Missing
from bongsu.incubator.call_desk.found_calls import (
    FoundCall,
    describe,
    find_officers_call,
    read_base,
    read_language,
    read_text,
)
from bongsu.incubator.calls.check import FILES
from bongsu.incubator.calls.problems import Problem, list_text_problems
from bongsu.incubator.opening import MAX_FILE, CallNotReady, EditionConflict, change_call


class Shown(NamedTuple):
    """A problem of the file that is edited, with the text of its line; or of another file that the text contradicts."""

    problem: Problem
    text: str
    is_here: bool


@require_http_methods(["GET", "POST"])
def edit_file(request: Any, name: str, file: str) -> HttpResponse:
    """Shows a file; checks or saves the text that was sent."""
    found = find_officers_call(request.actor, name)
    _require_file(file)
    text, base, wrong, theirs, status = found.edition.files[f"{file}.toml"], found.edition.number, "", None, 200
    if request.method == "POST":
        text, base = read_text(request.POST.get("text", "")), read_base(request.POST.get("base"))
        if request.POST.get("do") == "save":
            try:
                texts = {**found.edition.files, f"{file}.toml": text}
                edition = change_call(
                    request.actor, name, texts, base, timezone.now(), request.POST.get("why", "").strip()
                )
            except EditionConflict as error:
                found = find_officers_call(request.actor, name)
                wrong, status = describe_public_error(error, gettext).message, error.http_status
                theirs = _find_theirs(found, file, base)
                base = found.edition.number
            except (BadInput, CallNotReady) as error:
                wrong, status = describe(error), error.http_status
            else:
                if edition.number == base:
                    messages.success(request, gettext("Nothing differs, so nothing was saved."))
                else:
                    messages.success(request, gettext("Saved as edition {number}.").format(number=edition.number))
                return redirect("desk-call-file", name, file)
    context = {
        "found": found,
        "file": file,
        "files": [one.removesuffix(".toml") for one in FILES],
        "text": text,
        "base": base,
        "why": request.POST.get("why", ""),
        "wrong": wrong,
        "theirs": theirs,
        "shown": list_shown(found.edition.files, file, text),
        "rows": min(max(text.count("\n") + 2, 12), 40),
        "is_fixed": found.call.state == "ended" or (found.call.state == "open" and file == "workflow"),
    }
    return render(request, "incubator/desk_file.html", context, status=status)


@require_POST
def check_file(request: Any, name: str, file: str) -> HttpResponse:
    """What the checker says of a text, as a part of the page; nothing is saved."""
    found = find_officers_call(request.actor, name)
    _require_file(file)
    shown = list_shown(found.edition.files, file, read_text(request.POST.get("text", "")))
    return render(request, "incubator/desk_problems.html", {"shown": shown})


def list_shown(files: Mapping[str, str], file: str, text: str) -> list[Shown]:
    """Returns what the checker says of the file with this text: first what is wrong in it, then in other files."""
    if len(text) > MAX_FILE:
        message = gettext("The file has more than {most} characters.").format(most=MAX_FILE)
        return [Shown(Problem("error", f"{file}.toml", "", None, message), "", True)]
    texts, lines = {**files, f"{file}.toml": text}, text.split("\n")
    shown = []
    for one in list_text_problems(texts, gettext, read_language()):
        is_here = one.file == f"{file}.toml"
        written = lines[one.line - 1].strip() if is_here and one.line and one.line <= len(lines) else ""
        shown.append(Shown(one, written[:120], is_here))
    return sorted(shown, key=lambda one: (not one.is_here, one.problem.level, one.problem.line or 0))


class Theirs(NamedTuple):
    """What somebody else made of the file: the text, who and why, and the lines that differ; no lines if it is the same."""

    text: str
    edition: Any
    lines: list[str]


def _find_theirs(found: FoundCall, file: str, base: int) -> Theirs:
    before = found.call.editions.filter(number=base).first()
    text = found.edition.files[f"{file}.toml"]
    old = before.files[f"{file}.toml"] if before else ""
    lines = list(difflib.unified_diff(old.split("\n"), text.split("\n"), n=1, lineterm=""))[2:]
    return Theirs(text, found.edition, ["…" if line.startswith("@@") else line for line in lines])


def _require_file(file: str) -> None:
    if f"{file}.toml" not in FILES:
        raise Missing(N_("A call has no file “{name}”."), name=f"{file}.toml")
