"""Reviews: what a reviewer sees of an application, and what she says of it. Her texts are in no log and no message."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction

from bongsu.core.errors import N_, BadInput, Missing
from bongsu.incubator.applications.finding import find_form, target_of_application
from bongsu.incubator.applications.versions import application_version, read_version_files
from bongsu.incubator.calls.document import Call
from bongsu.incubator.forms.answers import Files
from bongsu.incubator.forms.document import Form
from bongsu.incubator.forms.reviewing import anonymous_view
from bongsu.incubator.models import Application, Assignment, Comment, ReviewDraft, ReviewVersion
from bongsu.incubator.opening import read_edition
from bongsu.incubator.reviews.scoring import check_points
from bongsu.people.access import Actor, require
from bongsu.people.actions import act
from bongsu.people.models import Person

MOST_TEXT = 20_000  # characters of one text of a review
DONE = ("submitted", "stopped", "declined")


class View(NamedTuple):
    """An application as a reviewer sees it: its form, the answers and the files that she may see, by question."""

    form: Form
    answers: dict[str, Any]
    files: Files


def find_assignment(person: Person, number: str) -> Assignment:
    """Returns the task of a reviewer for an application, in the states in which she has one. Raises Missing."""
    found: Assignment | None = list_assignments(person).filter(application__number=number).first()
    if found is None:
        raise Missing(N_("There is no application “{number}”."), number=number[:60])
    return found


def list_assignments(person: Person) -> Any:
    """Returns the tasks of a reviewer that she may open, in the order of their ends."""
    rows = Assignment.objects.filter(
        reviewer__person=person,
        reviewer__state="accepted",
        state__in=("open", "submitted"),
        application__state__in=("in-review", "discussion"),
    )
    return rows.select_related("application__call", "application__round", "reviewer").order_by("due", "pk")


def view_application(application: Application) -> View:
    """Returns what reviewers see: in a blind call, the answers and files whose questions say so."""
    version = application_version(application)
    if version is None:
        raise Missing(N_("There is no application “{number}”."), number=application.number)
    files = read_edition(version.edition)
    form = find_form(files, application)
    given = read_version_files(version)
    if not files.call.reviews.blind:
        return View(form, version.answers, given)
    shown = {key: one for key, one in given.items() if form.questions[key].anonymous == "shown"}
    return View(form, anonymous_view(form, version.answers), shown)


def open_reviews(application: Application, call: Call, now: datetime) -> None:
    """Sets until when the reviews of an application are due, inside an action."""
    application.assignments.filter(state="open").update(due=now + timedelta(days=call.reviews.days), changed=now)


def stop_reviews(application: Application, why: str, now: datetime) -> None:
    """Stops the tasks of an application that are not done, inside an action."""
    for task in application.assignments.filter(state="open"):
        task.state, task.why, task.changed = "stopped", why, now
        task.save()


def save_review(
    actor: Actor, assignment: Assignment, points: dict[str, Any], texts: dict[str, str], now: datetime
) -> ReviewDraft:
    """Saves what a reviewer has written so far; points may still be missing. Raises BadInput, Refused."""
    require(actor, "application.review", target_of_application(assignment.application))
    kept = {key: value for key, value in points.items() if value != ""}
    draft, _ = ReviewDraft.objects.update_or_create(
        assignment=assignment, defaults={"points": kept, **_check_texts(texts), "saved": now}
    )
    return draft


def _check_texts(texts: dict[str, str]) -> dict[str, str]:
    limits = {"to_applicant": MOST_TEXT, "to_panel": MOST_TEXT, "help_used": 500}
    for name, most in limits.items():
        if len(texts.get(name, "")) > most:
            raise BadInput(N_("A text has at most {most} characters."), where=name, most=most)
    return {name: texts.get(name, "").replace("\x00", "").strip() for name in limits}


def submit_review(actor: Actor, assignment: Assignment, now: datetime) -> ReviewVersion:
    """Submits the review that was saved; until the reviews end it may be submitted anew. Raises BadInput, Refused."""
    with act(actor, "application.review", target_of_application(assignment.application)) as change:
        locked = Assignment.objects.select_for_update().select_related("application__call").get(pk=assignment.pk)
        if locked.state not in ("open", "submitted") or locked.application.state not in ("in-review", "discussion"):
            raise BadInput(N_("This review can no longer be changed."))
        draft = ReviewDraft.objects.filter(assignment=locked).first()
        version = application_version(locked.application)
        if draft is None or version is None:
            raise BadInput(N_("The review is empty."))
        points = check_points(read_edition(version.edition).call.criteria, draft.points)
        made: ReviewVersion = ReviewVersion.objects.create(
            assignment=locked,
            number=locked.versions.count() + 1,
            points=points,
            to_applicant=draft.to_applicant,
            to_panel=draft.to_panel,
            help_used=draft.help_used,
            received_at=now,
        )
        locked.state, locked.changed = "submitted", now
        locked.save()
        change.after = {"assignment": locked.pk, "version": made.number}
    return made


def decline_assignment(actor: Actor, assignment: Assignment, why: str, now: datetime) -> None:
    """Records that a reviewer does not review an application; it stays so. Raises Refused."""
    with act(actor, "application.review", target_of_application(assignment.application)) as change:
        locked = Assignment.objects.select_for_update().get(pk=assignment.pk)
        change.before = {"assignment": locked.pk, "state": locked.state}
        locked.state, locked.why, locked.changed = "declined", why.strip()[:500], now
        locked.save()
        change.after = {"assignment": locked.pk, "state": "declined"}


def newest_reviews(application: Application) -> list[ReviewVersion]:
    """Returns the newest version of each submitted review, in the order of their assignments."""
    rows = ReviewVersion.objects.filter(assignment__application=application, assignment__state="submitted")
    newest: dict[int, ReviewVersion] = {}
    for version in rows.select_related("assignment__reviewer").order_by("assignment_id", "number"):
        newest[version.assignment_id] = version
    return list(newest.values())


def add_comment(actor: Actor, application: Application, text: str, now: datetime) -> Comment:
    """Adds to the discussion of an application; before it, the first comment asks for one. Raises BadInput, Refused."""
    if not text.strip():
        raise BadInput(N_("The comment is empty."))
    with transaction.atomic(), act(actor, "application.comment", target_of_application(application)) as change:
        made: Comment = Comment.objects.create(
            application=application, person=actor.person, text=text.replace("\x00", "").strip()[:MOST_TEXT], written=now
        )
        change.after = {"comment": made.pk}
    return made
