"""Observations that were withdrawn are not sealed again, unless a person gives a reason."""

from __future__ import annotations

import pytest

from bongsu.core.errors import CheckFailed
from bongsu.store.node import Node
from tests.store.drafts import draft, rows


def test_withdrawn_observations_are_not_sealed_again(empty: Node) -> None:
    empty.releases.seal(draft(rows(3)))
    empty.releases.withdraw("TEST_FLOW", 1, "wrong unit")
    with pytest.raises(CheckFailed) as error:
        empty.releases.seal(draft(rows(3)))
    text = str(error.value)
    assert "those of TEST_FLOW 1, withdrawn on " in text
    assert "“wrong unit”" in text
    assert "--flow TEST_FLOW --despite" in text
    assert [release.number for release in empty.releases.all()] == [1]
    assert not list((empty.root / "releases").glob(".sealing-*"))


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"VINTAGE": "2027"}, True),  # a newer package with the same figures
        ({"METHOD": "test 2"}, True),
        ({"SOURCE": "another publisher"}, False),
        ({"COMMENT_OBS": "corrected"}, False),
        ({"UPPER_BOUND": 9.0}, False),
        ({"OBS_VALUE": 0.1 + 0.2}, False),
    ],
)
def test_the_version_of_a_source_does_not_make_figures_new(
    empty: Node, changes: dict[str, object], refused: bool
) -> None:
    empty.releases.seal(draft(rows(3, OBS_VALUE=0.3, UPPER_BOUND=8.0)))
    empty.releases.withdraw("TEST_FLOW", 1, "wrong unit")
    again = draft(rows(3, **{"OBS_VALUE": 0.3, "UPPER_BOUND": 8.0, **changes})[::-1])
    if refused:
        with pytest.raises(CheckFailed):
            empty.releases.seal(again)
    else:
        assert empty.releases.seal(again)[1]


def test_a_person_seals_them_again_with_a_reason(empty: Node) -> None:
    empty.releases.seal(draft(rows(3)))
    empty.releases.withdraw("TEST_FLOW", 1, "wrong unit")
    release, new = empty.releases.seal(draft(rows(3)), despite="the unit was right")
    assert (release.number, new) == (2, True)
    line = list(empty.journal.lines())[-1]
    assert (line.event, line.subject, line.detail["despite"]) == ("sealed", "TEST_FLOW 2", "the unit was right")
    assert empty.releases.seal(draft(rows(3))) == (release, False)
    assert empty.releases.seal(draft(rows(3, VINTAGE="2027")))[1]  # the newest release with these figures is valid
    empty.releases.withdraw("TEST_FLOW", 3, "wrong after all")
    with pytest.raises(CheckFailed, match="TEST_FLOW 3"):
        empty.releases.seal(draft(rows(3, VINTAGE="2028")))


def test_a_withdrawn_release_of_another_size_costs_no_comparison(empty: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    empty.releases.seal(draft(rows(3)))
    empty.releases.withdraw("TEST_FLOW", 1, "wrong unit")
    monkeypatch.setattr(empty.engine, "has_same_rows", None)
    assert empty.releases.seal(draft(rows(4)))[1]
