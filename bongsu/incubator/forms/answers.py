"""Answers of an application: read whole or refused whole, then checked question by question.

Answers are a JSON object by the key of the question. An amount or a number is a whole number or a text such as "12.50"; a
number with a decimal point in JSON is refused, since it passes through a float. Files are given beside the answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Literal, NamedTuple, NoReturn

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.credits.unit_table import known_units
from bongsu.credits.units import parse_amount
from bongsu.incubator.forms.document import (
    MEGABYTES,
    MOST_QUESTIONS,
    Bound,
    Cell,
    Condition,
    Form,
    Question,
    find_most,
    parse_day,
    parse_number,
)
from bongsu.incubator.forms.pasted import clean_text, count_characters

MOST_BYTES = 2_000_000  # of the JSON of one version
MOST_CHARACTERS = 200_000  # of one text, whatever its limit: more is no answer that somebody wrote
MOST_ITEMS = 1_000  # rows, members and choices of one answer
MEMBER_FIELDS = ("name", "email", "organisation", "role")

Answers = Mapping[str, Any]  # by the key of the question; text, whole number, true or false, list of texts or of tables
_TEXTS = frozenset({"text", "long-text", "choice", "date"})
_NUMBERS = frozenset({"number", "money"})
_ADDRESS = re.compile(r"[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)+\Z")


class AnswerFile(NamedTuple):
    """A file of an answer: the SHA-256 of its bytes, its name, its type by content, its size in bytes."""

    sha256: str
    name: str
    type: str
    size: int


Files = Mapping[str, Sequence[AnswerFile]]  # by the key of the question


class ReadAnswers(NamedTuple):
    """Answers as they are kept, without empty ones; and the letters that were removed from them, by question."""

    answers: dict[str, Any]
    removed: Mapping[str, tuple[str, ...]]


class AnswerFinding(NamedTuple):
    """What an answer lacks or has wrong: the question (or “budget[2].amount”), a code with values (words.py)."""

    question: str
    code: str
    values: Mapping[str, Any]
    severity: Literal["missing", "wrong"]


def decode_answers(data: bytes) -> object:
    """Returns the JSON that a page or a command sent. Raises BadInput if it is none, is too long, or has a key twice."""
    if len(data) > MOST_BYTES:
        raise BadInput(N_("The answers have more than {most} bytes."), most=MOST_BYTES)
    try:
        return json.loads(data, object_pairs_hook=_collect_pairs)
    except (ValueError, RecursionError):
        raise BadInput(N_("The answers are not valid JSON.")) from None


def _collect_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    collected = dict(pairs)
    if len(collected) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for number, key in enumerate(keys) if key in keys[:number])
        raise BadInput(N_("The answer “{name}” is there twice."), where=_show_key(twice), name=_show_key(twice))
    return collected


def _show_key(key: object) -> str:
    """Returns a key that somebody sent, as an error can show it: short, and valid Unicode."""
    return str(key)[:40].encode(errors="replace").decode()


def read_answers(form: Form, document: object) -> ReadAnswers:
    """Returns the answers of a document, cleaned. Raises BadInput with the key for what a form of this kind never sends.

    A value that a person can still mend, such as “12a” for a number, is kept: check_answers finds it.
    """
    if not isinstance(document, Mapping):
        raise BadInput(N_("The answers must be a table by the key of the question."))
    if len(document) > MOST_QUESTIONS:
        raise BadInput(
            N_("There are {count} answers: a form has at most {most} questions."),
            count=len(document),
            most=MOST_QUESTIONS,
        )
    answers: dict[str, Any] = {}
    removed: dict[str, tuple[str, ...]] = {}
    for key, value in document.items():
        question = form.questions.get(key) if isinstance(key, str) else None
        if question is None:
            raise unknown_name(N_("question"), _show_key(key), form.questions, where=_show_key(key))
        reader = _Reader(key)
        kept = None if value is None else reader.read(question, value)
        if kept not in (None, "", []):
            answers[key] = kept
        if reader.removed:
            removed[key] = tuple(reader.removed)
    return ReadAnswers(answers, removed)


class _Reader:
    """Reads the answer of one question, and collects the letters that were removed from it."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.removed: dict[str, None] = {}

    def read(self, question: Question, value: object) -> Any:
        if question.kind in _TEXTS:
            return self._read_text(value, self.key, one_line=question.kind != "long-text")
        if question.kind in _NUMBERS:
            return self._read_number(value, self.key)
        if question.kind == "consent":
            return value if isinstance(value, bool) else self._refuse(self.key, N_("“{name}” must be true or false."))
        if question.kind == "file":
            self._refuse(self.key, N_("“{name}” takes files, no text."))
        if not isinstance(value, list):
            self._refuse(self.key, N_("“{name}” must be a list."))
        if len(value) > MOST_ITEMS:
            self._refuse(
                self.key, N_("“{name}” has {count} entries, more than {most}."), count=len(value), most=MOST_ITEMS
            )
        if question.kind == "many":
            texts = [self._read_text(one, f"{self.key}[{number}]", one_line=True) for number, one in enumerate(value)]
            return [text for text in texts if text]
        numbers = {column.key: column.kind in _NUMBERS for column in question.columns}
        fields = numbers if question.kind == "table" else dict.fromkeys(MEMBER_FIELDS, False)
        return [self._read_row(row, fields, f"{self.key}[{number}]") for number, row in enumerate(value)]

    def _read_row(self, row: object, fields: Mapping[str, bool], path: str) -> dict[str, Any]:
        """Returns a row or a member; `fields` says of each field whether it is a number."""
        if not isinstance(row, Mapping):
            self._refuse(path, N_("“{name}” must be a table."))
        read: dict[str, Any] = {}
        for name, value in row.items():
            if name not in fields:
                raise unknown_name(N_("field"), _show_key(name), fields, where=f"{path}.{_show_key(name)}")
            place = f"{path}.{name}"
            kept = (
                None
                if value is None
                else self._read_number(value, place)
                if fields[name]
                else self._read_text(value, place, one_line=True)
            )
            if kept not in (None, ""):
                read[name] = kept
        return read

    def _read_text(self, value: object, path: str, one_line: bool) -> str:
        if not isinstance(value, str):
            self._refuse(path, N_("“{name}” must be a text."))
        if len(value) > MOST_CHARACTERS:
            self._refuse(path, N_("“{name}” has more than {most} characters."), most=MOST_CHARACTERS)
        clean = clean_text(value, one_line)
        self.removed.update(dict.fromkeys(clean.removed))
        return clean.text

    def _read_number(self, value: object, path: str) -> int | str:
        if isinstance(value, bool) or not isinstance(value, int | str):
            self._refuse(path, N_("“{name}” must be a whole number, or a text such as “12.50”."))
        if isinstance(value, int):
            if abs(value) >= 10**18:
                self._refuse(path, N_("“{name}” is too large a number."))
            return value
        if len(value) > 300:
            self._refuse(path, N_("“{name}” has more than {most} characters."), most=300)
        return self._read_text(value, path, one_line=True)

    def _refuse(self, path: str, message: str, **values: Any) -> NoReturn:
        raise BadInput(message, where=path, name=path, **values)


