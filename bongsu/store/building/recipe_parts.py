"""What the release of a recipe would be made of now: the hashes of its inputs and its code, and the versions that matter.

If they are those of the last build, and its release still stands, the recipe need not run again. The hashes are kept one by
one, so that a plan can say which of them has changed.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from bongsu.core.errors import BongsuError
from bongsu.core.programme import Programme, Recipe
from bongsu.core.provenance import Source
from bongsu.store.building.code_hashes import hash_code, list_versions
from bongsu.store.node import Node
from bongsu.store.tables.manual import method_records
from bongsu.store.tables.programmes import find_distributions

_PROCESS = "bongsu.store.building.builds"  # runs, corrects, checks and seals: a part of every release


@dataclass(frozen=True)
class RecipeParts:
    """Hashes by name: of the inputs, of the files of the code, and the versions of packages with who seals."""

    inputs: Mapping[str, str]
    code: Mapping[str, str]
    versions: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Returns the parts as they are stored beside the last build."""
        return asdict(self)


def list_snapshot_names(node: Node, recipe: Recipe) -> list[str]:
    """Returns the names of the snapshots that a recipe reads: its sources, and those of its family."""
    named = [source.name for source in recipe.inputs if isinstance(source, Source)]
    return [*named, *(node.snapshots.list_names(recipe.family) if recipe.family else ())]


def list_parts(node: Node, programme: Programme, recipe: Recipe) -> RecipeParts:
    """Returns what a release of the recipe would be made of now. An input that does not exist has the hash ""."""
    inputs: dict[str, str] = {}
    for name in list_snapshot_names(node, recipe):
        snapshot = node.snapshots.newest(name)
        taken = {**snapshot.to_json(), "taken_at": ""} if snapshot else None
        inputs[name] = _hash_json(taken) if taken else ""
    for flow in (one for one in recipe.inputs if isinstance(one, str)):
        try:
            release = node.releases.current(flow)
        except BongsuError:  # it has no release, or all are withdrawn
            inputs[flow] = ""
        else:
            inputs[flow] = f"{release.number} {release.content}"
    for correction in node.corrections.list_in_force(recipe.flow, programme.corrections):
        entry = correction.as_input()
        inputs[entry.name] = _hash_json(entry.to_json())
    return RecipeParts(inputs, _hash_recipe(programme, recipe), {**_list_versions(), **_describe_node(node)})


def _describe_node(node: Node) -> dict[str, str]:
    return {"agency": node.identity.agency, "node": node.identity.name}


@cache
def _list_versions() -> Mapping[str, str]:
    return {"python": ".".join(platform.python_version_tuple()[:2]), **list_versions(find_distributions())}


def _hash_recipe(programme: Programme, recipe: Recipe) -> dict[str, str]:
    functions: tuple[Callable[..., Any], ...] = (recipe.build, *recipe.checks)
    method = programme.flow(recipe.flow).method
    described = method_records().get(method.rsplit(" ", 1)[0])  # may be in the file of another dataflow
    manual = described.manual if described else ""
    modules = {_PROCESS, *(one.__module__ for one in functions)}
    top = recipe.build.__module__.split(".")
    own = {".".join(top[:1]), ".".join(top[:2])}
    # A programme's own table is read from its snapshot; a table in a package below may be read by its modules too.
    taken = [one for one in programme.sources if one.package in own]
    left_out = [Path(str(files(one.package) / one.resource)) for one in taken]
    return {
        **hash_code(modules, recipe.flow, left_out),
        "recipe": _hash("\n".join([recipe.family, method, manual, *map(_describe_function, functions)])),
    }


def _describe_function(function: Callable[..., Any]) -> str:
    """Returns the name of a function and the values that it was made with, such as the bounds of a check."""
    if not hasattr(function, "__qualname__"):
        return repr(function)
    cells = getattr(function, "__closure__", None) or ()
    values = [_describe_function(one) if callable(one) else repr(one) for one in (cell.cell_contents for cell in cells)]
    return f"{function.__module__}.{function.__qualname__}({', '.join(values)})"


def _hash_json(data: Mapping[str, Any]) -> str:
    return _hash(json.dumps(data, sort_keys=True))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def list_changes(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Returns the names whose hash is another one, is new or is gone, sorted."""
    return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
