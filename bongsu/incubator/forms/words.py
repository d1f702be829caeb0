"""The findings of a form and of answers as sentences, and what carried answers lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bongsu.core.errors import N_, BadInput
from bongsu.credits.rules.amounts import write_amount
from bongsu.credits.unit_table import known_units
from bongsu.credits.units import parse_amount
from bongsu.incubator.forms.answers import AnswerFinding
from bongsu.incubator.forms.carrying import Dropped
from bongsu.incubator.forms.document import parse_day, parse_number
from bongsu.incubator.texts import Finding, Translate, write_sentence

KINDS: Mapping[str, str] = {
    "text": N_("short text"),
    "long-text": N_("long text"),
    "number": N_("number"),
    "money": N_("amount of money"),
    "choice": N_("one choice"),
    "many": N_("several choices"),
    "date": N_("day"),
    "file": N_("file"),
    "table": N_("table"),
    "team": N_("team"),
    "consent": N_("consent"),
}
FORM_FINDINGS: Mapping[str, str] = {
    "twice": N_("“{name}” is there twice."),
    "empty-section": N_("The section “{name}” has no question."),
    "languages": N_("The text lacks these languages: {missing}."),
    "all-hidden": N_("Blind reviewers see no answer: say anonymous = “shown” where they may."),
    "no-choices": N_("The choices are missing."),
    "choices": N_("A question of this kind has no choices: {kind}."),
    "unit": N_("There is no unit of money “{unit}”: known are {known}."),
    "no-unit": N_("A question of this kind has no unit: {kind}."),
    "no-limit": N_("A question of this kind has no limit: {kind}."),
    "limit": N_("“{value}” is not a valid limit for this kind of question: {kind}."),
    "least-above-most": N_("The least, {least}, is above the most, {most}."),
    "nothing": N_("A most of 0 allows no answer."),
    "too-long": N_("A text has at most {most} characters."),
    "few-choices": N_("At least {least} choices are asked for, but there are {count}."),
    "no-columns": N_("The columns are missing."),
    "columns": N_("A question of this kind has no columns: {kind}."),
    "unknown-section": N_("There is no section “{name}”."),
    "no-section": N_("The form has sections, but this question is in none."),
    "team-shown": N_("Blind reviewers would see who applies: a team stays hidden."),
    "consent-reused": N_("A consent is given anew each time: it cannot be reused."),
    "required-twice": N_("The question is always required: “required-if” has no effect."),
    "unknown-question": N_("There is no other question “{name}”."),
    "condition-on-file": N_("A condition cannot ask for the files of “{name}”."),
    "never": N_("The answer to “{name}” is never “{value}”."),
}
ANSWER_FINDINGS: Mapping[str, str] = {
    "missing": N_("An answer is missing."),
    "consent": N_("Your consent is missing."),
    "too-few": N_("{count} given, at least {least} are needed."),
    "too-many": N_("{count} given, at most {most} are allowed."),
    "not-a-choice": N_("“{value}” is not one of the choices any more: choose again."),
    "twice": N_("“{value}” is there twice."),
    "not-a-type": N_("“{name}” is not a file of these types: {types}."),
    "file-too-big": N_("“{name}” is larger than {megabytes} MB."),
    "file-empty": N_("“{name}” is empty."),
    "not-an-address": N_("“{value}” is not a valid e-mail address."),
    "not-number": N_("“{value}” is not a number: write it as 12 or 12.5."),
    "not-money": N_("“{value}” is not an amount in {unit}: write it as 1200 or 12.50."),
    "not-date": N_("“{value}” is not a valid date: write it as 2026-01-31."),
    "text-least": N_("The text has {value} characters, at least {least} are needed."),
    "text-most": N_("The text has {value} characters, at most {most} are allowed."),
    "value-least": N_("{value} is below the least, {least}."),
    "value-most": N_("{value} is above the most, {most}."),
}
DROPPED: Mapping[str, str] = {
    "question-removed": N_("The question was removed."),
    "kind-changed": N_("The question now asks for another kind of answer."),
    "unit-changed": N_("The amount is now asked for in another unit."),
    "choice-removed": N_("The choice was removed."),
    "column-removed": N_("The column was removed."),
}
REMOVED_LETTERS = N_("Letters that nobody sees were removed: {letters}.")


def describe_form_finding(finding: Finding, translate: Translate, language: str) -> str:
    """Returns the sentence of a finding of check_form."""
    values = dict(finding.values)
    if "kind" in values:
        values["kind"] = translate(KINDS[values["kind"]])
    return write_sentence(FORM_FINDINGS[finding.code], values, translate, language)


def describe_answer_finding(finding: AnswerFinding, translate: Translate, language: str) -> str:
    """Returns the sentence of a finding of check_answers. The page or the command says which question it is."""
    unit = str(finding.values.get("unit", ""))
    values = {
        name: write_limit(value, unit, language) if finding.code.startswith("value-") else value
        for name, value in finding.values.items()
    }
    return write_sentence(ANSWER_FINDINGS[finding.code], values, translate, language)


def write_limit(value: Any, unit: str, language: str) -> Any:
    """Returns an amount with its unit, a day or a number for readers."""
    if unit and parse_number(value):
        try:
            return write_amount(parse_amount(str(value), known_units()[unit]), known_units()[unit], language)
        except BadInput:  # above what the ledger counts
            return value
    return parse_day(value) or parse_number(value) or value


def describe_dropped(dropped: Dropped, translate: Translate) -> str:
    """Returns why an answer was not carried to a new edition."""
    return translate(DROPPED[dropped.reason])


def describe_removed(letters: tuple[str, ...], translate: Translate, language: str) -> str:
    """Returns the sentence about letters that read_answers removed from an answer."""
    return write_sentence(REMOVED_LETTERS, {"letters": letters}, translate, language)
