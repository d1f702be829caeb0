"""NVIDIA GPUs: the board's energy counter (Volta and later), else its power, integrated.

The value is that of the board: chip, memory and voltage regulators, without the host.
"""

from __future__ import annotations

from bongsu.core.errors import N_
from bongsu.energy.meter.gauge import CounterGauge, Gauge, MeteredPart, PowerGauge
from bongsu.energy.meter.machine import Gpu, Machine
from bongsu.energy.meter.sensors.sensor_result import MeterNote, SensorResult, accuracy_bounds


def find_gauges(machine: Machine, taken: frozenset[str]) -> SensorResult:
    """Finds one gauge for each GPU; adds a note if the driver does not respond."""
    gauges: list[Gauge] = []
    notes: list[MeterNote] = []
    try:
        gpus = machine.gpus()
    except OSError as error:
        return SensorResult(
            (),
            (MeterNote(N_("The NVIDIA driver does not respond; GPUs are not metered: {why}"), (("why", str(error)),)),),
        )
    for index, gpu in enumerate(gpus):
        try:
            gauges.append(_make_gauge(index, gpu))
        except OSError as error:
            values = (("index", str(index)), ("why", str(error)))
            notes.append(
                MeterNote(N_("GPU {index} reports neither energy nor power and is not metered: {why}"), values)
            )
    return SensorResult(tuple(gauges), tuple(notes))


def _make_gauge(index: int, gpu: Gpu) -> Gauge:
    try:
        gpu.energy_mj()
    except OSError:
        gpu.power_mw()
        part = MeteredPart(f"gpu:{index}", "gpu", gpu.name, "nvml-power", "measured", "chip")
        return PowerGauge(part, lambda: gpu.power_mw() / 1000, accuracy_bounds("nvml-power"))
    part = MeteredPart(f"gpu:{index}", "gpu", gpu.name, "nvml-counter", "measured", "chip")
    return CounterGauge(part, gpu.energy_mj, 1 / 1000, accuracy_bounds("nvml-counter"))
