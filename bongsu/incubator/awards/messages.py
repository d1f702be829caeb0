"""Mails about awards: to the team or to the officers, with the address of the page, and without an amount or an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.utils.translation import gettext

from bongsu.core.errors import N_
from bongsu.core.text import Text
from bongsu.credits.rules.amounts import write_day
from bongsu.incubator.applications.team import list_people
from bongsu.incubator.awards.making import find_plan
from bongsu.incubator.calls.deadlines import find_zone
from bongsu.incubator.mails import put_translated_mail
from bongsu.incubator.models import Award, Deliverable
from bongsu.incubator.opening import read_edition
from bongsu.incubator.reviewers.doors import list_free
from bongsu.incubator.site import Site
from bongsu.incubator.texts import pick_text
from bongsu.people.models import Person

MILESTONE, REPORT = "milestone", "report"  # kinds of deliverables
SUBJECT = N_("Award {number}: {what}")
TEXT = N_("{node} has news of the award {number}: {what}. Sign in to read it.")
OFFICER = "call-officer"


def tell_team(site: Site, award: Award, what: str, **values: object) -> int:
    """Writes to the owner and the team. Returns how many mails. `what` is a marked text."""
    return _tell(site, award, list_people(award.application), "award", what, values)


def tell_officers(site: Site, award: Award, what: str, **values: object) -> int:
    """Writes to the officers without conflict. Returns how many mails."""
    return _tell(site, award, list_free(OFFICER, award.application), "desk-award", what, values)


def _tell(
    site: Site, award: Award, people: Iterable[Person], route: str, what: str, values: Mapping[str, object]
) -> int:
    number, count = award.application.number, 0

    def list_values(language: str) -> dict[str, object]:
        written = {name: one.to(language) if isinstance(one, Text) else one for name, one in values.items()}
        return {"number": number, "node": site.node.name_in(language), "what": gettext(what).format(**written)}

    for person in people:
        if person.email and person.is_active:
            put_translated_mail(person.email, person, SUBJECT, TEXT, list_values, site.address(route, number))
            count += 1
    return count


def name_deliverable(one: Deliverable) -> Text:
    """Returns the title of a milestone, or of a report with its number."""
    plan = find_plan(one.award)
    if one.kind == MILESTONE:
        title = next((milestone.title for milestone in plan.milestone if milestone.key == one.key), {"en": one.key})
        return Text.compose(lambda language: pick_text(title, language))
    title = plan.reports.title if plan.reports else {"en": one.kind}
    number = one.key.rpartition("-")[2]
    return Text.compose(lambda language: f"{pick_text(title, language)} {number}")


def name_last_day(award: Award, end: datetime) -> Text:
    """Returns the last day before `end`, in the zone of the award's call."""
    zone = find_zone(read_edition(award.edition).call.zone)
    day = (end - timedelta(microseconds=1)).astimezone(zone).date()
    return Text.compose(lambda language: write_day(day, language))
