"""The entries attached to releases (entries.jsonl), and the time of each one's last change.

A harvester asks for changes since its last request. They are derived from the releases: when a release becomes current, the
entries that differ from the previous release are changed at that time, and the missing ones are deleted. A line of the file
is {"entry", "licence"} or {"deleted"}. Lines are read by offset, so that 100,000 entries are not kept in memory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from bongsu.core.release import Release
from bongsu.publish.bulk_files import find_attachment
from bongsu.store.node import Node

ENTRIES_FILE = "entries.jsonl"


@dataclass(frozen=True, slots=True)
class EntryLine:
    """A line of entries.jsonl: its offset, its length, and a digest that differs between versions of the entry."""

    offset: int
    size: int
    digest: bytes


@dataclass(frozen=True)
class EntryList:
    """The entries of a dataflow's current release, the time (UTC) of each one's last change, and of each deletion."""

    dataflow: str
    path: Path | None
    lines: Mapping[str, EntryLine]
    changed: Mapping[str, str]
    deleted: Mapping[str, str]

    def read_entry(self, id_: str) -> dict[str, Any]:
        """Reads the line of an entry: {"entry", "licence", "file"}."""
        line = self.lines[id_]
        assert self.path is not None
        with self.path.open("rb") as file:
            file.seek(line.offset)
            read: dict[str, Any] = json.loads(file.read(line.size))
            return read


def list_entries(node: Node) -> tuple[EntryList, ...]:
    """Lists the entries of every dataflow that has any."""
    found = (_list_entries(node, flow, tuple(node.releases.all(flow))) for flow in node.releases.dataflows())
    return tuple(one for one in found if one.lines or one.deleted)


@lru_cache(maxsize=64)
def _list_entries(node: Node, dataflow: str, releases: tuple[Release, ...]) -> EntryList:
    """`releases` are all of the dataflow's: they are part of the cache key, so that a new or withdrawn one is noticed."""
    changed: dict[str, str] = {}
    deleted: dict[str, str] = {}
    before: Mapping[str, EntryLine] = {}
    path = None
    for moment, release in _current_history(releases):
        path = find_attachment(node, release, ENTRIES_FILE) if release else None
        lines, gone = _index_lines(path) if path else ({}, frozenset[str]())
        for id_, line in lines.items():
            if id_ not in before or before[id_].digest != line.digest:
                changed[id_] = moment
            deleted.pop(id_, None)
        for id_ in (before.keys() | gone) - lines.keys() - deleted.keys():
            deleted[id_] = moment
            changed.pop(id_, None)
        before = lines
    return EntryList(dataflow, path, before, changed, deleted)


def _current_history(releases: tuple[Release, ...]) -> Iterator[tuple[str, Release | None]]:
    """Returns (time, the release that was current from then on), oldest first."""
    moments = {r.sealed_at for r in releases} | {r.withdrawal.at for r in releases if r.withdrawal}
    last: Release | None = None
    for moment in sorted(moments):
        there = [r for r in releases if r.sealed_at <= moment and not (r.withdrawal and r.withdrawal.at <= moment)]
        current = there[-1] if there else None
        if (current and current.number) != (last and last.number):
            yield moment, current
        last = current


class _EntryId(msgspec.Struct):
    id: str


class _LineId(msgspec.Struct):
    """The fields of a line that identify its entry; msgspec skips the others."""

    entry: _EntryId | None = None
    deleted: _EntryId | None = None


_DECODER = msgspec.json.Decoder(_LineId)


def _index_lines(path: Path) -> tuple[dict[str, EntryLine], frozenset[str]]:
    """Returns the entries of a file by id, in the file's order, and the ids of the deleted ones."""
    lines, gone = {}, []
    offset = 0
    with path.open("rb") as file:
        for text in file:
            read = _DECODER.decode(text)
            if read.deleted:
                gone.append(read.deleted.id)
            elif read.entry:
                digest = hashlib.blake2b(text, digest_size=16).digest()
                lines[read.entry.id] = EntryLine(offset, len(text), digest)
            offset += len(text)
    return lines, frozenset(gone)
