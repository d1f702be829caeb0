"""Schedules: takes, harvests and builds that are queued by themselves. None is set until somebody sets it.

A schedule has the time at which it is due next. Two processes that see it due at the same moment lock its row one after the
other, and the second one finds it moved. However many times were missed, the job is queued once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.people import audit
from bongsu.people.access import Actor, Target, may, require
from bongsu.people.actions import act
from bongsu.people.jobs import AlreadyQueued, Scopes, queue_job, target_of_kind
from bongsu.people.models import Schedule

KINDS = ("take", "harvest", "build")  # in this order when several are due
DAYS = {"day": 1, "week": 7, "month": 28}  # how often, and the largest number of a day in it


def find_due(every: str, day: int, hour: int, after: datetime) -> datetime:
    """Returns the first time after `after` (UTC) at the full hour on the day of the week (1 is Monday) or of the month."""
    due = after.replace(hour=hour, minute=0, second=0, microsecond=0)
    while due <= after or not (every == "day" or day == (due.isoweekday() if every == "week" else due.day)):
        due += timedelta(days=1)
    return due


def set_schedule(
    actor: Actor,
    kind: str,
    subject: str,
    arguments: Mapping[str, Any],
    scopes: Scopes,
    now: datetime,
    *,
    every: str,
    hour: int,
    day: int = 1,
    why: str = "",
) -> Schedule:
    """Sets or changes the schedule of a job, whose arguments were checked by the caller. Raises BadInput or Refused."""
    if kind not in KINDS:
        raise unknown_name(N_("kind of job"), kind, KINDS)
    if every not in DAYS:
        raise unknown_name(N_("interval"), every, DAYS)
    if not 0 <= hour <= 23:
        raise BadInput(N_("The hour must be from 0 to 23."))
    if not 1 <= day <= DAYS[every]:
        raise BadInput(N_("The day must be from 1 to {last}."), last=DAYS[every])
    with act(actor, "schedule.set", target_of_kind(scopes), why) as change:
        require(actor, f"job.{kind}", target_of_kind(scopes))
        schedule = Schedule.objects.filter(kind=kind, subject=subject).first() or Schedule(kind=kind, subject=subject)
        change.id, change.before = str(schedule), _describe(schedule) if schedule.pk else None
        schedule.arguments, schedule.scopes = dict(arguments), [list(scope) for scope in scopes]
        schedule.every, schedule.day, schedule.hour = every, day, hour
        schedule.due = find_due(every, day, hour, now)
        schedule.save()
        change.after = _describe(schedule)
    return schedule


def end_schedule(actor: Actor, kind: str, subject: str, why: str = "") -> None:
    """Switches a schedule off. Raises BadInput if there is none, or Refused."""
    with transaction.atomic():
        audit.lock_head()  # of two people who switch it off at once, one does
        schedule = Schedule.objects.filter(kind=kind, subject=subject).first()
        if schedule is None:
            raise BadInput(N_("There is no such schedule."))
        with act(actor, "schedule.set", target_of_schedule(schedule), why) as change:
            require(actor, f"job.{kind}", target_of_schedule(schedule))  # as for setting one
            change.id, change.before = str(schedule), _describe(schedule)
            schedule.delete()


def may_end(actor: Actor, schedule: Schedule) -> bool:
    """Whether the actor may switch a schedule off."""
    target = target_of_schedule(schedule)
    return may(actor, "schedule.set", target) and may(actor, f"job.{schedule.kind}", target)


def target_of_schedule(schedule: Schedule) -> Target:
    """Returns the schedule as the object of an action."""
    return target_of_kind([(scope[0], scope[1]) for scope in schedule.scopes])


def _describe(schedule: Schedule) -> dict[str, Any]:
    return {"every": schedule.every, "day": schedule.day, "hour": schedule.hour}


def list_schedules(actor: Actor) -> Iterator[Schedule]:
    """Yields the schedules that the actor may see, by the time at which they are due."""
    for schedule in Schedule.objects.order_by("due", "pk"):
        if may(actor, "job.see", target_of_schedule(schedule)):
            yield schedule


def next_build(dataflow: str, programme: str) -> datetime | None:
    """Returns when a dataflow is built next: by its own schedule, that of its programme, or that of the node."""
    return (
        Schedule.objects.filter(kind="build", subject__in=(dataflow, programme, ""))
        .order_by("due")
        .values_list("due", flat=True)
        .first()
    )


def queue_due(now: datetime) -> int:
    """Queues a job for every schedule that is due. Returns how many were queued; a job that waits already is not again."""
    due = Schedule.objects.filter(due__lte=now)
    return sum(_queue(schedule.pk, now) for schedule in sorted(due, key=lambda one: (KINDS.index(one.kind), one.pk)))


def _queue(pk: int, now: datetime) -> bool:
    with transaction.atomic():
        audit.lock_head()  # in the order in which actions lock
        schedule = Schedule.objects.select_for_update().filter(pk=pk, due__lte=now).first()
        if schedule is None:
            return False
        schedule.due = find_due(schedule.every, schedule.day, schedule.hour, now)
        schedule.save(update_fields=["due"])
        scopes = target_of_schedule(schedule).within
        try:
            queue_job(Actor.of_duty("schedules"), schedule.kind, schedule.arguments, scopes)
        except AlreadyQueued:
            return False
        return True
