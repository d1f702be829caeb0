"""Atoms: which cell of a table each group of people is in."""

from __future__ import annotations

import pyarrow as pa

from bongsu.core.microdata_question import Question
from bongsu.desk.atoms import Atoms
from bongsu.desk.released_tables import ReleasedTable

ATOMS = Atoms(pa.table({"SEX": ["F", "M", "F", "M"], "AGE": [20, 20, 40, None], "n": [5, 6, 7, 8]}))


def blocks(hidden: list[tuple[str, ...]], **question: object) -> list[tuple[list[int], list[bool]]]:
    asked = Question.from_data({"holding": "town", "statistics": [{"kind": "count"}], **question})
    (shown,) = ReleasedTable.from_answer(asked, hidden)
    return [(cells.tolist(), visible.tolist()) for cells, visible in ATOMS.blocks(shown)]


def test_atom_outside_population_is_in_no_cell() -> None:
    by_sex = blocks([("M",)], where={"AGE": {"from": 30}}, breakdown=["SEX"])
    assert by_sex == [([-1, -1, 0, -1], [False, False, True, False]), ([-1, -1, 0, -1], [False, False, True, False])]


def test_hidden_cell_keeps_its_number() -> None:
    """By sex, then in total."""
    assert blocks([("M",)], breakdown=["SEX"]) == [([0, 1, 0, 1], [True, False, True, False]), ([0] * 4, [True] * 4)]


def test_person_without_an_age_is_in_no_range_and_in_the_unknown_band() -> None:
    bands = [{"concept": "AGE", "bands": [30]}]
    assert blocks([("_U",)], breakdown=bands, margins=False) == [([0, 0, 1, 2], [True, True, True, False])]
    assert blocks([], where={"AGE": {"to": 100}}) == [([0, 0, 0, -1], [True, True, True, False])]
