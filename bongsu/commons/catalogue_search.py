"""Finds entries: what a release of the catalogue holds, and the full-text index over it with facets.

Entries come from the file that is sealed with the release. The index lies in the node's folder and is rebuilt when it is
gone; it holds the entries too, so that of a hundred thousand only those are read that a page shows.
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
_USES_FACET = "uses"  # a facet for relations, not for people: the entries that an entry is made of
_OPENNESS = {Verdict.OPEN: "open", Verdict.CLOSED: "closed"}
_OPENNESS_WORDS = {"open": "open 개방 오픈 ouvert ouverte libre"}  # by which people ask for what is open
_KEPT_INDICES = 3  # indices of so many releases stay on disk: readers of the one before are not cut off
_MAX_NEAR_IDS = 2_000
_catalogues_lock = threading.Lock()
_catalogues: dict[tuple[str, int], Catalogue] = {}


@dataclass(frozen=True)
class Catalogue:
    """The entries of one release, as its index holds them."""

    release: Release
    index: SearchIndex

    def get(self, id_: str) -> Entry:
        """The entry with this id. Raises Missing for one that is gone, UnknownName for one that never was."""
        body = self.index.body(id_)
        if body is None:  # near names are looked for among those that begin alike: a catalogue may hold very many
            raise unknown_name(N_("entry"), id_, [key for key in self.index.keys if key[:2] == id_[:2]][:_MAX_NEAR_IDS])
        if day := self.gone(id_):
            raise Missing(N_("The entry “{id}” was deleted on {day}."), id=id_, day=day)
        return parse_entry(json.loads(body), id_)

    def gone(self, id_: str) -> str:
        """The day since which an entry is gone, or "" for one that is here or never was."""
        body = self.index.body(id_)
        told = json.loads(body) if body else {}
        return str(told["deleted"]["on"]) if "deleted" in told else ""

    def find(self, id_: str) -> Entry | None:
        """The entry with this id, or None."""
        body = self.index.body(id_)
        told = json.loads(body) if body else {"deleted": True}
        return None if "deleted" in told else parse_entry(told, id_)

    def users(self, id_: str) -> list[Entry]:
        """The entries that say that they were trained on this one, or are based on it."""
        keys = self.index.search("", {_USES_FACET: [id_]}, limit=1_000).keys if self.index.has(_USES_FACET) else ()
        return [self.get(key) for key in sorted(keys)]

    def search(
        self, query: str, filters: Mapping[str, Sequence[str]] | None = None, *, limit: int = 20, offset: int = 0
    ) -> tuple[SearchResult, list[Entry]]:
        """What was found, and the entries of this page. Raises UnknownName for a facet that is none of FACETS."""
        for facet in filters or ():
            if facet not in FACETS:
                raise unknown_name(N_("facet"), facet, FACETS)
        found = self.index.search(query, filters, limit=limit, offset=offset)
        facets = {name: found.facets[name] for name in FACETS if name in found.facets}
        return SearchResult(found.total, found.keys, facets), [self.get(key) for key in found.keys]

    def facets(
        self, query: str, filters: Mapping[str, Sequence[str]], found: SearchResult
    ) -> Mapping[str, Mapping[str, int]]:
        """Counts for every facet; of one that is filtered by, as if it were not, so that its other values can be chosen."""
        counts = dict(found.facets)
        for facet in filters:
            others = {name: values for name, values in filters.items() if name != facet}
            counts[facet] = self.index.search(query, others, limit=0).facets.get(facet, {})
        return counts


def current_catalogue(node: Node) -> Catalogue:
    """The catalogue of the newest release that was not withdrawn. Raises Missing where there is none."""
    if not node.releases.all(CATALOGUE_FLOW):
        raise Missing(N_("There is no catalogue yet."), fix=N_("Run “bongsu take” and “bongsu build” first."))
    return open_catalogue(node, node.releases.current(CATALOGUE_FLOW))


def open_catalogue(node: Node, release: Release) -> Catalogue:
    """The catalogue of a release; opened once in a process."""
    key = (str(node.root), release.number)
    with _catalogues_lock:
        if key not in _catalogues:
            index = _open_index(node, release)
            _catalogues.clear()  # one release is in use at a time; older ones are opened again when asked for
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
    """A search's answer for machines."""
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
    """The value of the facet “openness” that a licence, or one part of it, has."""
    return _OPENNESS.get(licence.verdict, "unknown")


def index_documents(held: BundleContents) -> Iterator[Document]:
    """Every entry as the index takes it: by what it is called, described and claimed to be, in every language."""
    for entry in held.entries.values():
        yield entry_document(entry)
    for gone in held.tombstones.values():
        yield _tombstone_document(gone)


def _tombstone_document(gone: Tombstone) -> Document:
    return Document(gone.id, "", "", {}, body=json.dumps({"deleted": asdict(gone)}), hidden=True)


def entry_document(entry: Entry) -> Document:
    """One entry as the index takes it."""
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
    """The names of the languages covered, in the languages of the house (CLDR)."""
    from babel import Locale

    from bongsu.core.languages import LANGUAGES

    for tag in entry.values("languages"):
        for language in LANGUAGES:
            yield Locale(language).languages.get(str(tag).partition("-")[0], "")
