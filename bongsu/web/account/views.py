"""Sign-in by link, the first operator, invitations, and the page on which a person keeps her account."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import EmailAddress, Login
from allauth.account.views import LoginView
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bongsu.core.errors import N_, Refused, TryAgain
from bongsu.core.languages import LANGUAGES
from bongsu.people import first_operator, invitations, organisations, persons
from bongsu.people.access import SignInFirst, Target, active_grants, may, require, roles
from bongsu.people.granting import title_scope
from bongsu.people.links import find_link
from bongsu.people.models import Grant, Person
from bongsu.people.sign_in_links import send_sign_in_link, use_sign_in_link
from bongsu.web.account.forms import LinkForm
from bongsu.web.middleware import open_node, render_error
from bongsu.web.site_address import site_address


class SignInView(LoginView):  # type: ignore[misc]
    """The sign-in page: a link by mail, a passkey, a password, or the OpenID Connect provider."""

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Adds the form that asks for a link."""
        data: dict[str, Any] = super().get_context_data(**context)
        data.setdefault("link_form", LinkForm(initial={"next": _safe_next(self.request, "next")}, prefix="link"))
        data["providers"] = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
        return data


sign_in = SignInView.as_view()


class TooManyAttempts(TryAgain):
    """More attempts to sign in than ACCOUNT_RATE_LIMITS allows."""

    code = "too-many-attempts"
    http_status = 429


def _safe_next(request: HttpRequest, field: str) -> str:
    """Returns the address to continue with, if it is on this site."""
    address = request.POST.get(field) or request.GET.get(field) or ""
    return address if address and get_adapter().is_safe_url(address) else ""


@require_POST
def request_link(request: HttpRequest) -> HttpResponse:
    """Sends a link to an address; the answer is the same whether or not it has an account."""
    form = LinkForm(request.POST, prefix="link")
    if not form.is_valid():
        page: HttpResponse = SignInView.as_view(extra_context={"link_form": form})(_as_get(request))
        return page
    address = form.cleaned_data["email"]
    if not ratelimit.consume(request, action="link_requests"):
        raise TooManyAttempts(N_("Too many links were requested from here."), fix=N_("Wait a minute."))
    if ratelimit.consume(request, action="links_to_address", key=address):
        send_sign_in_link(
            address,
            node=open_node().name_in(get_language() or ""),
            language=get_language() or settings.LANGUAGE_CODE,
            next=_safe_next(request, "link-next"),
            link_address=lambda secret: site_address(request, "sign-in-link", secret),
        )
    return render(request, "account/link_sent.html", {"email": address, "has_mail": bool(settings.BONGSU_MAIL)})


def _as_get(request: HttpRequest) -> HttpRequest:
    request.method = "GET"
    return request


