"""Reads the descriptions of methods, in three languages, and the glossary.

A release names its method, and the description explains it, so that pages do not need the programme's code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from bongsu.core.document_shape import convert_document
from bongsu.core.errors import N_, BadInput, Missing
from bongsu.core.provenance import Method
from bongsu.core.structure import Dataflow
from bongsu.core.text import Text
from bongsu.store.tables.definitions import DEFINITIONS, read_rows
from bongsu.store.tables.own_definitions import Names
from bongsu.store.tables.programmes import list_packages, read_flow_files, read_toml


@dataclass(frozen=True)
class MethodRecord:
    """The description of a method. `example` is a Python expression whose value is `result`, in `unit`."""

    name: str
    title: Text
    summary: Text
    formula: str
    unit: str
    source: str
    limits: Text
    example: str
    result: float
    example_text: Text
    manual: str


@dataclass(frozen=True)
class GlossaryEntry:
    """A word of the glossary, and what it means."""

    word: Text
    meaning: Text


@lru_cache(maxsize=1)
def method_records() -> Mapping[str, MethodRecord]:
    """Returns every method, by name without version.

    A method is described under [method] in the file of its dataflow, or in the methods.toml of its package. Its `manual` is
    a page of docs/methods, or that file where no page says more.
    """
    records: dict[str, MethodRecord] = {}
    for name, row, where in _read_methods():
        if name in records:
            raise BadInput(N_("The method “{name}” is described twice."), where=where, name=name)
        records[name] = _parse_method(row, where)
    return MappingProxyType(records)


def find_method(flow: Dataflow) -> Method:
    """Returns the method of a dataflow, with the page that explains it. Raises Missing if it is not described."""
    name, version = flow.method.rsplit(" ", 1)
    if name not in method_records():
        raise Missing(N_("The method “{name}” of {flow} has no description."), name=name, flow=flow.id)
    return Method(name, version, method_records()[name].manual)


def _read_methods() -> Iterator[tuple[str, Mapping[str, Any], str]]:
    for package in list_packages():
        for _, row, where in read_flow_files(package):
            if isinstance(method := row.get("method"), Mapping):
                yield str(method.get("name", "")), method, where
        if (files(package) / "methods.toml").is_file():
            methods, where = read_toml(package, "methods.toml")
            for name, method in methods.items():
                yield name, {"name": name, **method}, where


class _Example(Struct, forbid_unknown_fields=True):
    arithmetic: str
    result: float
    text: Names


class _MethodTable(Struct, forbid_unknown_fields=True):
    name: str
    title: Names
    summary: Names
    formula: str
    unit: str
    source: str
    limits: Names
    example: _Example
    version: str = "1"
    manual: str = ""


def _parse_method(document: Mapping[str, Any], where: str) -> MethodRecord:
    row = convert_document(document, _MethodTable, where)
    return MethodRecord(
        row.name,
        Text.of(row.title, where),
        Text.of(row.summary, where),
        row.formula,
        row.unit,
        row.source,
        Text.of(row.limits, where),
        row.example.arithmetic,
        row.example.result,
        Text.of(row.example.text, where),
        row.manual or where,
    )


@lru_cache(maxsize=1)
def read_glossary() -> tuple[GlossaryEntry, ...]:
    """Returns the entries of the glossary (definitions/glossary.csv)."""
    return tuple(
        GlossaryEntry(Text.from_row(row, "word_"), Text.from_row(row, "meaning_"))
        for row in read_rows(DEFINITIONS / "glossary.csv")
    )
