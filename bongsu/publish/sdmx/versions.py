"""Matches version patterns of SDMX-REST: 1.0.0, 1.2+.0, ~, +, *.

`*` is all, `~` the latest, `+` the latest stable one. An operator after a number makes that number a minimum; the
numbers before it are fixed. A version without an extension is stable, including one of two parts, which code lists
have used for twenty years.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bongsu.core.errors import N_, BadInput

_PART = re.compile(r"([0-9]*)([*+~]?)")
_EXACT = re.compile(r"[0-9]+(\.[0-9]+){0,2}(-[A-Za-z0-9.-]+)?")


def match_versions(patterns: Iterable[str], available: Sequence[str]) -> list[str]:
    """Returns the available versions that match a pattern, oldest first. Raises BadInput for an invalid pattern."""
    matches = {version for pattern in patterns for version in _match_pattern(pattern, available)}
    return sorted(matches, key=version_sort_key)


def version_sort_key(version: str) -> tuple[tuple[int, ...], bool, str]:
    """The sort key of a version: by its numbers; an extension (pre-release) sorts before its version."""
    numbers, _, extension = version.partition("-")
    return tuple(int(part) for part in numbers.split(".")), not extension, extension


def _match_pattern(pattern: str, available: Sequence[str]) -> list[str]:
    if _EXACT.fullmatch(pattern):
        return [version for version in available if version == pattern]
    fixed, least, operator, length = ((), (), pattern, 0) if pattern in ("*", "+", "~") else _parse_pattern(pattern)
    matching = []
    for version in sorted(available, key=version_sort_key):
        numbers, stable, _ = version_sort_key(version)
        size = len(fixed)
        fits = not length or (len(numbers) == length and numbers[:size] == fixed and numbers[size:] >= least)
        if fits and (stable or operator != "+"):
            matching.append(version)
    return matching if operator == "*" else matching[-1:]


def _parse_pattern(pattern: str) -> tuple[tuple[int, ...], tuple[int, ...], str, int]:
    parts = [_PART.fullmatch(part) for part in pattern.split(".")]
    operators = [part.group(2) for part in parts if part and part.group(2)]
    whole = all(part and part.group(0) for part in parts)
    if not (whole and len(parts) <= 3 and len(operators) == 1 and len(pattern) < 40):
        raise BadInput(
            N_("“{version}” is not a valid version."),
            where="version",
            fix=N_("Write 1.0.0, 1.0+.0, + for the latest stable, ~ for the latest, * for all."),
            version=pattern[:40],
        )
    numbers = tuple(int(part.group(1) or 0) for part in parts if part)
    at = next(index for index, part in enumerate(parts) if part and part.group(2))
    return numbers[:at], numbers[at:], operators[0], len(parts)