@require_http_methods(["GET", "POST"])
def sign_in_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Asks for a click (GET), then signs in (POST): mail programs open links by themselves."""
    if request.method == "GET":
        link = find_link(secret, "sign-in")
        return render(request, "account/link.html", {"email": link.address})
    signed = use_sign_in_link(secret)
    return _sign_in(request, signed.person, signed.address, signed.next)


def _sign_in(request: HttpRequest, person: Person, address: str, next: str = "") -> HttpResponse:
    if next and not get_adapter().is_safe_url(next):
        next = ""
    if request.user.is_authenticated and request.user != person:
        logout(request)
    # A link proves the address as a code does, and just now: no further proof is asked for in the next minutes.
    record_authentication(request, person, method="code", email=address, reauthenticated=True)
    response: HttpResponse = perform_login(request, Login(user=person, email=address, redirect_url=next or None))
    return response


@require_http_methods(["GET", "POST"])
def become_operator(request: HttpRequest, secret: str) -> HttpResponse:
    """Makes whoever has the link from the terminal the first operator."""
    find_link(secret, "first-operator")
    form = LinkForm(request.POST or None, prefix="link")
    if request.method == "POST" and form.is_valid():
        person = first_operator.become_first_operator(
            secret, form.cleaned_data["email"], "", get_language() or settings.LANGUAGE_CODE
        )
        return _sign_in(request, person, form.cleaned_data["email"])
    return render(request, "account/first_operator.html", {"form": form})


@require_http_methods(["GET", "POST"])
def invitation(request: Any, secret: str) -> HttpResponse:
    """Shows what an invitation offers, and accepts it. It proves the address, so it also makes the account of a new one."""
    address, offer = invitations.read_offer(secret)
    owner = persons.person_of_address(address)
    if request.method == "POST":
        person = request.actor.person
        if person is None and owner is not None:
            return render_error(_as_get(request), SignInFirst(N_("Sign in first.")))
        if person is None:
            person = persons.ensure_person(request.actor, address, language=get_language() or "")
        invitations.accept_invitation(secret, person)
        messages.success(request, gettext("You accepted the invitation."))
        return redirect("account") if request.actor.person else _sign_in(request, person, address)
    role, language = roles().get(offer.role), get_language() or "en"
    context = {
        "email": address,
        "organisation": organisations.organisation_titles().get(offer.organisation, ""),
        "role": role.title.to(language) if role else "",
        "scope": title_scope(offer.scope_kind, offer.scope_id, language) if offer.scope_id else "",
        "has_account": owner is not None,
        "other": request.actor.person is not None and request.actor.person != owner,
    }
    return render(request, "account/invitation.html", context)


def require_person(request: Any) -> Person:
    """Returns the person who is signed in. Raises SignInFirst."""
    person: Person | None = request.actor.person
    if person is None:
        raise SignInFirst(N_("Sign in first."))
    return person


@require_http_methods(["GET", "POST"])
def account(request: Any) -> HttpResponse:
    """The person's own page: name and languages, addresses, ways to sign in, organisations, roles, sessions, her data."""
    person = require_person(request)
    if request.method == "POST":
        chosen = [code for code in LANGUAGES if code in request.POST.getlist("languages")]
        first = request.POST.get("language", "")
        codes = [first, *(code for code in chosen if code != first)] if first in LANGUAGES else chosen
        persons.change_person(request.actor, person, request.POST.get("name", ""), " ".join(codes))
        messages.success(request, gettext("Saved."))
        return redirect("account")
    language = get_language() or "en"
    grants = person.grants.filter(active_grants()).order_by("role", "scope_kind", "scope_id")
    context = {
        "person": person,
        "codes": person.languages.split(),
        "all_languages": LANGUAGES.values(),
        "addresses": EmailAddress.objects.filter(user=person).order_by("-primary", "email"),
        "authenticators": Authenticator.objects.filter(user=person),
        "accounts": SocialAccount.objects.filter(user=person),
        "affiliations": person.affiliations.select_related("organisation").order_by("until", "-since"),
        "joinable": _joinable(person),
        "grants": [(grant, roles()[grant.role]) for grant in grants if grant.role in roles()],
        "grant_titles": {name: role.title.to(language) for name, role in roles().items()},
    }
    return render(request, "account/account.html", context)


def _joinable(person: Person) -> list[Any]:
    belongs = set(person.affiliations.filter(until=None).values_list("organisation_id", flat=True))
    offered = {organisations.organisation_of_address(address) for address in persons.confirmed_addresses(person)}
    return [organisation for organisation in offered if organisation and organisation.pk not in belongs]


@require_safe
def show_organisation(request: Any, name: str) -> HttpResponse:
    """Shows an organisation to its members: who belongs to it, and whom to ask."""
    target = Target("organisation", name, organisation=name)
    require(request.actor, "organisation.see", target)  # first: only members learn which organisations there are
    organisation = organisations.find_organisation(name)
    managers = Grant.objects.filter(active_grants(), role="manager", scope_kind="organisation", scope_id=name)
    members = organisation.affiliations.filter(until=None).select_related("person").order_by("person__name", "since")
    context = {
        "organisation": organisation,
        "managers": managers.select_related("person").order_by("person__name"),
        "members": [member.person for member in members],
        "may_change": may(request.actor, "organisation.change", target),
    }
    return render(request, "account/organisation.html", context)


@require_POST
def join_organisation(request: Any, name: str) -> HttpResponse:
    """Makes the person a member by her confirmed address in the organisation's domain."""
    organisations.join(request.actor, require_person(request), organisations.find_organisation(name))
    return redirect("account")


@require_POST
def leave_organisation(request: Any, name: str) -> HttpResponse:
    """Ends the person's own membership."""
    organisations.leave(request.actor, require_person(request), organisations.find_organisation(name))
    return redirect("account")


@require_POST
def export_account(request: Any) -> HttpResponse:
    """Returns everything the node stores about the person, as a ZIP file."""
    data = persons.export_person(request.actor, require_person(request))
    return HttpResponse(
        data,
        content_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="account.zip"', "Cache-Control": "no-store"},
    )


@require_http_methods(["GET", "POST"])
def erase_account(request: Any) -> HttpResponse:
    """Asks for the address as a confirmation (GET), then erases the person and signs her out (POST)."""
    person = require_person(request)
    if request.method == "GET":
        return render(request, "account/erase.html", {"person": person})
    if request.POST.get("confirm", "").strip().casefold() != person.email:
        raise Refused(N_("The address does not match."), fix=N_("Type your primary address to erase your account."))
    persons.erase_person(request.actor, person)
    logout(request)
    return render(request, "account/erased.html")
