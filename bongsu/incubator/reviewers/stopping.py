"""Reviews that run, and what a conflict does to one: it stops, and the officers who are free are told."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from bongsu.incubator.models import Application, Assignment, Call

RUNNING = ("open", "submitted")
UNDECIDED = ("screening", "in-review", "discussion")


def list_reviews(call: Call) -> set[tuple[UUID, UUID]]:
    """Returns the reviews of a call that run: a person's id and an application's. One that has stopped is not among them."""
    rows = Assignment.objects.filter(application__call=call, state__in=RUNNING, application__state__in=UNDECIDED)
    return set(rows.exclude(reviewer__person=None).values_list("reviewer__person", "application"))


def stop_review(person: UUID, application: Application, now: datetime) -> None:
    """Stops a running review, inside an action; one that was submitted does not count any more."""
    rows = Assignment.objects.filter(reviewer__person=person, application=application, state__in=RUNNING)
    for task in rows:
        task.state, task.why, task.changed = "stopped", "conflict", now
        task.save()
