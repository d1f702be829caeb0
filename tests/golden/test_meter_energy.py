"""The meter's energy, worked out by hand: counters that wrap, power that is integrated, models, shares, and what they emit."""

from __future__ import annotations

import csv
import statistics
from pathlib import Path
from typing import Any

import pytest

from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.energy.grid.grid_table import get_grid
from bongsu.energy.meter.boamps_export import boamps_document
from bongsu.energy.meter.grid_footprint import compute_co2e, compute_water, find_comparison
from bongsu.energy.meter.meter_report import MeterReport, ReportComponent
from bongsu.energy.meter.replay import RecordedMachine, replay_recording
from bongsu.energy.meter.sensors import tdp
from bongsu.energy.meter.sensors.sensor_result import TABLES_FOLDER

RAPL = "/sys/class/powercap/intel-rapl:0"


def report(*steps: dict[str, Any], **facts: Any) -> MeterReport:
    return replay_recording(
        RecordedMachine({"format": "bongsu.trace/1", "pid": 100, "cpus": 4, "steps": list(steps), **facts})
    )


def part(of: MeterReport, type_: str) -> ReportComponent:
    (found,) = [component for component in of.components if component.type == type_]
    return found


def test_rapl_counter_that_wraps() -> None:
    # The counter ends at 262,143,328,850 µJ. 262,143,000,000 -> 500,000 is 328,850 to the end and 500,000 after it,
    # 828,850 µJ; 500,000 -> 10,500,000 is 10,000,000 µJ; together 10,828,850 µJ = 10.82885 J.
    files = {f"{RAPL}/name": "package-0", f"{RAPL}/max_energy_range_uj": "262143328850"}
    cpu = part(
        report(
            {"t": 0, "files": {**files, f"{RAPL}/energy_uj": "262143000000"}},
            {"t": 60, "files": {f"{RAPL}/energy_uj": "500000"}},
            {"t": 70, "files": {f"{RAPL}/energy_uj": "10500000"}},
        ),
        "cpu",
    )
    assert cpu.machine.value == pytest.approx(10.82885, rel=1e-12)
    assert (cpu.machine.kind, cpu.machine.boundary, cpu.complete) == (Kind.MEASURED, Boundary.CHIP, True)
    # +- 5 %: 10.2874 to 11.3703
    assert (cpu.machine.low, cpu.machine.high) == pytest.approx((10.2874075, 11.3702925))


def test_nvml_counter_in_millijoules() -> None:
    # 1,000,000 mJ -> 1,350,000 mJ is 350,000 mJ = 350 J, and nobody was on the GPU.
    gpu = {"name": "NVIDIA H200", "energy_mJ": 1_000_000, "users": {}}
    got = part(report({"t": 0, "gpus": [gpu]}, {"t": 1, "gpus": [{"energy_mJ": 1_350_000}]}), "gpu")
    assert got.machine.value == 350.0
    assert (got.process.value, got.share.basis) == (0.0, "gpu-unused")


def test_power_by_the_trapezoid_rule() -> None:
    # 100 W at 0 s, 200 W at 1 s, 160 W at 3 s: (100 + 200) / 2 x 1 + (200 + 160) / 2 x 2 = 150 + 360 = 510 J.
    # Rectangles give 100 x 1 + 200 x 2 = 500 J (left) or 200 x 1 + 160 x 2 = 520 J (right).
    gpu = {"name": "Tesla K80", "power_mW": 100_000, "users": {}}
    steps = (
        {"t": 0, "gpus": [gpu]},
        {"t": 1, "gpus": [{"power_mW": 200_000}]},
        {"t": 3, "gpus": [{"power_mW": 160_000}]},
    )
    got = part(report(*steps), "gpu")
    assert got.machine.value == 510.0
    assert got.sensor == "nvml-power"
    assert (got.machine.low, got.machine.high) == pytest.approx((433.5, 586.5))  # +- 15 %


