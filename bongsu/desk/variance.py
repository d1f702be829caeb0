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

LEAST_VARIANCE = 1e-8  # of a ratio, relative to the terms whose difference it is


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
    return float(np.sqrt(max(0.0, float(_covariance(rows, by_weight[None], by_amount[None], sample)[0, 0]))))


def taylor_covariance(rows: RowSums, by_a: Floats, by_b: Floats, sample: Sample) -> Floats:
    """Returns the covariances (statistics, statistics) of statistics with derivatives `by_a`, `by_b` (statistics, rows)."""
    return _covariance(rows, by_a + by_b * rows.centre, by_b, sample)


def _covariance(rows: RowSums, by_weight: Floats, by_amount: Floats, sample: Sample) -> Floats:
    """Returns the covariances of statistics with derivatives by the rows' `a` and `d`, each (statistics, rows)."""
    z = by_weight * rows.a + by_amount * rows.d
    n, stratum, units = rows.n, rows.stratum, sample.units
    factors, shares = stratum_factors(sample)
    if rows.unit is None:
        each = factors[stratum]
        mixed = (by_weight * (each * rows.wx)) @ by_amount.T
        found = (by_weight * (each * rows.ww)) @ by_weight.T + (by_amount * (each * rows.xx)) @ by_amount.T
        found = found + mixed + mixed.T
    else:
        _, first, unit = np.unique(rows.unit, return_index=True, return_inverse=True)
        z, stratum = np.stack([np.bincount(unit, one) for one in z]).astype(np.float64), stratum[first]
        n, found = np.ones(len(stratum)), np.zeros((len(z), len(z)))
    mean = shares * np.stack([np.bincount(stratum, one, minlength=len(units)) for one in z])
    away = np.divide(z, n, out=np.zeros_like(z), where=n > 0) - mean[:, stratum]
    absent = units - np.bincount(stratum, n, minlength=len(units))  # units without anybody have z = 0
    return np.asarray(found + (away * (factors[stratum] * n)) @ away.T + (mean * (factors * absent)) @ mean.T)


def stratum_factors(sample: Sample) -> tuple[Floats, Floats]:
    """Returns (1 - n/N) n/(n-1) and 1/n of each stratum; for a single unit 1 - n/N and 0, which centres it on zero."""
    n, many = sample.units, sample.units > 1
    corrected = np.maximum(0.0, 1 - n / sample.population)
    return corrected * np.where(many, n / np.maximum(n - 1, 1.0), 1.0), np.where(many, 1 / np.maximum(n, 1.0), 0.0)


def ratio_error(amount: Floats, people: Floats, v_amount: Floats, covariance: Floats, v_people: Floats) -> Floats:
    """Returns the standard errors of amount / people from the variances and the covariance of the two sums.

    sqrt(V_bb - 2 R V_ab + R^2 V_aa) / A. NaN without people, and where the terms cancel to less than eight digits.
    """
    ratio = np.divide(amount, people, out=np.full_like(people, np.nan), where=people > 0)
    variance = v_amount - 2 * ratio * covariance + ratio**2 * v_people
    lost = (variance < LEAST_VARIANCE * (v_amount + ratio**2 * v_people)) & (variance != 0)
    return np.where(lost, np.nan, np.sqrt(np.maximum(variance, 0.0)) / people)


def replicate_error(value: float, replicates: Sequence[float], method: str, rho: float) -> float:
    """Returns the standard error from the statistic under each set of replicate weights (`replicates`).

    Variance from squared deviations from `value`, the full sample's: BRR: their mean / (1 - rho)^2; JK1: (R - 1)/R times their
    sum; bootstrap: their sum / (R - 1).
    """
    squares = float(np.sum((np.asarray(replicates) - value) ** 2))
    return float(np.sqrt(replicate_factor(method, len(replicates), rho) * squares))


def replicate_factor(method: str, count: int, rho: float) -> float:
    """Returns the factor by which squared deviations under `count` sets of replicate weights are multiplied."""
    return {"BRR": 1 / (count * (1 - rho) ** 2), "JK1": (count - 1) / count, "bootstrap": 1 / max(1, count - 1)}[method]
