"""Proposals by programs: for whom they propose, versions, answers to stewards, and what others may not see."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from bongsu.commons.editing.entry_state import current_entry
from bongsu.commons.models import Proposal
from bongsu.commons.proposals.proposing import MAX_PER_DAY
from bongsu.commons.proposals.reviewing import accept, ask_back
from bongsu.people.access import Actor
from bongsu.people.actions import act
from bongsu.people.models import Mail, Person
from bongsu.people.organisations import add_member, ensure_organisation, target_of_organisation
from bongsu.people.persons import set_person_active
from bongsu.people.tokens import issue_token
from bongsu.store.node import Node
from tests.commons.proposals.conftest import LETTERS, begin
from tests.people.conftest import COMMAND, Visitor

pytestmark = pytest.mark.django_db
PLACE = "/commons/proposals/"
DOCUMENT = {
    "id": "weather-logs",
    "kind": "dataset",
    "name": {"en": "Weather Logs"},
    "links": [{"rel": "homepage", "href": "https://weather.example/logs"}],
    "evidence": {"page": {"address": "https://weather.example/", "shows": "its licence", "accessed": "2026-11-01"}},
    "claims": {"licence": {"value": "MIT", "evidence": ["page"]}},
}


class Machine:
    """A program of an organisation."""

    def __init__(self, name: str) -> None:
        self.organisation = ensure_organisation(COMMAND, name)
        self.client = Client(headers={"authorization": f"Bearer {issue_token(COMMAND, self.organisation)[1]}"})

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(method, path, json.dumps(body), content_type="application/json", headers=more)  # type: ignore[arg-type]

    def propose(self, document: Any = DOCUMENT, **more: str) -> Any:
        return self.send("POST", PLACE, {"person": "kim@stat.example", "document": document} | more)


@pytest.fixture
def kim(node: Node, person: Callable[..., Person]) -> Person:
    return person("kim")


@pytest.fixture
def kaist(kim: Person) -> Machine:
    """A program of kaist, whose member is kim."""
    made = Machine("kaist")
    with act(COMMAND, "organisation.invite", target_of_organisation(made.organisation)):
        add_member(kim, made.organisation)
    return made


def test_a_program_proposes_and_answers(node: Node, kaist: Machine, kim: Person, steward: Person) -> None:
    made = kaist.propose(text="please")
    assert made.status_code == 201, made.content
    place, found = made["Location"], made.json()
    assert (found["kind"], found["state"], found["messages"][0]["text"]) == ("new", "submitted", "please")
    assert Mail.objects.filter(to="kim@stat.example").exists()
    assert kaist.send("GET", place).json() == found
    assert [one["number"] for one in kaist.send("GET", PLACE).json()] == [found["number"]]
    proposal = Proposal.objects.get()
    assert proposal.person == kim
    assert proposal.token
    desk = Visitor().sign_in(steward)
    assert "by a program" in desk.get("/en/commons/proposals/queue/").content.decode()
    assert "Sent by a program" in desk.get(f"/en/commons/proposals/{proposal.pk}/").content.decode()
    ask_back(Actor.of_person(steward), proposal, "Which version?", LETTERS)
    read = kaist.send("GET", place)
    assert (read.json()["state"], read.json()["messages"][-1]["by"]) == ("asked-back", "steward")
    changed = {"document": DOCUMENT | {"name": {"en": "Weather Logs 2"}}, "text": "the second"}
    assert kaist.send("PUT", place, changed).status_code == 428
    late = kaist.send("PUT", place, changed, if_match=made["ETag"])
    assert (late.status_code, late.json()["error"]["code"]) == (412, "proposal-other-version")
    put = kaist.send("PUT", place, changed, if_match=read["ETag"])
    assert (put.status_code, put.json()["state"]) == (200, "submitted"), put.content
    assert kaist.send("PUT", place, changed, if_match=put["ETag"]).status_code == 409  # it waits for a steward
    proposal.refresh_from_db()
    accept(Actor.of_person(steward), node, proposal, "", LETTERS)
    assert current_entry(node, "weather-logs")[0].name == {"en": "Weather Logs 2"}
    assert kaist.send("DELETE", place, if_match=kaist.send("GET", place)["ETag"]).status_code == 409


def test_a_correction_a_report_and_a_withdrawal(node: Node, kaist: Machine) -> None:
    bloom = current_entry(node, "bloom")[0].to_json()
    corrected = kaist.propose(bloom | {"description": {"en": "A model."}})
    assert (corrected.status_code, corrected.json()["kind"]) == (201, "correction"), corrected.content
    for kind in ("report", "withdrawal"):
        note = {"person": "kim@stat.example", "kind": kind, "entry": "bloom"}
        assert kaist.send("POST", PLACE, note).status_code == 400  # without a reason
        sent = kaist.send("POST", PLACE, note | {"text": "gone"})
        assert (sent.status_code, sent.json()["kind"]) == (201, kind)
    back = kaist.send("DELETE", sent["Location"], if_match=sent["ETag"])
    assert (back.status_code, back.json()["state"]) == (200, "taken-back")


def test_the_same_key_proposes_once(kaist: Machine) -> None:
    key = str(uuid4())
    first, again = kaist.propose(key=key), kaist.propose(key=key)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert Proposal.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"person": "kim@stat.example", "document": {"id": "x"}}, "document"),
        ({"person": "kim@stat.example", "document": DOCUMENT | {"evidence": []}}, "evidence"),
        ({"person": "kim@stat.example", "document": DOCUMENT | {"links": []}}, "links"),
        ({"person": "kim@stat.example", "document": DOCUMENT | {"kind": "modle"}}, "modle"),
        ({"person": "kim@stat.example", "kind": "claim"}, "claim"),
        ({"person": "kim@stat.example", "kind": "report", "entry": "blom", "text": "x"}, "blom"),
        ({"person": "kim@stat.example", "document": DOCUMENT, "key": "1"}, "UUID"),
        ({"person": "kim@stat.example", "document": DOCUMENT, "state": "accepted"}, "state"),
        ({"person": "lee@stat.example", "document": DOCUMENT}, "not a member"),
        ({"person": "nobody@stat.example", "document": DOCUMENT}, "not a member"),
        ({"document": DOCUMENT}, "person"),
        ([], ""),
    ],
)
def test_a_wrong_body_is_refused(kaist: Machine, person: Callable[..., Person], body: Any, said: str) -> None:
    person("lee")
    answer = kaist.send("POST", PLACE, body)
    assert answer.status_code == 400, answer.content
    assert said in answer.content.decode()
    assert not Proposal.objects.exists()


def test_a_program_sees_what_programs_of_its_organisation_sent(kaist: Machine, kim: Person, visitor: Visitor) -> None:
    place = kaist.propose()["Location"]
    draft = begin(visitor.sign_in(kim), organisation="kaist")
    assert kaist.send("GET", f"{PLACE}{draft}/").status_code == 404
    assert len(kaist.send("GET", PLACE).json()) == 1
    other = Machine("inria")
    assert other.send("GET", PLACE).json() == []
    for method in ("GET", "PUT", "DELETE"):
        assert other.send(method, place, {}, if_match='"2"').status_code == 404
    assert other.propose().status_code == 400  # kim is no member of inria
    for client in (Client(), visitor):  # a session is not enough
        assert client.get(place).status_code == 401
        assert client.post(PLACE, {}, content_type="application/json").status_code == 401
    assert visitor.get("/en/commons/proposals/").status_code == 200  # kim sees it as her own
    assert b"Weather Logs" in visitor.get("/en/commons/proposals/").content


def test_limits_and_who_has_left(kaist: Machine, kim: Person) -> None:
    for number in range(MAX_PER_DAY):
        assert kaist.propose(DOCUMENT | {"id": f"logs-{number}"}).status_code == 201
    assert kaist.propose(DOCUMENT | {"id": "one-more"}).status_code == 429
    set_person_active(COMMAND, kim, False)
    assert kaist.propose(DOCUMENT | {"id": "one-more"}).status_code == 400
