"""Who makes a request, and whether the route is open to them: tables/routes.csv of all rooms. An unlisted route is refused.

A route is the name of its URL, or its view's module and function if it has no name. Its action is one of access.csv, judged on
the node; an action on another kind of object needs a role for some object, and the view judges which. `object` leaves the
judgement to the view alone; `public` is open to everyone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch

from bongsu.core.errors import N_, Refused
from bongsu.people.access import NOBODY, Actor, require_somewhere
from bongsu.people.room_tables import read_room_tables
from bongsu.people.tokens import WrongToken, find_token
from bongsu.web.middleware import render_error

GetResponse = Callable[[HttpRequest], HttpResponse]
PUBLIC, OBJECT = "public", "object"


@lru_cache(maxsize=1)
def routes() -> Mapping[str, str]:
    """Returns the action of every route, by its name."""
    return MappingProxyType({row["route"]: row["action"] for row in read_room_tables("routes.csv")})


def name_route(match: ResolverMatch) -> str:
    """Returns the name of a matched route: its URL name, or the view's module and function."""
    view = getattr(match.func, "view_class", match.func)
    return match.view_name if match.url_name else f"{view.__module__}.{view.__qualname__}"


def attach_actor(get_response: GetResponse) -> GetResponse:
    """Sets `request.actor`, and `request.organisation` (None without a token).

    A token that is not accepted gives a 401 response at every address. A request with a token has no session.
    """

    def middleware(request: Any) -> HttpResponse:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        request.organisation = None
        if scheme.casefold() == "bearer":
            try:
                token = find_token(secret.strip())
            except WrongToken as wrong:
                response = render_error(request, wrong)
                response.headers["WWW-Authenticate"] = "Bearer"
                return response
            request.organisation = token.organisation
            request.actor = Actor.of_token(token.hint, token.organisation.name)
        else:
            request.actor = _actor_of_session(request)
        return get_response(request)

    return middleware


def _actor_of_session(request: Any) -> Actor:
    if not request.session.session_key and not request.COOKIES.get("sessionid"):
        return NOBODY  # no query for people who did not sign in
    if not request.user.is_authenticated:
        return NOBODY
    return Actor.of_person(request.user, two_step=signed_in_with_two_steps(request))


def signed_in_with_two_steps(request: HttpRequest) -> bool:
    """Whether the session began with a passkey, or with a second step after a password, link or provider."""
    from allauth.account.internal.flows.login import get_authentication_records

    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


class AccessMiddleware:
    """Refuses a request whose route the table does not open to its actor."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Returns the response; nobody on the way keeps one of a route that is not public, errors included."""
        response = self.get_response(request)
        match = request.resolver_match
        if match is not None and routes().get(name_route(match)) != PUBLIC:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Returns None if the request may go on."""
        route = name_route(request.resolver_match)
        action = routes().get(route)
        if action in (PUBLIC, OBJECT):
            return None
        if action is None:
            return render_error(request, Refused(N_("This address is not open to anybody.")))
        try:
            require_somewhere(request.actor, action)
        except Refused as error:  # Django's process_exception does not see what process_view raises
            return render_error(request, error)
        return None
