"""Rules that ask for nothing, for too much, or against each other are found; the solver agrees with trying every answer."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.core.errors import BadInput
from bongsu.core.languages import LANGUAGES
from bongsu.incubator.eligibility.check import check_rules
from bongsu.incubator.eligibility.document import Rules, parse_rules, read_rules
from bongsu.incubator.eligibility.evaluate import evaluate
from bongsu.incubator.eligibility.fields import list_fields
from bongsu.incubator.eligibility.solve import can_hold, list_alternatives
from bongsu.incubator.eligibility.words import (
    JOINTS,
    KINDS,
    PHRASES,
    RULE_FINDINGS,
    TRUTHS,
    WHEN_UNKNOWN,
    WHYS,
    RuleWords,
    describe_rule_finding,
    explain_outcome,
    explain_rules,
)
from bongsu.incubator.forms.document import Form, parse_form
from tests.house.texts import translated
from tests.incubator.compute_form import ANSWERS, FILES, read_compute

FORM = read_compute()
SECTOR = '{ field = "sector", op = "is", value = "academia" }'


def _rules(*conditions: str, **fields: str) -> Rules:
    given = {"when": "submit", "kind": "knock-out", **fields}
    head = ", ".join(f'{name} = "{value}"' for name, value in given.items())
    reason = 'reason = { en = "Because.", ko = "때문.", fr = "Parce que." }'
    rules = (f'{{ id = "r{number}", {head}, {reason}, {condition} }}' for number, condition in enumerate(conditions))
    return parse_rules(f'format = "bongsu.rules/1"\nrule = [{", ".join(rules)}]')


def _find(*conditions: str, **fields: str) -> list[tuple[str, str, str]]:
    findings = check_rules(_rules(*conditions, **fields), FORM)
    for finding in findings:
        assert "{" not in describe_rule_finding(finding, str, "en")
    return [(one.level, one.field, one.code) for one in findings]


@pytest.mark.parametrize(
    ("condition", "place", "code"),
    [
        ('field = "sectors", op = "is", value = "academia"', ".field", "unknown-field"),
        ('field = "node.label", op = "is", value = "A"', ".field", "unknown-field"),
        ('field = "budget.item", op = "is", value = "A"', ".field", "unknown-field"),
        (f'all = [{SECTOR}, {{ not = {{ field = "x", op = "has-file" }} }}]', ".all[1].not.field", "unknown-field"),
        ('field = "sector", op = "<=", value = 5', ".op", "op-mismatch"),
        ('field = "hours", op = "in", value = [5]', ".op", "op-mismatch"),
        ('field = "plan", op = "is", value = "a"', ".op", "op-mismatch"),
        ('field = "budget", op = "sum", value = [0, 5]', ".op", "op-mismatch"),
        ('field = "summary", op = "is", value = "a"', ".op", "no-op"),
        ('field = "plan", op = "has-file", value = true', ".value", "no-value"),
        ('field = "sector", op = "is"', ".value", "not-a-value"),
        ('field = "sector", op = "is", value = "army"', ".value", "not-a-value"),
        ('field = "sector", op = "is", value = true', ".value", "not-a-value"),
        ('field = "sector", op = "in", value = ["academia", "army"]', ".value", "not-a-value"),
        ('field = "sector", op = "in", value = "academia"', ".value", "needs-list"),
        ('field = "sector", op = "in", value = []', ".value", "needs-list"),
        ('field = "hours", op = "<=", value = "ten"', ".value", "not-a-value"),
        ('field = "hours", op = "<=", value = true', ".value", "not-a-value"),
        ('field = "share", op = "<=", value = "1.005"', ".value", "not-a-value"),
        ('field = "founded", op = "<=", value = 2026', ".value", "not-a-value"),
        ('field = "rules-read", op = "is", value = 1', ".value", "not-a-value"),
        ('field = "hours", op = "between", value = 5', ".value", "needs-pair"),
        ('field = "hours", op = "between", value = [1, 2, 3]', ".value", "needs-pair"),
        ('field = "hours", op = "between", value = [1, "x"]', ".value", "not-a-value"),
        ('field = "hours", op = "between", value = [2, 1]', ".value", "wrong-order"),
        ('field = "founded", op = "age-days", value = ["2020-01-01", 5]', ".value", "not-a-value"),
        ('field = "node.openness", op = "is", value = "class-4"', ".value", "not-a-value"),
    ],
)
def test_a_comparison_that_cannot_be_asked_is_an_error(condition: str, place: str, code: str) -> None:
    assert _find(condition) == [("error", f"rule[0]{place}", code)]


def test_a_finding_says_the_value_and_what_fits() -> None:
    rules = _rules(
        'field = "sector", op = "is", value = "army"',
        'field = "plan", op = "is", value = 1',
        'field = "sector", op = "is"',
    )
    assert [describe_rule_finding(finding, str, "en") for finding in check_rules(rules, FORM)] == [
        "“army” is not a value of “Sector”.",
        "“is” cannot be asked of “Plan”. What can: has-file and count.",
        "“” is not a value of “Sector”.",
    ]


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        (f'all = [{SECTOR}, {{ field = "sector", op = "is", value = "industry" }}]', "never-met"),
        (f"all = [{SECTOR}, {{ not = {SECTOR} }}]", "never-met"),
        ('all = [{ field = "hours", op = ">=", value = 6 }, { field = "hours", op = "<=", value = 5 }]', "never-met"),
        ('field = "hours", op = ">=", value = 100001', "never-met"),  # the form allows at most 100,000
        ('field = "areas", op = "count", value = [3, 9]', "never-met"),
        ('field = "sector", op = "not-in", value = ["academia", "industry", "research"]', "never-met"),
        ('all = [{ field = "areas", op = "in", value = ["health"] }, { field = "areas", op = "not-in", value = ["health"] }]',
         "never-met"),
        (('all = [{ field = "founded", op = "<=", value = "2020-01-01" }, { field = "founded", op = ">=", '
         'value = "2020-01-02" }]'), "never-met"),
        ('all = [{ field = "share", op = ">=", value = "1.01" }, { not = { field = "share", op = ">=", value = "1.00" } }]',
         "never-met"),
        (('all = [{ field = "node.country", op = "is", value = "KOR" }, { field = "node.country", op = "in", '
         'value = ["FRA"] }]'), "never-met"),
        ('field = "hours", op = "<=", value = 100000', "always-met"),
        ('field = "sector", op = "in", value = ["academia", "industry", "research"]', "always-met"),
        (f"any = [{SECTOR}, {{ not = {SECTOR} }}]", "always-met"),
        ('field = "members", op = "count", value = [1, 5]', "always-met"),
        ('any = [{ field = "plan", op = "has-file" }, { field = "plan", op = "count", value = [0, 0] }]', "always-met"),
        ('any = [{ field = "share", op = ">=", value = "1.01" }, { field = "share", op = "<=", value = "1.00" }]',
         "always-met"),
        ('field = "node.applications", op = ">=", value = 0', "always-met"),
    ],
)  # fmt: skip
def test_a_rule_that_decides_nothing_is_an_error(condition: str, code: str) -> None:
    assert _find(condition) == [("error", "rule[0]", code)]


@pytest.mark.parametrize(
    "condition",
    [
        'all = [{ field = "hours", op = ">=", value = 5 }, { field = "hours", op = "<=", value = 5 }]',
        'all = [{ field = "hours", op = ">=", value = 5 }, { not = { field = "hours", op = "is", value = 5 } }]',
        'any = [{ field = "hours", op = ">=", value = "5.5" }, { field = "hours", op = "<=", value = 5 }]',  # 5.2 is in none
        'all = [{ field = "areas", op = "in", value = ["health"] }, { field = "areas", op = "in", value = ["climate"] }]',
        'field = "areas", op = "count", value = [2, 9]',
        'not = { field = "organisation", op = "in", value = ["A", "B"] }',
        'field = "plan", op = "has-file"',
        'field = "budget.amount", op = "sum", value = [0, 1000]',
    ],
)
def test_a_rule_that_decides_something_has_no_finding(condition: str) -> None:
    assert _find(condition) == []


@pytest.mark.parametrize(
    ("one", "other", "finding"),
    [
        ('field = "sector", op = "is", value = "academia"', 'field = "sector", op = "in", value = ["industry", "research"]',
         ("error", "rule[1]", "contradict")),
        ('field = "hours", op = ">=", value = 10', 'field = "hours", op = "<=", value = 9',
         ("error", "rule[1]", "contradict")),
        ('field = "hours", op = ">=", value = 10', 'field = "hours", op = ">=", value = 9',
         ("warning", "rule[1]", "implied")),
        ('field = "hours", op = ">=", value = 9', 'field = "hours", op = ">=", value = 10',
         ("warning", "rule[1]", "implied")),
        (f"not = {SECTOR}", 'field = "sector", op = "is", value = "industry"', ("warning", "rule[1]", "implied")),
    ],
)  # fmt: skip
def test_two_rules_are_compared(one: str, other: str, finding: tuple[str, str, str]) -> None:
    assert _find(one, other) == [finding]
    assert _find(one, other, kind="warn") == []  # only what knocks out is compared


def test_rules_that_are_apart_have_no_finding() -> None:
    assert (
        _find(
            f'any = [{SECTOR}, {{ field = "hours", op = "<=", value = 9 }}]', 'field = "hours", op = "<=", value = 50'
        )
        == []
    )


def test_names_languages_and_what_stops() -> None:
    rules = _rules('field = "plan", op = "has-file"', 'field = "plan", op = "has-file"')
    same = parse_rules(
        'format = "bongsu.rules/1"\n'
        + '[[rule]]\nid = "a"\nwhen = "screening"\nkind = "note"\nunknown = "stop"\nreason.ko = "파일"\nfield = "plan"\n'
        'op = "has-file"\n' * 2
    )
    assert [one.code for one in check_rules(rules, FORM)] == ["implied"]
    assert [(one.level, one.code) for one in check_rules(same, FORM)] == [
        ("error", "twice"),
        ("error", "stop-at-screening"),
        ("error", "stop-at-screening"),
        ("warning", "languages"),
        ("warning", "languages"),
    ]
    assert _find('field = "node.country", op = "is", value = "KOR"', unknown="stop") == [
        ("warning", "rule[0].unknown", "stop-on-fact")
    ]
    assert _find('field = "plan", op = "has-file"', unknown="stop") == []


@pytest.mark.parametrize(
    ("condition", "where"),
    [
        ("", "rule[0]"),
        ('field = "sector"', "rule[0]"),
        ('op = "is"', "rule[0]"),
        (f'field = "sector", op = "is", value = "academia", not = {SECTOR}', "rule[0]"),
        (f"all = [{SECTOR}], any = [{SECTOR}]", "rule[0]"),
        (f"all = [{SECTOR}], value = 5", "rule[0].value"),
        ("all = []", "rule[0]"),
        ("any = [{ all = [] }]", "rule[0].any[0]"),
        (f"not = {{ not = {{ not = {{ not = {SECTOR} }} }} }}", "rule[0].not.not.not"),
        ('field = "sector", op = "like", value = "a"', "rule[0].op"),
        ('field = "hours", op = "<=", value = 1.5', "rule[0].value"),
        ('field = "hours", op = "<=", value = 5, unit = "h"', "rule[0].unit"),
    ],
)
def test_a_condition_of_a_wrong_shape_is_refused_with_its_field(condition: str, where: str) -> None:
    with pytest.raises(BadInput) as wrong:
        _rules(condition) if condition else _rules('source = ""')
    assert wrong.value.where == where


def test_three_inside_each_other_are_taken_and_a_bomb_is_not() -> None:
    assert _find(f"not = {{ all = [{{ any = [{SECTOR}] }}] }}") == []
    bomb: Any = {"field": "sector", "op": "is", "value": "academia"}
    for _ in range(5000):
        bomb = {"not": bomb}
    with pytest.raises(BadInput, match="inside tables"):
        read_rules({"format": "bongsu.rules/1", "rule": [bomb]})


def test_many_alternatives_are_not_solved_and_taken_as_possible() -> None:
    parts = ", ".join(f'{{ any = [{SECTOR}, {{ field = "hours", op = "<=", value = {n + 1} }}] }}' for n in range(20))
    assert _find(f"all = [{parts}]") == []


SMALL = parse_form("""
format = "bongsu.form/1"
question = [
  { key = "one", kind = "choice", text.en = "One", choices = [
    { key = "a", text.en = "A" }, { key = "b", text.en = "B" }, { key = "c", text.en = "C" } ] },
  { key = "some", kind = "many", text.en = "Some", choices = [
    { key = "a", text.en = "A" }, { key = "b", text.en = "B" }, { key = "c", text.en = "C" } ] },
  { key = "cents", kind = "money", unit = "KRW", text.en = "Won", least = 0, most = 4 },
  { key = "yes", kind = "consent", text.en = "Yes" },
  { key = "day", kind = "date", text.en = "Day", least = "2026-01-01", most = "2026-01-03" },
]
""")
_lists = st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True)
_days = st.sampled_from(["2026-01-01", "2026-01-02", "2026-01-03"])


def _comparison(field: str, ops: list[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda op, value: {"field": field, "op": op, "value": value}, st.sampled_from(ops), values)


COMPARISONS = st.one_of(
    _comparison("one", ["is"], st.sampled_from("abc")),
    _comparison("one", ["in", "not-in", "registered-in"], _lists),
    _comparison("some", ["in", "not-in"], _lists),
    _comparison("cents", ["is", "<=", ">="], st.integers(0, 4)),
    _comparison("cents", ["between"], st.tuples(st.integers(0, 4), st.integers(0, 4)).map(sorted)),
    _comparison("yes", ["is"], st.booleans()),
    _comparison("day", ["is", "<=", ">="], _days),
    _comparison("day", ["between"], st.tuples(_days, _days).map(sorted)),
)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=5,
)
EVERY = [
    {"one": one, "some": list(some), "cents": cents, "yes": yes, "day": f"2026-01-0{day}"}
    for one in "abc"
    for some in (some for size in (1, 2, 3) for some in itertools.combinations("abc", size))
    for cents in range(5)
    for yes in (True, False)
    for day in (1, 2, 3)
]


@settings(max_examples=150, deadline=None)
@given(CONDITIONS)
def test_the_solver_agrees_with_trying_every_answer(condition: dict[str, Any]) -> None:
    rule = {"id": "r", "when": "submit", "kind": "note", "reason": {"en": "R"}, **condition}
    try:
        rules = read_rules({"format": "bongsu.rules/1", "rule": [rule]})
    except BadInput:  # too deep
        return
    fields = list_fields(SMALL)
    found = {evaluate(rules, SMALL, answers, {}, date(2026, 1, 4))[0].truth for answers in EVERY}
    possible = {
        truth
        for truth, holds in (("yes", True), ("no", False))
        if can_hold(list_alternatives(rules.rule[0], holds), fields)
    }
    assert found == possible


RULES = parse_rules("""
format = "bongsu.rules/1"
[[rule]]
id = "young"
when = "submit"
kind = "knock-out"
unknown = "stop"
reason.en = "Industry must be young and share the cost."
reason.ko = "산업체는 젊고 비용을 분담해야 합니다."
reason.fr = "L’industrie doit être jeune et partager le coût."
source = "Call, section 3"
any = [
  { not = { field = "sector", op = "is", value = "industry" } },
  { all = [{ field = "founded", op = "age-days", value = [0, 2556] }, { field = "share", op = ">=", value = "1000.00" }] },
]
[[rule]]
id = "open"
when = "screening"
kind = "warn"
reason = { en = "Open models come first.", ko = "개방형 모델이 먼저입니다.", fr = "Les modèles ouverts d’abord." }
field = "node.openness"
op = "in"
value = ["class-1", "class-2"]
[[rule]]
id = "cost"
when = "screening"
kind = "knock-out"
reason = { en = "The budget is limited.", ko = "예산에는 한도가 있습니다.", fr = "Le budget est limité." }
field = "budget.amount"
op = "sum"
value = [0, "1000.00"]
""")


def _explain(rules: Rules, form: Form, language: str) -> list[RuleWords]:
    return explain_rules(rules, form, lambda text: translated(language).get(text, text), language)


def test_rules_are_explained() -> None:
    assert check_rules(RULES, FORM) == []
    assert explain_rules(RULES, FORM, str, "en") == [
        ("Industry must be young and share the cost.",
         ("You can apply only if “Sector” is not “Industry”; or “Founded on” is at most 2,556 days ago and “Own share” is at "
          "least 1,000 euros."),
         ("It must be answered before submitting.", "Source: Call, section 3")),
        ("Open models come first.",
         "It is expected that “openness class of the catalogue entry” is class-1 or class-2.", ()),
        ("The budget is limited.", "You can apply only if the sum of “Amount” is at most 1,000 euros.",
         ("It is looked at after the submission; if it is not known, an officer asks.",)),
    ]  # fmt: skip
    assert _explain(RULES, FORM, "ko")[2] == (
        "예산에는 한도가 있습니다.", "신청 요건: “금액”의 합이 1,000유로 이하일 것.",
        ("제출한 뒤에 확인하며, 알 수 없으면 담당자가 묻습니다.",),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "english", "korean", "french"),
    [
        ('field = "sector"\nop = "in"\nvalue = ["academia", "research"]',
         "“Sector” is “Academia” or “Research institute”", "“부문”이(가) “학계” 또는 “연구기관”일 것",
         "« Secteur » est « Université » ou « Institut »"),
        ('field = "areas"\nop = "not-in"\nvalue = ["health"]',
         "“Areas” does not include “Health”", "“분야”에 “보건”이(가) 없을 것", "« Domaines » ne comprend pas « Santé »"),
        ('not = { field = "areas", op = "not-in", value = ["health"] }',
         "“Areas” includes “Health”", "“분야”에 “보건”이(가) 있을 것", "« Domaines » comprend « Santé »"),
        ('field = "founded"\nop = ">="\nvalue = "2020-01-31"',
         "“Founded on” is 31 January 2020 or later", "“설립일”이(가) 2020년 1월 31일 또는 그 뒤일 것",
         "« Fondée le » est le 31 janvier 2020 ou après"),
        ('not = { field = "hours", op = "<=", value = 1000 }',
         "“GPU hours” is more than 1,000", "“GPU 시간”이(가) 1,000보다 클 것", "« Heures de GPU » dépasse 1 000"),
        ('field = "hours"\nop = "between"\nvalue = [10, 20]',
         "“GPU hours” is between 10 and 20", "“GPU 시간”이(가) 10에서 20 사이일 것", "« Heures de GPU » est entre 10 et 20"),
        ('field = "members"\nop = "count"\nvalue = [2, 4]',
         "“Team” has 2 to 4 entries", "“팀”의 항목이 2개에서 4개일 것", "« Équipe » a de 2 à 4 entrées"),
        ('field = "rules-read"\nop = "is"\nvalue = false',
         "you do not agree to “I have read the rules”", "“규칙을 읽었습니다”에 동의하지 않을 것",
         "vous n’acceptez pas « J’ai lu les règles »"),
        # Neither … nor …, as De Morgan says: not (a or b) is not a and not b.
        ('not = { any = [{ field = "sector", op = "is", value = "industry" }, { field = "hours", op = ">=", value = 9 }] }',
         "“Sector” is not “Industry” and “GPU hours” is less than 9",
         "“부문”이(가) “산업”이(가) 아닐 것, 그리고 “GPU 시간”이(가) 9보다 작을 것",
         "« Secteur » n’est pas « Industrie » et « Heures de GPU » est inférieur à 9"),
        (('all = [{ field = "hours", op = ">=", value = 9 }, { any = [{ field = "sector", op = "is", value = "industry" }, '
          '{ all = [{ field = "hours", op = "<=", value = 5 }, { field = "rules-read", op = "is", value = true }] }] }]'),
         ("“GPU hours” is at least 9; and (“Sector” is “Industry”; or “GPU hours” is at most 5 and you agree to "
          "“I have read the rules”)"),
         ("“GPU 시간”이(가) 9 이상일 것; 그리고 (“부문”이(가) “산업”일 것; 또는 “GPU 시간”이(가) 5 이하일 것, "
          "그리고 “규칙을 읽었습니다”에 동의할 것)"),
         ("« Heures de GPU » est au moins 9 ; et (« Secteur » est « Industrie » ; ou « Heures de GPU » est au plus 5 et "
          "vous acceptez « J’ai lu les règles »)")),
    ],
)  # fmt: skip
def test_a_condition_is_one_sentence(condition: str, english: str, korean: str, french: str) -> None:
    rules = parse_rules(
        'format = "bongsu.rules/1"\n[[rule]]\nid = "r"\nwhen = "submit"\nkind = "knock-out"\n'
        f'reason = {{ en = "Because." }}\n{condition}\n'
    )
    said = [_explain(rules, FORM, language)[0].condition.replace("\u202f", " ") for language in ("en", "ko", "fr")]
    assert said == [
        f"You can apply only if {english}.", f"신청 요건: {korean}.", f"Vous ne pouvez candidater que si {french}.",
    ]  # fmt: skip


def test_outcomes_are_explained() -> None:
    outcomes = evaluate(
        RULES, FORM, {**ANSWERS, "sector": "industry", "founded": "2019-11-28"}, {}, date(2026, 11, 28), FILES
    )
    assert [explain_outcome(outcome, str, "en") for outcome in outcomes] == [
        ["Not met.", "Industry must be young and share the cost.", "“Sector” is “Industry”.",
         "“Founded on” is 28 November 2019, 2,557 days ago."],
        ["Not known yet.", "Open models come first.", "The node does not know: openness class of the catalogue entry."],
        ["Not met.", "The budget is limited.", "The sum of “Amount” is 1,200.50 euros."],
    ]  # fmt: skip
    met = evaluate(RULES, FORM, ANSWERS, {}, date(2026, 11, 28), FILES)[0]
    assert explain_outcome(met, str, "en") == ["Met.", "“Sector” is “Academia”."]


def test_every_sentence_has_three_languages() -> None:
    phrases = {(name, number): text for name, pair in PHRASES.items() for number, text in enumerate(pair)}
    tables = (RULE_FINDINGS, phrases, KINDS, WHEN_UNKNOWN, WHYS, TRUTHS, JOINTS)
    for language in set(LANGUAGES) - {"en"}:
        known = translated(language)
        assert not [text for table in tables for text in table.values() if text not in known]
