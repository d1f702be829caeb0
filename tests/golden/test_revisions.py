"""The mean absolute revision and the revision triangle, worked out by hand."""

from __future__ import annotations

import pytest

from bongsu.store.node import Node
from bongsu.store.releases.revisions import average_revisions, read_triangle
from tests.store.drafts import draft, rows


def test_mean_absolute_revision() -> None:
    # |12 - 10| + |17 - 20| + |5 - 5| = 5; over 3 figures 1.6667; over 12 + 17 + 5 = 34: 14.7 %. A mean with signs is -1/3.
    mean = average_revisions("TWh", [(10.0, 12.0), (20.0, 17.0), (5.0, 5.0)])
    assert mean.absolute == pytest.approx(5 / 3)
    assert mean.relative == pytest.approx(5 / 34)
    assert mean.figures == 3
    assert average_revisions("TWh", [(-1.0, 0.0)]).relative is None
    assert average_revisions("TWh", [(1.0, -3.0)]).relative == pytest.approx(4 / 3)


def seal(node: Node, values: dict[str, float | None]) -> None:
    [one] = rows(1)
    missing = {"OBS_STATUS": "M"}
    node.releases.seal(
        draft(
            [
                {**one, "REF_AREA": area, "OBS_VALUE": value, **(missing if value is None else {})}
                for area, value in values.items()
            ]
        )
    )


def test_the_triangle_has_a_figure_by_release(empty: Node) -> None:
    seal(empty, {"KOR": 10.0, "FRA": 20.0, "USA": 5.0, "DEU": None})
    seal(empty, {"KOR": 11.0, "FRA": 20.0, "USA": 5.0, "KEN": 1.0, "DEU": 3.0})
    empty.releases.withdraw("TEST_FLOW", 2, "wrong")
    seal(empty, {"KOR": 12.0, "FRA": 17.0, "USA": 5.0, "KEN": 0.5, "DEU": 3.0})
    found = read_triangle(empty, "TEST_FLOW")
    assert [release.number for release in found.releases] == [1, 2, 3]
    # relative revisions: KEN 50 %, KOR 20 %, FRA 15 %; USA and DEU (3 and 3) were not revised
    assert [(one.key["REF_AREA"], one.values) for one in found.figures] == [
        ("KEN", (None, 1.0, 0.5)),
        ("KOR", (10.0, 11.0, 12.0)),
        ("FRA", (20.0, 20.0, 17.0)),
    ]
    [mean] = found.means
    # (2 + 3 + 0 + 0.5 + 0) / 5 = 1.1; over 12 + 17 + 5 + 0.5 + 3 = 37.5
    assert (mean.unit, mean.figures, found.revised) == ("TWh", 5, 3)
    assert mean.absolute == pytest.approx(1.1)
    assert mean.relative == pytest.approx(5.5 / 37.5)
    chosen = read_triangle(empty, "TEST_FLOW", (("REF_AREA", ("FRA",)),))
    assert [one.values for one in chosen.figures] == [(20.0, 20.0, 17.0)]
    assert chosen.means[0].absolute == 3.0


def test_an_error_that_was_put_right_is_in_the_triangle_and_not_in_the_mean(empty: Node) -> None:
    for value in (76.0, 760.0, 76.0):
        seal(empty, {"KOR": 80.0, "USA": value})
    found = read_triangle(empty, "TEST_FLOW")
    assert [(one.key["REF_AREA"], one.values) for one in found.figures] == [("USA", (76.0, 760.0, 76.0))]
    assert [(mean.absolute, mean.figures) for mean in found.means] == [(0.0, 2)]


def test_one_release_has_no_revisions(empty: Node) -> None:
    seal(empty, {"KOR": 10.0})
    found = read_triangle(empty, "TEST_FLOW")
    assert (found.figures, found.means, found.revised) == ((), (), 0)
