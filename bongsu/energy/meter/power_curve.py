"""The power of a server CPU as a function of its load, as Teads measured it on Intel servers by RAPL.

12 % of the TDP at idle; 32, 75 and 102 % at 10, 50 and 100 % load; linear in between. Source: Davy 2021, Estimating AWS EC2
Instances Power Consumption (Teads Engineering). The meter uses the curve only for bounds, never for a central value.
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
    """The fraction of the power at this load (0 to 1) that exceeds idle power."""
    return 1 - POWER_CURVE[0][1] / share_of_tdp(load)
