"""The pages of an applicant: her applications, the beginning of one, and one with everything that can be done with it.

Every button of an application's page first saves what was typed. Somebody else's application is not there, as a number that
nobody has used. The script of the page sends the same fields, and gets what they changed as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, BadInput, BongsuError, Missing
from bongsu.incubator.applications.drafting import NotOpen, begin_application, dismiss_dropped, reuse_answers
from bongsu.incubator.applications.files import detach_file
from bongsu.incubator.applications.finding import find_allowed, list_own, target_of_application
from bongsu.incubator.applications.screening import answer_check
from bongsu.incubator.applications.team import remove_member
from bongsu.incubator.applying.decided import read_decided
from bongsu.incubator.applying.invitation_mail import invite_by_mail
from bongsu.incubator.applying.page import Changes, Page, name_state, write_time_left
from bongsu.incubator.applying.requests import for_applicant, wants_json
from bongsu.incubator.applying.saving import Outcome, Sent, find_changed, read_sent, save_page
from bongsu.incubator.calls.retention import describe_terms
from bongsu.incubator.forms.fields import fingerprint
from bongsu.incubator.forms.pasted import clean_text
from bongsu.incubator.forms.words import describe_removed
from bongsu.incubator.models import Application
from bongsu.incubator.opening import find_call, newest_edition, read_edition, target_of_call
from bongsu.incubator.running.submitting import NotComplete, submit
from bongsu.incubator.site import site_of
from bongsu.incubator.steps.take import perform
from bongsu.incubator.texts import pick_text
from bongsu.incubator.workflow.refused import StepRefused
from bongsu.people.access import may, require

EVENTS = ("reopen", "withdraw", "accept", "decline", "give-up")  # of the applicant, beside submitting


def _language() -> str:
    return get_language() or "en"


def _sentence(error: BongsuError) -> str:
    return describe_public_error(error, gettext).sentence


def find_own(request: Any, number: str) -> Application:
    """Returns an application that the person writes. Raises Missing for any other, whether there is one or not."""
    return find_allowed(request.actor, number, "application.write")


@require_safe
@for_applicant
def list_applications(request: Any) -> HttpResponse:
    """Lists the person's applications and those of her teams: state, deadline, and how much is missing."""
    rows, now = [], timezone.now()
    for application in list_own(request.person):
        page = Page(application, request.person, now, _language())
        missing = page.judgement.findings if page.is_writable else ()
        rows.append(
            {
                "application": application,
                "call": pick_text(page.files.call.title, _language()),
                "title": _find_title(page),
                "state": name_state(application.state, _language()),
                "round": page.find_round(),
                "left": write_time_left(application.round.ends - now, _language()) if page.is_writable else "",
                "missing": len(missing),
                "is_owner": page.is_owner,
            }
        )
    return render(request, "incubator/applications.html", {"rows": rows})


def _find_title(page: Page) -> str:
    """Returns the first short text that was answered: most forms begin with the title."""
    texts = (page.shown.answers.get(one.key) for one in page.form.question if one.kind == "text")
    return next((str(one) for one in texts if one), "")


@require_http_methods(["GET", "POST"])
@for_applicant
def begin(request: Any, name: str) -> HttpResponse:
    """Begins an application (POST); who has one for this call already is shown it first (GET)."""
    call = find_call(name)
    if call.state == "draft" and not may(request.actor, "call.see", target_of_call(call)):
        raise Missing(N_("There is no call “{name}”."), name=name)
    own = [one for one in list_own(request.person) if one.call_id == call.pk]
    if request.method == "POST" and (not own or request.POST.get("do") == "another"):
        application = begin_application(request.actor, name, request.arrival)
        return redirect("application", application.number)
    rows = [(one, name_state(one.state, _language())) for one in own]
    files = read_edition(newest_edition(call))
    terms = describe_terms(files.call.retention.chosen, gettext, _language())
    context = {"call": call, "title": pick_text(files.call.title, _language()), "rows": rows, "terms": terms}
    return render(request, "incubator/begin.html", context)


@require_http_methods(["GET", "POST"])
@for_applicant
def show_application(request: Any, number: str) -> HttpResponse:
    """Shows an application, and does what its buttons say."""
    application = find_own(request, number)
    if request.method == "POST":
        return _change(request, application)
    changes = Changes()
    page = Page(application, request.person, timezone.now(), _language())
    if request.sent is not None and page.is_writable:  # what was sent after the session had ended
        changes.typed = find_changed(page.form, read_sent(request.sent, {}))
    return _render(request, page, changes)


def _render(request: Any, page: Page, changes: Changes, wrong: str = "", status: int = 200) -> HttpResponse:
    return render(
        request,
        "incubator/application.html",
        {**page.describe(changes), "decided": read_decided(page.application, page.now), "wrong": wrong},
        status=status,
    )


