"""The pages about organisations: the list, and one organisation with its domains, members and tokens."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from bongsu.core.errors import N_, BadInput, Missing
from bongsu.people import organisations, tokens
from bongsu.people.access import Actor, Target, may, require
from bongsu.people.invitations import Offer, open_invitations
from bongsu.people.models import Organisation, Person
from bongsu.web.desk_pages import forms
from bongsu.web.desk_pages.changes import Changes, carry_out, make_forms
from bongsu.web.desk_pages.people import PER_PAGE, describe_invitations, invitation_changes, send_offer


@require_http_methods(["GET", "POST"])
def list_organisations(request: Any) -> HttpResponse:
    """Lists organisations, and adds one."""
    changes: Changes = {
        "add": (
            forms.OrganisationForm,
            lambda values: organisations.add_organisation(request.actor, values["name"], values["title"]),
        )
    }
    found = make_forms(request, changes)
    if carry_out(request, changes, found):
        return redirect("desk-organisation", found["add"].cleaned_data["name"])
    members = Count("affiliations", filter=Q(affiliations__until=None))
    rows = Organisation.objects.annotate(members=members).order_by("title", "name")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "desk_pages/organisations.html", {"page": page, "forms": found})


@require_http_methods(["GET", "POST"])
def show_organisation(request: Any, name: str) -> HttpResponse:
    """Shows an organisation, and changes its name, domains, members and tokens."""
    if not may(request.actor, "organisation.list"):  # who may not list organisations learns of none but her own
        require(request.actor, "organisation.change", Target("organisation", name, organisation=name))
    organisation = organisations.find_organisation(name)
    issued: list[str] = []
    changes = _changes(request, organisation, issued)
    parent = organisation.parent.name if organisation.parent else ""
    found = make_forms(request, changes, {"title": {"title": organisation.title}, "parent": {"parent": parent}})
    if carry_out(request, changes, found) and not issued:
        return redirect("desk-organisation", organisation.name)
    if issued:
        found["issue"] = forms.TokenForm(prefix="issue")  # an empty one: the next token has another form
    target = organisations.target_of_organisation(organisation)
    context = {
        "organisation": organisation,
        "forms": found,
        "secret": "".join(issued),
        "domains": organisation.domains.order_by("name"),
        "members": organisation.affiliations.filter(until=None).select_related("person").order_by("since", "pk"),
        "invitations": describe_invitations(open_invitations(organisation.name)),
        "tokens": organisation.tokens.order_by("-created"),
        "may_claim": may(request.actor, "organisation.claim-domain", target),
        "may_end": may(request.actor, "organisation.deactivate", target),
    }
    response = render(request, "desk_pages/organisation.html", context)
    if issued:
        response.headers["Cache-Control"] = "no-store"
    return response


def _changes(request: Any, organisation: Organisation, issued: list[str]) -> Changes:
    actor: Actor = request.actor

    def remove(values: Any) -> None:
        organisations.leave(actor, _find_member(organisation, values["id"]), organisation, values["why"])

    def issue(values: Any) -> None:
        used = request.session.get("token_forms", [])
        if values["key"] in used:
            raise BadInput(N_("This form was sent already, and its token was shown then."))
        request.session["token_forms"] = [*used, values["key"]][-20:]
        token, secret = tokens.issue_token(actor, organisation, values["purpose"], values["days"])
        request.node.journal.append("token-made", organisation.name, token=token.hint)
        issued.append(secret)

    def revoke(values: Any) -> None:
        token = organisation.tokens.filter(pk=values["id"]).first() if values["id"].isdecimal() else None
        if token is None:
            raise Missing(N_("This organisation has no such token."))
        tokens.end_token(actor, token, values["why"])
        request.node.journal.append("token-revoked", organisation.name, token=token.hint)

    def set_parent(values: Any) -> None:
        parent = organisations.find_organisation(values["parent"]) if values["parent"] else None
        organisations.set_parent(actor, organisation, parent)

    def set_active(active: bool) -> Any:
        return lambda values: organisations.set_active(actor, organisation, active, values["why"])

    return {
        "title": (
            forms.TitleForm,
            lambda values: organisations.change_organisation(actor, organisation, values["title"]),
        ),
        "parent": (forms.ParentForm, set_parent),
        "domain": (
            forms.DomainForm,
            lambda values: organisations.claim_domain(actor, organisation, values["domain"]),
        ),
        "undomain": (
            forms.RowForm,
            lambda values: organisations.remove_domain(actor, organisation, values["id"], values["why"]),
        ),
        "invite": (
            forms.AddressForm,
            lambda values: send_offer(request, values["address"], Offer(organisation.name)),
        ),
        **invitation_changes(request, organisation.name),
        "remove": (forms.RowForm, remove),
        "issue": (forms.TokenForm, issue),
        "revoke": (forms.RowForm, revoke),
        "deactivate": (forms.WhyForm, set_active(False)),
        "reactivate": (forms.WhyForm, set_active(True)),
    }


def _find_member(organisation: Organisation, id: str) -> Person:
    try:
        person: Person | None = Person.objects.filter(pk=UUID(id)).first()
    except ValueError:
        person = None
    if person is None or not organisation.affiliations.filter(person=person, until=None).exists():
        raise Missing(N_("This person is not a member of “{title}”."), title=organisation.title)
    return person
