"""A line of a hash-chained log, and the checkpoint that says how long a node's public log is and what its last line is.

A line has the hash of the line before it; so who knows the number and the hash of one line can tell whether another log
begins with the same lines. A checkpoint is signed, so that a node cannot deny what it said.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec

from bongsu.core.document_shape import convert_document, limit
from bongsu.core.envelope import Envelope
from bongsu.core.errors import N_, BadInput
from bongsu.core.node_card import Card, Moment, check_signed_by

FIRST_HASH = "0" * 64
CHECKPOINT_TYPE = "application/vnd.bongsu.checkpoint+json"
CHECKPOINT_FORMAT: Final = "bongsu.checkpoint/1"
Hash = Annotated[str, limit(N_("“{value}” is not a SHA-256."), pattern=r"\A[0-9a-f]{64}\Z")]


@dataclass(frozen=True)
class Line:
    """A line: its number, time (UTC), event, subject and details, the hash of the line before (`before`), and its own hash."""

    number: int
    at: str
    event: str
    subject: str
    detail: Mapping[str, Any]
    before: str
    hash: str = ""

    def with_hash(self) -> Line:
        """Returns the line with its hash, the SHA-256 of its other fields as canonical JSON."""
        body = {key: value for key, value in asdict(self).items() if key != "hash"}
        digest = hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        return Line(**{**body, "hash": digest})

    @property
    def has_its_hash(self) -> bool:
        """Whether the hash is that of its other fields."""
        return self.with_hash().hash == self.hash


class Head(NamedTuple):
    """The number and the hash of a line: everything up to it is known by them."""

    size: int
    hash: str


EMPTY = Head(0, FIRST_HASH)


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: Annotated[int, msgspec.Meta(ge=1, le=10**9)]
    at: Moment
    event: Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z-]{0,39}\Z")]
    subject: Annotated[str, msgspec.Meta(max_length=200)]
    detail: dict[str, str | int | bool]
    before: Hash
    hash: Hash


class Checkpoint(msgspec.Struct, frozen=True):
    """How long the log of a node was at a time, and the hash of its last line. Fields that a later version adds are ignored."""

    format: Literal["bongsu.checkpoint/1"]
    node: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{16}\Z")]
    size: Annotated[int, msgspec.Meta(ge=0, le=10**9)]
    head: Hash
    at: Moment

    @property
    def reached(self) -> Head:
        """The last line of the log."""
        return Head(self.size, self.head)

    def to_json(self) -> bytes:
        """Returns the bytes that the node signs."""
        return json.dumps(msgspec.to_builtins(self), sort_keys=True).encode()


def make_checkpoint(node: str, reached: Head, at: str) -> Checkpoint:
    """Returns the checkpoint of a log whose last line is `reached`."""
    return Checkpoint(CHECKPOINT_FORMAT, node, reached.size, reached.hash, at)


def open_checkpoint(card: Card, envelope: Envelope, where: str = "") -> Checkpoint:
    """Returns the checkpoint if the node of `card` signed it with a key valid then. Raises BadSignature or BadInput."""
    read = convert_document(_load(envelope.body, where), Checkpoint, where)
    if read.node != card.node:
        raise BadInput(N_("This checkpoint is of node {other}, not of {node}."), other=read.node, node=card.node)
    check_signed_by(card, envelope, CHECKPOINT_TYPE, read.at)
    return read


def parse_lines(data: bytes, where: str = "") -> list[Line]:
    """Reads lines of another node's log, one JSON object on each line of text. Raises BadInput for a line of another form."""
    found = []
    for text in data.splitlines():
        read = convert_document(_load(text, where), _Line, where)
        line = Line(read.number, read.at, read.event, read.subject, read.detail, read.before, read.hash)
        if not _has_hash(line):
            raise BadInput(
                N_("Line {number} of the log has not the hash of its content."), number=line.number, where=where
            )
        found.append(line)
    return found


def _has_hash(line: Line) -> bool:
    try:
        return line.has_its_hash
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can write and UTF-8 cannot
        return False


def _load(data: bytes, where: str) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise BadInput(N_("This is not valid JSON."), where=where) from None


def check_chain(lines: list[Line], number: int) -> None:
    """Raises BadInput unless the lines are numbered from `number` on and each has the hash of the one before it.

    Whether the first of them follows a line that is known already is for the caller to compare.
    """
    for before, line in pairwise(lines):
        if line.before != before.hash or line.number != before.number + 1:
            raise BadInput(N_("Line {number} of the log does not follow the line before it."), number=line.number)
    if lines and lines[0].number != number:
        raise BadInput(
            N_("The log was asked for from line {number} on and begins with line {first}."),
            number=number,
            first=lines[0].number,
        )
