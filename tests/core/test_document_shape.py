"""What does not fit the shape of a document is said in words, with its place and the nearest names."""

from __future__ import annotations

from typing import Annotated

import pytest
from msgspec import Meta, Struct

from bongsu.core.document_shape import convert_document
from bongsu.core.errors import BadInput, UnknownName


class Part(Struct, forbid_unknown_fields=True):
    weight: float


class Whole(Struct, forbid_unknown_fields=True):
    name: str
    part: Part | None = None
    parts: list[Part] = []
    by_name: dict[str, Part] = {}
    colour: Annotated[str, Meta(pattern="^red|blue$")] = "red"


def test_a_document_that_fits_is_converted() -> None:
    document = {"name": "a", "part": {"weight": 1}, "by_name": {"b": {"weight": 2.5}}}
    assert convert_document(document, Whole, "a.toml") == Whole("a", Part(1.0), [], {"b": Part(2.5)})


@pytest.mark.parametrize(
    ("document", "where", "message"),
    [
        ({}, "a.toml", "“name”"),
        ({"name": 3}, "a.toml, name", "Expected a text, found a whole number"),
        ({"name": "a", "part": {"weight": "1"}}, "a.toml, part.weight", "Expected a number, found a text"),
        ({"name": "a", "parts": 3}, "a.toml, parts", "Expected a list, found a whole number"),
        ([], "a.toml", "Expected a table, found a list"),
        ({"name": "a", "colour": "green"}, "a.toml, colour", "does not fit"),
    ],
)
def test_what_does_not_fit_is_named(document: object, where: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as refused:
        convert_document(document, Whole, "a.toml")
    assert refused.value.where == where


@pytest.mark.parametrize(
    "document", [{"part": {"wieght": 1}}, {"parts": [{"wieght": 1}]}, {"by_name": {"b": {"wieght": 1}}}]
)
def test_an_unknown_field_of_an_inner_table_offers_the_fields_there_are(document: dict[str, object]) -> None:
    with pytest.raises(UnknownName, match="weight"):
        convert_document({"name": "a", **document}, Whole, "a.toml")
