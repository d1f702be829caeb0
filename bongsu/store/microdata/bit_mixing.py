"""The finaliser of SplitMix64: spreads the bits of a number over 64 bits, so that near numbers give unrelated ones.

Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators", OOPSLA. `mix_bits(k * 0x9E3779B97F4A7C15)`
is the number k (from 0) of the generator with seed 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def mix_bits(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Returns a mix of the bits of each number; different numbers have different mixes."""
    import numpy as np

    with np.errstate(over="ignore"):
        z = values + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(z ^ (z >> np.uint64(31)))
