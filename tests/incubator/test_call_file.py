"""call.toml: what is read, what is wrong in it, what an edition changes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from bongsu.core.errors import BadInput, BongsuError
from bongsu.core.text_files import parse_toml
from bongsu.incubator.calls import words
from bongsu.incubator.calls.changes import Change, list_changes
from bongsu.incubator.calls.check import check_call, read_threshold
from bongsu.incubator.calls.document import Call, count_steps, parse_call, read_call

TEXT = """
format = "bongsu.call/1"
call = "gpu-2026"
prefix = "GPU"
zone = "Asia/Seoul"
title = { ko = "GPU 지원 1차", en = "GPU hours, first round", fr = "Heures de GPU, premier tour" }
summary = { ko = "연구자에게 GPU 시간", en = "GPU hours for researchers", fr = "Heures de GPU pour la recherche" }
who = { ko = "국내 연구 기관", en = "Research institutes in Korea", fr = "Instituts de recherche en Corée" }
contact = "call@node.example"
workflow = "one-stage"

[[round]]
key = "first"
opens = "2026-06-01 09:00"
closes = "2026-06-30 18:00"
results = "2026-08-31 12:00"

[[round]]
key = "second"
opens = "2026-09-01 09:00"
closes = "2026-09-30 18:00"

[[criterion]]
key = "merit"
title = { ko = "우수성", en = "Merit", fr = "Mérite" }
weight = 50

[[criterion]]
key = "impact"
title = { ko = "파급 효과", en = "Impact", fr = "Effet" }
weight = 50
not-applicable = true

[[budget]]
key = "academia"
title = { ko = "학계", en = "Academia", fr = "Université" }
unit = "GPUH-H100"
amount = 2000
least = "0.5"
most = 100

