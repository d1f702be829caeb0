"""One entry of the catalogue: its kind, names and links, and claims about it, each with evidence or unknown.

An unknown claim never counts as a yes or a no. A claim that is missing in a file is unknown, as one with the value `unknown`.
`records` has the records of other registries in their own formats, so that their frameworks can be applied to them.
Left out: reading files (entry_reader.py), and the assessment by openness frameworks (openness/).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bongsu.core.languages import LANGUAGES


class EntryKind(StrEnum):
    """The kinds of entries."""

    MODEL = "model"
    DATASET = "dataset"
    SOFTWARE = "software"
    COMPUTE = "compute"
    COURSE = "course"
    FUNDING = "funding"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Evidence: its address, what it shows, and when it was read (YYYY-MM or YYYY-MM-DD)."""

    address: str
    shows: str
    accessed: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim: its value and the names of its evidence."""

    value: Any
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntryLink:
    """A link. `rel` is homepage, repository, download, documentation, paper or huggingface."""

    rel: str
    href: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry. `claims` has only known claims; `source` is the name of the harvest it came from, or empty."""

    id: str
    kind: EntryKind
    name: Mapping[str, str]
    description: Mapping[str, str]
    links: tuple[EntryLink, ...]
    evidence: Mapping[str, Evidence]
    claims: Mapping[str, Claim]
    records: Mapping[str, Any] = field(default_factory=dict)
    identifiers: tuple[str, ...] = ()
    source: str = ""

    def value(self, claim: str) -> Any:
        """Returns the claim's value, or None if it is unknown."""
        found = self.claims.get(claim)
        return found.value if found else None

    def values(self, claim: str) -> tuple[Any, ...]:
        """Returns the values of a claim that may have several; an empty tuple if it is unknown."""
        found = self.value(claim)
        if found is None:
            return ()
        return tuple(found) if isinstance(found, list | tuple) else (found,)

    def title(self, language: str) -> str:
        """Returns the name in `language`, else in English, Korean or French, else in any language."""
        return _in_language(self.name, language) or self.id

    def text(self, language: str) -> str:
        """Returns the description in `language`, else in another language."""
        return _in_language(self.description, language)

    @property
    def checked(self) -> str:
        """The day (or month) of the newest evidence; "" if there is none."""
        return max((item.accessed for item in self.evidence.values()), default="")

    def proof(self, claim: str) -> tuple[Evidence, ...]:
        """Returns the evidence of a claim."""
        found = self.claims.get(claim)
        return tuple(self.evidence[name] for name in found.evidence) if found else ()

    def to_json(self) -> dict[str, Any]:
        """Returns the entry in the form of its file."""
        shape: dict[str, Any] = {
            "id": self.id,
            "kind": str(self.kind),
            "name": dict(self.name),
            "description": dict(self.description),
            "links": [{"rel": link.rel, "href": link.href} for link in self.links],
            "evidence": {
                name: {"address": item.address, "shows": item.shows, "accessed": item.accessed}
                for name, item in self.evidence.items()
            },
            "claims": {
                name: {"value": claim.value, "evidence": list(claim.evidence)} for name, claim in self.claims.items()
            },
        }
        if self.records:
            shape["records"] = dict(self.records)
        if self.identifiers:
            shape["identifiers"] = list(self.identifiers)
        if self.source:
            shape["source"] = self.source
        return shape


def _in_language(texts: Mapping[str, str], language: str) -> str:
    for wanted in (language, *LANGUAGES):
        if texts.get(wanted):
            return texts[wanted]
    return next(iter(texts.values()), "")
