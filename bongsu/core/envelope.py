"""Signed envelopes: the Dead Simple Signing Envelope (DSSE 1.0) with Ed25519.

What is signed are the bytes of the body with its type, so no canonical JSON is needed: the verifier reads the same bytes.
A body counts only as what its type says. Left out: where keys live (store/disk/node_keys.py) and whose they are
(core/node_card.py).
Source: secure-systems-lab/dsse, protocol.md and envelope.md.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bongsu.core.document_shape import convert_document
from bongsu.core.errors import N_, BadInput, Refused

MAX_BYTES = 1 << 20  # of an envelope
Signer = Callable[[bytes], bytes]


class BadSignature(Refused):
    """A signature does not match the bytes that it should sign, or is by an unknown key."""

    code = "bad-signature"


@dataclass(frozen=True)
class Envelope:
    """The type of the body, its bytes, and signatures by the id of their key."""

    type: str
    body: bytes
    signatures: Mapping[str, bytes]

    def to_json(self) -> bytes:
        """Returns the envelope as DSSE JSON."""
        signatures = [{"keyid": key, "sig": _encode(signature)} for key, signature in self.signatures.items()]
        document = {"payload": _encode(self.body), "payloadType": self.type, "signatures": signatures}
        return json.dumps(document, separators=(",", ":")).encode()


class _Signature(msgspec.Struct):
    sig: str
    keyid: str = ""


class _Document(msgspec.Struct, rename="camel"):
    payload: str
    payload_type: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    signatures: Annotated[list[_Signature], msgspec.Meta(min_length=1, max_length=20)]


def authenticated_bytes(type_: str, body: bytes) -> bytes:
    """Returns the bytes that are signed, the “pre-authentication encoding”: DSSEv1 SP length SP type SP length SP body."""
    name = type_.encode()
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(body), body)


def sign_body(type_: str, body: bytes, signers: Mapping[str, Signer]) -> Envelope:
    """Returns an envelope that is signed by each of `signers`, by the id of its key."""
    signed = authenticated_bytes(type_, body)
    return Envelope(type_, body, {key: sign(signed) for key, sign in signers.items()})


def parse_envelope(data: bytes, where: str = "") -> Envelope:
    """Reads DSSE JSON. Fields that DSSE does not know are ignored, as it asks. Raises BadInput."""
    if len(data) > MAX_BYTES:
        raise BadInput(N_("A signed envelope has at most {limit} bytes."), limit=MAX_BYTES, where=where)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise BadInput(N_("This is not a signed envelope: it is not valid JSON."), where=where) from None
    read = convert_document(document, _Document, where)
    signatures = {each.keyid: _decode(each.sig, where) for each in read.signatures}
    if len(signatures) < len(read.signatures):
        raise BadInput(N_("This envelope has two signatures of one key."), where=where)
    return Envelope(read.payload_type, _decode(read.payload, where), signatures)


def open_envelope(envelope: Envelope, type_: str, keys: Mapping[str, bytes], *, least: int = 1) -> bytes:
    """Returns the body if it is of `type_` and at least `least` different keys of `keys` (id -> 32 bytes) signed it.

    Raises BadSignature if a signature of a known key is wrong or too few known keys signed; BadInput for another type.
    """
    if envelope.type != type_:
        raise BadInput(N_("This envelope has “{type}”, not “{expected}”."), type=envelope.type, expected=type_)
    signed = authenticated_bytes(envelope.type, envelope.body)
    signers = set()
    for key, signature in envelope.signatures.items():
        if key in keys:
            check_signature(keys[key], signature, signed)
            signers.add(keys[key])
    if len(signers) < least:
        raise BadSignature(
            N_("Nobody who is known here signed this: the keys are {keys}."), keys=", ".join(envelope.signatures)
        )
    return envelope.body


def check_signature(key: bytes, signature: bytes, signed: bytes) -> None:
    """Raises BadSignature unless `signature` is the Ed25519 signature of `signed` by the public key `key` (32 bytes)."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, signed)
    except (InvalidSignature, ValueError):
        raise BadSignature(N_("The signature does not match: the bytes were changed, or another key signed.")) from None


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decode(text: str, where: str) -> bytes:
    """Reads standard or URL-safe base64, with or without padding, as DSSE asks of a verifier."""
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise BadInput(N_("A part of this envelope is not valid base64."), where=where) from None
