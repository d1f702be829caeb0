"""Finds the line of a field in a TOML text, by the field's path as errors and findings write it: `question[2].most`.

For texts that parse_toml has read: of a text that is not valid TOML, the lines up to the mistake may be found. Parsers of TOML
keep no places, so this reads the text once more, as tokens.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

_TOKEN = re.compile(
    r'(?P<text>"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\')'
    r"|(?P<comment>\#[^\n]*)|(?P<end>\n)|(?P<mark>[\[\]{},=.])|(?P<bare>[^\s\"'\#\[\]{},=.]+)|(?P<other>\s|[\"'])",
    re.DOTALL,
)
_LAST_STEP = re.compile(r"(?:(?:^|\.)[^.\[\]]*|\[[^\[\]]*\])\Z")
_DEEPEST = 60  # values inside values; a document of a call has eight at most


class Header(NamedTuple):
    """A line such as `[[round]]` or `[decide]`, with the path of its table and whether it is a row of a list."""

    path: str
    line: int
    is_row: bool


@dataclass(frozen=True)
class Lines:
    """The first line of every field, by path; the headers in the order of the text; lines of comments. Lines count from 1."""

    fields: dict[str, int] = field(default_factory=dict)
    headers: list[Header] = field(default_factory=list)
    comments: set[int] = field(default_factory=set)  # on lines of their own


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def find_line(text: str, path: str) -> int | None:
    """Returns the line of a field; of a field that is missing, the line of the table it belongs to; None if there is none."""
    return find_known_line(read_lines(text).fields, path)


def find_known_line(lines: Mapping[str, int], path: str) -> int | None:
    """Returns the line of a field among the lines of a text, or that of what it is inside of."""
    while path and path not in lines:
        path = _LAST_STEP.sub("", path)
    return lines.get(path)


def read_lines(text: str) -> Lines:
    """Returns the lines of all fields and headers of a TOML text."""
    tokens: list[_Token] = []
    comments, line = set(), 1
    for found in _TOKEN.finditer(text.removeprefix("\ufeff")):
        kind = str(found.lastgroup)
        if kind == "comment" and (not tokens or tokens[-1].kind == "end"):
            comments.add(line)
        elif kind not in ("comment", "other"):
            tokens.append(_Token(kind, found.group(), line))
        line += found.group().count("\n")
    reader = _Reader(tokens)
    reader.read()
    reader.lines.comments.update(comments)
    return reader.lines


class _Reader:
    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens, self.at, self.lines = tokens, 0, Lines()
        self._lengths: dict[str, int] = {}  # of lists that headers fill, by path

    def _see(self, *texts: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at].text in texts

    def _keep(self, path: str, line: int) -> None:
        self.lines.fields.setdefault(path, line)

    def read(self) -> None:
        table = ""
        while self.at < len(self.tokens):
            if self._see("["):
                table = self._read_header()
            elif self.tokens[self.at].kind in ("bare", "text"):
                self._read_pair(table, 0)
            else:
                self.at += 1

    def _read_header(self) -> str:
        line = self.tokens[self.at].line
        self.at += 1
        is_row = self._see("[")
        self.at += is_row
        path, names = "", self._read_key()
        for number, name in enumerate(names):
            path = _join(path, name)
            self._keep(path, line)
            if number == len(names) - 1 and is_row:
                self._lengths[path] = self._lengths.get(path, 0) + 1
            if path in self._lengths:
                path = f"{path}[{self._lengths[path] - 1}]"
                self._keep(path, line)
        while self._see("]"):
            self.at += 1
        self.lines.headers.append(Header(path, line, is_row))
        return path

    def _read_key(self) -> list[str]:
        names = []
        while self.at < len(self.tokens) and (self.tokens[self.at].kind in ("bare", "text") or self._see(".")):
            token = self.tokens[self.at]
            if token.kind != "mark":
                names.append(_read_name(token))
            self.at += 1
        return names

    def _read_pair(self, table: str, depth: int) -> None:
        line, path = self.tokens[self.at].line, table
        for name in self._read_key():
            path = _join(path, name)
            self._keep(path, line)
        if self._see("="):
            self.at += 1
            self._read_value(path, depth)

    def _read_value(self, path: str, depth: int) -> None:
        """Reads a value up to what follows it; a list or table too deep is read as marks."""
        if self._see("[", "{") and depth < _DEEPEST:
            is_list, number = self._see("["), 0
            self.at += 1
            while self.at < len(self.tokens) and not self._see("]", "}"):
                if self.tokens[self.at].kind == "end" or self._see(",", "=", "."):
                    self.at += 1
                elif is_list:
                    self._keep(f"{path}[{number}]", self.tokens[self.at].line)
                    self._read_value(f"{path}[{number}]", depth + 1)
                    number += 1
                elif self._see("[", "{"):
                    return
                else:
                    self._read_pair(path, depth + 1)
            self.at += 1
            return
        if self._see("[", "{"):
            self.at += 1
        while self.at < len(self.tokens) and self.tokens[self.at].kind != "end" and not self._see(",", "]", "}"):
            self.at += 1


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _read_name(token: _Token) -> str:
    if token.kind == "bare":
        return token.text
    try:
        return str(tomllib.loads(f"name = {token.text}")["name"])
    except tomllib.TOMLDecodeError:
        return token.text
