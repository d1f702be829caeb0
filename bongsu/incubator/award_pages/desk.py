"""The pages of awards for officers: all awards of a call, and one with its history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from bongsu.incubator.applications.finding import find_allowed, no_application, read_files, target_of_application
from bongsu.incubator.award_pages.own import report_change
from bongsu.incubator.awards.agreement import send_back
from bongsu.incubator.awards.delivering import judge_delivery
from bongsu.incubator.awards.reading import AwardView, list_awards, view_award
from bongsu.incubator.models import Application
from bongsu.incubator.opening import find_call, newest_edition, read_edition, target_of_call
from bongsu.incubator.outcomes.publishing import release_outcome, withdraw_outcome
from bongsu.incubator.reviewers.doors import list_barred_officer
from bongsu.incubator.round_desk.pages import list_history
from bongsu.incubator.running.awarding import countersign, decide_on_use
from bongsu.incubator.site import site_of
from bongsu.incubator.steps.take import perform
from bongsu.incubator.texts import pick_text
from bongsu.incubator.workflow.step import list_events
from bongsu.incubator.workflow.tables import known_events
from bongsu.people.access import may, require

EVENTS = ("start", "complete", "recall")  # of an officer


@require_safe
def show_awards(request: Any, name: str) -> HttpResponse:
    """Lists the awards of a call that the officer may see: state, amounts, what is due next and what is late."""
    call = find_call(name)
    require(request.actor, "award.list", target_of_call(call))
    rows = Application.objects.filter(call=call)
    hidden = list_barred_officer(request.actor.person, rows) if request.actor.person else set()
    context = {
        "call": call,
        "title": pick_text(read_edition(newest_edition(call)).call.title, get_language() or "en"),
        "rows": list_awards(call, timezone.now(), list(hidden)),
    }
    return render(request, "incubator/call_awards.html", context)


def _find(request: Any, number: str) -> AwardView:
    application = find_allowed(request.actor, number, "award.countersign")
    found = view_award(application, timezone.now())
    if found is None:
        raise no_application(number)
    return found


@require_safe
def show_award(request: Any, number: str) -> HttpResponse:
    """Shows an award to an officer: agreement, tranches, milestones, reports, use, and its history."""
    view, language = _find(request, number), get_language() or "en"
    workflow = read_files(view.application).workflow
    target = target_of_application(view.application)
    possible = list_events(workflow, view.application.state, "officer")
    context = {
        "view": view,
        "application": view.application,
        "agreement": view.agreement_texts.get(language) or next(iter(view.agreement_texts.values()), ""),
        "may_audit": may(request.actor, "credits.audit"),
        "events": [
            (event, known_events()[event].text)
            for event in EVENTS
            if event in possible and may(request.actor, f"application.{event}", target)
        ],
        "history": list_history(view.application, language, names_reviewers=False),
    }
    context["outcomes"] = view.award.outcomes.order_by("pk")
    return render(request, "incubator/desk_award.html", context)


@require_POST
def change_award(request: Any, number: str) -> HttpResponse:
    """Signs for the node or sends the agreement back, judges, decides on the use of hours, or takes a step."""
    application = _find(request, number).application
    post, now, actor = request.POST, timezone.now(), request.actor
    kind, _, key = post.get("about", "").partition(":")
    why = post.get("why", "")
    changes: dict[str, Callable[[], object]] = {
        "sign": lambda: countersign(actor, application, post.get("digest", ""), now, site_of(request)),
        "send-back": lambda: send_back(actor, application, why, now, site_of(request)),
        "judge": lambda: judge_delivery(
            actor, application, kind, key, post.get("verdict", ""), why, now, site_of(request)
        ),
        "outcome-release": lambda: release_outcome(actor, application, post.get("entry", ""), now, site_of(request)),
        "outcome-withdraw": lambda: withdraw_outcome(
            actor, application, post.get("entry", ""), why, now, site_of(request)
        ),
        "decide": lambda: decide_on_use(actor, application, post.get("decision", ""), why, now, site_of(request)),
    }
    if post.get("event") in EVENTS:
        report_change(request, lambda: perform(actor, application, post["event"], now, site_of(request), why))
    elif change := changes.get(post.get("do", "")):
        report_change(request, change)
    return redirect("desk-award", number)
