"""What reviewers, officers and operators are told: the call, and never an application or a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bongsu.core.errors import N_
from bongsu.incubator.mails import put_translated_mail
from bongsu.incubator.models import Call, Reviewer
from bongsu.incubator.opening import newest_edition, read_edition
from bongsu.incubator.site import Site
from bongsu.incubator.texts import pick_text
from bongsu.people.access import NODE
from bongsu.people.granting import holders
from bongsu.people.models import Person
from bongsu.people.persons import person_of_address

NO_OFFICER = N_("Every officer of the call “{call}” is in conflict with one of its applications")
NO_OFFICER_TEXT = N_(
    "Every officer of the call “{call}” is in conflict with one of its applications, which nobody can process now. "
    "Give another person the role of its officer."
)
STOPPED = N_("A review of the call “{call}” has stopped")
STOPPED_TEXT = N_(
    "A conflict of interest was found while a review of the call “{call}” was running, so the review has stopped. "
    "The page of the call's conflicts shows why."
)


INVITATION = N_("{node} asks you to review applications to “{call}”")
INVITATION_TEXT = N_(
    "{node} asks you to review applications to the call “{call}”.\n\nOpen this link within 14 days to accept or decline. "
    "It works once.\n\n{link}"
)


def send_invitations(site: Site, call: Call, invited: Iterable[tuple[Reviewer, str]]) -> None:
    """Puts the mails of invitations into the outbox, in the language of the person if she has an account, else in all three."""
    title = read_edition(newest_edition(call)).call.title
    for reviewer, secret in invited:
        person, link = person_of_address(reviewer.address), site.address("reviewer-invitation", secret)
        _write(reviewer.address, person, INVITATION, INVITATION_TEXT, title, site, link)


def tell_operators(call: Call) -> None:
    """Tells the operators of the node that an application has no officer left."""
    _tell(holders("operator", NODE), NO_OFFICER, NO_OFFICER_TEXT, call)


def tell_stopped(people: Iterable[Person], call: Call) -> None:
    """Tells officers that a review has stopped."""
    _tell(people, STOPPED, STOPPED_TEXT, call)


def _tell(people: Iterable[Person], subject: str, text: str, call: Call) -> None:
    title = read_edition(newest_edition(call)).call.title
    for person in people:
        if person.email:
            _write(person.email, person, subject, text, title)


def _write(
    address: str,
    person: Person | None,
    subject: str,
    text: str,
    title: Mapping[str, str],
    site: Site | None = None,
    link: str = "",
) -> None:
    def list_values(language: str) -> dict[str, object]:
        return {"call": pick_text(title, language), "link": link, "node": site.node.name_in(language) if site else ""}

    put_translated_mail(address, person, subject, text, list_values)
