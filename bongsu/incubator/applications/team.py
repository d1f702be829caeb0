"""The team of an application: the owner invites addresses; who accepts writes with her. Only the owner submits."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from bongsu.core.errors import N_, BadInput, Refused
from bongsu.incubator.applications.finding import target_of_application
from bongsu.incubator.models import Application, Member
from bongsu.people.access import Actor
from bongsu.people.actions import act
from bongsu.people.addresses import normalise_address
from bongsu.people.links import find_link, make_link, use_link
from bongsu.people.models import Link, Person
from bongsu.people.persons import confirmed_addresses

MOST_MEMBERS = 50
PURPOSE = "team"


def invite_member(actor: Actor, application: Application, address: str, now: datetime) -> tuple[Member, str]:
    """Invites an address to the team. Returns the member and the secret of the link to send. Raises BadInput, Refused."""
    address = normalise_address(address)
    with act(actor, "application.invite", target_of_application(application)) as change:
        if application.owner and address in confirmed_addresses(application.owner):
            raise BadInput(N_("This address is the owner's."))
        if application.members.exclude(address=address).count() >= MOST_MEMBERS:
            raise BadInput(N_("A team has {most} members at most."), most=MOST_MEMBERS)
        member, _ = Member.objects.get_or_create(application=application, address=address, defaults={"invited": now})
        if member.person_id is not None:
            raise BadInput(N_("This address belongs to the team already."))
        _open_links(application, address).delete()
        _, secret = make_link(PURPOSE, address, application=str(application.pk))
        change.after = {"member": member.pk}
    return member, secret


def _open_links(application: Application, address: str) -> QuerySet[Link]:
    return Link.objects.filter(purpose=PURPOSE, address=address, data__application=str(application.pk))


def find_team_link(secret: str) -> tuple[Application, str]:
    """Returns the application and the address of an invitation. Raises LinkEnded."""
    link = find_link(secret, PURPOSE)
    return Application.objects.select_related("call").get(pk=link.data["application"]), link.address


def join_team(secret: str, person: Person, now: datetime) -> Application:
    """Makes a signed-in person a member of the team to which one of her addresses was invited. Raises LinkEnded, Refused."""
    application, address = find_team_link(secret)
    if address not in confirmed_addresses(person):
        raise Refused(
            N_("This invitation was sent to another address."),
            fix=N_("Sign in with the address that it was sent to, or add this address to your account first."),
        )
    with transaction.atomic():  # a refusal leaves the link usable
        use_link(secret, PURPOSE)
        with act(Actor.of_person(person), "application.join", target_of_application(application)) as change:
            member = Member.objects.select_for_update().get(application=application, address=address)
            member.person, member.accepted = person, now
            member.save()
            change.after = {"member": member.pk}
    return application


def remove_member(actor: Actor, application: Application, member: Member) -> None:
    """Removes a member from the team, or takes an invitation back. Raises Refused."""
    with act(actor, "application.invite", target_of_application(application)) as change:
        _open_links(application, member.address).delete()
        change.before = {"member": member.pk}
        member.delete()


def list_people(application: Application) -> list[Person]:
    """Returns the owner and the members of the team who accepted."""
    members = application.members.exclude(person=None).select_related("person").order_by("pk")
    owner = [application.owner] if application.owner else []
    return [*owner, *(member.person for member in members if member.person != application.owner)]
