"""Receives the requests of applicants: refuses what is too large before it is read, and takes the time when all has arrived."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from bongsu.core.errors import N_, Final
from bongsu.core.uploads import MAX_UPLOAD, MEGABYTE
from bongsu.incubator.arrivals import arrive
from bongsu.people.kept_forms import signed_in

MOST_BYTES = 3 * MAX_UPLOAD  # of one request: several files may be sent at once
View = Callable[..., HttpResponse]


class TooLarge(Final):
    """A request has more bytes than are taken; it is not read."""

    code = "request-too-large"
    http_status = 413


def for_applicant(view: View) -> View:
    """Opens a view to people who signed in. What is sent is read here: `request.arrival` is when its last byte had arrived.

    Programs of the page (Accept: application/json) are told that the session has ended; a person signs in and comes back.
    """

    @wraps(view)
    def wrapped(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if _read_length(request) > MOST_BYTES:
            raise TooLarge(
                N_("More than {most} MB were sent at once."),
                fix=N_("Send the files one after the other."),
                most=MOST_BYTES // MEGABYTE,
            )
        _ = request.POST  # reads all of it
        request.arrival = arrive()
        response = protected(request, *args, **kwargs)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    @csrf_protect
    def protected(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if wants_json(request) and request.actor.person is None:
            return JsonResponse({"message": gettext("You have been signed out.")}, status=401)
        return person_only(request, *args, **kwargs)

    person_only = signed_in(view)
    return csrf_exempt(wrapped)


def _read_length(request: Any) -> int:
    text = request.headers.get("Content-Length") or ""
    return int(text) if text.isascii() and text.isdecimal() else 0


def wants_json(request: Any) -> bool:
    """Whether the script of a page asks, and not a person."""
    return bool(request.get_preferred_type(["text/html", "application/json"]) == "application/json")
