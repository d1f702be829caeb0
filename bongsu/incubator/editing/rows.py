"""Puts, adds, swaps and removes one row of a TOML text, such as `[[transition]]`; comments and everything else stay as written.

A row is its header with the comment lines right above it, up to the next header. Whatever comes out is read again and compared
with what was wanted: a text that is written in a way that this file does not know is refused, never damaged.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any, NamedTuple

import tomlkit

from bongsu.core.errors import N_, BadInput, Missing
from bongsu.core.text_files import parse_toml
from bongsu.core.toml_lines import Header, Lines, read_lines


class _Block(NamedTuple):
    start: int
    end: int  # the first line that is not in it


def list_rows(text: str, name: str) -> list[dict[str, Any]]:
    """Returns the rows of a list of tables, as they are in the file. Raises BadInput."""
    rows = parse_toml(text, "").get(name, [])
    return rows if isinstance(rows, list) else []


def put_row(text: str, name: str, index: int | None, row: Mapping[str, Any]) -> str:
    """Returns the text with a row replaced, or added after the last one if `index` is None.

    Fields that are equal stay as written. Raises BadInput if the text writes its rows in another way, or Missing.
    """
    rows, lines, blocks = _read(text, name)
    row = _to_lists(row)
    if index is None:
        made = tomlkit.document()
        made.append(name, tomlkit.aot())
        made[name].append(_write_value(row))
        at = blocks[-1].end if blocks else len(lines)
        return _verify(_join(lines[:at], tomlkit.dumps(made).split("\n"), lines[at:]), text, name, [*rows, row])
    _require(rows, index)
    start, end = blocks[index]
    written = tomlkit.parse("\n".join(lines[start:end]))
    _put_fields(written[name][0], row)
    changed = tomlkit.dumps(written).split("\n")
    wanted = [row if number == index else one for number, one in enumerate(rows)]
    return _verify("\n".join([*lines[:start], *changed, *lines[end:]]), text, name, wanted)


def remove_row(text: str, name: str, index: int) -> str:
    """Returns the text without a row and the comments right above it. Raises BadInput or Missing."""
    rows, lines, blocks = _read(text, name)
    _require(rows, index)
    start, end = blocks[index]
    return _verify(_join(lines[:start], [], lines[end:]), text, name, [*rows[:index], *rows[index + 1 :]])


def swap_rows(text: str, name: str, index: int) -> str:
    """Returns the text with a row and the next one in each other's place. Raises BadInput or Missing."""
    rows, lines, blocks = _read(text, name)
    _require(rows, index)
    _require(rows, index + 1)
    one, other = blocks[index], blocks[index + 1]
    moved = _join(lines[: one.start], lines[other.start : other.end], lines[one.end : other.start])
    moved = _join(moved.split("\n"), lines[one.start : one.end], lines[other.end :])
    return _verify(moved, text, name, [*rows[:index], rows[index + 1], rows[index], *rows[index + 2 :]])


def _read(text: str, name: str) -> tuple[list[dict[str, Any]], list[str], list[_Block]]:
    rows, lines, places = list_rows(text, name), text.split("\n"), read_lines(text)
    blocks: list[_Block] = []
    for number, header in enumerate(places.headers):
        if header.is_row and header.path == f"{name}[{len(blocks)}]":
            inner = f"{header.path}."
            after = next((one for one in places.headers[number + 1 :] if not one.path.startswith(inner)), None)
            end = _find_start(places, after) if after else len(lines)
            blocks.append(_Block(_find_start(places, header), end))
    if len(blocks) != len(rows):
        raise _refuse()
    return rows, lines, blocks


def _find_start(places: Lines, header: Header) -> int:
    """Returns the first of the comment lines right above a header; the first line of the text is 0."""
    start = header.line
    while start - 1 in places.comments:
        start -= 1
    return start - 1


def _require(rows: list[Any], index: int) -> None:
    if not 0 <= index < len(rows):
        raise Missing(N_("The file has no row {number}."), number=index + 1)


def _join(*parts: list[str]) -> str:
    """Returns the parts with one empty line between them."""
    texts = ["\n".join(part).strip("\n") for part in parts]
    return "\n\n".join(text for text in texts if text) + "\n"


def _to_lists(value: Any) -> Any:
    """Returns a value with lists instead of tuples, as a parsed file has them."""
    if isinstance(value, Mapping):
        return {name: _to_lists(one) for name, one in value.items()}
    return [_to_lists(one) for one in value] if isinstance(value, list | tuple) else value


def _put_fields(table: Any, wanted: Mapping[str, Any]) -> None:
    for name in [name for name in table if name not in wanted]:
        del table[name]
    for name, value in wanted.items():
        if name not in table:
            table[name] = _write_value(value, inside=True)
        elif _plain(table[name]) == value:
            continue
        elif isinstance(value, Mapping) and isinstance(_plain(table[name]), dict):
            _put_fields(table[name], value)
        else:
            table[name] = _write_value(value, inside=True)


def _plain(item: Any) -> Any:
    return item.unwrap() if hasattr(item, "unwrap") else item


def _write_value(value: Any, inside: bool = False) -> Any:
    """Returns a value for tomlkit: tables inside a row stand on one line, lists of tables have a line for each."""
    if isinstance(value, Mapping):
        table: Any = tomlkit.inline_table() if inside else tomlkit.table()
        for name, one in value.items():
            table[name] = _write_value(one, inside=True)
        return table
    if isinstance(value, list):
        array = tomlkit.array()
        for one in value:
            array.append(_write_value(one, inside=True))
        return array.multiline(any(isinstance(one, Mapping) for one in value))
    if isinstance(value, str) and "\n" in value:
        return tomlkit.string(value, multiline=True)
    return value


def _verify(changed: str, text: str, name: str, rows: list[Any]) -> str:
    """Returns the changed text, if it has the rows that are wanted and everything else as before."""
    wanted = parse_toml(text, "")
    wanted[name] = rows
    if not rows:
        del wanted[name]
    try:
        if tomllib.loads(changed) == wanted:
            return changed
    except tomllib.TOMLDecodeError:
        pass
    raise _refuse()


def _refuse() -> BadInput:
    return BadInput(
        N_("The file writes its rows in a way that this page cannot change."),
        fix=N_("Change the text of the file instead."),
    )
