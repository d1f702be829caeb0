"""Rules and outcomes as sentences, for the officer's page and for who checks herself; the findings of a check."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

import msgspec

from bongsu.core.errors import N_
from bongsu.credits.rules.amounts import write_amount, write_choices
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
# What a condition says, and what its opposite says: “not” goes inwards, since nobody reads “not (… or …)” at once.
PHRASES: Mapping[str, tuple[str, str]] = {
    "is": (N_("“{field}” is {value}"), N_("“{field}” is not {value}")),
    "includes": (N_("“{field}” includes {value}"), N_("“{field}” does not include {value}")),
    "agrees": (N_("you agree to “{field}”"), N_("you do not agree to “{field}”")),
    "has-file": (N_("you attach “{field}”"), N_("you do not attach “{field}”")),
    "<=": (N_("“{field}” is at most {value}"), N_("“{field}” is more than {value}")),
    ">=": (N_("“{field}” is at least {value}"), N_("“{field}” is less than {value}")),
    "until": (N_("“{field}” is {value} or earlier"), N_("“{field}” is after {value}")),
    "since": (N_("“{field}” is {value} or later"), N_("“{field}” is before {value}")),
    "between": (N_("“{field}” is between {least} and {most}"), N_("“{field}” is not between {least} and {most}")),
    "age": (N_("“{field}” is {least} to {most} days ago"), N_("“{field}” is not {least} to {most} days ago")),
    "age-most": (N_("“{field}” is at most {most} days ago"), N_("“{field}” is not within the last {most} days")),
    "count": (N_("“{field}” has {least} to {most} entries"), N_("“{field}” does not have {least} to {most} entries")),
    "sum": (
        N_("the sum of “{field}” is between {least} and {most}"),
        N_("the sum of “{field}” is not between {least} and {most}"),
    ),
    "sum-most": (N_("the sum of “{field}” is at most {most}"), N_("the sum of “{field}” is more than {most}")),
}
# Parts that are lists themselves are set apart by semicolons.
JOINTS: Mapping[tuple[str, bool], str] = {
    ("all", False): N_("{first} and {last}"),
    ("any", False): N_("{first} or {last}"),
    ("all", True): N_("{first}; and {last}"),
    ("any", True): N_("{first}; or {last}"),
}
KINDS: Mapping[str, str] = {
    "knock-out": N_("You can apply only if {condition}."),
    "warn": N_("It is expected that {condition}."),
    "note": N_("It is noted whether {condition}."),
}
CHOSEN = N_("“{value}”")
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
    "agrees": N_("You agree to “{field}”."),
    "disagrees": N_("You do not agree to “{field}”."),
}
TRUTHS: Mapping[str, str] = {"yes": N_("Met."), "no": N_("Not met."), "unknown": N_("Not known yet.")}


def describe_rule_finding(finding: Finding, translate: Translate, language: str) -> str:
    """Returns the sentence of a finding of check_rules."""
    return write_sentence(RULE_FINDINGS[finding.code], finding.values, translate, language)


class RuleWords(NamedTuple):
    """A rule in words: the officer's reason, the exact condition as a sentence, what follows if it is unknown, the source."""

    reason: str
    condition: str
    more: tuple[str, ...]

    @property
    def line(self) -> str:
        """All of it as one text."""
        return " ".join(text for text in (self.condition, self.reason, *self.more) if text)


def explain_rules(rules: Rules, form: Form, translate: Translate, language: str) -> list[RuleWords]:
    """Returns each checked rule in words."""
    fields = list_fields(form)
    found = []
    for rule in rules.rule:
        condition = write_condition(rule, fields, translate, language)
        more = [translate(SOURCE).format(source=rule.source)] if rule.source else []
        if rule.kind == "knock-out" or rule.unknown == "stop":
            more.insert(0, translate(WHEN_UNKNOWN[rule.when, rule.unknown]))
        sentence = translate(KINDS[rule.kind]).format(condition=condition)
        found.append(RuleWords(pick_text(rule.reason, language), sentence, tuple(more)))
    return found


