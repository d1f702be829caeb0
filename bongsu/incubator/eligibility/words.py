"""Rules and outcomes as sentences, for the officer's page and for who checks herself; the findings of a check."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import msgspec

from bongsu.core.errors import N_
from bongsu.credits.rules.amounts import write_amount
from bongsu.credits.unit_table import known_units
from bongsu.incubator.eligibility.check import check_rules
from bongsu.incubator.eligibility.document import Condition, Rules, list_inner
from bongsu.incubator.eligibility.evaluate import Outcome, Why
from bongsu.incubator.eligibility.fields import Field, list_fields
from bongsu.incubator.forms.document import Form, parse_day, parse_number
from bongsu.incubator.texts import Finding, Translate, pick_text, write_sentence, write_value

RULE_FINDINGS: Mapping[str, str] = {
    "twice": N_("“{name}” is there twice."),
    "languages": N_("The text lacks these languages: {missing}."),
    "stop-at-screening": N_("Only a rule that is looked at when submitting can stop the submission."),
    "stop-on-fact": N_(
        "The applicant cannot answer “{name}”: the node knows it, or not. She could be stopped for ever."
    ),
    "unknown-field": N_("There is no question or fact “{name}”. Near or known: {near}."),
    "op-mismatch": N_("“{op}” cannot be asked of “{name}”. What can: {fitting}."),
    "no-op": N_("Nothing can be asked of “{name}”."),
    "no-value": N_("This operation has no value."),
    "needs-list": N_("This operation needs a list of values."),
    "needs-pair": N_("This operation needs two values: the least and the most."),
    "not-a-value": N_("“{value}” is not a value of “{name}”."),
    "wrong-order": N_("The least, {least}, is above the most, {most}."),
    "never-met": N_("Nobody can meet the rule “{id}”."),
    "always-met": N_("Every answer meets the rule “{id}”: it decides nothing."),
    "contradict": N_("Nobody can meet both “{id}” and “{other}”."),
    "implied": N_("Who meets the rule “{other}” also meets “{id}”: it decides nothing more."),
}
OPERATIONS: Mapping[str, str] = {
    "is": N_("“{field}” is {value}"),
    "in": N_("“{field}” is one of these: {value}"),
    "not-in": N_("“{field}” is none of these: {value}"),
    "<=": N_("“{field}” is at most {value}"),
    ">=": N_("“{field}” is at least {value}"),
    "between": N_("“{field}” is from {least} to {most}"),
    "has-file": N_("“{field}” has a file"),
    "age-days": N_("“{field}” is {least} to {most} days ago"),
    "count": N_("“{field}” has {least} to {most} entries"),
    "sum": N_("the sum of “{field}” is from {least} to {most}"),
    "registered-in": N_("“{field}” names one of these: {value}"),
}
ALL = N_("all of this: ({parts})")
ANY = N_("one of this: ({parts})")
NOT = N_("not: ({parts})")
KINDS: Mapping[str, str] = {
    "knock-out": N_("Needed: {condition}."),
    "warn": N_("Expected: {condition}."),
    "note": N_("Noted: {condition}."),
}
WHEN_UNKNOWN: Mapping[tuple[str, str], str] = {
    ("submit", "stop"): N_("It must be answered before submitting."),
    ("submit", "ask"): N_("If it is not known when submitting, an officer asks."),
    ("screening", "ask"): N_("It is looked at after the submission; if it is not known, an officer asks."),
}
SOURCE = N_("Source: {source}")
WHYS: Mapping[str, str] = {
    "value": N_("“{field}” is {value}."),
    "count": N_("“{field}” has this many entries: {count}."),
    "age": N_("“{field}” is {value}, {days} days ago."),
    "sum": N_("The sum of “{field}” is {sum}."),
    "not-answered": N_("“{field}” is not answered yet."),
    "not-valid": N_("The answer to “{field}” is not valid yet."),
    "not-known": N_("The node does not know: {field}."),
}
TRUTHS: Mapping[str, str] = {"yes": N_("Met."), "no": N_("Not met."), "unknown": N_("Not known yet.")}


def describe_rule_finding(finding: Finding, translate: Translate, language: str) -> str:
    """Returns the sentence of a finding of check_rules."""
    return write_sentence(RULE_FINDINGS[finding.code], finding.values, translate, language)


def explain_rules(rules: Rules, form: Form, translate: Translate, language: str) -> list[str]:
    """Returns each checked rule in sentences: what is needed, the reason, what follows if it is not known, the source."""
    fields = list_fields(form)
    lines = []
    for rule in rules.rule:
        condition = write_condition(rule, fields, translate, language)
        parts = [translate(KINDS[rule.kind]).format(condition=condition), pick_text(rule.reason, language)]
        if rule.kind == "knock-out" or rule.unknown == "stop":
            parts.append(translate(WHEN_UNKNOWN[rule.when, rule.unknown]))
        parts += [translate(SOURCE).format(source=rule.source)] if rule.source else []
        lines.append(" ".join(parts))
    return lines


def explain_draft(rules: Rules, form: Form, translate: Translate, language: str) -> list[str]:
    """Returns what explain_rules does of rules that may have errors: of a rule with an error only its reason."""
    wrong = {finding.field.partition("]")[0] for finding in check_rules(rules, form) if finding.level == "error"}
    lines = []
    for number, rule in enumerate(rules.rule):
        if f"rule[{number}" in wrong:
            lines.append(pick_text(rule.reason, language))
        else:
            lines += explain_rules(msgspec.structs.replace(rules, rule=(rule,)), form, translate, language)
    return lines


def explain_outcome(outcome: Outcome, translate: Translate, language: str) -> list[str]:
    """Returns what came of a rule: whether it is met, its reason if it is not, and what decided it."""
    lines = [translate(TRUTHS[outcome.truth])]
    if outcome.truth != "yes":
        lines.append(pick_text(outcome.rule.reason, language))
    return lines + list(dict.fromkeys(describe_why(why, translate, language) for why in outcome.why))


def describe_why(why: Why, translate: Translate, language: str) -> str:
    """Returns the sentence of what a comparison found: “Sector” is Academia."""
    values = {
        name: value if name in ("count", "days") else _write(why.field, value, translate, language)
        for name, value in why.values.items()
    }
    return write_sentence(WHYS[why.code], {**values, "field": _name(why.field, language)}, translate, language)


def write_condition(condition: Condition, fields: Mapping[str, Field], translate: Translate, language: str) -> str:
    """Returns a checked condition in words, without a full stop."""
    if condition.field is None:
        message = NOT if condition.none_of else ALL if condition.all_of else ANY
        inner = (part for _, part in list_inner(condition))
        parts = "; ".join(write_condition(part, fields, translate, language) for part in inner)
        return translate(message).format(parts=parts)
    field = fields[condition.field]
    values: dict[str, Any] = {"field": _name(field, language), "value": "", "least": "", "most": ""}
    if isinstance(condition.value, tuple) and "least" in OPERATIONS[condition.op or ""]:
        plain = condition.op in ("count", "age-days")
        ends = [one if plain else _write(field, one, translate, language) for one in condition.value]
        values |= {"least": ends[0], "most": ends[1]}
    elif condition.value is not None:
        values["value"] = _write(field, condition.value, translate, language)
    return write_sentence(OPERATIONS[condition.op or ""], values, translate, language)


def _name(field: Field, language: str) -> str:
    return write_value(field.text, language)


def _write(field: Field, value: Any, translate: Translate, language: str) -> str:
    """Returns a value of a field for readers: the words of a choice, an amount with its unit, a day, a number, or a list."""
    if isinstance(value, tuple | list):
        return write_value(tuple(_write(field, one, translate, language) for one in value), language)
    if isinstance(value, bool):
        return translate(N_("yes")) if value else translate(N_("no"))
    if value in field.values:
        return write_value(field.values[value], language)
    unit = known_units().get(field.cell.unit) if field.cell else None
    if unit and isinstance(value, Fraction):  # a sum, in steps
        return write_amount(int(value), unit, language)
    if unit and (number := parse_number(value)) is not None:
        return write_amount(int(number * unit.steps), unit, language)
    if field.kind in ("number", "count", "numbers"):
        value = value if isinstance(value, Fraction) else parse_number(value) or value
    return write_value(parse_day(value) or value, language)
