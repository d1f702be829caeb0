"""Finds lines of the audit by person, action, object and day, for the page and the command."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q, QuerySet

from bongsu.core.errors import N_, BadInput, Missing
from bongsu.people.models import AuditLine
from bongsu.people.persons import find_person


def filter_lines(who: str = "", action: str = "", thing: str = "", day: str = "") -> QuerySet[AuditLine]:
    """Returns the lines that fit, newest first. Raises BadInput for a day that is not one.

    `who` is an address, the id of a person, or an actor as lines name it; `thing` is an object's id, or its kind and id.
    """
    lines = AuditLine.objects.order_by("-number")
    if who:
        try:
            actor = f"person {find_person(who).pk}"
        except (Missing, BadInput):
            actor = who
        lines = lines.filter(actor__in=(actor, who))
    if action:
        lines = lines.filter(action=action)
    if thing:
        kind, _, id = thing.partition(" ")
        lines = lines.filter(Q(object_id=thing) | Q(object_kind=kind, object_id=id))
    if day:
        try:
            start = datetime.combine(date.fromisoformat(day), time(), UTC)
            lines = lines.filter(at__gte=start, at__lt=start + timedelta(days=1))
        except (ValueError, OverflowError):
            raise BadInput(
                N_("“{moment}” is not a valid date."), fix=N_("Write it as 2026-04-01."), moment=day[:20]
            ) from None
    return lines
