"""The waiting list of each budget line of a call: in the order of the ranking, and the first moves when its amount is free."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max, Sum

from bongsu.incubator.applications.finding import read_files
from bongsu.incubator.calls.document import count_steps
from bongsu.incubator.models import Application, Award, Call, Decision, WaitingPlace

HOLDING = ("accepted", "awarded", "running", "completed")  # states in which what was granted is spent


def find_decision(application: Application) -> Decision | None:
    """Returns the newest decision on an application that was released."""
    found: Decision | None = Decision.objects.filter(application=application).order_by("-released", "-pk").first()
    return found


def join_list(application: Application, decision: Decision | None, now: datetime) -> None:
    """Puts an application at the end of the waiting list of its budget line, inside an action."""
    line = decision.line if decision else ""
    rows = WaitingPlace.objects.filter(application__call=application.call, line=line)
    last = rows.aggregate(last=Max("place"))["last"] or 0
    WaitingPlace.objects.update_or_create(
        application=application, defaults={"line": line, "place": last + 1, "joined": now, "left": None}
    )


def leave_list(application: Application, now: datetime) -> None:
    """Takes an application off the waiting list, inside an action."""
    WaitingPlace.objects.filter(application=application, left=None).update(left=now)


def list_first(call: Call) -> list[Application]:
    """Returns the first application of each waiting list of a call."""
    rows = WaitingPlace.objects.filter(application__call=call, application__state="waiting-list", left=None)
    first: dict[str, Application] = {}
    for row in rows.select_related("application__call", "application__round").order_by("line", "place"):
        first.setdefault(row.line, row.application)
    return list(first.values())


def count_spent(call: Call, line: str) -> int:
    """Returns what applications of a call hold of a budget line, in steps of its unit.

    An award whose place was freed holds what was paid of it and not returned.
    """
    rows = Decision.objects.filter(application__call=call, application__state__in=HOLDING).order_by("released", "pk")
    newest = {one.application_id: one for one in rows}
    ended = Award.objects.filter(application__call=call, line=line).exclude(application__state__in=HOLDING)
    kept = ended.aggregate(total=Sum("kept"))["total"] or 0
    return int(kept) + sum(int(one.granted) for one in newest.values() if one.line == line)


def is_place_free(application: Application) -> bool:
    """Whether an application is the first of its waiting list, and what it asks for is left in its budget line."""
    waiting = WaitingPlace.objects.filter(application=application, left=None).first()
    if waiting is None or application.pk not in {first.pk for first in list_first(application.call)}:
        return False
    line = next((one for one in read_files(application).call.budget if one.key == waiting.line), None)
    decision = find_decision(application)
    if line is None or decision is None:
        return False
    return bool(count_spent(application.call, waiting.line) + decision.granted <= count_steps(line, line.amount))