def explain_draft(rules: Rules, form: Form, translate: Translate, language: str) -> list[RuleWords]:
    """Returns what explain_rules does of rules that may have errors: of a rule with an error only its reason."""
    wrong = {finding.field.partition("]")[0] for finding in check_rules(rules, form) if finding.level == "error"}
    lines: list[RuleWords] = []
    for number, rule in enumerate(rules.rule):
        if f"rule[{number}" in wrong:
            lines.append(RuleWords(pick_text(rule.reason, language), "", ()))
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
    """Returns the sentence of what a comparison found: “Sector” is “Academia”."""
    values = {
        name: value if name in ("count", "days") else _write(why.field, value, translate, language)
        for name, value in why.values.items()
    }
    code = why.code
    if code == "value" and why.field.kind == "consent":
        code = "agrees" if why.values["value"] is True else "disagrees"
    return write_sentence(WHYS[code], {**values, "field": _name(why.field, language)}, translate, language)


def write_condition(condition: Condition, fields: Mapping[str, Field], translate: Translate, language: str) -> str:
    """Returns a checked condition in words, without a full stop."""
    return _write_part(condition, fields, translate, language, negated=False)[0]


def _write_part(
    condition: Condition, fields: Mapping[str, Field], translate: Translate, language: str, negated: bool
) -> tuple[str, int]:
    """Returns a condition, or its opposite, and how deep lists stand inside each other in it."""
    if condition.field is not None:
        return _write_comparison(condition, fields[condition.field], translate, language, negated), 0
    if condition.none_of is not None:
        return _write_part(condition.none_of, fields, translate, language, not negated)
    parts = [_write_part(part, fields, translate, language, negated) for _, part in list_inner(condition)]
    if len(parts) == 1:
        return parts[0]
    texts = [f"({text})" if depth > 1 else text for text, depth in parts]
    apart = any(depth > 0 for _, depth in parts)
    joint = JOINTS["all" if (condition.all_of is not None) != negated else "any", apart]
    first = ("; " if apart else ", ").join(texts[:-1])
    return translate(joint).format(first=first, last=texts[-1]), 1 + max(depth for _, depth in parts)


def _write_comparison(condition: Condition, field: Field, translate: Translate, language: str, negated: bool) -> str:
    value, operation = condition.value, condition.op or ""
    values: dict[str, Any] = {"field": _name(field, language)}
    if operation in ("between", "age-days", "count", "sum") and isinstance(value, tuple):
        plain = operation in ("count", "age-days")
        least, most = (one if plain else _write(field, one, translate, language) for one in value)
        values |= {"least": least, "most": most}
    elif value is not None:
        chosen = value if isinstance(value, tuple) else (value,)
        values["value"] = write_choices((_write(field, one, translate, language) for one in chosen), language)
    differs = operation == "not-in" or (field.kind == "consent" and value is False)
    return write_sentence(PHRASES[_find_phrase(condition, field)][differs != negated], values, translate, language)


def _find_phrase(condition: Condition, field: Field) -> str:
    operation, value = condition.op or "", condition.value
    match operation:
        case "is" | "in" | "not-in" | "registered-in":
            return "agrees" if field.kind == "consent" else "includes" if field.kind in ("many", "codes") else "is"
        case "<=" | ">=" if field.kind == "date":
            return "until" if operation == "<=" else "since"
        case "age-days" | "sum" if isinstance(value, tuple):
            name = operation.removesuffix("-days")
            return f"{name}-most" if parse_number(value[0]) == 0 else name
        case _:
            return operation


def _name(field: Field, language: str) -> str:
    """Returns the words of a field as they stand in a sentence: the text of a consent ends with a full stop."""
    return write_value(field.text, language).rstrip(".")


def _write(field: Field, value: Any, translate: Translate, language: str) -> str:
    """Returns a value of a field for readers: the words of a choice, an amount with its unit, a day, a number, or a list."""
    if isinstance(value, tuple | list):
        return write_value(tuple(_write(field, one, translate, language) for one in value), language)
    if isinstance(value, bool):
        return translate(N_("yes")) if value else translate(N_("no"))
    if value in field.values:
        text = write_value(field.values[value], language)
        return text if field.is_fact else translate(CHOSEN).format(value=text)
    unit = known_units().get(field.cell.unit) if field.cell else None
    if unit and isinstance(value, Fraction):  # a sum, in steps
        return write_amount(int(value), unit, language)
    if unit and (number := parse_number(value)) is not None:
        return write_amount(int(number * unit.steps), unit, language)
    if field.kind in ("number", "count", "numbers"):
        value = value if isinstance(value, Fraction) else parse_number(value) or value
    return write_value(parse_day(value) or value, language)
