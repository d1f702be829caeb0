"""Whose an entry is: domains, hosts of anybody, managers; the yearly review and its reminders; export and erasure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from bongsu.commons.editing.revisions import owner_of_entry
from bongsu.commons.entries.entry import Entry
from bongsu.commons.entries.entry_reader import parse_entry
from bongsu.commons.models import EntryReview, Message, Proposal
from bongsu.commons.proposals.owners import claim_entry, matching_domain
from bongsu.commons.proposals.yearly_review import list_due, remind_of_reviews
from bongsu.core.errors import BadInput, Refused
from bongsu.people.access import Actor
from bongsu.people.models import AuditLine, Mail, Organisation, Person
from bongsu.people.organisations import add_organisation, claim_domain
from bongsu.people.persons import describe_person, erase_person
from bongsu.store.node import Node
from tests.commons.proposals.conftest import LETTERS, begin, fill, send
from tests.people.conftest import COMMAND, Visitor

pytestmark = pytest.mark.django_db


def _entry(*homes: str) -> Entry:
    document = {"id": "x", "kind": "dataset", "name": {"en": "x"}}
    document |= {"links": [{"rel": "homepage", "href": home} for home in homes]}
    document |= {"evidence": {"p": {"address": "https://x.example/", "shows": "x", "accessed": "2026-01"}}}
    return parse_entry(document, "x")


@pytest.fixture
def organisation(db: None) -> Organisation:
    made = add_organisation(COMMAND, "cscs", "CSCS")
    for domain in ("cscs.ch", "github.com", "münchen.example"):
        claim_domain(COMMAND, made, domain)
    return made


@pytest.mark.parametrize(
    ("homes", "domain"),
    [
        (["https://www.cscs.ch/alps"], "cscs.ch"),
        (["https://cscs.ch"], "cscs.ch"),
        (["https://CSCS.CH./alps"], "cscs.ch"),
        (["https://MÜNCHEN.example/x"], "xn--mnchen-3ya.example"),
        (["https://daten.xn--mnchen-3ya.example:8443/"], "xn--mnchen-3ya.example"),
        (["https://evilcscs.ch/"], ""),
        (["https://cscs.ch.evil.example/"], ""),
        (["https://cscs.ch@evil.example/"], ""),
        (["https://evil.example/?cscs.ch#cscs.ch"], ""),
        (["https://github.com/eth-cscs/alps"], ""),  # a host of anybody
        (["https://cscs.github.io/"], ""),
        (["https://ch/"], ""),
        (["https://cscs.ch/", "https://evil.example/"], ""),  # one of two proves nothing
        ([], ""),
    ],
)
def test_the_domain_of_a_home_page(organisation: Organisation, homes: list[str], domain: str) -> None:
    assert matching_domain(_entry(*homes), organisation) == domain


def test_a_manager_claims_what_is_in_her_domain(
    node: Node, organisation: Organisation, person: Callable[..., Person], steward: Person, visitor: Visitor
) -> None:
    manager = person("manager", "manager organisation cscs")
    from bongsu.people.actions import act
    from bongsu.people.organisations import add_member, target_of_organisation

    with act(COMMAND, "organisation.invite", target_of_organisation(organisation)):
        for one in (manager, member := person("member")):
            add_member(one, organisation)
    with pytest.raises(Refused):
        claim_entry(Actor.of_person(member), node, "alps", organisation, "", LETTERS)
    visitor.sign_in(manager)
    claim = {"do": "claim", "organisation": "cscs"}
    assert visitor.post("/en/commons/proposals/about/alps/", claim).status_code == 302
    assert owner_of_entry("alps") == "cscs"
    shown = Visitor().get("/en/commons/entries/alps/").content.decode()
    assert f"This entry belongs to {organisation.title}. Last reviewed: 20" in shown
    assert Proposal.objects.get(entry="alps").state == "accepted"
    assert AuditLine.objects.get(action="entry.claim").after["domain"] == "cscs.ch"

    assert visitor.post("/en/commons/proposals/about/lumi/", claim | {"text": "we host it"}).status_code == 302
    waiting = Proposal.objects.get(entry="lumi")
    assert (waiting.state, owner_of_entry("lumi")) == ("submitted", "")
    send(Visitor().sign_in(steward), waiting.pk, "accept", waiting.version)
    assert owner_of_entry("lumi") == "cscs"
    other = add_organisation(COMMAND, "kaist")
    with pytest.raises(BadInput, match="belongs to"):
        claim_entry(Actor.of_person(person("lee", "manager organisation kaist")), node, "alps", other, "", LETTERS)


def test_reminders_are_written_once(
    node: Node, organisation: Organisation, person: Callable[..., Person], steward: Person, visitor: Visitor
) -> None:
    manager = person("manager", "manager organisation cscs")
    claim_entry(Actor.of_person(manager), node, "alps", organisation, "", LETTERS)
    Mail.objects.all().delete()
    now = timezone.now()
    assert remind_of_reviews(node, now, LETTERS) == 0
    later = now + timedelta(days=400)
    due = list_due(node, later.date())
    assert remind_of_reviews(node, later, LETTERS) == len(due) > 100
    assert remind_of_reviews(node, later + timedelta(days=1), LETTERS) == 0
    assert sorted(Mail.objects.values_list("to", flat=True)) == ["manager@stat.example", "steward@stat.example"]
    mail = Mail.objects.get(to="manager@stat.example")
    assert "Alps" in mail.text
    assert "https://node.example/reviews/" in mail.text
    assert mail.subject == "Entries of the catalogue to review: 1"


def test_still_right_is_one_click(
    node: Node, person: Callable[..., Person], steward: Person, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = timezone.now() + timedelta(days=400)
    monkeypatch.setattr(timezone, "now", lambda: later)
    visitor.sign_in(steward)
    assert 'value="alps"' not in visitor.get("/en/commons/proposals/reviews/?page=99").content.decode()
    titles = visitor.get("/en/commons/proposals/reviews/").content.decode()
    assert "Still right" in titles
    answer = visitor.post("/en/commons/proposals/reviews/", {"entry": "alps"})
    assert answer.status_code == 302
    assert EntryReview.objects.get(entry="alps").reviewed == later.date()
    assert "alps" not in [one.entry.id for one in list_due(node, later.date())]
    assert visitor.post("/en/commons/proposals/reviews/", {"entry": "nothing"}).status_code == 404
    assert AuditLine.objects.filter(action="entry.review", object_id="alps").count() == 1


def test_export_and_erasure(node: Node, person: Callable[..., Person], steward: Person, visitor: Visitor) -> None:
    kim = person("kim")
    visitor.sign_in(kim)
    sent = begin(visitor)
    fill(visitor, sent)
    send(visitor, sent, "submit", Proposal.objects.get(pk=sent).version, text="I am Kim of Busan")
    begin(visitor, name="Only a draft", address="https://other.example/x")
    exported = describe_person(kim)["proposals"]
    assert [row["state"] for row in exported] == ["submitted", "draft"]
    assert exported[0]["messages"][0]["text"] == "I am Kim of Busan"
    erase_person(Actor.of_person(kim), kim)
    left = Proposal.objects.get()
    assert (left.pk, left.state, left.document) == (sent, "taken-back", {})
    assert list(Message.objects.values_list("text", flat=True)) == ["—"]
    assert describe_person(steward)["proposals"] == []
    page = Visitor().sign_in(steward).get(f"/en/commons/proposals/{sent}/")
    assert page.status_code == 200
    assert "Kim" not in page.content.decode()
