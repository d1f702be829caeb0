"""The pages of long actions: a list with forms that start one, one page each with live progress, and schedules.

The page of a job that has not ended asks for its progress every two seconds (htmx); without JavaScript it reloads itself.
"""

from __future__ import annotations

from itertools import compress
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bongsu.commons.models import HarvestSource
from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, Missing
from bongsu.core.languages import LANGUAGES
from bongsu.core.report import Report
from bongsu.people import jobs, schedules
from bongsu.people.access import require
from bongsu.people.models import Job, Person
from bongsu.store.node import Node
from bongsu.store.own_flows.node_programmes import find_programmes
from bongsu.web import middleware
from bongsu.web.desk_pages.changes import Changes, carry_out, make_forms
from bongsu.web.desk_pages.forms import WhyForm
from bongsu.web.duties.history import is_tended
from bongsu.web.jobs.kinds import JobRequest, check_request, job_folder
from bongsu.web.jobs.progress_text import describe_progress

_SHOWN = 100
_COMMONS = (("programme", "commons"),)


class TakeForm(WhyForm):
    """What to take."""

    programme = forms.ChoiceField(label=_("Programme"), required=False)
    field_order = ("programme", "why")


class BuildForm(WhyForm):
    """What to build."""

    subject = forms.ChoiceField(label=_("What to build"), required=False)
    despite = forms.CharField(
        label=_("Reason to seal observations that were withdrawn (usually empty)"), max_length=500, required=False
    )
    field_order = ("subject", "despite", "why")


class HarvestForm(WhyForm):
    """A source to harvest."""

    source = forms.ChoiceField(label=_("Source"))
    field_order = ("source", "why")


class ReportForm(forms.Form):
    """The report on a country."""

    country = forms.CharField(label=_("Country (three letters, such as KOR)"), max_length=3, min_length=3)
    language = forms.ChoiceField(
        label=_("Language"), choices=lambda: [(one.code, one.name) for one in LANGUAGES.values()]
    )


def _choices(node: Node, actor: Any) -> dict[str, list[tuple[str, str]]]:
    """Returns what the actor may choose, by kind: (value, name); a build of a dataflow is “flow ID”."""
    language = get_language() or "en"
    programmes = find_programmes(node)
    everything = gettext("Everything")
    names = {one.name: one.info.title.to(language) for one in programmes}
    take = [("", everything), *names.items()]
    build = [("", everything), *((f"programme {name}", title) for name, title in names.items())]
    flows = sorted((flow.name.to(language), flow.id, one.name) for one in programmes for flow in one.flows)
    build += [(f"flow {id_}", title) for title, id_, _ in flows]
    owners = {id_: name for _, id_, name in flows}
    sources = HarvestSource.objects.order_by("name").values_list("name", flat=True)
    take_scopes = [_scopes(choice and f"programme {choice}", owners) for choice, _ in take]
    build_scopes = [_scopes(choice, owners) for choice, _ in build]
    return {
        "take": list(compress(take, jobs.may_queue_each(actor, "take", take_scopes))),
        "build": list(compress(build, jobs.may_queue_each(actor, "build", build_scopes))),
        "harvest": [(name, name) for name in sources] if jobs.may_queue(actor, "harvest", _COMMONS) else [],
    }


def _scopes(choice: str, owners: dict[str, str]) -> tuple[tuple[str, str], ...]:
    kind, _, name = choice.partition(" ")
    if kind == "flow":
        return (("dataflow", name), ("programme", owners[name]))
    return (("programme", name),) if kind else ()


def _values(kind: str, sent: dict[str, Any]) -> dict[str, str]:
    """Returns the values of a form as `check_request` reads them."""
    if kind != "build":
        return {name: str(value) for name, value in sent.items()}
    part, _, name = sent["subject"].partition(" ")
    return {"dataflow": name if part == "flow" else "", "programme": name if part == "programme" else "", **sent}


@require_http_methods(["GET", "POST"])
def list_jobs(request: Any) -> HttpResponse:
    """Lists the jobs that the actor may see, and starts one."""
    node = middleware.open_node()
    choices = _choices(node, request.actor)
    queued: list[Job] = []

    def start(kind: str) -> Any:
        def change(sent: dict[str, Any]) -> None:
            wanted = check_request(node, kind, _values(kind, sent))
            queued.append(jobs.queue_job(request.actor, kind, wanted.arguments, wanted.scopes, sent.get("why", "")))

        return change

    chosen = {"take": TakeForm, "build": BuildForm, "harvest": HarvestForm}
    open_kinds: dict[str, type[forms.Form]] = {kind: form for kind, form in chosen.items() if choices[kind]}
    if jobs.may_queue(request.actor, "catalogue", _COMMONS):
        open_kinds["catalogue"] = WhyForm
    if jobs.may_queue(request.actor, "report"):
        open_kinds["report"] = ReportForm
    changes: Changes = {kind: (form, start(kind)) for kind, form in open_kinds.items()}
    found = make_forms(request, changes, {"report": {"language": get_language()}})
    for kind, field in (("take", "programme"), ("build", "subject"), ("harvest", "source")):
        if kind in found:
            found[kind].fields[field].choices = choices[kind]
    if carry_out(request, changes, found):
        return redirect("desk-job", queued[0].key)
    context = {
        "rows": [_describe(job) for job in jobs.list_jobs(request.actor, _SHOWN)],
        "forms": [(kind, gettext(jobs.KINDS[kind].title), form) for kind, form in found.items()],
        "tended": is_tended(),
        "schedules": any(kind in found for kind in schedules.KINDS),
    }
    return render(request, "desk_pages/jobs.html", context)


