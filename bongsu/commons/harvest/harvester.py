"""Runs a harvest: fetches all pages, reads every record, then stores one snapshot, or changes nothing.

A broken record is reported, and the others are kept. If a source fails half-way (a page cannot be fetched or read, the pages
form a loop), nothing is changed: the pages so far stay in the cache, and the next run continues from there.
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
from bongsu.commons.harvest.record import BrokenRecord, DeletedRecord, RecordOrigin, rename_references
from bongsu.commons.harvest.registry_reader import merge_entries
from bongsu.commons.sources import ADDED_FAMILY
from bongsu.core.errors import N_, BadInput, BongsuError
from bongsu.core.provenance import Origin
from bongsu.store.disk.harvest_cache import HarvestCache
from bongsu.store.node import Node

MAX_HARVEST_PAGES = 10_000
_NAME_LIMIT = 60


@dataclass(frozen=True)
class HarvestReport:
    """The result of a harvest. `broken` has (place, error); `duplicates` were left out because the entry exists already."""

    source: str
    formats: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: int = 0
    gone: tuple[str, ...] = ()
    broken: tuple[tuple[str, BongsuError], ...] = ()
    duplicates: tuple[EntryPair, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Returns the report as plain values, for JSON."""
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
    """The records of a harvest, collected before anything is stored."""

    entries: dict[str, Entry] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    broken: list[tuple[str, BongsuError]] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)  # ids of broken records; "" for those whose id is unknown
    duplicates: list[EntryPair] = field(default_factory=list)
    formats: dict[str, None] = field(default_factory=dict)
    listing: bool = True

    def add(self, found: RecordPage) -> None:
        """Adds every record of a page."""
        self.formats[found.format] = None
        self.listing = self.listing and found.listing
        for record in found.records:
            if isinstance(record, BrokenRecord):
                self.broken.append((record.where, record.error))
                self.unread.add(record.id)
            elif isinstance(record, DeletedRecord):
                self.deleted.add(record.id)
            elif record.id in self.entries:
                whole = merge_entries(self.entries[record.id], record)
                if whole is None:
                    # the same identifier again: the first record is kept
                    self.duplicates.append(EntryPair(record.id, record.id, 1.0))
                else:
                    self.entries[record.id] = whole
            else:
                self.entries[record.id] = record


def harvest_files(node: Node, name: str, files: Iterable[tuple[str, bytes]], today: str, licence: str) -> HarvestReport:
    """Adds the records of files (path, bytes). A file that cannot be read is reported as broken; the others are added."""
    records = HarvestedRecords(listing=False)
    for path, data in files:
        where = RecordOrigin(name, path, today, hashlib.sha256(data).hexdigest())
        try:
            found = read_page(data, where)
        except BadInput as wrong:
            records.broken.append((path, wrong))
            continue
        records.add(RecordPage(found.format, found.records, listing=False))
    origin = Origin(name, f"Added to this node: {name}", f"/commons/sources/{name}/", licence or "unknown")
    return _keep_snapshot(node, name, records, today, origin)


def harvest_address(node: Node, name: str, address: str, today: str, licence: str, fetcher: Fetcher) -> HarvestReport:
    """Harvests an address with all its pages. Raises TryAgain or BadInput; then only the cache is changed.

    An unchanged page (ETag, Last-Modified) is not transferred again; if all are unchanged, nothing is stored.
    """
    cache = HarvestCache(node.root, name)
    state = cache.state()
    if state.get("address") != address:
        cache.clear()
        state = {"address": address, "next": address, "pages": []}
    known = node.snapshots.newest(f"{ADDED_FAMILY}-{name}") is not None
    state = _fetch_pages(cache, state, name, fetcher, _last_pages(cache, address) if known else {})
    if all(page["unchanged"] for page in state["pages"]):
        cache.mark_finished()
        return HarvestReport(name, ("unchanged",), unchanged=len(read_added_entries(node, name).entries))
    records = HarvestedRecords()
    for page, data in zip(state["pages"], cache.read_pages(len(state["pages"])), strict=True):
        records.add(read_page(data, RecordOrigin(name, page["address"], today), page["type"], page["linked"]))
    origin = Origin(name, f"Harvested from {address}", address, licence or "unknown")
    report = _keep_snapshot(node, name, records, today, origin)
    cache.mark_finished()
    return report


def _last_pages(cache: HarvestCache, address: str) -> dict[str, tuple[int, dict[str, Any]]]:
    """Returns the pages of the previous harvest of this address: page address -> (number, its cached headers)."""
    state = cache.last_state()
    if state.get("address") != address:
        return {}
    return {page["address"]: (number, page) for number, page in enumerate(state["pages"], start=1)}


