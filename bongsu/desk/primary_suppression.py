"""Primary suppression: which cells may not be shown for their own sake, and how far each must stay from being known.

Three rules, each a pure function of arrays with one entry a cell; formulas and sources in docs/methods/disclosure.md.
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
    """Cells with fewer contributors than the minimum; an empty cell as `policy.zeros` says."""
    few = contributors < policy.minimum
    return few if policy.zeros == "protect" else few & (contributors > 0)


def is_shown_zero(contributors: Floats, policy: Policy) -> Mask:
    """Cells that are shown to be empty."""
    empty: Mask = contributors == 0
    return empty & (policy.zeros == "show")


def is_dominated(total: Floats, largest: Floats, policy: Policy) -> Mask:
    """(n, k) rule: the n largest contributions, `largest` (their sum), are more than k % of `total`."""
    if policy.dominance is None:
        return np.zeros(np.shape(total), dtype=bool)
    return (total > 0) & (largest > policy.dominance[1] / 100 * total)


def fails_p_percent(total: Floats, first: Floats, second: Floats, policy: Policy) -> Mask:
    """p % rule: what remains without the two largest contributions is less than p % of the largest."""
    if not policy.p_percent:
        return np.zeros(np.shape(total), dtype=bool)
    return (total > 0) & (total - first - second < policy.p_percent / 100 * first)


def protection_distance(
    total: Floats, contributors: Floats, first: Floats, second: Floats, largest: Floats, policy: Policy
) -> Floats:
    """How far above and below its value a suppressed cell of a magnitude table must seem possible.

    (n, k): 100/k times the largest n less the total. p %: p/100 of the largest less the remainder. Too few contributors:
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
    """An upper bound of the sum of the n largest of non-negative contributions, from aggregates alone.

    The engine returns the largest, the sum and the sum of squares of contributions. The others of the n largest are at
    most `first` each, and by Cauchy and Schwarz at most sqrt((n-1) * (squares - first^2)) together. Exact where only n
    contribute; never too low, so the rules err on the side of not showing.
    """
    rest = np.minimum((n - 1) * first, np.sqrt(np.maximum((n - 1) * (squares - first**2), 0.0)))
    return np.minimum(first + rest, total)
