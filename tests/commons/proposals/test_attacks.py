"""Bad input and attacks: foreign drafts, fields that are not in the form, texts that try to break out, forms sent twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from bongsu.commons.editing.entry_state import current_entry
from bongsu.commons.models import Message, Proposal
from bongsu.commons.proposals.proposing import MAX_PER_DAY
from bongsu.people.granting import end_grants
from bongsu.people.models import AuditLine, Person
from bongsu.store.node import Node
from tests.commons.proposals.conftest import FORM, NEW, begin, fill, send
from tests.people.conftest import Visitor

pytestmark = pytest.mark.django_db
EVIL = "</textarea></script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def _version(number: int) -> int:
    version: int = Proposal.objects.get(pk=number).version
    return version


def _submitted(visitor: Visitor, **changed: str) -> int:
    number = begin(visitor, **changed)
    fill(visitor, number)
    assert send(visitor, number, "submit", _version(number)).status_code == 302
    return number


def test_a_draft_is_its_persons_alone(
    node: Node, person: Callable[..., Person], steward: Person, visitor: Visitor
) -> None:
    number = begin(visitor.sign_in(person("kim")))
    for other in (Visitor().sign_in(person("lee")), Visitor().sign_in(steward)):
        for answer in (
            other.get(f"/en/commons/proposals/{number}/"),
            other.get(f"/en/commons/proposals/{number}/edit/"),
            fill(other, number),
            send(other, number, "submit", 1),
            send(other, number, "take-back", 1),
            send(other, number, "accept", 1),
        ):
            assert answer.status_code == 404
    assert Proposal.objects.get(pk=number).version == 1
    assert visitor.get(f"/en/commons/proposals/{10**30}/").status_code == 404


def test_a_person_decides_nothing(node: Node, person: Callable[..., Person], visitor: Visitor) -> None:
    number = _submitted(visitor.sign_in(person("kim")))
    for do in ("accept", "refuse", "ask-back"):
        assert send(visitor, number, do, _version(number), text="mine").status_code == 403
    assert visitor.get("/en/commons/proposals/queue/").status_code == 403
    assert visitor.get("/en/commons/proposals/reviews/").status_code == 403
    answer = visitor.post("/en/commons/proposals/reviews/", {"entry": "olmo-7b"})
    assert answer.status_code == 403
    assert Proposal.objects.get(pk=number).state == "submitted"


def test_fields_that_the_form_does_not_have_change_nothing(
    node: Node, person: Callable[..., Person], visitor: Visitor
) -> None:
    number = begin(visitor.sign_in(person("kim")))
    more = {"state": "accepted", "kind": "model", "id": "olmo-7b", "entry": "olmo-7b", "person": "x", "source": "hub"}
    more |= {"document": "{}", "claim-parameters": "7B", "records": "x", "evidence-key": ["../../x"], "decided_by": "1"}
    fill(visitor, number, "save", **more)
    proposal = Proposal.objects.get(pk=number)
    assert (proposal.state, proposal.entry, proposal.person.name) == ("draft", "maritime-weather-logs", "kim")
    assert {name: proposal.document[name] for name in ("id", "kind")} == {"id": proposal.entry, "kind": "dataset"}
    assert proposal.document["evidence"] == {}
    assert "parameters" not in proposal.document["claims"]  # a claim of models
    assert "source" not in proposal.document


def test_texts_do_not_break_out(node: Node, person: Callable[..., Person], steward: Person, visitor: Visitor) -> None:
    visitor.sign_in(person("kim"))
    texts = {key: [EVIL] if isinstance(value, list) else EVIL for key, value in FORM.items() if key != "evidence-key"}
    number = begin(visitor, name=EVIL, address=f"https://x.example/{EVIL}")
    asked = [visitor.post("/en/commons/proposals/new/", NEW | dict.fromkeys(("name", "address", "kind", "key"), EVIL))]
    fill(visitor, number, "save", **texts | {"claim-organisation": EVIL})
    asked += [visitor.get(f"/en/commons/proposals/{number}/{page}") for page in ("", "edit/")]
    fill(visitor, number, **{"name-en": EVIL, "description-en": EVIL, "evidence-shows": [EVIL], "claim-licence": EVIL})
    send(visitor, number, "submit", _version(number), text=EVIL)
    assert Proposal.objects.get(pk=number).state == "submitted"
    report = visitor.post("/en/commons/proposals/about/olmo-7b/", {"do": "report", "text": EVIL})
    assert report.status_code == 302
    decider = Visitor().sign_in(steward)
    asked += [visitor.get(f"/ko/commons/proposals/{page}") for page in ("", f"{number}/", "about/olmo-7b/")]
    asked += [decider.get(f"/fr/commons/proposals/{page}") for page in ("queue/", f"{number}/", f"{number + 1}/")]
    asked.append(send(decider, number, "ask-back", 1, text=EVIL))
    for answer in asked:
        text = answer.content.decode()
        assert "<script>alert" not in text
        assert "<img src=x" not in text
    assert sum("&lt;script&gt;alert" in answer.content.decode() for answer in asked) >= 8


def test_forms_are_refused_without_their_token(node: Node, person: Callable[..., Person], visitor: Visitor) -> None:
    number = begin(visitor.sign_in(person("kim")))
    strict = Client(enforce_csrf_checks=True, headers={"accept": "text/html"})
    strict.cookies = visitor.cookies
    for path in ("new/", f"{number}/", f"{number}/edit/", "about/olmo-7b/", "reviews/"):
        assert strict.post(f"/en/commons/proposals/{path}", {"do": "submit"}).status_code == 403, path
    assert _version(number) == 1


def test_a_form_sent_twice_makes_one_proposal(node: Node, person: Callable[..., Person], visitor: Visitor) -> None:
    visitor.sign_in(person("kim"))
    key = "6f2f0bfc-6d4c-4c4e-8ee4-5b5c1f6f7a11"
    assert begin(visitor, key=key) == begin(visitor, key=key)
    report = {"do": "report", "text": "wrong year", "key": "7f2f0bfc-6d4c-4c4e-8ee4-5b5c1f6f7a11"}
    for _ in range(2):
        assert visitor.post("/en/commons/proposals/about/olmo-7b/", report).status_code == 302
    number = begin(visitor, name="Another one")
    fill(visitor, number)
    version = _version(number)
    assert send(visitor, number, "submit", version).status_code == 302
    assert send(visitor, number, "submit", version).status_code == 409
    assert Proposal.objects.count() == 3
    assert Message.objects.count() == 1
    foreign = begin(Visitor().sign_in(person("lee")), name="Third", key="8f2f0bfc-6d4c-4c4e-8ee4-5b5c1f6f7a11")
    answer = visitor.post("/en/commons/proposals/new/", NEW | {"key": "8f2f0bfc-6d4c-4c4e-8ee4-5b5c1f6f7a11"})
    assert answer.status_code != 302 or str(foreign) not in answer.headers["Location"]


def test_two_stewards_at_once(node: Node, person: Callable[..., Person], steward: Person, visitor: Visitor) -> None:
    number = _submitted(visitor.sign_in(person("kim")))
    version = _version(number)
    one, two = Visitor().sign_in(steward), Visitor().sign_in(person("second", "steward"))
    assert send(one, number, "refuse", version, text="Not for the public.").status_code == 302
    told = send(two, number, "accept", version)
    assert told.status_code == 409
    assert "now it is: refused" in told.content.decode()
    with pytest.raises(Exception, match="maritime"):
        current_entry(node, "maritime-weather-logs")


def test_a_steward_decides_on_what_she_saw(
    node: Node, person: Callable[..., Person], steward: Person, visitor: Visitor
) -> None:
    number = _submitted(visitor.sign_in(person("kim")))
    seen = _version(number)
    decider = Visitor().sign_in(steward)
    send(decider, number, "ask-back", seen, text="Which licence?")
    fill(visitor, number, **{"claim-licence": "proprietary"})
    send(visitor, number, "submit", _version(number))
    assert send(decider, number, "accept", seen).status_code == 409


def test_nobody_decides_about_her_own_proposal_while_another_can(
    node: Node, person: Callable[..., Person], steward: Person, visitor: Visitor
) -> None:
    second = person("second", "steward")
    number = _submitted(visitor.sign_in(steward))
    assert send(visitor, number, "accept", _version(number)).status_code == 403
    from bongsu.people.actions import act
    from tests.people.conftest import COMMAND

    with act(COMMAND, "person.add"):
        end_grants(second)
    assert "no other steward" in visitor.get(f"/en/commons/proposals/{number}/").content.decode()
    assert send(visitor, number, "accept", _version(number)).status_code == 302
    assert AuditLine.objects.get(action="proposal.accept").after["own"] is True


def test_a_person_proposes_a_number_of_times_a_day(node: Node, person: Callable[..., Person], visitor: Visitor) -> None:
    visitor.sign_in(person("kim"))
    answers: list[Any] = [
        visitor.post("/en/commons/proposals/about/olmo-7b/", {"do": "report", "text": f"wrong {number}"})
        for number in range(MAX_PER_DAY + 1)
    ]
    assert [answer.status_code for answer in answers] == [302] * MAX_PER_DAY + [429]


def test_control_characters_and_long_texts(node: Node, person: Callable[..., Person], visitor: Visitor) -> None:
    number = begin(visitor.sign_in(person("kim")))
    fill(visitor, number, "save", **{"name-en": "a\x00b\x07\ud800c".encode("utf-8", "ignore").decode()})
    assert Proposal.objects.get(pk=number).document["name"]["en"] == "abc"
    answer = fill(visitor, number, "save", **{"description-en": "x" * 200_000})
    assert answer.status_code == 200
    assert "too long" in answer.content.decode()
    assert "x" * 200_000 in answer.content.decode()  # what was typed is still there
    long = visitor.post("/en/commons/proposals/about/olmo-7b/", {"do": "report", "text": "x" * 5_000})
    assert long.status_code == 400


def test_an_address_that_cannot_be_parsed_is_no_error_of_the_server(
    node: Node, person: Callable[..., Person], visitor: Visitor
) -> None:
    visitor.sign_in(person("kim"))
    assert begin(visitor, name="해양 기상", address="https://[x")
