"""Runs a harvest: fetches all pages, reads every record, then stores one snapshot, or changes nothing.

A broken record is reported, and the others are kept. If a source fails half-way (a page cannot be fetched or read, the pages
form a loop), nothing is changed: the pages so far stay in the cache, and the next run of the same day continues from there.
If too many records are missing (loss.py), the result is held until a person accepts it, and builds do not use it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from bongsu.commons.entries.bundle import BundleContents, encode_bundle, read_bundles
from bongsu.commons.harvest.comparison import HarvestedRecords, HarvestReport, RecordError, compare_records
from bongsu.commons.harvest.loss import find_losses
from bongsu.commons.harvest.node_entries import DECISIONS_SOURCE, list_other_entries, read_added_entries
from bongsu.commons.harvest.page_reader import read_page
from bongsu.commons.harvest.record import BrokenRecord, RecordOrigin
from bongsu.commons.sources import ADDED_FAMILY, EDITS_SOURCE, HELD_FAMILY
from bongsu.core.errors import N_, BadInput, BongsuError, Missing, TryAgain, Unreachable
from bongsu.core.provenance import Origin, Snapshot
from bongsu.store.disk.harvest_cache import HarvestCache
from bongsu.store.fetching.fetcher import Fetcher, FetchResponse
from bongsu.store.node import Node

MAX_HARVEST_PAGES = 10_000
MAX_HARVEST_BYTES = 2 * 1024**3  # of all pages
MAX_WAIT = 120.0  # seconds that a server may ask us to wait (Retry-After) before the harvest gives up
MAX_TRIES = 3
_NAME_LIMIT = 60


class Progress(NamedTuple):
    """How far a harvest is: pages and records so far, and the number of records that the source announced, if it did."""

    pages: int
    records: int
    announced: int | None


class HarvestStopped(TryAgain):
    """A person stopped the harvest between two pages; nothing was changed."""

    code = "stopped"


def never() -> bool:
    """The answer of somebody who does not stop the harvest."""
    return False


def ignore_progress(_: Progress) -> None:
    """Shows nothing."""


def harvest_files(node: Node, name: str, files: Iterable[tuple[str, bytes]], today: str, licence: str) -> HarvestReport:
    """Adds the records of files (path, bytes). A file that cannot be read is reported as broken; the others are added.

    Without a licence the records keep the one that the source has.
    """
    records = HarvestedRecords(listing=False)
    for path, data in files:
        where = RecordOrigin(name, path, today, hashlib.sha256(data).hexdigest())
        try:
            found = read_page(data, where)
        except BadInput as wrong:
            records.broken.append(RecordError(path, wrong))
            continue
        records.add(replace(found, listing=False))
    newest = node.snapshots.newest(f"{ADDED_FAMILY}-{name}")
    licence = licence or (newest.origin.licence if newest else "unknown")
    origin = Origin(name, f"Added to this node: {name}", f"/commons/sources/{name}/", licence)
    return _keep_snapshot(node, name, records, today, origin)


def harvest_address(
    node: Node,
    name: str,
    address: str,
    today: str,
    licence: str,
    fetcher: Fetcher,
    *,
    format: str = "",
    accept_losses: bool = False,
    show: Callable[[Progress], None] = ignore_progress,
    is_stopped: Callable[[], bool] = never,
) -> HarvestReport:
    """Harvests an address with all its pages. Raises TryAgain or BadInput; then only the cache is changed.

    An unchanged page (ETag, Last-Modified) is not transferred again; if all are unchanged, nothing is stored. `show` gets the
    progress after every page. If `format` is given, a page in another format is an error. If records are missing, the result is
    held, unless `accept_losses`.
    """
    cache = HarvestCache(node.root, name)
    state = cache.state()
    if (state.get("address"), state.get("day")) != (address, today):
        cache.clear()
        state = {"address": address, "day": today, "next": address, "pages": [], "announced": None}
    known = node.snapshots.newest(f"{ADDED_FAMILY}-{name}") is not None
    earlier = _last_pages(cache, address) if known else {}
    pages = _PageFetcher(cache, name, fetcher, format, earlier, show, is_stopped)
    state = pages.fetch_all(state)
    if all(page["unchanged"] for page in state["pages"]):
        cache.mark_finished()
        entries = read_added_entries(node, name).entries
        return HarvestReport(
            name,
            ("unchanged",),
            unchanged=len(entries),
            pages=len(state["pages"]),
            announced=state["announced"],
            fetched=sum(page["records"] for page in state["pages"]),
            previous=len(entries),
        )
    records = HarvestedRecords()
    for number, data in enumerate(cache.read_pages(len(state["pages"])), start=1):
        page = state["pages"][number - 1]
        records.add(read_page(data, RecordOrigin(name, page["address"], today), page["type"], page["linked"]), number)
    origin = Origin(name, f"Harvested from {address}", address, licence or "unknown")
    report = _keep_snapshot(node, name, records, today, origin, state["announced"], accept_losses=accept_losses)
    if report.losses and not accept_losses:
        cache.clear()  # the next harvest asks for every page that differs from the last accepted one
    else:
        cache.mark_finished()
    return replace(report, pages=len(state["pages"]))


def _last_pages(cache: HarvestCache, address: str) -> dict[str, tuple[int, dict[str, Any]]]:
    """Returns the pages of the previous harvest of this address: page address -> (number, its cached headers)."""
    state = cache.last_state()
    if state.get("address") != address:
        return {}
    return {page["address"]: (number, page) for number, page in enumerate(state["pages"], start=1)}


@dataclass
class _PageFetcher:
    """Fetches the pages of one harvest into its cache. `before` are the pages of the previous harvest."""

    cache: HarvestCache
    name: str
    fetcher: Fetcher
    format: str
    before: Mapping[str, tuple[int, dict[str, Any]]]
    show: Callable[[Progress], None]
    is_stopped: Callable[[], bool]

    def fetch_all(self, state: dict[str, Any]) -> dict[str, Any]:
        """Fetches the remaining pages. Each page is read before the next is requested, so that an unreadable one stops here."""
        visited = {page["address"] for page in state["pages"]}
        size = sum(page["bytes"] for page in state["pages"])
        while state["next"]:
            address = state["next"]
            if address in visited or len(visited) >= MAX_HARVEST_PAGES:
                self.cache.clear()
                raise BadInput(
                    N_("The source loops: page {number} links back to “{address}”."),
                    where=self.name,
                    number=len(visited),
                    address=address,
                )
            visited.add(address)
            try:
                data, page = self._fetch_page(address)
                size += len(data)
                if size > MAX_HARVEST_BYTES:
                    raise BadInput(
                        N_("The pages together are larger than {limit} bytes."), where=address, limit=MAX_HARVEST_BYTES
                    )
                found = read_page(data, RecordOrigin(self.name, address, "2000-01"), page["type"], page["linked"])
                if self.format and found.format != self.format:
                    raise BadInput(
                        N_("The page has the format {found}, not {format}."),
                        where=address,
                        found=found.format,
                        format=self.format,
                    )
            except BongsuError as wrong:
                _add_last_record(wrong, self.cache, state["pages"], self.name)
                raise
            page |= {"records": found.size, "bytes": len(data)}
            announced = state["announced"] if found.announced is None else found.announced
            state = {**state, "pages": [*state["pages"], page], "next": found.next, "announced": announced}
            self.cache.save_page(len(state["pages"]), data, state)
            self.show(Progress(len(state["pages"]), sum(page["records"] for page in state["pages"]), announced))
        return state

    def _fetch_page(self, address: str) -> tuple[bytes, dict[str, Any]]:
        """Returns the bytes of a page and its headers, from the server, or from the cache if the page is unchanged."""
        number, earlier = self.before.get(address, (0, {}))
        answer = self._fetch(address, etag=earlier.get("etag", ""), modified=earlier.get("modified", ""))
        if answer.unchanged:
            if not earlier:
                raise BadInput(
                    N_("The server says that the page is unchanged, but it was never fetched."), where=address
                )
            return self.cache.last_page(number), {**earlier, "unchanged": True}
        headers = {"type": answer.type, "linked": answer.next, "etag": answer.etag, "modified": answer.modified}
        return answer.data, {"address": address, **headers, "unchanged": False}

    def _fetch(self, address: str, *, etag: str = "", modified: str = "") -> FetchResponse:
        """Fetches a page; if the server asks to wait for a short time, waits and tries again."""
        for tries in range(MAX_TRIES):
            self._stop_if_asked()
            try:
                return self.fetcher.fetch(address, etag=etag, modified=modified)
            except Unreachable as wrong:
                seconds = wrong.values.get("seconds_to_wait")
                if tries + 1 == MAX_TRIES or not isinstance(seconds, float) or seconds > MAX_WAIT:
                    raise
                self._wait(seconds)
        raise AssertionError("the last try returns or raises")

    def _wait(self, seconds: float) -> None:
        while seconds > 0:
            self._stop_if_asked()
            self.fetcher.sleep(min(seconds, 1.0))
            seconds -= 1.0

    def _stop_if_asked(self) -> None:
        if self.is_stopped():
            raise HarvestStopped(
                N_("The harvest was stopped. Nothing was changed."),
                fix=N_("Run it again on the same day to continue after the last page."),
            )


def _add_last_record(wrong: BongsuError, cache: HarvestCache, pages: Sequence[dict[str, Any]], name: str) -> None:
    """Adds to an error how far the source was read: the last record of the previous page."""
    if not pages or isinstance(wrong, HarvestStopped):
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


def _keep_snapshot(
    node: Node,
    name: str,
    records: HarvestedRecords,
    today: str,
    origin: Origin,
    announced: int | None = None,
    *,
    accept_losses: bool = True,
) -> HarvestReport:
    """Compares the harvested records with the stored ones and stores the new state as one snapshot, or holds it."""
    check_source_name(name)
    existing = {entry.id: entry for entry in list_other_entries(node, name)}
    found = compare_records(name, records, read_added_entries(node, name), existing, today)
    report = replace(found.report, announced=announced)
    losses = find_losses(announced=announced, fetched=report.fetched, previous=report.previous, gone=report.lost)
    hold = bool(losses) and not accept_losses
    if not (hold or found.entries or found.tombstones):
        return replace(report, losses=losses)
    bundle = encode_bundle(found.entries.values(), found.tombstones.values(), name)
    read_bundles(bundle)  # check that the bundle can be read back
    snapshot, _ = node.snapshots.save(f"{HELD_FAMILY if hold else ADDED_FAMILY}-{name}", bundle, origin, today)
    return replace(report, losses=losses, held=snapshot.sha256 if hold else "")


def check_source_name(name: str) -> None:
    """Raises BadInput for a source name that cannot be part of a snapshot's name, or that the node uses itself."""
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
    if name in (DECISIONS_SOURCE, EDITS_SOURCE):
        raise BadInput(N_("The name “{name}” is reserved."), name=name)


