"""NVIDIA GPUs: the board's own energy counter (Volta and later), else its power, integrated.

The figure is the board's: chip, memory and voltage regulators, without the host.
"""

from __future__ import annotations

from bongsu.core.errors import N_
from bongsu.energy.meter.gauge import Counter, Gauge, Part, Power
from bongsu.energy.meter.machine import Gpu, Machine
from bongsu.energy.meter.sensors.found import Found, Note, accuracy


def find(machine: Machine, taken: frozenset[str]) -> Found:
    """One gauge for each GPU; where the driver does not answer, a note."""
    gauges: list[Gauge] = []
    notes: list[Note] = []
    try:
        gpus = machine.gpus()
    except OSError as error:
        return Found(
            (), (Note(N_("The NVIDIA driver does not answer, GPUs are not metered: {why}"), (("why", str(error)),)),)
        )
    for index, gpu in enumerate(gpus):
        try:
            gauges.append(_gauge(index, gpu))
        except OSError as error:
            values = (("index", str(index)), ("why", str(error)))
            notes.append(Note(N_("GPU {index} tells neither energy nor power and is not metered: {why}"), values))
    return Found(tuple(gauges), tuple(notes))


def _gauge(index: int, gpu: Gpu) -> Gauge:
    try:
        gpu.energy_mj()
    except OSError:
        gpu.power_mw()
        part = Part(f"gpu:{index}", "gpu", gpu.name, "nvml-power", "measured", "chip")
        return Power(part, lambda: gpu.power_mw() / 1000, accuracy("nvml-power"))
    part = Part(f"gpu:{index}", "gpu", gpu.name, "nvml-counter", "measured", "chip")
    return Counter(part, gpu.energy_mj, 1 / 1000, accuracy("nvml-counter"))
