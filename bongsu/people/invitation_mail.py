"""The mail of an invitation."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.utils.translation import get_language, gettext, override

from bongsu.core.errors import N_
from bongsu.people.access import Actor, roles
from bongsu.people.granting import title_scope
from bongsu.people.invitations import Offer, invite
from bongsu.people.organisations import organisation_titles
from bongsu.people.outbox import put_mail

_SUBJECT = N_("Invitation to {node}")
_TEXT = N_(
    "You are invited to {node}: {what}.\n\nOpen this link within 14 days to accept. It works once.\n\n{link}\n\n"
    "If you did not expect this message, do nothing."
)


def describe_offer(offer: Offer, language: str) -> str:
    """Returns what an invitation offers, as text."""
    parts = []
    if offer.organisation:
        parts.append(organisation_titles().get(offer.organisation, offer.organisation))
    if offer.role:
        role = roles()[offer.role].title.to(language)
        scope = "" if offer.scope_kind == "node" else f" ({title_scope(offer.scope_kind, offer.scope_id, language)})"
        parts.append(f"{role}{scope}")
    return ", ".join(parts) or gettext(N_("an account"))


def send_invitation(
    actor: Actor, address: str, offer: Offer, node: str, language: str, link_address: Callable[[str], str]
) -> str:
    """Invites an address and puts the mail into the outbox. Returns the link. Raises BadInput, Refused."""
    language = language or get_language() or "en"
    with transaction.atomic():
        link, secret = invite(actor, address, offer)
        text = link_address(secret)
        with override(language):
            subject = gettext(_SUBJECT).format(node=node)
            body = gettext(_TEXT).format(node=node, what=describe_offer(offer, language), link=text)
        put_mail(link.address, subject, body, language)
    return text
