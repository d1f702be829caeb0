"""The order of recipes, and the sources of a programme."""

from __future__ import annotations

import pytest

from bongsu.core.errors import BadInput
from bongsu.core.programme import BuildInputs, Programme, Recipe, order_recipes
from bongsu.core.provenance import Origin, Source
from bongsu.core.release import Draft
from bongsu.store.tables.programmes import read_programmes

TABLE = Source("table", "package", "table.csv", Origin("Publisher", "Title", "", "CC0-1.0", ""), "2025")


def build(inputs: BuildInputs) -> Draft:
    raise NotImplementedError


def test_a_recipe_comes_after_the_dataflows_that_it_reads() -> None:
    first, second, third = (
        Recipe("A", ("B", "C"), build),
        Recipe("B", ("C", "OTHER_PROGRAMME"), build),
        Recipe("C", (TABLE,), build),
    )
    assert [recipe.flow for recipe in order_recipes([first, second, third])] == ["C", "B", "A"]


def test_recipes_that_read_each_other_are_refused() -> None:
    with pytest.raises(BadInput, match=r"need each other: (A, B, A|B, A, B)"):
        order_recipes([Recipe("A", ("B",), build), Recipe("B", ("A",), build)])


def test_the_sources_of_a_programme_are_those_of_its_recipes() -> None:
    recipes = (Recipe("A", (TABLE,), build), Recipe("B", (TABLE, "A"), build))
    assert Programme(read_programmes()["energy"], (), recipes).sources == (TABLE,)
