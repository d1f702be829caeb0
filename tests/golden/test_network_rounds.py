"""The ring of 2^128 in steps of 2^-40, worked out by hand, and X25519 and HKDF as their RFCs print them.

1.5 x 2^40 = 1649267441664 (NETWORK.md, section 4). -1.5 is 2^128 less that: its high half is all ones, 2^64 - 1, and its low
half 2^64 - 1649267441664 = 18446742424442109952. 2^30 x 2^40 = 2^70: high half 2^6 = 64, low half 0.
"""

from __future__ import annotations

import hashlib
import hmac

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

from bongsu.network.rounds import Round, RoundKey, add_ring, decode_numbers, encode_numbers, mask_part


def ring(*numbers: float) -> list[list[int]]:
    return encode_numbers(np.array(numbers), 3).tolist()


def test_numbers_in_the_ring() -> None:
    assert ring(1.5) == [[1649267441664, 0]]
    assert ring(-1.5) == [[18446742424442109952, 2**64 - 1]]
    assert ring(0.0, 2.0**30, -(2.0**30)) == [[0, 0], [0, 64], [0, 2**64 - 64]]


def test_numbers_are_rounded_to_steps() -> None:
    """0.1 x 2^40 = 109951162777.6, rounded 109951162778; a step is 9.1e-13. 2^-41 is half a step and goes to the even 0."""
    assert ring(0.1) == [[109951162778, 0]]
    assert ring(2.0**-40, 2.0**-41) == [[1, 0], [0, 0]]


def test_sums_in_the_ring() -> None:
    """1.5 - 0.25 = 1.25; the low halves 2^64 - 1 and 1 carry one into the high half; -2^30 + 2^30 = 0."""
    assert decode_numbers(add_ring(encode_numbers(np.array([1.5]), 3), encode_numbers(np.array([-0.25]), 3))) == 1.25
    carried = add_ring(np.array([[2**64 - 1, 0]], np.uint64), np.array([[1, 0]], np.uint64))
    assert carried.tolist() == [[0, 1]]
    assert decode_numbers(carried) == 2**24  # 2^64 steps of 2^-40
    around = add_ring(encode_numbers(np.array([2.0**30]), 3), encode_numbers(np.array([-(2.0**30)]), 3))
    assert around.tolist() == [[0, 0]]


def test_decoding_rounds_once() -> None:
    """2^64 + 2^11 + 1 steps: between the floats 2^64 and 2^64 + 2^12 it is above the middle, so it rounds upwards."""
    found = decode_numbers(np.array([[2**11 + 1, 1]], np.uint64))
    assert found[0] == (2**64 + 2**12) / 2**40
    assert found[0] == pytest.approx(2**24, rel=1e-14)


def test_part_with_known_keys() -> None:
    """The part of aa in a round of three secrets 01.., 02.., 03..: what versions of the protocol have in common.

    Written out from the RFCs' functions: aa adds the masks that it shares with bb and cc, because its name is the first.
    """
    names = ("aa", "bb", "cc")
    keys = {name: RoundKey(X25519PrivateKey.from_private_bytes(bytes([n]) * 32)) for n, name in enumerate(names, 1)}
    agreed = Round("r", "q", "bb", {name: key.public for name, key in keys.items()})
    count = 2**128
    wanted = [3 * 2**40, 2**40]
    for other in ("bb", "cc"):
        shared = keys["aa"].secret.exchange(X25519PublicKey.from_public_bytes(agreed.keys[other]))
        # HKDF by hand: extract, then one block of expand
        prk = hmac.digest(agreed.transcript, shared, "sha256")
        secret = hmac.digest(prk, b"bongsu masked sum 1\0aa\0" + other.encode() + b"\x01", "sha256")
        stream = Cipher(algorithms.ChaCha20(secret, bytes(16)), None).encryptor().update(bytes(32))
        wanted = [(n + int.from_bytes(stream[i * 16 : i * 16 + 16], "little")) % count for i, n in enumerate(wanted)]
    part = mask_part(np.array([3.0]), "aa", keys["aa"], agreed)
    assert [int.from_bytes(part[i : i + 16], "little") for i in (0, 16)] == wanted
    texts = [b"r", b"q", b"bb", b"aa", b"bb", b"cc", *(agreed.keys[name] for name in ("aa", "bb", "cc"))]
    written = b"".join(len(each).to_bytes(8, "big") + each for each in texts)
    assert agreed.transcript == hashlib.sha256(b"bongsu masked sum 1" + written).digest()
