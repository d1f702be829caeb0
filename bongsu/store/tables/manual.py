"""Reads the descriptions of methods, in three languages, and the glossary.

A release names its method, and the description explains it, so that pages do not need the programme's code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from bongsu.core.errors import N_, Missing
from bongsu.core.provenance import Method
from bongsu.core.structure import Dataflow
from bongsu.core.text import Text
from bongsu.store.tables.definitions import DEFINITIONS, read_rows
from bongsu.store.tables.method_tables import MethodRecord
from bongsu.store.tables.programmes import list_packages, read_methods


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
    return MappingProxyType({record.name: record for package in list_packages() for record in read_methods(package)})


def find_method(flow: Dataflow) -> Method:
    """Returns the method of a dataflow, with the page that explains it. Raises Missing if it is not described."""
    name, version = flow.method.rsplit(" ", 1)
    if name not in method_records():
        raise Missing(N_("The method “{name}” of {flow} has no description."), name=name, flow=flow.id)
    return Method(name, version, method_records()[name].manual)


@lru_cache(maxsize=1)
def read_glossary() -> tuple[GlossaryEntry, ...]:
    """Returns the entries of the glossary (definitions/glossary.csv)."""
    return tuple(
        GlossaryEntry(Text.from_row(row, "word_"), Text.from_row(row, "meaning_"))
        for row in read_rows(DEFINITIONS / "glossary.csv")
    )
