"""The applicant's appeal against a decision."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import BadInput
from bongsu.incubator.applying.requests import for_applicant
from bongsu.incubator.applying.views import find_own
from bongsu.incubator.panel.appeals import make_appeal


@require_POST
@for_applicant
def appeal(request: Any, number: str) -> HttpResponse:
    """Makes an appeal."""
    try:
        make_appeal(request.actor, find_own(request, number), request.POST.get("appeal", ""), request.arrival)
    except BadInput as wrong:
        messages.error(request, describe_public_error(wrong, gettext).sentence)
    else:
        messages.success(request, gettext("Your appeal was received."))
    return redirect("application", number)
