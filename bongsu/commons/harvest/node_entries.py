"""The entries for the next build: those that ship with Bongsu, those added from each source, and decisions on duplicates.

Every change is a new snapshot; nothing is changed in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
from bongsu.commons.sources import ADDED_FAMILY, EDITS_SNAPSHOT, EDITS_SOURCE, STARTER_ENTRIES
from bongsu.core.errors import N_, BadInput, unknown_name
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


def remove_entries(node: Node, ids: Iterable[str], today: str) -> list[str]:
    """Removes added or harvested entries and leaves a tombstone for each; returns the sources that they came from.

    Raises UnknownName for an unknown entry, BadInput for one that ships with Bongsu; then nothing is changed.
    """
    wanted = list(dict.fromkeys(ids))
    added = {name: read_added_entries(node, name) for name in _list_sources(node)}
    where = {id_: name for name, found in added.items() for id_ in found.entries}
    everywhere = read_node_entries(node).entries
    for id_ in wanted:
        if id_ in where:
            continue
        if id_ in everywhere:
            raise BadInput(
                N_("The entry “{id}” ships with Bongsu and cannot be removed."),
                fix=N_("Withdraw it on this node: bongsu commons withdraw."),
                id=id_,
            )
        raise unknown_name(N_("entry"), id_, where)
    touched = sorted({where[id_] for id_ in wanted})
    for name in touched:
        found = added[name]
        removed = {id_: Tombstone(id_, today, name) for id_ in wanted if where[id_] == name}
        left = [entry for id_, entry in found.entries.items() if id_ not in removed]
        bundle = encode_bundle(left, [*found.tombstones.values(), *removed.values()], name)
        newest = node.snapshots.newest(f"{ADDED_FAMILY}-{name}")
        if newest is not None:
            node.snapshots.save(f"{ADDED_FAMILY}-{name}", bundle, newest.origin, today)
    return touched


def _list_sources(node: Node) -> list[str]:
    """Returns the names of the sources that entries were added from."""
    names = (name.removeprefix(f"{ADDED_FAMILY}-") for name in node.snapshots.list_names(ADDED_FAMILY))
    return [name for name in names if name not in (DECISIONS_SOURCE, EDITS_SOURCE)]


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
