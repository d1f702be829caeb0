"""Log-normal quantities: products are computed exactly, sums of products by Monte Carlo draws with a fixed seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bongsu.core.estimate import Z90, Boundary, Estimate, Kind
from bongsu.core.units import convert

DRAWS = 40_000
SEED = 20_260_101


@dataclass(frozen=True)
class LogNormal:
    """A log-normal quantity: its median and the standard deviation of its logarithm (0 for an exact value)."""

    median: float
    log_sd: float = 0.0

    @classmethod
    def of(cls, median: float, gsd: float = 1.0) -> LogNormal:
        """Makes one from the median and the geometric standard deviation."""
        return cls(median, math.log(gsd))

    @classmethod
    def between(cls, low: float, high: float) -> LogNormal:
        """Makes the one whose 80 % interval is [low, high]."""
        return cls(math.sqrt(low * high), math.log(high / low) / (2 * Z90))

    def __mul__(self, other: LogNormal | float) -> LogNormal:
        if isinstance(other, LogNormal):
            return LogNormal(self.median * other.median, math.hypot(self.log_sd, other.log_sd))
        return LogNormal(self.median * other, self.log_sd)

    def __truediv__(self, other: LogNormal | float) -> LogNormal:
        if isinstance(other, LogNormal):
            return LogNormal(self.median / other.median, math.hypot(self.log_sd, other.log_sd))
        return LogNormal(self.median / other, self.log_sd)

    def estimate(self, calculated: str, shown: str, kind: Kind, boundary: Boundary, method: str) -> Estimate:
        """Returns the estimate with its 80 % interval, converted from the unit `calculated` to the unit `shown`."""
        spread = math.exp(Z90 * self.log_sd)
        value = convert(self.median, calculated, shown)
        return Estimate.of(
            value, shown, low=value / spread, high=value * spread, kind=kind, boundary=boundary, method=method
        )


def sum_products(common: LogNormal, parts: Sequence[Sequence[LogNormal]]) -> tuple[float, float, float]:
    """Returns the 10 %, 50 % and 90 % quantiles of `common` x (sum of the products in `parts`).

    They are computed by Monte Carlo with a fixed seed. A factor that occurs in several parts must be the same object in each;
    it is then drawn once.
    """
    generator = np.random.default_rng(SEED)
    drawn: dict[int, npt.NDArray[np.float64]] = {}

    def draw(factor: LogNormal) -> npt.NDArray[np.float64]:
        if id(factor) not in drawn:
            drawn[id(factor)] = factor.median * np.exp(factor.log_sd * generator.standard_normal(DRAWS))
        return drawn[id(factor)]

    summed = np.zeros(DRAWS)
    for part in parts:
        product = np.ones(DRAWS)
        for factor in part:
            product = product * draw(factor)
        summed += product
    low, middle, high = np.quantile(draw(common) * summed, [0.1, 0.5, 0.9])
    return float(low), float(middle), float(high)
