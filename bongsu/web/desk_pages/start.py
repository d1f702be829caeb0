"""The first page of the desk: the first one that is open to whoever asks."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from bongsu.core.errors import N_, Refused
from bongsu.people.access import SecondStepNeeded
from bongsu.web.desk_pages.navigation import PAGES, organisation_pages


@require_safe
def open_desk(request: Any) -> HttpResponse:
    """Leads to the first page that is open. Raises SecondStepNeeded, or Refused if there is none."""
    for page in PAGES:
        try:
            page.require(request.actor)
        except SecondStepNeeded:
            raise
        except Refused:
            continue
        return redirect(page.route)
    for _, address in organisation_pages(request.actor):
        return redirect(address)
    raise Refused(N_("No page of the desk is open to you."), fix=N_("Ask an operator of the node for a role."))
