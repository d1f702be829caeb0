"""Rules are met, not met or unknown, by hand-made tables; what is not answered is never a no."""

from __future__ import annotations

import itertools
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.incubator.eligibility.document import Rules, parse_rules
from bongsu.incubator.eligibility.evaluate import Truth, all_hold, any_holds, evaluate, negate, summarise
from tests.incubator.compute_form import ANSWERS, FILES, read_compute

FORM = read_compute()
TODAY = date(2026, 11, 28)
TRUTHS: tuple[Truth, ...] = ("yes", "no", "unknown")


def read_rule(condition: str, **fields: str) -> Rules:
    """Returns rules with one rule of this condition."""
    given = {"when": "submit", "kind": "knock-out", **fields}
    head = "\n".join(f'{name} = "{value}"' for name, value in given.items())
    return parse_rules(
        f'format = "bongsu.rules/1"\n[[rule]]\nid = "r"\n{head}\n'
        f'reason = {{ en = "Because.", ko = "때문.", fr = "Parce que." }}\n{condition}\n'
    )


def decide(condition: str, answers: dict[str, Any], facts: dict[str, Any] | None = None, files: Any = FILES) -> Truth:
    """Returns whether a condition holds."""
    (outcome,) = evaluate(read_rule(condition), FORM, answers, facts or {}, TODAY, files)
    return outcome.truth


# Strong Kleene logic (Kleene 1952, section 64): rows and columns are yes, unknown, no.
AND = {("yes", "yes"): "yes", ("yes", "unknown"): "unknown", ("yes", "no"): "no", ("unknown", "unknown"): "unknown",
       ("unknown", "no"): "no", ("no", "no"): "no"}  # fmt: skip
OR = {("yes", "yes"): "yes", ("yes", "unknown"): "yes", ("yes", "no"): "yes", ("unknown", "unknown"): "unknown",
      ("unknown", "no"): "unknown", ("no", "no"): "no"}  # fmt: skip


def test_the_tables_of_kleene() -> None:
    for (one, other), truth in AND.items():
        assert all_hold((one, other)) == all_hold((other, one)) == truth  # type: ignore[arg-type]
    for (one, other), truth in OR.items():
        assert any_holds((one, other)) == any_holds((other, one)) == truth  # type: ignore[arg-type]
    assert [negate(truth) for truth in TRUTHS] == ["no", "yes", "unknown"]


@given(st.lists(st.sampled_from(TRUTHS), min_size=1), st.lists(st.sampled_from(TRUTHS), min_size=1))
def test_the_laws_of_kleene(one: list[Truth], other: list[Truth]) -> None:
    assert negate(all_hold(one)) == any_holds(map(negate, one))
    assert all_hold([all_hold(one), all_hold(other)]) == all_hold(one + other)
    assert all_hold([any_holds(one), any_holds([*one, *other])]) == any_holds(one)
    assert any_holds([all_hold(one), all_hold([*one, *other])]) == all_hold(one)
    assert negate(negate(one[0])) == one[0]
    # What is decided stays decided when what is unknown becomes known.
    for known in ("yes", "no"):
        later: list[Truth] = [known if truth == "unknown" else truth for truth in one]  # type: ignore[misc]
        assert all_hold(one) in ("unknown", all_hold(later))
        assert any_holds(one) in ("unknown", any_holds(later))


def test_conditions_combine_as_kleene_says() -> None:
    """`sector`, `rules-read` and `hours` are set to each of yes, no, unknown; the file's all, any and not follow."""
    sector = {"yes": {"sector": "academia"}, "no": {"sector": "industry"}, "unknown": {}}
    read = {"yes": {"rules-read": True}, "no": {"rules-read": False}, "unknown": {}}
    one, other = (
        '{ field = "sector", op = "is", value = "academia" }',
        '{ field = "rules-read", op = "is", value = true }',
    )
    for first, second in itertools.product(TRUTHS, TRUTHS):
        answers: dict[str, Any] = {**sector[first], **read[second]}
        assert decide(f"all = [{one}, {other}]", answers) == all_hold((first, second))
        assert decide(f"any = [{one}, {other}]", answers) == any_holds((first, second))
        assert decide(f"not = {{ all = [{one}, {{ not = {other} }}] }}", answers) == negate(
            all_hold((first, negate(second)))
        )


