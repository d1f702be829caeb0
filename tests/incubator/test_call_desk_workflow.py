"""The workflow of a call on the desk: the picture, the table of steps, and one step changed, added and removed by a form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bongsu.incubator.models import Edition
from bongsu.incubator.opening import add_call, change_call, find_call, newest_edition, open_call, read_edition
from bongsu.incubator.workflow.document import Transition
from tests.incubator.test_opening import NAME, NOW, texts
from tests.people.conftest import COMMAND, Visitor

pytestmark = pytest.mark.django_db
PAGE = f"/en/desk/calls/{NAME}/workflow/"
STEP = {
    "base": "1",
    "start": ["draft"],
    "event": "submit",
    "who": ["applicant"],
    "to": "submitted",
    "holding": ["round.open", "version.complete"],
    "effect": ["receipt"],
    "tell": ["applicant", "team"],
}


@pytest.fixture
def officer(visitor: Visitor, person: Callable[..., Any]) -> Visitor:
    add_call(COMMAND, texts(), NOW)
    return visitor.sign_in(person("officer", "call-officer"))


def read_steps() -> tuple[Transition, ...]:
    return read_edition(newest_edition(find_call(NAME))).workflow.transition


def test_pages_are_for_officers_of_the_call(officer: Visitor, person: Callable[..., Any]) -> None:
    add_call(COMMAND, texts(call=('call = "example-2027"', 'call = "other-2027"')), NOW)
    other = Visitor().sign_in(person("other", "call-officer call other-2027"))
    stranger = Visitor().sign_in(person("stranger"))
    for path in ("", "new/", "1/"):
        assert officer.get(f"{PAGE}{path}").status_code == 200
        assert other.get(f"{PAGE}{path}").status_code == 404
        assert stranger.get(f"{PAGE}{path}").status_code == 403
        assert Visitor().get(f"{PAGE}{path}").status_code == 302
        if path:
            sent = {**STEP, "do": "save", "to": "screening"}
            assert other.post(f"{PAGE}{path}", sent).status_code == 404
            assert stranger.post(f"{PAGE}{path}", sent).status_code == 403
    assert Edition.objects.count() == 2
    for path in ("0/", "99/", "999999999999/"):
        assert officer.get(f"{PAGE}{path}").status_code == 404


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("on the waiting list", "the round is open", "makes the signed receipt", "Who decides: the panel.")),
        ("ko", ("대기 명단", "접수 기간이다", "서명된 접수증을 만든다", "끝")),
        ("fr", ("sur liste d’attente", "la session est ouverte", "établit le reçu signé", "fin")),
    ],
)
def test_the_workflow_is_shown_in_three_languages(officer: Visitor, language: str, words: tuple[str, ...]) -> None:
    page = officer.get(PAGE.replace("/en/", f"/{language}/")).content.decode()
    assert '<svg class="workflow" role="img"' in page
    for word in words:
        assert word in page


def test_a_step_is_checked_then_saved(officer: Visitor) -> None:
    text = newest_edition(find_call(NAME)).files["workflow.toml"]
    wrong = {**STEP, "to": "screening", "who": ["applicant", "clock"]}
    page = officer.post(f"{PAGE}1/", {**wrong, "do": "check"}).content.decode()
    assert "“submit” is not for the clock, only for: the applicant." in page
    assert "nothing is saved yet" in page
    assert Edition.objects.count() == 1
    sent = {**STEP, "to": "screening", "not_holding": ["quorum.met"], "tell": [], "do": "save", "why": "no waiting"}
    assert "Saved as edition 2." in officer.post(f"{PAGE}1/", sent, follow=True).content.decode()
    changed = newest_edition(find_call(NAME))
    assert changed.why == "no waiting"
    assert changed.files["workflow.toml"] == text.replace(
        'to = "submitted"\nevent = "submit"', 'to = "screening"\nevent = "submit"', 1
    ).replace(
        'guard = ["round.open", "version.complete"]\neffect = ["receipt"]\ntell = ["applicant", "team"]\n',
        'guard = ["round.open", "version.complete", "not quorum.met"]\neffect = ["receipt"]\n',
        1,
    )


def test_a_step_is_added_and_removed(officer: Visitor) -> None:
    before = read_steps()
    sent = {
        **STEP,
        "start": ["accepted", "awarded"],
        "event": "withdraw",
        "to": "withdrawn",
        "holding": [],
        "effect": [],
    }
    officer.post(f"{PAGE}new/", {**sent, "do": "save"})
    assert read_steps()[:-1] == before
    assert read_steps()[-1].start == ("accepted", "awarded")
    officer.post(f"{PAGE}{len(before) + 1}/", {"base": "2", "do": "remove"})
    assert read_steps() == before
    officer.post(f"{PAGE}1/", {"base": "3", "do": "remove"})
    assert read_steps() == before[1:]


@pytest.mark.parametrize(
    "sent", [{"start": []}, {"who": []}, {"to": "nowhere"}, {"event": "explode"}, {"effect": ["explode"]}]
)
def test_what_the_form_lacks_is_said_and_kept(officer: Visitor, sent: dict[str, Any]) -> None:
    page = officer.post(f"{PAGE}1/", {**STEP, **sent, "do": "save", "why": "kept"}).content.decode()
    assert "Nothing was saved: see the fields below." in page
    assert 'value="kept"' in page
    assert Edition.objects.count() == 1


def test_two_officers_change_steps(officer: Visitor) -> None:
    change_call(COMMAND, NAME, texts(workflow=('tell = ["applicant", "team"]', 'tell = ["team"]')), 1, NOW)
    sent = {**STEP, "start": ["submitted"], "event": "reopen", "to": "draft", "holding": [], "effect": [], "do": "save"}
    answer = officer.post(f"{PAGE}2/", sent)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "edition 2 follows edition 1" in page
    assert "They did not change this part: save again" in page
    assert 'name="base" value="2"' in page  # that step is as it was: it can be sent again
    same = officer.post(f"{PAGE}1/", {**STEP, "do": "save", "to": "screening"})
    assert same.status_code == 409
    assert "They changed this part too" in same.content.decode()
    assert 'name="base" value="1"' in same.content.decode()  # the other officer changed it
    assert officer.post(f"{PAGE}2/", {**sent, "base": "2"}).status_code == 302
    assert read_steps()[1].guard == ()


def test_an_open_call_keeps_its_workflow(officer: Visitor) -> None:
    open_call(COMMAND, NAME, NOW)
    for path in ("", "1/", "new/"):
        page = officer.get(f"{PAGE}{path}").content.decode()
        assert "The workflow of an open call cannot be changed." in page
        assert 'value="save"' not in page
    page = officer.post(f"{PAGE}1/", {**STEP, "do": "save", "tell": []}).content.decode()
    assert "The workflow of an open call cannot be changed." in page
    assert Edition.objects.count() == 1


def test_a_workflow_with_unknown_states_has_a_table_and_no_picture(officer: Visitor) -> None:
    change_call(COMMAND, NAME, texts(workflow=('to = "submitted"', 'to = "submited"')), 1, NOW)
    page = officer.get(PAGE).content.decode()
    assert "<svg class" not in page
    assert "There is no state “submited”." in page
    assert 'data-label="To the state">submited' in page
    assert officer.get(f"{PAGE}1/").status_code == 200
