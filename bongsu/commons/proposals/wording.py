"""The fields and values of an entry in words, for the pages that compare two versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext

from bongsu.commons.display_names import NAMED_CRITERIA, RELATION_NAMES, claim_value_names, value_name
from bongsu.commons.entries.entry_reader import CLAIM_KINDS
from bongsu.commons.openness.frameworks import FRAMEWORK_NAMES
from bongsu.commons.openness.questionnaires import QUESTIONNAIRES
from bongsu.commons.proposals.reviewing import Comparison
from bongsu.core.errors import N_
from bongsu.core.languages import LANGUAGES

_PARTS = {
    "name": N_("Name"),
    "description": N_("Description"),
    "link": N_("Link"),
    "identifier": N_("Identifier"),
    "evidence": N_("Evidence"),
    "kind": N_("Kind"),
}


class ChangeRow(NamedTuple):
    """A changed field in words: its name in documents, its title, and the lines before and after."""

    field: str
    title: str
    before: Sequence[str]
    after: Sequence[str]


class ConflictRow(NamedTuple):
    """A conflict in words: the field, its title, and its lines when the correction began, now, and as proposed."""

    field: str
    title: str
    base: Sequence[str]
    current: Sequence[str]
    proposed: Sequence[str]


def describe_changes(compared: Comparison, language: str) -> list[ChangeRow]:
    """Returns what a proposal changes; of a new entry, all that it says."""
    return [
        ChangeRow(
            field, field_title(field, language), field_lines(field, old, language), field_lines(field, new, language)
        )
        for field, old, new in compared.changes
    ]


def describe_conflicts(compared: Comparison, language: str) -> list[ConflictRow]:
    """Returns the fields that were changed otherwise since the correction began."""
    return [
        ConflictRow(
            one.field,
            field_title(one.field, language),
            *(field_lines(one.field, value, language) for value in (one.base, one.ours, one.theirs)),
        )
        for one in compared.conflicts
    ]


def field_title(field: str, language: str) -> str:
    """Returns the title of a field of an entry (commons/entries/entry_merge.py)."""
    part, _, name = field.partition("/")
    match part:
        case "claim" if name in CLAIM_KINDS:
            return CLAIM_KINDS[name].title.to(language)
        case "record" if name in FRAMEWORK_NAMES:
            return FRAMEWORK_NAMES[name].to(language)
        case "name" | "description":
            shown = LANGUAGES[name].name if name in LANGUAGES else name
            return f"{gettext(_PARTS[part])} ({shown})"
        case _:
            return gettext(_PARTS[part]) if part in _PARTS else field


def field_lines(field: str, value: Any, language: str) -> list[str]:
    """Returns the lines of a field's value; none if it is missing."""
    if value is None:
        return []
    part, _, name = field.partition("/")
    match part:
        case "kind":
            return [value_name("kind", str(value), language)]
        case "link":
            return [f"{RELATION_NAMES[value['rel']].to(language)}: {value['href']}"]
        case "evidence":
            return [_evidence_line(value)]
        case "claim":
            lines = [_components_line(value["value"])] if isinstance(value["value"], Mapping) else []
            lines = lines or [", ".join(claim_value_names(name, value["value"], language))]
            return lines + [f"↳ {_evidence_line(item)}" for item in value["evidence"]]
        case "record":
            return _answer_lines(name, value, language) or [gettext(N_("answers in the framework’s own form"))]
        case _:
            return [str(value)]


def _answer_lines(framework: str, record: Mapping[str, Any], language: str) -> list[str]:
    """Returns a line for each question that a record answers."""
    lines = []
    for one in QUESTIONNAIRES[framework].questions if framework in QUESTIONNAIRES else ():
        if answer := one.read_answer(record):
            shown = one.choices[answer].to(language) if one.choices else answer
            criterion = NAMED_CRITERIA[framework, one.criterion].name.to(language)
            lines.append(f"{criterion} – {one.title.to(language)} {shown}")
    return lines


def _evidence_line(item: Mapping[str, str]) -> str:
    return f"{item['shows']} ({item['address']}, {item['accessed']})"


def _components_line(components: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {licence or '—'}" for name, licence in components.items())
