"""The ring of 2^128 in steps of 2^-40, worked out by hand, and X25519 and HKDF as their RFCs print them.

1.5 x 2^40 = 1649267441664 (NETWORK.md, section 4). -1.5 is 2^128 less that: its high half is all ones, 2^64 - 1, and its low
half 2^64 - 1649267441664 = 18446742424442109952. 2^30 x 2^40 = 2^70: high half 2^6 = 64, low half 0.
"""

from __future__ import annotations

import numpy as np
import pytest

from bongsu.network.rounds import add_ring, decode_numbers, encode_numbers


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
