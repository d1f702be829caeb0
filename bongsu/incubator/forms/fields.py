"""The questions of a form as the fields of a page, what such a page sends as answers, and answers as they are read.

A field has the names that the page sends: “q.KEY”, or “q.KEY.COLUMN” once for each row. `fingerprint` tells whether an answer
was changed since the page was made. Left out: files, which a page sends beside, and the HTML.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from bongsu.core.errors import N_
from bongsu.credits.rules.amounts import name_unit, write_amount
from bongsu.credits.unit_table import known_units
from bongsu.incubator.forms.answers import (
    MEMBER_FIELDS,
    AnswerFile,
    AnswerFinding,
    Answers,
    Files,
    is_required,
    measure,
)
from bongsu.incubator.forms.document import Cell, Form, Question, find_most, parse_day, parse_number
from bongsu.incubator.forms.pasted import count_characters
from bongsu.incubator.forms.words import describe_answer_finding, write_limit
from bongsu.incubator.texts import Translate, pick_text, write_sentence, write_value

MOST_RADIOS = 6  # above, the choices are a list that opens
ROWS_ADDED = 3
MEMBERS: Mapping[str, str] = {
    "name": N_("Name"),
    "email": N_("E-mail address"),
    "organisation": N_("Organisation"),
    "role": N_("Role"),
}
HINTS: Mapping[str, str] = {
    "least": N_("At least {least}."),
    "most": N_("At most {most}."),
    "between": N_("From {least} to {most}."),
    "characters": N_("At least {least} characters."),
    "entries": N_("At least {least} entries."),
    "choices": N_("Choose at least {least}."),
    "choices-most": N_("Choose {most} at most."),
    "files": N_("{types}, {megabytes} MB at most."),
    "several-files": N_("{types}, {megabytes} MB each at most; {most} files at most."),
}
PLACE = N_("{question}, row {row}")
CELL = N_("{question}, row {row}, {column}")
ROW_CELL = N_("Row {row}, {column}")
YES = N_("yes")
_PATH = re.compile(r"(?P<key>[^\[.]+)(\[(?P<row>[0-9]+)\])?(\.(?P<column>.+))?\Z")

Posted = Mapping[str, Sequence[str]]  # by the name of the field, in the order of the page


class Option(NamedTuple):
    """A choice: its key, its words, and whether it is chosen."""

    key: str
    text: str
    chosen: bool


class Input(NamedTuple):
    """One value to fill in: of a question, or of a cell. `most` is the limit of characters, None if it has none."""

    name: str
    id: str
    kind: str
    label: str
    value: str
    unit: str
    options: tuple[Option, ...]
    most: int | None
    length: int  # characters of the value, as the limit counts
    wrong: bool

    @property
    def is_chosen(self) -> bool:
        """Whether one of the choices is chosen."""
        return any(one.chosen for one in self.options)


class Field(NamedTuple):
    """A question as a page shows it. Tables and teams have `rows`, the others one `input`; files are listed in `files`."""

    key: str
    kind: str
    label: str
    help: str
    hints: tuple[str, ...]
    required: bool
    condition: str  # JSON of what makes it required: the question, and its values ([] for any)
    input: Input
    rows: tuple[tuple[Input, ...], ...]
    columns: tuple[str, ...]
    files: tuple[AnswerFile, ...]
    accept: str  # of a field for files
    errors: tuple[str, ...]
    fingerprint: str


class Shown(NamedTuple):
    """An answer to read: a text, rows below the names of columns, or files."""

    text: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    files: tuple[AnswerFile, ...] = ()


def fingerprint(answer: Any) -> str:
    """Returns 12 digits that differ for different answers; None is no answer."""
    return hashlib.sha256(json.dumps(answer, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]


def make_field(
    question: Question,
    answers: Answers,
    files: Files,
    findings: Sequence[AnswerFinding],
    translate: Translate,
    language: str,
    more_rows: int = 0,
) -> Field:
    """Returns a question as a field, with its findings as sentences, and `more_rows` empty rows beside the usual ones."""
    answer = answers.get(question.key)
    own = [one for one in findings if _read_path(one.question)[0] == question.key]
    wrong = {one.question for one in own}
    condition = question.required_if
    columns = _list_columns(question)
    return Field(
        key=question.key,
        kind=question.kind,
        label=pick_text(question.text, language),
        help=pick_text(question.help or {}, language),
        hints=tuple(_list_hints(question, translate, language)),
        required=is_required(question, answers),
        condition=json.dumps([condition.question, list(condition.values)]) if condition else "",
        input=_make_input(question, f"q.{question.key}", f"a-{question.key}", answer, "", bool(wrong), language),
        rows=tuple(_make_rows(question, columns, answer or [], wrong, more_rows, translate, language)),
        columns=tuple(_name_column(one, translate, language) for one in columns),
        files=tuple(files.get(question.key, ())),
        accept=",".join(f".{one}" for one in question.types) if question.kind == "file" else "",
        errors=tuple(_describe(one, question, translate, language) for one in own),
        fingerprint=fingerprint(answer),
    )


def _list_columns(question: Question) -> Sequence[Cell | str]:
    if question.kind == "table":
        return question.columns
    return MEMBER_FIELDS if question.kind == "team" else ()


def _key_column(column: Cell | str) -> str:
    return column if isinstance(column, str) else column.key


def _name_column(column: Cell | str, translate: Translate, language: str) -> str:
    return translate(MEMBERS[column]) if isinstance(column, str) else pick_text(column.text, language)


def _make_rows(
    question: Question,
    columns: Sequence[Cell | str],
    answer: Sequence[Mapping[str, Any]],
    wrong: set[str],
    more: int,
    translate: Translate,
    language: str,
) -> list[tuple[Input, ...]]:
    if not columns:
        return []
    rows = []
    for number, row in enumerate([*answer, *({} for _ in range(1 + more))]):
        inputs = []
        for column in columns:
            key = _key_column(column)
            name, id_ = f"q.{question.key}.{key}", f"a-{question.key}-{number}-{key}"
            label = translate(ROW_CELL).format(row=number + 1, column=_name_column(column, translate, language))
            bad = f"{question.key}[{number}].{key}" in wrong
            cell = _member_cell(key) if isinstance(column, str) else column
            inputs.append(_make_input(cell, name, id_, row.get(key), label, bad, language))
        rows.append(tuple(inputs))
    return rows


def _member_cell(key: str) -> Cell:
    return Cell(key=key, kind="text", text={})


def _make_input(cell: Cell, name: str, id_: str, answer: Any, label: str, wrong: bool, language: str) -> Input:
    chosen = answer if isinstance(answer, list) else [answer]
    options = tuple(Option(key, pick_text(text, language), key in chosen) for key, text in cell.choice_texts.items())
    value = "" if answer is None or isinstance(answer, list | bool) else str(answer)
    kind = cell.kind
    if kind == "choice" and len(options) <= MOST_RADIOS and isinstance(cell, Question):
        kind = "radios"  # type: ignore[assignment]
    if kind == "date" and value and parse_day(value) is None:
        kind = "text"  # a browser shows nothing for a day that does not exist
    if kind == "consent":
        value = "yes" if answer is True else ""
    most = parse_number(find_most(cell)) if cell.kind in ("text", "long-text") else None
    unit = name_unit(cell.unit, language) if cell.unit in known_units() else cell.unit
    return Input(
        name,
        id_,
        kind,
        label,
        value,
        unit,
        options,
        None if most is None else int(most),
        count_characters(value),
        wrong,
    )


def _list_hints(question: Question, translate: Translate, language: str) -> list[str]:
    """Returns the limits in words; the most characters of a text are said by its counter."""
    least, most = question.least, question.most
    written = {
        "least": None if least is None else _write_bound(question, least, language),
        "most": None if most is None else _write_bound(question, most, language),
        "types": ", ".join(one.upper() for one in question.types),
        "megabytes": question.megabytes,
    }
    codes: list[str] = []
    match question.kind:
        case "number" | "money" | "date":
            codes = ["between"] if least is not None and most is not None else []
            codes = codes or [name for name in ("least", "most") if written[name] is not None]
        case "text" | "long-text":
            codes = ["characters"] if least is not None else []
        case "many":
            codes = [code for code, bound in (("choices", least), ("choices-most", most)) if bound is not None]
        case "table" | "team":
            codes = ["entries"] if least is not None else []
        case "file":
            written["most"] = find_most(question)
            codes = ["files" if find_most(question) == 1 else "several-files"]
        case _:
            pass
    return [write_sentence(HINTS[code], written, translate, language) for code in codes]


def _write_bound(question: Question, bound: Any, language: str) -> str:
    return write_value(write_limit(bound, question.unit, language), language)


def _read_path(place: str) -> tuple[str, int | None, str]:
    """Returns the question, the row and the column of a place such as “budget[2].amount”."""
    match = _PATH.match(place)
    assert match is not None  # places are made by answers.py
    return match["key"], None if match["row"] is None else int(match["row"]), match["column"] or ""


def name_place(form: Form, place: str, translate: Translate, language: str) -> str:
    """Returns a place such as “budget[2].amount” in words: Budget, row 3, Amount. A question that is gone has its key."""
    key, row, column = _read_path(place)
    question = form.questions.get(key)
    if question is None:
        return key
    values = {"question": pick_text(question.text, language), "row": "" if row is None else row + 1}
    if row is None or question.kind in ("many", "file"):
        return str(values["question"])
    if not column:
        return translate(PLACE).format(**values)
    named = {_key_column(one): _name_column(one, translate, language) for one in _list_columns(question)}
    return translate(CELL).format(**values, column=named.get(column, column))


def find_anchor(form: Form, place: str) -> str:
    """Returns the id of the input at which a place is answered, for a link."""
    key, row, column = _read_path(place)
    question = form.questions.get(key)
    if question is not None and question.kind in ("table", "team"):
        return f"a-{key}-{row or 0}-{column or _key_column(_list_columns(question)[0])}"
    return f"a-{key}"


def _describe(finding: AnswerFinding, question: Question, translate: Translate, language: str) -> str:
    sentence = describe_answer_finding(finding, translate, language)
    _, row, column = _read_path(finding.question)
    if row is None or not column:
        return sentence
    named = {_key_column(one): _name_column(one, translate, language) for one in _list_columns(question)}
    cell = translate(ROW_CELL).format(row=row + 1, column=named.get(column, column))
    return f"{cell}: {sentence}"


def read_posted(form: Form, posted: Posted, keys: Sequence[str]) -> dict[str, Any]:
    """Returns the answers to the questions `keys` that a page sent, None for an empty one; questions for files are left out."""
    return {
        key: _read_question(form.questions[key], posted)
        for key in keys
        if key in form.questions and form.questions[key].kind != "file"
    }


def _read_question(question: Question, posted: Posted) -> Any:
    values = posted.get(f"q.{question.key}", ())
    if question.kind == "consent":
        return True if "yes" in values else None
    if question.kind == "many":
        return list(values) or None
    columns = _list_columns(question)
    if not columns:
        return _read_value(question.kind, values[0] if values else "")
    keys = [_key_column(one) for one in columns]
    kinds = {one: "text" if isinstance(column, str) else column.kind for one, column in zip(keys, columns, strict=True)}
    lists = [posted.get(f"q.{question.key}.{one}", ()) for one in keys]
    rows = [
        {one: _read_value(kinds[one], value) for one, value in zip(keys, row, strict=True) if value.strip()}
        for row in zip_longest(*lists, fillvalue="")
    ]
    return [row for row in rows if row] or None


def _read_value(kind: str, text: str) -> Any:
    """Returns a value; in a number, the blanks between its digits are left out, and a whole one is a number."""
    if kind in ("number", "money"):
        text = "".join(text.split())
        if re.fullmatch(r"-?[1-9][0-9]{0,17}|0", text):
            return int(text)
    return text or None


def show_answer(question: Question, answer: Any, files: Files, translate: Translate, language: str) -> Shown:
    """Returns an answer to read; the text is empty if there is none."""
    if question.kind == "file":
        return Shown("", files=tuple(files.get(question.key, ())))
    if answer is None:
        return Shown("")
    columns = _list_columns(question)
    if columns:
        names = tuple(_name_column(one, translate, language) for one in columns)
        cells = [(_member_cell(one) if isinstance(one, str) else one) for one in columns]
        rows = tuple(tuple(_show_value(cell, row.get(cell.key), language) for cell in cells) for row in answer)
        return Shown("", names, rows)
    if question.kind == "consent":
        return Shown(translate(YES) if answer else "")
    if isinstance(answer, list):
        return Shown("\n".join(_show_value(question, one, language) for one in answer))
    return Shown(_show_value(question, answer, language))


def list_shown(
    form: Form, answers: Answers, files: Files, translate: Translate, language: str
) -> list[tuple[str, list[tuple[str, Shown]]]]:
    """Returns the answers to read, section by section: each with its question."""
    titles = {section.key: pick_text(section.title, language) for section in form.section}
    sections: dict[str, list[tuple[str, Shown]]] = {}
    for question in form.question:
        shown = show_answer(question, answers.get(question.key), files, translate, language)
        sections.setdefault(titles.get(question.section, ""), []).append((pick_text(question.text, language), shown))
    return list(sections.items())


def _show_value(cell: Cell, value: Any, language: str) -> str:
    if value is None:
        return ""
    if str(value) in cell.choice_texts:
        return pick_text(cell.choice_texts[str(value)], language)
    measured = measure(cell, value) if cell.kind in ("number", "money", "date") else None
    if measured is None:
        return str(value)
    if cell.kind == "money":
        return write_amount(int(measured), known_units()[cell.unit], language)  # type: ignore[arg-type]
    return write_value(measured, language)
