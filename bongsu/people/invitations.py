"""Invitations: a link to an address that makes its owner a member of an organisation, or gives her a role, or both.

What an invitation gives is permitted twice: when it is sent, and when it is used, for the sender may have lost the right.
"""

from __future__ import annotations

import uuid
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from bongsu.core.errors import N_, Missing, Refused
from bongsu.people.access import Actor, Target, require
from bongsu.people.actions import act
from bongsu.people.addresses import normalise_address
from bongsu.people.granting import grant_role, target_of_scope
from bongsu.people.links import find_link, make_link, use_link, withdraw_links
from bongsu.people.models import Link, Person
from bongsu.people.organisations import add_member, find_organisation, target_of_organisation
from bongsu.people.persons import confirmed_addresses


class Offer(NamedTuple):
    """What an invitation gives: membership of an organisation ("" for none), and a role for a scope ("" for none)."""

    organisation: str = ""
    role: str = ""
    scope_kind: str = "node"
    scope_id: str = ""


def invite(actor: Actor, address: str, offer: Offer) -> tuple[Link, str]:
    """Returns the link to send, and its secret. An earlier invitation to the address ends. Raises BadInput, Refused."""
    address = normalise_address(address)
    action, target = "person.invite", Target("node")
    if offer.organisation:
        action, target = "organisation.invite", target_of_organisation(find_organisation(offer.organisation))
    if offer.role:
        require(actor, "role.grant", target_of_scope(offer.role, offer.scope_kind, offer.scope_id))
    with act(actor, action, target) as change:
        withdraw_links("invitation", address)
        sender = str(actor.person.pk) if actor.person else ""
        link, secret = make_link("invitation", address, sender=sender, **offer._asdict())
        change.after = offer._asdict() | {"link": link.pk}
    return link, secret


def open_invitations(organisation: str = "") -> QuerySet[Link]:
    """Returns the invitations that can still be accepted, the newest first; with `organisation`, those to it."""
    found = Link.objects.filter(purpose="invitation", used=None, expires__gt=timezone.now()).order_by("-pk")
    return found.filter(data__organisation=organisation) if organisation else found


def find_invitation(id: str, organisation: str = "") -> Link:
    """Returns an open invitation by its id or its address. Raises Missing."""
    key = Q(pk=id) if id.isascii() and id.isdecimal() and len(id) < 18 else Q(address=id.strip().casefold())
    found = open_invitations(organisation).filter(key).first()
    if found is None:
        raise Missing(N_("There is no such invitation, or it was accepted or has ended."))
    return found


def withdraw_invitation(actor: Actor, link: Link, why: str = "") -> None:
    """Ends an invitation that was not accepted. Raises Refused."""
    offer = offer_of(link)
    action, target = "person.withdraw-invitation", Target("node")
    if offer.organisation:
        action, target = (
            "organisation.withdraw-invitation",
            target_of_organisation(find_organisation(offer.organisation)),
        )
    with act(actor, action, target, why) as change:
        withdraw_links("invitation", link.address)
        change.before = offer._asdict() | {"link": link.pk}


def offer_of(link: Link) -> Offer:
    """Returns what an invitation offers."""
    return Offer(**{key: link.data[key] for key in Offer._fields})


def read_offer(secret: str) -> tuple[str, Offer]:
    """Returns the address that was invited, and what it is offered. Raises LinkEnded."""
    link = find_link(secret, "invitation")
    return link.address, offer_of(link)


def accept_invitation(secret: str, person: Person) -> Offer:
    """Gives a signed-in person what an invitation to one of her confirmed addresses offers.

    Raises LinkEnded, and Refused if it was sent to somebody else's address or the sender may no longer give it.
    """
    address, offer = read_offer(secret)
    if address not in confirmed_addresses(person):
        raise Refused(
            N_("This invitation was sent to another address."),
            fix=N_("Sign in with the address that it was sent to, or add this address to your account first."),
        )
    with transaction.atomic():  # a refusal leaves the link usable
        link = use_link(secret, "invitation")
        sender = _sender(link)
        if offer.organisation:
            organisation = find_organisation(offer.organisation)
            with act(
                sender, "organisation.invite", target_of_organisation(organisation), why="invitation accepted"
            ) as change:
                add_member(person, organisation)
                change.after = {"member": str(person.pk)}
        if offer.role:
            grant_role(sender, person, offer.role, (offer.scope_kind, offer.scope_id), why="invitation accepted")
    return offer


def _sender(link: Link) -> Actor:
    """The sender, with her permissions of today; an invitation by the command is as good as the command."""
    if not link.data["sender"]:
        return Actor.of_command("invitation")
    sender = Person.objects.filter(pk=uuid.UUID(link.data["sender"]), is_active=True).first()
    if sender is None:
        raise Refused(
            N_("The person who sent this invitation can no longer sign in."), fix=N_("Ask for a new invitation.")
        )
    return Actor.of_person(sender, two_step=True)  # she signed in as her role demanded when she sent it
