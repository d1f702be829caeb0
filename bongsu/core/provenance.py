"""Where a figure comes from: origin, licence and hash of every input, method and version of the code.

A source is where raw bytes can be taken; a snapshot is the bytes as taken, known by their SHA-256. Left out: reading
and keeping them (store/snapshots.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Origin:
    """From whom bytes come, and what may be done with them. `licence` is an SPDX id or the publisher's own words."""

    publisher: str
    title: str
    address: str
    licence: str
    attribution: str = ""


@dataclass(frozen=True)
class Source:
    """A raw file that ships in an installed Python package: `resource` inside `package`.

    `distribution` names the installed distribution whose version is the vintage; without it, `vintage` states it.
    """

    name: str
    package: str
    resource: str
    origin: Origin
    vintage: str = ""
    distribution: str = ""


@dataclass(frozen=True)
class Snapshot:
    """Raw bytes as taken: what they are called, their SHA-256 and size, from where, of which vintage, taken when (UTC)."""

    name: str
    sha256: str
    size: int
    origin: Origin
    vintage: str
    taken_at: str

    def to_json(self) -> dict[str, Any]:
        """As kept beside the bytes."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Snapshot:
        """The snapshot kept beside its bytes."""
        return cls(**{**data, "origin": Origin(**data["origin"])})


@dataclass(frozen=True)
class Input:
    """What a release was made of: a snapshot (by its SHA-256) or another release (by its number and content hash)."""

    name: str
    sha256: str
    vintage: str
    origin: Origin
    release: int | None = None

    def to_json(self) -> dict[str, Any]:
        """As written in a manifest."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Input:
        """The input written in a manifest."""
        return cls(**{**data, "origin": Origin(**data["origin"])})


@dataclass(frozen=True)
class Method:
    """The method behind a release: its name, its version, and where the manual describes it."""

    name: str
    version: str
    page: str = ""
