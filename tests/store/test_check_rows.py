"""A check that fails gives the observations that it is about, which the desk and `bongsu build --rows` show."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from bongsu.commons.dataflows.commons_openness import parts_sum_to_whole
from bongsu.core.structure import Headline
from bongsu.core.text import Text
from bongsu.store.own_flows.flow_checks import selections_match
from bongsu.work.dataflows.exposure_index import PUBLISHED_CLASS_COUNTS, classes_as_published
from tests.store.drafts import draft, rows


def of_rows(found: list[dict[str, Any]]) -> Any:
    """A draft with these observations, for checks that read nothing else of it."""
    return SimpleNamespace(observations=pa.Table.from_pylist(found))


def test_counts_that_do_not_sum_are_shown_with_their_total() -> None:
    counts = {"ENTRIES": 5.0, "OPEN": 2.0, "CLOSED": 2.0, "UNKNOWN": 1.0}
    made = [
        {"BREAKDOWN": "KIND", "BREAKDOWN_VALUE": value, "INDICATOR": name, "OBS_VALUE": count}
        for value in ("model", "dataset")
        for name, count in counts.items()
    ]
    assert parts_sum_to_whole(of_rows(made), None).holds
    made[1]["OBS_VALUE"] = 3.0
    found = parts_sum_to_whole(of_rows(made), None)
    assert (found.holds, found.values, found.examples) == (False, {"sums": 2, "wrong": 1}, ("KIND/model: 6 / 5",))
    assert list(found.rows) == made[:4]


def test_classes_of_another_size_are_shown_with_their_unit_groups() -> None:
    made = [
        {
            "INDEX": "ILO_2025",
            "INDICATOR": "EXPOSURE_SCORE",
            "OCCUPATION": f"{label} {number}",
            "OBS_STATUS": "A" if label else "M",
            "COMMENT_OBS": f"class {label}" if label else None,
        }
        for label, count in PUBLISHED_CLASS_COUNTS.items()
        for number in range(count)
    ]
    assert classes_as_published(of_rows(made), None).holds
    moved = [row | {"COMMENT_OBS": "class G3"} if row["COMMENT_OBS"] == "class G4" else row for row in made]
    found = classes_as_published(of_rows(moved), None)
    assert (found.holds, found.examples) == (False, ("G3: 51 / 38", "G4: 0 / 13"))
    assert {row["COMMENT_OBS"] for row in found.rows} == {"class G3"}
    assert len(found.rows) == 51


@pytest.mark.parametrize(
    ("where", "shown"),
    [
        ((("REF_AREA", ("A",)), ("TIME_PERIOD", ("1990",))), None),
        ((("REF_AREA", ("A", "B")), ("TIME_PERIOD", ("2024",))), ["A", "B"]),  # of both areas, in another year
        ((("REF_AREA", ("C",)), ("TIME_PERIOD", ("1990",))), ["C"]),  # it has no value
        ((), None),
    ],
)
def test_a_headline_that_shows_nothing_gives_the_observations_nearest_to_it(
    where: Any, shown: list[str] | None
) -> None:
    areas = [row["REF_AREA"] for row in rows()]
    names = dict(zip("ABC", areas, strict=True))
    where = tuple((column, tuple(names.get(code, code) for code in codes)) for column, codes in where)
    made = rows()
    made[2] |= {"OBS_VALUE": None, "OBS_STATUS": "M"}
    one = draft(made)
    headline = Headline(Text(en="H", ko="H", fr="H"), where)
    flow = replace(one.structure.dataflow, headlines=(headline,))
    found = selections_match(replace(one, structure=replace(one.structure, dataflow=flow)), None)
    assert found.holds == (shown is None)
    assert [row["REF_AREA"] for row in found.rows] == [names[name] for name in shown or ()]
