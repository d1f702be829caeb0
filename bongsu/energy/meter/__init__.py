"""The meter: the energy of a command, a block of code or a function. Measures it where sensors exist, else models it.

    bongsu meter -- python train.py            with bongsu.meter() as m: ...            @bongsu.metered

It is imported by training jobs, so it imports only the standard library, and as little of it as possible before the run ends.
"""

from __future__ import annotations

from bongsu.energy.meter.metered import metered
from bongsu.energy.meter.session import Meter

meter = Meter

__all__ = ["Meter", "meter", "metered"]
