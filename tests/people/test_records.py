"""What the functions of people promise of one record: addresses, links, messages, domains, machines."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession

from bongsu.people import links
from bongsu.people.access import NOBODY, RELATIONS, Actor, Target
from bongsu.people.models import Mail, Person
from bongsu.people.organisations import claim_domain, ensure_organisation, target_of_organisation
from bongsu.people.outbox import put_mail, send_again, send_due
from bongsu.people.persons import confirmed_addresses, set_person_active
from tests.people.conftest import COMMAND, Visitor

pytestmark = pytest.mark.django_db


def test_the_first_address_of_a_person_is_the_primary_one(person: Callable[..., Person]) -> None:
    kim = person("kim")
    EmailAddress.objects.create(user=kim, email="a@inria.example", verified=True, primary=False)
    EmailAddress.objects.create(user=kim, email="b@inria.example", verified=False, primary=False)
    assert confirmed_addresses(kim) == ["kim@stat.example", "a@inria.example"]


def test_a_link_that_another_request_has_just_used_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    _, secret = links.make_link("sign-in", "kim@stat.example")
    found = links.find_link(secret, "sign-in")
    links.use_link(secret, "sign-in")
    monkeypatch.setattr(links, "find_link", lambda *given: found)  # as the second request found it
    with pytest.raises(links.LinkEnded):
        links.use_link(secret, "sign-in")


def test_a_message_that_failed_is_sent_when_asked_again(settings: object) -> None:
    settings.BONGSU_MAIL = "smtp://mail.example"  # type: ignore[attr-defined]
    mail = put_mail("lee@stat.example", "Hello", "text", "en")
    Mail.objects.filter(pk=mail.pk).update(state="failed", attempts=9)
    delivered: list[str] = []
    assert send_due(lambda one: delivered.append(one.to)) == 0
    send_again(COMMAND, Mail.objects.get(pk=mail.pk))
    assert send_due(lambda one: delivered.append(one.to)) == 1
    assert delivered == ["lee@stat.example"]
    sent = Mail.objects.get(pk=mail.pk)
    assert (sent.state, sent.attempts, sent.text) == ("sent", 1, "")


def test_a_domain_is_stored_in_ascii_and_small_letters() -> None:
    domain = claim_domain(COMMAND, ensure_organisation(COMMAND, "kaist"), " Bücher.Example. ")
    assert (domain.name, domain.organisation.name) == ("xn--bcher-kva.example", "kaist")


def test_a_token_acts_for_its_own_organisation_only() -> None:
    kaist, inria = (target_of_organisation(ensure_organisation(COMMAND, name)) for name in ("kaist", "inria"))
    is_machine_of = RELATIONS["machine"]
    assert is_machine_of(Actor.of_token("bongsu_abcd", "kaist"), kaist)
    assert not is_machine_of(Actor.of_token("bongsu_abcd", "kaist"), inria)
    assert not is_machine_of(NOBODY, Target("node"))  # neither has an organisation


def test_the_error_of_a_message_is_kept_in_300_letters() -> None:
    mail = put_mail("lee@stat.example", "Hello", "text", "en")
    Mail.objects.filter(pk=mail.pk).update(state="waiting")

    def fail(one: Mail) -> None:
        raise OSError("no \n route " * 100)

    assert send_due(fail) == 0
    kept = Mail.objects.get(pk=mail.pk)
    assert (kept.state, kept.error) == ("waiting", ("no route " * 100)[:300])


def test_who_was_deactivated_signs_in_anew_when_permitted_again(
    person: Callable[..., Person], visitor: Visitor
) -> None:
    kim = person("kim")
    visitor.sign_in(kim)
    assert visitor.get("/en/account/").status_code == 200
    set_person_active(COMMAND, kim, False)
    assert not UserSession.objects.filter(user=kim).exists()
    set_person_active(COMMAND, kim, True)
    assert visitor.get("/en/account/").status_code != 200
    visitor.sign_in(kim)
    assert visitor.get("/en/account/").status_code == 200


def test_a_person_has_no_password_before_she_sets_one(person: Callable[..., Person]) -> None:
    assert not person("kim").has_usable_password()
