"""Builds a programme's releases: runs its recipes on the newest snapshots, checks the drafts and seals them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bongsu.core.errors import N_, CheckFailed, Missing
from bongsu.core.programme import BuildInput, BuildInputs, Programme, Recipe
from bongsu.core.provenance import Input, Origin, Source
from bongsu.core.release import Draft, Finding, Note, Release
from bongsu.store.node import Node
from bongsu.store.tables.definitions import code_lists
from bongsu.store.tables.manual import find_method


@dataclass(frozen=True)
class BuildResult:
    """The result of one recipe: the release, whether it is new, the findings of its checks, and notes for a reviewer."""

    release: Release
    new: bool
    findings: tuple[Finding, ...]
    notes: tuple[Note, ...]


def list_due_recipes(node: Node, programme: Programme, flow: str = "") -> list[Recipe]:
    """Returns the recipes to run: all but those whose only input is a family of snapshots that has none.

    With `flow`, returns that dataflow's recipe alone, due or not.
    """
    if flow:
        return [recipe for recipe in programme.recipes if recipe.flow == flow]
    return [recipe for recipe in programme.recipes if recipe.inputs or node.snapshots.list_names(recipe.family)]


def build_releases(node: Node, programme: Programme, flow: str = "") -> Iterator[BuildResult]:
    """Runs every due recipe in order, or that of `flow`; yields as each release is sealed.

    Raises CheckFailed, Missing, BadInput.
    """
    for recipe in list_due_recipes(node, programme, flow):
        yield seal_draft(node, recipe, build_draft(node, programme, recipe))


def build_draft(node: Node, programme: Programme, recipe: Recipe) -> Draft:
    """Returns the draft of a recipe, built from the newest snapshots and the current releases."""
    taken = {
        **{name: _snapshot_input(node, name) for name in _snapshot_names(node, recipe)},
        **{flow: _release_input(node, flow) for flow in recipe.inputs if isinstance(flow, str)},
    }
    flow = programme.flow(recipe.flow)
    return recipe.build(BuildInputs(flow, find_method(flow), {**code_lists(), **programme.code_lists}, taken))


def seal_draft(node: Node, recipe: Recipe, made: Draft) -> BuildResult:
    """Runs the recipe's checks on a draft and seals it. Raises CheckFailed with every check that does not hold."""
    before = node.current_observations(recipe.flow)
    findings = tuple(check(made, before) for check in recipe.checks)
    failed = [finding for finding in findings if not finding.holds]
    if failed:
        raise CheckFailed(
            N_("{flow} was not sealed: {reasons}."),
            fix=N_("Correct the input or the method, then build again. Nothing was changed."),
            flow=recipe.flow,
            reasons="; ".join(f"{finding.check}: {finding.detail}" for finding in failed),
        )
    release, new = node.releases.seal(made, findings)
    return BuildResult(release, new, findings, made.notes)


def _snapshot_names(node: Node, recipe: Recipe) -> list[str]:
    named = [source.name for source in recipe.inputs if isinstance(source, Source)]
    return [*named, *(node.snapshots.list_names(recipe.family) if recipe.family else ())]


def _snapshot_input(node: Node, name: str) -> BuildInput:
    snapshot = node.snapshots.newest(name)
    if snapshot is None:
        raise Missing(N_("There is no snapshot “{name}” to build from."), fix=N_("Run “bongsu take” first."), name=name)
    record = Input(name, snapshot.sha256, snapshot.vintage, snapshot.origin)
    return BuildInput(record, data=node.snapshots.read(snapshot))


def _release_input(node: Node, flow: str) -> BuildInput:
    release = node.releases.current(flow)
    manifest = node.releases.manifest(release)
    origin = Origin(
        publisher=node.identity.name,
        title=release.name,
        address=f"/releases/{release.dataflow}/{release.number}/",
        licence=" AND ".join(manifest.licences),
        attribution="; ".join(
            sorted({entry.origin.attribution or entry.origin.publisher for entry in manifest.inputs})
        ),
    )
    record = Input(flow, release.content, "; ".join(manifest.vintages), origin, release.number)
    return BuildInput(record, observations=node.observations(release))
