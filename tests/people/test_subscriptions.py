"""Subscribers are told what happens to releases: once, in their language, by mail or by a webhook that may be down."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from bongsu.core.errors import BadInput, Missing, Refused
from bongsu.core.reason import Reason
from bongsu.people.models import Mail, Person, Subscription
from bongsu.people.personal_records import personal_records
from bongsu.people.persons import change_person
from bongsu.people.subscriptions import add_webhook, end_subscription, list_given_up, subscribe
from bongsu.store.node import Node
from bongsu.web.account.subscription_page import check_dataflow
from bongsu.web.duties.announcing import announce_news
from bongsu.web.duties.record_problems import find_record_problems
from tests.people.conftest import COMMAND, Visitor
from tests.store.drafts import draft, rows

pytestmark = pytest.mark.django_db
LONG_AGO = "2026-01-01T00:00:00Z"


START = datetime(2026, 3, 1, 8, tzinfo=UTC)  # when releases are sealed, unless a test says otherwise


def later(seconds: int = 60) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def moment(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The time at which a release is sealed or withdrawn: the last of the list."""
    moments = [START]
    monkeypatch.setattr("bongsu.store.releases.release_store.utc_now", lambda: f"{moments[-1]:%Y-%m-%dT%H:%M:%SZ}")
    return moments


def speak(who: Person, language: str) -> Person:
    change_person(COMMAND, who, who.name, language)
    who.refresh_from_db()
    return who


def letters() -> list[Mail]:
    return list(Mail.objects.order_by("pk"))


def test_a_person_is_told_once_in_her_language(empty: Node, person: Any, moment: list[datetime]) -> None:
    kim: Person = speak(person("kim"), "ko")
    subscribe(COMMAND, kim, "TEST_FLOW", LONG_AGO)
    assert subscribe(COMMAND, kim, "TEST_FLOW", "").told == LONG_AGO  # the one that she has
    empty.releases.seal(draft())
    empty.releases.seal(draft(id_="OTHER_FLOW"))
    announce_news(empty, later())
    [mail] = letters()
    assert (mail.to, mail.language) == ("kim@stat.example", "ko")
    assert "시험, 공표본 1" in mail.subject
    assert "/ko/releases/TEST_FLOW/1/" in mail.text
    assert "OTHER_FLOW" not in mail.text
    announce_news(empty, later())
    assert len(letters()) == 1  # once
    moment.append(later(100))
    empty.releases.withdraw("TEST_FLOW", 1, Reason("wrong unit", "en"))
    announce_news(empty, later(120))
    assert "철회: " in letters()[1].subject
    assert "English: wrong unit" in letters()[1].text  # marked, for she reads Korean


def test_news_of_the_last_seconds_wait(empty: Node, person: Any, moment: list[datetime]) -> None:
    subscribe(COMMAND, person("kim"), "", LONG_AGO)
    empty.releases.seal(draft())
    announce_news(empty, later(4))
    assert letters() == []
    announce_news(empty, later(5))
    assert len(letters()) == 1
    moment.append(later(1))  # of a later second than the one that was announced
    empty.releases.seal(draft(rows(4)))
    announce_news(empty, later(6))
    assert len(letters()) == 2
    assert "/TEST_FLOW/2/" in letters()[1].text
    assert "/TEST_FLOW/1/" not in letters()[1].text  # what was announced is not announced again


