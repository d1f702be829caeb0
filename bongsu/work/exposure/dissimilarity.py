"""How different two distributions over occupations are: the index of Duncan and Duncan."""

from __future__ import annotations

import math
from collections.abc import Mapping

from bongsu.core.errors import N_, BadInput


def duncan(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    """Half the sum of absolute differences of shares: the share (0 to 1) of one side that would have to change occupation.

    Source: Duncan and Duncan (1955), American Sociological Review 20(2). It grows with the detail of the occupations, so
    only values at the same level compare. Raises BadInput where one side is empty or negative.
    """
    for side in (first, second):
        if math.fsum(side.values()) <= 0 or any(amount < 0 for amount in side.values()):
            raise BadInput(N_("A distribution needs amounts from 0 and a total above 0."))
    one, two = math.fsum(first.values()), math.fsum(second.values())
    codes = first.keys() | second.keys()
    return math.fsum(abs(first.get(code, 0.0) / one - second.get(code, 0.0) / two) for code in codes) / 2
