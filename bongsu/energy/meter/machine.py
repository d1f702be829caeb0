"""Where readings come from: the face that this machine and a recording of one share.

Sensors and shares know only this face, so that everything above it runs the same on a laptop, on a node with eight GPUs
and on a recording in a test. Left out: what a reading means (sensors/) and how energy is added up (gauge.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol


class Process(NamedTuple):
    """A live process: its own CPU time, and that of its children that ended and were waited for (s)."""

    pid: int
    own_s: float
    ended_s: float


class Gpu(Protocol):
    """One NVIDIA GPU. Each method raises OSError where the device cannot tell."""

    name: str
    uuid: str

    def energy_mj(self) -> int:
        """Energy since the driver was loaded (mJ), `nvmlDeviceGetTotalEnergyConsumption`."""

    def power_mw(self) -> int:
        """Board power (mW), `nvmlDeviceGetPowerUsage`."""

    def users(self) -> Mapping[int, float]:
        """Process -> its SM utilisation (%) since the last call; 0 for a process that is there but has no figure."""


class Machine(Protocol):
    """A machine that can be read. Paths are absolute; a missing or forbidden file raises OSError."""

    pid: int
    environment: Mapping[str, str]

    def now(self) -> float:
        """Seconds on a clock that never goes back."""

    def clock(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z."""

    def read(self, path: str) -> str:
        """The text of a file under /sys or /proc, without the space around it."""

    def glob(self, pattern: str) -> list[str]:
        """Paths that match, sorted."""

    def gpus(self) -> Sequence[Gpu]:
        """The NVIDIA GPUs; none without a driver. Raises OSError where the driver is there and does not answer."""

    def cpus(self) -> int:
        """Logical CPUs of the machine, not only those given to this process."""

    def cpu_busy_s(self) -> float:
        """CPU time that was not idle, summed over all CPUs, since the machine started (s)."""

    def tree(self, root: int) -> list[Process]:
        """The process `root` and all that descend from it."""

    def parent(self, pid: int) -> int | None:
        """The parent of a process; None where there is no such process to be seen."""

    def cpu_name(self) -> str:
        """The CPU's name as the system gives it; empty where it gives none."""

    def cpuinfo(self, key: str) -> str:
        """Another field of the first CPU in /proc/cpuinfo; empty where there is none."""

    def memory_bytes(self) -> int:
        """The size of main memory."""


def is_descendant(machine: Machine, pid: int, root: int) -> bool | None:
    """Whether `pid` is `root` or descends from it; None where the process cannot be seen (ended, or another namespace)."""
    seen = 0
    while pid != root:
        above = machine.parent(pid)
        if above is None:
            return None if seen == 0 else False
        if above <= 0 or seen > 256:
            return False
        pid, seen = above, seen + 1
    return True
