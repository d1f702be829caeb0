"""A machine without /proc (macOS, Windows), read through psutil. It has no CPU or memory sensors: those values are modelled."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping, Sequence

import psutil

from bongsu.energy.meter.machine import Gpu, Process


class Portable:
    """This machine."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.environment: Mapping[str, str] = os.environ

    def now(self) -> float:
        return time.monotonic()

    def clock(self) -> float:
        return time.time()

    def read(self, path: str) -> str:
        raise FileNotFoundError(path)

    def glob(self, pattern: str) -> list[str]:
        return []

    def gpus(self) -> Sequence[Gpu]:
        if not hasattr(os, "add_dll_directory"):  # not Windows: NVIDIA GPUs are read only on Windows
            return ()
        from bongsu.energy.meter import nvml_library

        return nvml_library.list_devices()

    def cpus(self) -> int:
        return psutil.cpu_count() or 1

    def cpu_busy_s(self) -> float:
        times = psutil.cpu_times()
        return float(times.user + times.system)

    def tree(self, root: int) -> list[Process]:
        top = psutil.Process(root)
        return [process for one in (top, *top.children(recursive=True)) if (process := _process(one)) is not None]

    def parent(self, pid: int) -> int | None:
        try:
            return psutil.Process(pid).ppid()
        except psutil.Error:
            return None

    def cpu_name(self) -> str:
        return platform.processor()

    def cpuinfo(self, key: str) -> str:
        return ""

    def memory_bytes(self) -> int:
        return int(psutil.virtual_memory().total)


def _process(one: psutil.Process) -> Process | None:
    try:
        times = one.cpu_times()
    except psutil.Error:  # it ended meanwhile
        return None
    # On these systems psutil gives 0 for ended children; their CPU time is lost unless they were alive when the tree was read.
    return Process(one.pid, times.user + times.system, times.children_user + times.children_system)
