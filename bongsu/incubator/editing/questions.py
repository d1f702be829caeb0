"""The questions of form.toml, changed one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from bongsu.core.document_shape import convert_document
from bongsu.incubator.editing.rows import list_rows, put_row, remove_row, swap_rows
from bongsu.incubator.forms.document import Question

ROWS = "question"  # their name in the file


def read_question(fields: Mapping[str, Any]) -> Question:
    """Returns a question of fields that are named as in the file. Raises BadInput with the field."""
    return convert_document(fields, Question)


def put_question(text: str, index: int | None, question: Question) -> str:
    """Returns the text of form.toml with a question replaced, or added if `index` is None. Raises BadInput, Missing."""
    row, whole = _drop_defaults(question), msgspec.to_builtins(question)
    rows = list_rows(text, ROWS)
    before = rows[index] if index is not None and 0 <= index < len(rows) else {}
    for name, value in before.items():
        if name not in row and name in whole and _drop_defaults(whole[name]) == value:
            row[name] = value  # a default that was written stays
    return put_row(text, ROWS, index, row)


def remove_question(text: str, index: int) -> str:
    """Returns the text of form.toml without a question. Raises BadInput, Missing."""
    return remove_row(text, ROWS, index)


def swap_questions(text: str, index: int) -> str:
    """Returns the text of form.toml with a question and the next one in each other's place. Raises BadInput, Missing."""
    return swap_rows(text, ROWS, index)


def _drop_defaults(value: Any) -> Any:
    """Returns a struct as the file writes it: without the fields that have their default."""
    if isinstance(value, msgspec.Struct):
        return {
            field.encode_name: _drop_defaults(inner)
            for field in msgspec.structs.fields(value)
            if (inner := getattr(value, field.name)) != field.default
        }
    if isinstance(value, tuple):
        return [_drop_defaults(one) for one in value]
    return value
