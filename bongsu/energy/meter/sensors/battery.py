"""A laptop's battery: what flows out of it is the whole machine's use, as long as it discharges.

On the mains the battery says nothing about the machine, and there is no gauge. If the plug goes in while metering, the
readings fail from then on and the figure is marked as incomplete. Source: Linux, Documentation/ABI/testing/sysfs-class-power.
"""

from __future__ import annotations

from functools import partial

from bongsu.energy.meter.gauge import Gauge, MeteredPart, PowerGauge
from bongsu.energy.meter.machine import Machine
from bongsu.energy.meter.sensors.sensor_result import SensorResult, accuracy_bounds


def find_gauges(machine: Machine, taken: frozenset[str]) -> SensorResult:
    """One gauge for each battery that discharges."""
    gauges: list[Gauge] = []
    for folder in machine.glob("/sys/class/power_supply/BAT*"):
        try:
            _read_watts(machine, folder)
        except (OSError, ValueError):  # on the mains, or a battery that tells no power
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
