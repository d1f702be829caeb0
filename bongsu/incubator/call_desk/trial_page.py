"""The desk's page on which a call is tried with made-up people: a job runs the trial, and the page shows its report."""

from __future__ import annotations

from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from bongsu.core.report import Report
from bongsu.incubator.call_desk.found_calls import FoundCall, describe, find_officers_call, read_language
from bongsu.incubator.calls.problems import list_problems
from bongsu.incubator.opening import find_edition, read_edition
from bongsu.incubator.trial.report import TrialReport
from bongsu.incubator.trial.words import Part, list_parts
from bongsu.people.jobs import ENDED, STATES, AlreadyQueued, queue_job
from bongsu.people.models import Job


@require_http_methods(["GET", "POST"])
def try_call(request: Any, name: str) -> HttpResponse:
    """Shows the newest trial of a call, and queues one."""
    found = find_officers_call(request.actor, name)
    if request.method == "POST":
        try:
            arguments = {"call": name, "edition": str(found.edition.number)}
            queue_job(request.actor, "try", arguments, (("call", name),))
        except AlreadyQueued as wrong:
            messages.error(request, describe(wrong))
        return redirect("desk-call-try", name)
    job = Job.objects.filter(kind="try", arguments__call=name).order_by("-pk").first()
    problems = list_problems(found.files, found.edition.files, gettext, read_language())
    context = {
        "found": found,
        "job": job,
        "waits": job is not None and job.state not in ENDED,
        "state": gettext(STATES[job.state]) if job else "",
        "message": Report.from_json(job.report).describe(gettext) if job and job.report else "",
        "edition": int(job.arguments["edition"]) if job else 0,
        "parts": _list_parts(found, job),
        "has_errors": any(one.level == "error" for one in problems),
    }
    return render(request, "incubator/desk_call_try.html", context)


def _list_parts(found: FoundCall, job: Job | None) -> list[Part]:
    """Returns the report of a job that is done, in the words of the edition that it tried."""
    if job is None or job.state != "done":
        return []
    report = msgspec.convert(job.result, TrialReport, strict=False)
    edition = find_edition(found.call, int(job.arguments["edition"]))
    return list_parts(report, read_edition(edition), gettext, read_language())
