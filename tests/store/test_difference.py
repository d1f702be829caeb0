"""What differs between two releases: golden counts and sizes, the largest changes first."""

from __future__ import annotations

import pytest

from bongsu.core.errors import BadInput
from bongsu.core.release import Draft
from bongsu.store.node import Node
from bongsu.store.releases.difference import compare_releases
from tests.store.drafts import draft, rows


def areas(values: dict[str, float | None], **changes: object) -> Draft:
    [one] = rows(1)
    bounds = {"LOWER_BOUND": 0.0, "UPPER_BOUND": 9e9}
    return draft([{**one, "REF_AREA": area, "OBS_VALUE": value, **bounds, **changes} for area, value in values.items()])


def test_changes_are_matched_by_their_dimensions_and_ordered_by_their_size(empty: Node) -> None:
    before, _ = empty.releases.seal(
        areas({"KOR": 100.0, "FRA": 10.0, "USA": 200.0, "KEN": 0.0, "CAF": None, "JPN": 7.0, "DEU": 5.0})
    )
    after, _ = empty.releases.seal(
        areas({"KOR": 110.0, "FRA": 5.0, "USA": 240.0, "KEN": 3.0, "CAF": 1.0, "JPN": 7.0, "BRA": 4.0}, VINTAGE="2027")
    )
    found = compare_releases(empty, before, after)
    # KEN from 0: no share, first; FRA |5 - 10| / 10 = 50 %; USA 40 / 200 = 20 %; KOR 10 / 100 = 10 %; CAF had no value
    assert [(one.after["REF_AREA"], one.difference, one.relative) for one in found.changed] == [
        ("KEN", 3.0, None),
        ("FRA", -5.0, -0.5),
        ("USA", 40.0, 0.2),
        ("KOR", 10.0, 0.1),
        ("CAF", None, None),
    ]
    assert {one.columns for one in found.changed} == {("OBS_VALUE",)}  # VINTAGE is not compared
    assert [row["REF_AREA"] for row in found.added] == ["BRA"]
    assert [row["REF_AREA"] for row in found.removed] == ["DEU"]
    assert (found.changed_count, found.added_count, found.removed_count) == (5, 1, 1)
    few = compare_releases(empty, before, after, 1)
    assert ([one.after["REF_AREA"] for one in few.changed], few.changed_count) == (["KEN"], 5)
    back = compare_releases(empty, after, before)
    assert [one.after["REF_AREA"] for one in back.changed][:2] == [
        "FRA",
        "KEN",
    ]  # both - 100 % and + 100 %: the larger first


@pytest.mark.parametrize(
    ("changes", "columns"),
    [
        ({"OBS_STATUS": "F"}, ("OBS_STATUS",)),
        ({"COMMENT_OBS": "a note"}, ("COMMENT_OBS",)),
        ({"UPPER_BOUND": 8.0, "KIND": "reported"}, ("UPPER_BOUND", "KIND")),
        ({"METHOD": "test 2"}, None),
        ({}, None),
    ],
)
def test_attributes_count_as_changes(empty: Node, changes: dict[str, object], columns: tuple[str, ...] | None) -> None:
    before, _ = empty.releases.seal(draft(rows(2, OBS_VALUE=1.0, UPPER_BOUND=9.0)))
    after, _ = empty.releases.seal(draft(rows(2, **{"OBS_VALUE": 1.0, "UPPER_BOUND": 9.0, **changes})))
    found = compare_releases(empty, before, after)
    assert [one.columns for one in found.changed] == ([columns, columns] if columns else [])
    assert all(one.difference == 0 for one in found.changed)


def test_releases_of_different_dimensions_are_not_compared(node: Node) -> None:
    one, other = (node.releases.current(flow) for flow in ("GRID_INTENSITY", "DATACENTRE_ELECTRICITY"))
    with pytest.raises(BadInput, match="different dimensions"):
        compare_releases(node, one, other)
