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

from bongsu.commons.build import ENTRIES
from bongsu.commons.entries.bundle import Contents, Tombstone, contents
from bongsu.commons.entries.entry import Entry
from bongsu.commons.entries.reading import SECTORS, entry_of
from bongsu.commons.licences import Licence, Part, Verdict, licence_of
from bongsu.core.errors import N_, Missing, unknown
from bongsu.core.release import Release
from bongsu.store.node import Node
from bongsu.store.search import Document, Found, Index, build
from bongsu.store.tables.definitions import code_lists

FLOW = "COMMONS_CATALOGUE"
FACETS = ("kind", "openness", "country", "language", "year", "sector", "goal")
_USES = "uses"  # a facet for relations, not for people: the entries that an entry is made of
_OPENNESS = {Verdict.OPEN: "open", Verdict.CLOSED: "closed"}
_WORDS = {"open": "open 개방 오픈 ouvert ouverte libre"}  # by which people ask for what is open
_KEPT = 3  # indices of so many releases stay on disk: readers of the one before are not cut off
_NEAR = 2_000
_opening = threading.Lock()
_opened: dict[tuple[str, int], Catalogue] = {}


@dataclass(frozen=True)
class Catalogue:
    """The entries of one release, as its index holds them."""

    release: Release
    index: Index

    def get(self, id_: str) -> Entry:
        """The entry with this id. Raises Missing for one that is gone, UnknownName for one that never was."""
        body = self.index.body(id_)
        if body is None:  # near names are looked for among those that begin alike: a catalogue may hold very many
            raise unknown(N_("entry"), id_, [key for key in self.index.keys if key[:2] == id_[:2]][:_NEAR])
        if day := self.gone(id_):
            raise Missing(N_("The entry “{id}” is gone since {day}."), id=id_, day=day)
        return entry_of(json.loads(body), id_)

    def gone(self, id_: str) -> str:
        """The day since which an entry is gone, or "" for one that is here or never was."""
        body = self.index.body(id_)
        told = json.loads(body) if body else {}
        return str(told["deleted"]["on"]) if "deleted" in told else ""

    def find(self, id_: str) -> Entry | None:
        """The entry with this id, or None."""
        body = self.index.body(id_)
        told = json.loads(body) if body else {"deleted": True}
        return None if "deleted" in told else entry_of(told, id_)

    def users(self, id_: str) -> list[Entry]:
        """The entries that say that they were trained on this one, or are based on it."""
        keys = self.index.search("", {_USES: [id_]}, limit=1_000).keys if self.index.has(_USES) else ()
        return [self.get(key) for key in sorted(keys)]

    def search(
        self, query: str, filters: Mapping[str, Sequence[str]] | None = None, *, limit: int = 20, offset: int = 0
    ) -> tuple[Found, list[Entry]]:
        """What was found, and the entries of this page. Raises UnknownName for a facet that is none of FACETS."""
        for facet in filters or ():
            if facet not in FACETS:
                raise unknown(N_("facet"), facet, FACETS)
        found = self.index.search(query, filters, limit=limit, offset=offset)
        facets = {name: found.facets[name] for name in FACETS if name in found.facets}
        return Found(found.total, found.keys, facets), [self.get(key) for key in found.keys]

    def facets(self, query: str, filters: Mapping[str, Sequence[str]], found: Found) -> Mapping[str, Mapping[str, int]]:
        """Counts for every facet; of one that is filtered by, as if it were not, so that its other values can be chosen."""
        counts = dict(found.facets)
        for facet in filters:
            others = {name: values for name, values in filters.items() if name != facet}
            counts[facet] = self.index.search(query, others, limit=0).facets.get(facet, {})
        return counts


def current(node: Node) -> Catalogue:
    """The catalogue of the newest release that was not withdrawn. Raises Missing where there is none."""
    if not node.releases.all(FLOW):
        raise Missing(N_("There is no catalogue yet."), fix=N_("Run “bongsu take” and “bongsu build” first."))
    return of_release(node, node.releases.current(FLOW))


