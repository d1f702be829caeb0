"""Tests of Fields: a field of another type is refused with its path."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from bongsu.core.errors import BadInput, UnknownName
from bongsu.core.field_reader import Fields

READERS: dict[str, Callable[[Fields], Any]] = {
    "text": lambda fields: fields.text("x"),
    "text or nothing": lambda fields: fields.text("x", ""),
    "flag": lambda fields: fields.flag("x", True),
    "number": lambda fields: fields.number("x"),
    "number or none": lambda fields: fields.number("x", None),
    "whole": lambda fields: fields.whole("x", 7),
    "whole numbers": lambda fields: fields.whole_numbers("x"),
    "texts": lambda fields: fields.texts("x"),
    "table": lambda fields: dict(fields.table("x")),
    "named": lambda fields: list(fields.named("x")),
    "rows": lambda fields: [row.text("concept") for row in fields.rows("x")],
}


@pytest.mark.parametrize(
    ("reader", "value", "found"),
    [
        ("text", "a", "a"),
        ("text or nothing", "", ""),
        ("flag", False, False),
        ("number", 3, 3.0),
        ("number", 0, 0.0),
        ("number", -2.5, -2.5),
        ("whole", 0, 0),
        ("whole", 12, 12),
        ("whole numbers", [0, 3], (0, 3)),
        ("texts", "a", ("a",)),
        ("texts", ["a", "b"], ("a", "b")),
        ("table", {"a": 1}, {"a": 1}),
        ("named", {"a": {}, "b": {}}, ["a", "b"]),
        ("rows", ["A", {"concept": "B"}], ["A", "B"]),
    ],
)
def test_a_value_of_the_type_is_returned(reader: str, value: object, found: object) -> None:
    read = READERS[reader](Fields({"x": value}))
    assert read == found
    assert type(read) is type(found)


@pytest.mark.parametrize(
    ("reader", "found"),
    [
        ("text or nothing", ""),
        ("flag", True),
        ("number or none", None),
        ("whole", 7),
        ("whole numbers", ()),
        ("texts", ()),
        ("table", {}),
        ("named", []),
        ("rows", []),
    ],
)
def test_a_missing_field_has_its_default(reader: str, found: object) -> None:
    assert READERS[reader](Fields({})) == found


@pytest.mark.parametrize("reader", ["text", "number"])
def test_a_missing_field_without_a_default_is_refused(reader: str) -> None:
    with pytest.raises(BadInput, match="“x” is missing"):
        READERS[reader](Fields({}))


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        ("text", ""),
        ("text", 1),
        ("text or nothing", None),
        ("flag", 1),
        ("flag", "true"),
        ("number", "3"),
        ("number", True),
        ("number", math.nan),
        ("number", math.inf),
        ("number", -math.inf),
        ("number or none", [1]),
        ("whole", -1),
        ("whole", True),
        ("whole", 1.0),
        ("whole numbers", 3),
        ("whole numbers", [3, -1]),
        ("texts", 3),
        ("texts", ["a", ""]),
        ("texts", ["a", 3]),
        ("table", []),
        ("named", {"a": 1}),
        ("rows", "A"),
        ("rows", [3]),
    ],
)
def test_a_value_of_another_type_is_refused_with_its_place(reader: str, value: object) -> None:
    with pytest.raises(BadInput) as refused:
        READERS[reader](Fields({"x": value}, "a.toml"))
    assert refused.value.where.startswith("a.toml: x")


def test_errors_of_inner_tables_have_the_full_path() -> None:
    fields = Fields({"rows": ["A", {"concept": 3}], "by": {"name": {"concept": 3}}}, "a.toml")
    for inner, place in ((fields.rows("rows")[1], "a.toml: rows[1]"), (fields.named("by")["name"], "a.toml: by.name")):
        with pytest.raises(BadInput) as refused:
            inner.text("concept")
        assert refused.value.where == f"{place}: concept"
    assert Fields({}).place("name") == "name"
    with pytest.raises(BadInput, match="A table of fields"):
        Fields(["a"])


def test_an_unknown_field_is_refused() -> None:
    fields = Fields({"name": "a", "nmae": "b"}, "a.toml")
    fields.text("name")
    with pytest.raises(UnknownName, match=r"“nmae”.*name"):
        fields.nothing_else()
    fields.raw("nmae")
    fields.nothing_else()
