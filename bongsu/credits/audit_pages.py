"""The page of the ledger's auditor: the invariants, the heads of days, and any transfer back to its command."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Window
from django.db.models.functions import Lag
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import BadInput, Damaged
from bongsu.credits import models
from bongsu.credits.audit_models import DayHead, Verification
from bongsu.credits.day_heads import accept_gap, find_differences
from bongsu.credits.trace import find_refused, find_transfers, trace_transfer
from bongsu.credits.verify import INVARIANTS, MOST, verify_ledger
from bongsu.people.access import may

_PER_PAGE = 50


@require_safe
def show_audit(request: Any) -> HttpResponse:
    """Shows what the last verification found, the heads of days, and the transfers that `transfer` names."""
    asked = request.GET.get("transfer", "").strip()[:40]
    broken = ""
    try:
        differences = find_differences(request.node.journal)
    except Damaged as wrong:
        differences, broken = [], _describe(wrong)
    before = Window(Lag("transfer", default=0), order_by=F("day").asc())  # the last number of the day before
    heads = DayHead.objects.annotate(transfers=F("transfer") - before)
    page = Paginator(heads.order_by("-day"), _PER_PAGE).get_page(request.GET.get("page"))
    last = Verification.objects.order_by("pk").last()
    context = {
        "asked": asked,
        "traces": [trace_transfer(row) for row in find_transfers(asked)],
        "refused": find_refused(asked),
        "last": last,
        "invariants": [(one.says, last.breaches.get(one.name, [])) for one in INVARIANTS] if last else [],
        "most": MOST,
        "page": page,
        "rows": [(head, head.day in differences) for head in page],
        "differences": differences,
        "broken": broken,
        "units": models.Unit.objects.order_by("code").values_list("code", flat=True),
        "may_accept": may(request.actor, "credits.accept-gap"),
        "may_see": may(request.actor, "person.list"),
    }
    return render(request, "credits/audit.html", context)


@require_POST
def verify(request: Any) -> HttpResponse:
    """Recomputes the ledger."""
    result = verify_ledger(request.node.journal)
    if result.breaches:
        messages.error(request, gettext("The ledger does not hold: see below."))
    else:
        messages.success(request, gettext("The ledger holds."))
    return redirect("credits-audit")


@require_POST
def accept(request: Any) -> HttpResponse:
    """Takes commands again although the records differ from the journal."""
    try:
        accept_gap(request.actor, request.node.journal, request.POST.get("why", ""))
    except (BadInput, Damaged) as wrong:
        messages.error(request, _describe(wrong))
    else:
        messages.success(request, gettext("Saved."))
    return redirect("credits-audit")


def _describe(error: BadInput | Damaged) -> str:
    return describe_public_error(error, gettext).sentence
