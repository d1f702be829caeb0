"""The people of an award."""

from __future__ import annotations

from bongsu.incubator.models import Application
from bongsu.people.models import Person


def list_people(application: Application) -> list[Person]:
    """Returns the owner and the members of the team who accepted."""
    members = application.members.exclude(person=None).select_related("person").order_by("pk")
    owner = [application.owner] if application.owner else []
    return [*owner, *(member.person for member in members if member.person != application.owner)]
