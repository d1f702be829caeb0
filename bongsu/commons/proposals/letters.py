"""The mails about proposals, in the language of whoever gets them; written in the transaction of what they tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from django.utils.translation import get_language, gettext, override

from bongsu.commons.models import Proposal
from bongsu.core.errors import N_
from bongsu.people.access import NODE
from bongsu.people.granting import holders
from bongsu.people.models import Person
from bongsu.people.outbox import put_mail

_SUBJECTS = {
    "submitted": N_("Your proposal {number} was received"),
    "asked-back": N_("A question about your proposal {number}"),
    "accepted": N_("Your proposal {number} was accepted"),
    "refused": N_("Your proposal {number} was not accepted"),
}
_TEXTS = {
    "submitted": N_("{node} received your proposal about “{entry}”. A steward will answer."),
    "asked-back": N_("A steward of {node} asks about your proposal about “{entry}”. Answer on its page."),
    "accepted": N_("{node} accepted your proposal about “{entry}”. It is published with the next release."),
    "accepted report": N_("{node} accepted your report about “{entry}”."),
    "accepted claim": N_("“{entry}” belongs to your organisation on {node} now."),
    "refused": N_("{node} did not accept your proposal about “{entry}”."),
}
_QUEUE_SUBJECT = N_("A proposal for the catalogue waits: {entry}")
_QUEUE_TEXT = N_("Proposal {number} about “{entry}” waits for a steward of {node}.")


class Letters(NamedTuple):
    """What mails need of the site: the node's name, and the full address of a route with its arguments."""

    node: str
    address: Callable[..., str]


def stewards() -> list[Person]:
    """Returns the stewards of the catalogue, who can sign in."""
    return holders("steward", NODE, ("programme", "commons"))


def entry_title(proposal: Proposal, language: str) -> str:
    """Returns the name of the entry that a proposal is about."""
    names = (proposal.document or {}).get("name") or (proposal.base or {}).get("name") or {}
    return str(names.get(language) or names.get("en") or next(iter(names.values()), "") or proposal.entry)


def write_to_proposer(proposal: Proposal, event: str, message: str, letters: Letters) -> None:
    """Tells the person what became of her proposal."""
    text = _TEXTS.get(f"{event} {proposal.kind}", _TEXTS[event])
    _write([proposal.person], _SUBJECTS[event], text, message, proposal, letters)


def write_to_stewards(proposal: Proposal, letters: Letters) -> None:
    """Tells every steward but the person herself that a proposal waits."""
    others = [person for person in stewards() if person != proposal.person]
    _write(others, _QUEUE_SUBJECT, _QUEUE_TEXT, "", proposal, letters)


def _write(
    people: Iterable[Person], subject: str, text: str, message: str, proposal: Proposal, letters: Letters
) -> None:
    for person in people:
        if not person.email:  # she was erased
            continue
        language = person.language or get_language() or "en"
        with override(language):
            values = {"number": proposal.pk, "node": letters.node, "entry": entry_title(proposal, language)}
            lines = [gettext(text).format(**values), message, letters.address("proposal", proposal.pk)]
            put_mail(person.email, gettext(subject).format(**values), "\n\n".join(filter(None, lines)), language)
