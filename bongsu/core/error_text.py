"""Formats a BongsuError as text in any language. The terminal, the pages, JSON, SDMX and the intake all use it.

An absolute path reveals the operator's account and folders. The terminal shows paths as they were given; everything that leaves
the machine uses `describe_public_error`, which reduces a path to the file name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol, runtime_checkable

# A path in quotation marks may have spaces; one without ends at a space or a mark. “https://…” and “kg/kWh” are not paths.
_START = r"(?:file://)?(?:[A-Za-z]:[\\/]|\\\\|/)"
_QUOTED = re.compile(rf"""(?P<open>['"“‘«(])(?P<path>{_START}[^'"”’»)]+)""")
_BARE = re.compile(rf"""(?<![\w:/\\.~*+-])(?P<path>{_START}[^\s'"“”‘’«»<>()|;,]+)""")


class ErrorParts(Protocol):
    """The parts of a BongsuError that its text is made of. `TEXTS` names the values that are translated too."""

    @property
    def code(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def where(self) -> str: ...
    @property
    def fix(self) -> str: ...
    @property
    def values(self) -> Mapping[str, object]: ...
    @property
    def TEXTS(self) -> tuple[str, ...]: ...  # noqa: N802  a class constant of BongsuError


@runtime_checkable
class Described(Protocol):
    """A value of an error that has texts of its own."""

    def describe(self, translate: Callable[[str], str]) -> str: ...


class ErrorText(NamedTuple):
    """An error in a language: its code, what is wrong, where, and what to do. `where` and `fix` may be empty."""

    code: str
    what: str
    where: str
    fix: str

    @property
    def message(self) -> str:
        """What is wrong and where."""
        return f"{self.what} ({self.where})" if self.where else self.what

    @property
    def sentence(self) -> str:
        """What is wrong, where it is wrong, and what to do, on one line."""
        return f"{self.message} {self.fix}" if self.fix else self.message

    def to_json(self) -> dict[str, Any]:
        """Returns the JSON form that HTTP responses and --json use."""
        return {"error": {"code": self.code, "message": self.message, "fix": self.fix}}


def describe_error(error: ErrorParts, translate: Callable[[str], str]) -> ErrorText:
    """Returns the text of an error for the terminal and the log. `translate` translates a text to the reader's language."""
    return _describe(error, translate, str)


def describe_public_error(error: ErrorParts, translate: Callable[[str], str]) -> ErrorText:
    """Returns the text of an error for a reader outside this machine: absolute paths become the names of files."""
    return _describe(error, translate, hide_folders)


def hide_folders(text: str) -> str:
    """Returns `text` with every absolute path reduced to its last part."""
    if re.match(_START, text):  # the whole text is a path, which may contain spaces and may be followed by ", line 3"
        path, comma, place = text.partition(", ")
        return _last_name(path) + comma + hide_folders(place)
    text = _QUOTED.sub(lambda found: found["open"] + _last_name(found["path"]), text)
    return _BARE.sub(lambda found: _last_name(found["path"]), text)


def _last_name(path: str) -> str:
    return re.split(r"[\\/]", path.rstrip("\\/"))[-1]


def _describe(error: ErrorParts, translate: Callable[[str], str], clean: Callable[[str], str]) -> ErrorText:
    values: dict[str, object] = {}
    for name, value in error.values.items():
        if isinstance(value, int | float):  # the message may have a format such as {value:.1f}
            values[name] = value
        else:
            text = value.describe(translate) if isinstance(value, Described) else str(value)
            values[name] = clean(translate(text) if text and name in error.TEXTS else text)
    fix = translate(error.fix).format(**values) if error.fix else ""
    return ErrorText(error.code, translate(error.message).format(**values), clean(error.where), fix)
