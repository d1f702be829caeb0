"""A laptop's battery: while it discharges, its power is the power of the whole machine.

On mains power there is no gauge, because the battery does not show the machine's power. If mains power is connected while
metering, the following readings fail and the value is marked incomplete.
Source: Linux, Documentation/ABI/testing/sysfs-class-power.
"""

from __future__ import annotations

from functools import partial

from bongsu.energy.meter.gauge import Gauge, MeteredPart, PowerGauge
from bongsu.energy.meter.machine import Machine
from bongsu.energy.meter.sensors.sensor_result import SensorResult, accuracy_bounds


def find_gauges(machine: Machine, taken: frozenset[str]) -> SensorResult:
    """Finds one gauge for each discharging battery."""
    gauges: list[Gauge] = []
    for folder in machine.glob("/sys/class/power_supply/BAT*"):
        try:
            _read_watts(machine, folder)
        except (OSError, ValueError):  # on mains power, or the battery gives no power
            continue
        name = folder.rpartition("/")[2]
        part = MeteredPart(f"machine:{name}", "machine", name, "battery", "measured", "server")
        gauges.append(PowerGauge(part, partial(_read_watts, machine, folder), accuracy_bounds("battery"), every_s=5.0))
    return SensorResult(tuple(gauges))


def _read_watts(machine: Machine, folder: str) -> float:
    if machine.read(f"{folder}/status") != "Discharging":
        raise ValueError("the battery does not discharge")
    try:
        return abs(float(machine.read(f"{folder}/power_now"))) / 1e6
    except OSError:
        microvolts, microamperes = (abs(float(machine.read(f"{folder}/{kind}_now"))) for kind in ("voltage", "current"))
        return microvolts * microamperes / 1e12