def check_answers(form: Form, answers: Answers, files: Files) -> list[AnswerFinding]:
    """Returns what is missing or wrong, in the order of the form; answers without findings are complete.

    Raises BadInput for files of a question that takes none.
    """
    for key in files:
        if key not in form.questions:
            raise unknown_name(N_("question"), _show_key(key), form.questions, where=_show_key(key))
        if form.questions[key].kind != "file":
            raise BadInput(N_("“{name}” takes no files."), where=key, name=key)
    return [
        finding
        for question in form.question
        for finding in _check_question(question, answers, files.get(question.key, ()))
    ]


def is_required(question: Question, answers: Answers) -> bool:
    """Whether a question must be answered, given the other answers."""
    return question.required or (question.required_if is not None and _holds(question.required_if, answers))


def _holds(condition: Condition, answers: Answers) -> bool:
    answer = answers.get(condition.question)
    if not condition.values:
        return answer is not None and answer is not False  # 0 is an answer, and equals False
    chosen = answer if isinstance(answer, list) else [answer]
    return any(one in condition.values and isinstance(one, str | bool) for one in chosen)


def _check_question(question: Question, answers: Answers, files: Sequence[AnswerFile]) -> Iterator[AnswerFinding]:
    key, answer = question.key, answers.get(question.key)
    if question.kind == "file":
        answer = list(files) or None
    if answer is None or (question.kind == "consent" and answer is False):
        if is_required(question, answers):
            yield AnswerFinding(key, "consent" if question.kind == "consent" else "missing", {}, "missing")
        return
    match question.kind:
        case "many":
            yield from _check_count(question, len(answer))
            yield from _check_choices(question, answer)
        case "file":
            yield from _check_count(question, len(files))
            yield from _check_files(question, files)
        case "table":
            yield from _check_count(question, len(answer))
            for number, row in enumerate(answer):
                for column in question.columns:
                    place = f"{key}[{number}].{column.key}"
                    if column.key in row:
                        yield from check_cell(column, row[column.key], place)
                    elif column.required:
                        yield AnswerFinding(place, "missing", {}, "missing")
        case "team":
            yield from _check_count(question, len(answer))
            yield from _check_members(key, answer)
        case "consent":
            return
        case _:
            yield from check_cell(question, answer, key)


