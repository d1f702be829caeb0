"""The instruments, one file each; a neighbour's file is the template for the next.

Each has `find(machine, taken) -> Found`: its gauges, and a note for each thing a person could mend. `taken` holds the
part types already measured: a model steps in only for what no instrument sees, and never beside one.
"""

from __future__ import annotations

from bongsu.energy.meter.gauge import Gauge
from bongsu.energy.meter.machine import Machine
from bongsu.energy.meter.sensors import battery, hwmon, memory, nvml, rapl, tdp
from bongsu.energy.meter.sensors.sensor_result import MeterNote, SensorResult

# Instruments first, the best first; then the models.
SENSORS = (nvml, rapl, hwmon, battery, tdp, memory)


def find_gauges(machine: Machine) -> tuple[list[Gauge], list[MeterNote]]:
    """Every gauge of this machine, and the notes."""
    gauges: list[Gauge] = []
    notes: list[MeterNote] = []
    for sensor in SENSORS:
        found: SensorResult = sensor.find_gauges(machine, frozenset(gauge.part.type for gauge in gauges))
        gauges.extend(found.gauges)
        notes.extend(found.notes)
    return gauges, notes
