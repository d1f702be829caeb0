"""Lists the own dataflows in the folder `flows/` of a node, takes their files as snapshots, and builds releases from these.

A build reads only snapshots, so that a release can be traced to its input even after the folder has changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bongsu.core.codes import CodeList
from bongsu.core.errors import N_, BadInput, BongsuError, Missing, unknown_name
from bongsu.core.programme import BuildInput, BuildInputs, Programme, Recipe
from bongsu.core.provenance import Input, Origin, Snapshot
from bongsu.core.release import Draft, Finding, Note
from bongsu.core.structure import Concept
from bongsu.core.text_files import decode_text
from bongsu.store.node import Node
from bongsu.store.own_flows.data_file import Problem, read_data_file, read_observations
from bongsu.store.own_flows.flow_checks import make_check, selections_match
from bongsu.store.own_flows.flow_file import FLOW_FILE, FlowDefinition, parse_flow
from bongsu.store.releases.observations import make_draft
from bongsu.store.tables.definitions import code_lists
from bongsu.store.tables.manual import find_method
from bongsu.store.tables.programmes import (
    OWN_PROGRAMME,
    differing_definition,
    programme_packages,
    read_definitions,
    read_programmes,
)


def list_flow_ids(node: Node) -> list[str]:
    """Returns the ids of the dataflows that have a folder with a flow.toml in the node's `flows/`."""
    return sorted(path.parent.name for path in node.root.glob(f"flows/*/{FLOW_FILE}"))


def read_flow(node: Node, id_: str) -> tuple[FlowDefinition, bytes, bytes]:
    """Reads the folder of a dataflow. Returns its definition, the definition as bytes, and the data.

    Raises BadInput, UnknownName or Missing.
    """
    known = list_flow_ids(node)
    if id_ not in known:
        error = unknown_name(N_("own dataflow"), id_, known, where=str(Path("flows")))
        error.fix = error.fix or N_("Create one with “bongsu flow new {name}”.")
        raise error
    folder = node.root / "flows" / id_
    names = [path.name for path in folder.glob("CL_*.csv")]
    texts = {name: decode_text(_read_file(folder / name), f"{id_}/{name}") for name in (FLOW_FILE, *sorted(names))}
    definition = parse_flow(id_, texts)
    used = {FLOW_FILE, *(one.file for one in definition.file.code_lists.values())}
    return definition, _join_texts({name: texts[name] for name in used}), _read_file(folder / definition.file.data)


def _read_file(path: Path) -> bytes:
    """Returns the bytes of a file of a dataflow's folder. Raises Missing, or BadInput for a folder or a link."""
    where = f"{path.parent.name}/{path.name}"
    try:
        if path.is_symlink():
            raise BadInput(N_("The file is a link."), where=where, fix=N_("Put the file itself in the folder."))
        return path.read_bytes()
    except FileNotFoundError:
        raise Missing(N_("The file is missing."), where=where) from None
    except OSError as error:
        raise BadInput(
            N_("“{file}” cannot be opened: {reason}."), where=where, file=path.name, reason=error.strerror
        ) from None


def _join_texts(texts: Mapping[str, str]) -> bytes:
    """Joins files to one text with a JSON line {"file", "text"} for each, sorted by name."""
    rows = (json.dumps({"file": name, "text": texts[name]}, ensure_ascii=False) for name in sorted(texts))
    return "".join(f"{row}\n" for row in rows).encode()


def _split_texts(data: bytes) -> dict[str, str]:
    rows = (json.loads(line) for line in data.decode().split("\n") if line)  # JSON may contain other line separators
    return {row["file"]: row["text"] for row in rows}


