"""CPU packages and DRAM by RAPL, read from the kernel's powercap interface, /sys/class/powercap (Intel, and AMD since Zen).

Left out: the domains "core" and "uncore", which are part of the package, and intel-rapl-mmio, which counts the same package
again. "psys" is the whole platform, with the boundary server. Source: Linux, Documentation/power/powercap/powercap.rst.
"""

from __future__ import annotations

from collections.abc import Callable

from bongsu.core.errors import N_
from bongsu.energy.meter.gauge import CounterGauge, Gauge, MeteredPart
from bongsu.energy.meter.machine import Machine
from bongsu.energy.meter.sensors.sensor_result import MeterNote, SensorResult, accuracy_bounds

_ZONES = "/sys/class/powercap/intel-rapl:*"
_MAX_WATTS = 1000.0  # W; no package or DRAM domain draws more: sets the shortest time in which a counter wraps


def find_gauges(machine: Machine, taken: frozenset[str]) -> SensorResult:
    """Finds one gauge for each readable package, DRAM and platform domain."""
    gauges: list[Gauge] = []
    forbidden = ""
    for zone in machine.glob(_ZONES):
        try:
            part = _find_part(zone, machine.read(f"{zone}/name"), machine)
            if part is not None:
                gauges.append(_make_gauge(zone, part, machine))
        except PermissionError:
            forbidden = zone
        except (OSError, ValueError):  # the kernel lists the domain but cannot read it
            continue
    notes = () if not forbidden else (_permission_note(forbidden),)
    return SensorResult(tuple(gauges), notes)


def _find_part(zone: str, domain: str, machine: Machine) -> MeteredPart | None:
    number = zone.partition(":")[2]
    if domain.startswith("package"):
        return MeteredPart(f"cpu:{number}", "cpu", machine.cpu_name() or domain, "rapl-package", "measured", "chip")
    if domain == "dram":
        return MeteredPart(f"memory:{number}", "memory", "DRAM", "rapl-dram", "measured", "chip")
    if domain == "psys":
        return MeteredPart(f"machine:{number}", "machine", "psys", "rapl-psys", "measured", "server")
    return None


def _make_gauge(zone: str, part: MeteredPart, machine: Machine) -> CounterGauge:
    raw = _make_reader(machine, f"{zone}/energy_uj")
    raw()
    wraps_at = float(machine.read(f"{zone}/max_energy_range_uj"))
    every_s = min(60.0, wraps_at / 1e6 / _MAX_WATTS / 2)
    return CounterGauge(part, raw, 1e-6, accuracy_bounds(part.sensor), wraps_at=wraps_at, every_s=every_s)


def _make_reader(machine: Machine, path: str) -> Callable[[], float]:
    return lambda: float(machine.read(path))


def _permission_note(zone: str) -> MeterNote:
    return MeterNote(
        N_(
            "This machine has a CPU energy counter, but only root can read it ({path}), because it can leak secrets between "
            "users (CVE-2020-8694). If you trust all users of this machine, run: "
            "sudo chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj"
        ),
        (("path", f"{zone}/energy_uj"),),
    )