def test_gpu_shared_by_utilisation() -> None:
    # Ours (pid 101) 60 + 30 = 90 %, another's 10 %: 90 / 100 of 350 J = 315 J. If our kernels drew half as much as theirs,
    # 45 / (45 + 10) = 0.818182; if twice as much, 180 / (180 + 10) = 0.947368.
    mine = {"processes": [[100, 1, 0, 0], [101, 100, 0, 0], [900, 1, 0, 0]]}
    steps = (
        {"t": 0, "gpus": [{"name": "A", "energy_mJ": 0, "users": {}}], **mine},
        {"t": 1, "gpus": [{"energy_mJ": 100_000, "users": {"101": 60.0, "900": 10.0}}]},
        {"t": 3, "gpus": [{"energy_mJ": 350_000, "users": {"101": 15.0}}]},  # the last step is looked at twice: 15 + 15
    )
    got = part(report(*steps), "gpu")
    assert (got.share.low, got.share.value, got.share.high) == pytest.approx((45 / 55, 0.9, 180 / 190))
    assert got.process.value == pytest.approx(315.0)
    assert (got.process.kind, got.machine.kind) == (Kind.MODELLED, Kind.MEASURED)


def test_tdp_model() -> None:
    # EPYC 7763: 280 W / 128 threads = 2.1875 W. 40 s of CPU time x 2.1875 W = 87.5 J; the tree's 30 of 40 s: 65.625 J.
    # Low: half, 43.75 J. High: 4 CPUs x 20 s x 2.1875 W = 175 J at the full TDP; at a load of 40 / 80 = 50 % the curve
    # says 75 %, 131.25 J, which is more than 1.3 x 87.5 = 113.75 J.
    steps = (
        {"t": 0, "busy_s": 1000.0, "processes": [[100, 1, 5.0, 0.0]]},
        {"t": 20, "busy_s": 1040.0, "processes": [[100, 1, 10.0, 0.0], [101, 100, 5.0, 20.0]]},
    )
    cpu = part(report(*steps, cpuinfo={"model name": "AMD EPYC 7763 64-Core Processor"}), "cpu")
    assert cpu.machine.value == pytest.approx(87.5)
    assert (cpu.machine.low, cpu.machine.high) == pytest.approx((43.75, 131.25))
    assert cpu.machine.kind is Kind.MODELLED
    assert cpu.process.value == pytest.approx(65.625)
    # Low share: (30 - 0.01 s) / 40 s x (1 - 0.12 / 0.75 idle) = 0.62979, x 43.75 J = 27.5533 J; high: 30.01 / 40 x 131.25 J.
    assert (cpu.process.low, cpu.process.high) == pytest.approx((27.5533125, 98.4703125))


def test_tdp_of_a_package_without_hyper_threading() -> None:
    # 64 logical CPUs a package, as many as cores: 280 W / 64 = 4.375 W; 8 s x 4.375 W = 35 J.
    info = {"model name": "AMD EPYC 7763 64-Core Processor", "siblings": "64"}
    cpu = part(report({"t": 0, "busy_s": 0}, {"t": 10, "busy_s": 8.0}, cpuinfo=info), "cpu")
    assert cpu.machine.value == pytest.approx(35.0)


def test_the_stand_in_is_the_median_of_the_tables_servers() -> None:
    with (TABLES_FOLDER / "cpu.csv").open(encoding="utf-8", newline="") as file:
        servers = [row for row in csv.DictReader(file) if "EPYC" in row["name"] or "Xeon" in row["name"]]
    watts = sorted(float(row["tdp_w"]) / int(row["threads"]) for row in servers)
    tenths = statistics.quantiles(watts, n=10)
    assert round(statistics.median(watts), 1) == tdp.STAND_IN_W
    assert (round(tenths[0], 1), round(tenths[-1], 1)) == (tdp.STAND_IN_LOW_W, tdp.STAND_IN_HIGH_W)


