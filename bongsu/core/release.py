"""A release: a numbered, sealed set of observations of one dataflow. It never changes.

A draft is what a programme's build hands in; the manifest is what sealing writes. The content hash covers everything
but the number and the moment of sealing: the same inputs with the same code give the same content.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
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
    """What a reviewer should know: a message that is translated when shown, and the figures or names it is about."""

    message: str
    detail: str


@dataclass(frozen=True)
class Draft:
    """What a build returns: observations (columns of `structure.dataflow.columns`) and what they were made of.

    `notes` are for the reviewer, shown when the draft is built and on the release's page. `attachments` (file name ->
    bytes) are sealed beside the observations: what the figures are about, where that is more than figures can say.
    """

    structure: Structure
    observations: pa.Table
    inputs: tuple[Input, ...]
    method: Method
    notes: tuple[Note, ...] = ()
    attachments: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """What a check found: its name (translated when shown), whether it holds, and the figures behind that."""

    check: str
    holds: bool
    detail: str


@dataclass(frozen=True)
class SealedFile:
    """A file of a release, by name, SHA-256 and size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """What a release is: written once, beside its files."""

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
        """SHA-256 over all but the number and the moment of sealing."""
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
            "findings": [asdict(finding) for finding in self.findings],
            "notes": [asdict(note) for note in self.notes],
        }

    def to_json(self) -> dict[str, Any]:
        """As written in manifest.json: with the content hash, which is checked when the manifest is read."""
        return {**self._body(), "content": self.content}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], where: str) -> Manifest:
        """The manifest written in manifest.json. Raises BadInput for a format this version does not know."""
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
    """Why and when (UTC) a release was withdrawn. The release stays readable by its number."""

    reason: str
    at: str


@dataclass(frozen=True)
class Release:
    """A sealed release as the registry knows it."""

    dataflow: str
    number: int
    sealed_at: str
    content: str
    rows: int
    withdrawal: Withdrawal | None = None

    @property
    def name(self) -> str:
        """How people cite it: "GRID_INTENSITY 3"."""
        return f"{self.dataflow} {self.number}"
