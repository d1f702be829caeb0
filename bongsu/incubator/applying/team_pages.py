"""The page of a link to a team: what it is for, and the button that accepts. Mail programs open links: only a POST accepts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods

from bongsu.core.errors import N_
from bongsu.incubator.applications.finding import read_files
from bongsu.incubator.applications.team import find_team_link, join_team
from bongsu.incubator.texts import pick_text
from bongsu.people.access import SignInFirst
from bongsu.people.persons import ensure_person, person_of_address


@require_http_methods(["GET", "POST"])
def accept_team_invitation(request: Any, secret: str) -> HttpResponse:
    """Shows an invitation to a team, and accepts it. The link proves the address, so it makes the account of who has none."""
    application, address = find_team_link(secret)
    person, known = request.actor.person, person_of_address(address)
    if request.method == "POST":
        if person is None and known is not None:
            request.method = "GET"  # she signs in, and comes back to this page
            raise SignInFirst(N_("Sign in first."))
        if person is None:
            person = ensure_person(request.actor, address, language=get_language() or "")
        join_team(secret, person, timezone.now())
        messages.success(request, gettext("You belong to the team now."))
        return _forget(redirect("application", application.number))
    context = {
        "email": address,
        "number": application.number,
        "who": application.owner,
        "call": pick_text(read_files(application).call.title, get_language() or "en"),
        "other": person is not None and person != known,
        "is_new": known is None,
    }
    return _forget(render(request, "incubator/team_invitation.html", context))


def _forget(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "private, no-store"
    return response
