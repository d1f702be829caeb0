"""Cell-key perturbation: the same contributors always get the same noise, in whatever question they occur.

Every record has a random key of 32 bits, drawn when the holding is added. A cell's key is the sum of its records' keys modulo
2^32, and it alone determines the noise. So repeating a question does not average the noise away, and two cells that differ
by one record have independent noise. Reference: Fraser and Wooton 2005 (Australian Bureau of Statistics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bongsu.store.microdata.bit_mixing import mix_bits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Keys = NDArray[np.uint64]

MODULUS = 2**32


def draw_noise(keys: Keys, largest: int) -> Floats:
    """Draws whole numbers from -`largest` to `largest`, uniformly (variance largest(largest+1)/3).

    `keys`: sums of record keys, not yet reduced modulo 2^32.
    """
    uniform = mix_bits(keys.astype(np.uint64) % np.uint64(MODULUS)).astype(np.float64) / 2.0**64
    return np.asarray(np.floor(uniform * (2 * largest + 1)) - largest, dtype=np.float64)


def perturb_counts(contributors: Floats, drawn: Floats) -> Floats:
    """Adds noise to counts of contributors; the result is at least 0, and an empty cell stays 0."""
    return np.where(contributors > 0, np.maximum(contributors + drawn, 0.0), 0.0)


def relative_noise(contributors: Floats, drawn: Floats, largest: int, share: Floats) -> Floats:
    """Returns the relative change of a value by noise.

    It is the change by `drawn` contributors of average size or, if that is larger, `drawn / largest` times `share`, the largest
    contribution divided by the total.
    """
    each = np.divide(largest, contributors, out=np.zeros_like(contributors), where=contributors > 0)
    return drawn / largest * np.maximum(each, share)