def _fetch_pages(
    cache: HarvestCache,
    state: dict[str, Any],
    name: str,
    fetcher: Fetcher,
    before: Mapping[str, tuple[int, dict[str, Any]]],
) -> dict[str, Any]:
    """Fetches the remaining pages. Each page is read before the next is requested, so that an unreadable one stops here."""
    visited = {page["address"] for page in state["pages"]}
    while state["next"]:
        address = state["next"]
        if address in visited or len(visited) >= MAX_HARVEST_PAGES:
            cache.clear()
            raise BadInput(
                N_("The source loops: page {number} links back to “{address}”."),
                where=name,
                number=len(visited),
                address=address,
            )
        visited.add(address)
        try:
            data, page = _fetch_page(cache, address, fetcher, before)
            found = read_page(data, RecordOrigin(name, address, "2000-01"), page["type"], page["linked"])
        except BongsuError as wrong:
            _add_last_record(wrong, cache, state["pages"], name)
            raise
        state = {**state, "pages": [*state["pages"], page], "next": found.next}
        cache.save_page(len(state["pages"]), data, state)
    return state


def _fetch_page(
    cache: HarvestCache, address: str, fetcher: Fetcher, before: Mapping[str, tuple[int, dict[str, Any]]]
) -> tuple[bytes, dict[str, Any]]:
    """Returns the bytes of a page and its headers, from the server, or from the cache if the page is unchanged."""
    number, earlier = before.get(address, (0, {}))
    answer = fetcher.fetch(address, etag=earlier.get("etag", ""), modified=earlier.get("modified", ""))
    if answer.unchanged:
        return cache.last_page(number), {**earlier, "unchanged": True}
    headers = {"type": answer.type, "linked": answer.next, "etag": answer.etag, "modified": answer.modified}
    return answer.data, {"address": address, **headers, "unchanged": False}


def _add_last_record(wrong: BongsuError, cache: HarvestCache, pages: Sequence[dict[str, Any]], name: str) -> None:
    """Adds to an error how far the source was read: the last record of the previous page."""
    if not pages:
        return
    *_, data = cache.read_pages(len(pages))
    page = pages[-1]
    records = [*read_page(data, RecordOrigin(name, page["address"], "2000-01"), page["type"], page["linked"]).records]
    if not records:
        return
    last = records[-1]
    wrong.values |= {"pages": len(pages), "record": last.where if isinstance(last, BrokenRecord) else last.id}
    wrong.fix = N_(
        "The harvest failed after page {pages}; the last record read was “{record}”. Nothing was changed. "
        "Run the command again to continue."
    )


def _keep_snapshot(node: Node, name: str, records: HarvestedRecords, today: str, origin: Origin) -> HarvestReport:
    """Compares the harvested records with the stored ones and stores the new state as one snapshot."""
    check_source_name(name)
    before = read_added_entries(node, name)
    existing = {entry.id: entry for entry in list_other_entries(node, name)}
    duplicates: list[EntryPair] = []
    for pair in find_duplicates([*existing.values(), *records.entries.values()]):
        # an entry that duplicates two existing ones is left out once
        if pair.one in existing and pair.other in records.entries:
            del records.entries[pair.other]
            duplicates.append(pair)
    kept = {
        pair.other: pair.one for pair in duplicates
    }  # references to a duplicate become references to the kept entry
    if kept:
        records.entries = {
            id_: rename_references(entry, lambda id_: kept.get(id_, id_)) for id_, entry in records.entries.items()
        }
    for id_ in [id_ for id_ in records.entries if id_ in existing]:
        duplicates.append(EntryPair(id_, id_, 1.0))
        del records.entries[id_]
    duplicates += records.duplicates
    # An entry that is missing in a complete listing was deleted. The entry of a broken record stays as it was; if the id of a
    # broken record is unknown, all entries stay.
    complete = records.listing and "" not in records.unread
    stay = {id_: entry for id_, entry in before.entries.items() if not complete or id_ in records.unread}
    entries = {**stay, **records.entries}
    for id_ in records.deleted:
        entries.pop(id_, None)
    gone = sorted((before.entries.keys() - entries.keys()) | (records.deleted - before.tombstones.keys()))
    tombstones = {**before.tombstones, **{id_: Tombstone(id_, today, name) for id_ in gone}}
    tombstones = {id_: tombstone for id_, tombstone in tombstones.items() if id_ not in entries}
    if entries or tombstones:
        bundle = encode_bundle(entries.values(), tombstones.values(), name)
        read_bundles(bundle)  # check that the bundle can be read back
        node.snapshots.save(f"{ADDED_FAMILY}-{name}", bundle, origin, today)
    new = sorted(records.entries.keys() - before.entries.keys())
    changed = sorted(
        id_
        for id_, entry in records.entries.items()
        if id_ in before.entries and _has_changed(entry, before.entries[id_])
    )
    return HarvestReport(
        name,
        tuple(records.formats),
        tuple(new),
        tuple(changed),
        len(records.entries) - len(new) - len(changed),
        tuple(gone),
        tuple(records.broken),
        tuple(duplicates),
    )


def _has_changed(one: Entry, other: Entry) -> bool:
    """Returns whether two versions of an entry differ in more than the dates on which the evidence was read."""
    a, b = one.to_json(), other.to_json()
    for shape in (a, b):
        for item in shape["evidence"].values():
            item["accessed"] = ""
            if item["address"].startswith("urn:sha256:"):
                item["address"] = ""
    return a != b


def check_source_name(name: str) -> None:
    """Raises BadInput for a source name that cannot be part of a snapshot's name."""
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
