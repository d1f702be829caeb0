"""Answers are read whole or refused with their key; what is missing or wrong is found question by question."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.cli.language import translate
from bongsu.core.errors import BadInput
from bongsu.incubator.forms.answers import AnswerFile, check_answers, decode_answers, is_required, read_answers
from bongsu.incubator.forms.document import Condition, Question
from bongsu.incubator.forms.words import describe_answer_finding
from tests.incubator.compute_form import ANSWERS, FILES, PLAN, read_compute

FORM = read_compute()


def _find(answers: dict[str, Any], files: Any = FILES) -> list[tuple[str, str, str]]:
    read = read_answers(FORM, answers).answers
    return [(one.question, one.code, one.severity) for one in check_answers(FORM, read, files)]


def test_the_example_is_complete() -> None:
    assert _find(ANSWERS) == []


def test_an_empty_draft_says_what_is_missing_in_the_order_of_the_form() -> None:
    missing = ["organisation", "sector", "members", "summary", "hours", "plan", "rules-read"]
    assert _find({}, {}) == [(key, "consent" if key == "rules-read" else "missing", "missing") for key in missing]


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("organisation", " ", ("organisation", "missing", "missing")),
        ("organisation", "x" * 301, ("organisation", "text-most", "wrong")),
        ("founded", "2027-01-01", ("founded", "value-most", "wrong")),
        ("founded", "2021-02-29", ("founded", "not-date", "wrong")),
        ("founded", "2021-W01-1", ("founded", "not-date", "wrong")),
        ("sector", "army", ("sector", "not-a-choice", "wrong")),
        ("sector", "industry", ("share", "missing", "missing")),
        ("members", [{"name": "A"}], ("members[0].email", "missing", "missing")),
        ("members", [{"email": "a@b.example"}], ("members[0].name", "missing", "missing")),
        ("members", [{"name": "A", "email": "a.example"}], ("members[0].email", "not-an-address", "wrong")),
        ("members", [{"name": "A", "email": "a@b.example"}, {"name": "B", "email": " A@b.example "}],
         ("members[1].email", "twice", "wrong")),
        ("members", [{"name": str(n), "email": f"{n}@b.example"} for n in range(6)], ("members", "too-many", "wrong")),
        ("summary", "four", ("summary", "text-least", "wrong")),
        ("summary", "x" * 201, ("summary", "text-most", "wrong")),
        ("hours", 0, ("hours", "value-least", "wrong")),
        ("hours", "100000.5", ("hours", "value-most", "wrong")),
        ("hours", "1,000", ("hours", "not-number", "wrong")),
        ("hours", "١٢", ("hours", "not-number", "wrong")),
        ("share", "12.345", ("share", "not-money", "wrong")),
        ("share", "50000.01", ("share", "value-most", "wrong")),
        ("share", "-1", ("share", "not-money", "wrong")),
        ("areas", ["health", "language", "climate"], ("areas", "too-many", "wrong")),
        ("areas", ["health", "health"], ("areas[1]", "twice", "wrong")),
        ("areas", ["sport"], ("areas[0]", "not-a-choice", "wrong")),
        ("budget", [{"item": "Disks"}], ("budget[0].amount", "missing", "missing")),
        ("budget", [{"item": "Disks", "amount": "free"}], ("budget[0].amount", "not-money", "wrong")),
        ("budget", [{"item": "Disks", "amount": 1}] * 4, ("budget", "too-many", "wrong")),
        ("rules-read", False, ("rules-read", "consent", "missing")),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_found(key: str, value: Any, found: tuple[str, str, str]) -> None:
    assert _find({**ANSWERS, key: value}) == [found]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("share", 0),
        ("share", "50000.00"),
        ("hours", "100000"),
        ("summary", "x" * 200),
        ("founded", "2026-12-31"),
        ("members", [{"name": "A", "email": " a@b.example\t"}]),
        ("areas", ["health", "climate"]),
        ("budget", [{"item": "Gift", "amount": 0}]),
        ("founded", None),
    ],
)
def test_an_answer_at_its_limit_is_good(key: str, value: Any) -> None:
    assert _find({**ANSWERS, key: value}) == []


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"plan": [PLAN._replace(type="html")]}, ("plan[0]", "not-a-type", "wrong")),
        ({"plan": [PLAN._replace(size=5_000_001)]}, ("plan[0]", "file-too-big", "wrong")),
        ({"plan": [PLAN._replace(size=0)]}, ("plan[0]", "file-empty", "wrong")),
        ({"plan": [PLAN, PLAN]}, ("plan", "too-many", "wrong")),
        ({"plan": []}, ("plan", "missing", "missing")),
    ],
)
def test_a_wrong_file_is_found(files: dict[str, list[AnswerFile]], found: tuple[str, str, str]) -> None:
    assert _find(ANSWERS, files) == [found]


@pytest.mark.parametrize(
    ("answers", "where"),
    [
        ({f"q{number}": "x" for number in range(5000)}, ""),
        ({"nobody-asked": "x"}, "nobody-asked"),
        ({"\ud800": "x"}, "?"),
        ({"budget": [{"\ud800": "x"}]}, "budget[0].?"),
        ({"organisation": 5}, "organisation"),
        ({"organisation": {"a": {}}}, "organisation"),
        ({"organisation": "x" * 200_001}, "organisation"),
        ({"hours": 1.5}, "hours"),
        ({"hours": True}, "hours"),
        ({"hours": 10**18}, "hours"),
        ({"share": 12.0}, "share"),
        ({"share": float("nan")}, "share"),
        ({"share": "1" * 301}, "share"),
        ({"areas": "health"}, "areas"),
        ({"areas": [["health"]]}, "areas[0]"),
        ({"areas": ["health"] * 1001}, "areas"),
        ({"budget": [{"item": "Disks", "amount": 1.5}]}, "budget[0].amount"),
        ({"budget": [{"item": [["deep"]]}]}, "budget[0].item"),
        ({"budget": [{"price": 1}]}, "budget[0].price"),
        ({"budget": ["Disks"]}, "budget[0]"),
        ({"members": [{"is_admin": "yes"}]}, "members[0].is_admin"),
        ({"rules-read": "yes"}, "rules-read"),
        ({"plan": "plan.pdf"}, "plan"),
        (["organisation"], ""),
        (None, ""),
    ],
)
def test_answers_that_no_page_sends_are_refused_whole(answers: Any, where: str) -> None:
    with pytest.raises(BadInput) as wrong:
        read_answers(FORM, answers)
    assert wrong.value.where == where
    assert str(wrong.value).encode()


@pytest.mark.parametrize("files", [{"nothing": [PLAN]}, {"summary": [PLAN]}])
def test_files_of_a_question_without_files_are_refused(files: Any) -> None:
    with pytest.raises(BadInput):
        check_answers(FORM, ANSWERS, files)


@pytest.mark.parametrize(
    "data",
    [
        b"{" * 50_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b'{"hours": 1, "hours": 2}',
        b'{"hours": ' + b"9" * 5000 + b"}",
        b"\xff",
        b" " * 2_000_001,
    ],
)
def test_json_that_is_a_bomb_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        decode_answers(data)


def test_json_is_decoded() -> None:
    assert decode_answers(json.dumps(ANSWERS).encode()) == ANSWERS


def test_letters_that_nobody_sees_are_removed_and_said() -> None:
    read = read_answers(FORM, {"organisation": "Jeju\u200b \u202eLab", "members": [{"name": "\u3164김\ue0001하나"}]})
    assert read.answers["organisation"] == "Jeju Lab"
    assert read.removed["organisation"] == ("U+200B", "U+202E")
    assert read.removed["members"] == ("U+3164",)


@given(st.dictionaries(st.sampled_from([*FORM.questions, "other"]), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["item", "amount", "name", "x"]), inner),
    max_leaves=6,
)))  # fmt: skip
def test_any_json_is_refused_or_checked(document: dict[str, Any]) -> None:
    """What was read is read again without a change, and every finding has a sentence."""
    try:
        read = read_answers(FORM, document)
    except BadInput:
        return
    assert read_answers(FORM, read.answers) == (read.answers, {})
    for finding in check_answers(FORM, read.answers, {}):
        assert describe_answer_finding(finding, translate, "en")
        assert finding.question.split("[")[0] in FORM.questions


@pytest.mark.parametrize(
    ("answer", "required"),
    [({}, False), ({"asked": 0}, True), ({"asked": 5}, True), ({"agreed": False}, False), ({"agreed": True}, True)],
)
def test_any_answer_makes_a_question_required_also_zero(answer: dict[str, Any], required: bool) -> None:
    condition = Condition(question=next(iter(answer), "asked"))
    question = Question(key="why", kind="text", text={"en": "Why?"}, required_if=condition)
    assert is_required(question, answer) == required
