"""Organisations, their domains, and who belongs to them."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.utils import timezone
from publicsuffixlist import PublicSuffixList

from bongsu.core.errors import N_, BadInput, Missing, Refused
from bongsu.people.access import Actor, Target
from bongsu.people.actions import act
from bongsu.people.addresses import domain_of
from bongsu.people.models import Affiliation, Domain, Organisation, Person

_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}\Z", re.ASCII)


def target_of_organisation(organisation: Organisation) -> Target:
    """The organisation as an object of actions."""
    return Target("organisation", organisation.name, organisation=organisation.name)


def find_organisation(name: str) -> Organisation:
    """Returns the organisation. Raises Missing."""
    organisation: Organisation | None = Organisation.objects.filter(name=name).first()
    if organisation is None:
        raise Missing(N_("The organisation “{name}” does not exist."), name=name[:64])
    return organisation


def organisation_titles() -> dict[str, str]:
    """Returns the display name of every organisation, by its short name."""
    return dict(Organisation.objects.values_list("name", "title"))


def ensure_organisation(actor: Actor, name: str, title: str = "") -> Organisation:
    """Returns the organisation called `name`, created if necessary. Raises BadInput for a name not usable in a URL."""
    found = Organisation.objects.filter(name=name).first()
    return found or add_organisation(actor, name, title)


def add_organisation(actor: Actor, name: str, title: str = "") -> Organisation:
    """Creates an organisation. Raises BadInput for a name that is taken or not usable in a URL, Refused."""
    organisation = Organisation(name=name, title=title or name)
    try:
        organisation.clean_fields()
    except ValidationError:
        raise BadInput(
            N_("“{name}” is not a valid name for an organisation."),
            fix=N_("Use small letters, digits, dots and hyphens, 64 at most, a letter or digit first."),
            name=name[:80],
        ) from None
    with act(actor, "organisation.add") as change:
        if Organisation.objects.filter(name=name).exists():
            raise BadInput(N_("The organisation “{name}” exists already."), name=name)
        organisation.save(force_insert=True)
        change.id, change.after = name, {"title": organisation.title}
    return organisation


def change_organisation(actor: Actor, organisation: Organisation, title: str) -> None:
    """Changes the display name. Raises BadInput for an empty one, Refused."""
    if not title.strip() or len(title) > 200:
        raise BadInput(N_("An organisation needs a name of 200 letters at most."))
    with act(actor, "organisation.change", target_of_organisation(organisation)) as change:
        row = Organisation.locked(pk=organisation.pk)
        change.before, change.after = {"title": row.title}, {"title": title.strip()}
        row.title = title.strip()
        row.save(update_fields=["title"])


def list_above(organisation: Organisation) -> list[Organisation]:
    """Returns an organisation, what it is a part of, and so on."""
    found: list[Organisation] = []
    above: int | None = organisation.pk
    while above is not None:
        found.append(Organisation.objects.get(pk=above))
        above = found[-1].parent_id
    return found


def set_parent(actor: Actor, organisation: Organisation, parent: Organisation | None) -> None:
    """Says what an organisation is a part of, or that it is a part of none. Raises BadInput for a circle, Refused."""
    with act(actor, "organisation.set-parent", target_of_organisation(organisation)) as change:
        row = Organisation.locked(pk=organisation.pk)
        if parent is not None and row in list_above(parent):
            raise BadInput(N_("“{title}” is a part of “{whole}”."), title=parent.title, whole=organisation.title)
        change.before = {"parent": row.parent.name if row.parent else ""}
        change.after = {"parent": parent.name if parent else ""}
        row.parent = parent
        row.save(update_fields=["parent"])


def set_active(actor: Actor, organisation: Organisation, active: bool, why: str = "") -> None:
    """Ends an organisation, or takes it back: while it is not active its tokens are refused and its members are none."""
    with act(actor, "organisation.deactivate", target_of_organisation(organisation), why) as change:
        row = Organisation.locked(pk=organisation.pk)
        change.before, change.after = {"active": row.active}, {"active": active}
        row.active = active
        row.save(update_fields=["active"])


def claim_domain(actor: Actor, organisation: Organisation, name: str) -> Domain:
    """Gives a domain to an organisation. Raises BadInput for a public suffix such as co.kr, or one that is taken."""
    try:
        ascii_name = name.strip().casefold().rstrip(".").encode("idna").decode("ascii")
    except UnicodeError:
        ascii_name = ""
    if not _DOMAIN.match(ascii_name) or PublicSuffixList().privatesuffix(ascii_name) is None:
        raise BadInput(
            N_("“{name}” is not the domain of one organisation."), fix=N_("Write it as stat.example."), name=name[:80]
        )
    with act(actor, "organisation.claim-domain", target_of_organisation(organisation)) as change:
        if taken := Domain.objects.filter(name=ascii_name).select_related("organisation").first():
            raise BadInput(
                N_("The domain {name} belongs to “{owner}”."), name=ascii_name, owner=taken.organisation.title
            )
        domain = Domain(organisation=organisation, name=ascii_name)
        domain.save(force_insert=True)
        change.after = {"domain": ascii_name}
    return domain


def remove_domain(actor: Actor, organisation: Organisation, name: str, why: str = "") -> None:
    """Takes a domain from an organisation; members who joined by it stay. Raises Missing, Refused."""
    with act(actor, "organisation.remove-domain", target_of_organisation(organisation), why) as change:
        domain = organisation.domains.filter(name=name.strip().casefold()).first()
        if domain is None:
            raise Missing(
                N_("The domain {name} does not belong to “{title}”."), name=name[:80], title=organisation.title
            )
        change.before = {"domain": domain.name}
        domain.delete()


def organisation_of_address(address: str) -> Organisation | None:
    """Returns the active organisation whose domain, or a parent of it, is that of a confirmed address."""
    labels = domain_of(address).split(".")
    names = [".".join(labels[start:]) for start in range(len(labels) - 1)]
    domains = Domain.objects.filter(name__in=names, organisation__active=True).select_related("organisation")
    longest = max(domains, key=lambda domain: len(domain.name), default=None)
    return None if longest is None else longest.organisation


def join(actor: Actor, person: Person, organisation: Organisation) -> None:
    """Makes the actor a member by a confirmed address in the organisation's domain. Raises Refused without one."""
    from bongsu.people.persons import confirmed_addresses

    if actor.person != person:
        raise Refused(N_("A person joins an organisation by a confirmed address or an invitation."))
    if organisation not in [organisation_of_address(address) for address in confirmed_addresses(person)]:
        raise Refused(
            N_("None of your confirmed addresses is in a domain of “{title}”."),
            fix=N_("Confirm such an address, or ask a manager of the organisation for an invitation."),
            title=organisation.title,
        )
    with act(actor, "organisation.join", target_of_organisation(organisation)) as change:
        change.after = {"member": str(person.pk)}
        add_member(person, organisation)


def add_member(person: Person, organisation: Organisation) -> Affiliation:
    """Records the membership from today, inside an action; one that exists is kept."""
    current = Affiliation.objects.filter(person=person, organisation=organisation, until=None).first()
    if current is None:
        current = Affiliation(person=person, organisation=organisation, since=timezone.now().date())
        current.save(force_insert=True)
    return current


def leave(actor: Actor, person: Person, organisation: Organisation, why: str = "") -> None:
    """Ends a membership, and the roles held for the organisation. Raises Missing if there is none, Refused."""
    from bongsu.people.granting import end_grants

    if actor.person == person:
        action, target = "organisation.leave", Target("person", str(person.pk), person=str(person.pk))
    else:
        action, target = "organisation.remove-member", target_of_organisation(organisation)
    with act(actor, action, target, why) as change:
        current = Affiliation.objects.filter(person=person, organisation=organisation, until=None).first()
        if current is None:
            raise Missing(N_("This person is not a member of “{title}”."), title=organisation.title)
        current.until = timezone.now().date()
        current.save(update_fields=["until"])
        ended = end_grants(person, scope=("organisation", organisation.name))
        change.before = {"organisation": organisation.name, "member": str(person.pk), "roles": ended}
