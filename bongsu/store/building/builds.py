"""Builds a programme's releases: runs its recipes on the newest snapshots, checks the drafts and seals them.

A recipe whose release stands and would be made of the same inputs, code and versions again is not run (recipe_parts.py).
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bongsu.core.errors import N_, BongsuError, CheckFailed, Missing
from bongsu.core.programme import BuildInput, BuildInputs, Programme, Recipe
from bongsu.core.provenance import Input, Origin
from bongsu.core.release import Draft, FailedChecks, Finding, Note, Release
from bongsu.core.report import Report
from bongsu.store.building.recipe_parts import RecipeParts, list_changes, list_parts, list_snapshot_names
from bongsu.store.corrections.applying import apply_corrections
from bongsu.store.logs.build_log import FAILED, SEALED, UNCHANGED, BuildRecord
from bongsu.store.node import Node
from bongsu.store.tables.definitions import code_lists
from bongsu.store.tables.manual import find_method

# What a room with records in the database does before a build: it writes them as snapshots of a family.
_record_writers: list[Callable[[Node], None]] = []


@dataclass(frozen=True)
class BuildResult:
    """The result of one recipe: the release, whether it is new, the findings of its checks, and notes for a reviewer.

    If the recipe did not have to run, it was not `computed`, and findings and notes are those of the release.
    """

    release: Release
    new: bool
    findings: tuple[Finding, ...]
    notes: tuple[Note, ...]
    computed: bool = True


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
    """A dataflow that a build left out, and why: a check failed, an input is missing, its observations were withdrawn ..."""

    flow: str
    error: BongsuError


def build_releases(
    node: Node, programme: Programme, flow: str = "", despite: str = ""
) -> Iterator[BuildResult | LeftOut]:
    """Runs every due recipe in order, or that of `flow`; yields as each release is sealed or left out.

    A recipe that fails, also by an error in its code, is left out, and the others are run.
    """
    for recipe in list_due_recipes(node, programme, flow):
        try:
            yield build_release(node, programme, recipe, despite)
        except BongsuError as error:
            gone = [one for one in recipe.inputs if isinstance(one, str) and not _stands(node, one)]
            yield LeftOut(recipe.flow, _gone_error(recipe.flow, gone) if isinstance(error, Missing) and gone else error)
        except Exception as error:  # noqa: BLE001 - code of a programme can break in any way; the rest goes on
            yield LeftOut(recipe.flow, _broken_error(recipe.flow, error))


def _broken_error(flow: str, error: Exception) -> BongsuError:
    report = Report.of_error(error)
    return BongsuError(
        N_("{flow} was not built. An unexpected error: {problem}"),
        where=f"builds/{flow}/traceback.txt",
        fix=N_("Report it to who maintains the programme, with this file. The release before still stands."),
        flow=flow,
        problem=report.values["reason"],
    )


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
    """Runs one recipe if anything that it is made of has changed, seals the release, and records what came of it.

    Raises CheckFailed, Missing, BadInput, and whatever the recipe's code raises.
    """
    findings: tuple[Finding, ...] = ()
    try:
        parts = _find_parts(node, programme, recipe)
        if not despite and (standing := _find_standing(node, recipe.flow, parts)):
            return standing
        made = build_draft(node, programme, recipe)
        findings = run_checks(node, recipe, made)
        result = seal_checked(node, recipe, made, findings, despite)
    except Exception as error:  # a programme's code can break in any way
        broken = "" if isinstance(error, BongsuError) else traceback.format_exc()
        record = BuildRecord.now(FAILED, None, Report.of_error(error), findings, traceback=broken)
        node.builds.save(recipe.flow, record)
        raise
    outcome = SEALED if result.new else UNCHANGED
    record = BuildRecord.now(outcome, result.release.number, Report(), findings, parts.to_json())
    node.builds.save(recipe.flow, record)
    return result


def _find_parts(node: Node, programme: Programme, recipe: Recipe) -> RecipeParts:
    if recipe.family:
        write_records(node)
    return list_parts(node, programme, recipe)


def _find_standing(node: Node, flow: str, parts: RecipeParts) -> BuildResult | None:
    """Returns the current release of a dataflow if it is that of the last build, which had the same parts."""
    last = node.builds.read(flow)
    release = next((one for one in reversed(node.releases.all(flow)) if one.withdrawal is None), None)
    if last is None or release is None or last.release != release.number or release.affected:
        return None
    if node.builds.read_parts(flow) != parts.to_json():
        return None
    manifest = node.releases.manifest(release, verified=False)
    folder = node.releases.manifest_path(release).parent
    if not all(
        (folder / one.name).exists() and (folder / one.name).stat().st_size == one.size for one in manifest.files
    ):
        return None  # files are lost; the content of all is verified by the duty `files`
    return BuildResult(release, False, manifest.findings, manifest.notes, computed=False)


@dataclass(frozen=True)
class PlannedBuild:
    """What a build would do with a dataflow, and why: names of what has changed since its last build, by kind of part.

    `after` are dataflows that would be built before it and may change it; `reason` is why it would run though no part has
    changed. It would be left alone if all of them are empty.
    """

    flow: str
    changes: Mapping[str, list[str]]
    after: tuple[str, ...]
    reason: str

    @property
    def runs(self) -> bool:
        """Whether its recipe would run for what is known now."""
        return bool(self.reason or any(self.changes.values()))


def plan_builds(node: Node, programmes: tuple[Programme, ...], flow: str = "") -> list[PlannedBuild]:
    """Returns what a build would do with each due recipe, in order. Builds and seals nothing."""
    planned: list[PlannedBuild] = []
    moved: set[str] = set()  # dataflows that would be built, or may be
    for programme in programmes:
        for recipe in list_due_recipes(node, programme, flow):
            one = _plan_build(node, programme, recipe, tuple(name for name in recipe.inputs if name in moved))
            planned.append(one)
            if one.runs or one.after:
                moved.add(recipe.flow)
    return planned


def _plan_build(node: Node, programme: Programme, recipe: Recipe, after: tuple[Any, ...]) -> PlannedBuild:
    now = _find_parts(node, programme, recipe)
    before = node.builds.read_parts(recipe.flow)
    changes = {kind: list_changes(before.get(kind, {}), names) for kind, names in now.to_json().items()}
    if not node.releases.all(recipe.flow):
        return PlannedBuild(recipe.flow, {}, after, N_("there is no release"))
    if not before:
        last = node.builds.read(recipe.flow)
        failed = N_("the last build failed") if last and last.outcome == FAILED else N_("no last build is recorded")
        return PlannedBuild(recipe.flow, {}, after, failed)
    standing = any(changes.values()) or _find_standing(node, recipe.flow, now)
    return PlannedBuild(recipe.flow, changes, after, "" if standing else N_("its release does not stand"))


def build_draft(node: Node, programme: Programme, recipe: Recipe) -> Draft:
    """Returns the draft of a recipe, built from the newest snapshots and the current releases, with its corrections."""
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
