"""Tests of convert_document: an error names the field and says what it must be."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from msgspec import Struct

from bongsu.core.document_shape import convert_document, limit
from bongsu.core.errors import BadInput, UnknownName

Day = Annotated[str, limit("“{value}” is not a valid date.", "Write YYYY-MM-DD.", pattern=r"^\d{4}-\d\d-\d\d$")]


class Mark(StrEnum):
    LINE = "line"
    BAR = "bar"


class Part(Struct, forbid_unknown_fields=True):
    size: Annotated[float, limit(ge=0, le=10)]
    day: Day | None = None


class Within(Struct, tag_field="check", tag="within"):
    low: int


class SumsTo(Struct, tag_field="check", tag="sums_to"):
    total: str


class Whole(Struct, forbid_unknown_fields=True):
    name: Annotated[str, limit(min_length=1)]
    parts: dict[str, Part] = {}
    marks: list[Mark] = []
    checks: list[Within | SumsTo] = []
    open: bool = False
    records: dict[Literal["mof", "osai"], dict[str, Any]] = {}
    codes: str | list[str] = []


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({}, "name", "The field “name” is missing."),
    ({"name": 3}, "name", "“name” must be a text."),
    ({"name": ""}, "name", "“name” must not be empty."),
    ({"name": "x", "open": "yes"}, "open", "“open” must be true or false."),
    ({"name": "x", "marks": "line"}, "marks", "“marks” must be a list."),
    (
        {"name": "x", "marks": ["bar", "lien"]},
        "marks[1]",
        "There is no value “lien”. Did you mean line? Known: line, bar.",
    ),
    ({"name": "x", "parts": []}, "parts", "“parts” must be a table."),
    ({"name": "x", "parts": {"a": {"size": 1}, "b": {"size": True}}}, "parts.b.size", "“size” must be a number."),
    ({"name": "x", "parts": {"a": {"size": 1}, "b.c": {}}}, "parts.b.c.size", "The field “size” is missing."),
    ({"name": "x", "parts": {"a": {"size": -1}}}, "parts.a.size", "“size” must be at least 0, not -1."),
    ({"name": "x", "parts": {"a": {"size": 11}}}, "parts.a.size", "“size” must be at most 10, not 11."),
    (
        {"name": "x", "parts": {"a": {"size": 1, "sise": 1}}},
        "parts.a.sise",
        "There is no field “sise”. Did you mean size?",
    ),
    (
        {"name": "x", "parts": {"a": {"size": 1, "day": "1 May"}}},
        "parts.a.day",
        "“1 May” is not a valid date. Write YYYY-MM-DD.",
    ),
    (
        {"name": "x", "checks": [{"check": "witin"}]},
        "checks[0].check",
        "There is no value “witin”. Did you mean within? Known: within, sums_to.",
    ),
    ({"name": "x", "checks": [{"check": "within", "low": "1"}]}, "checks[0].low", "“low” must be a whole number."),
    (
        {"name": "x", "records": {"osia": {}}},
        "records",
        "There is no value “osia”. Did you mean osai? Known: mof, osai.",
    ),
    ({"name": "x", "codes": 3}, "codes", "“codes” must be a text or a list."),
    ({"nam": "x"}, "nam", "There is no field “nam”. Did you mean name?"),
]


@pytest.mark.parametrize(
    ("document", "path", "said"), WRONG, ids=[path + str(n) for n, (_, path, _) in enumerate(WRONG)]
)
def test_an_invalid_field_is_named(document: dict[str, Any], path: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        convert_document(document, Whole, "x.toml")
    assert refused.value.where == f"x.toml, {path}"
    assert str(refused.value).replace(f" (x.toml, {path})", "") == said


def test_a_document_that_is_not_a_table_is_refused() -> None:
    with pytest.raises(BadInput, match="A table of fields is expected here"):
        convert_document([], Whole, "x.toml")


def test_the_path_of_a_part_is_continued() -> None:
    with pytest.raises(BadInput) as refused:
        convert_document({"size": "1"}, Part, "", "parts.a")
    assert refused.value.where == "parts.a.size"
    with pytest.raises(BadInput, match="“value” must be a text"):
        convert_document(3, str, "x.toml", "claims.licence.value")


def test_only_the_fields_of_the_table_are_offered() -> None:
    with pytest.raises(UnknownName) as refused:
        convert_document({"name": "x", "parts": {"a": {"size": 1, "zzz": 1}}}, Whole)
    assert refused.value.values["near"] == "day, size"


@pytest.mark.parametrize("value", [math.inf, math.nan, 10**400])
def test_a_number_is_finite(value: float) -> None:
    with pytest.raises(BadInput, match="“size” must be a finite number"):
        convert_document({"size": value}, Part)


@pytest.mark.parametrize("value", ["2026-02-31", "31 May", 5, datetime(2026, 1, 31, 12, tzinfo=UTC)])
def test_a_date_is_a_day_that_exists(value: object) -> None:
    with pytest.raises(BadInput, match=r"is not a valid date\. \(date\) Write it as 2026-01-31\."):
        convert_document(value, date, path="date")


def test_a_document_that_fits_is_converted() -> None:
    document = {"name": "a", "parts": {"b": {"size": 2}}, "checks": [{"check": "within", "low": 1}], "codes": ["x"]}
    assert convert_document(document, Whole, "a.toml") == Whole("a", {"b": Part(2.0)}, checks=[Within(1)], codes=["x"])


def test_a_limit_without_a_message_says_what_is_wrong() -> None:
    with pytest.raises(BadInput, match="“colour” does not fit"):
        convert_document("green", Annotated[str, limit(pattern="^red|blue$")], path="colour")
