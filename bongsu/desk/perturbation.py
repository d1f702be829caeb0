"""Cell-key perturbation: the same contributors always give the same noise, whatever question brought them together.

Every record has a random key of 32 bits, drawn when the holding is added. The keys of a cell's records, added modulo 2^32,
are the cell's key, and the key alone decides the noise: asking again averages nothing away, and two cells that differ by
one record have unrelated noise. Reference: Fraser and Wooton 2005 (Australian Bureau of Statistics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Keys = NDArray[np.uint64]

MODULUS = 2**32


def draw_noise(keys: Keys, largest: int) -> Floats:
    """Whole numbers from -`largest` to `largest`, each as likely as the other (variance largest(largest+1)/3).

    `keys`: sums of record keys, any size.
    """
    uniform = _mix_bits(keys % np.uint64(MODULUS)) / 2.0**64
    return np.asarray(np.floor(uniform * (2 * largest + 1)) - largest, dtype=np.float64)


def perturb_counts(contributors: Floats, drawn: Floats) -> Floats:
    """Contributors with their noise; an empty cell stays empty."""
    return np.where(contributors > 0, np.maximum(contributors + drawn, 0.0), 0.0)


def relative_noise(contributors: Floats, drawn: Floats, largest: int, share: Floats) -> Floats:
    """By what part of itself noise moves a value: `drawn` contributors of average size and, where one contributor is larger
    than that (`share`: the largest contribution over the total), as much as all of that one.
    """
    each = np.divide(largest, contributors, out=np.zeros_like(contributors), where=contributors > 0)
    return drawn / largest * np.maximum(each, share)


def _mix_bits(keys: Keys) -> NDArray[np.float64]:
    """Finaliser of SplitMix64 (Steele et al. 2014): spreads a key over 64 bits."""
    with np.errstate(over="ignore"):
        z = keys.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return (z ^ (z >> np.uint64(31))).astype(np.float64)
