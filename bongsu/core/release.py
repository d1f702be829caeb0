"""A release: a numbered, sealed set of observations of one dataflow. It never changes.

A programme's build returns a draft; sealing it writes a manifest. The content hash covers everything except the number
and the time of sealing, so that the same inputs and the same code give the same hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_, BadInput
from bongsu.core.provenance import Input, Method
from bongsu.core.structure import Structure

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = "bongsu.release/1"


@dataclass(frozen=True)
class Note:
    """A note for the reviewer: a message, which is translated when shown, and the figures or names that it is about."""

    message: str
    detail: str


@dataclass(frozen=True)
class Draft:
    """The result of a build: observations (with the columns `structure.dataflow.columns`), inputs and method.

    `notes` are shown when the draft is built and on the page of the release. `attachments` (file name -> bytes) are files
    that are sealed with the observations, such as the entries of a catalogue.
    """

    structure: Structure
    observations: pa.Table
    inputs: tuple[Input, ...]
    method: Method
    notes: tuple[Note, ...] = ()
    attachments: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """The result of a check: its name (translated when shown), whether it holds, and the figures that show it.

    `rows` are all observations that the check is about: those that fail, or those to review though it holds. They are not
    sealed with a release.
    """

    check: str
    holds: bool
    detail: str
    rows: Sequence[Mapping[str, Any]] = field(default=(), compare=False, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Returns the finding as a manifest has it."""
        return {"check": self.check, "holds": self.holds, "detail": self.detail}


@dataclass(frozen=True)
class SealedFile:
    """A file of a release: its name, SHA-256 and size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """The manifest of a release: what it contains and how it was made. It is written once, beside the files."""

    dataflow: str
    version: str
    number: int
    sealed_at: str
    rows: int
    inputs: tuple[Input, ...]
    method: Method
    code_version: str
    files: tuple[SealedFile, ...]
    findings: tuple[Finding, ...]
    notes: tuple[Note, ...] = ()

    @property
    def content(self) -> str:
        """The SHA-256 of everything except the number and the time of sealing."""
        body = {key: value for key, value in self._body().items() if key not in ("number", "sealed_at")}
        return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    @property
    def licences(self) -> tuple[str, ...]:
        """The licences of all inputs."""
        return tuple(sorted({entry.origin.licence for entry in self.inputs}))

    @property
    def vintages(self) -> tuple[str, ...]:
        """The vintages of all inputs."""
        return tuple(sorted({entry.vintage for entry in self.inputs}))

    def _body(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "dataflow": self.dataflow,
            "version": self.version,
            "number": self.number,
            "sealed_at": self.sealed_at,
            "rows": self.rows,
            "inputs": [entry.to_json() for entry in self.inputs],
            "licences": list(self.licences),
            "vintages": list(self.vintages),
            "method": asdict(self.method),
            "code_version": self.code_version,
            "files": [asdict(file) for file in self.files],
            "findings": [finding.to_json() for finding in self.findings],
            "notes": [asdict(note) for note in self.notes],
        }

    def to_json(self) -> dict[str, Any]:
        """Returns the manifest as written in manifest.json, with the content hash."""
        return {**self._body(), "content": self.content}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], where: str) -> Manifest:
        """Makes the manifest from manifest.json. Raises BadInput for an unsupported format."""
        if data.get("format") != FORMAT:
            raise BadInput(
                N_("This release has the format “{format}”, which this version of Bongsu does not support."),
                where=where,
                fix=N_("Install a newer Bongsu."),
                format=data.get("format"),
            )
        return cls(
            dataflow=data["dataflow"],
            version=data["version"],
            number=data["number"],
            sealed_at=data["sealed_at"],
            rows=data["rows"],
            inputs=tuple(Input.from_json(entry) for entry in data["inputs"]),
            method=Method(**data["method"]),
            code_version=data["code_version"],
            files=tuple(SealedFile(**file) for file in data["files"]),
            findings=tuple(Finding(**finding) for finding in data["findings"]),
            notes=tuple(Note(**note) for note in data["notes"]),
        )


@dataclass(frozen=True)
class Withdrawal:
    """Why and when (UTC) a release was withdrawn. The release can still be read by its number."""

    reason: str
    at: str


@dataclass(frozen=True)
class Release:
    """A sealed release, as listed in the release index."""

    dataflow: str
    number: int
    sealed_at: str
    content: str
    rows: int
    withdrawal: Withdrawal | None = None

    @property
    def name(self) -> str:
        """The name to cite: "GRID_INTENSITY 3"."""
        return f"{self.dataflow} {self.number}"