def _describe(job: Job) -> dict[str, Any]:
    """Returns a job as the templates show it."""
    waits = job.state not in jobs.ENDED
    return {
        "job": job,
        "title": gettext(jobs.KINDS[job.kind].title) if job.kind in jobs.KINDS else job.kind,
        "subject": " ".join(str(value) for name, value in job.arguments.items() if value and name != "despite"),
        "state": gettext(N_("stopping") if job.state == "running" and job.stop else jobs.STATES[job.state]),
        "progress": describe_progress(job, gettext) if job.state == "running" else "",
        "done": job.progress.get("done"),
        "of": job.progress.get("of"),
        "notes": [_to_text(note) for note in job.notes],
        "message": _to_text(job.report),
        "waits": waits,
        "who": _name_asker(job.actor),
        "files": job.result.get("files", []) if job.kind == "report" and job.state == "done" else [],
    }


def _to_text(report: dict[str, Any]) -> str:
    """Returns a report in the reader's language, without the folders of this machine."""
    read = Report.from_json(report)
    return describe_public_error(read, gettext).sentence if read.message else ""


def _name_asker(actor: str) -> str:
    kind, _, id_ = actor.partition(" ")
    if kind == "person":
        person = Person.objects.filter(pk=id_).first()
        return str(person) if person else actor
    return gettext("schedule") if actor == "duty schedules" else actor


@require_safe
def show_job(request: Any, key: UUID) -> HttpResponse:
    """Shows a job; for an htmx request only its progress."""
    job = _find(request, key)
    row = _describe(job)
    context = {
        **row,
        "tended": is_tended(),
        "may_stop": row["waits"] and jobs.may_stop(request.actor, job),
    }
    live = bool(request.headers.get("HX-Request"))
    response = render(request, "desk_pages/job_progress.html" if live else "desk_pages/job.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
def stop_job(request: Any, key: UUID) -> HttpResponse:
    """Stops a job."""
    jobs.stop_job(request.actor, _find(request, key), request.POST.get("why", ""))
    messages.success(request, gettext("Saved."))
    return redirect("desk-job", key)


@require_safe
def download_file(request: Any, key: UUID, name: str) -> FileResponse:
    """Sends a file that a job wrote, never as a page of this site."""
    job = _find(request, key)
    path = job_folder(middleware.open_node(), job) / name
    if name not in _describe(job)["files"] or not path.is_file():
        raise Missing(N_("There is no file “{path}”."), path=name)
    return FileResponse(path.open("rb"), as_attachment=True, filename=name)


def _find(request: Any, key: UUID) -> Job:
    job = jobs.find_job(str(key))
    require(request.actor, "job.see", jobs.target_of_job(job))
    return job


class ScheduleForm(WhyForm):
    """When a job is started."""

    what = forms.ChoiceField(label=_("What to start"))
    every = forms.ChoiceField(
        label=_("How often"), choices=[("day", _("every day")), ("week", _("every week")), ("month", _("every month"))]
    )
    day = forms.IntegerField(
        label=_("Day of the week (1 is Monday) or of the month"), min_value=1, max_value=28, initial=1
    )
    hour = forms.IntegerField(label=_("Hour (UTC)"), min_value=0, max_value=23, initial=3)
    field_order = ("what", "every", "day", "hour", "why")


class OffForm(WhyForm):
    """A schedule to switch off."""

    id = forms.CharField(max_length=130, widget=forms.HiddenInput)


@require_http_methods(["GET", "POST"])
def show_schedules(request: Any) -> HttpResponse:
    """Lists the schedules, sets one and switches one off."""
    node = middleware.open_node()
    choices = _choices(node, request.actor)
    titles = {kind: gettext(jobs.KINDS[kind].title) for kind in schedules.KINDS}
    what = [(f"{kind}:{value}", f"{titles[kind]}: {name}") for kind in schedules.KINDS for value, name in choices[kind]]

    def change_schedule(sent: dict[str, Any]) -> None:
        kind, _, choice = sent["what"].partition(":")
        field = {"take": "programme", "build": "subject", "harvest": "source"}[kind]
        wanted: JobRequest = check_request(node, kind, _values(kind, {field: choice}))
        times = {name: sent[name] for name in ("every", "day", "hour", "why")}
        schedules.set_schedule(
            request.actor, kind, wanted.subject, wanted.arguments, wanted.scopes, timezone.now(), **times
        )

    def end(sent: dict[str, Any]) -> None:
        kind, _, subject = sent["id"].partition(":")
        schedules.end_schedule(request.actor, kind, subject, sent["why"])

    changes: Changes = {"set": (ScheduleForm, change_schedule), "off": (OffForm, end)}
    found = make_forms(request, changes)
    found["set"].fields["what"].choices = what
    if carry_out(request, changes, found):
        return redirect("desk-schedules")
    rows = [
        {
            "schedule": one,
            "title": titles.get(one.kind, one.kind),
            "id": f"{one.kind}:{one.subject}",
            "every": dict(found["set"].fields["every"].choices)[one.every],
            "may_end": schedules.may_end(request.actor, one),
        }
        for one in schedules.list_schedules(request.actor)
    ]
    wrong = found["off"].non_field_errors() if request.POST.get("do") == "off" else []
    context = {"rows": rows, "form": found["set"] if what else None, "tended": is_tended(), "wrong": wrong}
    return render(request, "desk_pages/schedules.html", context)
