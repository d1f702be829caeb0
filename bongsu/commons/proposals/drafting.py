"""How proposals with an entry begin: a free id for a new one, the entry as it is for a correction; entries by their names."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from bongsu.commons.editing.entry_state import current_entry, find_state
from bongsu.commons.entries.entry import EntryKind
from bongsu.commons.models import Proposal
from bongsu.commons.proposals.answers import Document, FindEntry
from bongsu.commons.proposals.letters import Letters
from bongsu.commons.proposals.likenesses import find_catalogue
from bongsu.commons.proposals.problems import read_valid
from bongsu.commons.proposals.proposing import OPEN, Start, find_membership, start_proposal, submit_proposal
from bongsu.core.errors import N_, BadInput
from bongsu.people.access import Actor
from bongsu.people.models import Person
from bongsu.store.node import Node

KIND_HELPS = {
    EntryKind.MODEL: N_("a trained model, such as one for language, speech or images"),
    EntryKind.DATASET: N_("data for training, testing or public use"),
    EntryKind.SOFTWARE: N_("a program, library or service with its code"),
    EntryKind.COMPUTE: N_("computing that one can apply for or use"),
    EntryKind.COURSE: N_("a course or teaching material"),
    EntryKind.FUNDING: N_("money that one can apply for"),
    EntryKind.AUDIT: N_("an examination of a system by others"),
}


def start_new_entry(
    actor: Actor, node: Node, outline: Document, organisation: str = "", key: uuid.UUID | None = None
) -> Proposal:
    """Makes the draft of a new entry with kind, name and links. Raises BadInput, TooManyProposals, Refused."""
    id_, person = _new_id(node, outline), person_of(actor)
    member = find_membership(person, organisation)
    return start_proposal(actor, person, Start("new", id_, {"id": id_, **outline}, organisation=member), key)


def start_correction(
    actor: Actor, node: Node, entry_id: str, organisation: str = "", key: uuid.UUID | None = None
) -> Proposal:
    """Makes the draft of a correction; returns the one that the person has already. Raises UnknownName, EntryWithdrawn, ..."""
    person = person_of(actor)
    open_one = Proposal.objects.filter(person=person, kind="correction", entry=entry_id, state__in=OPEN).first()
    if open_one is not None:
        proposal: Proposal = open_one
        return proposal
    entry, fingerprint = current_entry(node, entry_id)
    document, member = entry.to_json(), find_membership(person, organisation)
    return start_proposal(actor, person, Start("correction", entry_id, document, document, fingerprint, member), key)


def propose_document(
    actor: Actor,
    node: Node,
    person: Person,
    document: Document,
    text: str,
    letters: Letters,
    organisation: str = "",
    key: uuid.UUID | None = None,
) -> Proposal:
    """Proposes a whole document, as a correction if the entry exists, and submits it. Raises BadInput, Refused."""
    entry = read_valid(document, timezone.now().date().isoformat())
    state = find_state(node, entry.id)
    member = find_membership(person, organisation)
    start = Start("new", entry.id, entry.to_json(), organisation=member)
    if state.entry is not None:
        start = Start("correction", entry.id, start.document, state.entry.to_json(), state.fingerprint, member)
    with transaction.atomic():
        proposal = start_proposal(actor, person, start, key)
        if proposal.state == "draft":  # the same key was not sent before
            submit_proposal(actor, proposal, text, letters)
    return proposal


def person_of(actor: Actor) -> Person:
    """Returns the person who acts. Raises BadInput for a token or the command."""
    if actor.person is None:
        raise BadInput(N_("A proposal is a person’s: name who proposes."))
    return actor.person


def _new_id(node: Node, outline: Document) -> str:
    """Returns an id that is free: made of the name in Latin letters, or else of the address."""
    names = outline.get("name", {})
    link = next((link["href"] for link in outline.get("links", [])), "")
    try:
        parts = urlsplit(link if link.startswith("http") else "")
    except ValueError:  # such as https://[: the form says later what is wrong with it
        parts = urlsplit("")
    made = next(filter(None, (slugify(name) for name in (names.get("en", ""), *names.values()))), "")
    base = (made or slugify(f"{parts.netloc}-{parts.path}".replace(".", "-").replace("/", "-")) or "entry")[:100].strip(
        "-_"
    )
    base = base.replace("_", "-") or "entry"
    id_, number = base, 1
    while (
        find_state(node, id_).entry
        or find_state(node, id_).gone
        or Proposal.objects.filter(entry=id_, kind="new").exists()
    ):
        number += 1
        id_ = f"{base}-{number}"
    return id_


def entry_finder(node: Node, language: str) -> FindEntry:
    """Returns a function that finds the id of an entry by its id or its name."""
    catalogue = find_catalogue(node)

    def find(text: str) -> str:
        if catalogue is None or not text:
            return ""
        if catalogue.find(text):
            return text
        for entry in catalogue.search(text, limit=10)[1]:
            if text.casefold() in (name.casefold() for name in entry.name.values()):
                return entry.id
        return ""

    return find
