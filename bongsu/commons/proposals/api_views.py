"""Proposals by programs: POST and GET /commons/proposals/, and GET, PUT and DELETE /commons/proposals/NUMBER/.

Any token of an organisation may propose, for a member of the organisation, who is told what becomes of it as if she had sent
it herself: stewards decide. A program sees the proposals that programs of its organisation sent. PUT and DELETE name the
version that they were made from (If-Match with the ETag of a GET).
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal
from uuid import UUID

import msgspec
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from bongsu.commons.editing.api_requests import (
    PROBLEM,
    TYPES,
    answer_errors,
    blame_body,
    read_body,
    read_versions,
    require_token,
    send_json,
)
from bongsu.commons.entries.entry_reader import parse_entry
from bongsu.commons.models import Proposal
from bongsu.commons.proposals.drafting import propose_document
from bongsu.commons.proposals.letters import Letters
from bongsu.commons.proposals.problems import read_valid
from bongsu.commons.proposals.proposing import (
    WITH_ENTRY,
    ProposalChanged,
    find_proposal,
    save_draft,
    send_note,
    submit_proposal,
    take_back,
)
from bongsu.core.document_shape import FilledText, convert_document
from bongsu.core.errors import N_, BadInput, Missing
from bongsu.people.models import Affiliation, Person
from bongsu.people.persons import find_person

PER_PAGE = 50


class OtherVersion(ProposalChanged):
    """The proposal is not the version that the change was made from."""

    code = "proposal-other-version"
    http_status: ClassVar[int] = 412


class SentProposal(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The body of a POST: a whole entry in `document`, or a report or withdrawal of the entry `entry`, whose reason is `text`.

    `person` is the address or id of a member of the token's organisation. The same `key` (a UUID) is proposed once.
    """

    person: FilledText
    kind: Literal["entry", "report", "withdrawal"] = "entry"
    document: dict[str, Any] = {}
    entry: str = ""
    text: str = ""
    key: str = ""


class Answer(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The body of a PUT, the answer to a steward's question: the entry anew (as it is, if left out), and a message."""

    document: dict[str, Any] = {}
    text: str = ""


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@answer_errors
def serve_proposals(request: Any) -> HttpResponse:
    """Proposes an entry, a correction or a withdrawal, or reports an error (POST); lists what programs of the organisation
    proposed, the newest first.
    """
    require_token(request)
    if request.method == "POST":
        return _answer(_propose(request), 201)
    found = Proposal.objects.filter(organisation__name=request.actor.organisation).exclude(token="").order_by("-pk")
    page = Paginator(found.select_related("organisation"), PER_PAGE).get_page(request.GET.get("page"))
    older = {"Link": f'<?page={page.next_page_number()}>; rel="next"'} if page.has_next() else {}
    return send_json([_describe(one) for one in page], 200, **older)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "PUT", "DELETE"])
@answer_errors
def serve_proposal(request: Any, number: int) -> HttpResponse:
    """Returns a proposal with its messages, answers a steward's question (PUT), or takes it back (DELETE)."""
    require_token(request)
    proposal = find_proposal(request.actor, number)
    if request.method in ("GET", "HEAD"):
        return _answer(proposal)
    if str(proposal.version) not in read_versions(request):
        raise OtherVersion(
            N_("The proposal was changed by somebody else in the meantime."),
            fix=N_("Read it again, and send its ETag in the header If-Match."),
        )
    if request.method == "DELETE":
        take_back(request.actor, proposal, proposal.version)
        return _answer(proposal)
    with blame_body():
        sent = convert_document(read_body(request, "body"), Answer, "body")
    with transaction.atomic():
        if sent.document and proposal.kind in WITH_ENTRY:
            document = _read_document(sent.document | {"id": proposal.entry})
            save_draft(request.actor, proposal, document, proposal.version)
        submit_proposal(request.actor, proposal, sent.text, _letters(request), proposal.version)
    return _answer(proposal)


def _propose(request: Any) -> Proposal:
    with blame_body():
        sent = convert_document(read_body(request, "body"), SentProposal, "body")
    actor, node, letters = request.actor, request.node, _letters(request)
    person, key = _find_member(actor.organisation, sent.person), _read_key(sent.key)
    if sent.kind == "entry":
        document = _read_document(sent.document)
        return propose_document(actor, node, person, document, sent.text, letters, actor.organisation, key)
    with blame_body():
        return send_note(actor, node, sent.kind, sent.entry, sent.text, letters, actor.organisation, key, person=person)


def _find_member(organisation: str, text: str) -> Person:
    """Returns the member with this address or id. The error is the same for who has no account and who is no member."""
    try:
        person = find_person(text)
    except (BadInput, Missing):
        person = None
    members = Affiliation.objects.filter(person=person, organisation__name=organisation, until=None)
    if person is None or not person.is_active or not members.exists():
        raise BadInput(
            N_("“{person}” is not a member of the token's organisation."),
            where="person",
            fix=N_("Write the confirmed address of a member."),
            person=text[:80],
        )
    return person


def _read_document(document: dict[str, Any]) -> dict[str, Any]:
    with blame_body():
        parse_entry(document, "document")
    return read_valid(document, timezone.now().date().isoformat()).to_json()


def _read_key(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise BadInput(N_("“{key}” is not a UUID."), where="key", key=text[:40]) from None


def _letters(request: Any) -> Letters:
    return Letters(request.node.identity.name, request.full_address)


def _answer(proposal: Proposal, status: int = 200) -> HttpResponse:
    messages = [
        {"by": "steward" if one.by_steward else "proposer", "text": one.text, "written": one.written.isoformat()}
        for one in proposal.messages.all()
    ]
    headers = {"ETag": f'"{proposal.version}"', "Cache-Control": "no-store"}
    if status == 201:
        headers["Location"] = reverse("commons-proposal", args=(proposal.pk,))
    return send_json({**_describe(proposal), "document": proposal.document, "messages": messages}, status, **headers)


def _describe(proposal: Proposal) -> dict[str, Any]:
    return {
        "number": proposal.pk,
        "kind": proposal.kind,
        "entry": proposal.entry,
        "state": proposal.state,
        "version": proposal.version,
        "submitted": proposal.submitted and proposal.submitted.isoformat(),
        "decided": proposal.decided and proposal.decided.isoformat(),
    }


_OBJECT = {"schema": {"type": "object"}}
_BODY = {"required": True, "content": dict.fromkeys(TYPES[:2], _OBJECT)}
_FOUND = {"description": "the proposal", "content": {"application/json": _OBJECT}}
serve_proposals.openapi = {  # type: ignore[attr-defined]
    "requestBody": _BODY,
    "responses": {"200": {"description": "the proposals"}, "201": _FOUND, "default": PROBLEM},
}
serve_proposal.openapi = {  # type: ignore[attr-defined]
    "parameters": [
        {
            "name": "If-Match",
            "in": "header",
            "description": "for PUT and DELETE: the ETag of the version that the change was made from",
            "schema": {"type": "string"},
        }
    ],
    "requestBody": {**_BODY, "required": False},
    "responses": {"200": _FOUND, "default": PROBLEM},
}
