"""How long records of applications are kept: the rows of retention.csv, and what a call says instead in [retention].

The months of a call lie between the `least` and the `most` of a row. Pure: what is deleted is in applications/retention.py.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from bongsu.core.errors import N_
from bongsu.core.text import Text
from bongsu.incubator.texts import Translate, write_sentence
from bongsu.store.tables.definitions import read_rows

_TABLE = files("bongsu.incubator") / "tables" / "retention.csv"
SENTENCE = N_("{months} months after {after}, the node deletes: {what}. What stays: {keeps}.")
APPLICATION, REVIEWS, DRAFT = "application", "reviews", "draft"


@dataclass(frozen=True)
class Term:
    """A row of retention.csv: what is deleted, how many months after what, and what stays; a call may choose other months."""

    what: str
    months: int
    least: int
    most: int
    text: Text
    after: Text
    keeps: Text


@lru_cache(maxsize=1)
def known_terms() -> Mapping[str, Term]:
    """Returns the terms by what they delete."""
    return MappingProxyType({row["what"]: _read_term(row) for row in read_rows(_TABLE)})


def _read_term(row: Mapping[str, str]) -> Term:
    months, least, most = (int(row[name]) for name in ("months", "least", "most"))
    text, after, keeps = (Text.from_row(row, prefix, where=row["what"]) for prefix in ("", "from_", "keeps_"))
    return Term(row["what"], months, least, most, text, after, keeps)


def find_months(chosen: Mapping[str, int | None], what: str) -> int:
    """Returns after how many months something is deleted: those that a call chose, else those of the table."""
    return chosen.get(what) or known_terms()[what].months


def describe_terms(chosen: Mapping[str, int | None], translate: Translate, language: str) -> list[str]:
    """Returns what is deleted when, and what stays, in sentences."""
    return [
        write_sentence(
            SENTENCE,
            {"months": find_months(chosen, what), "after": term.after, "what": term.text, "keeps": term.keeps},
            translate,
            language,
        )
        for what, term in known_terms().items()
    ]


def add_months(moment: datetime, months: int) -> datetime:
    """Returns the same day and time some months later; the last of the month where it is shorter."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))
