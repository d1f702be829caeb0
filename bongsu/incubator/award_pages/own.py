"""The page of an award for its owner and her team: what is to do and until when, signatures, evidence, and the money."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods

from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, BadInput, Missing, Refused
from bongsu.incubator.applications.files import store_file
from bongsu.incubator.applications.finding import find_allowed, no_application, read_files
from bongsu.incubator.applying.requests import for_applicant
from bongsu.incubator.awards.agreement import fill_in, sign_as_applicant
from bongsu.incubator.awards.cohorts import agree_to_be_seen, list_fellows
from bongsu.incubator.awards.consenting import set_consent
from bongsu.incubator.awards.delivering import hand_in
from bongsu.incubator.awards.reading import AwardView, view_award
from bongsu.incubator.awards.use import answer_notice
from bongsu.incubator.forms.pasted import clean_text
from bongsu.incubator.models import Application
from bongsu.incubator.outcomes.publishing import withdraw_outcome
from bongsu.incubator.outcomes.writing import KIND_WORDS, SHOWN, offer_outcome, write_outcome
from bongsu.incubator.site import site_of
from bongsu.incubator.texts import pick_text
from bongsu.incubator.workflow.refused import StepRefused

TYPES = ("pdf", "png", "jpeg", "csv", "txt")
MEGABYTES = 20
FILES = 5  # in one request


def _find(request: Any, number: str) -> AwardView:
    application = find_allowed(request.actor, number, "award.see")
    found = view_award(application, request.arrival)
    if found is None or not _is_of_team(request, application):
        raise no_application(number)
    return found


def _is_of_team(request: Any, application: Application) -> bool:
    """Whether the reader is the owner or of the team: officers have a page of their own."""
    return application.owner == request.person or application.members.filter(person=request.person).exists()


@require_http_methods(["GET", "POST"])
@for_applicant
def show_award(request: Any, number: str) -> HttpResponse:
    """Shows an award to its owner and team, and does what its buttons say."""
    view = _find(request, number)
    if request.method == "POST":
        return _change(request, view)
    language = get_language() or "en"
    member = view.award.cohort_members.filter(person=request.person).first()
    context = {
        "view": view,
        "title": pick_text(read_files(view.application).call.title, language),
        "agreement": view.agreement_texts.get(language) or next(iter(view.agreement_texts.values()), ""),
        "is_owner": view.application.owner == request.person,
        "shows_receipts": view.application.owner == request.person,
        "agreed": member is not None and member.agreed is not None,
        "may_write": view.application.state in SHOWN,
        "outcomes": view.award.outcomes.order_by("pk"),
        "outcome_kinds": [(key, gettext(word)) for key, word in KIND_WORDS.items()],
        "fellows": list_fellows(view.award, request.person),
    }
    return render(request, "incubator/award.html", context)


def _change(request: Any, view: AwardView) -> HttpResponse:
    post, application, actor, now = request.POST, view.application, request.actor, request.arrival
    about = post.get("about", "")
    text = clean_text(post.get("text", "")).text
    fields = {
        key: clean_text(post[f"field.{key}"]).text for key, _, _ in view.agreement_fields if f"field.{key}" in post
    }
    changes: dict[str, Callable[[], object]] = {
        "fill": lambda: fill_in(actor, application, fields, now),
        "sign": lambda: _sign(request, application, fields),
        "hand-in": lambda: hand_in(
            actor, application, *_read_about(about), text, _keep_files(request, application), now, site_of(request)
        ),
        "answer": lambda: answer_notice(actor, application, text, now),
        "consent": lambda: set_consent(actor, application, bool(post.get("yes")), now),
        "outcome-write": lambda: write_outcome(
            actor, application, {**post.dict(), "language": get_language() or "en"}, now, site_of(request)
        ),
        "outcome-offer": lambda: offer_outcome(actor, application, post.get("entry", ""), now),
        "outcome-withdraw": lambda: withdraw_outcome(
            actor, application, post.get("entry", ""), post.get("why", ""), now, site_of(request)
        ),
        "meet": lambda: agree_to_be_seen(actor, application, bool(post.get("yes")), now),
    }
    if change := changes.get(post.get("do", "")):
        report_change(request, change)
    return redirect("award", application.number)


def report_change(request: Any, change: Callable[[], object]) -> None:
    """Makes a change, and says what became of it."""
    try:
        change()
    except (BadInput, StepRefused, Missing, Refused) as wrong:
        messages.error(request, describe_public_error(wrong, gettext).sentence)
    else:
        messages.success(request, gettext("Saved."))


def _sign(request: Any, application: Application, fields: dict[str, str]) -> None:
    """Signs the text that the page showed. Fields that were changed beside it are another text, which must be read first."""
    files = _keep_files(request, application, ("pdf",))
    digest, file = request.POST.get("digest", ""), str(files[0]["sha256"]) if files else ""
    sign_as_applicant(request.actor, application, digest, request.arrival, site_of(request), file)


def _read_about(about: str) -> tuple[str, str]:
    kind, _, key = about.partition(":")
    return kind, key


def _keep_files(request: Any, application: Application, types: tuple[str, ...] = TYPES) -> list[dict[str, Any]]:
    uploads = request.FILES.getlist("file")
    if len(uploads) > FILES:
        raise BadInput(N_("Send {most} files at most."), most=FILES)
    return [
        store_file(application, one.name, one.read(), types, MEGABYTES, request.arrival, request.node)
        for one in uploads
    ]
