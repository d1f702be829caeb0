"""A person's proposals in the export of her data, and what is left of them when she is erased.

What was published stays published, and the catalogue's history refers to its proposal: a decided proposal stays, without her
messages. Drafts are deleted, and what no steward has decided is taken back.
"""

from __future__ import annotations

from typing import Any

from bongsu.commons.models import Message, Proposal
from bongsu.commons.proposals.proposing import OPEN
from bongsu.people.models import Person


def describe_proposals(person: Person) -> list[dict[str, Any]]:
    """Returns the person's proposals with their messages."""
    return [
        {
            "number": proposal.pk,
            "kind": proposal.kind,
            "entry": proposal.entry,
            "document": proposal.document,
            "organisation": proposal.organisation.name if proposal.organisation else "",
            "state": proposal.state,
            "created": proposal.created,
            "submitted": proposal.submitted,
            "decided": proposal.decided,
            "messages": [
                {"by_steward": message.by_steward, "text": message.text, "written": message.written}
                for message in proposal.messages.all()
            ],
        }
        for proposal in Proposal.objects.filter(person=person).select_related("organisation").order_by("pk")
    ] + [
        {"number": message.proposal_id, "message": message.text, "written": message.written}
        for message in Message.objects.filter(person=person, by_steward=True).order_by("pk")
    ]


def erase_proposals(person: Person) -> None:
    """Erases what the person wrote, inside an action."""
    mine = Proposal.objects.filter(person=person)
    mine.filter(state="draft").delete()
    Message.objects.filter(person=person).update(text="—")
    mine.filter(state__in=OPEN).update(state="taken-back")
    mine.exclude(state="accepted").update(document={}, base=None)
