"""Tail probabilities of Student's t and F for tests of coefficients, by the regularised incomplete beta function.

Continued fraction by Lentz's method (Press et al., Numerical Recipes 6.4). Accurate to about 1e-12. The tests compare it
with scipy, which the node does not install.
"""

from __future__ import annotations

import math

_MAX_ITERATIONS = 500
_TOLERANCE = 1e-15
_TINY = 1e-300


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Returns I_x(a, b), from 0 at x = 0 to 1 at x = 1."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(b, a, 1 - x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    c, d = 1.0, 1 / _avoid_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _MAX_ITERATIONS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _avoid_zero(1 + term * d)
            c = _avoid_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < _TOLERANCE:
            break
    return front * value / a


def _avoid_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def t_tail(t: float, freedom: float) -> float:
    """Returns P(T > t) for t >= 0."""
    return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t)) / 2


def f_tail(f: float, first: float, second: float) -> float:
    """Returns P(F > f) with `first` and `second` degrees of freedom."""
    return incomplete_beta(second / 2, first / 2, second / (second + first * f)) if f > 0 else 1.0


def t_quantile(p: float, freedom: float) -> float:
    """Returns the quantile `p` (0.5 to 1) of Student's t, by bisection."""
    low, high = 0.0, 1.0
    while t_tail(high, freedom) > 1 - p:
        high *= 2
    for _ in range(60):  # the rest is 2^-60 of the first interval, less than a double can hold
        middle = (low + high) / 2
        low, high = (middle, high) if t_tail(middle, freedom) > 1 - p else (low, middle)
    return (low + high) / 2
