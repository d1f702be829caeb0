"""The masked sum: members add random numbers that cancel, so that only the sum of their parts can be read.

Every pair of members agrees on a key by X25519 (RFC 7748) with keys made for this round, HKDF (RFC 5869) binds it to the round,
and ChaCha20 (RFC 8439) stretches it to one mask, which one of the two adds and the other subtracts. Numbers are fixed point
(steps of 2^-40) in the ring of integers modulo 2^128, two uint64 each, so that sums are exact whatever their order. A part ends
with the number 1: unless the ones add up to the number of members, a mask did not cancel and the round fails. A round is all or
nothing; the next attempt has fresh keys. The method was published by Bonawitz et al. 2017; this has no recovery of missing
members. Not here: who may be in a set (sets.py), what a part holds (desk/part.py), signatures and messages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from numpy.typing import NDArray

from bongsu.core.errors import N_, BadInput, Refused

FRACTION_BITS = 40
RING_BITS = 128
MAX_MEMBERS = 2**16
MAX_NUMBERS = 4_000_000  # 61 MiB of a part
INFO = b"bongsu masked sum 1"

Floats = NDArray[np.float64]
Ring = NDArray[np.uint64]  # (numbers, 2): the low and the high 64 bits of an integer modulo 2^128


@dataclass(frozen=True)
class Round:
    """What all members signed before any part was sent: the request, the question's hash, the keeper, and keys by member.

    `keys`: the 32 bytes of every member's X25519 key of this round.
    """

    request: str
    question: str
    keeper: str
    keys: Mapping[str, bytes]

    def __post_init__(self) -> None:
        if not 3 <= len(self.keys) <= MAX_MEMBERS:
            raise BadInput(N_("A round has from 3 to {most} members."), most=MAX_MEMBERS)
        if self.keeper not in self.keys:
            raise BadInput(N_("The keeper “{name}” is not a member of the round."), name=self.keeper)
        if len(set(self.keys.values())) != len(self.keys) or any(len(key) != 32 for key in self.keys.values()):
            raise BadInput(N_("Every member of a round needs a key of its own of 32 bytes."))

    @property
    def members(self) -> tuple[str, ...]:
        """The members, sorted."""
        return tuple(sorted(self.keys))

    @property
    def transcript(self) -> bytes:
        """A hash of the whole round (SHA-256). Members with different views of it have masks that do not cancel."""
        digest = hashlib.sha256(INFO)
        texts = [self.request, self.question, self.keeper, *self.members]
        for each in [*(text.encode() for text in texts), *(self.keys[name] for name in self.members)]:
            digest.update(len(each).to_bytes(8, "big") + each)
        return digest.digest()


@dataclass(frozen=True)
class RoundKey:
    """A member's secret key of one round. It is made fresh, never stored, and used for one part."""

    secret: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate, repr=False)

    @property
    def public(self) -> bytes:
        """The 32 bytes that the other members get."""
        return self.secret.public_key().public_bytes_raw()


def encode_numbers(numbers: Floats, members: int) -> Ring:
    """Returns numbers in the ring, rounded to steps of 2^-40 (the numbers from 2^12 upwards are not changed).

    Raises BadInput for a number that is not finite, for -0.0, which the ring cannot tell from 0, and for one that is so large
    that the sum over `members` could overflow: 2^87 (1.5e26) divided by the number of members.
    """
    values = np.asarray(numbers, np.float64)
    if values.ndim != 1 or len(values) > MAX_NUMBERS:
        raise BadInput(N_("A part is a list of at most {most} numbers."), most=MAX_NUMBERS)
    for wrong, message in (
        (~np.isfinite(values), N_("Number {position} of the part is not finite.")),
        ((values == 0) & np.signbit(values), N_("Number {position} of the part is -0.0; write 0.")),
        (np.abs(values) * members >= 2.0 ** (RING_BITS - 1 - FRACTION_BITS), N_("Number {position} is too large.")),
    ):
        if wrong.any():
            raise BadInput(message, position=int(wrong.argmax()) + 1)
    steps = np.rint(np.ldexp(np.abs(values), FRACTION_BITS))
    high = np.floor(np.ldexp(steps, -64))
    found = np.empty((len(values), 2), np.uint64)
    found[:, 0] = steps - np.ldexp(high, 64)
    found[:, 1] = high
    return np.where((values < 0)[:, None], _negate(found), found)