def _change(request: Any, application: Application) -> HttpResponse:
    """Saves what was typed, then does what the button says; if that fails, the page shows why, and what was typed."""
    uploads = {name[2:]: files for name, files in request.FILES.lists() if name.startswith("f.")}
    sent = read_sent(request.sent, uploads)
    do, _, about = _first(sent, "do").partition(":")
    outcome, changes, wrong, status = None, Changes(), "", 200
    try:
        if sent.asked or sent.files:
            outcome = save_page(request.actor, application, sent, request.arrival, request.node)
            changes = _show_outcome(outcome)
        if wants_json(request):
            return _answer_script(request, application, sent, outcome)
        if not (outcome and (outcome.conflicts or outcome.refused)):
            _carry_out(request, application, do, about, sent)
    except (BadInput, Missing, NotOpen, StepRefused, NotComplete) as error:
        if wants_json(request):
            raise
        wrong, status = _sentence(error), error.http_status
        if isinstance(error, StepRefused):  # its reason names the state, which the applicant may not know yet
            wrong = gettext("This cannot be done now.")
        changes.all_findings = isinstance(error, NotComplete)
        if outcome is None:
            changes.typed = _keep_typed(request, application, sent)
    else:
        if outcome and (outcome.conflicts or outcome.refused):
            status = 409 if outcome.conflicts else 400
            wrong = gettext("Somebody else changed an answer meanwhile, or a file was refused: see below.")
        elif do == "rows":
            changes.rows = about
        elif outcome is None or not outcome.removed:
            messages.success(request, _report(do))
            return redirect("application", application.number)
    application.refresh_from_db()
    return _render(request, Page(application, request.person, timezone.now(), _language()), changes, wrong, status)


def _report(do: str) -> str:
    return gettext("The application is submitted.") if do == "submit" else gettext("Saved.")


def _keep_typed(request: Any, application: Application, sent: Sent) -> Mapping[str, Any]:
    """Returns what was typed and could not be saved, so that it is not lost."""
    page = Page(application, request.person, timezone.now(), _language())
    try:
        return find_changed(page.form, sent)
    except BadInput:
        return {}


def _show_outcome(outcome: Outcome) -> Changes:
    notes = {key: describe_removed(letters, gettext, _language()) for key, letters in outcome.removed.items()}
    notes |= {key: _sentence(error) for key, error in outcome.refused.items()}
    typed = {key: outcome.typed[key] for key in outcome.conflicts}
    return Changes(typed=typed, conflicts=outcome.conflicts, notes=notes)


def _carry_out(request: Any, application: Application, do: str, about: str, sent: Sent) -> None:
    actor, arrival = request.actor, request.arrival
    match do:
        case "save" | "rows":
            pass
        case "enter" if not _first(sent, "address"):  # the key in a field; in that of an address it invites
            pass
        case "submit":
            submit(actor, application, arrival, site_of(request))
        case "reuse":
            if not reuse_answers(actor, application, arrival):
                messages.info(request, gettext("You have no earlier answers that fit here."))
        case "dismiss":
            dismiss_dropped(actor, application, arrival)
        case "remove-file":
            key, _, sha256 = about.partition(":")
            detach_file(actor, application, key, sha256, arrival)
        case "invite" | "enter":
            address = clean_text(_first(sent, "address"), one_line=True).text
            invite_by_mail(actor, site_of(request), application, address, arrival, _language())
        case "remove-member":
            require(actor, "application.invite", target_of_application(application))
            member = (
                application.members.filter(pk=int(about)).first() if about.isdecimal() and len(about) < 18 else None
            )
            if member is None:
                raise Missing(N_("The team has no such member."))
            remove_member(actor, application, member)
        case "answer":
            text = clean_text(_first(sent, f"answer.{about}")).text
            answer_check(actor, application, about, text, arrival)
        case _ if do in EVENTS:
            perform(actor, application, do, arrival, site_of(request))
        case _:
            raise BadInput(N_("This form does not exist."))


def _first(sent: Sent, name: str) -> str:
    return next(iter(sent.posted.get(name, ())), "")


def _answer_script(request: Any, application: Application, sent: Sent, outcome: Outcome | None) -> HttpResponse:
    """Returns what the script of the page needs after a save.

    The new revision and when it was saved; the fingerprints of what was sent; the errors of these questions; the fields that
    others changed, or that files were added to; what is required now; and the panel.
    """
    application.refresh_from_db()
    page = Page(application, request.person, timezone.now(), _language())
    changes = _show_outcome(outcome) if outcome else Changes()
    findings = page.judgement.findings
    draft, questions = page.draft, page.form.questions
    by_others = [key for key, revision in draft.touched.items() if revision > sent.base and key not in sent.asked]
    anew = {*by_others, *sent.files, *changes.conflicts} & set(questions)
    fields = {key: page.describe_field(key, changes, findings) for key in {*sent.asked, *anew} & set(questions)}
    body = {
        "revision": draft.revision,
        "saved": draft.saved.isoformat(),
        "fingerprints": {key: fingerprint(draft.answers.get(key)) for key in fields},
        "errors": {key: _render_part("_errors", one) for key, one in fields.items() if key not in anew},
        "fields": {key: _render_part("_field", one) for key, one in fields.items() if key in anew},
        "conflicts": list(changes.conflicts),
        "gone": list(outcome.gone) if outcome else [],
        "required": {key: page.make_field(key, Changes(), ()).required for key in questions},
        "panel": render_to_string("incubator/_panel.html", page.describe_panel(), request),
    }
    return JsonResponse(body)


def _render_part(name: str, context: Mapping[str, Any]) -> str:
    return render_to_string(f"incubator/{name}.html", dict(context))


@require_safe
@for_applicant
def print_application(request: Any, number: str) -> HttpResponse:
    """Shows all questions and answers on a page to print."""
    application = find_own(request, number)
    page = Page(application, request.person, timezone.now(), _language())
    context = {
        "application": application,
        "title": pick_text(page.files.call.title, _language()),
        "state": name_state(application.state, _language()),
        "round": page.find_round(),
        "version": None if page.shown is page.draft else page.shown,
        "shown": page.list_shown(),
        "team": [application.owner, *(one.person for one in application.members.exclude(person=None))],
        "now": timezone.now(),
    }
    return render(request, "incubator/application_print.html", context)
