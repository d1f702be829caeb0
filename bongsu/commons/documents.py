"""Reads an untrusted YAML or JSON file, with limits on size, nesting and aliases, and with plain types only.

YAML is read as version 1.2: `no` is a string (the language tag of Norwegian), and a date stays a string. A file that would grow
when it is read (nested aliases) is refused first.
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from bongsu.core.errors import N_, BadInput

MAX_DOCUMENT_BYTES = 16 * 1024 * 1024  # bytes of one YAML document
MAX_JSON_BYTES = (
    128 * 1024 * 1024
)  # larger than for YAML, because a list of 100,000 records is one document and JSON does not grow when it is read
MAX_DEPTH = 64  # levels of nesting
MAX_ALIASES = 100

_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is faster but optional
_PLAIN_TAGS = {"tag:yaml.org,2002:null", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"}


class _Loader(_BASE):  # type: ignore[misc]
    """A YAML loader that resolves only null, numbers, true and false; every other scalar is a string."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in _PLAIN_TAGS]
    for first, resolvers in _BASE.yaml_implicit_resolvers.items()
}
for _first in "tTfF":
    _Loader.yaml_implicit_resolvers[_first] = [
        ("tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"))
    ]


def parse_document(data: bytes, where: str) -> Any:
    """Parses `data` (UTF-8), as JSON if it begins with a bracket, else as YAML. Raises BadInput with the place."""
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
    """Parses a JSON document. Raises BadInput with line and column."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as wrong:
        place = f"{where}, line {wrong.lineno}, column {wrong.colno}"
        raise BadInput(N_("The JSON cannot be read: {reason}."), where=place, reason=wrong.msg) from None
    except ValueError as wrong:  # a whole number of more digits than Python reads
        raise BadInput(N_("The JSON cannot be read: {reason}."), where=where, reason=wrong) from None
    except RecursionError:
        raise BadInput(N_("The file is nested deeper than {limit} levels."), where=where, limit=MAX_DEPTH) from None


def parse_yaml(text: str, where: str) -> Any:
    """Parses a YAML document. Raises BadInput with line and column."""
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
    """Raises BadInput for too many aliases or too deep nesting; parser events do not expand aliases, so this is safe."""
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
