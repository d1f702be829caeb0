"""A real NVIDIA GPU: the meter's own NVML calls against nvidia-ml-py's, and a load that must be seen.

python -m pytest tests/energy/meter -m gpu
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import bongsu
from bongsu.core.estimate import Kind
from bongsu.energy.meter.linux import Linux
from bongsu.energy.meter.machine import Gpu

LOAD = Path(__file__).parents[3] / "bench" / "meter_gpu.py"
pytestmark = pytest.mark.gpu


@pytest.fixture(scope="module")
def gpus() -> list[Gpu]:
    try:
        found = list(Linux().gpus())
    except OSError as error:
        pytest.skip(f"the NVIDIA driver does not answer: {error}")
    if not found:
        pytest.skip("this machine has no NVIDIA GPU")
    return found


@pytest.fixture(scope="module")
def pynvml(gpus: list[Gpu]) -> Any:
    module = pytest.importorskip("pynvml")
    module.nvmlInit()
    return module


def test_our_calls_agree_with_nvidia_ml_py(gpus: list[Gpu], pynvml: Any) -> None:
    assert pynvml.nvmlDeviceGetCount() == len(gpus)
    for index, gpu in enumerate(gpus):
        handle = pynvml.nvmlDeviceGetHandleByIndex(index)
        assert gpu.name == pynvml.nvmlDeviceGetName(handle)
        assert gpu.uuid == pynvml.nvmlDeviceGetUUID(handle)
        before, ours, after = (
            pynvml.nvmlDeviceGetTotalEnergyConsumption(handle),
            gpu.energy_mj(),
            pynvml.nvmlDeviceGetTotalEnergyConsumption(handle),
        )
        assert before <= ours <= after
        assert gpu.power_mw() == pytest.approx(pynvml.nvmlDeviceGetPowerUsage(handle), rel=0.5)
        theirs = {process.pid for process in pynvml.nvmlDeviceGetComputeRunningProcesses(handle)}
        assert theirs <= set(gpu.users())


def test_the_counter_agrees_with_the_power(gpus: list[Gpu]) -> None:
    """Idle for 5 s: the energy lies within 25 % of the mean power x time (both are the board's own, sampled apart)."""
    energy, began, watts = gpus[0].energy_mj(), time.monotonic(), []
    while time.monotonic() - began < 5:
        watts.append(gpus[0].power_mw() / 1000)
        time.sleep(0.05)
    joules = (gpus[0].energy_mj() - energy) / 1000
    expected = sum(watts) / len(watts) * (time.monotonic() - began)
    assert joules == pytest.approx(expected, rel=0.25)


def test_a_block_on_this_machine_is_measured(gpus: list[Gpu]) -> None:
    with bongsu.meter() as metering:
        time.sleep(2)
    assert metering.report is not None
    parts = [component for component in metering.report.components if component.type == "gpu"]
    assert len(parts) == len(gpus)
    assert {part.machine.kind for part in parts} == {Kind.MEASURED}
    # An accelerator draws between 5 and 1500 W.
    assert all(10 < (part.machine.value or 0) < 3000 for part in parts)


def test_own_load_is_attributed_to_this_process(gpus: list[Gpu]) -> None:
    """A child loads GPU 0 for 5 s: the GPU draws clearly more than idle, and the child's part is not nothing."""
    with bongsu.meter() as idle:
        time.sleep(5)
    with bongsu.meter() as metering:
        subprocess.run([sys.executable, str(LOAD), "--load", "5"], check=True)
    assert idle.report is not None
    assert metering.report is not None
    before, gpu = (report.components[0] for report in (idle.report, metering.report))
    assert gpu.id == "gpu:0"
    watts = [
        (part.machine.value or 0) / report.seconds for part, report in ((before, idle.report), (gpu, metering.report))
    ]
    assert watts[1] > watts[0] * 1.2
    assert (gpu.process.value or 0) > 0, gpu.share
    assert gpu.share.basis in ("gpu-sole-user", "gpu-utilisation", "gpu-presence", "gpu-unseen")
