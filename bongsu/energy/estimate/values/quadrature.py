"""Integrates over the priors of unknown cells: a known cell is repeated, an unknown one takes the nodes of a fixed sequence.

The nodes are Roberts' low-discrepancy R-sequence with one dimension for each unknown. The mean over columns is therefore the
integral over the priors (priors.toml), and the same input always gives the same number. Unknowns are independent, except that
the number of GPUs depends on the memory needed (model_inputs.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

NODES = 64
# one dimension of the sequence for each quantity that may be unknown
DIMENSIONS = ("batch", "output", "total", "active", "precision", "chip", "gpus", "steps", "latent", "passes")


@cache
def uniform_nodes(unknown: str) -> Array:
    """Returns the nodes of one dimension, uniform in (0, 1), shape (NODES,)."""
    ratio = 2.0
    for _ in range(60):  # converges to the root above 1 of x^(d+1) = x + 1
        ratio = (1 + ratio) ** (1 / (len(DIMENSIONS) + 1))
    step = ratio ** -(DIMENSIONS.index(unknown) + 1)
    return np.asarray((0.5 + np.arange(1, NODES + 1) * step) % 1.0)


@cache
def normal_nodes(unknown: str) -> Array:
    """Returns the nodes of one dimension as standard normal deviates, shape (NODES,)."""
    return np.array([NormalDist().inv_cdf(u) for u in uniform_nodes(unknown)])


@dataclass(frozen=True)
class PriorFill:
    """Shapes columns to (rows, 1), or, if `wide`, to (rows, NODES) with unknown cells (NaN) filled from their priors."""

    wide: bool

    def lognormal(self, known: Array, unknown: str, median: float | Array, gsd: float) -> Array:
        """Fills unknown cells from a log-normal prior; `median` may differ by row."""
        if not self.wide:
            return known[:, None]
        drawn = np.broadcast_to(np.asarray(median, dtype=np.float64), known.shape)[:, None] * gsd ** normal_nodes(
            unknown
        )
        return np.where(np.isnan(known)[:, None], drawn, known[:, None])

    def between(self, low: Array, high: Array, unknown: str) -> Array:
        """Fills cells known as a range from a log-uniform prior; equal bounds give that value."""
        if not self.wide:
            return low[:, None]
        return np.asarray(low[:, None] * (high / low)[:, None] ** uniform_nodes(unknown))

    def choice(self, known: Array, unknown: str, choices: Mapping[float, float]) -> Array:
        """Fills unknown cells from a discrete prior, value -> weight."""
        if not self.wide:
            return known[:, None]
        edges = np.cumsum(list(choices.values()))
        drawn = np.array(list(choices))[np.searchsorted(edges / edges[-1], uniform_nodes(unknown))]
        return np.where(np.isnan(known)[:, None], drawn, known[:, None])
