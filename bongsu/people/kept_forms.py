"""Pages for people who signed in: what somebody sends after her session ended is kept until she has signed in again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

MAX_KEPT = 100_000  # characters of a form that is kept while its sender signs in
View = Callable[..., HttpResponse]


def signed_in(view: View) -> View:
    """Opens a view to people who signed in, as `request.person`; others sign in first, and what they sent is kept.

    `request.sent` has the values of the form by name: as sent now, or as kept (then the method is GET); None without a form.
    """

    @wraps(view)
    def wrapped(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        request.person = request.actor.person
        if request.person is None:
            if request.method == "POST":
                _keep_form(request)
            return redirect(f"{reverse('account_login')}?{urlencode({'next': request.get_full_path()})}")
        request.sent = dict(request.POST.lists()) if request.method == "POST" else None
        kept = request.session.get("kept_form")
        if kept and kept["path"] == request.path and request.method == "GET":
            del request.session["kept_form"]
            request.sent = kept["fields"]
            messages.info(request, gettext("You had been signed out. What you typed is still here: send it again."))
        return view(request, *args, **kwargs)

    return wrapped


def _keep_form(request: Any) -> None:
    fields = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
    if len(str(fields)) <= MAX_KEPT and ratelimit.consume(request, action="kept_forms"):
        request.session["kept_form"] = {"path": request.path, "fields": fields}
