"""Texts of a call as an officer writes them: in as many languages as she can, at least one.

A reader sees her language, else English, else the first that was written. Which of the languages of the tables are missing is
a warning, never a refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Literal, NamedTuple

from babel.numbers import format_decimal

from bongsu.core.document_shape import limit
from bongsu.core.errors import N_, BadInput
from bongsu.core.languages import TABLE_LANGUAGES
from bongsu.core.text import Text
from bongsu.credits.rules.amounts import find_locale, write_day, write_list

Translate = Callable[[str], str]

OfficerText = Annotated[
    str,
    limit(
        N_("“{name}” must have 1 to 5,000 characters."),
        pattern=r"\S",
        max_length=5000,
    ),
]
LanguageCode = Annotated[
    str,
    limit(N_("“{value}” is not the code of a language."), N_("Write en, ko or fr."), pattern=r"\A[a-z]{2,3}\Z"),
]
OfficerTexts = Annotated[
    dict[LanguageCode, OfficerText],
    limit(N_("“{name}” needs a text in at least one language."), min_length=1, max_length=50),
]
Key = Annotated[
    str,
    limit(
        N_("“{value}” is not a valid name."),
        N_("Use small letters, digits and hyphens after a first letter or digit, 40 at most."),
        pattern=r"\A[a-z0-9][a-z0-9-]{0,39}\Z",
    ),
]


class Finding(NamedTuple):
    """What is wrong in a file of a call: its field, and a code with values; a table of each package has the sentence.

    An error refuses to open the call; a warning is shown.
    """

    level: Literal["error", "warning"]
    field: str
    code: str
    values: Mapping[str, Any]


def make_error(field: str, code: str, **values: Any) -> Finding:
    """Returns a finding that refuses to open the call."""
    return Finding("error", field, code, values)


def make_warning(field: str, code: str, **values: Any) -> Finding:
    """Returns a finding that is shown."""
    return Finding("warning", field, code, values)


def pick_text(texts: Mapping[str, str], language: str) -> str:
    """Returns a text in a language, else in English, else in the first language that it has; empty if it has none."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


def list_missing_languages(texts: Mapping[str, str]) -> tuple[str, ...]:
    """Returns the languages of the tables that a text lacks."""
    return tuple(code for code in TABLE_LANGUAGES if not texts.get(code))


def write_sentence(message: str, values: Mapping[str, Any], translate: Translate, language: str) -> str:
    """Returns a marked sentence with its values, written for a language."""
    written = {name: write_value(value, language) for name, value in values.items()}
    return translate(message).format_map(written)


def write_value(value: Any, language: str) -> str:
    """Returns a value for readers: a number, a day, a text of the tables or of an officer, or a list of these."""
    if isinstance(value, int) and not isinstance(value, bool):
        return format_decimal(value, locale=find_locale(language))
    if isinstance(value, Fraction):
        return format_decimal(round(float(value), 6), locale=find_locale(language))
    if isinstance(value, date):
        return write_day(value, language)
    if isinstance(value, Text):
        return value.to(language)
    if isinstance(value, Mapping):
        return pick_text(value, language)
    if isinstance(value, tuple | list):
        return write_list((write_value(one, language) for one in value), language)
    return str(value)


def refuse_deep(document: object, where: str, most: int) -> None:
    """Raises BadInput if lists and tables of a document stand inside each other more than `most` times."""
    level, depth = [document], 0
    while level := [inner for one in level for inner in _list_inner(one)]:
        depth += 1
        if depth > most:
            raise BadInput(N_("The file has tables inside tables, more than {most} deep."), where=where, most=most)


def _list_inner(one: object) -> list[object]:
    if isinstance(one, Mapping):
        return list(one.values())
    return list(one) if isinstance(one, list) else []
