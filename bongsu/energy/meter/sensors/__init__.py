"""The sensors, one file each; copy an existing one to add another.

Each has `find_gauges(machine, taken) -> SensorResult`: its gauges, and a note for each problem that the user can fix.
`taken` has the part types that earlier sensors measure: a model is used only for a part type that no instrument measures.
"""

from __future__ import annotations

from bongsu.energy.meter.gauge import Gauge
from bongsu.energy.meter.machine import Machine
from bongsu.energy.meter.sensors import battery, hwmon, memory, nvml, rapl, tdp
from bongsu.energy.meter.sensors.sensor_result import MeterNote, SensorResult

# Instruments first, the best first; then the models.
SENSORS = (nvml, rapl, hwmon, battery, tdp, memory)


def find_gauges(machine: Machine) -> tuple[list[Gauge], list[MeterNote]]:
    """Finds every gauge of this machine, and the notes."""
    gauges: list[Gauge] = []
    notes: list[MeterNote] = []
    for sensor in SENSORS:
        found: SensorResult = sensor.find_gauges(machine, frozenset(gauge.part.type for gauge in gauges))
        gauges.extend(found.gauges)
        notes.extend(found.notes)
    return gauges, notes
