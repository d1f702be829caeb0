"""Evaluates rules on answers and facts: each is met (yes), not met (no), or unknown, and why.

What is not answered, cannot be read yet, or the node does not know is unknown; `all`, `any` and `not` follow Kleene's logic:
a part that is unknown leaves the whole unknown unless the other parts decide it. Unknown is never no.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from bongsu.incubator.eligibility.compare import Limits, Measure, find_limits
from bongsu.incubator.eligibility.document import Condition, Rule, Rules, When, list_inner
from bongsu.incubator.eligibility.fields import Field, list_fields
from bongsu.incubator.forms.answers import AnswerFile, Answers, measure
from bongsu.incubator.forms.document import Form, parse_number

Truth = Literal["yes", "no", "unknown"]
KnownFiles = Mapping[str, Sequence[AnswerFile] | None]  # by the key of the question


class Why(NamedTuple):
    """What a comparison found: a code with values (words.py), and whether the comparison holds."""

    code: str
    field: Field
    values: Mapping[str, Any]
    truth: Truth


class Outcome(NamedTuple):
    """A rule, whether it is met, and the comparisons that decided it."""

    rule: Rule
    truth: Truth
    why: tuple[Why, ...]


class Summary(NamedTuple):
    """The ids of rules by what follows: not met and refused, to be answered before submitting, to be asked, to be shown."""

    refused: tuple[str, ...]
    stopped: tuple[str, ...]
    asked: tuple[str, ...]
    shown: tuple[str, ...]


def all_hold(truths: Iterable[Truth]) -> Truth:
    """Returns no if one is no, else unknown if one is unknown, else yes."""
    found = set(truths)
    return "no" if "no" in found else "unknown" if "unknown" in found else "yes"


def any_holds(truths: Iterable[Truth]) -> Truth:
    """Returns yes if one is yes, else unknown if one is unknown, else no."""
    found = set(truths)
    return "yes" if "yes" in found else "unknown" if "unknown" in found else "no"


def negate(truth: Truth) -> Truth:
    """Returns no for yes, yes for no, and unknown for unknown."""
    return "unknown" if truth == "unknown" else "no" if truth == "yes" else "yes"


def evaluate(
    rules: Rules,
    form: Form,
    answers: Answers,
    facts: Mapping[str, Any],
    today: date,
    files: KnownFiles | None = None,
    when: When = "screening",
) -> list[Outcome]:
    """Returns the outcome of each rule that is looked at `when`: at the screening also those of the submission.

    `facts` are by name, as facts.csv has them; one that is missing or None is unknown. Without `files` it is unknown whether
    a question has any; so it is for one whose files are None. Rules and form must have no errors (check_rules).
    """
    case = _Case(list_fields(form), answers, facts, today, files)
    return [
        Outcome(rule, *_evaluate(rule, case)) for rule in rules.rule if rule.when == "submit" or when == "screening"
    ]


def summarise(outcomes: Sequence[Outcome], when: When) -> Summary:
    """Returns what follows from outcomes: `refused` and `stopped` hinder a submission; an officer asks about `asked`."""
    refused: list[str] = []
    stopped: list[str] = []
    asked: list[str] = []
    shown: list[str] = []
    for rule, truth, _ in outcomes:
        if truth == "no":
            (refused if rule.kind == "knock-out" else shown).append(rule.id)
        elif truth == "unknown" and rule.unknown == "stop" and when == "submit":
            stopped.append(rule.id)
        elif truth == "unknown" and rule.kind == "knock-out":
            asked.append(rule.id)
    return Summary(tuple(refused), tuple(stopped), tuple(asked), tuple(shown))


class _Case(NamedTuple):
    """What rules are evaluated on."""

    fields: Mapping[str, Field]
    answers: Answers
    facts: Mapping[str, Any]
    today: date
    files: KnownFiles | None


def _evaluate(condition: Condition, case: _Case) -> tuple[Truth, tuple[Why, ...]]:
    if condition.field is not None:
        why = _compare(condition, case.fields[condition.field], case)
        return why.truth, (why,)
    parts = [_evaluate(part, case) for _, part in list_inner(condition)]
    if condition.none_of is not None:
        return negate(parts[0][0]), parts[0][1]
    combine = all_hold if condition.all_of is not None else any_holds
    truth = combine(part for part, _ in parts)
    return truth, tuple(why for part, whys in parts if part == truth for why in whys)


def _compare(condition: Condition, field: Field, case: _Case) -> Why:
    """Returns what one comparison found."""

    def found(code: str, holds: bool, **values: Any) -> Why:
        return Why(code, field, values, "yes" if holds else "no")

    def unknown(code: str, **values: Any) -> Why:
        return Why(code, field, values, "unknown")

    if field.kind == "file":
        given = None if case.files is None else case.files.get(field.name, ())
        if given is None:
            return unknown("not-answered")
        count = len(given)
        needed = find_limits(condition, field) or Limits(Fraction(1), None)
        return found("count", needed.allow(Fraction(count)), count=count)
    answer = _find_answer(field, case)
    if answer is None:
        return unknown("not-known" if field.is_fact else "not-answered")
    if condition.op == "sum":
        return _compare_sum(condition, field, answer)
    limits = find_limits(condition, field)
    if condition.op == "count":
        assert limits is not None
        return found("count", limits.allow(Fraction(len(answer))), count=len(answer))
    if limits is None:
        holds = _is_among(condition, answer, field)
        return unknown("not-valid", value=str(answer)) if holds is None else found("value", holds, value=answer)
    measured = _measure(field, answer)
    if measured is None:
        return unknown("not-valid", value=str(answer))
    if condition.op == "age-days" and isinstance(measured, date):
        days = (case.today - measured).days
        return found("age", limits.allow(Fraction(days)), days=days, value=answer)
    return found("value", limits.allow(measured), value=answer)


def _find_answer(field: Field, case: _Case) -> Any:
    if field.question is None:
        return case.facts.get(field.name)
    return case.answers.get(field.question.key)


def _measure(field: Field, answer: Any) -> Measure | None:
    return parse_number(answer) if field.cell is None else measure(field.cell, answer)


def _is_among(condition: Condition, answer: Any, field: Field) -> bool | None:
    """Whether an answer is the value, or one of the values; None for what is no choice (any more)."""
    chosen = answer if isinstance(answer, list | tuple) else [answer]
    if field.values and not all(one in field.values for one in chosen):
        return None
    value = condition.value
    if not isinstance(value, tuple):
        return bool(answer == value)
    among = any(one in value for one in chosen)
    return among != (condition.op == "not-in")


def _compare_sum(condition: Condition, field: Field, rows: Sequence[Mapping[str, Any]]) -> Why:
    """Returns the comparison of the sum of a column; a row without a valid number leaves it unknown."""
    cell, limits = field.cell, find_limits(condition, field)
    assert cell is not None and limits is not None  # noqa: PT018
    total = Fraction(0)
    for row in rows:
        measured = measure(cell, row[cell.key]) if cell.key in row else None
        if not isinstance(measured, Fraction):
            return Why(
                "not-valid" if cell.key in row else "not-answered", field, {"value": row.get(cell.key)}, "unknown"
            )
        total += measured
    return Why("sum", field, {"sum": total}, "yes" if limits.allow(total) else "no")
