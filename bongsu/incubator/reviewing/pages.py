"""The reviewer's pages: her tasks, and one page for each review with the application beside the criteria.

For an application that is not hers, or no longer, the answer is that of a number that nobody has used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST, require_safe

from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, BadInput, Missing, Refused
from bongsu.incubator.applications.finding import no_application, target_of_application
from bongsu.incubator.arrivals import arrive
from bongsu.incubator.attachments import send_file
from bongsu.incubator.forms.document import Form
from bongsu.incubator.forms.fields import list_shown
from bongsu.incubator.models import Assignment, Comment, ReviewDraft, Round
from bongsu.incubator.opening import newest_edition, read_edition
from bongsu.incubator.panel.reviewing import (
    View,
    add_comment,
    decline_assignment,
    find_assignment,
    list_assignments,
    newest_reviews,
    save_review,
    submit_review,
    view_application,
)
from bongsu.incubator.reviewers.doors import list_barred
from bongsu.incubator.reviewers.lookers import CHAIR, PANEL
from bongsu.incubator.reviewers.ruling import declare_conflict
from bongsu.incubator.reviews.scoring import Criterion
from bongsu.incubator.texts import pick_text
from bongsu.people.access import active_grants, require
from bongsu.people.models import Grant, Person

NOT_APPLICABLE = "-"
TEXTS = ("to_applicant", "to_panel", "help_used")
MOST_HELP = 500


def _language() -> str:
    return get_language() or "en"


def _find(request: Any, number: str) -> Assignment:
    """Returns a task of the signed-in reviewer that she may open."""
    if request.user.is_anonymous:
        require(request.actor, "account.keep")
    assignment = find_assignment(request.user, number)
    try:
        require(request.actor, "application.review", target_of_application(assignment.application))
    except Refused:
        raise no_application(number) from None
    return assignment


@require_safe
def list_tasks(request: Any) -> HttpResponse:
    """Lists the reviews of the signed-in person, with until when and whether they are done."""
    require(request.actor, "account.keep")
    found = list(list_assignments(request.user))
    hidden = set()
    for call in {task.application.call for task in found}:
        hidden |= list_barred(request.user, call.applications.all())
    rows = [
        (task, pick_text(read_edition(newest_edition(task.application.call)).call.title, _language()))
        for task in found
        if task.application_id not in hidden
    ]
    rounds = [
        (one, pick_text(read_edition(newest_edition(one.call)).call.title, _language()))
        for one in list_panel_rounds(request.user)
    ]
    return render(request, "incubator/reviews.html", {"rows": rows, "rounds": rounds})


def list_panel_rounds(person: Person) -> list[Round]:
    """Returns the closed rounds of the calls whose panel a person is on."""
    grants = Grant.objects.filter(active_grants(), person=person, role__in=(CHAIR, PANEL), scope_kind="call")
    calls = grants.values_list("scope_id", flat=True)
    rounds = Round.objects.filter(call__name__in=list(calls)).exclude(closed=None)
    return list(rounds.select_related("call").order_by("-ends"))


@require_safe
def show_review(request: Any, number: str) -> HttpResponse:
    """Shows an application beside the review of it."""
    assignment = _find(request, number)
    application = assignment.application
    view, call = view_application(application), read_edition(newest_edition(application.call)).call
    draft = ReviewDraft.objects.filter(assignment=assignment).first()
    points = draft.points if draft else {}
    context = {
        "assignment": assignment,
        "application": application,
        "title": pick_text(call.title, _language()),
        "shown": list_shown(_take_visible(view), view.answers, view.files, gettext, _language()),
        "criteria": [(one, str(_write_points(points, one.key))) for one in call.criterion],
        "draft": draft,
        "version": assignment.versions.order_by("-number").first(),
        "not_applicable": NOT_APPLICABLE,
        "most_help": MOST_HELP,
        "others": _list_others(assignment) if application.state == "discussion" else [],
        "comments": list_comments(assignment),
    }
    return render(request, "incubator/review.html", context)


def _take_visible(view: View) -> Form:
    """Returns the form with the questions of which the reviewer may see an answer."""
    seen = (one for one in view.form.question if one.key in view.answers or one.key in view.files)
    visible: Form = msgspec.structs.replace(view.form, question=tuple(seen))
    return visible


def _write_points(points: Mapping[str, Any], key: str) -> object:
    if key not in points:
        return ""
    return NOT_APPLICABLE if points[key] is None else points[key]


def _list_others(assignment: Assignment) -> list[Any]:
    """Returns the reviews of others in a discussion, without their names: to who has given her own."""
    if assignment.state != "submitted":
        return []
    return [one for one in newest_reviews(assignment.application) if one.assignment_id != assignment.pk]


def list_comments(assignment: Assignment) -> list[Comment]:
    """Returns the comments that a reviewer may read: all after her own review, before it her own."""
    rows = Comment.objects.filter(application=assignment.application).order_by("written")
    return list(rows if assignment.state == "submitted" else rows.filter(person=assignment.reviewer.person))


@require_POST
def change_review(request: Any, number: str) -> HttpResponse:
    """Saves a review, submits it, declines it, or comments. Without JavaScript the whole form is sent."""
    assignment, post, now = _find(request, number), request.POST, arrive()
    try:
        if post.get("do") == "declare":
            declare_conflict(request.actor, assignment.application, now)
            messages.success(request, gettext("The conflict was recorded: you do not review this application."))
            return redirect("my-reviews")
        if post.get("do") == "decline":
            decline_assignment(request.actor, assignment, post.get("why", ""), now)
            messages.success(request, gettext("You do not review this application."))
            return redirect("my-reviews")
        if post.get("do") == "comment":
            add_comment(request.actor, assignment.application, post.get("comment", ""), now)
        else:
            criteria = read_edition(newest_edition(assignment.application.call)).call.criteria
            texts = {name: post.get(name, "") for name in TEXTS}
            save_review(request.actor, assignment, read_points(criteria, post), texts, now)
            if post.get("do") == "submit":
                submit_review(request.actor, assignment, now)
    except BadInput as wrong:
        messages.error(request, describe_public_error(wrong, gettext).sentence)
    else:
        messages.success(request, gettext("Saved."))
    return redirect("review", number)


def read_points(criteria: tuple[Criterion, ...], post: Mapping[str, str]) -> dict[str, int | None]:
    """Returns the points of a form, None for “not applicable”; what is not chosen is left out. Raises BadInput."""
    read: dict[str, int | None] = {}
    for one in criteria:
        value = post.get(f"points-{one.key}", "")
        if value == NOT_APPLICABLE:
            read[one.key] = None
        elif value:
            if not value.isascii() or not value.isdecimal() or len(value) > 3:
                raise BadInput(N_("Points are whole numbers."), where=one.key)
            read[one.key] = int(value)
    return read


@require_safe
def show_file(request: Any, number: str, sha256: str) -> HttpResponse:
    """Sends a file of an application that the reviewer may see, under a name that says nothing."""
    assignment = _find(request, number)
    files = view_application(assignment.application).files.values()
    if all(file.sha256 != sha256 for given in files for file in given):
        raise Missing(N_("There is no such file."))
    return send_file(request.node, assignment.application, sha256)
