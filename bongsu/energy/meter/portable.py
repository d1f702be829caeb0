"""A machine without /proc (macOS, Windows), seen through psutil. It has no sensors here: its figures are modelled."""

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
        if not hasattr(os, "add_dll_directory"):  # only Windows has NVIDIA GPUs here
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
    except psutil.Error:  # it ended while we looked
        return None
    # psutil gives zeros for ended children here; what they used is lost on these systems unless a sample saw them.
    return Process(one.pid, times.user + times.system, times.children_user + times.children_system)
