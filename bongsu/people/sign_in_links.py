"""Sign-in by a link sent to an address. Whether the address has an account cannot be seen from outside.

The same form serves a person who has an account and one who has none: the link makes the account when it is used. For every
address one link is made and one mail is written, so the answer and its time are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext, override

from bongsu.core.errors import N_, Refused
from bongsu.people.access import NOBODY
from bongsu.people.links import make_link, use_link, withdraw_links
from bongsu.people.models import Person
from bongsu.people.outbox import put_mail
from bongsu.people.persons import ensure_person, person_of_address

_SUBJECT = N_("Sign in to {node}")
_TEXT = N_(
    "Open this link within 20 minutes to sign in to {node}. It works once.\n\n{link}\n\n"
    "If you did not ask for it, do nothing: nobody can sign in without this message."
)
_NO_ACCOUNT = N_(
    "Somebody, perhaps you, asked for a link to sign in to {node}. This address has no account there, and accounts are made "
    "by invitation only. Ask an operator of the node for one."
)
_INACTIVE = N_(
    "Somebody, perhaps you, asked for a link to sign in to {node}. The account of this address was deactivated by an operator "
    "of the node."
)


class SignIn(NamedTuple):
    """What the use of a link gives: the person, and the address of the page to continue with."""

    person: Person
    address: str
    next: str


def send_sign_in_link(address: str, node: str, language: str, next: str, link_address: Callable[[str], str]) -> None:
    """Writes the mail with a link to a normalised address. `link_address` returns the link of a secret."""
    person = person_of_address(address)
    withdraw_links("sign-in", address)
    _, secret = make_link("sign-in", address, next=next, language=language)
    text = _choose_text(person)
    with override(language):
        subject = gettext(_SUBJECT).format(node=node)
        body = gettext(text).format(node=node, link=link_address(secret))
    put_mail(address, subject, body, language)


def _choose_text(person: Person | None) -> str:
    if person is None:
        return _TEXT if settings.BONGSU_SIGN_UP else _NO_ACCOUNT
    return _TEXT if person.is_active else _INACTIVE


def use_sign_in_link(secret: str) -> SignIn:
    """Ends the link and returns whom it signs in; makes the person at her first link. Raises LinkEnded, Refused."""
    link = use_link(secret, "sign-in")
    person = person_of_address(link.address)
    if person is None:
        if not settings.BONGSU_SIGN_UP:
            raise Refused(N_("Accounts of this node are made by invitation only."))
        person = ensure_person(NOBODY, link.address, language=link.data.get("language", ""))
    return SignIn(person, link.address, link.data.get("next", ""))
