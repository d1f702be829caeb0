"""What people say of conflicts: one click declares one's own; an officer rules on what was found, by a plan or a reason."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bongsu.core.errors import N_, BadInput, Missing, Refused
from bongsu.incubator.applications.finding import target_of_application
from bongsu.incubator.conflicts.find import Conflict as Found
from bongsu.incubator.conflicts.kinds import known_kinds
from bongsu.incubator.conflicts.rulings import dismiss, uphold, waive
from bongsu.incubator.models import Application, Conflict
from bongsu.incubator.reviewers.conflicts import digest_conflict, follow_conflicts
from bongsu.people.access import Actor
from bongsu.people.actions import act

Ruling = Literal["waive", "dismiss", "uphold"]
MOST = 5000


def declare_conflict(actor: Actor, application: Application, now: datetime) -> None:
    """Records that the actor is in conflict with an application: from now on it does not exist for her. Raises Refused."""
    if actor.person is None:
        raise Refused(N_("Only a person has conflicts of interest."))
    with (
        act(actor, "conflict.declare", target_of_application(application)) as change,
        follow_conflicts(application.call, now),
    ):
        row = known_kinds()["declared"]
        Conflict.objects.get_or_create(
            person=actor.person,
            application=application,
            kind=row.name,
            digest=digest_conflict(actor.person.pk, application.pk, row.name, "reviewer", {}),
            defaults={
                "code": "reviewer",
                "severity": row.severity,
                "state": "barred",
                "found_by": "person",
                "changed": now,
            },
        )
        change.after = {"person": str(actor.person.pk)}


def find_conflict(pk: int) -> Conflict:
    """Returns a conflict. Raises Missing."""
    rows = Conflict.objects.filter(pk=pk, application__deleted=None)
    found: Conflict | None = rows.select_related("application__call").first()
    if found is None:
        raise no_conflict()
    return found


def no_conflict() -> Missing:
    """Returns the error of a conflict that does not exist, and of one that is not for the reader."""
    return Missing(N_("There is no such conflict."))


def rule_on_conflict(actor: Actor, conflict: Conflict, ruling: Ruling, plan: str, now: datetime) -> Conflict:
    """Waives a conflict by a plan, dismisses it for a reason, or upholds it. Nobody rules on her own.

    Raises BadInput for what cannot be waived or dismissed, or without a plan or reason; Refused.
    """
    if len(plan) > MOST:
        raise BadInput(N_("The text has more than {most} characters."), most=MOST)
    with (
        act(actor, "conflict.rule", target_of_application(conflict.application)) as change,
        follow_conflicts(conflict.application.call, now),
    ):
        if actor.person is not None and actor.person.pk == conflict.person_id:
            raise Refused(N_("Nobody rules on a conflict of her own."))
        row = Conflict.locked(pk=conflict.pk)
        ruled = _rule(read_conflict(row), ruling, plan.strip())
        change.before = {"conflict": row.pk, "state": row.state}
        row.state, row.plan, row.decided_by, row.changed = ruled.state, ruled.plan, actor.person, now
        row.save()
        change.after = {"conflict": row.pk, "state": row.state}
    return row


def _rule(conflict: Found, ruling: Ruling, plan: str) -> Found:
    if ruling == "waive":
        return waive(conflict, plan)
    return dismiss(conflict, plan) if ruling == "dismiss" else uphold(conflict)


def read_conflict(row: Conflict) -> Found:
    """Returns a conflict as a value, with what its kind allows now."""
    kind = known_kinds()[row.kind]
    return Found(
        str(row.person_id),
        row.application.number,
        row.kind,
        row.code,
        row.values,
        kind.severity,
        kind.action,
        kind.waivable,
        row.state,  # type: ignore[arg-type]
        row.plan,
    )
