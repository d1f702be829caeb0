"""The pages of questions between nodes: the asker writes and follows one, the custodian sees, approves and refuses."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from bongsu.network.models import Agreement, QuestionLimit, ReceivedQuestion, SentQuestion
from bongsu.people.access import NOBODY
from bongsu.people.granting import grant_role
from bongsu.people.models import Person
from bongsu.people.persons import ensure_person
from tests.network.questions import Askers
from tests.network.test_peer_pages import shows
from tests.network.world import COMMAND, World


def sign_in(name: str, *roles: tuple[str, tuple[str, str]]) -> Browser:
    """A browser in which somebody with these roles is signed in."""
    person: Person = ensure_person(NOBODY, f"{name}@stat.example", name)
    for role, scope in roles:
        grant_role(COMMAND, person, role, scope)
    browser = Browser(headers={"accept": "text/html"})
    browser.force_login(person)
    return browser


@pytest.fixture
def askers(world: World) -> Askers:
    """Node a, and node b with people."""
    found = Askers(world, world.make_node("a"))
    found.add("b")
    return found


def test_a_question_is_written_approved_and_followed_on_pages(askers: Askers) -> None:
    a, b = askers.asker, askers.nodes["b"]
    editor = sign_in("kim", ("editor", ("node", "")))
    with askers.world.at(b):
        custodian = sign_in("lee", ("custodian", ("holding", "people-b")))
    place = f"{b.identity.id}=people-b"
    form = {"at": place, "statistic": "count", "by": "SEX", "purpose": "research", "reason": "ageing", "days": "14"}
    with askers.world.at(a):
        assert shows(editor.get("/en/desk/ask/").content.decode(), "No node has offered")
        editor.post("/en/desk/ask/offers/")
        assert shows(editor.get("/en/desk/ask/").content.decode(), "Office b: people-b", "a custodian decides")
        page = editor.get("/en/desk/ask/", {"at": place}).content.decode()
        assert shows(page, 'name="by" value="SEX"', "Lower limits of the bands", 'name="mean" value="EARNINGS"')
        # What is wrong is said, and what was chosen stays.
        page = editor.post("/en/desk/ask/", {**form, "statistic": [], "mean": "EARNINGS"}).content.decode()
        assert shows(page, "without the numbers of people", 'value="ageing"')
        page = editor.post("/en/desk/ask/", {**form, "days": "x"}).content.decode()
        assert shows(page, "is not a whole number", 'name="by" value="SEX" checked')
        assert not SentQuestion.objects.exists()
        sent = editor.post("/en/desk/ask/", form)
        assert sent.status_code == 302
        asked = sent.headers["Location"]
        assert shows(editor.get(asked).content.decode(), "waits for a person", "0 of 1 institutions", "ageing")
        assert shows(editor.get("/en/desk/asked/").content.decode(), "research: ageing", "0 of 1")

    row = ReceivedQuestion.objects.get()
    inbox = f"/en/desk/questions/{row.pk}/"
    with askers.world.at(b):
        assert editor.get(inbox).status_code == 403  # no custodian of the holding
        assert editor.post(f"{inbox}approve/", {"exact": "1"}).status_code == 403
        assert shows(custodian.get("/en/desk/questions/").content.decode(), "Office a", "people-b", "number of people")
        page = custodian.get(inbox).content.decode()
        assert shows(page, "research: ageing", "under the pseudonym", "nothing is sent yet", "Exact protected values")
        assert "kim" not in page
        custodian.post(f"{inbox}prepare/")
        assert shows(custodian.get(inbox).content.decode(), "The answer as it would leave", "300")
        custodian.post(f"{inbox}approve/")
        assert shows(custodian.get(inbox).content.decode(), "No standing agreement covers this question")
        custodian.post(f"{inbox}approve/", {"exact": "1", "why": "as every year"})
        assert shows(custodian.get(inbox).content.decode(), "The answer as it left", "lee")
        custodian.post(f"{inbox}refuse/", {"reason": "other"})
        assert ReceivedQuestion.objects.get().state == "answered"  # too late
    with askers.world.at(a):
        editor.post(f"{asked}follow/")
        page = editor.get(asked).content.decode()
        assert shows(page, "1 of 1 institutions", "Fewer than 3 institutions", "Office b: 300", "answered")
        assert shows(editor.get(asked.replace("/en/", "/ko/")).content.decode(), "결합한 답", "3개 미만의 기관")
        assert custodian.get(asked).status_code == 403


def test_a_pasted_question_is_refused_with_a_reason_from_the_list(askers: Askers) -> None:
    a, b = askers.asker, askers.nodes["b"]
    editor = sign_in("kim", ("editor", ("node", "")))
    custodian = sign_in("lee", ("custodian", ("node", "")))
    text = '{"holding": "people-b", "breakdown": ["REGION"], "statistics": [{"kind": "count"}]}'
    with askers.world.at(a):
        form = {"at": f"{b.identity.id}=people-b", "text": text, "purpose": "test", "days": "3"}
        asked = editor.post("/en/desk/ask/", form).headers["Location"]
    row = ReceivedQuestion.objects.get()
    with askers.world.at(b):
        custodian.post(f"/en/desk/questions/{row.pk}/refuse/", {"reason": "detail", "why": "too small"})
        assert shows(custodian.get("/en/desk/questions/").content.decode(), "asks for more detail")
    with askers.world.at(a):
        editor.post(f"{asked}follow/")
        page = editor.get(asked).content.decode()
        assert shows(page, "refused", "asks for more detail")
        assert "too small" not in page
        assert editor.get("/en/desk/asked/0000/").status_code == 404


def test_agreements_and_limits_are_made_and_ended_on_pages(askers: Askers) -> None:
    a, b = askers.asker, askers.nodes["b"]
    with askers.world.at(b):
        custodian = sign_in("lee", ("custodian", ("holding", "people-b")))
    stranger = sign_in("kim", ("editor", ("node", "")))
    form = {"peer": a.identity.id, "holding": "people-b", "purpose": ["research", "policy"], "concept": ["SEX"]}
    with askers.world.at(b):
        assert stranger.post("/en/desk/agreements/add/", form).status_code == 403
        assert shows(custodian.get("/en/desk/agreements/").content.decode(), "There is no agreement yet", "Office a")
        custodian.post("/en/desk/agreements/add/", {**form, "until": "2099-12-31"})
        page = custodian.get("/en/desk/agreements/").content.decode()
        assert shows(page, "policy, research", "2099-12-31")
        custodian.post("/en/desk/agreements/add/", {**form, "holding": "other"})
        assert shows(custodian.get("/en/desk/agreements/").content.decode(), "There is no holding")
        assert askers.follow(askers.ask()) == {"b": "answered"}
        limits = {"custodians": "2", "questions_day": "9", "cells_month": "99", "days": "5"}
        custodian.post("/en/desk/agreements/limits/", {**form, **limits})
        assert QuestionLimit.objects.get().questions_day == 9
        agreement = Agreement.objects.get()
        assert stranger.post(f"/en/desk/agreements/{agreement.pk}/end/").status_code == 403
        custodian.post(f"/en/desk/agreements/{agreement.pk}/end/")
        assert not Agreement.objects.exists()
        assert custodian.post(f"/en/desk/agreements/{agreement.pk}/end/").status_code == 404
