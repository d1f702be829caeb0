"""Parses conditions, for every option `--where` and every `where` of the scores of a question.

    conditions = condition { ";" condition } [ ";" ]
    condition  = name operator value { "," value }
    name       = a letter or "_", then letters, digits, "_", "-" and "."
    operator   = "=" | ">=" | "<="
    value      = text without  , ; " = < >    or    '"' any text '"', in which "" means "

    REF_AREA=KOR,FRA; TIME_PERIOD>=2024          licence="CC-BY-4.0; MIT"

Conditions on different names are combined with AND; values of the same name, also in repeated conditions, with OR. Spaces
around every part are ignored. Text that does not follow the grammar is an error, which gives the position. The caller checks
the names and values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bongsu.core.errors import N_, BadInput

_SPACE = re.compile(r"\s*")
_NAME = re.compile(r"[^\W\d][\w.-]*")
_OPERATOR = re.compile(r"[<>]=|=(?!=)")
_VALUE = re.compile(r'"((?:[^"]|"")*)"|[^,;"=<>]*[^,;"=<>\s]')


@dataclass(frozen=True)
class WhereCondition:
    """A condition: a name, "=", ">=" or "<=", and one or more values. `text` is the original text, for error messages."""

    name: str
    operator: str
    values: tuple[str, ...]
    text: str


def parse_where(texts: Iterable[str]) -> tuple[WhereCondition, ...]:
    """Parses texts of conditions. Raises BadInput with the position of the first character that does not fit the grammar."""
    return tuple(condition for text in texts for condition in _parse_conditions(text))


def starts_condition(text: str) -> bool:
    """Returns whether `text` begins with a name and an operator, and so is a condition, even an invalid one."""
    name = _NAME.match(text.lstrip())
    return bool(name and re.match(r"\s*[<>!=~]*=", text.lstrip()[name.end() :]))


def group_values(conditions: Iterable[WhereCondition]) -> dict[str, list[str]]:
    """Returns the values of each name. Raises BadInput for an operator other than "="."""
    values: dict[str, list[str]] = {}
    for condition in conditions:
        if condition.operator != "=":
            raise BadInput(
                N_("“{condition}” uses {operator}, but only = is allowed here."),
                fix=N_("List the codes: {name}=CODE,CODE."),
                condition=condition.text,
                operator=condition.operator,
                name=condition.name,
            )
        values.setdefault(condition.name, []).extend(condition.values)
    return values


def _parse_conditions(text: str) -> Iterator[WhereCondition]:
    at = _skip_space(text, 0)
    while True:
        start = at
        name, at = _match(_NAME, text, at, N_("a name is missing"))
        operator, at = _match(_OPERATOR, text, at, N_("=, >= or <= is missing"))
        values = []
        while True:
            value, at = _match(_VALUE, text, at, N_("a code is missing"))
            values.append(value)
            if text[at : at + 1] != ",":
                break
            at = _skip_space(text, at + 1)
        if text[at : at + 1] not in ("", ";"):
            raise _not_valid(text, at, N_("“,” or “;” is missing"))
        yield WhereCondition(name, operator, tuple(values), text[start:at].strip())
        at = _skip_space(text, at + 1)
        if at >= len(text):
            return


def _match(pattern: re.Pattern[str], text: str, at: int, reason: str) -> tuple[str, int]:
    """Returns the matched text, and the position after it and the spaces that follow."""
    found = pattern.match(text, at)
    if not found:
        raise _not_valid(text, at, reason)
    quoted = found[1] if pattern is _VALUE else None
    part = found[0] if quoted is None else quoted.replace('""', '"')
    return part, _skip_space(text, found.end())


def _skip_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _not_valid(text: str, at: int, reason: str) -> BadInput:
    return BadInput(
        N_("“{condition}” is not a valid condition: {reason} at character {position}."),
        fix=N_("Write DIMENSION=CODE, as in REF_AREA=KOR,FRA; TIME_PERIOD>=2024."),
        condition=text,
        reason=reason,
        position=at + 1,
    )
