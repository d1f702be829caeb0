"""Other board instruments, read through the kernel's hwmon interface: a table of the supported drivers.

Other drivers are ignored: many hwmon power readings are of a single power rail whose consumer is unknown.
Source: Linux, Documentation/hwmon/{acpi_power_meter,amd_energy}.rst, Documentation/gpu/amdgpu (hwmon), xe and i915 ABI.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from bongsu.energy.meter.gauge import CounterGauge, Gauge, MeteredPart, PowerGauge
from bongsu.energy.meter.machine import Machine
from bongsu.energy.meter.sensors.sensor_result import SensorResult, accuracy_bounds


class _Driver(NamedTuple):
    name: str
    file: str  # energyN is in µJ, powerN in µW; the first pattern with a file is used
    label: str  # regular expression for the label file; empty: any label
    type: str
    boundary: str


_DRIVERS = (
    _Driver("amd_energy", "energy*_input", "Esocket.*", "cpu", "chip"),
    _Driver("amdgpu", "power1_average", "", "gpu", "chip"),
    _Driver("amdgpu", "power1_input", "", "gpu", "chip"),
    _Driver("xe", "energy1_input", "(card|pkg)?", "gpu", "chip"),
    _Driver("i915", "energy1_input", "", "gpu", "chip"),
    _Driver("power_meter", "power1_average", "", "machine", "server"),
)


def find_gauges(machine: Machine, taken: frozenset[str]) -> SensorResult:
    """Finds one gauge for each instrument of a supported driver; a CPU only if RAPL does not measure it."""
    gauges: list[Gauge] = []
    for folder in machine.glob("/sys/class/hwmon/hwmon*"):
        try:
            name = machine.read(f"{folder}/name")
            for driver in _DRIVERS:
                if driver.name == name and not (driver.type == "cpu" and "cpu" in taken):
                    found = [_make_gauge(machine, driver, path) for path in machine.glob(f"{folder}/{driver.file}")]
                    gauges.extend(gauge for gauge in found if gauge is not None)
                    if found:
                        break
        except (OSError, ValueError):  # the driver lists the instrument but cannot read it
            continue
    return SensorResult(tuple(gauges))


def _make_gauge(machine: Machine, driver: _Driver, path: str) -> Gauge | None:
    if driver.label and not re.fullmatch(driver.label, _read_label(machine, path)):
        return None
    read: Callable[[], float] = lambda: float(machine.read(path))  # noqa: E731  typed, and one line
    read()
    number = re.sub(r"\D+", ".", path).strip(".")
    part = MeteredPart(f"{driver.type}:hwmon{number}", driver.type, driver.name, "hwmon", "measured", driver.boundary)
    if "/energy" in path:
        return CounterGauge(part, read, 1e-6, accuracy_bounds("hwmon"))
    return PowerGauge(part, lambda: read() / 1e6, accuracy_bounds("hwmon"))


def _read_label(machine: Machine, path: str) -> str:
    try:
        return machine.read(re.sub(r"_(input|average)$", "_label", path))
    except OSError:
        return ""
