"""The form of a call (bongsu.form/1): sections and questions, in as many languages as the officer writes.

`least` and `most` limit what a kind has: the characters of a text, the value of a number, an amount or a day, how many choices,
files, rows or members. Left out: what the fields say together (check.py), and answers (answers.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Literal

import msgspec

from bongsu.core.document_shape import convert_document, limit
from bongsu.core.errors import N_
from bongsu.core.text_files import parse_toml
from bongsu.incubator.texts import Key, OfficerTexts, refuse_deep

FORMAT = "bongsu.form/1"
MOST_QUESTIONS = 300
DEEPEST = 8  # tables and lists inside each other; a form needs 5

Kind = Literal["text", "long-text", "number", "money", "choice", "many", "date", "file", "table", "team", "consent"]
CellKind = Literal["text", "number", "money", "choice", "date"]
Anonymous = Literal["shown", "hidden", "redacted"]
FileType = Literal["pdf", "png", "jpeg", "csv", "txt"]
# What `most` is where the file does not say it: characters, choices, files, rows, members.
DEFAULT_MOST: Mapping[str, int] = MappingProxyType(
    {"text": 300, "long-text": 20_000, "many": 300, "file": 1, "table": 100, "team": 50}
)
MEGABYTES = 20

Bound = (
    int
    | Annotated[
        str,
        limit(
            N_("“{value}” is not a valid limit."),
            N_("Write a whole number, or “12.5” or “2026-12-31” in quotation marks."),
            pattern=r"\A(-?[0-9]{1,15}(\.[0-9]{1,9})?|[0-9]{4}-[0-9]{2}-[0-9]{2})\Z",
        ),
    ]
)
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_many = limit(N_("“{name}” has more than 300 entries."), max_length=MOST_QUESTIONS)


class Struct(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True, dict=True):
    """A table of the file; a field that it does not know is refused."""


class Choice(Struct, frozen=True, kw_only=True):
    """One of the answers that can be chosen."""

    key: Key
    text: OfficerTexts


class Cell(Struct, frozen=True, kw_only=True):
    """What one value is: that of a question, or of the cells of a column."""

    key: Key
    kind: Kind
    text: OfficerTexts
    required: bool = False
    least: Bound | None = None
    most: Bound | None = None
    unit: str = ""
    choices: Annotated[tuple[Choice, ...], _many] = ()

    @cached_property
    def choice_texts(self) -> Mapping[str, Mapping[str, str]]:
        """The texts of the choices, by key."""
        return {choice.key: choice.text for choice in self.choices}


class Column(Cell, frozen=True, kw_only=True):
    """A column of a table."""

    kind: CellKind


class Condition(Struct, frozen=True, kw_only=True):
    """Another answer that makes a question required: one of the values `is`, or any answer."""

    question: Key
    values: Annotated[tuple[str | bool, ...], _many] = msgspec.field(default=(), name="is")


class Section(Struct, frozen=True, kw_only=True):
    """A part of the form with a title."""

    key: Key
    title: OfficerTexts


class Question(Cell, frozen=True, kw_only=True):
    """A question. `anonymous` says what blind reviewers see of the answer; what is not said is hidden."""

    help: OfficerTexts | None = None
    section: str = ""
    columns: Annotated[tuple[Column, ...], limit(N_("“{name}” has more than 30 columns."), max_length=30)] = ()
    types: tuple[FileType, ...] = ("pdf",)
    megabytes: Annotated[int, limit(ge=1, le=MEGABYTES)] = MEGABYTES
    required_if: Condition | None = msgspec.field(default=None, name="required-if")
    anonymous: Anonymous = "hidden"
    reuse: str = ""  # answers with the same key in another form can be used again
    stage: Annotated[int, limit(ge=1, le=9)] = 1  # from which stage of the call on it is asked


class Form(Struct, frozen=True, kw_only=True):
    """The whole file."""

    format: Literal["bongsu.form/1"]
    title: OfficerTexts | None = None
    section: Annotated[tuple[Section, ...], _many] = ()
    question: Annotated[
        tuple[Question, ...], limit(N_("A form has 1 to 300 questions."), min_length=1, max_length=MOST_QUESTIONS)
    ]

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """The questions by key, in the order of the file."""
        return {question.key: question for question in self.question}

    @cached_property
    def stages(self) -> int:
        """The number of the last stage that has a question of its own."""
        return max(question.stage for question in self.question)

    @cached_property
    def by_stage(self) -> Mapping[int, Form]:
        """The form as it is asked at each stage: its questions and those of the stages before."""
        return {
            stage: msgspec.structs.replace(self, question=tuple(one for one in self.question if one.stage <= stage))
            for stage in range(1, self.stages + 1)
        }


def parse_form(text: str, where: str = "") -> Form:
    """Returns the form of a file's text. Raises BadInput with the field, or the line of what is not TOML."""
    return read_form(parse_toml(text, where), where)


def read_form(document: object, where: str = "") -> Form:
    """Returns the form of a parsed file. Raises BadInput with the field."""
    refuse_deep(document, where, DEEPEST)
    return convert_document(document, Form, where)


def find_most(cell: Cell) -> Bound | None:
    """Returns the most of a cell: what the file says, else what its kind has."""
    return cell.most if cell.most is not None else DEFAULT_MOST.get(cell.kind)


def parse_number(value: object) -> Fraction | None:
    """Returns a whole number, or the text of a decimal number, exactly as it was written; None if it is neither."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return Fraction(value) if isinstance(value, int) or _NUMBER.match(value) else None


def parse_day(value: object) -> date | None:
    """Returns the day of a text such as 2026-12-31; None if it is none."""
    if not (isinstance(value, str) and _DAY.match(value)):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
