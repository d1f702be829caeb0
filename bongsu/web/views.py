"""Views of the site itself: health check, and the errors 400, 404 and 500."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse

from bongsu.core.errors import N_, BadInput, BongsuError, Busy, Missing, Refused
from bongsu.web.middleware import open_node, render_error


def health(request: HttpRequest) -> JsonResponse:
    """Returns {"status": "ok"} if the node opens and its index can be read."""
    return JsonResponse({"status": "ok", "releases": len(open_node().releases.all())})


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Returns 404 for an address that does not exist."""
    return render_error(request, Missing(N_("This address does not exist."), fix=N_("Start from the home page.")))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Returns 400 for a request that Django refuses before a view runs: too many fields, a wrong host name."""
    return render_error(
        request, BadInput(N_("This request cannot be read."), fix=N_("Ask for less, or start from the home page."))
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Returns 403 for a form that was not opened on this site, or too long ago."""
    return render_error(
        request,
        Refused(N_("This form is too old, or comes from another site."), fix=N_("Open the page again and repeat.")),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Returns 500 for a defect, without internal details; 503 if the database does not answer."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return render_error(
            request, Busy(N_("The node's database does not answer."), fix=N_("Try again in a few seconds."))
        )
    return render_error(
        request,
        BongsuError(N_("Something went wrong on this node."), fix=N_("The operator can find the cause in the log.")),
    )