def test_tdps_are_those_of_epoch(data: Path) -> None:
    with (data / "energy" / "epoch_chips.csv").open(encoding="utf-8-sig", newline="") as file:
        epoch = {row["Hardware name"]: float(row["TDP (W)"]) for row in csv.DictReader(file) if row["TDP (W)"]}
    with (TABLES_FOLDER / "cpu.csv").open(encoding="utf-8", newline="") as file:
        both = [(float(row["tdp_w"]), epoch[row["name"]]) for row in csv.DictReader(file) if row["name"] in epoch]
    assert len(both) > 80
    assert all(ours == theirs for ours, theirs in both)


def test_memory_by_size() -> None:
    # 64 GB x 0.3725 W/GB x 20 s = 476.8 J; at 0.1 W/GB 128 J, at 0.5 W/GB 640 J.
    memory = part(report({"t": 0}, {"t": 20}, memory_bytes=64_000_000_000), "memory")
    assert memory.machine.value == pytest.approx(476.8)
    assert (memory.machine.low, memory.machine.high) == pytest.approx((128.0, 640.0))


def kwh(value: float) -> Estimate:
    return Estimate.of(
        value, "kWh", kind=Kind.MEASURED, boundary=Boundary.CHIP, method="test", low=value / 2, high=value * 2
    )


def test_co2e_and_water_of_two_kilowatt_hours_in_korea() -> None:
    # 2 kWh x 417.06 g/kWh = 834.12 g; 2 kWh x 1.8877 L/kWh = 3.7754 L; the bounds go with the energy's.
    gas, litres = compute_co2e(kwh(2.0), get_grid("KOR")), compute_water(kwh(2.0), get_grid("KOR"))
    assert (gas.low, gas.value, gas.high) == pytest.approx((417.06, 834.12, 1668.24))
    assert litres.value == pytest.approx(3.7754)
    assert gas.kind is Kind.REPORTED


def test_a_stand_in_for_a_country_is_a_default() -> None:
    # Zimbabwe has a grid intensity of its own and the world's mean for water: 3.908 L.
    litres = compute_water(kwh(1.0), get_grid("zwe"))
    assert (litres.value, litres.kind) == (pytest.approx(3.908), Kind.DEFAULT)
    assert compute_co2e(kwh(1.0), get_grid("ZWE")).kind is Kind.REPORTED


def test_familiar() -> None:
    # 2 x 864 J is two prompts; 72,000 J is two hours of a 10 W lamp.
    assert find_comparison(1728.0) == (2.0, find_comparison(864.0)[1])
    count, sentence = find_comparison(72_000.0)
    assert (count, sentence.en) == (2.0, "a 10 W LED lamp lit for {n} h")


def test_boamps_counts_in_kilowatt_hours() -> None:
    # 7,200,000 J by RAPL, all CPU time ours: 2 kWh. Memory: 10 GB x 0.3725 W x 3600 s = 13,410 J = 0.003725 kWh.
    files = {f"{RAPL}/name": "package-0", f"{RAPL}/max_energy_range_uj": "262143328850", f"{RAPL}/energy_uj": "0"}
    # 2 kW, read once a minute: 120 kJ a step, so that the counter of 262 kJ wraps and is seen to.
    steps: list[dict[str, Any]] = [{"t": 0, "busy_s": 0.0, "files": files, "processes": [[100, 1, 0.0, 0.0]]}]
    for minute in range(1, 61):
        counter = minute * 120_000_000_000 % 262_143_328_850
        seconds = minute * 60.0
        tree = [[100, 1, seconds, 0.0]]
        steps.append({"t": seconds, "busy_s": seconds, "files": {f"{RAPL}/energy_uj": str(counter)}, "processes": tree})
    document: Any = boamps_document(report(*steps, memory_bytes=10_000_000_000))
    (modelled,) = document["measures"]
    assert modelled["powerConsumption"] == pytest.approx(
        2.003725
    )  # the CPU's share is a model, though its energy is measured