def of_release(node: Node, release: Release) -> Catalogue:
    """The catalogue of a release; opened once in a process."""
    key = (str(node.root), release.number)
    with _opening:
        if key not in _opened:
            index = _index(node, release)
            _opened.clear()  # one release is in use at a time; older ones are opened again when asked for
            _opened[key] = Catalogue(release, index)
        return _opened[key]


def _index(node: Node, release: Release) -> Index:
    folder = node.root / "search"
    path = folder / f"{FLOW.lower()}-{release.content[:16]}.sqlite3"
    try:
        return Index(path)
    except FileNotFoundError:
        build(path, documents(contents(node.releases.attachment(release, ENTRIES).read_bytes())))
    older = sorted(folder.glob(f"{FLOW.lower()}-*.sqlite3"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in older[_KEPT:]:
        file.unlink(missing_ok=True)
    return Index(path)


def to_json(found: Found, entries: Sequence[Entry]) -> dict[str, Any]:
    """A search's answer for machines."""
    return {
        "total": found.total,
        "entries": [
            {
                "id": entry.id,
                "kind": str(entry.kind),
                "name": dict(entry.name),
                "licence": entry.value("licence"),
                "openness": openness_of(licence_of(entry.value("licence"))),
            }
            for entry in entries
        ],
        "facets": {name: dict(counts) for name, counts in found.facets.items()},
    }


def openness_of(licence: Licence | Part) -> str:
    """The value of the facet “openness” that a licence, or one part of it, has."""
    return _OPENNESS.get(licence.verdict, "unknown")


def documents(held: Contents) -> Iterator[Document]:
    """Every entry as the index takes it: by what it is called, described and claimed to be, in every language."""
    for entry in held.entries.values():
        yield document(entry)
    for gone in held.tombstones.values():
        yield _stone(gone)


def _stone(gone: Tombstone) -> Document:
    return Document(gone.id, "", "", {}, body=json.dumps({"deleted": asdict(gone)}), hidden=True)


def document(entry: Entry) -> Document:
    """One entry as the index takes it."""
    areas, kinds = code_lists()["CL_AREA"], code_lists()["CL_ENTRY_KIND"]
    named = [kinds.get(str(entry.kind)).name]
    named += [SECTORS[sector] for sector in entry.values("sectors")]
    named += [areas.get(area).name for area in entry.values("country")]
    licence = licence_of(entry.value("licence"))
    openness = openness_of(licence)
    words = [
        entry.id,
        _WORDS.get(openness, ""),
        *entry.description.values(),
        *(" ".join(text.as_dict().values()) for text in named),
        str(entry.value("organisation") or ""),
        str(entry.value("licence") or ""),
        str(entry.value("modality") or ""),
        *_languages(entry),
    ]
    facets = {
        "kind": [str(entry.kind)],
        "openness": [openness],
        "country": [str(area) for area in entry.values("country")] or ["unknown"],
        "language": [str(language).partition("-")[0] for language in entry.values("languages")] or ["unknown"],
        "year": [str(year) for year in entry.values("year")] or ["unknown"],
        "sector": [str(sector) for sector in entry.values("sectors")] or ["unknown"],
        "goal": [str(goal) for goal in entry.values("goals")] or ["unknown"],
        _USES: [str(used) for used in (*entry.values("trained_on"), *entry.values("base"))],
    }
    body = json.dumps(entry.to_json(), ensure_ascii=False)
    return Document(entry.id, " ".join(entry.name.values()), " ".join(words), facets, body)


def _languages(entry: Entry) -> Iterator[str]:
    """The names of the languages covered, in the languages of the house (CLDR)."""
    from babel import Locale

    from bongsu.core.text import LANGUAGES

    for tag in entry.values("languages"):
        for language in LANGUAGES:
            yield Locale(language).languages.get(str(tag).partition("-")[0], "")
