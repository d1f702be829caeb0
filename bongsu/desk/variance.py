"""Standard errors under the survey's design: by replicate weights if the mapping names them, else by Taylor linearisation.

Linearisation (Woodruff 1971; Särndal, Swensson and Wretman 1992, section 5.5): with the derivatives of statistics.py the
contribution of a primary sampling unit to a statistic is z = sum over rows of (by_a a + by_b b), and

    variance = sum over strata of (1 - n/N) n/(n-1) sum over units of (z - mean of z)^2

where n counts all units of the stratum's sample; z = 0 for units without anybody in the population of the question. A
stratum with a single unit is centred on zero. Below the first stage, sampling is treated as with replacement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bongsu.desk.statistics import Value

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Sample:
    """The sample of the whole holding: units in each stratum, and units in its population (infinite if unknown)."""

    units: Floats
    population: Floats


@dataclass(frozen=True)
class RowSums:
    """Sums of one variable by row: as in statistics.py, with squares for rows that are groups of single-record units.

    `stratum`: index into Sample; `unit`: number of the primary sampling unit, or None if every record is one; then `aa`, `ab`
    and `bb` are the sums of w2, w2 x and w2 x2.
    """

    a: Floats
    b: Floats
    aa: Floats
    ab: Floats
    bb: Floats
    stratum: Numbers
    unit: Numbers | None = None

    def take(self, chosen: NDArray[np.bool_]) -> RowSums:
        """Returns the rows for which `chosen` is true."""
        unit = None if self.unit is None else self.unit[chosen]
        return RowSums(
            self.a[chosen],
            self.b[chosen],
            self.aa[chosen],
            self.ab[chosen],
            self.bb[chosen],
            self.stratum[chosen],
            unit,
        )


def taylor_error(rows: RowSums, value: Value, sample: Sample) -> float:
    """Returns the standard error of a statistic of `rows` by Taylor linearisation."""
    z = value.by_a * rows.a + value.by_b * rows.b
    stratum = rows.stratum
    squares: Floats
    if rows.unit is None:
        squares = value.by_a**2 * rows.aa + 2 * value.by_a * value.by_b * rows.ab + value.by_b**2 * rows.bb
    else:
        _, first, unit = np.unique(rows.unit, return_index=True, return_inverse=True)
        z, stratum = np.bincount(unit, z).astype(np.float64), stratum[first]
        squares = z**2
    size = len(sample.units)
    first_moment = np.bincount(stratum, z, minlength=size)
    second_moment = np.bincount(stratum, squares, minlength=size)
    n = sample.units
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.where(n > 1, n / (n - 1) * (second_moment - first_moment**2 / n), second_moment)
        variance = np.maximum(0.0, 1 - n / sample.population) * spread
    return float(np.sqrt(max(0.0, float(variance.sum()))))


def replicate_error(value: float, replicates: Sequence[float], method: str, rho: float) -> float:
    """Returns the standard error from the statistic under each set of replicate weights (`replicates`).

    Variance from squared deviations from `value`, the full sample's: BRR: their mean / (1 - rho)^2; JK1: (R - 1)/R times their
    sum; bootstrap: their sum / (R - 1).
    """
    squares = float(np.sum((np.asarray(replicates) - value) ** 2))
    count = len(replicates)
    factor = {"BRR": 1 / (count * (1 - rho) ** 2), "JK1": (count - 1) / count, "bootstrap": 1 / max(1, count - 1)}[
        method
    ]
    return float(np.sqrt(factor * squares))
