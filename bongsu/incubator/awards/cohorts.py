"""Cohorts: the awards that run together. Members see each other only if both have agreed."""

from __future__ import annotations

from datetime import datetime

from bongsu.core.errors import N_
from bongsu.incubator.applications.finding import target_of_application
from bongsu.incubator.applications.team import list_people
from bongsu.incubator.awards.making import find_plan, lock_award
from bongsu.incubator.models import Application, Award, CohortMember
from bongsu.incubator.opening import read_edition
from bongsu.incubator.workflow.refused import StepRefused
from bongsu.people.access import Actor
from bongsu.people.actions import act
from bongsu.people.models import Person


def join_cohort(award: Award, now: datetime) -> bool:
    """Puts an award with its owner and team into the cohort of its call, inside the action. Returns whether it has one."""
    call = read_edition(award.edition).call
    if call.cohort is None or not find_plan(award).cohort:
        return False
    award.cohort = f"{award.application.call.name}/{call.cohort.key}"
    award.cohort_from, award.cohort_until = call.cohort.start, call.cohort.until
    award.save(update_fields=["cohort", "cohort_from", "cohort_until"])
    for person in list_people(award.application):
        CohortMember.objects.get_or_create(award=award, person=person, defaults={"joined": now})
    return True


def agree_to_be_seen(actor: Actor, application: Application, agrees: bool, now: datetime) -> None:
    """Lets the others of the cohort see a person, or no longer, by her own word. Raises StepRefused, Refused."""
    with act(actor, "award.meet", target_of_application(application)) as change:
        award = lock_award(application)
        if not award.cohort or actor.person is None:
            raise StepRefused(N_("The award is in no cohort."))
        row, _ = CohortMember.objects.get_or_create(award=award, person=actor.person, defaults={"joined": now})
        row.agreed = now if agrees else None
        row.save(update_fields=["agreed"])
        change.after = {"agreed": agrees}


def list_fellows(award: Award, person: Person) -> list[CohortMember]:
    """Returns the others of a cohort who agreed to be seen; none if the person has not agreed herself."""
    if not award.cohort or not award.cohort_members.filter(person=person).exclude(agreed=None).exists():
        return []
    rows = CohortMember.objects.filter(award__cohort=award.cohort).exclude(agreed=None).exclude(person=person)
    return list(rows.select_related("person", "award__application").order_by("person__name", "pk"))
