"""The pages about people: the list, invitations, and one person with her addresses, organisations and roles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from bongsu.core.errors import N_, BadInput, Missing
from bongsu.people import persons
from bongsu.people.access import active_grants, require, roles
from bongsu.people.granting import end_grant, grant_role
from bongsu.people.invitation_mail import describe_offer, send_invitation
from bongsu.people.invitations import Offer, find_invitation, offer_of, open_invitations, withdraw_invitation
from bongsu.people.models import Grant, Link, Person
from bongsu.people.outbox import has_server
from bongsu.web.desk_pages import forms
from bongsu.web.desk_pages.changes import Changes, carry_out, make_forms
from bongsu.web.site_address import site_address

PER_PAGE = 50


@require_safe
def list_people(request: HttpRequest) -> HttpResponse:
    """Lists people, found by address or name, with their roles and last sign-in."""
    words = request.GET.get("q", "").strip()[:120]
    people = Person.objects.filter(erased=None).order_by("created", "pk")
    if words:
        owners = EmailAddress.objects.filter(email__icontains=words).values("user")
        people = people.filter(Q(name__icontains=words) | Q(pk__in=owners))
    page = Paginator(people, PER_PAGE).get_page(request.GET.get("page"))
    held = Grant.objects.filter(active_grants(), person__in=[person.pk for person in page]).order_by("role")
    grants: dict[object, list[Grant]] = {}
    for grant in held:
        grants.setdefault(grant.person_id, []).append(grant)
    context = {
        "page": page,
        "words": words,
        "query": urlencode({"q": words}),
        "rows": [(person, grants.get(person.pk, [])) for person in page],
    }
    return render(request, "desk_pages/people.html", context | {"titles": role_titles()})


def role_titles() -> dict[str, str]:
    """Returns the title of every role in the reader's language."""
    language = get_language() or "en"
    return {name: role.title.to(language) for name, role in roles().items()}


@require_http_methods(["GET", "POST"])
def invite_person(request: Any) -> HttpResponse:
    """Invites an address to the node, to an organisation, or to a role."""

    def invite(values: Any) -> str:
        offer = Offer(values["organisation"], values["role"], *values["scope"])
        return send_offer(request, values["address"], offer)

    changes: Changes = {"invite": (forms.InviteForm, invite)}
    found = make_forms(request, changes)
    if carry_out(request, changes, found):
        return redirect("desk-people")
    return render(request, "desk_pages/invite.html", {"forms": found})


def send_offer(request: Any, address: str, offer: Offer) -> str:
    """Puts an invitation into the outbox; its link is not shown to the sender. Returns what was done."""
    send_invitation(
        request.actor,
        address,
        offer,
        request.node.name_in(get_language() or ""),
        get_language() or "",
        lambda secret: site_address(request, "invitation", secret),
    )
    text = gettext("An invitation to {address} was written.").format(address=address)
    if has_server():
        return text
    return f"{text} {gettext('This node has no mail server: its operator finds the message in the outbox.')}"


@require_http_methods(["GET", "POST"])
def list_invitations(request: Any) -> HttpResponse:
    """Lists the invitations that were not accepted yet, sends one again and withdraws one."""
    changes = invitation_changes(request)
    found = make_forms(request, changes)
    if carry_out(request, changes, found):
        return redirect("desk-invitations")
    page = Paginator(open_invitations(), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "invitations": describe_invitations(page), "forms": found}
    return render(request, "desk_pages/invitations.html", context)


def invitation_changes(request: Any, organisation: str = "") -> Changes:
    """Returns the forms about open invitations; with `organisation`, about those to it only."""

    def send_again(values: Any) -> str:
        link = find_invitation(values["id"], organisation)
        return send_offer(request, link.address, offer_of(link))

    return {
        "resend": (forms.RowForm, send_again),
        "uninvite": (
            forms.RowForm,
            lambda values: withdraw_invitation(
                request.actor, find_invitation(values["id"], organisation), values["why"]
            ),
        ),
    }


def describe_invitations(links: Iterable[Link]) -> list[tuple[Link, str]]:
    """Returns each invitation with what it offers, in words."""
    return [(link, describe_offer(offer_of(link), get_language() or "en")) for link in links]


@require_http_methods(["GET", "POST"])
def show_person(request: Any, id: UUID) -> HttpResponse:
    """Shows a person, and changes her roles and whether she can sign in."""
    person = Person.objects.filter(pk=id).first()
    if person is None:
        raise Missing(N_("No person on this node has the id or address “{text}”."), text=str(id))
    require(request.actor, "person.see", persons.target_of_person(person))
    changes = _changes(request.actor, person)
    found = make_forms(request, changes)
    if carry_out(request, changes, found):
        return redirect("desk-person", person.pk)
    context = {
        "shown": person,
        "forms": found,
        "addresses": EmailAddress.objects.filter(user=person).order_by("-primary", "email"),
        "affiliations": person.affiliations.select_related("organisation").order_by("until", "-since"),
        "grants": person.grants.filter(ended=None).order_by("role", "scope_kind", "scope_id"),
        "titles": role_titles(),
    }
    return render(request, "desk_pages/person.html", context)


def _changes(actor: Any, person: Person) -> Changes:
    def grant(values: Any) -> None:
        grant_role(actor, person, values["role"], values["scope"], values["until"], values["why"])

    def end(values: Any) -> None:
        held = person.grants.filter(pk=values["id"], ended=None).first() if values["id"].isdecimal() else None
        if held is None:
            raise Missing(N_("This person does not hold the role."))
        end_grant(actor, held, values["why"])

    def erase(values: Any) -> None:
        if values["confirm"].strip().casefold() not in (person.email, str(person.pk)):
            raise BadInput(N_("The address does not match."))
        persons.erase_person(actor, person, values["why"])

    return {
        "grant": (forms.GrantForm, grant),
        "end": (forms.RowForm, end),
        "deactivate": (forms.WhyForm, lambda values: persons.set_person_active(actor, person, False, values["why"])),
        "reactivate": (forms.WhyForm, lambda values: persons.set_person_active(actor, person, True, values["why"])),
        "sign-out": (forms.WhyForm, lambda values: persons.end_all_sessions(actor, person, values["why"])),
        "erase": (forms.EraseForm, erase),
    }
