"""What a person does with her proposal: start, save, submit, take back. Every change is one action (bongsu/people/actions.py).

A draft is its person's alone. A proposal that was submitted is seen by the stewards, and changed by nobody until they answer.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple, cast

from django.db import transaction
from django.utils import timezone

from bongsu.commons.editing.entry_state import current_entry
from bongsu.commons.entries.entry_reader import parse_entry
from bongsu.commons.models import Message, Proposal
from bongsu.commons.proposals.answers import Document, clean_text
from bongsu.commons.proposals.letters import Letters, write_to_proposer, write_to_stewards
from bongsu.core.errors import N_, BadInput, BongsuError, Final, Missing, TryAgain
from bongsu.people.access import Actor, Target, may
from bongsu.people.actions import Change, act
from bongsu.people.models import Affiliation, Organisation, Person
from bongsu.store.node import Node

KIND_NAMES = {
    "new": N_("New entry"),
    "correction": N_("Correction"),
    "report": N_("Report of an error"),
    "claim": N_("Claim of an owner"),
    "withdrawal": N_("Withdrawal"),
}
STATE_NAMES = {
    "draft": N_("draft"),
    "submitted": N_("submitted"),
    "asked-back": N_("asked back"),
    "accepted": N_("accepted"),
    "refused": N_("refused"),
    "taken-back": N_("taken back"),
}
EDITED = ("draft", "asked-back")  # states in which the person may change the proposal
OPEN = (*EDITED, "submitted")
WITH_ENTRY = ("new", "correction")  # kinds whose document is an entry
MAX_PER_DAY = 20
MAX_DOCUMENT = 100_000  # characters
MAX_TEXT = 4_000
COMMONS = ("programme", "commons")


class TooManyProposals(TryAgain):
    """The person made more proposals within a day than MAX_PER_DAY."""

    code = "too-many-proposals"
    http_status = 429


class ProposalChanged(Final):
    """The proposal is not as it was when the page was opened: somebody else decided, or it was changed."""

    code = "proposal-changed"
    http_status = 409


def target_of_proposal(proposal: Proposal) -> Target:
    """The proposal as an object of actions. One that a program sent belongs to the program's organisation too."""
    owner = proposal.organisation.name if proposal.token and proposal.organisation else ""
    return Target("proposal", str(proposal.pk), (COMMONS,), person=str(proposal.person_id), organisation=owner)


def find_proposal(actor: Actor, number: int) -> Proposal:
    """Returns a proposal that the actor may see. Raises Missing, also for one that she may not see."""
    found = Proposal.objects.filter(pk=number).select_related("person", "organisation").first()
    if found is None or not may(actor, "proposal.see", target_of_proposal(found)) or _is_foreign_draft(actor, found):
        raise Missing(N_("There is no proposal {number}, or it is not yours."), number=number)
    proposal: Proposal = found
    return proposal


def _is_foreign_draft(actor: Actor, proposal: Proposal) -> bool:
    return proposal.state == "draft" and not actor.trusted and actor.person != proposal.person


class Start(NamedTuple):
    """A proposal to start: its kind, entry and document; for a correction also the entry as it is, and its fingerprint."""

    kind: str
    entry: str
    document: Document
    base: Document | None = None
    base_fingerprint: str = ""
    organisation: Organisation | None = None


def start_proposal(actor: Actor, person: Person, start: Start, key: uuid.UUID | None = None) -> Proposal:
    """Makes a draft. The same key gives the draft that was made with it: a form may be sent twice.

    A token makes one for a person of its organisation. Raises TooManyProposals, Refused, BadInput for a document that is too
    long.
    """
    owner = start.organisation.name if start.organisation else ""
    with act(actor, "proposal.start", Target("node", organisation=owner)) as change:
        if key and (found := Proposal.objects.filter(key=key).first()):
            if found.person == person and found.token == actor.token:
                change.id, made_before = str(found.pk), found
                return cast(Proposal, made_before)
            key = None  # a key that somebody else used is none
        _check_rate(person)
        proposal = Proposal(
            key=key or uuid.uuid4(),
            kind=start.kind,
            entry=start.entry,
            document=_check_document(start.document),
            base=start.base,
            base_fingerprint=start.base_fingerprint,
            person=person,
            organisation=start.organisation,
            token=actor.token,
        )
        proposal.save(force_insert=True)
        change.id, change.after = str(proposal.pk), {"kind": start.kind, "entry": start.entry}
    return proposal


def _check_rate(person: Person) -> None:
    since = timezone.now() - timedelta(days=1)
    if Proposal.objects.filter(person=person, created__gt=since).count() >= MAX_PER_DAY:
        raise TooManyProposals(
            N_("You made {count} proposals within a day."), fix=N_("Go on tomorrow."), count=MAX_PER_DAY
        )


def _check_document(document: Document) -> Document:
    if len(str(document)) > MAX_DOCUMENT:
        raise BadInput(N_("The entry is too long: {limit} letters at most."), limit=MAX_DOCUMENT)
    return document


