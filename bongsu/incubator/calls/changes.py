"""What an edition of a call changes: field by field, before and after, as the public page shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec


class Change(NamedTuple):
    """A field that differs, named as in the file, with both values; None where the field is missing."""

    field: str
    before: Any
    after: Any


def list_changes(before: msgspec.Struct, after: msgspec.Struct) -> list[Change]:
    """Returns the fields that differ between two versions of a file, in the order of the file.

    Rows of a table with keys are compared by key, so that a row put in between changes no other row.
    """
    return list(_compare("", msgspec.to_builtins(before), msgspec.to_builtins(after)))


def _compare(path: str, before: Any, after: Any) -> Iterator[Change]:
    one, other = _name_parts(before), _name_parts(after)
    if one is None or other is None:
        if before != after:
            yield Change(path, before, after)
        return
    for name in [*one, *(each for each in other if each not in one)]:
        place = name if not path else f"{path}{name}" if name.startswith("[") else f"{path}.{name}"
        yield from _compare(place, one.get(name), other.get(name))


def _name_parts(value: Any) -> Mapping[str, Any] | None:
    if isinstance(value, Mapping):
        return value
    if isinstance(value, list | tuple) and value and all(isinstance(one, Mapping) for one in value):
        keys = [one.get("key") or one.get("id") for one in value]
        named = all(keys) and len(set(keys)) == len(keys)
        return {f"[{key if named else at}]": one for at, (key, one) in enumerate(zip(keys, value, strict=True))}
    return None
