"""Searches the entries of a catalogue release with a full-text index and facets.

The entries come from the file that is sealed with the release. The index is a file in the node's folder and is rebuilt if it is
missing. It also stores the entries, so that a page reads only the ones that it shows.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bongsu.commons.dataflows.commons_catalogue import ENTRIES_FILE
from bongsu.commons.entries.bundle import BundleContents, Tombstone, read_bundles
from bongsu.commons.entries.entry import Entry
from bongsu.commons.entries.entry_reader import SECTORS, parse_entry
from bongsu.commons.licences import Licence, LicencePart, Verdict, read_licence
from bongsu.core.errors import N_, Missing, unknown_name
from bongsu.core.release import Release
from bongsu.store.node import Node
from bongsu.store.search import Document, SearchIndex, SearchResult, build_search_index
from bongsu.store.tables.definitions import code_lists

CATALOGUE_FLOW = "COMMONS_CATALOGUE"
FACETS = ("kind", "openness", "country", "language", "year", "sector", "goal")
_USES_FACET = "uses"  # internal facet, not shown to users: the entries that an entry is made of
_OPENNESS = {Verdict.OPEN: "open", Verdict.CLOSED: "closed"}
_OPENNESS_WORDS = {"open": "open 개방 오픈 ouvert ouverte libre"}  # search words that find open entries
_KEPT_INDICES = 3  # number of releases whose indices stay on disk, because a process may still read an earlier one
_MAX_NEAR_IDS = 2_000
_catalogues_lock = threading.Lock()
_catalogues: dict[tuple[str, int], Catalogue] = {}


@dataclass(frozen=True)
class Catalogue:
    """The entries of one release, read from its index."""

    release: Release
    index: SearchIndex

    def get(self, id_: str) -> Entry:
        """Returns the entry with this id. Raises Missing if it was deleted, UnknownName if it never existed."""
        body = self.index.body(id_)
        if body is None:  # suggest only ids with the same first two letters, because a catalogue may be very large
            raise unknown_name(N_("entry"), id_, [key for key in self.index.keys if key[:2] == id_[:2]][:_MAX_NEAR_IDS])
        if day := self.deletion_day(id_):
            raise Missing(N_("The entry “{id}” was deleted on {day}."), id=id_, day=day)
        return parse_entry(json.loads(body), id_)

    def deletion_day(self, id_: str) -> str:
        """Returns the day on which an entry was deleted, or "" if it exists or never existed."""
        body = self.index.body(id_)
        document = json.loads(body) if body else {}
        return str(document["deleted"]["on"]) if "deleted" in document else ""

    def find(self, id_: str) -> Entry | None:
        """Returns the entry with this id, or None."""
        body = self.index.body(id_)
        document = json.loads(body) if body else {"deleted": True}
        return None if "deleted" in document else parse_entry(document, id_)

    def users(self, id_: str) -> list[Entry]:
        """Returns the entries that state that they were trained on this one or are based on it."""
        keys = self.index.search("", {_USES_FACET: [id_]}, limit=1_000).keys if self.index.has(_USES_FACET) else ()
        return [self.get(key) for key in sorted(keys)]

    def search(
        self, query: str, filters: Mapping[str, Sequence[str]] | None = None, *, limit: int = 20, offset: int = 0
    ) -> tuple[SearchResult, list[Entry]]:
        """Returns the search result and the entries of the requested page. Raises UnknownName for a facet not in FACETS."""
        for facet in filters or ():
            if facet not in FACETS:
                raise unknown_name(N_("facet"), facet, FACETS)
        found = self.index.search(query, filters, limit=limit, offset=offset)
        facets = {name: found.facets[name] for name in FACETS if name in found.facets}
        return SearchResult(found.total, found.keys, facets), [self.get(key) for key in found.keys]

    def facets(
        self, query: str, filters: Mapping[str, Sequence[str]], found: SearchResult
    ) -> Mapping[str, Mapping[str, int]]:
        """Returns the counts of every facet.

        A facet with a filter is counted without that filter, so that its other values can be chosen.
        """
        counts = dict(found.facets)
        for facet in filters:
            others = {name: values for name, values in filters.items() if name != facet}
            counts[facet] = self.index.search(query, others, limit=0).facets.get(facet, {})
        return counts


def current_catalogue(node: Node) -> Catalogue:
    """Returns the catalogue of the newest release that is not withdrawn. Raises Missing if there is none."""
    if not node.releases.all(CATALOGUE_FLOW):
        raise Missing(N_("There is no catalogue yet."), fix=N_("Run “bongsu take” and “bongsu build” first."))
    return open_catalogue(node, node.releases.current(CATALOGUE_FLOW))


def open_catalogue(node: Node, release: Release) -> Catalogue:
    """Returns the catalogue of a release; it is opened once per process."""
    key = (str(node.root), release.number)
    with _catalogues_lock:
        if key not in _catalogues:
            index = _open_index(node, release)
            _catalogues.clear()  # usually one release is in use at a time; others are opened again on request
            _catalogues[key] = Catalogue(release, index)
        return _catalogues[key]


def _open_index(node: Node, release: Release) -> SearchIndex:
    folder = node.root / "search"
    path = folder / f"{CATALOGUE_FLOW.lower()}-{release.content[:16]}.sqlite3"
    try:
        return SearchIndex(path)
    except FileNotFoundError:
        build_search_index(
            path, index_documents(read_bundles(node.releases.attachment(release, ENTRIES_FILE).read_bytes()))
        )
    older = sorted(
        folder.glob(f"{CATALOGUE_FLOW.lower()}-*.sqlite3"), key=lambda file: file.stat().st_mtime, reverse=True
    )
    for file in older[_KEPT_INDICES:]:
        file.unlink(missing_ok=True)
    return SearchIndex(path)


def search_to_json(found: SearchResult, entries: Sequence[Entry]) -> dict[str, Any]:
    """Returns a search result as plain values, for JSON."""
    return {
        "total": found.total,
        "entries": [
            {
                "id": entry.id,
                "kind": str(entry.kind),
                "name": dict(entry.name),
                "licence": entry.value("licence"),
                "openness": openness_facet(read_licence(entry.value("licence"))),
            }
            for entry in entries
        ],
        "facets": {name: dict(counts) for name, counts in found.facets.items()},
    }


def openness_facet(licence: Licence | LicencePart) -> str:
    """Returns the value of the facet “openness” for a licence or a part of one."""
    return _OPENNESS.get(licence.verdict, "unknown")


def index_documents(contents: BundleContents) -> Iterator[Document]:
    """Yields the index document of every entry and tombstone; an entry's has names, description and claims in all languages."""
    for entry in contents.entries.values():
        yield entry_document(entry)
    for tombstone in contents.tombstones.values():
        yield _tombstone_document(tombstone)


