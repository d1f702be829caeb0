"""Finds entries: what a release of the catalogue holds, and the full-text index over it with facets.

Entries come from the inputs of the release, by hash; the index lies in the node's folder and is rebuilt when it is gone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bongsu.commons.entries.bundle import Contents, contents
from bongsu.commons.entries.entry import Entry
from bongsu.commons.entries.reading import SECTORS
from bongsu.commons.licences import Verdict, licence_of
from bongsu.core.errors import N_, Missing, unknown
from bongsu.core.release import Release
from bongsu.store.definitions import code_lists
from bongsu.store.node import Node
from bongsu.store.search import Document, Found, Index, build

FLOW = "COMMONS_CATALOGUE"
FACETS = ("kind", "openness", "country", "language", "year", "sector", "goal")
_OPENNESS = {Verdict.OPEN: "open", Verdict.CLOSED: "closed"}
_WORDS = {"open": "open 개방 오픈 ouvert ouverte libre"}  # by which people ask for what is open
_opening = threading.Lock()
_opened: dict[tuple[str, int], Catalogue] = {}


@dataclass(frozen=True)
class Catalogue:
    """The entries of one release, with its index."""

    release: Release
    held: Contents
    index: Index

    @cached_property
    def users(self) -> Mapping[str, tuple[str, ...]]:
        """Which models say that they were trained on an entry, or are based on it: id -> ids."""
        found: dict[str, list[str]] = {}
        for entry in self.held.entries.values():
            for used in (*entry.values("trained_on"), *entry.values("base")):
                found.setdefault(str(used), []).append(entry.id)
        return {used: tuple(sorted(ids)) for used, ids in found.items()}

    def get(self, id_: str) -> Entry:
        """The entry with this id. Raises Missing for one that is gone, UnknownName for one that never was."""
        if id_ in self.held.entries:
            return self.held.entries[id_]
        if id_ in self.held.tombstones:
            gone = self.held.tombstones[id_]
            raise Missing(N_("The entry “{id}” is gone since {day}."), id=id_, day=gone.on)
        raise unknown(N_("entry"), id_, self.held.entries)

    def search(
        self, query: str, filters: Mapping[str, Sequence[str]] | None = None, *, limit: int = 20, offset: int = 0
    ) -> tuple[Found, list[Entry]]:
        """What was found, and the entries of this page."""
        found = self.index.search(query, filters, limit=limit, offset=offset)
        return found, [self.held.entries[key] for key in found.keys]


def current(node: Node) -> Catalogue:
    """The catalogue of the newest release that was not withdrawn. Raises UnknownName or Missing where there is none."""
    return of_release(node, node.releases.current(FLOW))


def of_release(node: Node, release: Release) -> Catalogue:
    """The catalogue of a release; opened once in a process."""
    key = (str(node.root), release.number)
    with _opening:
        if key not in _opened:
            held = contents(*(_bytes(node, sha256) for sha256 in _inputs(node, release)))
            _opened.clear()  # one release is in use at a time; older ones are read again when asked for
            _opened[key] = Catalogue(release, held, _index(node, release, held))
        return _opened[key]


def _inputs(node: Node, release: Release) -> list[str]:
    return [entry.sha256 for entry in node.releases.manifest(release).inputs if entry.release is None]


def _bytes(node: Node, sha256: str) -> bytes:
    for snapshot in node.snapshots.all():
        if snapshot.sha256 == sha256:
            return node.snapshots.read(snapshot)
    raise Missing(N_("The bytes of the snapshot “{name}” are gone."), name=sha256[:12])


def _index(node: Node, release: Release, held: Contents) -> Index:
    path = node.root / "search" / f"{FLOW.lower()}-{release.content[:16]}.sqlite3"
    try:
        return Index(path)
    except FileNotFoundError:
        build(path, documents(held))
        return Index(path)


def documents(held: Contents) -> Iterator[Document]:
    """Every entry as the index takes it: by what it is called, described and claimed to be, in every language."""
    for entry in held.entries.values():
        yield document(entry)


def document(entry: Entry) -> Document:
    """One entry as the index takes it."""
    areas, kinds = code_lists()["CL_AREA"], code_lists()["CL_ENTRY_KIND"]
    named = [kinds.get(str(entry.kind)).name]
    named += [SECTORS[sector] for sector in entry.values("sectors")]
    named += [areas.get(area).name for area in entry.values("country")]
    licence = licence_of(entry.value("licence"))
    openness = _OPENNESS.get(licence.verdict, "unknown")
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
    }
    return Document(entry.id, " ".join(entry.name.values()), " ".join(words), facets)


def _languages(entry: Entry) -> Iterator[str]:
    """The names of the languages covered, in the languages of the house (CLDR)."""
    from babel import Locale

    from bongsu.core.text import LANGUAGES

    for tag in entry.values("languages"):
        for language in LANGUAGES:
            yield Locale(language).languages.get(str(tag).partition("-")[0], "")
