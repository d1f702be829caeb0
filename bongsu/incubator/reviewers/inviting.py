"""Reviewers of a call: invited by address, accepted with the number of reviews that they take, declined for good, ended.

Who accepts must have stated where she works: no title is shown before.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import QuerySet

from bongsu.core.errors import N_, BadInput, Missing, Refused
from bongsu.incubator.models import Call, Reviewer
from bongsu.incubator.opening import target_of_call
from bongsu.incubator.reviewers.conflicts import compare_person
from bongsu.incubator.reviewers.stating import has_answered
from bongsu.incubator.reviewers.stopping import list_reviews, stop_review
from bongsu.people.access import NOBODY, Actor, Target
from bongsu.people.actions import Change, act
from bongsu.people.addresses import normalise_address
from bongsu.people.links import find_link, make_link, use_link
from bongsu.people.models import Link, Person
from bongsu.people.persons import confirmed_addresses, person_of_address

MOST_INVITED = 500  # at once
MOST_REVIEWS = 500
PURPOSE = "reviewer"


class Invited(NamedTuple):
    """A reviewer who was invited, and the secret of the link to send."""

    reviewer: Reviewer
    secret: str


def read_addresses(text: str) -> list[str]:
    """Returns the addresses of a text, one a line or separated by commas, semicolons or blanks. Raises BadInput."""
    words = text.replace(",", " ").replace(";", " ").split()
    if not words:
        raise BadInput(N_("Give at least one address."))
    return list(dict.fromkeys(map(normalise_address, words)))


def invite_reviewers(
    actor: Actor, call: Call, addresses: Iterable[str], least: int, most: int, now: datetime
) -> list[Invited]:
    """Invites addresses to review, for `least` to `most` reviews each. An address that waits for an answer is invited again.

    Who declined, accepted or was ended is not invited again. Raises BadInput, Refused.
    """
    _check_load(least, most)
    wanted = list(dict.fromkeys(map(normalise_address, addresses)))
    if len(wanted) > MOST_INVITED:
        raise BadInput(N_("Invite {most} addresses at once at most."), most=MOST_INVITED)
    invited = []
    with act(actor, "reviewer.invite", target_of_call(call)) as change:
        known = {one.address: one for one in Reviewer.objects.filter(call=call, address__in=wanted)}
        people = call.reviewers.exclude(person=None).values("person")
        answered = set(EmailAddress.objects.filter(user__in=people, verified=True).values_list("email", flat=True))
        for address in wanted:
            row = known.get(address) or Reviewer(call=call, address=address)
            if row.state != "invited" or address in answered:
                continue
            row.least, row.most, row.invited = least, most, now
            row.save()
            _open_links(call, address).delete()
            _, secret = make_link(PURPOSE, address, call=call.name)
            invited.append(Invited(row, secret))
        change.after = {"reviewers": [one.reviewer.pk for one in invited]}
    return invited


def _check_load(least: int, most: int) -> None:
    if not 0 <= least <= most <= MOST_REVIEWS or not most:
        raise BadInput(
            N_("The numbers of reviews are {least} to {most}: the first is not larger than the second."),
            fix=N_("A reviewer takes {limit} reviews at most."),
            least=least,
            most=most,
            limit=MOST_REVIEWS,
        )


def _open_links(call: Call, address: str) -> QuerySet[Link]:
    return Link.objects.filter(purpose=PURPOSE, address=address, data__call=call.name)


def find_invitation(secret: str) -> Reviewer:
    """Returns the reviewer of an invitation, whose link stays usable. Raises LinkEnded."""
    link = find_link(secret, PURPOSE)
    reviewer: Reviewer = Reviewer.objects.select_related("call").get(call__name=link.data["call"], address=link.address)
    return reviewer


def accept_invitation(secret: str, person: Person, least: int, most: int, now: datetime) -> Reviewer:
    """Makes a signed-in person a reviewer, who takes `least` to `most` reviews, and ends the link.

    Raises LinkEnded; BadInput if she has not stated where she works; Refused for an address that is not hers.
    """
    reviewer = find_invitation(secret)
    _check_load(least, most)
    if reviewer.address not in confirmed_addresses(person):
        raise Refused(
            N_("This invitation was sent to another address."),
            fix=N_("Sign in with the address that it was sent to, or add this address to your account first."),
        )
    if not has_answered(person):
        raise BadInput(N_("Say first where you work or worked, be it that there is nothing to say."))
    with transaction.atomic():  # a refusal leaves the link usable
        use_link(secret, PURPOSE)
        with act(Actor.of_person(person), "reviewer.answer", target_of_call(reviewer.call)) as change:
            row = _lock(reviewer)
            if Reviewer.objects.filter(call=row.call, person=person).exclude(pk=row.pk).exists():
                raise BadInput(N_("You have answered another invitation to this call."))
            row.person, row.state, row.answered, row.least, row.most = person, "accepted", now, least, most
            row.save()
            change.after = {"reviewer": row.pk, "state": row.state}
            compare_person(person.pk, now)
    return row


def decline_invitation(secret: str, now: datetime) -> Reviewer:
    """Declines an invitation for good, and ends the link; who has it needs no account. Raises LinkEnded."""
    reviewer = find_invitation(secret)
    with transaction.atomic():
        use_link(secret, PURPOSE)
        person = person_of_address(reviewer.address)
        actor = Actor.of_person(person) if person else NOBODY
        with act(actor, "reviewer.answer", target_of_call(reviewer.call)) as change:
            row = _lock(reviewer)
            row.state, row.answered = "declined", now
            if person and not Reviewer.objects.filter(call=row.call, person=person).exists():
                row.person = person
            row.save()
            change.after = {"reviewer": row.pk, "state": row.state}
    return row


def withdraw_reviewer(actor: Actor, reviewer: Reviewer, now: datetime) -> Reviewer:
    """Declines afterwards: an accepted reviewer does no further reviews of the call. Raises Refused."""
    with act(actor, "reviewer.withdraw", _target_of_reviewer(reviewer)) as change:
        return _stop(reviewer, "declined", change, now)


def end_reviewer(actor: Actor, reviewer: Reviewer, why: str, now: datetime) -> Reviewer:
    """Ends a reviewer, or takes an invitation back. Raises Refused."""
    with act(actor, "reviewer.end", target_of_call(reviewer.call), why) as change:
        _open_links(reviewer.call, reviewer.address).delete()
        return _stop(reviewer, "ended", change, now)


def _stop(reviewer: Reviewer, state: str, change: Change, now: datetime) -> Reviewer:
    row = _lock(reviewer)
    if row.state not in ("invited", "accepted"):
        raise BadInput(N_("This has ended already."))
    change.before = {"reviewer": row.pk, "state": row.state}
    row.state, row.answered = state, now
    row.save()
    for person, application in sorted(list_reviews(row.call)):
        if person == row.person_id:
            stop_review(person, row.call.applications.get(pk=application), now)
    change.after = {"reviewer": row.pk, "state": row.state}
    return row


def _target_of_reviewer(reviewer: Reviewer) -> Target:
    return target_of_call(reviewer.call)._replace(person=str(reviewer.person_id))


def _lock(reviewer: Reviewer) -> Reviewer:
    row: Reviewer = Reviewer.objects.select_for_update(of=("self",)).select_related("call").get(pk=reviewer.pk)
    return row


def find_reviewer(call: Call, pk: int) -> Reviewer:
    """Returns a reviewer of a call. Raises Missing."""
    found: Reviewer | None = Reviewer.objects.filter(call=call, pk=pk).select_related("call").first()
    if found is None:
        raise Missing(N_("There is no such reviewer of this call."))
    return found