def decode_numbers(ring: Ring) -> Floats:
    """Returns the numbers, each rounded once to the nearest float."""
    negative = ring[:, 1] >> np.uint64(63) == 1
    size = np.where(negative[:, None], _negate(ring), ring)
    found = np.ldexp(size[:, 0].astype(np.float64), -FRACTION_BITS)
    for row in np.flatnonzero(size[:, 1]):  # two conversions would round twice
        found[row] = ((int(size[row, 1]) << 64) | int(size[row, 0])) / 2**FRACTION_BITS
    return np.where(negative, -found, found)


def mask_part(numbers: Floats, member: str, key: RoundKey, agreed: Round) -> bytes:
    """Returns the masked part of a member, 16 bytes a number and 16 more for the check.

    Raises BadInput as `encode_numbers`, and Refused if the round does not have this member with this key.
    """
    if agreed.keys.get(member) != key.public:
        raise Refused(N_("The round has another key for “{name}”, so no part is sent."), name=member)
    part = encode_numbers(np.append(np.asarray(numbers, np.float64), 1.0), len(agreed.keys))
    for other in agreed.members:
        if other != member:
            mask = _pair_mask(key, agreed.keys[other], member, other, agreed, len(part))
            part = add_ring(part, mask if member < other else _negate(mask))
    return part.astype("<u8").tobytes()


def add_parts(parts: Mapping[str, bytes], agreed: Round, count: int) -> Floats:
    """Returns the sum of all members' parts of `count` numbers.

    Raises Refused if a member's part is missing, if a part is of somebody else, or if the masks do not cancel; BadInput if a
    part has another length. Nothing can be read from a sum that lacks a part.
    """
    missing = sorted(agreed.keys.keys() - parts.keys())
    if missing:
        raise Refused(N_("The round failed: the parts of {names} are missing."), names=", ".join(missing))
    for name, part in parts.items():
        if name not in agreed.keys:
            raise Refused(N_("The round failed: “{name}” is not a member."), name=name)
        if len(part) != 16 * (count + 1):
            raise BadInput(
                N_("The part of “{name}” has {found} bytes, not {wanted}."),
                name=name,
                found=len(part),
                wanted=16 * (count + 1),
            )
    total = np.zeros((count + 1, 2), np.uint64)
    for name in agreed.members:
        total = add_ring(total, np.frombuffer(parts[name], "<u8").reshape(-1, 2).astype(np.uint64))
    if total[-1].tolist() != encode_numbers(np.array([float(len(parts))]), 1)[0].tolist():
        raise Refused(N_("The round failed: the masks do not cancel, because members did not agree on the round."))
    return decode_numbers(total[:-1])


def add_ring(one: Ring, other: Ring) -> Ring:
    """Returns the sum modulo 2^128."""
    found = one + other
    found[:, 1] += found[:, 0] < one[:, 0]  # the carry of the low halves
    return found


def _negate(ring: Ring) -> Ring:
    found = ~ring
    found[:, 0] += np.uint64(1)
    found[:, 1] += found[:, 0] == 0
    return found


def _pair_mask(key: RoundKey, public: bytes, member: str, other: str, agreed: Round, count: int) -> Ring:
    """Returns the mask that two members share: (count, 2) random numbers, the same for both."""
    try:
        shared = key.secret.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:  # a point of small order, which would make the mask known to everybody
        raise Refused(N_("The key of “{name}” is not valid, so no part is sent."), name=other) from None
    pair = "\0".join(sorted((member, other))).encode()
    secret = HKDF(hashes.SHA256(), 32, salt=agreed.transcript, info=INFO + b"\0" + pair).derive(shared)
    # The key is used once, so the nonce is zero.
    stream = Cipher(algorithms.ChaCha20(secret, bytes(16)), mode=None).encryptor().update(bytes(16 * count))
    return np.frombuffer(stream, "<u8").reshape(-1, 2).astype(np.uint64)
