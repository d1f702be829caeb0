"""The entries for the next build: those that ship with Bongsu, those added from each source, and decisions on duplicates.

Every change is a new snapshot; nothing is changed in place.
"""

from __future__ import annotations

from collections.abc import Iterator

from bongsu.commons.entries.bundle import (
    BundleContents,
    DuplicateDecision,
    Tombstone,
    encode_bundle,
    encode_decisions,
    read_bundles,
    read_own_entries,
)
from bongsu.commons.entries.entry import Entry
from bongsu.commons.harvest.duplicates import EntryPair, find_similar
from bongsu.commons.sources import ADDED_FAMILY, EDITS_SNAPSHOT, STARTER_ENTRIES
from bongsu.core.errors import N_, unknown_name
from bongsu.core.provenance import Origin
from bongsu.store.node import Node

DECISIONS_SOURCE = "decisions"  # the source name of the snapshots with decisions on duplicates


def read_added_entries(node: Node, name: str) -> BundleContents:
    """Reads the entries that were added from one source."""
    newest = node.snapshots.newest(f"{ADDED_FAMILY}-{name}")
    return read_bundles(node.snapshots.read(newest)) if newest else BundleContents({}, {})


def list_other_entries(node: Node, name: str) -> Iterator[Entry]:
    """Yields the entries of all sources except `name`: first those that ship with Bongsu, then by source."""
    names = [STARTER_ENTRIES.name] + [
        found for found in node.snapshots.list_names(ADDED_FAMILY) if found != f"{ADDED_FAMILY}-{name}"
    ]
    for other in names:
        newest = node.snapshots.newest(other)
        if newest is not None and other == EDITS_SNAPSHOT:  # a correction of an entry of `name` is no other entry
            yield from read_own_entries(node.snapshots.read(newest))
        elif newest is not None:
            yield from read_bundles(node.snapshots.read(newest)).entries.values()


def remove_entries(node: Node, name: str, today: str) -> int:
    """Removes the entries of a source and leaves a tombstone for each. Returns their number."""
    newest = node.snapshots.newest(f"{ADDED_FAMILY}-{name}")
    found = read_added_entries(node, name)
    if newest is None or not found.entries:
        return 0
    removed = [Tombstone(id_, today, name) for id_ in found.entries]
    bundle = encode_bundle((), [*found.tombstones.values(), *removed], name)
    node.snapshots.save(newest.name, bundle, newest.origin, today)
    return len(removed)


def keep_decision(node: Node, one: str, other: str, *, same_thing: bool, today: str) -> None:
    """Stores a person's decision whether two entries are the same. Raises UnknownName for an unknown entry."""
    there = read_node_entries(node)
    known = there.entries.keys() | {id_ for earlier in there.decisions for id_ in (earlier.one, earlier.other)}
    for id_ in (one, other):  # also hidden entries, so that a decision can be changed
        if id_ not in known:
            raise unknown_name(N_("entry"), id_, known)
    kept = [d for d in there.decisions if {d.one, d.other} != {one, other}]
    origin = Origin(DECISIONS_SOURCE, "Decisions on duplicates", f"/commons/sources/{DECISIONS_SOURCE}/", "CC0-1.0")
    bundle = encode_decisions([*kept, DuplicateDecision(one, other, same_thing, today)])
    node.snapshots.save(f"{ADDED_FAMILY}-{DECISIONS_SOURCE}", bundle, origin, today)


def read_node_entries(node: Node) -> BundleContents:
    """Reads all entries that the next build would use: those that ship with Bongsu and those that were added."""
    names = [STARTER_ENTRIES.name, *node.snapshots.list_names(ADDED_FAMILY)]
    newest = [snapshot for name in names if (snapshot := node.snapshots.newest(name))]
    return read_bundles(*(node.snapshots.read(snapshot) for snapshot in newest))


def find_undecided_pairs(node: Node) -> list[EntryPair]:
    """Returns pairs of entries that may be the same and that nobody has decided on, the most similar first."""
    contents = read_node_entries(node)
    decided = {(decision.one, decision.other): decision.same for decision in contents.decisions}
    return sorted(
        find_similar(contents.entries.values(), decided), key=lambda pair: (-pair.likeness, pair.one, pair.other)
    )
