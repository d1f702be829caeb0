"""The questions of a call on the desk: listed, moved, changed, added and removed by a form, and seen as applicants see them."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from bongsu.incubator.call_desk.question_form import MOST_CHOICES, QuestionForm
from bongsu.incubator.forms.document import Form, Question, parse_form
from bongsu.incubator.models import Edition
from bongsu.incubator.opening import add_call, change_call, find_call, newest_edition, open_call, read_edition
from tests.incubator.compute_form import COMPUTE
from tests.incubator.test_opening import NAME, NOW, texts
from tests.people.conftest import COMMAND, Visitor

pytestmark = pytest.mark.django_db
PAGE = f"/en/desk/calls/{NAME}/questions/"


@pytest.fixture
def officer(visitor: Visitor, person: Callable[..., Any]) -> Visitor:
    add_call(COMMAND, texts(), NOW)
    return visitor.sign_in(person("officer", "call-officer"))


def read_form() -> Form:
    return read_edition(newest_edition(find_call(NAME))).form


def send(form: QuestionForm, **changed: Any) -> dict[str, Any]:
    """What a browser sends of a form that is shown and changed."""
    sent = {}
    for name in form.fields:
        value = form[name].value()
        if value not in (None, "", False):
            sent[name] = "on" if value is True else value
    return {**sent, **changed}


def show(number: int | None) -> QuestionForm:
    form = read_form()
    return QuestionForm(None, form, None if number is None else form.question[number - 1])


def test_pages_are_for_officers_of_the_call(officer: Visitor, person: Callable[..., Any]) -> None:
    add_call(COMMAND, texts(call=('call = "example-2027"', 'call = "other-2027"')), NOW)
    other = Visitor().sign_in(person("other", "call-officer call other-2027"))
    stranger = Visitor().sign_in(person("stranger"))
    for path in ("", "new/", "1/"):
        assert officer.get(f"{PAGE}{path}").status_code == 200
        sent = {"base": "1", "up": "2", "do": "remove"}
        for who, status in ((other, 404), (stranger, 403)):
            assert who.get(f"{PAGE}{path}").status_code == status
            assert who.post(f"{PAGE}{path}", sent).status_code == status
        assert Visitor().get(f"{PAGE}{path}").status_code == 302
    for path in ("0/", "8/"):
        assert officer.get(f"{PAGE}{path}").status_code == 404
    assert Edition.objects.count() == 2


@pytest.mark.parametrize("text", [texts()["form.toml"], COMPUTE])
def test_a_form_that_is_sent_as_it_was_shown_changes_nothing(text: str) -> None:
    form = parse_form(text)
    for question in form.question:
        sent = QuestionForm(send(QuestionForm(None, form, question)), form, question)
        assert sent.is_valid(), sent.errors
        assert sent.read() == question


def test_languages_and_choices_that_the_form_does_not_show_stay() -> None:
    choices = "".join(f'{{ key = "c{number}", text = {{ en = "C" }} }},' for number in range(MOST_CHOICES + 1))
    form = parse_form(
        'format = "bongsu.form/1"\n[[question]]\nkey = "a"\nkind = "choice"\ntext = { de = "Was?", en = "What?" }\n'
        f"choices = [{choices}]\n"
    )
    [question] = form.question
    assert QuestionForm(None, form, question).list_choices() == []
    sent = QuestionForm(send(QuestionForm(None, form, question), text_en="Which?"), form, question)
    assert sent.is_valid()
    changed = sent.read()
    assert changed.text == {"de": "Was?", "en": "Which?"}
    assert changed.choices == question.choices


def test_a_question_is_checked_then_saved(officer: Visitor) -> None:
    text = newest_edition(find_call(NAME)).files["form.toml"]
    page = officer.post(f"{PAGE}1/", {**send(show(1), most="0"), "base": "1", "do": "check"}).content.decode()
    assert "A most of 0 allows no answer." in page
    assert "nothing is saved yet" in page
    assert Edition.objects.count() == 1
    sent = {**send(show(1), most="200", text_ko="과제의 이름"), "base": "1", "do": "save", "why": "longer titles"}
    assert "Saved as edition 2." in officer.post(f"{PAGE}1/", sent, follow=True).content.decode()
    edition = newest_edition(find_call(NAME))
    assert edition.why == "longer titles"
    assert edition.files["form.toml"] == text.replace("most = 150", "most = 200").replace(
        '"과제 이름"', '"과제의 이름"'
    )


def test_a_question_is_added_moved_and_removed(officer: Visitor) -> None:
    before = read_form().question
    sent = send(
        show(None),
        key="partner",
        kind="choice",
        section="team",
        text_en="Do you have a partner?",
        condition="line",
        condition_is="industry",
        anonymous="shown",
        choice_0_key="one",
        choice_0_en="One",
        choice_0_ko="하나",
        choice_2_key="more",
        choice_2_fr="Plusieurs",
    )
    officer.post(f"{PAGE}new/", {**sent, "base": "1", "do": "save"})
    added = read_form().question[-1]
    assert read_form().question[:-1] == before
    assert (added.key, added.kind, added.required_if.question, added.required_if.values) == (  # type: ignore[union-attr]
        "partner",
        "choice",
        "line",
        ("industry",),
    )
    assert [(one.key, dict(one.text)) for one in added.choices] == [
        ("one", {"en": "One", "ko": "하나"}),
        ("more", {"fr": "Plusieurs"}),
    ]
    assert "Saved as edition 3." in officer.post(PAGE, {"base": "2", "up": "8"}, follow=True).content.decode()
    assert [one.key for one in read_form().question][-2:] == ["partner", "open"]
    officer.post(f"{PAGE}7/", {"base": "3", "do": "remove"})
    assert read_form().question == before
    for up in ("1", "0", "9", "x", ""):
        assert officer.post(PAGE, {"base": "4", "up": up}).status_code in (400, 404)
    assert Edition.objects.count() == 4


def test_what_a_question_lacks_is_said_and_kept(officer: Visitor) -> None:
    for changed, message in (
        ({"key": "Not a name"}, "“Not a name” is not a valid name."),
        ({"text_en": "", "text_ko": "", "text_fr": ""}, "needs a text in at least one language"),
        ({"least": "many"}, "“many” is not a valid limit."),
        ({"choice_0_en": "A choice without a name"}, "is not a valid name"),
        ({"kind": "riddle"}, "Nothing was saved: see the fields below."),
    ):
        page = unescape(
            officer.post(f"{PAGE}1/", {**send(show(1)), **changed, "base": "1", "do": "save"}).content.decode()
        )
        assert message in page
        assert next(iter(changed.values())) in page
    assert Edition.objects.count() == 1


def test_two_officers_change_questions(officer: Visitor) -> None:
    change_call(COMMAND, NAME, texts(form=("most = 150", "most = 151")), 1, NOW)
    sent = {**send(show(2)), "base": "1", "do": "save", "most": "10"}
    answer = officer.post(f"{PAGE}2/", sent)
    assert answer.status_code == 409
    assert 'name="base" value="2"' in answer.content.decode()  # that question is as it was
    assert 'name="base" value="1"' in officer.post(f"{PAGE}1/", {**sent, "key": "title"}).content.decode()
    assert officer.post(PAGE, {"base": "1", "up": "2"}).status_code == 409
    assert officer.post(f"{PAGE}2/", {**sent, "base": "2"}).status_code == 302
    assert read_form().question[1].most == 10


def test_the_form_is_seen_in_each_language(officer: Visitor) -> None:
    change_call(COMMAND, NAME, texts(form=('fr = "Titre du projet"', 'de = "Titel"')), 1, NOW)
    for language, words in {
        "en": ("Title of the project", "At most 3,000 characters.", "Plan of work (PDF)"),
        "ko": ("과제 이름", "3,000자까지.", "대학 또는 연구기관"),
        "fr": ("Ce texte manque dans cette langue", "Que prévoyez-vous", "Université ou institut"),
    }.items():
        page = officer.get(f"{PAGE}?language={language}").content.decode().partition('id="preview"')[2]
        assert f'<div class="call-preview" lang="{language}">' in page
        for word in words:
            assert word in page
    assert officer.get(f"{PAGE}?language=xx").status_code == 200


def test_a_call_that_has_ended_keeps_its_form(officer: Visitor) -> None:
    open_call(COMMAND, NAME, NOW)
    assert "drafts get this change" in officer.get(f"{PAGE}1/").content.decode()
    from bongsu.incubator.opening import end_call

    end_call(COMMAND, NAME, "over")
    page = officer.get(f"{PAGE}1/").content.decode()
    assert "has ended" in page
    assert 'value="save"' not in page
    assert 'name="up"' not in officer.get(PAGE).content.decode()
    answer = officer.post(f"{PAGE}1/", {**send(show(1), most="200"), "base": "1", "do": "save"})
    assert "has ended, so it cannot be changed" in answer.content.decode()
    assert isinstance(read_form().question[0], Question)
