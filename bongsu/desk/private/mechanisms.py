"""Discrete noise by OpenDP: Gaussian for rho (zero-concentrated), Laplace for epsilon (pure), on vectors of whole numbers.

The scale follows from the cost and from what one contributor can change, and OpenDP's own map confirms that the cost is not
exceeded. OpenDP comes with the extra `dp`.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from math import exp, sqrt
from typing import Any, NamedTuple

from bongsu.core.errors import N_, PartMissing
from bongsu.desk.private.rules import RHO

MAX_WHOLE = 2**62  # sums are cut to this before noise is added, far above any sum of a real file


class Mechanism(NamedTuple):
    """Adds noise to whole numbers, and the standard deviation of the noise."""

    add: Callable[[list[int]], list[int]]
    deviation: float


def load_opendp() -> Any:
    """Returns the package opendp. Raises PartMissing if it is not installed."""
    try:
        import opendp.prelude as dp
    except ImportError:
        raise PartMissing(
            N_("Mode “private” needs the extra “dp”, which is not installed."),
            fix=N_('Install it: pip install "bongsu[node,dp]".'),
        ) from None
    dp.enable_features("contrib")
    return dp


@lru_cache(maxsize=64)
def build_mechanism(unit: str, cost: Fraction, change: int) -> Mechanism:
    """Returns the mechanism for a vector of which one contributor changes at most `change`, all cells together.

    rho: Gaussian of scale change / sqrt(2 rho). epsilon: Laplace of scale change / epsilon.
    """
    dp = load_opendp()
    if change == 0:
        return Mechanism(lambda whole: whole, 0.0)
    whole = dp.vector_domain(dp.atom_domain(T="i64"))
    if unit == RHO:
        scale = change / sqrt(2 * cost)
        measure, distance = dp.m.make_gaussian, dp.l2_distance(T="f64")
    else:
        scale = float(change / cost)
        measure, distance = dp.m.make_laplace, dp.l1_distance(T="f64")
    measurement = measure(whole, distance, scale=scale)
    for power in range(-12, -6):  # floats round: the scale is the next that keeps to the cost
        if Fraction(measurement.map(float(change))) <= cost:
            break
        scale *= 1 + 10.0**power
        measurement = measure(whole, distance, scale=scale)
    else:
        raise ArithmeticError("no scale near the exact one keeps to the cost")
    cut = MAX_WHOLE

    def add(numbers: list[int]) -> list[int]:
        noisy: list[int] = measurement([max(-cut, min(cut, number)) for number in numbers])
        return noisy

    return Mechanism(add, scale if unit == RHO else _laplace_deviation(scale))


def _laplace_deviation(scale: float) -> float:
    """Returns the standard deviation of discrete Laplace noise: sqrt(2 p) / (1 - p) with p = exp(-1 / scale)."""
    p = exp(-1 / scale)
    return sqrt(2 * p) / (1 - p)
