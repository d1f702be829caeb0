"""Deletes applications and reviews when their time has passed, as a daily duty; owners are warned 30 days before.

The terms are those of retention.csv, or of the call. An application that has not ended, and one with an appeal that nobody has
judged, is kept. Without a warning nothing that has an owner is deleted: a node that was off for a year warns first.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from bongsu.core.errors import N_
from bongsu.core.report import Report
from bongsu.credits.rules.amounts import write_day
from bongsu.incubator.applications.deleting import delete_application, delete_draft, delete_reviews
from bongsu.incubator.applications.finding import target_of_application
from bongsu.incubator.calls.retention import DRAFT, add_months, find_months, known_terms
from bongsu.incubator.mails import put_translated_mail
from bongsu.incubator.models import Application
from bongsu.incubator.opening import newest_edition, read_edition
from bongsu.incubator.site import Site
from bongsu.incubator.workflow.tables import known_states
from bongsu.people import audit
from bongsu.people.access import Actor
from bongsu.people.actions import act

WARNED = timedelta(days=30)
ACTION = "application.delete-due"
SUBJECT = N_("Your application {number} will be deleted on {day}")
TEXT = N_(
    "{node} deletes what you wrote in the application {number} on {day}, with its files.\n\n"
    "If you want to keep it, take an export of your data from your account before:"
)


def delete_due(actor: Actor, now: datetime, site: Site) -> Report:
    """Warns owners, and deletes what is due. Each application is an action of its own; what was cut short goes on."""
    warned = sum(_warn(actor, application, day, now, site) for application, day in _list_ending(now + WARNED))
    deleted = 0
    for application, day in _list_ending(now):
        is_warned = application.warned is not None and application.warned <= now - WARNED
        if day <= now and (is_warned or not _has_reader(application)):
            deleted += _delete(actor, application, now, site)
    rows = _list_ended().filter(delete_reviews_after__lte=now).filter(~Q(appeal__outcome="") | Q(appeal=None))
    reviews = sum(_delete_reviews(actor, application) for application in rows)
    return Report(
        N_("Applications deleted: {deleted}; reviews of applications: {reviews}; owners warned: {warned}."),
        {"deleted": deleted, "reviews": reviews, "warned": warned},
    )


def _list_ended() -> QuerySet[Application]:
    ends = [name for name, state in known_states().items() if state.is_end]
    return Application.objects.filter(state__in=ends).select_related("call", "round", "owner")


def _list_ending(until: datetime) -> Iterator[tuple[Application, datetime]]:
    """Yields the applications that are to be deleted until a time, with the time of each."""
    judged = ~Q(appeal__outcome="") | Q(appeal=None)
    for application in _list_ended().filter(judged, deleted=None, delete_after__lte=until).exclude(versions=None):
        assert application.delete_after is not None
        yield application, application.delete_after
    least = known_terms()[DRAFT].least
    unsent = Application.objects.filter(versions=None, deleted=None, state__in=("draft", "withdrawn"))
    for application in unsent.filter(round__ends__lte=until).select_related("call", "round", "owner"):
        if add_months(application.round.ends, least) <= until:
            chosen = read_edition(newest_edition(application.call)).call.retention.chosen
            if (day := add_months(application.round.ends, find_months(chosen, DRAFT))) <= until:
                yield application, day


def _has_reader(application: Application) -> bool:
    owner = application.owner
    return owner is not None and owner.is_active and bool(owner.email)


def _warn(actor: Actor, application: Application, day: datetime, now: datetime, site: Site) -> bool:
    """Writes to the owner, once. Returns whether it did."""
    owner, last = application.owner, max(day, now + WARNED)
    if application.warned is not None or owner is None or not owner.email or not _has_reader(application):
        return False
    with act(actor, ACTION, target_of_application(application)) as change:
        application.warned = now
        application.save(update_fields=["warned"])
        put_translated_mail(
            owner.email,
            owner,
            SUBJECT,
            TEXT,
            lambda language: {
                "number": application.number,
                "day": write_day(last.date(), language),
                "node": site.node.name_in(language),
            },
            site.address("account"),
        )
        change.after = {"number": application.number, "warned": True}
    return True


def _delete(actor: Actor, application: Application, now: datetime, site: Site) -> bool:
    with transaction.atomic():
        audit.lock_head()
        locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
        if (locked.state, locked.delete_after) != (application.state, application.delete_after):
            return False  # it went on meanwhile
        return _delete_locked(actor, locked, now, site)


def _delete_locked(actor: Actor, locked: Application, now: datetime, site: Site) -> bool:
    with act(actor, ACTION, target_of_application(locked)) as change:
        what = "application" if locked.versions.exists() else "draft"
        if what == "draft":
            delete_draft(locked, site.node)
        else:
            delete_application(locked, now, site.node)
        change.after = {"number": locked.number, "deleted": what}
    return True


def _delete_reviews(actor: Actor, application: Application) -> bool:
    with act(actor, ACTION, target_of_application(application)) as change:
        delete_reviews(application)
        change.after = {"number": application.number, "deleted": "reviews"}
    return True
