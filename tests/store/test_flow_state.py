"""What is known of a dataflow's builds: the last one with the rows that its checks found, and inputs that changed since."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bongsu.core.errors import CheckFailed, Missing, UnknownName
from bongsu.core.programme import Recipe
from bongsu.core.release import Finding
from bongsu.core.report import Report
from bongsu.store.building.builds import build_release, run_checks
from bongsu.store.logs.build_log import FAILED, SEALED, UNCHANGED, BuildRecord
from bongsu.store.node import Node
from bongsu.store.releases.checks import few_lost, parts_sum_to_total, values_within
from bongsu.store.releases.observations import to_table
from bongsu.store.tables.programmes import read_programme
from bongsu.web.node_state.flow_state import find_flow_state, list_dependants, list_flow_states
from tests.store.drafts import draft, flow, rows

if TYPE_CHECKING:
    from bongsu.core.programme import Check


def grid(**changes: Any) -> Recipe:
    found = next(recipe for recipe in read_programme("energy").recipes if recipe.flow == "GRID_INTENSITY")
    return replace(found, **changes)


def test_a_failed_build_keeps_the_rows_that_failed(node: Node) -> None:
    recipe = grid(checks=(values_within(0), values_within(high=100)))
    with pytest.raises(CheckFailed):
        build_release(node, read_programme("energy"), recipe)
    last = node.builds.read("GRID_INTENSITY")
    assert last is not None
    assert (last.outcome, last.release) == (FAILED, None)
    assert [finding.holds for finding in last.findings] == [True, False]
    found = list(csv.DictReader(io.StringIO(node.builds.read_rows("GRID_INTENSITY", 2))))
    assert len(found) == last.rows[1] > 100
    assert all(any(float(row[name] or 0) > 100 for name in ("OBS_VALUE", "UPPER_BOUND")) for row in found)
    assert node.builds.read_rows("GRID_INTENSITY", 1) == ""
    assert "GRID_INTENSITY was not sealed" in last.report.describe(str)
    build_release(node, read_programme("energy"), grid())  # a later build replaces the record
    last = node.builds.read("GRID_INTENSITY")
    assert last is not None
    assert (last.outcome, last.release, node.builds.read_rows("GRID_INTENSITY", 2)) == (UNCHANGED, 1, "")


def test_a_build_without_its_input_is_recorded(empty: Node) -> None:
    with pytest.raises(Missing):
        build_release(empty, read_programme("energy"), grid())
    last = empty.builds.read("GRID_INTENSITY")
    assert last is not None
    assert (last.outcome, last.findings) == (FAILED, ())
    assert "bongsu take" in last.report.describe(str)


def _find(check: Check, observations: list[dict[str, Any]], before: Any = None) -> Finding:
    return check(draft(observations), before)


@pytest.mark.parametrize(
    ("make", "count"),
    [
        (lambda: _find(values_within(0, 1), rows(5)), 3),
        (lambda: _find(values_within(0, 1), rows(5, UPPER_BOUND=9.0, INTERVAL_TYPE="RANGE")), 5),  # each row once
        (lambda: _find(few_lost("REF_AREA"), rows(3), to_table(flow(), rows(5))), 2),
        (lambda: _find(few_lost("REF_AREA"), rows(3)), 0),
    ],
)
def test_findings_have_the_rows_that_they_are_about(make: Callable[[], Finding], count: int) -> None:
    found = make()
    assert len(found.rows) == count
    assert "rows" not in found.to_json()


def test_a_wrong_sum_has_the_total_and_its_parts() -> None:
    areas = [row["REF_AREA"] for row in rows(3)]
    found = _find(parts_sum_to_total("REF_AREA", areas[2], areas[:2]), rows(3))
    assert [row["REF_AREA"] for row in found.rows] == [areas[2], *areas[:2]]
    assert not found.holds


def test_the_record_survives_another_node_object(empty: Node) -> None:
    finding = Finding("values are within their limits", False, "1 outside", rows=({"a": 1, "b": "x,y"},))
    empty.builds.save("TEST_FLOW", BuildRecord("2026-11-27T00:00:00Z", FAILED, None, Report("No."), (finding,)))
    again = Node(empty.root).builds
    assert again.read_rows("TEST_FLOW", 1) == 'a,b\n1,"x,y"\n'
    assert again.read("TEST_FLOW") == BuildRecord("2026-11-27T00:00:00Z", FAILED, None, Report("No."), (finding,), (1,))
    assert again.read("OTHER") is None


def test_the_state_names_what_changed_since_the_release(node: Node) -> None:
    state = find_flow_state(node, "GRID_INTENSITY")
    assert state.current is not None
    assert state.last is not None
    assert (state.current.number, state.last.outcome, state.changed, state.problem) == (1, SEALED, (), None)
    assert "DATACENTRE_EMISSIONS" in list_dependants(node, "GRID_INTENSITY")
    [source] = [one for one in grid().inputs if not isinstance(one, str)]
    snapshot = node.snapshots.newest(source.name)
    assert snapshot is not None
    node.snapshots.save(source.name, node.snapshots.read(snapshot) + b"\n", source.origin, "later")
    [changed] = find_flow_state(node, "GRID_INTENSITY").changed
    assert (changed.name, changed.built_from, changed.now) == (source.name, snapshot.vintage, "later")
    build_release(node, read_programme("energy"), grid())
    assert find_flow_state(node, "GRID_INTENSITY").changed == ()
    [input_release] = find_flow_state(node, "DATACENTRE_EMISSIONS").changed  # its input has a new release
    assert (input_release.name, input_release.built_from, input_release.now) == ("GRID_INTENSITY", "1", "2")


def test_every_dataflow_is_listed(node: Node, empty: Node) -> None:
    listed = {state.flow.id: state for state in list_flow_states(node)}
    assert set(node.releases.dataflows()) <= set(listed)
    assert all(state.recipe for state in listed.values())
    empty.releases.seal(draft())
    [other] = [state for state in list_flow_states(empty) if state.releases]
    assert (other.flow.id, other.recipe) == ("TEST_FLOW", None)
    with pytest.raises(UnknownName):
        find_flow_state(empty, "NOWHERE")


def test_checks_of_every_recipe_have_rows_of_the_dataflow(node: Node) -> None:
    """A check that fails shows observations, with the columns of its dataflow."""
    from bongsu.store.building.builds import build_draft

    for programme in ("energy", "commons"):
        for recipe in read_programme(programme).recipes:
            if recipe.family and not recipe.inputs:
                continue
            made = build_draft(node, read_programme(programme), recipe)
            for finding in run_checks(node, recipe, made):
                assert all("OBS_VALUE" in row for row in finding.rows)
