"""A harvest from beginning to end: fetch all pages, read every record, then keep one snapshot, or change nothing.

A record that is broken is reported and the rest goes on. A source that breaks half-way (a page that does not come or
cannot be read, a circle of pages) changes nothing: the pages so far wait, and the next run goes on from there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bongsu.commons.entries.bundle import Tombstone, encode_bundle, read_bundles
from bongsu.commons.entries.entry import Entry
from bongsu.commons.harvest.duplicates import EntryPair, find_duplicates
from bongsu.commons.harvest.fetching import Fetcher
from bongsu.commons.harvest.node_entries import list_other_entries, read_added_entries
from bongsu.commons.harvest.page_reader import RecordPage, read_page
from bongsu.commons.harvest.record import BrokenRecord, DeletedRecord, rename_references
from bongsu.commons.harvest.record import RecordOrigin as Where
from bongsu.commons.harvest.registry_reader import merge_entries
from bongsu.commons.sources import ADDED_FAMILY
from bongsu.core.errors import N_, BadInput, BongsuError
from bongsu.core.provenance import Origin
from bongsu.store.harvest_cache import HarvestCache
from bongsu.store.node import Node

MAX_HARVEST_PAGES = 10_000
_NAME_LIMIT = 60


@dataclass(frozen=True)
class HarvestReport:
    """What became of a harvest. `broken` are (place, why); `duplicates` were left out, being there already."""

    source: str
    formats: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: int = 0
    gone: tuple[str, ...] = ()
    broken: tuple[tuple[str, BongsuError], ...] = ()
    duplicates: tuple[EntryPair, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "source": self.source,
            "formats": list(self.formats),
            "new": list(self.new),
            "changed": list(self.changed),
            "unchanged": self.unchanged,
            "gone": list(self.gone),
            "broken": [{"where": where, "why": str(why)} for where, why in self.broken],
            "duplicates": [{"kept": pair.one, "left_out": pair.other} for pair in self.duplicates],
        }


@dataclass
class HarvestedRecords:
    """Records as they come in, before anything is kept."""

    entries: dict[str, Entry] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    broken: list[tuple[str, BongsuError]] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)  # ids of broken records; "" stands for those whose id is broken too
    twice: list[EntryPair] = field(default_factory=list)
    formats: dict[str, None] = field(default_factory=dict)
    listing: bool = True

    def add(self, found: RecordPage) -> None:
        """Takes in every record of a page."""
        self.formats[found.format] = None
        self.listing = self.listing and found.listing
        for record in found.records:
            if isinstance(record, BrokenRecord):
                self.broken.append((record.where, record.error))
                self.unread.add(record.id)
            elif isinstance(record, DeletedRecord):
                self.gone.add(record.id)
            elif record.id in self.entries:
                whole = merge_entries(self.entries[record.id], record)
                if whole is None:
                    self.twice.append(
                        EntryPair(record.id, record.id, 1.0)
                    )  # the same identifier again: the first is kept
                else:
                    self.entries[record.id] = whole
            else:
                self.entries[record.id] = record


def harvest_files(node: Node, name: str, files: Iterable[tuple[str, bytes]], today: str, licence: str) -> HarvestReport:
    """Adds the records of files (path, bytes). A file that cannot be read is told of like a record; the rest goes on."""
    taken = HarvestedRecords(listing=False)
    for path, data in files:
        where = Where(name, path, today, hashlib.sha256(data).hexdigest())
        try:
            found = read_page(data, where)
        except BadInput as wrong:
            taken.broken.append((path, wrong))
            continue
        taken.add(RecordPage(found.format, found.records, listing=False))
    origin = Origin(name, f"Added to this node: {name}", f"/commons/sources/{name}/", licence or "unknown")
    return _keep_snapshot(node, name, taken, today, origin)


def harvest_address(node: Node, name: str, address: str, today: str, licence: str, fetcher: Fetcher) -> HarvestReport:
    """Harvests an address with all its pages. Raises TryAgain or BadInput; then nothing was changed but what waits.

    A page that its server calls unchanged (ETag, Last-Modified) is not sent again; where all are, nothing is new.
    """
    waiting = HarvestCache(node.root, name)
    state = waiting.state()
    if state.get("address") != address:
        waiting.clear()
        state = {"address": address, "next": address, "pages": []}
    known = node.snapshots.newest(f"{ADDED_FAMILY}-{name}") is not None
    state = _fetch_pages(waiting, state, name, fetcher, _last_pages(waiting, address) if known else {})
    if all(told["unchanged"] for told in state["pages"]):
        waiting.mark_finished()
        return HarvestReport(name, ("unchanged",), unchanged=len(read_added_entries(node, name).entries))
    taken = HarvestedRecords()
    for told, data in zip(state["pages"], waiting.read_pages(len(state["pages"])), strict=True):
        taken.add(read_page(data, Where(name, told["address"], today), told["type"], told["linked"]))
    origin = Origin(name, f"Harvested from {address}", address, licence or "unknown")
    report = _keep_snapshot(node, name, taken, today, origin)
    waiting.mark_finished()
    return report


def _last_pages(waiting: HarvestCache, address: str) -> dict[str, tuple[int, dict[str, Any]]]:
    """The pages of the harvest of this address before: address -> (number, what was told of it)."""
    state = waiting.last_state()
    if state.get("address") != address:
        return {}
    return {told["address"]: (number, told) for number, told in enumerate(state["pages"], start=1)}


def _fetch_pages(
    waiting: HarvestCache,
    state: dict[str, Any],
    name: str,
    fetcher: Fetcher,
    before: Mapping[str, tuple[int, dict[str, Any]]],
) -> dict[str, Any]:
    """Fetches what is still to come. A page is read before the next is asked, so that a broken one stops here."""
    visited = {told["address"] for told in state["pages"]}
    while state["next"]:
        address = state["next"]
        if address in visited or len(visited) >= MAX_HARVEST_PAGES:
            waiting.clear()
            raise BadInput(
                N_("The source loops: page {number} links back to “{address}”."),
                where=name,
                number=len(visited),
                address=address,
            )
        visited.add(address)
        try:
            data, told = _fetch_page(waiting, address, fetcher, before)
            found = read_page(data, Where(name, address, "2000-01"), told["type"], told["linked"])
        except BongsuError as wrong:
            _add_last_record(wrong, waiting, state["pages"], name)
            raise
        state = {**state, "pages": [*state["pages"], told], "next": found.next}
        waiting.save_page(len(state["pages"]), data, state)
    return state


def _fetch_page(
    waiting: HarvestCache, address: str, fetcher: Fetcher, before: Mapping[str, tuple[int, dict[str, Any]]]
) -> tuple[bytes, dict[str, Any]]:
    """The bytes of a page and what is told of it: sent, or from disk where its server calls it unchanged."""
    number, earlier = before.get(address, (0, {}))
    answer = fetcher.fetch(address, etag=earlier.get("etag", ""), modified=earlier.get("modified", ""))
    if answer.unchanged:
        return waiting.last_page(number), {**earlier, "unchanged": True}
    headers = {"type": answer.type, "linked": answer.next, "etag": answer.etag, "modified": answer.modified}
    return answer.data, {"address": address, **headers, "unchanged": False}


def _add_last_record(wrong: BongsuError, waiting: HarvestCache, pages: Sequence[dict[str, Any]], name: str) -> None:
    """Adds to an error in the midst of a source how far it was read: the last record of the page before."""
    if not pages:
        return
    *_, data = waiting.read_pages(len(pages))
    told = pages[-1]
    records = [*read_page(data, Where(name, told["address"], "2000-01"), told["type"], told["linked"]).records]
    if not records:
        return
    last = records[-1]
    wrong.values |= {"pages": len(pages), "record": last.where if isinstance(last, BrokenRecord) else last.id}
    wrong.fix = N_(
        "The harvest failed after page {pages}; the last record read was “{record}”. Nothing was changed. "
        "Run the command again to continue."
    )


def _keep_snapshot(node: Node, name: str, taken: HarvestedRecords, today: str, origin: Origin) -> HarvestReport:
    """Compares what came with what was there, and keeps the new state as one snapshot."""
    check_source_name(name)
    before = read_added_entries(node, name)
    there = {entry.id: entry for entry in list_other_entries(node, name)}
    twice: list[EntryPair] = []
    for pair in find_duplicates([*there.values(), *taken.entries.values()]):
        # one that is the same as two that were there before is left out once
        if pair.one in there and pair.other in taken.entries:
            del taken.entries[pair.other]
            twice.append(pair)
    kept = {pair.other: pair.one for pair in twice}  # what others of the harvest say of them, they say of what is kept
    if kept:
        taken.entries = {
            id_: rename_references(entry, lambda id_: kept.get(id_, id_)) for id_, entry in taken.entries.items()
        }
    for id_ in [id_ for id_ in taken.entries if id_ in there]:
        twice.append(EntryPair(id_, id_, 1.0))
        del taken.entries[id_]
    twice += taken.twice
    # What a listing does not name is gone; a broken record is not: it stays as it was, and where nobody can tell which
    # one is broken, everything stays.
    whole = taken.listing and "" not in taken.unread
    stay = {id_: entry for id_, entry in before.entries.items() if not whole or id_ in taken.unread}
    entries = {**stay, **taken.entries}
    for id_ in taken.gone:
        entries.pop(id_, None)
    gone = sorted((before.entries.keys() - entries.keys()) | (taken.gone - before.tombstones.keys()))
    stones = {**before.tombstones, **{id_: Tombstone(id_, today, name) for id_ in gone}}
    stones = {id_: stone for id_, stone in stones.items() if id_ not in entries}
    if entries or stones:
        bundle = encode_bundle(entries.values(), stones.values(), name)
        read_bundles(bundle)  # what is kept can be read again
        node.snapshots.save(f"{ADDED_FAMILY}-{name}", bundle, origin, today)
    new = sorted(taken.entries.keys() - before.entries.keys())
    changed = sorted(
        id_ for id_, entry in taken.entries.items() if id_ in before.entries and _differs(entry, before.entries[id_])
    )
    return HarvestReport(
        name,
        tuple(taken.formats),
        tuple(new),
        tuple(changed),
        len(taken.entries) - len(new) - len(changed),
        tuple(gone),
        tuple(taken.broken),
        tuple(twice),
    )


def _differs(one: Entry, other: Entry) -> bool:
    """Whether more differs than the day on which the evidence was looked at."""
    a, b = one.to_json(), other.to_json()
    for shape in (a, b):
        for item in shape["evidence"].values():
            item["accessed"] = ""
            if item["address"].startswith("urn:sha256:"):
                item["address"] = ""
    return a != b


def check_source_name(name: str) -> None:
    """Raises BadInput for a source's name that could not be part of a snapshot's name."""
    if (
        not name
        or len(name) > _NAME_LIMIT
        or not name.replace("-", "").isalnum()
        or not name.isascii()
        or name != name.lower()
    ):
        raise BadInput(
            N_("“{name}” is not a valid source name: use lower-case letters, digits and hyphens."), name=name
        )
