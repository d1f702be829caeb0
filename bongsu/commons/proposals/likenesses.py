"""Entries and open proposals that may be the same thing as a proposed one: a shared address, or a similar name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from bongsu.commons.catalogue_search import CATALOGUE_FLOW, Catalogue, current_catalogue
from bongsu.commons.dataflows.commons_catalogue import ENTRIES_FILE
from bongsu.commons.entries.bundle import read_bundles
from bongsu.commons.entries.entry import Entry, EntryKind, EntryLink
from bongsu.commons.harvest.duplicates import entry_identifiers, name_likeness
from bongsu.commons.models import Proposal
from bongsu.commons.proposals.answers import Document
from bongsu.core.errors import Missing
from bongsu.store.node import Node

MIN_LIKENESS = 0.5  # lower than for harvests: a person looks, and sees a few at most
MAX_SHOWN = 5


class Likeness(NamedTuple):
    """An entry that may be the same: its id, name, and whether it has the same address."""

    id: str
    title: str
    same_address: bool


def find_alike(node: Node, document: Document, language: str) -> list[Likeness]:
    """Returns the entries of the same kind that may be the same, those with the same address first."""
    catalogue = find_catalogue(node)
    if catalogue is None:
        return []
    one = _outline(document)
    names = [name for name in one.name.values() if name]
    known = _addresses(node.root, catalogue.release.number)
    same = dict.fromkeys(known[key] for key in entry_identifiers(one) if key in known)
    found = {id_: Likeness(id_, entry.title(language), True) for id_ in same if (entry := catalogue.find(id_))}
    for name in names:
        for entry in catalogue.search(name, {"kind": [str(one.kind)]}, limit=20)[1]:
            if max(name_likeness(name, other) for other in entry.name.values()) >= MIN_LIKENESS:
                found.setdefault(entry.id, Likeness(entry.id, entry.title(language), False))
    return [likeness for id_, likeness in found.items() if id_ != document.get("id")][:MAX_SHOWN]


def find_alike_proposals(proposal: Proposal) -> list[Proposal]:
    """Returns other submitted proposals about the same entry, or of new entries with the same address or a similar name."""
    others = Proposal.objects.filter(state="submitted").exclude(pk=proposal.pk).order_by("pk")
    same: list[Proposal] = list(others.filter(entry=proposal.entry)[:MAX_SHOWN])
    if proposal.kind == "new":
        one = _outline(proposal.document)
        for other in others.filter(kind="new").exclude(entry=proposal.entry)[:200]:
            if _are_alike(one, _outline(other.document)):
                same.append(other)
    return same[:MAX_SHOWN]


def find_catalogue(node: Node) -> Catalogue | None:
    """Returns the current catalogue, None before the first release."""
    try:
        return current_catalogue(node)
    except Missing:
        return None


def _are_alike(one: Entry, other: Entry) -> bool:
    if one.kind != other.kind:
        return False
    if set(entry_identifiers(one)) & set(entry_identifiers(other)):
        return True
    return any(name_likeness(a, b) >= MIN_LIKENESS for a in one.name.values() for b in other.name.values())


def _outline(document: Document) -> Entry:
    """Returns kind, names and links of a document, which may be wrong in other places."""
    links = tuple(EntryLink(link["rel"], link["href"]) for link in document.get("links", []))
    return Entry("", EntryKind(document["kind"]), document.get("name", {}), {}, links, {}, {})


@lru_cache(maxsize=1)
def _addresses(root: Path, release: int) -> dict[str, str]:
    """Returns the ids of the entries of a release by their identifiers."""
    node = Node(root)
    sealed = node.releases.attachment(node.releases.get(CATALOGUE_FLOW, release), ENTRIES_FILE)
    return dict(_identify(read_bundles(sealed.read_bytes()).entries.values()))


def _identify(entries: Iterable[Entry]) -> Iterator[tuple[str, str]]:
    for entry in entries:
        for key in entry_identifiers(entry):
            yield key, entry.id
