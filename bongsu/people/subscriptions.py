"""Subscriptions: a person gets mail, or a program a message at its address, about what happens to releases of a dataflow.

`told` is the time up to which news were announced. Left out: what the news are, which web/duties/announcing.py reads and sends.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from bongsu.core.errors import N_, BadInput, Missing
from bongsu.people.access import NODE_TARGET, Actor, Target
from bongsu.people.actions import act
from bongsu.people.models import Person, Subscription
from bongsu.people.outbox import RETRIES
from bongsu.people.persons import target_of_person

MOST = 200  # of a person


def subscribe(actor: Actor, person: Person, dataflow: str, told: str) -> Subscription:
    """Subscribes a person to a dataflow, or to all (""). Returns the subscription, an earlier one too. Raises Refused."""
    with act(actor, "subscription.keep", target_of_person(person)) as change:
        found = Subscription.objects.filter(person=person, dataflow=dataflow).first()
        if found is None:
            if Subscription.objects.filter(person=person).count() >= MOST:
                raise BadInput(N_("A person can have {most} subscriptions."), most=MOST)
            found = Subscription(person=person, dataflow=dataflow, language=person.language or "en", told=told)
            found.save()
        change.after = {"dataflow": dataflow or "*"}
    return found


def add_webhook(actor: Actor, address: str, dataflow: str, language: str, told: str) -> Subscription:
    """Has news of a dataflow, or of all (""), sent to an address that the caller has checked. Raises Refused."""
    with act(actor, "subscription.add-webhook", NODE_TARGET) as change:
        found = Subscription.objects.filter(webhook=address, dataflow=dataflow).first()
        if found is None:
            found = Subscription(webhook=address, dataflow=dataflow, language=language, told=told)
            found.save()
        change.after = {"webhook": address, "dataflow": dataflow or "*"}
    return found


def end_subscription(actor: Actor, key: str) -> None:
    """Ends a subscription. Raises Missing, and Refused if it is another's."""
    found = _find(key)
    action, target = _guard(found)
    with act(actor, action, target) as change:
        change.before = {"dataflow": found.dataflow or "*", "webhook": found.webhook}
        found.delete()


def _find(key: str) -> Subscription:
    try:
        found: Subscription | None = Subscription.objects.select_related("person").filter(key=uuid.UUID(key)).first()
    except ValueError:
        found = None
    if found is None:
        raise Missing(N_("There is no subscription “{key}”."), key=key[:40])
    return found


def _guard(found: Subscription) -> tuple[str, Target]:
    if found.person is None:
        return "subscription.add-webhook", NODE_TARGET
    return "subscription.keep", target_of_person(found.person)


def list_due(now: datetime) -> list[Subscription]:
    """Returns the subscriptions to tell now: those of people who can sign in, and webhooks that did not fail too often."""
    mail = Subscription.objects.filter(person__is_active=True, person__erased=None).select_related("person")
    webhooks = Subscription.objects.filter(person=None, failures__lte=len(RETRIES)).exclude(due__gt=now)
    return [*mail.order_by("pk"), *webhooks.order_by("pk")]


def list_given_up() -> list[Subscription]:
    """Returns the webhooks that failed too often to be tried again."""
    return list(Subscription.objects.filter(person=None, failures__gt=len(RETRIES)).order_by("pk"))


def mark_told(subscription: Subscription, told: str) -> bool:
    """Records up to when news were announced. Returns False if another process did it meanwhile, or it was ended."""
    with transaction.atomic():
        row = Subscription.objects.select_for_update().filter(pk=subscription.pk, told=subscription.told).first()
        if row is None:
            return False
        row.told, row.failures, row.due = told, 0, None
        row.save(update_fields=["told", "failures", "due"])
        return True


def mark_failed(subscription: Subscription, now: datetime) -> None:
    """Records that a webhook did not answer; it is tried again after RETRIES, and given up after the last."""
    wait = RETRIES[subscription.failures] if subscription.failures < len(RETRIES) else timedelta()
    subscription.failures, subscription.due = subscription.failures + 1, now + wait
    subscription.save(update_fields=["failures", "due"])


def describe_subscriptions(person: Person) -> list[dict[str, Any]]:
    """Returns a person's subscriptions, for her export."""
    mine = Subscription.objects.filter(person=person).order_by("pk")
    return [{"dataflow": one.dataflow or "*", "since": one.created.isoformat(), "told": one.told} for one in mine]


def erase_subscriptions(person: Person) -> None:
    """Deletes a person's subscriptions, within the action that erases her."""
    Subscription.objects.filter(person=person).delete()
