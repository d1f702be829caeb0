"""The file of the rules (bongsu.rules/1): each is a condition that an application meets, does not meet, or not yet.

A condition compares one field with a value, or is `all`, `any` or `not` of conditions, at most three inside each other.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from bongsu.core.document_shape import FilledText, convert_document, join_place, limit
from bongsu.core.errors import N_, BadInput
from bongsu.core.text_files import parse_toml
from bongsu.incubator.texts import Key, OfficerTexts, refuse_deep

FORMAT = "bongsu.rules/1"
DEEPEST_FILE = 14  # tables and lists inside each other; three conditions inside each other need 9
DEEPEST = 3  # of all, any and not

Operation = Literal[
    "is", "in", "not-in", "<=", ">=", "between", "has-file", "age-days", "count", "sum", "registered-in"
]
When = Literal["submit", "screening"]
Scalar = bool | int | str
Value = (
    bool
    | int
    | str
    | Annotated[tuple[int | str, ...], limit(N_("“{name}” has more than 300 entries."), max_length=300)]
)


class Struct(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A table of the file; a field that it does not know is refused."""


class Condition(Struct, frozen=True, kw_only=True):
    """A comparison (`field`, `op`, `value`), or one of `all`, `any`, `not`."""

    field: FilledText | None = None
    op: Operation | None = None
    value: Value | None = None
    all_of: tuple[Condition, ...] | None = msgspec.field(default=None, name="all")
    any_of: tuple[Condition, ...] | None = msgspec.field(default=None, name="any")
    none_of: Condition | None = msgspec.field(default=None, name="not")


class Rule(Condition, frozen=True, kw_only=True):
    """A rule: its condition, when it is looked at, what follows if it is not met or unknown, and the reason to show."""

    id: Key
    when: When
    kind: Literal["knock-out", "warn", "note"]
    unknown: Literal["stop", "ask"] = "ask"
    reason: OfficerTexts
    source: str = ""


class Rules(Struct, frozen=True, kw_only=True):
    """The whole file."""

    format: Literal["bongsu.rules/1"]
    rule: Annotated[tuple[Rule, ...], limit(N_("There are more than 200 rules."), max_length=200)] = ()


def parse_rules(text: str, where: str = "") -> Rules:
    """Returns the rules of a file's text. Raises BadInput with the field, or the line of what is not TOML."""
    return read_rules(parse_toml(text, where), where)


def read_rules(document: object, where: str = "") -> Rules:
    """Returns the rules of a parsed file. Raises BadInput with the field."""
    refuse_deep(document, where, DEEPEST_FILE)
    rules = convert_document(document, Rules, where)
    for number, rule in enumerate(rules.rule):
        _check_form(rule, where, f"rule[{number}]", 0)
    return rules


def _check_form(condition: Condition, where: str, path: str, depth: int) -> None:
    """Raises BadInput if a condition is neither a comparison nor exactly one of all, any and not, or is too deep."""
    inner = list_inner(condition)
    forms = [condition.field is not None, *(part is not None for part in _parts(condition))]
    if sum(forms) != 1 or (condition.field is None) != (condition.op is None):
        raise BadInput(
            N_("A condition has “field” and “op”, or one of “all”, “any” and “not”."), where=join_place(where, path)
        )
    if condition.field is None and condition.value is not None:
        raise BadInput(N_("“value” needs “field” and “op”."), where=join_place(where, f"{path}.value"))
    if condition.field is None and not inner:
        raise BadInput(N_("“{name}” must not be empty."), where=join_place(where, path), name=path)
    if inner and depth == DEEPEST:
        raise BadInput(
            N_("“all”, “any” and “not” stand inside each other at most {most} times."),
            where=join_place(where, path),
            most=DEEPEST,
        )
    for place, part in inner:
        _check_form(part, where, f"{path}.{place}", depth + 1)


def _parts(condition: Condition) -> tuple[object, ...]:
    return condition.all_of, condition.any_of, condition.none_of


def list_inner(condition: Condition) -> list[tuple[str, Condition]]:
    """Returns the conditions inside a condition, each with its place: all[0], any[1], not."""
    found = [(f"all[{number}]", part) for number, part in enumerate(condition.all_of or ())]
    found += [(f"any[{number}]", part) for number, part in enumerate(condition.any_of or ())]
    return found + ([("not", condition.none_of)] if condition.none_of else [])


def list_comparisons(condition: Condition, path: str = "") -> list[tuple[str, Condition]]:
    """Returns the comparisons of a condition, each with its place in the file."""
    inner = [(f"{path}.{place}", part) for place, part in list_inner(condition)]
    return [one for place, part in inner for one in list_comparisons(part, place)] if inner else [(path, condition)]
