"""Which machine this is: the one place that chooses among the kinds of machines. Nothing heavy loads for the others."""

from __future__ import annotations

import sys

from bongsu.energy.meter.machine import Machine


def this_machine() -> Machine:
    """The machine on which this runs."""
    system: str = sys.platform
    if system == "linux":
        from bongsu.energy.meter.linux import Linux

        return Linux()
    from bongsu.energy.meter.portable import Portable

    return Portable()