@pytest.mark.parametrize(
    ("condition", "answers", "truth"),
    [
        ('field = "sector"\nop = "is"\nvalue = "academia"', {"sector": "academia"}, "yes"),
        ('field = "sector"\nop = "is"\nvalue = "academia"', {"sector": "industry"}, "no"),
        ('field = "sector"\nop = "is"\nvalue = "academia"', {}, "unknown"),
        ('field = "sector"\nop = "is"\nvalue = "academia"', {"sector": "army"}, "unknown"),  # no choice of the form
        ('field = "sector"\nop = "in"\nvalue = ["academia", "research"]', {"sector": "research"}, "yes"),
        ('field = "sector"\nop = "in"\nvalue = ["academia", "research"]', {"sector": "industry"}, "no"),
        ('field = "sector"\nop = "not-in"\nvalue = ["industry"]', {"sector": "research"}, "yes"),
        ('field = "sector"\nop = "not-in"\nvalue = ["industry"]', {"sector": "industry"}, "no"),
        ('field = "sector"\nop = "not-in"\nvalue = ["industry"]', {}, "unknown"),
        ('field = "areas"\nop = "in"\nvalue = ["health", "climate"]', {"areas": ["language", "climate"]}, "yes"),
        ('field = "areas"\nop = "in"\nvalue = ["health", "climate"]', {"areas": ["language"]}, "no"),
        ('field = "areas"\nop = "not-in"\nvalue = ["health"]', {"areas": ["language", "health"]}, "no"),
        ('field = "areas"\nop = "not-in"\nvalue = ["health"]', {"areas": ["language"]}, "yes"),
        ('field = "hours"\nop = "<="\nvalue = 1000', {"hours": 1000}, "yes"),
        ('field = "hours"\nop = "<="\nvalue = 1000', {"hours": "1000.5"}, "no"),
        ('field = "hours"\nop = "<="\nvalue = 1000', {"hours": "many"}, "unknown"),
        ('field = "hours"\nop = ">="\nvalue = "0.5"', {"hours": "0.5"}, "yes"),
        ('field = "hours"\nop = ">="\nvalue = 9', {"hours": 10}, "yes"),  # as texts, "10" would be below "9"
        ('field = "hours"\nop = "is"\nvalue = 10', {"hours": "10.0"}, "yes"),
        ('field = "hours"\nop = "between"\nvalue = [10, 20]', {"hours": 10}, "yes"),
        ('field = "hours"\nop = "between"\nvalue = [10, 20]', {"hours": 20}, "yes"),
        ('field = "hours"\nop = "between"\nvalue = [10, 20]', {"hours": 9}, "no"),
        ('field = "hours"\nop = "between"\nvalue = [10, 20]', {"hours": "20.1"}, "no"),
        ('field = "share"\nop = ">="\nvalue = "1000.00"', {"share": 1000}, "yes"),
        ('field = "share"\nop = ">="\nvalue = "1000.00"', {"share": "999.99"}, "no"),
        ('field = "share"\nop = "<="\nvalue = 0', {"share": "0.00"}, "yes"),
        ('field = "founded"\nop = ">="\nvalue = "2020-01-01"', {"founded": "2020-01-01"}, "yes"),
        ('field = "founded"\nop = ">="\nvalue = "2020-01-01"', {"founded": "2019-12-31"}, "no"),
        ('field = "founded"\nop = "between"\nvalue = ["2020-01-01", "2020-12-31"]', {"founded": "2020-12-31"}, "yes"),
        # 2026-11-28 less 2019-11-29 is 2556 days (seven years less a day, with 2020 and 2024), less 2019-11-28: 2557.
        ('field = "founded"\nop = "age-days"\nvalue = [0, 2556]', {"founded": "2019-11-29"}, "yes"),
        ('field = "founded"\nop = "age-days"\nvalue = [0, 2556]', {"founded": "2019-11-28"}, "no"),
        ('field = "founded"\nop = "age-days"\nvalue = [0, 2556]', {"founded": "2026-11-29"}, "no"),  # not founded yet
        ('field = "founded"\nop = "age-days"\nvalue = [0, 2556]', {"founded": "soon"}, "unknown"),
        ('field = "founded"\nop = "age-days"\nvalue = [365, 99999]', {"founded": "2025-11-28"}, "yes"),
        ('field = "founded"\nop = "age-days"\nvalue = [366, 99999]', {"founded": "2025-11-28"}, "no"),
        ('field = "areas"\nop = "count"\nvalue = [2, 3]', {"areas": ["health", "climate"]}, "yes"),
        ('field = "areas"\nop = "count"\nvalue = [2, 3]', {"areas": ["health"]}, "no"),
        ('field = "members"\nop = "count"\nvalue = [2, 5]', {}, "unknown"),
        ('field = "budget.amount"\nop = "sum"\nvalue = [0, "30.00"]',
         {"budget": [{"item": "a", "amount": "10.10"}, {"item": "b", "amount": "19.90"}]}, "yes"),
        ('field = "budget.amount"\nop = "sum"\nvalue = [0, "30.00"]',
         {"budget": [{"item": "a", "amount": "10.10"}, {"item": "b", "amount": "19.91"}]}, "no"),
        ('field = "budget.amount"\nop = "sum"\nvalue = [0, "30.00"]',
         {"budget": [{"item": "a", "amount": 1}, {"item": "b"}]}, "unknown"),
        ('field = "budget.amount"\nop = "sum"\nvalue = [0, "30.00"]', {"budget": [{"amount": "x"}]}, "unknown"),
        ('field = "organisation"\nop = "in"\nvalue = ["Jeju Lab"]', {"organisation": "Jeju Lab"}, "yes"),
        ('field = "rules-read"\nop = "is"\nvalue = true', {"rules-read": False}, "no"),
    ],
)  # fmt: skip
def test_a_comparison_by_hand(condition: str, answers: dict[str, Any], truth: Truth) -> None:
    assert decide(condition, answers) == truth
    assert decide(f"not = {{ {', '.join(condition.splitlines())} }}", answers) == negate(truth)


