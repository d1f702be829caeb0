"""What pages of accounts and of the desk promise: lengths of fields, the reader's language, the audit, and PKCE."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.account.signals import email_removed
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings as configured
from django.urls import reverse

from bongsu.core.languages import LANGUAGES
from bongsu.people.access import roles
from bongsu.people.models import AuditLine, Domain, Organisation, Person, Token
from bongsu.people.organisations import ensure_organisation
from bongsu.web.desk_pages import forms
from tests.people.conftest import COMMAND, Visitor

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("form", "field", "model", "column"),
    [
        (forms.WhyForm, "why", AuditLine, "why"),
        (forms.TokenForm, "purpose", Token, "purpose"),
        (forms.DomainForm, "domain", Domain, "name"),
    ],
)
def test_a_field_takes_as_many_letters_as_its_record(form: Any, field: str, model: Any, column: str) -> None:
    assert form.base_fields[field].max_length == model._meta.get_field(column).max_length


@pytest.mark.parametrize("language", LANGUAGES)
def test_roles_are_explained_in_the_readers_language(language: str, operator: Person) -> None:
    text = Visitor().sign_in(operator).get(f"/{language}/desk/roles/").content.decode()
    assert all(role.help.to(language) in text for role in roles().values())


def test_what_a_person_changes_of_her_account_is_in_the_audit_without_her_address(
    person: Callable[..., Person],
) -> None:
    kim = person("kim")
    other = EmailAddress.objects.create(user=kim, email="kim@inria.example")
    email_removed.send(EmailAddress, request=None, user=kim, email_address=other)  # as django-allauth does
    line = AuditLine.objects.latest("number")
    assert (line.actor, line.action, line.after) == (
        f"person {kim.pk}",
        "person.change",
        {"changed": ["address removed"]},
    )


def test_sign_in_at_a_provider_uses_pkce(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 7636: a code that is stolen on the way back is of no use without the verifier, which stays in the session."""
    app = {"provider_id": "oidc", "name": "Institute", "client_id": "node", "secret": "s",
           "settings": {"server_url": "https://id.example"}}  # fmt: skip
    provider = configured.SOCIALACCOUNT_PROVIDERS["openid_connect"] | {"APPS": [app]}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": provider}
    found = {"authorization_endpoint": "https://id.example/authorize", "token_endpoint": "https://id.example/token"}
    monkeypatch.setattr(OpenIDConnectOAuth2Adapter, "openid_config", found)
    answer = Visitor().post(reverse("openid_connect_login", args=["oidc"]))
    sent = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert answer.headers["Location"].startswith("https://id.example/authorize?")
    assert sent["code_challenge_method"] == ["S256"]
    assert len(sent["code_challenge"][0]) == 43


LISTS = ("desk", "desk-people", "desk-roles", "desk-audit", "desk-audit-csv", "desk-outbox")


@pytest.mark.parametrize("route", LISTS)
def test_a_list_of_the_desk_is_read_and_not_written(route: str, operator: Person) -> None:
    visitor = Visitor().sign_in(operator)
    assert visitor.post(reverse(route)).status_code == 405
    assert visitor.get(reverse(route)).status_code in (200, 302)  # the first leads to the first list


def test_the_desk_marks_the_page_that_is_open(operator: Person) -> None:
    text = Visitor().sign_in(operator).get("/en/desk/audit/").content.decode()
    assert re.findall(r'<a href="/en/desk/(\w+)/" aria-current="page">', text) == ["audit"]
    assert {"people", "organisations", "roles", "outbox"} <= set(re.findall(r'<a href="/en/desk/(\w+)/">', text))


def test_a_reason_may_be_left_out(operator: Person) -> None:
    ensure_organisation(COMMAND, "kaist")
    visitor = Visitor().sign_in(operator)
    assert visitor.post("/en/desk/organisations/kaist/", {"do": "deactivate"}).status_code == 302
    assert not Organisation.objects.get(name="kaist").active
    assert AuditLine.objects.latest("number").why == ""


@pytest.mark.parametrize(
    ("language", "term", "wrong"),
    [("en", "passkey", "security key"), ("ko", "패스키", "보안"), ("fr", "clé d’accès", "clé de sécurité")],
)
def test_the_pages_of_two_steps_say_passkey(
    language: str, term: str, wrong: str, person: Callable[..., Person], visitor: Visitor
) -> None:
    visitor.sign_in(person("kim"))
    for path in ("", "webauthn/", "webauthn/add/"):
        page = visitor.get(f"/{language}/account/steps/{path}")
        assert page.status_code == 200, path
        text = html.unescape(page.content.decode()).casefold()
        assert term.casefold() in text or term.replace("clé ", "clés ") in text, path
        assert wrong not in text, path
