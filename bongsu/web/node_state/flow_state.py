"""What is known of a dataflow's builds: its releases, the last build, its inputs, and which of them have changed since."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bongsu.core.errors import N_, BongsuError, unknown_name
from bongsu.core.programme import Programme, Recipe
from bongsu.core.release import Manifest, Release
from bongsu.core.structure import Dataflow
from bongsu.store.building.recipe_parts import list_snapshot_names
from bongsu.store.logs.build_log import BuildRecord
from bongsu.store.node import Node
from bongsu.store.own_flows.flow_folders import read_own_programme
from bongsu.store.tables.programmes import (
    OWN_PROGRAMME,
    find_maker,
    list_shipped,
    programme_packages,
    read_programme,
)


class ChangedInput(NamedTuple):
    """An input that is no longer what the current release was built from. Empty: it was not, or is no longer, an input."""

    name: str
    built_from: str
    now: str


class FlowState(NamedTuple):
    """A dataflow, its releases (oldest first), the current one with its manifest, the last build, and changed inputs.

    `recipe` is None if no installed programme makes the dataflow; `problem` is why the current release cannot be read.
    """

    flow: Dataflow
    recipe: Recipe | None
    releases: list[Release]
    current: Release | None
    manifest: Manifest | None
    last: BuildRecord | None
    changed: tuple[ChangedInput, ...]
    problem: BongsuError | None = None


def list_recipes(node: Node) -> Iterator[tuple[Programme, Recipe]]:
    """Yields the recipe of every dataflow with its programme: those of installed packages, then the node's own."""
    for name in (*programme_packages(), OWN_PROGRAMME):
        programme = read_own_programme(node) if name == OWN_PROGRAMME else read_programme(name)
        for recipe in programme.recipes:
            yield programme, recipe


def list_flow_states(node: Node) -> list[FlowState]:
    """Returns the state of every dataflow that has a recipe or a release, in the order in which they are built."""
    made = [(programme.flow(recipe.flow), recipe) for programme, recipe in list_recipes(node)]
    known = {flow.id for flow, _ in made}
    others = [_sealed_flow(node, id_) for id_ in node.releases.dataflows() if id_ not in known]
    return [_describe(node, flow, recipe) for flow, recipe in (*made, *((flow, None) for flow in others))]


def find_flow_state(node: Node, id_: str) -> FlowState:
    """Returns the state of one dataflow. Raises UnknownName."""
    flow, recipe = _find_flow(node, id_)
    return _describe(node, flow, recipe)


def find_flow_programme(node: Node, id_: str) -> str:
    """Returns the name of the programme of a dataflow. Raises UnknownName."""
    return find_maker(id_) or _find_flow(node, id_)[0].programme


def list_dependants(node: Node, id_: str) -> list[str]:
    """Returns the dataflows that are built from the releases of a dataflow."""
    return sorted(recipe.flow for _, recipe in list_recipes(node) if id_ in recipe.inputs)


def _find_flow(node: Node, id_: str) -> tuple[Dataflow, Recipe | None]:
    made = {recipe.flow: (programme.flow(recipe.flow), recipe) for programme, recipe in list_recipes(node)}
    if id_ in made:
        return made[id_]
    if id_ in node.releases.dataflows():
        return _sealed_flow(node, id_), None
    raise unknown_name(N_("dataflow"), id_, {*made, *node.releases.dataflows()})


def _sealed_flow(node: Node, id_: str) -> Dataflow:
    return node.releases.structure(node.releases.all(id_)[-1]).dataflow


def _describe(node: Node, flow: Dataflow, recipe: Recipe | None) -> FlowState:
    releases = node.releases.all(flow.id)
    current = next((release for release in reversed(releases) if release.withdrawal is None), None)
    manifest: Manifest | None = None
    changed: tuple[ChangedInput, ...] = ()
    problem: BongsuError | None = None
    try:
        if current is not None:
            manifest = node.releases.manifest(current, verified=False)  # many are listed
            changed = _list_changed_inputs(node, recipe, manifest) if recipe else ()
    except BongsuError as error:
        problem = error
    return FlowState(flow, recipe, releases, current, manifest, node.builds.read(flow.id), changed, problem)


def _list_changed_inputs(node: Node, recipe: Recipe, manifest: Manifest) -> tuple[ChangedInput, ...]:
    used = {entry.name: (entry.sha256, _name_vintage(entry.vintage, entry.release)) for entry in manifest.inputs}
    now = _list_inputs_now(node, recipe)
    return tuple(
        ChangedInput(name, used.get(name, ("", ""))[1], now.get(name, ("", ""))[1])
        for name in sorted({*used, *now})
        if used.get(name, ("",))[0] != now.get(name, ("",))[0]
    )


def _list_inputs_now(node: Node, recipe: Recipe) -> dict[str, tuple[str, str]]:
    """Returns the hash and the vintage of what the recipe would read now, by name."""
    found = {}
    for name in list_snapshot_names(node, recipe):
        if snapshot := node.snapshots.newest(name):
            found[name] = (snapshot.sha256, _name_vintage(snapshot.vintage, None))
    for correction in node.corrections.list_in_force(recipe.flow, list_shipped(recipe.flow)):
        entry = correction.as_input()
        found[entry.name] = (entry.sha256, entry.vintage)
    for flow in (one for one in recipe.inputs if isinstance(one, str)):
        try:
            release = node.releases.current(flow)
        except BongsuError:  # it has no release, or all are withdrawn
            continue
        found[flow] = (release.content, _name_vintage("", release.number))
    return found


def _name_vintage(vintage: str, release: int | None) -> str:
    return vintage if release is None else str(release)
