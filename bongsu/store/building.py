"""Builds a programme's releases: runs its recipes on the newest snapshots, checks the drafts and seals them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bongsu.core.errors import N_, BongsuError, CheckFailed, Missing, WithdrawnBefore
from bongsu.core.programme import BuildInput, BuildInputs, Programme, Recipe
from bongsu.core.provenance import Input, Origin, Source
from bongsu.core.release import Draft, FailedChecks, Finding, Note, Release
from bongsu.core.report import Report
from bongsu.store.corrections.applying import apply_corrections
from bongsu.store.logs.build_log import FAILED, SEALED, UNCHANGED, BuildRecord
from bongsu.store.node import Node
from bongsu.store.tables.definitions import code_lists
from bongsu.store.tables.manual import find_method

# What a room with records in the database does before a build: it writes them as snapshots of a family.
_record_writers: list[Callable[[Node], None]] = []


@dataclass(frozen=True)
class BuildResult:
    """The result of one recipe: the release, whether it is new, the findings of its checks, and notes for a reviewer."""

    release: Release
    new: bool
    findings: tuple[Finding, ...]
    notes: tuple[Note, ...]


def register_records(write: Callable[[Node], None]) -> None:
    """Has `write` called before the build of every recipe that reads a family of snapshots."""
    _record_writers.append(write)


def write_records(node: Node) -> None:
    """Writes the records that recipes read as snapshots, where they changed."""
    for write in _record_writers:
        write(node)


def list_due_recipes(node: Node, programme: Programme, flow: str = "") -> list[Recipe]:
    """Returns the recipes to run: all but those whose only input is a family of snapshots that has none.

    With `flow`, returns that dataflow's recipe alone, due or not.
    """
    if flow:
        return [recipe for recipe in programme.recipes if recipe.flow == flow]
    return [recipe for recipe in programme.recipes if recipe.inputs or node.snapshots.list_names(recipe.family)]


@dataclass(frozen=True)
class LeftOut:
    """A dataflow that a build left out, and why: its observations are those of a withdrawn release, or no input stands."""

    flow: str
    error: BongsuError


def build_releases(
    node: Node, programme: Programme, flow: str = "", despite: str = ""
) -> Iterator[BuildResult | LeftOut]:
    """Runs every due recipe in order, or that of `flow`; yields as each release is sealed or left out.

    Raises CheckFailed, Missing, BadInput.
    """
    for recipe in list_due_recipes(node, programme, flow):
        try:
            yield build_release(node, programme, recipe, despite)
        except WithdrawnBefore as error:
            yield LeftOut(recipe.flow, error)
        except Missing:
            gone = [one for one in recipe.inputs if isinstance(one, str) and not _stands(node, one)]
            if not gone:
                raise
            yield LeftOut(recipe.flow, _gone_error(recipe.flow, gone))


def _gone_error(flow: str, inputs: list[str]) -> Missing:
    return Missing(
        N_("{flow} was not built: every release of {inputs} is withdrawn."),
        fix=N_("Build what it is computed from first."),
        flow=flow,
        inputs=", ".join(inputs),
    )


def _stands(node: Node, flow: str) -> bool:
    """Whether a dataflow has no release yet, or one that is not withdrawn."""
    known = node.releases.all(flow)
    return not known or any(release.withdrawal is None for release in known)


def build_release(node: Node, programme: Programme, recipe: Recipe, despite: str = "") -> BuildResult:
    """Runs one recipe, seals the release, and records what came of it. Raises CheckFailed, Missing, BadInput."""
    findings: tuple[Finding, ...] = ()
    try:
        made = build_draft(node, programme, recipe)
        findings = run_checks(node, recipe, made)
        result = seal_checked(node, recipe, made, findings, despite)
    except BongsuError as error:
        node.builds.save(recipe.flow, BuildRecord.now(FAILED, None, Report.of_error(error), findings))
        raise
    outcome = SEALED if result.new else UNCHANGED
    node.builds.save(recipe.flow, BuildRecord.now(outcome, result.release.number, Report(), findings))
    return result


def build_draft(node: Node, programme: Programme, recipe: Recipe) -> Draft:
    """Returns the draft of a recipe, built from the newest snapshots and the current releases, with its corrections."""
    if recipe.family:
        write_records(node)
    taken = {
        **{name: _snapshot_input(node, name) for name in list_snapshot_names(node, recipe)},
        **{flow: _release_input(node, flow) for flow in recipe.inputs if isinstance(flow, str)},
    }
    flow = programme.flow(recipe.flow)
    inputs = BuildInputs(flow, find_method(flow), {**code_lists(), **programme.code_lists}, taken)
    in_force = node.corrections.list_in_force(flow.id, programme.corrections)
    return apply_corrections(recipe.build(inputs), inputs, in_force)


def run_checks(node: Node, recipe: Recipe, made: Draft) -> tuple[Finding, ...]:
    """Returns the findings of the recipe's checks on a draft."""
    before = node.current_observations(recipe.flow)
    return tuple(check(made, before) for check in recipe.checks)


def seal_checked(
    node: Node, recipe: Recipe, made: Draft, findings: tuple[Finding, ...], despite: str = ""
) -> BuildResult:
    """Seals a draft with the findings of its checks. Raises CheckFailed with every check that does not hold.

    `despite` is a person's reason to seal the observations of a withdrawn release.
    """
    failed = tuple(finding for finding in findings if not finding.holds)
    if failed:
        raise CheckFailed(
            N_("{flow} was not sealed: {reasons}."),
            fix=N_("Correct the input or the method, then build again. Nothing was changed."),
            flow=recipe.flow,
            reasons=FailedChecks(failed),
        )
    release, new = node.releases.seal(made, findings, despite)
    return BuildResult(release, new, findings, made.notes)


def list_snapshot_names(node: Node, recipe: Recipe) -> list[str]:
    """Returns the names of the snapshots that a recipe reads: its sources, and those of its family."""
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
            sorted({one.origin.attribution or one.origin.publisher for one in manifest.inputs if not one.is_correction})
        ),
    )
    record = Input(flow, release.content, "; ".join(manifest.vintages), origin, release.number)
    return BuildInput(record, observations=node.observations(release))
