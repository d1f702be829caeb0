"""The sensors, on recordings: what each finds, leaves out, and says when it cannot read."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.core.errors import BadInput, BongsuError
from bongsu.core.estimate import Boundary, Kind
from bongsu.energy.meter.gauge import CounterGauge, MeteredPart, PowerGauge, relative_bounds
from bongsu.energy.meter.meter_report import MeterReport
from bongsu.energy.meter.portable import Portable
from bongsu.energy.meter.power_curve import active_share, share_of_tdp
from bongsu.energy.meter.replay import RecordedMachine, load_recording, replay_recording
from bongsu.energy.meter.sensors import tdp

NODE = Path(__file__).with_name("recordings") / "gpu-node.json"
PART = MeteredPart("x", "cpu", "x", "x", "measured", "chip")


def trace() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(NODE.read_text("utf-8"))
    return found


def simple(files: dict[str, Any], **more: Any) -> MeterReport:
    first = {"t": 0, "busy_s": 0.0, "processes": [[1, 0, 0.0, 0.0]], "files": files}
    last = {"t": 10, "busy_s": 5.0, "processes": [[1, 0, 5.0, 0.0]], **more.pop("last", {})}
    return replay_recording(RecordedMachine({"pid": 1, "steps": [first, last], **more}))


def test_a_gpu_node() -> None:
    report = replay_recording(load_recording(NODE), country="KOR", with_root=False)
    joules = {component.id: component.machine.value for component in report.components}
    # package-0 wraps: 262,143.33 - 262,000 + 6,000 J, then 12,000 J; the others do not: last less first reading.
    assert joules == pytest.approx(
        {
            "gpu:0": 72_000.0,
            "gpu:1": 12_000.0,
            "cpu:0": 18_143.32885,
            "memory:0:1": 1_200.0,
            "cpu:1": 12_000.0,
            "machine:hwmon0.1": 180_000.0,  # 1,500 W for 120 s
        }
    )
    assert {component.machine.kind for component in report.components} == {Kind.MEASURED}
    shares = {component.id: component.share for component in report.components}
    assert shares["gpu:0"].basis == "gpu-sole-user"
    assert shares["gpu:1"].value == 0.0
    assert (
        shares["cpu:0"].value == 600.0 / 1200.0
    )  # the child that ended is counted, the root's own two seconds are not
    # The whole machine's share is that of its parts: 72,000 + (18,143.33 + 1,200 + 12,000) / 2 of 115,343.33 J.
    assert shares["machine:hwmon0.1"].value == pytest.approx((72_000 + 31_343.32885 / 2) / 115_343.32885)
    assert report.job.counts_node
    assert (report.job.launcher, report.job.id, report.job.ranks) == ("slurm", "77", 2)


def test_boundaries_are_summed_separately() -> None:
    report = replay_recording(load_recording(NODE))
    assert report.boundaries() == (Boundary.CHIP, Boundary.SERVER)
    chip, server = report.total("machine"), report.total("machine", Boundary.SERVER)
    assert chip is not None
    assert server is not None
    assert (chip.value, server.value) == pytest.approx((115_343.32885, 180_000.0))


def test_a_counter_that_only_root_may_read_is_reported_and_modelled() -> None:
    zone = "/sys/class/powercap/intel-rapl:0"
    report = simple({f"{zone}/name": "package-0", f"{zone}/energy_uj": {"denied": True}}, memory_bytes=8_000_000_000)
    assert [(component.type, component.machine.kind) for component in report.components] == [
        ("cpu", Kind.MODELLED),
        ("memory", Kind.MODELLED),
    ]
    assert any("CVE-2020-8694" in str(note) and "chmod a+r" in str(note) for note in report.notes)


def test_a_part_with_an_instrument_is_not_modelled() -> None:
    report = replay_recording(load_recording(NODE))
    assert not {"cpu-tdp", "memory-size"} & {component.sensor for component in report.components}


def test_measured_and_modelled_are_listed_and_the_sum_is_modelled() -> None:
    zone = "/sys/class/powercap/intel-rapl:0"
    files = {f"{zone}/name": "package-0", f"{zone}/energy_uj": "0", f"{zone}/max_energy_range_uj": "262143328850"}
    report = simple(files, memory_bytes=8_000_000_000, last={"files": {f"{zone}/energy_uj": "50000000"}})
    kinds = {component.type: component.machine.kind for component in report.components}
    assert kinds == {"cpu": Kind.MEASURED, "memory": Kind.MODELLED}
    whole, measured = report.total("machine"), report.total("machine", kinds=(Kind.MEASURED,))
    assert whole is not None
    assert measured is not None
    assert (whole.kind, measured.kind, measured.value) == (Kind.MODELLED, Kind.MEASURED, 50.0)


def test_a_counter_that_goes_missing_leaves_a_lower_bound() -> None:
    broken = trace()
    broken["steps"][2]["gpus"][0]["energy_mJ"] = None
    report = replay_recording(RecordedMachine(broken))
    gpu = next(component for component in report.components if component.id == "gpu:0")
    assert (gpu.complete, gpu.machine.high) == (False, None)
    assert gpu.machine.value == 0.0  # read at the start and, in vain, at the end
    assert any("gpu:0" in str(note) and "lower bound" in str(note) for note in report.notes)


def test_a_reloaded_driver_restarts_its_counter() -> None:
    broken = trace()
    broken["steps"][2]["gpus"][0]["energy_mJ"] = 500_000
    gpu = next(
        component for component in replay_recording(RecordedMachine(broken)).components if component.id == "gpu:0"
    )
    assert (gpu.machine.value, gpu.complete) == (500.0, False)


def test_a_driver_that_does_not_answer_is_reported() -> None:
    report = replay_recording(RecordedMachine({**trace(), "gpu_error": "Driver/library version mismatch"}))
    assert "gpu" not in {component.type for component in report.components}
    assert any("version mismatch" in str(note) for note in report.notes)


def test_a_gpu_whose_users_are_in_another_namespace() -> None:
    changed = trace()
    for step in changed["steps"][1:]:
        step["gpus"][0]["users"] = {"55555": 95.0}
    gpu = next(
        component for component in replay_recording(RecordedMachine(changed)).components if component.id == "gpu:0"
    )
    assert (gpu.share.basis, gpu.share.low, gpu.share.value, gpu.share.high) == ("gpu-unseen", 0.0, 1.0, 1.0)
    assert gpu.process.kind is Kind.MODELLED


BATTERY = "/sys/class/power_supply/BAT0"


def test_a_battery_counts_while_it_discharges() -> None:
    report = simple({f"{BATTERY}/status": "Discharging", f"{BATTERY}/power_now": "12000000"})
    machine = next(component for component in report.components if component.type == "machine")
    assert (machine.machine.value, machine.machine.boundary) == (pytest.approx(120.0), Boundary.SERVER)  # 12 W x 10 s


def test_a_battery_by_voltage_and_current() -> None:
    files = {
        f"{BATTERY}/status": "Discharging",
        f"{BATTERY}/voltage_now": "12000000",
        f"{BATTERY}/current_now": "-1500000",
    }
    machine = next(component for component in simple(files).components if component.type == "machine")
    assert machine.machine.value == pytest.approx(180.0)  # 12 V x 1.5 A x 10 s


def test_a_battery_on_mains_power_is_not_used() -> None:
    files = {f"{BATTERY}/status": "Charging", f"{BATTERY}/power_now": "12000000"}
    assert "machine" not in {component.type for component in simple(files).components}


def test_connecting_mains_power_leaves_a_lower_bound() -> None:
    files = {f"{BATTERY}/status": "Discharging", f"{BATTERY}/power_now": "12000000"}
    report = simple(files, last={"files": {f"{BATTERY}/status": "Charging"}})
    assert next(component for component in report.components if component.type == "machine").complete is False


def test_amd_energy_by_socket_without_rapl() -> None:
    folder = "/sys/class/hwmon/hwmon3"
    files = {
        f"{folder}/name": "amd_energy",
        f"{folder}/energy1_input": "7",
        f"{folder}/energy1_label": "Ecore000",
        f"{folder}/energy9_input": "1000000",
        f"{folder}/energy9_label": "Esocket0",
    }
    report = simple(files, last={"files": {f"{folder}/energy9_input": "81000000"}})
    (cpu,) = [component for component in report.components if component.type == "cpu"]
    assert (cpu.machine.value, cpu.machine.kind) == (pytest.approx(80.0), Kind.MEASURED)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Intel(R) Xeon(R) Platinum 8380 CPU @ 2.30GHz", "Intel Xeon Platinum 8380"),
        ("Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz", "Intel Xeon E5-2680 v4"),
        ("AMD EPYC 7763 64-Core Processor", "AMD EPYC 7763"),
        ("12th Gen Intel(R) Core(TM) i7-12700K", "Intel Core i7-12700K"),
        ("AMD Ryzen 7 5700G with Radeon Graphics", "AMD Ryzen 7 5700G"),
        ("AMD Ryzen Threadripper 3990X 64-Core Processor", "AMD Ryzen Threadripper 3990X"),
        ("INTEL(R) XEON(R) PLATINUM 8480+", "Intel Xeon Platinum 8480+"),
        ("Intel(R) Core(TM) Ultra 7 155H", "Intel Core Ultra 7 155H"),
        ("Intel(R) Xeon(R) 6980P", "Intel Xeon 6980P"),
        ("AMD EPYC", None),
        ("Intel(R) Xeon(R) CPU @ 2.20GHz", None),
        ("", None),
    ],
)
def test_cpu_names(name: str, found: str | None) -> None:
    cpu = tdp.find_cpu(name)
    assert (cpu.name if cpu else None) == found


def test_the_power_curve_meets_its_points() -> None:
    assert [share_of_tdp(load) for load in (0, 0.1, 0.5, 1)] == pytest.approx([0.12, 0.32, 0.75, 1.02])
    assert share_of_tdp(1 + 1e-12) == 1.02  # a load that rounding has made more than all
    assert (active_share(0.0), active_share(1.0)) == pytest.approx((0.0, 0.9 / 1.02))
    assert share_of_tdp(0.3) == pytest.approx(0.535)  # half way from 32 to 75 %


@given(st.lists(st.integers(0, 999), min_size=1, max_size=50), st.integers(1, 10**6))
def test_a_wrapping_counter_loses_nothing(steps: list[int], start: int) -> None:
    """Whatever the counter shows, the sum is what was counted, if no step is longer than its range (1,000)."""
    shown = [start % 1000]
    for step in steps:
        shown.append((shown[-1] + step) % 1000)
    values = iter(shown)
    counter = CounterGauge(PART, lambda: next(values), 1.0, relative_bounds(0), wraps_at=1000.0)
    for second in range(len(shown)):
        counter.read(float(second))
    assert counter.joules == sum(steps)


@given(st.lists(st.tuples(st.floats(0.01, 100), st.floats(0, 1000)), min_size=2, max_size=30))
def test_integrated_power_lies_between_its_extremes(readings: list[tuple[float, float]]) -> None:
    values = iter([watts for _, watts in readings])
    power, now = PowerGauge(PART, lambda: next(values), relative_bounds(0)), 0.0
    for seconds, _ in readings:
        power.read(now)
        last, now = now, now + seconds
    low, high = (extreme(watts for _, watts in readings) * last for extreme in (min, max))
    assert low * (1 - 1e-9) - 1e-9 <= power.joules <= high * (1 + 1e-9) + 1e-9


def test_power_survives_a_reading_that_fails() -> None:
    values = iter(["100", "broken", "100"])
    power = PowerGauge(PART, lambda: float(next(values)), relative_bounds(0))
    for second in range(3):
        power.read(float(second))
    assert (power.joules, power.complete) == (200.0, True)


@pytest.mark.parametrize(
    "change", ["[]", "{}", '{"format": "bongsu.trace/2", "steps": []}', "nonsense", '{"format": "bongsu.trace/1"}']
)
def test_a_file_that_is_not_a_recording_is_refused(tmp_path: Path, change: str) -> None:
    file = tmp_path / "trace.json"
    file.write_text(change)
    with pytest.raises(BadInput, match=r"not a recording.*trace\.json"):
        load_recording(file)


def test_an_unknown_country_is_refused_before_the_start() -> None:
    with pytest.raises(BongsuError, match=r"no country with a grid value “KRO”. \(?.*Did you mean"):
        replay_recording(RecordedMachine(copy.deepcopy(trace())), country="KRO")


@pytest.mark.parametrize(("counted", "cpus"), [(8, 8), (None, 1)])
def test_a_machine_whose_processors_cannot_be_counted_has_one(
    monkeypatch: pytest.MonkeyPatch, counted: int | None, cpus: int
) -> None:
    monkeypatch.setattr("psutil.cpu_count", lambda: counted)
    assert Portable().cpus() == cpus