@pytest.mark.parametrize(
    ("condition", "facts", "truth"),
    [
        ('field = "node.openness"\nop = "in"\nvalue = ["class-1", "class-2"]', {"node.openness": "class-2"}, "yes"),
        ('field = "node.openness"\nop = "in"\nvalue = ["class-1", "class-2"]', {"node.openness": "class-3"}, "no"),
        ('field = "node.openness"\nop = "in"\nvalue = ["class-1", "class-2"]', {}, "unknown"),
        ('field = "node.openness"\nop = "in"\nvalue = ["class-1"]', {"node.openness": None}, "unknown"),
        ('field = "node.country"\nop = "is"\nvalue = "KOR"', {"node.country": "KOR"}, "yes"),
        (
            'field = "node.registered"\nop = "registered-in"\nvalue = ["KOR", "FRA"]',
            {"node.registered": ["DEU", "FRA"]},
            "yes",
        ),
        ('field = "node.registered"\nop = "registered-in"\nvalue = ["KOR"]', {"node.registered": ["DEU"]}, "no"),
        ('field = "node.registered"\nop = "registered-in"\nvalue = ["KOR"]', {"node.registered": []}, "no"),
        (
            'field = "node.occupation"\nop = "in"\nvalue = ["25"]',
            {"node.occupation": ["2", "25", "251", "2512"]},
            "yes",
        ),
        ('field = "node.energy-label"\nop = "not-in"\nvalue = ["F", "G"]', {"node.energy-label": "A"}, "yes"),
        ('field = "node.applications"\nop = "<="\nvalue = 3', {"node.applications": 3}, "yes"),
        ('field = "node.applications"\nop = "<="\nvalue = 3', {"node.applications": 4}, "no"),
    ],
)
def test_a_fact_of_the_node_by_hand(condition: str, facts: dict[str, Any], truth: Truth) -> None:
    assert decide(condition, {}, facts) == truth


