"""The kinds of conflict and of relation, as rows of tables: what a conflict of a kind does is read there, not in code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, cast

from bongsu.core.text import Text
from bongsu.store.tables.definitions import read_rows

Severity = Literal["real", "apparent", "potential"]
Action = Literal["bar", "decide", "hint", "ask"]
_FOLDER = files("bongsu.incubator") / "tables"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of conflict; `how` are the codes of its evidence, `years` how far back it reaches (None: always)."""

    name: str
    text: Text
    how: frozenset[str]
    severity: Severity
    action: Action
    waivable: bool
    years: int | None


@dataclass(frozen=True, slots=True)
class RelationKind:
    """A kind of relation between two people, and for how many years after its end it counts (None: always)."""

    name: str
    text: Text
    years: int | None


@lru_cache(maxsize=1)
def known_kinds() -> Mapping[str, Kind]:
    """Returns the kinds of conflict by name (tables/conflicts.csv)."""
    return MappingProxyType(
        {
            row["kind"]: Kind(
                row["kind"],
                Text.from_row(row, where=row["kind"]),
                frozenset(row["how"].split()),
                cast("Severity", row["severity"]),
                cast("Action", row["action"]),
                row["waivable"] == "yes",
                _read_years(row),
            )
            for row in read_rows(_FOLDER / "conflicts.csv")
        }
    )


@lru_cache(maxsize=1)
def known_relations() -> Mapping[str, RelationKind]:
    """Returns the kinds of relation by name (tables/relations.csv)."""
    return MappingProxyType(
        {
            row["kind"]: RelationKind(row["kind"], Text.from_row(row, where=row["kind"]), _read_years(row))
            for row in read_rows(_FOLDER / "relations.csv")
        }
    )


def _read_years(row: Mapping[str, str]) -> int | None:
    return int(row["years"]) if row["years"] else None


def reaches(until: date, years: int | None, closing_day: date) -> bool:
    """Whether what ended on a day still counts on the closing day: to the day, both days included.

    What ended on 2023-11-30 counts for three years until 2026-11-30. Before a 29 February that does not exist, the 28th counts.
    """
    return years is None or until >= _go_back(closing_day, years)


@lru_cache(maxsize=100)
def _go_back(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