def _tombstone_document(tombstone: Tombstone) -> Document:
    return Document(tombstone.id, "", "", {}, body=json.dumps({"deleted": asdict(tombstone)}), hidden=True)


def entry_document(entry: Entry) -> Document:
    """Returns the index document of an entry."""
    areas, kinds = code_lists()["CL_AREA"], code_lists()["CL_ENTRY_KIND"]
    named = [kinds.get(str(entry.kind)).name]
    named += [SECTORS[sector] for sector in entry.values("sectors")]
    named += [areas.get(area).name for area in entry.values("country")]
    licence = read_licence(entry.value("licence"))
    openness = openness_facet(licence)
    words = [
        entry.id,
        _OPENNESS_WORDS.get(openness, ""),
        *entry.description.values(),
        *(" ".join(text.translations().values()) for text in named),
        str(entry.value("organisation") or ""),
        str(entry.value("licence") or ""),
        str(entry.value("modality") or ""),
        *_language_words(entry),
    ]
    facets = {
        "kind": [str(entry.kind)],
        "openness": [openness],
        "country": [str(area) for area in entry.values("country")] or ["unknown"],
        "language": [str(language).partition("-")[0] for language in entry.values("languages")] or ["unknown"],
        "year": [str(year) for year in entry.values("year")] or ["unknown"],
        "sector": [str(sector) for sector in entry.values("sectors")] or ["unknown"],
        "goal": [str(goal) for goal in entry.values("goals")] or ["unknown"],
        _USES_FACET: [str(used) for used in (*entry.values("trained_on"), *entry.values("base"))],
    }
    body = json.dumps(entry.to_json(), ensure_ascii=False)
    return Document(entry.id, " ".join(entry.name.values()), " ".join(words), facets, body)


def _language_words(entry: Entry) -> Iterator[str]:
    """Returns the names of the languages that an entry covers, in English, Korean and French (CLDR)."""
    from babel import Locale

    from bongsu.core.languages import LANGUAGES

    for tag in entry.values("languages"):
        for language in LANGUAGES:
            yield Locale(language).languages.get(str(tag).partition("-")[0], "")
