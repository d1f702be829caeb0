"""Primary suppression: finds sensitive cells, and how wide the interval must be that a reader can derive for each.

Three rules, each a pure function of arrays with one entry per cell. Formulas and sources: docs/methods/disclosure.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bongsu.desk.policy import Policy

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]


def has_too_few(contributors: Floats, policy: Policy) -> Mask:
    """Returns a mask of cells with fewer contributors than the minimum, with empty cells if `policy.zeros` is "protect"."""
    few = contributors < policy.minimum
    return few if policy.zeros == "protect" else few & (contributors > 0)


def is_shown_zero(contributors: Floats, policy: Policy) -> Mask:
    """Returns a mask of the empty cells that the policy shows."""
    empty: Mask = contributors == 0
    return empty & (policy.zeros == "show")


def is_dominated(total: Floats, largest: Floats, policy: Policy) -> Mask:
    """(n, k) rule: whether `largest`, the sum of the n largest contributions, is more than k % of `total`."""
    if policy.dominance is None:
        return np.zeros(np.shape(total), dtype=bool)
    return (total > 0) & (largest > policy.dominance[1] / 100 * total)


def fails_p_percent(total: Floats, first: Floats, second: Floats, policy: Policy) -> Mask:
    """p % rule: whether `total` without the two largest contributions is less than p % of the largest."""
    if not policy.p_percent:
        return np.zeros(np.shape(total), dtype=bool)
    return (total > 0) & (total - first - second < policy.p_percent / 100 * first)


def protection_distance(
    total: Floats, contributors: Floats, first: Floats, second: Floats, largest: Floats, policy: Policy
) -> Floats:
    """Returns how far above and below its value a suppressed cell of a magnitude table must seem possible.

    (n, k): 100/k times the n largest, minus the total. p %: p/100 of the largest, minus the remainder. Too few contributors:
    p/100 (or 10 %) of the total. The largest of those that apply; 0 for a cell that is not sensitive.
    """
    needed = np.where(has_too_few(contributors, policy), (policy.p_percent or 10.0) / 100 * total, 0.0)
    if policy.dominance is not None:
        upper = 100 / policy.dominance[1] * largest - total
        needed = np.where(is_dominated(total, largest, policy), np.maximum(needed, upper), needed)
    remainder = policy.p_percent / 100 * first - (total - first - second)
    needed = np.where(fails_p_percent(total, first, second, policy), np.maximum(needed, remainder), needed)
    return np.maximum(needed, 0.0)


def bound_largest_sum(first: Floats, squares: Floats, total: Floats, n: int) -> Floats:
    """Returns an upper bound of the sum of the n largest of non-negative contributions, from aggregates alone.

    The engine returns the largest (`first`), the sum (`total`) and the sum of squares of contributions. The other n-1 are at
    most `first` each, and together at most sqrt((n-1) * (squares - first^2)) (Cauchy and Schwarz). It is never too low, so
    the rules hide too much rather than too little. It is exact if there are only n contributors.
    """
    rest = np.minimum((n - 1) * first, np.sqrt(np.maximum((n - 1) * (squares - first**2), 0.0)))
    return np.minimum(first + rest, total)


def bound_largest_sum_by_squares(first: Floats, squares: Floats, total: Floats, n: int) -> Floats:
    """Returns the bound of `bound_largest_sum` where `first` itself is only a bound, the root of `squares`.

    Any n contributions are together at most sqrt(n * squares) (Cauchy and Schwarz); `first` is not used for n > 1, because a
    first that is too high would make the rest too low.
    """
    return np.minimum(first if n == 1 else np.sqrt(n * squares), total)