@pytest.mark.parametrize(("files", "truth"), [(FILES, "yes"), ({"plan": []}, "no"), ({}, "no"), (None, "unknown")])
def test_a_file_is_there_or_not(files: Any, truth: Truth) -> None:
    assert decide('field = "plan"\nop = "has-file"', ANSWERS, {}, files) == truth
    assert decide('field = "plan"\nop = "count"\nvalue = [1, 2]', ANSWERS, {}, files) == truth


def test_why_names_the_comparisons_that_decided() -> None:
    condition = """any = [
      { all = [{ field = "sector", op = "is", value = "industry" }, { field = "share", op = ">=", value = 1 }] },
      { field = "budget.amount", op = "sum", value = [0, 1000] },
    ]"""
    (outcome,) = evaluate(read_rule(condition), FORM, ANSWERS, {}, TODAY)
    assert outcome.truth == "no"
    assert [(why.code, why.field.name, dict(why.values), why.truth) for why in outcome.why] == [
        ("value", "sector", {"value": "academia"}, "no"),
        ("sum", "budget.amount", {"sum": Fraction(120050)}, "no"),
    ]
    (outcome,) = evaluate(read_rule(condition), FORM, {"sector": "industry"}, {}, TODAY)
    assert [(why.code, why.field.name) for why in outcome.why] == [
        ("not-answered", "share"),
        ("not-answered", "budget.amount"),
    ]


@given(st.sets(st.sampled_from(sorted(ANSWERS))), st.sampled_from(sorted({*FORM.questions, "budget.amount"})))
def test_what_is_not_answered_is_never_a_no(answered: set[str], name: str) -> None:
    ops = {
        "text": 'op = "is"\nvalue = "x"', "long-text": "", "date": 'op = "<="\nvalue = "1990-01-01"',
        "choice": 'op = "is"\nvalue = "industry"', "number": 'op = "<="\nvalue = 1', "money": 'op = "<="\nvalue = 1',
        "many": 'op = "in"\nvalue = ["health"]', "team": 'op = "count"\nvalue = [4, 5]', "consent": 'op = "is"\nvalue = false',
        "file": 'op = "has-file"', "table": 'op = "count"\nvalue = [3, 3]',
    }  # fmt: skip
    key = name.split(".")[0]
    op = 'op = "sum"\nvalue = [0, 1]' if "." in name else ops[FORM.questions[key].kind]
    if op:
        answers = {one: ANSWERS[one] for one in sorted(answered)}
        truth = decide(f'field = "{name}"\n{op}', answers, {}, None)
        assert truth == ("no" if key in answers else "unknown")


def test_rules_of_the_screening_are_not_looked_at_when_submitting() -> None:
    rules = read_rule('field = "node.country"\nop = "is"\nvalue = "KOR"', when="screening")
    assert evaluate(rules, FORM, ANSWERS, {}, TODAY, when="submit") == []
    (outcome,) = evaluate(rules, FORM, ANSWERS, {}, TODAY)
    assert outcome.truth == "unknown"


@pytest.mark.parametrize(
    ("kind", "unknown", "answers", "when", "place"),
    [
        ("knock-out", "stop", {}, "submit", "stopped"),
        ("knock-out", "stop", {}, "screening", "asked"),
        ("knock-out", "ask", {}, "submit", "asked"),
        ("knock-out", "ask", {"sector": "industry"}, "submit", "refused"),
        ("knock-out", "ask", {"sector": "academia"}, "submit", ""),
        ("warn", "ask", {"sector": "industry"}, "submit", "shown"),
        ("note", "ask", {"sector": "industry"}, "screening", "shown"),
        ("warn", "ask", {}, "screening", ""),
        ("warn", "stop", {}, "submit", "stopped"),
    ],
)
def test_what_follows(kind: str, unknown: str, answers: dict[str, Any], when: Any, place: str) -> None:
    rules = read_rule('field = "sector"\nop = "is"\nvalue = "academia"', kind=kind, unknown=unknown)
    summary = summarise(evaluate(rules, FORM, answers, {}, TODAY, when=when), when)
    assert {name: ids for name, ids in summary._asdict().items() if ids} == ({place: ("r",)} if place else {})
