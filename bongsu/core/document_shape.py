"""Converts a parsed document (TOML, YAML or JSON) to a typed value; an error names the field and says what it must be.

The shape is a msgspec Struct or another annotated type: its fields, their types and their limits. A limit may carry its own
message (`limit`). Left out: reading bytes into a document, and what several fields say together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeVar, overload

import msgspec
from msgspec import inspect

from bongsu.core.errors import N_, BadInput, BongsuError, unknown_name

Shape = TypeVar("Shape")
Step = str | int

_MAX = 1.7976931348623157e308  # the largest float: what is above it is infinite
MAX_CHOICES = 12  # choices listed in an error
ANY_KEY = "..."  # what msgspec writes for a key of a dict: it does not say which one
_PATH = re.compile(r" - at `(?P<key>key` in `)?\$(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.(?P<name>[^.\[]+)|\[(?P<index>[0-9]+)\]|\[(?P<any>\.\.\.)\]")
_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]*)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<field>[^`]*)`")
_CHOICE = re.compile(r"Invalid (enum )?value '?(?P<value>.*?)'?$", re.DOTALL)
# What msgspec says, and what it means to whoever wrote the document; the first that matches counts.
_MESSAGES: tuple[tuple[str, ...], ...] = (
    (r"Invalid RFC3339|Expected `date", N_("“{value}” is not a valid date."), N_("Write it as 2026-01-31.")),
    (r"(Number|Integer value) out of range", N_("“{name}” must be a finite number.")),
    (r"Expected `(str|array|object)` of length >= 1$", N_("“{name}” must not be empty.")),
    (r"Expected `(int|float)` >= (?P<limit>\S+)$", N_("“{name}” must be at least {limit}, not {value}.")),
    (r"Expected `(int|float)` <= (?P<limit>\S+)$", N_("“{name}” must be at most {limit}, not {value}.")),
    (r"Expected `(int|float)` > (?P<limit>\S+)$", N_("“{name}” must be above {limit}, not {value}.")),
    (r"Expected `(int|float)` < (?P<limit>\S+)$", N_("“{name}” must be below {limit}, not {value}.")),
    (r"Expected `str( \| null)?`, ", N_("“{name}” must be a text.")),
    (r"Expected `int( \| null)?`, ", N_("“{name}” must be a whole number.")),
    (r"Expected `(int \| )?float( \| null)?`, ", N_("“{name}” must be a number.")),
    (r"Expected `(int \| )?(float \| str|str \| float)( \| null)?`, ", N_("“{name}” must be a number or a text.")),
    (r"Expected `bool( \| null)?`, ", N_("“{name}” must be true or false.")),
    (r"Expected `array( \| null)?`, ", N_("“{name}” must be a list.")),
    (r"Expected `object( \| null)?`, ", N_("“{name}” must be a table.")),
    (r"Expected `str \| array \| object`, ", N_("“{name}” must be a text, a list or a table.")),
    (r"Expected `(str \| array|array \| str)`, ", N_("“{name}” must be a text or a list.")),
    (r"Expected `(str \| object|object \| str)`, ", N_("“{name}” must be a text or a table.")),
)


def limit(message: str = "", fix: str = "", **limits: Any) -> msgspec.Meta:
    """Returns limits of a type with the message for a value outside them. The message may show {value} and {name}."""
    return msgspec.Meta(**limits, extra={"message": message, "fix": fix})


FilledText = Annotated[str, limit(N_("“{name}” must not be empty."), pattern=r"\S")]
FiniteNumber = Annotated[float, limit(ge=-_MAX, le=_MAX)]
WholeNumber = Annotated[int, limit(ge=0)]
TextList = FilledText | list[FilledText]  # one text counts as a list
PositiveNumber = Annotated[float, limit(ge=0, le=_MAX)]


@overload
def convert_document(document: object, shape: type[Shape], where: str = "", path: str = "") -> Shape: ...


@overload
def convert_document(document: object, shape: Any, where: str = "", path: str = "") -> Any: ...


def convert_document(document: object, shape: Any, where: str = "", path: str = "") -> Any:
    """Returns `document` as a `shape`. Errors show `where`, the file, and the path of the field, which starts with `path`.

    Raises BadInput, or UnknownName for a field or a value that the shape does not have.
    """
    try:
        return msgspec.convert(document, shape)
    except msgspec.ValidationError as error:
        raise _explain(str(error), document, shape, where, path) from None


def list_texts(texts: str | list[str]) -> tuple[str, ...]:
    """Returns the texts of a TextList."""
    return (texts,) if isinstance(texts, str) else tuple(texts)


def join_place(where: str, path: str) -> str:
    """Returns the place of a field in an error: the file, a comma, the path; or the one of them that is known."""
    return f"{where}, {path}" if where and path else where or path


def _explain(text: str, document: object, shape: Any, where: str, prefix: str) -> BongsuError:
    found = _PATH.search(text)
    said, of_key = (text[: found.start()], bool(found["key"])) if found else (text, False)
    steps = _name_keys(document, shape, text, [*_parse_steps(found["path"]), *[ANY_KEY] * of_key] if found else [])
    value: object = steps.pop() if of_key else _value_at(document, steps)
    types = _types_at(shape, steps, of_key)

    def place(*more: Step) -> str:
        return join_place(where, _write_path(prefix, [*steps, *more]))

    if unknown := _UNKNOWN.match(said):
        return unknown_name(N_("field"), unknown["field"], _list_fields(types), where=place(unknown["field"]))
    if missing := _MISSING.match(said):
        return BadInput(N_("The field “{name}” is missing."), where=place(missing["field"]), name=missing["field"])
    if (choice := _CHOICE.match(said)) and (known := _list_choices(types)):
        return _unknown_choice(choice["value"], known, place())
    named = next(
        (each for each in types if isinstance(each, inspect.Metadata) and (each.extra or {}).get("message")), None
    )
    path, of_type = _write_path(prefix, steps), ", got `" in said
    values = {"name": _write_name(prefix, steps), "value": str(value)[:200]}
    if isinstance(value, float) and value - value != 0:
        return BadInput(N_("“{name}” must be a finite number."), where=place(), **values)
    if named and named.extra and not of_type:
        return BadInput(named.extra["message"], where=place(), fix=named.extra["fix"], **values)
    if not path:
        return BadInput(N_("A table of fields is expected here."), where=where)
    for pattern, message, *fix in _MESSAGES:
        if match := re.match(pattern, said):
            limits = {key: f"{float(bound):g}" for key, bound in match.groupdict().items()}
            return BadInput(message, where=place(), fix="".join(fix), **values, **limits)
    return BadInput(N_("“{name}” does not fit: {reason}."), where=place(), **values, reason=said)


def _unknown_choice(value: str, known: list[str], where: str) -> BongsuError:
    """Returns the error for a value that is not a choice; its fix has the nearest choice and all of them."""
    error = unknown_name(N_("value"), value, known, where=where)
    if error.values["near"] and len(known) <= MAX_CHOICES:
        error.fix = N_("Did you mean {near}? Known: {known}.")
        error.values["known"] = ", ".join(known)
    return error


def _parse_steps(path: str) -> list[Step]:
    return [int(step["index"]) if step["index"] else step["name"] or ANY_KEY for step in _STEP.finditer(path)]


def _write_path(prefix: str, steps: list[Step]) -> str:
    return (prefix + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)).removeprefix(".")


def _write_name(prefix: str, steps: list[Step]) -> str:
    """Returns the last name of a path, with the places in its list, as in “links[0]”."""
    names = [number for number, step in enumerate(steps) if isinstance(step, str)]
    return _write_path("", steps[names[-1] :]) if names else _write_path(prefix.rpartition(".")[2], steps)


def _name_keys(document: object, shape: Any, text: str, steps: list[Step]) -> list[Step]:
    """Returns the steps with the keys that msgspec does not name: the first key that alone causes the same error."""
    named: list[Step] = []
    for step in steps:
        if step == ANY_KEY:
            inner = _value_at(document, named)
            keys = inner if isinstance(inner, Mapping) else ()
            step = next((key for key in keys if _causes(document, shape, text, named, key)), ANY_KEY)
        named.append(step)
    return named


def _causes(document: object, shape: Any, text: str, steps: list[Step], key: str) -> bool:
    try:
        msgspec.convert(_keep_only(document, steps, key), shape)
    except msgspec.ValidationError as error:
        return str(error) == text
    return False


def _keep_only(document: Any, steps: list[Step], key: str) -> Any:
    """Returns the document with a single key in the table at `steps`."""
    if not steps:
        return {key: document[key]}
    inner = _keep_only(document[steps[0]], steps[1:], key)
    if isinstance(document, Mapping):
        return {**document, steps[0]: inner}
    return [inner if number == steps[0] else item for number, item in enumerate(document)]


def _value_at(document: Any, steps: list[Step]) -> Any:
    for step in steps:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def _types_at(shape: Any, steps: list[Step], of_key: bool) -> list[inspect.Type]:
    """Returns the types that the shape allows at `steps`; with `of_key`, the types of the keys of the table there."""
    types = list(_alternatives(inspect.type_info(shape)))
    for step in steps:
        types = [inner for one in types for inner in _inner_types(one, step)]
    if of_key:
        types = [inner for one in types if isinstance(one, inspect.DictType) for inner in _alternatives(one.key_type)]
    return types


def _alternatives(one: inspect.Type) -> Iterator[inspect.Type]:
    """Yields the type, the members of a union, and the type inside limits."""
    yield one
    for inner in one.types if isinstance(one, inspect.UnionType) else ():
        yield from _alternatives(inner)
    if isinstance(one, inspect.Metadata):
        yield from _alternatives(one.type)


def _inner_types(one: inspect.Type, step: Step) -> Iterator[inspect.Type]:
    if isinstance(one, inspect.StructType | inspect.DataclassType):
        for field in one.fields:
            if field.encode_name == step:
                yield from _alternatives(field.type)
        if isinstance(one, inspect.StructType) and one.tag_field == step:
            yield inspect.LiteralType((one.tag,))
    elif isinstance(one, inspect.DictType):
        yield from _alternatives(one.value_type)
    elif isinstance(one, inspect.ListType | inspect.VarTupleType):
        yield from _alternatives(one.item_type)


def _list_fields(types: list[inspect.Type]) -> list[str]:
    tables = [one for one in types if isinstance(one, inspect.StructType)]
    names = [field.encode_name for one in tables for field in one.fields]
    return sorted({*names, *(one.tag_field for one in tables if one.tag_field)})


def _list_choices(types: list[inspect.Type]) -> list[str]:
    found: list[str] = []
    for one in types:
        if isinstance(one, inspect.EnumType):
            found += [str(member.value) for member in one.cls]
        elif isinstance(one, inspect.LiteralType):
            found += [str(value) for value in one.values]
    return found
