"""Reads what the house says of itself to people, from the tables of bongsu/definitions: programmes, methods, words.

A release names its programme and its method; these tables say, in three languages, what that programme tells and how that
method works. So the shop window can explain a figure without knowing the programme's code, and so can a node that got the
release from another.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from bongsu.core.programme import Chapter, Face
from bongsu.core.text import LANGUAGES, Text
from bongsu.store.tables.definitions import TABLES, rows


@dataclass(frozen=True)
class MethodRecord:
    """How a method works. `example` is arithmetic that Python reads; it gives `result`, in `unit`."""

    name: str
    title: Text
    summary: Text
    formula: str
    unit: str
    source: str
    limits: Text
    example: str
    result: float
    told: Text
    manual: str


@dataclass(frozen=True)
class Word:
    """A word of the house, and what it means."""

    word: Text
    meaning: Text


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((TABLES / name).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def faces() -> Mapping[str, Face]:
    """Every programme's face by name (definitions/programmes.toml), in the order of the house."""
    return MappingProxyType({name: _face(name, row) for name, row in _read("programmes.toml").items()})


def _face(name: str, row: Mapping[str, Any]) -> Face:
    title, summary, question = (Text.of(row[part], f"programmes.toml, {name}") for part in _FACE)
    return Face(name, title, summary, question, tuple(_chapter(one, name) for one in row.get("story", ())))


_FACE = ("title", "summary", "question")


def _chapter(row: Mapping[str, Any], where: str) -> Chapter:
    return Chapter(Text.of(row["title"], where), Text.of(row["text"], where), row["flow"], row["chart"])


@lru_cache(maxsize=1)
def methods() -> Mapping[str, MethodRecord]:
    """Every method by name, without its version (definitions/methods.toml)."""
    return MappingProxyType({name: _method(name, row) for name, row in _read("methods.toml").items()})


def _method(name: str, row: Mapping[str, Any]) -> MethodRecord:
    where = f"methods.toml, {name}"
    title, summary, limits = (Text.of(row[part], where) for part in ("title", "summary", "limits"))
    example = row["example"]
    return MethodRecord(
        name,
        title,
        summary,
        row["formula"],
        row["unit"],
        row["source"],
        limits,
        example["arithmetic"],
        float(example["result"]),
        Text.of(example["text"], where),
        row["manual"],
    )


@lru_cache(maxsize=1)
def words() -> tuple[Word, ...]:
    """The words of the house (definitions/glossary.csv)."""
    return tuple(
        Word(
            *(Text.of({language: row[f"{part}_{language}"] for language in LANGUAGES}) for part in ("word", "meaning"))
        )
        for row in rows(TABLES / "glossary.csv")
    )
