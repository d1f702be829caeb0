"""A build runs what has changed and nothing else: each kind of part of a recipe is changed once, and seen in the plan."""

from __future__ import annotations

import functools
import gc
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bongsu
from bongsu.core.programme import Programme, Recipe
from bongsu.store.building import builds as building
from bongsu.store.building import code_hashes, recipe_parts
from bongsu.store.building.builds import BuildResult, LeftOut, build_release, build_releases, plan_builds
from bongsu.store.building.recipe_parts import list_parts
from bongsu.store.logs.build_log import FAILED
from bongsu.store.node import Node
from bongsu.store.own_flows.node_programmes import find_programmes, installed_programmes
from bongsu.store.releases.checks import values_within
from bongsu.store.tables.programmes import read_programme

HOUSE = Path(bongsu.__file__).parent


@pytest.fixture
def energy() -> Programme:
    return read_programme("energy")


def recipe_of(programme: Programme, flow: str) -> Recipe:
    return next(recipe for recipe in programme.recipes if recipe.flow == flow)


def list_computed(node: Node, programme: Programme) -> list[str]:
    found = [one for one in build_releases(node, programme) if isinstance(one, BuildResult)]
    return [one.release.dataflow for one in found if one.computed]


def refuse(*_: object) -> Any:
    raise AssertionError("a recipe was run")


def test_a_second_build_runs_no_recipe(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "build_draft", refuse)
    for programme in installed_programmes():
        results = list(build_releases(node, programme))
        assert results
        for one in results:
            assert isinstance(one, BuildResult)
            assert (one.new, one.computed) == (False, False)
            assert one.findings == node.releases.manifest(one.release).findings
    assert not any(one.runs or one.after for one in plan_builds(node, find_programmes(node)))


