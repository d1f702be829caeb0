"""The results of reading a record in a foreign format: an entry, a broken record with its error, or a deleted record.

A reader does not raise for a single record: it yields a BrokenRecord and continues.
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
_YEAR = re.compile(r"(?:19|20)[0-9][0-9]")
_TAGS = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`]+")  # RFC 3986 allows none of these characters


@dataclass(frozen=True, slots=True)
class BrokenRecord:
    """A record that could not be read: its place, the error, and the local id it would have ("" if that is unknown)."""

    where: str
    error: BadInput
    id: str = ""


@dataclass(frozen=True, slots=True)
class DeletedRecord:
    """A record that its source reports as deleted, with its local id."""

    id: str


HarvestRecord = Entry | BrokenRecord | DeletedRecord


@dataclass(frozen=True, slots=True)
class RecordOrigin:
    """The origin of records: the source's short name, the address that was read, the date, and the file's hash."""

    source: str
    address: str
    accessed: str
    sha256: str = ""

    @property
    def proof(self) -> str:
        """The address for evidence: the web address, or else the hash of the file that this node keeps."""
        return self.address if self.address.startswith(("http://", "https://")) else f"urn:sha256:{self.sha256}"


def local_id(source: str, identifier: str) -> str:
    """Returns the local id of the record `identifier` of a source; different identifiers always give different ids."""
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
    """Returns the entry of a foreign record; empty claims are unknown. Raises BadInput if a value is invalid."""
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
    """Returns the entry with the ids of other entries in its claims (base, trained_on, subject) renamed."""
    claims = dict(entry.claims)
    for name, claim in entry.claims.items():
        if CLAIM_KINDS[name].type == "entry":
            claims[name] = replace(claim, value=rename(claim.value))
        elif CLAIM_KINDS[name].type == "entries":
            claims[name] = replace(claim, value=[rename(id_) for id_ in claim.value])
    return replace(entry, claims=claims)


def read_each_record(
    items: Iterator[tuple[str, Any]], read: Callable[[Any], HarvestRecord], find_id: Callable[[Any], str] | None = None
) -> Iterator[HarvestRecord]:
    """Reads records one by one with `read`; yields a BrokenRecord, with the id from `find_id`, for one that cannot be read."""
    for where, item in items:
        try:
            yield read(item)
        except BadInput as wrong:
            yield BrokenRecord(where, wrong, find_id(item) if find_id else "")
        except KeyError as wrong:
            error = BadInput(N_("The record has no field “{field}”."), where=where, field=wrong.args[0])
            yield BrokenRecord(where, error, find_id(item) if find_id else "")
        except (TypeError, AttributeError, ValueError, IndexError) as wrong:  # an unexpected structure
            error = BadInput(N_("The record has an unexpected structure: {reason}."), where=where, reason=wrong)
            yield BrokenRecord(where, error, find_id(item) if find_id else "")


def first_year(*texts: object) -> int | None:
    """Returns the first year in any of the texts."""
    for text in texts:
        if found := _YEAR.search(str(text or "")):
            return int(found[0])
    return None


def language_tags(values: object) -> list[str]:
    """Returns the valid language tags among `values` (a text or a list)."""
    items = values if isinstance(values, list) else [values]
    tags = (str(item).strip() for item in items if isinstance(item, str))
    return list(dict.fromkeys(tag for tag in tags if _TAGS.fullmatch(tag)))


def match_sectors(words: object) -> list[str]:
    """Returns the catalogue's sectors that `words` name."""
    items = words if isinstance(words, list) else [words]
    folded = {str(item).casefold().strip() for item in items if isinstance(item, str)}
    return [sector for sector in SECTORS if sector in folded]
