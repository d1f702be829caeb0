"""A model for main memory that no instrument measures: a constant power per gigabyte.

0.3725 W/GB: Lannelongue, Grealey and Inouye 2021, Green Algorithms (Advanced Science 8:12), from Karyakin and Salem 2017.
The interval runs from 0.1 W/GB (a 64 GB module at about 6 W) to 0.5 W/GB (an 8 GB module at 4 W): large modules need less
per gigabyte, and the size of the modules is unknown.
"""

from __future__ import annotations

from bongsu.energy.meter.gauge import MeteredPart, PowerGauge
from bongsu.energy.meter.machine import Machine
from bongsu.energy.meter.sensors.sensor_result import SensorResult

W_PER_GB = 0.3725
LOW_W_PER_GB, HIGH_W_PER_GB = 0.1, 0.5


def find_gauges(machine: Machine, taken: frozenset[str]) -> SensorResult:
    """Finds one gauge if no instrument measures the memory."""
    if "memory" in taken:
        return SensorResult()
    try:
        gigabytes = machine.memory_bytes() / 1e9
    except (OSError, ValueError, StopIteration):  # the system does not give the memory size
        return SensorResult()
    part = MeteredPart("memory", "memory", f"{gigabytes:.0f} GB", "memory-size", "modelled", "chip")

    def bounds(joules: float, seconds: float) -> tuple[float, float]:
        return joules * LOW_W_PER_GB / W_PER_GB, joules * HIGH_W_PER_GB / W_PER_GB

    return SensorResult((PowerGauge(part, lambda: gigabytes * W_PER_GB, bounds, every_s=3600.0),))
