"""A release: a numbered, sealed set of observations of one dataflow. It never changes.

A programme's build returns a draft; sealing it writes a manifest. The content hash covers everything except the number
and the time of sealing, so that the same inputs and the same code give the same hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_, BadInput
from bongsu.core.provenance import Input, Method
from bongsu.core.reason import Reason, Wording
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
    """The result of a check: its name, whether it holds, and what it found.

    `check` and `detail` are messages, translated when they are shown; `values` fill in `detail`. `examples` are keys and
    figures that follow it. A finding without values has a finished text in `detail`, as older releases have. `rows` are all
    observations that the check is about: those that fail, or those to review though it holds. They are not sealed.
    """

    check: str
    holds: bool
    detail: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    rows: Sequence[Mapping[str, Any]] = field(default=(), compare=False, repr=False)

    def describe(self, translate: Callable[[str], str] = str) -> str:
        """Returns the detail as a text in the language of `translate`."""
        text = translate(self.detail).format(**self.values) if self.values else self.detail
        return "; ".join([text, *self.examples])

    def to_json(self) -> dict[str, Any]:
        """Returns the finding as a manifest has it."""
        optional = {"values": dict(self.values), "examples": list(self.examples)}
        return {
            "check": self.check,
            "holds": self.holds,
            "detail": self.detail,
            **{name: value for name, value in optional.items() if value},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Finding:
        """Makes the finding that `to_json` wrote."""
        return cls(**{**data, "examples": tuple(data.get("examples", ()))})


@dataclass(frozen=True)
class FailedChecks:
    """Findings that do not hold, as a value of an error."""

    findings: tuple[Finding, ...]

    def describe(self, translate: Callable[[str], str]) -> str:
        """Returns each check with its detail in the language of `translate`."""
        return "; ".join(f"{translate(one.check)}: {one.describe(translate)}" for one in self.findings)

    def __str__(self) -> str:
        return self.describe(str)


@dataclass(frozen=True)
class SealedFile:
    """A file of a release: its name, SHA-256 and size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Sealer:
    """Who sealed a release: the SDMX agency, and the name of the institution by language. Both stay when they change."""

    agency: str
    name: Mapping[str, str]


@dataclass(frozen=True)
class Manifest:
    """The manifest of a release: what it contains and how it was made. It is written once, beside the files.

    `despite` is the reason why observations of a withdrawn release were sealed; "" if they are not such. `sealed_by` is None
    in releases of older versions.
    """

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
    despite: str = ""
    sealed_by: Sealer | None = None

    @property
    def content(self) -> str:
        """The SHA-256 of everything except the number, the time of sealing and who sealed it."""
        body = {key: value for key, value in self._body().items() if key not in ("number", "sealed_at", "sealed_by")}
        return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    @property
    def releases(self) -> tuple[tuple[str, int], ...]:
        """The releases among the inputs, as (dataflow, number)."""
        return tuple((entry.name, entry.release) for entry in self.inputs if entry.release is not None)

    @property
    def corrections(self) -> tuple[Input, ...]:
        """The corrections among the inputs."""
        return tuple(entry for entry in self.inputs if entry.is_correction)

    @property
    def licences(self) -> tuple[str, ...]:
        """The licences of all inputs."""
        return tuple(sorted({entry.origin.licence for entry in self.inputs if not entry.is_correction}))

    @property
    def vintages(self) -> tuple[str, ...]:
        """The vintages of all inputs."""
        return tuple(sorted({entry.vintage for entry in self.inputs if not entry.is_correction}))

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
            **({"despite": self.despite} if self.despite else {}),  # older releases have neither
            **({"sealed_by": asdict(self.sealed_by)} if self.sealed_by else {}),
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
            findings=tuple(Finding.from_json(finding) for finding in data["findings"]),
            notes=tuple(Note(**note) for note in data["notes"]),
            despite=data.get("despite", ""),
            sealed_by=Sealer(**data["sealed_by"]) if "sealed_by" in data else None,
        )


@dataclass(frozen=True)
class Withdrawal:
    """Why and when (UTC) a release was withdrawn. The release can still be read by its number.

    The reason is in `language` ("" in withdrawals of older versions); `translations` has it in others, as (language, text).
    """

    reason: str
    at: str
    language: str = ""
    translations: tuple[tuple[str, str], ...] = ()

    def reason_in(self, language: str) -> Wording:
        """Returns the reason in a language if it was given in it, else as it was written, with the language of that."""
        return Reason(self.reason, self.language, self.translations).to(language)


@dataclass(frozen=True)
class Affected:
    """The withdrawn releases ("GRID_INTENSITY 1") that a release was computed from, directly or not, and since when (UTC)."""

    by: tuple[str, ...]
    since: str


@dataclass(frozen=True)
class Release:
    """A sealed release, as listed in the release index.

    `agency` is the SDMX agency that sealed it; `inputs` are the releases it was computed from, as (dataflow, number);
    `corrections` is the number of its corrected values. `affected` is set while an input, or an input of one, is withdrawn.
    """

    dataflow: str
    number: int
    sealed_at: str
    content: str
    rows: int
    withdrawal: Withdrawal | None = None
    agency: str = ""
    inputs: tuple[tuple[str, int], ...] = ()
    corrections: int = 0
    affected: Affected | None = None

    @property
    def changed_at(self) -> str:
        """When what is said of the release changed last: its sealing, its withdrawal, or the withdrawal of an input (UTC)."""
        moments = (self.sealed_at, self.withdrawal and self.withdrawal.at, self.affected and self.affected.since)
        return max(moment for moment in moments if moment)

    @property
    def name(self) -> str:
        """The name to cite: "GRID_INTENSITY 3"."""
        return f"{self.dataflow} {self.number}"
