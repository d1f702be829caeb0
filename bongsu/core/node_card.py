"""A node's card: who it is, and the keys that sign for it. The root key signs the card; its fingerprint proves the rest.

Format bongsu.card/1. Times are UTC text such as 2026-11-28T09:30:00Z, which sorts by time.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec

from bongsu.core.document_shape import convert_document, limit
from bongsu.core.envelope import BadSignature, Envelope, open_envelope
from bongsu.core.errors import N_, BadInput

CARD_TYPE = "application/vnd.bongsu.card+json"
FORMAT: Final = "bongsu.card/1"
PROTOCOLS = ("1.0",)  # of the network that this version speaks; nodes need one major version in common
Moment = Annotated[
    str,
    limit(N_("“{value}” is not a valid time."), pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z"),
]
KeyText = Annotated[str, limit(N_("“{name}” is not a public key."), pattern=r"\A[A-Za-z0-9+/]{43}=\Z")]


class Key(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A public key with its id, and from when until when what it signs is valid."""

    id: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{16}#[1-9][0-9]{0,5}\Z")]
    key: KeyText
    since: Moment = msgspec.field(name="from")
    until: Moment
    revoked: Moment | None = None

    @property
    def bytes(self) -> bytes:
        """The 32 bytes of the key."""
        return base64.b64decode(self.key)

    def signs_at(self, moment: str) -> bool:
        """Returns True if what it signed at `moment` counts: within its time, and before it was revoked."""
        return self.since <= moment <= self.until and (self.revoked is None or moment < self.revoked)


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A card. Fields that a later version adds are ignored."""

    format: Literal["bongsu.card/1"]
    node: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{16}\Z")]
    version: Annotated[int, msgspec.Meta(ge=1)]
    issued: Moment
    expires: Moment
    url: str
    name: Mapping[str, str]
    agency: str
    contact: str = ""
    group: str = ""
    root: KeyText
    signing: Annotated[tuple[Key, ...], msgspec.Meta(max_length=100)] = ()
    protocols: tuple[str, ...] = ()
    software: str = ""

    @property
    def root_bytes(self) -> bytes:
        """The 32 bytes of the root's public key."""
        return base64.b64decode(self.root)

    @property
    def speaks_our_protocol(self) -> bool:
        """Whether the node and this version have a major version of the network's protocol in common."""
        ours = {protocol.partition(".")[0] for protocol in PROTOCOLS}
        return bool(ours & {protocol.partition(".")[0] for protocol in self.protocols})

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the root key, as people compare it."""
        return fingerprint(self.root_bytes)

    def keys_at(self, moment: str) -> dict[str, bytes]:
        """Returns the keys that sign for the node at a moment, by id."""
        return {key.id: key.bytes for key in self.signing if key.signs_at(moment)}

    def to_json(self) -> bytes:
        """Returns the bytes that the root signs."""
        return json.dumps(msgspec.to_builtins(self), ensure_ascii=False, sort_keys=True).encode()


def fingerprint(root: bytes) -> str:
    """Returns 16 groups of four digits: each two bytes of the key's SHA-256, modulo 10,000. To be compared by telephone."""
    digest = hashlib.sha256(root).digest()
    return " ".join(f"{int.from_bytes(digest[at : at + 2]) % 10_000:04d}" for at in range(0, 32, 2))


def root_id(node: str) -> str:
    """Returns the id of a node's root key in the signatures of its card."""
    return f"{node}#root"


def root_before_id(node: str) -> str:
    """Returns the id of the root key before, in the signatures of the card with which the root changed."""
    return f"{node}#root-before"


def open_card(envelope: Envelope, where: str = "") -> Card:
    """Returns the card if the root key that it names signed it. That this root is the right one is for a person to compare.

    Raises BadSignature, or BadInput if it is not a card.
    """
    try:
        document = json.loads(envelope.body)
    except (ValueError, RecursionError):
        raise BadInput(N_("This card is not valid JSON."), where=where) from None
    card = convert_document(document, Card, where)
    open_envelope(envelope, CARD_TYPE, {root_id(card.node): card.root_bytes})
    if any(not key.id.startswith(f"{card.node}#") for key in card.signing):
        raise BadInput(N_("The card of node {node} has a key of another node."), node=card.node, where=where)
    if len({key.id for key in card.signing}) < len(card.signing):
        raise BadInput(N_("The card of node {node} has two keys of one id."), node=card.node, where=where)
    return card


def check_signed_by(card: Card, envelope: Envelope, type_: str, moment: str) -> bytes:
    """Returns the body of an envelope that the node of `card` signed at `moment`. Raises BadSignature or BadInput."""
    keys = card.keys_at(moment)
    known = {key.id for key in card.signing}
    if not keys.keys() & envelope.signatures.keys() and known & envelope.signatures.keys():
        raise BadSignature(N_("The key that signed this was not valid at {moment}."), moment=moment)
    return open_envelope(envelope, type_, keys)
