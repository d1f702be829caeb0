"""The catalogue as a node holds it before the next build: what ships with Bongsu, what was added from each source, and what
people decided of it. Every change is one new snapshot; nothing is changed in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bongsu.commons.entries.bundle import Contents, Decision, Tombstone, bundle_of, contents, decisions_of
from bongsu.commons.entries.entry import Entry
from bongsu.commons.harvest.duplicates import Pair, alike
from bongsu.commons.sources import ADDED, SOURCES
from bongsu.core.errors import N_, BadInput, unknown
from bongsu.core.provenance import Origin
from bongsu.store.node import Node

DECISIONS = "decisions"  # the source's name under which decisions on duplicates are kept


def held(node: Node, name: str) -> Contents:
    """What was added from one source."""
    newest = node.snapshots.newest(f"{ADDED}-{name}")
    return contents(node.snapshots.read(newest)) if newest else Contents({}, {})


def others(node: Node, name: str) -> Iterator[Entry]:
    """The entries that came from elsewhere than `name`: what ships with Bongsu first, then by source."""
    names = [source.name for source in SOURCES] + [
        found for found in node.snapshots.named(ADDED) if found != f"{ADDED}-{name}"
    ]
    for other in names:
        newest = node.snapshots.newest(other)
        if newest is not None:
            yield from contents(node.snapshots.read(newest)).entries.values()


def remove(node: Node, ids: Iterable[str], today: str) -> list[str]:
    """Takes entries out that were added or harvested, each leaving a tombstone; the sources that they came from.

    Raises UnknownName for one that is not there, BadInput for one that ships with Bongsu; then nothing was changed.
    """
    wanted = list(dict.fromkeys(ids))
    added = {name: held(node, name) for name in _sources(node)}
    where = {id_: name for name, found in added.items() for id_ in found.entries}
    everywhere = everything(node).entries
    for id_ in wanted:
        if id_ in where:
            continue
        if id_ in everywhere:
            raise BadInput(N_("The entry “{id}” ships with Bongsu and cannot be taken out."), id=id_)
        raise unknown(N_("entry"), id_, where)
    touched = sorted({where[id_] for id_ in wanted})
    for name in touched:
        found = added[name]
        gone = {id_: Tombstone(id_, today, name) for id_ in wanted if where[id_] == name}
        left = [entry for id_, entry in found.entries.items() if id_ not in gone]
        bundle = bundle_of(left, [*found.tombstones.values(), *gone.values()], name)
        newest = node.snapshots.newest(f"{ADDED}-{name}")
        if newest is not None:
            node.snapshots.keep(f"{ADDED}-{name}", bundle, newest.origin, today)
    return touched


def _sources(node: Node) -> list[str]:
    """The names of the sources that entries were added from."""
    names = (name.removeprefix(f"{ADDED}-") for name in node.snapshots.named(ADDED))
    return [name for name in names if name != DECISIONS]


def decide(node: Node, one: str, other: str, *, same_thing: bool, today: str) -> None:
    """Keeps a person's decision whether two entries are one thing. Raises UnknownName for an entry that is not there."""
    there = everything(node)
    known = there.entries.keys() | {id_ for earlier in there.decisions for id_ in (earlier.one, earlier.other)}
    for id_ in (one, other):  # an entry that was decided to be another is hidden, and a person may think again
        if id_ not in known:
            raise unknown(N_("entry"), id_, known)
    kept = [d for d in there.decisions if {d.one, d.other} != {one, other}]
    origin = Origin(DECISIONS, "Decisions on duplicates", f"/commons/sources/{DECISIONS}/", "CC0-1.0")
    bundle = decisions_of([*kept, Decision(one, other, same_thing, today)])
    node.snapshots.keep(f"{ADDED}-{DECISIONS}", bundle, origin, today)


def everything(node: Node) -> Contents:
    """All that the next build would take: what ships with Bongsu and what was added."""
    names = [*(source.name for source in SOURCES), *node.snapshots.named(ADDED)]
    newest = [snapshot for name in names if (snapshot := node.snapshots.newest(name))]
    return contents(*(node.snapshots.read(snapshot) for snapshot in newest))


def questions(node: Node) -> list[Pair]:
    """Pairs of entries that may be one thing and that no person has decided, the likest first."""
    held = everything(node)
    decided = {(decision.one, decision.other): decision.same for decision in held.decisions}
    return sorted(alike(held.entries.values(), decided), key=lambda pair: (-pair.likeness, pair.one, pair.other))
