"""Reminders of milestones and reports: 30, 7 and 0 days before they are due, to the owner and the team, once each.

At 0 days it is late: a tranche that waits for it stays on hold, and the officers are told, too.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from bongsu.core.errors import N_
from bongsu.incubator.awards.delivering import REMINDERS, WAITING, find_reminder
from bongsu.incubator.awards.messages import name_deliverable, name_last_day, tell_officers, tell_team
from bongsu.incubator.awards.use import give_notice
from bongsu.incubator.models import Award, Deliverable
from bongsu.incubator.site import Site
from bongsu.people.access import Actor

DUE = N_("“{title}” is due by {day}")
LATE = N_("“{title}” was due by {day}, and is late")
UNDER_USE = N_("the hours are hardly used; please answer by {day}")


def remind_of_deliverables(now: datetime, site: Site) -> int:
    """Writes the reminders whose time has come. Returns about how many milestones and reports."""
    ahead = now + timedelta(days=max(REMINDERS))
    rows = Deliverable.objects.filter(state__in=WAITING, due__lte=ahead, award__application__state="running")
    keys = rows.exclude(reminded=0).order_by("due", "pk").values_list("pk", flat=True)
    return sum(_remind(key, now, site) for key in list(keys))


def _remind(key: int, now: datetime, site: Site) -> bool:
    with transaction.atomic():
        rows = Deliverable.objects.select_for_update(of=("self",))
        one = rows.select_related("award__application__owner", "award__edition").get(pk=key)
        days = find_reminder(one.due, now)
        if days is None or one.state not in WAITING or (one.reminded is not None and one.reminded <= days):
            return False
        values = {"title": name_deliverable(one), "day": name_last_day(one.award, one.due)}
        tell_team(site, one.award, DUE if days else LATE, **values)
        if not days:
            tell_officers(site, one.award, LATE, **values)
        one.reminded = days
        one.save(update_fields=["reminded"])
    return True


def give_due_notices(actor: Actor, now: datetime, site: Site) -> int:
    """Gives notice to the teams that use too little of their hours. Returns how many."""
    count = 0
    rows = Award.objects.filter(application__state="running").exclude(started=None)
    for award in rows.select_related("application__call", "application__owner", "edition").order_by("pk"):
        with transaction.atomic():
            if notice := give_notice(actor, award, now):
                tell_team(site, award, UNDER_USE, day=name_last_day(award, notice.answer_by))
                count += 1
    return count
