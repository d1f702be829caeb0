"""Parses SDMX keys and component filters of an address.

A key has one part per dimension, separated by dots; a part is `*` (or nothing) for all, or codes joined by `+`. A filter
`c[REF_AREA]=KOR,FRA` has alternatives separated by commas; `+` joins the conditions of an alternative (AND). Commas and plus
signs cannot be escaped in the standard, so values that contain them cannot be matched by equality; use `co:` (contains).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bongsu.core.errors import N_, BadInput

OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge", "co", "nc", "sw", "ew")
_OPERATOR = re.compile(rf"({'|'.join(OPERATORS)}):(.*)", re.DOTALL)
_AND = re.compile(r"\+(?![0-9][0-9]:[0-9][0-9](?:\Z|[+,]))")  # but not at the UTC offset of a time: ...T10:00:00+09:00
_COMPONENT = re.compile(r"c\[([A-Za-z][A-Za-z0-9_@$-]*)\]")
# Each alternative becomes a term of the SQL query; the limit keeps the query small.
MAX_ALTERNATIVES = 200

# One entry per dimension: its allowed codes; empty for all.
Key = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Condition:
    """One comparison: an operator of the standard and the text to compare with."""

    operator: str
    value: str


@dataclass(frozen=True)
class Filter:
    """A filter of one component: alternatives (OR), each a set of conditions (AND)."""

    component: str
    alternatives: tuple[tuple[Condition, ...], ...]

    @property
    def codes(self) -> tuple[str, ...] | None:
        """The codes if the filter is a plain list of codes; else None."""
        simple = [group[0].value for group in self.alternatives if len(group) == 1 and group[0].operator == "eq"]
        return tuple(simple) if len(simple) == len(self.alternatives) else None


def parse_keys(text: str) -> tuple[Key, ...]:
    """Parses keys separated by commas; returns () if the text selects everything. Raises BadInput for an invalid key."""
    if text in ("", "*", "all"):
        return ()
    keys = []
    for key in text.split(","):
        parts = []
        for part in key.split("."):
            codes = () if part in ("", "*") else tuple(part.split("+"))
            if any(code in ("", "*") for code in codes):
                raise BadInput(
                    N_("“{key}” is not a valid key: a part is a code, codes joined by +, or * for all."),
                    where="key",
                    fix=N_("Write it as A.*.B+C."),
                    key=_short(key),
                )
            parts.append(codes)
        keys.append(tuple(parts))
    if len({tuple(map(bool, key)) for key in keys}) + sum(any(len(p) > 1 for p in k) for k in keys) > MAX_ALTERNATIVES:
        raise _too_many("key")
    return tuple(keys)


def parse_component(name: str) -> str | None:
    """Returns the component of a parameter c[COMPONENT]; None for any other parameter."""
    match = _COMPONENT.fullmatch(name)
    return match.group(1) if match else None


def parse_filter(component: str, text: str) -> Filter:
    """Parses `c[component]=text`. Raises BadInput if a condition has no value."""
    alternatives = tuple(
        tuple(_condition(component, term) for term in _AND.split(alternative)) for alternative in text.split(",")
    )
    read = Filter(component, alternatives)
    if read.codes is None and sum(len(group) for group in alternatives) > MAX_ALTERNATIVES:
        raise _too_many(f"c[{component}]")
    return read


def _condition(component: str, term: str) -> Condition:
    match = _OPERATOR.fullmatch(term)
    operator, value = match.groups() if match else ("eq", term)
    if not value:
        raise BadInput(
            N_("A condition has no value."),
            where=f"c[{component}]",
            fix=N_("Write c[REF_AREA]=KOR,FRA or c[TIME_PERIOD]=ge:2024+le:2030."),
        )
    return Condition(operator, value)


def _too_many(where: str) -> BadInput:
    return BadInput(
        N_("More than {most} alternatives in one request."),
        where=where,
        fix=N_("Split the request into several."),
        most=MAX_ALTERNATIVES,
    )


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}..."
