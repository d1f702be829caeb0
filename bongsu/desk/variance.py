"""Standard errors under the survey's design: by replicate weights if the mapping names them, else by Taylor linearisation.

Linearisation (Woodruff 1971; Särndal, Swensson and Wretman 1992, section 5.5): with the derivatives of statistics.py the
contribution of a primary sampling unit to a statistic is z = sum over rows of (by_a a + by_b b), and

    variance = sum over strata of (1 - n/N) n/(n-1) sum over units of (z - mean of z)^2

where n counts all units of the stratum's sample; z = 0 for units without anybody in the population of the question. A
stratum with a single unit is centred on zero. Below the first stage, sampling is treated as with replacement.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    """Sums of one variable by row: as in statistics.py, with those of squares for rows that are groups of single-record units.

    `n`: records; `a`, `b`: sums of w and w x; `centre`, `d`: a value near those of the row, and the sum of w (x - centre);
    `ww`, `wx` and `xx`: sums of the products of the deviations of w, and of w (x - centre), from their means. `stratum`: index
    into Sample; `unit`: number of the primary sampling unit, or None if every record is one.
    """

    n: Floats
    a: Floats
    b: Floats
    centre: Floats
    d: Floats
    ww: Floats
    wx: Floats
    xx: Floats
    stratum: Numbers
    unit: Numbers | None = None

    @classmethod
    def from_sums(
        cls,
        sums: Mapping[str, Floats],
        about: Mapping[str, Floats] | None,
        stratum: Numbers,
        unit: Numbers | None = None,
    ) -> RowSums:
        """Makes them of `sums` n, a, b, aa, ab and bb, and of c, cx, d, dx, ww, wx and xx if the sums are centred.

        Names as in bongsu/store/microdata/expressions.py. A row of one record has no deviations.
        """
        n, a, b = sums["n"], sums["a"], sums["b"]
        if about is None:
            zero = np.zeros_like(a)
            about = {"cx": zero, "d": a, "dx": b, "ww": sums["aa"], "wx": sums["ab"], "xx": sums["bb"]}
        many = n > 1
        ww, wx, xx = (
            np.where(many, about[each] - about[one] * about[other] / np.maximum(n, 1.0), 0.0)
            for each, one, other in (("ww", "d", "d"), ("wx", "d", "dx"), ("xx", "dx", "dx"))
        )
        return cls(n, a, b, about["cx"], about["dx"], np.maximum(ww, 0.0), wx, np.maximum(xx, 0.0), stratum, unit)

    def take(self, chosen: NDArray[np.bool_]) -> RowSums:
        """Returns the rows for which `chosen` is true."""
        values: dict[str, Any] = {each.name: getattr(self, each.name) for each in fields(self)}
        taken: dict[str, Any] = {name: None if each is None else each[chosen] for name, each in values.items()}
        return RowSums(**taken)

    @property
    def shift(self) -> float:
        """The mean of all values if the sums are centred, else 0: what `statistics.py` calls the shift."""
        people = float(self.a.sum())
        return float(self.b.sum()) / people if people > 0 and self.centre.any() else 0.0

    def amounts(self, shift: float) -> Floats:
        """Returns the sums of w (x - shift)."""
        return self.d + (self.centre - shift) * self.a


def taylor_error(rows: RowSums, value: Value, sample: Sample, shift: float = 0.0) -> float:
    """Returns the standard error of a statistic of `rows` by Taylor linearisation. `shift`: that of the derivatives of `value`.

    Squares are summed about the mean of each row, and the means of rows about the mean of the stratum, because the difference
    of two large sums has no correct digits.
    """
    by_weight, by_amount = value.by_a + value.by_b * (rows.centre - shift), value.by_b
    z = by_weight * rows.a + by_amount * rows.d
    n, stratum = rows.n, rows.stratum
    within: Floats
    if rows.unit is None:
        within = by_weight**2 * rows.ww + 2 * by_weight * by_amount * rows.wx + by_amount**2 * rows.xx
    else:
        _, first, unit = np.unique(rows.unit, return_index=True, return_inverse=True)
        z, stratum = np.bincount(unit, z).astype(np.float64), stratum[first]
        n, within = np.ones_like(z), np.zeros_like(z)
    size, units = len(sample.units), sample.units
    many = units > 1
    mean = np.where(many, np.bincount(stratum, z, minlength=size) / np.maximum(units, 1.0), 0.0)
    between = n * (np.divide(z, n, out=np.zeros_like(z), where=n > 0) - mean[stratum]) ** 2
    squares = np.bincount(stratum, np.maximum(within, 0.0) + between, minlength=size)
    squares += (units - np.bincount(stratum, n, minlength=size)) * mean**2  # units without anybody have z = 0
    spread = np.where(many, units / np.maximum(units - 1, 1.0), 1.0) * squares
    variance = np.maximum(0.0, 1 - units / sample.population) * spread
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
