"""Compares the records of a harvest with the entries of their source: the next state, and what is new, changed or gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bongsu.commons.entries.bundle import BundleContents, Tombstone
from bongsu.commons.entries.entry import Entry
from bongsu.commons.harvest.duplicates import EntryPair, find_duplicates
from bongsu.commons.harvest.loss import Loss
from bongsu.commons.harvest.page_reader import RecordPage
from bongsu.commons.harvest.record import BrokenRecord, DeletedRecord, rename_references
from bongsu.commons.harvest.registry_reader import merge_entries
from bongsu.core.errors import BongsuError


class RecordError(NamedTuple):
    """A record that was refused: its place, the error, its local id ("" if unknown), and the number of its page."""

    where: str
    error: BongsuError
    record: str = ""
    page: int = 0


@dataclass(frozen=True)
class HarvestReport:
    """The result of a harvest. `duplicates` were left out because the entry exists already.

    `gone` has deletions that the source reports, also of records that were never seen here; `lost` is how many entries
    disappear. `announced` is the number of records that the source says it has, if it does; `fetched` the number that came.
    If there are `losses`, the result is held (snapshot `held`, its SHA-256), and the entries of the source are as before.
    """

    source: str
    formats: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: int = 0
    gone: tuple[str, ...] = ()
    broken: tuple[RecordError, ...] = ()
    duplicates: tuple[EntryPair, ...] = ()
    pages: int = 0
    announced: int | None = None
    fetched: int = 0
    previous: int = 0
    lost: int = 0
    losses: tuple[Loss, ...] = ()
    held: str = ""

    def to_json(self) -> dict[str, Any]:
        """Returns the report as plain values, for JSON."""
        return {
            "source": self.source,
            "formats": list(self.formats),
            "pages": self.pages,
            "announced": self.announced,
            "fetched": self.fetched,
            "new": list(self.new),
            "changed": list(self.changed),
            "unchanged": self.unchanged,
            "gone": list(self.gone),
            "broken": [{"where": found.where, "why": str(found.error)} for found in self.broken],
            "duplicates": [{"kept": pair.one, "left_out": pair.other} for pair in self.duplicates],
            "waiting": [str(loss) for loss in self.losses],
        }


@dataclass
class HarvestedRecords:
    """The records of a harvest, collected before anything is stored."""

    entries: dict[str, Entry] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    broken: list[RecordError] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)  # ids of broken records; "" for those whose id is unknown
    duplicates: list[EntryPair] = field(default_factory=list)
    formats: dict[str, None] = field(default_factory=dict)
    listing: bool = True
    fetched: int = 0

    def add(self, found: RecordPage, page: int = 0) -> None:
        """Adds every record of a page."""
        self.formats[found.format] = None
        self.listing = self.listing and found.listing
        for record in found.records:
            self.fetched += 1
            if isinstance(record, BrokenRecord):
                self.broken.append(RecordError(record.where, record.error, record.id, page))
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


class Comparison(NamedTuple):
    """The next state of a source, and the report."""

    entries: Mapping[str, Entry]
    tombstones: Mapping[str, Tombstone]
    report: HarvestReport


def compare_records(
    name: str, records: HarvestedRecords, before: BundleContents, existing: Mapping[str, Entry], today: str
) -> Comparison:
    """Compares the records with the source's entries `before`, and leaves out those of `existing` entries of other sources."""
    duplicates: list[EntryPair] = []
    for pair in find_duplicates([*existing.values(), *records.entries.values()]):
        # an entry that duplicates two existing ones is left out once
        if pair.one in existing and pair.other in records.entries:
            del records.entries[pair.other]
            duplicates.append(pair)
    # references to a duplicate become references to the kept entry
    kept = {pair.other: pair.one for pair in duplicates}
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
    lost = before.entries.keys() - entries.keys()
    gone = sorted(lost | (records.deleted - before.tombstones.keys()))
    tombstones = {**before.tombstones, **{id_: Tombstone(id_, today, name) for id_ in gone}}
    tombstones = {id_: tombstone for id_, tombstone in tombstones.items() if id_ not in entries}
    new = sorted(records.entries.keys() - before.entries.keys())
    changed = sorted(
        id_
        for id_, entry in records.entries.items()
        if id_ in before.entries and _has_changed(entry, before.entries[id_])
    )
    report = HarvestReport(
        name,
        tuple(records.formats),
        tuple(new),
        tuple(changed),
        len(records.entries) - len(new) - len(changed),
        tuple(gone),
        tuple(records.broken),
        tuple(duplicates),
        fetched=records.fetched,
        previous=len(before.entries),
        lost=len(lost),
    )
    return Comparison(entries, tombstones, report)


def _has_changed(one: Entry, other: Entry) -> bool:
    """Returns whether two versions of an entry differ in more than the dates on which the evidence was read."""
    a, b = one.to_json(), other.to_json()
    for shape in (a, b):
        for item in shape["evidence"].values():
            item["accessed"] = ""
            if item["address"].startswith("urn:sha256:"):
                item["address"] = ""
    return a != b
