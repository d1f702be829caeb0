"""Finds what the fields of a form say against each other. An error refuses to open the call; a warning is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from bongsu.credits.unit_table import known_units
from bongsu.incubator.forms.answers import measure_bound
from bongsu.incubator.forms.document import Cell, Form, Question, find_most
from bongsu.incubator.texts import Finding, list_missing_languages, make_error, make_warning

MOST_TEXT = 100_000  # characters of a long text
_CHOSEN = ("choice", "many")
_COUNTED = ("text", "long-text", "many", "file", "table", "team")


def check_form(form: Form) -> list[Finding]:
    """Returns the findings of a form, errors first. Fields are named as in the file: question[3].most."""
    found = [*_check_names(form), *_check_languages(form)]
    for number, question in enumerate(form.question):
        field = f"question[{number}]"
        found += [*_check_cell(question, field), *_check_question(form, question, field)]
        for place, column in enumerate(question.columns):
            found += _check_cell(column, f"{field}.columns[{place}]")
    if all(question.anonymous == "hidden" for question in form.question):
        found.append(make_warning("question", "all-hidden"))
    return sorted(found, key=lambda finding: finding.level)


def _check_names(form: Form) -> Iterator[Finding]:
    for field, names in (
        ("question", [question.key for question in form.question]),
        ("section", [section.key for section in form.section]),
        ("question", [question.reuse for question in form.question if question.reuse]),
    ):
        for name, times in Counter(names).items():
            if times > 1:
                yield make_error(field, "twice", name=name)
    used = {question.section for question in form.question}
    for number, section in enumerate(form.section):
        if section.key not in used:
            yield make_warning(f"section[{number}]", "empty-section", name=section.key)


def _check_languages(form: Form) -> Iterator[Finding]:
    texts: list[tuple[str, Any]] = [("title", form.title or {})] if form.title else []
    texts += [(f"section[{number}].title", section.title) for number, section in enumerate(form.section)]
    for number, question in enumerate(form.question):
        field = f"question[{number}]"
        texts.append((f"{field}.text", question.text))
        texts += [(f"{field}.help", question.help)] if question.help else []
        cells: list[tuple[str, Cell]] = [(field, question)]
        cells += [(f"{field}.columns[{place}]", column) for place, column in enumerate(question.columns)]
        texts += [(f"{path}.text", cell.text) for path, cell in cells[1:]]
        texts += [
            (f"{path}.choices[{place}].text", choice.text)
            for path, cell in cells
            for place, choice in enumerate(cell.choices)
        ]
    for field, text in texts:
        if missing := list_missing_languages(text):
            yield make_warning(field, "languages", missing=missing)


def _check_cell(cell: Cell, field: str) -> Iterator[Finding]:
    if (cell.kind in _CHOSEN) != bool(cell.choices):
        yield make_error(f"{field}.choices", "no-choices" if cell.kind in _CHOSEN else "choices", kind=cell.kind)
    for name, times in Counter(choice.key for choice in cell.choices).items():
        if times > 1:
            yield make_error(f"{field}.choices", "twice", name=name)
    if cell.kind == "money" and cell.unit not in _list_money():
        yield make_error(f"{field}.unit", "unit", unit=cell.unit, known=tuple(_list_money()))
    elif cell.kind != "money" and cell.unit:
        yield make_error(f"{field}.unit", "no-unit", kind=cell.kind)
    yield from _check_bounds(cell, field)


def _list_money() -> list[str]:
    return [unit.code for unit in known_units().values() if unit.kind == "money"]


def _check_bounds(cell: Cell, field: str) -> Iterator[Finding]:
    ends: dict[str, Any] = {}
    for name, bound in (("least", cell.least), ("most", find_most(cell))):
        if bound is None:
            continue
        if cell.kind in ("choice", "consent"):
            yield make_error(f"{field}.{name}", "no-limit", kind=cell.kind)
            return
        end = bound if cell.kind in _COUNTED and isinstance(bound, int) else measure_bound(cell, bound)
        if end is None or (cell.kind in _COUNTED and not (isinstance(bound, int) and bound >= 0)):
            if cell.kind != "money" or cell.unit in _list_money():  # an unknown unit is said once
                yield make_error(f"{field}.{name}", "limit", kind=cell.kind, value=str(bound))
            return
        ends[name] = end
    if len(ends) == 2 and ends["least"] > ends["most"]:
        yield make_error(f"{field}.least", "least-above-most", least=str(cell.least), most=str(find_most(cell)))
    if "most" in ends and cell.kind in _COUNTED and ends["most"] == 0:
        yield make_error(f"{field}.most", "nothing")
    if cell.kind in ("text", "long-text") and ends["most"] > MOST_TEXT:
        yield make_error(f"{field}.most", "too-long", most=MOST_TEXT)
    if cell.kind == "many" and ends.get("least", 0) > len(cell.choices):
        yield make_error(f"{field}.least", "few-choices", least=ends["least"], count=len(cell.choices))


def _check_question(form: Form, question: Question, field: str) -> Iterator[Finding]:
    if (question.kind == "table") != bool(question.columns):
        code = "no-columns" if question.kind == "table" else "columns"
        yield make_error(f"{field}.columns", code, kind=question.kind)
    for name, times in Counter(column.key for column in question.columns).items():
        if times > 1:
            yield make_error(f"{field}.columns", "twice", name=name)
    if question.section and question.section not in {section.key for section in form.section}:
        yield make_error(f"{field}.section", "unknown-section", name=question.section)
    if form.section and not question.section:
        yield make_warning(f"{field}.section", "no-section")
    if question.kind == "team" and question.anonymous != "hidden":
        yield make_error(f"{field}.anonymous", "team-shown")
    if question.kind == "consent" and question.reuse:
        yield make_error(f"{field}.reuse", "consent-reused")
    yield from _check_condition(form, question, field)


def _check_condition(form: Form, question: Question, field: str) -> Iterator[Finding]:
    condition = question.required_if
    if condition is None:
        return
    field = f"{field}.required-if"
    other = form.questions.get(condition.question)
    if question.required:
        yield make_error(field, "required-twice")
    if other is None or other is question:
        yield make_error(f"{field}.question", "unknown-question", name=condition.question)
        return
    if not condition.values:
        if other.kind == "file":
            yield make_error(f"{field}.question", "condition-on-file", name=other.key)
        return
    for value in condition.values:
        if other.kind in _CHOSEN:
            known = value in other.choice_texts
        elif other.kind == "consent":
            known = isinstance(value, bool)
        else:
            known = other.kind == "text" and isinstance(value, str)
        if not known:
            yield make_error(f"{field}.is", "never", name=other.key, value=str(value))