def test_a_changed_source_rebuilds_what_depends_on_it(node: Node, energy: Programme) -> None:
    source = next(one for one in energy.sources if one.name == "grid-intensity-by-year")
    data = node.snapshots.read(node.snapshots.newest(source.name))  # type: ignore[arg-type]
    node.snapshots.save(source.name, data + b"\n", source.origin, "2099")
    planned = {one.flow: one for one in plan_builds(node, (energy,))}
    assert [flow for flow, one in planned.items() if one.runs] == ["GRID_INTENSITY"]
    assert planned["GRID_INTENSITY"].changes["inputs"] == [source.name]
    assert planned["DATACENTRE_EMISSIONS"].after == ("GRID_INTENSITY",)
    assert list_computed(node, energy) == ["GRID_INTENSITY", "DATACENTRE_EMISSIONS"]
    assert list_computed(node, energy) == []


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes a file of Bongsu look changed, without changing it."""
    changed: set[str] = set()
    hash_state = code_hashes._hash_state
    monkeypatch.setattr(
        code_hashes,
        "_hash_state",
        lambda path, at: "changed" if path.relative_to(HOUSE).as_posix() in changed else hash_state(path, at),
    )
    return changed.add


@pytest.mark.parametrize(
    ("file", "flows"),
    [
        ("energy/dataflows/grid_mixes.py", ["GRID_MIXES"]),
        ("energy/dataflows/grid_intensity.toml", ["GRID_INTENSITY"]),
        ("energy/estimate/tables/coefficients.csv", ["ACCELERATOR_EFFICIENCY", "INFERENCE_ENERGY"]),
        ("energy/dataflows/datacentre_emissions.py", ["DATACENTRE_EMISSIONS"]),
        ("energy/tables/datacentre_electricity.csv", []),  # read from its snapshot
        ("incubator/apps.py", []),
    ],
)
def test_changed_code_rebuilds_what_is_made_of_it(
    node: Node, energy: Programme, planted: Callable[[str], None], file: str, flows: list[str]
) -> None:
    planted(file)
    found = [one for one in plan_builds(node, (energy,)) if one.runs]
    assert [one.flow for one in found] == flows
    assert all(one.changes["code"] == [f"bongsu/{file}"] for one in found)


@pytest.mark.parametrize(
    "file",
    [
        *("core/units.py", "definitions/codes/CL_INDICATOR.csv", "definitions/concepts.csv", "store/query_engine.py"),
        *("store/releases/observations.py", "energy/programme.toml", "energy/corrections.toml", "core/programme.py"),
    ],
)
def test_what_all_releases_share_rebuilds_all(
    node: Node, energy: Programme, planted: Callable[[str], None], file: str
) -> None:
    assert (HOUSE / file).exists()
    planted(file)
    assert all(one.runs for one in plan_builds(node, (energy,)))


def test_other_versions_and_names_rebuild(node: Node, energy: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = dict(recipe_parts._list_versions())
    assert {"bongsu", "python", "numpy", "pyarrow", "duckdb", "ecologits"} <= versions.keys()
    monkeypatch.setattr(recipe_parts, "_list_versions", lambda: {**versions, "numpy": "99"})
    node.identity = replace(node.identity, agency="OTHER")
    found = plan_builds(node, (energy,))
    assert all(one.changes["versions"] == ["agency", "numpy"] for one in found)


def test_bounds_of_a_check_are_parts(node: Node, energy: Programme) -> None:
    recipe = recipe_of(energy, "GRID_INTENSITY")
    assert not build_release(node, energy, recipe).computed
    stricter = replace(recipe, checks=(values_within(low=0, high=2000), *recipe.checks[1:]))
    assert list_parts(node, energy, stricter).code != list_parts(node, energy, recipe).code


def test_a_release_that_does_not_stand_is_built_again(node: Node, energy: Programme) -> None:
    release = node.releases.current("GRID_INTENSITY")
    node.releases.withdraw("GRID_INTENSITY", release.number, "wrong")
    results = {
        one.flow if isinstance(one, LeftOut) else one.release.dataflow: one for one in build_releases(node, energy)
    }
    assert isinstance(results["GRID_INTENSITY"], LeftOut)  # the same observations are not sealed again
    assert isinstance(results["DATACENTRE_EMISSIONS"], LeftOut)  # no input stands
    assert isinstance(results["INFERENCE_ENERGY"], BuildResult)
    (planned,) = plan_builds(node, (energy,), "GRID_INTENSITY")
    assert planned.reason == "the last build failed"


def test_code_that_breaks_is_recorded_and_the_rest_goes_on(node: Node, energy: Programme) -> None:
    def divide(inputs: object) -> Any:
        return 1 / 0

    before = node.releases.current("GRID_INTENSITY")
    recipes = [replace(one, build=divide) if one.flow == "GRID_INTENSITY" else one for one in energy.recipes]
    broken, *others = list_all(node, replace(energy, recipes=tuple(recipes)), "GRID_INTENSITY")
    assert isinstance(broken, LeftOut)
    assert "ZeroDivisionError" in str(broken.error)
    assert len(others) == len([one for one in recipes if one.inputs]) - 1
    assert all(isinstance(one, BuildResult) for one in others)
    last = node.builds.read("GRID_INTENSITY")
    assert last is not None
    assert last.outcome == FAILED
    assert "ZeroDivisionError" in last.report.describe(str)
    assert "return 1 / 0" in (node.builds.root / "GRID_INTENSITY" / "traceback.txt").read_text()
    assert node.releases.current("GRID_INTENSITY") == before
    (planned,) = plan_builds(node, (energy,), "GRID_INTENSITY")
    assert planned.reason == "the last build failed"


def list_all(node: Node, programme: Programme, first: str) -> list[BuildResult | LeftOut]:
    found = list(build_releases(node, programme))
    return sorted(found, key=lambda one: not (isinstance(one, LeftOut) and one.flow == first))


_opened: set[str] | None = None


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if _opened is not None and event == "open":
        _opened.add(str(arguments[0]))


def test_every_file_of_the_house_that_a_build_opens_is_a_part(node: Node) -> None:
    """A build opens no table of Bongsu but those that its parts name, and what it takes from snapshots."""
    global _opened
    sys.addaudithook(_note)
    for programme in installed_programmes():
        for recipe in building.list_due_recipes(node, programme):
            for cached in [one for one in gc.get_objects() if isinstance(one, functools._lru_cache_wrapper)]:
                if getattr(cached, "__module__", "").startswith(f"bongsu.{programme.name}"):
                    cached.cache_clear()
            parts = list_parts(node, programme, recipe).code
            _opened = set()
            try:
                building.build_draft(node, programme, recipe)
            finally:
                opened, _opened = _opened, None
            names = {
                f"bongsu/{Path(one).relative_to(HOUSE).as_posix()}" for one in opened if one.startswith(str(HOUSE))
            }
            unknown = {one for one in names - parts.keys() if not one.endswith((".py", ".pyc"))}
            # methods are looked for in all descriptions of dataflows; the method that is found is a part itself
            unknown -= {
                one for one in unknown if "/dataflows/" in one or one.endswith(("methods.toml", "programme.toml"))
            }
            assert unknown == set(), recipe.flow
