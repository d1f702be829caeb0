"""The operator's desk: who opens which page, what each form does, and what an attacker tries."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Callable

import pytest
from django.test import Client

from bongsu.people.access import NOBODY
from bongsu.people.actions import act
from bongsu.people.granting import grant_role, require_two_steps
from bongsu.people.invitations import Offer, invite
from bongsu.people.models import Affiliation, AuditLine, Grant, Link, Mail, Organisation, Person, RoleRule, Token
from bongsu.people.organisations import add_member, add_organisation, target_of_organisation
from bongsu.people.outbox import put_mail
from bongsu.people.persons import change_person, ensure_person
from bongsu.people.tokens import find_token, issue_token
from bongsu.people.words import name_action
from tests.people.conftest import COMMAND, Visitor

pytestmark = pytest.mark.django_db
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def kaist() -> Organisation:
    add_organisation(COMMAND, "inria")
    return add_organisation(COMMAND, "kaist", f"KAIST {EVIL}")


@pytest.fixture
def desk(operator: Person, visitor: Visitor) -> Visitor:
    return visitor.sign_in(operator)


def _last_action() -> tuple[str, str]:
    line = AuditLine.objects.latest("number")
    return line.action, line.why


PAGES = {
    "people/invitations/": {"operator"},
    "state/": {"operator"},
    "settings/": {"operator"},
    "disk/": {"operator"},
    "duties/": {"operator"},
    "dataflows/": {"operator"},
    "microdata/": {"operator"},
    "people/": {"operator"},
    "people/invite/": {"operator"},
    "organisations/": {"operator"},
    "organisations/kaist/": {"operator", "manager"},
    "organisations/inria/": {"operator"},
    "roles/": {"operator", "auditor"},
    "audit/": {"operator", "auditor"},
    "audit/audit.csv": {"operator", "auditor"},
    "outbox/": {"operator"},
}


@pytest.mark.parametrize("who", ["operator", "auditor", "manager", "anybody", "nobody"])
def test_a_page_is_open_to_its_roles_only(
    who: str, person: Callable[..., Person], kaist: Organisation, visitor: Visitor
) -> None:
    lee = person("lee")
    message = put_mail("lee@stat.example", "Hello", "text", "en")
    roles = {"manager": ("manager organisation kaist",), "anybody": (), "nobody": ()}.get(who, (who,))
    if who != "nobody":
        visitor.sign_in(person("visitor", *roles))
    pages = PAGES | {f"people/{lee.pk}/": {"operator"}, f"outbox/{message.key}/": {"operator"}}
    refused = 302 if who == "nobody" else 403
    for language in ("en", "ko", "fr"):
        for page, allowed in pages.items():
            answer = visitor.get(f"/{language}/desk/{page}")
            assert answer.status_code == (200 if who in allowed else refused), page
            assert page.endswith(".csv") or EVIL.encode() not in answer.content
    first = {"operator": "state/", "auditor": "roles/", "manager": "organisations/kaist/"}.get(who)
    answer = visitor.get("/en/desk/")
    assert (answer.status_code, answer.get("Location", "")) == (
        (302, f"/en/desk/{first}") if first else (403, "") if who == "anybody" else (302, answer.get("Location"))
    )
    assert (b'class="desk-link"' in visitor.get("/en/account/login/", follow=True).content) == bool(first)


def test_forms_are_refused_to_who_may_only_read(
    person: Callable[..., Person], kaist: Organisation, visitor: Visitor
) -> None:
    visitor.sign_in(person("auditor", "auditor"))
    lee = person("lee")
    before = AuditLine.objects.count()
    for path, values in (
        (f"people/{lee.pk}/", {"do": "deactivate"}),
        ("organisations/", {"do": "add", "add-name": "x", "add-title": "x"}),
        ("organisations/kaist/", {"do": "issue"}),
        ("roles/auditor/", {"two_step": "yes"}),
    ):
        assert visitor.post(f"/en/desk/{path}", values).status_code == 403, path
    assert AuditLine.objects.count() == before
    for language in ("en", "ko", "fr"):  # the refusal says what is not allowed, in words
        page = html.unescape(visitor.get(f"/{language}/desk/people/").content.decode())
        assert name_action("person.list", language) in page
        assert "person.list" not in page


def test_people_are_found_by_address_and_name(desk: Visitor, person: Callable[..., Person]) -> None:
    lee = person("lee", "editor")
    change_person(COMMAND, lee, EVIL, "")
    for words, found in (("LEE@", True), ("alert(1)", True), ("nowhere", False)):
        answer = desk.get("/en/desk/people/", {"q": words})
        assert (b"lee@stat.example" in answer.content) == found, words
        assert EVIL.encode() not in answer.content
    for number in range(51):
        ensure_person(NOBODY, f"p{number}@many.example")
    assert b"Page 2 of 2" in desk.get("/en/desk/people/", {"q": "many", "page": "2"}).content


def test_roles_are_granted_and_ended(desk: Visitor, person: Callable[..., Person], operator: Person) -> None:
    lee = person("lee")
    page = f"/en/desk/people/{lee.pk}/"
    values = {"do": "grant", "grant-role": "auditor", "grant-scope": "node", "grant-why": "yearly"}
    assert b"future" in desk.post(page, values | {"grant-until": "2020-01-01"}).content
    wrong = values | {"grant-scope": "programme energy"}
    for language, sentence in (
        ("en", "The role Auditor is not granted for: programme. It is granted for: the whole node."),
        ("ko", "감사자 역할은 다음 범위로 줄 수 없습니다: 프로그램. 줄 수 있는 범위: 노드 전체."),
        ("fr", "Le rôle Auditeur ne s’attribue pas pour : programme. Il s’attribue pour : le nœud entier."),
    ):
        assert sentence in html.unescape(desk.post(f"/{language}/desk/people/{lee.pk}/", wrong).content.decode())
    assert desk.post(page, values | {"grant-until": "2999-01-01"}).status_code == 302
    assert _last_action() == ("role.grant", "yearly")
    grant = Grant.objects.get(person=lee)
    assert grant.until
    assert grant.until.isoformat() == "2999-01-01T00:00:00+00:00"
    other = Grant.objects.get(person=operator)
    for wrong in (str(other.pk), "x", "99999"):  # another person's grant
        assert b"does not hold the role" in desk.post(page, {"do": "end", "end-id": wrong}).content
    assert desk.post(page, {"do": "end", "end-id": grant.pk, "end-why": "done"}).status_code == 302
    assert _last_action() == ("role.end", "done")
    answer = desk.post(f"/en/desk/people/{operator.pk}/", {"do": "end", "end-id": other.pk})
    assert b"without an operator" in answer.content
    assert desk.post(page, {"do": "nonsense"}).status_code == 400


def test_a_role_is_for_the_node_or_a_part_of_it_that_is_chosen_by_name(desk: Visitor, kaist: Organisation) -> None:
    for page in ("people/invite/", f"people/{Person.objects.get().pk}/"):
        text = desk.get(f"/fr/desk/{page}").content.decode()
        assert '<option value="node">le nœud entier</option>' in text
        assert '<option value="programme energy">Énergie</option>' in text
        assert '<optgroup label="flux de données">' in text
        assert '<option value="organisation inria">inria</option>' in text


def test_a_form_says_what_is_wrong_once(desk: Visitor, kaist: Organisation) -> None:
    values = {"do": "add", "add-name": "Not So Short", "add-title": "x"}
    text = desk.post("/en/desk/organisations/", values).content.decode()
    assert text.count("Use small letters, digits") == 1, text


def test_sign_in_is_refused_permitted_and_the_person_erased(desk: Visitor, person: Callable[..., Person]) -> None:
    lee = person("lee")
    theirs = Visitor().sign_in(lee)
    page = f"/en/desk/people/{lee.pk}/"
    for do, action, active in (
        ("sign-out", "person.end-session", True),
        ("deactivate", "person.deactivate", False),
        ("reactivate", "person.deactivate", True),
    ):
        assert desk.post(page, {"do": do, f"{do}-why": "because"}).status_code == 302
        assert _last_action() == (action, "because")
        assert Person.objects.get(pk=lee.pk).is_active == active
    assert theirs.get("/en/account/").status_code == 302
    assert b"does not match" in desk.post(page, {"do": "erase", "erase-confirm": "kim@stat.example"}).content
    assert desk.post(page, {"do": "erase", "erase-confirm": "Lee@stat.example "}).status_code == 302
    assert Person.objects.get(pk=lee.pk).erased
    assert b"was erased" in desk.get(page).content


def test_somebody_is_invited(desk: Visitor, kaist: Organisation) -> None:
    values = {"do": "invite", "invite-address": "new@kaist.example", "invite-organisation": "kaist"}
    values |= {"invite-role": "manager", "invite-scope": "organisation kaist"}
    assert (
        b"Select a valid choice" in desk.post("/en/desk/people/invite/", values | {"invite-organisation": "x"}).content
    )
    shown = desk.post("/en/desk/people/invite/", values, follow=True).content.decode()
    assert "An invitation to new@kaist.example was written. This node has no mail server" in shown
    assert _last_action()[0] == "organisation.invite"
    visitor = Visitor()
    assert visitor.post(visitor.read_link("new@kaist.example")).status_code == 302
    assert Grant.objects.filter(person__email="new@kaist.example", role="manager", scope_id="kaist").exists()


def test_a_manager_keeps_her_organisation_and_no_other(
    person: Callable[..., Person], kaist: Organisation, visitor: Visitor
) -> None:
    inria = Organisation.objects.get(name="inria")
    foreign, secret = issue_token(COMMAND, inria)
    lee = person("lee")
    with act(COMMAND, "organisation.invite", target_of_organisation(inria)):
        add_member(lee, inria)
    visitor.sign_in(person("manager", "manager organisation kaist"))
    page = "/en/desk/organisations/kaist/"
    form = {"do": "issue", "issue-purpose": "cluster", "issue-days": "30", "issue-key": "k1"}
    answer = visitor.post(page, form)
    token = Token.objects.get(organisation=kaist)
    shown = answer.content.decode().split("<code>")[1].split("</code>")[0]
    assert find_token(shown) == token
    assert answer.headers["Cache-Control"] == "no-store"
    empty = answer.context["forms"]["issue"]  # the page with the secret offers a form for another token
    assert not empty.is_bound
    assert f'name="issue-key" value="{empty["key"].value()}"' in answer.content.decode()
    assert empty["key"].value() != "k1"
    assert 'value="30"' not in answer.content.decode()
    assert shown not in visitor.get(page).content.decode()
    assert b"sent already" in visitor.post(page, form).content  # the page with the secret was reloaded
    assert Token.objects.filter(organisation=kaist).count() == 1
    assert b"no such token" in visitor.post(page, {"do": "revoke", "revoke-id": foreign.pk}).content
    assert find_token(secret)
    assert visitor.post(page, {"do": "revoke", "revoke-id": token.pk, "revoke-why": "lost"}).status_code == 302
    assert _last_action() == ("token.revoke", "lost")
    assert b"not a member" in visitor.post(page, {"do": "remove", "remove-id": str(lee.pk)}).content
    assert Affiliation.objects.filter(person=lee, until=None).exists()
    with act(COMMAND, "organisation.invite", target_of_organisation(kaist)):
        add_member(lee, kaist)
    assert visitor.post(page, {"do": "remove", "remove-id": str(lee.pk), "remove-why": "left"}).status_code == 302
    assert _last_action() == ("organisation.remove-member", "left")
    assert visitor.post(page, {"do": "title", "title-title": "KAIST"}).status_code == 302
    assert visitor.post(page, {"do": "invite", "invite-address": "a@kaist.example"}).status_code == 302
    assert _last_action()[0] == "organisation.invite"
    for do, values in (("domain", {"domain-domain": "kaist.example"}), ("deactivate", {})):
        assert visitor.post(page, {"do": do} | values).status_code == 403, do
    assert visitor.post("/en/desk/organisations/inria/", {"do": "issue"}).status_code == 403
    assert visitor.get("/en/desk/organisations/nowhere/").status_code == 403


def test_members_see_their_organisation_and_its_managers(
    person: Callable[..., Person], kaist: Organisation, visitor: Visitor
) -> None:
    person("manager", "manager organisation kaist")
    lee = person("lee")
    page = "/en/account/organisations/kaist/"
    assert visitor.get(page).status_code == 302
    visitor.sign_in(lee)
    assert visitor.get(page).status_code == 403
    assert visitor.get("/en/account/organisations/nowhere/").status_code == 403
    with act(COMMAND, "organisation.invite", target_of_organisation(kaist)):
        add_member(lee, kaist)
    assert page in visitor.get("/en/account/").content.decode()
    shown = visitor.get(page).content.decode()
    assert "manager@stat.example" in shown
    assert EVIL not in shown
    assert "/desk/organisations/kaist/" not in shown


def test_a_message_that_was_sent_is_not_sent_again(desk: Visitor) -> None:
    mail = put_mail("lee@stat.example", "Hello", "text", "en")
    Mail.objects.filter(pk=mail.pk).update(state="sent")
    lines = AuditLine.objects.count()
    assert desk.post(f"/en/desk/outbox/{mail.key}/again/").status_code == 400
    assert AuditLine.objects.count() == lines


def test_organisations_are_added_and_ended(desk: Visitor) -> None:
    page = "/en/desk/organisations/"
    values = {"do": "add", "add-name": "kaist", "add-title": "KAIST"}
    assert b"not a valid name" in desk.post(page, values | {"add-name": "../x"}).content
    assert desk.post(page, values).headers["Location"] == f"{page}kaist/"
    assert b"exists already" in desk.post(page, values).content
    assert b"domain of one" in desk.post(f"{page}kaist/", {"do": "domain", "domain-domain": "co.kr"}).content
    assert desk.post(f"{page}kaist/", {"do": "domain", "domain-domain": "kaist.ac.kr"}).status_code == 302
    assert desk.post(f"{page}kaist/", {"do": "deactivate", "deactivate-why": "closed"}).status_code == 302
    assert _last_action() == ("organisation.deactivate", "closed")
    assert desk.get(f"{page}nowhere/").status_code == 404


def test_who_needs_a_second_step_is_led_to_it(desk: Visitor, operator: Person) -> None:
    require_two_steps(COMMAND, "operator", True)
    answer = desk.get("/en/desk/state/")
    assert (answer.status_code, b'href="/en/account/steps/"' in answer.content) == (403, True)


def test_two_steps_are_required_of_a_role(desk: Visitor) -> None:
    assert desk.post("/en/desk/roles/auditor/", {"two_step": "yes"}).status_code == 302
    assert RoleRule.objects.get(role="auditor").two_step
    assert _last_action()[0] == "role.require-two-step"
    assert desk.post("/en/desk/roles/emperor/", {"two_step": "yes"}).status_code in (400, 404)


def test_the_audit_is_filtered_exported_and_verified(
    desk: Visitor, person: Callable[..., Person], operator: Person
) -> None:
    lee = person("lee")
    grant_role(COMMAND, lee, "auditor", why=f"=1+1 {EVIL}")
    page = "/en/desk/audit/"
    assert EVIL.encode() not in desk.get(page).content
    assert "person: – → lee" in desk.get(page).content.decode()
    for filters, found in (
        ({"who": "command tester", "action": "role.grant"}, True),
        ({"who": "operator@stat.example"}, False),
        ({"object": "role auditor node"}, True),
        ({"object": "person nobody"}, False),
        ({"day": "2001-01-01"}, False),
    ):
        assert (b"1+1" in desk.get(page, filters).content) == found, filters
    assert b"Write it as 2026-04-01." in desk.get(page, {"day": "yesterday"}).content
    rows = list(csv.DictReader(io.StringIO(b"".join(desk.get(f"{page}audit.csv")).decode())))
    assert len(rows) == AuditLine.objects.count()
    assert rows[-1]["why"].startswith("'=1+1")
    assert b"The audit is whole" in desk.post(f"{page}verify/", follow=True).content
    assert str(lee.pk) in Visitor().sign_in(person("park", "auditor")).get(page).content.decode()
    AuditLine.objects.filter(number=2).update(why="altered")
    assert b"altered at line 2" in desk.post(f"{page}verify/", follow=True).content


def test_reading_a_message_leaves_a_line(desk: Visitor) -> None:
    mail = put_mail("lee@stat.example", EVIL, f"secret link {EVIL}", "en")
    page = f"/en/desk/outbox/{mail.key}/"
    before = AuditLine.objects.count()
    for address in ("/en/desk/outbox/", page):
        assert b"secret link" not in desk.get(address).content
    assert AuditLine.objects.count() == before
    answer = desk.post(page)
    assert b"secret link" in answer.content
    assert EVIL.encode() not in answer.content
    line = AuditLine.objects.latest("number")
    assert (line.action, line.object_id) == ("mail.see", str(mail.key))
    assert desk.post(f"{page}again/", {"why": "server is back"}).status_code == 302
    assert _last_action() == ("mail.send-again", "server is back")
    assert Mail.objects.get(pk=mail.pk).state == "kept"
    assert desk.get("/en/desk/outbox/00000000-0000-0000-0000-000000000000/").status_code == 404


def test_forms_need_their_csrf_token(operator: Person) -> None:
    visitor = Visitor(enforce_csrf_checks=False).sign_in(operator)
    visitor.handler.enforce_csrf_checks = True
    for path in (f"people/{operator.pk}/", "people/invite/", "organisations/", "roles/auditor/", "audit/verify/"):
        assert visitor.post(f"/en/desk/{path}", {"do": "deactivate"}).status_code == 403


def test_an_invitation_is_sent_again_and_withdrawn(desk: Visitor, kaist: Organisation, visitor: Visitor) -> None:
    for address, organisation in (("new@kaist.example", "kaist"), ("other@stat.example", "")):
        values = {
            "do": "invite",
            "invite-address": address,
            "invite-organisation": organisation,
            "invite-scope": "node",
        }
        assert desk.post("/en/desk/people/invite/", values).status_code == 302
    first = desk.read_link("new@kaist.example")
    listed = desk.get("/en/desk/people/invitations/").content.decode()
    assert "new@kaist.example" in listed
    assert "other@stat.example" in listed
    link = Link.objects.get(address="new@kaist.example")
    assert desk.post("/en/desk/people/invitations/", {"do": "resend", "resend-id": link.pk}).status_code == 302
    assert Mail.objects.filter(to="new@kaist.example").count() == 2
    assert Client().get(first).status_code == 410  # the earlier link ended
    second = desk.read_link("new@kaist.example")
    assert Client().get(second).status_code == 200
    own = Link.objects.get(address="new@kaist.example", used=None)
    done = {"do": "uninvite", "uninvite-id": own.pk, "uninvite-why": "left"}
    assert desk.post("/en/desk/people/invitations/", done).status_code == 302
    assert Client().get(second).status_code == 410
    assert _last_action() == ("organisation.withdraw-invitation", "left")
    again = desk.post("/en/desk/people/invitations/", done).content.decode()
    assert "There is no such invitation" in again
    stranger = Link.objects.get(address="other@stat.example", used=None)
    assert desk.post("/en/desk/people/invitations/", {"do": "uninvite", "uninvite-id": stranger.pk}).status_code == 302
    assert _last_action()[0] == "person.withdraw-invitation"


def test_a_manager_sees_and_withdraws_invitations_to_her_organisation_only(
    person: Callable[..., Person], kaist: Organisation, visitor: Visitor
) -> None:
    invite(COMMAND, "new@kaist.example", Offer("kaist", "manager", "organisation", "kaist"))
    other, _ = invite(COMMAND, "other@stat.example", Offer())
    visitor.sign_in(person("lee", "manager organisation kaist"))
    page = visitor.get("/en/desk/organisations/kaist/").content.decode()
    assert "new@kaist.example" in page
    assert "other@stat.example" not in page
    values = {"do": "uninvite", "uninvite-id": other.pk}
    assert "There is no such invitation" in visitor.post("/en/desk/organisations/kaist/", values).content.decode()
    assert visitor.get("/en/desk/people/invitations/").status_code == 403
    own = Link.objects.get(address="new@kaist.example")
    assert visitor.post("/en/desk/organisations/kaist/", values | {"uninvite-id": own.pk}).status_code == 302
    assert Link.objects.get(pk=own.pk).used
    assert not Link.objects.get(pk=other.pk).used


@pytest.mark.parametrize(
    ("role", "shown"), [("steward programme energy", False), ("steward programme commons", True), ("steward", True)]
)
def test_a_steward_of_another_programme_finds_no_page_of_the_commons(
    role: str, shown: bool, person: Callable[..., Person], visitor: Visitor
) -> None:
    visitor.sign_in(person("lee", role))
    page = visitor.get("/en/desk/", follow=True).content.decode()
    for path in ("/en/commons/proposals/queue/", "/en/desk/harvests/", "/en/desk/conflicts/", "/en/desk/entry-tokens/"):
        assert (f'href="{path}"' in page) == shown, path
