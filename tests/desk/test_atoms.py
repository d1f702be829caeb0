"""Atoms: which cell of a table each group of people is in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from bongsu.core.microdata_question import Question, Split
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


def test_person_without_an_occupation_is_in_the_unknown_code_of_every_level() -> None:
    atoms = Atoms(pa.table({"OCCUPATION": ["11", "1", None], "n": [5, 6, 7]}))
    levels = atoms.levels(Split("OCCUPATION", digits=(1, 2)), margins=False)
    assert [[codes[number] for number in numbers] for codes, numbers in levels] == [
        ["11", "1_U", "_U"],
        ["1", "1", "_U"],
    ]


def test_contributors_are_counted_once_over_atoms_and_periods() -> None:
    """Two groups: employers a and b, and b alone; then five and seven people in the larger of two months, and three in one."""
    group = np.array([0, 0, 0, 1])
    firms = Atoms(pa.table({"contributor": ["a", "b", "a", "b"], "n": [1, 1, 1, 1]}))
    assert firms.count_contributors(group).tolist() == [2, 1]
    months = Atoms(pa.table({"period": ["01", "02", "02", "01"], "n": [5, 4, 3, 3]}))
    assert months.count_contributors(group).tolist() == [7, 3]
    assert Atoms(pa.table({"n": [5, 4, 3, 3]})).count_contributors(group).tolist() == [12, 3]
