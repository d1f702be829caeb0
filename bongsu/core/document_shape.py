"""Converts a parsed document (TOML, YAML or JSON) to a typed value, and says in plain words what does not fit.

The shape is a msgspec Struct: its fields, their types and their limits. Left out: reading bytes into a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from bongsu.core.errors import N_, BadInput, BongsuError, unknown_name

Shape = TypeVar("Shape")

# What msgspec says, and what it means to whoever wrote the document; the first that matches counts.
_MESSAGES = (
    (r"Object missing required field `(?P<field>[^`]*)`", N_("“{field}” is missing.")),
    (r"Invalid value '?(?P<value>.*?)'?$", N_("“{value}” is not one of the allowed values.")),
    (r"Invalid enum value '?(?P<value>.*?)'?$", N_("“{value}” is not one of the allowed values.")),
    (r"Expected `(?P<wanted>[^`]*)`, got `(?P<got>[^`]*)`", N_("Expected {wanted}, found {got}.")),
)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<field>[^`]*)`")
_PATH = re.compile(r" - at `(?:key in )?\$\.?(?P<path>[^`]*)`$")
_TYPES = {
    "str": N_("a text"),
    "int": N_("a whole number"),
    "float": N_("a number"),
    "int | float": N_("a number"),
    "bool": N_("true or false"),
    "array": N_("a list"),
    "object": N_("a table"),
    "null": N_("nothing"),
}


def convert_document(document: object, shape: type[Shape], where: str) -> Shape:
    """Returns `document` as a `shape`. Raises BadInput, or UnknownName for a field that the shape does not have."""
    try:
        return msgspec.convert(document, shape)
    except msgspec.ValidationError as error:
        raise _explain(str(error), shape, where) from None


def _explain(text: str, shape: type[Any], where: str) -> BongsuError:
    path = _PATH.search(text)
    said = text[: path.start()] if path else text
    place = f"{where}, {path['path']}" if path and path["path"] else where
    if unknown := _UNKNOWN.match(said):
        return unknown_name(N_("field"), unknown["field"], set(_list_fields(shape)), where=place)
    for pattern, message in _MESSAGES:
        if found := re.match(pattern, said):
            values = {name: _TYPES.get(value, value) for name, value in found.groupdict().items()}
            return BadInput(message, where=place, **values)
    return BadInput(N_("The document does not fit: {reason}."), where=place, reason=said)


def _list_fields(shape: type[Any]) -> Iterator[str]:
    """Yields the names of all fields of a Struct and of the Structs in it."""
    types = [msgspec.inspect.type_info(shape)]
    while types:
        one = types.pop()
        if isinstance(one, msgspec.inspect.StructType):
            yield from (field.encode_name for field in one.fields)
            types.extend(field.type for field in one.fields)
        for inner in ("item_type", "value_type"):
            if hasattr(one, inner):
                types.append(getattr(one, inner))
        types.extend(getattr(one, "types", ()))
