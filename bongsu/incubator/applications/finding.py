"""Finds applications: by number, by person, and as objects of actions."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from bongsu.core.errors import N_, Missing
from bongsu.incubator.calls.check import CallFiles
from bongsu.incubator.forms.document import Form
from bongsu.incubator.models import Application
from bongsu.incubator.opening import newest_edition, read_edition
from bongsu.people.access import Actor, Target, may
from bongsu.people.models import Person


def target_of_application(application: Application) -> Target:
    """The application as an object of actions: its call contains it, and it belongs to its owner."""
    owner = "" if application.owner_id is None else str(application.owner_id)
    return Target("application", str(application.pk), within=(("call", application.call.name),), person=owner)


def find_application(number: str) -> Application:
    """Returns an application by its number. Raises Missing."""
    found: Application | None = (
        Application.objects.filter(number=number).select_related("call", "round", "owner").first()
    )
    if found is None:
        raise no_application(number)
    return found


def find_allowed(actor: Actor, number: str, action: str) -> Application:
    """Returns an application on which the actor may do an action. Raises Missing for any other, whether there is one or not.

    For a number that nobody has used another application is judged, so that the time does not tell which of the two it is.
    """
    rows = Application.objects.select_related("call", "round", "owner")
    found = {one.number == number: one for one in rows.filter(Q(number=number) | Q(pk__in=_list_first()))}
    judged: Application | None = found.get(True) or found.get(False)
    if judged is None or not may(actor, action, target_of_application(judged)) or judged.number != number:
        raise no_application(number)
    return judged


def _list_first() -> QuerySet[Application, Any]:
    found: QuerySet[Application, Any] = Application.objects.order_by("created").values("pk")[:1]
    return found


def no_application(number: str) -> Missing:
    """Returns the error of a number that nobody has used, and of one that is not for the reader."""
    return Missing(N_("There is no application “{number}”."), number=number[:60])


def list_own(person: Person) -> list[Application]:
    """Returns the applications that a person owns, or to whose teams she belongs, the newest first."""
    mine = Application.objects.filter(Q(owner=person) | Q(members__person=person)).distinct()
    return list(mine.select_related("call", "round").order_by("-created"))


def is_on_team(actor: Actor, target: Target) -> bool:
    """Whether the actor accepted an invitation to the team of an application; a relation of access.csv."""
    if actor.person is None:
        return False
    return Application.objects.filter(pk=target.id, members__person=actor.person).exists()


def read_files(application: Application) -> CallFiles:
    """Returns the four files of the application's call that are in force."""
    return read_edition(newest_edition(application.call))


def find_form(files: CallFiles, application: Application) -> Form:
    """Returns the form that an application answers at its stage."""
    return files.form.by_stage[min(application.stage, files.form.stages)]
