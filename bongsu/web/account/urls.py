"""The addresses of the account pages: ours first, then those of django-allauth.

What a POST to one of django-allauth's pages changes, and its audit line, are one transaction.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.urls import urlpatterns as account_pages
from allauth.mfa.urls import urlpatterns as second_step_pages
from allauth.socialaccount.urls import urlpatterns as provider_pages
from allauth.usersessions.urls import urlpatterns as session_pages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path

from bongsu.web.account import subscription_page, views


def _in_transaction(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def changed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        with transaction.atomic():
            return view(request, *args, **kwargs)

    return changed


def _pages(patterns: list[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            _pages(pattern.url_patterns)
        else:
            pattern.callback = _in_transaction(pattern.callback)
    return patterns


urlpatterns = [
    path("", views.account, name="account"),
    path("login/", views.sign_in, name="account_login"),
    path("link/", views.request_link, name="request-link"),
    path("link/<str:secret>/", views.sign_in_link, name="sign-in-link"),
    path("operator/<str:secret>/", views.become_operator, name="become-operator"),
    path("invitation/<str:secret>/", views.invitation, name="invitation"),
    path("organisations/<str:name>/", views.show_organisation, name="show-organisation"),
    path("organisations/<str:name>/join/", views.join_organisation, name="join-organisation"),
    path("organisations/<str:name>/leave/", views.leave_organisation, name="leave-organisation"),
    path("subscriptions/", subscription_page.subscriptions, name="subscriptions"),
    path("export/", views.export_account, name="export-account"),
    path("erase/", views.erase_account, name="erase-account"),
    path("", include(_pages(account_pages))),
    path("steps/", include(_pages(second_step_pages))),
    path("sessions/", include(_pages(session_pages))),
    path("provider/", include(_pages(provider_pages))),
]
