"""What a comparison can ask about: a question of the form, a column of a table (“budget.amount”), a fact of the node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from bongsu.core.text import Text
from bongsu.incubator.forms.document import Cell, Form, Question
from bongsu.store.tables.definitions import read_rows


@dataclass(frozen=True)
class Field:
    """A field: its name, its kind, its words, what it can be if that is a short list, and the question or column it is.

    Kinds are those of questions; `code` and `codes` (one or several codes) and `count` are those of facts; a column of a
    table is `numbers` or `amounts`, and nothing else can be asked of it.
    """

    name: str
    kind: str
    text: Text | Mapping[str, str]
    values: Mapping[str, Text | Mapping[str, str]]
    cell: Cell | None = None
    question: Question | None = None

    @property
    def is_fact(self) -> bool:
        """Whether the node knows it, not the applicant."""
        return self.question is None


@lru_cache(maxsize=1)
def known_facts() -> Mapping[str, Field]:
    """Returns the facts that a node can know of an application, by name."""
    return MappingProxyType(
        {
            row["fact"]: Field(
                row["fact"],
                row["kind"],
                Text.from_row(row, where=row["fact"]),
                {value: Text(value) for value in row["values"].split()},
            )
            for row in read_rows(files("bongsu.incubator") / "tables" / "facts.csv")
        }
    )


_COLUMN_KINDS = {"number": "numbers", "money": "amounts"}


def list_fields(form: Form) -> dict[str, Field]:
    """Returns every field that rules can ask about, by name: the facts, the questions, the numbers in tables."""
    fields = dict(known_facts())
    for question in form.question:
        fields[question.key] = Field(
            question.key, question.kind, question.text, question.choice_texts, question, question
        )
        for column in question.columns:
            if column.kind in _COLUMN_KINDS:
                name = f"{question.key}.{column.key}"
                fields[name] = Field(name, _COLUMN_KINDS[column.kind], column.text, {}, column, question)
    return fields
