"""Reads node.toml, and changes one table of it. Comments and the order of its lines stay as a person wrote them.

A table is a field of `NodeFile`; its own shape is checked by the module that uses it. A field or table that no part of the
software reads is refused, so that a misspelt setting does not go unnoticed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import tomlkit
import tomlkit.exceptions

from bongsu.core.document_shape import FilledText, convert_document
from bongsu.core.errors import N_, BadInput, Missing
from bongsu.core.text_files import decode_text, parse_toml
from bongsu.store.disk.files import lock_file, replace_file

FORMAT = "bongsu.node/1"
Table = dict[str, Any]


class NodeFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The content of node.toml: the identity of the node, then a field for every table. A table that is not there is empty."""

    format: FilledText
    id: FilledText
    name: FilledText
    agency: FilledText
    created: FilledText
    site: Table = {}


def node_file_path(root: Path) -> Path:
    """Returns the path of the file. Raises Missing if `root` is not a node."""
    path = root / "node.toml"
    if not path.exists():
        raise Missing(
            N_("“{root}” is not a node: it has no node.toml."),
            fix=N_("Create one with “bongsu init {root}”, or give its folder with --node."),
            root=root,
        )
    return path


def read_node_file(root: Path) -> NodeFile:
    """Returns the content of node.toml. Raises Missing, BadInput or UnknownName, with the field."""
    path = node_file_path(root)
    return _parse(path.read_bytes(), str(path))


def read_table(root: Path, name: str) -> Table:
    """Returns the table `name` of node.toml; empty if it is not there."""
    return dict(getattr(read_node_file(root), name))


def write_table(root: Path, name: str, values: Table) -> None:
    """Replaces the table `name` of node.toml by `values`; an empty one is deleted. See `change_table`."""
    with change_table(root, name, lambda _: values):
        pass


@contextmanager
def change_table(root: Path, name: str, change: Callable[[Table], Table]) -> Iterator[tuple[Table, Table]]:
    """Replaces the table `name` by what `change` makes of it, and yields the old and the new table.

    Other changes wait until the block has ended; if it raises, the file becomes again what it was. `change` checks the values:
    if it raises, nothing is written. The file is written atomically, and only if it reads back as the new table with everything
    else unchanged. Raises BadInput.
    """
    path = node_file_path(root)
    with lock_file(path.with_name("node.toml.lock")):
        data = path.read_bytes()
        before = _parse(data, str(path))
        old: Table = getattr(before, name)
        new = change(dict(old))
        if new == old:
            yield old, new
            return
        written = _replace_table(decode_text(data, str(path)), name, new, str(path))
        if _parse(written, str(path)) != msgspec.structs.replace(before, **{name: new}):
            raise BadInput(
                N_("The table “{name}” of node.toml could not be written without changing something else."),
                where=str(path),
                fix=N_("Change the file in an editor."),
                name=name,
            )
        with replace_file(path.resolve(), written, mode=path.stat().st_mode & 0o777):
            yield old, new


def _parse(data: bytes, where: str) -> NodeFile:
    read = parse_toml(decode_text(data, where), where)
    if read.get("format", FORMAT) != FORMAT:
        raise BadInput(
            N_("This node has the format “{format}”, which this version of Bongsu does not support."),
            where=where,
            format=read["format"],
        )
    return convert_document(read, NodeFile, where)


def _replace_table(text: str, name: str, values: Table, where: str) -> bytes:
    try:
        document = tomlkit.parse(text)
        if not values:
            document.pop(name, None)
        elif name in document:
            _update(document[name], values)
        else:
            document[name] = _make_item(values)
        return tomlkit.dumps(document).encode()
    except (tomlkit.exceptions.TOMLKitError, ValueError, TypeError) as error:
        raise BadInput(
            N_("The table “{name}” of node.toml cannot be written: {problem}."), where=where, name=name, problem=error
        ) from None


def _update(table: Any, values: Mapping[str, Any]) -> None:
    """Makes `table` equal to `values`. What is equal already keeps its place, its spelling and its comment."""
    for key in [key for key in table if key not in values]:
        del table[key]
    for key, value in values.items():
        if key in table and isinstance(table[key], Mapping) and isinstance(value, Mapping):
            _update(table[key], value)
        elif key not in table or table[key] != value:
            table[key] = _make_item(value)


def _make_item(value: Any) -> Any:
    """Returns `value` as it is written: a text of several lines on several lines, a table with its plain values first."""
    if isinstance(value, str) and "\n" in value:
        return tomlkit.string(value, multiline=True)
    if isinstance(value, Mapping):
        table = tomlkit.table()
        for key in sorted(value, key=lambda key: isinstance(value[key], Mapping | list)):
            table.append(key, _make_item(value[key]))
        return table
    return tomlkit.item(value)
