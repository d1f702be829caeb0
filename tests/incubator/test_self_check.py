"""The self-check on a call's page: what each rule says of a visitor's answers, which nobody keeps."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from lxml import html

from bongsu.core.languages import LANGUAGES
from bongsu.incubator.eligibility.document import parse_rules
from bongsu.incubator.eligibility.evaluate import evaluate
from bongsu.incubator.eligibility.self_check import list_inputs, read_inputs
from bongsu.incubator.opening import add_call
from bongsu.people.models import AuditLine
from tests.incubator.compute_form import read_compute
from tests.incubator.test_opening import NAME, NOW, texts
from tests.incubator.test_public_calls import add_open, at
from tests.people.conftest import COMMAND, Visitor

FORM = read_compute()
MARCH = datetime(2027, 3, 10, tzinfo=UTC)
ALL_KINDS = parse_rules(
    'format = "bongsu.rules/1"\n'
    + "".join(
        f'[[rule]]\nid = "{field.replace(".", "-")}-{number}"\nwhen = "submit"\nkind = "knock-out"\n'
        f'reason = {{ en = "Because." }}\nfield = "{field}"\nop = "{op}"\n{value and f"value = {value}"}\n'
        for number, (field, op, value) in enumerate(
            [
                ("organisation", "is", '"KAIST"'),
                ("founded", "age-days", "[0, 2556]"),
                ("sector", "in", '["academia", "research"]'),
                ("members", "count", "[2, 4]"),
                ("hours", "<=", "1000"),
                ("share", ">=", '"1000.00"'),
                ("areas", "in", '["health"]'),
                ("budget.amount", "sum", '[0, "1000.00"]'),
                ("budget", "count", "[1, 3]"),
                ("plan", "has-file", ""),
                ("rules-read", "is", "true"),
                ("node.country", "is", '"KOR"'),
            ]
        )
    )
)
FIRST = {
    "organisation": "KAIST",
    "founded": "2026-01-01",
    "sector": "academia",
    "members": "3",
    "hours": "1000",
    "share": "1000",
    "areas": "health",
    "budget.amount": "999.99",
    "budget": "2",
    "plan": "yes",
    "rules-read": "yes",
}


def judge(**given: str | list[str]) -> dict[str, str]:
    """What each rule says, by its field."""
    lists = {name: [one] if isinstance(one, str) else one for name, one in given.items()}
    answers, files = read_inputs(list_inputs(ALL_KINDS, FORM), FORM, lists)
    outcomes = evaluate(ALL_KINDS, FORM, answers, {}, date(2026, 11, 28), files)
    return {outcome.rule.field or "": outcome.truth for outcome in outcomes}


def test_every_kind_of_answer_can_be_given() -> None:
    assert judge(**FIRST) == {**dict.fromkeys(FIRST, "yes"), "node.country": "unknown"}


def test_what_is_not_answered_is_unknown() -> None:
    assert set(judge().values()) == {"unknown"}
    for name in FIRST:
        left = judge(**{**FIRST, name: ""})
        # Who gives the sum of a column but not the number of its rows, or the other way round, has not said what the rows are.
        together = {"budget", "budget.amount"} if name in ("budget", "budget.amount") else {name}
        assert {field for field, truth in left.items() if truth == "unknown"} == {"node.country", *together}


@pytest.mark.parametrize(
    ("name", "given", "truth"),
    [
        ("members", "1", "no"),
        ("members", "0", "no"),
        ("members", "1.5", "unknown"),
        ("members", "1000000000", "unknown"),
        ("members", "-1", "unknown"),
        ("hours", "1000.5", "no"),
        ("hours", " 1000 ", "yes"),
        ("hours", "many", "unknown"),
        ("founded", "2026-02-30", "unknown"),
        ("sector", "industry", "no"),
        ("sector", "army", "unknown"),
        ("budget.amount", "1000.01", "no"),
        ("budget.amount", "much", "unknown"),
        ("budget", "4", "no"),
        ("budget", "0", "no"),
        ("plan", "no", "no"),
        ("plan", "perhaps", "unknown"),
        ("rules-read", "no", "no"),
    ],
)
def test_answers_are_judged(name: str, given: str, truth: str) -> None:
    assert judge(**{**FIRST, name: given})[name] == truth


def test_a_question_is_asked_once_and_in_the_order_of_the_form() -> None:
    assert [(one.name, one.kind) for one in list_inputs(ALL_KINDS, FORM)] == [
        ("organisation", "text"), ("founded", "date"), ("sector", "choice"), ("members", "count"), ("hours", "number"),
        ("share", "money"), ("areas", "many"), ("budget", "count"), ("budget.amount", "sum"), ("plan", "has-file"),
        ("rules-read", "consent"),
    ]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_visitor_checks_herself_without_a_trace(visitor: Visitor, language: str) -> None:
    add_open(texts())
    lines = AuditLine.objects.count()
    page = f"/{language}/calls/{NAME}/"
    with at(MARCH):
        asked = html.fromstring(visitor.get(page).content)
        answer = visitor.post(page, {"line": "industry", "hours": "2001", "open": "yes"})
        live = visitor.post(page, {"line": "industry", "hours": "2001"}, headers={"hx-request": "true"})
    assert [one.get("name") for one in asked.xpath("//section[@id='check']//*[@name]")] == ["line", "hours", "open"]
    assert not asked.xpath("//ul[@class='verdicts']")
    read = html.fromstring(answer.content)
    assert [one.get("class") for one in read.xpath("//ul[@class='verdicts']/li")] == ["no", "yes"]
    assert read.xpath("//input[@name='hours']/@value") == ["2001"]
    assert read.xpath("//select[@name='line']/option[@selected]/@value") == ["industry"]
    said = {
        "en": ["Not met.", "Companies may ask for 2,000 hours at most.", "“GPU hours that you ask for” is 2,001."],
        "ko": ["충족하지 않음.", "기업은 2,000시간까지 신청할 수 있습니다.", "“신청하는 GPU 시간”: 2,001."],
        "fr": ["Non remplie.", "Les entreprises peuvent demander 2 000 heures au plus.", "2\u202f001."],
    }[language]
    text = answer.content.decode()
    assert [one for one in said if one not in text] == []
    fragment = live.content.decode()
    assert "<html" not in fragment
    assert fragment.count("<li") == 2
    for one in (answer, live):
        assert one.headers["Cache-Control"] == "no-store"
        assert not one.cookies
    assert not visitor.cookies
    assert (Session.objects.count(), AuditLine.objects.count()) == (0, lines)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "given", [{"hours": "1" * 200_001}, {"line": ["academia", "\u202e"]}, {"nothing": "x"}, {"open": "x"}]
)
def test_what_no_visitor_sends_is_no_error_of_the_node(visitor: Visitor, given: dict[str, Any]) -> None:
    add_open(texts())
    assert visitor.post(f"/en/calls/{NAME}/", given).status_code in (200, 400)


@pytest.mark.django_db
def test_a_draft_with_wrong_rules_has_a_page_for_its_officer(visitor: Visitor, person: Any) -> None:
    add_call(COMMAND, texts(rules=('field = "open"', 'field = "opened"')), NOW)
    visitor.sign_in(person("officer", "call-officer"))
    answer = visitor.get(f"/en/calls/{NAME}/")
    assert answer.status_code == 200
    assert "verdicts" not in answer.content.decode()
