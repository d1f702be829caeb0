"""The catalogue as a node holds it before the next build: what ships with Bongsu, what was added from each source, and what
people decided of it. Every change is one new snapshot; nothing is changed in place.
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
)
from bongsu.commons.entries.entry import Entry
from bongsu.commons.harvest.duplicates import EntryPair, find_similar
from bongsu.commons.sources import ADDED_FAMILY, STARTER_ENTRIES
from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.provenance import Origin
from bongsu.store.node import Node

DECISIONS_SOURCE = "decisions"  # the source's name under which decisions on duplicates are kept


def read_added_entries(node: Node, name: str) -> BundleContents:
    """What was added from one source."""
    newest = node.snapshots.newest(f"{ADDED_FAMILY}-{name}")
    return read_bundles(node.snapshots.read(newest)) if newest else BundleContents({}, {})


def list_other_entries(node: Node, name: str) -> Iterator[Entry]:
    """The entries that came from elsewhere than `name`: what ships with Bongsu first, then by source."""
    names = [STARTER_ENTRIES.name] + [
        found for found in node.snapshots.list_names(ADDED_FAMILY) if found != f"{ADDED_FAMILY}-{name}"
    ]
    for other in names:
        newest = node.snapshots.newest(other)
        if newest is not None:
            yield from read_bundles(node.snapshots.read(newest)).entries.values()


def remove_entries(node: Node, ids: Iterable[str], today: str) -> list[str]:
    """Takes entries out that were added or harvested, each leaving a tombstone; the sources that they came from.

    Raises UnknownName for one that is not there, BadInput for one that ships with Bongsu; then nothing was changed.
    """
    wanted = list(dict.fromkeys(ids))
    added = {name: read_added_entries(node, name) for name in _list_sources(node)}
    where = {id_: name for name, found in added.items() for id_ in found.entries}
    everywhere = read_node_entries(node).entries
    for id_ in wanted:
        if id_ in where:
            continue
        if id_ in everywhere:
            raise BadInput(N_("The entry “{id}” ships with Bongsu and cannot be removed."), id=id_)
        raise unknown_name(N_("entry"), id_, where)
    touched = sorted({where[id_] for id_ in wanted})
    for name in touched:
        found = added[name]
        gone = {id_: Tombstone(id_, today, name) for id_ in wanted if where[id_] == name}
        left = [entry for id_, entry in found.entries.items() if id_ not in gone]
        bundle = encode_bundle(left, [*found.tombstones.values(), *gone.values()], name)
        newest = node.snapshots.newest(f"{ADDED_FAMILY}-{name}")
        if newest is not None:
            node.snapshots.save(f"{ADDED_FAMILY}-{name}", bundle, newest.origin, today)
    return touched


def _list_sources(node: Node) -> list[str]:
    """The names of the sources that entries were added from."""
    names = (name.removeprefix(f"{ADDED_FAMILY}-") for name in node.snapshots.list_names(ADDED_FAMILY))
    return [name for name in names if name != DECISIONS_SOURCE]


def keep_decision(node: Node, one: str, other: str, *, same_thing: bool, today: str) -> None:
    """Keeps a person's decision whether two entries are one thing. Raises UnknownName for an entry that is not there."""
    there = read_node_entries(node)
    known = there.entries.keys() | {id_ for earlier in there.decisions for id_ in (earlier.one, earlier.other)}
    for id_ in (one, other):  # an entry that was decided to be another is hidden, and a person may think again
        if id_ not in known:
            raise unknown_name(N_("entry"), id_, known)
    kept = [d for d in there.decisions if {d.one, d.other} != {one, other}]
    origin = Origin(DECISIONS_SOURCE, "Decisions on duplicates", f"/commons/sources/{DECISIONS_SOURCE}/", "CC0-1.0")
    bundle = encode_decisions([*kept, DuplicateDecision(one, other, same_thing, today)])
    node.snapshots.save(f"{ADDED_FAMILY}-{DECISIONS_SOURCE}", bundle, origin, today)


def read_node_entries(node: Node) -> BundleContents:
    """All that the next build would take: what ships with Bongsu and what was added."""
    names = [STARTER_ENTRIES.name, *node.snapshots.list_names(ADDED_FAMILY)]
    newest = [snapshot for name in names if (snapshot := node.snapshots.newest(name))]
    return read_bundles(*(node.snapshots.read(snapshot) for snapshot in newest))


def find_undecided_pairs(node: Node) -> list[EntryPair]:
    """Pairs of entries that may be one thing and that no person has decided, the likest first."""
    held = read_node_entries(node)
    decided = {(decision.one, decision.other): decision.same for decision in held.decisions}
    return sorted(find_similar(held.entries.values(), decided), key=lambda pair: (-pair.likeness, pair.one, pair.other))
