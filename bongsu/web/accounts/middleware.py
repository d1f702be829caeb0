"""Sets `request.organisation` from the token in the Authorization header; None without a token."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from bongsu.web.accounts.access_tokens import WrongToken, find_owner
from bongsu.web.middleware import render_error

GetResponse = Callable[[HttpRequest], HttpResponse]


def attach_organisation(get_response: GetResponse) -> GetResponse:
    """Sets `request.organisation`. A token that is not accepted gives a 401 response at every address."""

    def middleware(request: HttpRequest) -> HttpResponse:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        request.organisation = None  # type: ignore[attr-defined]
        if scheme.casefold() == "bearer":
            try:
                request.organisation = find_owner(secret.strip())  # type: ignore[attr-defined]
            except WrongToken as wrong:
                response = render_error(request, wrong)
                response.headers["WWW-Authenticate"] = "Bearer"
                return response
        return get_response(request)

    return middleware
