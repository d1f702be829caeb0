"""Signatures of messages between nodes: RFC 9421 with Ed25519, the profile “bongsu-network-1”.

A request covers @method and @target-uri, with a body also content-type and content-digest; it has a nonce, and ends a minute
after it was made. A response covers @status, content-type and content-digest, and the signature and the @target-uri of its
request, so that it answers no other one. The target is compared with the node's own address, never with the Host header.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

import http_sf
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    VerifyResult,
    algorithms,
)

from bongsu.core.envelope import Signer
from bongsu.network.errors import WrongSignature

LABEL, TAG = "bongsu", "bongsu-network-1"
LIFE = timedelta(seconds=60)
SKEW = timedelta(seconds=30)
NONCE_KEPT = timedelta(seconds=180)  # longer than a message lives with both clocks wrong: 60 + 2 * 30
_REQUEST = ("@method", "@target-uri")
_BODY = ("content-type", "content-digest")
_RESPONSE = ("@status", *_BODY, f'"signature";req;key="{LABEL}"', '"@target-uri";req')
FindKey = Callable[[str, datetime], bytes]  # the public key of a key id at a time; raises


@dataclass
class Message:
    """A request as it is signed: its method, its full address, its headers, which a signature is added to."""

    method: str
    url: str
    headers: MutableMapping[str, str]


@dataclass
class Reply:
    """A response as it is signed, with the request that it answers."""

    status_code: int
    headers: MutableMapping[str, str]
    request: Message


@dataclass(frozen=True)
class Signed:
    """What a signature that holds says: the key, the nonce (“” of a response), and when it was made."""

    key: str
    nonce: str
    created: datetime


def sign_request(message: Message, body: bytes, key: str, sign: Signer, now: datetime) -> None:
    """Adds content-digest and the signature to the headers of a request. One with a body has its content-type already."""
    covered = (*_REQUEST, *_BODY) if body else _REQUEST
    _add_signature(message, covered, body or None, key, sign, now, nonce=token_hex(16), expires=now + LIFE)


def sign_response(reply: Reply, body: bytes, key: str, sign: Signer, now: datetime) -> None:
    """Adds content-digest and the signature to the headers of a response, which has its content-type already."""
    _add_signature(reply, _RESPONSE, body, key, sign, now)


def _add_signature(
    message: Message | Reply,
    covered: tuple[str, ...],
    body: bytes | None,
    key: str,
    sign: Signer,
    now: datetime,
    **parameters: Any,
) -> None:
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519)
    prepared = signer.prepare(
        message, key_id=key, created=now, label=LABEL, tag=TAG, covered_component_ids=covered, body=body, **parameters
    )
    signer.apply(message, prepared, sign(prepared.signature_base))


def verify_request(message: Message, body: bytes, find_key: FindKey, now: datetime) -> Signed:
    """Returns what the signature of a request says. Raises WrongSignature, and what `find_key` raises for its key."""
    result, created = _verify(message, (*_REQUEST, *_BODY) if body else _REQUEST, body, find_key, now)
    nonce, expires = str(result.parameters.get("nonce", "")), result.parameters.get("expires")
    if not 32 <= len(nonce) <= 64:
        raise WrongSignature("the nonce has not 128 bits")
    if not isinstance(expires, int) or not 0 < expires - created.timestamp() <= LIFE.total_seconds():
        raise WrongSignature("the message does not end within a minute")
    return Signed(str(result.parameters["keyid"]), nonce, created)


def verify_response(reply: Reply, body: bytes, find_key: FindKey, now: datetime) -> Signed:
    """Returns what the signature of a response says. Raises WrongSignature, and what `find_key` raises for its key."""
    result, created = _verify(reply, _RESPONSE, body, find_key, now)
    return Signed(str(result.parameters["keyid"]), "", created)


def _verify(
    message: Message | Reply, covered: tuple[str, ...], body: bytes, find_key: FindKey, now: datetime
) -> tuple[VerifyResult, datetime]:
    resolver = _Resolver(find_key, now)
    verifier = _Verifier(signature_algorithm=algorithms.ED25519, key_resolver=resolver)
    verifier.now = now
    try:
        results = verifier.verify(
            message, max_age=LIFE, expect_tag=TAG, expect_label=LABEL, require_components=covered, body=body
        )
        labels: Any = http_sf.parse(_header(message.headers, "signature-input").encode(), tltype="dictionary")
    except (HTTPMessageSignaturesException, ValueError, TypeError, OverflowError) as wrong:
        if resolver.refused is not None:
            raise resolver.refused from None
        raise WrongSignature(str(wrong)) from None
    if len(results) != 1 or len(labels) != 1 or len(results[0].covered_components) != len(covered) + 1:
        raise WrongSignature("not one signature, or it covers something else")
    created = datetime.fromtimestamp(int(results[0].parameters["created"]), now.tzinfo)
    return results[0], created


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "")


class _Verifier(HTTPMessageVerifier):
    """Compares times with `now`, which tests set."""

    max_clock_skew = SKEW
    now: datetime

    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        created, expires = sig_input.params.get("created"), sig_input.params.get("expires")
        moment, skew = self.now.timestamp(), SKEW.total_seconds()
        if type(created) is not int or created > moment + skew:
            raise WrongTime("it was made in the future, or does not say when")
        if created + LIFE.total_seconds() < moment - skew:
            raise WrongTime("it is too old")
        if expires is not None and (type(expires) is not int or expires < moment - skew):
            raise WrongTime("it has ended")


class WrongTime(HTTPMessageSignaturesException):
    """The times of a signature do not fit the clock of this node."""


@dataclass
class _Resolver(HTTPSignatureKeyResolver):
    find_key: FindKey
    now: datetime
    refused: Exception | None = field(default=None)

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey:
        """Returns the key; keeps what `find_key` raised, since the library would put its own error in its place."""
        try:
            return Ed25519PublicKey.from_public_bytes(self.find_key(key_id, self.now))
        except Exception as wrong:  # of any kind: raised again by the caller
            self.refused = wrong
            raise

    def resolve_private_key(self, key_id: str) -> Any:
        """Is never asked: keys sign in the store."""
        raise NotImplementedError
