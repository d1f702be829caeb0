"""The first operator of a node: made by the command, or by whoever opens the link that the command prints."""

from __future__ import annotations

from bongsu.core.errors import N_, Refused
from bongsu.people.access import Actor
from bongsu.people.addresses import normalise_address
from bongsu.people.granting import grant_role
from bongsu.people.links import make_link, use_link, withdraw_links
from bongsu.people.models import Grant, Person
from bongsu.people.persons import ensure_person


def has_operator() -> bool:
    """Whether a person was ever made operator of the node."""
    return Grant.objects.filter(role="operator").exists()


def make_first_operator_link() -> str:
    """Returns the secret of a link that makes the first operator; earlier ones end."""
    withdraw_links("first-operator", "")
    return make_link("first-operator")[1]


def become_first_operator(secret: str, address: str, name: str, language: str) -> Person:
    """Makes the person of this address the operator. Raises LinkEnded, BadInput, and Refused if the node has an operator."""
    address = normalise_address(address)
    use_link(secret, "first-operator")
    if has_operator():
        raise Refused(N_("This node has an operator already."), fix=N_("Ask the operator for an invitation."))
    return add_operator(Actor.of_command("first-operator link"), address, name, language)


def add_operator(actor: Actor, address: str, name: str = "", language: str = "") -> Person:
    """Makes the person of an address if necessary, and grants her the role of an operator without an end."""
    person = ensure_person(actor, normalise_address(address), name, language)
    grant_role(actor, person, "operator")
    return person
