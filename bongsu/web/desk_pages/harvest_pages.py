"""The pages of harvests: the sources, those that wait for a decision first; one source; one run with its errors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import OuterRef, Subquery
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from bongsu.commons.harvest.page_reader import FORMATS
from bongsu.commons.harvest_runs import running, sources
from bongsu.commons.harvest_runs.run_texts import (
    COUNTS,
    STATES,
    describe_failure,
    describe_losses,
    describe_report,
    errors_to_csv,
)
from bongsu.commons.models import HarvestRun, HarvestSource
from bongsu.core.errors import N_, Missing
from bongsu.people import jobs
from bongsu.people.access import Actor, may, require
from bongsu.people.models import Job, Person
from bongsu.web.desk_pages import forms
from bongsu.web.desk_pages.changes import Changes, carry_out, make_forms
from bongsu.web.desk_pages.people import PER_PAGE
from bongsu.web.duties.history import is_tended
from bongsu.web.jobs.kinds import check_request

EXAMPLES = 5  # records that are named for each kind of error
_LIST = "harvest.list"


@require_http_methods(["GET", "POST"])
def list_sources(request: Any) -> HttpResponse:
    """Lists the harvests that wait and the sources, and adds a source."""
    require(request.actor, _LIST, sources.target_of_source(""))
    changes: Changes = {"add": (forms.NewSourceForm, lambda values: sources.add_source(request.actor, **values))}
    found = make_forms(request, changes)
    if carry_out(request, changes, found):
        return redirect("desk-source", found["add"].cleaned_data["name"])
    newest = HarvestRun.objects.filter(source=OuterRef("pk")).order_by("-pk")
    rows = HarvestSource.objects.order_by("name").annotate(last=Subquery(newest.values("pk")[:1]))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    last = HarvestRun.objects.in_bulk([source.last for source in page if source.last])
    waiting = HarvestRun.objects.filter(state="waiting").select_related("source").order_by("started")
    context = {
        "page": page,
        "rows": [(source, _shown(last.get(source.last))) for source in page],
        "waiting": [(run, describe_losses(run, gettext)) for run in waiting],
        "forms": found,
        "may_add": may(request.actor, "harvest.add", sources.target_of_source("")),
    }
    return render(request, "desk_pages/harvests.html", context)


@require_http_methods(["GET", "POST"])
def show_source(request: Any, name: str) -> HttpResponse:
    """Shows a source with its runs, and changes or removes it."""
    actor: Actor = request.actor
    require(actor, _LIST, sources.target_of_source(name))
    source = sources.find_source(name)
    queued: list[Job] = []

    def queue(values: Any) -> None:
        wanted = check_request(request.node, "harvest", {"source": name})
        queued.append(jobs.queue_job(actor, "harvest", wanted.arguments, wanted.scopes, values["why"]))

    changes: Changes = {
        "run": (forms.WhyForm, queue),
        "change": (
            forms.SourceForm,
            lambda values: sources.change_source(actor, name, values.pop("why"), **values),
        ),
        "remove": (
            forms.RemoveSourceForm,
            lambda values: sources.remove_source(
                request.node, actor, name, values["why"], with_entries=values["with_entries"]
            ),
        ),
    }
    initial = {field: getattr(source, field) for field in ("address", "format", "licence", "allow_private")}
    found = make_forms(request, changes, {"change": initial})
    if carry_out(request, changes, found):
        if queued:
            return redirect("desk-job", queued[0].key)
        return redirect("desk-harvests") if request.POST["do"] == "remove" else redirect("desk-source", name)
    page = Paginator(source.runs.order_by("-pk"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "source": source,
        "format": gettext(FORMATS[source.format]) if source.format else "",
        "added_by": _actor_names([source.added_by])[source.added_by],
        "page": page,
        "rows": [_shown(run) for run in page],
        "forms": found,
        "may_run": jobs.may_queue(actor, "harvest", (("programme", "commons"),)),
        "tended": is_tended(),
        "may_change": may(actor, "harvest.change", sources.target_of_source(name)),
    }
    return render(request, "desk_pages/harvest_source.html", context)


@require_http_methods(["GET", "POST"])
def show_run(request: Any, key: UUID) -> HttpResponse:
    """Shows a run, and accepts or discards one that waits. While it runs, the page loads itself again."""
    actor: Actor = request.actor
    run = _find(actor, key)
    changes: Changes = {
        "accept": (
            forms.ReasonForm,
            lambda values: running.accept_run(request.node, actor, run, values["why"]),
        ),
        "discard": (
            forms.ReasonForm,
            lambda values: running.discard_run(request.node, actor, run, values["why"]),
        ),
    }
    found = make_forms(request, changes)
    if carry_out(request, changes, found):
        return redirect("desk-harvest", key)
    names = _actor_names([run.actor, run.decided_by])
    language = get_language() or "en"
    lost = [(entry.id, entry.title(language)) for entry in running.list_lost_entries(request.node, run)]
    context = {
        "run": run,
        "state": gettext(STATES[run.state]),
        "by": names[run.actor],
        "decided_by": names[run.decided_by],
        "counts": [
            (gettext(title), value) for name, title in COUNTS.items() if (value := getattr(run, name)) is not None
        ],
        "losses": describe_losses(run, gettext),
        "failure": describe_failure(run, gettext),
        "lost": Paginator(lost, PER_PAGE).get_page(request.GET.get("page")),
        "groups": _group_errors(run),
        "decision_errors": [error for form in found.values() for error in form.non_field_errors()],
        "detailed": run.errors.exists(),
        "forms": found,
        "may_decide": run.state == "waiting"
        and may(actor, "harvest.accept", sources.target_of_source(run.source.name)),
    }
    return render(request, "desk_pages/harvest_run.html", context)


@require_safe
def export_errors(request: Any, key: UUID) -> StreamingHttpResponse:
    """Returns every refused record of a run as CSV."""
    run = _find(request.actor, key)
    response = StreamingHttpResponse(errors_to_csv(run, gettext), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="errors-{run.source.name}-{str(run.key)[:8]}.csv"'
    return response


def _find(actor: Actor, key: UUID) -> HarvestRun:
    require(actor, _LIST, sources.target_of_source(""))
    run: HarvestRun | None = HarvestRun.objects.select_related("source").filter(key=key).first()
    if run is None:
        raise Missing(N_("There is no such harvest."))
    return run


def _shown(run: HarvestRun | None) -> tuple[HarvestRun, str] | None:
    return (run, gettext(STATES[run.state])) if run else None


def _actor_names(actors: Iterable[str]) -> dict[str, str]:
    """Returns the names of actors: of a person, the name or address; of any other, as the audit names it."""
    ids = {actor: actor.removeprefix("person ") for actor in actors if actor.startswith("person ")}
    persons = {str(one.pk): one.name or one.email or str(one.pk) for one in Person.objects.filter(pk__in=ids.values())}
    return {actor: persons.get(ids.get(actor, ""), actor) for actor in actors}


def _group_errors(run: HarvestRun) -> list[tuple[str, str, int, list[str]]]:
    """Returns what is wrong, what to do, the number of records, and the places of the first of them, for each kind of error."""
    rows = []
    for report, number in run.groups:
        text = describe_report(report, gettext)
        first = run.errors.filter(report__message=report["message"]).order_by("pk")[:EXAMPLES]
        rows.append((text.what, text.fix, number, [error.record or error.place for error in first]))
    return rows