def current_hash(node: Node, name: str) -> str:
    """Returns the SHA-256 of the entries of a source that builds use; "" if there are none."""
    newest = node.snapshots.newest(f"{ADDED_FAMILY}-{name}")
    return newest.sha256 if newest else ""


def read_held(node: Node, name: str, held: str) -> BundleContents:
    """Reads the held result `held` (its SHA-256) of a source. Raises Missing."""
    return read_bundles(node.snapshots.read(_find_held(node, name, held)))


def accept_held(node: Node, name: str, held: str, before: str) -> None:
    """Makes a held result the entries of its source. `before` is the hash of the entries that it was compared with.

    Raises BadInput if the entries have changed since. May be called again after it was interrupted.
    """
    snapshot = _find_held(node, name, held)
    if current_hash(node, name) not in (before, held):
        raise BadInput(
            N_("The entries of the source “{name}” have changed since this harvest."),
            fix=N_("Harvest it again."),
            name=name,
        )
    node.snapshots.save(f"{ADDED_FAMILY}-{name}", node.snapshots.read(snapshot), snapshot.origin, snapshot.vintage)


def _find_held(node: Node, name: str, held: str) -> Snapshot:
    for snapshot in node.snapshots.all(f"{HELD_FAMILY}-{name}"):
        if snapshot.sha256 == held:
            return snapshot
    raise Missing(N_("This harvest is not held."))
