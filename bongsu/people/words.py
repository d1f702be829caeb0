"""Actions and kinds of objects in words: the tables actions.csv and kinds.csv of all rooms."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from bongsu.core.text import Text
from bongsu.people.room_tables import read_room_tables


@lru_cache(maxsize=2)
def _titles(column: str) -> Mapping[str, Text]:
    rows = read_room_tables(f"{column}s.csv")
    return MappingProxyType({row[column]: Text.from_row(row, where=row[column]) for row in rows})


def name_action(action: str, language: str) -> str:
    """Returns what an action is in words; its code if no table has it, as of another version."""
    return _titles("action")[action].to(language) if action in _titles("action") else action


def name_kind(kind: str, language: str) -> str:
    """Returns a kind of object in words; its code if no table has it."""
    return _titles("kind")[kind].to(language) if kind in _titles("kind") else kind


def name_scope(kind: str, id: str, language: str) -> str:
    """Returns a scope in words, such as “organisation kaist” or “the whole node”."""
    return f"{name_kind(kind, language)} {id}".strip()
