"""The meter: the energy of a command, of a block of code or of a function, measured where there are instruments.

    bongsu meter -- python train.py            with bongsu.meter() as m: ...            @bongsu.metered

It loads in a training job: the standard library only, and of that as little as can be until the run is over.
"""

from __future__ import annotations

from bongsu.energy.meter.metered import metered
from bongsu.energy.meter.session import Meter

meter = Meter

__all__ = ["Meter", "meter", "metered"]
