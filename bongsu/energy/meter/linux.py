"""A Linux machine, read from /proc and /sys; its NVIDIA GPUs through NVML.

psutil gives the same values, but importing it takes longer than the start of the meter is allowed to take.
"""

from __future__ import annotations

import glob
import os
import time
from collections.abc import Iterator, Mapping, Sequence

from bongsu.energy.meter.machine import Gpu, Process


class Linux:
    """This machine. `root` is the folder that contains /proc and /sys; tests pass another folder."""

    def __init__(self, root: str = "") -> None:
        self.root = root
        self.pid = os.getpid()
        self.environment: Mapping[str, str] = os.environ
        self._tick = os.sysconf("SC_CLK_TCK")
        self._cpuinfo: dict[str, str] | None = None

    def now(self) -> float:
        return time.monotonic()

    def clock(self) -> float:
        return time.time()

    def read(self, path: str) -> str:
        with open(self.root + path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123  pathlib costs 5 ms to load
            return file.read().strip()

    def glob(self, pattern: str) -> list[str]:
        return sorted(path[len(self.root) :] for path in glob.glob(self.root + pattern))  # noqa: PTH207  as above

    def gpus(self) -> Sequence[Gpu]:
        if not self.glob("/dev/nvidiactl") and not self.glob("/dev/dxg"):  # dxg: NVIDIA under WSL 2
            return ()
        from bongsu.energy.meter import nvml_library

        return nvml_library.list_devices()

    def cpus(self) -> int:
        return max(1, sum(line.startswith("cpu") for line in self.read("/proc/stat").splitlines()) - 1)

    def cpu_busy_s(self) -> float:
        # user nice system idle iowait irq softirq steal guest guest_nice; user includes guest; steal is left out.
        ticks = [int(word) for word in self.read("/proc/stat").split("\n", 1)[0].split()[1:8]]
        return (sum(ticks) - ticks[3] - ticks[4]) / self._tick

    def tree(self, root: int) -> list[Process]:
        found = []
        waiting = [root]
        while waiting:
            pid = waiting.pop()
            try:
                fields = self._stat(pid)
            except OSError:  # it ended meanwhile: its CPU time is in its parent's ended_children_s
                continue
            ticks = [int(word) for word in fields[11:15]]
            found.append(Process(pid, (ticks[0] + ticks[1]) / self._tick, (ticks[2] + ticks[3]) / self._tick))
            waiting.extend(self._children(pid))
        return found

    def _children(self, pid: int) -> Iterator[int]:
        for path in self.glob(f"/proc/{pid}/task/*/children"):
            try:
                words = self.read(path).split()
            except OSError:  # the thread ended
                continue
            yield from map(int, words)

    def _stat(self, pid: int) -> list[str]:
        """The fields of /proc/PID/stat from the third (state) on; the name before them may contain any character."""
        return self.read(f"/proc/{pid}/stat").rpartition(")")[2].split()

    def parent(self, pid: int) -> int | None:
        try:
            return int(self._stat(pid)[1])
        except OSError:
            return None

    def cpu_name(self) -> str:
        return self.cpuinfo("model name")

    def cpuinfo(self, key: str) -> str:
        """The field `key` of the first CPU in /proc/cpuinfo; empty if it is missing."""
        if self._cpuinfo is None:
            first = self.read("/proc/cpuinfo").split("\n\n", 1)[0]
            pairs = (line.partition(":") for line in first.splitlines())
            self._cpuinfo = {name.strip(): value.strip() for name, _, value in pairs}
        return self._cpuinfo.get(key, "")

    def memory_bytes(self) -> int:
        line = next(line for line in self.read("/proc/meminfo").splitlines() if line.startswith("MemTotal:"))
        return int(line.split()[1]) * 1024
