"""Calls as records: who may do what, editions, what an open call can no longer take back, and the public pages."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from bongsu.core.errors import BadInput, Missing, Refused
from bongsu.incubator import call_pages
from bongsu.incubator.calls.folder import parse_files, write_example
from bongsu.incubator.calls.phases import find_phase
from bongsu.incubator.models import Call, Edition, Round
from bongsu.incubator.opening import (
    CallNotReady,
    EditionConflict,
    add_call,
    change_call,
    end_call,
    list_editions,
    newest_edition,
    open_call,
)
from bongsu.people.access import NOBODY, Actor
from bongsu.people.models import AuditLine
from tests.people.conftest import COMMAND, Visitor

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 2, 1, tzinfo=UTC)
NAME = "example-2027"
OPENS, ENDS = datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 3, 31, 9, 1, tzinfo=UTC)


def texts(**replaced: tuple[str, str]) -> dict[str, str]:
    """The example with one text replaced in a file: call=("amount = 20000", "amount = 0")."""
    made = write_example("one-stage")
    for name, (before, after) in replaced.items():
        assert before in made[f"{name}.toml"]
        made[f"{name}.toml"] = made[f"{name}.toml"].replace(before, after, 1)
    return made


def extend(closes: str) -> dict[str, str]:
    rule = f'[[round.extension]]\ncloses = "{closes}"\nreason = {{ en = "The site was down." }}\n\n[[criterion]]'
    return texts(call=("[[criterion]]", rule))


def opened() -> Call:
    add_call(COMMAND, texts(), NOW)
    return open_call(COMMAND, NAME, NOW)


def test_a_call_is_added_opened_extended_and_ended() -> None:
    call = opened()
    assert list(call.rounds.values_list("key", "opens", "ends", "results")) == [
        (
            "first",
            datetime(2027, 3, 1, tzinfo=UTC),
            datetime(2027, 3, 31, 9, 1, tzinfo=UTC),  # 18:00 in Seoul, and its minute counts whole
            datetime(2027, 5, 31, 3, tzinfo=UTC),
        )
    ]
    edition = change_call(COMMAND, NAME, extend("2027-04-02 18:00"), 1, NOW, "the site was down")
    assert (edition.number, edition.why) == (2, "the site was down")
    assert Round.objects.get().ends == datetime(2027, 4, 2, 9, 1, tzinfo=UTC)
    assert change_call(COMMAND, NAME, extend("2027-04-02 18:00"), 2, NOW).number == 2  # nothing differs
    assert end_call(COMMAND, NAME, "all is paid").state == "ended"
    actions = list(AuditLine.objects.order_by("number").values_list("action", "object_id"))
    names = [action for action, object_id in actions if object_id == NAME]
    assert names == ["call.add", "call.open", "call.change", "call.change", "call.end"]


@pytest.mark.parametrize(
    ("change", "now", "message"),
    [
        ({"call": ('closes = "2027-03-31 18:00"', 'closes = "2027-03-31 17:59"')}, NOW, "cannot close earlier"),
        ({"call": ('key = "first"', 'key = "other"')}, NOW, "cannot be dropped"),
        ({"call": ('zone = "Asia/Seoul"', 'zone = "Asia/Tokyo"')}, NOW, "time zone"),
        ({"workflow": ('en = "One stage"', 'en = "One round"')}, NOW, "workflow of an open call"),
        ({"call": ('opens = "2027-03-01 09:00"', 'opens = "2027-03-02 09:00"')}, OPENS, "opened"),
        ({"call": ('closes = "2027-03-31 18:00"', 'closes = "2027-04-05 18:00"')}, ENDS, "closed"),
        ({"call": ('call = "example-2027"', 'call = "other-2027"')}, NOW, "name of a call"),
    ],
)  # fmt: skip
def test_what_an_open_call_cannot_take_back(change: dict[str, tuple[str, str]], now: datetime, message: str) -> None:
    call = opened()
    with pytest.raises((BadInput, CallNotReady), match=message):
        change_call(COMMAND, NAME, texts(**change), 1, now)
    assert newest_edition(call).number == 1


def test_times_that_can_still_be_changed() -> None:
    opened()
    before_opening = datetime(2027, 2, 28, 23, 59, 59, tzinfo=UTC)
    later = texts(call=('opens = "2027-03-01 09:00"', 'opens = "2027-03-02 09:00"'))
    assert change_call(COMMAND, NAME, later, 1, before_opening).number == 2
    last_moment = datetime(2027, 3, 31, 9, 0, 59, 999_999, tzinfo=UTC)
    extended = extend("2027-04-02 18:00")
    extended["call.toml"] = extended["call.toml"].replace("2027-03-01 09:00", "2027-03-02 09:00")
    assert change_call(COMMAND, NAME, extended, 2, last_moment).number == 3


def test_a_draft_may_be_wrong_but_not_opened() -> None:
    add_call(COMMAND, texts(call=("amount = 20000", "amount = 0")), NOW)
    with pytest.raises(CallNotReady, match=r"call.toml, budget\[0\].amount"):
        open_call(COMMAND, NAME, NOW)
    assert Call.objects.get().state == "draft"
    change_call(COMMAND, NAME, texts(), 1, NOW)
    with pytest.raises(BadInput, match="has closed already"):
        open_call(COMMAND, NAME, datetime(2027, 3, 31, 9, 1, tzinfo=UTC))
    open_call(COMMAND, NAME, datetime(2027, 3, 31, 9, 0, 59, tzinfo=UTC))
    with pytest.raises(CallNotReady):
        change_call(COMMAND, NAME, texts(call=("amount = 20000", "amount = 0")), 2, NOW)
    with pytest.raises(BadInput, match="was opened before"):
        open_call(COMMAND, NAME, NOW)


def test_the_second_of_two_officers_is_told() -> None:
    add_call(COMMAND, texts(), NOW)
    change_call(COMMAND, NAME, texts(call=("amount = 20000", "amount = 20001")), 1, NOW)
    with pytest.raises(EditionConflict, match="edition 2 follows edition 1"):
        change_call(COMMAND, NAME, texts(call=("amount = 20000", "amount = 20002")), 1, NOW)
    assert Edition.objects.count() == 2


def test_names_are_taken_once_and_files_are_known() -> None:
    add_call(COMMAND, texts(), NOW)
    with pytest.raises(BadInput, match="already a call"):
        add_call(COMMAND, texts(), NOW)
    with pytest.raises(BadInput, match="has no file"):
        add_call(COMMAND, {**texts(), "more.toml": ""}, NOW)
    with pytest.raises(BadInput, match="characters"):
        add_call(COMMAND, {**texts(), "form.toml": "#" * 200_001}, NOW)
    with pytest.raises(Missing):
        open_call(COMMAND, "other", NOW)


def test_only_officers_of_calls_write_them(person: Callable[..., Any]) -> None:
    officer = Actor.of_person(person("officer", "call-officer"))
    add_call(officer, texts(), NOW)
    for actor in (NOBODY, Actor.of_person(person("kim")), Actor.of_person(person("lee", "editor"))):
        assert list_editions(actor) == []
        for write in (
            lambda actor=actor: add_call(actor, texts(), NOW),
            lambda actor=actor: change_call(actor, NAME, texts(), 1, NOW),
            lambda actor=actor: open_call(actor, NAME, NOW),
            lambda actor=actor: end_call(actor, NAME, "why"),
        ):
            with pytest.raises(Refused):
                write()
    one_call = Actor.of_person(person("park", f"call-officer call {NAME}"))
    assert [one.call.name for one in list_editions(one_call)] == [NAME]
    assert open_call(one_call, NAME, NOW).state == "open"
    with pytest.raises(Refused):
        add_call(one_call, texts(call=('call = "example-2027"', 'call = "other-2027"')), NOW)
    assert [one.call.name for one in list_editions(NOBODY)] == [NAME]


def test_public_pages_show_what_is_open(visitor: Visitor, person: Callable[..., Any], monkeypatch: Any) -> None:
    monkeypatch.setattr(call_pages.timezone, "now", lambda: NOW)
    add_call(COMMAND, texts(), NOW)
    assert visitor.get(f"/en/calls/{NAME}/").status_code == 404
    assert NAME.encode() not in visitor.get("/en/calls/").content
    open_call(COMMAND, NAME, NOW)
    change_call(COMMAND, NAME, extend("2027-04-02 18:00"), 1, NOW + timedelta(hours=1), "the site was down")
    for language, words in {
        "en": [
            "GPU hours for public-interest AI",
            "opens later",
            "1 March 2027",
            "00:00 UTC",
            "20,000",
            "The site was down.",
        ],
        "ko": ["공익 인공지능을 위한 GPU 시간", "아직 열리지 않음", "2027년 3월 1일", "20,000"],
        "fr": ["Heures de GPU pour l’IA d’intérêt général", "ouvre plus tard", "1 mars 2027", "20\u202f000"],
    }.items():
        page = visitor.get(f"/{language}/calls/{NAME}/").content.decode()
        assert [word for word in words if word not in page] == []
        assert "round[first].extension" in page
        assert '<time datetime="2027-04-02T09:00Z">' in page
        assert words[0] in visitor.get(f"/{language}/calls/").content.decode()
    end_call(COMMAND, NAME, "all is paid")
    assert "This call has ended." in visitor.get(f"/en/calls/{NAME}/").content.decode()


def test_a_round_is_open_until_the_end_of_its_minute() -> None:
    times = parse_files(texts()).call.rounds[0]
    for moment, phase in (
        (datetime(2027, 2, 28, 23, 59, 59, 999_999, UTC), "later"),
        (datetime(2027, 3, 1, tzinfo=UTC), "open"),
        (datetime(2027, 3, 31, 9, 0, 59, 999_999, UTC), "open"),
        (ENDS, "closed"),
    ):
        assert find_phase(times, moment) == phase


@pytest.mark.parametrize(
    ("before", "english", "korean", "french"),
    [
        (timedelta(days=29, hours=23), "in 29 days", "29일 후", "dans 29 jours"),
        (timedelta(days=1), "in 1 day", "1일 후", "dans 1 jour"),
        (timedelta(hours=23, minutes=59), "in 23 hours", "23시간 후", "dans 23 heures"),
        (timedelta(minutes=2, seconds=59), "in 2 minutes", "2분 후", "dans 2 minutes"),
        (timedelta(), "", "", ""),
    ],
)
def test_what_is_left_of_a_round(before: timedelta, english: str, korean: str, french: str) -> None:
    times = parse_files(texts()).call.rounds[0]
    left = [call_pages.write_time_left(times, ENDS - before, language) for language in ("en", "ko", "fr")]
    assert left == [english, korean, french]


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_make_one_edition() -> None:
    add_call(COMMAND, texts(), NOW)
    outcomes: list[str] = []

    def change(amount: int) -> None:
        try:
            change_call(COMMAND, NAME, texts(call=("amount = 20000", f"amount = {amount}")), 1, NOW)
            outcomes.append("made")
        except EditionConflict:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=change, args=(20_001 + at,)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", "told", "told", "told"]
    with transaction.atomic():
        assert Edition.objects.count() == 2
