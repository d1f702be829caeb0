"""Reviewers and conflicts of a call as rows, for the officer's pages and the command; the evidence is in words.

What an officer may not see is left out and not counted: applications with which she is in conflict herself. A relation is told
without saying which: it was stated in confidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from bongsu.core.errors import N_
from bongsu.incubator.conflicts.kinds import known_kinds
from bongsu.incubator.conflicts.rulings import STOPPING
from bongsu.incubator.conflicts.words import STATES, describe_conflict, name_kind
from bongsu.incubator.models import Call, Conflict, Reviewer
from bongsu.incubator.opening import target_of_call
from bongsu.incubator.reviewers.doors import list_barred_officer
from bongsu.incubator.reviewers.ruling import Ruling, read_conflict
from bongsu.incubator.texts import Translate
from bongsu.people.access import Actor, require
from bongsu.people.models import Organisation, Person

REVIEWER_STATES = {
    "invited": N_("has not answered"),
    "accepted": N_("accepted"),
    "declined": N_("declined"),
    "ended": N_("ended"),
}
IN_CONFIDENCE = N_("A relation was stated in confidence between the reviewer and somebody of the application.")


class ReviewerRow(NamedTuple):
    """A reviewer of a call as it is listed."""

    id: int
    address: str
    name: str
    state: str
    least: int
    most: int
    invited: datetime
    answered: datetime | None


class ConflictRow(NamedTuple):
    """A conflict as it is listed; `rulings` are those that an officer may make."""

    id: int
    application: str
    person: str
    kind: str
    evidence: str
    state: str
    plan: str
    rulings: tuple[Ruling, ...]


def list_reviewers(actor: Actor, call: Call) -> list[ReviewerRow]:
    """Returns the reviewers of a call: who has not answered first. Raises Refused."""
    require(actor, "reviewer.see", target_of_call(call))
    rows = Reviewer.objects.filter(call=call).select_related("person").order_by("address", "pk")
    order = list(REVIEWER_STATES)
    return [
        ReviewerRow(
            one.pk,
            one.address,
            one.person.name if one.person else "",
            one.state,
            one.least,
            one.most,
            one.invited,
            one.answered,
        )
        for one in sorted(rows, key=lambda one: order.index(one.state))
    ]


def find_conflicts(actor: Actor, call: Call) -> QuerySet[Conflict]:
    """Returns the conflicts of a call that an actor may see, those that wait for a ruling first. Raises Refused."""
    require(actor, "conflict.see", target_of_call(call))
    barred = list_barred_officer(actor.person, call.applications.all()) if actor.person else set()
    found: QuerySet[Conflict] = (
        Conflict.objects.filter(application__call=call, application__deleted=None)  # after that without evidence
        .exclude(application__in=barred)
        .select_related("application", "person")
        .order_by("-state", "application__number", "person", "kind", "pk")
    )
    return found


def describe_conflicts(rows: list[Conflict], translate: Translate, language: str) -> list[ConflictRow]:
    """Returns conflicts in words, by two queries."""
    names = _name_all(rows)
    return [
        ConflictRow(
            one.pk,
            one.application.number,
            names[str(one.person_id)],
            name_kind(one.kind, language),
            translate(IN_CONFIDENCE)
            if one.kind == "relation"
            else describe_conflict(read_conflict(one), names, translate, language),
            translate(STATES[one.state]),
            one.plan,
            list_rulings(one),
        )
        for one in rows
    ]


def _name_all(rows: list[Conflict]) -> Mapping[str, str]:
    """Returns the names of the people and organisations of conflicts, by id."""
    ids = {str(one.values.get("person", "")) for one in rows}
    people = Person.objects.filter(pk__in=[id for id in ids if len(id) == 36 and id.count("-") == 4])
    names = {str(person.pk): str(person) for person in people} | {str(one.person_id): str(one.person) for one in rows}
    return names | dict(Organisation.objects.values_list("name", "title"))


def list_rulings(conflict: Conflict) -> tuple[Ruling, ...]:
    """Returns how an officer may rule on a conflict as it is now."""
    kind, rulings = known_kinds()[conflict.kind], list[Ruling]()
    if kind.waivable and conflict.state in STOPPING:
        rulings.append("waive")
    if kind.action in ("hint", "decide") and conflict.state != "dismissed":
        rulings.append("dismiss")
    if conflict.state != "barred" and kind.action != "ask":
        rulings.append("uphold")
    return tuple(rulings)
