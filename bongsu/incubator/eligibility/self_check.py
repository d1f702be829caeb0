"""The self-check: the few answers that the rules of a call need, without the rest of the form.

Instead of files, rows and members it asks how many there are, and instead of a column of a table for its sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from bongsu.incubator.eligibility.document import Rules, list_comparisons
from bongsu.incubator.eligibility.evaluate import KnownFiles
from bongsu.incubator.forms.answers import MOST_ITEMS, AnswerFile, Answers, read_answers
from bongsu.incubator.forms.document import Cell, Form, Question, parse_number

InputKind = Literal["text", "number", "money", "choice", "many", "date", "consent", "has-file", "count", "sum"]
_COUNTED = frozenset({"file", "table", "team"})
_ONE_FILE = AnswerFile("", "", "", 1)
_WORDS = {"yes": True, "no": False}


class Input(NamedTuple):
    """An input of the self-check: its name, its kind, and the question or column that it stands for."""

    name: str
    kind: InputKind
    cell: Cell
    help: Mapping[str, str]


def list_inputs(rules: Rules, form: Form) -> list[Input]:
    """Returns an input for each question or column that a rule names, in the order of the form."""
    return list(_list_inputs(rules, form))


def _list_inputs(rules: Rules, form: Form) -> Iterator[Input]:
    operations: dict[str, set[str]] = {}
    for rule in rules.rule:
        for _, condition in list_comparisons(rule):
            operations.setdefault(condition.field or "", set()).add(condition.op or "")
    for question in form.question:
        if question.key in operations:
            yield Input(question.key, _find_kind(question, operations[question.key]), question, question.help or {})
        for column in question.columns:
            if (name := f"{question.key}.{column.key}") in operations:
                yield Input(name, "sum", column, {})


def _find_kind(question: Question, operations: set[str]) -> InputKind:
    if question.kind == "file" and operations == {"has-file"}:
        return "has-file"
    if question.kind in _COUNTED:
        return "count"
    return "text" if question.kind == "long-text" else question.kind  # type: ignore[return-value]


def read_inputs(inputs: Sequence[Input], form: Form, given: Mapping[str, Sequence[str]]) -> tuple[Answers, KnownFiles]:
    """Returns the answers and files that the inputs stand for; what is empty, or no count, is not answered.

    Raises BadInput for a text that nobody wrote.
    """
    texts = {one.name: [text.strip() for text in given.get(one.name, ()) if text.strip()] for one in inputs}
    document: dict[str, Any] = {}
    counts: dict[str, int | None] = {}
    sums: dict[str, dict[str, str]] = {}  # by table and column; an empty text is not answered
    for one in inputs:
        first = next(iter(texts[one.name]), "")
        match one.kind:
            case "count":
                counts[one.name] = _read_count(first)
            case "has-file":
                counts[one.name] = {"yes": 1, "no": 0}.get(first)
            case "sum":
                table, _, column = one.name.partition(".")
                sums.setdefault(table, {})[column] = first
            case "many":
                document[one.name] = texts[one.name]
            case "consent":
                document[one.name] = _WORDS.get(first)
            case _:
                document[one.name] = first
    answers = read_answers(form, document).answers
    files: dict[str, list[AnswerFile] | None] = {}
    for question in form.question:
        count = counts.get(question.key)
        if question.kind == "file" and question.key in counts:
            files[question.key] = None if count is None else [_ONE_FILE] * count
        elif question.key in counts or question.key in sums:
            rows = _make_rows(counts.get(question.key, 1), sums.get(question.key, {}))
            answers |= {} if rows is None else {question.key: rows}
    return answers, files


def _read_count(text: str) -> int | None:
    number = parse_number(text)
    return int(number) if number is not None and number.denominator == 1 and 0 <= number <= MOST_ITEMS else None


def _make_rows(count: int | None, sums: Mapping[str, str]) -> list[dict[str, str]] | None:
    """Returns so many rows, the first with the sums; None if nothing, or not how many, is answered."""
    if count is None or (sums and not any(sums.values())):
        return None
    first = {column: text for column, text in sums.items() if text}
    return [first, *(dict.fromkeys(first, "0") for _ in range(count - 1))] if count else []
