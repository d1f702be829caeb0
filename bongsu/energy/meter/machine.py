"""The interface for reading a machine, implemented by this machine and by a recording.

Sensors and shares use only this interface, so the same code runs on a laptop, on a node with eight GPUs and on a recording
in a test. Left out: the interpretation of readings (sensors/) and the summing of energy (gauge.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol


class Process(NamedTuple):
    """A live process: its own CPU time, and the CPU time of its children that ended and were waited for (s)."""

    pid: int
    cpu_s: float
    ended_children_s: float


class Gpu(Protocol):
    """One NVIDIA GPU. Each method raises OSError if the device does not give the value."""

    name: str
    uuid: str

    def energy_mj(self) -> int:
        """Energy since the driver was loaded (mJ), `nvmlDeviceGetTotalEnergyConsumption`."""

    def power_mw(self) -> int:
        """Board power (mW), `nvmlDeviceGetPowerUsage`."""

    def users(self) -> Mapping[int, float]:
        """Process -> its SM utilisation (%) since the last call; 0 for a process without a value."""


class Machine(Protocol):
    """A machine that can be read. Paths are absolute; a missing or forbidden file raises OSError."""

    pid: int
    environment: Mapping[str, str]

    def now(self) -> float:
        """Seconds on a monotonic clock."""

    def clock(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z."""

    def read(self, path: str) -> str:
        """The text of a file under /sys or /proc, without surrounding white space."""

    def glob(self, pattern: str) -> list[str]:
        """The paths that match `pattern`, sorted."""

    def gpus(self) -> Sequence[Gpu]:
        """The NVIDIA GPUs; empty without a driver. Raises OSError if the driver is installed and does not respond."""

    def cpus(self) -> int:
        """Logical CPUs of the machine, not only those given to this process."""

    def cpu_busy_s(self) -> float:
        """CPU time that was not idle, summed over all CPUs, since the machine started (s)."""

    def tree(self, root: int) -> list[Process]:
        """The process `root` and all its descendants."""

    def parent(self, pid: int) -> int | None:
        """The parent of a process; None if the process cannot be seen."""

    def cpu_name(self) -> str:
        """The CPU's name as the system gives it; empty if the system gives no name."""

    def cpuinfo(self, key: str) -> str:
        """The field `key` of the first CPU in /proc/cpuinfo; empty if it is missing."""

    def memory_bytes(self) -> int:
        """The size of main memory (bytes)."""


def is_descendant(machine: Machine, pid: int, root: int) -> bool | None:
    """Whether `pid` is `root` or a descendant of it; None if the process cannot be seen (ended, or in another namespace)."""
    seen = 0
    while pid != root:
        above = machine.parent(pid)
        if above is None:
            return None if seen == 0 else False
        if above <= 0 or seen > 256:
            return False
        pid, seen = above, seen + 1
    return True
