"""Reads a YAML or JSON file that a stranger wrote: bounded in size, depth and aliases, and with no types but plain ones.

YAML as in version 1.2: `no` is a word (and Norwegian a language), and a date stays the text it is. A file that grows
when it is read (aliases of aliases) is refused before it grows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

from bongsu.core.errors import N_, BadInput

MAX_DOCUMENT_BYTES = 16 * 1024 * 1024  # bytes of one YAML document
MAX_JSON_BYTES = (
    128 * 1024 * 1024
)  # a list of a hundred thousand records is one document, and cannot grow when it is read
MAX_DEPTH = 64  # levels of nesting
MAX_ALIASES = 100

_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is an accelerator, not a need
_PLAIN_TAGS = {"tag:yaml.org,2002:null", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"}


class _Loader(_BASE):  # type: ignore[misc]
    """Resolves null, numbers and true or false; all else is text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in _PLAIN_TAGS]
    for first, resolvers in _BASE.yaml_implicit_resolvers.items()
}
for _first in "tTfF":
    _Loader.yaml_implicit_resolvers[_first] = [
        ("tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"))
    ]


def parse_document(data: bytes, where: str) -> Any:
    """The document in `data` (UTF-8; JSON where it begins with a bracket, else YAML). Raises BadInput with the place."""
    is_json = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
    limit = MAX_JSON_BYTES if is_json else MAX_DOCUMENT_BYTES
    if len(data) > limit:
        raise BadInput(N_("The file is larger than {limit} bytes."), where=where, limit=limit)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise BadInput(N_("The file is not UTF-8 at byte {at}."), where=where, at=wrong.start) from None
    return parse_json(text, where) if is_json else parse_yaml(text, where)


def parse_json(text: str, where: str) -> Any:
    """The JSON document in `text`. Raises BadInput with line and column."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as wrong:
        place = f"{where}, line {wrong.lineno}, column {wrong.colno}"
        raise BadInput(N_("The JSON cannot be read: {reason}."), where=place, reason=wrong.msg) from None
    except RecursionError:
        raise BadInput(N_("The file is nested deeper than {limit} levels."), where=where, limit=MAX_DEPTH) from None


def parse_yaml(text: str, where: str) -> Any:
    """The YAML document in `text`. Raises BadInput with line and column."""
    try:
        if "*" in text or text.count("[") + text.count("{") > MAX_DEPTH:
            _refuse_bombs(text, where)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 (a safe loader with fewer types)
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        place = f"{where}, line {mark.line + 1}, column {mark.column + 1}" if mark else where
        raise BadInput(N_("The YAML cannot be read: {reason}."), where=place, reason=wrong.problem or wrong) from None
    except (yaml.YAMLError, ValueError) as wrong:
        raise BadInput(N_("The YAML cannot be read: {reason}."), where=where, reason=wrong) from None
    except RecursionError:
        raise BadInput(N_("The file is nested deeper than {limit} levels."), where=where, limit=MAX_DEPTH) from None


def _refuse_bombs(text: str, where: str) -> None:
    """Reads events, which do not grow, and counts what would."""
    depth = aliases = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        aliases += isinstance(event, yaml.AliasEvent)
        if depth > MAX_DEPTH or aliases > MAX_ALIASES:
            place = f"{where}, line {event.start_mark.line + 1 if event.start_mark else 0}"
            raise BadInput(
                N_("The YAML has more than {aliases} aliases, or is nested deeper than {limit} levels."),
                where=place,
                aliases=MAX_ALIASES,
                limit=MAX_DEPTH,
            )


def scalar_text(value: object) -> str:
    """A scalar as one line of text; "" for nothing and for what is no scalar."""
    if value is None or isinstance(value, Mapping | list):
        return ""
    return " ".join(str(value).split())
