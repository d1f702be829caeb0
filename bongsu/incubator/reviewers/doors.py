"""Who is free to look at an application: one question for every page, list, count and download.

A reviewer, a chair or a member of the panel is free without a conflict that stops, once everybody was compared and she has
stated where she works. An officer is free without one of OFFICER_KINDS. For who is not free, the application does not exist.
If every chair of a call is in conflict, the free member of its panel with the oldest grant takes the chair.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from bongsu.incubator.conflicts.rulings import STOPPING
from bongsu.incubator.models import Application, Call, Conflict, Profile, Reviewer
from bongsu.incubator.reviewers.conflicts import OFFICER_KINDS
from bongsu.incubator.reviewers.lookers import CHAIR, OFFICER, PANEL, list_holders
from bongsu.people.access import Actor, Target, holds
from bongsu.people.models import Person


def is_free(person: Person, application: Application) -> bool:
    """Whether a person may look at an application as a reviewer, a chair or a member of the panel."""
    return not list_barred(person, Application.objects.filter(pk=application.pk))


def is_free_officer(person: Person, application: Application) -> bool:
    """Whether a person may look at an application as an officer."""
    return not list_barred_officer(person, Application.objects.filter(pk=application.pk))


def list_barred(person: Person, applications: QuerySet[Application]) -> set[UUID]:
    """Returns the applications, of these, that do not exist for a reviewer, a chair or a member of the panel."""
    if not Profile.objects.filter(person=person, answered__isnull=False).exists():
        return set(applications.values_list("pk", flat=True))
    uncompared = applications.filter(compared=None).values_list("pk", flat=True)
    return set(uncompared.union(_stopping(applications).filter(person=person).values_list("application", flat=True)))


def list_barred_officer(person: Person, applications: QuerySet[Application]) -> set[UUID]:
    """Returns the applications, of these, that do not exist for an officer."""
    found = _stopping(applications).filter(person=person, kind__in=OFFICER_KINDS)
    return set(found.values_list("application", flat=True))


def list_barred_pairs(applications: Collection[Application]) -> set[tuple[UUID, UUID]]:
    """Returns the pairs of a person and an application, of these, that a conflict keeps apart."""
    found = _stopping(Application.objects.filter(pk__in=[one.pk for one in applications]))
    return set(found.values_list("person", "application"))


def _stopping(applications: QuerySet[Application]) -> QuerySet[Conflict]:
    rows: QuerySet[Conflict] = Conflict.objects.filter(application__in=applications, state__in=STOPPING)
    return rows


def list_led(person: Person, call: Call, applications: QuerySet[Application]) -> set[UUID]:
    """Returns the applications, of these of a call, that a person chairs: as its chair, or as deputy of chairs in conflict."""
    chairs, panel = list_holders(CHAIR, call.name), list_holders(PANEL, call.name)
    if person.pk not in chairs and (person.pk not in panel or not chairs):
        return set()
    mine = set(applications.values_list("pk", flat=True)) - list_barred(person, applications)
    if person.pk in chairs:
        return mine
    answered = set(Profile.objects.filter(person__in=panel, answered__isnull=False).values_list("person", flat=True))
    barred: dict[UUID, set[UUID]] = {one: set() for one in mine}
    rows = _stopping(applications).filter(person__in={*chairs, *panel}).values_list("application", "person")
    for application, other in rows:
        if application in barred:
            barred[application].add(other)
    return {one for one in mine if _find_deputy(chairs, panel, barred[one], answered) == person.pk}


def _find_deputy(
    chairs: Collection[UUID], panel: Collection[UUID], barred: Collection[UUID], answered: Collection[UUID]
) -> UUID | None:
    """Returns the first of the panel who is free, if all chairs are in conflict."""
    if not set(chairs) <= set(barred):
        return None
    return next((one for one in panel if one in answered and one not in barred), None)


def list_free(role: str, application: Application) -> list[Person]:
    """Returns those who hold a role of the call, can sign in, and are free to look at an application; a deputy chairs too."""
    name, one = application.call.name, Application.objects.filter(pk=application.pk)
    ids = list_holders(PANEL, name) + list_holders(CHAIR, name) if role == CHAIR else list_holders(role, name)
    people = Person.objects.in_bulk(ids)
    is_barred = list_barred_officer if role == OFFICER else list_barred
    if role == CHAIR:
        return [people[id] for id in dict.fromkeys(ids) if list_led(people[id], application.call, one)]
    return [people[id] for id in ids if not is_barred(people[id], one)]


def holds_as_officer(actor: Actor, target: Target) -> bool:
    """Whether the actor is an officer of the call and free to look at the application; a relation of access.csv."""
    return holds(actor, OFFICER, target.scopes) and not list_barred_officer(*_read(actor, target))


def holds_as_chair(actor: Actor, target: Target) -> bool:
    """Whether the actor chairs the application; a relation of access.csv."""
    if not holds(actor, CHAIR, target.scopes) and not holds(actor, PANEL, target.scopes):
        return False
    person, one = _read(actor, target)
    call = Call.objects.filter(applications__in=one).first()
    return call is not None and bool(list_led(person, call, one))


def holds_as_panel(actor: Actor, target: Target) -> bool:
    """Whether the actor is of the call's panel and free to look at the application; a relation of access.csv."""
    return holds(actor, PANEL, target.scopes) and not list_barred(*_read(actor, target))


def is_free_reviewer(actor: Actor, target: Target) -> bool:
    """Whether the actor reviews for the call and is free to look at the application; a relation of access.csv."""
    if actor.person is None:
        return False
    accepted = Reviewer.objects.filter(call__applications__pk=target.id, person=actor.person, state="accepted")
    return accepted.exists() and not list_barred(*_read(actor, target))


def _read(actor: Actor, target: Target) -> tuple[Person, QuerySet[Application]]:
    assert actor.person is not None  # she holds a role
    return actor.person, Application.objects.filter(pk=target.id)
