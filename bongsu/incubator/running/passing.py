"""What happens because time has passed: offers lapse, decisions are released when they were announced, waiting lists move."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from bongsu.core.errors import BadInput
from bongsu.incubator.models import Application, Round
from bongsu.incubator.running.releasing import offer_free_places, release_round
from bongsu.incubator.site import Site
from bongsu.incubator.steps.take import perform
from bongsu.incubator.workflow.refused import StepRefused
from bongsu.people.access import Actor


def lapse_due(actor: Actor, now: datetime, site: Site) -> int:
    """Ends what was not accepted or started in time. Returns how many."""
    count = 0
    for application in Application.objects.filter(due__lte=now).select_related("call", "round", "owner"):
        with suppress(StepRefused):
            perform(actor, application, "lapse", now, site)
            count += 1
    return count


def release_due(actor: Actor, now: datetime, site: Site) -> int:
    """Releases the rounds whose results were announced for now or before, if all is decided. Returns how many decisions."""
    count = 0
    due = Round.objects.filter(results__lte=now, applications__state="ranked").exclude(closed=None).distinct()
    for round_ in due.select_related("call"):
        with suppress(BadInput, StepRefused):  # the page of the round says what is missing
            count += release_round(actor, round_, now, site)
    return count


def pass_time(actor: Actor, now: datetime, site: Site) -> int:
    """Does all of it; places that become free are offered at once. Returns how many applications went on."""
    return lapse_due(actor, now, site) + release_due(actor, now, site) + offer_free_places(actor, now, site)
