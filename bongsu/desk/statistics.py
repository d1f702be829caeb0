"""The formulas of the statistics: each is a function of sums, with its derivative by every sum.

Rows are sums over groups of records (bongsu/store/microdata): `a` the sum of weights, `b` the sum of weights times values. A
function returns the value and its derivatives by each row's `a` and `b`. variance.py computes every standard error from these;
replicate weights need only the value. Where the values lie far from zero, `b` may be the sum of weights times (values - shift),
so that standard errors keep their digits. Documentation: docs/methods/disclosure.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]


class Value(NamedTuple):
    """A statistic and its derivatives by every row's sum of weights and sum of weighted values. NaN where undefined."""

    value: float
    by_a: Floats
    by_b: Floats


def _undefined(a: Floats) -> Value:
    return Value(float("nan"), np.zeros_like(a), np.zeros_like(a))


def total(a: Floats) -> Value:
    """Returns the number of people: the sum of weights."""
    return Value(float(a.sum()), np.ones_like(a), np.zeros_like(a))


def variable_total(a: Floats, b: Floats, shift: float = 0.0) -> Value:
    """Returns the total of a variable."""
    value = float(b.sum() + shift * a.sum()) if shift else float(b.sum())
    return Value(value, np.full_like(a, shift), np.ones_like(b))


def mean(a: Floats, b: Floats) -> Value:
    """Returns B / A, the mean of a variable over the people who have a value (less the shift of `b`, if it has one)."""
    people = a.sum()
    if people <= 0:
        return _undefined(a)
    value = b.sum() / people
    return Value(float(value), np.full_like(a, -value / people), np.full_like(b, 1 / people))


def share(a: Floats, inside: NDArray[np.bool_]) -> Value:
    """Returns the share of people in the rows for which `inside` is true."""
    people = a.sum()
    if people <= 0:
        return _undefined(a)
    value = a[inside].sum() / people
    return Value(float(value), (inside - value) / people, np.zeros_like(a))


def quantile(a: Floats, bins: Numbers, edges: tuple[float, ...], at: float) -> Value:
    """Returns the value below which the share `at` of people lies, interpolated within its bin of the histogram.

    Bin j lies from edges[j-1] to edges[j]; -1: no value. NaN if the quantile lies in an open bin.
    """
    known = bins >= 0
    counts = np.bincount(bins[known], a[known], minlength=len(edges) + 1)
    people = counts.sum()
    if people <= 0:
        return _undefined(a)
    below = np.r_[0.0, np.cumsum(counts)]
    bin_ = min(int(np.searchsorted(below[1:], at * people, side="left")), len(edges))
    if bin_ in (0, len(edges)) or counts[bin_] <= 0:
        return _undefined(a)
    width = edges[bin_] - edges[bin_ - 1]
    reach = (at * people - below[bin_]) / counts[bin_]
    numbers = np.arange(len(counts))
    slope = width / counts[bin_] * (at - (numbers < bin_) - reach * (numbers == bin_))
    return Value(float(edges[bin_ - 1] + reach * width), np.where(known, slope[bins], 0.0), np.zeros_like(a))


def gini(a: Floats, b: Floats, bins: Numbers, shift: float = 0.0) -> Value:
    """Returns the Gini coefficient between bins, each at its mean: sum over i<j of (A_i B_j - A_j B_i) / (A B).

    It ignores inequality within bins, so it is a lower bound that rises with the number of bins. A shift of all values leaves
    the numerator as it is.
    """
    known = bins >= 0
    size = int(bins.max(initial=-1)) + 1
    people, amount = (np.bincount(bins[known], sums[known], minlength=size) for sums in (a, b))
    all_people, moved = people.sum(), amount.sum()
    all_amount = moved + shift * all_people if shift else moved
    if all_people <= 0 or all_amount <= 0:
        return _undefined(a)
    lower_people, lower_amount = np.cumsum(people) - people, np.cumsum(amount) - amount
    by_people = (moved - lower_amount - amount) - lower_amount
    by_amount = lower_people - (all_people - lower_people - people)
    value = float((people * by_people).sum() / (all_people * all_amount))
    slope_a = by_people / (all_people * all_amount) - value / all_people - value * shift / all_amount
    slope_b = by_amount / (all_people * all_amount) - value / all_amount
    return Value(value, np.where(known, slope_a[bins], 0.0), np.where(known, slope_b[bins], 0.0))


def dissimilarity(a: Floats, categories: Numbers, groups: Numbers) -> Value:
    """Returns Duncan's index of two groups (0 and 1; -1: neither): half the sum of |share of one - share of the other|."""
    counts = np.zeros((2, int(categories.max(initial=-1)) + 1))
    of_two = groups >= 0
    np.add.at(counts, (groups[of_two], categories[of_two]), a[of_two])
    people = counts.sum(axis=1)
    if (people <= 0).any():
        return _undefined(a)
    shares = counts / people[:, None]
    signs = np.sign(shares[0] - shares[1])
    value = 0.5 * float(np.abs(shares[0] - shares[1]).sum())
    slopes = np.stack([(signs - (signs * shares[0]).sum()), -(signs - (signs * shares[1]).sum())]) / (
        2 * people[:, None]
    )
    return Value(value, np.where(of_two, slopes[groups, categories], 0.0), np.zeros_like(a))