def _check_count(question: Question, count: int) -> Iterator[AnswerFinding]:
    least, most = parse_number(question.least), parse_number(find_most(question))
    if least is not None and count < least:
        yield AnswerFinding(question.key, "too-few", {"count": count, "least": least}, "missing")
    if most is not None and count > most:
        yield AnswerFinding(question.key, "too-many", {"count": count, "most": most}, "wrong")


def _check_choices(question: Question, answer: Sequence[str]) -> Iterator[AnswerFinding]:
    for number, one in enumerate(answer):
        place = f"{question.key}[{number}]"
        if one not in question.choice_texts:
            yield AnswerFinding(place, "not-a-choice", {"value": one[:40]}, "wrong")
        elif one in answer[:number]:
            yield AnswerFinding(place, "twice", {"value": question.choice_texts[one]}, "wrong")


def _check_files(question: Question, files: Sequence[AnswerFile]) -> Iterator[AnswerFinding]:
    for number, file in enumerate(files):
        place = f"{question.key}[{number}]"
        if file.type not in question.types:
            values = {"name": file.name[:100], "types": tuple(question.types)}
            yield AnswerFinding(place, "not-a-type", values, "wrong")
        if file.size > question.megabytes * 1_000_000:
            size: dict[str, Any] = {"name": file.name[:100], "megabytes": min(question.megabytes, MEGABYTES)}
            yield AnswerFinding(place, "file-too-big", size, "wrong")
        if file.size == 0:
            yield AnswerFinding(place, "file-empty", {"name": file.name[:100]}, "wrong")


def _check_members(key: str, members: Sequence[Mapping[str, str]]) -> Iterator[AnswerFinding]:
    seen: set[str] = set()
    for number, member in enumerate(members):
        for name in ("name", "email"):
            if not member.get(name):
                yield AnswerFinding(f"{key}[{number}].{name}", "missing", {}, "missing")
        address = member.get("email", "")
        if address and not _ADDRESS.match(address):
            yield AnswerFinding(f"{key}[{number}].email", "not-an-address", {"value": address[:100]}, "wrong")
        if address.casefold() in seen:
            yield AnswerFinding(f"{key}[{number}].email", "twice", {"value": address[:100]}, "wrong")
        seen |= {address.casefold()} - {""}


def check_cell(cell: Cell, value: str | int, place: str) -> Iterator[AnswerFinding]:
    """Yields what is wrong with one value: of a question, or of a cell of a table."""
    if cell.kind == "choice":
        if value not in cell.choice_texts:
            yield AnswerFinding(place, "not-a-choice", {"value": str(value)[:40]}, "wrong")
        return
    measured = measure(cell, value)
    if measured is None:
        yield AnswerFinding(place, f"not-{cell.kind}", {"value": str(value)[:40], "unit": cell.unit}, "wrong")
        return
    for code, bound in (("least", cell.least), ("most", find_most(cell))):
        end = None if bound is None else measure_bound(cell, bound)
        if end is not None and _is_beyond(code, measured, end):
            kind = "text" if cell.kind in ("text", "long-text") else "value"
            values = {"value": value if kind == "value" else measured, code: end if kind == "text" else bound}
            yield AnswerFinding(place, f"{kind}-{code}", {**values, "unit": cell.unit}, "wrong")


def _is_beyond(code: str, measured: Any, end: Any) -> bool:
    return bool(measured < end) if code == "least" else bool(measured > end)


def measure(cell: Cell, value: str | int) -> Fraction | date | None:
    """Returns what the limits of a cell measure: characters, a number, an amount in steps of its unit, or a day.

    None if the value is none.
    """
    match cell.kind:
        case "text" | "long-text":
            return Fraction(count_characters(str(value)))
        case "number":
            return parse_number(value)
        case "money":
            return _parse_steps(cell, value)
        case "date":
            return parse_day(value)
        case _:
            return None


def measure_bound(cell: Cell, bound: Bound) -> Fraction | date | None:
    """Returns a limit in the measure of its cell; None if it is none."""
    return parse_number(bound) if cell.kind in ("text", "long-text") else measure(cell, bound)


def _parse_steps(cell: Cell, value: str | int) -> Fraction | None:
    unit, number = known_units().get(cell.unit), parse_number(value)
    if unit is None or number is None:
        return None
    if number == 0:
        return number
    try:
        return Fraction(parse_amount(str(value), unit))
    except BadInput:
        return None
