"""Who could look at the applications of a call: its reviewers, and those who hold one of its roles."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from bongsu.incubator.models import Call, Reviewer
from bongsu.people.access import NODE, active_grants
from bongsu.people.models import Grant

OFFICER, CHAIR, PANEL = "call-officer", "call-chair", "call-panel"
ROLES = (OFFICER, CHAIR, PANEL)


def list_holders(role: str, name: str) -> list[UUID]:
    """Returns the ids of those who hold a role for a call or for the node, the oldest grant first."""
    grants = Grant.objects.filter(active_grants(), role=role).filter(_covers(name)).order_by("given", "pk")
    return list(dict.fromkeys(grants.values_list("person_id", flat=True)))


def _covers(name: str) -> Q:
    return Q(scope_kind="call", scope_id=name) | Q(scope_kind=NODE[0], scope_id=NODE[1])


def list_lookers(call: Call) -> set[UUID]:
    """Returns the ids of those who could look at the applications of a call."""
    reviewers = Reviewer.objects.filter(call=call, state="accepted").values_list("person_id", flat=True)
    return {*reviewers, *(person for role in ROLES for person in list_holders(role, call.name))}


def list_looked_at(person: UUID) -> list[Call]:
    """Returns the calls at whose applications a person could look."""
    grants = Grant.objects.filter(active_grants(), person=person, role__in=ROLES)
    scopes = set(grants.values_list("scope_kind", "scope_id"))
    reviewing = Q(reviewers__person=person, reviewers__state="accepted")
    held = Q(pk__isnull=False) if NODE in scopes else Q(name__in=[id for _, id in scopes])
    return list(Call.objects.filter(reviewing | held).distinct().order_by("pk"))
