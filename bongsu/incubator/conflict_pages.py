"""The officer's pages of a call's conflicts of interest: the list with the evidence in words, and the ruling on one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from bongsu.core.errors import N_, BadInput, Refused
from bongsu.incubator.call_desk.found_calls import describe, find_officers_call, read_language
from bongsu.incubator.conflicts.words import STATES
from bongsu.incubator.models import Conflict
from bongsu.incubator.reviewers.listing import describe_conflicts, find_conflicts
from bongsu.incubator.reviewers.ruling import no_conflict, rule_on_conflict

PER_PAGE = 100
RULINGS = {
    "waive": N_("Waive it, with a plan: the person may look at the application"),
    "dismiss": N_("Dismiss it, for a reason: it is no conflict"),
    "uphold": N_("Uphold it: the person is barred from the application"),
}


@require_safe
def show_conflicts(request: Any, name: str) -> HttpResponse:
    """Lists the conflicts of a call, of one state if it is asked for."""
    found = find_officers_call(request.actor, name, "conflict.see")
    rows, state = find_conflicts(request.actor, found.call), request.GET.get("state", "")
    if state in STATES:
        rows = rows.filter(state=state)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "found": found,
        "page": page,
        "rows": describe_conflicts(list(page.object_list), gettext, read_language()),
        "state": state,
        "states": [(key, gettext(text)) for key, text in STATES.items() if key != "to-answer"],
    }
    return render(request, "incubator/desk_conflicts.html", context)


@require_http_methods(["GET", "POST"])
def rule(request: Any, name: str, number: int) -> HttpResponse:
    """Shows a conflict with what an officer may decide, and records the ruling."""
    found = find_officers_call(request.actor, name, "conflict.see")
    conflict: Conflict | None = find_conflicts(request.actor, found.call).filter(pk=number).first()
    if conflict is None:
        raise no_conflict()
    (row,) = describe_conflicts([conflict], gettext, read_language())
    ruling, plan, wrong = request.POST.get("ruling", ""), request.POST.get("plan", ""), ""
    if request.method == "POST":
        try:
            if ruling not in row.rulings:
                raise BadInput(N_("Choose what you decide."))
            rule_on_conflict(request.actor, conflict, ruling, plan, timezone.now())
        except (BadInput, Refused) as error:
            wrong = describe(error)
        else:
            messages.success(request, gettext("The ruling is recorded."))
            return redirect("desk-call-conflicts", name)
    context = {
        "found": found,
        "row": row,
        "rulings": [(one, gettext(RULINGS[one])) for one in row.rulings],
        "chosen": ruling,
        "plan": plan,
        "wrong": wrong,
    }
    return render(request, "incubator/desk_conflict.html", context)
