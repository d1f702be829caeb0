"""Builds releases: of every programme, of one, or of one dataflow. One build at a time runs on a node.

What is made of the same inputs and code as before is not computed again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bongsu.core.errors import N_, BadInput, BongsuError, unknown_name
from bongsu.core.programme import Programme
from bongsu.core.provenance import Input
from bongsu.publish.bulk_files import list_bulk_files
from bongsu.store.building.builds import (
    BuildResult,
    LeftOut,
    PlannedBuild,
    build_releases,
    list_due_recipes,
    plan_builds,
)
from bongsu.store.disk.files import lock_file
from bongsu.store.node import Node
from bongsu.store.own_flows.flow_folders import list_flow_problems
from bongsu.store.own_flows.node_programmes import find_programmes
from bongsu.store.tables.programmes import OWN_PROGRAMME
from bongsu.web.long_actions.progress import Progress

SEALED, UNCHANGED, LEFT_OUT = N_("sealed"), N_("unchanged"), N_("not sealed")
STANDING = N_("up to date")  # its recipe did not run


@dataclass(frozen=True)
class BuildReport:
    """The releases of a build with their inputs; dataflows that were left out: own ones that are wrong, and others that failed,
    such as by a check, by an input that does not stand, or because their observations were withdrawn.
    """

    built: tuple[BuildResult, ...]
    inputs: Mapping[str, tuple[Input, ...]]
    wrong: tuple[BongsuError, ...]
    left_out: tuple[LeftOut, ...] = ()

    def to_json(self) -> list[dict[str, Any]]:
        """Returns every release, for --json and the record of a job."""
        return [
            {
                "dataflow": one.release.dataflow,
                "release": one.release.number,
                "new": one.new,
                "computed": one.computed,
                "observations": one.release.rows,
                "content": one.release.content,
                "sealed_at": one.release.sealed_at,
                "inputs": [{"name": each.name, "vintage": each.vintage} for each in self.inputs[one.release.name]],
                "checks": [{"check": f.check, "holds": f.holds, "detail": f.describe()} for f in one.findings],
                "notes": [{"note": note.message, "detail": note.detail} for note in one.notes],
            }
            for one in self.built
        ]


def build(node: Node, programme: str, flow: str, progress: Progress, despite: str = "") -> BuildReport:
    """Builds, checks and seals; empty names mean all. Writes the bulk files too, so that no page has to wait for them.

    Seals nothing of a dataflow that fails, and goes on with the others. `despite` is a person's reason to seal the
    observations of a withdrawn release of `flow`. Raises Busy if another build runs.
    """
    if despite and not flow:
        raise BadInput(N_("A reason to seal withdrawn observations is for one dataflow."), fix=N_("Name the dataflow."))
    with lock_file(node.root / "building.lock", wait=False):
        return _build(node, programme, flow.upper(), progress, despite)


def _build(node: Node, programme: str, flow: str, progress: Progress, despite: str) -> BuildReport:
    programmes, wrong = find_builds(node, programme, flow)
    built: list[BuildResult] = []
    left_out: list[LeftOut] = []
    for one in programmes:
        due = len(list_due_recipes(node, one, flow))
        with progress.stage(N_("Building {programme}"), due, programme=one.name) as step:
            for result in build_releases(node, one, flow, despite):
                if isinstance(result, LeftOut):
                    left_out.append(result)
                    progress.note(N_("{release}: {reason}"), release=result.flow, reason=LEFT_OUT)
                else:
                    built.append(result)
                    progress.note(
                        N_("{release}: {reason}"), release=result.release.name, reason=describe_result(result)
                    )
                step()
    with progress.stage(N_("Writing bulk files"), len(built)) as step:
        for result in built:
            list_bulk_files(node, result.release)
            step()
    inputs = {one.release.name: node.releases.manifest(one.release, verified=False).inputs for one in built}
    return BuildReport(tuple(built), inputs, tuple(wrong.values()), tuple(left_out))


def describe_result(result: BuildResult) -> str:
    """Returns what came of a recipe, as a marked text."""
    if not result.computed:
        return STANDING
    return SEALED if result.new else UNCHANGED


def plan(node: Node, programme: str, flow: str) -> list[PlannedBuild]:
    """Returns what `build` would do, and why. Raises UnknownName."""
    programmes, _ = find_builds(node, programme, flow.upper())
    return plan_builds(node, programmes, flow.upper())


def find_builds(node: Node, programme: str, flow: str) -> tuple[tuple[Programme, ...], Mapping[str, BongsuError]]:
    """Returns the programmes to build, and the own dataflows that are wrong. Raises UnknownName, or what is wrong with one."""
    programmes = find_programmes(node, programme)
    wrong = list_flow_problems(node) if any(one.name == OWN_PROGRAMME for one in programmes) else {}
    if not flow:
        return programmes, wrong
    if flow in wrong:
        raise wrong[flow]
    flows = [recipe.flow for one in programmes for recipe in one.recipes]
    if flow not in flows:
        raise unknown_name(N_("dataflow"), flow, flows, where="--flow")
    return tuple(one for one in programmes if any(recipe.flow == flow for recipe in one.recipes)), {}
