"""How a server CPU's power goes with its load: the curve that Teads measured on Intel servers by RAPL.

12 % of the TDP idle, 32, 75 and 102 % at 10, 50 and 100 % load, linear between. Source: Davy 2021, Estimating AWS EC2
Instances Power Consumption (Teads Engineering). It bounds what is modelled here; no central value rests on it.
"""

from __future__ import annotations

from itertools import pairwise

# Load -> power as a share of the TDP.
POWER_CURVE = ((0.0, 0.12), (0.1, 0.32), (0.5, 0.75), (1.0, 1.02))


def share_of_tdp(load: float) -> float:
    """The power at a load of 0 to 1, as a share of the TDP."""
    for (left, low), (right, high) in pairwise(POWER_CURVE):
        if load <= right:
            return low + (high - low) * (load - left) / (right - left)
    return POWER_CURVE[-1][1]


def active_share(load: float) -> float:
    """The part of the power at this load that is not drawn idle as well."""
    return 1 - POWER_CURVE[0][1] / share_of_tdp(load)
