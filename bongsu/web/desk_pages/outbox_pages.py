"""The pages of the mail outbox. A message's text may contain a link that signs in: reading it leaves an audit line."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bongsu.core.errors import N_, Missing
from bongsu.people import outbox
from bongsu.people.models import Mail
from bongsu.web.desk_pages.people import PER_PAGE


@require_safe
def list_mail(request: HttpRequest) -> HttpResponse:
    """Lists the messages, newest first."""
    page = Paginator(Mail.objects.defer("text").order_by("-pk"), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "desk_pages/outbox.html", {"page": page, "has_mail": outbox.has_server()})


@require_http_methods(["GET", "POST"])
def show_mail(request: Any, key: UUID) -> HttpResponse:
    """Shows a message without its text (GET), or with it (POST)."""
    mail = _find(key)
    text = outbox.read_mail(request.actor, mail) if request.method == "POST" else None
    response = render(request, "desk_pages/message.html", {"mail": mail, "text": text})
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
def send_mail_again(request: Any, key: UUID) -> HttpResponse:
    """Puts a message in the queue again."""
    outbox.send_again(request.actor, _find(key), request.POST.get("why", ""))
    messages.success(request, gettext("Saved."))
    return redirect("desk-message", key)


def _find(key: UUID) -> Mail:
    mail = Mail.objects.filter(key=key).first()
    if mail is None:
        raise Missing(N_("The outbox has no such message."))
    return mail
