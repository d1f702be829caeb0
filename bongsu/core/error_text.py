"""The text of an error, in any language: the one place where a BongsuError is formatted. The terminal, the pages, JSON, SDMX
and the intake write what it returns.

An absolute path says who runs the node and how its disk is laid out. On the terminal a path stays as the person typed it; every
surface that leaves the machine uses `describe_public_error`, which reduces a path to the name of the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

# A path in quotation marks may have spaces; one without ends at a space or a mark. “https://…” and “kg/kWh” are not paths.
_START = r"(?:file://)?(?:[A-Za-z]:[\\/]|\\\\|/)"
_QUOTED = re.compile(rf"""(?P<open>['"“‘«(])(?P<path>{_START}[^'"”’»)]+)""")
_BARE = re.compile(rf"""(?<![\w:/\\.~*+-])(?P<path>{_START}[^\s'"“”‘’«»<>()|;,]+)""")


class ErrorParts(Protocol):
    """The parts of a BongsuError that make its text. `TEXTS` names the values that are marked texts themselves."""

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
    def TEXTS(self) -> tuple[str, ...]: ...  # noqa: N802  the name of the class's constant


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
        """What is wrong, where, and what to do, on one line."""
        return f"{self.message} {self.fix}" if self.fix else self.message

    def to_json(self) -> dict[str, Any]:
        """The shape on the wire and on the terminal with --json."""
        return {"error": {"code": self.code, "message": self.message, "fix": self.fix}}


def describe_error(error: ErrorParts, translate: Callable[[str], str]) -> ErrorText:
    """Returns the text of an error for the terminal and the log. `translate` returns a marked text in the reader's language."""
    return _describe(error, translate, str)


def describe_public_error(error: ErrorParts, translate: Callable[[str], str]) -> ErrorText:
    """Returns the text of an error for a reader outside this machine: absolute paths become the names of files."""
    return _describe(error, translate, hide_folders)


def hide_folders(text: str) -> str:
    """Returns `text` with every absolute path reduced to its last name."""
    if re.match(_START, text):  # the text is a path, perhaps with spaces, and perhaps with ", line 3" behind it
        path, comma, place = text.partition(", ")
        return _last_name(path) + comma + hide_folders(place)
    text = _QUOTED.sub(lambda found: found["open"] + _last_name(found["path"]), text)
    return _BARE.sub(lambda found: _last_name(found["path"]), text)


def _last_name(path: str) -> str:
    return re.split(r"[\\/]", path.rstrip("\\/"))[-1]


def _describe(error: ErrorParts, translate: Callable[[str], str], clean: Callable[[str], str]) -> ErrorText:
    values: dict[str, object] = {}
    for name, value in error.values.items():
        if isinstance(value, int | float):  # the message may say how it is rounded
            values[name] = value
        else:
            text = str(value)
            values[name] = clean(translate(text) if text and name in error.TEXTS else text)
    fix = translate(error.fix).format(**values) if error.fix else ""
    return ErrorText(error.code, translate(error.message).format(**values), clean(error.where), fix)
