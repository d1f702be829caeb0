"""Finds duplicate entries: certain ones by a shared identifier, possible ones by similar names, which a person decides on.

A person's decision is stored, so that it is asked for once. Left out: merging two entries; the earlier one is kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bongsu.commons.entries.entry import Entry

MIN_LIKENESS = 0.75  # a person is asked about names that share at least this share of their letter pairs
_ADDRESS_ENDING = re.compile(r"(?:/(?:index\.html?|tree/(?:main|master)|blob/(?:main|master)/README\.md)?|\.git)+$")
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:)(10\.[0-9]{4,9}/\S+)", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class EntryPair:
    """Two entries that may be the same, and the similarity of their names (1 for a shared identifier)."""

    one: str
    other: str
    likeness: float


def entry_identifiers(entry: Entry) -> Iterator[str]:
    """Yields the global identifiers of an entry: the addresses of the thing itself, and DOIs."""
    for text in (*(link.href for link in entry.links), *entry.identifiers):
        if found := _DOI.fullmatch(text.strip()):
            yield f"doi:{found[1].lower()}"
        elif text.startswith(("http://", "https://")):
            bare = _ADDRESS_ENDING.sub(
                "", re.sub(r"^https?://(www\.)?", "", text.strip()).partition("#")[0].partition("?")[0]
            )
            if "/" in bare:  # a host without a path is an organisation's site and identifies no entry
                yield bare.lower()


def find_duplicates(entries: Iterable[Entry]) -> Iterator[EntryPair]:
    """Yields pairs of the same kind that share an identifier; the earlier entry comes first."""
    first: dict[tuple[str, str], str] = {}
    yielded: set[tuple[str, str]] = set()
    for entry in entries:
        for key in entry_identifiers(entry):
            earlier = first.setdefault((str(entry.kind), key), entry.id)
            if earlier != entry.id and (earlier, entry.id) not in yielded:
                yielded.add((earlier, entry.id))
                yield EntryPair(earlier, entry.id, 1.0)


def find_similar(entries: Iterable[Entry], decided: Mapping[tuple[str, str], bool]) -> Iterator[EntryPair]:
    """Yields pairs of the same kind with similar names that nobody has decided on yet.

    Only entries that share a rare word are compared, because 100,000 entries have five billion pairs.
    """
    listed = list(entries)
    words = {
        entry.id: frozenset(word for name in entry.name.values() for word in _WORD.findall(_fold(name)))
        for entry in listed
    }
    having: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in listed:
        for word in words[entry.id]:
            having[str(entry.kind), word].append(entry)
    compared: set[tuple[str, str]] = set()
    for group in having.values():
        if not 1 < len(group) <= 50:
            continue
        for index, one in enumerate(group):
            for other in group[index + 1 :]:
                pair = (one.id, other.id)
                if pair in compared or pair in decided or pair[::-1] in decided:
                    continue
                compared.add(pair)
                like = max(name_likeness(a, b) for a in one.name.values() for b in other.name.values())
                if like >= MIN_LIKENESS:
                    yield EntryPair(one.id, other.id, round(like, 2))


def name_likeness(one: str, other: str) -> float:
    """Returns the Dice coefficient of the letter pairs of two names; 0 if their numbers differ (7B, 13B)."""
    if re.findall(r"[0-9]+", one) != re.findall(r"[0-9]+", other):
        return 0.0
    a, b = _letter_pairs(_fold(one)), _letter_pairs(_fold(other))
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else float(_fold(one) == _fold(other))


def _letter_pairs(text: str) -> set[str]:
    bare = "".join(_WORD.findall(text))
    return {bare[i : i + 2] for i in range(len(bare) - 1)}


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
