"""Reads the description of a method, and evaluates its worked example."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from bongsu.core.arithmetic import evaluate_arithmetic
from bongsu.core.document_shape import convert_document
from bongsu.core.errors import N_, BadInput
from bongsu.core.structure import Names
from bongsu.core.text import Text


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


def parse_method(document: Mapping[str, Any], where: str) -> MethodRecord:
    """Returns the method of a table. Raises BadInput if a field is wrong, or if the example does not give its result."""
    row = convert_document(document, _MethodTable, where)
    example = row.example
    if not math.isclose(found := evaluate_arithmetic(example.arithmetic), example.result, rel_tol=1e-12):
        raise BadInput(
            N_("The arithmetic of the example gives {found}, not {result}."),
            where=f"{where}, example",
            found=found,
            result=example.result,
        )
    return MethodRecord(
        row.name,
        Text.of(row.title, where),
        Text.of(row.summary, where),
        row.formula,
        row.unit,
        row.source,
        Text.of(row.limits, where),
        example.arithmetic,
        example.result,
        Text.of(example.text, where),
        row.manual or where,
    )
