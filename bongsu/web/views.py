"""The hall's own answers: whether the node is well, an address that does not exist, a defect."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from bongsu.core.errors import N_, BadInput, BongsuError, Missing
from bongsu.web.middleware import open_node, render_error


def health(request: HttpRequest) -> JsonResponse:
    """{"status": "ok"} where the node opens and its index answers."""
    return JsonResponse({"status": "ok", "releases": len(open_node().releases.all())})


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that the node does not have."""
    return render_error(request, Missing(N_("This address does not exist."), fix=N_("Start from the home page.")))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that Django refuses before any view sees it: too many fields, a wrong host name."""
    return render_error(
        request, BadInput(N_("This request cannot be read."), fix=N_("Ask for less, or start from the home page."))
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """A defect of ours: nothing of its inside is shown."""
    return render_error(
        request,
        BongsuError(N_("Something went wrong on this node."), fix=N_("Its operator finds the cause in the log.")),
    )
