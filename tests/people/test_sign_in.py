"""Signing in: by a link, with a password and an authenticator app; and what an attacker tries."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client
from django.utils import timezone

from bongsu.core.errors import BadInput
from bongsu.people.access import Actor
from bongsu.people.actions import act
from bongsu.people.addresses import normalise_address
from bongsu.people.first_operator import make_first_operator_link
from bongsu.people.invitation_mail import send_invitation
from bongsu.people.invitations import Offer
from bongsu.people.links import LinkEnded, make_link, use_link
from bongsu.people.models import Affiliation, AuditLine, Grant, Link, Mail, Person
from bongsu.people.organisations import add_organisation, claim_domain
from bongsu.people.persons import confirmed_addresses, set_person_active, target_of_person
from tests.people.conftest import COMMAND, Visitor

pytestmark = pytest.mark.django_db
PASSWORD = "beacon-fire-smoke-1592"


def _set_password(person: Person) -> None:
    with act(Actor.of_person(person), "person.change", target_of_person(person)):
        person.set_password(PASSWORD)
        person.save(update_fields=["password"])


# --- links


def test_a_link_signs_in_once_and_makes_the_account(visitor: Visitor) -> None:
    visitor.post("/ko/account/link/", {"link-email": "Kim@Stat.Example"})
    link = visitor.read_link("kim@stat.example")
    assert not Person.objects.exists()
    assert visitor.get(link).status_code == 200  # mail programs open links
    assert not Person.objects.exists()
    assert visitor.post(link).status_code == 302
    kim = Person.objects.get()
    assert (kim.email, kim.language, confirmed_addresses(kim)) == ("kim@stat.example", "ko", ["kim@stat.example"])
    assert b"kim@stat.example" in visitor.get("/en/account/").content
    assert Visitor().post(link).status_code == 410
    assert Visitor().get(link).status_code == 410


def test_a_link_ends_with_its_time_and_with_the_next(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    for wait, works in ((timedelta(minutes=19), True), (timedelta(minutes=21), False)):
        _, secret = make_link("sign-in", "kim@stat.example")
        with monkeypatch.context() as later:
            later.setattr(timezone, "now", lambda wait=wait: now + wait)
            assert visitor.get(f"/en/account/link/{secret}/").status_code == (200 if works else 410)
        Link.objects.all().delete()
    first = []
    for _ in range(2):
        visitor.post("/en/account/link/", {"link-email": "kim@stat.example"})
        first.append(visitor.read_link("kim@stat.example"))
    assert [visitor.get(link).status_code for link in first] == [410, 200]


def test_a_link_of_one_purpose_is_none_of_another() -> None:
    _, secret = make_link("invitation", "kim@stat.example")
    with pytest.raises(LinkEnded):
        use_link(secret, "sign-in")
    with pytest.raises(LinkEnded):
        use_link("", "sign-in")


def test_the_answer_does_not_tell_whether_an_account_exists(
    person: Callable[..., Person], django_assert_num_queries: Any
) -> None:
    person("known")
    pages, mails = [], []
    for name in ("known", "unknown"):
        with django_assert_num_queries(4):  # the person, the earlier links, the link, the mail
            answer = Client(headers={"accept": "text/html"}).post(
                "/en/account/link/", {"link-email": f"{name}@stat.example"}
            )
        pages.append(answer.content.decode().replace(name, "NAME"))
        mails.append(Mail.objects.filter(to=f"{name}@stat.example").count())
    assert pages[0] == pages[1]
    assert mails == [1, 1]


def test_without_sign_up_an_unknown_address_gets_a_mail_but_no_account(visitor: Visitor, settings: Any) -> None:
    settings.BONGSU_SIGN_UP = False
    visitor.post("/en/account/link/", {"link-email": "kim@stat.example"})
    mail = Mail.objects.get()
    assert "by invitation only" in mail.text
    assert "http" not in mail.text
    _, secret = make_link("sign-in", "kim@stat.example")
    assert visitor.post(f"/en/account/link/{secret}/").status_code == 403
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("  Kim@Stat.Example ", "kim@stat.example"),
        ("ＫＩＭ@stat.example", "kim@stat.example"),  # full-width letters
        ("kim@STAT.EXAMPLE", "kim@stat.example"),
        ("kim@bücher.example", "kim@xn--bcher-kva.example"),
        ("kim@Bu\u0308cher.example", "kim@xn--bcher-kva.example"),  # a combining diaeresis
        ("STRASSE@stat.example", "strasse@stat.example"),
        ("straße@stat.example", "strasse@stat.example"),
        ("k" * 241 + "@stat.example", "k" * 241 + "@stat.example"),  # 254 characters, the most that mail allows
    ],
)
def test_variants_of_an_address_are_one_address(written: str, stored: str) -> None:
    assert normalise_address(written) == stored


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kim",
        "kim@",
        "@stat.example",
        "kim@stat",
        "a b@stat.example",
        "kim@stat.example\nBcc: x@y.example",
        "k" * 242 + "@stat.example",  # 255 characters
        "kim@a@b.example",
        "kim\x00@stat.example",
    ],
)
def test_what_is_no_address_is_refused(text: str, visitor: Visitor) -> None:
    with pytest.raises(BadInput, match="e-mail"):
        normalise_address(text)
    answer = visitor.post("/en/account/link/", {"link-email": text})
    assert answer.status_code == 200
    assert b'class="error"' in answer.content
    assert not Mail.objects.exists()


def test_variants_sign_in_to_one_account(person: Callable[..., Person], visitor: Visitor) -> None:
    kim = person("kim")
    visitor.post("/en/account/link/", {"link-email": "ＫＩＭ@STAT.example"})
    visitor.post(visitor.read_link("kim@stat.example"))
    assert Person.objects.get() == kim


@pytest.mark.parametrize(
    "next_",
    ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example", "http:///evil.example"],
)
def test_a_sign_in_never_leads_to_another_site(next_: str, person: Callable[..., Person], visitor: Visitor) -> None:
    kim = person("kim")
    visitor.post("/en/account/link/", {"link-email": kim.email, "link-next": next_})
    assert visitor.post(visitor.read_link("kim@stat.example"))["Location"] == "/en/account/"
    _set_password(kim)
    answer = Visitor().post("/en/account/login/", {"login": kim.email, "password": PASSWORD, "next": next_})
    assert answer["Location"] == "/en/account/"


def test_a_sign_in_leads_back_to_the_page_that_asked_for_it(person: Callable[..., Person], visitor: Visitor) -> None:
    kim = person("kim")
    asked = visitor.get("/en/account/steps/")
    assert asked["Location"] == "/en/account/login/?next=%2Fen%2Faccount%2Fsteps%2F"
    assert b'value="/en/account/steps/"' in visitor.get(asked["Location"]).content
    visitor.post("/en/account/link/", {"link-email": kim.email, "link-next": "/en/account/steps/"})
    assert visitor.post(visitor.read_link("kim@stat.example"))["Location"] == "/en/account/steps/"


# --- passwords and second steps


def test_a_password_signs_in_and_a_wrong_one_does_not(person: Callable[..., Person]) -> None:
    kim = person("kim")
    _set_password(kim)
    assert kim.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    right = Visitor().post("/en/account/login/", {"login": "KIM@stat.example", "password": PASSWORD})
    assert right.status_code == 302
    pages = [
        Visitor().post("/en/account/login/", {"login": login, "password": "wrong"})
        for login in (kim.email, "no@stat.example")
    ]
    assert [page.status_code for page in pages] == [200, 200]
    assert pages[0].content.decode().count("not correct") == pages[1].content.decode().count("not correct") == 1


def test_an_unknown_address_costs_one_hash_as_a_known_one_does(
    person: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.contrib.auth.hashers import Argon2PasswordHasher

    hashed = []
    encode, verify = Argon2PasswordHasher.encode, Argon2PasswordHasher.verify
    monkeypatch.setattr(Argon2PasswordHasher, "encode", lambda *args: (hashed.append("hash"), encode(*args))[1])
    monkeypatch.setattr(Argon2PasswordHasher, "verify", lambda *args: (hashed.append("hash"), verify(*args))[1])
    without, kim = person("without"), person("kim")
    _set_password(kim)
    counts = []
    for login in (kim.email, "no@stat.example", without.email):
        hashed.clear()
        Visitor().post("/en/account/login/", {"login": login, "password": "wrong"})
        counts.append(len(hashed))
    assert counts == [1, 1, 1]


@pytest.mark.parametrize("places", [1, 300])
def test_of_many_attempts_few_reach_a_hash(
    places: int, person: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.contrib.auth.hashers import Argon2PasswordHasher

    hashed = []
    verify = Argon2PasswordHasher.verify
    kim = person("kim")
    _set_password(kim)
    monkeypatch.setattr(Argon2PasswordHasher, "verify", lambda *args: (hashed.append("hash"), verify(*args))[1])
    for number in range(300):
        form = {"login": kim.email, "password": f"wrong {number}"}
        Visitor().post("/en/account/login/", form, REMOTE_ADDR=f"10.0.{number % places // 200}.{number % places % 200}")
    assert len(hashed) == 5  # attempts at one address in five minutes
    blocked = Visitor().post("/en/account/login/", {"login": kim.email, "password": PASSWORD}, REMOTE_ADDR="10.9.9.9")
    assert not blocked.wsgi_request.user.is_authenticated
    assert len(hashed) == 5
    assert Visitor(REMOTE_ADDR="10.9.9.8").sign_in(kim).get("/en/account/").status_code == 200  # the link still works


def test_a_forged_header_does_not_make_a_new_place(person: Callable[..., Person]) -> None:
    statuses = [
        Visitor().post("/en/account/link/", {"link-email": f"kim{n}@stat.example"}, HTTP_X_FORWARDED_FOR=f"10.0.0.{n}")
        for n in range(30)
    ]
    assert statuses[-1].status_code == 429


def test_links_are_limited_without_telling(visitor: Visitor) -> None:
    pages = [visitor.post("/en/account/link/", {"link-email": "kim@stat.example"}) for _ in range(10)]
    assert {page.status_code for page in pages} == {200}
    assert Mail.objects.count() == 3
    many = [visitor.post("/en/account/link/", {"link-email": f"kim{n}@stat.example"}).status_code for n in range(30)]
    assert many[-1] == 429


def _activate_totp(person: Person) -> str:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    return secret


def _code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def test_a_second_step_is_asked_for_after_a_link(person: Callable[..., Person], visitor: Visitor) -> None:
    kim = person("kim")
    secret = _activate_totp(kim)
    assert secret not in str(Authenticator.objects.get(type="totp").data)  # encrypted
    visitor.post("/en/account/link/", {"link-email": kim.email})
    assert "/steps/" in visitor.post(visitor.read_link("kim@stat.example"))["Location"]
    assert visitor.get("/en/account/").status_code == 302  # not yet
    assert visitor.post("/en/account/steps/authenticate/", {"code": "000000"}).status_code == 200
    assert visitor.get("/en/account/").status_code == 302
    assert visitor.post("/en/account/steps/authenticate/", {"code": _code(secret)}).status_code == 302
    page = visitor.get("/en/account/")
    assert page.status_code == 200
    assert page.wsgi_request.actor.two_step


def test_one_step_is_not_two(person: Callable[..., Person], visitor: Visitor) -> None:
    assert not visitor.sign_in(person("kim")).get("/en/account/").wsgi_request.actor.two_step


# --- sessions


def test_a_sign_in_changes_the_session(person: Callable[..., Person], visitor: Visitor) -> None:
    kim = person("kim")
    visitor.get("/en/account/login/")
    planted = "a" * 32
    visitor.cookies["sessionid"] = planted
    visitor.sign_in(kim)
    assert visitor.cookies["sessionid"].value != planted
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert thief.get("/en/account/", headers={"accept": "text/html"}).status_code == 302


def test_a_deactivated_person_loses_her_session(
    person: Callable[..., Person], operator: Person, visitor: Visitor
) -> None:
    lee = person("lee")
    visitor.sign_in(lee)
    assert visitor.get("/en/account/").status_code == 200
    set_person_active(Actor.of_person(operator), lee, False)
    assert visitor.get("/en/account/").status_code == 302
    visitor.post("/en/account/link/", {"link-email": lee.email})
    assert "deactivated" in Mail.objects.latest("pk").text
    _, secret = make_link("sign-in", lee.email or "")
    visitor.post(f"/en/account/link/{secret}/")
    assert visitor.get("/en/account/").status_code == 302


def test_sessions_are_listed_and_ended(person: Callable[..., Person], visitor: Visitor) -> None:
    kim = person("kim")
    visitor.sign_in(kim)
    other = Visitor().sign_in(kim)
    assert visitor.get("/en/account/sessions/").content.count(b"<tr>") >= 2
    visitor.post("/en/account/sessions/")
    assert other.get("/en/account/").status_code == 302
    assert visitor.get("/en/account/").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/en/account/",
        "/en/account/link/",
        "/en/account/login/",
        "/en/account/export/",
        "/en/account/erase/",
        "/en/account/logout/",
        "/en/account/email/",
        "/en/account/link/abc/",
        "/en/account/invitation/abc/",
        "/en/account/operator/abc/",
        "/en/account/organisations/kaist/leave/",
    ],
)
def test_a_form_of_another_site_is_refused(path: str, person: Callable[..., Person]) -> None:
    browser = Visitor(enforce_csrf_checks=True)
    browser.force_login(person("kim"))
    assert browser.post(path, {"email": "x@stat.example"}).status_code == 403


def test_fields_that_the_form_lacks_change_nothing(person: Callable[..., Person], visitor: Visitor) -> None:
    kim = person("kim")
    sent = {
        "name": "Kim",
        "language": "fr",
        "languages": ["ko"],
        "is_active": "",
        "email": "x@stat.example",
        "role": "operator",
        "erased": "2026-01-01",
    }
    visitor.sign_in(kim).post("/en/account/", sent)
    kim.refresh_from_db()
    assert (kim.name, kim.languages, kim.email, kim.is_active, kim.erased) == (
        "Kim",
        "fr ko",
        "kim@stat.example",
        True,
        None,
    )
    assert not kim.grants.exists()


# --- the first operator, invitations


def test_the_first_operator_comes_by_a_link_that_works_once(visitor: Visitor) -> None:
    secret = make_first_operator_link()
    path = f"/en/account/operator/{secret}/"
    assert visitor.get(path).status_code == 200
    assert visitor.post(path, {"link-email": "kim"}).status_code == 200
    assert visitor.post(path, {"link-email": "Kim@stat.example"}).status_code == 302
    assert Grant.objects.get().person.email == "kim@stat.example"
    assert visitor.get("/en/account/").status_code == 200
    assert Visitor().post(path, {"link-email": "evil@stat.example"}).status_code == 410
    _, stale = make_link("first-operator")
    assert Visitor().post(f"/en/account/operator/{stale}/", {"link-email": "evil@stat.example"}).status_code == 403
    assert Grant.objects.count() == 1


def _invite(actor: Actor, address: str, offer: Offer) -> str:
    return send_invitation(
        actor, address, offer, "Node", "en", lambda secret: f"http://x/en/account/invitation/{secret}/"
    )[8:]


def test_an_invitation_makes_a_member_with_a_role(visitor: Visitor) -> None:
    add_organisation(COMMAND, "kaist", "KAIST")
    path = _invite(COMMAND, "Lee@kaist.example", Offer("kaist", "manager", "organisation", "kaist"))
    page = visitor.get(path).content.decode()
    assert "KAIST" in page
    assert "lee@kaist.example" in page
    assert visitor.post(path).status_code == 302
    lee = Person.objects.get()
    assert Affiliation.objects.get().organisation.name == "kaist"
    assert Grant.objects.get(person=lee).role == "manager"
    assert Visitor().post(path).status_code == 410
    assert visitor.get("/en/account/").status_code == 200


def test_an_invitation_is_of_use_to_its_address_only(person: Callable[..., Person], visitor: Visitor) -> None:
    add_organisation(COMMAND, "kaist")
    path = _invite(COMMAND, "lee@kaist.example", Offer("kaist"))
    visitor.sign_in(person("mallory"))
    assert visitor.post(path).status_code == 403
    assert not Affiliation.objects.exists()
    path = _invite(COMMAND, "kim@stat.example", Offer("kaist"))
    kim = person("kim")
    assert "/login/" in Visitor().post(path)["Location"]  # the address has an account: its owner signs in first
    assert Visitor().sign_in(kim).post(path).status_code == 302
    assert Affiliation.objects.get().person == kim


def test_an_invitation_gives_what_its_sender_may_still_give(
    person: Callable[..., Person], operator: Person, visitor: Visitor
) -> None:
    add_organisation(COMMAND, "kaist")
    manager = person("manager", "manager organisation kaist")
    path = _invite(Actor.of_person(manager), "lee@kaist.example", Offer("kaist", "manager", "organisation", "kaist"))
    with pytest.raises(Exception, match="may not"):
        _invite(Actor.of_person(manager), "lee@kaist.example", Offer("kaist", "operator"))
    set_person_active(Actor.of_person(operator), manager, False)
    assert visitor.post(path).status_code == 403
    assert not Affiliation.objects.exists()
    assert Link.objects.get(purpose="invitation").used is None


# --- addresses, organisations, one's own data


def test_an_address_belongs_to_who_confirmed_it(person: Callable[..., Person]) -> None:
    kim, lee = person("kim"), person("lee")
    EmailAddress.objects.create(user=kim, email="shared@stat.example", verified=True)
    claim = EmailAddress.objects.create(user=lee, email="shared@stat.example", verified=False)
    assert not claim.set_verified()
    assert confirmed_addresses(lee) == ["lee@stat.example"]
    visitor = Visitor()
    visitor.post("/en/account/link/", {"link-email": "shared@stat.example"})
    visitor.post(visitor.read_link("shared@stat.example"))
    assert visitor.get("/en/account/").wsgi_request.user == kim


def test_a_claim_that_was_never_confirmed_keeps_nobody_out(person: Callable[..., Person], visitor: Visitor) -> None:
    mallory = person("mallory")
    EmailAddress.objects.create(user=mallory, email="kim@stat.example", verified=False)
    visitor.post("/en/account/link/", {"link-email": "kim@stat.example"})
    visitor.post(visitor.read_link("kim@stat.example"))
    assert Person.objects.get(email="kim@stat.example") != mallory
    assert confirmed_addresses(mallory) == ["mallory@stat.example"]


def test_a_confirmed_address_of_its_domain_joins_an_organisation(
    person: Callable[..., Person], visitor: Visitor
) -> None:
    kim = person("kim")
    for name in ("stat", "inria"):
        add_organisation(COMMAND, name)
    organisation = add_organisation(COMMAND, "office")
    claim_domain(COMMAND, organisation, "Stat.Example")
    EmailAddress.objects.create(user=kim, email="kim@inria.example", verified=False)
    visitor.sign_in(kim)
    assert b"/office/join/" in visitor.get("/en/account/").content
    assert visitor.post("/en/account/organisations/inria/join/").status_code == 403
    assert visitor.post("/en/account/organisations/office/join/").status_code == 302
    assert Affiliation.objects.get(until=None).organisation == organisation
    assert visitor.post("/en/account/organisations/office/leave/").status_code == 302
    assert not Affiliation.objects.filter(until=None).exists()


@pytest.mark.parametrize("name", ["example", "co.kr", "", "kim@stat.example", "https://stat.example"])
def test_a_public_suffix_is_nobodys_domain(name: str) -> None:
    with pytest.raises(BadInput):
        claim_domain(COMMAND, add_organisation(COMMAND, "kaist"), name)


def test_a_person_takes_all_her_data(person: Callable[..., Person], visitor: Visitor) -> None:
    kim = person("kim", "auditor")
    answer = visitor.sign_in(kim).post("/en/account/export/")
    assert answer["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        data = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    assert data["person.json"]["name"] == "kim"
    assert [row["email"] for row in data["addresses.json"]] == ["kim@stat.example"]
    assert [row["role"] for row in data["roles.json"]] == ["auditor"]
    assert "argon2" not in str(data)


def test_a_person_erases_herself(person: Callable[..., Person], visitor: Visitor) -> None:
    kim = person("kim", "auditor")
    visitor.sign_in(kim)
    assert visitor.post("/en/account/erase/", {"confirm": "lee@stat.example"}).status_code == 403
    assert visitor.post("/en/account/erase/", {"confirm": " Kim@stat.example"}).status_code == 200
    kim.refresh_from_db()
    assert (kim.email, kim.name, kim.is_active) == (None, "", False)
    assert kim.erased is not None
    assert not EmailAddress.objects.exists()
    assert not Mail.objects.exists()
    assert not Grant.objects.filter(ended=None).exists()
    assert visitor.get("/en/account/").status_code == 302
    assert AuditLine.objects.latest("number").action == "person.erase"
    again = Visitor()
    again.post("/en/account/link/", {"link-email": "kim@stat.example"})
    again.post(again.read_link("kim@stat.example"))
    assert Person.objects.get(email="kim@stat.example") != kim


def test_public_pages_ask_the_records_nothing(visitor: Visitor, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = visitor.get("/en/glossary/")
    assert answer.status_code == 200
    assert "Cookie" not in answer.get("Vary", "")
