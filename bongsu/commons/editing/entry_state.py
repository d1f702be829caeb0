"""An entry as the next build will have it: what this node made of it, merged with the newest version of its source."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from django.db.models import QuerySet

from bongsu.commons.editing.edits_snapshot import edit_of_revision
from bongsu.commons.entries.bundle import Tombstone, find_id, read_versions
from bongsu.commons.entries.entry import Entry
from bongsu.commons.entries.entry_merge import Conflict, apply_edit
from bongsu.commons.models import Revision
from bongsu.commons.sources import ADDED_FAMILY, EDITS_SNAPSHOT, STARTER_ENTRIES
from bongsu.core.errors import N_, Missing, unknown_name
from bongsu.store.disk.line_index import LineIndex
from bongsu.store.node import Node

PER_PAGE = 50  # changes of an entry


class EntryWithdrawn(Missing):
    """The entry existed and was withdrawn."""

    code = "entry-withdrawn"
    http_status: ClassVar[int] = 410


@dataclass(frozen=True)
class EntryState:
    """An entry: its content (None if it was withdrawn or never existed), its source's version, its newest revision, and the
    conflicts between the two. `gone` is the day (UTC) on which it was withdrawn, or empty.
    """

    id: str
    entry: Entry | None
    upstream: Entry | None
    revision: Revision | None
    conflicts: tuple[Conflict, ...] = ()
    gone: str = ""

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the content; empty if there is none."""
        return "" if self.entry is None else fingerprint_of(self.entry)


def fingerprint_of(entry: Entry) -> str:
    """Returns the fingerprint of an entry's content: a hash that is the same for the same content."""
    text = json.dumps(entry.to_json(), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def find_state(node: Node, id_: str) -> EntryState:
    """Returns the state of an entry, also of one that does not exist."""
    return _join_state(id_, Revision.objects.filter(entry=id_).order_by("-number").first(), _read_sources(node, {id_}))


def current_entry(node: Node, id_: str) -> tuple[Entry, str]:
    """Returns an entry and its fingerprint. Raises EntryWithdrawn, or UnknownName if it never existed."""
    state = find_state(node, id_)
    return require_entry(state), state.fingerprint


def require_entry(state: EntryState) -> Entry:
    """Returns the content of an entry. Raises EntryWithdrawn, or UnknownName if it never existed."""
    if state.entry is not None:
        return state.entry
    if state.gone:
        raise EntryWithdrawn(N_("The entry “{id}” was withdrawn on {day}."), id=state.id, day=state.gone)
    raise unknown_name(N_("entry"), state.id, ())


def entry_history(id_: str) -> QuerySet[Revision]:
    """Returns the changes of an entry on this node, the newest first, to be read page by page."""
    return Revision.objects.filter(entry=id_).order_by("-number").defer("document", "base")


def list_conflicts(node: Node) -> list[EntryState]:
    """Returns the entries with conflicts that a steward has to decide, by id."""
    newest = list(Revision.objects.newest())
    sources = _read_sources(node, {revision.entry for revision in newest})
    states = (_join_state(revision.entry, revision, sources) for revision in newest)
    return [state for state in states if state.conflicts]


def _read_sources(node: Node, ids: Collection[str]) -> dict[str, Entry | Tombstone]:
    """Returns the sources' newest versions of entries."""
    names = [STARTER_ENTRIES.name, *node.snapshots.list_names(ADDED_FAMILY)]
    index = LineIndex(node.root / "entries.sqlite3", node.snapshots, find_id)
    lines = index.read_lines([name for name in names if name != EDITS_SNAPSHOT], ids)
    found = [one for line in lines for one in read_versions(line)]
    found.sort(key=lambda one: isinstance(one, Entry))  # a tombstone gives way to an entry of another source
    return {one.id: one for one in found}


def _join_state(id_: str, revision: Revision | None, sources: dict[str, Entry | Tombstone]) -> EntryState:
    found = sources.get(id_)
    upstream = found if isinstance(found, Entry) else None
    gone = found.on if isinstance(found, Tombstone) else ""
    if revision is None:
        return EntryState(id_, upstream, upstream, None, gone=gone)
    edit = edit_of_revision(revision)
    merged = apply_edit(edit, upstream)
    gone = "" if merged.entry else (edit.on if edit.entry is None else gone or edit.on)
    return EntryState(id_, merged.entry, upstream, revision, merged.conflicts, gone)
