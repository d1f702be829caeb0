"""Finds what rules say against the form, the facts and each other. An error refuses to open the call; a warning is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations

from bongsu.core.errors import unknown_name
from bongsu.incubator.eligibility.compare import MEASURED, OPERATIONS, measure_value
from bongsu.incubator.eligibility.document import Condition, Rule, Rules, list_comparisons
from bongsu.incubator.eligibility.fields import Field, list_fields
from bongsu.incubator.eligibility.solve import can_hold, combine_alternatives, list_alternatives
from bongsu.incubator.forms.document import Form, parse_number
from bongsu.incubator.texts import Finding, list_missing_languages, make_error, make_warning


def check_rules(rules: Rules, form: Form) -> list[Finding]:
    """Returns the findings of rules, errors first. Fields are named as in the file: rule[2].all[0].op."""
    fields = list_fields(form)
    found: list[Finding] = [*_check_ids(rules)]
    sound: list[tuple[int, Rule]] = []
    for number, rule in enumerate(rules.rule):
        wrong = [
            finding
            for path, comparison in list_comparisons(rule, f"rule[{number}]")
            for finding in _check_comparison(comparison, path, fields)
        ]
        found += [*wrong, *_check_rule(rule, f"rule[{number}]", fields)]
        if not wrong:
            sound.append((number, rule))
    found += _check_meaning(sound, fields)
    return sorted(found, key=lambda finding: finding.level)


def _check_ids(rules: Rules) -> Iterator[Finding]:
    for name, times in Counter(rule.id for rule in rules.rule).items():
        if times > 1:
            yield make_error("rule", "twice", name=name)


def _check_rule(rule: Rule, path: str, fields: Mapping[str, Field]) -> Iterator[Finding]:
    if missing := list_missing_languages(rule.reason):
        yield make_warning(f"{path}.reason", "languages", missing=missing)
    if rule.unknown == "stop" and rule.when == "screening":
        yield make_error(f"{path}.unknown", "stop-at-screening")
    elif rule.unknown == "stop":
        for _, comparison in list_comparisons(rule, path):
            field = fields.get(comparison.field or "")
            if field and field.is_fact:
                yield make_warning(f"{path}.unknown", "stop-on-fact", name=field.text)


def _check_comparison(condition: Condition, path: str, fields: Mapping[str, Field]) -> Iterator[Finding]:
    name = condition.field or ""
    field = fields.get(name)
    if field is None:
        near = unknown_name("field", name, fields).values["near"] or ", ".join(fields)
        yield make_error(f"{path}.field", "unknown-field", name=name[:40], near=near)
        return
    operation = OPERATIONS[condition.op or ""]
    if field.kind not in operation.kinds:
        fitting = tuple(op for op, one in OPERATIONS.items() if field.kind in one.kinds)
        code = "op-mismatch" if fitting else "no-op"
        yield make_error(f"{path}.op", code, op=condition.op, name=field.text, fitting=fitting)
        return
    yield from _check_value(condition, field, f"{path}.value")


def _check_value(condition: Condition, field: Field, path: str) -> Iterator[Finding]:
    value, shape = condition.value, OPERATIONS[condition.op or ""].value
    if shape == "none":
        if value is not None:
            yield make_error(path, "no-value")
    elif shape == "one":
        yield from _check_one(value, field, path)
    elif not isinstance(value, tuple) or not value or (shape == "pair" and len(value) != 2):
        yield make_error(path, f"needs-{shape}")
    elif shape == "list":
        for one in value:
            yield from _check_one(one, field, path)
    else:
        plain = condition.op in ("count", "age-days")
        ends = [parse_number(end) if plain else measure_value(field, end) for end in value]
        for end, written in zip(ends, value, strict=True):
            if end is None:
                yield make_error(path, "not-a-value", value=str(written), name=field.text)
        if None not in ends and ends[0] > ends[1]:  # type: ignore[operator]  # both are numbers, or both days
            yield make_error(path, "wrong-order", least=str(value[0]), most=str(value[1]))


def _check_one(value: object, field: Field, path: str) -> Iterator[Finding]:
    if field.kind == "consent":
        known = isinstance(value, bool)
    elif field.kind in MEASURED:
        known = measure_value(field, value) is not None
    else:
        known = isinstance(value, str) and (not field.values or value in field.values)
    if not known:
        yield make_error(path, "not-a-value", value="" if value is None else str(value), name=field.text)


def _check_meaning(rules: list[tuple[int, Rule]], fields: Mapping[str, Field]) -> Iterator[Finding]:
    """Yields rules that nobody or everybody meets, and pairs that nobody meets, or of which one is enough."""
    deciding: list[tuple[int, Rule]] = []
    for number, rule in rules:
        if not can_hold(list_alternatives(rule), fields):
            yield make_error(f"rule[{number}]", "never-met", id=rule.id)
        elif not can_hold(list_alternatives(rule, holds=False), fields):
            yield make_error(f"rule[{number}]", "always-met", id=rule.id)
        elif rule.kind == "knock-out":
            deciding.append((number, rule))
    for (_, one), (number, other) in combinations(deciding, 2):
        if not _together(one, True, other, True, fields):
            yield make_error(f"rule[{number}]", "contradict", id=other.id, other=one.id)
        elif not _together(one, True, other, False, fields):
            yield make_warning(f"rule[{number}]", "implied", id=other.id, other=one.id)
        elif not _together(one, False, other, True, fields):
            yield make_warning(f"rule[{number}]", "implied", id=one.id, other=other.id)


def _together(one: Rule, first: bool, other: Rule, second: bool, fields: Mapping[str, Field]) -> bool:
    """Whether one rule can hold (or not) while the other does (or does not)."""
    ways, others = list_alternatives(one, first), list_alternatives(other, second)
    return ways is None or others is None or can_hold(combine_alternatives([ways, others]), fields)
