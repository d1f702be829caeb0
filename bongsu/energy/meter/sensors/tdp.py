"""A model for a CPU that no instrument measures: CPU time x the thermal design power (TDP) of one logical CPU.

    E = t_busy x TDP / logical CPUs of the package

For a CPU that is not in tables/cpu.csv the median of the table's server CPUs is used, with a note. The interval is wide on
purpose. Low: half, since two threads of a core share its power and most code stays below the TDP. High: the larger of 1.3 x
and a measured power curve that includes idle power (power_curve.py). For a CPU that is not in the table, both bounds are
multiplied by the spread of the table's CPUs. The central value leaves out idle power.
"""

from __future__ import annotations

import csv
import re
from typing import NamedTuple

from bongsu.core.errors import N_
from bongsu.energy.meter.gauge import Bounds, CounterGauge, MeteredPart
from bongsu.energy.meter.machine import Machine
from bongsu.energy.meter.power_curve import share_of_tdp
from bongsu.energy.meter.sensors.sensor_result import TABLES_FOLDER, MeterNote, SensorResult

# TDP per thread (W) of the table's server CPUs: median, 10 % quantile and 90 % quantile.
# tests/golden/test_meter_energy.py recomputes them from the table.
STAND_IN_W, STAND_IN_LOW_W, STAND_IN_HIGH_W = 3.5, 2.0, 4.9


class CpuRow(NamedTuple):
    """A row of tables/cpu.csv."""

    name: str
    tdp_w: float
    cores: int
    threads: int


def find_gauges(machine: Machine, taken: frozenset[str]) -> SensorResult:
    """Finds one gauge if no instrument measures the CPU."""
    if "cpu" in taken:
        return SensorResult()
    name = machine.cpu_name()
    cpu = find_cpu(name)
    if cpu is None:
        watts, spread = STAND_IN_W, (STAND_IN_LOW_W / STAND_IN_W, STAND_IN_HIGH_W / STAND_IN_W)
        unknown = N_("The CPU “{name}” is not in the TDP table; {watts} W per thread is used instead.")
        notes: tuple[MeterNote, ...] = (MeterNote(unknown, (("name", name or "?"), ("watts", str(watts)))),)
    else:
        # If a package has as many logical CPUs as cores, it runs one thread per core.
        one_thread_a_core = machine.cpuinfo("siblings") == str(cpu.cores)
        watts, spread, notes = cpu.tdp_w / (cpu.cores if one_thread_a_core else cpu.threads), (1.0, 1.0), ()
    part = MeteredPart("cpu", "cpu", name or "CPU", "cpu-tdp", "modelled", "chip")
    bounds = _bounds(watts, machine.cpus(), spread)
    return SensorResult((CounterGauge(part, machine.cpu_busy_s, watts, bounds),), notes)


def _bounds(watts: float, cpus: int, spread: tuple[float, float]) -> Bounds:
    def bounds(joules: float, seconds: float) -> tuple[float, float]:
        whole = watts * cpus * seconds  # J, with all CPUs at full TDP
        load = min(1.0, joules / whole) if whole else 0.0
        return joules * 0.5 * spread[0], max(joules * 1.3, whole * share_of_tdp(load)) * spread[1]

    return bounds


def find_cpu(name: str) -> CpuRow | None:
    """Finds the row for a CPU name as the system gives it ("Intel(R) Xeon(R) Platinum 8380 CPU @ 2.30GHz"), or None."""
    wanted = plain_cpu_name(name)
    with (TABLES_FOLDER / "cpu.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if plain_cpu_name(row["name"]) == wanted:
                return CpuRow(row["name"], float(row["tdp_w"]), int(row["cores"]), int(row["threads"]))
    return None


def plain_cpu_name(name: str) -> str:
    """Normalises a CPU name: removes trade marks, clock, core count and graphics, and lower-cases it."""
    name = re.sub(
        r"\((R|TM|tm)\)|^[0-9]+th Gen |@.*|\bwith\b.*|\bw/.*|\b([0-9]+|Dual|Quad|Six|Eight|Sixteen)-Core\b", " ", name
    )
    return " ".join(word for word in name.lower().split() if word not in ("cpu", "processor"))
