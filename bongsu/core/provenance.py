"""Where a figure comes from: the origin, licence and hash of every input, and the method.

A source is a place from which raw bytes can be taken. A snapshot is a copy of these bytes, identified by its SHA-256.
store/disk/snapshots.py reads and stores them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Origin:
    """The publisher and licence of data. `licence` is an SPDX id or the publisher's own words."""

    publisher: str
    title: str
    address: str
    licence: str
    attribution: str = ""


@dataclass(frozen=True)
class Source:
    """A raw file that ships in an installed Python package: `resource` inside `package`.

    The vintage is the version of the installed `distribution`, or `vintage` if there is none.
    """

    name: str
    package: str
    resource: str
    origin: Origin
    vintage: str = ""
    distribution: str = ""


@dataclass(frozen=True)
class Snapshot:
    """Raw bytes taken from a source: their name, SHA-256, size, origin, vintage, and when they were taken (UTC).

    `made_from` has the SHA-256 of the publisher's files if the bytes are a table that was made from these; "" if not.
    """

    name: str
    sha256: str
    size: int
    origin: Origin
    vintage: str
    taken_at: str
    made_from: str = ""

    def to_json(self) -> dict[str, Any]:
        """Returns the record that is stored beside the bytes."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Snapshot:
        """Makes the snapshot from its stored record."""
        return cls(**{**data, "origin": Origin(**data["origin"])})


CORRECTION = "correction/"  # how the name of an input that is a correction begins


@dataclass(frozen=True)
class Input:
    """An input of a release: a snapshot (with its SHA-256), another release (with its number and content hash), or a
    correction, whose name begins with CORRECTION.
    """

    name: str
    sha256: str
    vintage: str
    origin: Origin
    release: int | None = None

    @property
    def is_correction(self) -> bool:
        """Whether the input is a correction of one value."""
        return self.name.startswith(CORRECTION)

    def to_json(self) -> dict[str, Any]:
        """Returns the input as written in a manifest."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Input:
        """Makes the input from a manifest."""
        return cls(**{**data, "origin": Origin(**data["origin"])})


@dataclass(frozen=True)
class Method:
    """The method of a release: its name, its version, and the page of the manual that describes it."""

    name: str
    version: str
    page: str = ""