@dataclass(frozen=True)
class FlowCheck:
    """The result of checking a folder: the number of observations, the invalid cells, and the findings of the checks."""

    definition: FlowDefinition
    rows: int
    problems: tuple[Problem, ...]
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether the dataflow can be taken and built."""
        return not self.problems and all(finding.holds for finding in self.findings)


def check_flow(node: Node, id_: str) -> FlowCheck:
    """Checks a folder as `take` and `build` do, without changing anything. Raises BadInput, UnknownName or Missing."""
    definition, _, data = read_flow(node, id_)
    _check_shared_names(node, definition)
    found = read_data_file(definition, data)
    if found.problems:
        return FlowCheck(definition, len(found.rows), tuple(found.problems), ())
    record = Input(f"{_family(id_)}-data", "", definition.file.source.vintage, definition.origin)
    taken = {record.name: BuildInput(record, data=data)}
    recipe = _make_recipe(definition)
    draft = recipe.build(BuildInputs(definition.flow, find_method(definition.flow), code_lists(), taken))
    node.engine.check_rules(draft.observations, definition.flow)
    before = node.current_observations(id_)
    return FlowCheck(definition, len(found.rows), (), tuple(check(draft, before) for check in recipe.checks))


def take_flow(node: Node, id_: str) -> list[tuple[Snapshot, bool]]:
    """Checks every row, and takes the definition and the data as snapshots. Returns each and whether it is new."""
    definition, text, data = read_flow(node, id_)
    _check_shared_names(node, definition)
    read_observations(definition, data)
    source = definition.file.source
    defined_by = Origin(node.identity.name, f"{id_}: {FLOW_FILE}", "", source.licence, node.identity.name)
    return [
        node.snapshots.save(f"{_family(id_)}-definition", text, defined_by, source.vintage),
        node.snapshots.save(f"{_family(id_)}-data", data, definition.origin, source.vintage),
    ]


def is_folder_changed(node: Node, id_: str) -> bool:
    """Returns whether the folder of a dataflow that was taken has other files now."""
    try:
        _, text, data = read_flow(node, id_)
    except BongsuError:
        return True
    newest = [node.snapshots.newest(f"{_family(id_)}-{part}") for part in ("definition", "data")]
    return [one and one.sha256 for one in newest] != [hashlib.sha256(part).hexdigest() for part in (text, data)]


def _check_shared_names(node: Node, definition: FlowDefinition) -> None:
    """Raises BadInput if another dataflow or a programme defines a code list or concept of the same name differently.

    SDMX publishes the lists and concepts of all dataflows together, by name. A definition that is wrong itself is left out:
    it has to be taken again, and is compared then.
    """
    id_ = definition.flow.id
    taken = [one for one in _read_taken_definitions(node).values() if isinstance(one, FlowDefinition)]
    others = {
        **{name: read_definitions(name, package) for name, package in programme_packages().items()},
        **{one.flow.id: _list_definitions(one) for one in taken if one.flow.id != id_},
    }
    own = _list_definitions(definition)
    for other, theirs in others.items():
        for kind, name in sorted(own.keys() & theirs.keys()):
            if own[kind, name] != theirs[kind, name]:
                raise differing_definition(kind, name, other, f"{id_}/{FLOW_FILE}")


def _list_definitions(definition: FlowDefinition) -> Mapping[tuple[str, str], CodeList | Concept]:
    """Returns the code lists and concepts that a flow.toml defines and uses, by kind and name."""
    own = definition.file
    return {
        **{(N_("code list"), name): one for name, one in definition.code_lists.items() if name in own.code_lists},
        **{(N_("concept"), one.id): one for one in definition.flow.dimensions if one.id in own.concepts},
    }


def _read_taken_definitions(node: Node) -> dict[str, FlowDefinition | BadInput]:
    """Returns the newest definition of each dataflow that has a folder and was taken, or what is wrong with it."""
    found: dict[str, FlowDefinition | BadInput] = {}
    for id_ in list_flow_ids(node):
        if snapshot := node.snapshots.newest(f"{_family(id_)}-definition"):
            try:
                found[id_] = parse_flow(id_, _split_texts(node.snapshots.read(snapshot)))
            except BongsuError as error:
                found[id_] = BadInput(
                    N_("The definition of {flow} that was taken is not valid: {problem}"),
                    where=f"flows/{id_}",
                    fix=N_("Correct its flow.toml, then run “bongsu flow take {flow}”."),
                    flow=id_,
                    problem=str(error),
                )
    return found


def list_flow_problems(node: Node) -> dict[str, BadInput]:
    """Returns what is wrong with definitions that were taken, by the dataflow's id."""
    return {id_: one for id_, one in _read_taken_definitions(node).items() if isinstance(one, BadInput)}


def read_own_programme(node: Node) -> Programme:
    """Returns the programme of the own dataflows, as defined in their newest snapshots.

    A definition that is wrong, because this version of Bongsu checks more, is left out: `list_flow_problems` has it.
    """
    definitions = [one for one in _read_taken_definitions(node).values() if isinstance(one, FlowDefinition)]
    return Programme(
        info=read_programmes()[OWN_PROGRAMME],
        flows=tuple(definition.flow for definition in definitions),
        recipes=tuple(_make_recipe(definition) for definition in definitions),
    )


def _make_recipe(definition: FlowDefinition) -> Recipe:
    def build(inputs: BuildInputs) -> Draft:
        return build_own_flow(definition, inputs)

    id_ = definition.flow.id
    checks = (selections_match, *(make_check(spec) for spec in definition.file.checks))
    return Recipe(id_, (), build, checks, family=_family(id_))


def build_own_flow(definition: FlowDefinition, inputs: BuildInputs) -> Draft:
    """Builds the draft of an own dataflow: every row of its data file as an observation."""
    data = inputs[f"{_family(definition.flow.id)}-data"].data
    found = read_observations(definition, data)
    notes = (Note(N_("Rows of the data file that were left out"), f"{len(found.left_out)}"),) if found.left_out else ()
    inputs = replace(inputs, code_lists={**inputs.code_lists, **definition.code_lists})
    return make_draft(inputs, found.rows, notes)


def _family(id_: str) -> str:
    return f"flow-{id_}"
