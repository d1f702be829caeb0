"""Chooses the Machine class for this operating system. Imports only the module of that class."""

from __future__ import annotations

import sys

from bongsu.energy.meter.machine import Machine


def this_machine() -> Machine:
    """The machine that runs this process: Linux on Linux, else Portable."""
    system: str = sys.platform
    if system == "linux":
        from bongsu.energy.meter.linux import Linux

        return Linux()
    from bongsu.energy.meter.portable import Portable

    return Portable()