[reviews]
wanted = 3
least = 2
threshold = "2.5"
"""


def document(**changes: Any) -> dict[str, Any]:
    """The document with some fields changed: round__0__closes="..." sets one in a table."""
    made = dict(parse_toml(TEXT, "call.toml"))
    for path, value in changes.items():
        *tables, last = path.split("__")
        table: Any = made
        for name in tables:
            table = table[int(name)] if name.isdigit() else table[name]
        if value is None:
            del table[last]
        else:
            table[last] = value
    return made


def codes(**changes: Any) -> set[tuple[str, str, str]]:
    return {(one.level, one.field, one.code) for one in check_call(read_call(document(**changes)))}


def test_call_that_is_right() -> None:
    call = parse_call(TEXT)
    assert check_call(call) == []
    assert [(one.key, one.closes.last_second) for one in call.rounds] == [
        ("first", "2026-06-30T09:00:59Z"),
        ("second", "2026-09-30T09:00:59Z"),
    ]
    assert [(one.key, one.weight, one.may_be_left) for one in call.criteria] == [
        ("merit", 50, False),
        ("impact", 50, True),
    ]
    assert count_steps(call.budget[0], "0.5") == 1800  # half an hour in seconds
    assert read_threshold(call) == Fraction(5, 2)


def test_an_extension_moves_the_closing_for_everybody() -> None:
    later = [{"closes": "2026-07-02 18:00", "reason": {"en": "The site was down."}}]
    call = read_call(document(round__0__extension=later))
    assert [one.last_second for one in call.rounds[0].closings] == ["2026-06-30T09:00:59Z", "2026-07-02T09:00:59Z"]
    assert call.rounds[0].closes.last_second == "2026-07-02T09:00:59Z"
    assert codes(round__0__extension=later) == {("warning", "round[0].extension[0].reason", "languages")}


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"round__0__closes": "2026-05-30 18:00"}, ("error", "round[0].closes", "closes-before-opening")),
        (
            {"round__0__extension": [{"closes": "2026-06-30 18:00", "reason": {"en": "a"}}]},
            ("error", "round[0].extension", "extension-earlier"),
        ),
        ({"round__0__results": "2026-06-30 18:00"}, ("error", "round[0].results", "results-before-closing")),
        ({"round__1__opens": "2026-06-30 18:00"}, ("error", "round[1].opens", "rounds-overlap")),
        ({"round__1__key": "first"}, ("error", "round", "twice")),
        ({"criterion": []}, ("error", "criterion", "no-criteria")),
        ({"criterion__0__most": 1}, ("error", "criterion[0].most", "no-scale")),
        ({"criterion__0__most": 10}, ("warning", "criterion", "mixed-scales")),
        ({"criterion__0__not-applicable": True}, ("warning", "criterion", "all-may-be-left")),
        ({"reviews__least": 4}, ("error", "reviews.least", "more-than-wanted")),
        ({"reviews__threshold": "5.1"}, ("error", "reviews.threshold", "off-the-scale")),
        ({"reviews__threshold": "1e3"}, ("error", "reviews.threshold", "not-a-number")),
        ({"budget": []}, ("error", "budget", "no-budget")),
        ({"budget__0__unit": "BTC"}, ("error", "budget[0].unit", "unknown-unit")),
        ({"budget__0__amount": 0}, ("error", "budget[0].amount", "budget-of-zero")),
        ({"budget__0__amount": "much"}, ("error", "budget[0].amount", "not-an-amount")),
        ({"budget__0__least": 2001}, ("error", "budget[0].least", "least-above-budget")),
        ({"budget__0__most": "0.25"}, ("error", "budget[0].most", "most-below-least")),
        ({"rolling": True, "round": [document()["round"][0]]}, ("warning", "rolling", "rolling-without-next")),
        ({"title": {"ko": "지원"}}, ("warning", "title", "languages")),
    ],
)
def test_what_is_found(changes: dict[str, Any], finding: tuple[str, str, str]) -> None:
    assert finding in codes(**changes)


def test_ends_that_are_still_right() -> None:
    assert codes(round__1__opens="2026-06-30 18:01") == set()  # the minute of the closing has passed
    assert codes(reviews__threshold="5", reviews__least=3, budget__0__most="0.5", budget__0__least="0.5") == set()
    assert codes(round__0__results="2026-06-30 18:01") == set()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"round__0__closes": "2026-06-31 18:00"}, "round[0].closes"),
        ({"zone": "Seoul"}, "zone"),
        ({"zone": "Europe/Paris", "round__0__closes": "2026-03-29 02:30"}, "does not exist"),
        ({"budget__0__amount": 1.5}, "amount"),
        ({"contact": "nobody"}, "e-mail"),
        ({"prefix": "gpu"}, "prefix"),
        ({"title": {}}, "title"),
        ({"round": []}, "round"),
        ({"more": 1}, "more"),
        ({"call": "GPU 2026"}, "valid name"),
    ],
)
def test_what_no_call_can_be(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BongsuError) as error:
        read_call(document(**changes), "call.toml")
    assert message in str(error.value)
    assert isinstance(error.value, BadInput)


def test_every_finding_has_its_sentence() -> None:
    for finding in check_call(read_call(document(title={"ko": "a"}, criterion__0__most=1, budget__0__unit="BTC"))):
        assert "{" not in words.describe_call_finding(finding, str, "en")


def test_changes_of_an_edition() -> None:
    before = parse_call(TEXT)
    rows = document()["budget"]
    more = {**rows[0], "key": "industry", "amount": 500}
    after = read_call(
        document(
            title={"en": "GPU hours"}, budget=[more, {**rows[0], "most": 200}], round__0__closes="2026-07-01 18:00"
        )
    )
    assert list_changes(before, before) == []
    found = {one.field: one for one in list_changes(before, after)}
    assert found["round[first].closes"] == Change("round[first].closes", "2026-06-30 18:00", "2026-07-01 18:00")
    assert found["budget[academia].most"] == Change("budget[academia].most", 100, 200)  # the new row changes no other
    assert found["title.ko"] == Change("title.ko", "GPU 지원 1차", None)
    assert found["budget[industry]"].before is None
    assert set(found) == {
        "title.en", "title.ko", "title.fr", "round[first].closes", "budget[academia].most", "budget[industry]",
    }  # fmt: skip


def test_call_is_frozen() -> None:
    assert isinstance(parse_call(TEXT), Call)
    with pytest.raises(AttributeError):
        parse_call(TEXT).zone = "Europe/Paris"  # type: ignore[misc]
