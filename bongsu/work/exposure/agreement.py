"""Agreement of two indices: Spearman's rank correlation over the occupations that both score, with its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bongsu.core.errors import N_, BadInput
from bongsu.core.estimate import Z90

_FEWEST = 4  # the interval divides by n - 3


@dataclass(frozen=True)
class Agreement:
    """Spearman's rho (-1 to 1) over `occupations` shared codes, with its 80 % interval."""

    rho: float
    low: float
    high: float
    occupations: int


def ranks(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Returns ranks from 1; equal values get the mean of their ranks."""
    array = np.asarray(values, dtype=float)
    _, inverse, counts = np.unique(array, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    means: npt.NDArray[np.float64] = (last - (counts - 1) / 2)[inverse]
    return means


def spearman(first: Mapping[str, float], second: Mapping[str, float]) -> Agreement:
    """Computes Spearman's rho over the codes that both have, with mean ranks for ties and an interval by Fisher's z.

    Variance of z: (1 + rho²/2) / (n - 3) (Bonett and Wright 2000, Psychometrika 65). The codes are the whole population
    of occupations, so the interval is for another list of occupations of this size, not for a sample of persons.
    Raises BadInput for fewer than four shared codes or a constant index.
    """
    shared = sorted(first.keys() & second.keys())
    if len(shared) < _FEWEST:
        raise BadInput(N_("The two indices share {count} occupations; at least four are needed."), count=len(shared))
    one, two = ranks([first[code] for code in shared]), ranks([second[code] for code in shared])
    one, two = one - one.mean(), two - two.mean()
    spread = math.sqrt(float(one @ one) * float(two @ two))
    if spread == 0:
        raise BadInput(N_("An index that gives every occupation the same score has no ranks."))
    rho = float(one @ two) / spread
    if abs(rho) >= 1 - 1e-12:
        rho = math.copysign(1.0, rho)
        return Agreement(rho, rho, rho, len(shared))
    width = Z90 * math.sqrt((1 + rho**2 / 2) / (len(shared) - 3))
    z = math.atanh(rho)
    return Agreement(rho, math.tanh(z - width), math.tanh(z + width), len(shared))