def find_membership(person: Person, name: str) -> Organisation | None:
    """Returns the active organisation of this name, None without a name. Raises BadInput if the person is no member."""
    if not name:
        return None
    member = Affiliation.objects.filter(person=person, until=None)
    found = Organisation.objects.filter(name=name, active=True, affiliations__in=member).first()
    if found is None:
        raise BadInput(N_("You are not a member of “{name}”."), name=name[:64])
    organisation: Organisation = found
    return organisation


@contextmanager
def change_proposal(
    actor: Actor, proposal: Proposal, action: str, states: tuple[str, ...], seen: int | None = None, why: str = ""
) -> Iterator[tuple[Proposal, Change]]:
    """Gives the locked row of a proposal to change, in an action that saves it.

    Raises ProposalChanged if it is in none of the states, or not at the version that was seen; and Refused.
    """
    with act(actor, action, target_of_proposal(proposal), why) as change:
        row = Proposal.locked(pk=proposal.pk)
        if row.state not in states or (seen is not None and row.version != seen):
            raise _changed(row)
        change.before = {"state": row.state, "version": row.version}
        yield row, change
        row.version += 1
        row.save()
        change.after = {"state": row.state, "version": row.version, **(change.after or {})}
    for field in ("document", "state", "version", "submitted", "decided", "decided_by"):
        setattr(proposal, field, getattr(row, field))


def _changed(row: Proposal) -> BongsuError:
    return ProposalChanged(
        N_("The proposal was changed since you opened it; now it is: {reason}."),
        fix=N_("Look at it again."),
        reason=STATE_NAMES[row.state],
    )


def save_draft(actor: Actor, proposal: Proposal, document: Document, seen: int | None = None) -> None:
    """Stores the document of a draft, right or wrong. Its id, kind and source stay. Raises ProposalChanged, BadInput."""
    if document == proposal.document and seen in (None, proposal.version):
        return
    with change_proposal(actor, proposal, "proposal.change", EDITED, seen) as (row, _):
        kept = {name: row.document[name] for name in ("id", "kind", "source") if name in row.document}
        row.document = _check_document({**document, **kept})


def submit_proposal(actor: Actor, proposal: Proposal, text: str, letters: Letters, seen: int | None = None) -> None:
    """Sends a proposal to the stewards. Raises BadInput for a document that is no valid entry or changes nothing."""
    text = check_text(text)
    if proposal.kind in WITH_ENTRY:
        parse_entry(proposal.document, proposal.entry)  # the form has shown what is wrong (problems.py)
    if proposal.kind == "correction" and proposal.document == proposal.base:
        raise BadInput(N_("The correction changes nothing yet."))
    if proposal.kind in ("report", "withdrawal") and not text and not proposal.messages.exists():
        raise BadInput(N_("Say what is wrong."))
    with change_proposal(actor, proposal, "proposal.submit", EDITED, seen) as (row, _):
        if row.document != proposal.document:
            raise _changed(row)
        row.state, row.submitted = "submitted", timezone.now()
        add_message(row, actor, text)
        write_to_proposer(row, "submitted", "", letters)
        write_to_stewards(row, letters)


def check_text(text: str) -> str:
    """Returns the text of a message without control characters. Raises BadInput if it is too long."""
    text = clean_text(text)
    if len(text) > MAX_TEXT:
        raise BadInput(N_("This is too long: {limit} letters at most."), limit=MAX_TEXT)
    return text


def add_message(proposal: Proposal, actor: Actor, text: str, by_steward: bool = False) -> None:
    """Adds a message to a proposal, inside an action; an empty one is left out."""
    if text:
        Message(proposal=proposal, person=actor.person, by_steward=by_steward, text=text).save(force_insert=True)


def take_back(actor: Actor, proposal: Proposal, seen: int | None = None) -> None:
    """Takes a proposal back before a steward decides. Raises ProposalChanged, Refused."""
    with change_proposal(actor, proposal, "proposal.take-back", OPEN, seen) as (row, _):
        row.state = "taken-back"


def send_note(
    actor: Actor,
    node: Node,
    kind: str,
    entry_id: str,
    text: str,
    letters: Letters,
    organisation: str = "",
    key: uuid.UUID | None = None,
    person: Person | None = None,
) -> Proposal:
    """Reports an error of an entry, or proposes to withdraw it: a text, sent at once. Raises BadInput without a text, ...

    `person` is for whom a program acts.
    """
    entry, fingerprint = current_entry(node, entry_id)
    person = person or actor.person
    if not check_text(text):
        raise BadInput(N_("Say what is wrong."))
    if person is None:
        raise BadInput(N_("A proposal is a person’s: name who proposes."))
    with transaction.atomic():
        member = find_membership(person, organisation)
        start = Start(kind, entry_id, {"name": dict(entry.name)}, None, fingerprint, member)
        proposal = start_proposal(actor, person, start, key)
        if proposal.state == "draft":  # the same form was not sent before
            submit_proposal(actor, proposal, text, letters)
    return proposal
