"""Benchmarks the meter on NVIDIA GPUs: its overhead, and its figures against NVML's, idle and under load.

Needs the standard library and this checkout on PYTHONPATH; with nvidia-ml-py installed the counters are compared as well.
The load copies a buffer on GPU 0 through the CUDA driver, so that no framework is needed.

    PYTHONPATH=. python bench/meter_gpu.py
"""

from __future__ import annotations

import ctypes
import resource
import subprocess
import sys
import time
from pathlib import Path

SECONDS = 20.0
BARS = {"start-up": 0.1, "memory": 30.0, "steady CPU": 0.1}


def copy_on_gpu(seconds: float, gigabytes: float = 4.0) -> int:
    """Copies a buffer of `gigabytes` on GPU 0 for the given seconds. Returns the number of copies."""
    cuda = ctypes.CDLL("libcuda.so.1")

    def call(name: str, *arguments: object) -> None:
        code = getattr(cuda, name)(*arguments)
        if code:
            raise OSError(f"{name}: CUDA error {code}")

    size = ctypes.c_size_t(int(gigabytes * 1e9))
    device, context, source, target = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_uint64(), ctypes.c_uint64()
    call("cuInit", 0)
    call("cuDeviceGet", ctypes.byref(device), 0)
    call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
    call("cuCtxSetCurrent", context)
    call("cuMemAlloc_v2", ctypes.byref(source), size)
    call("cuMemAlloc_v2", ctypes.byref(target), size)
    copies, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        for _ in range(10):
            call("cuMemcpyDtoD_v2", target, source, size)
        call("cuCtxSynchronize")
        copies += 10
    return copies


def peak_memory_mb() -> float:
    return int(Path("/proc/self/status").read_text("utf-8").partition("VmHWM:")[2].split()[0]) / 1024


def read_counters() -> list[float]:
    """Reads each GPU's energy counter (J) with nvidia-ml-py; empty if it is not installed."""
    try:
        import pynvml
    except ImportError:
        return []
    pynvml.nvmlInit()
    handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())]
    return [pynvml.nvmlDeviceGetTotalEnergyConsumption(handle) / 1000 for handle in handles]


def main() -> None:
    memory, began = peak_memory_mb(), time.perf_counter()
    import bongsu

    meter = bongsu.meter(country="KOR", label="bench")
    meter.start()
    figures = {"start-up": time.perf_counter() - began, "memory": peak_memory_mb() - memory}
    if not any(gauge.part.type == "gpu" for gauge in meter._gauges):
        print("meter on GPUs: this machine has none; nothing measured")
        return
    before = read_counters()
    time.sleep(0.5)
    cpu, began = time.process_time() - time.thread_time(), time.monotonic()
    command = [sys.executable, __file__, "--load", str(SECONDS / 2)]
    subprocess.run(command, check=True)  # as a child process, like a training job
    time.sleep(max(0.0, began + SECONDS - time.monotonic()))
    cpu = time.process_time() - time.thread_time() - cpu
    figures["steady CPU"] = 100 * cpu / (time.monotonic() - began)
    after = read_counters()
    report = meter.stop()
    for component in report.components:
        machine, process = component.machine, component.process
        print(
            f"{component.id:10} {component.name:24} {machine.kind:9} {machine.value:10.1f} J, ours {process.value:10.1f} J",
            end=" ",
        )
        print(
            f"({component.share.basis} {component.share.low:.3f} {component.share.value:.3f} {component.share.high:.3f})"
        )
    ours = [component.machine.value or 0.0 for component in report.components if component.sensor == "nvml-counter"]
    for index, (start, end) in enumerate(zip(before, after, strict=True)):
        theirs = end - start
        print(
            f"GPU {index}: nvidia-ml-py {theirs:.1f} J, inside ours {ours[index]:.1f} J, ratio {ours[index] / theirs:.4f}"
        )
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"the load's highest memory {child:.0f} MB; notes: {[str(note) for note in report.notes]}")
    words = [f"{name} {value:.3g} (bar {BARS[name]:g})" for name, value in figures.items()]
    print("meter on GPUs: " + "; ".join(words))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--load"]:
        copy_on_gpu(float(sys.argv[2]))
    else:
        main()
