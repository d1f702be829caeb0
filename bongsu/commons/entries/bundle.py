"""A bundle: many entries and tombstones in one snapshot, as JSON lines, so that a release can cite them by one hash.

A line is one of: a file as a person wrote it {"file", "text"}; a harvested entry {"file", "entry"}; the tombstone of a deleted
entry {"file", "deleted": {"id", "on", "source"}}; what this node made of an entry {"file", "edited": {"id", "on", "entry",
"base"}}; a person's decision whether two entries are duplicates {"file", "decided": {"one", "other", "same", "on"}}.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bongsu.commons.documents import parse_document
from bongsu.commons.entries.entry import Entry
from bongsu.commons.entries.entry_merge import Edit, apply_edit
from bongsu.commons.entries.entry_reader import parse_entry
from bongsu.core.errors import N_, BadInput

# The end of a line's file name, which is the entry's id.
_FILE_NAME = re.compile(rb'"file": "(?:[^"]*/)?([^"/.]+)(?:\.yaml)?"')


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A deleted entry and the day (UTC) of its deletion. It is kept for ever, so that nodes that harvested it learn of it."""

    id: str
    on: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class DuplicateDecision:
    """A person's decision whether two entries are the same, and its day. Of two that are the same, the first is shown."""

    one: str
    other: str
    same: bool
    on: str


@dataclass(frozen=True)
class BundleContents:
    """The contents of a bundle: entries by id, tombstones by id, and decisions on pairs of entries."""

    entries: Mapping[str, Entry]
    tombstones: Mapping[str, Tombstone]
    decisions: tuple[DuplicateDecision, ...] = ()


def read_bundles(*bundles: bytes) -> BundleContents:
    """Reads and merges bundles. Raises BadInput for an invalid line or an entry that occurs twice.

    A tombstone gives way to an entry: what one source gave up, another may have.
    What the node made of an entry is merged with the source's version. If a person decided that two entries are the same, the
    second is replaced by a tombstone.
    """
    entries: dict[str, Entry] = {}
    tombstones: dict[str, Tombstone] = {}
    decisions: list[DuplicateDecision] = []
    edits: list[Edit] = []
    places: dict[str, str] = {}
    for bundle in bundles:
        for where, made in _read_lines(bundle):
            if isinstance(made, DuplicateDecision):
                decisions.append(made)
                continue
            if isinstance(made, Edit):
                edits.append(made)
                continue
            if isinstance(made, Tombstone):
                tombstones[made.id] = made
                continue
            if made.id in places:
                raise BadInput(
                    N_("The id “{id}” occurs twice: in {one} and in {other}."),
                    id=made.id,
                    one=places[made.id],
                    other=where,
                )
            places[made.id] = where
            entries[made.id] = made
    tombstones = {id_: made for id_, made in tombstones.items() if id_ not in entries}
    for edit in edits:
        merged = apply_edit(edit, entries.pop(edit.id, None)).entry
        if merged is not None:
            entries[edit.id] = merged
            tombstones.pop(edit.id, None)
        elif edit.id not in tombstones or edit.entry is None:
            tombstones[edit.id] = Tombstone(edit.id, edit.on)
    for decision in decisions:
        if decision.same and decision.one in entries and decision.other in entries:
            del entries[decision.other]
            tombstones[decision.other] = Tombstone(decision.other, decision.on)
    return BundleContents(entries, tombstones, tuple(decisions))


def find_id(line: bytes) -> str:
    """Returns the id of the entry in a line of a bundle, without parsing it; "" for a line without one."""
    named = _FILE_NAME.match(line, max(line.rfind(b'"file": "'), 0))  # “file” is the last key, or “text” comes after it
    return named[1].decode() if named else ""


def read_versions(line: bytes) -> Iterator[Entry | Tombstone]:
    """Yields the entry or tombstone in a line of a bundle."""
    return (made for _, made in _read_lines(line) if isinstance(made, Entry | Tombstone))


def read_own_entries(bundle: bytes) -> Iterator[Entry]:
    """Yields the entries of the node's own, which no source has, from a bundle of edits."""
    for where, made in _read_lines(bundle):
        if isinstance(made, Edit) and made.base is None and made.entry is not None:
            yield parse_entry(made.entry, where)


def _read_lines(bundle: bytes) -> Iterator[tuple[str, Entry | Tombstone | Edit | DuplicateDecision]]:
    for number, line in enumerate(bundle.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            where = str(row["file"])
        except (ValueError, KeyError, TypeError) as wrong:
            raise BadInput(
                N_("Line {number} of the bundle cannot be read: {reason}."), number=number, reason=wrong
            ) from None
        if "deleted" in row:
            yield where, Tombstone(**row["deleted"])
        elif "decided" in row:
            yield where, DuplicateDecision(**row["decided"])
        elif "edited" in row:
            yield where, Edit(**row["edited"])
        elif "entry" in row:
            yield where, parse_entry(row["entry"], where)
        else:
            yield where, parse_entry(parse_document(row["text"].encode(), where), where)


def encode_bundle(
    entries: Iterable[Entry],
    tombstones: Iterable[Tombstone] = (),
    file: str = "",
    *,
    line_fields: Callable[[Entry], Mapping[str, Any]] | None = None,
) -> bytes:
    """Encodes entries and tombstones as a bundle; the same contents always give the same bytes.

    `line_fields` returns further fields for an entry's line, for readers that cannot compute them; `read_bundles` ignores them.
    """
    rows: list[dict[str, Any]] = [
        {
            **(line_fields(entry) if line_fields else {}),
            "file": f"{file or entry.source or 'added'}/{entry.id}",
            "entry": entry.to_json(),
        }
        for entry in sorted(entries, key=lambda entry: entry.id)
    ]
    for stone in sorted(tombstones, key=lambda stone: stone.id):
        rows.append({"file": f"{file or stone.source or 'added'}/{stone.id}", "deleted": asdict(stone)})
    return "".join(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows).encode()


def encode_decisions(decisions: Iterable[DuplicateDecision]) -> bytes:
    """Encodes a person's decisions as a bundle."""
    rows = [
        {"file": f"decisions/{d.one}/{d.other}", "decided": asdict(d)}
        for d in sorted(decisions, key=lambda d: (d.one, d.other))
    ]
    return "".join(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows).encode()


def encode_edits(edits: Iterable[Edit]) -> bytes:
    """Encodes what the node made of entries as a bundle."""
    rows = [{"file": f"edits/{edit.id}", "edited": asdict(edit)} for edit in sorted(edits, key=lambda edit: edit.id)]
    return "".join(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows).encode()


def newest_evidence_day(contents: BundleContents) -> str:
    """Returns the day of the newest evidence. Standards with versions are applied as of it: a build has no clock."""
    newest = max((entry.checked for entry in contents.entries.values()), default="")
    return newest if len(newest) == 10 else f"{newest or '2026-11'}-01"
