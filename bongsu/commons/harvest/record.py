"""What every reader of a foreign format makes: an entry, a record that is broken (and why), or one that is gone.

A reader never raises for one record: it says which and why, and goes on.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bongsu.commons.entries.entry import Entry
from bongsu.commons.entries.entry_reader import CLAIM_KINDS, SECTORS, parse_entry
from bongsu.commons.licences import Verdict, read_licence
from bongsu.core.errors import N_, BadInput

_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_TAGS = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`]+")  # RFC 3986 has none of these


@dataclass(frozen=True, slots=True)
class BrokenRecord:
    """A record that could not be read: its place, the error, and the id it would have here ("" where that is broken too)."""

    where: str
    error: BadInput
    id: str = ""


@dataclass(frozen=True, slots=True)
class DeletedRecord:
    """A record that its source says is deleted, by the id that it has here."""

    id: str


HarvestRecord = Entry | BrokenRecord | DeletedRecord


@dataclass(frozen=True, slots=True)
class RecordOrigin:
    """Where records come from: the source's short name, the address that was read, when, and the file's own hash."""

    source: str
    address: str
    accessed: str
    sha256: str = ""

    @property
    def proof(self) -> str:
        """The address of evidence: the web address, else the bytes that this node keeps."""
        return self.address if self.address.startswith(("http://", "https://")) else f"urn:sha256:{self.sha256}"


def local_id(source: str, identifier: str) -> str:
    """The id here of a record that is called `identifier` there; different names never get one id."""
    made = _NOT_SLUG.sub("-", identifier.casefold()).strip("-")
    digest = hashlib.sha256(identifier.encode()).hexdigest()[:8]
    prefix = _NOT_SLUG.sub("-", source.casefold()).strip("-")
    plain = made == identifier and len(made) <= 80
    return f"{prefix}--{made}" if plain else f"{prefix}--{made[:80].strip('-') or 'x'}-{digest}"


def build_entry(
    origin: RecordOrigin,
    identifier: str,
    kind: str,
    name: Mapping[str, str],
    *,
    shows: str,
    description: Mapping[str, str] | None = None,
    homepage: str = "",
    rel: str = "homepage",
    records: Mapping[str, Any] | None = None,
    **claims: Any,
) -> Entry:
    """The entry of a foreign record; empty claims are unknown. Raises BadInput where it cannot be one."""
    known = {key: value for key, value in claims.items() if value not in (None, "", [], {})}
    if "licence" in known and read_licence(known["licence"]).verdict is Verdict.UNDECLARED:
        del known["licence"]  # “unknown” and “not specified” declare nothing
    made = {
        "id": local_id(origin.source, identifier),
        "kind": kind,
        "name": {language: text for language, text in name.items() if text},
        "description": dict(description or {}),
        "links": [{"rel": rel, "href": homepage}] if _ADDRESS.fullmatch(homepage) else [],
        "evidence": {"record": {"address": origin.proof, "shows": shows, "accessed": origin.accessed}},
        "claims": {key: {"value": value, "evidence": ["record"]} for key, value in known.items()},
        "records": dict(records or {}),
        "identifiers": [identifier],
        "source": origin.source,
    }
    return parse_entry(made, f"{origin.source}, {identifier}")


def rename_references(entry: Entry, rename: Callable[[str], str]) -> Entry:
    """The entry with the ids of other entries in its claims (what it is based on, trained on, about) renamed."""
    claims = dict(entry.claims)
    for name, claim in entry.claims.items():
        if CLAIM_KINDS[name].type == "entry":
            claims[name] = replace(claim, value=rename(claim.value))
        elif CLAIM_KINDS[name].type == "entries":
            claims[name] = replace(claim, value=[rename(id_) for id_ in claim.value])
    return replace(entry, claims=claims)


def read_each_record(
    items: Iterator[tuple[str, Any]], read: Callable[[Any], HarvestRecord], called: Callable[[Any], str] | None = None
) -> Iterator[HarvestRecord]:
    """Reads records one by one; what is wrong with one is told of that one, under the id that `called` gives it."""
    for where, item in items:
        try:
            yield read(item)
        except BadInput as wrong:
            yield BrokenRecord(where, wrong, called(item) if called else "")
        except (TypeError, AttributeError, KeyError, ValueError, IndexError) as wrong:  # a shape nobody thought of
            error = BadInput(N_("The record has an unexpected structure: {reason}."), where=where, reason=wrong)
            yield BrokenRecord(where, error, called(item) if called else "")


def first_year(*texts: object) -> int | None:
    """The first year in any of the texts."""
    for text in texts:
        if found := _YEAR.search(str(text or "")):
            return int(found[0])
    return None


def language_tags(values: object) -> list[str]:
    """Language tags among `values` (a text or a list); others are left out."""
    items = values if isinstance(values, list) else [values]
    tags = (str(item).strip() for item in items if isinstance(item, str))
    return list(dict.fromkeys(tag for tag in tags if _TAGS.fullmatch(tag)))


def match_sectors(words: object) -> list[str]:
    """The catalogue's sectors that are named among `words`."""
    items = words if isinstance(words, list) else [words]
    folded = {str(item).casefold().strip() for item in items if isinstance(item, str)}
    return [sector for sector in SECTORS if sector in folded]