def test_who_may_not_sign_in_is_not_told_and_an_erased_person_has_no_subscription(empty: Node, person: Any) -> None:
    kim: Person = person("kim")
    subscribe(COMMAND, kim, "", LONG_AGO)
    empty.releases.seal(draft())
    records = personal_records()["subscriptions"]
    assert [(one["dataflow"], one["told"]) for one in records.describe(kim)] == [("*", LONG_AGO)]
    from bongsu.people.guarded import unlock

    with unlock():
        Person.objects.filter(pk=kim.pk).update(is_active=False)
        announce_news(empty, later())
        records.erase(kim)
    assert letters() == []
    assert not Subscription.objects.exists()


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch, settings: Any, served: Any) -> list[Any]:
    """The messages that the webhook got; it answers 503 while `down` is its last item."""
    got: list[Any] = []

    def answer(headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if got and got[-1] == "down":
            return 503, {}, b""
        got.append((headers["Content-Type"], json.loads(served.posted[-1])))
        return 204, {}, b""

    served.answers["/hook"] = answer
    settings.BONGSU_NETWORK_PRIVATE = True
    return got


def test_a_webhook_gets_what_happened_and_is_tried_again(
    empty: Node, answers: list[Any], moment: list[datetime], served: Any
) -> None:
    made = add_webhook(COMMAND, f"{served.address}/hook", "", "fr", LONG_AGO)
    empty.releases.seal(draft())
    answers.append("down")
    announce_news(empty, later())
    made.refresh_from_db()
    assert (made.failures, made.told) == (1, LONG_AGO)
    answers.clear()
    announce_news(empty, later(30))
    assert answers == []  # it waits a minute
    announce_news(empty, later(300))
    [(type_, shape)] = answers
    assert type_ == "application/json"
    [news] = shape["news"]
    assert (news["kind"], news["dataflow"], news["release"], shape["language"]) == ("new", "TEST_FLOW", 1, "fr")
    assert news["title"] == "Essai, publication n° 1"
    made.refresh_from_db()
    assert made.failures == 0
    moment.append(later(500))
    empty.releases.withdraw("TEST_FLOW", 1, "wrong")
    announce_news(empty, later(600))
    assert [one["kind"] for one in answers[-1][1]["news"]] == ["withdrawn"]


def test_a_webhook_that_fails_too_often_is_given_up_and_the_operator_told(
    empty: Node, answers: list[Any], served: Any
) -> None:
    made = add_webhook(COMMAND, f"{served.address}/hook", "", "en", LONG_AGO)
    empty.releases.seal(draft())
    answers.append("down")
    for day in range(2, 7):
        announce_news(empty, later(day * 90_000))
    assert not list_given_up()
    for day in range(7, 12):
        announce_news(empty, later(day * 90_000))
    assert Subscription.objects.get().failures == 6  # the first time, and after each of five waits
    (problem,) = (one for one in find_record_problems(empty) if "/hook" in str(one.report.values))
    assert problem.wrong
    assert f"“bongsu subscription end {made.key}”" in problem.report.describe(str)


def test_the_page_adds_and_ends(empty: Node, person: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    kim: Person = person("kim")
    empty.releases.seal(draft())
    for module in ("middleware", "context", "views"):
        monkeypatch.setattr(f"bongsu.web.{module}.open_node", lambda: empty)
    client = Visitor().sign_in(kim)
    page = "/en/account/subscriptions/"
    assert b"You have no subscription" in client.get(page).content
    assert client.post(page, {"add": ""}).status_code == 302
    assert b"All dataflows" in client.get(page).content
    found = Subscription.objects.get()
    assert client.post(page, {"add": "NOTHING"}).status_code == 404
    other = Visitor().sign_in(person("lee"))
    assert other.post(page, {"end": str(found.key)}).status_code in (403, 404)
    assert Subscription.objects.exists()
    client.post(page, {"end": str(found.key)})
    assert not Subscription.objects.exists()
    assert Client().get(page).status_code in (302, 401, 403)
    with pytest.raises(Missing):
        end_subscription(COMMAND, "nothing")


def test_only_an_operator_adds_a_webhook(person: Any) -> None:
    from bongsu.people.access import Actor

    with pytest.raises(Refused):
        add_webhook(Actor.of_person(person("kim")), "https://news.example", "", "en", LONG_AGO)


def test_an_unknown_dataflow_is_refused(empty: Node) -> None:
    empty.releases.seal(draft())
    assert check_dataflow(empty, "test_flow") == "TEST_FLOW"
    with pytest.raises(BadInput, match="TEST_FLOW"):
        check_dataflow(empty, "TEST_FLOWS")
