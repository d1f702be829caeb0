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

from bongsu.core.programme import ProgrammeInfo, StorySection
from bongsu.core.text import LANGUAGES, Text
from bongsu.store.tables.definitions import DEFINITIONS, read_rows


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
class GlossaryEntry:
    """A word of the house, and what it means."""

    word: Text
    meaning: Text


def _read_toml(name: str) -> dict[str, Any]:
    return tomllib.loads((DEFINITIONS / name).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def read_programmes() -> Mapping[str, ProgrammeInfo]:
    """Every programme's face by name (definitions/programmes.toml), in the order of the house."""
    return MappingProxyType({name: _parse_programme(name, row) for name, row in _read_toml("programmes.toml").items()})


def _parse_programme(name: str, row: Mapping[str, Any]) -> ProgrammeInfo:
    title, summary, question = (Text.of(row[part], f"programmes.toml, {name}") for part in _INFO_TEXTS)
    return ProgrammeInfo(
        name, title, summary, question, tuple(_parse_section(one, name) for one in row.get("story", ()))
    )


_INFO_TEXTS = ("title", "summary", "question")


def _parse_section(row: Mapping[str, Any], where: str) -> StorySection:
    return StorySection(Text.of(row["title"], where), Text.of(row["text"], where), row["flow"], row["chart"])


@lru_cache(maxsize=1)
def method_records() -> Mapping[str, MethodRecord]:
    """Every method by name, without its version (definitions/methods.toml)."""
    return MappingProxyType({name: _parse_method(name, row) for name, row in _read_toml("methods.toml").items()})


def _parse_method(name: str, row: Mapping[str, Any]) -> MethodRecord:
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
def read_glossary() -> tuple[GlossaryEntry, ...]:
    """The words of the house (definitions/glossary.csv)."""
    return tuple(
        GlossaryEntry(
            *(Text.of({language: row[f"{part}_{language}"] for language in LANGUAGES}) for part in ("word", "meaning"))
        )
        for row in read_rows(DEFINITIONS / "glossary.csv")
    )
