"""Dissimilarity of two distributions over occupations: the index of Duncan and Duncan."""

from __future__ import annotations

import math
from collections.abc import Mapping

from bongsu.core.errors import N_, BadInput


def duncan(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    """Computes half the sum of absolute differences of shares: the share (0 to 1) of one side that would have to move.

    Source: Duncan and Duncan (1955), American Sociological Review 20(2). The index grows with the detail of the occupations,
    so only values at the same level are comparable. Raises BadInput if a side has a negative amount or a total of 0.
    """
    for side in (first, second):
        if math.fsum(side.values()) <= 0 or any(amount < 0 for amount in side.values()):
            raise BadInput(N_("A distribution needs amounts of 0 or more and a total above 0."))
    one, two = math.fsum(first.values()), math.fsum(second.values())
    codes = first.keys() | second.keys()
    return math.fsum(abs(first.get(code, 0.0) / one - second.get(code, 0.0) / two) for code in codes) / 2
