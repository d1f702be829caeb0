"""One entry of the catalogue: what it is, and claims about it, each with evidence or unknown.

Unknown is never no and never yes: a claim that a file leaves out is as unknown as one that says `unknown`. `records` hold
what another list says about the thing, in that list's own format, so that its framework can be applied to it.
Left out: reading files (files.py), and what the openness frameworks make of an entry (openness/).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bongsu.core.languages import LANGUAGES


class EntryKind(StrEnum):
    """What public-interest AI can build on."""

    MODEL = "model"
    DATASET = "dataset"
    SOFTWARE = "software"
    COMPUTE = "compute"
    COURSE = "course"
    FUNDING = "funding"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where something can be seen (address), what it shows, and when it was looked at (YYYY-MM or YYYY-MM-DD)."""

    address: str
    shows: str
    accessed: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A value and the names of the evidence behind it."""

    value: Any
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntryLink:
    """An address of the thing itself. `rel` is homepage, repository, download, documentation, paper or huggingface."""

    rel: str
    href: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in the catalogue. `claims` holds known ones only; `source` names the harvest it came from, or is empty."""

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
        """The claim's value, or None where it is unknown."""
        found = self.claims.get(claim)
        return found.value if found else None

    def values(self, claim: str) -> tuple[Any, ...]:
        """The values of a claim that may have several; none where it is unknown."""
        found = self.value(claim)
        if found is None:
            return ()
        return tuple(found) if isinstance(found, list | tuple) else (found,)

    def title(self, language: str) -> str:
        """The name in `language`, else in another language of the house, else in any."""
        return _in_language(self.name, language) or self.id

    def text(self, language: str) -> str:
        """The description in `language`, else in another."""
        return _in_language(self.description, language)

    @property
    def checked(self) -> str:
        """The day (or month) of the newest evidence; empty where there is none."""
        return max((item.accessed for item in self.evidence.values()), default="")

    def proof(self, claim: str) -> tuple[Evidence, ...]:
        """The evidence behind a claim."""
        found = self.claims.get(claim)
        return tuple(self.evidence[name] for name in found.evidence) if found else ()

    def to_json(self) -> dict[str, Any]:
        """The entry as its file says it."""
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
